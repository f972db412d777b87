package textsearch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":           "plain text",
		"Größe ÉCOLE":          "grosse ecole",
		"e\u0301cole":          "ecole",
		"Ħobż żgħir Ġgantija":  "hobz zghir ggantija",
		"ＡＢＣ　１２３":              "abc 123",
		"two\n  lines\tand":    "two lines and",
		"  leading":            "leading",
		"ﬁn Straße":            "fin strasse",
		"Ελλάς":                "ελλασ",
		"İstanbul ılık":        "istanbul ilik",
		"谢谢，世界":                "谢谢,世界",
		"한국어":                  "한국어",
		"שָׁלוֹם":              "שלום",
		"don’t “quote” — dash": `don't "quote" - dash`,
		"a\u200bb":             "ab",
		"हिन्दी":               "हिन्दी",
		// As macOS writes names of files.
		"\u1112\u1161\u11ab\u1100\u1173\u11af.txt": "한글.txt",
		"\u1112\u1161\u11ab\u1112\u1161":           "한하",
		"\u1112\u200b\u1161 \ud55c\u11ab":          "하 한\u11ab",
		"\uffbe\uffc2\uffa4":                       "하\u1102",
		// With and without the sign that asks for the coloured picture.
		"I \u2764\ufe0f it": "i \u2764 it",
		"\u845b\U000e0100":  "\u845b",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	day := func(s string) time.Time { d, _ := time.Parse("2006-01-02", s); return d }
	cases := []struct {
		in   string
		want Query
	}{
		{"", Query{}},
		{"Hello WORLD", Query{Terms: []string{"hello", "world"}}},
		{`"two words" three`, Query{Terms: []string{"two words", "three"}}},
		{`"unfinished phra`, Query{Terms: []string{"unfinished phra"}}},
		{`from:ann from:"Li Wei" in:general tea`, Query{Terms: []string{"tea"}, From: []string{"ann", "Li Wei"}, In: []string{"general"}}},
		{"FROM:@ann", Query{From: []string{"ann"}}},
		{"has:link", Query{Link: true}},
		{"HAS:File", Query{File: true}},
		{"before:2026-03-01", Query{Before: day("2026-03-01")}},
		{"after:2026-03", Query{After: day("2026-03-01")}},
		{"on:2025", Query{After: day("2025-01-01"), Before: day("2026-01-01")}},
		{"after:2025-01-01 after:2025-06-01 before:2025-09-01 before:2025-08-01", Query{After: day("2025-06-01"), Before: day("2025-08-01")}},
		{"https://example.org/x", Query{Terms: []string{"https://example.org/x"}}},
		{"from: ann", Query{Terms: []string{"from:", "ann"}}},
		{"from：李伟 in：花园", Query{From: []string{"李伟"}, In: []string{"花园"}}},
		{"ｆｒｏｍ：ann ｈａｓ：ｆｉｌｅ ｏｎ：２０２６", Query{From: []string{"ann"}, File: true, After: day("2026-01-01"), Before: day("2027-01-01")}},
		{"from:“Li Wei” „two words“ «trois mots» “unfinished", Query{From: []string{"Li Wei"}, Terms: []string{"two words", "trois mots", "unfinished"}}},
		{`in:#garden in:"#long name"`, Query{In: []string{"garden", "long name"}}},
		{"before:2026/3/1 after:2025.12.01", Query{Before: day("2026-03-01"), After: day("2025-12-01")}},
		{"from:　ann", Query{Terms: []string{"from:", "ann"}}},
		{`from:""`, Query{From: []string{""}}},
		{"你好：世界", Query{Terms: []string{"你好:世界"}}},
		{"note:this", Query{Terms: []string{"note:this"}}},
	}
	for _, c := range cases {
		got, err := Parse(c.in, time.UTC)
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%q: %v %s", c.in, err, d)
		}
		if got.Empty() != (c.in == "") {
			t.Errorf("%q: empty is %v", c.in, got.Empty())
		}
	}
	for _, in := range []string{"before:yesterday", "has:cake", "on:2026-13-01", "after:2026-02-30"} {
		var bad *BadFilter
		if _, err := Parse(in, time.UTC); !errors.As(err, &bad) || bad.Name+":"+bad.Value != in {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, c := range []struct {
		text  string
		terms []string
		want  []string
	}{
		{"The Größe matters", []string{"grosse"}, []string{"Größe"}},
		{"aaa", []string{"aa"}, []string{"aaa"}},
		{"one two one", []string{"one", "two"}, []string{"one", "two", "one"}},
		{"e\u0301te\u0301", []string{"ete"}, []string{"e\u0301te\u0301"}},
		{"谢谢你们", []string{"谢你"}, []string{"谢你"}},
		{"ﬁn", []string{"i"}, []string{"ﬁ"}},
		{"nothing", []string{"x"}, nil},
		{"a \u1112\u1161\u11ab\u1100\u1173\u11af b", []string{"한글"}, []string{"\u1112\u1161\u11ab\u1100\u1173\u11af"}},
		{"\u1112\u1161\u11ab\u1100\u1173\u11af", []string{"한"}, []string{"\u1112\u1161\u11ab"}},
		{"so \u2764\ufe0f!", []string{"\u2764"}, []string{"\u2764\ufe0f"}},
		{"line\n  break", []string{"line break"}, []string{"line\n  break"}},
	} {
		var got []string
		for _, m := range Marks(c.text, c.terms) {
			got = append(got, c.text[m.Start:m.End])
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q in %q: %s", c.terms, c.text, d)
		}
	}
}

var anyText = rapid.OneOf(
	rapid.String(),
	rapid.Map(rapid.SliceOf(rapid.SampledFrom([]string{"tea", "Tee", "é", "谢", "世界", "한", "\u1112", "\u1161", "\u11ab", "하", "\u2764\ufe0f", " ", "\n", "ß", "x", "ab", "https://a.b", "🎉"})), func(p []string) string { return strings.Join(p, "") }))

// TestHash compares with the library's FNV-1a: filters on disk were made with it.
func TestHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SliceOfN(rapid.OneOf(rapid.Rune(), rapid.Just(rune(0)), rapid.Just(unicode.MaxRune)), 3, 3).Draw(t, "characters")
		h := fnv.New32a()
		for _, r := range runes {
			_ = binary.Write(h, binary.LittleEndian, r)
		}
		if got := hash(runes[0], runes[1], runes[2]); got != h.Sum32() {
			t.Errorf("hash of %q is %x, want %x", runes, got, h.Sum32())
		}
	})
}

