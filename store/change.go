package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// The index of changes: for each event of a log that changes a message, a record
// under "target ‖ place" that holds the number of its kind. It follows from the log
// alone (chat.Event.Target) and is written in the transaction that writes the event.

// kindNumbers are on disk.
var kindNumbers = map[chat.Kind]byte{
	chat.KindEdit: 1, chat.KindDelete: 2, chat.KindReactionAdd: 3, chat.KindReactionRemove: 4, chat.KindPinAdd: 5, chat.KindPinRemove: 6,
}

func changeKey(target, at chat.Seq) []byte {
	return binary.BigEndian.AppendUint64(boltkit.Key64(uint64(target)), uint64(at))
}

func changePlace(t *tag, key []byte) place { return place{kind: bucketChanges, room: t[:], key: key} }

// indexChange writes the record of an event that changes a message.
func (w *writer) indexChange(t *tag, e *chat.Event) error {
	b, err := w.makeRoomBucket(bucketChanges, *t)
	if err != nil {
		return err
	}
	key := changeKey(e.Target(), e.Seq)
	return b.Put(key, w.s.seal.seal(changePlace(t, key), []byte{kindNumbers[e.Kind]}))
}

// unindexChange removes the record of an event that is about to go or to be erased.
func (w *writer) unindexChange(t *tag, e *chat.Event) error {
	target := e.Target()
	b := w.roomBucket(bucketChanges, *t)
	if target == 0 || b == nil {
		return nil
	}
	if e.Kind == chat.KindEdit {
		if err := w.unindexText(t, target); err != nil {
			return err
		}
	}
	return b.Delete(changeKey(target, e.Seq))
}

// unindexText forgets the filter of the block of a message that gets another text.
func (w *writer) unindexText(t *tag, target chat.Seq) error {
	if b := w.roomBucket(bucketSearch, *t); b != nil {
		return w.unindex(b, target, target)
	}
	return nil
}

// changesOf visits the changes of a message from the newest to the oldest, until
// visit says to stop.
func (r *reader) changesOf(t *tag, target chat.Seq, visit func(at chat.Seq, kind byte) (bool, error)) error {
	b := r.roomBucket(bucketChanges, *t)
	if b == nil {
		return nil
	}
	prefix := boltkit.Key64(uint64(target))
	c := b.Cursor()
	key, sealed := boltkit.Before(c, changeKey(target+1, 0))
	for ; key != nil && bytes.HasPrefix(key, prefix); key, sealed = c.Prev() {
		at, kind, err := r.change(t, key, sealed)
		if err != nil {
			return err
		}
		if more, err := visit(at, kind); err != nil || !more {
			return err
		}
	}
	return nil
}

// anyChanged reports whether there are changes of messages from one sequence up to,
// but not including, another.
func (r *reader) anyChanged(t *tag, from, behind chat.Seq) bool {
	b := r.roomBucket(bucketChanges, *t)
	if b == nil {
		return false
	}
	key, _ := b.Cursor().Seek(changeKey(from, 0))
	return key != nil && bytes.Compare(key, changeKey(behind, 0)) < 0
}

// change opens a record of the index.
func (r *reader) change(t *tag, key, sealed []byte) (at chat.Seq, kind byte, err error) {
	p := changePlace(t, key)
	plain, err := r.s.seal.open(p, sealed)
	if err != nil {
		return 0, 0, err
	}
	if len(key) != 16 || len(plain) != 1 {
		return 0, 0, p.damage("not understood")
	}
	return chat.Seq(binary.BigEndian.Uint64(key[8:])), plain[0], nil
}

// placesOf returns where the changes of one kind to a message stand, newest first.
func (r *reader) placesOf(t *tag, target chat.Seq, kind chat.Kind) (places []chat.Seq, err error) {
	err = r.changesOf(t, target, func(at chat.Seq, number byte) (bool, error) {
		if number == kindNumbers[kind] {
			places = append(places, at)
		}
		return true, nil
	})
	return places, err
}

// deleted reports whether the log has a deletion of a message.
func (r *reader) deleted(t *tag, target chat.Seq) (found bool, err error) {
	err = r.changesOf(t, target, func(_ chat.Seq, number byte) (bool, error) {
		found = number == kindNumbers[chat.KindDelete]
		return !found, nil
	})
	return found, err
}

