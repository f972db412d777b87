package bidi

import "golang.org/x/text/unicode/bidi"

// sequence is an isolating run sequence: the characters of one isolate without those
// of isolates within.
type sequence struct {
	places  []int
	classes []bidi.Class
}

// solve gives every character one of the classes L, R, EN and AN.
func (s *sequence) solve(text []char, base uint8) {
	edge := bidi.L
	if base&1 == 1 {
		edge = bidi.R
	}
	s.weak(edge)
	s.numbers()
	s.letters(edge)
	s.brackets(text, edge)
	s.neutral(edge)
}

// level is that of a character after solve (I1, I2).
func (s *sequence) level(k int, base uint8) uint8 {
	switch c := s.classes[k]; {
	case base&1 == 0 && c == bidi.R:
		return base + 1
	case base&1 == 0 && (c == bidi.EN || c == bidi.AN):
		return base + 2
	case base&1 == 1 && c != bidi.R:
		return base + 1
	}
	return base
}

// weak applies W1 to W3: marks are as what they sit on, digits after Arabic letters are
// Arabic, and Arabic letters are letters.
func (s *sequence) weak(edge bidi.Class) {
	last, strong := edge, edge
	for i, c := range s.classes {
		switch c {
		case bidi.NSM, bidi.BN:
			s.classes[i] = last
			if c == bidi.BN {
				continue
			}
		case bidi.L, bidi.R, bidi.AL:
			strong = c
		case bidi.EN:
			if strong == bidi.AL {
				s.classes[i] = bidi.AN
			}
		}
		last = s.classes[i]
	}
	for i, c := range s.classes {
		if c == bidi.AL {
			s.classes[i] = bidi.R
		}
	}
}

// numbers applies W4 to W6: separators within numbers and signs beside them belong to
// them, others to nothing.
func (s *sequence) numbers() {
	c := s.classes
	for i := 1; i+1 < len(c); i++ {
		if c[i] == bidi.ES && c[i-1] == bidi.EN && c[i+1] == bidi.EN ||
			c[i] == bidi.CS && c[i-1] == c[i+1] && (c[i-1] == bidi.EN || c[i-1] == bidi.AN) {
			c[i] = c[i-1]
		}
	}
	for i := 0; i < len(c); {
		if c[i] != bidi.ET {
			i++
			continue
		}
		j := i
		for j < len(c) && c[j] == bidi.ET {
			j++
		}
		if i > 0 && c[i-1] == bidi.EN || j < len(c) && c[j] == bidi.EN {
			for k := i; k < j; k++ {
				c[k] = bidi.EN
			}
		}
		i = j
	}
	for i := range c {
		if c[i] == bidi.ES || c[i] == bidi.CS || c[i] == bidi.ET {
			c[i] = bidi.ON
		}
	}
}

// letters applies W7: numbers among letters written from left to right are as these.
func (s *sequence) letters(strong bidi.Class) {
	for i, c := range s.classes {
		switch {
		case c == bidi.L || c == bidi.R:
			strong = c
		case c == bidi.EN && strong == bidi.L:
			s.classes[i] = bidi.L
		}
	}
}

// pairs are the brackets that come in pairs; rarer ones are as other signs.
var pairs = map[rune]rune{'(': ')', '[': ']', '{': '}', '（': '）', '「': '」', '『': '』', '【': '】', '《': '》', '〈': '〉'}

// maxOpen is how many brackets may be open (BD16).
const maxOpen = 63

// brackets applies N0: a pair is of the direction of what it holds.
func (s *sequence) brackets(text []char, edge bidi.Class) {
	type pair struct{ open, end int }
	var open []int
	var found []pair
	for i, at := range s.places {
		r := text[at].rune
		if s.classes[i] != bidi.ON {
			continue
		}
		if pairs[r] != 0 {
			if len(open) == maxOpen {
				return
			}
			open = append(open, i)
			continue
		}
		for k := len(open) - 1; k >= 0; k-- {
			if pairs[text[s.places[open[k]]].rune] == r {
				found = append(found, pair{open[k], i})
				open = open[:k]
				break
			}
		}
	}
	// In the order of their beginnings; there are few.
	for i := 1; i < len(found); i++ {
		for k := i; k > 0 && found[k].open < found[k-1].open; k-- {
			found[k], found[k-1] = found[k-1], found[k]
		}
	}
	for _, p := range found {
		if c, ok := s.inside(p.open, p.end, edge); ok {
			s.classes[p.open], s.classes[p.end] = c, c
			s.marks(text, p.open, c)
			s.marks(text, p.end, c)
		}
	}
}

// inside is the direction of a pair of brackets, if what it holds gives it one.
func (s *sequence) inside(open, end int, edge bidi.Class) (bidi.Class, bool) {
	other := false
	for _, c := range s.classes[open+1 : end] {
		if c = strength(c); c == edge {
			return edge, true
		}
		other = other || c != bidi.ON
	}
	if !other {
		return edge, false
	}
	before := edge
	for i := open - 1; i >= 0; i-- {
		if c := strength(s.classes[i]); c != bidi.ON {
			before = c
			break
		}
	}
	return before, true
}

// marks lets marks on a bracket follow it.
func (s *sequence) marks(text []char, at int, c bidi.Class) {
	for i := at + 1; i < len(s.places); i++ {
		if k := text[s.places[i]].class; k != bidi.NSM {
			return
		}
		s.classes[i] = c
	}
}

// strength is what a class counts as among brackets and signs: numbers are as letters
// written from right to left, since others became L before.
func strength(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return bidi.ON
}

// neutral applies N1 and N2: what has no direction takes that of both neighbours, or
// that of the whole.
func (s *sequence) neutral(edge bidi.Class) {
	c := s.classes
	before := edge
	for i := 0; i < len(c); {
		if k := strength(c[i]); k != bidi.ON {
			before = k
			i++
			continue
		}
		j := i
		for j < len(c) && strength(c[j]) == bidi.ON {
			j++
		}
		after := edge
		if j < len(c) {
			after = strength(c[j])
		}
		takes := edge
		if before == after {
			takes = before
		}
		for ; i < j; i++ {
			c[i] = takes
		}
	}
}
