package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/wire"
)

// direct makes the conversation of the client with others.
func (c *raw) direct(others ...*raw) (chat.RoomID, *wire.Ack) {
	c.t.Helper()
	room, body := c.directBody(others...)
	return room, c.say(room, chat.KindRoomCreate, body)
}

func (c *raw) directBody(others ...*raw) (chat.RoomID, string) {
	c.t.Helper()
	create := chat.RoomCreate{Access: chat.AccessDirect, History: chat.HistoryAll}
	for _, o := range others {
		create.Members = append(create.Members, o.account)
	}
	body, err := wire.EncodeBody(create)
	if err != nil {
		c.t.Fatal(err)
	}
	return chat.DirectRoom(append([]chat.AccountID{c.account}, create.Members...)...), string(body)
}

// TestDirectTwice: whoever comes second is told that the room is there; its number
// is not used up, and what is said next is accepted.
func TestDirectTwice(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, bob, eve := w.person(), w.person(), w.person()
	room, ack := ann.direct(bob)
	for _, e := range w.events(room) {
		if strings.Contains(string(e.Body), string(chat.RoleOwner)) {
			t.Errorf("somebody owns it: %s", e.Body)
		}
	}
	same, body := bob.directBody(ann)
	if same != room {
		t.Fatalf("bob derives %s, ann %s", same, room)
	}
	bob.wants(room, chat.KindRoomCreate, body, chat.CodeRoomExists, "/room")
	bob.text(room, "hello")
	ann.text(room, "hello")
	_, mine := ann.directBody(bob)
	ann.wants(room, chat.KindRoomCreate, mine, chat.CodeRoomExists, "/room")
	// Somebody else's claim to the same place is no creation of it.
	eve.wants(room, chat.KindRoomCreate, mine, chat.CodeBadValue, "/room")
	eve.wants(room, chat.KindRoomCreate, `{"name":"x","access":"open","history":"all"}`, chat.CodeBadValue, "/room")
	// Nor does anything tell her that the two have begun to talk.
	for _, r := range []chat.RoomID{room, chat.DirectRoom(ann.account, w.person().account)} {
		eve.wants(r, chat.KindMessage, `{"text":"x"}`, chat.CodeRoomGone, "/room")
		for _, ask := range []wire.Request{
			&wire.History{Room: r, From: 1, To: 1}, &wire.Chains{Room: r, Seqs: []chat.Seq{1}}, &wire.Read{Room: r, Seq: 1},
			&wire.Typing{Room: r}, &wire.Presence{Room: r},
		} {
			if e := eve.refused(ask); e.Code != chat.CodeRoomGone || e.Path != "/room" || e.Message != "there is no such room" {
				t.Errorf("%s: %v", ask.Type(), e)
			}
		}
	}
	if ack.Seq != 1 {
		t.Errorf("created at %d", ack.Seq)
	}
	// It is not among the rooms to browse.
	list, ok := eve.answer(eve.ask(&wire.Rooms{})).(*wire.RoomsList)
	if !ok || slices.ContainsFunc(list.Rooms, func(r wire.RoomInfo) bool { return r.Room == room }) {
		t.Errorf("listed: %+v", list)
	}
}

// TestBadDirect: everything that may be wrong with the creation of a direct room.
func TestBadDirect(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, bob, cid := w.person(), w.person(), w.person()
	room := chat.DirectRoom(ann.account, bob.account)
	id := func(c *raw) string { return fmt.Sprintf("%q", c.account.String()) }
	eleven := make([]string, chat.MaxDirect)
	for i := range eleven {
		eleven[i] = fmt.Sprintf("%q", chat.NewAccountID().String())
	}
	nobody := chat.NewAccountID()
	before := stateHash(t, w.store)
	for _, b := range []struct {
		room    chat.RoomID
		more    string
		members string
		code    chat.Code
		path    string
	}{
		{room, `,"name":"x"`, id(bob), chat.CodeBadValue, "/body/name"},
		{room, `,"topic":"x"`, id(bob), chat.CodeBadValue, "/body/topic"},
		{room, ``, ``, chat.CodeMissingField, "/body/members"},
		{room, ``, `""`, chat.CodeBadValue, "/body/members/0"},
		{room, ``, strings.Join(eleven, ","), chat.CodeTooLong, "/body/members"},
		{room, ``, id(bob) + "," + id(bob), chat.CodeBadValue, "/body/members/1"},
		{room, ``, id(bob) + "," + id(ann), chat.CodeBadValue, "/body/members/1"},
		{room, ``, id(cid), chat.CodeBadValue, "/room"},
		{room, ``, id(bob) + "," + id(cid), chat.CodeBadValue, "/room"},
		{chat.NewRoomID(), ``, id(bob), chat.CodeBadValue, "/room"},
		{chat.DirectRoom(bob.account, cid.account), ``, id(bob), chat.CodeBadValue, "/room"},
		{chat.DirectRoom(ann.account, nobody), ``, fmt.Sprintf("%q", nobody.String()), chat.CodeBadValue, "/body/members/0"},
	} {
		body := fmt.Sprintf(`{"access":"direct","history":"all","members":[%s]%s}`, b.members, b.more)
		ann.wants(b.room, chat.KindRoomCreate, body, b.code, b.path)
		w.server.hub.device(ann.deviceID()).faults.pardon()
	}
	// Nobody stands between two people by founding a room where theirs will be.
	for _, access := range []chat.Access{chat.AccessOpen, chat.AccessClosed} {
		body := fmt.Sprintf(`{"name":"x","access":%q,"history":"all"}`, access)
		cid.wants(room, chat.KindRoomCreate, body, chat.CodeBadValue, "/room")
	}
	if stateHash(t, w.store) != before {
		t.Error("something has changed")
	}
}

// TestDirectIDs: the order in which people are named, and naming somebody twice, do
// not matter; other people are another room.
func TestDirectIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) chat.AccountID {
			return chat.AccountID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		}), 2, chat.MaxDirect, rapid.ID).Draw(t, "people")
		room := chat.DirectRoom(people...)
		if again := chat.DirectRoom(append(rapid.Permutation(people).Draw(t, "order"), people[0])...); again != room || !room.Direct() {
			t.Errorf("%v and %v", room, again)
		}
		if fewer := chat.DirectRoom(people[1:]...); fewer == room {
			t.Error("others have the same room")
		}
	})
	if chat.NewRoomID().Direct() {
		t.Error("a room by chance where a direct one would be")
	}
}
