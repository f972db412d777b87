package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hearth/internal/linkguard"
)

// drag presses at one place and lets go at another, with a stop between.
func drag(t *Timeline, from, to fyne.Position) {
	t.clicks, t.lastPos = 0, fyne.Position{}
	t.MouseDown(mouseAt(from))
	for _, at := range []fyne.Position{fyne.NewPos((from.X+to.X)/2, (from.Y+to.Y)/2), to} {
		t.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at}})
	}
	t.MouseUp(mouseAt(to))
	t.DragEnd()
}

func shiftClick(t *Timeline, at fyne.Position) {
	e := mouseAt(at)
	e.Modifier = fyne.KeyModifierShift
	t.MouseDown(e)
	t.MouseUp(e)
}

// said is what is copied of a message among several.
func said(tl *Timeline, r *Row, text string) string {
	return tl.words.Copied(r.Name, r.Time) + "\n" + text
}

// marks returns the rows on screen of which something is drawn as selected.
func marks(tl *Timeline) (ids []string) {
	for i := range tl.placed {
		if !tl.placed[i].view.selected.Empty() {
			ids = append(ids, tl.placed[i].m.row.ID)
		}
	}
	return ids
}

// TestSelectOverMessages: a selection reaches over messages, in both directions, leaves
// out what nobody said, and names who said the rest.
func TestSelectOverMessages(t *testing.T) {
	joined := &Row{ID: "s", Seq: 5, Kind: System, Time: noon, Text: "Bob joined"}
	gone := &Row{ID: "g", Seq: 6, Kind: Hint, Author: "x", Name: "Xi", Time: noon, Text: "This message was deleted"}
	rows := Static{message(3, "one two three"), message(4, "four five six"), joined, gone, message(7, "seven eight nine"), message(8, "ten")}
	tl, _ := shown(t, rows, usual, Hooks{}, Start{})
	clip := test.NewClipboard()
	two, eight := textPoint(t, tl, rows[0].ID, "two"), textPoint(t, tl, rows[4].ID, " nine")
	want := strings.Join([]string{
		said(tl, rows[0], "two three"), said(tl, rows[1], "four five six"), said(tl, rows[4], "seven eight"),
	}, "\n\n")
	for name, ends := range map[string][2]fyne.Position{"down": {two, eight}, "up": {eight, two}} {
		drag(tl, ends[0], ends[1])
		tl.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
		if got := clip.Content(); got != want {
			t.Errorf("%s: copied %q, want %q", name, got, want)
		}
		if got, want := marks(tl), []string{rows[0].ID, rows[1].ID, "g", rows[4].ID}; !slices.Equal(got, want) {
			t.Errorf("%s: %v are drawn as selected, want %v", name, got, want)
		}
	}
	if items := tl.menuItems(rows[1], hit{at: allFiles}); items[0].Text != tl.words.CopySelection {
		t.Errorf("the menu of a message within begins with %q", items[0].Text)
	}
	if items := tl.menuItems(rows[5], hit{at: allFiles}); items[0].Text == tl.words.CopySelection {
		t.Error("the menu of a message beside offers the selection")
	}
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if tl.Selected() != "" || len(marks(tl)) > 0 {
		t.Error("Escape leaves a selection")
	}
	// One whole message and nothing of its neighbours is that message.
	drag(tl, textPoint(t, tl, rows[4].ID, "seven"), fyne.NewPos(tl.placed[5].m.textAt.X-20, tl.placed[5].y+tl.placed[5].m.textAt.Y+2))
	if got := tl.Selected(); got != rows[4].Text {
		t.Errorf("selected %q", got)
	}
}

