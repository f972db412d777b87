package server

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/net/wire"
)

// backlog connects the person's device anew, asks for everything behind cursors,
// and returns by room the snapshots and the number of events that come before
// "live".
func (c *raw) backlog(holes bool, cursors ...wire.Cursor) (*raw, map[chat.RoomID]*wire.Snapshot, map[chat.RoomID]int) {
	c.t.Helper()
	n := c.again()
	n.ask(&wire.Sync{Epoch: n.binding.Epoch, Rooms: cursors, Holes: holes})
	snapshots, events := map[chat.RoomID]*wire.Snapshot{}, map[chat.RoomID]int{}
	for {
		f, err := n.read()
		if err != nil {
			c.t.Fatal(err)
		}
		switch f := f.(type) {
		case *wire.Snapshot:
			snapshots[f.Room] = f
		case *wire.Events:
			events[f.Room] += len(f.Events)
		case *wire.Live:
			return n, snapshots, events
		}
	}
}

// TestLeap: who is far behind gets the room's state instead of a backlog, if it
// can do with it, and then what is new.
func TestLeap(t *testing.T) {
	w := newWorld(t, nil, Options{LeapRoom: 300, LeapAll: 700})
	ann, ben := w.person(), w.person()
	var rooms []chat.RoomID
	for i, n := range []int{310, 290, 280, 270} { // room.create and the join come before
		room := chat.NewRoomID()
		rooms = append(rooms, room)
		ann.say(room, chat.KindRoomCreate, fmt.Sprintf(`{"name":"room %d","access":"open","history":"all"}`, i))
		for len := 2; len < n; len++ {
			ann.say(room, chat.KindMessage, `{"text":"x"}`)
		}
	}
	_, snapshots, events := ann.backlog(false, []wire.Cursor{}...)
	if len(snapshots) != 0 || events[rooms[0]] != 310 {
		t.Errorf("without the feature: %d snapshots, %v", len(snapshots), events)
	}
	// Far behind in the first room; of the others, 840 in all, the longest gives way.
	n, snapshots, events := ann.backlog(true, []wire.Cursor{}...)
	s := snapshots[rooms[0]]
	if len(snapshots) != 2 || s == nil || snapshots[rooms[1]] == nil || events[rooms[0]] != 0 || events[rooms[2]] != 280 || events[rooms[3]] != 270 {
		t.Fatalf("%d snapshots, events %v", len(snapshots), events)
	}
	state, err := wire.DecodeState(s.State)
	if err != nil {
		t.Fatal(err)
	}
	log, err := w.store.Room(t.Context(), rooms[0])
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(log.State, state); d != "" || s.At != 310 || s.HoleFrom != 1 || s.Chain != log.Head.Chain {
		t.Errorf("snapshot %+v\nstate (-want +got):\n%s", s, d)
	}
	n.dseq = ann.dseq
	n.ask(n.post(rooms[0], chat.KindMessage, `{"text":"new"}`))
	if e := expect[*wire.Events](n); e.Events[0].Seq != 311 {
		t.Errorf("after the snapshot: %+v", e)
	}
	// Near enough; and near, but asking for the state.
	at := func(seq chat.Seq) wire.Cursor {
		chain, err := w.store.ChainAt(t.Context(), rooms[0], seq)
		if err != nil {
			t.Fatal(err)
		}
		return wire.Cursor{Room: rooms[0], Seq: seq, Chain: chain}
	}
	if _, snapshots, events = n.backlog(true, at(100)); snapshots[rooms[0]] != nil || events[rooms[0]] != 211 {
		t.Errorf("near enough: %d snapshots, %v", len(snapshots), events)
	}
	near := at(311)
	near.Snapshot = true
	if _, snapshots, events = n.backlog(true, near); snapshots[rooms[0]] == nil || snapshots[rooms[0]].HoleFrom != 312 || snapshots[rooms[0]].At != 311 {
		t.Errorf("asked: %+v, %v", snapshots[rooms[0]], events)
	}
	// Somebody who left gets what led there, however long it is.
	ben.say(rooms[0], chat.KindJoin, `{}`)
	ben.say(rooms[0], chat.KindLeave, `{}`)
	if _, snapshots, events = ben.backlog(true, at(1)); snapshots[rooms[0]] != nil || events[rooms[0]] != 312 {
		t.Errorf("after leaving: %d snapshots, %v", len(snapshots), events)
	}
}

// TestLeapTooLarge: a room whose people do not fit into a frame is read in pages.
func TestLeapTooLarge(t *testing.T) {
	l := roomy()
	l.PageBytes, l.BodyBytes, l.FrameBytes, l.PreAuthFrameBytes = 400, 1024, 4096, 4096
	w := newWorld(t, nil, Options{Limits: l, LeapRoom: 20})
	ann := w.person()
	for range 30 {
		w.person()
	}
	if _, snapshots, events := ann.backlog(true, []wire.Cursor{}...); len(snapshots) != 0 || events[w.general] != 32 {
		t.Errorf("%d snapshots, %v", len(snapshots), events)
	}
}
