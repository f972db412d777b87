package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// section is a part of the settings: an index into UI.sections.
type section int

// sectionSpec is a part of the settings.
type sectionSpec struct {
	name tr.Key
	icon look.Icon
	make func(*settingsPage) fyne.CanvasObject
}

// sections lists the parts of the settings; before a group is open there is only
// what belongs to this machine.
func (u *UI) sections() []sectionSpec {
	look1 := sectionSpec{"settings.appearance", look.IconSun, (*settingsPage).appearance}
	keys := sectionSpec{"settings.keyboard", look.IconKeys, (*settingsPage).keyboard}
	if u.view == nil || u.view.Phase != app.PhaseOpen {
		return []sectionSpec{look1, keys}
	}
	list := []sectionSpec{
		look1,
		{"profile.title", look.IconPerson, (*settingsPage).profile},
		{"settings.account", look.IconKey, (*settingsPage).account},
		{"notify.title", look.IconBell, (*settingsPage).notifications},
		{"privacy.title", look.IconShield, (*settingsPage).privacy},
		{"devices.title", look.IconScreen, (*settingsPage).devices},
		{"settings.storage", look.IconArchive, (*settingsPage).storage},
		keys,
	}
	if u.view.Hosting != nil {
		list = append(list, sectionSpec{"hosting.title", look.IconServer, (*settingsPage).hosting})
	}
	return list
}

// settingsPage is the page of the person's choices: its parts at the left, one of
// them at the right; in a narrow window a button above names the part and opens the
// list of them.
type settingsPage struct {
	widget.BaseWidget
	u     *UI
	d     *dialog
	grown float32 // text, when it was opened: 1 or more
	specs []sectionSpec
	at    section
	nav   []*touch
	pick  *touch // in a narrow window
	pickT *look.Line
	side  *fyne.Container
	rule  *look.Rule
	view  *page
	inner *fyne.Container
	about *touch

	recovery *recoverySetting // nil unless the part about the account shows
	language *segments        // nil unless the part about the appearance shows
	stored   *storedPart      // nil unless the part about the disk shows
	rings    *notifySettings  // nil unless the part about notifications shows
	hosted   *hostingPart     // nil unless the part about the hosted group shows
	signed   *devicesPage     // nil unless the part about the devices shows
	away     *para            // says that there is no connection; nil unless the part about privacy shows
}

const (
	settingsWidth  float32 = 860
	settingsHeight float32 = 600
	settingsNav    float32 = 208
	settingsNarrow float32 = 600 // below there is one column
)

// showSettings opens the person's choices where they were left.
func (u *UI) showSettings() { u.showSettingsAt(u.section) }

// showSettingsNamed opens the part with a name.
func (u *UI) showSettingsNamed(name tr.Key) {
	for i, s := range u.sections() {
		if s.name == name {
			u.showSettingsAt(section(i))
			return
		}
	}
}

// showSettingsAt opens a part of the person's choices.
func (u *UI) showSettingsAt(at section) *settingsPage {
	p := &settingsPage{u: u, specs: u.sections(), rule: look.NewRule(), inner: column(0), grown: max(1, look.Grown(100)/100)}
	p.view = newPage(540*p.grown, 0, p.inner)
	p.view.top, p.view.bar = true, dialogBar
	for i, s := range p.specs {
		t := newTouch(rowGrow(10, 1, look.NewIcon(s.icon, look.Secondary, 20), look.NewElided(tr.S(s.name), look.Body, look.Text)), func() {
			p.show(section(i))
			u.win.Canvas().Focus(p.nav[i]) // not left at the part shown before
		})
		t.PadX, t.PadY = 10, 8
		t.key = func(e *fyne.KeyEvent) bool { return p.key(section(i), e) }
		p.nav = append(p.nav, t)
	}
	p.about = newTouch(rowGrow(10, 1, look.NewIcon(look.IconInfo, look.Secondary, 20), look.NewElided(tr.S("settings.about"), look.Body, look.Text)), u.showAbout)
	p.about.PadX, p.about.PadY = 10, 8
	p.side = column(2)
	for _, t := range p.nav {
		p.side.Add(t)
	}
	p.side.Add(gap(8))
	p.side.Add(p.about)
	p.pickT = look.NewStrong("", look.Body, look.Text)
	p.pick = newTouch(rowGrow(10, 0, p.pickT, look.NewIcon(look.IconDown, look.Secondary, 18)), p.choose)
	p.pick.PadX, p.pick.PadY, p.pick.Fill = 12, 9, look.FieldFill
	p.ExtendBaseWidget(p)
	if at < 0 || int(at) >= len(p.specs) {
		at = 0
	}
	p.d = u.open(dialogSpec{title: tr.S("side.settings"), width: settingsWidth, body: p, focus: p.nav[at]})
	p.show(at)
	if p.narrow(p.Size().Width) {
		u.win.Canvas().Focus(p.pick)
	}
	return p
}

