package markup

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	gotext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"hearth/internal/linkguard"
)

// ParseMarkup is Parse for messages of people: it understands the part of
// Markdown that chats have (CommonMark 0.31: emphasis, code spans, fenced code,
// block quotes, lists, links; and ~~strike~~), through the parser of goldmark and
// nothing else of it. There are no headings, rules, pictures, tables, HTML or
// indented code, and line breaks stay. What cannot be read as markup is shown as
// it was written.
func ParseMarkup(raw string) *Text {
	plain := clean(raw)
	if !marked(plain) || tooDeep(plain) || strings.ContainsRune(plain, urlMark) {
		return &Text{Plain: plain, Links: linkguard.Find(plain)}
	}
	b := &builder{}
	src := b.shield(plain)
	b.src = []byte(src)
	b.block(markdown().Parse(gotext.NewReader(b.src)))
	if b.odd || !b.special() {
		return &Text{Plain: plain, Links: linkguard.Find(plain)}
	}
	return b.finish()
}

// PlainText is a message without its markup, on as many lines.
func PlainText(raw string) string { return ParseMarkup(raw).Plain }

// markdown is the parser; it keeps nothing between two texts.
var markdown = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewEmphasisParser(), 500),
			util.Prioritized(extension.NewStrikethroughParser(), 500),
		),
	)
})

// marked reports whether there can be any markup: most messages have none and
// skip the parser.
func marked(s string) bool {
	if strings.ContainsAny(s, "*_~`[\\") {
		return true
	}
	for line := range strings.Lines(s) {
		line = strings.TrimLeft(line, " ")
		if line == "" {
			continue
		}
		switch c := line[0]; {
		case c == '>' || c == '-' || c == '+':
			return true
		case c >= '0' && c <= '9':
			if i := strings.IndexAny(line, ".)"); i > 0 && i < 10 {
				return true
			}
		}
	}
	return false
}

// Bounds beyond which a text is not markup but an attempt to keep us busy: marks
// of blocks before one line, brackets that wait for their other half, marks in all.
const (
	maxNesting  = 12
	maxBrackets = 200
	maxMarks    = 1000
)

func tooDeep(s string) bool {
	marks := 0
	for i := range len(s) {
		if c := s[i]; c == '*' || c == '_' || c == '~' || c == '`' {
			marks++
		}
	}
	if marks > maxMarks || strings.Count(s, "[") > maxBrackets {
		return true
	}
	for line := range strings.Lines(s) {
		depth := 0
		for i := 0; i < len(line) && strings.IndexByte(" >-+*0123456789.)", line[i]) >= 0; i++ {
			if strings.IndexByte(">-+*.)", line[i]) >= 0 {
				depth++
			}
		}
		if depth > maxNesting && strings.IndexByte(line, ' ') >= 0 {
			return true
		}
	}
	return false
}

// urlMark stands, with a character behind it that numbers it, for an address
// while the parser is at work, so that no underscore in it becomes emphasis. It
// is no character (Unicode 23.7) and does not occur in texts that get here.
const (
	urlMark  = '\uFDD0'
	urlFirst = '\uE000'
	maxURLs  = 0x1800
)

// builder turns the parser's tree into a Text.
type builder struct {
	src  []byte
	urls []string
	out  strings.Builder
	odd  bool // something has no form we could show
	// changed: marks are gone although nothing looks different
	changed bool

	style Style
	quote int
	lists int
	mark  string // marker for the next block, "" if none
	last  int    // where the last block ends in src

	text Text
}

// shield replaces addresses by marks, and takes their meaning from lines that
// look like markup to the parser and not to people: ">.<" and "~~~".
func (b *builder) shield(s string) string {
	var out strings.Builder
	for i, part := range strings.Split(s, "](") { // between the halves of a link no address goes on
		if i > 0 {
			out.WriteString("](")
		}
		at := 0
		for _, l := range linkguard.Find(part) {
			if len(b.urls) == maxURLs {
				break
			}
			out.WriteString(part[at:l.Start])
			out.WriteRune(urlMark)
			out.WriteRune(urlFirst + rune(len(b.urls)))
			b.urls = append(b.urls, part[l.Start:l.End])
			at = l.End
		}
		out.WriteString(part[at:])
	}
	s = out.String()
	if !strings.Contains(s, ">") && !strings.Contains(s, "~~~") {
		return s
	}
	out.Reset()
	fenced := false
	for line := range strings.Lines(s) {
		trimmed := strings.TrimLeft(line, " ")
		if strings.HasPrefix(trimmed, "```") {
			fenced = !fenced
		} else if !fenced && (strings.HasPrefix(trimmed, "~~~") || emoticon(trimmed)) {
			out.WriteString(line[:len(line)-len(trimmed)])
			out.WriteByte('\\')
			line = trimmed
		}
		out.WriteString(line)
	}
	return out.String()
}