// TestSelectByWordsOverMessages: after a double click whole words are added, after a
// third click whole messages.
func TestSelectByWordsOverMessages(t *testing.T) {
	rows := Static{message(3, "one two three"), message(4, "four five six")}
	tl, _ := shown(t, rows, usual, Hooks{}, Start{})
	from, to := textPoint(t, tl, rows[0].ID, "wo three"), textPoint(t, tl, rows[1].ID, "ive six")
	for clicks, want := range map[int]string{
		2: said(tl, rows[0], "two three") + "\n\n" + said(tl, rows[1], "four five"),
		3: said(tl, rows[0], rows[0].Text) + "\n\n" + said(tl, rows[1], rows[1].Text),
	} {
		click(tl, from)
		for range clicks - 2 {
			clickAgain(tl, from)
		}
		tl.MouseDown(mouseAt(from))
		tl.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
		if got := tl.Selected(); got != want {
			t.Errorf("%d clicks: %q, want %q", clicks, got, want)
		}
		tl.MouseUp(mouseAt(to))
		tl.DragEnd()
	}
}

// TestSelectWithShift: Shift and a click reach from where the selection began, and open
// nothing; Shift and the arrows take whole messages.
func TestSelectWithShift(t *testing.T) {
	rows := Static{message(3, "one two three"), message(4, "see https://example.org/x now"), message(7, "seven eight nine")}
	opened := false
	hooks := Hooks{OnDetails: func(*Row) { opened = true }}
	tl, _ := shown(t, rows, usual, hooks, Start{})
	word := textPoint(t, tl, rows[0].ID, "two")
	click(tl, word)
	clickAgain(tl, word)
	shiftClick(tl, textPoint(t, tl, rows[2].ID, " eight"))
	want := said(tl, rows[0], "two three") + "\n\n" + said(tl, rows[1], rows[1].Text) + "\n\n" + said(tl, rows[2], "seven")
	if got := tl.Selected(); got != want {
		t.Errorf("Shift and a click: %q, want %q", got, want)
	}
	shiftClick(tl, textPoint(t, tl, rows[1].ID, "example"))
	if got, want := tl.Selected(), said(tl, rows[0], "two three")+"\n\n"+said(tl, rows[1], "see https://"); got != want || opened {
		t.Errorf("back again: %q, want %q; opened %v", got, want, opened)
	}
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	tl.quiet, tl.cursor = false, rows[1]
	tl.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if got, want := tl.Selected(), said(tl, rows[0], rows[0].Text)+"\n\n"+said(tl, rows[1], rows[1].Text); got != want {
		t.Errorf("Shift and arrows: %q, want %q", got, want)
	}
	tl.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if tl.cursor != rows[1] {
		t.Error("an arrow alone does not move")
	}
}

// TestSelectionBeyondTheView: held at the edge the pointer scrolls and takes what comes;
// what is so far away that it is no longer loaded is selected all the same.
func TestSelectionBeyondTheView(t *testing.T) {
	rows := talk(1200)
	for _, r := range rows {
		r.Text = fmt.Sprintf("number %d", r.Seq)
	}
	tl, _ := shown(t, rows, usual, Hooks{}, Start{})
	tl.most = 150
	last := rows[len(rows)-1]
	from := textPoint(t, tl, last.ID, "er")
	tl.MouseDown(mouseAt(from))
	tl.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(from.X, -150)}})
	if tl.edge == nil {
		t.Fatal("nothing scrolls")
	}
	for range 40 {
		tl.edgeStep(0.1)
	}
	if slices.Contains(tl.window.rows, last) {
		t.Fatal("where it began is still loaded")
	}
	first := tl.chosen[0]
	tl.DragEnd()
	if tl.edge != nil {
		t.Error("it goes on scrolling")
	}
	check := func(when string) {
		t.Helper()
		got := strings.Split(tl.Selected(), "\n\n")
		if n := int(last.Seq - first.Seq); len(got) < n || len(got) > n+1 || n < 150 {
			t.Fatalf("%s: %d of some %d messages are selected", when, len(got), n)
		}
		for i, text := range got[1 : len(got)-1] {
			if want := rows[len(rows)-len(got)+1+i]; text != said(tl, want, want.Text) {
				t.Fatalf("%s: %q, want %q", when, text, want.Text)
			}
		}
		if text := got[len(got)-1]; text != said(tl, last, "numb") {
			t.Errorf("%s: the end is %q", when, text)
		}
	}
	check("after the drag")
	tl.Changed(All)
	check("after everything was read anew")
	tl.ShowLatest()
	tl.Changed(All)
	check("at the other end")
	if got := marks(tl); len(got) == 0 || got[len(got)-1] != last.ID {
		t.Errorf("drawn as selected: %v", got)
	}
	// Shorter again, from where it began.
	shiftClick(tl, textPoint(t, tl, rows[len(rows)-3].ID, "number"))
	if got := strings.Count(tl.Selected(), "\n\n"); got > 2 {
		t.Errorf("%d messages are selected", got+1)
	}
}

