package ui

import (
	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showPinMismatch is the red page: another server answers where the known one
// should be. There is no way to go on with it, by design.
func (u *UI) showPinMismatch(expected, presented string, back func()) {
	leave := look.NewButton(tr.S("pin.leave"), look.Primary, back)
	u.showFlow(back, column(14,
		centred(look.NewIcon(look.IconAlert, look.Bad, 56)),
		redCentre(tr.S("pin.title")),
		centredPara(tr.S("pin.text"), look.Body, look.Text),
		fingerprints(expected, presented),
		note(tr.S("pin.what")),
		flowCentre(8, leave),
	), leave)
}

func redCentre(text string) *para {
	p := centredPara(text, look.Display, look.Bad)
	p.Bold = true
	return p
}

// fingerprints shows the expected identity over the one that answered.
func fingerprints(expected, presented string) *fyne.Container {
	return newBoxed(look.BadFill, look.Bad, 16, 14, column(14,
		fact(tr.S("pin.expected"), monoPara(expected, look.Text)),
		fact(tr.S("pin.presented"), monoPara(presented, look.Bad)),
	))
}

// alarm shows the red page once when the server of the open group is not the one
// it was. What is stored here stays readable behind it.
func (h *home) alarm(c app.ConnectionView) {
	if c.State != app.ConnStopped || c.Reason != app.ReasonPinMismatch {
		if c.State == app.ConnLive {
			h.alarmed = ""
		}
		return
	}
	if h.alarmed == c.Presented+"!" {
		return
	}
	h.alarmed = c.Presented + "!"
	h.showAlarm(c)
}

// showAlarm is the red page as a dialog over what is stored here.
func (h *home) showAlarm(c app.ConnectionView) {
	u := h.u
	u.closeAll()
	var d *dialog
	read := look.NewButton(tr.S("pin.read"), look.Primary, func() { d.Close() })
	again := look.NewButton(tr.S("conn.try_now"), look.Quiet, func() {
		d.Close()
		h.alarmed = ""
		u.core.TryNow()
	})
	d = u.open(dialogSpec{
		title: tr.S("pin.title"), width: 500, firm: true, self: true,
		body: column(14,
			centred(look.NewIcon(look.IconAlert, look.Bad, 48)),
			newPara(tr.S("pin.text"), look.Body, look.Text),
			fingerprints(c.Expected, c.Presented),
			note(tr.S("pin.what")),
		),
		buttons: []*look.Button{again, read},
	})
}