// changed does what follows from an event that was just written: the index, and what
// a deletion erases. A server should have given what was deleted before in its erased
// form; what it has not is erased here.
func (w *writer) changed(t *tag, c *Counters, e *chat.Event, filling bool) error {
	target := e.Target()
	if err := w.indexFiles(t, e); err != nil {
		return err
	}
	if target > 0 && e.Kind == chat.KindEdit {
		return w.editMessage(t, c, e, target)
	}
	if target > 0 {
		if err := w.indexChange(t, e); err != nil {
			return err
		}
	}
	switch {
	case target > 0 && e.Kind == chat.KindDelete:
		return w.eraseMessage(t, c, target)
	case filling && e.Kind == chat.KindMessage && !e.Erased:
		gone, err := w.deleted(t, e.Seq)
		if err != nil {
			return err
		}
		if gone {
			return w.eraseMessage(t, c, e.Seq)
		}
		more, err := w.editedCalls(t, c.Room, max(c.Floor(), e.Seq-1), e.Seq) // it was counted as it came
		c.Mentions += more
		return err
	}
	return nil
}

// editMessage does what follows from an edit that was just written.
func (w *writer) editMessage(t *tag, c *Counters, e *chat.Event, target chat.Seq) error {
	called, err := w.called(t, c, target)
	if err == nil {
		err = w.indexChange(t, e)
	}
	if err != nil {
		return err
	}
	gone, err := w.deleted(t, target)
	if err != nil {
		return err
	}
	if gone {
		return w.erase(t, c, e.Seq)
	}
	return errors.Join(w.unindexText(t, target), w.recall(t, c, target, called))
}

// eraseMessage erases a message and its edits, as far as they are here. What is no
// message stays, whatever a server says.
func (w *writer) eraseMessage(t *tag, c *Counters, target chat.Seq) error {
	gone, err := w.placesOf(t, target, chat.KindEdit)
	if err != nil {
		return err
	}
	e, _, found, err := w.eventAt(t, c.Room, target)
	if err != nil {
		return err
	}
	if found && e.Kind == chat.KindMessage {
		gone = append(gone, target)
	}
	called, err := w.called(t, c, target)
	if err != nil {
		return err
	}
	for _, seq := range gone {
		if err := w.erase(t, c, seq); err != nil {
			return err
		}
	}
	return w.recall(t, c, target, called)
}

// erase takes what an event said out of its record, out of the numbers, the filters,
// and what was put aside of an earlier history.
func (w *writer) erase(t *tag, c *Counters, seq chat.Seq) error {
	e, chain, found, err := w.eventAt(t, c.Room, seq)
	if err != nil || !found {
		return err
	}
	if err := w.eraseStrays(t, c, &e); err != nil || e.Erased {
		return err
	}
	if err := errors.Join(w.unindexChange(t, &e), w.unindexFiles(t, &e)); err != nil {
		return err
	}
	was := e
	e.Erase()
	key := seqKey(seq)
	plain := appendEvent(nil, &e, chain)
	if err := w.roomBucket(bucketEvents, *t).Put(key, w.s.seal.seal(eventPlace(t, key), plain)); err != nil {
		return err
	}
	if was.Kind != chat.KindMessage {
		return nil
	}
	y, err := w.tally()
	if err != nil {
		return err
	}
	if seq > c.Floor() && y.counts(&was) {
		c.Unread-- // of Mentions eraseMessage takes it
	}
	if seq == c.LastMessage || seq == c.Unheeded {
		if err := w.findLast(t, c); err != nil {
			return err
		}
	}
	return w.unindexText(t, seq)
}

// eraseStrays removes what was put aside of an event that is erased now. Edits that
// were put aside name their message by its place in another history; nobody is shown
// them, and so all of the author's go.
func (w *writer) eraseStrays(t *tag, c *Counters, e *chat.Event) error {
	if c.Strays == 0 {
		return nil
	}
	var same []chat.Event
	err := w.scanStrays(t, c.Room, func(_ uint64, s *chat.Event) {
		if s.Author == e.Author && (s.Kind == chat.KindEdit || s.MID == e.MID && s.Kind == e.Kind) {
			same = append(same, *s)
		}
	})
	strays := w.roomBucket(bucketStrays, *t)
	for i := range same {
		if err == nil {
			err = w.unstray(strays, t, c, &same[i])
		}
	}
	return err
}

