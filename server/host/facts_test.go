package host

import (
	"path/filepath"
	"testing"

	"hearth/internal/testkit"
)

// TestStock: what a server has is counted for whoever is about to end the group, deleted
// messages and accounts are not.
func TestStock(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	owner, _ := ownerInvite(t, h)
	if err := use(t, h.store, owner, "ann"); err != nil {
		t.Fatal(err)
	}
	w := talk(t, h.store, 300)      // more than a page
	messages := int(w.Head.Seq) - 2 // behind those by which the room came to be
	s, err := h.Stock(t.Context())
	if err != nil || s.Accounts != 1 || s.Rooms != 2 || s.Messages != messages {
		t.Errorf("counted %+v, %v", s, err)
	}
	if _, err := h.ChangeAccount(t.Context(), "ann", AccountDelete); err != nil {
		t.Fatal(err)
	}
	if s, err = h.Stock(t.Context()); err != nil || s.Accounts != 0 {
		t.Errorf("after the deletion: %+v, %v", s, err)
	}
}

// TestBackupsIn: the copies that a server has made are listed, whether it runs or not, and
// one that is asked for is among them.
func TestBackupsIn(t *testing.T) {
	c := config(t, testkit.Dir(t))
	told := 0
	c.Changed = func() { told++ }
	h := start(t, c)
	before, err := BackupsIn(c.Dir)
	if err != nil || len(before.List) != 0 || before.Dir != filepath.Join(c.Dir, "backups") {
		t.Errorf("before: %+v, %v", before, err)
	}
	report, err := h.BackupNow(t.Context())
	if err != nil || filepath.Dir(report.Path) != before.Dir {
		t.Fatalf("%+v, %v", report, err)
	}
	if told != 1 {
		t.Errorf("the backup was told %d times", told)
	}
	for range 2 {
		b, err := BackupsIn(c.Dir)
		if err != nil || len(b.List) != 1 || b.List[0].Bytes != report.Bytes || b.List[0].At.IsZero() || b.List[0].Path != report.Path || b.List[0].Asked {
			t.Errorf("listed %+v, %v", b, err)
		}
		stop(t, h)
	}
}

// TestChangedIsTold: whoever asked is told of what is done with an account, also from
// another program.
func TestChangedIsTold(t *testing.T) {
	c := config(t, testkit.Dir(t))
	told := make(chan struct{}, 10)
	c.Changed = func() { told <- struct{}{} }
	h := start(t, c)
	owner, _ := ownerInvite(t, h)
	if err := use(t, h.store, owner, "ann"); err != nil {
		t.Fatal(err)
	}
	for _, change := range []AccountChange{AccountSuspend, AccountUnsuspend, AccountDelete} {
		if _, _, err := ChangeAccountOf(t.Context(), Config{Dir: c.Dir}, "ann", change); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
		case <-t.Context().Done():
			t.Fatalf("nothing is told of %s", change)
		}
	}
}
