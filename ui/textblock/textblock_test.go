package textblock

import (
	"image/color"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/internal/cputime"
	"hearth/ui/look"
)

var font = Font{Size: 14, Line: 20}

func lines(l *Layout) []string {
	var out []string
	for _, line := range l.Lines {
		out = append(out, l.Text.Plain[line.Start:line.End])
	}
	return out
}

func TestWrap(t *testing.T) {
	test.NewTempApp(t)
	cases := []struct {
		text  string
		width float32
		want  []string
	}{
		{"", 100, []string{""}},
		{"one", 100, []string{"one"}},
		{"one two three four five", 90, []string{"one two", "three four", "five"}},
		{"a\nb\n\nc", 100, []string{"a", "b", "", "c"}},
		{"trailing   \n\n", 200, []string{"trailing"}},
		{"  indented", 200, []string{"  indented"}},
		{"blanks     between", 70, []string{"blanks", "between"}},
		{"aaaaaaaaaaaaaaaaaaaa", 60, []string{"aaaaaaa", "aaaaaaa", "aaaaaa"}},
		{"x aaaaaaaaaaaaaaaaaaaa y", 60, []string{"x", "aaaaaaa", "aaaaaaa", "aaaaaa y"}},
		{"well-known", 45, []string{"well-", "known"}},
	}
	for _, c := range cases {
		if d := cmp.Diff(c.want, lines(Parse(c.text).Wrap(c.width, font))); d != "" {
			t.Errorf("%q at %v: %s", c.text, c.width, d)
		}
	}
}

// TestWrapChinese: breaks between signs, but no line starts with a full stop.
func TestWrapChinese(t *testing.T) {
	test.NewTempApp(t)
	l := Parse(strings.Repeat("谢谢你们的帮助。", 12)).Wrap(200, font)
	if len(l.Lines) < 2 {
		t.Fatal("did not wrap")
	}
	for _, s := range lines(l) {
		if strings.HasPrefix(s, "。") {
			t.Errorf("a line starts with a full stop: %q", s)
		}
	}
}

// TestWidthsAreTrue: a line is as wide as what is drawn of it, although it is put
// together of pieces that were measured apart, and no wider than asked.
func TestWidthsAreTrue(t *testing.T) {
	test.NewTempApp(t)
	for name, c := range map[string]struct {
		raw   string
		width float32
	}{
		"behind an address":         {"https://example.org/a/b?cP…", 41.5},
		"behind hyphens":            {"T-A-V-T-A-V-T-A-V-T-A-V-L-\"L-\"L-\"", 400},
		"blanks of Chinese":         {strings.Repeat("我 们 的 ", 20), 200},
		"blanks of Korean":          {strings.Repeat("우리는 모두 ", 20), 200},
		"kana":                      {strings.Repeat("テスト、「トップ」。", 9), 200},
		"blanks behind pictures":    {strings.Repeat("👨‍👩‍👧 ☎ 🇲🇹 ", 20), 200},
		"blanks of code":            {"`a b c d e f g h i j k l m n o p q r s t`", 200},
		"bold and code":             {"**a b** `c d` *e f* **我 们**` `x", 60},
		"a joint between styles":    {"**P**-*P*-**T**-`P`-", 300},
		"a blank behind an address": {"https://example.org/a/b?c我  .", 40},
		"a word just too wide":      {"AADEJ", 40},
		"letters that move apart":   {strings.Repeat("ď)", 100), 300},
		"a word that ends broad":    {"x`" + strings.Repeat("i", 60) + "`", 150},
	} {
		text := ParseMarkup(c.raw)
		l := text.Wrap(c.width, font)
		for _, line := range l.Lines {
			s := text.Plain[line.Start:line.End]
			real := text.width(font, line.Start, line.End, false)
			if d := real - line.Width; d > 0.1 || d < -0.1 {
				t.Errorf("%s: %q is %v wide, said %v", name, s, real, line.Width)
			}
			if real > c.width {
				t.Errorf("%s: %q is %v wide, not %v", name, s, real, c.width)
			}
		}
	}
}