// findLast finds the newest message anew: the one that was it has gone, or others are
// ignored.
func (w *writer) findLast(t *tag, c *Counters) error {
	c.LastMessage, c.Unheeded, c.Activity = 0, 0, 0
	y, err := w.tally()
	b := w.roomBucket(bucketEvents, *t)
	if err != nil || b == nil {
		return err
	}
	events := b.Cursor()
	for key, sealed := events.Last(); key != nil; key, sealed = events.Prev() {
		e, _, err := w.event(t, c.Room, key, sealed)
		if err != nil {
			return err
		}
		c.Activity = e.Time
		switch {
		case e.Kind != chat.KindMessage || e.Erased:
		case !y.ignores(&e):
			c.LastMessage, c.Unheeded = e.Seq, 0
			return nil
		case c.Unheeded == 0:
			c.Unheeded = e.Seq
		}
	}
	return nil
}

// newestText is the text that a message has after its edits.
func (r *reader) newestText(t *tag, e *chat.Event) (string, error) {
	edit, err := r.newestEdit(t, e)
	if err != nil || edit == nil {
		return textOf(e), err
	}
	return textOf(edit), nil
}

// newestEdit is the last edit of a message by its author; nil: none.
func (r *reader) newestEdit(t *tag, e *chat.Event) (newest *chat.Event, err error) {
	err = r.changesOf(t, e.Seq, func(at chat.Seq, number byte) (bool, error) {
		if number != kindNumbers[chat.KindEdit] {
			return true, nil
		}
		edit, _, found, err := r.eventAt(t, e.Room, at)
		if err != nil || !found || edit.Author != e.Author {
			return true, err
		}
		newest = &edit
		return false, nil
	})
	return newest, err
}

// changeEvents returns the changes of messages, by what they change, in the order of
// the log; of each message the newest that are looked at.
func (r *reader) changeEvents(t *tag, room chat.RoomID, targets []chat.Seq) (all map[chat.Seq][]chat.Event, err error) {
	for _, target := range targets {
		places, err := r.placesAbout(t, target)
		if err != nil {
			return nil, err
		}
		if len(places) == 0 {
			continue
		}
		events := make([]chat.Event, 0, len(places))
		for i := len(places) - 1; i >= 0; i-- {
			e, _, found, err := r.eventAt(t, room, places[i])
			if err != nil {
				return nil, err
			}
			if found {
				events = append(events, e)
			}
		}
		if all == nil {
			all = map[chat.Seq][]chat.Event{}
		}
		all[target] = events
	}
	return all, nil
}

// mostVisited bounds how many changes of one message are counted at all.
const mostVisited = 50 * chat.MaxChanges

// placesAbout returns where the changes of a message stand that are looked at, newest
// first. Edits have a share of their own: what its author has made of a message is not
// hidden by what others do to it.
func (r *reader) placesAbout(t *tag, target chat.Seq) (places []chat.Seq, err error) {
	visited, edits, others := 0, 0, 0
	err = r.changesOf(t, target, func(at chat.Seq, kind byte) (bool, error) {
		visited++
		count, most := &others, chat.MaxChanges
		if kind == kindNumbers[chat.KindEdit] {
			count, most = &edits, chat.MaxEdits
		}
		if *count < most {
			*count++
			places = append(places, at)
		}
		return visited < mostVisited, nil
	})
	return places, err
}

// About returns events of a room by their places, as far as they are here, and the
// changes of each in the order of the log: at most the newest chat.MaxEdits edits and
// the newest chat.MaxChanges others.
func (s *Store) About(ctx context.Context, room chat.RoomID, seqs ...chat.Seq) (events map[chat.Seq]chat.Event, changes map[chat.Seq][]chat.Event, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		events = make(map[chat.Seq]chat.Event, len(seqs))
		for _, seq := range seqs {
			e, _, found, err := r.eventAt(&t, room, seq)
			if err != nil {
				return err
			}
			if found {
				events[seq] = e
			}
		}
		changes, err = r.changeEvents(&t, room, seqs)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return events, changes, nil
}

// Last returns the newest message of a room with its newest text; nil if there is none.
func (s *Store) Last(ctx context.Context, room chat.RoomID) (e *chat.Event, text string, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		c, found, err := r.counters(t)
		if err != nil || !found || c.LastMessage == 0 {
			return err
		}
		e, text, err = r.last(&t, &c)
		return err
	})
	return e, text, err
}

func (r *reader) last(t *tag, c *Counters) (*chat.Event, string, error) {
	e, _, there, err := r.eventAt(t, c.Room, c.LastMessage)
	if err == nil && !there {
		err = &DamageError{Where: bucketRooms, What: "the newest message is missing"}
	}
	if err != nil {
		return nil, "", err
	}
	text, err := r.newestText(t, &e)
	return &e, text, err
}

