package server

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
)

// The dimensions of the tables. Something new that is not here, or stands here and
// not in the tables, fails.
var (
	allStandings = []Standing{StandingOwner, StandingMember, StandingFormer, StandingRemoved, StandingOutsider}
	allAccess    = []chat.Access{chat.AccessOpen, chat.AccessClosed, chat.AccessDirect}
	allStates    = []SessionState{SessionStranger, SessionReady, SessionRemoved}
)

// expected is what docs/protocol.md section 6 says, in words of its own.
func expected(op Operation, s Standing, a chat.Access) bool {
	in := s == StandingOwner || s == StandingMember
	switch op {
	case OpJoin:
		return (s == StandingFormer || s == StandingOutsider) && a == chat.AccessOpen
	case OpEditOther:
		return false
	case OpDeleteOther:
		return s == StandingOwner && a != chat.AccessDirect
	case OpArchive, OpKeep, OpReadings, OpHistory, OpRemove, OpReadmit:
		return s == StandingOwner && a != chat.AccessDirect
	case OpAdd, OpLeave, OpRename, OpTopic:
		return in && a != chat.AccessDirect
	}
	return in
}

// requestOf makes what carries out an operation. Each is somebody's next send.
func requestOf(c *raw, op Operation, room chat.RoomID, w others, own, theirs chat.Seq) wire.Request {
	change := func(kind chat.Kind, seq chat.Seq, more string) wire.Request {
		return c.post(room, kind, fmt.Sprintf(`{"seq":%d%s}`, seq, more))
	}
	switch op {
	case OpEdit:
		return change(chat.KindEdit, own, `,"text":"y"`)
	case OpEditOther:
		return change(chat.KindEdit, theirs, `,"text":"y"`)
	case OpDelete:
		return change(chat.KindDelete, own, "")
	case OpDeleteOther:
		return change(chat.KindDelete, theirs, "")
	case OpReact:
		return change(chat.KindReactionAdd, theirs, `,"emoji":"🫖"`)
	case OpPin:
		return change(chat.KindPinAdd, theirs, "")
	case OpMessage:
		return c.post(room, chat.KindMessage, `{"text":"x"}`)
	case OpJoin:
		return c.post(room, chat.KindJoin, `{}`)
	case OpAdd:
		return c.post(room, chat.KindJoin, `{"account":"`+w.stranger.String()+`"}`)
	case OpLeave:
		return c.post(room, chat.KindLeave, `{}`)
	case OpRemove:
		return c.post(room, chat.KindRemove, `{"account":"`+w.present.String()+`"}`)
	case OpReadmit:
		return c.post(room, chat.KindJoin, `{"account":"`+w.removed.String()+`"}`)
	case OpRename:
		return c.post(room, chat.KindRename, `{"name":"other"}`)
	case OpTopic:
		return c.post(room, chat.KindTopic, `{"topic":"other"}`)
	case OpArchive:
		return c.post(room, chat.KindArchive, `{"archived":true}`)
	case OpKeep:
		return c.post(room, chat.KindKeep, `{"days":30}`)
	case OpReadings:
		return c.post(room, chat.KindReadings, `{"hidden":true}`)
	case OpHistory:
		return c.post(room, chat.KindHistory, `{"history":"joined"}`)
	case OpRead:
		return &wire.History{Room: room, From: 1, To: 1}
	case OpMark:
		return &wire.Read{Room: room, Seq: 1}
	case OpTyping:
		return &wire.Typing{Room: room}
	case OpWatch:
		return &wire.Presence{Room: room}
	}
	return nil
}

// others are people whom operations are about.
type others struct{ stranger, present, removed chat.AccountID }

// TestRules holds what the server does to the table, and the table to the
// documentation: every operation, by everybody, in every room, on every kind of
// connection.
func TestRules(t *testing.T) { onBoth(t, testRules) }

