package markup

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shown writes a text as what a person sees: styles as letters in brackets,
// blocks with what stands left of them.
func shown(t *Text) string {
	var out strings.Builder
	at := 0
	for _, b := range t.AllBlocks() {
		out.WriteString(t.Plain[at:b.Start])
		at = b.End
		out.WriteString(strings.Repeat("|", b.Quote))
		if b.List > 0 {
			fmt.Fprintf(&out, "<%d:%d>", b.List, b.Marker)
		}
		if b.Code {
			fmt.Fprintf(&out, "{%s}", b.Language)
		}
		t.Pieces(b.Start, b.End, func(start, end int, s Style) {
			letters := ""
			for i, l := range []string{"b", "i", "s", "c"} {
				if s&(1<<i) != 0 {
					letters += l
				}
			}
			if letters == "" {
				out.WriteString(t.Plain[start:end])
				return
			}
			out.WriteString("[" + letters + ":" + t.Plain[start:end] + "]")
		})
	}
	out.WriteString(t.Plain[at:])
	for _, l := range t.Links {
		ask := ""
		if l.Link.Ask {
			ask = "?"
		}
		out.WriteString(" →" + t.Plain[l.Start:l.End] + "=" + l.Link.URL + ask)
	}
	return out.String()
}

func TestMarkup(t *testing.T) {
	cases := []struct{ raw, want string }{
		{"nothing special", "nothing special"},
		{"*one* **two** ***three*** ~~four~~ `five`", "[i:one] [b:two] [bi:three] [s:four] [c:five]"},
		{"_one_ __two__ a_b_c snake_case", "[i:one] [b:two] a_b_c snake_case"},
		{"**bold with *both* inside**", "[b:bold with ][bi:both][b: inside]"},
		{"你好**世界**。", "你好[b:世界]。"},
		{"3 * 4 * 5 = 60", "3 * 4 * 5 = 60"},
		{"line one\nline *two*\n\nline three", "line one\nline [i:two]\n\nline three"},
		{"a\n\n\n\n**b**", "a\n\n\n\n[b:b]"},
		{"  indented\n    more *x*", "  indented\n    more [i:x]"},
		{"func (l *Login) f() {\n    return *x\n}", "func (l *Login) f() {\n    return *x\n}"},
		{"```go\nfunc main() {\n\tx := \"*a*\"\n}\n```\nafter", "{go}func main() {\n    x := \"*a*\"\n}\nafter"},
		{"before\n```\na\n\nb\n```", "before\n{}a\n\nb"},
		{"```\n> not a quote\n>.< nor this\n```", "{}> not a quote\n>.< nor this"},
		{"```\nhttps://example.org/a_b_c\n```", "{}https://example.org/a_b_c →https://example.org/a_b_c=https://example.org/a_b_c"},
		{"> quoted\n> twice\n\nanswer", "|quoted\ntwice\n\nanswer"},
		{"> a\n> > b", "|a\n||b"},
		{">.< no quote *x*", ">.< no quote [i:x]"},
		{">:( *sad*", ">:( [i:sad]"},
		{"- one\n- two\n  - three", "<1:4>• one\n<1:4>• two\n<2:4>• three"},
		{"1. one\n2. two\n\nend", "<1:3>1. one\n<1:3>2. two\n\nend"},
		{"2019. What a *year*", "<1:6>2019. What a [i:year]"},
		{"1. one\n3. three\n3. again", "<1:3>1. one\n<1:3>3. three\n<1:3>3. again"},
		{"> 4. in a quote\n> 9. too", "|<1:3>4. in a quote\n|<1:3>9. too"},
		{"7) seven", "<1:3>7) seven"},
		{"-", "-"},
		{"- \n- ", "- \n-"},
		{">", ">"},
		{"# no heading *x*", "# no heading [i:x]"},
		{"no\n===\nheading\n---\n*x*", "no\n===\nheading\n---\n[i:x]"},
		{"<b>no html</b> *x* &amp;", "<b>no html</b> [i:x] &amp;"},
		{"[words](https://example.org/a_b)", "words →words=https://example.org/a_b?"},
		{"[https://bank.example](https://evil.example)", "https://bank.example →https://bank.example=https://evil.example?"},
		{"[https://example.org/](https://example.org/)", "https://example.org/ →https://example.org/=https://example.org/"},
		{"[run](file:///etc/passwd) [js](javascript:alert(1))", "[run](file:///etc/passwd) [js](javascript:alert(1))"},
		{"[run](file:///etc/passwd) *x*", "run (file:///etc/passwd) [i:x]"},
		{"![cat](https://example.org/cat.png)", "cat →cat=https://example.org/cat.png?"},
		{"www.example.org/__init__.py **www.example.org**", "www.example.org/__init__.py [b:www.example.org] →www.example.org/__init__.py=https://www.example.org/__init__.py →www.example.org=https://www.example.org"},
		{"[words](www.example.org)", "words →words=https://www.example.org?"},
		{"[words](www.conf) *x*", "words (www.conf) [i:x]"},
		{"[www.example.org](www.example.org)", "www.example.org →www.example.org=https://www.example.org"},
		{"[www.bank.example](https://evil.example)", "www.bank.example →www.bank.example=https://evil.example?"},
		{"`www.example.org` www.example.com", "[c:www.example.org] www.example.com →www.example.com=https://www.example.com"},
		{"```\nwww.example.org\n```", "{}www.example.org"},
		{"> www.example.org.", "|www.example.org. →www.example.org=https://www.example.org"},
		{"see https://example.org/__init__.py and **https://example.org/x**", "see https://example.org/__init__.py and [b:https://example.org/x] →https://example.org/__init__.py=https://example.org/__init__.py →https://example.org/x=https://example.org/x"},
		{`¯\_(ツ)_/¯`, `¯\_(ツ)_/¯`},
		{`not \*bold\* but \`, `not *bold* but \`},
		{`C:\dir\file`, `C:\dir\file`},
		{"`code with *stars*`", "[c:code with *stars*]"},
		{"~~~\nno fence\n~~~ *x*", "~~~\nno fence\n~~~ [i:x]"},
		{"**unfinished", "**unfinished"},
		{"```\n```", "```\n```"},
		{"```\n\n```\n0", "{}\n0"},
		{"a[1] = b[2] * c[3]", "a[1] = b[2] * c[3]"},
	}
	for _, c := range cases {
		got := shown(ParseMarkup(c.raw))
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q: %s", c.raw, d)
		}
	}
}

// sound checks what everything that draws a text relies on.
func sound(t interface{ Fatalf(string, ...any) }, text *Text) {
	if !utf8.ValidString(text.Plain) {
		t.Fatalf("bad plain text %q", text.Plain)
	}
	at := 0
	for _, s := range text.Spans {
		if s.Start < at || s.End <= s.Start || s.End > len(text.Plain) || s.Style == 0 {
			t.Fatalf("bad span %+v in %q", s, text.Plain)
		}
		if !utf8.ValidString(text.Plain[s.Start:s.End]) {
			t.Fatalf("span %+v cuts a character of %q", s, text.Plain)
		}
		at = s.End
	}
	at = 0
	for i, b := range text.Blocks {
		if b.Start < at || b.End < b.Start || b.End > len(text.Plain) || b.Marker > b.End-b.Start {
			t.Fatalf("bad block %+v in %q", b, text.Plain)
		}
		if between := text.Plain[at:b.Start]; strings.Trim(between, "\n") != "" || i > 0 && between == "" {
			t.Fatalf("%q between blocks of %q", between, text.Plain)
		}
		at = b.End
	}
	if len(text.Blocks) > 0 && at != len(text.Plain) {
		t.Fatalf("the blocks of %q end at %d", text.Plain, at)
	}
	at = 0
	for _, l := range text.Links {
		if l.Start < at || l.End <= l.Start || l.End > len(text.Plain) {
			t.Fatalf("bad link %+v in %q", l, text.Plain)
		}
		at = l.End
	}
}

// parts are what texts of properties are made of.
var parts = rapid.SampledFrom([]string{
	"*", "**", "_", "~~", "`", "```", "```go", "\n", "\n\n", "> ", ">", "- ", "1. ", "  ", "    ", "[", "](", ")", "!", "\\",
	"word", "https://example.org/a_b", "www.example.org", "李", "👨‍👩‍👧", "é", " ", ".", "<b>", "#", "=", "---",
})

func TestMarkupIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := ParseMarkup(strings.Join(rapid.SliceOfN(parts, 0, 40).Draw(t, "parts"), ""))
		sound(t, text)
		if strings.ContainsRune(text.Plain, urlMark) {
			t.Fatalf("a mark was left in %q", text.Plain)
		}
	})
}

