//go:build linux

package ui

import (
	"runtime"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
)

// BenchmarkSearchList lists 1,000 messages that were found, beside what it would cost to
// make a line for each of them, as it was once: in turns, so that both have the same
// machine. Goal: 16 ms of the UI goroutine. A step is one page further down.
func BenchmarkSearchList(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	g, q := newGallery(b, "main,light,en")
	q.run()
	u := g.u
	s, f := manyFound(u, 1000)
	var all, listed, step []time.Duration
	for b.Loop() {
		from := threadCPU()
		var lines []fyne.CanvasObject
		s.hits = f.hits
		for i := range f.hits {
			r := newHitRow(s.list)
			r.show(i, false, i == 0)
			lines = append(lines, r)
		}
		scroll := look.NewVScroll(column(2, lines...))
		scroll.Resize(fyne.NewSize(570, searchTall))
		all = append(all, threadCPU()-from)

		s.listed, s.list.pool, s.list.inner.Objects = question{text: "before"}, nil, nil
		from = threadCPU()
		s.show(f, true)
		listed = append(listed, threadCPU()-from)
		for range 40 {
			from = threadCPU()
			s.list.key(&fyne.KeyEvent{Name: fyne.KeyPageDown})
			step = append(step, threadCPU()-from)
		}
	}
	before, _ := milliseconds(all)
	best, median := milliseconds(listed)
	b.ReportMetric(best, "ui-ms-min")
	b.ReportMetric(median, "ui-ms")
	b.ReportMetric(before, "all-lines-ms-min")
	b.ReportMetric(before/best, "times")
	_, median = milliseconds(step)
	b.ReportMetric(median, "page-ui-ms")
}
