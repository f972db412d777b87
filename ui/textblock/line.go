package textblock

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Line lays a text without line breaks out as one line, which is as wide as it is. The
// layout is as wide as that, and at least as wide as asked for; what runs from right to
// left ends at its right edge. No word of it is remembered: it may be a secret.
func (t *Text) Line(width float32, font Font) *Layout {
	l := &Layout{Text: t, Font: font, Height: font.Line}
	l.Lines = []Line{{End: len(t.Plain), Width: t.width(font, 0, len(t.Plain), false)}}
	l.order()
	l.stand(math.MaxFloat32)
	l.Width = max(width, l.Lines[0].Width)
	l.align()
	return l
}

// mostSearched is how far from the edge of what shows a blank is looked for, in bytes.
const mostSearched = 64

// within is what is needed of a part of a line to show what lies between two distances
// from the line's left end. It ends at blanks, so that no letter loses the one it is
// joined to; where there are none, out of sight.
func (l *Layout) within(line Line, p part, left, right float32) part {
	out := 2 * l.Font.Size
	left, right = left-out, right+out
	if p.x >= left && p.x+p.width <= right {
		return p
	}
	if p.x >= right || p.x+p.width <= left {
		return part{start: p.start, end: p.start}
	}
	start, _ := l.nearIn(line, p, max(left, p.x))
	end, _ := l.nearIn(line, p, min(right, p.x+p.width))
	if p.rtl {
		start, end = end, start
	}
	plain := l.Text.Plain
	before := max(p.start, start-mostSearched)
	for !utf8.RuneStart(plain[before]) {
		before++
	}
	if i := strings.LastIndexByte(plain[before:start], ' '); i >= 0 {
		start = before + i + 1 // a blank is as wide as what it is behind has it
	} else if before == p.start {
		start = before
	}
	behind := min(p.end, end+mostSearched)
	if i := strings.IndexByte(plain[end:behind], ' '); i >= 0 {
		end += i
	} else if behind == p.end {
		end = behind
	}
	return l.cut(line, p, start, end)
}
