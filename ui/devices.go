package ui

import (
	"context"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// devicesPage is the list of the devices of the person's account; a part of
// whatever shows it.
type devicesPage struct {
	u      *UI
	object *fyne.Container
	list   *fyne.Container
	state  *para
	others *look.Button
	page   interface{ Refresh() } // what it stands in
	open   func() bool            // whether that is still there
	whens  []func()               // say anew when devices were seen
	failed bool                   // they could not be asked for
	live   bool                   // there was a connection when that was looked at last
}

func newDevicesPage(u *UI) *devicesPage {
	p := &devicesPage{u: u, list: column(8), state: note("")}
	p.list.Add(newSkeleton(u, 2, tr.S("devices.loading")))
	p.others = look.NewButton(tr.S("devices.others"), look.Dangerous, p.askOthers)
	p.others.Hide()
	p.object = column(12, note(tr.S("devices.text")), p.list, p.state)
	return p
}

// showDevices lists where the account is signed in and signs devices out.
func (u *UI) showDevices() { u.showSettingsNamed("devices.title") }

func (p *devicesPage) load() {
	p.u.pump.work(func(ctx context.Context) func() {
		list, err := p.u.core.Devices(ctx)
		return func() {
			if p.open() {
				p.apply(list, err)
			}
		}
	})
}

func (p *devicesPage) apply(list []app.DeviceView, err error) {
	p.list.Objects, p.whens, p.failed = nil, nil, err != nil
	others := 0
	for _, v := range list {
		p.list.Add(p.line(v))
		if !v.Current {
			others++
		}
	}
	p.others.Hidden = others == 0
	switch {
	case err != nil:
		p.state.Set(explain(err).text, look.Bad)
	case others == 0:
		p.state.Set(tr.S("devices.alone"), look.Secondary)
	default:
		p.state.SetText("")
	}
	p.page.Refresh()
}

// follow asks once more what could not be asked for without a connection.
func (p *devicesPage) follow() {
	before := p.live
	if p.live = p.u.view.Connection.State == app.ConnLive; p.live && !before && p.failed {
		p.load()
	}
}

// retime says anew how long ago devices were seen.
func (p *devicesPage) retime() {
	for _, set := range p.whens {
		set()
	}
}

// deviceSeen says when and from where a device was seen.
func deviceSeen(v app.DeviceView, now time.Time) (seen string, ink look.Ink) {
	seen, ink = tr.F("devices.seen", "When", tr.Ago(now.Sub(v.Seen))), look.Secondary
	switch {
	case v.Current:
		seen, ink = tr.S("devices.this"), look.Good
	case v.Live:
		seen, ink = tr.S("devices.live"), look.Good
	}
	if v.Peer != "" {
		seen = dotted(seen, tr.F("devices.from", "Peer", inSentence(v.Peer)))
	}
	return seen, ink
}

// line is one device: what it says of itself, when and from where it was seen.
func (p *devicesPage) line(v app.DeviceView) fyne.CanvasObject {
	seen, ink := deviceSeen(v, time.Now())
	said, since := newPara(seen, look.Preview, ink), newPara("", look.Caption, look.Faint)
	set := func() {
		text, _ := deviceSeen(v, time.Now())
		said.SetText(text)
		since.SetText(tr.F("devices.since", "When", tr.Date(zone.In(v.Created), true)))
	}
	set()
	p.whens = append(p.whens, set)
	name := heading(deviceName(v), look.Body)
	lines := column(1, name, said, since)
	objects := []fyne.CanvasObject{look.NewIcon(look.IconScreen, look.Secondary, 22), lines}
	if !v.Current {
		objects = append(objects, look.NewButton(tr.S("devices.sign_out"), look.Plain, func() { p.ask(v) }))
	}
	return newBoxed(look.FieldFill, nil, 14, 10, rowGrow(12, 1, objects...))
}

// deviceName is what a device calls itself, with its system. Both are foreign text.
func deviceName(v app.DeviceView) string {
	name, system := cleanName(v.Name), cleanName(v.Platform)
	switch {
	case name == "" && system == "":
		return tr.S("devices.unnamed")
	case name == "":
		return system
	case system == "":
		return name
	}
	return dotted(name, system)
}

func (p *devicesPage) ask(v app.DeviceView) {
	p.u.confirm(confirmation{
		title: tr.F("devices.sign_out.title", "Name", inSentence(deviceName(v))), text: tr.S("devices.sign_out.text"),
		do: tr.S("devices.sign_out"), danger: true,
		then: func() { p.remove(func(ctx context.Context) error { return p.u.core.RemoveDevice(ctx, v.ID) }) },
	})
}

func (p *devicesPage) askOthers() {
	p.u.confirm(confirmation{
		title: tr.S("devices.others.title"), text: tr.S("devices.sign_out.text"), do: tr.S("devices.others"), danger: true,
		then: func() { p.remove(p.u.core.RemoveOtherDevices) },
	})
}

// remove runs a command that ends devices and lists anew what is left.
func (p *devicesPage) remove(command func(context.Context) error) {
	u := p.u
	u.pump.work(func(ctx context.Context) func() {
		err := command(ctx)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
			}
			if p.open() {
				u.win.Canvas().Unfocus()
				p.load()
			}
		}
	})
}