// changeCheck compares a room's index with what its log says.
type changeCheck struct {
	r    *reader
	t    *tag
	room chat.RoomID
	n    int
}

func (x *changeCheck) event(e *chat.Event) error {
	target := e.Target()
	if target == 0 {
		return nil
	}
	x.n++
	key := changeKey(target, e.Seq)
	b := x.r.roomBucket(bucketChanges, *x.t)
	if b == nil || b.Get(key) == nil {
		return roomDamage(x.room, "a change that is not in the index")
	}
	_, kind, err := x.r.change(x.t, key, b.Get(key))
	if err == nil && kind != kindNumbers[e.Kind] {
		err = roomDamage(x.room, "a change that is another one in the index")
	}
	if err != nil {
		return err
	}
	switch e.Kind {
	case chat.KindDelete:
		was, _, found, err := x.r.eventAt(x.t, x.room, target)
		if err == nil && found && was.Kind == chat.KindMessage && !was.Erased {
			err = roomDamage(x.room, "a message that was deleted is still there")
		}
		return err
	case chat.KindEdit:
		gone, err := x.r.deleted(x.t, target)
		if err == nil && gone {
			err = roomDamage(x.room, "the edit of a message that was deleted is still there")
		}
		return err
	}
	return nil
}

func (x *changeCheck) end() error {
	b := x.r.roomBucket(bucketChanges, *x.t)
	if b == nil {
		return nil
	}
	n := 0
	err := b.ForEach(func(_, _ []byte) error {
		n++
		return nil
	})
	if err == nil && n != x.n {
		err = roomDamage(x.room, "the index has a change that is not in the log")
	}
	return err
}

// addChanges makes place for the index, and indexes what older programs kept without
// understanding it.
func (s *Store) addChanges(tx *bbolt.Tx) error {
	return s.addIndex(tx, bucketChanges, (*writer).indexOld)
}

// addIndex makes place for an index of rooms' logs and makes it for every room.
func (s *Store) addIndex(tx *bbolt.Tx, bucket string, index func(*writer, *tag) error) error {
	if err := s.checkPrint(tx); err != nil {
		return err
	}
	name := s.tagged[bucket]
	if _, err := tx.CreateBucketIfNotExists(name[:]); err != nil {
		return err
	}
	w := &writer{reader{s: s, tx: tx}}
	var rooms []tag
	err := w.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
		rooms = append(rooms, tag(key))
		return nil
	})
	for i := range rooms {
		if err == nil {
			err = index(w, &rooms[i])
		}
	}
	return err
}

// indexOld indexes the log of a room.
func (w *writer) indexOld(t *tag) error {
	c, _, err := w.counters(*t)
	if err != nil {
		return err
	}
	var changes []chat.Event
	c.Mentions = 0
	err = w.scan(t, c.Room, 1, func(e *chat.Event, _ chat.Hash) (bool, error) {
		if e.Target() > 0 {
			changes = append(changes, *e)
		}
		if e.Seq > c.Floor() && Counts(e, w.s.owner.Account) && calls(e, w.s.owner.Account) {
			c.Mentions++
		}
		return true, nil
	})
	if err != nil || len(changes) == 0 && c.Mentions == 0 {
		return err
	}
	for i := range changes {
		if err := w.changed(t, &c, &changes[i], false); err != nil {
			return err
		}
	}
	if err := w.pinOld(t, changes); err != nil {
		return err
	}
	return w.putCounters(*t, &c)
}

// pinOld takes changes that were not understood into the room's state.
func (w *writer) pinOld(t *tag, changes []chat.Event) error {
	p := place{kind: bucketStates, key: t[:]}
	encoded, err := w.get(p)
	if err != nil || encoded == nil {
		return err
	}
	state, err := readState(encoded)
	if err != nil {
		return err
	}
	for i := range changes {
		e := &changes[i]
		switch e.Kind {
		case chat.KindPinAdd:
			state.Apply(e, chat.Pin{Seq: e.Target()})
		case chat.KindPinRemove:
			state.Apply(e, chat.Unpin{Seq: e.Target()})
		case chat.KindDelete:
			state.Apply(e, chat.Delete{Seq: e.Target()})
		}
	}
	return w.put(p, appendState(nil, state))
}
