package host

import (
	"slices"
	"testing"

	"hearth/internal/testkit"
	"hearth/server/storage"
)

// TestChangeAccountOf: accounts are changed while the server runs and while it does not;
// a deletion that was asked for then goes on with the next start.
func TestChangeAccountOf(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	owner, _ := ownerInvite(t, h)
	if err := use(t, h.store, owner, "ann"); err != nil {
		t.Fatal(err)
	}
	ask := Config{Dir: c.Dir}
	is := func(what string, disabled bool, deletion storage.Deletion) {
		t.Helper()
		a, err := h.store.AccountByName(t.Context(), "ann")
		if err != nil || a.Disabled != disabled || a.Deletion != deletion {
			t.Errorf("%s: %+v, %v", what, a, err)
		}
	}
	change := func(name string, change AccountChange) error {
		_, _, err := ChangeAccountOf(t.Context(), ask, name, change)
		return err
	}
	refused(t, change("nobody", AccountSuspend), KindAbsent, "nobody")
	refused(t, change("no name!", AccountDelete), KindRequest, "login name")
	if err := change("Ann", AccountSuspend); err != nil {
		t.Fatal(err)
	}
	is("suspended", true, storage.DeletionNone)
	listed := func(when string, names ...string) {
		t.Helper()
		list, err := PeopleOf(t.Context(), ask)
		list = slices.DeleteFunc(list, func(p Person) bool { return !p.Suspended })
		if err != nil || len(list) != len(names) || len(names) > 0 && list[0].Name != names[0] {
			t.Errorf("%s: %+v, %v", when, list, err)
		}
	}
	listed("while it runs", "ann")
	stop(t, h)
	listed("while it does not", "ann")
	if err := change("ann", AccountUnsuspend); err != nil {
		t.Fatal(err)
	}
	h = start(t, c)
	is("let in", false, storage.DeletionNone)
	listed("after being let in")
	stop(t, h)
	if err := change("ann", AccountDelete); err != nil {
		t.Fatal(err)
	}
	h = start(t, c)
	testkit.Eventually(t, "the rest of the deletion", func() bool {
		a, err := h.store.AccountByName(t.Context(), "ann")
		return err == nil && a.Deletion == storage.DeletionDone
	})
	refused(t, change("ann", AccountSuspend), KindAbsent, "ann")
	if err := change("ann", AccountErase); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "being erased", func() bool {
		a, err := h.store.AccountByName(t.Context(), "ann")
		return err == nil && a.Deletion == storage.DeletionErased
	})
	refused(t, change("ann", AccountErase), KindAbsent, "ann")
	listed("after the deletion")
}
