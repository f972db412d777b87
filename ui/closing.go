package ui

import (
	"context"
	"slices"

	"hearth/app"
	"hearth/internal/desktop"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// closing is what the window's close button does: a group hosted here goes
// offline with the program, which the person must know first.
func (w *Window) closing() {
	u := w.hosting()
	if w.quitting || u == nil {
		if w.settings.CloseToTray && !w.quitting && w.anyOpen() {
			w.hide()
			return
		}
		w.quit()
		return
	}
	for _, d := range w.dialogs {
		if d.spec.title == tr.S("close.title") {
			return
		}
	}
	var d *dialog
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	stop := look.NewButton(tr.S("close.stop"), look.Dangerous, func() {
		d.Close()
		w.stopAndQuit()
	})
	keep := look.NewButton(tr.S("close.keep"), look.Primary, func() {
		d.Close()
		w.hide()
	})
	d = w.shown.open(dialogSpec{
		title: tr.S("close.title"), width: 480,
		body: column(10,
			newPara(tr.F("close.text", "Group", inSentence(u.groupName())), look.Body, look.Secondary),
			note(tr.S("close.keep.text"))),
		buttons: []*look.Button{cancel, stop, keep},
	})
}

// hosting is the group that this program serves now; nil if there is none.
func (w *Window) hosting() *UI {
	for _, u := range w.all {
		if u.view != nil && u.view.Hosting != nil && u.view.Hosting.Running {
			return u
		}
	}
	return nil
}

// anyOpen reports whether there is a group to go on with while the window is closed.
func (w *Window) anyOpen() bool {
	return slices.ContainsFunc(w.all, func(u *UI) bool { return u.view != nil && u.view.Phase == app.PhaseOpen })
}

// hide closes the window, but the program goes on. The tray icon, or starting the
// program again, brings it back; that is said once.
func (w *Window) hide() {
	w.keepSize()
	w.hidden = true
	w.setActive(false)
	w.win.Hide()
	if !w.saidHidden && w.desktop.Notifier != nil {
		w.saidHidden = true
		w.notify(desktop.Notification{Tag: tagHidden, Title: tr.S("hidden.title"), Body: tr.S("hidden.text"), Open: tr.S("tray.show")})
	}
}

// stopAndQuit ends the hosted server cleanly and then the program.
func (w *Window) stopAndQuit() {
	u := w.hosting()
	if u == nil {
		w.quit()
		return
	}
	w.life.work(func(ctx context.Context) func() {
		err := u.core.StopHosting(ctx)
		return func() {
			if err != nil {
				w.log.Warn("the hosted server did not stop cleanly", "error", err)
			}
			w.quit()
		}
	})
}

// quit ends the program.
func (w *Window) quit() {
	if w.quitting {
		return
	}
	w.leave() // who starts the program now gets a window of their own
	w.keepLast()
	w.endLoop()
}

// keepLast keeps the size of the window and what the person chose last, before the
// program ends.
func (w *Window) keepLast() {
	if w.quitting {
		return
	}
	w.quitting = true
	if s := w.sized(); s != w.settings || w.keeper.wanted != nil {
		w.keeper.last(s)
	}
}
