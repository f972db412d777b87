package ui

import (
	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showAbout says what this program is.
func (u *UI) showAbout() {
	var d *dialog
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("settings.about"), width: 400,
		body: column(8,
			appIcon(72),
			boldCentre(appName, look.Display),
			centredPara(tr.S("about.text"), look.Body, look.Secondary),
			gap(4),
			newBoxed(look.FieldFill, nil, 14, 10, column(10,
				fact(tr.S("about.version"), monoPara(u.version, look.Text)),
				fact(tr.S("about.licence"), newPara(tr.S("about.licence.text"), look.Body, look.Text)),
			)),
		),
		buttons: []*look.Button{done},
	})
}

// showKeys is the sheet of shortcuts.
func (u *UI) showKeys() {
	var d *dialog
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{title: tr.S("side.keys"), width: 480, body: keysBody(u.settings.CtrlSends), buttons: []*look.Button{done}})
}

// keysBody lists the shortcuts of the window, from the one table of them, and the
// keys that widgets take themselves.
func keysBody(ctrlSends bool) *fyne.Container {
	body := column(8, fieldName(tr.S("keys.everywhere")))
	for _, k := range keyCommands() {
		body.Add(keyLine(k.keys, tr.S(k.words)))
	}
	body.Add(gap(4))
	body.Add(fieldName(tr.S("keys.writing")))
	for _, k := range otherKeys(ctrlSends) {
		body.Add(keyLine(k.keys, tr.S(k.words)))
	}
	body.Add(gap(4))
	body.Add(fieldName(tr.S("keys.pictures")))
	for _, k := range pictureKeys() {
		body.Add(keyLine(k.keys, tr.S(k.words)))
	}
	return body
}

// keyboard is the part about keys: which one sends, and all shortcuts.
func (p *settingsPage) keyboard() fyne.CanvasObject {
	u := p.u
	at := 0
	if u.settings.CtrlSends {
		at = 1
	}
	shortcuts := column(0, keysBody(u.settings.CtrlSends))
	choice := newSegments([]string{sendKeys(false), sendKeys(true)}, at, func(i int) {
		u.change(func(s *app.Settings) { s.CtrlSends = i == 1 })
		shortcuts.Objects = []fyne.CanvasObject{keysBody(i == 1)}
		shortcuts.Refresh()
		if u.home != nil {
			u.home.pane.composer.showKeys()
		}
	})
	return column(18, explained(tr.S("keys.send_with"), tr.S("keys.send_with.text"), choice), shortcuts)
}

func keyLine(keys, words string) fyne.CanvasObject {
	return rowGrow(10, 0, newPara(words, look.Body, look.Text), fieldCap(keys))
}
