package timeline

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/textblock"
)

func TestKeysScroll(t *testing.T) {
	s := &script{rows: talk(900)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	test.NewTempWindow(t, tl)
	lowest := func() uint64 { return tl.placed[len(tl.placed)-1].m.row.Seq }
	highest := func() uint64 { return tl.placed[0].m.row.Seq }

	end := highest()
	key(tl, fyne.KeyPageUp)
	if lowest() > end+2 || lowest() < end-1 {
		t.Errorf("page up: from %d to %d–%d", end, highest(), lowest())
	}
	key(tl, fyne.KeyPageDown)
	if lowest() != 900 {
		t.Errorf("page down: %d", lowest())
	}
	key(tl, fyne.KeyHome)
	if highest() != 1 || tl.placed[0].y != 0 {
		t.Errorf("home: row %d at %v", highest(), tl.placed[0].y)
	}
	sound(t, tl)
	key(tl, fyne.KeyEnd)
	if lowest() != 900 || !tl.AtEnd() {
		t.Errorf("end: %d", lowest())
	}
	sound(t, tl)
	key(tl, fyne.KeyPageUp)
	key(tl, fyne.KeySpace)
	if lowest() != 900 {
		t.Errorf("space: %d", lowest())
	}
}

// TestKeysWalkTheRows: Up and Down go from bubble to bubble, over system lines,
// and what they reach is in view with the focus mark around it.
func TestKeysWalkTheRows(t *testing.T) {
	rows := talk(60)
	for i := range rows {
		if i%5 == 2 {
			rows[i].Kind = System
		}
	}
	tl, w := shown(t, rows, usual, Hooks{}, Start{})
	w.Canvas().Focus(tl)
	at := tl.cursor
	if at == nil || at.Seq != 60 {
		t.Fatalf("the focus begins at %v", at)
	}
	for seq := 59; seq >= 1; seq-- {
		if rows[seq-1].Kind == System {
			continue
		}
		key(tl, fyne.KeyUp)
		sound(t, tl)
		if tl.cursor.Seq != uint64(seq) {
			t.Fatalf("Up reached %d, not %d", tl.cursor.Seq, seq)
		}
		p := tl.placed[tl.placedRow(tl.cursor)]
		if p.y < -0.01 || p.bottom() > usual.Height+0.01 || !p.view.ring {
			t.Fatalf("row %d at %v–%v, mark %v", seq, p.y, p.bottom(), p.view.ring)
		}
	}
	for range 70 {
		key(tl, fyne.KeyDown)
		sound(t, tl)
	}
	if tl.cursor.Seq != 60 || !tl.AtEnd() {
		t.Errorf("Down ended at %d", tl.cursor.Seq)
	}
	w.Canvas().Unfocus()
	for _, p := range tl.placed {
		if p.view.ring {
			t.Error("the mark stays without the focus")
		}
	}
}

// The mark in a block of code copies that block, and nothing else.
func TestCopyCode(t *testing.T) {
	var told *Row
	rows := Static{message(3, "try\n```go\nfunc a() {}\n```\nor\n```\nb\n\tc\n```")}
	tl, _ := shown(t, rows, usual, Hooks{OnCopied: func(r *Row) { told = r }}, Start{})
	m := tl.placed[0].m
	for i, want := range []string{"func a() {}", "b\n    c"} {
		b := m.copyMark(i)
		click(tl, fyne.NewPos(b.X+b.W/2, tl.placed[0].y+b.Y+b.H/2))
		if got := fyne.CurrentApp().Clipboard().Content(); got != want || told != rows[0] {
			t.Errorf("mark %d copies %q, want %q", i, got, want)
		}
		tl.clicks, tl.lastPos = 0, fyne.Position{}
	}
	if items := tl.menuItems(rows[0], hit{at: allFiles}); len(items) < 3 || items[1].Text != tl.words.CopyCode {
		t.Errorf("the menu offers %v", items)
	}
}

func TestSelectAndCopy(t *testing.T) {
	rows := Static{message(3, "one two three"), message(4, "Hello brave new world, see https://example.org/x now\nsecond line")}
	tl, _ := shown(t, rows, usual, Hooks{}, Start{})
	clip := test.NewClipboard()
	copied := func() string {
		clip.SetContent("")
		tl.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
		return clip.Content()
	}
	id := rows[1].ID
	from, to := textPoint(t, tl, id, "brave"), textPoint(t, tl, id, " world")
	tl.MouseDown(mouseAt(from))
	tl.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
	tl.MouseUp(mouseAt(to))
	tl.DragEnd()
	if got := copied(); got != "brave new" {
		t.Errorf("dragged over %q", got)
	}
	// Backwards and over two lines.
	tl.clicks = 0
	tl.lastPos = fyne.Position{}
	from, to = textPoint(t, tl, id, "line"), textPoint(t, tl, id, "now")
	tl.MouseDown(mouseAt(from))
	tl.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
	tl.DragEnd()
	if got := copied(); got != "now\nsecond " {
		t.Errorf("dragged over %q", got)
	}
	word := textPoint(t, tl, id, "new")
	click(tl, word)
	if got := tl.Selected(); got != "" {
		t.Errorf("a click leaves %q", got)
	}
	clickAgain(tl, word)
	if got := copied(); got != "new" {
		t.Errorf("double click: %q", got)
	}
	clickAgain(tl, word)
	if got := copied(); got != rows[1].Text {
		t.Errorf("third click: %q", got)
	}
	click(tl, word)
	clickAgain(tl, word)
	tl.TypedShortcut(&fyne.ShortcutSelectAll{})
	if got := copied(); got != rows[1].Text {
		t.Errorf("Ctrl+A: %q", got)
	}
	click(tl, fyne.NewPos(usual.Width-40, 10))
	if got := copied(); got != "" {
		t.Errorf("a click beside leaves %q", got)
	}
}

// TestSelectionOutlivesNews: rows that come do not disturb it; a row that goes
// takes it along.
func TestSelectionOutlivesNews(t *testing.T) {
	s := &script{rows: talk(30)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	p := tl.placed[len(tl.placed)-1]
	at := fyne.NewPos(p.m.textAt.X+3, p.y+p.m.textAt.Y+8)
	click(tl, at)
	clickAgain(tl, at)
	word := tl.Selected()
	if word == "" {
		t.Fatal("nothing selected")
	}
	s.add(tl, "news")
	tl.Changed(All)
	if tl.Selected() != word {
		t.Errorf("selected %q, was %q", tl.Selected(), word)
	}
	s.rows = s.rows[:10]
	tl.Changed(All)
	if tl.Selected() != "" {
		t.Error("a selection without its row")
	}
}

func TestClicks(t *testing.T) {
	var got []string
	note := func(what string) func(*Row) { return func(r *Row) { got = append(got, what+" "+r.ID) } }
	hooks := Hooks{
		OnOpenLink: func(l linkguard.Link) { got = append(got, "open "+l.URL) },
		OnDetails:  note("details"), OnRetry: note("retry"), OnEdit: note("edit"), OnDiscard: note("discard"),
	}
	failed := &Row{ID: "f", Own: true, Author: "me", Time: noon, Text: "refused", State: Failed, Reason: "too long", MayEdit: true, MayRetry: true}
	rows := Static{
		message(3, "see https://example.org/x. And file:///etc/passwd or https://a@b.example"),
		failed,
	}
	tl, _ := shown(t, rows, usual, hooks, Start{})
	id := rows[0].ID
	click(tl, textPoint(t, tl, id, "example.org"))
	click(tl, textPoint(t, tl, id, "etc/passwd"))
	click(tl, textPoint(t, tl, id, "a@b"))
	first, last := tl.placed[0], tl.placed[1]
	middle := func(p placed, b box) fyne.Position { return fyne.NewPos(b.X+b.W/2, p.y+b.Y+b.H/2) }
	click(tl, middle(first, first.m.timeAt))
	for i := range last.m.actions {
		click(tl, middle(last, last.m.actions[i]))
	}
	// A press that ends elsewhere is no click.
	tl.MouseDown(mouseAt(middle(last, last.m.actions[0])))
	tl.MouseUp(mouseAt(fyne.NewPos(5, 5)))
	want := []string{"open https://example.org/x", "details " + id, "retry f", "edit f", "discard f"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	tl.Open(rows, Start{})
	if tl.Cursor() == nil {
		t.Error("no pointer before the mouse has moved") // the real driver crashes on it
	}
	shapes := map[desktop.Cursor]fyne.Position{
		desktop.PointerCursor: textPoint(t, tl, id, "example.org"),
		desktop.TextCursor:    textPoint(t, tl, id, "passwd"),
		desktop.DefaultCursor: fyne.NewPos(400, 5),
	}
	for want, pos := range shapes {
		tl.MouseMoved(mouseAt(pos))
		if tl.Cursor() != want {
			t.Errorf("pointer %v at %v, want %v", tl.Cursor(), pos, want)
		}
	}
}

// TestMenu: by mouse, by the menu key and by Shift+F10; what it offers.
func TestMenu(t *testing.T) {
	var got []string
	note := func(what string) func(*Row) { return func(r *Row) { got = append(got, what) } }
	hooks := Hooks{
		OnOpenLink: func(l linkguard.Link) { got = append(got, l.Host) },
		OnDetails:  note("details"), OnRetry: note("retry"), OnEdit: note("edit"), OnDiscard: note("discard"),
	}
	failed := &Row{ID: "f", Own: true, Author: "me", Time: noon, Text: "go to https://bücher.example", State: Failed, MayEdit: true, MayRetry: true}
	tl, w := shown(t, Static{message(3, "plain"), failed}, usual, hooks, Start{})
	w.Canvas().Focus(tl)
	menu := func() *look.Menu {
		m, _ := w.Canvas().Overlays().Top().(*look.Menu)
		return m
	}
	open := map[string]func(){
		"menu key": func() { key(tl, desktop.KeyMenu) },
		"Enter":    func() { key(tl, fyne.KeyReturn) },
		"Shift+F10": func() {
			tl.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
			key(tl, fyne.KeyF10)
			tl.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
		},
		"right click": func() {
			at := textPoint(t, tl, "f", "go")
			tl.TappedSecondary(&fyne.PointEvent{Position: at, AbsolutePosition: at})
		},
	}
	for name, f := range open {
		f()
		m := menu()
		if m == nil {
			t.Fatalf("%s opens no menu", name)
		}
		m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if menu() != nil || w.Canvas().Focused() != fyne.Focusable(tl) {
			t.Fatalf("%s: Escape leaves the menu or loses the focus", name)
		}
	}
	key(tl, fyne.KeyF10)
	if menu() != nil {
		t.Error("F10 alone opens the menu")
	}
	var texts []string
	for _, item := range tl.menuItems(failed, hit{at: allFiles}) {
		texts = append(texts, item.Text)
		if item.Action != nil && item.Text != "Copy text" {
			item.Action()
		}
	}
	want := []string{"Copy text", "Open xn--bcher-kva.example", "Copy link to xn--bcher-kva.example", "Details", "", "Try again", "Edit", "Discard"}
	if d := cmp.Diff(want, texts); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"xn--bcher-kva.example", "details", "retry", "edit", "discard"}, got); d != "" {
		t.Error(d)
	}
	if c := fyne.CurrentApp().Clipboard().Content(); c != "https://xn--bcher-kva.example" && c != "https://xn--bcher-kva.example/" {
		t.Errorf("copied %q of the link", c)
	}
	tl.menuItems(failed, hit{at: allFiles})[0].Action()
	if c := fyne.CurrentApp().Clipboard().Content(); c != failed.Text {
		t.Errorf("copied %q", c)
	}
}

func TestKeysThatBelongElsewhere(t *testing.T) {
	var typed strings.Builder
	left, shortcuts := 0, 0
	tl, _ := shown(t, talk(5), usual, Hooks{
		OnType:     func(r rune) { typed.WriteRune(r) },
		OnLeave:    func() { left++ },
		OnShortcut: func(fyne.Shortcut) { shortcuts++ },
	}, Start{})
	for _, r := range "hi 你" {
		tl.TypedRune(r)
	}
	key(tl, fyne.KeyEscape)
	tl.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl})
	if typed.String() != "hi 你" || left != 1 || shortcuts != 1 {
		t.Errorf("typed %q, left %d, shortcuts %d", typed.String(), left, shortcuts)
	}
}

