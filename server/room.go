package server

import (
	"crypto/rand"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// maxBatch bounds what one commit of a room takes.
const maxBatch = 256

// maxInbox bounds the posts that wait for a room; beyond it the answer is busy.
const maxInbox = 8192

// room is one room in use. A goroutine runs while posts wait; it alone changes
// the state. Everybody reads the committed view.
type room struct {
	id  chat.RoomID // fixed
	srv *Server     // fixed

	// view is what is on disk: swapped by the owner after each commit, immutable.
	view atomic.Pointer[roomView]

	mu      sync.Mutex
	inbox   []*post            // guarded by mu
	running bool               // guarded by mu: the owner is at work
	subs    map[*session]*feed // guarded by mu
	gone    bool               // guarded by mu: forgotten; another one stands for it

	owned bool // owned by the room's goroutine: whether it has an owner was looked at

	born uint64       // fixed: hub.forgets before it was loaded
	used atomic.Int64 // when it was needed last, Unix milliseconds
}

// roomView is a room as of its last commit. State is nil before it exists.
type roomView struct {
	state *chat.Room
	head  chat.Head
	dseqs map[chat.DeviceID]uint64 // owned by the room's goroutine
}

// post is something somebody wants in the log.
type post struct {
	account chat.AccountID
	device  chat.DeviceID // zero: the server asks, dseq does not matter
	req     *wire.Send
	body    chat.Body   // checked; nil: malformed, as refusal says
	refusal *chat.Error // what is wrong with it; told after a known id and rights
	denied  *chat.Error // somebody it names does not want it; told last of all
	who     storage.Account
	// subject is the account a join with Account names, looked up beforehand.
	subject storage.Account
	// added are the accounts a room.create names.
	added []storage.Account
	// expelled says that whoever asks may do nothing any more; nil: the server itself.
	expelled *atomic.Bool
	keep     int                          // of a purge: for how many days the room was to keep, when it was decided
	heir     chat.AccountID               // of a SetRole: who became owner, once done is called
	done     func(*wire.Ack, *chat.Error) // called once, must not block
}

// head is the newest committed sequence; 0 if the room does not exist.
func (r *room) head() chat.Seq { return r.view.Load().head.Seq }

// post hands something to the room's owner without waiting.
func (r *room) post(p *post) *chat.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return chat.Errorf(chat.CodeBusy, "", "the room was put away; try again")
	}
	if len(r.inbox) >= maxInbox {
		return chat.Errorf(chat.CodeBusy, "", "the room is busy; try again")
	}
	if !r.running {
		if !r.srv.begin() {
			return r.srv.stopping()
		}
		r.running = true
		go r.run()
	}
	r.srv.posting.Add(1)
	r.inbox = append(r.inbox, p)
	return nil
}

