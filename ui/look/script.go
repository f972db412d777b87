package look

import (
	"image"
	"math"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"github.com/rivo/uniseg"

	"hearth/internal/bidi"
	"hearth/internal/emoji"
	"hearth/ui/emojiart"
)

// Script is a kind of letters that comes from a font of its own. The toolkit
// aligns each font by its own height, which puts Chinese lower and emoji higher
// than Latin; text that may be mixed is therefore drawn in [Runs].
type Script int

// Scripts.
const (
	Latin  Script = iota // and all others that the main font or one like it has
	Wide                 // Chinese, Japanese, Korean
	Sign                 // pictographs that are text, and emoji younger than our pictures
	Emoji                // drawn as pictures
	Hebrew               // in stretches from right to left only, see [PartRuns]
	Arabic               // likewise
)

// Run is a stretch of text of one script.
type Run struct {
	Text   string
	Script Script
}

// Runs splits a text by script. Text without wide signs and emoji is one run and
// costs nothing.
func Runs(s string) []Run {
	if simple(s) {
		return []Run{{Text: s}}
	}
	var runs []Run
	start, at, state, rest := 0, 0, -1, s
	var current Script
	for rest != "" {
		var g string
		g, rest, state = Cluster(rest, state)
		script := scriptOf(g)
		if g == " " && at > start && current != Emoji {
			script = current // a blank stays with the letters before it
		}
		if script != current && at > start {
			runs = append(runs, Run{s[start:at], current})
			start = at
		}
		current = script
		at += len(g)
	}
	return append(runs, Run{s[start:], current})
}

// maxCluster is the longest character, bytes; the longest real ones, couples of
// two skin colours, need 35.
const maxCluster = emoji.MaxLen

// Cluster cuts the first character, as people see it, off a text; state is -1 at
// the start. Unicode lets a character be endless (joined emoji, stacked Indic
// letters), which somebody will try: it is cut at 64 bytes, and no more than
// twice that is looked at.
func Cluster(s string, state int) (cluster, rest string, next int) {
	head := s
	if len(s) > 2*maxCluster {
		head = s[:whole(s, 2*maxCluster)]
	}
	cluster, _, _, next = uniseg.FirstGraphemeClusterInString(head, state)
	if len(cluster) <= maxCluster {
		return cluster, s[len(cluster):], next
	}
	n := whole(s, maxCluster)
	return s[:n], s[n:], -1
}

// whole is the length of the longest start of s of at most n bytes that ends
// between two code points.
func whole(s string, n int) int {
	for n > 1 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// simple reports text that is one Latin run for sure.
func simple(s string) bool {
	for _, r := range s {
		if r >= 0x1100 && scriptOfRune(r) != Latin || r == 0xFE0F || r == 0x20E3 {
			return false
		}
	}
	return true
}

func scriptOf(g string) Script {
	r, n := utf8.DecodeRuneInString(g)
	if script := scriptOfRune(r); script != Sign && n == len(g) {
		return script
	}
	switch {
	case emojiart.Has(g):
		return Emoji
	case emoji.Is(g):
		return Sign
	}
	return scriptOfRune(r)
}

// scriptOfRune tells what a character is that begins so; Sign may be Emoji.
func scriptOfRune(r rune) Script {
	switch {
	case r < 0x1100:
		return Latin
	case r >= 0x1F000 && r <= 0x1FFFD && (r < 0x1FB00 || r > 0x1FBFF), r >= 0x2600 && r <= 0x27BF && unicode.Is(unicode.So, r):
		return Sign
	case r == 0x231A, r == 0x231B, r >= 0x23E9 && r <= 0x23F3, r == 0x25FD, r == 0x25FE, r == 0x2795, r == 0x2796, r == 0x2797,
		r == 0x2B1B, r == 0x2B1C, r == 0x2B50, r == 0x2B55: // more that are pictures without being asked to
		return Sign
	case r >= 0x3000 && r <= 0x303F, r >= 0xFF00 && r <= 0xFFEF, r >= 0xFE30 && r <= 0xFE4F:
		return Wide
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo):
		return Wide
	}
	return Latin
}

// Size is the text size to draw the run with: the signs of the toolkit's font
// are small for their size.
func (r Run) Size(size float32) float32 {
	if r.Script == Sign {
		return size * 1.2
	}
	return size
}

// Width measures the run at a text size.
func (r Run) Width(size float32, style fyne.TextStyle) float32 {
	if r.Script == Emoji {
		n := 0
		for _, g := range emojiart.Split(r.Text) {
			n += emojiart.Count(g)
		}
		return float32(n) * emojiart.CellFor(size, Scale()).Step()
	}
	return fyne.MeasureText(r.Text, r.Size(size), style).Width
}

