package look

import (
	"fmt"
	"runtime"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/go-text/typesetting/font"
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

// TestFontsShared: the font of emoji, by far the largest, is held once for all styles of
// text, also after a change of the theme.
func TestFontsShared(t *testing.T) {
	app := test.NewTempApp(t)
	styles := []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}, {Bold: true, Italic: true}}
	held := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var shared *font.Font
	for range 2 {
		app.Settings().SetTheme(NewTheme(Options{}))
		MeasureRuns("text", 14, styles[0])
		MeasureRuns("text", 14, styles[0])
		before := held()
		for _, style := range styles {
			MeasureRuns("text", 14, style)
		}
		MeasureRuns("text", 14, styles[0]) // the last one is shared as the next text is measured
		for _, style := range styles {
			face := cachedFonts(style, nil, nil).Fonts.ResolveFace(emojiSample)
			if shared == nil {
				shared = face.Font
			}
			if face.Font != shared {
				t.Errorf("%+v has a font of emoji of its own", style)
			}
		}
		t.Logf("four more styles take %d KB", (held()-before)>>10)
	}
	if _, ok := font.NewFace(shared).NominalGlyph('x'); ok {
		t.Error("what is shared has letters: it is no font of emoji")
	}
}
