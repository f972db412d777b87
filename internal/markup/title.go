package markup

import (
	"slices"
	"strings"

	"hearth/internal/linkguard"
)

// Titled is a link that is shown by words in the place of its address.
type Titled struct {
	Start, End int
	Address    string // as it was written
}

// Title shows the links to messages that stand in the text as bare addresses, of a hundred
// characters, by words for their URL; those for which there are none stay, and so does
// code. What is selected there is copied as it was written, see [Text.Written]. It belongs
// before everything else that looks at offsets.
func (t *Text) Title(words func(url string) string) {
	var made []Titled // by the old offsets
	var titles []string
	for _, l := range t.Links {
		address := t.Plain[l.Start:l.End]
		if same, ok := linkguard.Check(address); !ok || same != l.Link || !l.Link.Inside || t.code(l.Start) {
			continue
		}
		if title := words(l.Link.URL); title != "" {
			made, titles = append(made, Titled{l.Start, l.End, address}), append(titles, title)
		}
	}
	if len(made) == 0 {
		return
	}
	var out strings.Builder
	at := 0
	for i, m := range made {
		out.WriteString(t.Plain[at:m.Start])
		start := out.Len()
		out.WriteString(titles[i])
		at = m.End
		t.Titles = append(t.Titles, Titled{start, out.Len(), m.Address})
	}
	out.WriteString(t.Plain[at:])
	// moved is where an offset is now; one within an address is at the end of the words.
	moved := func(offset int) int {
		by := 0
		for i, m := range made {
			switch {
			case offset <= m.Start:
				return offset + by
			case offset < m.End:
				return t.Titles[i].End
			}
			by = t.Titles[i].End - m.End
		}
		return offset + by
	}
	t.Plain = out.String()
	t.Links, t.Spans, t.Blocks = slices.Clone(t.Links), slices.Clone(t.Spans), slices.Clone(t.Blocks)
	for i := range t.Links {
		t.Links[i].Start, t.Links[i].End = moved(t.Links[i].Start), moved(t.Links[i].End)
	}
	for i := range t.Spans {
		t.Spans[i].Start, t.Spans[i].End = moved(t.Spans[i].Start), moved(t.Spans[i].End)
	}
	for i := range t.Blocks {
		t.Blocks[i].Start, t.Blocks[i].End = moved(t.Blocks[i].Start), moved(t.Blocks[i].End)
	}
}

// Written is what copying a part of the text yields: Plain, with the address of a link in
// the place of the words that it is shown by, if all of them are in the part.
func (t *Text) Written(start, end int) string {
	var out strings.Builder
	for _, m := range t.Titles {
		if m.Start >= start && m.End <= end {
			out.WriteString(t.Plain[start:m.Start] + m.Address)
			start = m.End
		}
	}
	return out.String() + t.Plain[start:end]
}
