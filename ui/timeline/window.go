package timeline

import (
	"slices"
)

// window is the loaded stretch of a room: contiguous, oldest first, waiting rows
// last. It knows nothing of pixels.
type window struct {
	rows         []*Row
	older, newer bool // there is more in the source on that side
}

// index finds a row by identity; -1 if it is not loaded. Rows of interest are
// mostly near the end, so that it looks from there.
func (w *window) index(id string) int {
	for i := len(w.rows) - 1; i >= 0; i-- {
		if w.rows[i].ID == id {
			return i
		}
	}
	return -1
}

// first and last sequence number; 0 if no row has one.
func (w *window) first() uint64 {
	if len(w.rows) == 0 {
		return 0
	}
	return w.rows[0].Seq
}

func (w *window) last() uint64 {
	for i := len(w.rows) - 1; i >= 0; i-- {
		if w.rows[i].Seq > 0 {
			return w.rows[i].Seq
		}
	}
	return 0
}

// prepend puts an older page in front.
func (w *window) prepend(p Page) {
	rows := p.Rows
	if first := w.first(); first > 0 {
		for len(rows) > 0 && rows[len(rows)-1].Seq >= first {
			rows = rows[:len(rows)-1]
		}
	}
	w.rows = slices.Concat(rows, w.rows)
	w.older = p.Older && len(rows) > 0 // a page without rows is the end, whatever it says
}

// replaceAfter makes the page everything behind a sequence number: newer rows,
// waiting rows, and waiting rows that have become newer ones. It returns how many
// rows are new to the window and count.
func (w *window) replaceAfter(seq uint64, p Page) (added int) {
	keep := len(w.rows)
	for keep > 0 && (w.rows[keep-1].Seq == 0 || w.rows[keep-1].Seq > seq) {
		keep--
	}
	old := w.rows[keep:]
	rows := make([]*Row, 0, len(p.Rows))
	for _, r := range p.Rows {
		if r.Seq > 0 && r.Seq <= seq {
			continue
		}
		i := slices.IndexFunc(old, func(o *Row) bool { return o.ID == r.ID })
		switch {
		case i < 0:
			if r.counts() {
				added++
			}
		case old[i].same(r):
			r = old[i] // keeps what was measured
		}
		rows = append(rows, r)
	}
	w.rows = append(w.rows[:keep:keep], rows...)
	w.newer = p.Newer && len(rows) > 0
	return added
}

// replace makes the page everything, keeping rows that show the same.
func (w *window) replace(p Page) {
	rows := slices.Clone(p.Rows)
	for i, r := range rows {
		if j := w.index(r.ID); j >= 0 && w.rows[j].same(r) {
			rows[i] = w.rows[j]
		}
	}
	w.rows, w.older, w.newer = rows, p.Older, p.Newer
}

// refresh takes over rows that changed in place. Rows that are not loaded are
// nobody's business here.
func (w *window) refresh(p Page) {
	for _, r := range p.Rows {
		if i := w.index(r.ID); i >= 0 && !w.rows[i].same(r) {
			w.rows[i] = r
		}
	}
}

// trim drops rows far from the one at keep so that at most most remain, and lines that
// belong to them.
func (w *window) trim(keep, most int) {
	if len(w.rows) <= most {
		return
	}
	from := max(0, min(keep-most/2, len(w.rows)-most))
	to := from + most
	for from > 0 && w.rows[from].Act != "" { // it goes with the row before it
		from--
	}
	for to < len(w.rows) && w.rows[to].Act != "" {
		to++
	}
	if from > 0 {
		w.older = true
	}
	if to < len(w.rows) {
		w.newer = true
	}
	w.rows = slices.Clone(w.rows[from:to])
}

// near is the index of the last row at or before a sequence number, -1 if the
// window has no row of the log.
func (w *window) near(seq uint64) int {
	best := -1
	for i, r := range w.rows {
		if r.Seq > 0 && r.Act == "" && (r.Seq <= seq || best < 0) {
			best = i
		}
	}
	return best
}