// TestScrollBar: it is where the view is, and takes the view along.
func TestScrollBar(t *testing.T) {
	tl, _ := shown(t, everything{talk(2000)}, usual, Hooks{}, Start{})
	end := tl.bar.Position().Y + tl.bar.Size().Height
	if !tl.bar.Visible() || end < usual.Height-2*barInset {
		t.Fatalf("at the end the bar ends at %v", end)
	}
	for _, part := range []float32{0.75, 0.5, 0.25} {
		at := fyne.NewPos(usual.Width-4, usual.Height*part)
		tl.MouseDown(mouseAt(at))
		tl.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at}})
		tl.MouseUp(mouseAt(at))
		tl.DragEnd()
		sound(t, tl)
		got := float32(tl.placed[0].m.row.Seq) / 2000
		if d := got - part; d > 0.05 || d < -0.05 {
			t.Errorf("dragged to %v, shows %v", part, got)
		}
	}
	tl.dragBar(-100)
	if tl.placed[0].m.row.Seq != 1 {
		t.Errorf("dragged to the top, shows %d", tl.placed[0].m.row.Seq)
	}
	tl.dragBar(10_000)
	if !tl.AtEnd() {
		t.Error("dragged to the bottom, but not at the end")
	}
}

// TestHostileText: what is drawn holds nothing that moves or hides text.
func TestHostileText(t *testing.T) {
	r := message(3, "pay\u202e0001\u202c \u200bnow\u0007\n\u2066x")
	r.Name = "Ad\u200bmin\u202e\n"
	tl, _ := shown(t, Static{r}, usual, Hooks{}, Start{})
	m := tl.placed[0].m
	if m.text.Text.Plain != "pay0001 now�\nx" || m.name != "Admin" {
		t.Errorf("shows %q by %q", m.text.Text.Plain, m.name)
	}
}

