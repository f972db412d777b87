package boltstore

import (
	"maps"
	"sort"
	"sync"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// index is the journal in memory: what the frozen and the active part hold.
type index struct {
	mu sync.RWMutex
	// next is the key of the next record; guarded by mu, changed by the committer
	// only. Keys grow over both parts, so that a key names one record for the life
	// of the process.
	next   uint64
	active *part // guarded by mu; changed by the committer only
	frozen *part // guarded by mu; nil if there is none; only erasing changes its maps
}

// part is one of the two journals.
type part struct {
	bucket []byte
	events int
	bytes  int
	rooms  map[chat.RoomID]*tail
	mids   map[midKey]storage.Sent
}

// tail is what a part holds of one room's log.
type tail struct {
	head     chat.Head
	segments []segment // in order, without gaps; only ever appended to
	dseqs    map[chat.DeviceID]uint64
}

// segment is one record of the journal.
type segment struct {
	bucket []byte
	key    uint64
	first  chat.Seq
	events int
}

type midKey struct {
	room    chat.RoomID
	account chat.AccountID
	mid     chat.MID
}

func newPart(bucket []byte) *part {
	return &part{bucket: bucket, rooms: map[chat.RoomID]*tail{}, mids: map[midKey]storage.Sent{}}
}

// load rebuilds the index. The part with the lower keys is the frozen one.
func (x *index) load(tx *bbolt.Tx) error {
	x.next = 1
	var parts [2]*part
	var first [2]uint64
	for i, name := range bucketJournals {
		parts[i] = newPart(name)
		k, _ := tx.Bucket(name).Cursor().First()
		first[i], _ = boltkit.Uint64(k)
	}
	older, newer := 0, 1
	if first[1] < first[0] {
		older, newer = 1, 0
	}
	for _, i := range [...]int{older, newer} {
		if err := x.loadPart(tx, parts[i]); err != nil {
			return err
		}
	}
	x.active = parts[newer]
	if parts[older].events > 0 {
		x.frozen = parts[older]
	}
	return nil
}

func (x *index) loadPart(tx *bbolt.Tx, p *part) error {
	return tx.Bucket(p.bucket).ForEach(func(k, v []byte) error {
		key, ok := boltkit.Uint64(k)
		if !ok || key < x.next {
			return damaged("the journal has a bad key")
		}
		x.next = key + 1
		r, err := decodeBatch(v)
		if err != nil {
			return err
		}
		sum, err := summarizeRecord(&r, len(v))
		if err != nil {
			return err
		}
		p.add(sum, key)
		return nil
	})
}

// summary is what the index takes from one batch.
type summary struct {
	room   chat.RoomID
	first  chat.Seq
	head   chat.Head
	bytes  int
	dseqs  []deviceSeq
	mids   []midKey
	sents  []storage.Sent // of mids
	events int
}

// summarize prepares the index's part of a batch about to be written.
func summarize(b *storage.Batch, bytes int) *summary {
	n := len(b.Entries)
	s := &summary{
		room: b.Room, first: b.Expect + 1, bytes: bytes, events: n,
		head: chat.Head{Seq: b.Expect + chat.Seq(n), Chain: b.Entries[n-1].Chain},
		mids: make([]midKey, 0, n), sents: make([]storage.Sent, 0, n),
	}
	for device, dseq := range b.DSeqs {
		s.dseqs = append(s.dseqs, deviceSeq{device, dseq})
	}
	for i := range b.Entries {
		s.addMID(&b.Entries[i])
	}
	return s
}

// summarizeRecord does the same for a record that was read.
func summarizeRecord(r *journalRecord, bytes int) (*summary, error) {
	s := &summary{room: r.room, first: r.expect + 1, bytes: bytes, events: len(r.entries), dseqs: r.dseqs}
	for i, b := range r.entries {
		e, err := decodeEntry(b, r.room, s.first+chat.Seq(i))
		if err != nil {
			return nil, err
		}
		s.head = chat.Head{Seq: e.Event.Seq, Chain: e.Chain}
		s.addMID(&e)
	}
	if s.events == 0 {
		return nil, damaged("a record of the journal is empty")
	}
	return s, nil
}

func (s *summary) addMID(e *storage.Entry) {
	if e.Event.MID.IsZero() {
		return
	}
	s.mids = append(s.mids, midKey{s.room, e.Event.Author, e.Event.MID})
	s.sents = append(s.sents, e.Sent())
}

// add takes up a batch under its key.
func (p *part) add(s *summary, key uint64) {
	t := p.rooms[s.room]
	if t == nil {
		t = &tail{}
		p.rooms[s.room] = t
	}
	t.head = s.head
	t.segments = append(t.segments, segment{bucket: p.bucket, key: key, first: s.first, events: s.events})
	for _, ds := range s.dseqs {
		if t.dseqs == nil {
			t.dseqs = make(map[chat.DeviceID]uint64, len(s.dseqs))
		}
		t.dseqs[ds.device] = ds.dseq
	}
	for i, k := range s.mids {
		p.mids[k] = s.sents[i]
	}
	p.events += s.events
	p.bytes += s.bytes
}

// committed takes up a batch that is on disk. Called by the committer.
func (x *index) committed(s *summary, key uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.active.add(s, key)
	x.next = key + 1
}

// freeze makes the active part the frozen one if it has reached its bound and the
// other is free. Called by the committer before the first write of a transaction,
// when the index knows of everything that is on disk. It reports whether a part is
// frozen now.
func (x *index) freeze(events, bytes int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.frozen != nil {
		return true
	}
	if x.active.events < events && x.active.bytes < bytes {
		return false
	}
	x.frozen = x.active
	other := bucketJournals[0]
	if &other[0] == &x.active.bucket[0] {
		other = bucketJournals[1]
	}
	x.active = newPart(other)
	return true
}

// thaw forgets the frozen part, which is in the archive now. Called by the committer.
func (x *index) thaw() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.frozen = nil
}

