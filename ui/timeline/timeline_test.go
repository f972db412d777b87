package timeline

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/ui/look"
)

func TestOpensAtTheEnd(t *testing.T) {
	s := &script{rows: talk(500)}
	var read []uint64
	tl, _ := shown(t, s, usual, Hooks{OnRead: func(seq uint64) { read = append(read, seq) }}, Start{})
	sound(t, tl)
	lowest := tl.placed[len(tl.placed)-1]
	if lowest.m.row.Seq != 500 || lowest.bottom() != usual.Height-listBottom || !tl.AtEnd() {
		t.Errorf("the lowest row is %d at %v, at end %v", lowest.m.row.Seq, lowest.bottom(), tl.AtEnd())
	}
	if tl.jump.shown {
		t.Error("the pill shows at the end")
	}
	if len(read) == 0 || read[len(read)-1] != 500 {
		t.Errorf("read up to %v", read)
	}
	if len(s.asked) > 3 {
		t.Errorf("asked %d times to open a room: %v", len(s.asked), s.asked)
	}
}

// TestPrependMovesNothing: older rows arrive late, while the person reads.
func TestPrependMovesNothing(t *testing.T) {
	s := &script{rows: talk(2000)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	s.hold = true
	for len(s.held) == 0 {
		wheel(tl, 120)
		sound(t, tl)
	}
	before, first, rows := places(tl), tl.window.first(), len(tl.window.rows)
	s.hold = false
	s.release()
	sound(t, tl)
	if len(tl.window.rows) < rows+pageRows || tl.window.first() >= first {
		t.Fatalf("nothing was put in front: %d rows from %d on", len(tl.window.rows), tl.window.first())
	}
	unmoved(t, before, places(tl))
}

// TestFollowsAtTheEnd and not further up.
func TestFollowsAtTheEnd(t *testing.T) {
	s := &script{rows: talk(300)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	r := s.add(tl, "hello")
	sound(t, tl)
	if got := tl.placed[len(tl.placed)-1].m.row; got != r || !tl.AtEnd() {
		t.Fatalf("does not follow: %v", got.Seq)
	}

	wheel(tl, 900)
	before := places(tl)
	s.add(tl, "one")
	s.add(tl, "two")
	unmoved(t, before, places(tl))
	others := 0
	for _, r := range s.rows[len(s.rows)-2:] {
		if !r.Own {
			others++
		}
	}
	if !tl.jump.shown || tl.unseen != others || tl.AtEnd() {
		t.Fatalf("pill %v, %d unseen of %d", tl.jump.shown, tl.unseen, others)
	}
	tl.MouseMoved(mouseAt(fyne.NewPos(tl.jump.at.X+20, tl.jump.at.Y+20)))
	if !tl.glow.back.Visible() {
		t.Error("the pill does not glow under the pointer")
	}
	click(tl, fyne.NewPos(tl.jump.at.X+20, tl.jump.at.Y+20))
	if tl.glow.back.Visible() {
		t.Error("the pill has gone, and still glows")
	}
	if !tl.AtEnd() || tl.jump.shown || tl.unseen != 0 {
		t.Errorf("the pill did not lead to the end")
	}
	sound(t, tl)
}

// TestManyBelow: the number on the pill is cut where the list of rooms cuts it.
func TestManyBelow(t *testing.T) {
	for n, want := range map[int]string{1: "1", 100: "100", 999: "999", 1000: "999+"} {
		s := &script{rows: talk(300)}
		tl, _ := shown(t, s, usual, Hooks{}, Start{})
		wheel(tl, 900)
		tl.unseen = n
		tl.placeJump(tl.Size())
		if tl.jump.count.Text != want || tl.jump.count.Hidden || tl.jump.at.X+jumpSide > tl.Size().Width {
			t.Errorf("%d below: %q at %v", n, tl.jump.count.Text, tl.jump.at)
		}
	}
}

func TestWaitingBecomesSent(t *testing.T) {
	s := &script{rows: talk(50)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	waiting := &Row{ID: "w", Own: true, Author: "me", Time: noon, Text: "on its way", State: Waiting}
	s.rows = append(slices.Clone(s.rows), waiting)
	tl.Changed(Tail)
	if i := tl.window.index("w"); i != 50 || tl.placed[len(tl.placed)-1].m.state != look.IconClock {
		t.Fatalf("waiting row at %d", i)
	}
	sent := *waiting
	sent.Seq, sent.State = 52, Sent
	s.rows = append(slices.Clone(s.rows[:50]), message(51, "came between"), &sent)
	tl.Changed(Tail)
	sound(t, tl)
	if n := len(tl.window.rows); n != 52 || tl.window.rows[51].ID != "w" {
		t.Fatalf("%d rows, the last is %s", n, tl.window.rows[n-1].ID)
	}
	if got := tl.placed[len(tl.placed)-1]; got.m.row.ID != "w" || got.m.state != look.IconCheck {
		t.Errorf("the sent row shows %q", got.m.state)
	}
	// Discarded rows vanish.
	s.rows = s.rows[:51]
	tl.Changed(All)
	sound(t, tl)
	if tl.window.index("w") >= 0 {
		t.Error("a row that is gone is still shown")
	}
}

func TestUnreadLineAndPlace(t *testing.T) {
	s := &script{rows: talk(1000)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{Unread: 600})
	sound(t, tl)
	i := slices.IndexFunc(tl.placed, func(p placed) bool { return p.m.line.H > 0 })
	want := slices.IndexFunc(s.rows[600:], func(r *Row) bool { return !r.Own }) + 601
	if i < 0 || tl.placed[i].m.row.Seq != uint64(want) || tl.placed[i].y < 0 || tl.placed[i].y > 60 {
		t.Fatalf("unread line at place %d", i)
	}
	if !tl.jump.shown {
		t.Error("no way to the end")
	}
	// Leave and come back.
	wheel(tl, -333)
	at, before := tl.Place(), places(tl)
	tl.Open(Static(talk(10)), Start{})
	tl.Open(s, Start{At: &at})
	sound(t, tl)
	unmoved(t, before, places(tl))

	// Few unread messages: everything fits, open at the end.
	tl.Open(s, Start{Unread: 998})
	if !tl.AtEnd() {
		t.Error("two unread messages, but not at the end")
	}
	tl.MarkUnread(0)
	for _, p := range tl.placed {
		if p.m.line.H > 0 {
			t.Error("the unread line is still there")
		}
	}
}

// TestPagesThroughEverything: from the end to the first row and back, with the
// window's size bounded.
func TestPagesThroughEverything(t *testing.T) {
	s := &script{rows: talk(6000)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	for range 5000 {
		if tl.placed[0].index == 0 && tl.placed[0].y >= 0 && !tl.window.older {
			break
		}
		wheel(tl, 650)
		sound(t, tl)
		if len(tl.window.rows) > maxRows {
			t.Fatalf("%d rows kept", len(tl.window.rows))
		}
	}
	if tl.placed[0].m.row.Seq != 1 {
		t.Fatalf("stopped at row %d", tl.placed[0].m.row.Seq)
	}
	for range 5000 {
		if tl.AtEnd() {
			break
		}
		wheel(tl, -650)
		sound(t, tl)
	}
	if got := tl.placed[len(tl.placed)-1].m.row.Seq; got != 6000 {
		t.Fatalf("stopped at row %d", got)
	}
}

func TestBrokenSource(t *testing.T) {
	s := &script{rows: talk(300), broken: true}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	if len(tl.placed) != 0 {
		t.Fatal("rows from nowhere")
	}
	s.broken = false
	tl.Open(s, Start{})
	s.broken = true
	asked := len(s.asked)
	for range 50 {
		wheel(tl, 400)
	}
	sound(t, tl)
	s.broken = false
	wheel(tl, 1)
	if tl.window.older && len(s.asked) == asked {
		t.Error("never asked again")
	}
	// An answer to the room before must not land in this one.
	s.hold = true
	tl.Open(s, Start{})
	tl.Open(Static(talk(3)), Start{})
	s.release()
	if len(tl.window.rows) != 3 {
		t.Errorf("%d rows", len(tl.window.rows))
	}
	words := tl.words
	words.Empty, words.Begin = "nothing yet", "write"
	tl.SetWords(words)
	for _, may := range []bool{false, true, false} {
		tl.Begin(may)
		tl.Open(Static{}, Start{})
		if tl.empty.Hidden || tl.empty.Text != "nothing yet" || tl.hint.Hidden == may {
			t.Errorf("an empty room, %v that one may write, says %q, and what to do: %v", may, tl.empty.Text, !tl.hint.Hidden)
		}
	}
	tl.Open(nil, Start{})
	sound(t, tl)
}

// TestStubbornSource: one that always promises more must not keep us asking.
func TestStubbornSource(t *testing.T) {
	rows := talk(12)
	asked := 0
	tl, _ := shown(t, loader(func(r Request, done func(Page, bool)) {
		if asked++; asked > 20 {
			t.Fatal("asks for ever")
		}
		p := Page{Older: true, Newer: true}
		if r.Before == 0 && r.After == 0 {
			p.Rows = rows
		}
		done(p, true)
	}), usual, Hooks{}, Start{})
	wheel(tl, 100)
	wheel(tl, -100)
	sound(t, tl)
	if tl.Seen() != 12 {
		t.Errorf("seen %d", tl.Seen())
	}
}

type loader func(Request, func(Page, bool))

func (l loader) Load(r Request, done func(Page, bool)) { l(r, done) }

// TestShortRoomLiesBelow: few rows stand at the lower edge and do not scroll.
func TestShortRoomLiesBelow(t *testing.T) {
	tl, _ := shown(t, talk(3), usual, Hooks{}, Start{})
	before := places(tl)
	for _, dy := range []float32{200, -200, 5000, -5000} {
		wheel(tl, dy)
		sound(t, tl)
		unmoved(t, before, places(tl))
	}
	if tl.bar.Visible() || tl.jump.shown {
		t.Error("bar or pill in a room that fits")
	}
}

func TestResizeKeepsThePlace(t *testing.T) {
	s := &script{rows: talk(400)}
	tl, w := shown(t, s, usual, Hooks{}, Start{})
	wheel(tl, 2000)
	anchor, distance := tl.anchor, tl.distance
	for _, width := range []float32{360, 1200, 500, 800} {
		w.Resize(fyne.NewSize(width, 700))
		sound(t, tl)
		i := tl.placedRow(anchor)
		if i < 0 {
			t.Fatalf("at %v the anchor is gone", width)
		}
		if got := 700 - tl.placed[i].bottom(); got-distance > 0.01 || distance-got > 0.01 {
			t.Errorf("at %v the anchor moved from %v to %v", width, distance, got)
		}
	}
	tl.ShowLatest()
	w.Resize(fyne.NewSize(500, 300))
	if !tl.AtEnd() {
		t.Error("resizing left the end")
	}
}

// TestNothingOverflows: whatever people write, and however narrow the window, it
// stays in its bubble and the bubble in the view.
func TestNothingOverflows(t *testing.T) {
	part := rapid.OneOf(rapid.StringMatching(`[a-z]{1,14}`), rapid.SampledFrom([]string{
		" ", " ", "\n", strings.Repeat("W", 200), "https://example.org/" + strings.Repeat("long", 40), "ħġ", "\u202e", "e\u0301\u0301",
		strings.Repeat("👨\u200d", 400), strings.Repeat("क्", 400), strings.Repeat("\u1100", 400), strings.Repeat("🇲", 99), "你好",
	}))
	tl, w := shown(t, Static{}, usual, Hooks{}, Start{})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 25).Draw(t, "text"), "")
		r := message(rapid.IntRange(1, 14).Draw(t, "seq"), " "+text)
		r.Name = rapid.SampledFrom([]string{"Ana", "", strings.Repeat("Long Name ", 20), "\u202e", strings.Repeat("क्", 200)}).Draw(t, "name")
		if r.Own {
			r.State, r.Reason = State(rapid.IntRange(0, 3).Draw(t, "state")), text
		}
		width := rapid.Float32Range(320, 1200).Draw(t, "width")
		w.Resize(fyne.NewSize(width, 600))
		tl.Open(Static{r}, Start{})
		sound(t, tl)
		m := tl.placed[0].m
		if m.bubble.X < 0 || m.bubble.X+m.bubble.W > width {
			t.Fatalf("bubble %+v in a view of %v", m.bubble, width)
		}
		for _, o := range tl.placed[0].view.box.Objects {
			left, right := o.Position().X, o.Position().X+o.Size().Width
			if left < -0.5 || right > width+0.5 {
				t.Fatalf("%T at %v–%v in a view of %v", o, left, right, width)
			}
			text, ok := o.(*canvas.Text)
			if !ok || text.Text == "" {
				continue
			}
			y := o.Position().Y
			if y > m.bubble.Y && y < m.bubble.Y+m.bubble.H-4 && left > m.bubble.X && right > m.bubble.X+m.bubble.W+0.5 {
				t.Fatalf("%q ends at %v, its bubble at %v", text.Text, right, m.bubble.X+m.bubble.W)
			}
			if strings.ContainsAny(text.Text, "\u202e\n") {
				t.Fatalf("drawn: %q", text.Text)
			}
		}
	})
}

