package timeline

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hearth/internal/zone"
	"hearth/ui/look"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	os.Setenv("TZ", "UTC") // days and clocks are the person's; masters need one
	zone.Refresh()
	os.Exit(m.Run())
}

// prose is what invented people say: words come again, as they do in rooms.
var prose = strings.Fields("the server was restarted and everybody is back in the room now but my client still says that " +
	"two messages wait to be sent so I looked at the log and found that the clock of this machine is wrong by a minute or so")

// talk makes n messages, five authors taking turns, some long and some short.
func talk(n int) Static {
	rows := make(Static, n)
	for i := range rows {
		rows[i] = message(i+1, "")
	}
	return rows
}

func message(seq int, text string) *Row {
	if text == "" {
		var b strings.Builder
		for j := range 3 + seq*7%38 {
			b.WriteString(prose[(seq*31+j*j*17+j)%len(prose)])
			b.WriteByte(' ')
		}
		text = b.String()
	}
	who := seq / 3 % 5
	return &Row{
		ID: fmt.Sprintf("m%06d", seq), Seq: uint64(seq), Author: fmt.Sprint("account", who), Name: fmt.Sprint("Person ", who),
		Own: who == 0, Time: noon.Add(time.Duration(seq-100_000) * 40 * time.Second), Text: text,
	}
}

// script is a source whose answers the test lets go, as a store's come later.
type script struct {
	rows   Static
	hold   bool
	held   []func()
	asked  []Request
	broken bool
}

func (s *script) Load(r Request, done func(Page, bool)) {
	s.asked = append(s.asked, r)
	answer := func() {
		if s.broken {
			done(Page{}, false)
			return
		}
		s.rows.Load(r, done)
	}
	if s.hold {
		s.held = append(s.held, answer)
		return
	}
	answer()
}

// release answers everything held back so far.
func (s *script) release() {
	held := s.held
	s.held = nil
	for _, f := range held {
		f()
	}
}

// add appends a message to the source and tells the timeline.
func (s *script) add(t *Timeline, text string) *Row {
	r := message(int(s.rows[len(s.rows)-1].Seq)+1, text)
	s.rows = append(s.rows[:len(s.rows):len(s.rows)], r)
	t.Changed(Tail)
	return r
}

// shown opens a timeline in a window of the given size.
func shown(tb testing.TB, s Source, size fyne.Size, hooks Hooks, at Start) (*Timeline, fyne.Window) {
	tb.Helper()
	test.NewTempApp(tb).Settings().SetTheme(look.NewTheme(look.Options{Variant: "light"}))
	t := New(English(), hooks)
	w := test.NewTempWindow(tb, container.NewStack(t))
	w.SetPadded(false)
	w.Resize(size)
	t.Open(s, at)
	return t, w
}

var usual = fyne.NewSize(800, 700)

// places maps the rows on screen to the height of their lower edge.
func places(t *Timeline) map[string]float32 {
	out := map[string]float32{}
	for _, p := range t.placed {
		out[p.m.row.ID] = p.bottom()
	}
	return out
}

// unmoved fails unless every row that is on screen before and after stands at the
// same place, and nearly all still are.
func unmoved(t *testing.T, before, after map[string]float32) {
	t.Helper()
	common := 0
	for id, y := range before {
		if now, ok := after[id]; ok {
			common++
			if d := now - y; d > 0.01 || d < -0.01 {
				t.Errorf("row %s moved by %v", id, d)
			}
		}
	}
	if common < len(before) {
		t.Errorf("only %d of %d rows are still on screen", common, len(before))
	}
}

// sound checks what must hold after every step.
func sound(t interface {
	Helper()
	Fatalf(string, ...any)
}, tl *Timeline,
) {
	t.Helper()
	size := tl.Size()
	if len(tl.window.rows) == 0 {
		if len(tl.placed) != 0 {
			t.Fatalf("rows on screen of an empty room")
		}
		return
	}
	if len(tl.placed) == 0 {
		t.Fatalf("nothing on screen of %d rows", len(tl.window.rows))
	}
	views := map[*rowView]bool{}
	for i, p := range tl.placed {
		if i > 0 {
			before := tl.placed[i-1]
			if p.index != before.index+1 || p.y-before.bottom() > 0.01 || before.bottom()-p.y > 0.01 {
				t.Fatalf("row %d at %v does not follow row %d that ends at %v", p.index, p.y, before.index, before.bottom())
			}
		}
		if p.m.row != tl.window.rows[p.index] {
			t.Fatalf("place %d shows another row", i)
		}
		if p.view == nil || views[p.view] || p.view.m != p.m || p.view.box.Position().Y != p.y {
			t.Fatalf("row %d: its view is missing, shared, stale or elsewhere", p.index)
		}
		views[p.view] = true
		if tl.layer.Objects[i] != fyne.CanvasObject(p.view.box) {
			t.Fatalf("the container does not hold the rows in order")
		}
	}
	for _, v := range tl.spare {
		if views[v] {
			t.Fatalf("a view is spare and in use")
		}
	}
	lowest, highest := tl.placed[len(tl.placed)-1], tl.placed[0]
	if lowest.bottom() < size.Height-listBottom-0.01 {
		t.Fatalf("gap of %v below the last row", size.Height-listBottom-lowest.bottom())
	}
	if highest.y > 0.01 && highest.index > 0 {
		t.Fatalf("gap above row %d", highest.index)
	}
	if highest.index == 0 && highest.y > 0.01 && !tl.follow {
		t.Fatalf("the first row hangs at %v", highest.y)
	}
}

func key(t *Timeline, name fyne.KeyName) { t.TypedKey(&fyne.KeyEvent{Name: name}) }

func mouseAt(pos fyne.Position) *desktop.MouseEvent {
	return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: pos, AbsolutePosition: pos}, Button: desktop.MouseButtonPrimary}
}

// click presses and lets go at a place; it starts a new series of clicks.
func click(t *Timeline, pos fyne.Position) {
	t.lastDown = time.Time{}
	clickAgain(t, pos)
}

func clickAgain(t *Timeline, pos fyne.Position) {
	t.MouseDown(mouseAt(pos))
	t.MouseUp(mouseAt(pos))
}

// textPoint is a point in the view over a byte of a row's text.
func textPoint(t *testing.T, tl *Timeline, id string, part string) fyne.Position {
	t.Helper()
	for _, p := range tl.placed {
		if p.m.row.ID != id {
			continue
		}
		at := strings.Index(p.m.text.Text.Plain, part)
		if at < 0 {
			t.Fatalf("no %q in %q", part, p.m.text.Text.Plain)
		}
		for i, line := range p.m.text.Lines {
			if at >= line.Start && at < line.End {
				x := fyne.MeasureText(p.m.text.Text.Plain[line.Start:at], p.m.text.Font.Size, p.m.text.Font.Style).Width
				return fyne.NewPos(p.m.textAt.X+x+1, p.y+p.m.textAt.Y+(float32(i)+0.5)*p.m.text.Font.Line)
			}
		}
	}
	t.Fatalf("row %s is not on screen", id)
	return fyne.Position{}
}

func wheel(t *Timeline, dy float32) {
	t.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, dy/look.WheelGain)})
}
