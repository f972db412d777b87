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
	w      *Window
	busy   bool          // something is on its way to the core; owned by the UI goroutine
	wanted *app.Settings // what the core is to have; nil: it has it; owned by the UI goroutine

	newest  atomic.Pointer[app.Settings]
	writing sync.Mutex // held while the core writes
}

// write gives the newest to a core; those of a profile share them.
func (k *keeper) write(core app.Commands) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	return core.SetSettings(*k.newest.Load())
}

// want says what the core is to have.
func (k *keeper) want(s app.Settings) {
	k.wanted = &s
	k.newest.Store(&s)
	if k.busy {
		return
	}
	k.busy = true
	core := k.w.shown.core
	k.w.life.work(func(context.Context) func() {
		err := k.write(core)
		return func() { k.done(s, err) }
	})
}

func (k *keeper) done(s app.Settings, err error) {
	k.busy = false
	switch {
	case err != nil:
		k.w.log.Warn("settings were not kept", "error", err)
		k.w.toast(tr.S("toast.settings"), look.Bad)
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
	if err := k.write(k.w.shown.core); err != nil {
		k.w.log.Warn("settings were not kept", "error", err)
	}
}

// change lets the person's settings take effect and keeps them.
func (w *Window) change(f func(*app.Settings)) {
	s := w.settings
	f(&s)
	s = s.Sane()
	w.applySettings(s)
	w.keeper.want(s)
}

// sized returns the settings with the size of the window. Of one that fills the screen
// that is the size it had before.
func (w *Window) sized() app.Settings {
	s, size := w.settings, w.win.Canvas().Size()
	if w.hidden {
		return s // kept when it was closed; what the desktop says of it now means nothing
	}
	if w.desktop.Maximized != nil {
		if s.Maximized = w.desktop.Maximized(w.win); s.Maximized {
			return s
		}
	}
	if size != (fyne.Size{}) && size.Width >= minWidth && size.Height >= minHeight {
		s.Width, s.Height = size.Width, size.Height
	}
	return s
}

// keepSize remembers the size of the window while the program goes on.
func (w *Window) keepSize() {
	if s := w.sized(); s != w.settings {
		w.settings = s
		w.keeper.want(s)
	}
}
