package ui

import (
	"context"
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// keeper hands the person's choices to the core, off the UI goroutine and in order:
// what is written is always the newest. Until the core has it, views that are older
// change nothing in the window.
type keeper struct {
	u      *UI
	busy   bool          // something is on its way to the core; owned by the UI goroutine
	wanted *app.Settings // what the core is to have; nil: it has it; owned by the UI goroutine

	newest  atomic.Pointer[app.Settings]
	writing sync.Mutex // held while the core writes
}

// write gives the newest to the core.
func (k *keeper) write() error {
	k.writing.Lock()
	defer k.writing.Unlock()
	return k.u.core.SetSettings(*k.newest.Load())
}

// want says what the core is to have.
func (k *keeper) want(s app.Settings) {
	k.wanted = &s
	k.newest.Store(&s)
	if k.busy {
		return
	}
	k.busy = true
	k.u.pump.work(func(context.Context) func() {
		err := k.write()
		return func() { k.done(s, err) }
	})
}

func (k *keeper) done(s app.Settings, err error) {
	k.busy = false
	switch {
	case err != nil:
		k.u.log.Warn("settings were not kept", "error", err)
		k.u.toast(tr.S("toast.settings"), look.Bad)
		k.wanted = nil
	case k.wanted != nil && *k.wanted != s:
		k.want(*k.wanted)
	}
}

// stale reports whether the settings of a view are older than what the person has
// chosen since.
func (k *keeper) stale(s app.Settings) bool {
	if k.wanted == nil {
		return false
	}
	if k.busy || s != *k.wanted {
		return true
	}
	k.wanted = nil
	return false
}

// last writes what there is to write before the program ends, and waits for it.
func (k *keeper) last(s app.Settings) {
	k.newest.Store(&s)
	if err := k.write(); err != nil {
		k.u.log.Warn("settings were not kept", "error", err)
	}
}

// change lets the person's settings take effect and keeps them.
func (u *UI) change(f func(*app.Settings)) {
	s := u.settings
	f(&s)
	s = s.Sane()
	u.applySettings(s)
	u.keeper.want(s)
}

// sized returns the settings with the size of the window.
func (u *UI) sized() app.Settings {
	s, size := u.settings, u.win.Canvas().Size()
	if size != (fyne.Size{}) && size.Width >= minWidth && size.Height >= minHeight {
		s.Width, s.Height = size.Width, size.Height
	}
	return s
}

// keepSize remembers the size of the window while the program goes on.
func (u *UI) keepSize() {
	if s := u.sized(); s != u.settings {
		u.settings = s
		u.keeper.want(s)
	}
}