// TestAnyOrderIsSound does at random what people and rooms do.
func TestAnyOrderIsSound(t *testing.T) {
	s := &script{}
	tl, w := shown(t, Static{}, usual, Hooks{}, Start{})
	rapid.Check(t, func(t *rapid.T) {
		*s = script{rows: talk(rapid.IntRange(0, 400).Draw(t, "rows"))}
		tl.most = rapid.IntRange(150, 600).Draw(t, "most")
		tl.Open(s, Start{Unread: uint64(rapid.IntRange(0, 400).Draw(t, "unread"))})
		t.Repeat(map[string]func(*rapid.T){
			"wheel":  func(t *rapid.T) { wheel(tl, rapid.Float32Range(-3000, 3000).Draw(t, "dy")) },
			"height": func(t *rapid.T) { w.Resize(fyne.NewSize(tl.Size().Width, rapid.Float32Range(100, 1000).Draw(t, "h"))) },
			"width":  func(t *rapid.T) { w.Resize(fyne.NewSize(rapid.Float32Range(320, 1000).Draw(t, "w"), tl.Size().Height)) },
			"hold":   func(*rapid.T) { s.hold = true },
			"let go": func(*rapid.T) { s.hold = false; s.release() },
			"add": func(t *rapid.T) {
				seq := 1
				if n := len(s.rows); n > 0 {
					seq = int(s.rows[n-1].Seq) + 1
				}
				s.rows = append(slices.Clone(s.rows), message(seq, ""))
				tl.Changed(Tail)
			},
			"rename": func(*rapid.T) {
				s.rows = slices.Clone(s.rows)
				for i, r := range s.rows {
					renamed := *r
					renamed.Name += "x"
					s.rows[i] = &renamed
				}
				tl.Changed(All)
			},
			"latest": func(*rapid.T) { tl.ShowLatest() },
			"oldest": func(*rapid.T) { tl.ShowOldest() },
			"up":     func(*rapid.T) { key(tl, fyne.KeyUp) },
			"down":   func(*rapid.T) { key(tl, fyne.KeyDown) },
			"page":   func(*rapid.T) { key(tl, fyne.KeyPageUp) },
			"bar":    func(t *rapid.T) { tl.dragBar(rapid.Float32Range(-50, 1100).Draw(t, "y")) },
			"": func(t *rapid.T) {
				if len(s.held) == 0 {
					sound(t, tl)
				}
			},
		})
	})
}

