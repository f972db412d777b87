package look

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestBoldIsBold: bold letters of every script have more ink than others, also where the
// toolkit has only a font for plain ones.
func TestBoldIsBold(t *testing.T) {
	test.NewTempApp(t)
	black := func(*Palette) color.NRGBA { return color.NRGBA{A: 0xFF} }
	weight := func(s string, style fyne.TextStyle) (sum float64) {
		w := test.NewTempWindow(t, nil)
		w.SetPadded(false)
		var runs RunTexts
		width := runs.Show(s, fyne.NewPos(4, 4), 0, 28, style, black)
		if measured := MeasureRuns(s, 28, style); width != measured {
			t.Errorf("%q is %v wide, not %v", s, width, measured)
		}
		box := &fyne.Container{Objects: append([]fyne.CanvasObject{canvas.NewRectangle(color.White)}, runs.Objects(nil)...)}
		box.Objects[0].Resize(fyne.NewSize(200, 60))
		w.SetContent(box)
		w.Resize(fyne.NewSize(200, 60))
		img := w.Canvas().Capture()
		for b, y := img.Bounds(), 0; y < b.Max.Y; y++ {
			for x := range b.Max.X {
				r, _, _, _ := img.At(x, y).RGBA()
				sum += float64(0xFFFF - r)
			}
		}
		return sum
	}
	for _, s := range []string{"Hearth", "国", "中文 Aa", "שלום", "عربي"} {
		plain, bold := weight(s, fyne.TextStyle{}), weight(s, fyne.TextStyle{Bold: true})
		if bold < 1.1*plain || bold > 1.9*plain {
			t.Errorf("%q in bold has %.2f times the ink", s, bold/plain)
		}
	}
	if _, _, ok := (Run{"国", Wide}).Embolden(14, fyne.TextStyle{}, color.Black); ok {
		t.Error("plain text is drawn twice")
	}
}