// head returns a room's head if the journal holds any of its log.
func (x *index) head(room chat.RoomID) (chat.Head, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if t := x.active.rooms[room]; t != nil {
		return t.head, true
	}
	if x.frozen != nil {
		if t := x.frozen.rooms[room]; t != nil {
			return t.head, true
		}
	}
	return chat.Head{}, false
}

// sent looks a message id up.
func (x *index) sent(k midKey) (storage.Sent, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if s, ok := x.active.mids[k]; ok {
		return s, true
	}
	if x.frozen != nil {
		s, ok := x.frozen.mids[k]
		return s, ok
	}
	return storage.Sent{}, false
}

// roomTail is what the journal holds of one room at one instant.
type roomTail struct {
	next     uint64       // records from here on are not in it
	head     chat.Head    // zero if the journal holds nothing
	segments [2][]segment // frozen, active
	dseqs    map[chat.DeviceID]uint64
}

// tail returns what the journal holds of a room. Segments are shared with the
// index, which only appends to them.
func (x *index) tail(room chat.RoomID, withDSeqs bool) (r roomTail) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	r.next = x.next
	if withDSeqs {
		r.dseqs = map[chat.DeviceID]uint64{}
	}
	for i, p := range [...]*part{x.frozen, x.active} {
		if p == nil || p.rooms[room] == nil {
			continue
		}
		t := p.rooms[room]
		r.head = t.head
		r.segments[i] = t.segments
		if withDSeqs {
			maps.Copy(r.dseqs, t.dseqs)
		}
	}
	return r
}

// find returns the segment a sequence lies in. If there is none, before is where
// the journal begins, so that everything below is in the archive.
func (r *roomTail) find(seq chat.Seq) (s segment, ok bool, before chat.Seq) {
	before = r.head.Seq + 1
	for _, segments := range r.segments {
		if len(segments) == 0 {
			continue
		}
		before = min(before, segments[0].first)
		i := sort.Search(len(segments), func(i int) bool { return segments[i].first > seq }) - 1
		if i >= 0 && seq < segments[i].end() {
			return segments[i], true, before
		}
	}
	return segment{}, false, before
}

func (s segment) end() chat.Seq { return s.first + chat.Seq(s.events) }
