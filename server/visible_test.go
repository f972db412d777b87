package server

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
)

// canary stands in everything that a newcomer must never get.
const canary = "BEFORE"

// discreet makes a room that shows newcomers only what is written once they are in.
func (c *raw) discreet(access chat.Access, members ...chat.AccountID) chat.RoomID {
	c.t.Helper()
	body, err := wire.EncodeBody(chat.RoomCreate{Name: "room", Access: access, History: chat.HistoryJoined, Members: members})
	if err != nil {
		c.t.Fatal(err)
	}
	room := chat.NewRoomID()
	c.say(room, chat.KindRoomCreate, string(body))
	return room
}

// listening notes every byte that the client gets from here on.
func (c *raw) listening() *raw {
	c.heard = &bytes.Buffer{}
	return c
}

// innocent fails if the client has heard of what is not for it.
func (c *raw) innocent(what string) {
	c.t.Helper()
	if bytes.Contains(c.heard.Bytes(), []byte(canary)) {
		c.t.Errorf("%s: a newcomer got something from before:\n%s", what, c.heard)
	}
}

// told asks for a room from a cursor on and returns what comes up to "live".
func (c *raw) told(cursor wire.Cursor, only bool) []wire.Frame {
	c.t.Helper()
	c.ask(&wire.Sync{Epoch: c.binding.Epoch, Rooms: []wire.Cursor{cursor}, Only: only, Holes: true})
	return c.until(func(f wire.Frame) bool { _, live := f.(*wire.Live); return live })
}

func framesOf[T wire.Frame](all []wire.Frame) (list []T) {
	for _, f := range all {
		if x, ok := f.(T); ok {
			list = append(list, x)
		}
	}
	return list
}

// TestPasts holds the table of who reads from where on to the documentation.
func TestPasts(t *testing.T) {
	for _, s := range allStandings {
		want := pastOwn
		if s == StandingOutsider {
			want = pastNone
		}
		if have, in := pasts[s]; !in || have != want {
			t.Errorf("%s: %q in the table, want %q", s, have, want)
		}
	}
	if len(pasts) != len(allStandings) {
		t.Error("the table has standings that this test does not know")
	}
	state := chat.NewRoom(chat.NewRoomID())
	ann, ben := chat.NewAccountID(), chat.NewAccountID()
	state.History, state.Creator = "new", ann
	state.Members[ann], state.Former[ben] = chat.Member{Account: ann, Joined: 2, Role: chat.RoleOwner}, chat.Member{Account: ben, Joined: 7}
	if begins(state, ann) != nowhereSeq || begins(nil, ann) != nowhereSeq {
		t.Error("a history that nobody knows shows something")
	}
	state.History = chat.HistoryJoined
	if a, b, c := begins(state, ann), begins(state, ben), begins(state, chat.NewAccountID()); a != 1 || b != 7 || c != nowhereSeq {
		t.Errorf("begins at %d for the creator, at %d for who left, at %d for a stranger", a, b, c)
	}
	state.Members[ann] = chat.Member{Account: ann, Joined: 9}
	if begins(state, ann) != 9 {
		t.Error("a creator who left and came back sees what was said without them")
	}
}