// TestVeryLongMessage: thousands of lines scroll by without thousands of objects.
func TestVeryLongMessage(t *testing.T) {
	rows := talk(20)
	rows[10] = message(11, strings.Repeat("line\n", 3199))
	tl, _ := shown(t, rows, usual, Hooks{}, Start{})
	seen := 0
	for range 400 {
		wheel(tl, 300)
		sound(t, tl)
		for _, p := range tl.placed {
			n := len(p.view.box.Objects)
			if n > 300 {
				t.Fatalf("%d objects for a row", n)
			}
			if p.m.row.Seq != 11 || p.y > 0 || p.bottom() < usual.Height {
				continue
			}
			seen++ // it fills the view: its lines must reach from edge to edge
			low, high := float32(1e9), float32(-1e9)
			for _, o := range p.view.box.Objects {
				if c, ok := o.(*canvas.Text); ok && c.Text == "line" {
					low, high = min(low, p.y+o.Position().Y), max(high, p.y+o.Position().Y+o.Size().Height)
				}
			}
			if low > 25 || high < usual.Height-25 {
				t.Fatalf("text from %v to %v only", low, high)
			}
		}
	}
	if seen < 50 {
		t.Errorf("the long message filled the view %d times only", seen)
	}
}

// TestThemeAndSize: views take over palette and text size.
func TestThemeAndSize(t *testing.T) {
	tl, w := shown(t, talk(100), usual, Hooks{}, Start{})
	height := tl.placed[len(tl.placed)-1].m.height
	fyne.CurrentApp().Settings().SetTheme(look.NewTheme(look.Options{Variant: "dark", TextSize: 1.5}))
	tl.Refresh()
	w.Canvas().Capture()
	sound(t, tl)
	p := tl.placed[len(tl.placed)-1]
	if p.m.height <= height || tl.geo.sizes.Body != 21 {
		t.Errorf("the row is %v high, was %v", p.m.height, height)
	}
	want := look.Dark().Bubble
	if p.m.row.Own {
		want = look.Dark().Own
	}
	if p.view.bubble.FillColor != want {
		t.Errorf("bubble %v", p.view.bubble.FillColor)
	}
}

