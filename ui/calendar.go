package ui

import (
	"fmt"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// calendar is a month of days of which one is chosen. With the focus the arrows
// move by days and weeks, Page Up and Page Down by months, Home and End within the
// month; Enter takes the day.
type calendar struct {
	widget.BaseWidget
	day         time.Time // chosen; days are midnights in UTC (zone.Day)
	today       time.Time
	first, last time.Time // days that can be taken
	moved       func()    // the day or the month changed; may be nil
	taken       func(time.Time)
	hover       int // cell; -1 none
	focus       bool
}

const (
	calendarWeeks         = 6
	calendarRow   float32 = 38
	calendarHead  float32 = 26
)

// newCalendar shows the month of the day that a moment is on; days outside first…last, two
// moments, cannot be taken. taken is told the day as zone.Day gives it.
func newCalendar(day, first, last time.Time, taken func(time.Time)) *calendar {
	c := &calendar{first: zone.Day(first), last: zone.Day(last), today: zone.Day(time.Now()), taken: taken, hover: -1}
	c.day = c.within(zone.Day(day))
	c.ExtendBaseWidget(c)
	return c
}

// between takes over which days can be taken, from the first message to now; both may be
// on other days than before, as time passes and the person travels.
func (c *calendar) between(first, now time.Time) {
	c.first, c.last, c.today = zone.Day(first), zone.Day(now), zone.Day(now)
	c.choose(c.day)
	c.Refresh()
}

func (c *calendar) within(t time.Time) time.Time {
	if t.Before(c.first) {
		return c.first
	}
	if t.After(c.last) {
		return c.last
	}
	return t
}

// cell is the day in a cell: weeks begin on Monday.
func (c *calendar) cell(i int) time.Time {
	y, m, _ := c.day.Date()
	first := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	lead := (int(first.Weekday()) + 6) % 7
	return time.Date(y, m, 1-lead+i, 0, 0, 0, 0, time.UTC)
}

func (c *calendar) rowHeight() float32 { return max(calendarRow, look.Sizes().Body*2) }

func (c *calendar) headHeight() float32 { return max(calendarHead, look.Sizes().Caption*2) }

// place is where a cell stands.
func (c *calendar) place(i int, s fyne.Size) (fyne.Position, fyne.Size) {
	w := s.Width / 7
	return fyne.NewPos(float32(i%7)*w, c.headHeight()+float32(i/7)*c.rowHeight()), fyne.NewSize(w, c.rowHeight())
}

// CreateRenderer implements fyne.Widget.
//
// Long: one grid; its two passes share the objects.
func (c *calendar) CreateRenderer() fyne.WidgetRenderer {
	var heads, texts []*canvas.Text
	var discs []*canvas.Rectangle
	var objects []fyne.CanvasObject
	for range weekDays {
		t := canvas.NewText("", color.Black)
		heads, objects = append(heads, t), append(objects, t)
	}
	for range 7 * calendarWeeks {
		disc, t := canvas.NewRectangle(color.Transparent), canvas.NewText("", color.Black)
		discs, texts = append(discs, disc), append(texts, t)
		objects = append(objects, disc, t)
	}
	refresh := func() {
		p := look.Now()
		for _, t := range heads {
			t.TextSize, t.Color = look.Sizes().Caption, p.Faint
		}
		for i := range texts {
			c.paint(i, discs[i], texts[i], p)
		}
	}
	layout := func(s fyne.Size) {
		for i, t := range heads {
			w := s.Width / 7
			t.Text = look.Elide(tr.S(weekDays[i].name), w-2, t.TextSize, t.TextStyle)
			m := t.MinSize()
			t.Move(fyne.NewPos(float32(i)*w+(w-m.Width)/2, (c.headHeight()-m.Height)/2))
			t.Resize(m)
		}
		for i, t := range texts {
			at, size := c.place(i, s)
			side := min(size.Width, size.Height) - 4
			discs[i].Move(at.AddXY((size.Width-side)/2, (size.Height-side)/2))
			discs[i].Resize(fyne.NewSquareSize(side))
			m := t.MinSize()
			t.Move(at.AddXY((size.Width-m.Width)/2, (size.Height-m.Height)/2))
			t.Resize(m)
		}
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      c,
		Objects: objects,
		Min:     func() fyne.Size { return fyne.NewSize(7*36, c.headHeight()+calendarWeeks*c.rowHeight()) },
		Layout:  layout,
		Refresh: func() { refresh(); layout(c.Size()) },
	})
}

