package look

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/emojiart"
)

// MenuItem is one entry of a pop-up menu. The zero item is a separator.
type MenuItem struct {
	Text   string
	Icon   Icon // may be empty
	Danger bool
	Off    bool
	Action func()

	// Emoji makes the entry a row of emoji, of which Pick is told the one taken;
	// those in Marked stand out. Text and Icon are not shown.
	Emoji  []string
	Marked map[string]bool
	Pick   func(emoji string)
}

// Menu is an open pop-up menu. Arrow keys choose, a letter goes to the next entry
// that begins with it, Enter takes, Escape or a click elsewhere closes. What does not
// fit the window scrolls. It takes the focus and gives it back.
type Menu struct {
	widget.BaseWidget
	items  []MenuItem
	canvas fyne.Canvas
	at     fyne.Position // wanted upper left corner, in the canvas
	chosen int           // -1: none
	emoji  int           // chosen within a row of emoji
	before fyne.Focusable
	rows   []fyne.Position // place of each item in the panel
	panel  fyne.Position
	size   fyne.Size // of the panel, never higher than the canvas
	high   float32   // of all entries
	offset float32   // how far they are scrolled
}

const (
	menuRow   float32 = 34
	menuPad   float32 = 6
	menuSpace float32 = 9  // height of a separator
	menuEmoji float32 = 40 // side of a cell in a row of emoji
)

