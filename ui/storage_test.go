package ui

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// cleaner is a core whose files can be cleared once.
type cleaner struct {
	*invented
	spare   int64
	cleared []chat.RoomID
	deleted int
	err     error
}

func (c *cleaner) FileUsage(context.Context) (app.FileUsage, error) {
	return app.FileUsage{Bytes: c.spare + 10, Spare: c.spare}, c.err
}

func (c *cleaner) Storage(context.Context) (app.Storage, error) {
	return app.Storage{Folder: "/tmp", Files: c.spare, All: c.spare + 1_000_000}, c.err
}

func (c *cleaner) ClearFiles(_ context.Context, room chat.RoomID) (freed int64, err error) {
	c.cleared = append(c.cleared, room)
	freed, c.spare = c.spare, 0
	return freed, c.err
}

func (c *cleaner) DeleteLocal(context.Context) error {
	c.deleted++
	return c.err
}

// openStorage shows the settings about storage.
func openStorage(t *testing.T, core *cleaner) (*UI, *queue) {
	t.Helper()
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	u.showSettingsNamed("settings.storage")
	return u, q
}

// button presses one of the newest dialog's buttons by its words.
func button(t *testing.T, u *UI, words string) *look.Button {
	t.Helper()
	for _, b := range u.dialogs[len(u.dialogs)-1].spec.buttons {
		if b.Text() == words {
			return b
		}
	}
	t.Fatalf("no button %q", words)
	return nil
}

// TestClearFiles: the amount is on the button, is asked about, and is what goes.
func TestClearFiles(t *testing.T) {
	core := &cleaner{invented: newInvented(time.Now()), spare: 412_000_000}
	u, q := openStorage(t, core)
	do := tr.F("storage.clear.do", "Size", "412 MB")
	q.until(t, "the amount", func() bool { return shows(u, do) })
	var open *look.Button
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if b, ok := o.(*look.Button); ok && b.Text() == do {
			open = b
		}
	})
	test.Tap(open)
	if len(core.cleared) != 0 || len(u.dialogs) != 2 {
		t.Fatalf("%d dialogs, cleared %v", len(u.dialogs), core.cleared)
	}
	test.Tap(button(t, u, tr.S("button.cancel")))
	if len(core.cleared) != 0 || len(u.dialogs) != 1 {
		t.Fatal("cancelling cleared")
	}
	test.Tap(open)
	test.Tap(button(t, u, do))
	q.until(t, "cleared", func() bool { return len(u.dialogs) == 1 && shows(u, tr.S("storage.clear.none")) })
	if len(core.cleared) != 1 || !core.cleared[0].IsZero() || !open.Disabled() {
		t.Errorf("cleared %v; the button is still there: %v", core.cleared, !open.Disabled())
	}
}

// TestStorageFollows: what is said of the disk is looked for again while the page is open, as
// an export may have brought files here.
func TestStorageFollows(t *testing.T) {
	core := &cleaner{invented: newInvented(time.Now()), spare: 412_000_000}
	u, q := openStorage(t, core)
	says := func(size string) func() bool {
		return func() bool { return shows(u, size) && shows(u, tr.F("storage.clear.do", "Size", size)) }
	}
	q.until(t, "the sizes", says("412 MB"))
	core.spare = 500_000_000
	u.dialogs[0].spec.body.(*settingsPage).stored.at = time.Time{}
	u.apply(app.Changes{View: true}, core.view)
	q.until(t, "the sizes now", says("500 MB"))
}

// TestDeleteLocalDialog: what is lost is named with what waits, cancelling does
// nothing, a failure is said and can be tried again, and success closes everything.
func TestDeleteLocalDialog(t *testing.T) {
	core := &cleaner{invented: newInvented(time.Now())}
	core.view.Waiting, core.view.Failed = 2, 1
	u, q := openStorage(t, core)
	u.askDelete()
	for _, words := range []string{tr.S("storage.lost.messages"), tr.N("storage.lost.outbox", 3), tr.S("storage.lost.device"), tr.N("storage.lost.drafts", len(u.drafted()))} {
		if !shows(u, words) {
			t.Errorf("it does not say %q", words)
		}
	}
	if u.win.Canvas().Focused() != button(t, u, tr.S("button.cancel")) {
		t.Error("the focus is not on the harmless button")
	}
	again := tr.F("storage.lost.hosting", "Folder", inSentence("/here/server-kept"))
	if shows(u, again) {
		t.Error("it speaks of hosting again where nothing is kept")
	}
	test.Tap(button(t, u, tr.S("button.cancel")))
	if core.deleted != 0 || len(u.dialogs) != 1 {
		t.Fatal("cancelling deleted")
	}
	core.view.EndedHere, core.view.Kept = true, "/here/server-kept"
	u.apply(app.Changes{View: true}, core.view)
	u.askDelete()
	if !shows(u, again) {
		t.Error("it does not say where the kept data of the server are")
	}
	core.err = &app.Failed{Code: app.FailHosting}
	test.Tap(button(t, u, tr.S("storage.delete.do")))
	q.until(t, "the failure", func() bool { return core.deleted == 1 && !button(t, u, tr.S("storage.delete.do")).Disabled() })
	if len(u.dialogs) != 2 || !shows(u, explain(core.err).text) {
		t.Error("the failure is not said")
	}
	core.err = nil
	test.Tap(button(t, u, tr.S("storage.delete.do")))
	q.until(t, "deleted", func() bool { return core.deleted == 2 && len(u.dialogs) == 0 })
}

// TestBoundOfEach: where there are several groups it is said that the size for files holds for
// each of them.
func TestBoundOfEach(t *testing.T) {
	for screen, want := range map[string]string{
		"main": tr.S("storage.clear.text"),
		"rail": tr.S("storage.clear.text") + " " + tr.S("storage.clear.each"),
	} {
		g, q := newGallery(t, screen+",light,en")
		g.pose(q)
		u := g.u.shown
		u.showSettingsNamed("settings.storage")
		if !shows(u, want) {
			t.Errorf("%s: it does not say %q", screen, want)
		}
	}
}
