package server

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// remove takes people out of a room.
func (c *raw) remove(room chat.RoomID, people ...*raw) {
	c.t.Helper()
	for _, p := range people {
		c.say(room, chat.KindRemove, `{"account":"`+p.account.String()+`"}`)
	}
}

// TestRemovedInAStorm: whoever is removed while messages are pushed gets their removal and
// nothing behind it, on any device, by no way there is; not after they connect again
// either.
func TestRemovedInAStorm(t *testing.T) {
	for _, history := range []chat.History{chat.HistoryAll, chat.HistoryJoined} {
		t.Run(string(history), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { removedInAStorm(t, history) })
		})
	}
}

func removedInAStorm(t *testing.T, history chat.History) {
	w := newBubble(t, nil, Options{})
	owner, ben, cid := w.person(), w.person(), w.person()
	room, _ := owner.found(chat.AccessClosed, ben.account, cid.account)
	if history == chat.HistoryJoined {
		room = owner.discreet(chat.AccessClosed, ben.account, cid.account)
	}
	listeners := []*raw{ben.second(), ben.second(), cid.second()}
	for _, l := range listeners {
		l.sync()
		l.until(func(f wire.Frame) bool { return f.Type() == wire.TypeLive })
	}
	const storm = 300
	begun, removed := make(chan struct{}), make(chan struct{})
	go func() { // cid writes without waiting for answers; the owner removes in between
		for i := range storm {
			switch i {
			case storm / 3:
				close(begun)
			case 2 * storm / 3:
				<-removed
			}
			s := cid.post(room, chat.KindMessage, fmt.Sprintf(`{"text":"m%d"}`, i))
			s.DSeq = uint64(i + 1)
			cid.ask(s)
		}
	}()
	<-begun
	owner.remove(room, ben)
	close(removed)
	synctest.Wait()
	at := chat.Seq(0)
	for _, e := range w.events(room) {
		if e.Kind == chat.KindRemove {
			at = e.Seq
		}
	}
	if at == 0 || w.room(room).head() < at+storm/3 {
		t.Fatalf("removed at %d of %d: no storm", at, w.room(room).head())
	}
	for i, l := range listeners {
		got := eventsIn(l.tail(time.Second), room)
		if last := got[len(got)-1].Seq; i < 2 && last != at || i == 2 && last != w.room(room).head() {
			t.Errorf("listener %d got events up to %d; removed at %d of %d", i, last, at, w.room(room).head())
		}
	}
	late := ben.again()
	answer := late.sync(wire.Cursor{Room: room, Seq: at, Chain: w.events(room)[at-1].Chain(chainBefore(w, room, at))})
	if i := slices.IndexFunc(answer.Rooms, func(r wire.SyncRoom) bool { return r.Room == room }); i < 0 || answer.Rooms[i].State != wire.SyncGone {
		t.Errorf("afterwards the room is told as %+v", answer.Rooms)
	}
	for _, r := range []wire.Request{&wire.History{Room: room, From: 1, To: 1000}, late.post(room, chat.KindMessage, `{"text":"me too"}`)} {
		if e := late.refused(r); e.Code != chat.CodeNotMember {
			t.Errorf("%T: %v", r, e)
		}
	}
	if got := eventsIn(late.tail(time.Second), room); len(got) > 0 {
		t.Errorf("%d events after all", len(got))
	}
}

// chainBefore is the chain value before a place.
func chainBefore(w *world, room chat.RoomID, at chat.Seq) chat.Hash {
	chain, err := w.store.ChainAt(w.t.Context(), room, at-1)
	if err != nil {
		w.t.Fatal(err)
	}
	return chain
}