func testRules(t *testing.T, o Options) {
	l := roomy()
	l.RoomsPerAccount = 1000
	o.Limits = l
	w := newWorld(t, nil, o)
	owner, member, former, outsider, stranger := w.person(), w.person(), w.person(), w.person(), w.person()
	removed, present, banned := w.person(), w.person(), w.person()
	about := others{stranger.account, present.account, banned.account}
	who := map[Standing]*raw{StandingOwner: owner, StandingMember: member, StandingFormer: former, StandingRemoved: removed, StandingOutsider: outsider}
	cells := 0
	between, _ := owner.direct(member) // nobody owns it, and nobody can have left it
	for op, row := range rules {
		for _, s := range allStandings {
			if _, ok := row[s]; !ok {
				t.Errorf("%s by %s is not in the table", op, s)
			}
			for _, a := range allAccess {
				if Allowed(op, s, a) != expected(op, s, a) {
					t.Errorf("%s by %s in a room that is %s: %v in the table", op, s, a, Allowed(op, s, a))
				}
				for _, state := range allStates {
					room := between
					if a != chat.AccessDirect {
						room, _ = owner.found(a, member.account, former.account, removed.account, present.account, banned.account)
					}
					own, theirs := owner.text(room, "mine").Seq, member.text(room, "theirs").Seq
					if s == StandingMember {
						own, theirs = theirs, own
					}
					if s == StandingFormer && a != chat.AccessDirect {
						own = former.text(room, "before I left").Seq
					}
					if s == StandingRemoved && a != chat.AccessDirect {
						own = removed.text(room, "before they removed me").Seq
					}
					if a != chat.AccessDirect {
						former.say(room, chat.KindLeave, `{}`)
						owner.remove(room, removed, banned)
					}
					before := w.room(room).head()
					f := attempt(t, who[s], state, func(c *raw) wire.Request { return requestOf(c, op, room, about, own, theirs) })
					judge(t, f, op, s, a, state)
					testkit.Eventually(t, "at rest", func() bool { return w.server.posting.Load() == 0 })
					if done := w.room(room).head() != before; done && (state != SessionReady || !expected(op, s, a)) {
						t.Errorf("%s by %s in a room that is %s, connection %s: it was done", op, s, a, state)
					}
					cells++
				}
			}
		}
		if len(row) != len(allStandings) {
			t.Errorf("%s has standings that this test does not know", op)
		}
	}
	if cells != len(rules)*len(allStandings)*len(allAccess)*len(allStates) {
		t.Errorf("%d cells", cells)
	}
	if Allowed("nothing", StandingOwner, chat.AccessOpen) || Allowed(OpRead, "nobody", chat.AccessOpen) || Allowed(OpRead, StandingOwner, "ajar") {
		t.Error("something unknown is allowed")
	}
	for kind := range operations {
		if _, ok := rules[operations[kind]]; !ok {
			t.Errorf("kind %s is an operation without rules", kind)
		}
	}
}

// TestArchivedRules: in an archived room nothing is done but what the table names, by
// nobody, and the refusals of who may not at all stay what they are.
func TestArchivedRules(t *testing.T) {
	l := roomy()
	l.RoomsPerAccount = 1000
	w := newWorld(t, nil, Options{Limits: l})
	owner, member, former, outsider, stranger := w.person(), w.person(), w.person(), w.person(), w.person()
	removed, present, banned := w.person(), w.person(), w.person()
	about := others{stranger.account, present.account, banned.account}
	who := map[Standing]*raw{StandingOwner: owner, StandingMember: member, StandingFormer: former, StandingRemoved: removed, StandingOutsider: outsider}
	still := map[Operation]bool{OpLeave: true, OpRemove: true, OpArchive: true, OpKeep: true, OpReadings: true, OpHistory: true, OpRead: true, OpMark: true, OpWatch: true}
	for op := range rules {
		if open, in := asleep[op]; !in || open != still[op] {
			t.Errorf("%s in the table of archived rooms: %v, %v", op, open, in)
		}
		for _, s := range allStandings {
			for _, a := range []chat.Access{chat.AccessOpen, chat.AccessClosed} {
				room, _ := owner.found(a, member.account, former.account, removed.account, present.account, banned.account)
				own, theirs := owner.text(room, "mine").Seq, member.text(room, "theirs").Seq
				if s == StandingMember {
					own, theirs = theirs, own
				}
				former.say(room, chat.KindLeave, `{}`)
				owner.remove(room, removed, banned)
				owner.say(room, chat.KindArchive, `{"archived":true}`)
				f := attempt(t, who[s], SessionReady, func(c *raw) wire.Request { return requestOf(c, op, room, about, own, theirs) })
				does := expected(op, s, a) || (op == OpEditOther || op == OpDeleteOther) && within(s) // the kind, before whose it is
				if does && !still[op] {
					if code := refusal(f); code != chat.CodeReadOnly {
						t.Errorf("%s by %s in a room that is %s and archived: %q", op, s, a, code)
					}
					continue
				}
				judge(t, f, op, s, a, SessionReady)
			}
		}
	}
	if len(asleep) != len(rules) {
		t.Error("the table of archived rooms has operations that there are not")
	}
}

// TestArchive: an archived room is not listed, its people still change their names, and
// it can be opened again.
func TestArchive(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, bob, cid := w.person(), w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, bob.account)
	listed := func() bool {
		list, ok := cid.answer(cid.ask(&wire.Rooms{})).(*wire.RoomsList)
		return ok && slices.ContainsFunc(list.Rooms, func(r wire.RoomInfo) bool { return r.Room == room })
	}
	if !listed() {
		t.Fatal("not listed before")
	}
	bob.wants(room, chat.KindArchive, `{"archived":true}`, chat.CodeForbidden, "/kind")
	ann.wants(room, chat.KindArchive, `{"archived":1}`, chat.CodeBadType, "/body/archived")
	ann.say(room, chat.KindArchive, `{"archived":true}`)
	if listed() {
		t.Error("listed while archived")
	}
	cid.wants(room, chat.KindJoin, `{}`, chat.CodeReadOnly, "/room")
	bob.done(&wire.Profile{MID: chat.NewMID(), Display: "Robert"})
	if m := w.room(room).view.Load().state.Members[bob.account]; m.Display != "Robert" {
		t.Errorf("bob is called %q there", m.Display)
	}
	ann.say(room, chat.KindArchive, `{"archived":false}`)
	bob.text(room, "awake")
	if !listed() {
		t.Error("not listed again")
	}
}

