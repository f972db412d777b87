package ui

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// The choices of the settings, as they are kept.
var (
	themes    = []string{"system", "light", "dark"}
	textSizes = []float32{0.85, 1, 1.15, 1.3, 1.5}
)

// showSettings opens the person's choices.
func (u *UI) showSettings() {
	body := column(16)
	open := u.view != nil && u.view.Phase == app.PhaseOpen
	var d *dialog
	if open {
		body.Add(u.nameSetting(&d))
		body.Add(look.NewRule())
	}
	labels := []string{tr.S("settings.system"), tr.S("settings.light"), tr.S("settings.dark")}
	body.Add(setting(tr.S("settings.theme"), newSegments(labels, indexOf(themes, u.settings.Theme), func(i int) {
		u.change(func(s *app.Settings) { s.Theme = themes[i] })
	})))
	var sizes []string
	at := 1
	for i, f := range textSizes {
		sizes = append(sizes, fmt.Sprintf("%.0f %%", f*100))
		if f <= u.settings.TextSize+0.01 {
			at = i
		}
	}
	body.Add(setting(tr.S("settings.text_size"), newSegments(sizes, at, func(i int) {
		u.change(func(s *app.Settings) { s.TextSize = textSizes[i] })
		d.Refresh()
	})))
	codes, names := []string{tr.System}, []string{tr.S("settings.system")}
	for _, l := range tr.Languages {
		codes, names = append(codes, l.Code), append(names, l.Name)
	}
	body.Add(setting(tr.S("settings.language"), newSegments(names, indexOf(codes, u.settings.Language), func(i int) {
		u.change(func(s *app.Settings) { s.Language = codes[i] })
	})))
	if open {
		body.Add(look.NewRule())
		body.Add(setting(tr.S("notify.title"), flow(8,
			look.NewIconTextButton(look.IconBell, tr.S("settings.notify"), look.Quiet, u.showNotifySettings))))
		body.Add(setting(tr.S("settings.account"), flow(8,
			look.NewButton(tr.S("devices.title"), look.Quiet, u.showDevices),
			look.NewButton(tr.S("privacy.title"), look.Quiet, u.showPrivacy),
			look.NewButton(tr.S("password.title"), look.Quiet, u.showPassword))))
		body.Add(setting(tr.S("settings.secrets"), newPara(secretsText(u.view.Me.Vault), look.Preview, look.Secondary)))
		if u.view.Hosting != nil {
			body.Add(setting(tr.S("conn.hosting"), newPara(hostingText(u.view.Hosting), look.Preview, look.Secondary)))
		}
	}
	body.Add(look.NewRule())
	about := look.NewIconTextButton(look.IconInfo, tr.S("settings.about"), look.Plain, u.showAbout)
	keys := look.NewIconTextButton(look.IconKeys, tr.S("side.keys"), look.Plain, u.showKeys)
	body.Add(flow(4, about, keys))
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{title: tr.S("side.settings"), width: 480, body: body, buttons: []*look.Button{done}})
}

// setting is a choice with its name above.
func setting(name string, value fyne.CanvasObject) fyne.CanvasObject {
	return column(6, fieldName(name), value)
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return 0
}

// nameSetting changes the display name.
func (u *UI) nameSetting(d **dialog) fyne.CanvasObject {
	f := newForm(u)
	f.page = laterPage{d}
	v := u.view
	name := newField(tr.S("settings.display"), tr.F("settings.display.hint", "Name", v.Me.Name))
	name.entry.SetText(v.Me.Display)
	submit := func() {
		text := strings.TrimSpace(name.Text())
		if text == "" {
			name.SetError(tr.S("form.display.missing"))
			return
		}
		if text == u.view.Me.Display {
			return
		}
		f.run(tr.S("room.saving"), func(ctx context.Context) error { return u.core.SetDisplay(ctx, text) },
			func() { u.toast(tr.S("settings.display.done"), look.Good) })
	}
	f.add("name", name, submit)
	f.fields["display"] = name
	f.submit = look.NewButton(tr.S("button.save"), look.Quiet, submit)
	avatar := look.NewAvatar(v.Me.Account.String(), cleanName(v.Me.Display), 48)
	return column(6, rowGrow(14, 1, avatar, name.Container, f.submit), f.all, f.busy)
}

// laterPage lays out a dialog that is opened after its content was made.
type laterPage struct{ d **dialog }

func (p laterPage) Refresh() {
	if *p.d != nil {
		(*p.d).Refresh()
	}
}

// secretsWords say where the secrets of this device live.
var secretsWords = map[app.SecretMode]tr.Key{
	app.SecretKeyring: "settings.secrets.keyring",
	app.SecretVault:   "settings.secrets.vault",
	app.SecretMemory:  "settings.secrets.memory",
}

func secretsText(m app.SecretMode) string {
	if k, ok := secretsWords[m]; ok {
		return tr.S(k)
	}
	return tr.S("settings.secrets.keyring")
}

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
	body := column(9)
	for _, k := range keyCommands() {
		body.Add(keyLine(k.keys, tr.S(k.words)))
	}
	body.Add(look.NewRule())
	for _, k := range otherKeys {
		body.Add(keyLine(k.keys, tr.S(k.words)))
	}
	var d *dialog
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{title: tr.S("side.keys"), width: 440, body: body, buttons: []*look.Button{done}})
}

func keyLine(keys, words string) fyne.CanvasObject {
	b := look.NewBox(look.FieldFill, 5, look.NewLine(keys, look.Caption, look.Text))
	b.PadX, b.PadY = 8, 3
	return rowGrow(10, 0, look.NewElided(words, look.Body, look.Text), b)
}
