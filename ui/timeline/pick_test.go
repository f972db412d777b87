package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// ids are the identities of rows.
func ids(rows []*Row) (list []string) {
	for _, r := range rows {
		list = append(list, r.ID)
	}
	return list
}

// onRowOf is a place in a message where no text is.
func onRowOf(tl *Timeline, r *Row) fyne.Position {
	p := tl.placed[tl.placedRow(r)]
	return fyne.NewPos(p.m.bubble.X+3, p.y+p.m.bubble.Y+3)
}

// drawnPicked are the rows that are drawn as chosen.
func drawnPicked(tl *Timeline) (list []string) {
	for i := range tl.placed {
		if v := tl.placed[i].view; v.picked == pickDone && slices.Contains(v.box.Objects, fyne.CanvasObject(v.pick.back)) {
			list = append(list, tl.placed[i].m.row.ID)
		}
	}
	return list
}

// TestPick: messages are chosen by clicks, with Shift up to where one clicks, and by keys;
// what is no message is not, and a click does nothing else meanwhile.
func TestPick(t *testing.T) {
	joined := &Row{ID: "s", Seq: 5, Kind: System, Time: noon, Text: "Bob joined"}
	gone := &Row{ID: "g", Seq: 6, Kind: Hint, Author: "x", Name: "Xi", Time: noon, Text: "This message was deleted"}
	waits := &Row{ID: "w", Own: true, State: Waiting, Time: noon, Text: "on its way"}
	rows := Static{message(3, "one two"), message(4, "see https://example.org/x"), joined, gone, message(7, "seven"), message(8, "eight"), waits}
	other := false
	told := 0
	hooks := Hooks{
		OnAuthor: func(*Row) { other = true }, OnReact: func(*Row, string) { other = true }, OnDetails: func(*Row) { other = true },
		OnType: func(rune) { other = true }, OnPicked: func() { told++ },
	}
	tl, w := shown(t, rows, usual, hooks, Start{})
	want := func(what string, list ...string) {
		t.Helper()
		if got := ids(tl.Picked()); !slices.Equal(got, list) || !slices.Equal(drawnPicked(tl), list) {
			t.Errorf("%s: %v are chosen, %v drawn so, want %v", what, got, drawnPicked(tl), list)
		}
	}
	a, b, c, d := rows[0], rows[1], rows[4], rows[5]
	drag(tl, textPoint(t, tl, a.ID, "one"), textPoint(t, tl, a.ID, "two"))
	tl.Pick(b)
	if !tl.Picking() || tl.Selected() != "" || w.Canvas().Focused() != fyne.Focusable(tl) || told != 1 {
		t.Errorf("choosing %v, selected %q, told %d times", tl.Picking(), tl.Selected(), told)
	}
	want("from the menu", b.ID)
	click(tl, textPoint(t, tl, b.ID, "https"))
	want("clicked again")
	tl.pointer.clicks = 0
	click(tl, onRowOf(tl, d))
	shiftClick(tl, onRowOf(tl, a))
	want("with Shift", a.ID, b.ID, c.ID, d.ID)
	for _, r := range []*Row{joined, gone, waits} {
		click(tl, onRowOf(tl, r))
		tl.Pick(r)
	}
	want("what is no message", a.ID, b.ID, c.ID, d.ID)
	drag(tl, textPoint(t, tl, a.ID, "one"), textPoint(t, tl, a.ID, "two"))
	if tl.Selected() != "" {
		t.Error("text was selected meanwhile")
	}
	want("dragged over", b.ID, c.ID, d.ID)
	tl.MouseMoved(mouseAt(onRowOf(tl, c)))
	if tl.tools.back.Visible() || tl.Cursor() != desktop.PointerCursor {
		t.Error("the marks beside a message show")
	}
	tl.TypedRune('x')
	if other {
		t.Error("a click did something else")
	}
	tl.StopPicking()
	want("afterwards")
	if tl.Picking() || told < 2 {
		t.Error("it goes on")
	}
	tl.TypedRune('x')
	if !other {
		t.Error("what is typed does not arrive any more")
	}
}

// TestPickByKey: Space chooses, Shift with the arrows on the way, Delete asks, Ctrl+C
// copies, Escape is for whose timeline it is.
func TestPickByKey(t *testing.T) {
	rows := Static{message(3, "one"), message(4, "two"), message(5, "three"), message(6, "four")}
	rows[2].Files = []File{{Key: "f", Name: "plan.pdf"}}
	rows[2].Text = ""
	left, deleted := false, false
	tl, w := shown(t, rows, usual, Hooks{OnLeave: func() { left = true }, OnDeletePicked: func() { deleted = true }}, Start{})
	w.Canvas().Focus(tl)
	key(tl, fyne.KeyUp)
	key(tl, fyne.KeyDown)
	tl.Pick(rows[3])
	tl.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	key(tl, fyne.KeyUp)
	tl.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	key(tl, fyne.KeyUp)
	key(tl, fyne.KeyUp)
	key(tl, fyne.KeySpace)
	if got := ids(tl.Picked()); !slices.Equal(got, []string{rows[0].ID, rows[2].ID, rows[3].ID}) {
		t.Fatalf("%v are chosen", got)
	}
	clip := test.NewClipboard()
	tl.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
	want := strings.Join([]string{said(tl, rows[0], "one"), said(tl, rows[2], "plan.pdf"), said(tl, rows[3], "four")}, "\n\n")
	if clip.Content() != want {
		t.Errorf("copied %q, want %q", clip.Content(), want)
	}
	key(tl, fyne.KeySpace)
	if len(tl.Picked()) != 2 {
		t.Error("Space does not take one back")
	}
	key(tl, fyne.KeyDelete)
	key(tl, fyne.KeyEscape)
	if !deleted || !left {
		t.Errorf("Delete %v, Escape %v", deleted, left)
	}
}

