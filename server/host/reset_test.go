package host

import (
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
)

// TestResetFor: a link for a new password is made whether the server runs or not, for
// who is here, and only the newest of somebody counts.
func TestResetFor(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	owner, _ := ownerInvite(t, h)
	if err := use(t, h.store, owner, "ann"); err != nil {
		t.Fatal(err)
	}
	ann, err := h.store.AccountByName(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	ask := Config{Dir: c.Dir}
	_, err = ResetFor(t.Context(), ask, "nobody")
	refused(t, err, KindAbsent, "nobody")
	_, err = ResetFor(t.Context(), ask, "no name!")
	refused(t, err, KindRequest, "login name")
	first, err := ResetFor(t.Context(), ask, "Ann")
	if err != nil {
		t.Fatal(err)
	}
	if first.Server != h.Link().Server || first.Addresses[0] != h.Addresses()[0] {
		t.Errorf("the link leads elsewhere: %v", first)
	}
	if i := kept(t, h.store, first); i.For != ann.ID || i.Uses != 1 || i.Owner || i.Expires-i.Created != (24*time.Hour).Milliseconds() {
		t.Errorf("kept as %+v", i)
	}
	second, err := h.Reset(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	if !kept(t, h.store, first).Revoked || kept(t, h.store, second).Revoked {
		t.Error("the newest is not the one that counts")
	}
	if _, err := h.ChangeAccount(t.Context(), "ann", AccountSuspend); err != nil {
		t.Fatal(err)
	}
	_, err = ResetFor(t.Context(), ask, "ann")
	refused(t, err, KindRequest, "suspended")
	if _, err := h.ChangeAccount(t.Context(), "ann", AccountUnsuspend); err != nil {
		t.Fatal(err)
	}
	stop(t, h)
	third, err := ResetFor(t.Context(), ask, "ann")
	if err != nil {
		t.Fatal(err)
	}
	h = start(t, c)
	if kept(t, h.store, third).For != ann.ID || !kept(t, h.store, second).Revoked || third.Secret == (chat.InviteSecret{}) {
		t.Error("made while the server stood still, it does not count")
	}
}