// TestWrapIsSound: nothing is lost, nothing is wider than asked (a single
// character may be), lines end between characters.
func TestWrapIsSound(t *testing.T) {
	test.NewTempApp(t)
	part := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z]{1,12}`),
		rapid.SampledFrom([]string{" ", " ", "  ", "\n", "-", "https://example.org/a/b?c", "ħġż", "…", "éé", strings.Repeat("w", 80), ".", "(", ")", "我", "ト、", "👨‍👩‍👧", "☎"}))
	rapid.Check(t, func(t *rapid.T) {
		text := Parse(strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), ""))
		width := rapid.Float32Range(40, 500).Draw(t, "width")
		l := text.Wrap(width, font)
		at := 0
		for _, line := range l.Lines {
			if strings.Trim(text.Plain[at:line.Start], " \n") != "" {
				t.Fatalf("lost %q", text.Plain[at:line.Start])
			}
			s := text.Plain[line.Start:line.End]
			if !utf8.ValidString(s) || strings.Contains(s, "\n") {
				t.Fatalf("bad line %q", s)
			}
			real := look.MeasureRuns(s, font.Size, font.Style)
			if utf8.RuneCountInString(s) > 1 && real > width+0.1 {
				t.Fatalf("%q is %v wide, not %v", s, real, width)
			}
			if d := real - line.Width; d > 0.1 || d < -0.1 {
				t.Fatalf("%q is %v wide, said %v", s, real, line.Width)
			}
			at = line.End
		}
		if strings.Trim(text.Plain[at:], " \n") != "" {
			t.Fatalf("lost the end %q", text.Plain[at:])
		}
	})
}

func TestHitAndWord(t *testing.T) {
	test.NewTempApp(t)
	text := Parse("see https://example.org/x now\n李伟 ok")
	l := text.Wrap(500, font)
	x := func(s string) float32 { return fyne.MeasureText(s, font.Size, font.Style).Width }
	cases := []struct {
		pos  fyne.Position
		want int
	}{
		{fyne.NewPos(-5, 5), 0},
		{fyne.NewPos(x("se")+1, 5), 2},
		{fyne.NewPos(x("see")-1, 5), 3},
		{fyne.NewPos(900, 5), len("see https://example.org/x now")},
		{fyne.NewPos(900, 90), len(text.Plain)},
		{fyne.NewPos(x("李")+1, 25), len("see https://example.org/x now\n李")},
	}
	for _, c := range cases {
		if got, _ := l.Hit(c.pos); got != c.want {
			t.Errorf("Hit(%v) = %d, want %d", c.pos, got, c.want)
		}
	}
	at := l.At(fyne.NewPos(x("see https"), 5))
	link := text.LinkAt(at)
	if link == nil || link.URL != "https://example.org/x" {
		t.Fatalf("no link at %d: %v", at, link)
	}
	if s, e := text.Word(at); text.Plain[s:e] != "https://example.org/x" {
		t.Errorf("the link is not one word: %q", text.Plain[s:e])
	}
	if s, e := text.Word(1); text.Plain[s:e] != "see" {
		t.Errorf("word %q", text.Plain[s:e])
	}
	if l.At(fyne.NewPos(900, 5)) != -1 || l.At(fyne.NewPos(1, -1)) != -1 {
		t.Error("found a character where there is none")
	}
}

var colors = Colors{Text: color.Black, Link: color.White, Marked: color.Gray{Y: 9}}

func TestViewColoursLinksAndMarks(t *testing.T) {
	test.NewTempApp(t)
	l := Parse("a https://example.org b\nsecond").Wrap(400, font)
	var v View
	v.Show(l, Place{}, colors, Range{})
	var got []string
	for _, o := range v.Objects(nil) {
		text := o.(*canvas.Text)
		kind := "text"
		if text.Color == color.White {
			kind = "link"
		}
		got = append(got, kind+":"+text.Text)
	}
	want := []string{"text:a ", "link:https://example.org", "text: b", "text:second"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	v.Show(l, Place{}, colors, Range{Start: len(l.Text.Plain), End: 2})
	marks := 0
	for _, o := range v.Objects(nil) {
		if _, ok := o.(*canvas.Rectangle); ok {
			marks++
		}
	}
	if marks != 2 {
		t.Errorf("%d marks, want one a line", marks)
	}
}

// TestLongTextDrawsWhatIsSeen: a message of thousands of lines becomes few
// objects, and hostile text is wrapped in bounded time.
func TestLongTextDrawsWhatIsSeen(t *testing.T) {
	test.NewTempApp(t)
	for name, s := range map[string]string{
		"line breaks": strings.Repeat("x\n", 8_000),
		"one word":    strings.Repeat("abcdefghij", 1_600),
		"links":       strings.Repeat("https://a.example ", 900),
		"marks":       strings.Repeat("e\u0301\u0302\u0303", 4_000),
		"one sign":    strings.Repeat("👨\u200d", 8_000),
		"conjuncts":   strings.Repeat("क्", 8_000),
		"jamo":        strings.Repeat("\u1100", 16_000),
		"no blank":    strings.Repeat("你", 5_300),
	} {
		began := cputime.All()
		l := Parse(s).Wrap(480, font)
		var v View
		v.Show(l, Place{Top: 1000, Bottom: 2000}, colors, Range{})
		if took := cputime.All() - began; took > 2*time.Second {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %d lines, %v", name, len(l.Lines), took)
		}
		if l.Width > 481 {
			t.Errorf("%s: %v wide", name, l.Width)
		}
		if n := len(v.Objects(nil)); n == 0 || n > 600 {
			t.Errorf("%s: %d objects", name, n)
		}
	}
}

// BenchmarkWrap120 wraps a message of 120 words that come again, as words do.
func BenchmarkWrap120(b *testing.B) {
	test.NewTempApp(b)
	text := Parse(strings.Repeat("the server was restarted and everybody is back in the room now ", 10))
	for b.Loop() {
		text.Wrap(480, font)
	}
}

// TestWordsReachDown: the object of each word covers its letters, of whatever script: the
// toolkit does not draw one that ends above the view, and a line cut there keeps them all.
func TestWordsReachDown(t *testing.T) {
	test.NewTempApp(t)
	var v View
	v.Show(Parse("one 你好 שלום مرحبا żgħir two").Wrap(900, font), Place{}, Colors{Text: color.Black}, Range{})
	seen := 0
	for _, o := range v.Objects(nil) {
		text, ok := o.(*canvas.Text)
		if !ok {
			continue
		}
		seen++
		if bottom := text.Position().Y + text.Size().Height; bottom < text.Position().Y+text.MinSize().Height-0.01 && bottom < font.Line {
			t.Errorf("%q at %v ends at %v", text.Text, text.Position().Y, bottom)
		}
	}
	if seen < 4 {
		t.Errorf("%d texts", seen)
	}
}
