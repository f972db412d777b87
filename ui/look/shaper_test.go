package look

import (
	"fmt"
	"runtime"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestFontsForgotten: a window whose look is changed again and again, or that has seen
// many evenings, holds one set of fonts.
func TestFontsForgotten(t *testing.T) {
	if shaper == nil {
		t.Fatal("the toolkit shapes text with something else now: see shaper.go")
	}
	app := test.NewTempApp(t)
	ForgetFonts(app.Settings())
	var after []uint64
	for i := range 8 {
		app.Settings().SetTheme(NewTheme(Options{}))
		for j, style := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}} {
			fyne.MeasureText(fmt.Sprint("text ", i, j), 14, style)
		}
		runtime.GC()
		runtime.GC() // what the first one finalized
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		after = append(after, m.HeapAlloc)
	}
	// Six times four fonts would be 35 MB.
	if grown := int64(after[7]) - int64(after[1]); grown > 8<<20 { //nolint:gosec // sizes
		t.Errorf("six changes of the theme cost %d MB: %v", grown>>20, after)
	}
}
