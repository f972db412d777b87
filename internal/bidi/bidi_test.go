package bidi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"
)

// order is a text as it stands from left to right, runs in brackets if they are written
// from right to left.
func order(s string, base Base) string {
	runs := Runs(s, base)
	Visual(runs)
	var b strings.Builder
	for _, r := range runs {
		text := s[r.Start:r.End]
		if r.RTL() {
			text = "<" + text + ">"
		}
		b.WriteString(text)
	}
	return b.String()
}

func TestOrder(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain words", "plain words"},
		{"merħba 你好 👍", "merħba 你好 👍"},
		{"hello שלום end", "hello <שלום> end"},
		{"דב Dov", "Dov<דב >"},
		{"שלום 123 עולם", "< עולם>123<שלום >"},
		{"see שלום 123 עולם now", "see < עולם>123<שלום > now"},
		{"a (שלום) b", "a (<שלום>) b"},
		{"שלום (abc) עולם", "<) עולם>abc<שלום (>"},
		{"a[ז]ז", "a[<ז>]<ז>"},
		{"אב(גד[&ef]!)gh", "gh<]!)>ef<אב(גד[&>"}, // example 1 of rule N0
		{"שלום!", "<שלום!>"},
		{"abc שלום!", "abc <שלום>!"},
		{"مرحبا 12.5% end", "end<% >12.5<مرحبا >"},
		{"a \u2068דב Dov\u2069 joined", "a \u2068Dov<דב >\u2069 joined"},
		{"\u2068דב\u2069: hello", "\u2068<דב>\u2069: hello"},
		{"\u2068דב\u2069 12 \u2068שלום\u2069", "\u2068<דב>\u2069 12 \u2068<שלום>\u2069"},
	} {
		if got := order(c.text, Auto); got != c.want {
			t.Errorf("%q stands as %q, want %q", c.text, got, c.want)
		}
	}
	if got := order("שלום x", Left); got != "<שלום> x" {
		t.Errorf("from left to right: %q", got)
	}
}

func TestSimpleAllocatesNothing(t *testing.T) {
	const text = "merħba 你好 👍 — plain words, and more of them"
	if n := testing.AllocsPerRun(100, func() {
		if !Simple(text) || RTL(text) {
			t.Error("not simple")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAgainstReference compares the directions with those of golang.org/x/text, which
// tells them but not the levels; and of brackets it pairs too few (a[ז]ז).
func TestAgainstReference(t *testing.T) {
	alphabet := []rune("abז ש عم12٣٤ +-.,:%$<!?\u0301\u05B0x你👍")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 24).Draw(t, "text"))
		var p bidi.Paragraph
		if _, err := p.SetString(text); err != nil {
			t.Fatal(err)
		}
		o, err := p.Order()
		if err != nil {
			t.Fatal(err)
		}
		want := make([]bool, 0, len(text))
		for i := range o.NumRuns() {
			r := o.Run(i)
			for range r.String() {
				want = append(want, r.Direction() == bidi.RightToLeft)
			}
		}
		got := make([]bool, 0, len(text))
		at := 0
		for _, r := range Runs(text, Auto) {
			if r.Start != at || r.End <= r.Start {
				t.Fatalf("a run from %d to %d after %d", r.Start, r.End, at)
			}
			for range text[r.Start:r.End] {
				got = append(got, r.RTL())
			}
			at = r.End
		}
		// The reference does not apply L1; blanks at the end are compared by nobody.
		n := len([]rune(strings.TrimRight(text, " ")))
		if diff := cmp.Diff(want[:n], got[:n]); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

// TestVisualKeeps: every run stands somewhere, none twice, and of a text of one
// direction the order is that of writing or its reverse.
func TestVisualKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom([]rune("ab שע12 ,()\u2068\u2067\u2069")), 0, 24).Draw(t, "text"))
		runs := Runs(text, Auto)
		seen := map[int]bool{}
		Visual(runs)
		total := 0
		for _, r := range runs {
			if seen[r.Start] {
				t.Fatalf("%q: %v twice", text, r)
			}
			seen[r.Start] = true
			total += r.End - r.Start
		}
		if total != len(text) {
			t.Fatalf("%q: %d of %d bytes", text, total, len(text))
		}
	})
}
