package store

import (
	"encoding/binary"

	"hearth/chat"
)

// A message calls its reader if its newest text does: Counters.Mentions is how many of
// the unread ones do, so that it is what the rows say. An edit rings nowhere all the same.

// calls reports whether a body of a message or an edit calls a reader.
func calls(e *chat.Event, reader chat.AccountID) bool {
	return chat.MentionsOf(e.Body).Has(reader)
}

// callsNow reports whether a message calls a reader after its edits.
func (r *reader) callsNow(t *tag, e *chat.Event, reader chat.AccountID) (bool, error) {
	edit, err := r.newestEdit(t, e)
	if err != nil || edit == nil {
		return calls(e, reader), err
	}
	return calls(edit, reader), nil
}

// called reports whether a message is one of Counters.Mentions.
func (r *reader) called(t *tag, c *Counters, seq chat.Seq) (bool, error) {
	if seq <= c.Floor() {
		return false, nil
	}
	y, err := r.tally()
	if err != nil {
		return false, err
	}
	e, _, found, err := r.eventAt(t, c.Room, seq)
	if err != nil || !found || !y.counts(&e) {
		return false, err
	}
	return r.callsNow(t, &e, y.me)
}

// recall counts anew whether a message calls, after something about it has changed; was
// is whether it did before.
func (r *reader) recall(t *tag, c *Counters, seq chat.Seq, was bool) error {
	is, err := r.called(t, c, seq)
	switch {
	case err != nil || is == was:
	case is:
		c.Mentions++
	default:
		c.Mentions--
	}
	return err
}

// editedCalls is how many more of the messages behind a place, up to and including
// another, call after their edits than did when they were sent.
func (r *reader) editedCalls(t *tag, room chat.RoomID, from, to chat.Seq) (more int, err error) {
	b := r.roomBucket(bucketChanges, *t)
	if b == nil || from >= to {
		return 0, nil
	}
	y, err := r.tally()
	if err != nil {
		return 0, err
	}
	last := from
	at := b.Cursor()
	for key, sealed := at.Seek(changeKey(from+1, 0)); key != nil; key, sealed = at.Next() {
		_, kind, err := r.change(t, key, sealed)
		if err != nil {
			return 0, err
		}
		target := chat.Seq(binary.BigEndian.Uint64(key))
		if target > to {
			break
		}
		if kind != kindNumbers[chat.KindEdit] || target == last {
			continue
		}
		last = target
		e, _, found, err := r.eventAt(t, room, target)
		if err != nil {
			return 0, err
		}
		if !found || !y.counts(&e) {
			continue
		}
		now, err := r.callsNow(t, &e, y.me)
		if err != nil {
			return 0, err
		}
		switch was := calls(&e, y.me); {
		case now && !was:
			more++
		case was && !now:
			more--
		}
	}
	return more, nil
}
