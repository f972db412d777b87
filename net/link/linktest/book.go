package linktest

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// Book is the rooms of a lying server.
type Book struct {
	Account chat.AccountID // who connects; fixed

	mu    sync.Mutex
	rooms map[chat.RoomID]*log // guarded by mu
}

// log is one room.
type log struct {
	events []chat.Event
	chains []chat.Hash
}

// NewBook returns an empty book for a fresh account.
func NewBook() *Book { return &Book{Account: chat.NewAccountID(), rooms: map[chat.RoomID]*log{}} }

// Found makes a room that the account is in, with messages of somebody else.
func (b *Book) Found(room chat.RoomID, texts ...string) {
	b.Add(room, chat.KindRoomCreate, chat.AccountID{}, `{"name":"general","access":"open","history":"all"}`)
	me, _ := b.Account.MarshalText()
	b.Add(room, chat.KindJoin, chat.AccountID{}, `{"account":"`+string(me)+`","name":"ann","display":"ann","role":"member"}`)
	for _, text := range texts {
		b.Add(room, chat.KindMessage, chat.AccountID{7}, `{"text":"`+text+`"}`)
	}
}

// Add appends an event made up by the server and returns it with the chain.
func (b *Book) Add(room chat.RoomID, kind chat.Kind, author chat.AccountID, body string) (chat.Event, chat.Hash) {
	return b.add(chat.Event{Room: room, Kind: kind, Author: author, MID: chat.NewMID(), Body: []byte(body)})
}

func (b *Book) add(e chat.Event) (chat.Event, chat.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.rooms[e.Room]
	if l == nil {
		l = &log{chains: []chat.Hash{{}}}
		b.rooms[e.Room] = l
	}
	e.Seq, e.Time = chat.Seq(len(l.events)+1), time.Now().UnixMilli()
	chain := e.Chain(l.chains[len(l.events)])
	l.events, l.chains = append(l.events, e), append(l.chains, chain)
	return e, chain
}

// Rewrite changes the text of a message that clients may have, and the chain
// from there on: history as somebody else would like it.
func (b *Book) Rewrite(room chat.RoomID, seq chat.Seq, body string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.rooms[room]
	l.events = slices.Clone(l.events)
	l.events[seq-1].Body = []byte(body)
	for i := int(seq); i <= len(l.events); i++ {
		l.chains[i] = l.events[i-1].Chain(l.chains[i-1])
	}
}

// Frame makes the push of one event.
func Frame(e *chat.Event, chain chat.Hash) *wire.Events {
	return &wire.Events{Room: e.Room, Events: []wire.Event{wire.FromEvent(e)}, Chain: chain}
}

// Last returns a room's newest event and the chain after it.
func (b *Book) Last(room chat.RoomID) (chat.Event, chat.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.rooms[room]
	return l.events[len(l.events)-1], l.chains[len(l.events)]
}

// Head returns a room's head.
func (b *Book) Head(room chat.RoomID) chat.Head {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.rooms[room]
	if l == nil {
		return chat.Head{}
	}
	return chat.Head{Seq: chat.Seq(len(l.events)), Chain: l.chains[len(l.events)]}
}

func (b *Book) heads() (heads []wire.RoomHead) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, l := range b.rooms {
		heads = append(heads, wire.RoomHead{Room: id, Seq: chat.Seq(len(l.events)), Chain: l.chains[len(l.events)]})
	}
	slices.SortFunc(heads, func(x, y wire.RoomHead) int { return bytes.Compare(x.Room[:], y.Room[:]) })
	return heads
}

func (b *Book) digest() (d chat.Digest) {
	for _, h := range b.heads() {
		d = d.Add(h.Room, h.Seq)
	}
	return d
}

// Part returns events of a room as they are sent, and the chain after them.
func (b *Book) Part(room chat.RoomID, from, to chat.Seq) ([]wire.Event, chat.Hash) {
	events, _, after := b.part(room, from, to)
	return events, after
}

