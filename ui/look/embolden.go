package look

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
)

// For letters that its own fonts do not have the toolkit asks the machine by the sign
// alone and not by the weight ((*dynamicFontMap).ResolveFace of its painter), so that a
// bold title in Chinese has the strokes of plain text, unless Chinese is the language of
// the system. Such letters are drawn twice, a little beside each other.

// strokeOf is how much thicker bold strokes are, of a text size.
const strokeOf = 1.0 / 24

// Embolden tells how to draw a run in bold whose letters have no bold font: once more,
// so far to the right, in that colour. It is false where nothing is to be done; without a colour
// nothing is drawn at all.
func (r Run) Embolden(size float32, style fyne.TextStyle, ink color.Color) (right float32, faint color.Color, ok bool) {
	if !style.Bold || ink == nil || r.Script == Latin || r.Script == Sign || r.Script == Emoji {
		return 0, nil, false
	}
	thin, known := thinBold[r.Script]
	if !known {
		thin = measureBold(r.Script)
		thinBold[r.Script] = thin
	}
	if !thin {
		return 0, nil, false
	}
	scale := Scale()
	want := size * strokeOf * scale
	px := max(1, float32(math.Round(float64(want)))) // letters are drawn at whole pixels
	c := color.NRGBAModel.Convert(ink).(color.NRGBA)
	c.A = uint8(float32(c.A) * min(1, want/px))
	return px / scale, c, true
}

// thinBold says of which scripts bold letters are as thin as others. UI goroutine only.
var thinBold = map[Script]bool{}

// measureBold draws one sign both ways and looks whether that makes a difference.
func measureBold(s Script) bool {
	weight := func(style fyne.TextStyle) (sum float64) {
		c, _ := drawSign(s, 48, style)
		img := c.Capture()
		b := img.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				_, _, _, a := img.At(x, y).RGBA()
				sum += float64(a)
			}
		}
		return sum
	}
	return weight(fyne.TextStyle{Bold: true}) < 1.08*weight(fyne.TextStyle{})
}
