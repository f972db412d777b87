package timeline

import (
	"testing"

	"fyne.io/fyne/v2"
)

// others is a conversation that nobody here has written in.
func others(n int) Static {
	rows := talk(n)
	for i := range rows {
		rows[i].Own = false
	}
	return rows
}

// TestJumpReadsNothing: a jump past unread messages leaves them unread, also as the person
// reads on from there to the end; they are read by going back to them, by scrolling over
// them, and by wanting the newest.
func TestJumpReadsNothing(t *testing.T) {
	const mark, count, hit = 20, 700, 660
	down := func(tl *Timeline) {
		for n := 0; !tl.AtEnd(); n++ {
			if n > 5000 {
				t.Fatal("there is no end")
			}
			wheel(tl, -120)
		}
	}
	for name, c := range map[string]struct {
		do   func(*Timeline)
		read uint64 // at the end; 0: what was on the first screen
		pill bool
	}{
		"a jump":                 {func(tl *Timeline) { tl.Go(hit) }, 0, true},
		"opening it there":       {func(tl *Timeline) { tl.ShowSeq(hit) }, 0, true},
		"reading on from it":     {func(tl *Timeline) { tl.Go(hit); down(tl) }, 0, true},
		"more comes at the end":  {func(tl *Timeline) { tl.Go(hit); down(tl); tl.Changed(Tail) }, 0, true},
		"by pages":               {func(tl *Timeline) { tl.Go(hit); tl.Page(1); tl.Page(1); tl.Page(-1) }, 0, true},
		"the bar":                {func(tl *Timeline) { tl.dragBar(tl.Size().Height); tl.dragBar(tl.Size().Height / 2) }, 0, true},
		"what was sent":          {func(tl *Timeline) { tl.ShowEnd() }, 0, true},
		"there and back":         {func(tl *Timeline) { tl.Go(hit); tl.Return() }, 0, false},
		"to the first unread":    {func(tl *Timeline) { tl.Go(hit); tl.GoUnread(mark) }, 0, false},
		"to what was read":       {func(tl *Timeline) { tl.Go(3) }, 0, true},
		"to the newest":          {func(tl *Timeline) { tl.ShowLatest() }, count, false},
		"there, to the newest":   {func(tl *Timeline) { tl.Go(hit); tl.ShowLatest() }, count, false},
		"on, and to the newest":  {func(tl *Timeline) { tl.Go(hit); down(tl); tl.ShowLatest() }, count, false},
		"by End":                 {func(tl *Timeline) { tl.Go(hit); key(tl, fyne.KeyEnd) }, count, false},
		"scrolling":              {down, count, false},
		"there, back, scrolling": {func(tl *Timeline) { tl.Go(hit); tl.Return(); down(tl) }, count, false},
		"first unread and on":    {func(tl *Timeline) { tl.Go(hit); tl.GoUnread(mark); down(tl) }, count, false},
		"up to what was read": {func(tl *Timeline) {
			tl.Go(hit)
			down(tl)
			for n := 0; tl.Top() > mark; n++ {
				if n > 5000 {
					t.Fatal("there is no beginning")
				}
				wheel(tl, 120)
			}
		}, count, false},
		"read elsewhere": {func(tl *Timeline) { tl.Go(hit); down(tl); tl.SetReadTo(count, 0) }, count, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{rows: others(count)}
			var read uint64
			tl, _ := shown(t, s, usual, Hooks{OnRead: func(seq uint64) { read = max(read, seq) }}, Start{Unread: mark})
			tl.SetReadTo(mark, count-mark)
			first := read
			if first <= mark || first > mark+30 || tl.news.shown {
				t.Fatalf("opened: %d is read, the way to it shows: %v", first, tl.news.shown)
			}
			c.do(tl)
			tl.lit = flash{}
			want := c.read
			if want == 0 {
				want = first
			}
			if read != want {
				t.Errorf("%d is read, want %d", read, want)
			}
			tl.SetReadTo(read, count-int(read))
			if tl.news.shown != c.pill {
				t.Errorf("the way to the first unread shows: %v", tl.news.shown)
			}
		})
	}
}