func FuzzParseMarkup(f *testing.F) {
	f.Add("*a* **b** `c` ~~d~~ [e](https://example.org)\n> f\n- g\n1. h\n```go\ni\n```")
	f.Add(">>> - 1. * a\n\\*\\_(\x00\uFDD0\uE000")
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) > 4096 {
			return
		}
		sound(t, ParseMarkup(raw))
	})
}

// BenchmarkMarkup: an ordinary message, one with markup, and texts made to keep
// the parser busy, at the length a message may have.
func BenchmarkMarkup(b *testing.B) {
	most := 16_000
	fill := func(s string) string { return strings.Repeat(s, most/len(s)) }
	for _, c := range []struct{ name, text string }{
		{"plain", "Shall we meet at the station at five, or is that too early for you?"},
		{"marked", "Shall we meet **at the station** at _five_? `make test` is green:\n- one\n- two"},
		{"stars", fill("*a ")},
		{"stars-tight", fill("*")},
		{"mixed", fill("*a_ ")},
		{"quotes", fill("> ")},
		{"quote-lines", fill("> a\n")},
		{"lists", fill("- ")},
		{"nested", fill("- a\n - b\n  - c\n   - d\n")},
		{"brackets", fill("[")},
		{"links", fill("[a](")},
		{"ticks", fill("`a``b")},
		{"backslash", fill("\\*")},
		{"fences", fill("```\n")},
		{"tildes", fill("~~a")},
		{"images", fill("![")},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				ParseMarkup(c.text)
			}
		})
	}
}