// before fills a room with everything that must not reach a newcomer, and returns a
// message of it, one that is erased, and the content of a file.
func before(t *testing.T, ann, ben *raw, room chat.RoomID) (message, erased chat.Seq, content []byte) {
	t.Helper()
	content = []byte(canary + " in a file")
	newCourier(ann).upload(content)
	message = ann.text(room, canary+" one").Seq
	erased = ben.text(room, canary+" two").Seq
	ann.say(room, chat.KindMessage, strings.Replace(naming(content), "a.bin", canary+".bin", 1))
	ann.say(room, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"%s edited"}`, message, canary))
	ann.say(room, chat.KindPinAdd, fmt.Sprintf(`{"seq":%d}`, message))
	ann.say(room, chat.KindTopic, `{"topic":"`+canary+`"}`)
	ann.say(room, chat.KindTopic, `{"topic":"tea"}`)
	ben.say(room, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, erased))
	return message, erased, content
}

// TestNewcomer: who came into a room that shows only what is written from then on gets
// not one byte from before, whatever is asked for; what they do get follows, by the
// chain, from what they are told.
func TestNewcomer(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ann, ben, cid := w.person(), w.person(), w.person().listening()
	late := cid.second().listening() // connected, and asks for events later
	cid.told(wire.Cursor{Room: w.general}, false)
	room := ann.discreet(chat.AccessClosed, ben.account)
	message, erased, content := before(t, ann, ben, room)
	head := w.room(room).head()
	ann.say(room, chat.KindJoin, `{"account":"`+cid.account.String()+`"}`)
	joined := head + 1

	snapshot := expect[*wire.Snapshot](cid)
	if snapshot.VoidFrom != 1 || snapshot.HoleFrom != joined || snapshot.At != joined || snapshot.VoidChain != chainAt(t, w, room, head) || snapshot.Chain != chainAt(t, w, room, joined) {
		t.Errorf("told %+v, joined at %d", snapshot, joined)
	}
	state, err := wire.DecodeState(snapshot.State)
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Pins) != 0 || state.Topic != "tea" || len(state.Members) != 3 {
		t.Errorf("the state: %+v", state)
	}
	after := ann.text(room, "welcome").Seq
	for next, chain := joined, snapshot.VoidChain; next <= after; {
		page, ok := cid.answer(cid.ask(&wire.History{Room: room, From: next, To: after})).(*wire.HistoryPage)
		if !ok || page.Before != chain {
			t.Fatalf("from %d: %+v", next, page)
		}
		for i := range page.Events {
			e := page.Events[i].Event(room)
			chain, next = e.Chain(chain), e.Seq+1
		}
		if chain != page.Chain {
			t.Error("the chain does not follow from the events")
		}
	}
	hostile(t, cid, room, joined, message, erased, content)

	// An edit of what they cannot see says the whole message again: it comes empty.
	edit := ann.say(room, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"%s again"}`, message, canary)).Seq
	own := ann.say(room, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"welcome!"}`, after)).Seq
	got := eventsIn(cid.until(func(f wire.Frame) bool {
		e, ok := f.(*wire.Events)
		return ok && e.Room == room && e.Events[len(e.Events)-1].Seq == own
	}), room)
	at := slices.IndexFunc(got, func(e wire.Event) bool { return e.Seq == edit })
	if at < 0 || !got[at].Erased || got[len(got)-1].Erased {
		t.Errorf("pushed: %+v", got)
	}
	e := got[at].Event(room)
	if e.Chain(chainAt(t, w, room, edit-1)) != chainAt(t, w, room, edit) {
		t.Error("an event without its words breaks the chain")
	}
	page, _ := cid.answer(cid.ask(&wire.History{Room: room, From: edit, To: edit})).(*wire.HistoryPage)
	if page == nil || !page.Events[0].Erased {
		t.Errorf("history: %+v", page)
	}

	// A device that has nothing, and ones that claim to have something.
	frames := late.told(wire.Cursor{Room: w.general}, false)
	if s := framesOf[*wire.Snapshot](frames); len(s) != 1 || s[0].HoleFrom != joined || s[0].VoidFrom != 1 {
		t.Errorf("a second device was told %+v", s)
	}
	for seq := chat.Seq(1); seq < edit; seq++ {
		for _, asks := range []bool{false, true} {
			frames := late.told(wire.Cursor{Room: room, Seq: seq, Chain: chainAt(t, w, room, seq), Snapshot: asks}, true)
			for _, e := range eventsIn(frames, room) {
				if e.Seq < joined {
					t.Fatalf("a cursor at %d was given event %d", seq, e.Seq)
				}
			}
			if s := framesOf[*wire.Snapshot](frames); seq < joined-1 && (len(s) != 1 || s[0].VoidFrom != seq+1 || s[0].HoleFrom != joined) {
				t.Fatalf("a cursor at %d was told %+v", seq, s)
			}
		}
	}
	cid.innocent("asking for everything")
	late.innocent("a second device")
}

// hostile asks for what is before joined in every way there is.
func hostile(t *testing.T, c *raw, room chat.RoomID, joined, message, erased chat.Seq, content []byte) {
	t.Helper()
	for seq := chat.Seq(1); seq < joined; seq++ {
		if e := c.refused(&wire.History{Room: room, From: seq, To: joined + 5}); e.Code != chat.CodeOutOfRange || e.Path != "/from" {
			t.Errorf("history from %d: %v", seq, e)
		}
	}
	k := newCourier(c)
	k.wants(http.StatusNotFound, http.MethodGet, "/"+spell(content)+"?room="+room.String(), nil)
	k.wants(http.StatusNotFound, http.MethodHead, "/"+spell(content)+"?room="+room.String(), nil)
	c.wants(room, chat.KindMessage, naming(content), chat.CodeFileGone, "/body/files/0/hash")
	var words []string
	for _, seq := range []chat.Seq{1, message, erased, message + 3} { // nothing, something, erased, an edit: all the same
		for kind, more := range map[chat.Kind]string{
			chat.KindEdit: `,"text":"x"`, chat.KindDelete: "", chat.KindReactionAdd: `,"emoji":"🫖"`, chat.KindReactionRemove: `,"emoji":"🫖"`,
			chat.KindPinAdd: "", chat.KindPinRemove: "",
		} {
			e := c.refused(c.post(room, kind, fmt.Sprintf(`{"seq":%d%s}`, seq, more)))
			if e.Code != chat.CodeMessageGone || e.Path != "/body/seq" {
				t.Errorf("%s of %d: %v", kind, seq, e)
			}
			words = append(words, e.Message)
		}
	}
	if len(slices.Compact(words)) != 1 {
		t.Errorf("refusals tell what is there: %q", words)
	}
	c.say(room, chat.KindMessage, fmt.Sprintf(`{"text":"what was that?","reply":%d}`, message)) // a claim, as ever
	mids := []chat.MID{}
	for _, e := range c.w.events(room)[:joined-1] {
		mids = append(mids, e.MID)
	}
	status, _ := c.answer(c.ask(&wire.SendStatus{Room: room, MIDs: mids})).(*wire.SendState)
	for _, item := range status.Items {
		if item.Seq != 0 {
			t.Errorf("somebody else's message id was found: %+v", item)
		}
	}
	c.done(&wire.Read{Room: room, Seq: 1})
	c.done(&wire.Presence{Room: room})
	c.done(&wire.Heads{})
	c.done(&wire.People{})
	c.done(&wire.Rooms{})
	if sha256.Sum256(content) == [32]byte{} {
		t.Error("no content")
	}
}

// enters joins a room and returns what it begins with, which may come before the
// answer to the join.
func (c *raw) enters(room chat.RoomID) (begins *wire.Snapshot) {
	c.t.Helper()
	join := c.post(room, chat.KindJoin, `{}`)
	id, acked := c.ask(join), false
	c.until(func(f wire.Frame) bool {
		switch f := f.(type) {
		case *wire.Ack:
			acked = acked || f.ReplyTo() == id
		case *wire.Error:
			c.t.Fatalf("joining: %v", f.Err())
		case *wire.Snapshot:
			begins = f
		}
		return acked && begins != nil
	})
	c.dseq[room] = join.DSeq
	return begins
}

// TestLeaveAndReturn: a second membership begins anew. What was said in between comes
// neither by push nor page, also to a connection that is there all the while, and what
// was one's own stays so.
func TestLeaveAndReturn(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person().listening()
	room := ann.discreet(chat.AccessOpen)
	ben.told(wire.Cursor{Room: w.general}, false)
	first := ben.enters(room).HoleFrom
	mine := ben.text(room, "mine").Seq
	pic := ann.text(room, "seen").Seq
	ben.say(room, chat.KindLeave, `{}`)
	left := w.room(room).head()
	ann.text(room, canary)
	if e := ben.refused(&wire.History{Room: room, From: first, To: first}); e.Code != chat.CodeNotMember {
		t.Errorf("history after leaving: %v", e)
	}
	// Another device was away meanwhile: it hears of the leave, from its join on.
	away := ben.second().listening()
	frames := away.told(wire.Cursor{Room: room, Seq: 1, Chain: chainAt(t, w, room, 1)}, false)
	voids, events := framesOf[*wire.Void](frames), eventsIn(frames, room)
	if len(voids) != 1 || voids[0].From != 2 || voids[0].To != first-1 || voids[0].Reason != wire.VoidNotVisible || len(events) == 0 || events[0].Seq != first || events[len(events)-1].Seq != left {
		t.Errorf("a device that was away: %+v, %+v", voids, events)
	}
	back := ben.enters(room)
	again := w.room(room).head()
	frames = away.until(func(f wire.Frame) bool { s, ok := f.(*wire.Snapshot); return ok && s.HoleFrom == again })
	for _, s := range []*wire.Snapshot{back, frames[len(frames)-1].(*wire.Snapshot)} {
		if s.HoleFrom != again || s.VoidFrom > left+1 || s.VoidChain != chainAt(t, w, room, again-1) {
			t.Errorf("back: %+v", s)
		}
	}
	for _, seq := range []chat.Seq{first, mine, pic, left, left + 1} {
		if e := ben.refused(&wire.History{Room: room, From: seq, To: again}); e.Code != chat.CodeOutOfRange {
			t.Errorf("history from %d: %v", seq, e)
		}
	}
	ben.wants(room, chat.KindReactionAdd, fmt.Sprintf(`{"seq":%d,"emoji":"🫖"}`, pic), chat.CodeMessageGone, "/body/seq")
	ben.say(room, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"still mine"}`, mine))
	ben.say(room, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, mine))
	ben.innocent("back")
	away.innocent("back, on a device that was away")
}

