package server

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// Lists longer than a frame arrive whole, each entry once, page by page.
func TestLongLists(t *testing.T) {
	store := memstore.New()
	w := newWorld(t, store, Options{Limits: roomy()})
	c := w.person()
	want := map[chat.AccountID]bool{c.account: true}
	for i := range 700 {
		a := storage.Account{ID: chat.NewAccountID(), Name: fmt.Sprintf("p%03d", i), Display: fmt.Sprintf("Person %d", i), Created: 1}
		i := storage.Invite{ID: chat.InviteIDOf(random32()), Creator: c.account, Created: 1, Expires: time.Now().Add(time.Hour).UnixMilli(), Uses: 1}
		d := storage.Device{ID: chat.DeviceID(chat.NewAccountID()), Account: a.ID, Key: random32(), Name: "x"}
		spent := storage.Invite{ID: chat.InviteIDOf(random32()), Created: 1, Expires: i.Expires, Uses: 1}
		if err := errors.Join(store.PutInvite(t.Context(), i), store.PutInvite(t.Context(), spent), store.CreateAccount(t.Context(), a, a.Name, d, spent.ID, 2)); err != nil {
			t.Fatal(err)
		}
		want[a.ID] = true
	}
	have := map[chat.AccountID]bool{}
	var after chat.AccountID
	for more, pages := true, 0; more; pages++ {
		list := c.answer(c.ask(&wire.People{After: after})).(*wire.PeopleList)
		for _, p := range list.People {
			if have[p.Account] || slices.Compare(p.Account[:], after[:]) <= 0 {
				t.Fatalf("page %d: %v again or out of order", pages, p.Account)
			}
			have[p.Account], after = true, p.Account
		}
		if more = list.More; more && len(list.People) == 0 || pages > 20 {
			t.Fatal("an empty page, and more to come")
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d people listed, want %d", len(have), len(want))
	}
	invites := 0
	var behind chat.InviteID
	for more := true; more; {
		list := c.answer(c.ask(&wire.InviteList{After: behind})).(*wire.Invites)
		for _, i := range list.Invites {
			behind = i.Invite
			invites++
		}
		more = list.More
	}
	if invites < 700 {
		t.Errorf("%d invites listed, want 700 at least", invites)
	}
}

// TestOthersListNothing: a closed room is listed for nobody, and an invite
// for nobody but its maker, who alone can end it.
func TestOthersListNothing(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ana, ben := w.person(), w.person()
	open, closed := ana.discreet(chat.AccessOpen), ana.discreet(chat.AccessClosed)
	rooms := ben.answer(ben.ask(&wire.Rooms{})).(*wire.RoomsList).Rooms
	listed := func(id chat.RoomID) bool {
		return slices.ContainsFunc(rooms, func(r wire.RoomInfo) bool { return r.Room == id })
	}
	if !listed(open) || listed(closed) {
		t.Errorf("a stranger is told of %+v, want the open room alone", rooms)
	}
	key := chat.NewInviteSecret().Key().Public().(ed25519.PublicKey)
	made := ana.answer(ana.ask(&wire.InviteCreate{Key: wire.Bytes(key), Uses: 3, ExpiresMS: 60_000})).(*wire.InviteCreated).Invite.Invite
	lists := func(c *raw) bool {
		list := c.answer(c.ask(&wire.InviteList{})).(*wire.Invites).Invites
		return slices.ContainsFunc(list, func(i wire.Invite) bool { return i.Invite == made })
	}
	if lists(ben) {
		t.Error("somebody else is told of the invite")
	}
	if e := ben.refused(&wire.InviteRevoke{Invite: made}); e.Code != chat.CodeInviteUnknown || e.Path != "/invite" {
		t.Errorf("somebody else ends the invite: %+v", e)
	}
	if !lists(ana) {
		t.Error("the invite has ended, or its maker does not see it")
	}
}

// TestOwnerSeesInvites: who owns the server is told of everybody's invites and ends them,
// but not of those that make an owner: they are for whoever runs it.
func TestOwnerSeesInvites(t *testing.T) {
	w := newWorld(t, nil, Options{})
	rex, ana := w.ruler(), w.person()
	key := chat.NewInviteSecret().Key().Public().(ed25519.PublicKey)
	made := ana.answer(ana.ask(&wire.InviteCreate{Key: wire.Bytes(key), Uses: 3, ExpiresMS: 60_000})).(*wire.InviteCreated).Invite.Invite
	other := chat.NewInviteSecret().Key().Public().(ed25519.PublicKey)
	makes := storage.Invite{ID: chat.InviteIDOf(other), Key: other, Expires: time.Now().Add(time.Hour).UnixMilli(), Uses: 1, Owner: true}
	if err := w.store.PutInvite(t.Context(), makes); err != nil {
		t.Fatal(err)
	}
	lists := func(id chat.InviteID) bool {
		list := rex.answer(rex.ask(&wire.InviteList{})).(*wire.Invites).Invites
		return slices.ContainsFunc(list, func(i wire.Invite) bool { return i.Invite == id })
	}
	if !lists(made) || lists(makes.ID) {
		t.Errorf("listed: somebody's %v, the one that makes an owner %v", lists(made), lists(makes.ID))
	}
	if e := rex.refused(&wire.InviteRevoke{Invite: makes.ID}); e.Code != chat.CodeInviteUnknown {
		t.Errorf("ending the one that makes an owner: %+v", e)
	}
	rex.done(&wire.InviteRevoke{Invite: made})
	if lists(made) {
		t.Error("the other one has not ended")
	}
}