// TestSelectionOverNews: messages that come or change within it take part; a text at its
// end that changes takes it away.
func TestSelectionOverNews(t *testing.T) {
	s := &script{rows: Static{message(3, "one two"), message(4, "three four"), message(7, "five six")}}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	drag(tl, textPoint(t, tl, s.rows[0].ID, "two"), textPoint(t, tl, s.rows[2].ID, " six"))
	edited := *s.rows[1]
	edited.Text = "other words"
	s.rows = Static{s.rows[0], &edited, message(5, "filled in"), s.rows[2]}
	s.add(tl, "news")
	tl.Changed(All)
	want := strings.Join([]string{
		said(tl, s.rows[0], "two"), said(tl, s.rows[1], "other words"), said(tl, s.rows[2], "filled in"), said(tl, s.rows[3], "five"),
	}, "\n\n")
	if got := tl.Selected(); got != want {
		t.Errorf("selected %q, want %q", got, want)
	}
	changed := *s.rows[3]
	changed.Text = "5 6"
	s.rows = append(slices.Clone(s.rows[:3]), &changed)
	tl.Changed(All)
	if got := tl.Selected(); got != "" {
		t.Errorf("selected %q", got)
	}
}

// TestShiftOfMenu: Shift is let go over the menu that it opened, and the arrows after that
// select nothing.
func TestShiftOfMenu(t *testing.T) {
	rows := Static{message(3, "one"), message(4, "two"), message(7, "three")}
	tl, w := shown(t, rows, usual, Hooks{}, Start{})
	w.Canvas().Focus(tl)
	tl.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF10})
	if w.Canvas().Overlays().Top() == nil {
		t.Fatal("no menu")
	}
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	tl.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	tl.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyI, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift})
	tl.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if got := tl.Selected(); got != "" {
		t.Errorf("selected %q", got)
	}
}

// TestCopyTitled: a link to a message is shown by words, copied as its address, and a click
// on the words goes there.
func TestCopyTitled(t *testing.T) {
	const link = "hearth:message/aiaaaaaaaaaaaaaaaaaaaaaaaa/12?f=aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	r := message(3, "before "+link+" after")
	r.Titles = []Title{{link, "#garden › Ann"}}
	var opened string
	tl, _ := shown(t, Static{r}, usual, Hooks{OnOpenLink: func(l linkguard.Link) { opened = l.URL }}, Start{})
	drag(tl, textPoint(t, tl, r.ID, "before"), textPoint(t, tl, r.ID, "ter").AddXY(2, 0))
	if got := tl.Selected(); !strings.Contains(got, link) || strings.Contains(got, "garden") {
		t.Errorf("copied is %q", got)
	}
	tl.selectFrom(r, around(textOf(tl, r), 10, byWord))
	if got := tl.Selected(); got != link {
		t.Errorf("a double click takes %q", got)
	}
	at := textPoint(t, tl, r.ID, "Ann")
	tl.clicks, tl.lastPos = 0, fyne.Position{}
	tl.MouseDown(mouseAt(at))
	tl.MouseUp(mouseAt(at))
	if opened != link {
		t.Errorf("a click opens %q", opened)
	}
	other := *r
	other.Titles = []Title{{link, "#garden › Bob"}}
	if r.same(&other) {
		t.Error("other words are not shown")
	}
}
