package storetest

import (
	"encoding/binary"
	"encoding/json"

	"hearth/chat"
)

// Log is a room's log as a server would keep it.
type Log struct {
	Room   chat.RoomID
	Events []chat.Event // Events[i].Seq is i + 1
	Chains []chat.Hash  // after Events[i]
}

// NewLog returns an empty log.
func NewLog(room chat.RoomID) *Log { return &Log{Room: room} }

// Append adds an event and returns it.
func (l *Log) Append(kind chat.Kind, author chat.AccountID, device chat.DeviceID, mid chat.MID, body []byte) chat.Event {
	seq := chat.Seq(len(l.Events) + 1)
	e := chat.Event{
		Room: l.Room, Seq: seq, Kind: kind, Author: author, Device: device, MID: mid,
		Time: 1_700_000_000_000 + int64(seq)*1000, Body: body,
	}
	binary.BigEndian.PutUint64(e.Salt[:], uint64(seq)) // fixed, so that a failing history repeats
	e.Salt[15] = 1
	l.Events = append(l.Events, e)
	l.Chains = append(l.Chains, e.Chain(l.Chain(seq-1)))
	return e
}

// Text adds a message.
func (l *Log) Text(author chat.AccountID, text string) chat.Event {
	return l.Append(chat.KindMessage, author, chat.DeviceID{1}, chat.NewMID(), TextBody(text))
}

// TextBody returns the body of a message.
func TextBody(text string) []byte {
	b, err := json.Marshal(chat.Text{Text: text})
	if err != nil {
		panic(err) // a string always encodes
	}
	return b
}

// Head returns the newest sequence.
func (l *Log) Head() chat.Seq { return chat.Seq(len(l.Events)) }

// Chain returns the chain value after seq.
func (l *Log) Chain(seq chat.Seq) chat.Hash {
	if seq == 0 {
		return chat.Hash{}
	}
	return l.Chains[seq-1]
}

// Part returns the events from one sequence to another, both included, and the
// chain after them.
func (l *Log) Part(from, to chat.Seq) ([]chat.Event, chat.Hash) {
	return append([]chat.Event(nil), l.Events[from-1:to]...), l.Chain(to)
}

// Cut takes the log back to seq, as a restored backup would.
func (l *Log) Cut(seq chat.Seq) { l.Events, l.Chains = l.Events[:seq:seq], l.Chains[:seq:seq] }
