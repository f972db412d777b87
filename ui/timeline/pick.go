package timeline

import (
	"cmp"
	"image/color"
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/internal/linkguard"
	"hearth/ui/look"
)

// picking is the choosing of whole messages, to do something with all of them. While it
// goes on no text is selected, and a click on a message chooses it and does nothing else.
type picking struct {
	choosing bool
	picked   map[string]*Row // by identity; also those that are no longer loaded
	since    *Row            // where a range begins: the one chosen last
	told     int             // one more than were chosen when OnPicked was called last; 0 none were being
}

// MostPicked is how many messages are chosen at a time.
const MostPicked = 100

// pickState is how a row takes part in the choosing.
type pickState int

const (
	pickNone pickState = iota // it does not
	pickOpen                  // it may be chosen
	pickDone                  // it is chosen
)

// pickable reports whether a message can be chosen: it is in the log, and shows.
func pickable(r *Row) bool { return r.Live() && !r.Folded }

// Picking reports whether messages are being chosen.
func (t *Timeline) Picking() bool { return t.choosing }

// Picked are the messages that are chosen, the oldest first.
func (t *Timeline) Picked() []*Row {
	return slices.SortedFunc(maps.Values(t.picked), func(a, b *Row) int { return cmp.Compare(a.Seq, b.Seq) })
}

// Pick begins to choose messages with one, and with all over which text is selected if
// it is among them. What is being chosen already stays so.
func (t *Timeline) Pick(r *Row) {
	if !pickable(r) {
		return
	}
	begin := []*Row{r}
	if len(t.chosen) > 1 && t.isSelected(r) {
		begin = t.chosen
	}
	t.selectNothing()
	if !t.choosing {
		t.choosing, t.picked = true, map[string]*Row{}
		t.hover(hit{})
		t.regauge()
	}
	t.cursor = r
	t.since = nil
	t.pickAll(begin)
	t.since = r
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		c.Focus(t)
	}
	t.arrange()
}

// StopPicking ends the choosing; nothing is chosen any more.
func (t *Timeline) StopPicking() {
	if t.choosing {
		t.picking = picking{told: t.told}
		t.regauge()
		t.arrange()
	}
}

// regauge measures all rows anew: they make room for the marks, or take it back.
func (t *Timeline) regauge() {
	t.geo = t.geometry()
	t.measures.reset()
}

// pickAll chooses rows, as many as may be.
func (t *Timeline) pickAll(rows []*Row) {
	for _, r := range rows {
		if t.picked[r.ID] != nil || !pickable(r) {
			continue
		}
		if len(t.picked) == MostPicked {
			if t.hooks.OnPickedMost != nil {
				t.hooks.OnPickedMost()
			}
			return
		}
		t.picked[r.ID] = r
	}
}

// toggle chooses a row, or no longer.
func (t *Timeline) toggle(r *Row) {
	if !pickable(r) {
		return
	}
	t.since = r
	if t.picked[r.ID] != nil {
		delete(t.picked, r.ID)
	} else {
		t.pickAll([]*Row{r})
	}
	t.arrange()
}

// pickTo chooses everything between the one chosen last and a row.
func (t *Timeline) pickTo(r *Row) {
	from, to := -1, t.window.index(r.ID)
	if t.since != nil {
		if from = t.window.index(t.since.ID); from < 0 && t.since.Seq > 0 && t.since.Seq > t.window.last() {
			from = len(t.window.rows) - 1
		} else if from < 0 {
			from = 0 // further up than what is loaded
		}
	}
	if from < 0 || to < 0 {
		t.toggle(r)
		return
	}
	rows := slices.Clone(t.window.rows[min(from, to) : max(from, to)+1])
	if from > to { // the nearest first, where not all may be
		slices.Reverse(rows)
	}
	t.pickAll(rows)
	t.arrange()
}

// pickDown is a press of the mouse while messages are being chosen; false if it was on
// something else.
func (t *Timeline) pickDown(e *desktop.MouseEvent, h hit) bool {
	if !t.choosing || h.floats() || h.part == onDay {
		return false
	}
	t.clicks = 2 // letting go does nothing
	t.takeFocus()
	if h.row == nil || !pickable(h.row) {
		return true
	}
	t.cursor = h.row
	if e.Modifier&fyne.KeyModifierShift != 0 {
		t.pickTo(h.row)
	} else {
		t.toggle(h.row)
	}
	return true
}