// emoticon reports a line with ">" that is not followed by a blank.
func emoticon(line string) bool {
	rest := strings.TrimLeft(line, ">")
	return rest != line && rest != "" && rest[0] != ' ' && rest[0] != '\n'
}

// expose puts the addresses back.
func (b *builder) expose(s string) string {
	if !strings.ContainsRune(s, urlMark) {
		return s
	}
	var out strings.Builder
	found := false
	for _, r := range s {
		switch {
		case r == urlMark:
			found = true
		case found:
			found = false
			if i := int(r - urlFirst); i >= 0 && i < len(b.urls) {
				out.WriteString(b.urls[i])
			}
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// block adds what a node of the tree holds.
func (b *builder) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Document:
		b.blocks(n)
	case *ast.Blockquote:
		b.odd = b.odd || !n.HasChildren()
		b.quote++
		b.blocks(n)
		b.quote--
	case *ast.List:
		b.lists++
		number := n.Start
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			b.odd = b.odd || !c.HasChildren() || b.mark != ""
			b.mark = "• "
			if n.IsOrdered() {
				number = b.typed(c, number)
				b.mark = strconv.Itoa(number) + string(n.Marker) + " "
				number++
			}
			b.blocks(c)
		}
		b.lists--
	case *ast.FencedCodeBlock:
		b.code(n)
	case *ast.Paragraph, *ast.TextBlock:
		at := b.begin(n)
		b.inlines(n)
		b.end(n, at)
	default:
		b.odd = true
	}
}

// typed returns the number that an item's author wrote; renumbering what people
// say is not for us.
func (b *builder) typed(item ast.Node, otherwise int) int {
	first := item.FirstChild()
	if first == nil || first.Type() != ast.TypeBlock || first.Lines().Len() == 0 {
		return otherwise
	}
	line := strings.TrimRight(string(b.src[b.last:first.Lines().At(0).Start]), " ")
	line = line[strings.LastIndexByte(line, '\n')+1:]
	digits := strings.TrimRight(line, ".)")
	digits = digits[strings.LastIndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })+1:]
	if n, err := strconv.Atoi(digits); err == nil {
		return n
	}
	return otherwise
}

func (b *builder) blocks(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		b.block(c)
	}
}

// begin starts a block on a new line, behind as many empty ones as its author left.
func (b *builder) begin(n ast.Node) Block {
	lines := n.Lines()
	if lines.Len() == 0 {
		b.odd = true
		return Block{}
	}
	if len(b.text.Blocks) > 0 { // also behind one that is empty
		b.out.WriteByte('\n')
		between := strings.Split(string(b.src[b.last:max(b.last, lines.At(0).Start)]), "\n")
		for i := 1; i < len(between)-1; i++ {
			if strings.Trim(between[i], " >") == "" {
				b.out.WriteByte('\n')
			}
		}
	}
	at := Block{Start: b.out.Len(), Quote: b.quote, List: b.lists, Marker: len(b.mark)}
	b.out.WriteString(b.mark)
	b.mark = ""
	return at
}

func (b *builder) end(n ast.Node, at Block) {
	if lines := n.Lines(); lines.Len() > 0 {
		b.last = lines.At(lines.Len() - 1).Stop
		if b.last > 0 && b.src[b.last-1] == '\n' {
			b.last--
		}
	}
	at.End = b.out.Len()
	b.text.Blocks = append(b.text.Blocks, at)
}

func (b *builder) code(n *ast.FencedCodeBlock) {
	at := b.begin(n)
	at.Code, at.Language = true, string(n.Language(b.src))
	var code strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		code.Write(line.Value(b.src))
	}
	b.out.WriteString(strings.TrimRight(b.expose(code.String()), "\n"))
	b.end(n, at)
}

// inlines adds the text of a node's children.
func (b *builder) inlines(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		b.inline(c)
	}
}

