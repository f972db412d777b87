package emoji_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"hearth/internal/emoji"
)

// sequences returns Unicode's own list for tests, by status.
func sequences(t testing.TB) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/sequences.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		if status, text, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			all[status] = append(all[status], text)
		}
	}
	return all
}

func TestIsKnowsUnicodesList(t *testing.T) {
	all := sequences(t)
	if len(all["fully-qualified"]) < 3600 {
		t.Fatalf("only %d sequences in the list", len(all["fully-qualified"]))
	}
	for _, status := range []string{"fully-qualified", "minimally-qualified", "component"} {
		for _, s := range all[status] {
			if !emoji.Is(s) {
				t.Errorf("%s %q (%+q) is none", status, s, s)
			}
		}
	}
	for _, s := range all["unqualified"] {
		// One code point that nobody asked to be a picture stays text.
		want := utf8.RuneCountInString(s) > 1
		if emoji.Is(s) != want {
			t.Errorf("unqualified %q (%+q): %v", s, s, !want)
		}
	}
}

func TestIs(t *testing.T) {
	for _, s := range []string{
		"\U0001FAE9",                               // face with bags under eyes, Unicode 16
		"\U0001F1E8\U0001F1F6",                     // flag of Sark, Unicode 16
		"\U0001F9D1\u200D\U0001FA70",               // a joining nobody has listed
		"\U0001FAE9\U0001F3FD",                     // a new one, with skin
		"\U0001F3F4\U000E0075\U000E0073\U000E007F", // a subdivision nobody has listed
		"☺️", "👁‍🗨", "1️⃣", "#⃣", "🏳️‍🌈", "☝🏽", "☝️🏽", "🏻",
	} {
		if !emoji.Is(s) {
			t.Errorf("%q (%+q) is none", s, s)
		}
	}
	for _, s := range []string{
		"", "a", "1", "#", "*", "☺", "☺\uFE0E", "👍\uFE0E", "❤", "©", "1\uFE0F", "👍👍", "👍 ", " 👍", "👍\u0301",
		"👍\u200D", "\u200D👍", "👍\u200Da", "a\u200D👍", "\uFE0F", "\U0001F1E6", "\U0001F1E6a", "中", "\xF0\x9F\x91",
		"\U0001F3F4\U000E0075", "🀀", "\u20E3", "👍\U000E007F", "ħ", "\u202E👍",
		strings.Repeat("👩\u200D", 9) + "👩", "🏴" + strings.Repeat("\U000E0061", 20) + "\U000E007F",
	} {
		if emoji.Is(s) {
			t.Errorf("%q (%+q) is one", s, s)
		}
	}
}

