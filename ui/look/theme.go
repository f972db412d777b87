package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Options are the person's choices that a theme is made of. The zero value
// follows the system at normal text size.
type Options struct {
	// Variant is "light", "dark", or "system" (also ""): as the desktop says.
	Variant string
	// TextSize is a factor on all text, 0.8 to 1.6; 0 means 1.
	TextSize float32
	// Accent is one of AccentNames; "" means the first.
	Accent string
	// Compact puts rows and messages closer together.
	Compact bool
	// Still: nothing moves or fades by itself, see Still.
	Still bool
}

// Theme is the one theme of the program. It is immutable: to change a choice,
// set a new one in the app's settings, which refreshes every widget.
type Theme struct {
	light, dark *Palette
	forced      *Palette // nil: follow the system
	still       bool
	factor      float32
	sizes       TextSizes
}

var _ fyne.Theme = (*Theme)(nil)

// NewTheme returns the theme for the given choices.
func NewTheme(o Options) *Theme {
	t := &Theme{factor: o.TextSize, still: o.Still, light: paletteOf(o.Accent, false), dark: paletteOf(o.Accent, true)}
	switch o.Variant {
	case "light":
		t.forced = t.light
	case "dark":
		t.forced = t.dark
	}
	if t.factor == 0 {
		t.factor = 1
	}
	t.factor = min(max(t.factor, 0.8), 1.6)
	t.sizes = baseSizes.scaled(t.factor)
	t.sizes.Compact = o.Compact
	return t
}

// Still reports whether the person wants nothing to move or fade by itself.
func Still() bool {
	app := fyne.CurrentApp()
	if app == nil {
		return false
	}
	t, ok := app.Settings().Theme().(*Theme)
	return ok && t.still
}

func (t *Theme) palette(v fyne.ThemeVariant) *Palette {
	switch {
	case t.forced != nil:
		return t.forced
	case v == theme.VariantDark:
		return t.dark
	default:
		return t.light
	}
}

// Color maps the toolkit's names to ours, for the entries, the only stock widgets in
// use: without a frame, because each sits in a box of ours. Never give a widget a
// theme of its own instead (container.ThemeOverride): the toolkit then loads every
// font once more for it, some ten megabytes, at each refresh, and keeps them.
func (t *Theme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	p := t.palette(v)
	if c, ok := p.named(name); ok {
		return c
	}
	if p.Dark {
		return theme.DefaultTheme().Color(name, theme.VariantDark)
	}
	return theme.DefaultTheme().Color(name, theme.VariantLight)
}

// Long: one table of the toolkit's colour names; splitting it would hide gaps.
func (p *Palette) named(name fyne.ThemeColorName) (color.NRGBA, bool) {
	switch name {
	case theme.ColorNameBackground, theme.ColorNameHeaderBackground:
		return p.Panel, true
	case theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground:
		return p.Raised, true
	case theme.ColorNameInputBackground, theme.ColorNameInputBorder:
		return color.NRGBA{}, true // every entry sits in an own box: see Boxed
	case theme.ColorNameButton, theme.ColorNameDisabledButton:
		return p.Field, true
	case theme.ColorNameSeparator:
		return p.Line, true
	case theme.ColorNameForeground:
		return p.Text, true
	case theme.ColorNamePlaceHolder:
		return p.Faint, true
	case theme.ColorNameDisabled:
		return p.Off, true
	case theme.ColorNamePrimary:
		return p.Accent, true
	case theme.ColorNameHyperlink:
		return p.Link, true
	case theme.ColorNameFocus:
		return Alpha(p.Accent, 0.35), true
	case theme.ColorNameHover:
		return p.Hover, true
	case theme.ColorNamePressed:
		return p.Pressed, true
	case theme.ColorNameSelection:
		return p.Marked, true
	case theme.ColorNameSuccess:
		return p.Good, true
	case theme.ColorNameWarning:
		return p.Warn, true
	case theme.ColorNameError:
		return p.Bad, true
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnError,
		theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning:
		return p.OnAccent, true
	case theme.ColorNameScrollBar:
		return p.Scroll, true
	case theme.ColorNameScrollBarBackground, theme.ColorNameShadow:
		// The stock scroller draws its edge shadow in this colour, the main mark
		// of the default look; own raised things use Palette.Shadow.
		return color.NRGBA{}, true
	}
	return color.NRGBA{}, false
}

// Size maps the toolkit's size names.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return t.sizes.Body
	case theme.SizeNameCaptionText:
		return t.sizes.Caption
	case theme.SizeNameSubHeadingText:
		return t.sizes.Title
	case theme.SizeNameHeadingText:
		return t.sizes.Display
	case theme.SizeNamePadding:
		return 4
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNameInlineIcon:
		return 20
	case theme.SizeNameInputBorder:
		return 0
	case theme.SizeNameSeparatorThickness:
		return 1
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius, theme.SizeNameButtonRadius:
		return Radius
	case theme.SizeNameDialogRadius, theme.SizeNameCardRadius, theme.SizeNameInnerWindowRadius:
		return RadiusBig
	case theme.SizeNamePopupRadius, theme.SizeNameMenuRadius:
		return 10
	case theme.SizeNameScrollBar:
		return 8
	case theme.SizeNameScrollBarSmall:
		return 4
	case theme.SizeNameScrollBarRadius:
		return 4
	}
	return theme.DefaultTheme().Size(name)
}

// Font returns Noto Sans as the toolkit bundles it: its vertical metrics equal
// those of Noto CJK, so that mixed lines sit on one base line.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	reads(style)
	mendSymbols()
	return theme.DefaultTheme().Font(style)
}

// Icon returns the toolkit's icons, for stock widgets.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }
