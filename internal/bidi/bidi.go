package bidi

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// Run is a stretch of text of one direction; Start and End are bytes.
type Run struct {
	Start, End int
	Level      uint8 // odd: right to left
}

// RTL reports whether the run is written from right to left.
func (r Run) RTL() bool { return r.Level&1 == 1 }

// Base says in which direction a paragraph as a whole runs.
type Base uint8

// Bases.
const (
	Auto Base = 0 // as its first letter
	Left Base = 1 // from left to right
)

// Marks of isolates, and of the right-to-left direction.
const (
	lri rune = 0x2066
	rli rune = 0x2067
	fsi rune = 0x2068
	pdi rune = 0x2069
	// Mark is invisible and counts as a letter written from right to left.
	Mark = "\u200F"
)

// deepest is how deep isolates are followed; names in sentences need one level.
const deepest = 8

// Simple reports text that runs from left to right for sure.
func Simple(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0xD6 { // of the first letter written from right to left, U+0590
			return simpleRunes(s[i:])
		}
	}
	return true
}

func simpleRunes(s string) bool {
	for _, r := range s {
		switch {
		case r < 0x590, r > 0x8FF && r < 0x2000, r > 0x206F && r < 0xFB1D, r >= 0x1F000:
		case r >= 0x2000 && r <= 0x206F:
			if r == 0x200F || r >= lri && r <= pdi {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Strip takes out the marks of isolates, which have done their work once the order is
// known and are not drawn.
func Strip(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= lri && r <= pdi {
			return -1
		}
		return r
	}, s)
}

// RTL reports whether a paragraph runs from right to left by itself.
func RTL(s string) bool {
	if Simple(s) {
		return false
	}
	return first(classify(s)) == 1
}

// Runs splits a paragraph by direction, in the order it was written. Text that runs
// from left to right is one run.
func Runs(s string, base Base) []Run {
	if Simple(s) {
		return []Run{{End: len(s)}}
	}
	p := &paragraph{text: classify(s)}
	p.levels = make([]uint8, len(p.text))
	level := uint8(0)
	if base == Auto {
		level = first(p.text)
	}
	p.resolve(0, len(p.text), level, 0)
	var runs []Run
	for i, c := range p.text {
		end := len(s)
		if i+1 < len(p.text) {
			end = p.text[i+1].at
		}
		if n := len(runs); n > 0 && runs[n-1].Level == p.levels[i] {
			runs[n-1].End = end
			continue
		}
		runs = append(runs, Run{Start: c.at, End: end, Level: p.levels[i]})
	}
	return runs
}

// Visual puts the runs of one line into the order in which they stand from left to
// right (rule L2), in place.
func Visual(runs []Run) {
	highest, lowest := uint8(0), uint8(255)
	for _, r := range runs {
		highest = max(highest, r.Level)
		if r.RTL() {
			lowest = min(lowest, r.Level)
		}
	}
	for level := highest; level >= lowest && level > 0; level-- {
		for i := 0; i < len(runs); {
			j := i
			for j < len(runs) && runs[j].Level >= level {
				j++
			}
			slices.Reverse(runs[i:j])
			i = j + 1
		}
	}
}

// char is a character and what it counts as.
type char struct {
	at    int // byte
	rune  rune
	class bidi.Class
}

func classify(s string) []char {
	list := make([]char, 0, utf8.RuneCountInString(s))
	for i, r := range s {
		p, _ := bidi.LookupRune(r)
		list = append(list, char{at: i, rune: r, class: p.Class()})
	}
	return list
}

// first is the level that the first letter gives a paragraph (P2, P3).
func first(text []char) uint8 {
	inside := 0
	for _, c := range text {
		switch {
		case isolates(c.rune):
			inside++
		case c.rune == pdi:
			inside = max(0, inside-1)
		case inside > 0:
		case c.class == bidi.L:
			return 0
		case c.class == bidi.R || c.class == bidi.AL:
			return 1
		}
	}
	return 0
}

func isolates(r rune) bool { return r == lri || r == rli || r == fsi }

// paragraph is the state of one Runs.
type paragraph struct {
	text   []char
	levels []uint8
}

// resolve sets the levels between two places, which stand in an isolate of their own.
func (p *paragraph) resolve(from, to int, base uint8, depth int) {
	var seq sequence // what is not in a further isolate
	for i := from; i < to; i++ {
		seq.places = append(seq.places, i)
		seq.classes = append(seq.classes, classOf(p.text[i]))
		if !isolates(p.text[i].rune) || depth == deepest {
			continue
		}
		end := p.closing(i+1, to)
		p.resolve(i+1, end, p.inner(i, end, base), depth+1)
		i = end - 1
	}
	seq.solve(p.text, base)
	for k, i := range seq.places {
		p.levels[i] = seq.level(k, base)
	}
	// Blanks at the end belong to the paragraph, not to the words before (L1).
	for k := len(seq.places) - 1; k >= 0 && blank(p.text[seq.places[k]]); k-- {
		p.levels[seq.places[k]] = base
	}
}

// closing is where the isolate ends that began before a place.
func (p *paragraph) closing(from, to int) int {
	open := 0
	for i := from; i < to; i++ {
		switch {
		case isolates(p.text[i].rune):
			open++
		case p.text[i].rune == pdi && open == 0:
			return i
		case p.text[i].rune == pdi:
			open--
		}
	}
	return to
}

// inner is the level within an isolate (X5a to X5c).
func (p *paragraph) inner(mark, end int, base uint8) uint8 {
	odd := p.text[mark].rune == rli || p.text[mark].rune == fsi && first(p.text[mark+1:end]) == 1
	if odd == (base&1 == 1) {
		return base + 2
	}
	return base + 1
}

// classOf is what a character counts as; what changes directions counts as nothing.
func classOf(c char) bidi.Class {
	switch c.class {
	case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF, bidi.BN:
		return bidi.BN
	case bidi.LRI, bidi.RLI, bidi.FSI, bidi.PDI, bidi.Control:
		return bidi.ON
	}
	return c.class
}

func blank(c char) bool {
	return c.class == bidi.WS || c.class == bidi.BN || c.class == bidi.B || c.class == bidi.S || isolates(c.rune) || c.rune == pdi
}