// paint sets one day up.
func (c *calendar) paint(i int, disc *canvas.Rectangle, t *canvas.Text, p *look.Palette) {
	day := c.cell(i)
	t.Text, t.TextSize, t.Color, t.TextStyle.Bold = fmt.Sprint(day.Day()), look.Sizes().Body, p.Text, false
	disc.CornerRadius, disc.FillColor, disc.StrokeWidth = canvas.RadiusMaximum, color.Transparent, 0
	inMonth := day.Month() == c.day.Month()
	switch may := c.may(day); {
	case !inMonth:
		t.Color = look.Alpha(p.Off, 0.55)
		if !may {
			t.Color = look.Alpha(p.Off, 0.3)
		}
	case !may:
		t.Color = look.Alpha(p.Off, 0.7)
	}
	if day.Equal(c.today) {
		t.TextStyle.Bold, t.Color = true, p.Link
	}
	if i == c.hover && c.may(day) {
		disc.FillColor = p.Pressed
	}
	if inMonth && day.Equal(c.day) {
		disc.FillColor, t.Color, t.TextStyle.Bold = p.Accent, p.OnAccent, true
		if c.focus {
			disc.StrokeWidth, disc.StrokeColor = 2, look.Mix(p.Accent, p.Text, 0.5)
		}
	}
}

// may reports whether a day can be taken.
func (c *calendar) may(day time.Time) bool { return !day.Before(c.first) && !day.After(c.last) }

// choose moves to a day, or the nearest that can be taken.
func (c *calendar) choose(day time.Time) {
	if day = c.within(day); !day.Equal(c.day) {
		c.day = day
		c.Refresh()
		if c.moved != nil {
			c.moved()
		}
	}
}

// month moves by months; the day of the month stays where there is one.
func (c *calendar) month(by int) {
	y, m, d := c.day.Date()
	days := time.Date(y, m+time.Month(by)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	c.choose(time.Date(y, m+time.Month(by), min(d, days), 0, 0, 0, 0, time.UTC))
}

func (c *calendar) index(pos fyne.Position) int {
	if pos.Y < c.headHeight() || pos.X < 0 || pos.X >= c.Size().Width {
		return -1
	}
	i := int((pos.Y-c.headHeight())/c.rowHeight())*7 + int(pos.X/(c.Size().Width/7))
	if i >= 7*calendarWeeks {
		return -1
	}
	return i
}

// Tapped implements fyne.Tappable: takes a day.
func (c *calendar) Tapped(e *fyne.PointEvent) {
	if i := c.index(e.Position); i >= 0 && c.may(c.cell(i)) {
		day := c.cell(i)
		c.choose(day)
		c.taken(day)
	}
}

// MouseIn implements desktop.Hoverable.
func (c *calendar) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (c *calendar) MouseMoved(e *desktop.MouseEvent) {
	if i := c.index(e.Position); i != c.hover {
		c.hover = i
		c.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (c *calendar) MouseOut() { c.hover = -1; c.Refresh() }

// Cursor implements desktop.Cursorable.
func (c *calendar) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (c *calendar) FocusGained() { c.focus = true; c.Refresh(); look.Focused(c) }

// FocusLost implements fyne.Focusable.
func (c *calendar) FocusLost() { c.focus = false; c.Refresh() }

// TypedRune implements fyne.Focusable.
func (c *calendar) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (c *calendar) TypedKey(e *fyne.KeyEvent) {
	y, m, d := c.day.Date()
	to := func(day int) { c.choose(time.Date(y, m, day, 0, 0, 0, 0, time.UTC)) }
	switch e.Name {
	case fyne.KeyLeft:
		to(d - 1)
	case fyne.KeyRight:
		to(d + 1)
	case fyne.KeyUp:
		to(d - 7)
	case fyne.KeyDown:
		to(d + 7)
	case fyne.KeyPageUp:
		c.month(-1)
	case fyne.KeyPageDown:
		c.month(1)
	case fyne.KeyHome:
		to(1)
	case fyne.KeyEnd:
		c.choose(time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC))
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.taken(c.day)
	default:
		passKey(c, e)
	}
}
