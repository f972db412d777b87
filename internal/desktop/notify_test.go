package desktop

import (
	"strings"
	"testing"
	"unicode/utf8"

	"hearth/internal/testkit"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestPlain: whatever people write, what is handed over is valid, bounded, has no
// control characters, and no markup once escaped.
func TestPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"<b>x</b>\x00\xff", "a\u2028b\r\nc", strings.Repeat("<&>", 300), "", "  ", "&amp;", "<img src=\"file:///etc/passwd\">",
		})).Draw(t, "text")
		lines := rapid.Bool().Draw(t, "lines")
		most := rapid.IntRange(1, 300).Draw(t, "most")
		got := plain(s, most, lines)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > most {
			t.Fatalf("%q", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r < ' ' && (r != '\n' || !lines) || r == 0x7f }); i >= 0 {
			t.Fatalf("a control character in %q", got)
		}
		if m := markup(got); strings.ContainsAny(m, "<>") || strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(m) != got {
			t.Fatalf("%q escaped is %q", got, m)
		}
		if h := title(s); strings.ContainsAny(h, "<>\n") {
			t.Fatalf("title %q", h)
		}
	})
	if got := plain("hello\nworld", 7, true); got != "hello…" {
		t.Errorf("cut: %q", got)
	}
}

// TestWishes: only the last wish about a tag counts, and few are kept.
func TestWishes(t *testing.T) {
	w := newWishes()
	for _, title := range []string{"one", "two"} {
		w.put(wish{Notification: Notification{Tag: "a", Title: title}})
	}
	w.put(wish{Notification: Notification{Tag: "b"}})
	w.put(wish{Notification: Notification{Tag: "b"}, close: true})
	got := w.take()
	if len(got) != 2 || got[0].Title != "two" || !got[1].close || len(w.ready) != 1 {
		t.Errorf("%+v", got)
	}
	for i := range 3 * maxPending {
		w.put(wish{Notification: Notification{Tag: strings.Repeat("x", i+1)}})
	}
	if got := w.take(); len(got) != maxPending || len(got[maxPending-1].Tag) != 3*maxPending {
		t.Errorf("%d kept", len(got))
	}
}