// run is the owner: it works until nothing waits.
func (r *room) run() {
	defer r.srv.end()
	for {
		r.mu.Lock()
		n := min(len(r.inbox), maxBatch)
		posts := r.inbox[:n:n]
		r.inbox = r.inbox[n:]
		if n == 0 {
			r.inbox, r.running = nil, false
			r.used.Store(time.Now().UnixMilli())
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		r.commit(posts)
	}
}

// outcome is what a post gets once the batch is on disk.
type outcome struct {
	p   *post
	ack *wire.Ack
	err *chat.Error
}

// draft is a batch in the making over the committed view.
type draft struct {
	r        *room
	now      int64
	state    *chat.Room // a clone once it changes
	cloned   bool
	head     chat.Head
	entries  []storage.Entry
	dseqs    map[chat.DeviceID]uint64
	mids     map[midKey]int // index into entries
	joined   []chat.AccountID
	left     map[chat.AccountID]chat.Seq
	back     map[chat.AccountID]bool // left and came back within the batch
	outcomes []outcome
	changes  map[chat.Seq][]int // by target: which entries change it
	erased   []chat.Seq         // places before the batch that it erases
}

type midKey struct {
	account chat.AccountID
	mid     chat.MID
}

// commit decides each post in order, appends what is accepted in one batch, and
// answers and broadcasts after it is on disk.
func (r *room) commit(posts []*post) {
	v := r.view.Load()
	d := &draft{
		r: r, now: fault.Clock(time.Now()).UnixMilli(), state: v.state, head: v.head,
		dseqs: map[chat.DeviceID]uint64{}, mids: map[midKey]int{}, left: map[chat.AccountID]chat.Seq{}, back: map[chat.AccountID]bool{},
		changes: map[chat.Seq][]int{},
	}
	for _, p := range posts {
		ack, err := d.decide(p)
		d.outcomes = append(d.outcomes, outcome{p, ack, err})
	}
	if len(d.entries) > 0 && !r.owned {
		d.bequeath(d.entries[0].Event.MID, false)
		r.owned = true
	}
	early := fault.Bug(fault.AckBeforeCommit) || len(d.erased) > 0 && fault.Bug(fault.EraseBeforeCommit)
	if early {
		d.answer()
	}
	if len(d.entries) > 0 {
		fault.Point(fault.ServerAppendBefore)
		if fault.Bug(fault.PushBeforeCommit) {
			r.broadcast(d, v.head.Chain)
		}
		if err := r.append(d, v); err != nil {
			d.fail(err)
		} else {
			fault.Point(fault.ServerAppendCommitted)
			r.publish(d, v)
		}
	}
	if !early {
		d.answer()
	}
	fault.Point(fault.ServerAckQueued)
	r.srv.posting.Add(-int64(len(posts)))
}

// answer tells everybody what became of their post.
func (d *draft) answer() {
	for _, o := range d.outcomes {
		o.p.done(o.ack, o.err)
	}
}

// append hands the batch to storage and waits for the disk.
func (r *room) append(d *draft, v *roomView) error {
	b := &storage.Batch{Room: r.id, Expect: v.head.Seq, Entries: d.entries, DSeqs: d.dseqs, Joined: d.joined, Erase: d.erased}
	if d.cloned {
		b.State = d.state
	}
	for a := range d.left {
		b.Left = append(b.Left, a)
	}
	done := make(chan error, 1)
	start := time.Now()
	r.srv.store.Append(b, func(err error) { done <- err })
	err := <-done
	r.srv.metrics.committed(len(d.entries), time.Since(start))
	return err
}

// fail turns the acceptances of a batch that was not written into errors. An
// unknown state of the disk must not be acknowledged over: the server stops.
func (d *draft) fail(err error) {
	e := chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is full; nothing was stored")
	if !errors.Is(err, storage.ErrNoSpace) {
		d.r.srv.fail(err)
		e = chat.Errorf(chat.CodeInternal, "", "the server could not store it")
	}
	onDisk := d.r.head()
	for i := range d.outcomes {
		// A repetition of something that is in the batch is not on disk either.
		if o := &d.outcomes[i]; o.err == nil && o.ack.Seq > onDisk {
			o.ack, o.err = nil, e
		}
	}
}

// publish makes the batch visible: the view first, so that whoever catches up
// sees what is on disk, then the subscribers.
func (r *room) publish(d *draft, v *roomView) {
	dseqs := v.dseqs
	maps.Copy(dseqs, d.dseqs)
	state := v.state
	if d.cloned {
		state = d.state
		if v.state != nil && v.state.Keep != state.Keep {
			r.srv.keeper.changed(r.id)
		}
	}
	shown := v.state != nil && v.state.HideReadings && !state.HideReadings
	r.show(d, &roomView{state: state, head: d.head, dseqs: dseqs})
	r.srv.hub.joined(r, d.joined)
	r.srv.cards.joined(r, d.joined)
	r.broadcast(d, v.head.Chain)
	if shown {
		r.tellReaders(state)
	}
}

// tellReaders has everybody who has the room open told how far others have read, since
// the room allows it again.
func (r *room) tellReaders(state *chat.Room) {
	if r.srv.o.NoReaders || len(state.Members) > wire.MaxReaders {
		return
	}
	former := lately(state)
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.subs {
		s.signal(func(w *signals) {
			if w.watched != r.id {
				return
			}
			for a := range state.Members {
				w.readers[a] = struct{}{}
			}
			for _, a := range former {
				w.readers[a] = struct{}{}
			}
		})
	}
}

// show swaps the view and ends the feeds of those who left in the batch, at one
// instant: a feed that is behind must not see a head behind its own end, and a
// session that subscribes sees either the old members, and is ended here, or
// the new ones.
//
// Ends are set before the view is swapped. Feeds of those who left and came back fall
// behind after it: their writers would else find, in the old view, that nothing is
// lacking, be live again, and take the push with what was said in between.
func (r *room) show(d *draft, v *roomView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !fault.Bug(fault.LeftRoomDelivered) {
		r.eachFeed(len(d.left), func(s *session, f *feed) {
			if at, gone := d.left[s.account]; gone {
				s.endFeed(f, at)
			}
		})
	}
	r.view.Store(v)
	r.eachFeed(len(d.back), func(s *session, f *feed) {
		if d.back[s.account] {
			s.fallBehind(f) // see takeLeap
		}
	})
}

// eachFeed calls do for each subscribed feed, unless it concerns no account at all.
// Called with the room's mutex held.
func (r *room) eachFeed(accounts int, do func(*session, *feed)) {
	if accounts == 0 {
		return
	}
	for s, f := range r.subs {
		do(s, f)
	}
}

// broadcast encodes the batch, which begins behind the chain value before, once
// and puts it into every live feed's queue.
func (r *room) broadcast(d *draft, before chat.Hash) {
	events := make([]chat.Event, len(d.entries))
	for i := range d.entries {
		events[i] = d.entries[i].Event
	}
	if fault.Every(fault.InjectBodyRewritten, 60) {
		events[0].Time++
	}
	push := push{room: r, first: events[0].Seq, last: d.head.Seq, before: before, chain: d.head.Chain}
	f, err := wire.AppendEvents(make([]byte, 0, 512*len(events)), r.id, events, d.head.Chain)
	if err == nil && len(f) <= r.srv.o.Limits.PageBytes {
		push.frame = frameOf(f)
	} // otherwise every feed falls behind and reads pages, which are bounded
	own := push // for those who may not see what is edited
	own.frame = nil
	lowest, state := lowestEdited(events), r.view.Load().state
	partly := lowest != nowhereSeq && state.Uneven()
	r.mu.Lock()
	defer r.mu.Unlock()
	for s, feed := range r.subs {
		if partly && lowest < begins(state, s.account) {
			s.push(feed, &own)
			continue
		}
		s.push(feed, &push) // feeds of those who left read their last page
		fault.Point(fault.ServerPushMid)
	}
}

// subscribe adds a session's feed; it replaces an older one. It refuses a feed
// without an end if the account is no member (any more): nothing would end it.
func (r *room) subscribe(s *session, f *feed, until chat.Seq) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone { // kept for longer than a sync can take
		s.end(wire.CloseInternal, nil)
		return true
	}
	if v := r.view.Load(); until == 0 && (v.state == nil || !within(standing(v.state, s.account))) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f.dropped { // else one that goes on has taken its place
		r.subs[s] = f
	}
	return true
}

