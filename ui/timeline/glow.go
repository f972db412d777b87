package timeline

import (
	"image/color"

	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// glow lies over what is under the pointer where a click does something there, as buttons
// look different then. Links, times and pictures have the shape of the pointer only.
type glow struct {
	back *canvas.Rectangle
	on   hit
}

func newGlow() *glow {
	g := &glow{back: canvas.NewRectangle(color.Transparent)}
	g.back.Hide()
	return g
}

// shine has the glow follow the pointer.
func (t *Timeline) shine(h hit) {
	before := t.glow.back.Visible()
	at := t.glow.back.Position()
	t.glow.on = h
	t.placeGlow()
	if now := t.glow.back.Visible(); now != before || now && t.glow.back.Position() != at {
		t.repaint()
	}
}

// placeGlow puts the glow where that is which it lies over.
func (t *Timeline) placeGlow() {
	b, radius := t.glowing(t.glow.on)
	if b.H <= 0 {
		hide(t.glow.back)
		return
	}
	t.glow.back.CornerRadius = radius
	put(t.glow.back, b)
	show(t.glow.back)
}

// glowing is the place in the view of what a click would act on, and the radius of its
// corners; nothing if that does not glow.
func (t *Timeline) glowing(h hit) (b box, radius float32) {
	if t.choosing {
		return box{}, 0
	}
	switch {
	case h.part == onJump && t.jump.shown:
		return t.jump.at, canvas.RadiusMaximum
	case h.part == onBack && t.home.shown:
		return t.home.at, canvas.RadiusMaximum
	case h.part == onUnread && t.news.shown:
		return t.news.at, canvas.RadiusMaximum
	case h.part == onAllRead && t.news.shown:
		return t.news.all, canvas.RadiusMaximum
	}
	if h.row == nil {
		return box{}, 0
	}
	i := t.placedRow(h.row)
	if i < 0 {
		return box{}, 0
	}
	if b, radius = t.placed[i].m.glowing(h); b.H > 0 {
		b.Y += t.placed[i].y
	}
	return b, radius
}

// glowing is the place in a row.
func (m *measured) glowing(h hit) (b box, radius float32) {
	const around = 3
	switch h.part {
	case onDay:
		return m.pill, canvas.RadiusMaximum
	case onPill:
		if h.at < len(m.pills) {
			return m.pills[h.at].box, canvas.RadiusMaximum
		}
	case onMorePill:
		return m.morePil, canvas.RadiusMaximum
	case onFace:
		return m.avatarAt, canvas.RadiusMaximum
	case onQuote:
		return m.quote, look.Radius
	case onCopy:
		if h.code < len(m.text.Boxes) {
			return m.copyMark(h.code), look.Radius
		}
	case onRetry, onEdit, onDiscard:
		if at := int(h.part - onRetry); at < len(m.actions) {
			b = m.actions[at]
			return box{b.X - around, b.Y, b.W + 2*around, b.H}, look.Radius
		}
	case onFile, onFileMain, onFileOther:
		return m.fileGlow(h)
	}
	return box{}, 0
}

// fileGlow is the place of a file that is no picture, or of one of its marks.
func (m *measured) fileGlow(h hit) (b box, radius float32) {
	for i := range m.files {
		f := &m.files[i]
		switch {
		case f.index != h.at:
		case h.part == onFileMain:
			return f.main, canvas.RadiusMaximum
		case h.part == onFileOther:
			return f.other, canvas.RadiusMaximum
		case !f.picture:
			return f.box, cardRadius
		}
	}
	return box{}, 0
}