// separates reports whether an entry is only a line.
func (i *MenuItem) separates() bool { return i.Text == "" && len(i.Emoji) == 0 }

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
	if i < 0 || i >= len(m.items) || m.items[i].Off {
		return
	}
	if it := m.items[i]; len(it.Emoji) > 0 {
		if m.emoji < len(it.Emoji) && it.Pick != nil {
			m.Close()
			it.Pick(it.Emoji[m.emoji])
		}
		return
	}
	if m.items[i].Action == nil {
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
		switch {
		case it.separates():
			y += menuSpace
			continue
		case len(it.Emoji) > 0:
			w = max(w, float32(len(it.Emoji))*menuEmoji+2*menuPad)
			y += menuEmoji
			continue
		}
		w = max(w, fyne.MeasureText(it.Text, text, fyne.TextStyle{}).Width+menuIcon()+44+2*menuPad)
		y += row
	}
	room := m.canvas.Size()
	m.high = y + menuPad
	m.size = fyne.NewSize(min(w, max(380, Grown(380)), room.Width-16), min(m.high, room.Height-16))
	m.offset = max(0, min(m.offset, m.high-m.size.Height))
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
	bar := canvas.NewRectangle(p.Faint)
	bar.CornerRadius = 2
	objects := []fyne.CanvasObject{back, mark, bar}
	var place []func()
	row := max(menuRow, sizes.Body*1.4+12)
	for i, it := range m.items {
		if len(it.Emoji) > 0 {
			var put func()
			objects, put = m.emojiRow(objects, i)
			place = append(place, put)
			continue
		}
		if it.separates() {
			rule := canvas.NewRectangle(p.Line)
			objects = append(objects, rule)
			place = append(place, func() {
				at, in := m.spot(i, menuSpace)
				rule.Hidden = !in
				rule.Move(at.AddXY(4, menuSpace/2))
				rule.Resize(fyne.NewSize(m.size.Width-2*menuPad-8, 1))
			})
			continue
		}
		var put func()
		objects, put = m.line(objects, i, row)
		place = append(place, put)
	}
	return NewRenderer(RendererParts{
		Of:      m,
		Objects: objects,
		Min:     func() fyne.Size { return fyne.NewSize(1, 1) },
		Layout: func(fyne.Size) {
			m.measure()
			back.Move(m.panel)
			back.Resize(m.size)
			if bar.Hidden = m.high <= m.size.Height; !bar.Hidden {
				part := m.size.Height / m.high
				bar.Move(m.panel.AddXY(m.size.Width-6, menuPad+m.offset*part))
				bar.Resize(fyne.NewSize(4, (m.size.Height-2*menuPad)*part))
			}
			for _, f := range place {
				f()
			}
			if m.chosen >= 0 {
				at, in := m.spot(m.chosen, row)
				mark.Hidden = !in
				mark.Move(at)
				mark.Resize(fyne.NewSize(m.size.Width-2*menuPad, row))
				if len(m.items[m.chosen].Emoji) > 0 {
					mark.Move(at.AddXY(float32(m.emoji)*menuEmoji, 0))
					mark.Resize(fyne.NewSquareSize(menuEmoji))
				}
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

// spot is where an entry of some height is on the canvas, and whether all of it is in
// the panel: what would be cut is not drawn.
func (m *Menu) spot(i int, height float32) (at fyne.Position, in bool) {
	y := m.rows[i].Y - m.offset
	return m.panel.AddXY(m.rows[i].X, y), y >= 0 && y+height <= m.size.Height
}

// menuIcon is the side of an icon beside words.
func menuIcon() float32 { return Grown(18) }

// line draws an entry with words and returns what places it.
func (m *Menu) line(objects []fyne.CanvasObject, i int, row float32) ([]fyne.CanvasObject, func()) {
	p, sizes, it := Now(), Sizes(), m.items[i]
	ink := p.Text
	switch {
	case it.Off:
		ink = p.Off
	case it.Danger:
		ink = p.Bad
	}
	iconInk := ink
	if !it.Off && !it.Danger {
		iconInk = p.Second
	}
	text := canvas.NewText(Elide(it.Text, m.size.Width-menuIcon()-44, sizes.Body, fyne.TextStyle{}), ink)
	text.TextSize = sizes.Body
	objects = append(objects, text)
	ts := text.MinSize()
	var img *canvas.Image
	if it.Icon != "" {
		img = canvas.NewImageFromResource(Glyph(it.Icon, iconInk))
		objects = append(objects, img)
	}
	return objects, func() {
		at, in := m.spot(i, row)
		text.Hidden = !in
		text.Move(at.AddXY(menuIcon()+22, (row-ts.Height)/2))
		text.Resize(ts)
		if img != nil {
			img.Hidden = !in
			img.Move(at.AddXY(10, (row-menuIcon())/2))
			img.Resize(fyne.NewSquareSize(menuIcon()))
		}
	}
}

// emojiRow draws a row of emoji and returns what places it.
func (m *Menu) emojiRow(objects []fyne.CanvasObject, i int) ([]fyne.CanvasObject, func()) {
	const side = 24
	p, it := Now(), m.items[i]
	var all []fyne.CanvasObject
	var cells []int
	for k, e := range it.Emoji {
		if it.Marked[e] {
			back := canvas.NewRectangle(p.AccentSoft)
			back.CornerRadius, back.StrokeColor, back.StrokeWidth = 8, p.Accent, 1.5
			back.Resize(fyne.NewSquareSize(menuEmoji - 6))
			all, cells = append(all, back), append(cells, k)
		}
		img := emojiart.Row([]string{e}, emojiart.CellOf(side, 0, Scale()))
		all, cells = append(all, img), append(cells, k)
	}
	return append(objects, all...), func() {
		spot, in := m.spot(i, menuEmoji)
		for n, o := range all {
			if o.Hide(); in {
				o.Show()
			}
			at := spot.AddXY(float32(cells[n])*menuEmoji, 0)
			o.Move(at.AddXY((menuEmoji-o.Size().Width)/2, (menuEmoji-o.Size().Height)/2))
		}
	}
}

// itemAt finds the entry at a point of the canvas, -1 none, and in a row of emoji
// which of them.
func (m *Menu) itemAt(pos fyne.Position) (item, emoji int) {
	in := pos.Subtract(m.panel)
	if in.X < 0 || in.X > m.size.Width || in.Y < 0 || in.Y > m.size.Height {
		return -1, 0
	}
	in.Y += m.offset
	row := max(menuRow, Sizes().Body*1.4+12)
	for i, r := range m.rows {
		it := &m.items[i]
		if it.separates() || it.Off || in.Y < r.Y {
			continue
		}
		if n := len(it.Emoji); n > 0 {
			if at := int((in.X - r.X) / menuEmoji); in.Y < r.Y+menuEmoji && in.X >= r.X && at < n {
				return i, at
			}
		} else if in.Y < r.Y+row {
			return i, 0
		}
	}
	return -1, 0
}

// Tapped implements fyne.Tappable: takes the entry there, or closes the menu.
func (m *Menu) Tapped(e *fyne.PointEvent) {
	if i, k := m.itemAt(e.Position); i >= 0 {
		m.emoji = k
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

func (m *Menu) choose(i, emoji int) {
	if i != m.chosen || emoji != m.emoji {
		m.chosen, m.emoji = i, emoji
		m.Refresh()
	}
}

// reveal scrolls to the choice that was made by a key.
func (m *Menu) reveal() {
	if m.chosen < 0 {
		return
	}
	row := max(menuRow, Sizes().Body*1.4+12, menuEmoji)
	top := m.rows[m.chosen].Y
	m.scroll(max(min(m.offset, top-menuPad), top+row+menuPad-m.size.Height))
}

func (m *Menu) scroll(to float32) {
	if to = max(0, min(to, m.high-m.size.Height)); to != m.offset {
		m.offset = to
		m.Refresh()
	}
}

// Scrolled implements fyne.Scrollable.
func (m *Menu) Scrolled(e *fyne.ScrollEvent) {
	m.scroll(m.offset - e.Scrolled.DY)
	m.choose(m.itemAt(e.Position))
}

// MouseIn implements desktop.Hoverable.
func (m *Menu) MouseIn(e *desktop.MouseEvent) { m.choose(m.itemAt(e.Position)) }

// MouseMoved implements desktop.Hoverable.
func (m *Menu) MouseMoved(e *desktop.MouseEvent) { m.choose(m.itemAt(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (m *Menu) MouseOut() { m.choose(-1, 0) }

// FocusGained implements fyne.Focusable.
func (m *Menu) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (m *Menu) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (m *Menu) TypedRune(r rune) {
	if r == ' ' {
		return
	}
	for k := range m.items {
		i := (m.chosen + 1 + k + len(m.items)) % len(m.items)
		if it := m.items[i]; !it.separates() && !it.Off && strings.HasPrefix(strings.ToLower(it.Text), string(unicode.ToLower(r))) {
			m.choose(i, 0)
			m.reveal()
			return
		}
	}
}

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
	case fyne.KeyLeft:
		m.stepEmoji(-1)
	case fyne.KeyRight:
		m.stepEmoji(1)
	case fyne.KeyHome:
		m.chosen = -1
		m.step(1)
	case fyne.KeyEnd:
		m.chosen = -1
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
		if it := m.items[at]; !it.separates() && !it.Off {
			m.choose(at, 0)
			m.reveal()
			return
		}
	}
}

// stepEmoji moves the choice within a row of emoji; without a choice it begins in
// the first such row.
func (m *Menu) stepEmoji(by int) {
	if m.chosen < 0 {
		for i := range m.items {
			if len(m.items[i].Emoji) > 0 {
				m.choose(i, 0)
				m.reveal()
				return
			}
		}
		return
	}
	if n := len(m.items[m.chosen].Emoji); n > 0 {
		m.choose(m.chosen, (m.emoji+by+n)%n)
	}
}
