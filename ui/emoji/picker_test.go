package emoji

import (
	"runtime"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	known "hearth/internal/emoji"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// stage is a window with a picker in a pop-up, opened from a button at its lower
// right corner.
type stage struct {
	w       fyne.Window
	popup   *Popup
	picker  *Picker
	chosen  []string
	recents [][]string
	tones   []known.Tone
	cancels int
}

func show(t *testing.T, variant string, size fyne.Size, o Options) *stage {
	t.Helper()
	tr.Use("en")
	test.NewTempApp(t).Settings().SetTheme(look.NewTheme(look.Options{Variant: variant}))
	s := &stage{w: test.NewTempWindow(t, container.NewStack(look.NewBox(look.ChatFill, 0, nil)))}
	s.w.SetPadded(false)
	s.w.Resize(size)
	o.Remember = func(r []string) { s.recents = append(s.recents, r) }
	o.SetTone = func(tone known.Tone) { s.tones = append(s.tones, tone) }
	o.Cancel = func() { s.cancels++ }
	s.popup = Show(s.w.Canvas(), fyne.NewPos(size.Width-60, size.Height-50), fyne.NewSize(36, 36), o, func(e string) { s.chosen = append(s.chosen, e) })
	s.picker = s.popup.picker
	return s
}

func (s *stage) keys(names ...fyne.KeyName) {
	for _, n := range names {
		s.w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: n})
	}
}

var usual = fyne.NewSize(900, 700)

// TestKeyboard: typing searches, arrows move, Enter takes, and the focus goes back.
func TestKeyboard(t *testing.T) {
	s := show(t, "light", usual, Options{})
	if s.w.Canvas().Focused() != s.picker.search {
		t.Fatal("the search field has not the focus")
	}
	if got := s.picker.grid.current(); got != "😀" {
		t.Errorf("%q is marked at first", got)
	}
	s.keys(fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft)
	if got := s.picker.grid.current(); got != "😃" {
		t.Errorf("right, right, left: %q", got)
	}
	if s.picker.name.Text() != "grinning face with big eyes" || s.picker.code.Text() != ":smiley:" {
		t.Errorf("it is called %q %q", s.picker.name.Text(), s.picker.code.Text())
	}
	s.keys(fyne.KeyDown, fyne.KeyUp)
	if got := s.picker.grid.current(); got != "😃" {
		t.Errorf("down, up: %q", got)
	}
	s.keys(fyne.KeyUp, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft) // there is nothing before the first
	if got := s.picker.grid.current(); got != "😀" {
		t.Errorf("at the start: %q", got)
	}
	test.Type(s.picker.search, "party pop")
	if got := s.picker.grid.current(); got != "🎉" {
		t.Errorf("searched, marked %q", got)
	}
	s.keys(fyne.KeyReturn)
	if d := cmp.Diff([]string{"🎉"}, s.chosen); d != "" {
		t.Error(d)
	}
	if s.w.Canvas().Overlays().Top() != nil {
		t.Error("the picker is still there")
	}
}