func TestCount(t *testing.T) {
	for s, want := range map[string]int{
		"👍": 1, "👍👍🏽": 2, " 👍 🇲🇹  👨‍👩‍👧 ": 3, "👍👍👍👍": 0, "": 0, " ": 0, "👍a": 0, "a": 0, "1": 0, "1️⃣2️⃣": 2,
		"👍\n👍": 0, "☺": 0, "👍\u0301": 0, "👍\u200D": 0, "❤️": 1,
	} {
		if got := emoji.Count(s, 3); got != want {
			t.Errorf("Count(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestTones(t *testing.T) {
	have := map[string]bool{}
	for _, s := range sequences(t)["fully-qualified"] {
		have[s] = true
	}
	toned := 0
	for _, g := range emoji.Groups() {
		for _, e := range emoji.List(g) {
			if !e.Toned {
				if got := emoji.WithTone(e.Text, emoji.Dark); got != e.Text {
					t.Errorf("%s has no skin and became %+q", e.Text, got)
				}
				continue
			}
			toned++
			for tone := emoji.Light; tone <= emoji.Dark; tone++ {
				s := emoji.WithTone(e.Text, tone)
				if !have[s] {
					t.Errorf("%s in tone %d is %+q, which does not exist", e.Text, tone, s)
				}
				if emoji.ToneOf(s) != tone || emoji.Base(s) != e.Text || emoji.WithTone(s, emoji.NoTone) != e.Text {
					t.Errorf("%s does not come back from tone %d", e.Text, tone)
				}
			}
		}
	}
	if toned < 300 {
		t.Errorf("only %d emoji with skin", toned)
	}
	for s := range have {
		if _, ok := emoji.Find(s); !ok {
			t.Errorf("%s (%+q) has no entry", s, s)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ emoji, language, want string }{
		{"🎉", "en", "party popper"},
		{"🎉", "zh", "拉炮彩带"},
		{"😀", "mt", "wiċċ jidħak ħafna"},
		{"🇲🇹", "en", "flag: Malta"},
		{"🇲🇹", "mt", "flag: Malta"},
		{"👍🏽", "en", "thumbs up (medium skin tone)"},
		{"👩🏻‍❤️‍👨🏿", "en", "couple with heart: woman, man (light skin tone)"},
		{"\U0001FAE9", "en", ""},
	} {
		if got := emoji.Name(c.emoji, c.language); got != c.want {
			t.Errorf("Name(%s, %s) = %q, want %q", c.emoji, c.language, got, c.want)
		}
	}
	for _, g := range emoji.Groups() {
		for _, e := range emoji.List(g) {
			if e.Name("en") == "" || len(e.Codes) == 0 || !emoji.Is(e.Text) {
				t.Errorf("%q: name %q, codes %q", e.Text, e.Name("en"), e.Codes)
			}
		}
	}
}

func TestSearch(t *testing.T) {
	for query, want := range map[string]string{
		"tada": "🎉", "party popper": "🎉", "THUMBS": "👍", "+1": "👍", "kelb": "🐶", "ħobż": "🍞", "hobz": "🍞",
		"马耳他": "🇲🇹", "malta": "🇲🇹", ":joy:": "😂", "heart_eyes": "😍", "狗": "🐶", "🎉": "🎉", "👍🏽": "👍",
	} {
		found := emoji.Search(query, 10)
		ok := false
		for _, e := range found {
			ok = ok || e.Text == want
		}
		if !ok {
			var got []string
			for _, e := range found {
				got = append(got, e.Text)
			}
			t.Errorf("Search(%q) = %v, without %s", query, got, want)
		}
	}
	for query, want := range map[string]string{"tada": "🎉", "rocket": "🚀", "dog": "🐕", "heart": "❤️", "火箭": "🚀", "smile": "😄", "hug": "🤗"} {
		if first := emoji.Search(query, 5); len(first) == 0 || first[0].Text != want {
			t.Errorf("first for %s is %v, not %s", query, first[0].Text, want)
		}
	}
	for _, query := range []string{"", "  ", "qqqxyz", ":"} {
		if found := emoji.Search(query, 5); len(found) > 0 {
			t.Errorf("Search(%q) found %s", query, found[0].Text)
		}
	}
	if n := len(emoji.Search("face", 7)); n != 7 {
		t.Errorf("%d found, want 7", n)
	}
}

func TestComplete(t *testing.T) {
	got := emoji.Complete("tad", 3)
	if len(got) == 0 || got[0] != (emoji.Completion{Code: "tada", Emoji: "🎉"}) {
		t.Errorf("Complete(tad) = %v", got)
	}
	if s, ok := emoji.ByCode(":+1:"); !ok || s != "👍" {
		t.Errorf("ByCode(:+1:) = %q", s)
	}
	if c := emoji.Code("👍🏿"); c != "+1" {
		t.Errorf("Code = %q", c)
	}
}

// FuzzIs: an emoji is one character as people see it, First stops where Is is
// content, and nothing panics.
func FuzzIs(f *testing.F) {
	for _, s := range []string{"👍🏽a", "🇲🇹🇨", "👨‍👩‍👧‍👦", "1️⃣", "☺\uFE0E", "🏴󠁧󠁢󠁷󠁬󠁳󠁿x", "👩\u200D\u200D👩", "\U0001F1E6\u200D\U0001F1E6"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := emoji.First(s)
		if n < 0 || n > len(s) || n > emoji.MaxLen {
			t.Fatalf("First = %d of %d", n, len(s))
		}
		if n > 0 && !emoji.Is(s[:n]) {
			t.Fatalf("%+q is taken off but is none", s[:n])
		}
		if emoji.Is(s) {
			if c, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1); c != s {
				t.Fatalf("%+q is one emoji of several characters", s)
			}
			if !utf8.ValidString(s) {
				t.Fatalf("%+q is not UTF-8", s)
			}
			emoji.Base(s)
			emoji.WithTone(s, emoji.Dark)
		}
		emoji.Count(s, 3)
		emoji.Search(s, 3)
	})
}

func BenchmarkIs(b *testing.B) {
	for b.Loop() {
		emoji.Is("👨‍👩‍👧‍👦")
	}
}

func BenchmarkSearch(b *testing.B) {
	emoji.Search("x", 1)
	for b.Loop() {
		emoji.Search("smile", 100)
	}
}
