package look

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Icon names one drawing of the own set: 24 px, stroked, round caps.
type Icon string

// Glyph returns an icon as an SVG resource in one colour. Resources are made
// once per icon and colour. UI goroutine only.
func Glyph(i Icon, c color.NRGBA) fyne.Resource {
	key := glyphKey{i, c}
	if r, ok := glyphs[key]; ok {
		return r
	}
	body, ok := drawings[i]
	if !ok {
		body = drawings[IconInfo]
	}
	hex := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	opacity := ""
	if c.A != 0xff {
		opacity = fmt.Sprintf(` opacity="%.2f"`, float32(c.A)/255)
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">` +
		`<g fill="none" stroke="` + hex + `"` + opacity +
		` stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">` + body + `</g></svg>`
	// The toolkit caches pictures by resource name: the colour belongs into it.
	r := fyne.NewStaticResource(fmt.Sprintf("hearth-%s-%02x%02x%02x%02x.svg", i, c.R, c.G, c.B, c.A), []byte(svg))
	glyphs[key] = r
	return r
}

type glyphKey struct {
	icon  Icon
	color color.NRGBA
}

// glyphs grows to icons × colours of two palettes at most. UI goroutine only.
var glyphs = map[glyphKey]fyne.Resource{}

// Ink chooses a colour from the palette in use. Functions such as
// [Secondary] do, so that a widget keeps its role when the theme changes.
type Ink func(*Palette) color.NRGBA

// sameInk reports whether two inks, or none, look the same now. What changes with the
// theme is drawn anew by the toolkit then.
func sameInk(a, b Ink) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	p := Now()
	return a(p) == b(p)
}

// Inks for what is drawn most.
func Text(p *Palette) color.NRGBA      { return p.Text }     // Text is the ink of main text.
func Secondary(p *Palette) color.NRGBA { return p.Second }   // Secondary is for second lines and icons.
func Faint(p *Palette) color.NRGBA     { return p.Faint }    // Faint is for times and hints.
func Accent(p *Palette) color.NRGBA    { return p.Accent }   // Accent is the brand's ink.
func OnAccent(p *Palette) color.NRGBA  { return p.OnAccent } // OnAccent is for text on accent.
func Good(p *Palette) color.NRGBA      { return p.Good }     // Good says all is well.
func Warn(p *Palette) color.NRGBA      { return p.Warn }     // Warn asks for attention.
func Bad(p *Palette) color.NRGBA       { return p.Bad }      // Bad says something failed.
func Link(p *Palette) color.NRGBA      { return p.Link }     // Link is for what opens something.

// IconView shows an icon in a colour of the palette.
type IconView struct {
	widget.BaseWidget
	icon Icon
	ink  Ink
	side float32
}

// NewIcon returns an icon of the given side length at the usual text size; it grows with
// the text.
func NewIcon(i Icon, ink Ink, side float32) *IconView {
	v := &IconView{icon: i, ink: ink, side: side}
	v.ExtendBaseWidget(v)
	return v
}

// Set changes drawing and colour.
func (v *IconView) Set(i Icon, ink Ink) {
	same := v.icon == i && sameInk(v.ink, ink)
	v.icon, v.ink = i, ink
	if !same {
		v.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (v *IconView) CreateRenderer() fyne.WidgetRenderer {
	img := canvas.NewImageFromResource(Glyph(v.icon, v.ink(Now())))
	img.FillMode = canvas.ImageFillContain
	return NewRenderer(RendererParts{
		Of:      v,
		Objects: []fyne.CanvasObject{img},
		Min:     func() fyne.Size { return fyne.NewSquareSize(Grown(v.side)) },
		Layout: func(s fyne.Size) {
			side := Grown(v.side)
			img.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
			img.Resize(fyne.NewSquareSize(side))
		},
		Refresh: func() { setImage(img, Glyph(v.icon, v.ink(Now()))) },
	})
}

// setImage changes a picture if it differs; redrawing an SVG is dear.
func setImage(img *canvas.Image, r fyne.Resource) {
	if img.Resource != r {
		img.Resource = r
		img.Refresh()
	}
}
