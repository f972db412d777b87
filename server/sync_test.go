package server

import (
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// TestSyncStates: a cursor that does not fit is told how, and nothing is sent for
// it; the others flow.
func TestSyncStates(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	founded := func() (chat.RoomID, chat.Hash) {
		room, _ := ann.found(chat.AccessClosed)
		ann.text(room, "one")
		ann.text(room, "two")
		return room, chainAt(t, w, room, 2)
	}
	other := chat.Hash{1}
	behind, chain := founded()
	fresh, _ := founded()
	wrong, _ := founded()
	ahead, _ := founded()
	top, _ := founded()
	foreign, _ := ben.found(chat.AccessClosed)
	mine := w.server.store.Epoch()
	for name, c := range map[string]struct {
		epoch  chat.Epoch
		cursor wire.Cursor
		state  wire.SyncState
		head   chat.Seq
		events int
	}{
		"behind":                    {mine, wire.Cursor{Room: behind, Seq: 2, Chain: chain}, wire.SyncOK, 4, 2},
		"behind, of another epoch":  {chat.NewEpoch(), wire.Cursor{Room: behind, Seq: 2, Chain: chain}, wire.SyncOK, 4, 2},
		"behind, of no epoch":       {chat.Epoch{}, wire.Cursor{Room: behind, Seq: 2, Chain: chain}, wire.SyncOK, 4, 2},
		"from the start":            {mine, wire.Cursor{Room: fresh}, wire.SyncOK, 4, 4},
		"at the head":               {mine, wire.Cursor{Room: top, Seq: 4, Chain: chainAt(t, w, top, 4)}, wire.SyncOK, 4, 0},
		"another chain":             {mine, wire.Cursor{Room: wrong, Seq: 2, Chain: other}, wire.SyncDiverged, 4, 0},
		"another chain at the head": {mine, wire.Cursor{Room: wrong, Seq: 4, Chain: other}, wire.SyncDiverged, 4, 0},
		"another chain and epoch":   {chat.NewEpoch(), wire.Cursor{Room: wrong, Seq: 2, Chain: other}, wire.SyncEpoch, 4, 0},
		"beyond the head":           {mine, wire.Cursor{Room: ahead, Seq: 5, Chain: other}, wire.SyncAhead, 4, 0},
		"beyond, another epoch":     {chat.NewEpoch(), wire.Cursor{Room: ahead, Seq: 9, Chain: other}, wire.SyncAhead, 4, 0},
		"not a member":              {mine, wire.Cursor{Room: foreign, Seq: 1, Chain: chainAt(t, w, foreign, 1)}, wire.SyncGone, 0, 0},
		"no such room":              {mine, wire.Cursor{Room: chat.NewRoomID(), Seq: 1, Chain: other}, wire.SyncGone, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := ann.second()
			defer func() { _ = n.ws.CloseNow() }()
			told := w.counted("hearth_misfits_total")
			n.ask(&wire.Sync{Epoch: c.epoch, Rooms: []wire.Cursor{c.cursor}, Only: true})
			started := expect[*wire.SyncStarted](n)
			if started.Epoch != mine || len(started.Rooms) != 1 {
				t.Fatalf("started: %+v", started)
			}
			wrong := c.epoch == mine && (c.state == wire.SyncAhead || c.state == wire.SyncDiverged)
			if now := w.counted("hearth_misfits_total"); (now > told) != wrong {
				t.Errorf("the operator was told %v times", now-told)
			}
			got := started.Rooms[0]
			if got.Room != c.cursor.Room || got.State != c.state || got.Head != c.head || c.state == wire.SyncOK && got.From != c.cursor.Seq+1 {
				t.Errorf("told %+v, want %s at %d", got, c.state, c.head)
			}
			frames := n.until(func(f wire.Frame) bool { return f.Type() == wire.TypeLive })
			events := eventsIn(frames, c.cursor.Room)
			if len(events) != c.events {
				t.Errorf("%d events, want %d", len(events), c.events)
			}
			for i, e := range events {
				if e.Seq != c.cursor.Seq+chat.Seq(i)+1 {
					t.Errorf("event %d at place %d", e.Seq, i)
				}
			}
			live := frames[len(frames)-1].(*wire.Live)
			if in := len(live.Heads) == 1; in != (c.state == wire.SyncOK) {
				t.Errorf("live: %+v", live)
			}
			if live.Digest != n.answer(n.ask(&wire.Heartbeat{})).(*wire.HeartbeatOK).Digest {
				t.Error("live and hb.ok have different digests while nothing happens")
			}
		})
	}
}

// TestSyncAgain: a second sync without only is refused, and one that names a room
// anew makes it flow from there.
func TestSyncAgain(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	room, founded := ann.found(chat.AccessOpen)
	ann.text(room, "one")
	n := ann.second()
	n.sync()
	expect[*wire.Live](n)
	if e := n.refused(&wire.Sync{Rooms: []wire.Cursor{}}); e.Code != chat.CodeForbidden {
		t.Errorf("a second sync: %v", e)
	}
	n.ask(&wire.Sync{Rooms: []wire.Cursor{{Room: room, Seq: 1, Chain: founded.Chain}}, Only: true})
	expect[*wire.SyncStarted](n)
	if e := expect[*wire.Events](n); e.Room != room || e.Events[0].Seq != 2 || len(e.Events) != 2 {
		t.Errorf("have %+v", e)
	}
	ann.text(room, "two")
	if e := expect[*wire.Events](n); e.Room != room || e.Events[0].Seq != 4 {
		t.Errorf("what comes next: %+v", e)
	}
	if f, err := n.within(50 * time.Millisecond); err == nil && f.Type() != wire.TypeLive {
		t.Errorf("and then %+v", f)
	}
}
