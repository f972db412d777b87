// Package memstore is a storage engine in memory: nothing survives Close. It is
// the model that other engines are compared with and what tests of the server
// run on. It owns plain maps under one mutex and one goroutine that answers
// Append; it must stay obviously correct and never become fast.
package memstore

import (
	"context"
	"maps"
	"slices"
	"sync"

	"hearth/chat"
	"hearth/server/storage"
)

// Store implements storage.Store. Everything that goes in or out is copied.
type Store struct {
	epoch chat.Epoch    // fixed after New
	ended chan struct{} // closed when run has ended

	mu       sync.Mutex
	wake     sync.Cond // on mu: something waits, or closed
	waiting  []waiting // guarded by mu, like everything below
	closed   bool
	rooms    map[chat.RoomID]*room
	accounts map[chat.AccountID]storage.Account
	alike    map[string]bool // likes of names that are taken
	devices  map[chat.DeviceID]storage.Device
	invites  map[chat.InviteID]storage.Invite
	settings map[string][]byte
	markers  map[markerKey]storage.Marker
	cards    map[chat.AccountID]storage.Card
	avatars  map[chat.AccountID][]byte
}

type waiting struct {
	batch *storage.Batch
	done  func(error)
}

type room struct {
	state   *chat.Room
	entries []storage.Entry // entries[i] has sequence i+1; of what was purged the chain is left
	floor   chat.Head       // purged up to here
	purged  map[chat.Seq]purged
	dseqs   map[chat.DeviceID]uint64
	members map[chat.AccountID]bool
}

var _ storage.Store = (*Store)(nil)

// New returns an empty store with an epoch of its own. Close ends its goroutine.
func New() *Store {
	s := &Store{
		epoch: chat.NewEpoch(), ended: make(chan struct{}),
		rooms:    map[chat.RoomID]*room{},
		accounts: map[chat.AccountID]storage.Account{}, alike: map[string]bool{}, devices: map[chat.DeviceID]storage.Device{},
		invites: map[chat.InviteID]storage.Invite{}, settings: map[string][]byte{}, markers: map[markerKey]storage.Marker{},
		cards: map[chat.AccountID]storage.Card{}, avatars: map[chat.AccountID][]byte{},
	}
	s.wake.L = &s.mu
	go s.run()
	return s
}

// Epoch implements storage.Store.
func (s *Store) Epoch() chat.Epoch { return s.epoch }

// Close implements storage.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.wake.Signal()
	s.mu.Unlock()
	<-s.ended
	return nil
}

// Probe implements storage.Store.
func (s *Store) Probe(ctx context.Context) error { return s.with(ctx, func() error { return nil }) }

// with runs fn under the lock, unless the store is closed or ctx has ended.
func (s *Store) with(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return storage.ErrClosed
	}
	return fn()
}

// Append implements storage.Store.
func (s *Store) Append(b *storage.Batch, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		go done(storage.ErrClosed) // ends by itself, done does not block
		return
	}
	s.waiting = append(s.waiting, waiting{b, done})
	s.wake.Signal()
}

// run answers Append until the store is closed and nothing waits.
func (s *Store) run() {
	defer close(s.ended)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for len(s.waiting) == 0 && !s.closed {
			s.wake.Wait()
		}
		if len(s.waiting) == 0 {
			return
		}
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		err := s.apply(next.batch)
		s.mu.Unlock()
		next.done(err)
		s.mu.Lock()
	}
}

func (s *Store) apply(b *storage.Batch) error {
	if err := b.Check(); err != nil {
		return err
	}
	r, ok := s.rooms[b.Room]
	if !ok {
		r = &room{dseqs: map[chat.DeviceID]uint64{}, members: map[chat.AccountID]bool{}, purged: map[chat.Seq]purged{}}
	}
	if chat.Seq(len(r.entries)) != b.Expect {
		return storage.ErrConflict
	}
	s.rooms[b.Room] = r
	for _, seq := range b.Erase {
		r.entries[seq-1].Erase()
	}
	for _, e := range b.Entries {
		e.Event.Body = slices.Clone(e.Event.Body)
		r.entries = append(r.entries, e)
	}
	maps.Copy(r.dseqs, b.DSeqs)
	if b.State != nil {
		r.state = b.State.Clone()
	}
	for _, a := range b.Joined {
		r.members[a] = true
	}
	for _, a := range b.Left {
		delete(r.members, a)
	}
	return nil
}

