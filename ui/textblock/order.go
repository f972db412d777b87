package textblock

import (
	"sort"
	"strings"

	"hearth/internal/bidi"
	"hearth/ui/look"
)

// Mixed directions of writing: a text is wrapped in the order in which it was written,
// then each line is put into the order in which it stands.

// part is a stretch of a line of one direction, where it stands. Offsets.
type part struct {
	start, end int
	x, width   float32
	rtl        bool
}

// order finds the directions of what is not code; code runs from left to right as a
// whole. Each line of a paragraph runs as its first letter says, markers of lists aside.
func (l *Layout) order() {
	plain := l.Text.Plain
	if bidi.Simple(plain) {
		return
	}
	plain = l.Text.joined()
	for _, b := range l.Text.AllBlocks() {
		at := b.Start
		if b.Marker > 0 {
			at += b.Marker
			l.runs = append(l.runs, bidi.Run{Start: b.Start, End: at})
		}
		base := bidi.Auto
		if b.Code || l.Text.Rightward {
			base = bidi.Left
		}
		for at < b.End {
			end := b.End
			if i := strings.IndexByte(plain[at:b.End], '\n'); i >= 0 {
				end = at + i
			}
			for _, r := range bidi.Runs(plain[at:end], base) {
				l.runs = append(l.runs, bidi.Run{Start: at + r.Start, End: at + r.End, Level: r.Level})
			}
			if b.List == 0 && base == bidi.Auto && bidi.RTL(plain[at:end]) {
				l.trail(at, end)
			}
			at = end + 1
		}
	}
}

// joined is the text with a letter in the place of the "@" of each name that runs from left
// to right: beside words that do not the sign would stand at the name's other end.
func (t *Text) joined() string {
	if len(t.Calls) == 0 {
		return t.Plain
	}
	b := []byte(t.Plain)
	for _, c := range t.Calls {
		if b[c.Start] == '@' && !bidi.RTL(t.Plain[c.Start+1:c.End]) {
			b[c.Start] = 'a'
		}
	}
	return string(b)
}

// trail remembers that the lines between two offsets end at the right edge.
func (l *Layout) trail(start, end int) {
	for i := l.lineOf(start); i < len(l.Lines) && l.Lines[i].Start < end; i++ {
		l.Lines[i].Trailing = true
	}
}

// stand gives lines of both directions the width of their parts as they stand: blanks
// between two kinds of writing are not as wide as in a text that was measured as one.
func (l *Layout) stand(most float32) {
	for i := range l.Lines {
		line := &l.Lines[i]
		if parts := l.parts(*line); parts != nil {
			last := parts[len(parts)-1]
			line.Width = last.x + last.width
			l.Width = max(l.Width, min(line.X+line.Width, most))
		}
	}
}

// align moves lines that run from right to left to the right edge.
func (l *Layout) align() {
	for i := range l.Lines {
		if line := &l.Lines[i]; line.Trailing {
			line.X = max(line.X, l.Width-line.Width)
		}
	}
}

// parts returns the parts of a line from left to right; nil if it runs from left to
// right as a whole.
func (l *Layout) parts(line Line) []part {
	if l.runs == nil {
		return nil
	}
	first := sort.Search(len(l.runs), func(i int) bool { return l.runs[i].End > line.Start })
	var runs []bidi.Run
	mixed := false
	for _, r := range l.runs[first:] {
		if r.Start >= line.End {
			break
		}
		r.Start, r.End = max(r.Start, line.Start), min(r.End, line.End)
		runs = append(runs, r)
		mixed = mixed || r.RTL()
	}
	if !mixed {
		return nil
	}
	bidi.Visual(runs)
	parts := make([]part, len(runs))
	x := float32(0)
	for i, r := range runs {
		w := l.Text.width(l.Font, r.Start, r.End, line.Code)
		parts[i] = part{start: r.Start, end: r.End, x: x, width: w, rtl: r.RTL()}
		x += w
	}
	return parts
}

// cut is the piece of a part between two offsets.
func (l *Layout) cut(line Line, p part, start, end int) part {
	start, end = max(start, p.start), min(end, p.end)
	if start >= end {
		return part{start: start, end: start}
	}
	if start == p.start && end == p.end {
		return p
	}
	w := l.Text.width(l.Font, start, end, line.Code)
	before := l.Text.width(l.Font, p.start, start, line.Code)
	x := p.x + before
	if p.rtl {
		x = p.x + p.width - before - w
	}
	return part{start: start, end: end, x: x, width: w, rtl: p.rtl}
}

// across calls f for the left edge and the width of each piece of a line between two
// offsets.
func (l *Layout) across(line Line, start, end int, f func(x, width float32)) {
	parts := l.parts(line)
	if parts == nil {
		left := l.x(line, start)
		f(left, l.x(line, end)-left)
		return
	}
	for _, p := range parts {
		if c := l.cut(line, p, start, end); c.start < c.end {
			f(c.x, c.width)
		}
	}
}

// edge is the offset at the left or right end of a line.
func (l *Layout) edge(line Line, right bool) int {
	parts := l.parts(line)
	switch {
	case parts == nil && right:
		return line.End
	case parts == nil:
		return line.Start
	case right && parts[len(parts)-1].rtl:
		return parts[len(parts)-1].start
	case right:
		return parts[len(parts)-1].end
	case parts[0].rtl:
		return parts[0].end
	}
	return parts[0].start
}

// near finds the border nearest to x in a line, and the character under x.
func (l *Layout) near(line Line, x float32) (border, under int) {
	whole := part{start: line.Start, end: line.End, width: line.Width}
	for _, p := range l.parts(line) {
		if whole = p; x < p.x+p.width {
			break
		}
	}
	return l.nearIn(line, whole, x)
}

// nearIn is near for a part of a line.
func (l *Layout) nearIn(line Line, whole part, x float32) (border, under int) {
	x -= whole.x
	if whole.rtl {
		x = whole.width - x
	}
	ends := []int{whole.start}
	for rest, state, at := l.Text.Plain[whole.start:whole.end], -1, whole.start; rest != ""; {
		var g string
		g, rest, state = look.Cluster(rest, state)
		at += len(g)
		ends = append(ends, at)
	}
	from := func(i int) float32 { // the part's beginning
		if i == len(ends)-1 {
			return whole.width
		}
		return l.Text.width(l.Font, whole.start, ends[i], line.Code)
	}
	low, high := 0, len(ends)-1 // the border at low is before x, that at high behind it
	for low+1 < high {
		mid := (low + high) / 2
		if from(mid) <= x {
			low = mid
		} else {
			high = mid
		}
	}
	if x-from(low) > from(high)-x {
		return ends[high], ends[low]
	}
	return ends[low], ends[low]
}
