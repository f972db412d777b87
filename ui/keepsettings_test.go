package ui

import (
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
)

// slowKeeper is a core whose disk takes its time and whose views lag behind.
type slowKeeper struct {
	*invented
	gate chan struct{} // closed when the disk answers

	mu   sync.Mutex
	kept []app.Settings // guarded by mu
}

func (c *slowKeeper) SetSettings(s app.Settings) error {
	<-c.gate
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = append(c.kept, s)
	return nil
}

// TestSettingsInARow: choices made one after the other all hold, although the disk is
// slow and views of before come in between; the last is what is kept.
func TestSettingsInARow(t *testing.T) {
	core := &slowKeeper{invented: newInvented(time.Now()), gate: make(chan struct{})}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	old := u.settings
	core.view.Settings = old
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	u.change(func(s *app.Settings) { s.Theme = "dark" })
	u.apply(app.Changes{View: true}, core.view) // made before the choice
	u.change(func(s *app.Settings) { s.Accent = "teal" })
	u.apply(app.Changes{View: true}, core.view)
	u.change(func(s *app.Settings) { s.Density = "compact" })
	want := old
	want.Theme, want.Accent, want.Density = "dark", "teal", "compact"
	if u.settings != want.Sane() {
		t.Errorf("in force is %+v", u.settings)
	}
	close(core.gate)
	q.until(t, "everything is kept", func() bool { return !u.keeper.busy })
	u.apply(app.Changes{View: true}, core.view)
	if u.settings != want.Sane() {
		t.Errorf("a late view takes it back: %+v", u.settings)
	}
	core.mu.Lock()
	if n := len(core.kept); n != 2 || core.kept[n-1] != want.Sane() {
		t.Errorf("kept %+v", core.kept)
	}
	core.mu.Unlock()
	v := *core.view
	v.Settings = want.Sane()
	u.apply(app.Changes{View: true}, &v)
	v.Settings.Theme = "light"
	if u.apply(app.Changes{View: true}, &v); u.settings.Theme != "light" {
		t.Error("what the core says later does not hold")
	}
}

// TestMaximized: a window that fills the screen does so at the next start, once, and has
// the size of before when it does not any more.
func TestMaximized(t *testing.T) {
	full, asked := true, 0
	desk := Desktop{Maximized: func(fyne.Window) bool { return full }, Maximize: func(fyne.Window) { asked++ }}
	u, _ := newWindow(t, newInvented(time.Now()), Options{Desktop: desk})
	u.prepare(t.Context())
	u.bringUp()
	if asked != 0 {
		t.Error("it fills the screen at the first start")
	}
	before := u.settings
	u.win.Resize(fyne.NewSize(1900, 1000))
	s := u.sized()
	if !s.Maximized || s.Width != before.Width || s.Height != before.Height {
		t.Errorf("kept: %+v", s)
	}
	u.settings, u.hidden, full = s, true, false // a window that is closed fills nothing
	if u.sized() != s {
		t.Errorf("closed to the tray: %+v", u.sized())
	}
	u.hidden = false
	if s := u.sized(); s.Maximized || s.Width != 1900 {
		t.Errorf("not any more: %+v", s)
	}

	next, _ := newWindow(t, newInvented(time.Now()), Options{Desktop: desk, Settings: s})
	next.prepare(t.Context())
	next.bringUp()
	next.bringUp() // as from the tray
	if asked != 1 {
		t.Errorf("filled %d times", asked)
	}
}

// TestKeptAtALogout: the toolkit ends its loop by itself at a logout, before anybody has
// told the window to quit. What the person chose last and the window's size are kept.
func TestKeptAtALogout(t *testing.T) {
	core := &slowKeeper{invented: newInvented(time.Now()), gate: make(chan struct{})}
	close(core.gate)
	u, _ := newWindow(t, core, Options{Desktop: Desktop{Maximized: func(fyne.Window) bool { return true }}})
	u.prepare(t.Context())
	u.settings.Theme = "dark"
	u.Loop(t.Context()) // the loop of tests ends at once
	core.mu.Lock()
	defer core.mu.Unlock()
	if n := len(core.kept); n != 1 || !core.kept[n-1].Maximized || core.kept[n-1].Theme != "dark" {
		t.Errorf("kept %+v", core.kept)
	}
}