// TestRemoveRules: what removing somebody means for coming back, and what is refused in
// which words.
func TestRemoveRules(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben, cid, dan := w.person(), w.person(), w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, ben.account, cid.account)
	account := func(p *raw) string { return `{"account":"` + p.account.String() + `"}` }
	ann.wants(room, chat.KindRemove, account(ann), chat.CodeForbidden, "/body/account")
	ann.wants(room, chat.KindRemove, account(dan), chat.CodeMemberGone, "/body/account")
	ann.wants(room, chat.KindRemove, `{}`, chat.CodeMissingField, "/body/account")
	ann.wants(room, chat.KindRemove, `{"account":7}`, chat.CodeBadType, "/body/account")
	ben.wants(room, chat.KindRemove, account(cid), chat.CodeForbidden, "/kind")
	ann.wants(room, chat.KindRole, `{"account":"`+ben.account.String()+`","role":"owner"}`, chat.CodeUnknownKind, "/kind")
	ann.remove(room, ben)
	ann.wants(room, chat.KindRemove, account(ben), chat.CodeMemberGone, "/body/account")
	ben.wants(room, chat.KindJoin, `{}`, chat.CodeRemoved, "/room")
	cid.wants(room, chat.KindJoin, account(ben), chat.CodeRemoved, "/body/account")
	list, _ := ben.answer(ben.ask(&wire.Rooms{})).(*wire.RoomsList)
	if slices.ContainsFunc(list.Rooms, func(r wire.RoomInfo) bool { return r.Room == room }) {
		t.Error("a room that one was removed from is offered")
	}
	cid.say(room, chat.KindLeave, `{}`) // removed after leaving: stays out as well
	ann.remove(room, cid)
	cid.wants(room, chat.KindJoin, `{}`, chat.CodeRemoved, "/room")
	ann.say(room, chat.KindJoin, account(ben)) // whom the owner adds is as any other
	ben.text(room, "back")
	ben.say(room, chat.KindLeave, `{}`)
	ben.say(room, chat.KindJoin, `{}`)
}

// TestHeir: a room whose owner goes belongs to the one who has been in it for the
// longest time, by an event of the server's; one that everybody has left to whoever
// comes first; those that the server made to nobody.
func TestHeir(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben, cid := w.person(), w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, ben.account, cid.account)
	owners := func() (list []chat.AccountID) {
		for a, m := range w.room(room).view.Load().state.Members {
			if m.Role == chat.RoleOwner {
				list = append(list, a)
			}
		}
		return list
	}
	is := func(what string, want ...*raw) {
		t.Helper()
		have := owners()
		if len(have) != len(want) || len(want) > 0 && have[0] != want[0].account {
			t.Errorf("%s: the owners are %v", what, have)
		}
	}
	ben.say(room, chat.KindLeave, `{}`)
	ben.say(room, chat.KindJoin, `{}`) // now cid has been there for longer
	is("before", ann)
	ann.say(room, chat.KindLeave, `{}`)
	is("the owner left", cid)
	last := w.events(room)[len(w.events(room))-1]
	if last.Kind != chat.KindRole || !last.Author.IsZero() || !last.Device.IsZero() {
		t.Errorf("the last event is %s by %s", last.Kind, last.Author)
	}
	ann.say(room, chat.KindJoin, `{}`)
	is("the former owner is back", cid)
	ann.wants(room, chat.KindArchive, `{"archived":true}`, chat.CodeForbidden, "/kind")
	cid.remove(room, ann)
	for _, c := range []*raw{cid, ben} {
		c.say(room, chat.KindLeave, `{}`)
	}
	is("nobody is left")
	ben.say(room, chat.KindJoin, `{}`)
	is("the first who came", ben)

	head := w.room(w.general).head()
	cid.say(w.general, chat.KindLeave, `{}`)
	if w.room(w.general).head() != head+1 {
		t.Error("somebody inherits a room of the server's")
	}
}

// TestHeirOfBefore: a room that was left without an owner before there was this rule has
// one again with the next thing that happens in it.
func TestHeirOfBefore(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessClosed, ben.account)
	r := w.room(room)
	v := *r.view.Load()
	v.state = v.state.Clone()
	m := v.state.Members[ann.account]
	m.Role = chat.RoleMember
	v.state.Members[ann.account] = m
	r.view.Store(&v)
	r.mu.Lock()
	r.owned = false
	r.mu.Unlock()
	ben.text(room, "is anybody in charge?")
	if m := w.room(room).view.Load().state.Members[ann.account]; m.Role != chat.RoleOwner {
		t.Errorf("ann is %s", m.Role)
	}
}
