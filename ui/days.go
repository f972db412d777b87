package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// weekDays are the days in the order in which they stand, Monday first.
var weekDays = []struct {
	day  time.Weekday
	name tr.Key
}{
	{time.Monday, "day.monday.short"},
	{time.Tuesday, "day.tuesday.short"},
	{time.Wednesday, "day.wednesday.short"},
	{time.Thursday, "day.thursday.short"},
	{time.Friday, "day.friday.short"},
	{time.Saturday, "day.saturday.short"},
	{time.Sunday, "day.sunday.short"},
}

// days is a row of the seven days, each in or out. With the focus, left and right
// move the mark, Space takes a day in or out.
type days struct {
	widget.BaseWidget
	set     app.Weekdays
	changed func(app.Weekdays)
	mark    int
	hover   int
	focus   bool
}

func newDays(set app.Weekdays, changed func(app.Weekdays)) *days {
	d := &days{set: set, changed: changed, hover: -1}
	d.ExtendBaseWidget(d)
	return d
}

const (
	dayGap    float32 = 4
	dayWidest float32 = 56
)

// dayWidth is the width of one day in a row of a width.
func dayWidth(total float32) float32 {
	n := float32(len(weekDays))
	return min(dayWidest, (total-(n-1)*dayGap)/n)
}

// CreateRenderer implements fyne.Widget.
func (d *days) CreateRenderer() fyne.WidgetRenderer {
	var backs []*canvas.Rectangle
	var texts []*canvas.Text
	var objects []fyne.CanvasObject
	for range weekDays {
		back, text := canvas.NewRectangle(color.Transparent), canvas.NewText("", color.Black)
		backs, texts = append(backs, back), append(texts, text)
		objects = append(objects, back, text)
	}
	refresh := func() {
		p := look.Now()
		for i, w := range weekDays {
			back, text := backs[i], texts[i]
			back.CornerRadius, back.FillColor, back.StrokeWidth = look.Radius, p.Field, 0
			text.TextSize, text.Color, text.TextStyle.Bold = look.Sizes().Preview, p.Second, false
			if d.set.Has(w.day) {
				back.FillColor, text.Color, text.TextStyle.Bold = p.AccentSoft, p.Accent, true
			}
			if i == d.hover {
				back.FillColor = look.Mix(back.FillColor.(color.NRGBA), p.Text, 0.05)
			}
			if d.focus && i == d.mark {
				back.StrokeWidth, back.StrokeColor = 2, p.Accent
			}
		}
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      d,
		Objects: objects,
		Min:     func() fyne.Size { return fyne.NewSize(7*34+6*dayGap, look.ButtonHeight) },
		Layout: func(s fyne.Size) {
			w := dayWidth(s.Width)
			for i, t := range texts {
				x := float32(i) * (w + dayGap)
				backs[i].Move(fyne.NewPos(x, 0))
				backs[i].Resize(fyne.NewSize(w, s.Height))
				t.Text = look.Elide(tr.S(weekDays[i].name), w-4, t.TextSize, fyne.TextStyle{Bold: true})
				m := t.MinSize()
				t.Move(fyne.NewPos(x+(w-m.Width)/2, (s.Height-m.Height)/2))
				t.Resize(m)
			}
		},
		Refresh: refresh,
	})
}

// turn takes a day in or out.
func (d *days) turn(i int) {
	if i < 0 || i >= len(weekDays) {
		return
	}
	d.mark = i
	d.set = d.set.With(weekDays[i].day, !d.set.Has(weekDays[i].day))
	d.Refresh()
	d.changed(d.set)
}

func (d *days) index(pos fyne.Position) int {
	i := int(pos.X / (dayWidth(d.Size().Width) + dayGap))
	if pos.X < 0 || i >= len(weekDays) {
		return -1
	}
	return i
}

// Tapped implements fyne.Tappable.
func (d *days) Tapped(e *fyne.PointEvent) { d.turn(d.index(e.Position)) }

// MouseIn implements desktop.Hoverable.
func (d *days) MouseIn(e *desktop.MouseEvent) { d.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (d *days) MouseMoved(e *desktop.MouseEvent) {
	if i := d.index(e.Position); i != d.hover {
		d.hover = i
		d.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (d *days) MouseOut() { d.hover = -1; d.Refresh() }

// Cursor implements desktop.Cursorable.
func (d *days) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (d *days) FocusGained() { d.focus = true; d.Refresh(); look.Focused(d) }

// FocusLost implements fyne.Focusable.
func (d *days) FocusLost() { d.focus = false; d.Refresh() }

// TypedRune implements fyne.Focusable.
func (d *days) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (d *days) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		d.mark = max(0, d.mark-1)
	case fyne.KeyRight:
		d.mark = min(len(weekDays)-1, d.mark+1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		d.turn(d.mark)
		return
	default:
		passKey(d, e)
		return
	}
	d.Refresh()
}

// fixedWidth gives one object a width, and the height it wants at that.
type fixedWidth float32

func (w fixedWidth) heightFor(objects []fyne.CanvasObject, _ float32) float32 {
	return heightFor(objects[0], float32(w))
}

// MinSize implements fyne.Layout.
func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), w.heightFor(objects, 0))
}

// Layout implements fyne.Layout.
func (w fixedWidth) Layout(objects []fyne.CanvasObject, s fyne.Size) { objects[0].Resize(s) }
