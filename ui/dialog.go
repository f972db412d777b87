package ui

import (
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/emoji"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// dialogSpec says what a dialog shows.
type dialogSpec struct {
	title   string
	width   float32 // 0: 440
	body    fyne.CanvasObject
	buttons []*look.Button // from left to right; the last is what one most likely wants
	focus   fyne.Focusable // has the focus at first; nil: the last button
	closed  func()         // told after it has closed, however
	firm    bool           // a click beside it does not close it
	self    bool           // it opens by itself: who is writing goes on doing so
	anchor  fyne.CanvasObject
}

// dialog is a card over the dimmed window, or with an anchor a card below the
// anchor. Escape, its cross and a click beside it close it.
type dialog struct {
	widget.BaseWidget
	u       *UI
	spec    dialogSpec
	page    *page
	layer   *fyne.Container // the overlay: the dialog with its tooltips
	ground  *fyne.Container // in layer: the dialog, and what is said in passing over it
	before  fyne.Focusable
	card    struct{ at, size fyne.Position }
	isOpen  bool
	anchorY float32
	anchorX float32
	cross   *look.IconButton
	title   *para
}

// open shows a dialog and moves the focus into it.
func (u *UI) open(spec dialogSpec) *dialog {
	if spec.width == 0 {
		spec.width = 440
	}
	spec.width = max(spec.width, look.Grown(spec.width)) // stays while the text size is being chosen in it
	d := &dialog{u: u, spec: spec, isOpen: true, title: heading(spec.title, look.Title)}
	d.page = newPage(spec.width, 0, spec.body)
	d.page.top, d.page.bar = true, dialogBar
	d.ExtendBaseWidget(d)
	d.cross = look.NewIconButton(look.IconClose, tr.S("button.close"), d.Close)
	if u.inView() {
		d.present()
	} else {
		u.parked = append(u.parked, d) // until the person comes back to the group
	}
	return d
}

// present puts the dialog over the window.
func (d *dialog) present() {
	u, spec := d.u, d.spec
	c := u.win.Canvas()
	writing := spec.self && u.writing()
	d.before = c.Focused()
	if spec.anchor != nil {
		at := u.fyne.Driver().AbsolutePositionForObject(spec.anchor)
		d.anchorX, d.anchorY = at.X+spec.anchor.Size().Width, at.Y+spec.anchor.Size().Height+6
	}
	d.ground = container.NewStack(d)
	d.layer = look.WithTips(d.ground)
	c.Overlays().Add(d.layer)
	d.layer.Resize(c.Size())
	u.dialogs = append(u.dialogs, d)
	u.relook()
	u.raiseToasts()
	focus := spec.focus
	if focus == nil && len(spec.buttons) > 0 {
		focus = spec.buttons[len(spec.buttons)-1]
	}
	switch {
	case writing:
		entry := u.home.pane.composer.entry
		// A pause is no sign that the dialog was seen: whoever thought about a word goes on
		// writing, and a blank would press the button.
		u.listenLate(entry.TypedRune, func() { entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace}) }, nil)
		u.late.stays = true
		u.late.stop()
	case focus != nil:
		c.Focus(focus)
		d.beginAtTop()
	}
}

// beginAtTop keeps what stands first in a dialog in view: where the control that has the
// focus at first lies below what there is room for, the first button has it.
func (d *dialog) beginAtTop() {
	p := d.shownPart()
	if p == nil || p.scroll.Offset.Y == 0 {
		return
	}
	if len(d.spec.buttons) > 0 {
		d.u.win.Canvas().Focus(d.spec.buttons[0])
	}
	p.scroll.ScrollToTop()
}

// shownPart is what scrolls in the dialog; nil: its own lists.
func (d *dialog) shownPart() *page {
	if s, ok := d.spec.body.(interface{ scrollPage() *page }); ok {
		return s.scrollPage()
	}
	return d.page
}