// TestReturnInOneBatch: who leaves and comes back within one commit has seen nothing of
// what was said in between, though the feed never ended. Many times, since the feed's
// writer is at work while the commit is published.
func TestReturnInOneBatch(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person().listening()
	room := ann.discreet(chat.AccessOpen)
	ben.told(wire.Cursor{Room: w.general}, false)
	ben.enters(room)
	ann.text(room, "here")
	expect[*wire.Events](ben)
	rm, second := w.room(room), ben.second()
	for range 12 { // more feeds that fall behind, so that this takes its time
		ben.second().sync()
	}
	testkit.Eventually(t, "at rest", func() bool { return w.server.posting.Load() == 0 })
	for range 100 {
		var posts []*post
		for _, s := range []struct {
			c    *raw
			kind chat.Kind
			body string
		}{{ben, chat.KindLeave, `{}`}, {ann, chat.KindMessage, `{"text":"` + canary + `"}`}, {second, chat.KindJoin, `{}`}, {ann, chat.KindMessage, `{"text":"hello again"}`}} {
			req := s.c.post(room, s.kind, s.body)
			s.c.dseq[room]++
			p := w.server.prepare(t.Context(), s.c.who(), s.c.deviceID(), req)
			p.done = func(_ *wire.Ack, e *chat.Error) {
				if e != nil {
					t.Errorf("%s: %v", req.Kind, e)
				}
			}
			posts = append(posts, p)
		}
		w.server.posting.Add(int64(len(posts)))
		rm.commit(posts)
		f, err := ben.read()
		if err != nil {
			t.Fatal(err)
		}
		s, ok := f.(*wire.Snapshot)
		if !ok {
			t.Fatalf("told %T and not the room's state", f)
		}
		if head := rm.head(); s.At != head || s.HoleFrom != head-1 || s.VoidChain != chainAt(t, w, room, head-2) {
			t.Fatalf("told %+v, the head is %d", s, rm.head())
		}
		ben.innocent("within one batch")
	}
}

