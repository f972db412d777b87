package ui

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"hearth/ui/textblock"
)

// exportBody is what an exported page shows of a message: what the window shows, as
// HTML. Every character of the text is escaped; an address goes in only where the window
// would open it, and stands beside words that say something else.
func exportBody(raw string) template.HTML {
	t := textblock.ParseMarkup(raw)
	p := pageWriter{t: t}
	blocks := t.Blocks
	if len(blocks) == 0 {
		blocks = []textblock.Block{{End: len(t.Plain)}}
	}
	depth := 0
	for _, b := range blocks {
		for ; depth < b.Quote; depth++ {
			p.out.WriteString("<blockquote>")
		}
		for ; depth > b.Quote; depth-- {
			p.out.WriteString("</blockquote>")
		}
		p.block(b)
	}
	p.out.WriteString(strings.Repeat("</blockquote>", depth))
	return template.HTML(p.out.String()) //nolint:gosec // escaped piece by piece
}

// pageWriter writes one message.
type pageWriter struct {
	t   *textblock.Text
	out strings.Builder
}

func (p *pageWriter) block(b textblock.Block) {
	switch {
	case b.Code:
		p.out.WriteString("<pre><code>")
		p.escape(p.t.Plain[b.Start:b.End])
		p.out.WriteString("</code></pre>")
		return
	case b.List > 0: // with the number that its author gave it
		p.out.WriteString(`<p style="padding-left: ` + strconv.Itoa(min(b.List, 12)) + `.1em">`)
	default:
		p.out.WriteString("<p>")
	}
	p.words(b.Start, b.End)
	p.out.WriteString("</p>")
}

// words writes a stretch of text, cut where a style or a link begins or ends.
func (p *pageWriter) words(start, end int) {
	cuts := []int{start, end}
	add := func(at int) {
		if at > start && at < end {
			cuts = append(cuts, at)
		}
	}
	for _, s := range p.t.Spans {
		add(s.Start)
		add(s.End)
	}
	for _, l := range p.t.Links {
		add(l.Start)
		add(l.End)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i := 1; i < len(cuts); i++ {
		p.piece(cuts[i-1], cuts[i])
	}
}

// pageStyles are the elements for the styles of text, in the order they are nested.
var pageStyles = []struct {
	style   textblock.Style
	element string
}{
	{textblock.Bold, "strong"}, {textblock.Italic, "em"}, {textblock.Strike, "s"}, {textblock.Code, "code"},
}

// piece writes what is in one style and at most one link.
func (p *pageWriter) piece(start, end int) {
	link := p.t.LinkAt(start)
	if link != nil && link.Inside { // leads into the program and is nothing for a browser
		link = nil
	}
	if link != nil {
		p.out.WriteString(`<a rel="noopener noreferrer nofollow" href="`)
		p.escape(link.URL)
		p.out.WriteString(`">`)
	}
	var style textblock.Style
	for _, s := range p.t.Spans {
		if start >= s.Start && start < s.End {
			style = s.Style
		}
	}
	var closing string
	for _, s := range pageStyles {
		if style&s.style != 0 {
			p.out.WriteString("<" + s.element + ">")
			closing = "</" + s.element + ">" + closing
		}
	}
	p.escape(p.t.Plain[start:end])
	p.out.WriteString(closing)
	if link == nil {
		return
	}
	p.out.WriteString("</a>")
	if link.Ask && p.t.LinkAt(end) != link { // what is shown is not what opens
		p.out.WriteString(" (")
		p.escape(link.Host)
		p.out.WriteString(")")
	}
}

func (p *pageWriter) escape(s string) { p.out.WriteString(template.HTMLEscapeString(s)) }
