package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// segments is a row of choices of which one holds. With the focus, left and
// right choose.
type segments struct {
	widget.BaseWidget
	changed func(int)
	labels  []string
	name    string // what is chosen, for a screen reader
	at      int
	hover   int
	focus   bool
}

func newSegments(labels []string, at int, changed func(int)) *segments {
	s := &segments{labels: labels, at: at, hover: -1, changed: changed}
	s.ExtendBaseWidget(s)
	return s
}

const segmentPad float32 = 14

// cells are the places of the choices at a width; below 0 there is no bound. What
// does not fit beside the others goes into another line.
func (s *segments) cells(width float32) (list []segment, size fyne.Size) {
	high := segmentHeight()
	var x, y float32
	for _, l := range s.labels {
		w := fyne.MeasureText(l, look.Sizes().Preview, fyne.TextStyle{Bold: true}).Width + 2*segmentPad
		if width > 0 {
			w = min(w, width)
			if x > 0 && x+w > width+0.5 {
				x, y = 0, y+high
			}
		}
		list = append(list, segment{fyne.NewPos(x, y), w})
		x += w
		size.Width = max(size.Width, x)
	}
	size.Height = y + high
	return list, size
}

// segment is the place of one choice.
type segment struct {
	at   fyne.Position
	wide float32
}

func segmentHeight() float32 { return max(look.ButtonHeight, look.Sizes().Preview*1.4+12) }

// HeightFor is what the choices need at a width.
func (s *segments) HeightFor(width float32) float32 {
	_, size := s.cells(width)
	return size.Height
}

// CreateRenderer implements fyne.Widget.
func (s *segments) CreateRenderer() fyne.WidgetRenderer {
	back, thumb, ring := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	objects := []fyne.CanvasObject{back, thumb, ring}
	var texts []*canvas.Text
	for _, l := range s.labels {
		t := canvas.NewText(l, color.Black)
		texts = append(texts, t)
		objects = append(objects, t)
	}
	refresh := func() {
		p := look.Now()
		back.FillColor, back.CornerRadius = p.Field, look.Radius
		thumb.FillColor, thumb.CornerRadius = p.Panel, look.Radius-2
		if p.Dark {
			thumb.FillColor = p.Pressed
		}
		thumb.StrokeColor, thumb.StrokeWidth = p.Edge, 1
		ring.CornerRadius, ring.StrokeColor, ring.StrokeWidth = look.Radius, p.Accent, 2
		ring.Hidden = !s.focus
		for i, t := range texts {
			t.TextSize, t.Color = look.Sizes().Preview, p.Second
			if i == s.hover {
				t.Color = p.Text
			}
			t.TextStyle.Bold = i == s.at
			if i == s.at {
				t.Color = p.Text
			}
		}
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      s,
		Objects: objects,
		Min: func() fyne.Size {
			_, all := s.cells(-1)
			if last := s.Size().Width; last > 0 && last < all.Width {
				return fyne.NewSize(min(all.Width, 300), s.HeightFor(last))
			}
			return fyne.NewSize(min(all.Width, 300), segmentHeight())
		},
		Layout: func(size fyne.Size) {
			cells, all := s.cells(size.Width)
			for i, t := range texts {
				c := cells[i]
				t.Text = look.Elide(s.labels[i], c.wide-8, t.TextSize, t.TextStyle)
				m := t.MinSize()
				t.Move(c.at.AddXY((c.wide-m.Width)/2, (segmentHeight()-m.Height)/2))
				t.Resize(m)
				if i == s.at {
					thumb.Move(c.at.AddXY(3, 3))
					thumb.Resize(fyne.NewSize(c.wide-6, segmentHeight()-6))
				}
			}
			back.Resize(all)
			ring.Resize(all)
		},
		Refresh: refresh,
	})
}

func (s *segments) choose(i int) {
	if i < 0 || i >= len(s.labels) || i == s.at {
		return
	}
	s.at = i
	s.Refresh()
	if s.changed != nil {
		s.changed(i)
	}
}