// show fills the right side with a part.
func (p *settingsPage) show(at section) {
	p.at, p.u.section, p.recovery, p.language, p.hosted, p.signed, p.stored, p.away, p.rings = at, at, nil, nil, nil, nil, nil, nil, nil
	p.pickT.SetText(tr.S(p.specs[at].name))
	p.inner.Objects = []fyne.CanvasObject{column(16, heading(tr.S(p.specs[at].name), look.Title), p.specs[at].make(p), gap(12))}
	for i, t := range p.nav {
		t.Fill = nil
		if section(i) == at {
			t.Fill = look.SelectedFill
		}
		t.Refresh()
	}
	p.view.scroll.ScrollToTop()
	p.Refresh()
	p.d.Refresh()
}

// showNamed fills the right side with the part of a name.
func (p *settingsPage) showNamed(name tr.Key) {
	if i := slices.IndexFunc(p.specs, func(s sectionSpec) bool { return s.name == name }); i >= 0 {
		p.show(section(i))
	}
}

// choose opens the list of parts in a narrow window.
func (p *settingsPage) choose() {
	var items []look.MenuItem
	for i, s := range p.specs {
		items = append(items, look.MenuItem{Text: tr.S(s.name), Icon: s.icon, Action: func() { p.show(section(i)) }})
	}
	items = append(items, look.MenuItem{}, look.MenuItem{Text: tr.S("settings.about"), Icon: look.IconInfo, Action: p.u.showAbout})
	at := p.u.fyne.Driver().AbsolutePositionForObject(p.pick).AddXY(0, p.pick.Size().Height+4)
	look.ShowMenu(p.u.win.Canvas(), at, items)
}

// key moves between the parts.
func (p *settingsPage) key(i section, e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		i--
	case fyne.KeyDown:
		i++
	case fyne.KeyHome:
		i = 0
	case fyne.KeyEnd:
		i = section(len(p.specs) - 1)
	case fyne.KeyRight: // into the part: what comes behind the list
		if i != p.at {
			p.show(i)
		}
		c := p.u.win.Canvas()
		c.Focus(p.about)
		c.FocusNext()
		return true
	default:
		return false
	}
	if i >= 0 && int(i) < len(p.specs) {
		p.show(i)
		p.u.win.Canvas().Focus(p.nav[i])
	}
	return true
}

func (p *settingsPage) narrow(width float32) bool { return width < settingsNarrow*p.grown }

// HeightFor implements flexible: as high as the window lets it be.
func (p *settingsPage) HeightFor(float32) float32 {
	room := p.u.win.Canvas().Size().Height - 16 - dialogHeader - dialogPad
	return max(200, min(settingsHeight, room))
}

// scrollPage is what scrolls in the dialog.
func (p *settingsPage) scrollPage() *page { return p.view }

// CreateRenderer implements fyne.Widget.
func (p *settingsPage) CreateRenderer() fyne.WidgetRenderer {
	return look.NewRenderer(look.RendererParts{
		Of:      p,
		Objects: []fyne.CanvasObject{p.side, p.rule, p.pick, p.view},
		Min:     func() fyne.Size { return fyne.NewSize(200, 200) },
		Layout:  p.layout,
		Refresh: func() {
			p.view.Refresh()
			p.layout(p.Size())
		},
	})
}

