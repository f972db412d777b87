package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// MenuItem is one entry of a pop-up menu. The zero item is a separator.
type MenuItem struct {
	Text   string
	Icon   Icon // may be empty
	Danger bool
	Off    bool
	Action func()
}

// Menu is an open pop-up menu. Arrow keys choose, Enter takes, Escape or a click
// elsewhere closes. It takes the focus and gives it back.
type Menu struct {
	widget.BaseWidget
	items  []MenuItem
	canvas fyne.Canvas
	at     fyne.Position // wanted upper left corner, in the canvas
	chosen int           // -1: none
	before fyne.Focusable
	rows   []fyne.Position // place of each item in the panel
	panel  fyne.Position
	size   fyne.Size
}

const (
	menuRow   float32 = 34
	menuPad   float32 = 6
	menuIcon  float32 = 18
	menuSpace float32 = 9 // height of a separator
)

// ShowMenu opens a menu with its upper left corner at a point of the canvas, or
// as near as it fits.
func ShowMenu(c fyne.Canvas, at fyne.Position, items []MenuItem) *Menu {
	m := &Menu{items: items, canvas: c, at: at, chosen: -1, before: c.Focused()}
	m.ExtendBaseWidget(m)
	c.Overlays().Add(m)
	m.Resize(c.Size())
	c.Focus(m)
	return m
}

// Close closes the menu without choosing.
func (m *Menu) Close() {
	m.canvas.Overlays().Remove(m)
	if m.before != nil {
		m.canvas.Focus(m.before)
	}
}

func (m *Menu) take(i int) {
	if i < 0 || i >= len(m.items) || m.items[i].Off || m.items[i].Action == nil {
		return
	}
	m.Close()
	m.items[i].Action()
}

// measure computes the panel's size and the place of each item.
func (m *Menu) measure() {
	text := Sizes().Body
	row := max(menuRow, text*1.4+12)
	w, y := float32(160), menuPad
	m.rows = m.rows[:0]
	for _, it := range m.items {
		m.rows = append(m.rows, fyne.NewPos(menuPad, y))
		if it.Text == "" {
			y += menuSpace
			continue
		}
		w = max(w, fyne.MeasureText(it.Text, text, fyne.TextStyle{}).Width+menuIcon+44+2*menuPad)
		y += row
	}
	m.size = fyne.NewSize(min(w, 380), y+menuPad)
	room := m.canvas.Size()
	x, top := min(m.at.X, room.Width-m.size.Width-8), m.at.Y
	if top+m.size.Height > room.Height-8 {
		top = max(8, min(m.at.Y, room.Height-8)-m.size.Height)
	}
	m.panel = fyne.NewPos(max(8, x), max(8, top))
}

// CreateRenderer implements fyne.Widget.
func (m *Menu) CreateRenderer() fyne.WidgetRenderer {
	p, sizes := Now(), Sizes()
	m.measure()
	back := canvas.NewRectangle(p.Raised)
	back.CornerRadius, back.StrokeColor, back.StrokeWidth, back.Shadow = 10, p.Edge, 1, Shadow(p)
	mark := canvas.NewRectangle(p.Selected)
	mark.CornerRadius = 6
	objects := []fyne.CanvasObject{back, mark}
	var place []func()
	row := max(menuRow, sizes.Body*1.4+12)
	for i, it := range m.items {
		if it.Text == "" {
			rule := canvas.NewRectangle(p.Line)
			objects = append(objects, rule)
			place = append(place, func() {
				rule.Move(m.panel.Add(m.rows[i]).AddXY(4, menuSpace/2))
				rule.Resize(fyne.NewSize(m.size.Width-2*menuPad-8, 1))
			})
			continue
		}
		ink := p.Text
		switch {
		case it.Off:
			ink = p.Faint
		case it.Danger:
			ink = p.Bad
		}
		iconInk := ink
		if !it.Off && !it.Danger {
			iconInk = p.Second
		}
		text := canvas.NewText(Elide(it.Text, m.size.Width-menuIcon-44, sizes.Body, fyne.TextStyle{}), ink)
		text.TextSize = sizes.Body
		objects = append(objects, text)
		ts := text.MinSize()
		var img *canvas.Image
		if it.Icon != "" {
			img = canvas.NewImageFromResource(Glyph(it.Icon, iconInk))
			objects = append(objects, img)
		}
		place = append(place, func() {
			at := m.panel.Add(m.rows[i])
			text.Move(at.AddXY(menuIcon+22, (row-ts.Height)/2))
			text.Resize(ts)
			if img != nil {
				img.Move(at.AddXY(10, (row-menuIcon)/2))
				img.Resize(fyne.NewSquareSize(menuIcon))
			}
		})
	}
	return NewRenderer(RendererParts{
		Objects: objects,
		Min:     func() fyne.Size { return fyne.NewSize(1, 1) },
		Layout: func(fyne.Size) {
			m.measure()
			back.Move(m.panel)
			back.Resize(m.size)
			for _, f := range place {
				f()
			}
			if m.chosen >= 0 {
				mark.Move(m.panel.Add(m.rows[m.chosen]))
				mark.Resize(fyne.NewSize(m.size.Width-2*menuPad, row))
			}
		},
		Refresh: func() {
			mark.FillColor = color.NRGBA{}
			if m.chosen >= 0 {
				mark.FillColor = Now().Selected
			}
		},
	})
}

// itemAt finds the entry at a point of the canvas; -1 none.
func (m *Menu) itemAt(pos fyne.Position) int {
	in := pos.Subtract(m.panel)
	if in.X < 0 || in.X > m.size.Width {
		return -1
	}
	row := max(menuRow, Sizes().Body*1.4+12)
	for i, r := range m.rows {
		if m.items[i].Text != "" && !m.items[i].Off && in.Y >= r.Y && in.Y < r.Y+row {
			return i
		}
	}
	return -1
}

// Tapped implements fyne.Tappable: takes the entry there, or closes the menu.
func (m *Menu) Tapped(e *fyne.PointEvent) {
	if i := m.itemAt(e.Position); i >= 0 {
		m.take(i)
		return
	}
	in := e.Position.Subtract(m.panel)
	if in.X < 0 || in.Y < 0 || in.X > m.size.Width || in.Y > m.size.Height {
		m.Close()
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (m *Menu) TappedSecondary(e *fyne.PointEvent) { m.Tapped(e) }

func (m *Menu) choose(i int) {
	if i != m.chosen {
		m.chosen = i
		m.Refresh()
	}
}

// MouseIn implements desktop.Hoverable.
func (m *Menu) MouseIn(e *desktop.MouseEvent) { m.choose(m.itemAt(e.Position)) }

// MouseMoved implements desktop.Hoverable.
func (m *Menu) MouseMoved(e *desktop.MouseEvent) { m.choose(m.itemAt(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (m *Menu) MouseOut() { m.choose(-1) }

// FocusGained implements fyne.Focusable.
func (m *Menu) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (m *Menu) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (m *Menu) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (m *Menu) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		m.Close()
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		m.take(m.chosen)
	case fyne.KeyDown:
		m.step(1)
	case fyne.KeyUp:
		m.step(-1)
	}
}

// step moves the choice to the next entry that can be taken.
func (m *Menu) step(by int) {
	n := len(m.items)
	at := m.chosen
	if at < 0 && by < 0 {
		at = n
	}
	for range n {
		at = (at + by + n) % n
		if it := m.items[at]; it.Text != "" && !it.Off {
			m.choose(at)
			return
		}
	}
}
