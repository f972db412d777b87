package textblock

import (
	"slices"
	"sort"

	"hearth/internal/markup"
)

// Code within a line and the words that call somebody stand in a field of their own,
// which is wider than its letters on both sides. That is room in the line like a letter:
// or the field would lie over the blanks beside it.

// field is such a stretch. Offsets.
type field struct{ start, end int }

// fieldPad is how much wider a field is than its letters on each side, for a font of 14.
const fieldPad float32 = 2

// findFields notes what stands in a field, once spans and calls are known.
func (t *Text) findFields() {
	t.fields = nil
	for _, s := range t.Spans {
		if s.Style&markup.Code == 0 {
			continue
		}
		if n := len(t.fields); n > 0 && t.fields[n-1].end == s.Start { // of two styles
			t.fields[n-1].end = s.End
			continue
		}
		t.fields = append(t.fields, field{s.Start, s.End})
	}
	for _, c := range t.Calls {
		t.fields = append(t.fields, field{c.Start, c.End})
	}
	slices.SortFunc(t.fields, func(a, b field) int { return a.start - b.start })
}

// pads is how much of fields' edges lies between two offsets: their left edges before
// the first letter of each, their right ones behind the last.
func (t *Text) pads(font Font, start, end int) (wide float32) {
	first := sort.Search(len(t.fields), func(i int) bool { return t.fields[i].end > start })
	for _, f := range t.fields[first:] {
		if f.start >= end {
			break
		}
		if f.start >= start {
			wide += font.scaled(fieldPad)
		}
		if f.end <= end {
			wide += font.scaled(fieldPad)
		}
	}
	return wide
}

// padsAt is the edge of a field that stands before the letters between two offsets, and
// the one that stands behind them.
func (t *Text) padsAt(font Font, start, end int) (before, behind float32) {
	i := sort.Search(len(t.fields), func(i int) bool { return t.fields[i].end > start })
	if i < len(t.fields) && t.fields[i].start == start {
		before = font.scaled(fieldPad)
	}
	i = sort.Search(len(t.fields), func(i int) bool { return t.fields[i].end >= end })
	if i < len(t.fields) && t.fields[i].end == end {
		behind = font.scaled(fieldPad)
	}
	return before, behind
}
