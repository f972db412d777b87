package textblock

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"
)

// laidOut checks that each visible character stands on exactly one line.
func laidOut(t interface{ Fatalf(string, ...any) }, l *Layout) {
	at := 0
	y := float32(-1)
	for i, line := range l.Lines {
		if line.Start < at || line.End < line.Start || strings.Trim(l.Text.Plain[at:line.Start], " \n") != "" {
			t.Fatalf("line %d is %d to %d after %d of %q", i, line.Start, line.End, at, l.Text.Plain)
		}
		if strings.Contains(l.Text.Plain[line.Start:line.End], "\n") || line.Y <= y || line.X < 0 {
			t.Fatalf("bad line %+v of %q", line, l.Text.Plain)
		}
		at, y = line.End, line.Y
	}
	if strings.Trim(l.Text.Plain[at:], " \n") != "" {
		t.Fatalf("lost %q", l.Text.Plain[at:])
	}
	if len(l.Lines) == 0 || l.Height < l.Lines[len(l.Lines)-1].Y+l.Font.Line {
		t.Fatalf("height %v of %d lines", l.Height, len(l.Lines))
	}
}

func TestMarkupIsLaidOut(t *testing.T) {
	test.NewTempApp(t)
	part := rapid.SampledFrom([]string{
		"*", "**", "_", "~~", "`", "```", "```go", "\n", "\n\n", "> ", ">", "- ", "1. ", "  ", "    ", "[", "](", ")", "!", "\\",
		"word", "https://example.org/a_b", "李", "👨‍👩‍👧", "é", " ", ".", "<b>", "#", "=", "---",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := ParseMarkup(strings.Join(rapid.SliceOfN(part, 0, 40).Draw(t, "parts"), ""))
		l := text.Wrap(rapid.Float32Range(30, 400).Draw(t, "width"), font)
		laidOut(t, l)
		var v View
		v.Show(l, Place{}, Colors{}, Range{Start: 0, End: len(text.Plain)})
		for _, line := range l.Lines {
			if offset, _ := l.Hit(fyne.NewPos(line.X+0.1, line.Y+0.1)); offset < line.Start || offset > line.End {
				t.Fatalf("the corner of line %+v hits %d", line, offset)
			}
		}
	})
}
