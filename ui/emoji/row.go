package emoji

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// choices is a row of emoji of which one is chosen: the groups, and the skin
// tones. Reached by Tab, moved through with the arrows.
type choices struct {
	widget.BaseWidget
	emoji  []string
	names  []string // for tooltips
	side   float32  // of a picture
	room   float32  // of each, at least
	chosen int
	took   func(i int, keyboard bool)
	leave  func(k *fyne.KeyEvent) // gets the keys that mean nothing here

	hover int // -1: none
	focus bool
	under []*canvas.Rectangle // one for each, so that tooltips have an owner
}

func newChoices(emoji, names []string, side, room float32) *choices {
	c := &choices{emoji: emoji, names: names, side: side, room: room, hover: -1}
	for range emoji {
		c.under = append(c.under, &canvas.Rectangle{})
	}
	c.ExtendBaseWidget(c)
	return c
}

// choose moves the choice without telling anybody.
func (c *choices) choose(i int) {
	if i != c.chosen {
		c.chosen = i
		c.Refresh()
	}
}

func (c *choices) take(i int, keyboard bool) {
	if i >= 0 && i < len(c.emoji) {
		c.choose(i)
		c.took(i, keyboard)
	}
}

func (c *choices) step() float32 {
	return max(c.room*factor(), 1)
}

func (c *choices) at(p fyne.Position) int {
	i := int(p.X / (c.Size().Width / float32(len(c.emoji))))
	if p.X < 0 || i >= len(c.emoji) || p.Y < 0 || p.Y > c.Size().Height {
		return -1
	}
	return i
}

// Tapped implements fyne.Tappable.
func (c *choices) Tapped(e *fyne.PointEvent) { c.take(c.at(e.Position), false) }

// MouseIn implements desktop.Hoverable.
func (c *choices) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (c *choices) MouseMoved(e *desktop.MouseEvent) {
	i := c.at(e.Position)
	if i == c.hover {
		return
	}
	c.MouseOut()
	if c.hover = i; i >= 0 {
		look.ShowTip(c.under[i], c.names[i])
	}
	c.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (c *choices) MouseOut() {
	if c.hover >= 0 {
		look.HideTip(c.under[c.hover])
		c.hover = -1
		c.Refresh()
	}
}

// FocusGained implements fyne.Focusable.
func (c *choices) FocusGained() {
	c.focus = true
	c.Refresh()
}

// FocusLost implements fyne.Focusable.
func (c *choices) FocusLost() {
	c.focus = false
	c.Refresh()
}

// TypedRune implements fyne.Focusable.
func (c *choices) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *choices) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		c.take(c.chosen-1, true)
	case fyne.KeyRight:
		c.take(c.chosen+1, true)
	default:
		c.leave(e)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *choices) CreateRenderer() fyne.WidgetRenderer {
	c.ExtendBaseWidget(c)
	ring := &canvas.Rectangle{}
	var objects []fyne.CanvasObject
	for _, u := range c.under {
		objects = append(objects, u)
	}
	var images []*Image
	for _, e := range c.emoji {
		img := NewImage(e, c.side*factor())
		images = append(images, img)
		objects = append(objects, img)
	}
	objects = append(objects, ring)
	refresh := func() {
		p := look.Now()
		for i, u := range c.under {
			switch {
			case i == c.chosen:
				u.FillColor = p.Selected
			case i == c.hover:
				u.FillColor = p.Hover
			default:
				u.FillColor = look.NoFill(p)
			}
			u.CornerRadius = look.Radius
		}
		ring.Hidden = !c.focus
		ring.StrokeWidth, ring.CornerRadius = 2, look.Radius
		ring.StrokeColor = look.Mix(p.Accent, p.Text, 0.25)
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      c,
		Objects: objects,
		Min: func() fyne.Size {
			return fyne.NewSize(c.step()*float32(len(c.emoji)), (c.side+12)*factor())
		},
		Layout: func(s fyne.Size) {
			step := s.Width / float32(len(c.emoji))
			for i, u := range c.under {
				at := fyne.NewPos(float32(i)*step, 0)
				u.Move(at.AddXY(1, 0))
				u.Resize(fyne.NewSize(step-2, s.Height))
				if i == c.chosen {
					ring.Move(u.Position())
					ring.Resize(u.Size())
				}
				side := c.side * factor()
				images[i].Move(at.AddXY((step-side)/2, (s.Height-side)/2))
				images[i].Resize(fyne.NewSquareSize(side))
			}
		},
		Refresh: refresh,
	})
}
