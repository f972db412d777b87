package look

import (
	"image"
	"image/draw"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"hearth/internal/bidi"
)

// TestLineRuns: names and previews of mixed writing are drawn in the order in which
// they are read.
func TestLineRuns(t *testing.T) {
	test.NewTempApp(t)
	for _, c := range []struct {
		text string
		want []Run
	}{
		{"plain", []Run{{Text: "plain"}}},
		{"דב Dov", []Run{{Text: "Dov"}, {Text: "דב ", Script: Hebrew}}},
		{"\u2068דב Dov\u2069 joined", []Run{{Text: "Dov"}, {Text: "דב ", Script: Hebrew}, {Text: " joined"}}},
		{"שלום 👍🎉 עולם", []Run{{Text: "עולם", Script: Hebrew}, {Text: " "}, {Text: "🎉👍", Script: Emoji}, {Text: "שלום ", Script: Hebrew}}},
		{"שלום, עולם مرحبا", []Run{{Text: "مرحبا", Script: Arabic}, {Text: "עולם ", Script: Hebrew}, {Text: bidi.Mark + ", "}, {Text: "שלום", Script: Hebrew}}},
		{"שלום (1) (2)", []Run{
			{Text: bidi.Mark + ")"}, {Text: "2"}, {Text: bidi.Mark + ") ("}, {Text: "1"}, {Text: bidi.Mark + "("}, {Text: "שלום ", Script: Hebrew},
		}},
	} {
		if diff := cmp.Diff(c.want, LineRuns(c.text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
	if a, b := MeasureRuns(bidi.Mark+")", 14, fyne.TextStyle{}), MeasureRuns(")", 14, fyne.TextStyle{}); a != b {
		t.Errorf("the mark is %v wide", a-b)
	}
}

// TestRightToLeftStandsOnTheBaseLine: letters whose font is another than the main one
// stand as deep as Latin ones.
func TestRightToLeftStandsOnTheBaseLine(t *testing.T) {
	test.NewTempApp(t)
	for _, text := range []string{"ה", "ا"} {
		var runs RunTexts
		c := software.NewTransparentCanvas()
		c.SetPadded(false)
		content := container.NewWithoutLayout()
		runs.Show("H "+text, fyne.NewPos(4, 4), 120, 80, fyne.TextStyle{}, Text)
		content.Objects = runs.Objects(nil)
		c.SetContent(content)
		c.Resize(fyne.NewSize(400, 140))
		img := c.Capture()
		half := func(from, to int) (bottom int) {
			sub := image.NewNRGBA(image.Rect(0, 0, to-from, img.Bounds().Dy()))
			draw.Draw(sub, sub.Bounds(), img, image.Pt(from, 0), draw.Src)
			_, bottom, ok := ink(sub)
			if !ok {
				t.Skip("no such letter on this machine")
			}
			return bottom
		}
		edge := int(fyne.MeasureText("H ", 80, fyne.TextStyle{}).Width) + 2
		if latin, other := half(0, edge), half(edge, 400); latin-other > 2 || other-latin > 2 {
			t.Errorf("%q ends at %d, Latin at %d", text, other, latin)
		}
	}
}