// TestPaintingChangesNothing: a painted window stays as it is, or it would paint
// for ever.
func TestPaintingChangesNothing(t *testing.T) {
	tl, w := shown(t, talk(100), usual, Hooks{}, Start{})
	w.Canvas().Capture()
	bound := []*measured{}
	for _, p := range tl.placed {
		bound = append(bound, p.m)
	}
	objects := tl.layer.Objects
	w.Canvas().Capture()
	tl.BaseWidget.Resize(tl.Size())
	for i, p := range tl.placed {
		if p.m != bound[i] || tl.layer.Objects[i] != objects[i] {
			t.Fatal("painting placed rows anew")
		}
	}
}

// TestMemory_100000: what the list keeps beyond the messages.
func TestMemory_100000(t *testing.T) {
	rows := talk(100_000)
	tl, _ := shown(t, Static{}, usual, Hooks{}, Start{})
	tl.most = 200_000
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	tl.Open(rows[99_000:], Start{})
	for range 300 {
		wheel(tl, 100)
	}
	before := heap()
	tl.Open(everything{rows}, Start{})
	for i := range 3000 {
		tl.dragBar(float32(i%70) * 10)
		wheel(tl, 300)
	}
	if len(tl.window.rows) != len(rows) {
		t.Fatalf("%d rows loaded", len(tl.window.rows))
	}
	after := heap()
	runtime.KeepAlive(rows)
	if after > before && after-before > 1<<20 {
		t.Errorf("the list keeps %d KB", (after-before)>>10)
	} else {
		t.Logf("the list keeps %d KB more than for a small room", int64(after-before)>>10)
	}
}