// Close closes the dialog and gives the focus back.
func (d *dialog) Close() {
	if !d.isOpen {
		return
	}
	d.isOpen = false
	u := d.u
	if d.layer == nil {
		u.parked = slices.DeleteFunc(u.parked, func(o *dialog) bool { return o == d })
		if d.spec.closed != nil {
			d.spec.closed()
		}
		return
	}
	for i, o := range u.dialogs {
		if o == d {
			u.Window.dialogs = append(u.dialogs[:i:i], u.dialogs[i+1:]...)
			if i < len(u.dialogs) {
				u.dialogs[i].before = d.before
			}
			break
		}
	}
	u.endLate()
	c := u.win.Canvas()
	top := c.Overlays().Top() == d.layer
	u.uncover(d.layer)
	if o, ok := d.before.(fyne.CanvasObject); top && ok && u.fyne.Driver().CanvasForObject(o) != nil {
		c.Focus(d.before)
	}
	if u.home != nil {
		u.home.pane.composer.leave() // closed for writing meanwhile
	}
	u.relook()
	if d.spec.closed != nil {
		d.spec.closed()
	}
}

// uncover takes a dialog's layer from over the window. The toolkit takes all above it
// along: the dialogs among it come back, as one may close while another is open over it.
func (w *Window) uncover(layer fyne.CanvasObject) {
	c := w.win.Canvas()
	focused := c.Focused()
	c.Unfocus() // the toolkit does not tell a field whose layer is removed
	c.Overlays().Remove(layer)
	for _, d := range w.dialogs {
		if d.layer == nil || slices.Contains(c.Overlays().List(), fyne.CanvasObject(d.layer)) {
			continue
		}
		c.Overlays().Add(d.layer)
		d.layer.Resize(c.Size())
		if focused != nil {
			c.Focus(focused)
		}
	}
	w.raiseToasts()
}

// closeAll closes every menu and every dialog, the newest first.
func (w *Window) closeAll() {
	if w.viewer != nil {
		w.viewer.close()
	}
	emoji.CloseAll(w.win.Canvas())
	for _, o := range w.win.Canvas().Overlays().List() {
		if m, ok := o.(*look.Menu); ok {
			m.Close()
		}
	}
	for len(w.dialogs) > 0 {
		w.dialogs[len(w.dialogs)-1].Close()
	}
}

const (
	dialogPad    float32 = 24
	dialogHeader float32 = 56
	dialogBar    float32 = 14 // of the padding at the right, for the scroll bar
)

// CreateRenderer implements fyne.Widget.
func (d *dialog) CreateRenderer() fyne.WidgetRenderer {
	d.ExtendBaseWidget(d)
	scrim, card := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	title := d.title
	cross := d.cross
	var buttons []fyne.CanvasObject
	for _, b := range d.spec.buttons {
		buttons = append(buttons, b)
	}
	foot := flowEnd(8, buttons...)
	refresh := func() {
		p := look.Now()
		scrim.FillColor = p.Scrim
		if d.spec.anchor != nil {
			scrim.FillColor = color.Transparent
		}
		card.FillColor, card.CornerRadius = p.Panel, look.RadiusBig
		card.StrokeColor, card.StrokeWidth, card.Shadow = p.Edge, 1, look.Shadow(p)
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      d,
		Objects: []fyne.CanvasObject{scrim, card, title, d.page, foot, cross},
		Min:     func() fyne.Size { return fyne.NewSize(1, 1) },
		Layout: func(s fyne.Size) {
			scrim.Resize(s)
			at, size, inner, footHeight := d.place(s, foot)
			card.Move(at)
			card.Resize(size)
			side, header := look.IconButtonSide(), d.header(inner)
			wide := inner - side - 4
			tall := title.HeightFor(wide)
			title.Move(at.AddXY(dialogPad, 8+(header-8-tall)/2))
			title.Resize(fyne.NewSize(wide, tall))
			cross.Move(at.AddXY(size.Width-side-12, 32-side/2))
			cross.Resize(fyne.NewSquareSize(side))
			body := size.Height - header - dialogPad
			if footHeight > 0 {
				body -= footHeight + 20
			}
			d.page.Move(at.AddXY(dialogPad, header+4))
			d.page.Resize(fyne.NewSize(inner+dialogBar, body))
			foot.Move(at.AddXY(dialogPad, size.Height-dialogPad-footHeight+4))
			foot.Resize(fyne.NewSize(inner, footHeight))
		},
		Refresh: refresh,
	})
}

