package store

import (
	"context"

	"hearth/chat"
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
	EntryAcknowledged EntryState = 4 // on the server's disk at Seq; its event is still to come
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
	// ClearDraft empties the room's draft in the same transaction.
	ClearDraft bool
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
	// Code and Message tell why it failed; Message is plain English for logs.
	Code    chat.Code
	Message string
	Seq     chat.Seq // when acknowledged
}

// Transmission records that an entry is about to be handed to a connection.
type Transmission struct {
	MID  chat.MID
	DSeq uint64
}

// Ack is the server's word that an entry is on its disk.
type Ack struct {
	MID chat.MID
	Seq chat.Seq
}

// Enqueue adds entries at the end of the outbox, all or none, and returns after
// they are on disk. Errors: ErrOutboxFull, ErrDuplicateMID, ErrNoSpace.
func (s *Store) Enqueue(ctx context.Context, subs ...Submission) ([]Entry, error) {
	return nil, ErrClosed
}

// Outbox returns all entries in order.
func (s *Store) Outbox(ctx context.Context) ([]Entry, error) { return nil, ErrClosed }

// MarkTransmitted must return before the bytes of an entry may leave. Entries
// that no longer exist are ignored.
func (s *Store) MarkTransmitted(ctx context.Context, ts ...Transmission) error { return ErrClosed }

// Acknowledge records acks. An entry whose event is already applied is removed,
// any other stays as EntryAcknowledged until Apply brings its event: it is drawn
// as sent and never sent again. Unknown ids are ignored.
func (s *Store) Acknowledge(ctx context.Context, acks ...Ack) error { return ErrClosed }

// Fail keeps an entry that the server refused for good. code and message are the
// server's; the message must not contain the body.
func (s *Store) Fail(ctx context.Context, mid chat.MID, code chat.Code, message string) error {
	return ErrClosed
}

// Hold keeps entries back until the person decides (Retry or Discard).
func (s *Store) Hold(ctx context.Context, mids ...chat.MID) error { return ErrClosed }

// Retry puts failed or held entries back to EntryQueued, in their old order and
// under their old ids.
func (s *Store) Retry(ctx context.Context, mids ...chat.MID) error { return ErrClosed }

// Discard removes entries for good.
func (s *Store) Discard(ctx context.Context, mids ...chat.MID) error { return ErrClosed }

// Edit replaces an entry's body. The new text gets a new message id, at the old
// place in the order: an id is bound to one content for ever. ErrTransmitted if
// the entry may be on the server (transmitted and not refused).
func (s *Store) Edit(ctx context.Context, mid, replacement chat.MID, body []byte) (Entry, error) {
	return Entry{}, ErrClosed
}
