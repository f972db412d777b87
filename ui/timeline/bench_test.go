package timeline

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
)

// loaded opens a timeline with n rows in its window.
func loaded(b *testing.B, n int) *Timeline {
	rows := talk(n)
	tl, _ := shown(b, Static{}, usual, Hooks{}, Start{})
	tl.most = 2 * n
	tl.Open(everything{rows}, Start{})
	return tl
}

func benchmarkScroll(b *testing.B, n int) {
	tl := loaded(b, n)
	up := true
	for b.Loop() {
		dy := float32(75) // three notches
		if !up {
			dy = -dy
		}
		before := tl.distance
		wheel(tl, dy)
		if tl.distance == before && tl.placed[0].index == 0 || tl.AtEnd() {
			up = !up
		}
	}
}

// One wheel step, rows that come into view measured and bound, without painting.
// Goal: at most 0.5 ms, whatever the number of rows.
func BenchmarkScrollStep_1000(b *testing.B)   { benchmarkScroll(b, 1000) }
func BenchmarkScrollStep_100000(b *testing.B) { benchmarkScroll(b, 100_000) }

// BenchmarkPrepend200_100000 puts 200 older rows in front of 100,000 while the
// view is in the middle.
func BenchmarkPrepend200_100000(b *testing.B) {
	rows := talk(100_200)
	tl, _ := shown(b, Static{}, usual, Hooks{}, Start{})
	tl.most = 1 << 20
	tl.Open(everything{rows[200:]}, Start{})
	tl.dragBar(usual.Height / 2)
	window := tl.window
	page := Page{Rows: rows[:200]}
	for b.Loop() {
		tl.window = window
		tl.take(loadOlder, Request{}, page)
	}
}

// BenchmarkAppend_100000 is one new message while the view follows.
func BenchmarkAppend_100000(b *testing.B) {
	tl := loaded(b, 100_000)
	rows := slices.Clone(tl.window.rows)
	seq := len(rows)
	for b.Loop() {
		seq++
		tl.take(loadNewer, Request{After: tl.window.last()}, Page{Rows: []*Row{message(seq, "")}})
	}
}

// BenchmarkOpenRoom is a change of room: page, measure, bind one view full.
func BenchmarkOpenRoom(b *testing.B) {
	s := talk(100_000)
	tl, _ := shown(b, s, usual, Hooks{}, Start{})
	for b.Loop() {
		tl.Open(s, Start{})
	}
}

// BenchmarkResize is one step of dragging the window's edge.
func BenchmarkResize(b *testing.B) {
	tl := loaded(b, 1000)
	wide := false
	for b.Loop() {
		wide = !wide
		width := float32(700)
		if wide {
			width = 701
		}
		tl.Resize(fyne.NewSize(width, 700))
	}
}