// part returns events from one place to another and the chain before and after.
func (b *Book) part(room chat.RoomID, from, to chat.Seq) (events []wire.Event, before, after chat.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.rooms[room]
	if l == nil || from < 1 || int(from) > len(l.events) {
		return nil, before, after
	}
	to = min(to, chat.Seq(len(l.events)))
	for i := from; i <= to; i++ {
		events = append(events, wire.FromEvent(&l.events[i-1]))
	}
	return events, l.chains[from-1], l.chains[to]
}

// sync answers a sync honestly: rooms whose cursor fits get what is behind it.
func (b *Book) sync(p *Peer, r *wire.Sync) bool {
	have := map[chat.RoomID]wire.Cursor{}
	for _, c := range r.Rooms {
		have[c.Room] = c
	}
	started := &wire.SyncStarted{Rep: wire.Rep{Re: r.ID}, Epoch: p.Server.Epoch}
	var frames []wire.Frame
	for _, h := range b.heads() {
		c, named := have[h.Room]
		if r.Only && !named {
			continue
		}
		one := wire.SyncRoom{Room: h.Room, State: wire.SyncOK, Head: h.Seq, From: c.Seq + 1}
		switch {
		case c.Seq > h.Seq:
			one.State, one.From = wire.SyncAhead, 0
		case b.chain(h.Room, c.Seq) != c.Chain:
			one.State, one.From = wire.SyncDiverged, 0
		default:
			if events, _, chain := b.part(h.Room, c.Seq+1, h.Seq); len(events) > 0 {
				frames = append(frames, &wire.Events{Room: h.Room, Events: events, Chain: chain})
			}
			p.fed[h.Room] = true
		}
		started.Rooms = append(started.Rooms, one)
	}
	frames = append([]wire.Frame{started}, frames...)
	frames = append(frames, &wire.Live{Heads: b.heads(), Digest: b.digest()})
	for _, f := range frames {
		if !p.Send(f) {
			return false
		}
	}
	return true
}

func (b *Book) chain(room chat.RoomID, seq chat.Seq) chat.Hash {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.rooms[room]; l != nil && int(seq) <= len(l.events) {
		return l.chains[seq]
	}
	return chat.Hash{}
}

// Post stores what a client sent and returns its event.
func (b *Book) Post(p *Peer, r *wire.Send) (chat.Event, chat.Hash) {
	return b.add(chat.Event{Room: r.Room, Kind: r.Kind, Author: p.Account, Device: p.Device, MID: r.MID, Body: []byte(r.Body)})
}

func (b *Book) send(p *Peer, r *wire.Send) bool {
	e, chain := b.Post(p, r)
	ack := &wire.Ack{Rep: wire.Rep{Re: r.ID}, MID: e.MID, Room: e.Room, Seq: e.Seq, Time: e.Time, Chain: chain}
	return p.Send(Frame(&e, chain)) && p.Send(ack)
}

func (b *Book) chains(r *wire.Chains) *wire.ChainsAt {
	answer := &wire.ChainsAt{Rep: wire.Rep{Re: r.ID}, Room: r.Room, Chains: []wire.RoomHead{}}
	for _, seq := range r.Seqs {
		if seq <= b.Head(r.Room).Seq {
			answer.Chains = append(answer.Chains, wire.RoomHead{Room: r.Room, Seq: seq, Chain: b.chain(r.Room, seq)})
		}
	}
	return answer
}

func (b *Book) history(r *wire.History) *wire.HistoryPage {
	events, before, after := b.part(r.Room, r.From, r.To)
	return &wire.HistoryPage{Rep: wire.Rep{Re: r.ID}, Room: r.Room, Events: events, Before: before, Chain: after}
}

func (b *Book) status(r *wire.SendStatus) *wire.SendState {
	b.mu.Lock()
	defer b.mu.Unlock()
	answer := &wire.SendState{Rep: wire.Rep{Re: r.ID}, Items: []wire.SendOutcome{}}
	for _, mid := range r.MIDs {
		outcome := wire.SendOutcome{MID: mid}
		if l := b.rooms[r.Room]; l != nil {
			if i := slices.IndexFunc(l.events, func(e chat.Event) bool { return e.MID == mid }); i >= 0 {
				outcome.Seq = l.events[i].Seq
			}
		}
		answer.Items = append(answer.Items, outcome)
	}
	return answer
}