// TestCodeColours: blocks with a language are asked about once in view and drawn in
// the colours that come later; nothing moves, and code without a language is one colour.
func TestCodeColours(t *testing.T) {
	rows := Static{message(1, "```go\nx := 1 // ħ\n\ty()\n```"), message(2, "```\nplain\n```"), message(3, "no code")}
	shades := map[string][]textblock.Shade{}
	asked := map[string]string{}
	tl, _ := shown(t, &script{rows: rows}, fyne.NewSize(700, 600), Hooks{Code: func(language, code string) []textblock.Shade {
		asked[code] = language
		return shades[code]
	}}, Start{})
	code := "x := 1 // ħ\n    y()"
	if len(asked) != 1 || asked[code] != "go" {
		t.Fatalf("asked about %q", asked)
	}
	texts := func() (list []string) {
		for _, o := range tl.placed[0].view.text.Objects(nil) {
			if x, ok := o.(*canvas.Text); ok {
				list = append(list, x.Text)
			}
		}
		return list
	}
	if got := texts(); len(got) != 2 {
		t.Fatalf("without colours: %q", got)
	}
	at := tl.placed[0].y
	shades[code] = []textblock.Shade{{Start: 5, End: 6, Ink: look.CodeNumber}, {Start: 7, End: 12, Ink: look.CodeComment}, {Start: 17, End: 18, Ink: look.CodeName}}
	tl.CodeChanged()
	want := []string{"x := ", "1", " ", "// ħ", "    ", "y", "()"}
	if got := texts(); !slices.Equal(got, want) {
		t.Errorf("drawn: %q, want %q", got, want)
	}
	p := look.Now()
	for _, o := range tl.placed[0].view.text.Objects(nil) {
		if x, ok := o.(*canvas.Text); ok && x.Text == "1" && x.Color != p.Code[look.CodeNumber] && x.Color != p.OwnCode[look.CodeNumber] {
			t.Errorf("the number is drawn in %v", x.Color)
		}
	}
	if tl.placed[0].y != at {
		t.Error("colours moved the row")
	}
}

