package ui

import (
	"context"

	"hearth/app"
	"hearth/internal/desktop"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// closing is what the window's close button does: a group hosted here goes
// offline with the program, which the person must know first.
func (u *UI) closing() {
	if u.quitting || u.view == nil || u.view.Hosting == nil || !u.view.Hosting.Running {
		if u.settings.CloseToTray && !u.quitting && u.view != nil && u.view.Phase == app.PhaseOpen {
			u.hide()
			return
		}
		u.quit()
		return
	}
	for _, d := range u.dialogs {
		if d.spec.title == tr.S("close.title") {
			return
		}
	}
	var d *dialog
	cancel := look.NewButton(tr.S("button.cancel"), look.Plain, func() { d.Close() })
	stop := look.NewButton(tr.S("close.stop"), look.Dangerous, func() {
		d.Close()
		u.stopAndQuit()
	})
	keep := look.NewButton(tr.S("close.keep"), look.Primary, func() {
		d.Close()
		u.hide()
	})
	d = u.open(dialogSpec{
		title: tr.S("close.title"), width: 480,
		body: column(10,
			newPara(tr.F("close.text", "Group", inSentence(groupName(u.view))), look.Body, look.Secondary),
			note(tr.S("close.keep.text"))),
		buttons: []*look.Button{cancel, stop, keep},
	})
}

// hide closes the window, but the program goes on. The tray icon, or starting the
// program again, brings it back; that is said once.
func (u *UI) hide() {
	u.keepSize()
	u.hidden = true
	u.setLooking(false)
	u.win.Hide()
	if !u.saidHidden && u.desktop.Notifier != nil {
		u.saidHidden = true
		u.notify(desktop.Notification{Tag: tagHidden, Title: tr.S("hidden.title"), Body: tr.S("hidden.text"), Open: tr.S("tray.show")})
	}
}

// stopAndQuit ends the hosted server cleanly and then the program.
func (u *UI) stopAndQuit() {
	if u.view == nil || u.view.Hosting == nil || !u.view.Hosting.Running {
		u.quit()
		return
	}
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.StopHosting(ctx)
		return func() {
			if err != nil {
				u.log.Warn("the hosted server did not stop cleanly", "error", err)
			}
			u.quit()
		}
	})
}

// quit ends the program.
func (u *UI) quit() {
	if u.quitting {
		return
	}
	u.quitting = true
	u.leave() // who starts the program now gets a window of their own
	if u.home != nil && !u.home.room.IsZero() {
		u.home.keepDraft()
	}
	if s := u.sized(); s != u.settings || u.keeper.wanted != nil {
		u.keeper.last(s)
	}
	u.fyne.Quit()
}
