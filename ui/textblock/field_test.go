package textblock

import (
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"
)

// TestFieldsLeaveBlanks: the field behind a name or behind code covers no part of the
// blanks beside it, and its letters stand within it.
func TestFieldsLeaveBlanks(t *testing.T) {
	test.NewTempApp(t)
	back := color.NRGBA{R: 1, A: 255}
	inks := Colors{Text: color.Black, Call: color.Black, CallBack: back, CallMeBack: back, Box: back}
	for _, raw := range []string{
		"hello @Ana there", "hello `Ana` there", "~~hello~~ `Ana` there", "**hello** @Ana, there",
		"שלום @Ana עולם", "שלום `Ana` עולם", "你好 @Ana 你好",
	} {
		text := ParseMarkup(raw)
		text.FindCalls([]Called{{Name: "ana"}})
		l := text.Wrap(900, font)
		if got, want := l.Lines[0].Width, text.width(font, 0, len(text.Plain), false); got-want > 1 || want-got > 1 {
			t.Errorf("%q is %v wide, its line %v", raw, want, got)
		}
		var v View
		v.Show(l, Place{}, inks, Range{})
		var field *canvas.Rectangle
		for _, o := range v.Objects(nil) {
			if r, ok := o.(*canvas.Rectangle); ok && r.FillColor == back {
				field = r
			}
		}
		if field == nil {
			t.Fatalf("%q has no field", raw)
		}
		left, right := field.Position().X, field.Position().X+field.Size().Width
		within := 0
		for _, o := range v.Objects(nil) {
			o, ok := o.(*canvas.Text)
			if !ok {
				continue
			}
			from := o.Position().X
			to := from + measureOf(Font{Size: o.TextSize, Style: o.TextStyle}).text(o.Text)
			if strings.HasPrefix(o.Text, "@") || o.TextStyle.Monospace {
				within++
				if from < left+1.5 || to > right-1.5 {
					t.Errorf("%q: %q from %v to %v in a field from %v to %v", raw, o.Text, from, to, left, right)
				}
			} else if to > left+0.1 && from < right-0.1 {
				t.Errorf("%q: the field from %v to %v lies over %q from %v to %v", raw, left, right, o.Text, from, to)
			}
		}
		if within != 1 {
			t.Errorf("%q: %d texts in the field", raw, within)
		}
	}
}

// TestFieldsAreMeasured: what stands in a field takes its room wherever a line ends, and
// the pointer finds every letter of it.
func TestFieldsAreMeasured(t *testing.T) {
	test.NewTempApp(t)
	part := rapid.SampledFrom([]string{"@ana", "@room", " ", " ", "word", "`code of several words`", "`c`", "**b `c` b**", "李", "\n", ",", "שלום"})
	rapid.Check(t, func(t *rapid.T) {
		text := ParseMarkup(strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), ""))
		text.FindCalls([]Called{{Name: "ana"}, {Name: "room", Me: true}})
		width := rapid.Float32Range(60, 400).Draw(t, "width")
		l := text.Wrap(width, font)
		laidOut(t, l)
		for _, line := range l.Lines {
			whole := text.width(font, line.Start, line.End, line.Code)
			if line.X+line.Width > max(width, 2*font.Size)+2 || l.parts(line) == nil && (whole-line.Width > 2 || line.Width-whole > 2) {
				t.Fatalf("%q is %v wide in lines of %v, measured as %v", text.Plain[line.Start:line.End], line.Width, width, whole)
			}
			if offset, _ := l.Hit(fyne.NewPos(line.X+line.Width+1, line.Y+1)); l.parts(line) == nil && offset != line.End {
				t.Fatalf("behind the end of line %+v is %d", line, offset)
			}
		}
	})
}
