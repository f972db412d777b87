package markup

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/internal/linkguard"
)

// HTML is what somebody wrote as a part of a web page: what the window shows of it.
// Every character is escaped; an address goes in only where the window would open it,
// and where it leads stands beside words that say something else. Elements are p, ul, li,
// blockquote, pre, code, strong, em, s, a, span and bdi, and nothing of them loads or
// runs anything. How a class looks is for the page: "mark" is what stands before a point
// of a list as it was typed, "apart" has an empty line above it.
func HTML(raw string) template.HTML {
	t := ParseMarkup(raw)
	p := pageWriter{t: t}
	at := 0
	for _, b := range t.AllBlocks() {
		p.block(b, strings.Count(t.Plain[at:b.Start], "\n") > 1)
		at = b.End
	}
	p.within(0, 0)
	return template.HTML(p.out.String()) //nolint:gosec // escaped piece by piece
}

// Isolated is a sentence as a part of a web page; a name in it that is wrapped by
// [linkguard.Isolate] does not turn the words around it.
func Isolated(sentence string) template.HTML {
	var p pageWriter
	open := 0
	for sentence != "" {
		i := strings.IndexFunc(sentence, linkguard.Isolates)
		if i < 0 {
			break
		}
		p.escape(linkguard.CleanText(sentence[:i]))
		mark, size := utf8.DecodeRuneInString(sentence[i:])
		sentence = sentence[i+size:]
		switch {
		case !linkguard.EndsIsolate(mark):
			open++
			p.out.WriteString("<bdi>")
		case open > 0:
			open--
			p.out.WriteString("</bdi>")
		}
	}
	p.escape(linkguard.CleanText(sentence))
	p.out.WriteString(strings.Repeat("</bdi>", open))
	return template.HTML(p.out.String()) //nolint:gosec // escaped piece by piece
}

// pageWriter writes one message.
type pageWriter struct {
	t     *Text
	out   strings.Builder
	quote int    // how many quotations are open
	lists []bool // the lists that are open; true: in one of their points
}

// within opens and closes quotations and lists until there are so many.
func (p *pageWriter) within(quotes, lists int) {
	if quotes != p.quote {
		p.leave(0)
	}
	for ; p.quote > quotes; p.quote-- {
		p.out.WriteString("</blockquote>")
	}
	for ; p.quote < quotes; p.quote++ {
		p.out.WriteString("<blockquote>")
	}
	p.leave(lists)
	for len(p.lists) < lists {
		p.point(false)
		p.out.WriteString("<ul>")
		p.lists = append(p.lists, false)
	}
}

// leave closes lists until there are n.
func (p *pageWriter) leave(n int) {
	for k := len(p.lists) - 1; k >= n; k-- {
		if p.lists[k] {
			p.out.WriteString("</li>")
		}
		p.out.WriteString("</ul>")
		p.lists = p.lists[:k]
	}
}

// point begins a point of the innermost list, if there is one and it is a new one or
// the list has none.
func (p *pageWriter) point(fresh bool) {
	k := len(p.lists) - 1
	if k < 0 || p.lists[k] && !fresh {
		return
	}
	if p.lists[k] {
		p.out.WriteString("</li>")
	}
	p.out.WriteString("<li>")
	p.lists[k] = true
}

// block writes a paragraph or a piece of code.
func (p *pageWriter) block(b Block, apart bool) {
	p.within(b.Quote, b.List)
	p.point(b.Marker > 0)
	class := ""
	if apart {
		class = ` class="apart"`
	}
	text := b.Start + b.Marker
	mark := strings.TrimRight(p.t.Plain[b.Start:text], " ")
	if !b.Code {
		p.out.WriteString("<p" + class + ">")
		if mark != "" {
			p.out.WriteString(`<span class="mark">`)
			p.escape(mark)
			p.out.WriteString("</span> ")
		}
		p.words(text, b.End)
		p.out.WriteString("</p>")
		return
	}
	if mark != "" {
		p.out.WriteString(`<span class="mark">`)
		p.escape(mark)
		p.out.WriteString("</span>")
	}
	p.out.WriteString("<pre" + class)
	if name := languageName(b.Language); name != "" {
		p.out.WriteString(` title="`)
		p.escape(name)
		p.out.WriteString(`"`)
	}
	p.out.WriteString(` dir="ltr"><code>`)
	p.escape(p.t.Plain[text:b.End])
	p.out.WriteString("</code></pre>")
}

// languageName is what a page says of a piece of code: what its author calls its
// language, if that can be a name of one.
func languageName(s string) string {
	const most = 24
	if len(s) > most {
		return ""
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+#-._", r) {
			return ""
		}
	}
	return s
}

// words writes a stretch of text with its links.
func (p *pageWriter) words(start, end int) {
	for _, l := range p.t.Links {
		from, to := max(start, l.Start), min(end, l.End)
		if from >= to || l.Link.Inside { // one that leads into the program is nothing for a browser
			continue
		}
		p.styled(start, from)
		p.out.WriteString(`<a rel="noopener noreferrer nofollow" dir="auto" href="`)
		p.escape(l.Link.URL)
		p.out.WriteString(`">`)
		p.styled(from, to)
		p.out.WriteString("</a>")
		if l.Link.Ask && to == l.End { // what is shown is not what opens
			p.out.WriteString(` (<bdi>`)
			p.escape(l.Link.Host)
			p.out.WriteString(`</bdi>)`)
		}
		start = to
	}
	p.styled(start, end)
}

// pageStyles are the elements for the styles of text, in the order they are nested.
var pageStyles = []struct {
	style   Style
	element string
}{{Bold, "strong"}, {Italic, "em"}, {Strike, "s"}, {Code, "code"}}

// styled writes a stretch of text in its styles.
func (p *pageWriter) styled(start, end int) {
	p.t.Pieces(start, end, func(start, end int, style Style) {
		closing := ""
		for _, s := range pageStyles {
			if style&s.style != 0 {
				p.out.WriteString("<" + s.element + ">")
				closing = "</" + s.element + ">" + closing
			}
		}
		p.escape(p.t.Plain[start:end])
		p.out.WriteString(closing)
	})
}

func (p *pageWriter) escape(s string) { p.out.WriteString(template.HTMLEscapeString(s)) }
