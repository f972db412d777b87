package store

import (
	"slices"

	"hearth/chat"
)

// Room is what is known of a room without reading its log.
type Room struct {
	ID    chat.RoomID
	State *chat.Room // the reader's own copy; nil before the first event
	// Counters change with every event.
	Counters
	// Last is the newest message (chat.KindMessage, not erased), nil if there is
	// none.
	Last *chat.Event
	// LastText is its newest text.
	LastText string
	// Draft is what was begun and not sent.
	Draft chat.Draft
	// Gaps are the parts of the log that hold no events, in order.
	Gaps []Gap
}

// Counters are the numbers of a room.
type Counters struct {
	Room chat.RoomID
	// First is the lowest sequence held, 0 if none.
	First chat.Seq
	// Cursor is the newest sequence applied and the chain value there. Everything
	// at or below it is present or declared empty.
	Cursor chat.Head
	// Read is the read marker: everything up to it has been seen. It never
	// decreases, except together with the log itself (Rewind).
	Read chat.Seq
	// Mark is from where on the person has marked the room as unread, 0: not at all;
	// MarkRev counts its changes. See chat.Marker.
	Mark    chat.Seq
	MarkRev uint64
	// Unread is the number of events behind Floor for which Counts is true, as far as
	// they are loaded.
	Unread int
	// Mentions is how many of them call the reader, as they read after their edits.
	Mentions int
	// Notified is the highest sequence for which a desktop notification was shown.
	Notified chat.Seq
	// LastMessage is the sequence of Room.Last: the newest message but for those of the
	// ignored (SetIgnored), 0 if there is none.
	LastMessage chat.Seq
	// Unheeded is the newest message of the ignored where nobody else has written one; 0
	// if there is none.
	Unheeded chat.Seq
	// Activity is the server time of LastMessage, or of the first event as long as
	// there is none; rooms are listed by it.
	Activity int64
	// NextDSeq is the dseq for this device's next send in the room, as far as
	// known (at least 1). See Transmission and SetNextDSeq.
	NextDSeq uint64
	// Gone says that the server no longer lets this account read the room.
	Gone bool
	// Strays is the number of events the server has lost, see Rewind.
	Strays int
}

// Marker returns how far the room is read.
func (c *Counters) Marker() chat.Marker {
	return chat.Marker{Read: c.Read, Mark: c.Mark, Rev: c.MarkRev}
}

// Floor is what unread counts from.
func (c *Counters) Floor() chat.Seq { return c.Marker().Floor() }

func (c *Counters) setMarker(m chat.Marker) { c.Read, c.Mark, c.MarkRev = m.Read, m.Mark, m.Rev }

// Counts reports whether an event makes a room unread for its reader: messages
// of others. It is the one rule, but for SetIgnored; Unread is its sum.
func Counts(e *chat.Event, reader chat.AccountID) bool {
	return e.Kind == chat.KindMessage && !e.Erased && e.Author != reader
}

// Unread computes from scratch how many events behind a marker's floor count; ignored
// are people whose messages do not, see SetIgnored.
func Unread(log []chat.Event, floor chat.Seq, reader chat.AccountID, ignored ...chat.AccountID) int {
	n := 0
	for i := range log {
		if log[i].Seq > floor && Counts(&log[i], reader) && !slices.Contains(ignored, log[i].Author) {
			n++
		}
	}
	return n
}
