package timeline

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/ui/look"
	"hearth/ui/textblock"
)

// rowView is the pooled drawing of one row: all objects it may need, of which
// box holds those in use.
type rowView struct {
	box *fyne.Container

	// What is bound; compared before binding anew.
	m        *measured
	paint    int
	selected textblock.Range
	ring     bool
	flashed  bool
	picked   pickState

	text, note     textblock.View
	bubble, focus  *canvas.Rectangle
	avatar, state  *canvas.Image
	initials, name look.RunTexts
	clock          *canvas.Text
	pill           *canvas.Rectangle
	pillText       *canvas.Text
	rules          [2]*canvas.Rectangle
	lineText       *canvas.Text
	actions        [3]*canvas.Text
	copies         []*canvas.Image
	drawn, drawnTo float32 // heights of the row between which its text is drawn
	extra          extraView
	files          filesView
	flash          *canvas.Rectangle
	pick           pickView
	edge           *canvas.Rectangle // of messages that call the person
}

func newRowView() *rowView {
	v := &rowView{
		box:    container.NewWithoutLayout(),
		bubble: canvas.NewRectangle(color.Transparent), focus: canvas.NewRectangle(color.Transparent),
		avatar: canvas.NewImageFromImage(look.Face(0)), state: canvas.NewImageFromResource(nil),
		clock: &canvas.Text{}, extra: newExtraView(), pick: newPickView(),
		flash: canvas.NewRectangle(color.Transparent), edge: canvas.NewRectangle(color.Transparent),
		pill: canvas.NewRectangle(color.Transparent), pillText: &canvas.Text{}, lineText: &canvas.Text{},
	}
	v.box.Layout = still{}
	for i := range v.rules {
		v.rules[i] = canvas.NewRectangle(color.Transparent)
	}
	for i := range v.actions {
		v.actions[i] = &canvas.Text{}
	}
	v.focus.StrokeWidth, v.focus.CornerRadius = 2, look.BubbleRadius+3
	v.avatar.FillMode = canvas.ImageFillStretch
	v.pill.CornerRadius = canvas.RadiusMaximum
	return v
}

// longRow is the height beyond which a row's text is drawn in part only.
const longRow = 3000

// covers reports whether the text between two heights of the row is drawn.
func (v *rowView) covers(top, bottom float32) bool {
	return v.m != nil && (v.m.height <= longRow || v.drawn <= max(0, top) && v.drawnTo >= min(bottom, v.m.height))
}

// bind sets the objects up for a row. Of a very long one it draws the text
// between two heights, and some more so that not every step binds anew.
func (v *rowView) bind(t *Timeline, m *measured, top, bottom float32) {
	v.m = m
	p, g := look.Now(), t.geo
	out := v.box.Objects[:0]
	out = v.bindFlash(out, t, m, p)
	out = v.pick.bind(out, m, v.picked, p, g)
	out = v.bindAbove(out, m, t.words, p, g)
	place := textblock.Place{At: m.textAt.pos(), Width: m.textAt.W}
	v.drawn, v.drawnTo = 0, m.height
	if m.height > longRow {
		v.drawn, v.drawnTo = max(0, top-longRow/3), min(m.height, bottom+longRow/3)
		place.Top, place.Bottom = max(0, v.drawn-m.textAt.Y), max(1, v.drawnTo-m.textAt.Y)
	}
	if m.row.Kind == System {
		place.Align = fyne.TextAlignCenter
		out = v.bindOffer(out, m, p, g)
		v.text.Show(m.text, place, colorsOf(m.row, p), v.selected)
		out = v.text.Objects(out)
	} else {
		out = v.bindBubble(out, m, p)
		out = v.extra.bindHead(out, m, p, g)
		out = v.files.bindFiles(out, t, m, p)
		place.Shades = t.shadesOf(m)
		v.text.Show(m.text, place, colorsOf(m.row, p), v.selected)
		out = v.text.Objects(out)
		out = v.bindCopies(out, m, p)
		out = v.bindMeta(out, m, t, p, g)
		out = v.extra.bindPills(out, m, p, g)
	}
	if m.note != nil {
		c := textblock.Colors{Text: p.Bad, Link: p.Bad, Marked: p.Marked}
		v.note.Show(m.note, textblock.Place{At: m.noteAt.pos(), Width: m.noteAt.W, Align: fyne.TextAlignTrailing}, c, textblock.Range{})
		out = v.note.Objects(out)
	}
	if m.actionsAreShown {
		for i, a := range v.actions {
			if m.actions[i].H == 0 {
				continue
			}
			ink := p.Link
			if i == actDiscard {
				ink = p.Bad
			}
			a.Alignment = fyne.TextAlignLeading
			setText(a, actionWord(t.words, i), g.sizes.Preview, true, ink, m.actions[i])
			out = append(out, a)
		}
	}
	clear(out[len(out):cap(out)])
	v.box.Objects = out
	v.box.Resize(fyne.NewSize(g.width, m.height))
}