// TestDiscreetRestart: after a restart of the server, from its disk, a newcomer's place
// is what it was.
func TestDiscreetRestart(t *testing.T) {
	dir := t.TempDir()
	store, err := boltstore.Open(dir, boltstore.Options{JournalEvents: 20})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, store, keeping(t, nil))
	ann, ben, cid := w.person(), w.person(), w.person()
	room := ann.discreet(chat.AccessClosed, ben.account)
	before(t, ann, ben, room)
	joined := ann.say(room, chat.KindJoin, `{"account":"`+cid.account.String()+`"}`).Seq
	for i := range 60 { // beyond the journals, into the archive
		ann.text(room, fmt.Sprint("after ", i))
	}
	w.stop()
	if store, err = boltstore.Open(dir, boltstore.Options{JournalEvents: 20}); err != nil {
		t.Fatal(err)
	}
	next := newWorld(t, store, Options{})
	if err := store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	cid.w = next
	c := next.dial()
	c.device, c.account, c.dseq = cid.device, cid.account, cid.dseq
	if _, ok := c.answer(c.ask(c.auth(c))).(*wire.Ready); !ok {
		t.Fatal("not admitted")
	}
	c.listening()
	if s := framesOf[*wire.Snapshot](c.told(wire.Cursor{Room: next.general}, false)); len(s) != 1 || s[0].HoleFrom != joined || s[0].VoidFrom != 1 {
		t.Errorf("told %+v, joined at %d", s, joined)
	}
	if e := c.refused(&wire.History{Room: room, From: joined - 1, To: joined}); e.Code != chat.CodeOutOfRange {
		t.Error(e)
	}
	c.innocent("after a restart")
}

