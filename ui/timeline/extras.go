package timeline

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/internal/linkguard"
	"hearth/ui/emojiart"
	"hearth/ui/look"
)

// Distances of what belongs to a message besides its text.
const (
	quotePad   float32 = 10 // left and right in a quote; its bar stands in it
	quoteBelow float32 = 5
	pillGap    float32 = 5 // between reactions, and above them
	pillPad    float32 = 9
	markSide   float32 = 13 // of the pin beside the time
	mostPills          = 20
)

// extras is what a message shows besides text, time and author: where it came
// from, what it answers, what people think of it. Part of measured.
type extras struct {
	from    string // "Forwarded from …"
	fromAt  box
	quote   box // H 0 none
	quoted  [2]string
	edited  box
	pinned  box
	pills   []pill
	morePil box // the last one, which opens the picker; H 0 none
}

// pill is one reaction.
type pill struct {
	box
	count string
}

// headOf measures what stands over the text: it returns the width it needs and its
// height. The boxes are placed relative to the bubble's inner corner.
func (m *measured) headOf(g geometry, words Words, most float32) (width, height float32) {
	r := m.row
	if r.Forwarded {
		name := linkguard.CleanName(r.From)
		if name == "" {
			name = "?"
		}
		m.from = look.Elide(words.Forwarded(name), most, g.sizes.Preview, italic)
		w := look.MeasureRuns(m.from, g.sizes.Preview, italic)
		m.fromAt = box{0, 0, w, g.sizes.Line}
		width, height = w, g.sizes.Line
	}
	if q := r.Reply; q != nil {
		inner := most - quotePad - quotePad
		text := linkguard.CleanName(q.Text)
		name := linkguard.CleanName(q.Name)
		h := g.sizes.Line + 6
		if name != "" {
			h += g.sizes.Line - 3
			name = look.Elide(name, inner, g.sizes.Preview, bold)
		}
		m.quoted = [2]string{name, look.Elide(text, inner, g.sizes.Preview, fyne.TextStyle{})}
		w := max(look.MeasureRuns(name, g.sizes.Preview, bold), look.MeasureRuns(m.quoted[1], g.sizes.Preview, fyne.TextStyle{}))
		m.quote = box{0, height + 2, w + 2*quotePad, h}
		width, height = max(width, m.quote.W), height+2+h+quoteBelow
	}
	return width, height
}

// shiftHead moves what headOf placed to a point and stretches it to a width.
func (m *measured) shiftHead(at fyne.Position, width float32) {
	m.fromAt.X, m.fromAt.Y = at.X, at.Y+m.fromAt.Y
	m.quote.X, m.quote.Y = at.X, at.Y+m.quote.Y
	if m.quote.H > 0 {
		m.quote.W = width
	}
}

// placePills places the reactions under the bubble, in as many rows as they need.
func (m *measured) placePills(g geometry) {
	r := m.row
	if len(r.Reactions) == 0 {
		return
	}
	side := pillSide(g)
	left, right := m.bubble.X, g.width-g.gutter
	if r.Own {
		left, right = g.gutter+g.pickColumn(), m.bubble.X+m.bubble.W
	}
	shown := r.Reactions[:min(len(r.Reactions), mostPills)]
	m.pills = make([]pill, len(shown))
	x, y, begin := left, m.height+pillGap-1, 0
	height := side + 10
	flush := func(end int, rowEnd float32) { // a row of ours stands at the right
		if r.Own {
			for i := begin; i < end; i++ {
				m.pills[i].X += right - rowEnd
			}
		}
		begin = end
	}
	for i, re := range shown {
		p := &m.pills[i]
		p.count = countText(re.Count)
		w := 2*pillPad + emojiWidth(re.Emoji, side) + 5 + fyne.MeasureText(p.count, g.sizes.Caption, bold).Width
		if x > left && x+w > right {
			flush(i, x-pillGap)
			x, y = left, y+height+pillGap
		}
		p.box = box{x, y, w, height}
		x += w + pillGap
	}
	more := height + 6
	if r.Live() && !r.Fixed {
		if x+more > right {
			flush(len(shown), x-pillGap)
			x, y = left, y+height+pillGap
		}
		m.morePil = box{x, y, more, height}
		if r.Own {
			m.morePil.X += right - (x + more)
		}
		x += more + pillGap
	}
	flush(len(shown), x-pillGap)
	m.height = y + height
}