// room finds a room.
func (s *Store) room(id chat.RoomID) (*room, error) {
	if r, ok := s.rooms[id]; ok {
		return r, nil
	}
	return nil, storage.ErrNotFound
}

func (r *room) chainAt(seq chat.Seq) chat.Hash {
	if seq == 0 {
		return chat.Hash{}
	}
	return r.entries[seq-1].Chain
}

func (r *room) head() chat.Head {
	seq := chat.Seq(len(r.entries))
	return chat.Head{Seq: seq, Chain: r.chainAt(seq)}
}

// Room implements storage.Store.
func (s *Store) Room(ctx context.Context, id chat.RoomID) (log *storage.RoomLog, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		log = &storage.RoomLog{Head: r.head(), Floor: r.floor, DSeqs: maps.Clone(r.dseqs)}
		if r.state != nil {
			log.State = r.state.Clone()
		}
		return nil
	})
	return log, err
}

// RoomIDs implements storage.Store.
func (s *Store) RoomIDs(ctx context.Context) (ids []chat.RoomID, err error) {
	err = s.with(ctx, func() error {
		ids = slices.Collect(maps.Keys(s.rooms))
		return nil
	})
	return ids, err
}

// AccountRooms implements storage.Store.
func (s *Store) AccountRooms(ctx context.Context, account chat.AccountID) (ids []chat.RoomID, err error) {
	err = s.with(ctx, func() error {
		for id, r := range s.rooms {
			if r.members[account] {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// Read implements storage.Store.
func (s *Store) Read(ctx context.Context, id chat.RoomID, first, last chat.Seq, maxEvents, maxBytes int) (p storage.Page, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		head := r.head().Seq
		if first, last = max(first, 1), min(last, head); first <= r.floor.Seq {
			return storage.ErrPurged
		}
		p.Before = r.chainAt(min(first-1, head))
		p.Chain = p.Before
		bytes := 0
		for seq := first; seq <= last; seq++ {
			e := r.entries[seq-1]
			bytes += len(e.Event.Body)
			if len(p.Events) > 0 && (len(p.Events) >= maxEvents || bytes > maxBytes) {
				break
			}
			e.Event.Body = slices.Clone(e.Event.Body)
			p.Events = append(p.Events, e.Event)
			p.Chain = e.Chain
		}
		return nil
	})
	return p, err
}

// Head implements storage.Store.
func (s *Store) Head(ctx context.Context, id chat.RoomID) (head chat.Head, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err == nil {
			head = r.head()
		}
		return err
	})
	return head, err
}

// ChainAt implements storage.Store.
func (s *Store) ChainAt(ctx context.Context, id chat.RoomID, seq chat.Seq) (chain chat.Hash, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		if seq > r.head().Seq {
			return storage.ErrNotFound
		}
		if _, known := r.purged[seq]; seq > 0 && seq < r.floor.Seq && !known {
			return storage.ErrPurged
		}
		chain = r.chainAt(seq)
		return nil
	})
	return chain, err
}

// FindMID implements storage.Store.
func (s *Store) FindMID(ctx context.Context, id chat.RoomID, account chat.AccountID, mid chat.MID) (sent storage.Sent, found bool, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil || mid.IsZero() {
			return nil // no room, no message
		}
		for _, e := range r.entries {
			if e.Event.Author == account && e.Event.MID == mid {
				sent, found = e.Sent(), true
			}
		}
		for seq, p := range r.purged {
			if p.author == account && p.mid == mid {
				sent, found = storage.Sent{Seq: seq, Time: p.time, Chain: r.chainAt(seq), Erased: true}, true
			}
		}
		return nil
	})
	return sent, found, err
}

// Verify implements storage.Store.
func (s *Store) Verify(ctx context.Context) error {
	return s.with(ctx, func() error {
		for id, r := range s.rooms {
			v := storage.NewVerifier(id, r.floor)
			for seq, p := range r.purged {
				if err := v.Purged(seq, p.author, p.mid); err != nil {
					return err
				}
			}
			for i := r.floor.Seq; i < chat.Seq(len(r.entries)); i++ {
				if err := v.Next(&r.entries[i]); err != nil {
					return err
				}
			}
			if err := storage.VerifyMembers(id, r.state, r.members); err != nil {
				return err
			}
		}
		return nil
	})
}
