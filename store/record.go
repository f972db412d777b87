package store

import (
	"encoding/binary"

	"hearth/chat"
)

// An event's record, format 1: flags (1 byte), length of kind (uvarint), kind,
// author, device, message id (16 bytes each), time (8, big-endian), chain after
// the event (32), salt (16) or, if erased, hash of the body (32), body. Room and
// sequence are in its place and bound by the seal.
const (
	flagErased = 1

	eventFixed = 1 + 1 + 3*16 + 8 + 32 // with a kind of less than 128 bytes
)

func appendEvent(b []byte, e *chat.Event, chain chat.Hash) []byte {
	flags := byte(0)
	if e.Erased {
		flags |= flagErased
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(len(e.Kind)))
	b = append(b, e.Kind...)
	b = append(b, e.Author[:]...)
	b = append(b, e.Device[:]...)
	b = append(b, e.MID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time))
	b = append(b, chain[:]...)
	if e.Erased {
		return append(b, e.BodyHash[:]...)
	}
	b = append(b, e.Salt[:]...)
	return append(b, e.Body...)
}

// readEvent reads a record. The event's body lies in b.
func readEvent(b []byte, e *chat.Event, chain *chat.Hash) bool {
	if len(b) < eventFixed {
		return false
	}
	e.Erased = b[0]&flagErased != 0
	n, width := binary.Uvarint(b[1:])
	if width <= 0 || n > uint64(len(b)) {
		return false
	}
	b = b[1+width:]
	tail := int(n) + 3*16 + 8 + 32 + len(e.Salt)
	if e.Erased {
		tail += len(e.BodyHash) - len(e.Salt)
	}
	if len(b) < tail {
		return false
	}
	e.Kind = kindOf(b[:n])
	b = b[n:]
	b = b[copy(e.Author[:], b):]
	b = b[copy(e.Device[:], b):]
	b = b[copy(e.MID[:], b):]
	e.Time = int64(binary.BigEndian.Uint64(b))
	b = b[8:]
	b = b[copy(chain[:], b):]
	if e.Erased {
		b = b[copy(e.BodyHash[:], b):]
		return len(b) == 0
	}
	b = b[copy(e.Salt[:], b):]
	if len(b) > 0 {
		e.Body = b[:len(b):len(b)]
	}
	return true
}

// kindOf saves the allocation for the kinds that fill a log.
func kindOf(b []byte) chat.Kind {
	switch string(b) {
	case string(chat.KindMessage):
		return chat.KindMessage
	case string(chat.KindJoin):
		return chat.KindJoin
	case string(chat.KindLeave):
		return chat.KindLeave
	case string(chat.KindName):
		return chat.KindName
	}
	return chat.Kind(b)
}

// roomRecord is the JSON form of Counters.
type roomRecord struct {
	Room        chat.RoomID `json:"room"`
	First       chat.Seq    `json:"first"`
	Cursor      chat.Seq    `json:"cursor"`
	Chain       chat.Hash   `json:"chain"`
	Read        chat.Seq    `json:"read"`
	Mark        chat.Seq    `json:"mark,omitzero"`
	MarkRev     uint64      `json:"mark_rev,omitzero"`
	Unread      int         `json:"unread"`
	Mentions    int         `json:"mentions,omitzero"`
	Notified    chat.Seq    `json:"notified,omitzero"`
	LastMessage chat.Seq    `json:"last_message,omitzero"`
	Unheeded    chat.Seq    `json:"unheeded,omitzero"`
	Activity    int64       `json:"activity"`
	NextDSeq    uint64      `json:"next_dseq"`
	Gone        bool        `json:"gone,omitzero"`
	Strays      int         `json:"strays,omitzero"`
}

func (c *Counters) record() roomRecord {
	return roomRecord{
		Room: c.Room, First: c.First, Cursor: c.Cursor.Seq, Chain: c.Cursor.Chain, Read: c.Read, Mark: c.Mark, MarkRev: c.MarkRev, Unread: c.Unread, Mentions: c.Mentions,
		Notified: c.Notified, LastMessage: c.LastMessage, Unheeded: c.Unheeded, Activity: c.Activity, NextDSeq: c.NextDSeq, Gone: c.Gone, Strays: c.Strays,
	}
}

func (r *roomRecord) counters() Counters {
	return Counters{
		Room: r.Room, First: r.First, Cursor: chat.Head{Seq: r.Cursor, Chain: r.Chain}, Read: r.Read, Mark: r.Mark, MarkRev: r.MarkRev, Unread: r.Unread, Mentions: r.Mentions,
		Notified: r.Notified, LastMessage: r.LastMessage, Unheeded: r.Unheeded, Activity: r.Activity, NextDSeq: r.NextDSeq, Gone: r.Gone, Strays: r.Strays,
	}
}

// gapRecord is the JSON form of a part of the log without events; its first
// sequence is the key.
type gapRecord struct {
	Kind   int       `json:"kind"`
	To     chat.Seq  `json:"to"`
	Reason string    `json:"reason"`
	Chain  chat.Hash `json:"chain"` // after To
}

// Kinds of gaps; the numbers are on disk.
const (
	gapVoid = 1 // there is nothing for this reader
	gapHole = 2 // there are events, which have not been loaded
)

// entryRecord is the JSON form of an outbox entry; its order is the key.
type entryRecord struct {
	MID         chat.MID    `json:"mid"`
	Room        chat.RoomID `json:"room"`
	Kind        chat.Kind   `json:"kind"`
	Body        []byte      `json:"body"`
	Created     int64       `json:"created"`
	State       EntryState  `json:"state"`
	Transmitted bool        `json:"transmitted,omitzero"`
	DSeq        uint64      `json:"dseq,omitzero"`
	Code        chat.Code   `json:"code,omitzero"`
	Message     string      `json:"message,omitzero"`
	Seq         chat.Seq    `json:"seq,omitzero"`
	Paused      bool        `json:"paused,omitzero"`
}

func (e *Entry) record() entryRecord {
	return entryRecord{
		MID: e.MID, Room: e.Room, Kind: e.Kind, Body: e.Body, Created: e.Created, State: e.State,
		Transmitted: e.Transmitted, DSeq: e.DSeq, Code: e.Code, Message: e.Message, Seq: e.Seq, Paused: e.Paused,
	}
}

func (r *entryRecord) entry(order uint64) Entry {
	return Entry{
		MID: r.MID, Room: r.Room, Kind: r.Kind, Body: r.Body, Order: order, Created: r.Created, State: r.State,
		Transmitted: r.Transmitted, DSeq: r.DSeq, Code: r.Code, Message: r.Message, Seq: r.Seq, Paused: r.Paused,
	}
}