// MeasureRuns is the width of a text drawn in runs.
func MeasureRuns(s string, size float32, style fyne.TextStyle) float32 {
	shareFonts()
	if simple(s) && bidi.Simple(s) {
		return fyne.MeasureText(s, size, style).Width
	}
	var w float32
	for _, r := range LineRuns(s) {
		w += r.Width(size, style)
	}
	return w
}

// Rise is how far up the run has to be moved to stand on the base line of Latin
// text of that size, both with their upper edges at the same height.
func (r Run) Rise(size float32, style fyne.TextStyle) float32 {
	if r.Script == Latin || r.Script == Emoji { // pictures have a place of their own
		return 0
	}
	key := riseKey{r.Script, size, style, Scale()}
	if rise, ok := rises[key]; ok {
		return rise
	}
	if len(rises) > 64 {
		clear(rises) // text sizes change rarely
	}
	rise := r.computeRise(key)
	rises[key] = rise
	return rise
}

type riseKey struct {
	script Script
	size   float32
	style  fyne.TextStyle
	scale  float32
}

// rises and drops are measured once per use. UI goroutine only.
var (
	rises = map[riseKey]float32{}
	drops = map[Script]float32{}
)

// Scale is the pixels per unit of the window, which base lines and pictures are
// rounded to.
func Scale() float32 {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if s := w.Canvas().Scale(); s > 0 {
			return s
		}
	}
	return 1
}

// computeRise repeats the toolkit's rounding: the base line of a run is at the
// font's ascent, rounded up to a whole pixel.
func (r Run) computeRise(k riseKey) float32 {
	drop, ok := drops[k.script]
	if !ok {
		drop = measureDrop(k.script)
		drops[k.script] = drop
	}
	ascent := func(size float32) float64 {
		_, base := fyne.CurrentApp().Driver().RenderedTextSize("x", size, k.style, nil)
		return float64(base)
	}
	px := float64(k.scale)
	latin := math.Ceil(ascent(k.size) * px)
	drawn := r.Size(k.size)
	own := math.Ceil((ascent(drawn) + float64(drop*drawn)) * px)
	return float32((own - latin) / px)
}

// samples are signs by which the scripts are measured, and how high above the base line
// their middle is, as part of the text size; 0: they stand on it.
var samples = map[Script]struct {
	text   string
	middle float32
}{Wide: {"国", 0.38}, Sign: {"😀", 0.36}, Hebrew: {"ה", 0}, Arabic: {"ا", 0}}

// measureDrop draws one sign and looks how much lower than it should its middle
// lies, as part of the text size. No interface of the toolkit tells the ascent of
// a font it falls back to, and which font that is differs from machine to machine.
func measureDrop(s Script) float32 {
	const size = 96
	sample := samples[s]
	c, text := drawSign(s, size, fyne.TextStyle{})
	top, bottom, ok := ink(c.Capture())
	if !ok {
		return 0
	}
	// The canvas is higher than the text, which is drawn in its middle.
	_, base := fyne.CurrentApp().Driver().RenderedTextSize(sample.text, size, fyne.TextStyle{}, nil)
	upper := max(0, (text.Size().Height-text.MinSize().Height)/2)
	want := upper + float32(math.Ceil(float64(base))) - sample.middle*size
	drop := (float32(top+bottom+1)/2/c.Scale() - want) / size
	if sample.middle == 0 {
		drop = (float32(bottom+1)/c.Scale() - want) / size
	}
	if drop < -0.4 || drop > 0.4 {
		return 0 // no such sign on this machine
	}
	return drop
}

// drawSign draws the sample of a script, in a canvas that is higher by a line.
func drawSign(s Script, size float32, style fyne.TextStyle) (fyne.Canvas, *canvas.Text) {
	text := canvas.NewText(samples[s].text, image.Black.C)
	text.TextSize, text.TextStyle = size, style
	c := software.NewTransparentCanvas()
	c.SetPadded(false)
	c.SetContent(text)
	c.Resize(text.MinSize().AddWidthHeight(0, size))
	return c, text
}

// ink finds the first and last row of a picture in which something is drawn.
func ink(img image.Image) (top, bottom int, ok bool) {
	b := img.Bounds()
	top, bottom = b.Max.Y, b.Min.Y-1
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if _, _, _, a := img.At(x, y).RGBA(); a > 0x4000 {
				top, bottom = min(top, y), max(bottom, y)
				break
			}
		}
	}
	return top, bottom, bottom >= top
}