// TestLinkMenu: the menu of a link is about that link, and copies where it leads.
func TestLinkMenu(t *testing.T) {
	var done []string
	hooks := Hooks{
		OnOpenLink: func(l linkguard.Link) { done = append(done, l.URL) },
		OnCopied:   func(r *Row) { done = append(done, "copied of "+r.ID) },
	}
	rows := Static{message(3, "first https://example.org/a?b=c then [here](https://example.com/docs) and mailto:ana@example.net.")}
	tl, w := shown(t, rows, usual, hooks, Start{})
	items := func(at string) (texts []string) {
		pos := textPoint(t, tl, rows[0].ID, at)
		tl.TappedSecondary(&fyne.PointEvent{Position: pos, AbsolutePosition: pos})
		m, _ := w.Canvas().Overlays().Top().(*look.Menu)
		if m == nil {
			t.Fatalf("no menu at %q", at)
		}
		m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		for _, item := range tl.menuItems(rows[0], tl.menuHit(pos)) {
			texts = append(texts, item.Text)
		}
		return texts
	}
	all := []string{
		"Copy text", "Open example.org", "Copy link to example.org", "Open example.com", "Copy link to example.com",
		"Open example.net", "Copy link to example.net",
	}
	if d := cmp.Diff(all, items("first")); d != "" {
		t.Error("beside a link:", d)
	}
	if d := cmp.Diff([]string{"Open example.com", "Copy link to example.com", "Copy text"}, items("here")); d != "" {
		t.Error("on a link:", d)
	}
	for at, want := range map[string]string{"example.org": "https://example.org/a?b=c", "here": "https://example.com/docs", "ana": "ana@example.net"} {
		tl.menuItems(rows[0], tl.menuHit(textPoint(t, tl, rows[0].ID, at)))[1].Action()
		if c := fyne.CurrentApp().Clipboard().Content(); c != want {
			t.Errorf("copied %q of %q, want %q", c, at, want)
		}
	}
	if d := cmp.Diff([]string{"copied of " + rows[0].ID, "copied of " + rows[0].ID, "copied of " + rows[0].ID}, done); d != "" {
		t.Error(d)
	}
}