func pillSide(g geometry) float32 { return g.sizes.Caption * 1.42 }

func emojiWidth(emoji string, side float32) float32 {
	return side * float32(max(1, emojiart.Count(emoji)))
}

func countText(n int) string {
	if n > 999 {
		return "999+"
	}
	return strconv.Itoa(n)
}

// marksOf measures what stands before the time: "edited" and the pin.
func (m *measured) marksOf(g geometry, words Words) (width float32) {
	if !m.row.Edited.IsZero() && m.row.Kind == Message {
		m.edited.W = fyne.MeasureText(words.Edited, g.sizes.Caption, fyne.TextStyle{}).Width
		width += m.edited.W + 5
	}
	if m.row.Pinned {
		m.pinned.W = markSide
		width += markSide + 4
	}
	return width
}

// placeMarks places them with their right end at x.
func (m *measured) placeMarks(x float32) {
	b := m.timeAt
	if m.edited.W > 0 {
		x -= m.edited.W + 5
		m.edited = box{x, b.Y, m.edited.W, b.H}
	}
	if m.pinned.W > 0 {
		x -= markSide + 4
		m.pinned = box{x, b.Y + (b.H-markSide)/2, markSide, markSide}
	}
}

// extraView draws extras. Part of rowView.
type extraView struct {
	from, quoteName, quoteText look.RunTexts
	quoteBack, quoteBar        *canvas.Rectangle
	edited                     *canvas.Text
	pin                        *canvas.Image
	pills                      []*pillView
	moreBack                   *canvas.Rectangle
	moreIcon                   *canvas.Image
}

// pillView draws one reaction.
type pillView struct {
	back  *canvas.Rectangle
	count *canvas.Text
	img   *canvas.Image
	key   pillKey // what img shows
}

type pillKey struct {
	emoji string
	cell  emojiart.Cell
}

func newExtraView() extraView {
	e := extraView{
		quoteBack: canvas.NewRectangle(color.Transparent), quoteBar: canvas.NewRectangle(color.Transparent),
		edited: &canvas.Text{}, pin: canvas.NewImageFromResource(nil),
		moreBack: canvas.NewRectangle(color.Transparent), moreIcon: canvas.NewImageFromResource(nil),
	}
	e.quoteBack.CornerRadius, e.quoteBar.CornerRadius = 6, 1.5
	return e
}

// bindHead sets up what stands over the text.
func (v *extraView) bindHead(out []fyne.CanvasObject, m *measured, p *look.Palette, g geometry) []fyne.CanvasObject {
	r := m.row
	faint, link, base := p.Faint, p.Link, p.Bubble
	if r.Own {
		faint, link, base = p.OwnFaint, p.OwnLink, p.Own
	}
	ink := func(c color.NRGBA) look.Ink { return func(*look.Palette) color.NRGBA { return c } }
	if m.from != "" {
		v.from.Show(m.from, m.fromAt.pos(), m.fromAt.H, g.sizes.Preview, italic, ink(faint))
		out = v.from.Objects(out)
	}
	if m.quote.H == 0 {
		return out
	}
	edge := link
	if !r.Own && !r.Reply.Quiet {
		edge = p.Names[look.Hue(r.Reply.Author)]
	}
	v.quoteBack.FillColor, v.quoteBar.FillColor = look.Mix(base, edge, 0.1), edge
	put(v.quoteBack, m.quote)
	put(v.quoteBar, box{m.quote.X, m.quote.Y, 3, m.quote.H})
	out = append(out, v.quoteBack, v.quoteBar)
	at, line := m.quote.pos().AddXY(quotePad, 3), g.sizes.Line
	if m.quoted[0] != "" {
		v.quoteName.Show(m.quoted[0], at, line, g.sizes.Preview, bold, ink(edge))
		out = v.quoteName.Objects(out)
		at.Y += line - 3
	}
	style, quiet := fyne.TextStyle{}, p.Second
	if r.Own {
		quiet = look.Mix(p.Own, p.OwnText, 0.72)
	}
	if r.Reply.Quiet {
		quiet = faint
	}
	v.quoteText.Show(m.quoted[1], at, line, g.sizes.Preview, style, ink(quiet))
	return v.quoteText.Objects(out)
}