// TestArrowsReachAll: going right visits every emoji once, the last one too, and
// what is marked is visible.
func TestArrowsReachAll(t *testing.T) {
	s := show(t, "light", fyne.NewSize(480, 560), Options{Recent: []string{"🎉"}})
	g := s.picker.grid
	var want, got []string
	for _, section := range s.picker.sections {
		want = append(want, section.items...)
	}
	for range want {
		got = append(got, g.current())
		r := g.rows[g.row]
		if y := r.y - g.offset; y < 0 || y+r.h > g.Size().Height {
			t.Fatalf("%s is marked at %v, outside of %v", g.current(), y, g.Size().Height)
		}
		g.key(fyne.KeyRight)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if g.key(fyne.KeyRight); g.current() != want[len(want)-1] {
		t.Errorf("behind the last one is %s", g.current())
	}
	for range want {
		g.key(fyne.KeyPageUp)
	}
	if g.current() != want[0] || g.offset != 0 {
		t.Errorf("page up ends at %s, %v down", g.current(), g.offset)
	}
}

// TestEscape: the first clears the search, the second closes.
func TestEscape(t *testing.T) {
	s := show(t, "light", usual, Options{})
	test.Type(s.picker.search, "heart")
	s.keys(fyne.KeyEscape)
	if s.picker.search.Text() != "" || s.cancels != 0 || s.picker.grid.current() != "😀" {
		t.Errorf("after one: %q, %d, %s", s.picker.search.Text(), s.cancels, s.picker.grid.current())
	}
	s.keys(fyne.KeyEscape)
	if s.cancels != 1 || s.w.Canvas().Overlays().Top() != nil || len(s.chosen) > 0 {
		t.Errorf("after two: %d, %v, %v", s.cancels, s.w.Canvas().Overlays().Top(), s.chosen)
	}
}

func TestNothingFound(t *testing.T) {
	s := show(t, "light", usual, Options{})
	test.Type(s.picker.search, "qqqq")
	if !s.picker.none.Visible() || s.picker.grid.current() != "" {
		t.Error("nothing is found and nobody says so")
	}
	s.keys(fyne.KeyReturn, fyne.KeyDown, fyne.KeyRight)
	if len(s.chosen) != 0 {
		t.Errorf("took %v", s.chosen)
	}
	s.picker.search.SetText("kelb")
	if s.picker.none.Visible() || s.picker.grid.current() == "" {
		t.Error("found in Maltese, but not shown")
	}
}

// TestRecent: the last one is the first, each is there once, the list is bounded
// and keeps skin tones.
func TestRecent(t *testing.T) {
	recent := []string{"🎉", "👍🏽"}
	for _, e := range known.List(known.Food)[:MaxRecent-2] {
		recent = append(recent, e.Text)
	}
	s := show(t, "light", usual, Options{Recent: recent})
	if got := s.picker.grid.current(); got != "🎉" {
		t.Fatalf("%q is first", got)
	}
	s.keys(fyne.KeyRight, fyne.KeyReturn)
	want := append([]string{"👍🏽", "🎉"}, recent[2:]...)
	if d := cmp.Diff([][]string{want}, s.recents); d != "" {
		t.Error(d)
	}
	s = show(t, "light", usual, Options{Recent: recent})
	test.Type(s.picker.search, "rocket")
	s.keys(fyne.KeyEnter)
	if d := cmp.Diff([][]string{append([]string{"🚀"}, recent[:MaxRecent-1]...)}, s.recents); d != "" {
		t.Error(d)
	}
	if recent[0] != "🎉" {
		t.Error("the caller's list was changed")
	}
}

func TestTone(t *testing.T) {
	s := show(t, "light", usual, Options{Tone: known.Dark})
	test.Type(s.picker.search, "thumbs up")
	if got := s.picker.grid.current(); got != "👍🏿" {
		t.Errorf("%q", got)
	}
	s.w.Canvas().Focus(s.picker.tones)
	s.keys(fyne.KeyLeft, fyne.KeyLeft)
	if d := cmp.Diff([]known.Tone{known.MediumDark, known.Medium}, s.tones); d != "" {
		t.Error(d)
	}
	s.keys(fyne.KeyReturn) // back to the search field
	s.keys(fyne.KeyReturn)
	if d := cmp.Diff([]string{"👍🏽"}, s.chosen); d != "" {
		t.Error(d)
	}
}

// TestGroups: a group is shown by key and by click, and scrolling moves its mark.
func TestGroups(t *testing.T) {
	s := show(t, "light", usual, Options{Recent: []string{"🎉"}})
	s.w.Canvas().FocusNext()
	if s.w.Canvas().Focused() != s.picker.groups {
		t.Fatal("Tab does not lead to the groups")
	}
	s.keys(fyne.KeyRight, fyne.KeyRight, fyne.KeyRight)
	if got := s.picker.grid.current(); got != known.List(known.Animals)[0].Text {
		t.Errorf("%q is marked", got)
	}
	s.keys(fyne.KeyDown)
	if s.w.Canvas().Focused() != s.picker.search {
		t.Error("down does not lead back")
	}
	g := s.picker.groups
	g.Tapped(&fyne.PointEvent{Position: fyne.NewPos(g.Size().Width-4, 10)})
	if got := s.picker.grid.current(); got != known.List(known.Flags)[0].Text {
		t.Errorf("%q is marked", got)
	}
	s.picker.grid.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 100_000)})
	if g.chosen != 0 || s.picker.grid.offset != 0 {
		t.Errorf("at the top: group %d, %v down", g.chosen, s.picker.grid.offset)
	}
}

// TestMouse: the mark follows the pointer, and a click takes.
func TestMouse(t *testing.T) {
	s := show(t, "light", usual, Options{})
	g := s.picker.grid
	at := fyne.NewPos(g.left()+cellSide*2.5, headRow+cellSide*1.5)
	g.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	want := known.List(known.Smileys)[2+g.columns].Text
	if g.current() != want {
		t.Errorf("%s is marked, not %s", g.current(), want)
	}
	g.Tapped(&fyne.PointEvent{Position: at})
	if !slices.Equal(s.chosen, []string{want}) {
		t.Errorf("took %v", s.chosen)
	}
	s = show(t, "light", usual, Options{})
	s.picker.grid.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 4)}) // a heading
	s.popup.Tapped(&fyne.PointEvent{Position: s.picker.Position().AddXY(5, 5)})
	if len(s.chosen) > 0 || s.popup.closed {
		t.Error("a click on nothing does something")
	}
	s.popup.Tapped(&fyne.PointEvent{Position: fyne.NewPos(2, 2)})
	if !s.popup.closed {
		t.Error("a click elsewhere does not close")
	}
}

