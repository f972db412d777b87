package ui

import (
	"fmt"
	"image/color"
	"math"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

var (
	themeWords   = map[string]tr.Key{"system": "settings.system", "light": "settings.light", "dark": "settings.dark"}
	densityWords = map[string]tr.Key{"comfortable": "settings.comfortable", "compact": "settings.compact"}
	accentWords  = map[string]tr.Key{
		"indigo": "accent.indigo", "blue": "accent.blue", "teal": "accent.teal", "green": "accent.green",
		"amber": "accent.amber", "red": "accent.red", "pink": "accent.pink", "violet": "accent.violet",
	}
)

// textStep is the distance of the text sizes to choose from.
const textStep = 0.05

// textSteps is how many there are.
var textSteps = int(math.Round((app.LargestText-app.SmallestText)/textStep)) + 1

// appearance is the part about how the window looks.
func (p *settingsPage) appearance() fyne.CanvasObject {
	u := p.u
	named := func(values []string, words map[string]tr.Key) []string {
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = tr.S(words[v])
		}
		return names
	}
	still := 0
	if u.settings.Still {
		still = 1
	}
	codes, names := []string{tr.System}, []string{tr.S("settings.system")}
	for _, l := range tr.Languages {
		codes, names = append(codes, l.Code), append(names, l.Name)
	}
	var inks []look.Ink
	for _, a := range app.Accents {
		inks = append(inks, look.AccentInk(a))
	}
	p.language = newSegments(names, indexOf(codes, u.settings.Language), func(i int) {
		u.change(func(s *app.Settings) { s.Language = codes[i] })
	})
	return column(18,
		setting(tr.S("settings.theme"), newSegments(named(app.Themes, themeWords), indexOf(app.Themes, u.settings.Theme), func(i int) {
			u.change(func(s *app.Settings) { s.Theme = app.Themes[i] })
		})),
		setting(tr.S("settings.accent"), newSwatches(inks, named(app.Accents, accentWords), indexOf(app.Accents, u.settings.Accent), func(i int) {
			u.change(func(s *app.Settings) { s.Accent = app.Accents[i] })
		})),
		setting(tr.S("settings.density"), newSegments(named(app.Densities, densityWords), indexOf(app.Densities, u.settings.Density), func(i int) {
			u.change(func(s *app.Settings) { s.Density = app.Densities[i] })
		})),
		p.textSize(),
		explained(tr.S("settings.motion"), tr.S("settings.motion.text"), newSegments([]string{tr.S("settings.on"), tr.S("settings.off")}, still, func(i int) {
			u.change(func(s *app.Settings) { s.Still = i == 1 })
		})),
		setting(tr.S("settings.language"), p.language),
	)
}

// textSize chooses the size of text; a piece of conversation shows it before it
// takes effect everywhere.
func (p *settingsPage) textSize() fyne.CanvasObject {
	u := p.u
	size := func(i int) float32 { return float32(math.Round((app.SmallestText+float64(i)*textStep)*100) / 100) }
	at := int(math.Round((float64(u.settings.TextSize) - app.SmallestText) / textStep))
	shown := size(at)
	preview := newPreview(&shown)
	percent := look.NewLine("", look.Preview, look.Text)
	percent.Bold = true
	tell := func(i int) {
		shown = size(i)
		percent.SetText(fmt.Sprintf("%.0f %%", shown*100))
		preview.Refresh()
	}
	tell(at)
	choice := newSlider(textSteps, at, tell, func(i int) {
		u.change(func(s *app.Settings) { s.TextSize = size(i) })
		p.Refresh()
		p.d.Refresh()
	})
	choice.name = tr.S("settings.text_size")
	line := rowGrow(14, 1, look.NewLine(tr.S("settings.letter"), func(look.TextSizes) float32 { return 12 }, look.Secondary), choice,
		look.NewLine(tr.S("settings.letter"), func(look.TextSizes) float32 { return 20 }, look.Secondary), percent)
	return setting(tr.S("settings.text_size"), column(8, line, preview))
}

// newPreview is a piece of conversation in a text size of its own.
func newPreview(factor *float32) *fyne.Container {
	body := func(look.TextSizes) float32 { return 14 * *factor }
	other := newBoxed(look.BubbleFill, look.EdgeInk, 12, 8, newPara(tr.S("settings.preview"), body, look.Text))
	own := newBoxed(func(p *look.Palette) color.NRGBA { return p.Own }, nil, 12, 8, newPara(tr.S("settings.preview.own"), body, func(p *look.Palette) color.NRGBA { return p.OwnText }))
	return newBoxed(look.ChatFill, look.LineInk, 12, 12, column(8, inset(0, 0, 40, 0, other), inset(40, 0, 0, 0, own)))
}