func (b *builder) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		b.words(n)
	case *ast.String:
		b.write(string(n.Value))
	case *ast.CodeSpan:
		b.styled(n, Code)
	case *ast.Emphasis:
		if n.Level >= 2 {
			b.styled(n, Bold)
		} else {
			b.styled(n, Italic)
		}
	case *extast.Strikethrough:
		b.styled(n, Strike)
	case *ast.Link:
		b.link(n, string(n.Destination))
	case *ast.Image: // never loaded: the address is a link like any other
		b.link(n, string(n.Destination))
	default:
		b.odd = true
	}
}

func (b *builder) styled(n ast.Node, s Style) {
	before := b.style
	b.style |= s
	b.inlines(n)
	b.style = before
}

// words adds a stretch of text.
func (b *builder) words(n *ast.Text) {
	s := b.expose(string(n.Segment.Value(b.src)))
	if b.style&Code != 0 {
		b.write(strings.ReplaceAll(s, "\n", " "))
		return
	}
	if out := b.out.String(); out == "" || strings.HasSuffix(out, "\n") {
		b.write(b.indent(n.Segment.Start)) // the parser drops it
	}
	plain := unescape(s)
	b.changed = b.changed || plain != s
	b.write(plain)
	if n.SoftLineBreak() || n.HardLineBreak() {
		b.write("\n")
	}
}

// indent returns the blanks between the beginning of a source line and an offset.
func (b *builder) indent(at int) string {
	from := at
	for from > 0 && b.src[from-1] == ' ' {
		from--
	}
	if from > 0 && b.src[from-1] != '\n' {
		return ""
	}
	return string(b.src[from:at])
}

// special reports whether there is anything that looks different from plain text.
func (b *builder) special() bool {
	return len(b.text.Spans) > 0 || len(b.text.Links) > 0 || b.changed ||
		slices.ContainsFunc(b.text.Blocks, func(b Block) bool { return b.Code || b.Quote > 0 || b.List > 0 })
}

// unescape drops the backslash before what would be markup without it; others,
// as in ¯\_(ツ)_/¯ and in paths, stay.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("*_~`>[]\\", s[i+1]) >= 0 && !strings.HasPrefix(s[i:], `\_(`) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// write adds text in the style of the moment.
func (b *builder) write(s string) {
	start := b.out.Len()
	b.out.WriteString(s)
	if b.style == 0 || s == "" {
		return
	}
	if k := len(b.text.Spans); k > 0 && b.text.Spans[k-1].End == start && b.text.Spans[k-1].Style == b.style {
		b.text.Spans[k-1].End = b.out.Len()
		return
	}
	b.text.Spans = append(b.text.Spans, Span{Start: start, End: b.out.Len(), Style: b.style})
}

// link adds a link with words of its own. The person is always asked, with the
// host, before it opens; an address that may not be opened stands behind the words.
func (b *builder) link(n ast.Node, to string) {
	to = b.expose(to)
	start := b.out.Len()
	b.inlines(n)
	shown := b.out.String()[start:]
	l, ok := linkguard.Check(to)
	if !ok {
		l, ok = linkguard.CheckBare(to)
	}
	switch {
	case shown == to:
		b.changed = true
	case ok && strings.TrimSpace(shown) != "":
		l.Ask = true
		b.text.Links = append(b.text.Links, linkguard.Span{Start: start, End: b.out.Len(), Link: l})
	default:
		b.write(" (" + to + ")")
	}
}

// finish looks for addresses in what came out; where a link has words of its own,
// these are not taken for another address.
func (b *builder) finish() *Text {
	t := &b.text
	t.Plain = b.out.String()
	own := t.Links
	for _, l := range linkguard.Find(t.Plain) {
		if l.Bare(t.Plain) && t.code(l.Start) {
			continue // there what begins with "www." is as likely a word of a program
		}
		if !slices.ContainsFunc(own, func(o linkguard.Span) bool { return l.Start < o.End && o.Start < l.End }) {
			t.Links = append(t.Links, l)
		}
	}
	slices.SortFunc(t.Links, func(x, y linkguard.Span) int { return x.Start - y.Start })
	return t
}

// code reports whether what stands at an offset is set as code.
func (t *Text) code(at int) bool {
	return slices.ContainsFunc(t.Blocks, func(b Block) bool { return b.Code && b.Start <= at && at < b.End }) ||
		slices.ContainsFunc(t.Spans, func(s Span) bool { return s.Style&Code != 0 && s.Start <= at && at < s.End })
}