// TestUnreadBelow: who jumps to what was read before, finds the way down to the first
// unread message, until they have met it.
func TestUnreadBelow(t *testing.T) {
	s := &script{rows: others(700)}
	var asked, all int
	tl, _ := shown(t, s, usual, Hooks{OnUnread: func() { asked++ }, OnAllRead: func() { all++ }}, Start{Unread: 500})
	tl.SetReadTo(500, 200)
	tl.Go(100)
	if !tl.news.shown || !tl.news.down {
		t.Fatalf("shows %v, down %v", tl.news.shown, tl.news.down)
	}
	click(tl, fyne.NewPos(tl.news.at.X+20, tl.news.at.Y+10))
	click(tl, fyne.NewPos(tl.news.all.X+10, tl.news.all.Y+10))
	if asked != 1 || all != 1 {
		t.Errorf("asked for %d times, and %d times to read all", asked, all)
	}
	for n := 0; tl.lowestSeq() <= 500; n++ {
		if n > 5000 {
			t.Fatal("it is not reached")
		}
		wheel(tl, -120)
	}
	if tl.news.shown {
		t.Error("it shows where the first unread message is in view")
	}
}

// TestOwnIsRead: own messages and lines of the room that the server counts as unread by
// nobody do not keep what comes behind them from being read.
func TestOwnIsRead(t *testing.T) {
	rows := others(140)
	for i := 100; i < 139; i++ {
		rows[i].Own = i%2 == 0
		if !rows[i].Own {
			rows[i].Kind = System
		}
	}
	s := &script{rows: rows}
	var read uint64
	tl, _ := shown(t, s, usual, Hooks{OnRead: func(seq uint64) { read = max(read, seq) }}, Start{Unread: 100})
	tl.SetReadTo(100, 1)
	if read != 140 || tl.news.shown {
		t.Errorf("%d is read; the way to it shows: %v", read, tl.news.shown)
	}
}

// TestOpensBehindOwnLines: a room opens at the first unread message, or at its end, also
// when more lines than a page holds, which are the person's own or the room's, stand between
// it and what they have read last; and what is on screen then is read.
func TestOpensBehindOwnLines(t *testing.T) {
	const mark = 40
	for name, c := range map[string]struct {
		quiet, others int
		system, shut  bool
	}{
		"own":             {quiet: 330, others: 60},
		"of the room":     {quiet: 330, others: 60, system: true},
		"blocked":         {quiet: 330, others: 60, shut: true},
		"a page exactly":  {quiet: pageRows / 2, others: 60},
		"a page less one": {quiet: pageRows/2 - 1, others: 60},
		"very many":       {quiet: 5000, others: 200},
		"nothing else":    {quiet: 330},
		"one at the end":  {quiet: 330, others: 1},
	} {
		rows := others(mark + c.quiet + c.others)
		for _, r := range rows[mark : mark+c.quiet] {
			r.Own, r.Folded = !c.system && !c.shut, c.shut
			if c.system {
				r.Kind = System
			}
		}
		for way, open := range map[string]func(*Timeline){
			"opened": func(tl *Timeline) { tl.Open(rows, Start{Unread: mark}) },
			"gone to": func(tl *Timeline) {
				tl.Open(rows, Start{})
				tl.Go(3)
				tl.SetReadTo(mark, max(1, c.others))
				tl.GoUnread(mark)
			},
			"gone to, left and back": func(tl *Timeline) {
				tl.Open(rows, Start{Unread: mark})
				tl.SetReadTo(mark, max(1, c.others))
				tl.Go(3)
				tl.Return()
			},
		} {
			var read uint64
			tl, _ := shown(t, Static(nil), usual, Hooks{OnRead: func(seq uint64) { read = seq }}, Start{})
			open(tl)
			first := uint64(mark + c.quiet + 1)
			if c.others < 2 {
				if !tl.AtEnd() || tl.lowestSeq() != uint64(len(rows)) {
					t.Errorf("%s, %s: at %d of %d", name, way, tl.lowestSeq(), len(rows))
				}
			} else if tl.firstUnread == nil || tl.firstUnread.Seq != first || tl.Top() > first || tl.lowestSeq() < first {
				t.Errorf("%s, %s: %v is unread, %d to %d on screen", name, way, tl.firstUnread, tl.Top(), tl.lowestSeq())
			}
			if seen := min(first, uint64(len(rows))); read < seen {
				t.Errorf("%s, %s: read to %d, not %d", name, way, read, seen)
			}
		}
	}
}