// TestPickFromSelection: whoever has selected text over messages, and wants these, has
// them.
func TestPickFromSelection(t *testing.T) {
	rows := Static{message(3, "one two"), message(4, "three"), message(5, "four five"), message(6, "six")}
	tl, _ := shown(t, rows, usual, Hooks{}, Start{})
	drag(tl, textPoint(t, tl, rows[0].ID, "two"), textPoint(t, tl, rows[2].ID, " five"))
	tl.Pick(rows[1])
	if got := ids(tl.Picked()); !slices.Equal(got, ids(rows[:3])) {
		t.Errorf("%v are chosen", got)
	}
}

// TestPickKept: what is chosen stays so as messages come, change, and leave the window of
// what is loaded; what was deleted does not.
func TestPickKept(t *testing.T) {
	rows := talk(400)
	s := &script{rows: rows}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	newest := rows[len(rows)-1]
	before := rows[len(rows)-2]
	tl.Pick(newest)
	tl.toggle(before)
	s.add(tl, "one more")
	edited := *before
	edited.Text = "other words"
	s.rows[len(rows)-2] = &edited
	tl.Changed(Shown)
	if got := ids(tl.Picked()); !slices.Equal(got, []string{before.ID, newest.ID}) || tl.Picked()[0].Text != "other words" {
		t.Errorf("%v are chosen", got)
	}
	tl.ShowSeq(rows[20].Seq)
	if tl.window.index(newest.ID) >= 0 {
		t.Fatal("the newest is still loaded")
	}
	if len(tl.Picked()) != 2 {
		t.Error("what is not loaded is not chosen any more")
	}
	tl.ShowLatest()
	deleted := edited
	deleted.Kind, deleted.Text = Hint, "gone"
	s.rows[len(rows)-2] = &deleted
	tl.Changed(All)
	if got := ids(tl.Picked()); !slices.Equal(got, []string{newest.ID}) {
		t.Errorf("%v are chosen after one was deleted", got)
	}
	tl.Open(rows, Start{})
	if tl.Picking() {
		t.Error("it goes on in another room")
	}
}

// TestPickMost: no more are chosen than may be, the nearest first.
func TestPickMost(t *testing.T) {
	rows := talk(MostPicked + 60)
	most := 0
	tl, _ := shown(t, rows, usual, Hooks{OnPickedMost: func() { most++ }}, Start{})
	last := rows[len(rows)-1]
	tl.Pick(last)
	for range 400 { // until enough is loaded
		wheel(tl, 400)
	}
	first := tl.window.rows[0]
	if last.Seq-first.Seq < MostPicked {
		t.Fatalf("only %d are loaded", len(tl.window.rows))
	}
	tl.pickTo(first)
	got := tl.Picked()
	if len(got) != MostPicked || most != 1 || got[len(got)-1] != last {
		t.Errorf("%d are chosen, told %d times", len(got), most)
	}
}

// TestPickNarrow: the marks stand beside what was said, in a narrow window and with large
// text, too.
func TestPickNarrow(t *testing.T) {
	for _, width := range []float32{300, 480, 900} {
		rows := Static{message(3, strings.Repeat("many words ", 40)), message(4, "short"), message(5, "x")}
		rows[1].Own, rows[1].Text = true, strings.Repeat("own words ", 40)
		rows[1].Reactions = []Reaction{{"👍", 2, false}, {"🎉", 3, true}, {"❤️", 1, false}}
		tl, _ := shown(t, rows, fyne.NewSize(width, 700), Hooks{}, Start{})
		tl.Pick(rows[1])
		for i := range tl.placed {
			p := &tl.placed[i]
			ring := p.view.pick.ring
			right := ring.Position().X + ring.Size().Width
			what := fmt.Sprint(width, " ", i)
			if ring.Position().X < 0 || right > p.m.bubble.X || p.m.avatarAt.H > 0 && right > p.m.avatarAt.X {
				t.Errorf("%s: the mark ends at %v, the bubble begins at %v", what, right, p.m.bubble.X)
			}
			if end := p.m.bubble.X + p.m.bubble.W; end > width {
				t.Errorf("%s: the bubble ends at %v", what, end)
			}
			for _, pill := range p.m.pills {
				if pill.X < right {
					t.Errorf("%s: a reaction at %v", what, pill.X)
				}
			}
		}
	}
}