// TestFewObjects: only what is visible becomes objects, wherever one scrolls to.
func TestFewObjects(t *testing.T) {
	s := show(t, "light", usual, Options{})
	g := s.picker.grid
	r := test.WidgetRenderer(g)
	for y := float32(0); y < g.height; y += 333 {
		g.scrollTo(y)
		g.Refresh()
		if n := len(r.Objects()); n < 5 || n > 20 {
			t.Fatalf("%d objects at %v", n, y)
		}
	}
}

// TestFits: the picker is inside of the window at any size, above or below.
func TestFits(t *testing.T) {
	for _, size := range []fyne.Size{{Width: 320, Height: 400}, {Width: 480, Height: 560}, {Width: 480, Height: 900}, {Width: 1600, Height: 1000}} {
		for _, button := range []fyne.Position{{X: 4, Y: 4}, {X: size.Width - 40, Y: size.Height - 40}, {X: size.Width / 2, Y: size.Height / 2}} {
			p := &Popup{at: button, size: fyne.NewSquareSize(36)}
			test.NewTempApp(t)
			at, s := p.place(size)
			if at.X < 0 || at.Y < 0 || at.X+s.Width > size.Width || at.Y+s.Height > size.Height {
				t.Errorf("in %v from %v: %v, %v", size, button, at, s)
			}
		}
	}
}

// TestResize: other columns keep the mark on its emoji.
func TestResize(t *testing.T) {
	test.NewTempApp(t)
	p := NewPicker(Options{}, nil)
	w := test.NewTempWindow(t, p)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 420))
	for range 30 {
		p.grid.key(fyne.KeyRight)
	}
	before := p.grid.current()
	w.Resize(fyne.NewSize(300, 420))
	if got := p.grid.current(); got != before || p.grid.columns != 7 {
		t.Errorf("%s became %s with %d columns", before, got, p.grid.columns)
	}
}

func TestImage(t *testing.T) {
	test.NewTempApp(t)
	for s, want := range map[string]string{"👍🏽": "picture", "👨‍👩‍👧": "picture", "\U0001FAE9": "text", "ok": "text", "": "text"} {
		img := NewImage(s, 18)
		got := "text"
		if _, ok := test.WidgetRenderer(img).Objects()[0].(*canvas.Image); ok {
			got = "picture"
		}
		if got != want || img.MinSize() != fyne.NewSquareSize(18) {
			t.Errorf("%q is %s in %v", s, got, img.MinSize())
		}
	}
	img := NewImage("👍", 18)
	before := test.WidgetRenderer(img).Objects()[0]
	img.Refresh()
	if test.WidgetRenderer(img).Objects()[0] != before {
		t.Error("the same emoji is another object")
	}
	img.Set("🎉")
	if test.WidgetRenderer(img).Objects()[0] == before {
		t.Error("another emoji is the same object")
	}
}

// TestMasters keeps the look.
func TestMasters(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("letters are rounded differently here")
	}
	for name, size := range map[string]fyne.Size{"light": {Width: 480, Height: 520}, "dark": {Width: 360, Height: 520}} {
		s := show(t, name, size, Options{Recent: []string{"🎉", "👍🏽", "👨‍👩‍👧‍👦"}, Tone: known.Medium})
		s.keys(fyne.KeyDown, fyne.KeyDown, fyne.KeyRight)
		test.AssertRendersToImage(t, "picker-"+name+".png", s.w.Canvas())
	}
}

func BenchmarkOpen(b *testing.B) {
	test.NewTempApp(b)
	for b.Loop() {
		w := test.NewWindow(NewPicker(Options{}, nil))
		w.Resize(fyne.NewSize(400, 420))
		w.Close()
	}
}

func BenchmarkScroll(b *testing.B) {
	test.NewTempApp(b)
	p := NewPicker(Options{}, nil)
	w := test.NewWindow(p)
	defer w.Close()
	w.Resize(fyne.NewSize(400, 420))
	for i := 0; b.Loop(); i++ {
		p.grid.scrollTo(float32(i % 200 * 40))
		p.grid.Refresh()
	}
}

func BenchmarkType(b *testing.B) {
	test.NewTempApp(b)
	p := NewPicker(Options{}, nil)
	w := test.NewWindow(p)
	defer w.Close()
	w.Resize(fyne.NewSize(400, 420))
	words := []string{"s", "sm", "smi", "smil", "smile"}
	for i := 0; b.Loop(); i++ {
		p.search.SetText(words[i%5])
	}
}

// TestCloseAll: whoever clears a window of what lies over it need not know who
// opened a picker there.
func TestCloseAll(t *testing.T) {
	s := show(t, "light", usual, Options{})
	CloseAll(s.w.Canvas())
	if !s.popup.closed || len(s.w.Canvas().Overlays().List()) != 0 {
		t.Error("the picker is still open")
	}
}
