package timeline

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/internal/linkguard"
	"hearth/ui/textblock"
)

// selection is the text somebody chose, in one message or over several. It begins where
// the pointer went down and ends where the pointer is, in either direction.
type selection struct {
	chosen []*Row          // that it touches, from above; lines between messages are no part of it
	base   *Row            // where it began, the first or the last of chosen; nil: nothing is selected
	begin  textblock.Range // what was taken first, in the text of base: nothing, a word or all
	from   int             // byte of the first row's text where it begins
	upTo   int             // byte of the last row's text where it ends

	edge  *fyne.Animation // scrolls while the pointer is held beyond the view
	pull  float32         // by how far it is beyond: above is negative
	where fyne.Position   // of the pointer while it drags
}

// unit is how much of a text is selected at a time.
type unit int

const (
	byCharacter unit = 1
	byWord      unit = 2
	byMessage   unit = 3
)

// around is what of a text a unit takes at a place: a border, a word, everything.
func around(text *textblock.Text, at int, by unit) textblock.Range {
	switch {
	case by == byWord && len(text.Plain) > 0:
		start, end := text.Word(min(at, len(text.Plain)-1))
		return textblock.Range{Start: start, End: end}
	case by >= byMessage:
		return textblock.Range{Start: 0, End: len(text.Plain)}
	}
	return textblock.Range{Start: at, End: at}
}

// selectFrom begins a selection in a row; an empty one shows nothing.
func (t *Timeline) selectFrom(r *Row, begin textblock.Range) {
	t.selection.base, t.selection.begin = r, begin
	t.choose([]*Row{r}, begin.Start, begin.End)
}

// selectNothing takes the selection away.
func (t *Timeline) selectNothing() {
	t.stopEdge()
	if t.base != nil {
		t.selection = selection{edge: t.edge}
		t.arrange()
	}
}

// selectTo has the selection reach from where it began to a place in another row or the
// same.
func (t *Timeline) selectTo(r *Row, end textblock.Range) {
	if t.base == nil {
		return
	}
	if r == t.base {
		t.choose([]*Row{r}, min(t.begin.Start, end.Start), max(t.begin.End, end.End))
		return
	}
	all := t.reachable()
	from, to := slices.Index(all, t.base), slices.Index(all, r)
	switch {
	case from < 0 || to < 0:
	case from < to:
		t.choose(messagesOf(all[from:to+1]), t.begin.Start, end.End)
	default:
		t.choose(messagesOf(all[to:from+1]), end.Start, t.begin.End)
	}
}

// choose makes rows the selected ones.
func (t *Timeline) choose(rows []*Row, first, last int) {
	if first == t.from && last == t.upTo && slices.Equal(rows, t.chosen) {
		return
	}
	t.chosen, t.from, t.upTo = rows, first, last
	t.arrange()
}

// reachable are the rows that are loaded, and the selected ones that no longer are; none
// if there are others between.
func (t *Timeline) reachable() []*Row {
	if slices.Contains(t.window.rows, t.base) {
		return t.window.rows
	}
	gone := slices.DeleteFunc(slices.Clone(t.chosen), func(r *Row) bool { return slices.Contains(t.window.rows, r) })
	if len(gone) == len(t.chosen) {
		return nil
	}
	if t.base.Seq > 0 && t.base.Seq < t.window.first() {
		return slices.Concat(gone, t.window.rows)
	}
	return slices.Concat(t.window.rows, gone)
}

// messagesOf leaves out the lines between messages.
func messagesOf(rows []*Row) []*Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r.Kind == System })
}

// selectedIn is the selection in one row.
func (t *Timeline) selectedIn(r *Row) textblock.Range {
	if t.base == nil {
		return textblock.Range{}
	}
	i := slices.Index(t.chosen, r)
	if i < 0 {
		return textblock.Range{}
	}
	in := textblock.Range{Start: 0, End: len(textOf(t, r).Plain)}
	if i == 0 {
		in.Start = t.from
	}
	if i == len(t.chosen)-1 {
		in.End = t.upTo
	}
	return in
}

// Selected returns the selected text, "" if there is none. Of several messages each
// begins with who wrote it and when.
func (t *Timeline) Selected() string {
	var alone string
	var parts []string
	for _, r := range t.chosen {
		in, text := t.selectedIn(r), textOf(t, r)
		if in.Empty() || r.Kind == Hint && len(t.chosen) > 1 { // only touched, or gone
			continue
		}
		alone = text.Written(in.Start, in.End)
		parts = append(parts, t.words.Copied(linkguard.CleanName(r.Name), r.Time)+"\n"+alone)
	}
	if len(parts) == 1 {
		return alone
	}
	return strings.Join(parts, "\n\n")
}

// isSelected reports whether something of a row is selected.
func (t *Timeline) isSelected(r *Row) bool {
	return t.base != nil && slices.Contains(t.chosen, r)
}

