package server

import (
	"fmt"
	"slices"
	"testing"

	"hearth/chat"
	"hearth/net/wire"
)

// rule changes what newcomers of a room see.
func (c *raw) rule(room chat.RoomID, to chat.History) chat.Seq {
	c.t.Helper()
	return c.say(room, chat.KindHistory, `{"history":"`+string(to)+`"}`).Seq
}

// seesFrom holds everything that a new device of an account is told of a room to the place
// where it begins for them: no event below it, a void up to it, all that follows.
func (c *raw) seesFrom(room chat.RoomID, begin chat.Seq) {
	c.t.Helper()
	d := c.second()
	defer func() { _ = d.ws.CloseNow() }()
	frames := d.told(wire.Cursor{Room: room}, true)
	for _, e := range eventsIn(frames, room) {
		if e.Seq < begin {
			c.t.Errorf("begins at %d and is given event %d", begin, e.Seq)
		}
	}
	snapshots := framesOf[*wire.Snapshot](frames)
	if begin == 1 {
		if len(snapshots) != 0 {
			c.t.Errorf("sees all and is told %+v", snapshots)
		}
		return
	}
	if len(snapshots) != 1 || snapshots[0].VoidFrom != 1 || snapshots[0].HoleFrom != begin {
		c.t.Fatalf("begins at %d and is told %+v", begin, snapshots)
	}
	state, err := wire.DecodeState(snapshots[0].State)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, seq := range state.Pins {
		if seq < begin {
			c.t.Errorf("begins at %d and is told that %d is pinned", begin, seq)
		}
	}
	if e := d.refused(&wire.History{Room: room, From: begin - 1, To: begin}); e.Code != chat.CodeOutOfRange || e.Path != "/from" {
		c.t.Errorf("history from %d: %v", begin-1, e)
	}
	page, ok := d.answer(d.ask(&wire.History{Room: room, From: begin, To: begin})).(*wire.HistoryPage)
	if !ok || len(page.Events) != 1 || page.Before != snapshots[0].VoidChain {
		c.t.Errorf("history from %d: %+v", begin, page)
	}
}

// TestHistoryRule: what newcomers see can be changed by the room's owner, for who comes
// from then on. Nobody who is there sees more or less, and nobody at all ever sees more
// of what was written before.
func TestHistoryRule(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ann, ben, cid, dan, eve, fay := w.person(), w.person(), w.person(), w.person().listening(), w.person(), w.person()
	dan.told(wire.Cursor{Room: w.general}, false)
	room := ann.discreet(chat.AccessClosed, ben.account)
	add := func(c *raw) chat.Seq {
		return ann.say(room, chat.KindJoin, `{"account":"`+c.account.String()+`"}`).Seq
	}
	message, erased, content := before(t, ann, ben, room)
	came := add(cid)
	cid.text(room, canary+" of cid")

	ben.wants(room, chat.KindHistory, `{"history":"all"}`, chat.CodeForbidden, "/kind")
	for _, b := range []string{`{}`, `{"history":""}`, `{"history":"none"}`, `{"history":null}`} {
		w.server.hub.device(ann.deviceID()).faults.pardon()
		ann.wants(room, chat.KindHistory, b, chat.CodeBadValue, "/body/history")
	}
	ann.wants(room, chat.KindHistory, `{"history":true}`, chat.CodeBadType, "/body/history")
	opened := ann.rule(room, chat.HistoryAll)
	ann.rule(room, chat.HistoryAll) // twice is once
	ann.text(room, "open now")
	began := add(dan)
	hostile(t, dan, room, opened, message, erased, content)
	edit := ann.say(room, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"%s again"}`, message, canary)).Seq
	got := eventsIn(dan.until(func(f wire.Frame) bool {
		e, ok := f.(*wire.Events)
		return ok && e.Room == room && e.Events[len(e.Events)-1].Seq == edit
	}), room)
	if at := slices.IndexFunc(got, func(e wire.Event) bool { return e.Seq == edit }); at < 0 || !got[at].Erased {
		t.Errorf("pushed: %+v", got)
	}
	for who, begin := range map[*raw]chat.Seq{ann: 1, ben: 3, cid: came, dan: opened} {
		who.seesFrom(room, begin)
	}
	if began <= opened {
		t.Fatal("dan came before the change")
	}

	// And back: who sees the time between goes on seeing it.
	closed := ann.rule(room, chat.HistoryJoined)
	late := add(eve)
	for who, begin := range map[*raw]chat.Seq{cid: came, dan: opened, eve: late} {
		who.seesFrom(room, begin)
	}
	// Who leaves and comes again is a newcomer, by the rule of that time.
	dan.say(room, chat.KindLeave, `{}`)
	back := add(dan)
	dan.seesFrom(room, back)
	again := ann.rule(room, chat.HistoryAll)
	fayCame := add(fay)
	if back <= closed || fayCame <= again {
		t.Fatal("the order of things")
	}
	fay.seesFrom(room, again)
	for who, begin := range map[*raw]chat.Seq{cid: came, dan: back, eve: late, ann: 1} {
		who.seesFrom(room, begin)
	}
	dan.innocent("after all changes")

	// A conversation of a few has no newcomers.
	direct, _ := ann.direct(ben)
	ann.wants(direct, chat.KindHistory, `{"history":"joined"}`, chat.CodeForbidden, "/kind")
}

// TestHistoryRuleFromAll: a room that showed everything and no more does takes nothing from
// those who are in it, over a restart of the server.
func TestHistoryRuleFromAll(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben, cid := w.person(), w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, ben.account)
	cid.told(wire.Cursor{Room: w.general}, false)
	ann.text(room, "for all")
	ann.rule(room, chat.HistoryJoined)
	if s := cid.enters(room); s.VoidFrom != 1 || s.HoleFrom != s.At {
		t.Errorf("the newcomer is told %+v", s)
	}
	begin := w.room(room).head()
	for who, begin := range map[*raw]chat.Seq{ann: 1, ben: 1, cid: begin} {
		who.seesFrom(room, begin)
	}
	state, err := w.store.Room(t.Context(), room)
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[*raw]chat.Seq{ann: 1, ben: 1, cid: begin} {
		if from, known := state.State.Begins(who.account); !known || from != want {
			t.Errorf("on disk it begins at %d (%v), want %d", from, known, want)
		}
	}
}