// TestSet compares with Go's map.
func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s set
		want, have := map[uint32]bool{}, map[uint32]bool{}
		add := func(h uint32) { s.add(h); want[h] = true }
		for _, h := range rapid.SliceOf(rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(0, 9))).Draw(t, "hashes") {
			add(h)
		}
		first := rapid.Uint32().Draw(t, "first")
		for i := range rapid.SampledFrom([]uint32{0, firstSlots, 3 * firstSlots}).Draw(t, "many") {
			add(first + i)
		}
		s.each(func(h uint32) {
			if have[h] {
				t.Errorf("%d was visited twice", h)
			}
			have[h] = true
		})
		if !maps.Equal(have, want) || s.len() != len(want) {
			t.Errorf("%d of %d are there, and it says %d", len(have), len(want), s.len())
		}
	})
}

// A filter never denies what a text has, and folding twice changes nothing more.
func TestFilterIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(anyText, 1, 20).Draw(t, "texts")
		var g Gatherer
		for _, s := range texts {
			g.Add(Fold(s))
		}
		f := g.Filter()
		if !f.Valid() {
			t.Fatal("the filter is not valid")
		}
		folded := Fold(rapid.SampledFrom(texts).Draw(t, "text"))
		if again := Fold(folded); strings.TrimSpace(again) != strings.TrimSpace(folded) {
			t.Fatalf("%q folds to %q", folded, again)
		}
		runes := []rune(folded)
		from := rapid.IntRange(0, len(runes)).Draw(t, "from")
		to := rapid.IntRange(from, len(runes)).Draw(t, "to")
		if term := string(runes[from:to]); !f.MayHold(term) {
			t.Fatalf("the filter denies %q of %q", term, folded)
		}
	})
}

func TestMarksAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyText.Draw(t, "text")
		folded, from := FoldMap(s)
		if len(from) != len(folded)+1 || folded != Fold(s) {
			t.Fatalf("%d offsets for %d bytes, %q and %q", len(from), len(folded), folded, Fold(s))
		}
		terms := rapid.SliceOfN(rapid.Map(anyText, func(s string) string { return strings.TrimSpace(Fold(s)) }), 0, 3).Draw(t, "terms")
		at := 0
		for _, m := range Marks(s, terms) {
			if m.Start < at || m.End <= m.Start || m.End > len(s) || !utf8.ValidString(s) && !utf8.ValidString(s[m.Start:m.End]) {
				t.Fatalf("mark %v of %q", m, s)
			}
			at = m.End + 1
		}
	})
}