// unsubscribe removes a session's feed if it is still this one.
func (r *room) unsubscribe(s *session, f *feed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.subs[s] == f {
		delete(r.subs, s)
		r.used.Store(time.Now().UnixMilli())
	}
}

// add appends one event to the draft and returns its acknowledgement.
func (d *draft) add(p *post, kind chat.Kind, mid chat.MID, raw []byte, body chat.Body, content chat.Hash) *wire.Ack {
	e := chat.Event{
		Room: d.r.id, Seq: d.head.Seq + 1, Kind: kind, Author: p.account, Device: p.device,
		MID: mid, Time: d.now, Body: raw,
	}
	_, _ = rand.Read(e.Salt[:]) // never fails
	chain := e.Chain(d.head.Chain)
	d.head = chat.Head{Seq: e.Seq, Chain: chain}
	d.mids[midKey{p.account, mid}] = len(d.entries)
	d.entries = append(d.entries, storage.Entry{Event: e, Chain: chain, Content: content})
	if d.alters(body) {
		d.fold(&e, body)
	}
	return &wire.Ack{MID: mid, Room: d.r.id, Seq: e.Seq, Time: e.Time, Chain: chain}
}

// fold applies a change of state to the draft's own copy.
func (d *draft) fold(e *chat.Event, body chat.Body) {
	if !d.cloned {
		d.cloned = true
		if d.state == nil {
			d.state = chat.NewRoom(d.r.id)
		} else {
			d.state = d.state.Clone()
		}
	}
	d.state.Apply(e, body)
	switch b := body.(type) {
	case chat.Join:
		d.joined = append(d.joined, b.Account)
		if _, was := d.left[b.Account]; was {
			d.back[b.Account] = true
			delete(d.left, b.Account)
		}
	case chat.Leave:
		d.gone(b.Account, e.Seq)
	case chat.Gone:
		if d.state.Former[b.Account].Left == e.Seq {
			d.gone(b.Account, e.Seq)
		}
	case chat.Remove:
		if d.state.Former[b.Account].Left == e.Seq { // not one who had left before
			d.gone(b.Account, e.Seq)
		}
	}
}

// gone notes where an account's membership ends.
func (d *draft) gone(account chat.AccountID, at chat.Seq) {
	d.left[account] = at
	d.joined = without(d.joined, account)
}

func without(list []chat.AccountID, a chat.AccountID) []chat.AccountID {
	out := list[:0]
	for _, x := range list {
		if x != a {
			out = append(out, x)
		}
	}
	return out
}
