package server

import (
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
