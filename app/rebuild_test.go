package app

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/store/profile"
)

// lastHolds reports whether the last page of the person's database is the one that
// holds the drafts: they are few, so bbolt keeps them in the page of the root.
func lastHolds(t *testing.T, p *person) bool {
	t.Helper()
	h := newestHead(t, p)
	if !h.leaf {
		t.Fatal("the root takes more than a page: where are the drafts?")
	}
	return h.root == h.pages-1
}

// TestDamagedFile: the store's file is cut off while nobody looks. The person is
// told, the file is put aside, everything comes from the server again and what can
// be read of the outbox is sent; a month later the old file goes.
func TestDamagedFile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(l *chat.Limits) { l.SessionIdleDays, l.SessionAbsoluteDays = 365, 365 })
		defer w.close()
		ann := w.member("ann").run().live()
		ann.say(w.general, "one", "two")
		ann.sent()
		begun := chat.Draft{Text: "half a thought"}
		ann.SetDraft(w.general, begun)
		ann.quit()
		for lastHolds(t, ann) { // the draft, which another commit writes somewhere else
			ann.run().live()
			ann.begins(w.general, chat.Draft{Text: "half"})
			ann.begins(w.general, begun)
			ann.quit()
		}
		files := func() (aside []string) {
			t.Helper()
			aside, err := filepath.Glob(filepath.Join(ann.dir, "groups", "*", "store.db.damaged-*"))
			must(t, err)
			return aside
		}
		stores, err := filepath.Glob(filepath.Join(ann.dir, "groups", "*", "store.db"))
		if err != nil || len(stores) != 1 {
			t.Fatal(stores, err)
		}
		must(t, os.Truncate(stores[0], int64(os.Getpagesize())*int64(newestHead(t, ann).pages-1)))
		ann.run()
		ann.until("the problem", func(v *View) bool { return v.Phase == PhaseFailed })
		if p := ann.View().Problem; p.Kind != ProblemDamaged || p.Path != stores[0] {
			t.Errorf("problem %+v", p)
		}
		must(t, ann.Rebuild(t.Context()))
		ann.live()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("texts %q", got)
		}
		if got := ann.roomView(w.general).Draft; got.Text != "half a thought" {
			t.Errorf("the draft is %+v", got)
		}
		if n := len(files()); n != 1 {
			t.Fatalf("%d files put aside", n)
		}
		ann.quit()
		w.stop(true)
		time.Sleep(31 * 24 * time.Hour)
		ann.run() // by this machine's clock alone it is not removed
		ann.until("the stored rooms", func(v *View) bool { return v.Phase == PhaseOpen })
		if n := len(files()); n != 1 {
			t.Errorf("%d files left before the server was asked", n)
		}
		w.start()
		ann.TryNow()
		ann.live().quit()
		ann.run()
		ann.until("the stored rooms", func(v *View) bool { return v.Phase == PhaseOpen })
		if n := len(files()); n != 0 {
			t.Errorf("%d files left", n)
		}
		ann.quit()
	})
}

// TestRebuildKilled: the program is killed when the damaged store has been put aside and
// nothing of it taken over: the next start does that.
func TestRebuildKilled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ann.say(w.general, "one")
		ann.sent()
		w.stop(true)
		ann.say(w.general, "waiting")
		begun := chat.Draft{Text: "half a thought"}
		ann.SetDraft(w.general, begun)
		ann.quit()
		for lastHolds(t, ann) { // the draft, which another commit writes somewhere else
			ann.run() // there is no server
			ann.until("the stored rooms", func(v *View) bool { return v.Phase == PhaseOpen && len(v.Rooms) > 0 })
			ann.begins(w.general, chat.Draft{Text: "half"})
			ann.begins(w.general, begun)
			ann.quit()
		}
		p, err := profile.Open(ann.dir)
		must(t, err)
		groups, err := p.Groups()
		must(t, err)
		_, err = groups[0].Aside("damaged")
		must(t, err)
		ann.run()
		ann.until("the stored rooms", func(v *View) bool { return v.Phase == PhaseOpen && v.Waiting == 1 })
		ann.SetDraft(w.general, chat.Draft{Text: "a whole thought"})
		ann.quit()
		ann.run()
		w.start()
		ann.live().sent()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "waiting"}) {
			t.Errorf("texts %q", got)
		}
		if got := ann.roomView(w.general).Draft.Text; got != "a whole thought" {
			t.Errorf("the draft is %q", got)
		}
		ann.quit()
	})
}