// keepSelection finds the selected rows again after rows were replaced. If a text at one
// of its ends changed or is gone, so is the selection.
func (t *Timeline) keepSelection() {
	if t.base == nil {
		return
	}
	ends := [3]*Row{t.base, t.chosen[0], t.chosen[len(t.chosen)-1]}
	loaded := true
	for i, r := range ends {
		switch j := t.window.index(r.ID); {
		case j >= 0 && t.window.rows[j].Text == r.Text && t.window.rows[j].Kind == r.Kind:
			ends[i] = t.window.rows[j]
		case j < 0 && t.beyond(r):
			loaded = false
		default:
			t.stopEdge()
			t.selection = selection{edge: t.edge}
			return
		}
	}
	t.base = ends[0]
	if !loaded { // the rows that are not loaded are kept as they were
		for i, r := range t.chosen {
			if j := t.window.index(r.ID); j >= 0 {
				t.chosen[i] = t.window.rows[j]
			}
		}
		return
	}
	from, to := t.window.index(ends[1].ID), t.window.index(ends[2].ID)
	t.chosen = messagesOf(t.window.rows[from : to+1])
}

// beyond reports whether a row that is not loaded is further up or down than those
// that are, and so still there.
func (t *Timeline) beyond(r *Row) bool {
	if r.Seq == 0 || r.Seq > t.window.last() {
		return t.window.newer
	}
	return r.Seq < t.window.first() && t.window.older
}

// pointAt is the message nearest to a height of the view and the place in its text that
// is nearest to a point; nil if no message is in view.
func (t *Timeline) pointAt(pos fyne.Position) (r *Row, offset int) {
	best := -1
	for i := range t.placed {
		if t.placed[i].m.row.Kind != System && (best < 0 || t.placed[i].y <= pos.Y) {
			best = i
		}
	}
	if best < 0 {
		return nil, 0
	}
	p := t.placed[best]
	at := pos.SubtractXY(0, p.y).Subtract(p.m.textAt.pos())
	offset, _ = p.m.text.Hit(at)
	if pos.Y > p.bottom() { // a line between messages follows
		offset = len(p.m.text.Text.Plain)
	}
	return p.m.row, offset
}

// dragTo has the selection reach to the pointer.
func (t *Timeline) dragTo(pos fyne.Position) {
	pressed := t.pressed.row
	if t.choosing || pressed == nil || pressed.Kind == System || t.pressed.part >= onQuote && t.pressed.part <= onTool {
		return
	}
	by := unit(t.clicks)
	if t.base == nil {
		if i := t.window.index(pressed.ID); i >= 0 { // read anew since
			pressed = t.window.rows[i]
		}
		t.takeFocus()
		t.selectFrom(pressed, around(textOf(t, pressed), t.pressed.offset, by))
	}
	if r, offset := t.pointAt(pos); r != nil {
		t.selectTo(r, around(textOf(t, r), offset, by))
	}
}

// edgeSpeed is how many of the pixels by which the pointer is beyond the view are
// scrolled in a second, edgeMost how many pixels at most.
const (
	edgeSpeed = 12
	edgeMost  = 2400
)

// pullEdge scrolls while the pointer that selects is held above or below the view.
func (t *Timeline) pullEdge(pos fyne.Position) {
	t.where = pos
	t.pull = min(0, pos.Y) + max(0, pos.Y-t.readable())
	if t.pull == 0 || t.base == nil {
		t.stopEdge()
		return
	}
	if t.edge != nil {
		return
	}
	before := time.Now()
	t.edge = fyne.NewAnimation(time.Hour, func(float32) {
		now := time.Now()
		t.edgeStep(float32(min(now.Sub(before), 100*time.Millisecond).Seconds()))
		before = now
	})
	t.edge.Start()
}

// edgeStep scrolls as far as so many seconds are worth.
func (t *Timeline) edgeStep(seconds float32) {
	if t.edge == nil {
		return
	}
	t.scrollBy(-max(-edgeMost, min(edgeMost, t.pull*edgeSpeed)) * seconds)
	t.dragTo(t.where)
}

func (t *Timeline) stopEdge() {
	if t.edge != nil {
		t.edge.Stop()
		t.edge = nil
	}
}

// extended reports whether a press adds to the selection: with Shift held.
func (t *Timeline) extended(e *desktop.MouseEvent, h hit) bool {
	if e.Modifier&fyne.KeyModifierShift == 0 || h.part != onText && h.part != onLink && h.part != onRow {
		return false
	}
	if t.base == nil {
		return false
	}
	t.takeFocus()
	t.clicks, t.dragging = int(byCharacter), true // letting go is no click
	r, offset := t.pointAt(h.pos)
	t.pressed.row = t.base
	t.selectTo(r, around(textOf(t, r), offset, byCharacter))
	return true
}

// selectByKey extends the selection by whole messages, upwards or downwards, from the
// one the keys are about.
func (t *Timeline) selectByKey(by int) {
	if t.cursor == nil || t.cursor.Kind == System {
		t.moveCursor(by)
		return
	}
	whole := func(r *Row) textblock.Range { return around(textOf(t, r), 0, byMessage) }
	if t.base == nil || t.chosen[0] != t.cursor && t.chosen[len(t.chosen)-1] != t.cursor {
		t.selectFrom(t.cursor, whole(t.cursor))
	} else {
		t.begin = whole(t.base)
	}
	t.moveCursor(by)
	if t.cursor != nil && t.cursor.Kind != System {
		t.selectTo(t.cursor, whole(t.cursor))
	}
}
