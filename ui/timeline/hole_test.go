package timeline

import (
	"slices"
	"testing"
)

// holed is a conversation of which from to to is not loaded: a line stands there.
func holed(rows Static, from, to int) Static {
	gap := &Row{ID: "gap", Seq: uint64(from), Kind: System, Text: "not loaded yet", Hole: uint64(to), Time: rows[from-1].Time}
	if gap.ID += rows[from-1].ID; from > to {
		return rows
	}
	return slices.Concat(rows[:from-1], Static{gap}, rows[to:])
}

// TestOpenAtHole: a room whose first unread messages are not loaded yet opens at the last
// that was read, with the line of new messages above the hole, and stays there while it is
// loaded, from whichever end; what stands behind it is not reported as seen.
func TestOpenAtHole(t *testing.T) {
	all := talk(1000)
	for i := range all {
		all[i].Own = false
	}
	for name, c := range map[string]struct {
		upto, begin, end int
		then             [][2]int // what is missing later
	}{
		"from the near end": {1000, 301, 900, [][2]int{{501, 900}, {701, 900}, {901, 900}}},
		"from the far end":  {1000, 301, 900, [][2]int{{301, 700}, {301, 500}, {901, 900}}},
		"at once":           {1000, 301, 900, [][2]int{{901, 900}}},
		"a small one":       {1000, 301, 320, [][2]int{{901, 900}}},
		"few behind it":     {904, 301, 900, [][2]int{{501, 900}, {901, 900}}},
		"one behind it":     {901, 301, 900, [][2]int{{301, 700}, {901, 900}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{rows: holed(all[:c.upto], c.begin, c.end)}
			var read uint64
			tl, _ := shown(t, s, usual, Hooks{OnRead: func(seq uint64) { read = max(read, seq) }}, Start{Unread: 300})
			check := func(when string) {
				t.Helper()
				first := tl.firstUnread
				if first == nil || first.Seq != 301 {
					t.Fatalf("%s: the line stands at %+v", when, first)
				}
				i := tl.placedRow(first)
				if i < 1 || tl.placed[i].m.traits&unread == 0 || tl.placed[i-1].m.row.Seq != 300 || tl.placed[i].y > usual.Height {
					t.Fatalf("%s: row %d of %d on screen", when, i, len(tl.placed))
				}
				if lowest := tl.placed[len(tl.placed)-1].m.row.Seq; read > max(300, lowest) || first.Hole > 0 && read > 300 {
					t.Errorf("%s: %d is read", when, read)
				}
			}
			check("opened")
			for _, gap := range c.then {
				s.rows = holed(all[:c.upto], gap[0], gap[1])
				tl.Changed(All)
				check("loading")
			}
			if read <= 300 || read > 340 {
				t.Errorf("with all of it: %d is read", read)
			}
			tl.ShowLatest()
			if !tl.AtEnd() {
				t.Error("the newest is not shown")
			}
		})
	}
}

// TestReadOnIntoHole: who reads downwards into a hole goes on with what comes there, and
// who comes from below keeps what they see.
func TestReadOnIntoHole(t *testing.T) {
	all := talk(1000)
	for _, down := range []bool{true, false} {
		s := &script{rows: holed(all, 501, 900)}
		start := Start{Unread: 300}
		if !down {
			start = Start{Show: 920, Unread: 300}
		}
		tl, _ := shown(t, s, usual, Hooks{}, start)
		for n := 0; tl.holeIn(usual.Height*0.6) < 0 || !down && tl.placed[tl.holeIn(usual.Height)].y < 20; n++ {
			if n > 2000 {
				t.Fatal("no hole")
			}
			if by := float32(-40); down {
				tl.scrollBy(by)
			} else {
				tl.scrollBy(-by)
			}
		}
		seen := uint64(500)
		if !down {
			seen = 901
		}
		y := func() float32 {
			for _, p := range tl.placed {
				if p.m.row.Seq == seen {
					return p.bottom()
				}
			}
			return -1000
		}
		before := y()
		s.rows = all
		tl.Changed(All)
		if after := y(); after != before {
			t.Errorf("down %v: %d was at %v and is at %v", down, seen, before, after)
		}
	}
}
