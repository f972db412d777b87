package timeline

import "testing"

// TestAway: who looks away at the end finds the first message that came meanwhile at the
// top, under the line, and only what is on screen counts as seen; whatever came, however
// it came, and when somebody looks again before it is there.
func TestAway(t *testing.T) {
	for name, c := range map[string]struct {
		news int
		what What
		late bool // the answers come when somebody looks again
	}{
		"few":                  {news: 3, what: Tail},
		"many":                 {news: 40, what: Tail},
		"more than a page":     {news: 900, what: Tail},
		"names changed, too":   {news: 40, what: All},
		"all is new":           {news: 900, what: All},
		"few, back early":      {news: 3, what: Tail, late: true},
		"many, back early":     {news: 40, what: Tail, late: true},
		"a page, back early":   {news: 900, what: Tail, late: true},
		"all new, back early":  {news: 900, what: All, late: true},
		"one by one":           {news: 40},
		"one by one, few":      {news: 4},
		"one by one and early": {news: 30, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{rows: talk(300), hold: c.late}
			var read uint64
			tl, _ := shown(t, s, usual, Hooks{OnRead: func(seq uint64) { read = seq }}, Start{})
			s.release()
			last := s.rows[len(s.rows)-1].Seq
			if !tl.AtEnd() || read != last {
				t.Fatalf("at the end: %v, read %d of %d", tl.AtEnd(), read, last)
			}
			tl.Away(last)
			var first *Row
			for range c.news {
				r := message(int(s.rows[len(s.rows)-1].Seq)+1, "news")
				r.Own = false
				if s.rows = append(s.rows[:len(s.rows):len(s.rows)], r); first == nil {
					first = r
				}
				if c.what == 0 {
					tl.Changed(Tail)
				}
			}
			if c.what != 0 {
				tl.Changed(c.what)
			}
			tl.Back()
			for len(s.held) > 0 {
				s.release()
			}
			i := tl.placedRow(first)
			if i < 0 || tl.placed[i].y < 0 || tl.firstUnread == nil || tl.firstUnread.ID != first.ID {
				t.Fatalf("the first of %d is not in view", c.news)
			}
			if few := c.news < 5; few != tl.AtEnd() {
				t.Errorf("at the end: %v", tl.AtEnd())
			} else if !few && (!tl.jump.shown || tl.unseen == 0 || tl.placed[i].y > 100) {
				t.Errorf("pill %v, %d below, the first at %v", tl.jump.shown, tl.unseen, tl.placed[i].y)
			}
			lowest := tl.placed[len(tl.placed)-1].m.row.Seq
			if read > lowest {
				t.Errorf("%d is read, %d is the lowest on screen", read, lowest)
			}
			// Back at the end the view follows again, as somebody looks.
			tl.ShowLatest()
			for len(s.held) > 0 {
				s.release()
			}
			for range 40 {
				s.add(tl, "more")
				for len(s.held) > 0 {
					s.release()
				}
			}
			if !tl.AtEnd() {
				t.Error("it no longer follows")
			}
		})
	}
}
