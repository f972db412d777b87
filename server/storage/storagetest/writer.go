package storagetest

import (
	"encoding/json"
	"fmt"

	"hearth/chat"
	"hearth/server/storage"
)

// Writer makes the batches of one room as its owner on a server would: valid
// sequences, chains, states and device counters. It believes that every batch it
// makes is appended. Not for use by several goroutines.
type Writer struct {
	Room  chat.RoomID
	Head  chat.Head
	State *chat.Room
	DSeqs map[chat.DeviceID]uint64
	clock int64
	pins  []chat.Seq // of the last state that was handed over

	chains map[chat.Seq]chat.Hash
}

// NewWriter returns the owner of a room that does not exist yet.
func NewWriter(room chat.RoomID) *Writer {
	return &Writer{Room: room, State: chat.NewRoom(room), DSeqs: map[chat.DeviceID]uint64{}, chains: map[chat.Seq]chat.Hash{}, clock: 1_700_000_000_000}
}

// Person is an author with a device.
type Person struct {
	Account chat.AccountID
	Device  chat.DeviceID
}

// NewPerson returns somebody new.
func NewPerson() Person {
	return Person{chat.NewAccountID(), chat.DeviceID(chat.NewMID())}
}

// Found returns the batch that creates the room with its first members.
func (w *Writer) Found(members ...Person) *storage.Batch {
	b := w.begin()
	w.entry(b, members[0], chat.KindRoomCreate, chat.RoomCreate{Name: "room", Access: chat.AccessOpen, History: chat.HistoryAll})
	for _, p := range members {
		w.joined(b, p)
	}
	b.State = w.State.Clone()
	return b
}

// Message returns a batch of messages of one person.
func (w *Writer) Message(p Person, texts ...string) *storage.Batch {
	b := w.begin()
	for _, text := range texts {
		w.entry(b, p, chat.KindMessage, chat.Text{Text: text})
		w.DSeqs[p.Device]++
		b.DSeqs[p.Device] = w.DSeqs[p.Device]
	}
	return b
}

// Join returns the batch that brings somebody in.
func (w *Writer) Join(p Person) *storage.Batch {
	b := w.begin()
	w.joined(b, p)
	b.State = w.State.Clone()
	return b
}

// Leave returns the batch that takes somebody out.
func (w *Writer) Leave(p Person) *storage.Batch {
	b := w.begin()
	w.entry(b, p, chat.KindLeave, chat.Leave{Account: p.Account})
	b.Left = append(b.Left, p.Account)
	b.State = w.State.Clone()
	return b
}

// SetHistory returns the batch that changes what newcomers see.
func (w *Writer) SetHistory(p Person, to chat.History) *storage.Batch {
	b := w.begin()
	w.entry(b, p, chat.KindHistory, chat.SetHistory{History: to})
	b.State = w.State.Clone()
	return b
}

func (w *Writer) joined(b *storage.Batch, p Person) {
	w.entry(b, p, chat.KindJoin, chat.Join{Account: p.Account, Name: p.Account.String(), Display: "Somebody", Role: chat.RoleMember})
	b.Joined = append(b.Joined, p.Account)
}

func (w *Writer) begin() *storage.Batch {
	return &storage.Batch{Room: w.Room, Expect: w.Head.Seq, DSeqs: map[chat.DeviceID]uint64{}}
}

// entry adds an event to the batch and to what the writer believes.
func (w *Writer) entry(b *storage.Batch, p Person, kind chat.Kind, body chat.Body) {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("a body of our own does not encode: %v", err))
	}
	w.clock++
	e := chat.Event{
		Room: w.Room, Seq: w.Head.Seq + 1, Kind: kind, Author: p.Account, Device: p.Device,
		MID: chat.NewMID(), Time: w.clock, Body: raw, Salt: chat.Salt(chat.NewMID()),
	}
	w.State.Apply(&e, body)
	w.Head = chat.Head{Seq: e.Seq, Chain: e.Chain(w.Head.Chain)}
	w.chains[e.Seq] = w.Head.Chain
	b.Entries = append(b.Entries, storage.Entry{Event: e, Chain: w.Head.Chain, Content: chat.ContentHash(w.Room, kind, raw)})
}
