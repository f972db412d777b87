package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/assets"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// formWidth is the width of pages one fills in.
const formWidth float32 = 440

// showFlow puts a page of the way into a group into the window. back is what
// Escape and the arrow do; nil hides the arrow.
func (u *UI) showFlow(back func(), content fyne.CanvasObject, focus fyne.Focusable) *page {
	u.back = back
	p := newPage(formWidth, 24, content)
	objects := []fyne.CanvasObject{look.NewBox(look.PanelFill, 0, nil), p}
	if back != nil {
		p.above = 28
		objects = append(objects, look.NewIconButton(look.IconBack, tr.S("button.back"), back))
	}
	box := container.NewWithoutLayout(objects...)
	box.Layout = flowPage{}
	u.setPage(box)
	u.flow = p
	u.focusLater(focus)
	return p
}

// flowPage lays out a page with an arrow in its corner.
type flowPage struct{}

func (flowPage) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(minWidth, minHeight) }

func (flowPage) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	objects[0].Resize(s)
	objects[1].Resize(s)
	if len(objects) > 2 {
		objects[2].Move(fyne.NewPos(12, 12))
		objects[2].Resize(fyne.NewSquareSize(36))
	}
}

// appIcon is the program's icon at a size.
func appIcon(side float32) fyne.CanvasObject {
	img := canvas.NewImageFromResource(fyne.NewStaticResource("hearth-256.png", assets.IconPNG))
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(side))
	return centred(img)
}

// showWelcome offers the three ways in.
func (u *UI) showWelcome() {
	host := wayCard(look.IconHome, tr.S("welcome.host"), tr.S("welcome.host.text"), u.showHost)
	if group := u.hostsAlready(); group != "" {
		why := tr.F("welcome.host.already", "Group", inSentence(group))
		host = wayCard(look.IconHome, tr.S("welcome.host"), why, func() { u.toast(why, look.Warn) })
	}
	ways := []*touch{host}
	if again := u.hostedOnce(); again != nil && u.hostsAlready() == "" {
		ways = append(ways, wayCard(look.IconHome, tr.F("again.card.title", "Group", inSentence(groupName(again.view))), tr.S("again.card"), func() {
			u.show(again)
			again.askHostAgain()
		}))
	}
	join := wayCard(look.IconInvite, tr.S("welcome.join"), tr.S("welcome.join.text"), func() { u.showJoin("") })
	sign := wayCard(look.IconKey, tr.S("welcome.sign_in"), tr.S("welcome.sign_in.text"), func() { u.showSignIn("") })
	ways = append(ways, join, sign)
	steps(ways...)
	cards := column(10)
	for _, way := range ways {
		cards.Add(way)
	}
	settings := look.NewIconTextButton(look.IconGlobe, tr.S("welcome.settings"), look.Plain, u.showSettings)
	title, text := tr.S("welcome.title"), tr.S("welcome.text")
	if u.item.Adding {
		title, text = tr.S("rail.add"), tr.S("rail.add.text")
	}
	u.showFlow(u.wayBack(), column(0,
		appIcon(72),
		gap(16),
		boldCentre(title, look.Display),
		gap(6),
		centredPara(text, look.Body, look.Secondary),
		gap(28),
		cards,
		gap(18),
		centred(settings),
	), host)
}

func boldCentre(text string, size look.Size) *para {
	p := centredPara(text, size, look.Text)
	p.Bold = true
	return p
}

// hostsAlready is the name of the group that is hosted here already; "" if none is. A
// profile has one bundled server.
func (w *Window) hostsAlready() string {
	for _, u := range w.all {
		if u.view != nil && u.view.Hosting != nil {
			return groupName(u.view)
		}
	}
	return ""
}

// wayCard is one of the ways in.
func wayCard(icon look.Icon, title, text string, do func()) *touch {
	disc := look.NewBox(look.AccentFill, 12, look.NewIcon(icon, look.Accent, 22))
	disc.PadX, disc.PadY = 11, 11
	t := newTouch(rowGrow(14, 1, disc, column(2, heading(title, look.Body), note(text)), look.NewIcon(look.IconNext, look.Faint, 18)), do)
	t.PadX, t.PadY, t.Radius, t.Edge = 14, 13, 12, look.LineInk
	return t
}

// steps lets the arrow keys go from one control to the next.
func steps(list ...*touch) {
	for i, t := range list {
		t.key = func(e *fyne.KeyEvent) bool {
			to := i
			switch e.Name {
			case fyne.KeyUp:
				to--
			case fyne.KeyDown:
				to++
			default:
				return false
			}
			if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil && to >= 0 && to < len(list) {
				c.Focus(list[to])
			}
			return true
		}
	}
}

// showLink shows what a link leads to, for confirmation.
func (u *UI) showLink(text string) {
	l, err := chat.ParseLink(text)
	switch {
	case err != nil:
		u.toast(tr.S("fail.bad_link"), look.Bad)
	case l.IsInvite():
		u.showJoin(text)
	default:
		u.showSignIn(text)
	}
}

// formHead is title and explanation of a form.
func formHead(title, text string) fyne.CanvasObject {
	return column(6, heading(title, look.Display), newPara(text, look.Body, look.Secondary), gap(10))
}