// tellDevice says that a device signed in to the account: whoever did not do so
// must be able to act at once.
func (u *UI) tellDevice(v app.DeviceView) {
	title, text := tr.S("devices.new.title"), tr.F("devices.new.text", "Name", inSentence(deviceName(v)))
	switch {
	case v.Recovered:
		title, text = tr.S("devices.recovered.title"), tr.F("devices.recovered.text", "Name", inSentence(deviceName(v)))
	case v.Reset:
		title, text = tr.S("devices.reset.title"), tr.F("devices.reset.text", "Name", inSentence(deviceName(v)))
	}
	u.relist()
	u.warn(title, text)
}

// relist has an open list of the account's devices loaded anew.
func (u *UI) relist() {
	for _, d := range u.dialogs {
		if p, ok := d.spec.body.(*settingsPage); ok && d.u == u && p.signed != nil {
			p.signed.load()
		}
	}
}

// warn says something about the safety of the account over whatever group is shown: where
// there are several, with the group and the account. It leads to the account's devices.
func (u *UI) warn(title, text string) {
	var d *dialog
	me := look.NewButton(tr.S("devices.new.me"), look.Quiet, func() { d.Close() })
	manage := look.NewButton(tr.S("devices.manage"), look.Primary, func() {
		d.Close()
		u.show(u)
		u.showDevices()
	})
	body := column(12)
	if len(u.joined()) > 1 {
		body.Add(rowGrow(10, 1, look.NewTile(u.face(), u.groupName(), 28), newPara(u.fullName(), look.Body, look.Text)))
	}
	body.Add(newPara(text, look.Body, look.Secondary))
	d = u.shown.open(dialogSpec{title: title, body: body, buttons: []*look.Button{me, manage}, firm: true, self: true})
}

// showPassword changes the password of the account.
func (u *UI) showPassword() {
	f := newForm(u)
	var d *dialog
	present := newSecretField(tr.S("password.present"), "")
	fresh := newSecretField(tr.S("password.fresh"), tr.N("form.password.rule", minPassword))
	others := newOptions(0, []option{
		{tr.S("password.others"), tr.S("password.others.text")},
		{tr.S("password.others.no"), tr.S("password.others.no.text")},
	}, nil)
	submit := func() {
		if !f.require("present", tr.S("password.missing")) {
			return
		}
		if utf8.RuneCountInString(fresh.Text()) < minPassword {
			fresh.SetError(tr.N("form.password.rule", minPassword))
			fresh.Focus()
			return
		}
		r := app.PasswordRequest{Present: present.secret(), Fresh: fresh.secret(), RemoveOthers: others.at == 0}
		f.run(tr.S("password.busy"), func(ctx context.Context) error { return u.core.ChangePassword(ctx, r) }, func() {
			present.wipe()
			fresh.wipe()
			d.Close()
			u.toast(tr.S("password.done"), look.Good)
		})
	}
	f.add("present", present, fresh.Focus)
	f.add("fresh", fresh, submit)
	f.submit = look.NewButton(tr.S("button.save"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("password.title"), width: 460, body: column(14, present, fresh, others, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: present.entry,
	})
	f.page = d
}