func (s *segments) index(pos fyne.Position) int {
	cells, _ := s.cells(s.Size().Width)
	for i, c := range cells {
		if pos.X >= c.at.X && pos.X < c.at.X+c.wide && pos.Y >= c.at.Y && pos.Y < c.at.Y+segmentHeight() {
			return i
		}
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (s *segments) Tapped(e *fyne.PointEvent) { s.choose(s.index(e.Position)) }

// MouseIn implements desktop.Hoverable.
func (s *segments) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *segments) MouseMoved(e *desktop.MouseEvent) {
	if i := s.index(e.Position); i != s.hover {
		s.hover = i
		s.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (s *segments) MouseOut() { s.hover = -1; s.Refresh() }

// Cursor implements desktop.Cursorable.
func (s *segments) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (s *segments) FocusGained() { s.focus = true; s.Refresh(); look.Focused(s) }

// FocusLost implements fyne.Focusable.
func (s *segments) FocusLost() { s.focus = false; s.Refresh() }

// TypedRune implements fyne.Focusable.
func (s *segments) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *segments) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		s.choose(s.at - 1)
	case fyne.KeyRight, fyne.KeyDown:
		s.choose(s.at + 1)
	default:
		passKey(s, e)
	}
}

// option is one entry of a list of choices that need explaining.
type option struct {
	title, text string
}

// options shows choices as cards, one below the other, of which one holds.
type options struct {
	*fyne.Container
	at      int
	cards   []*touch
	marks   []*radio
	notes   []*para // what stands under each title
	changed func(int)
}

// canvasObject implements composed.
func (o *options) canvasObject() fyne.CanvasObject { return o.Container }

func newOptions(at int, list []option, changed func(int)) *options {
	o := &options{at: at, changed: changed}
	var objects []fyne.CanvasObject
	for i, c := range list {
		mark := newRadio(i == at)
		below := note(c.text)
		text := column(2, heading(c.title, look.Body), below)
		card := newTouch(rowGrow(12, 1, mark, text), func() { o.choose(i) })
		card.PadX, card.PadY, card.Edge = 14, 12, look.LineInk
		card.key = func(e *fyne.KeyEvent) bool { return o.key(i, e) }
		o.cards, o.marks, o.notes = append(o.cards, card), append(o.marks, mark), append(o.notes, below)
		objects = append(objects, card)
	}
	o.Container = column(8, objects...)
	o.paint()
	return o
}

func (o *options) choose(i int) {
	if i != o.at {
		o.at = i
		o.paint()
		if o.changed != nil {
			o.changed(i)
		}
	}
}

func (o *options) paint() {
	for i, c := range o.cards {
		c.Edge, c.Fill = look.LineInk, nil
		if i == o.at {
			c.Edge, c.Fill = look.Accent, look.AccentFill
		}
		c.Refresh()
		o.marks[i].set(i == o.at)
	}
}

func (o *options) key(i int, e *fyne.KeyEvent) bool {
	to := i
	switch e.Name {
	case fyne.KeyUp:
		to--
	case fyne.KeyDown:
		to++
	default:
		return false
	}
	if to >= 0 && to < len(o.cards) {
		o.choose(to)
		if c := fyne.CurrentApp().Driver().CanvasForObject(o.cards[to]); c != nil {
			c.Focus(o.cards[to])
		}
	}
	return true
}

// radio is the round mark of an option; tick makes it a check mark.
type radio struct {
	widget.BaseWidget
	on, tick bool
}

func newRadio(on bool) *radio {
	r := &radio{on: on}
	r.ExtendBaseWidget(r)
	return r
}

func newTick(on bool) *radio {
	r := newRadio(on)
	r.tick = true
	return r
}

func (r *radio) set(on bool) {
	if r.on != on {
		r.on = on
		r.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (r *radio) CreateRenderer() fyne.WidgetRenderer {
	const side = 20
	ring, dot := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	check := canvas.NewImageFromResource(look.Glyph(look.IconCheck, look.Now().OnAccent))
	refresh := func() {
		p := look.Now()
		ring.CornerRadius, dot.CornerRadius = side/2, 4
		if r.tick {
			ring.CornerRadius = 6
		}
		ring.StrokeWidth, ring.StrokeColor, ring.FillColor = 2, p.Faint, color.Transparent
		if r.on {
			ring.StrokeColor, ring.FillColor = p.Accent, p.Accent
		}
		dot.FillColor = p.OnAccent
		dot.Hidden = !r.on || r.tick
		check.Hidden = !r.on || !r.tick
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      r,
		Objects: []fyne.CanvasObject{ring, dot, check},
		Min:     func() fyne.Size { return fyne.NewSquareSize(side) },
		Layout: func(s fyne.Size) {
			at := fyne.NewPos((s.Width-side)/2, (s.Height-side)/2)
			ring.Move(at)
			ring.Resize(fyne.NewSquareSize(side))
			dot.Move(at.AddXY(6, 6))
			dot.Resize(fyne.NewSquareSize(8))
			check.Move(at.AddXY(3, 3))
			check.Resize(fyne.NewSquareSize(14))
		},
		Refresh: refresh,
	})
}