// TestDiscreetCreation: what a creation may say of its history.
func TestDiscreetCreation(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	for _, b := range []struct {
		history string
		code    chat.Code
	}{
		{``, chat.CodeBadValue},
		{`,"history":""`, chat.CodeBadValue},
		{`,"history":"Joined"`, chat.CodeBadValue},
		{`,"history":"none"`, chat.CodeBadValue},
		{`,"history":null`, chat.CodeBadValue},
		{`,"history":1`, chat.CodeBadType},
		{`,"history":["joined"]`, chat.CodeBadType},
		{`,"history":{}`, chat.CodeBadType},
		{`,"history":true`, chat.CodeBadType},
		{`,"history":"joined\u0000"`, chat.CodeBadValue},
	} {
		w.server.hub.device(ann.deviceID()).faults.pardon()
		ann.wants(chat.NewRoomID(), chat.KindRoomCreate, `{"name":"x","access":"open"`+b.history+`}`, b.code, "/body/history")
	}
	room, body := ann.directBody(ben)
	ann.wants(room, chat.KindRoomCreate, strings.Replace(body, `"all"`, `"joined"`, 1), chat.CodeBadValue, "/body/history")
	// The creator was there before the first join, and sees the room from its start.
	own := ann.discreet(chat.AccessOpen)
	ann.listening()
	if events := eventsIn(ann.told(wire.Cursor{Room: own}, false), own); len(events) != 2 {
		t.Errorf("the creator is given %+v", events)
	}
}

// TestNamesOfFormer: devices that come to a room later get the names of those who left
// while their person was there, and of nobody who had left before; in rooms that show
// everything, of everybody.
func TestNamesOfFormer(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben, dan, cid := w.person(), w.person(), w.person(), w.person()
	for _, history := range []chat.History{chat.HistoryJoined, chat.HistoryAll} {
		body, err := wire.EncodeBody(chat.RoomCreate{Name: "room", Access: chat.AccessClosed, History: history, Members: []chat.AccountID{ben.account, dan.account}})
		if err != nil {
			t.Fatal(err)
		}
		room := chat.NewRoomID()
		ann.say(room, chat.KindRoomCreate, string(body))
		dan.text(room, "before")
		dan.say(room, chat.KindLeave, `{}`)
		ann.say(room, chat.KindJoin, `{"account":"`+cid.account.String()+`"}`)
		ben.text(room, "after")
		left := ben.say(room, chat.KindLeave, `{}`).Seq
		state := w.room(room).view.Load().state
		if history == chat.HistoryJoined {
			snapshots := framesOf[*wire.Snapshot](cid.second().told(wire.Cursor{Room: room}, true))
			if len(snapshots) != 1 {
				t.Fatalf("%d states", len(snapshots))
			}
			var err error
			if state, err = wire.DecodeState(snapshots[0].State); err != nil {
				t.Fatal(err)
			}
		} else {
			state = stateFor(state, begins(state, cid.account))
		}
		if m := state.Former[ben.account]; m.Name != ben.who().Name || m.Left != left {
			t.Errorf("history %s: who left later is %+v", history, m)
		}
		if m, in := state.Former[dan.account]; in != (history == chat.HistoryAll) || in && m.Name != dan.who().Name {
			t.Errorf("history %s: who had left before is %+v", history, m)
		}
	}
}