// bindMarks sets up "edited" and the pin.
func (v *extraView) bindMarks(out []fyne.CanvasObject, m *measured, w Words, faint color.NRGBA, g geometry) []fyne.CanvasObject {
	if m.edited.W > 0 {
		setText(v.edited, w.Edited, g.sizes.Caption, false, faint, m.edited)
		out = append(out, v.edited)
	}
	if m.pinned.W > 0 {
		setGlyph(v.pin, look.IconPin, faint)
		put(v.pin, m.pinned)
		out = append(out, v.pin)
	}
	return out
}

// bindPills sets up the reactions.
func (v *extraView) bindPills(out []fyne.CanvasObject, m *measured, p *look.Palette, g geometry) []fyne.CanvasObject {
	side := pillSide(g)
	cell := emojiart.CellOf(side, 0, look.Scale())
	for i, b := range m.pills {
		re := m.row.Reactions[i]
		if i == len(v.pills) {
			v.pills = append(v.pills, &pillView{back: canvas.NewRectangle(color.Transparent), count: &canvas.Text{}})
		}
		pv := v.pills[i]
		pv.back.CornerRadius = b.H / 2
		pv.back.FillColor, pv.back.StrokeColor, pv.back.StrokeWidth = p.Bubble, p.Edge, 1
		ink := p.Second
		if re.Own {
			pv.back.FillColor, pv.back.StrokeColor, pv.back.StrokeWidth = p.AccentSoft, p.Accent, 1.5
			ink = p.Link
		}
		put(pv.back, b.box)
		if key := (pillKey{re.Emoji, cell}); pv.img == nil || pv.key != key {
			pv.key, pv.img = key, emojiart.Row([]string{re.Emoji}, cell)
		}
		wide := emojiWidth(re.Emoji, side)
		pv.img.Move(fyne.NewPos(b.X+pillPad, b.Y+(b.H-pv.img.Size().Height)/2))
		setText(pv.count, b.count, g.sizes.Caption, true, ink, box{b.X + pillPad + wide + 5, b.Y, b.W - 2*pillPad - wide - 5, b.H})
		out = append(out, pv.back, pv.img, pv.count)
	}
	if m.morePil.H > 0 {
		v.moreBack.CornerRadius = m.morePil.H / 2
		v.moreBack.FillColor, v.moreBack.StrokeColor, v.moreBack.StrokeWidth = p.Bubble, p.Edge, 1
		put(v.moreBack, m.morePil)
		setGlyph(v.moreIcon, look.IconSmilePlus, p.Second)
		icon := side + 1
		put(v.moreIcon, box{m.morePil.X + (m.morePil.W-icon)/2, m.morePil.Y + (m.morePil.H-icon)/2, icon, icon})
		out = append(out, v.moreBack, v.moreIcon)
	}
	return out
}

var italic = fyne.TextStyle{Italic: true}

func setGlyph(img *canvas.Image, i look.Icon, ink color.NRGBA) {
	if r := look.Glyph(i, ink); img.Resource != r {
		img.Resource = r
		img.Refresh()
	}
}
