package look

import (
	"image/color"
	"math"
)

// accents are the colours to choose from, by the names that the settings keep;
// each is made into two palettes. The first is that of the hand-made palettes.
var accents = []struct {
	name string
	base color.NRGBA
}{
	{"indigo", rgb(0x4F5BD5)},
	{"blue", rgb(0x2269C9)},
	{"teal", rgb(0x0E7A7A)},
	{"green", rgb(0x2F7D32)},
	{"amber", rgb(0xA85A00)},
	{"red", rgb(0xC93A3A)},
	{"pink", rgb(0xBE3A78)},
	{"violet", rgb(0x7A4FCB)},
}

// tinted holds the palettes, light and dark, by the name of the accent.
var tinted = func() map[string][2]*Palette {
	light.code()
	dark.code()
	all := map[string][2]*Palette{}
	for i, a := range accents {
		all[a.name] = [2]*Palette{&light, &dark}
		if i > 0 {
			all[a.name] = [2]*Palette{tintLight(a.base), tintDark(a.base)}
		}
	}
	return all
}()

// AccentNames lists the accents to choose from, the default first.
func AccentNames() []string {
	names := make([]string, len(accents))
	for i, a := range accents {
		names[i] = a.name
	}
	return names
}

// AccentInk is the ink of an accent by its name, in the variant in use.
func AccentInk(name string) Ink {
	return func(p *Palette) color.NRGBA { return paletteOf(name, p.Dark).Accent }
}

// paletteOf returns the palette of an accent; names nobody knows mean the default.
func paletteOf(name string, isDark bool) *Palette {
	pair, ok := tinted[name]
	if !ok {
		pair = tinted[accents[0].name]
	}
	if isDark {
		return pair[1]
	}
	return pair[0]
}

var (
	black = rgb(0x000000)
	white = rgb(0xFFFFFF)
)

// textRatio is the contrast that text must have (WCAG 2, AA).
const textRatio = 4.5

func tintLight(a color.NRGBA) *Palette {
	p := light
	p.Accent = until(a, black, 4.6, white)
	p.AccentHover = Mix(p.Accent, black, 0.12)
	p.Own, p.Selected, p.Marked = Mix(white, a, 0.15), Mix(white, a, 0.1), Mix(white, a, 0.34)
	p.AccentSoft = p.Selected
	p.Link = until(p.Accent, black, textRatio+0.1, p.Chat, p.Panel, p.Field, p.Selected)
	p.OwnLink = until(p.Accent, black, textRatio+0.4, p.Own)
	p.OwnFaint = until(Mix(a, p.Second, 0.4), black, textRatio, p.Own)
	p.code()
	return &p
}

func tintDark(a color.NRGBA) *Palette {
	p := dark
	p.Accent = until(Mix(a, white, 0.16), black, 4.6, white)
	p.AccentHover = Mix(p.Accent, black, 0.14)
	p.Own, p.Selected, p.Marked = Mix(p.Panel, a, 0.42), Mix(p.Panel, a, 0.24), Mix(p.Panel, a, 0.6)
	p.Own = until(p.Own, black, 8, p.OwnText)
	p.Marked = until(p.Marked, black, 4.8, p.Text)
	p.AccentSoft = p.Selected
	p.Link = until(Mix(a, white, 0.4), white, 5, p.Chat, p.Panel, p.Field, p.Raised, p.Selected)
	p.OwnLink = until(Mix(a, white, 0.6), white, 5, p.Own)
	p.OwnFaint = until(Mix(a, white, 0.5), white, textRatio, p.Own)
	p.code()
	return &p
}

// until takes c towards another colour until it stands out from all of on.
func until(c, towards color.NRGBA, least float64, on ...color.NRGBA) color.NRGBA {
	const steps = 50
	for i := range steps + 1 {
		x, enough := Mix(c, towards, float32(i)/steps), true
		for _, o := range on {
			enough = enough && ratio(x, o) >= least
		}
		if enough {
			return x
		}
	}
	return towards
}

// ratio is the contrast of two colours after WCAG 2, 1 to 21.
func ratio(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		if x := float64(v) / 255; x > 0.03928 {
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
