package markup

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth/chat"
)

var somewhere = chat.PlaceLink{Server: chat.ServerID{1}, Room: chat.RoomID{2}, Seq: 12}

// TestTitle: a bare link to a message is shown by words and copied as it was written; one
// that has words of its own, stands in code or leads nowhere stays as it is.
func TestTitle(t *testing.T) {
	url := somewhere.String()
	title := func(link string) string {
		if link == url {
			return "#garden › Ann"
		}
		return ""
	}
	other := somewhere
	other.Seq = 13
	for _, c := range []struct{ raw, plain string }{
		{url, "#garden › Ann"},
		{"see " + url + ", *please*", "see #garden › Ann, please"},
		{"see **" + url + "** now", "see #garden › Ann now"},
		{"- one\n- " + url + "\n- `" + url + "`", "• one\n• #garden › Ann\n• " + url},
		{url + " and " + url, "#garden › Ann and #garden › Ann"},
		{"`" + url + "`", url},
		{"[there](" + url + ")", "there"},
		{other.String(), other.String()},
		{"hearth:message/nowhere", "hearth:message/nowhere"},
		{"no link", "no link"},
	} {
		x := ParseMarkup(c.raw)
		before := x.Plain
		links := len(x.Links)
		x.Title(title)
		if x.Plain != c.plain && x.Plain != strings.ReplaceAll(c.plain, "• ", "- ") {
			t.Errorf("%q is shown as %q", c.raw, x.Plain)
		}
		if got := x.Written(0, len(x.Plain)); got != before {
			t.Errorf("%q is copied as %q", c.raw, got)
		}
		if len(x.Links) != links {
			t.Errorf("%q has %d links, had %d", c.raw, len(x.Links), links)
		}
		for _, m := range x.Titles {
			if l := x.LinkAt(m.Start); l == nil || l.URL != url || x.LinkAt(m.End-1) != l || x.LinkAt(m.End) != nil && x.LinkAt(m.End) == l {
				t.Errorf("%q: %q leads to %+v", c.raw, x.Plain[m.Start:m.End], l)
			}
			if got := x.Written(m.Start+1, m.End); got != x.Plain[m.Start+1:m.End] {
				t.Errorf("a part of the words is copied as %q", got)
			}
		}
	}
}

// TestTitleOffsets: whatever stands around links, offsets stay in the text and styles and
// blocks keep the words they had.
func TestTitleOffsets(t *testing.T) {
	parts := []string{somewhere.String(), " ", "\n", "\n\n", "- ", "> ", "**", "_", "`", "```\n", "word", "ħobż", "مرحبا", "https://example.org", "(", ")", "[x](", "hearth:message/"}
	rapid.Check(t, func(t *rapid.T) {
		raw := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 20).Draw(t, "parts"), "")
		was := ParseMarkup(raw)
		x := ParseMarkup(raw)
		x.Title(func(string) string {
			return rapid.SampledFrom([]string{"a", "#غرفة › message", strings.Repeat("long ", 40)}).Draw(t, "words")
		})
		if got := x.Written(0, len(x.Plain)); got != was.Plain {
			t.Fatalf("%q is copied as %q", was.Plain, got)
		}
		if len(x.Spans) != len(was.Spans) || len(x.Blocks) != len(was.Blocks) || len(x.Links) != len(was.Links) {
			t.Fatal("something is gone")
		}
		for i, s := range x.Spans {
			if got := x.Written(s.Start, s.End); got != was.Plain[was.Spans[i].Start:was.Spans[i].End] {
				t.Fatalf("a style of %q is on %q", was.Plain[was.Spans[i].Start:was.Spans[i].End], got)
			}
		}
		for i, b := range x.Blocks {
			if got := x.Written(b.Start, b.End); got != was.Plain[was.Blocks[i].Start:was.Blocks[i].End] {
				t.Fatalf("a block of %q is %q", was.Plain[was.Blocks[i].Start:was.Blocks[i].End], got)
			}
		}
	})
}
