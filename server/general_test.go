package server

import (
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// ruler registers whom the group belongs to: who uses the invite of its owner.
func (w *world) ruler() *raw {
	w.t.Helper()
	usual := w.invite
	defer func() { w.invite = usual }()
	w.invite = chat.NewInviteSecret()
	key := w.invite.Key().Public().(ed25519.PublicKey)
	now := time.Now()
	if err := w.store.PutInvite(w.t.Context(), storage.Invite{ID: chat.InviteIDOf(key), Key: key, Created: now.UnixMilli(), Expires: now.Add(time.Hour).UnixMilli(), Uses: 1, Owner: true}); err != nil {
		w.t.Fatal(err)
	}
	return w.person()
}

// owners are the owners of a room, by the number that person gave them.
func (w *world) owners(room chat.RoomID, people ...*raw) string {
	w.t.Helper()
	list := ""
	for i, p := range people {
		if m, in := w.room(room).view.Load().state.Members[p.account]; in && m.Role == chat.RoleOwner {
			list += fmt.Sprint(i)
		}
	}
	return list
}

// TestOwnerOfGeneral: the room that everybody is in belongs to whom the group belongs to,
// whenever they come; who goes for good leaves it to somebody, and who comes back has it.
func TestOwnerOfGeneral(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ben, cid := w.person(), w.person()
	ben.wants(w.general, chat.KindKeep, `{"days":7}`, chat.CodeForbidden, "/kind")
	ben.say(w.general, chat.KindLeave, `{}`) // who is away and back is no owner
	cid.say(w.general, chat.KindLeave, `{}`)
	ben.say(w.general, chat.KindJoin, `{}`)
	cid.say(w.general, chat.KindJoin, `{}`)
	ann := w.ruler()
	is := func(what, want string) {
		t.Helper()
		if have := w.owners(w.general, ann, ben, cid); have != want {
			t.Errorf("%s: the owners are %q, want %q", what, have, want)
		}
	}
	is("she came", "0")
	for kind, body := range map[chat.Kind]string{
		chat.KindKeep: `{"days":7}`, chat.KindHistory: `{"history":"joined"}`, chat.KindReadings: `{"hidden":true}`, chat.KindArchive: `{"archived":true}`,
	} {
		ben.wants(w.general, kind, body, chat.CodeForbidden, "/kind")
		if kind != chat.KindArchive {
			ann.say(w.general, kind, body)
		}
	}
	ann.say(w.general, chat.KindArchive, `{"archived":true}`)
	dan := w.person() // is let into the group, and finds the room when it is open again
	if _, in := membership(w.room(w.general), dan.account); in {
		t.Error("somebody has joined an archived room")
	}
	ann.say(w.general, chat.KindArchive, `{"archived":false}`)
	dan.say(w.general, chat.KindJoin, `{}`)
	ann.say(w.general, chat.KindLeave, `{}`)
	is("she left", "1")
	ann.say(w.general, chat.KindJoin, `{}`)
	is("she is back", "01")
	ben.say(w.general, chat.KindLeave, `{}`)
	if err := w.server.DeleteAccount(t.Context(), ann.account, false); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the room told", func() bool { return !w.deletion(ann.account).Pending() })
	is("her account is no more", "2")
	next := w.ruler() // where the operator makes another owner's invite
	if have := w.owners(w.general, cid, next); have != "01" {
		t.Errorf("after another one came the owners are %q", have)
	}
}

// TestSuspendedOwnerOfGeneral: the room goes on with somebody else while its owner is shut
// out, and both keep it.
func TestSuspendedOwnerOfGeneral(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.ruler(), w.person()
	for i, suspended := range []bool{true, true, false} {
		if _, err := w.server.Suspend(t.Context(), ann.account, suspended); err != nil {
			t.Fatal(err)
		}
		if have := w.owners(w.general, ann, ben); have != "01" {
			t.Errorf("step %d: the owners are %q", i, have)
		}
	}
	if n := w.kinds(w.general, chat.KindRole); n != 1 {
		t.Errorf("%d times somebody was made owner", n)
	}
}

// kinds counts the events of a kind in a room.
func (w *world) kinds(room chat.RoomID, kind chat.Kind) (n int) {
	w.t.Helper()
	for _, e := range w.events(room) {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// TestGeneralOfBefore: a room of before it had an owner gets one when the server starts,
// once; and where its owner is suspended then, when they are let in again.
func TestGeneralOfBefore(t *testing.T) {
	for _, suspended := range []bool{false, true} {
		t.Run(fmt.Sprint("suspended ", suspended), func(t *testing.T) {
			dir := t.TempDir()
			open := func() *world {
				t.Helper()
				store, err := boltstore.Open(dir, boltstore.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return newWorld(t, store, Options{})
			}
			w := open()
			room, ann, ben := w.old(suspended)
			w.stop()
			for range 3 {
				w = open()
				if w.general = room; suspended {
					w.server.o.DefaultRooms = []chat.RoomID{room}
				}
				if err := w.server.EnsureRoom(t.Context(), room, "general"); err != nil {
					t.Fatal(err)
				}
				if suspended {
					if n := w.kinds(room, chat.KindRole); n > 0 {
						t.Error("somebody who is suspended was made an owner")
					}
					w.stop()
					continue
				}
				if n := w.kinds(room, chat.KindRole); n != 1 || w.owners(room, ann, ben) != "0" {
					t.Errorf("made an owner %d times; the owners are %q", n, w.owners(room, ann, ben))
				}
				w.stop()
			}
			if !suspended {
				return
			}
			w = open()
			w.server.o.DefaultRooms = []chat.RoomID{room}
			for range 2 {
				if _, err := w.server.Suspend(t.Context(), ann.account, false); err != nil {
					t.Fatal(err)
				}
			}
			if n := w.kinds(room, chat.KindRole); n != 1 || w.owners(room, ann, ben) != "0" {
				t.Errorf("let in again: made an owner %d times; the owners are %q", n, w.owners(room, ann, ben))
			}
		})
	}
}

// old writes a room into the data as the server made it before it had an owner: whom the
// group belongs to is a member of it like everybody.
func (w *world) old(suspended bool) (id chat.RoomID, ann, ben *raw) {
	w.t.Helper()
	ann, ben, id = w.ruler(), w.person(), chat.NewRoomID()
	state, head := chat.NewRoom(id), chat.Head{}
	b := &storage.Batch{Room: id}
	add := func(author chat.AccountID, kind chat.Kind, body chat.Body) {
		raw, err := wire.EncodeBody(body)
		if err != nil {
			w.t.Fatal(err)
		}
		e := chat.Event{Room: id, Seq: head.Seq + 1, Kind: kind, Author: author, MID: chat.NewMID(), Time: time.Now().UnixMilli(), Body: raw, Salt: [16]byte{1}}
		head = chat.Head{Seq: e.Seq, Chain: e.Chain(head.Chain)}
		state.Apply(&e, body)
		b.Entries = append(b.Entries, storage.Entry{Event: e, Chain: head.Chain})
	}
	add(chat.AccountID{}, chat.KindRoomCreate, chat.RoomCreate{Name: "general", Access: chat.AccessOpen, History: chat.HistoryAll})
	for _, p := range []*raw{ben, ann} {
		add(p.account, chat.KindJoin, chat.Join{Account: p.account, Name: "name", Display: "Name", Role: chat.RoleMember})
		b.Joined = append(b.Joined, p.account)
	}
	b.State = state
	done := make(chan error, 1)
	w.store.Append(b, func(err error) { done <- err })
	if err := <-done; err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.SetDisabled(w.t.Context(), ann.account, suspended); err != nil {
		w.t.Fatal(err)
	}
	return id, ann, ben
}