func (p *settingsPage) layout(s fyne.Size) {
	narrow := p.narrow(s.Width)
	for _, o := range []fyne.CanvasObject{p.side, p.rule} {
		if o.Visible() == narrow {
			setShown(o, !narrow)
		}
	}
	if p.pick.Visible() != narrow {
		setShown(p.pick, narrow)
	}
	if narrow {
		h := p.pick.MinSize().Height
		p.pick.Resize(fyne.NewSize(s.Width, h))
		p.view.Move(fyne.NewPos(0, h+14))
		p.view.Resize(fyne.NewSize(s.Width+dialogBar, max(0, s.Height-h-14)))
		return
	}
	p.side.Move(fyne.NewPos(0, 0))
	nav := settingsNav * p.grown
	p.side.Resize(fyne.NewSize(nav, s.Height))
	p.rule.Move(fyne.NewPos(nav+14, 0))
	p.rule.Resize(fyne.NewSize(1, s.Height))
	x := nav + 14 + 24
	p.view.Move(fyne.NewPos(x, 0))
	p.view.Resize(fyne.NewSize(s.Width-x+dialogBar, s.Height))
}

func setShown(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// grown lays the page out anew after something in it became higher.
type grown struct{ p *settingsPage }

// Refresh implements what forms and fields ask of their page.
func (g grown) Refresh() { g.p.Refresh() }

// notifications is the part about notifications.
func (p *settingsPage) notifications() fyne.CanvasObject {
	n := newNotifySettings(p.u)
	n.page = grown{p}
	p.u.timely(func() bool { return p.d.isOpen }, n.retime)
	p.rings = n
	return n.object
}

// account is the part about the account: password, secrets.
func (p *settingsPage) account() fyne.CanvasObject {
	u := p.u
	if ended(u.view) { // there is none any more
		return column(16, newPara(reasonText(u.view.Connection.Reason), look.Preview, look.Secondary))
	}
	body := column(16,
		setting(tr.S("password.setting"), flow(8, look.NewIconTextButton(look.IconKey, tr.S("password.title"), look.Quiet, u.showPassword))),
		setting(tr.S("settings.secrets"), newPara(secretsText(u.view.Me.Vault), look.Preview, look.Secondary)))
	p.recovery = newRecoverySetting(u)
	body.Add(p.recovery.object)
	body.Add(explained(tr.S("farewell.title"), tr.S("farewell.text"),
		flow(8, look.NewIconTextButton(look.IconTrash, tr.S("farewell.open"), look.Quiet, u.showFarewell))))
	return body
}

// devices is the part about the devices of the account.
func (p *settingsPage) devices() fyne.CanvasObject {
	d := newDevicesPage(p.u)
	d.page, d.open = grown{p}, func() bool { return p.d.isOpen }
	d.load()
	p.u.timely(d.open, d.retime)
	p.signed = d
	return column(14, d.object, flow(8, d.others))
}

// follow shows what has changed.
func (p *settingsPage) follow() {
	if p.stored != nil {
		p.stored.follow()
	}
	if p.rings != nil {
		p.rings.follow()
	}
	if p.signed != nil {
		p.signed.follow()
	}
	if p.away != nil && p.away.Visible() != p.u.offline() {
		setShown(p.away, p.u.offline())
		p.Refresh()
	}
	if p.recovery != nil && p.recovery.follow() || p.hosted != nil && p.hosted.follow() {
		p.Refresh()
	}
}

// setting is a choice with its name above.
func setting(name string, value fyne.CanvasObject) fyne.CanvasObject {
	nameControl(value, name)
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
func (p *settingsPage) nameSetting() fyne.CanvasObject {
	u := p.u
	f := newForm(u)
	f.page = grown{p}
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
	return column(6, rowGrow(14, 0, name.Container, f.submit), f.all, f.busy)
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