// header is the height of the title, which goes on in further lines where it is long,
// with the space around it.
func (d *dialog) header(inner float32) float32 {
	return whole(max(dialogHeader, d.title.HeightFor(inner-look.IconButtonSide()-4)+20))
}

// listRoom is a list that scrolls within a dialog: as high as wanted where the window has
// the room, so that not both scroll.
type listRoom struct {
	d    func() *dialog // nil until it is open
	u    *UI
	want float32
	rest func(width float32) float32 // the height of what else is on the page
}

func (l *listRoom) heightFor(_ []fyne.CanvasObject, width float32) float32 {
	header := dialogHeader
	if d := l.d(); d != nil {
		header = d.header(width)
	}
	room := l.u.win.Canvas().Size().Height - 16 - header - dialogPad - l.rest(width)
	return min(l.want, max(room, leastList))
}

// restOf is the height of those of some objects that show, with a gap below each.
func restOf(gap, width float32, objects ...fyne.CanvasObject) (height float32) {
	for _, o := range objects {
		if o.Visible() {
			height += heightFor(o, width) + gap
		}
	}
	return height
}

// leastList is the least height of a list, of about two lines.
const leastList = 100

func (l *listRoom) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width, leastList)
}

func (l *listRoom) Layout(objects []fyne.CanvasObject, s fyne.Size) { objects[0].Resize(s) }

// place computes where the card goes in a window of size s.
func (d *dialog) place(s fyne.Size, foot *fyne.Container) (at fyne.Position, size fyne.Size, inner, footHeight float32) {
	w := min(d.spec.width, s.Width-16)
	inner = w - 2*dialogPad
	h := d.header(inner) + heightFor(d.page, inner+dialogBar) + dialogPad
	if len(foot.Objects) > 0 {
		footHeight = heightFor(foot, inner)
		h += footHeight + 20
	}
	h = min(h, s.Height-16)
	at = fyne.NewPos((s.Width-w)/2, max(8, (s.Height-h)*0.4))
	if d.spec.anchor != nil {
		at = fyne.NewPos(max(8, min(d.anchorX-w, s.Width-w-8)), max(8, min(d.anchorY, s.Height-h-8)))
	}
	at = fyne.NewPos(whole(at.X), whole(at.Y)) // what scrolls is clipped at whole pixels
	d.card.at, d.card.size = at, fyne.NewPos(w, h)
	return at, fyne.NewSize(w, h), inner, footHeight
}

func whole(length float32) float32 { return float32(math.Floor(float64(length))) }

// Tapped implements fyne.Tappable: a click beside the card closes it.
func (d *dialog) Tapped(e *fyne.PointEvent) {
	in := e.Position.Subtract(d.card.at)
	if !d.spec.firm && (in.X < 0 || in.Y < 0 || in.X > d.card.size.X || in.Y > d.card.size.Y) {
		d.Close()
	}
}

// TappedSecondary implements fyne.SecondaryTappable: the window below gets none.
func (d *dialog) TappedSecondary(*fyne.PointEvent) {}

// confirmation asks before something that cannot be taken back.
type confirmation struct {
	title, text, mono string
	do                string // what the button says
	danger            bool   // it is a loss: Enter alone does not do it, Cancel has the focus
	wary              bool   // so it has where somebody else may have laid a trap
	then              func()
}

func (u *UI) confirm(c confirmation) *dialog {
	kind := look.Primary
	if c.danger {
		kind = look.Dangerous
	}
	var d *dialog
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	do := look.NewButton(c.do, kind, func() {
		d.Close()
		c.then()
	})
	body := column(10, newPara(c.text, look.Body, look.Secondary))
	if c.mono != "" {
		body.Add(newBoxed(look.FieldFill, nil, 12, 10, monoPara(c.mono, look.Text)))
	}
	focus := do
	if c.danger || c.wary {
		focus = cancel
	}
	d = u.open(dialogSpec{title: c.title, body: body, buttons: []*look.Button{cancel, do}, focus: focus})
	return d
}
