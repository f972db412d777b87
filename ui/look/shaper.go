package look

import (
	_ "unsafe" // for go:linkname

	"fyne.io/fyne/v2"
	"github.com/go-text/typesetting/shaping"
)

// shaper is what the toolkit shapes text with (fyne.io/fyne/v2/internal/painter). It
// notes something about every font that it has ever seen and forgets none
// (harfbuzz.Buffer.planCache of go-text/typesetting, up to 0.3.5). At each change of the
// theme, and so whenever the desktop goes from light to dark, the toolkit reads its fonts
// anew and drops those from before, which then stay there: 7 MB each time. There is no
// other way to it.
//
//go:linkname shaper fyne.io/fyne/v2/internal/painter.shaper
var shaper *shaping.HarfbuzzShaper

// ForgetFonts makes the toolkit forget the fonts that it dropped, now and after each
// change of the theme. Called on the UI goroutine, as the toolkit does with text.
func ForgetFonts(settings fyne.Settings) {
	settings.AddListener(func(fyne.Settings) { forgetFonts() })
}

func forgetFonts() {
	if shaper != nil { // it has another one: TestFontsForgotten says so
		*shaper = shaping.HarfbuzzShaper{}
	}
}
