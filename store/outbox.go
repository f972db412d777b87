package store

import (
	"context"
	"slices"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
)

// EntryState is where an outbox entry stands on disk. "In flight" is not among
// them: it belongs to one connection and is the app's; what survives a crash is
// Entry.Transmitted.
type EntryState uint8

// The states; the numbers are on disk.
const (
	EntryQueued       EntryState = 1 // to be sent as soon as possible
	EntryFailed       EntryState = 2 // refused for good; waits for the person
	EntryHeld         EntryState = 3 // not to be sent silently any more; waits for the person
	EntryAcknowledged EntryState = 4 // on the server's disk at Seq; its event is still to come, or lies in a hole
)

// String returns the state's name.
func (s EntryState) String() string {
	switch s {
	case EntryQueued:
		return "queued"
	case EntryFailed:
		return "failed"
	case EntryHeld:
		return "held"
	case EntryAcknowledged:
		return "acknowledged"
	}
	return "unknown"
}

// Submission is what Enqueue takes: an event that a person wants in a room.
type Submission struct {
	MID     chat.MID // chosen at random, once
	Room    chat.RoomID
	Kind    chat.Kind
	Body    []byte
	Created int64 // this computer's clock, milliseconds; for display only
	// Transmitted says that it will be handed to a live connection as soon as
	// Enqueue has returned; saves the commit of MarkTransmitted.
	Transmitted bool
	// DSeq is the dseq it will be sent with, if Transmitted.
	DSeq uint64
	// Held puts it there as EntryHeld, as for events that a server has lost.
	Held    bool
	Because chat.Code // with Held: CodeLost, CodeAway or CodeAltered; "" is not known
	// Carried says that it waited before, under another id: it is taken however many
	// wait, since refusing it would lose it.
	Carried bool
	// Draft replaces the room's draft in the same transaction; nil leaves it.
	Draft *chat.Draft
}

// Entry is one outbox entry.
type Entry struct {
	MID     chat.MID
	Room    chat.RoomID
	Kind    chat.Kind
	Body    []byte
	Order   uint64 // local order over all rooms; also the order of sending
	Created int64
	State   EntryState
	// Transmitted says that it has, or may have, left this computer once.
	Transmitted bool
	DSeq        uint64 // of the newest transmission, 0 if none
	// Code and Message tell why it failed or is held; Message is plain English for logs.
	Code    chat.Code
	Message string
	Seq     chat.Seq // when acknowledged, or where it stood with CodeUnkept and CodeUnseen
	// Paused says that the person has halted its files.
	Paused bool
}

// Transmission records that an entry is about to be handed to a connection.
type Transmission struct {
	MID  chat.MID
	DSeq uint64
	// Body replaces what the entry says; nil leaves it, and so does an entry that may
	// have left before: an id is bound to one content from then on.
	Body []byte
}

// Ack is the server's word that an entry is on its disk.
type Ack struct {
	MID chat.MID
	Seq chat.Seq
}

// maxFailMessage bounds what a server can make us store about a failure, in bytes.
const maxFailMessage = 512

// LimitOutbox changes how many entries may wait: the server's limit, as it was last
// told. What waits already stays.
func (s *Store) LimitOutbox(n int) { s.limit.Store(int64(n)) }