// pickKey uses a key while messages are being chosen; false leaves it to the others.
func (t *Timeline) pickKey(e *fyne.KeyEvent) bool {
	if !t.choosing {
		return false
	}
	switch e.Name {
	case fyne.KeySpace:
		if t.quiet = false; t.cursor == nil {
			t.cursor = t.lowestMessage()
		}
		if t.cursor != nil {
			t.toggle(t.cursor)
		}
	case fyne.KeyDelete:
		if t.hooks.OnDeletePicked != nil {
			t.hooks.OnDeletePicked()
		}
	default:
		return false
	}
	return true
}

// pickStep extends what is chosen by the next message in a direction.
func (t *Timeline) pickStep(by int) {
	if t.cursor != nil && pickable(t.cursor) && t.picked[t.cursor.ID] == nil {
		t.pickAll([]*Row{t.cursor})
	}
	t.moveCursor(by)
	if t.cursor != nil && pickable(t.cursor) {
		t.since = t.cursor
		t.pickAll([]*Row{t.cursor})
	}
	t.arrange()
}

// keepPicked finds the chosen messages again after rows were replaced: what was deleted
// or is gone is chosen no more.
func (t *Timeline) keepPicked() {
	for id, r := range t.picked {
		switch j := t.window.index(id); {
		case j >= 0 && pickable(t.window.rows[j]):
			t.picked[id] = t.window.rows[j]
		case j < 0 && t.beyond(r):
		default:
			delete(t.picked, id)
		}
	}
}

// tellPicked tells the owner how many are chosen where that has changed.
func (t *Timeline) tellPicked() {
	n := 0
	if t.choosing {
		n = len(t.picked) + 1
	}
	if n == t.told {
		return
	}
	t.told = n
	if t.hooks.OnPicked != nil {
		t.hooks.OnPicked()
	}
}

// pickStateOf is how a row takes part.
func (t *Timeline) pickStateOf(r *Row) pickState {
	switch {
	case !t.choosing || !pickable(r):
		return pickNone
	case t.picked[r.ID] != nil:
		return pickDone
	}
	return pickOpen
}

// CopiedPicked is the text of the chosen messages, each under who wrote it and when where
// there are several. Of files there are the names.
func (t *Timeline) CopiedPicked() string {
	var parts []string
	rows := t.Picked()
	for _, r := range rows {
		var said []string
		for i := range r.Files {
			said = append(said, linkguard.CleanName(r.Files[i].Name))
		}
		if r.Text != "" {
			said = append(said, linkguard.CleanText(r.Text))
		}
		text := strings.Join(said, "\n")
		if len(rows) > 1 {
			text = t.words.Copied(linkguard.CleanName(r.Name), r.Time) + "\n" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n")
}

// Where the mark of a message stands that may be chosen.
func pickSide() float32 { return look.Grown(20) }

// pickColumn is the room for the marks.
func (g geometry) pickColumn() float32 {
	if !g.picking {
		return 0
	}
	return pickSide() + 10
}

// pickView draws that a row is chosen, or may be.
type pickView struct {
	back, ring *canvas.Rectangle
	check      *canvas.Image
}

func newPickView() pickView {
	return pickView{back: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent), check: canvas.NewImageFromResource(nil)}
}

// bind sets up the light behind a chosen row, and its mark.
func (v *pickView) bind(out []fyne.CanvasObject, m *measured, s pickState, p *look.Palette, g geometry) []fyne.CanvasObject {
	if s == pickNone {
		return out
	}
	side := pickSide()
	at := box{g.gutter, m.bubble.Y + m.bubble.H - (g.avatar()+side)/2, side, side}
	at.Y = max(at.Y, m.bubble.Y+(min(m.bubble.H, g.avatar())-side)/2)
	v.ring.CornerRadius = side / 2
	v.ring.FillColor, v.ring.StrokeColor, v.ring.StrokeWidth = color.Transparent, p.Faint, 1.5
	put(v.ring, at)
	if s == pickOpen {
		return append(out, v.ring)
	}
	v.back.FillColor = look.Alpha(p.Accent, 0.18)
	put(v.back, box{0, m.bubble.Y - gapIn, g.width, m.height - m.bubble.Y + gapIn})
	v.ring.FillColor, v.ring.StrokeWidth = p.Accent, 0
	setGlyph(v.check, look.IconCheck, p.OnAccent)
	const in = 3
	put(v.check, box{at.X + in, at.Y + in, side - 2*in, side - 2*in})
	return append(out, v.back, v.ring, v.check)
}