// bindOffer sets up the card of a system line that offers something.
func (v *rowView) bindOffer(out []fyne.CanvasObject, m *measured, p *look.Palette, g geometry) []fyne.CanvasObject {
	if m.act.H == 0 {
		return out
	}
	if v.ring {
		out = v.bindRing(out, m, p)
	}
	b := v.bubble
	b.FillColor, b.StrokeColor, b.StrokeWidth = p.Bubble, look.Mix(p.Bubble, p.Warn, 0.45), 1
	b.TopLeftCornerRadius, b.BottomLeftCornerRadius = look.BubbleRadius, look.BubbleRadius
	b.TopRightCornerRadius, b.BottomRightCornerRadius = look.BubbleRadius, look.BubbleRadius
	put(b, m.bubble)
	a := v.actions[0]
	setText(a, m.row.Act, g.sizes.Preview, true, p.Link, m.act)
	a.Alignment = fyne.TextAlignCenter
	return append(out, b, a)
}

// bindRing sets up the mark of the row that the keys are about.
func (v *rowView) bindRing(out []fyne.CanvasObject, m *measured, p *look.Palette) []fyne.CanvasObject {
	v.focus.StrokeColor = p.Accent
	put(v.focus, box{m.bubble.X - 3, m.bubble.Y - 3, m.bubble.W + 6, m.bubble.H + 6})
	return append(out, v.focus)
}

// bindAbove sets up day pill and unread line.
func (v *rowView) bindAbove(out []fyne.CanvasObject, m *measured, w Words, p *look.Palette, g geometry) []fyne.CanvasObject {
	if m.pill.H > 0 {
		v.pill.FillColor = p.Bubble
		put(v.pill, m.pill)
		setText(v.pillText, m.dayText, g.sizes.Caption, true, p.Second, m.pill)
		v.pillText.Alignment = fyne.TextAlignCenter
		out = append(out, v.pill, v.pillText)
	}
	if m.line.H > 0 {
		text := w.NewMessages
		wide := fyne.MeasureText(text, g.sizes.Caption, fyne.TextStyle{Bold: true}).Width
		side := max(0, (m.line.W-wide)/2-12)
		for i, r := range v.rules {
			r.FillColor = look.Alpha(p.Accent, 0.55)
			put(r, box{m.line.X + float32(i)*(m.line.W-side), m.line.Y + m.line.H/2, side, 1})
			out = append(out, r)
		}
		setText(v.lineText, text, g.sizes.Caption, true, p.Link, m.line)
		v.lineText.Alignment = fyne.TextAlignCenter
		out = append(out, v.lineText)
	}
	return out
}

// bindBubble sets up what lies under the text.
func (v *rowView) bindBubble(out []fyne.CanvasObject, m *measured, p *look.Palette) []fyne.CanvasObject {
	b := v.bubble
	b.FillColor, b.StrokeColor, b.StrokeWidth = p.Bubble, p.Edge, 1
	if m.row.Own {
		b.FillColor, b.StrokeWidth = p.Own, 0
	} else if m.row.CallsMe {
		b.StrokeColor = look.Mix(p.Bubble, p.Accent, 0.55)
	}
	// The corners towards the author's side are tight: between bubbles of a group,
	// and at its lower end like a tail.
	big, tight := look.BubbleRadius, look.BubbleInner
	upper := tight
	if m.traits&first != 0 {
		upper = big
	}
	b.TopLeftCornerRadius, b.BottomLeftCornerRadius = upper, tight
	b.TopRightCornerRadius, b.BottomRightCornerRadius = big, big
	if m.row.Own {
		b.TopLeftCornerRadius, b.BottomLeftCornerRadius = big, big
		b.TopRightCornerRadius, b.BottomRightCornerRadius = upper, tight
	}
	put(b, m.bubble)
	if v.ring {
		out = v.bindRing(out, m, p)
	}
	out = append(out, b)
	if m.row.CallsMe && !m.row.Own {
		v.edge.FillColor, v.edge.CornerRadius = p.Accent, 1.5
		put(v.edge, box{m.bubble.X + 4, m.bubble.Y + 10, 3, m.bubble.H - 20})
		out = append(out, v.edge)
	}
	return out
}

