package look

import (
	"bytes"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"
)

// TestBlankBehindArrow: behind a sign of the toolkit's font of arrows a blank is a blank.
func TestBlankBehindArrow(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Options{}))
	for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Bold: true, Italic: true}, {Monospace: true}} {
		for _, sign := range []string{"→", "↑", "⇧", "⌘"} {
			width := func(s string) float32 { return fyne.MeasureText(s, 20, style).Width }
			if blank, most := width(sign+" "+sign)-2*width(sign), max(width("a a")-2*width("a"), 0.3*20); blank < 3 || blank > most+1 {
				t.Errorf("%+v: between %s and %s there are %v, at most %v wanted", style, sign, sign, blank, most)
			}
		}
	}
	if _, again := withBlank(theme.DefaultSymbolFont().Content()); again {
		t.Error("the font got a blank twice")
	}
}

// TestWithBlank: the font keeps every other sign; what is no font stays what it is.
func TestWithBlank(t *testing.T) {
	mendSymbols()
	face, err := font.ParseTTF(bytes.NewReader(theme.DefaultSymbolFont().Content()))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range "←↑→↓↖↘↩↪↳↵⇞⇟⇤⇥⇧⌃⌘⌥⌦⌫⎋❖" {
		g, ok := face.NominalGlyph(r)
		if o, is := face.GlyphData(g).(font.GlyphOutline); !ok || !is || len(o.Segments) == 0 {
			t.Errorf("%c: glyph %d, %v, is not drawn", r, g, ok)
		}
	}
	for _, r := range " \u00A0" {
		g, ok := face.NominalGlyph(r)
		if o, is := face.GlyphData(g).(font.GlyphOutline); !ok || g == 0 || !is || len(o.Segments) != 0 {
			t.Errorf("%q: glyph %d, %v, is no blank", r, g, ok)
		}
		if part := 1000 * face.HorizontalAdvance(g) / float32(face.Upem()); part < 250 || part > 270 {
			t.Errorf("%q takes %v thousandths", r, part)
		}
	}
	for _, data := range [][]byte{nil, []byte("no font at all, but long enough for a directory of tables"), theme.DefaultTextFont().Content()} {
		if _, ok := withBlank(data); ok {
			t.Errorf("%.20q got a blank", data)
		}
	}
}
