package ui

import (
	"sync"
	"testing"
	"time"

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
