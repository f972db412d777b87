package timeline

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
	"hearth/ui/textblock"
)

// react returns a source in which a message has other reactions.
func (s *script) react(seq int, list ...Reaction) {
	rows := slices.Clone(s.rows)
	r := *rows[seq-1]
	r.Reactions = list
	rows[seq-1] = &r
	s.rows = rows
}

var (
	thumbs = Reaction{Emoji: "👍", Count: 3, Own: true}
	party  = Reaction{Emoji: "🎉", Count: 1}
)

// TestChangesInPlace: a message in view changes; it and all rows below stay where
// they are, and only what is near is read anew.
func TestChangesInPlace(t *testing.T) {
	s := &script{rows: talk(1000)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	wheel(tl, 2000)
	p := tl.placed[len(tl.placed)/2]
	for p.m.row.Kind != Message {
		t.Fatal("the rows of the test are messages")
	}
	before, index := places(tl), p.index
	s.react(int(p.m.row.Seq), thumbs, party)
	s.react(3, thumbs) // far away
	s.asked = nil
	tl.Changed(Shown)
	sound(t, tl)
	if len(s.asked) != 1 || s.asked[0].Limit > 100 {
		t.Errorf("asked for %+v", s.asked)
	}
	i := tl.placedRow(p.m.row)
	if i < 0 || len(tl.placed[i].m.pills) != 2 {
		t.Fatal("the reactions are not shown")
	}
	after := places(tl)
	for id, y := range before {
		if at := tl.window.index(id); at > index && after[id] != y {
			t.Errorf("row %d below the change moved by %v", at, after[id]-y)
		}
	}
	anchor := tl.anchor
	tl.Changed(Shown)
	if tl.anchor != anchor {
		t.Error("an empty change took another anchor")
	}
	tl.ShowOldest()
	sound(t, tl)
	if i := tl.window.index("m000003"); i < 0 || len(tl.window.rows[i].Reactions) != 1 {
		t.Error("a change far away is not there when one comes by")
	}
}

// TestStaleRowsAreReadWhenTheyComeNear: the page is loaded, the change was not.
func TestStaleRowsAreReadWhenTheyComeNear(t *testing.T) {
	s := &script{rows: talk(100)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	s.react(5, party)
	tl.Changed(Shown)
	for range 200 {
		wheel(tl, 300)
	}
	sound(t, tl)
	if i := tl.window.index("m000005"); len(tl.window.rows[i].Reactions) != 1 {
		t.Error("the reaction of a message that was loaded already does not show")
	}
}

// TestChangeAtTheEndFollows: the newest message grows and stays wholly in view.
func TestChangeAtTheEndFollows(t *testing.T) {
	s := &script{rows: talk(50)}
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	s.react(50, thumbs)
	tl.Changed(Shown)
	sound(t, tl)
	if last := tl.placed[len(tl.placed)-1]; !tl.AtEnd() || last.m.row.Seq != 50 || len(last.m.pills) != 1 {
		t.Error("the end is not in view")
	}
}

// TestJumpAndReturn: a quote leads to its message and back to the same place.
func TestJumpAndReturn(t *testing.T) {
	for _, far := range []bool{false, true} {
		s := &script{rows: talk(3000)}
		r := *s.rows[2899]
		r.Reply = &Quote{Seq: 2890, Author: "a", Name: "Ana", Text: "what was said"}
		if far {
			r.Reply.Seq = 12
		}
		s.rows[2899] = &r
		tl, _ := shown(t, s, usual, Hooks{}, Start{})
		tl.ShowSeq(2900)
		wheel(tl, 17)
		before := places(tl)
		p := tl.placed[tl.placedRow(&r)]
		click(tl, fyne.NewPos(p.m.quote.X+20, p.y+p.m.quote.Y+10))
		sound(t, tl)
		if tl.Marked() != r.Reply.Seq || tl.placedRow(tl.cursor) < 0 {
			t.Fatalf("far %v: at %d", far, tl.Marked())
		}
		if !tl.home.shown {
			t.Fatal("no way back")
		}
		click(tl, fyne.NewPos(tl.home.at.X+20, tl.home.at.Y+10))
		sound(t, tl)
		unmoved(t, before, places(tl))
		if tl.home.shown || tl.Return() {
			t.Error("there is a way back twice")
		}
	}
}

// TestWayBackFromFar: what is looked for lies far from the newest message, which is in
// view, and takes its time to come; the keyboard comes to the messages meanwhile. There
// is a way back all the same.
func TestWayBackFromFar(t *testing.T) {
	s := &script{rows: talk(3000)}
	tl, w := shown(t, s, usual, Hooks{}, Start{})
	before := places(tl)
	s.hold = true
	tl.Go(12)
	w.Canvas().Focus(tl)
	s.release()
	sound(t, tl)
	if tl.Marked() != 12 || !tl.home.shown {
		t.Fatalf("at %d, a way back: %v", tl.Marked(), tl.home.shown)
	}
	if !tl.Return() {
		t.Fatal("no way back")
	}
	s.release()
	sound(t, tl)
	unmoved(t, before, places(tl))
}

// TestHomeAndEnd: the first and the newest message are where these keys lead, whatever
// the place was that the room was opened at or that somebody has jumped to.
func TestHomeAndEnd(t *testing.T) {
	for _, at := range []Start{{}, {Unread: 2999}, {Unread: 100}, {Show: 1500}} {
		for _, jump := range []uint64{0, 12, 1500, 2999} {
			s := &script{rows: talk(3000)}
			tl, _ := shown(t, s, usual, Hooks{}, at)
			tl.Go(jump)
			key(tl, fyne.KeyHome)
			sound(t, tl)
			if first := tl.placed[0]; first.m.row.Seq != 1 || first.y < -1 {
				t.Errorf("%+v, then %d: Home leads to %d at %v", at, jump, first.m.row.Seq, first.y)
			}
			tl.Go(jump)
			key(tl, fyne.KeyEnd)
			sound(t, tl)
			if last := tl.placed[len(tl.placed)-1]; last.m.row.Seq != 3000 || !tl.AtEnd() {
				t.Errorf("%+v, then %d: End leads to %d", at, jump, last.m.row.Seq)
			}
		}
	}
}

// TestPillsAndTools: what a click on each does, and that pills wrap.
func TestPillsAndTools(t *testing.T) {
	s := &script{rows: talk(30)}
	var list []Reaction
	for _, e := range []string{"👍", "🎉", "❤️", "😂", "👨‍👩‍👧", "🇲🇹", "🚀", "👀", "🙏🏽", "🔥"} {
		list = append(list, Reaction{Emoji: e, Count: 12})
	}
	s.react(29, list...)
	s.react(30, list...)
	var did []string
	var asked func(string)
	tl, w := shown(t, s, fyne.NewSize(360, 700), Hooks{
		OnReact:    func(r *Row, e string) { did = append(did, "react "+r.ID+" "+e) },
		OnPick:     func(r *Row, _ fyne.Position, _ fyne.Size) { did = append(did, "pick "+r.ID) },
		OnReply:    func(r *Row) { did = append(did, "reply "+r.ID) },
		OnReactors: func(_ *Row, _ string, done func(string)) { asked = done },
	}, Start{})
	p := tl.placed[len(tl.placed)-1]
	for _, b := range p.m.pills {
		if b.X < 0 || b.X+b.W > 360 {
			t.Errorf("a reaction goes from %v to %v", b.X, b.X+b.W)
		}
	}
	if p.m.pills[0].Y == p.m.pills[len(p.m.pills)-1].Y {
		t.Error("ten reactions stand in one row of a narrow window")
	}
	at := func(b box) fyne.Position { return fyne.NewPos(b.X+b.W/2, p.y+b.Y+b.H/2) }
	click(tl, at(p.m.pills[1].box))
	click(tl, at(p.m.morePil))
	tl.MouseMoved(mouseAt(at(p.m.pills[1].box)))
	if asked == nil {
		t.Error("nobody was asked who reacted")
	} else {
		asked("Ana")
	}
	tl.MouseMoved(mouseAt(fyne.NewPos(p.m.bubble.X+20, p.y+p.m.bubble.Y+12)))
	if tl.tools.row != p.m.row {
		t.Fatal("no tools beside the message under the pointer")
	}
	for i := range 2 {
		b := tl.tools.tool(i)
		click(tl, fyne.NewPos(b.X+5, b.Y+5))
	}
	b := tl.tools.tool(toolMore)
	click(tl, fyne.NewPos(b.X+5, b.Y+5))
	if _, ok := w.Canvas().Overlays().Top().(*look.Menu); !ok {
		t.Error("no menu")
	}
	want := []string{"react m000030 🎉", "pick m000030", "pick m000030", "reply m000030"}
	if !slices.Equal(did, want) {
		t.Errorf("did %q, want %q", did, want)
	}
}

// TestToolsWhereClosed: where nothing can be added, as with an account that was deleted, the
// bar has the menu alone.
func TestToolsWhereClosed(t *testing.T) {
	did, closed := 0, false
	tl, w := shown(t, &script{rows: talk(30)}, usual, Hooks{
		OnReact: func(*Row, string) { did++ },
		OnPick:  func(*Row, fyne.Position, fyne.Size) { did++ },
		OnReply: func(*Row) { did++ },
		Closed:  func() bool { return closed },
	}, Start{})
	p := tl.placed[len(tl.placed)-1]
	over := func() {
		tl.MouseMoved(mouseAt(fyne.NewPos(5, 5)))
		tl.MouseMoved(mouseAt(fyne.NewPos(p.m.bubble.X+20, p.y+p.m.bubble.Y+12)))
	}
	over()
	wide := tl.tools.back.Size().Width
	closed = true
	over()
	if b := tl.tools; b.row != p.m.row || b.back.Size().Width != wide-2*toolSide || b.icons[toolReact].Visible() || b.icons[toolReply].Visible() {
		t.Errorf("of %v wide it is %v", wide, b.back.Size().Width)
	}
	for x := tl.tools.at.X + 1; x < tl.tools.at.X+tl.tools.at.W; x += toolSide / 3 {
		click(tl, fyne.NewPos(x, tl.tools.at.Y+toolSide/2))
		m, ok := w.Canvas().Overlays().Top().(*look.Menu)
		if !ok {
			t.Fatalf("no menu at %v", x)
		}
		m.Hide()
		w.Canvas().Overlays().Remove(m)
		over()
	}
	if did > 0 {
		t.Error("it reacts or answers")
	}
	closed = false
	over()
	if b := tl.tools; b.back.Size().Width != wide || !b.icons[toolReact].Visible() {
		t.Error("the tools do not come back")
	}
}

// TestToolsOfDeleted: the bar goes from a message that is deleted under the pointer.
func TestToolsOfDeleted(t *testing.T) {
	s := &script{rows: talk(30)}
	did := 0
	tl, _ := shown(t, s, usual, Hooks{OnReact: func(*Row, string) {}, OnReply: func(*Row) { did++ }}, Start{})
	p := tl.placed[len(tl.placed)-1]
	tl.MouseMoved(mouseAt(fyne.NewPos(p.m.bubble.X+20, p.y+p.m.bubble.Y+12)))
	b := tl.tools.tool(toolReply)
	if tl.tools.row == nil || !tl.tools.back.Visible() {
		t.Fatal("there is no bar")
	}
	r := *s.rows[29]
	r.Kind, r.Text = Hint, "This message was deleted"
	s.rows[29] = &r
	tl.Changed(Shown)
	if tl.tools.row != nil || tl.tools.back.Visible() {
		t.Error("the bar stays")
	}
	if click(tl, fyne.NewPos(b.X+5, b.Y+5)); did > 0 {
		t.Error("a deleted message is answered")
	}
}

// TestCallsStandOut: a word that calls somebody has another colour, and the row of
// one that calls the person has an edge.
func TestCallsStandOut(t *testing.T) {
	s := &script{rows: talk(5)}
	r := *s.rows[3]
	r.Text, r.Own, r.CallsMe = "@ana and @tom look", false, true
	r.Calls = []textblock.Called{{Name: "ana", Me: true}, {Name: "tom"}}
	s.rows[3] = &r
	tl, _ := shown(t, s, usual, Hooks{}, Start{})
	p, now := tl.placed[tl.placedRow(&r)], look.Now()
	inks := map[string]any{}
	edge := false
	for _, o := range p.view.box.Objects {
		if o, ok := o.(*canvas.Text); ok {
			inks[o.Text] = o.Color
		}
		edge = edge || o == fyne.CanvasObject(p.view.edge)
	}
	if inks["@ana"] != now.OnAccent || inks["@tom"] != now.Link || !edge {
		t.Errorf("inks %v, edge %v", inks, edge)
	}
}

// TestOffer: a line that offers something is pressed anywhere, by the mouse or the
// keyboard, stays with the row before it, and never stands for that row.
func TestOffer(t *testing.T) {
	var acted []string
	rows := talk(60)
	offer := &Row{ID: "offer", Seq: 50, Kind: System, Time: rows[49].Time, Text: "Something was lost.", Act: "Show"}
	rows = slices.Insert(rows, 50, offer)
	tl, w := shown(t, rows, usual, Hooks{OnAct: func(r *Row) { acted = append(acted, r.ID) }}, Start{Show: 50})
	if tl.Marked() != 50 || tl.cursor == offer {
		t.Errorf("it opens at %d", tl.Marked())
	}
	i := tl.placedRow(offer)
	if i < 0 {
		t.Fatal("the line is not in view")
	}
	p := tl.placed[i]
	click(tl, fyne.NewPos(p.m.act.X+p.m.act.W/2, p.y+p.m.act.Y+p.m.act.H/2))
	click(tl, fyne.NewPos(p.m.bubble.X+4, p.y+p.m.bubble.Y+4))
	click(tl, fyne.NewPos(p.m.bubble.X-8, p.y+p.m.bubble.Y+4))
	w.Canvas().Focus(tl)
	key(tl, fyne.KeyDown)
	if tl.cursor != offer || tl.Marked() != 0 {
		t.Errorf("the key goes to %+v", tl.cursor)
	}
	key(tl, fyne.KeyReturn)
	if !slices.Equal(acted, []string{"offer", "offer", "offer"}) {
		t.Errorf("pressed: %q", acted)
	}
	key(tl, fyne.KeyDown)
	if tl.Marked() != 51 {
		t.Errorf("behind it comes %d", tl.Marked())
	}
	// Neither end of what is kept divides the line from its row.
	for most := 2; most < 20; most++ {
		for keep := 40; keep < 60; keep++ {
			win := window{rows: slices.Clone(rows)}
			win.trim(keep, most)
			at := win.index("offer")
			if at == 0 || at < 0 && win.index(rows[49].ID) >= 0 || at > 0 && win.rows[at-1] != rows[49] {
				t.Fatalf("of %d around %d the line is kept at %d", most, keep, at)
			}
		}
	}
}

// TestFailedOffers: under a message that was not sent stands what can be done about it,
// and nothing else.
func TestFailedOffers(t *testing.T) {
	for _, c := range []struct {
		row  Row
		want []string
	}{
		{Row{}, []string{"Discard"}},
		{Row{MayRetry: true}, []string{"Try again", "Discard"}},
		{Row{MayRetry: true, MayEdit: true}, []string{"Try again", "Edit", "Discard"}},
	} {
		r := c.row
		r.ID, r.Own, r.Author, r.Time, r.Text, r.State = "f", true, "me", noon, "refused", Failed
		tl, _ := shown(t, Static{message(3, "plain"), &r}, usual, Hooks{}, Start{})
		p := tl.placed[len(tl.placed)-1]
		var shown, offered []string
		for i, b := range p.m.actions {
			if b.H > 0 {
				shown = append(shown, p.view.actions[i].Text)
				if h := tl.hitAt(fyne.NewPos(b.X+b.W/2, p.y+b.Y+b.H/2)); h.part != onRetry+part(i) {
					t.Errorf("%v: %q cannot be pressed", c.want, p.view.actions[i].Text)
				}
			}
		}
		for _, item := range tl.menuItems(&r, hit{at: allFiles}) {
			if item.Text == "Try again" || item.Text == "Edit" || item.Text == "Discard" {
				offered = append(offered, item.Text)
			}
		}
		if !slices.Equal(shown, c.want) || !slices.Equal(offered, c.want) {
			t.Errorf("it shows %q and its menu %q, want %q", shown, offered, c.want)
		}
	}
}