// bindFlash sets up the light behind a row that somebody jumped to.
func (v *rowView) bindFlash(out []fyne.CanvasObject, t *Timeline, m *measured, p *look.Palette) []fyne.CanvasObject {
	if !v.flashed {
		return out
	}
	v.flash.FillColor = look.Alpha(p.Accent, 0.16*t.lit.strength)
	top := m.bubble.Y
	if m.row.Kind == System {
		top = m.textAt.Y
	}
	put(v.flash, box{0, top - 4, t.geo.width, m.height - top + 8})
	return append(out, v.flash)
}

// bindCopies sets up the marks to copy code.
func (v *rowView) bindCopies(out []fyne.CanvasObject, m *measured, p *look.Palette) []fyne.CanvasObject {
	ink := p.Faint
	if m.row.Own {
		ink = p.OwnFaint
	}
	for i := range m.text.Boxes {
		if i == len(v.copies) {
			v.copies = append(v.copies, canvas.NewImageFromResource(nil))
		}
		c := v.copies[i]
		if r := look.Glyph(look.IconCopy, ink); c.Resource != r {
			c.Resource = r
			c.Refresh()
		}
		b := m.copyMark(i)
		put(c, box{b.X + copyIn, b.Y + copyIn, copySide(), copySide()})
		out = append(out, c)
	}
	return out
}

// bindMeta sets up name, time, state and avatar.
func (v *rowView) bindMeta(out []fyne.CanvasObject, m *measured, t *Timeline, p *look.Palette, g geometry) []fyne.CanvasObject {
	faint := p.Faint
	if m.row.Own {
		faint = p.OwnFaint
	}
	if m.pictured() {
		faint = onPicture
	}
	if m.name != "" {
		hue := look.Hue(m.row.Author)
		v.name.Show(m.name, m.nameAt.pos(), m.nameAt.H, g.sizes.Preview, bold, func(p *look.Palette) color.NRGBA { return p.Names[hue] })
		out = v.name.Objects(out)
	}
	setText(v.clock, m.clock, g.sizes.Caption, false, faint, m.timeAt)
	out = v.extra.bindMarks(append(out, v.clock), m, t.words, faint, g)
	if m.state != "" {
		ink := faint
		if m.row.State == Failed {
			ink = p.Bad
		}
		if r := look.Glyph(t.stateOf(m), ink); v.state.Resource != r {
			v.state.Resource = r
			v.state.Refresh()
		}
		put(v.state, m.stateAt)
		out = append(out, v.state)
	}
	if m.avatarAt.H > 0 {
		face, letters := look.Portrait(m.row.Author), ""
		if face == nil {
			face, letters = look.Face(look.Hue(m.row.Author)), look.Initials(m.row.Name)
		}
		if v.avatar.Image != face {
			v.avatar.Image = face
			v.avatar.Refresh()
		}
		v.avatar.CornerRadius = m.avatarAt.H / 2
		put(v.avatar, m.avatarAt)
		size := m.avatarAt.H * 0.37
		at := m.avatarAt.pos()
		at.X += (m.avatarAt.W - look.MeasureRuns(letters, size, bold)) / 2
		v.initials.Show(letters, at, m.avatarAt.H, size, bold, white)
		out = v.initials.Objects(append(out, v.avatar))
	}
	return out
}

var bold = fyne.TextStyle{Bold: true}

func white(*look.Palette) color.NRGBA { return color.NRGBA{R: 255, G: 255, B: 255, A: 255} }

// put places an object. Equal sizes cost nothing.
func put(o fyne.CanvasObject, b box) {
	o.Move(b.pos())
	o.Resize(b.size())
}

// setText sets a text up within a box; the toolkit centres it in the height.
func setText(t *canvas.Text, s string, size float32, bold bool, ink color.NRGBA, b box) {
	t.Text, t.TextSize, t.TextStyle.Bold, t.Color = s, size, bold, ink
	put(t, b)
}