// TestFilterIsSmall: how much a filter lets through and what it takes, for 256
// messages of a chat.
func TestFilterIsSmall(t *testing.T) {
	var g Gatherer
	words := strings.Fields("the quick brown fox jumps over a lazy dog while server clients message network window release build tonight maybe tomorrow")
	for i := range 256 {
		var b strings.Builder
		for j := range 12 {
			b.WriteString(words[(i*7+j*j*3)%len(words)])
			b.WriteByte(' ')
		}
		g.Add(b.String())
	}
	f := g.Filter()
	false_ := 0
	for i := range 1000 {
		if f.MayHold(fmt.Sprintf("zq%03dxv", i)) {
			false_++
		}
	}
	if len(f) > 4<<10 || false_ > 5 {
		t.Errorf("%d bytes, %d of 1000 strangers pass", len(f), false_)
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"english": "Shall we meet at the station at five, or is that too early for you?",
		"maltese": "Il-ħobż żgħir u l-ġobna huma fuq il-mejda tal-kċina.",
		"chinese": "谢谢！我刚刚测试了，中文显示正常，可以在晚上发布。",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Fold(s)
			}
		})
	}
}

// TestHasLink: an address counts with its scheme and with "www." before it.
func TestHasLink(t *testing.T) {
	q := Query{Link: true}
	for text, want := range map[string]bool{
		"see https://example.org": true, "see http://example.org": true, "see www.example.org": true, "no address: example.org": false,
	} {
		var g Gatherer
		g.Add(Fold(text))
		if q.Match(Fold(text)) != want || want && !q.MayHold(g.Filter()) {
			t.Errorf("%q holds a link: %v, by the filter: %v", text, q.Match(Fold(text)), q.MayHold(g.Filter()))
		}
	}
}

// TestDaysThatBeginLate: a day begins an hour late where the clock is put forward at
// midnight, and what was written an hour before is of the day before.
func TestDaysThatBeginLate(t *testing.T) {
	place, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2018, 11, 3, 23, 30, 0, 0, place)
	q, err := Parse("after:2018-11-04", place)
	if err != nil || !q.After.After(late) {
		t.Errorf("what begins behind %s begins at %s (%v)", late, q.After, err)
	}
	if q, err = Parse("before:2018-11-04", place); err != nil || !q.Before.After(late) {
		t.Errorf("what ends behind %s ends at %s (%v)", late, q.Before, err)
	}
}

// TestWords: words stand by themselves where a script puts spaces between them.
func TestWords(t *testing.T) {
	for _, x := range []struct {
		text, part  string
		has, begins bool
	}{
		{"the release is out", "release", true, true},
		{"the releases", "release", false, true},
		{"prerelease, release", "release", true, true},
		{"prerelease", "release", false, false},
		{"jean-luc", "luc", true, true},
		{"发布了", "发布", true, true},
		{"王小明", "小明", true, true},
		{"v王小明2", "小明", true, true},
		{"anything", "", false, false},
		{"", "x", false, false},
	} {
		if has, begins := HasWord(x.text, x.part), BeginsWord(x.text, x.part); has != x.has || begins != x.begins {
			t.Errorf("%q in %q: stands %v, begins %v", x.part, x.text, has, begins)
		}
	}
}

// TestWordsStand: a word is found wherever it stands by itself, with the accents that it
// has there, and the longer of two that begin alike.
func TestWordsStand(t *testing.T) {
	for _, c := range []struct {
		text  string
		words []string
		want  []string
	}{
		{"Bees, bees and beeswax", []string{"bees"}, []string{"Bees", "bees"}},
		{"the cafe\u0301 and the CAFÉ", []string{"cafe"}, []string{"cafe\u0301", "CAFÉ"}},
		{"die Straße, die STRASSE", []string{"straße"}, []string{"Straße", "STRASSE"}},
		{"我喜欢蜜蜂蜜蜂", []string{"蜜蜂"}, []string{"蜜蜂", "蜜蜂"}},
		{"the garden party in the garden", []string{"garden", "garden party"}, []string{"garden party", "garden"}},
		{"two\n words", []string{"two words"}, []string{"two\n words"}},
		{"C++ and c++", []string{"c++"}, []string{"C++", "c++"}},
		{"nothing", []string{"", " ", "thing"}, nil},
		{"", []string{"bees"}, nil},
	} {
		var got []string
		for _, r := range Words(c.text, c.words) {
			got = append(got, c.text[r.Start:r.End])
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q in %q: %s", c.words, c.text, d)
		}
	}
}
