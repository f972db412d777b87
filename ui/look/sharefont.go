package look

import (
	_ "unsafe" // for go:linkname

	"fyne.io/fyne/v2"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// The toolkit reads its font of emoji anew for each style of text, 4.5 MB each time that
// are the same to the byte. Its faces, which note what they were asked, stay one for each
// style; what was read they share. There is no other way to them than this one.

// fontSet are the fonts of one style (painter.FontCacheItem).
type fontSet struct{ Fonts shaping.Fontmap }

// cachedFonts reads the fonts of a style unless they were read.
//
//go:linkname cachedFonts fyne.io/fyne/v2/internal/painter.CachedFontFace
func cachedFonts(style fyne.TextStyle, source fyne.Resource, o fyne.CanvasObject) *fontSet

// emojiSample is a character that the font of emoji has, and no font of text.
const emojiSample = '😀'

// Both belong to the UI goroutine.
var (
	readAnew  []fyne.TextStyle // styles whose fonts the toolkit has begun to read
	emojiFont *font.Font       // of all styles
)

// reads notes that the toolkit reads the fonts of a style: it asks the theme for its font
// then and at no other time.
func reads(style fyne.TextStyle) {
	if !style.Symbol { // has no emoji
		readAnew = append(readAnew, style)
	}
}

// shareFonts drops what was read twice. Called often: before text is measured.
func shareFonts() {
	if len(readAnew) == 0 {
		return
	}
	styles := readAnew
	readAnew = nil // the toolkit may ask again
	for _, style := range styles {
		face := cachedFonts(style, nil, nil).Fonts.ResolveFace(emojiSample)
		switch {
		case emojiFont == nil || face.Describe() != emojiFont.Describe() || face.Upem() != emojiFont.Upem():
			emojiFont = face.Font
		default:
			face.Font = emojiFont
		}
	}
}
