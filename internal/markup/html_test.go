package markup

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"hearth/internal/linkguard"
)

const anchor = `<a rel="noopener noreferrer nofollow" dir="auto" href="`

// TestHTML: a page shows a message as the window does.
func TestHTML(t *testing.T) {
	for text, want := range map[string]string{
		"plain <b> & \"x\"":               `<p>plain &lt;b&gt; &amp; &#34;x&#34;</p>`,
		"**bold** *it* ~~strike~~ `<i>`":  `<p><strong>bold</strong> <em>it</em> <s>strike</s> <code>&lt;i&gt;</code></p>`,
		"***both***":                      `<p><strong><em>both</em></strong></p>`,
		"two\nlines":                      "<p>two\nlines</p>",
		"> quote\n\nafter":                `<blockquote><p>quote</p></blockquote><p class="apart">after</p>`,
		"> a\n> > b\n\nc":                 `<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p class="apart">c</p>`,
		"```go\na < b\n```":               `<pre title="go" dir="ltr"><code>a &lt; b</code></pre>`,
		"```c++\nx\n```":                  `<pre title="c++" dir="ltr"><code>x</code></pre>`,
		"```\"onload=x\na\n```":           `<pre dir="ltr"><code>a</code></pre>`,
		"- one\n- two\n  - three\n- four": `<ul><li><p><span class="mark">•</span> one</p></li><li><p><span class="mark">•</span> two</p><ul><li><p><span class="mark">•</span> three</p></li></ul></li><li><p><span class="mark">•</span> four</p></li></ul>`,
		"1. one\n3) three":                `<ul><li><p><span class="mark">1.</span> one</p></li><li><p><span class="mark">3)</span> three</p></li></ul>`,
		"- a\n  > q\n- b":                 `<ul><li><p><span class="mark">•</span> a</p></li></ul><blockquote><ul><li><p>q</p></li></ul></blockquote><ul><li><p><span class="mark">•</span> b</p></li></ul>`,
		"- ```\n  x\n  ```":               `<ul><li><span class="mark">•</span><pre dir="ltr"><code>x</code></pre></li></ul>`,
		"see https://example.org/a_b now": `<p>see ` + anchor + `https://example.org/a_b">https://example.org/a_b</a> now</p>`,
		"[**a** b](https://example.org/)": `<p>` + anchor + `https://example.org/"><strong>a</strong> b</a> (<bdi>example.org</bdi>)</p>`,
		"[good.example](https://evil.example/?q=good.example)": `<p>` + anchor + `https://evil.example/?q=good.example">good.example</a> (<bdi>evil.example</bdi>)</p>`,
		"[x](javascript:alert(1)) **y**":                       `<p>x (javascript:alert(1)) <strong>y</strong></p>`,
		"![x](https://example.org/p.png)":                      `<p>` + anchor + `https://example.org/p.png">x</a> (<bdi>example.org</bdi>)</p>`,
		`[x](https://e.org/"onclick=) **y**`:                   `<p>x (` + anchor + `https://e.org/">https://e.org/</a>&#34;onclick=) <strong>y</strong></p>`,
		"a\u202Eb\x1b\x00":                                     "<p>ab\uFFFD\uFFFD</p>",
		"":                                                     "<p></p>",
	} {
		if got := string(HTML(text)); got != want {
			t.Errorf("%q:\n%s, want\n%s", text, got, want)
		}
	}
}

// TestIsolated: names in a sentence are isolated, and nothing in it is an element.
func TestIsolated(t *testing.T) {
	for text, want := range map[string]string{
		"ann joined": "ann joined",
		linkguard.Isolate("אבג") + " <joined> " + linkguard.Isolate("é"): "<bdi>אבג</bdi> &lt;joined&gt; <bdi>é</bdi>",
		"\u2069\u2069x\u2068y": "x<bdi>y</bdi>",
		"\u202Ex":              "x",
	} {
		if got := string(Isolated(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// harmless checks that a piece of a page holds nothing but what HTML says it may, well
// nested, and every word of the text.
func harmless(t interface{ Fatalf(string, ...any) }, raw, page string) {
	allowed := map[string][]string{
		"p": {"class"}, "ul": nil, "li": nil, "blockquote": nil, "pre": {"class", "title", "dir"}, "code": nil, "strong": nil, "em": nil,
		"s": nil, "a": {"rel", "dir", "href"}, "span": {"class"}, "bdi": nil,
	}
	var open []string
	var words strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		token := z.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Fatalf("%q leaves %q open: %s", raw, open, page)
			}
			if got, want := solid(words.String()), solid(ParseMarkup(raw).Plain); len(ParseMarkup(raw).Links) == 0 && got != want {
				t.Fatalf("%q says %q, not %q", raw, got, want)
			}
			return
		case html.StartTagToken:
			attributes, ok := allowed[token.Data]
			if !ok {
				t.Fatalf("%q became an element %q", raw, token.Data)
			}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Key) || a.Key == "class" && a.Val != "mark" && a.Val != "apart" {
					t.Fatalf("%q got %s=%q", raw, a.Key, a.Val)
				}
				if a.Key == "href" {
					if _, ok := linkguard.Check(a.Val); !ok {
						t.Fatalf("%q leads to %q", raw, a.Val)
					}
				}
			}
			open = append(open, token.Data)
		case html.EndTagToken:
			if k := len(open) - 1; k < 0 || open[k] != token.Data {
				t.Fatalf("%q ends %s within %q: %s", raw, token.Data, open, page)
			}
			open = open[:len(open)-1]
		case html.TextToken:
			words.WriteString(token.Data)
		default:
			t.Fatalf("%q became %v %q", raw, kind, token.Data)
		}
	}
}

// solid is a text without its blanks and what a page cannot hold.
func solid(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\x00", "\uFFFD")), "")
}

func TestHTMLIsHarmless(t *testing.T) {
	hostile := rapid.SampledFrom([]string{
		"<script>", "</p>", "<!--", "-->", "\"", "'", "&amp;", "&#60;", "<img src=x onerror=y>", "javascript:", "](https://e.org/", "](data:text/html,x)",
		"\u202E", "\u2068", "]]>", "</pre>", "```x y", "{{.}}",
	})
	rapid.Check(t, func(t *rapid.T) {
		raw := strings.Join(rapid.SliceOfN(rapid.OneOf(parts, hostile), 0, 40).Draw(t, "parts"), "")
		harmless(t, raw, string(HTML(raw)))
	})
}

func FuzzHTML(f *testing.F) {
	f.Add("*a* **b** `c` ~~d~~ [e](https://example.org)\n> f\n- g\n1. h\n```go\ni\n```")
	f.Add("- a\n  > q\n  > - b\n\n```\"><script>\n</code></pre><script>alert(1)</script>\n```\n[x](https://e.org/\"onclick=x)")
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) > 4096 {
			return
		}
		harmless(t, raw, string(HTML(raw)))
		for _, word := range []string{"<script", "<img", "<!"} {
			if strings.Contains(string(Isolated(raw)), word) {
				t.Fatalf("%q became %s", raw, Isolated(raw))
			}
		}
	})
}

// BenchmarkHTML: the same texts as BenchmarkMarkup's that make the longest pages.
func BenchmarkHTML(b *testing.B) {
	for name, text := range map[string]string{
		"plain": "Shall we meet at the station at five, or is that too early for you?", "lists": strings.Repeat("- a\n", 4000),
		"links": strings.Repeat("https://e.org/\n> *a*\n\n", 700), "marks": strings.Repeat("*a* ", 500),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				HTML(text)
			}
		})
	}
}
