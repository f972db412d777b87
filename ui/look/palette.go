package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Palette is every colour of one variant. Widgets read the current one with
// Now when they refresh, never earlier: the theme may have changed since.
type Palette struct {
	Dark bool

	// Surfaces, from far to near.
	Chat   color.NRGBA // behind the conversation
	Panel  color.NRGBA // side bar, header, dialogs
	Field  color.NRGBA // what one types into, quiet chips
	Raised color.NRGBA // pop-up menus, tooltips, the jump pill
	Bubble color.NRGBA // other people's messages
	Edge   color.NRGBA // hairline around bubbles and raised things
	Own    color.NRGBA // own messages
	Line   color.NRGBA // separators

	// States of rows and buttons.
	Hover    color.NRGBA
	Pressed  color.NRGBA
	Selected color.NRGBA // the open room, the chosen menu entry
	Marked   color.NRGBA // selected text

	// Text, from loud to quiet.
	Text     color.NRGBA
	Second   color.NRGBA
	Faint    color.NRGBA
	Off      color.NRGBA // what cannot be used now
	OwnText  color.NRGBA // on Own
	OwnFaint color.NRGBA
	OwnLink  color.NRGBA
	Link     color.NRGBA

	// Meaning. The Soft ones are backgrounds for text of the same name.
	Accent      color.NRGBA
	AccentHover color.NRGBA
	AccentSoft  color.NRGBA
	OnAccent    color.NRGBA
	Good        color.NRGBA
	GoodSoft    color.NRGBA
	Warn        color.NRGBA
	WarnSoft    color.NRGBA
	Bad         color.NRGBA
	BadSoft     color.NRGBA

	Shadow color.NRGBA
	Scrim  color.NRGBA // over the window, under a dialog
	Scroll color.NRGBA

	// CodeBox is behind blocks of code in other people's messages, OwnCodeBox in own
	// ones; Code and OwnCode are the colours of code in them, by [CodeInk].
	CodeBox    color.NRGBA
	OwnCodeBox color.NRGBA
	Code       [CodeInks]color.NRGBA
	OwnCode    [CodeInks]color.NRGBA

	// Names colours people's names; index it with [Hue].
	Names [Hues]color.NRGBA
}

// rgb makes an opaque colour of 0xRRGGBB.
func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// Alpha is c with another opacity, 0 to 1.
func Alpha(c color.NRGBA, a float32) color.NRGBA {
	c.A = uint8(a*255 + 0.5)
	return c
}

// Mix blends from a to b; t is 0 to 1.
func Mix(a, b color.NRGBA, t float32) color.NRGBA {
	f := func(x, y uint8) uint8 { return uint8(float32(x) + (float32(y)-float32(x))*t + 0.5) }
	return color.NRGBA{R: f(a.R, b.R), G: f(a.G, b.G), B: f(a.B, b.B), A: f(a.A, b.A)}
}

var light = Palette{
	Chat: rgb(0xF4F5F8), Panel: rgb(0xFFFFFF), Field: rgb(0xF1F2F6), Raised: rgb(0xFFFFFF),
	Bubble: rgb(0xFFFFFF), Edge: rgb(0xE6E8EE), Own: rgb(0xE3E6FC), Line: rgb(0xE6E8EE),
	Hover: rgb(0xF2F3F7), Pressed: rgb(0xE6E8EF), Selected: rgb(0xECEEFC), Marked: rgb(0xBFC7FA),
	Text: rgb(0x14171F), Second: rgb(0x555C6B), Faint: rgb(0x666C7B), Off: rgb(0x7A8192),
	OwnText: rgb(0x14171F), OwnFaint: rgb(0x5A63A3), OwnLink: rgb(0x3C48BF), Link: rgb(0x4350CB),
	Accent: rgb(0x4F5BD5), AccentHover: rgb(0x434FC4), AccentSoft: rgb(0xECEEFC), OnAccent: rgb(0xFFFFFF),
	Good: rgb(0x157B4A), GoodSoft: rgb(0xE3F5EB), Warn: rgb(0x96600A), WarnSoft: rgb(0xFDF1DC),
	Bad: rgb(0xC33838), BadSoft: rgb(0xFCE9E9),
	Shadow: color.NRGBA{R: 0x16, G: 0x1B, B: 0x33, A: 0x2C}, Scrim: color.NRGBA{R: 0x14, G: 0x17, B: 0x1F, A: 0x66},
	Scroll: color.NRGBA{R: 0x14, G: 0x17, B: 0x3F, A: 0x3A},
	Names: [Hues]color.NRGBA{
		rgb(0x2B76C4), rgb(0x0E8383), rgb(0xC2417C), rgb(0xB85D15),
		rgb(0x7A57CC), rgb(0x3A8433), rgb(0xC24545), rgb(0x4F5BD5),
	},
}

var dark = Palette{
	Dark: true,
	Chat: rgb(0x101216), Panel: rgb(0x16181D), Field: rgb(0x1F222A), Raised: rgb(0x22262F),
	Bubble: rgb(0x1D2027), Edge: rgb(0x252932), Own: rgb(0x383F86), Line: rgb(0x252932),
	Hover: rgb(0x1D2027), Pressed: rgb(0x282C36), Selected: rgb(0x262B47), Marked: rgb(0x4C56B0),
	Text: rgb(0xE9EBF0), Second: rgb(0xA2A9B8), Faint: rgb(0x8D95A3), Off: rgb(0x7E8696),
	OwnText: rgb(0xF3F4FF), OwnFaint: rgb(0xB3B9EE), OwnLink: rgb(0xC3CAFF), Link: rgb(0x8F9AFF),
	Accent: rgb(0x5E6AE4), AccentHover: rgb(0x525DD2), AccentSoft: rgb(0x262B47), OnAccent: rgb(0xFFFFFF),
	Good: rgb(0x3CCB86), GoodSoft: rgb(0x17302A), Warn: rgb(0xE7B04E), WarnSoft: rgb(0x352B18),
	Bad: rgb(0xF27474), BadSoft: rgb(0x3A1F24),
	Shadow: color.NRGBA{A: 0x8C}, Scrim: color.NRGBA{A: 0x99},
	Scroll: color.NRGBA{R: 0xE9, G: 0xEB, B: 0xF0, A: 0x38},
	Names: [Hues]color.NRGBA{
		rgb(0x6AB1F0), rgb(0x5CCBC6), rgb(0xF08DBB), rgb(0xF5A868),
		rgb(0xB49CF2), rgb(0x82CB74), rgb(0xF28B82), rgb(0x93A0FF),
	},
}

// Light and Dark return the two palettes; pictures and tests want them by name.
func Light() *Palette { return &light }

// Dark returns the dark palette.
func Dark() *Palette { return &dark }

// Now returns the palette in use. The result must not be changed.
func Now() *Palette {
	app := fyne.CurrentApp()
	if app == nil {
		return &light
	}
	settings := app.Settings()
	variant := settings.ThemeVariant()
	if t, ok := settings.Theme().(*Theme); ok {
		return t.palette(variant)
	}
	if variant == theme.VariantDark {
		return &dark
	}
	return &light
}