// Enqueue adds entries at the end of the outbox, all or none, and returns after
// they are on disk. Errors: ErrOutboxFull, ErrDuplicateMID, ErrInvalid, ErrNoSpace.
func (s *Store) Enqueue(ctx context.Context, subs ...Submission) ([]Entry, error) {
	for i := range subs {
		if subs[i].MID.IsZero() || subs[i].Room.IsZero() || subs[i].Kind == "" {
			return nil, ErrInvalid
		}
	}
	var entries []Entry
	err := s.update(ctx, func(w *writer) error {
		if err := w.admit(subs); err != nil {
			return boltkit.Refuse(err)
		}
		entries = make([]Entry, 0, len(subs))
		for i := range subs {
			e, err := w.enqueue(&subs[i])
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// admit checks without writing.
func (w *writer) admit(subs []Submission) error {
	fresh := 0
	for i := range subs {
		if !subs[i].Carried {
			fresh++
		}
	}
	if limit := int(w.s.limit.Load()); fresh > 0 && w.outboxHasMoreThan(limit-len(subs)) {
		return &OutboxFullError{Limit: limit}
	}
	seen := map[chat.MID]bool{}
	for i := range subs {
		mid := subs[i].MID
		if seen[mid] || w.hasMID(mid) {
			return ErrDuplicateMID
		}
		seen[mid] = true
	}
	return nil
}

func (w *writer) enqueue(sub *Submission) (Entry, error) {
	order, err := w.bucket(bucketOutbox).NextSequence()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		MID: sub.MID, Room: sub.Room, Kind: sub.Kind, Body: slices.Clone(sub.Body), Order: order,
		Created: sub.Created, State: EntryQueued,
	}
	switch {
	case sub.Held:
		e.State, e.Transmitted, e.Code = EntryHeld, true, sub.Because
	case sub.Transmitted:
		e.Transmitted, e.DSeq = true, sub.DSeq
	}
	if sub.Draft != nil {
		if err := w.setDraft(sub.Room, sub.Draft); err != nil {
			return Entry{}, err
		}
	}
	return e, w.addEntry(&e)
}

// Carry adds entries of another store at the end of the outbox in the state they are in
// there, all or none, however many wait, and returns those that are here afterwards: an
// acknowledged one whose event is applied is not. Entries whose ids are here already are
// left alone, so it can be repeated. Errors: ErrInvalid, ErrNoSpace.
func (s *Store) Carry(ctx context.Context, entries []Entry) (added []Entry, err error) {
	for i := range entries {
		if entries[i].MID.IsZero() || entries[i].Room.IsZero() || entries[i].Kind == "" {
			return nil, ErrInvalid
		}
	}
	err = s.update(ctx, func(w *writer) error {
		added = nil
		for i := range entries {
			if w.hasMID(entries[i].MID) {
				continue
			}
			e, here, err := w.carry(entries[i])
			if err != nil {
				return err
			}
			if here {
				added = append(added, e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

func (w *writer) carry(e Entry) (_ Entry, here bool, err error) {
	if e.Order, err = w.bucket(bucketOutbox).NextSequence(); err != nil {
		return Entry{}, false, err
	}
	e.Body, e.Message = slices.Clone(e.Body), e.Message[:min(len(e.Message), maxFailMessage)]
	if e.State != EntryQueued {
		e.Transmitted, e.DSeq = true, 0 // the dseq may be another device's
	}
	if err := w.addEntry(&e); err != nil || e.State != EntryAcknowledged {
		return e, err == nil, err
	}
	if err := w.acknowledge(Ack{MID: e.MID, Seq: e.Seq}, &Acknowledged{}); err != nil {
		return Entry{}, false, err
	}
	return w.entryByMID(e.MID)
}

// Outbox returns all entries in order.
func (s *Store) Outbox(ctx context.Context) (entries []Entry, err error) {
	err = s.view(ctx, func(r *reader) error {
		entries, err = r.entries(func(*Entry) bool { return true })
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// MarkTransmitted must return before the bytes of an entry may leave. Entries
// that no longer exist are ignored.
func (s *Store) MarkTransmitted(ctx context.Context, ts ...Transmission) error {
	return s.update(ctx, func(w *writer) error {
		for _, t := range ts {
			err := w.changeEntry(t.MID, func(e *Entry) error {
				if t.Body != nil && !e.Transmitted {
					e.Body = t.Body
				}
				e.Transmitted, e.DSeq = true, t.DSeq
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// CodeUnkept is the code of a message that failed because it will never be seen in the
// log: it got there, nobody said so, and the server has stopped keeping it since. These
// words are all that is left here. Entry.Seq is where it stood (0 in older stores): a
// server that goes back to before that has lost the message and its end, see Rewind.
const CodeUnkept chat.Code = "outbox.unkept"

// CodeUnseen is the code of a message that got into the log and will never be seen there
// on this device, for any other reason: the server gives nothing for its place, to this
// reader or to nobody.
const CodeUnseen chat.Code = "outbox.unseen"

// CodeLost, CodeAway and CodeAltered say of an EntryHeld why it waits for the person: the
// server has lost it, the device was away for long, or other words have come under its id.
// Entries of older programs say nothing.
const (
	CodeLost    chat.Code = "outbox.lost"
	CodeAway    chat.Code = "outbox.away"
	CodeAltered chat.Code = "outbox.altered"
)

// Acknowledged is what became of entries that were acknowledged, those that stay as
// EntryAcknowledged left out.
type Acknowledged struct {
	Resolved []chat.MID // gone
	Unkept   []chat.MID // EntryFailed, with CodeUnkept or CodeUnseen
}

// Acknowledge records acks. An entry whose event is already applied is removed,
// any other stays as EntryAcknowledged until Apply or FillHole brings its event: it is
// drawn as sent and never sent again. A message whose place holds nothing for this
// reader stays as EntryFailed. Unknown ids are ignored.
func (s *Store) Acknowledge(ctx context.Context, acks ...Ack) (done Acknowledged, err error) {
	err = s.update(ctx, func(w *writer) error {
		done = Acknowledged{}
		for _, a := range acks {
			if err := w.acknowledge(a, &done); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Acknowledged{}, err
	}
	return done, nil
}

func (w *writer) acknowledge(a Ack, done *Acknowledged) error {
	e, found, err := w.entryByMID(a.MID)
	if err != nil || !found {
		return err
	}
	t := w.roomTag(e.Room)
	c, known, err := w.counters(t)
	if err != nil {
		return err
	}
	if known && c.NextDSeq <= e.DSeq {
		c.NextDSeq = e.DSeq + 1
		if err := w.putCounters(t, &c); err != nil {
			return err
		}
	}
	gap, err := w.gapOver(&t, a.Seq)
	if err != nil {
		return err
	}
	sent := e
	sent.State, sent.Seq, sent.Code, sent.Message = EntryAcknowledged, a.Seq, "", ""
	switch {
	case fault.Bug(fault.AckRemovesEntry):
	case c.Cursor.Seq < a.Seq:
		return w.putEntry(&sent)
	case gap != nil && gap.Kind == gapHole && !fault.Bug(fault.LodgedDropped):
		erased, err := w.isErased(&t, &sent)
		if err == nil && !erased {
			return w.putEntry(&sent)
		}
		if err != nil {
			return err
		}
	case gap != nil && gap.Kind == gapVoid && e.Kind == chat.KindMessage:
		done.Unkept = append(done.Unkept, e.MID)
		return w.keepWords(&e, a.Seq, gap.Reason)
	}
	done.Resolved = append(done.Resolved, e.MID)
	return w.removeEntry(&e)
}

// gapOver returns the gap that a place of a room lies in; nil if it lies in none.
func (r *reader) gapOver(t *tag, seq chat.Seq) (over *gapRecord, err error) {
	err = r.scanGaps(t, func(from chat.Seq, g *gapRecord) error {
		if from <= seq && seq <= g.To {
			found := *g
			over = &found
		}
		return nil
	})
	return over, err
}

// isErased reports whether the log has a deletion of what an acknowledged entry says.
func (r *reader) isErased(t *tag, e *Entry) (bool, error) {
	if target := e.says(); target > 0 {
		return r.deleted(t, target)
	}
	return false, nil
}

// says is the place of the message to which the words of an acknowledged entry belong; 0
// if it has none.
func (e *Entry) says() chat.Seq {
	switch e.Kind {
	case chat.KindMessage:
		return e.Seq
	case chat.KindEdit:
		change := chat.Event{Room: e.Room, Seq: everywhere, Kind: e.Kind, Body: e.Body}
		return change.Target()
	}
	return 0
}

// Event is what the server has of an acknowledged entry of a store's owner, as far as that
// is known here: its time is that of this computer.
func (e *Entry) Event(owner Owner) chat.Event {
	return chat.Event{
		Room: e.Room, Seq: e.Seq, Author: owner.Account, Device: owner.Device, MID: e.MID, Kind: e.Kind, Time: e.Created, Body: e.Body,
	}
}

// keepWords keeps an entry whose event will never come, and stood at a place in a void of
// some reason, as one that failed.
func (w *writer) keepWords(e *Entry, at chat.Seq, reason string) error {
	e.State, e.Seq, e.Code, e.Message = EntryFailed, at, CodeUnseen, ""
	if reason == voidPurged {
		e.Code = CodeUnkept
	}
	return w.putEntry(e)
}

// Fail keeps an entry that the server refused for good. code and message are the
// server's; the message must not contain the body. An entry that is gone or
// acknowledged is left alone.
func (s *Store) Fail(ctx context.Context, mid chat.MID, code chat.Code, message string) error {
	return s.update(ctx, func(w *writer) error {
		return w.changeEntry(mid, func(e *Entry) error {
			if e.State != EntryAcknowledged {
				e.State, e.Seq, e.Code, e.Message = EntryFailed, 0, code, message[:min(len(message), maxFailMessage)]
			}
			return nil
		})
	})
}

// Hold keeps queued entries of a device that was away for long back until the person
// decides (Retry or Discard).
func (s *Store) Hold(ctx context.Context, mids ...chat.MID) error {
	return s.update(ctx, func(w *writer) error {
		return w.changeEntries(mids, func(e *Entry) error {
			if e.State == EntryQueued {
				e.State, e.Code = EntryHeld, CodeAway
			}
			return nil
		})
	})
}

// Doubt holds back acknowledged entries of which the server knows nothing any more:
// it has lost them. Any other is left alone.
func (s *Store) Doubt(ctx context.Context, mids ...chat.MID) error {
	return s.update(ctx, func(w *writer) error {
		return w.changeEntries(mids, func(e *Entry) error {
			if e.State == EntryAcknowledged {
				e.State, e.Seq, e.Code = EntryHeld, 0, CodeLost
			}
			return nil
		})
	})
}

// Pause halts the files of an entry, or lets them go on; one that is gone is ignored.
func (s *Store) Pause(ctx context.Context, mid chat.MID, pause bool) error {
	return s.update(ctx, func(w *writer) error {
		return w.changeEntry(mid, func(e *Entry) error {
			e.Paused = pause
			return nil
		})
	})
}

// Retry puts failed or held entries back to EntryQueued, in their old order and
// under their old ids.
func (s *Store) Retry(ctx context.Context, mids ...chat.MID) error {
	return s.update(ctx, func(w *writer) error {
		return w.changeEntries(mids, func(e *Entry) error {
			if e.State == EntryFailed || e.State == EntryHeld {
				e.State, e.Seq, e.Code, e.Message, e.Paused = EntryQueued, 0, "", "", false
			}
			return nil
		})
	})
}

// Discard removes entries for good. Ids that are gone are ignored.
func (s *Store) Discard(ctx context.Context, mids ...chat.MID) error {
	return s.update(ctx, func(w *writer) error {
		for _, mid := range mids {
			e, found, err := w.entryByMID(mid)
			if err == nil && found {
				err = w.removeEntry(&e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Edit replaces an entry's kind and body and queues it. The new content gets a new
// message id, at the old place in the order: an id is bound to one content for ever.
// draft replaces the room's draft in the same transaction; nil leaves it.
// Errors: ErrNotFound, ErrDuplicateMID; ErrTransmitted if the entry may be on the
// server (transmitted and not refused).
func (s *Store) Edit(ctx context.Context, mid, replacement chat.MID, kind chat.Kind, body []byte, draft *chat.Draft) (Entry, error) {
	var e Entry
	err := s.update(ctx, func(w *writer) error {
		old, found, err := w.entryByMID(mid)
		switch {
		case err != nil:
			return err
		case !found:
			return boltkit.Refuse(ErrNotFound)
		case old.State == EntryAcknowledged || old.Transmitted && old.State != EntryFailed:
			return boltkit.Refuse(ErrTransmitted)
		case replacement.IsZero() || w.hasMID(replacement):
			return boltkit.Refuse(ErrDuplicateMID)
		}
		if err := w.removeEntry(&old); err != nil {
			return err
		}
		e = Entry{
			MID: replacement, Room: old.Room, Kind: kind, Body: slices.Clone(body), Order: old.Order,
			Created: old.Created, State: EntryQueued, Paused: old.Paused,
		}
		if draft != nil {
			if err := w.setDraft(e.Room, draft); err != nil {
				return err
			}
		}
		return w.addEntry(&e)
	})
	if err != nil {
		return Entry{}, err
	}
	return e, nil
}
