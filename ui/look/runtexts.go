package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/emojiart"
)

// Pictures are the emoji of a text that is drawn again and again: a row of them
// that was there the last time is the same object. UI goroutine only.
type Pictures struct {
	last, now map[pictureKey][]*canvas.Image
	shown     []fyne.CanvasObject
}

type pictureKey struct {
	text string
	cell emojiart.Cell
}

// Begin starts over.
func (p *Pictures) Begin() {
	p.last, p.now = p.now, nil
	p.shown = p.shown[:0]
}

// Add draws the emoji of a run with their left end at x, in a text whose base line
// is at y, and returns their width.
func (p *Pictures) Add(run Run, x, y, size float32) float32 {
	scale := Scale()
	key := pictureKey{run.Text, emojiart.CellFor(size, scale)}
	var img *canvas.Image
	if have := p.last[key]; len(have) > 0 {
		img, p.last[key] = have[0], have[1:]
	} else {
		img = emojiart.Row(emojiart.Split(run.Text), key.cell)
	}
	if p.now == nil {
		p.now = map[pictureKey][]*canvas.Image{}
	}
	p.now[key] = append(p.now[key], img)
	img.Move(fyne.NewPos(x, y-emojiart.RiseOf*size-key.cell.Side()/2))
	p.shown = append(p.shown, img)
	return img.Size().Width
}

// Objects appends what was added.
func (p *Pictures) Objects(dst []fyne.CanvasObject) []fyne.CanvasObject {
	return append(dst, p.shown...)
}

// RunTexts draws one line of mixed text: one object a run, on a common base line, in
// the order in which its directions of writing put them.
// Owners put the result of Show into their container or object list.
type RunTexts struct {
	texts    []*canvas.Text
	used     int
	pictures Pictures
}

// Show sets the objects up for a text whose upper left corner is at a point, in
// lines of the given height (0: that of the text), and returns its width.
func (t *RunTexts) Show(s string, at fyne.Position, height, size float32, style fyne.TextStyle, ink Ink) float32 {
	return t.ShowRuns(LineRuns(s), at, height, size, style, ink)
}

// ShowRuns is Show for runs in the order in which they stand, from left to right.
func (t *RunTexts) ShowRuns(runs []Run, at fyne.Position, height, size float32, style fyne.TextStyle, ink Ink) float32 {
	t.used = 0
	t.pictures.Begin()
	colour := ink(Now())
	x := at.X
	line := fyne.MeasureText("x", size, style).Height
	if height > line {
		at.Y += (height - line) / 2
	}
	for _, r := range runs {
		if r.Script == Emoji {
			_, base := fyne.CurrentApp().Driver().RenderedTextSize("x", size, style, nil)
			x += t.pictures.Add(r, x, at.Y+base, size)
			continue
		}
		o := t.next()
		o.Text, o.Color, o.TextSize, o.TextStyle = r.Text, colour, r.Size(size), style
		ms := o.MinSize()
		o.Move(fyne.NewPos(x, at.Y-r.Rise(size, style)))
		o.Resize(ms)
		if right, faint, ok := r.Embolden(size, style, colour); ok {
			again := t.next()
			again.Text, again.Color, again.TextSize, again.TextStyle = o.Text, faint, o.TextSize, style
			again.Move(o.Position().AddXY(right, 0))
			again.Resize(ms)
		}
		x += ms.Width
	}
	return x - at.X
}

// next returns one more text.
func (t *RunTexts) next() *canvas.Text {
	if t.used == len(t.texts) {
		t.texts = append(t.texts, &canvas.Text{})
	}
	t.used++
	return t.texts[t.used-1]
}

// Objects appends what Show set up.
func (t *RunTexts) Objects(dst []fyne.CanvasObject) []fyne.CanvasObject {
	for _, o := range t.texts[:t.used] {
		dst = append(dst, o)
	}
	return t.pictures.Objects(dst)
}