// attempt makes a request on a connection in a certain state; the answer is nil if
// there is none.
func attempt(t *testing.T, who *raw, state SessionState, request func(c *raw) wire.Request) wire.Frame {
	t.Helper()
	switch state {
	case SessionStranger:
		c := who.w.dial()
		defer func() { _ = c.ws.CloseNow() }()
		c.dseq = map[chat.RoomID]uint64{}
		return c.answer(c.ask(request(c)))
	case SessionReady:
		req := request(who)
		f := who.answer(who.ask(req))
		if s, ok := req.(*wire.Send); ok && f.Type() == wire.TypeAck {
			who.dseq[s.Room] = s.DSeq
		}
		return f
	case SessionRemoved:
		c := who.second()
		defer func() { _ = c.ws.CloseNow() }()
		live := who.w.server.hub.device(c.deviceID())
		if err := who.w.store.RevokeDevice(t.Context(), c.deviceID()); err != nil {
			t.Fatal(err)
		}
		live.expelled.Store(true) // the moment between the removal and the close
		id := c.ask(request(c))
		live.expel()
		for {
			f, err := c.read()
			if err != nil {
				return nil
			}
			if r, ok := f.(wire.Reply); ok && r.ReplyTo() == id {
				return f
			}
		}
	}
	t.Fatal("unknown state")
	return nil
}

func judge(t *testing.T, f wire.Frame, op Operation, s Standing, a chat.Access, state SessionState) {
	t.Helper()
	var code chat.Code
	if e, ok := f.(*wire.Error); ok {
		code = e.Code
	}
	var want chat.Code // none: it is done
	switch {
	case state == SessionRemoved:
		if f != nil {
			t.Errorf("%s by %s on a connection that is %s was answered: %+v", op, s, state, f)
		}
		return
	case state == SessionStranger:
		want = chat.CodeAuthRequired
	case expected(op, s, a):
	case a == chat.AccessDirect && s != StandingOwner && s != StandingMember:
		want = chat.CodeRoomGone // as if it were not there
	case op == OpJoin && s == StandingRemoved, op == OpReadmit && s == StandingMember && a != chat.AccessDirect:
		want = chat.CodeRemoved
	case op == OpJoin || s == StandingOwner || s == StandingMember:
		want = chat.CodeForbidden
	default:
		want = chat.CodeNotMember
	}
	if code != want {
		t.Errorf("%s by %s in a room that is %s, connection %s: have %q, want %q", op, s, a, state, code, want)
	}
}

// TestRequestRules: every type of request, on every kind of connection. The types
// are those of the golden frames, which the wire's own tests keep complete.
func TestRequestRules(t *testing.T) { onBoth(t, testRequestRules) }

func testRequestRules(t *testing.T, o Options) {
	w := newWorld(t, nil, o)
	files, err := filepath.Glob("../net/wire/testdata/golden/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden frames", err)
	}
	seen := map[wire.Type]bool{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		req, _, bad := wire.DecodeRequest([]byte(strings.TrimSpace(string(b))))
		if bad != nil {
			if bad.Code != chat.CodeUnknownType {
				t.Errorf("%s: %v", file, bad)
			}
			continue // a frame of the server
		}
		typ, ann := req.Type(), w.person()
		seen[typ] = true
		row, ok := requests[typ]
		if !ok || len(row) != len(allStates) {
			t.Errorf("request %s is not in the table", typ)
			continue
		}
		way := typ == wire.TypeAuth || typ == wire.TypeRegister || typ == wire.TypeReset || typ == wire.TypeRecover || typ == wire.TypeInviteCheck || typ == wire.TypeLoginBegin || typ == wire.TypeLoginFinish
		if row[SessionStranger] != way || row[SessionReady] == way || row[SessionRemoved] {
			t.Errorf("request %s: %v in the table", typ, row)
		}
		stranger := refusal(attempt(t, ann, SessionStranger, func(*raw) wire.Request { return req }))
		if !way && stranger != chat.CodeAuthRequired || way && typ != wire.TypeLoginFinish && stranger == chat.CodeAuthRequired {
			t.Errorf("%s by a stranger: %q", typ, stranger)
		}
		ready := refusal(attempt(t, ann, SessionReady, func(*raw) wire.Request { return req }))
		if way && ready != chat.CodeForbidden || !way && ready == chat.CodeAuthRequired || ready == chat.CodeUnknownType {
			t.Errorf("%s when ready: %q", typ, ready)
		}
		if f := attempt(t, w.person(), SessionRemoved, func(*raw) wire.Request { return req }); f != nil {
			t.Errorf("%s by a removed device was answered: %+v", typ, f)
		}
	}
	for typ := range requests {
		if !seen[typ] {
			t.Errorf("request %s has no golden frame", typ)
		}
	}
	if Admitted("nothing", SessionReady) {
		t.Error("an unknown request is admitted")
	}
}