// TestOpenBeforeShown: the room may load before the window has a size.
func TestOpenBeforeShown(t *testing.T) {
	s := &script{rows: talk(1000)}
	early, _ := shown(t, s, usual, Hooks{}, Start{Unread: 600})
	late := New(English(), Hooks{})
	late.Open(s, Start{Unread: 600})
	w := test.NewTempWindow(t, container.NewStack(late))
	w.SetPadded(false)
	w.Resize(usual)
	sound(t, late)
	if d := cmp.Diff(places(early), places(late)); d != "" {
		t.Error(d)
	}
}

func TestFewEmojiAreLarge(t *testing.T) {
	for text, want := range map[string]bool{
		"🎉": true, "👍👍👍": true, "👨\u200d👩\u200d👧": true, "🎉🎉🎉🎉": false, "🎉 yes": false, "yes": false, "": false, "你": false,
	} {
		if jumbo(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// TestUnreadLineSkipsOwn: what one wrote oneself is not new.
func TestUnreadLineSkipsOwn(t *testing.T) {
	rows := Static{message(3, "a"), message(1, "b"), message(2, "c"), message(4, "d")}
	for i, r := range rows {
		r.Seq = uint64(i + 1)
		r.Own = i == 1
	}
	rows[2].Kind = System
	tl, _ := shown(t, rows, usual, Hooks{}, Start{Unread: 1})
	for _, p := range tl.placed {
		if got, want := p.m.line.H > 0, p.m.row.Seq == 4; got != want {
			t.Errorf("row %d: line %v", p.m.row.Seq, got)
		}
	}
}

// everything is a source that gives all it has at once.
type everything struct{ rows Static }

func (e everything) Load(_ Request, done func(Page, bool)) { done(Page{Rows: e.rows}, true) }

// TestShowSeq: a message far away is brought into the middle of the view, with the
// mark on it, and one that is not there is answered by its neighbour.
func TestShowSeq(t *testing.T) {
	tl, w := shown(t, talk(900), usual, Hooks{}, Start{})
	for _, seq := range []uint64{450, 3, 899, 20_000} {
		tl.ShowSeq(seq)
		w.Canvas().Focus(tl)
		sound(t, tl)
		want := min(seq, 900)
		if tl.Marked() != want {
			t.Fatalf("asked for %d, the mark is on %d", seq, tl.Marked())
		}
		p := tl.placed[tl.placedRow(tl.cursor)]
		if p.y < -0.01 || p.bottom() > usual.Height+0.01 || !p.view.ring {
			t.Errorf("%d stands at %v to %v, mark %v", want, p.y, p.bottom(), p.view.ring)
		}
		w.Canvas().Unfocus()
	}
	tl.Open(talk(900), Start{Show: 77})
	sound(t, tl)
	if tl.Marked() != 77 || tl.placedRow(tl.cursor) < 0 || tl.AtEnd() {
		t.Errorf("opened at %+v", tl.Place())
	}
}

// TestRepaintsShortRoom: what has the window painted is in view in every room. The toolkit
// does not know the window of what it has not painted, and a short room stood empty after
// the start until something else changed.
func TestRepaintsShortRoom(t *testing.T) {
	for _, n := range []int{0, 1, 300} {
		tl, _ := shown(t, talk(n), fyne.NewSize(700, 600), Hooks{}, Start{})
		painted := slices.Contains(test.LaidOutObjects(tl), fyne.CanvasObject(tl.spot))
		if !painted || !tl.spot.Visible() || tl.spot.Size().IsZero() {
			t.Errorf("%d messages: nothing has the window painted", n)
		}
	}
}
