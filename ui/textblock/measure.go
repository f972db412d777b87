package textblock

import (
	"strings"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
)

// measure remembers how wide words are in one font: people repeat words, and
// shaping one costs a hundred times a look into this map.
type measure struct {
	font   Font
	blank  float32
	height float32 // of Latin letters
	base   float32 // of Latin letters, from their upper edge
	words  map[string]float32
}

const (
	maxWords   = 8192 // remembered per font, then forgotten all at once
	maxWordLen = 48   // bytes; longer ones do not come again
	maxFonts   = 32   // sizes and styles in use at the same time, generously
)

type fontKey struct {
	size  float32
	style fyne.TextStyle
}

// measures belongs to the UI goroutine like all text measuring.
var measures = map[fontKey]*measure{}

func measureOf(f Font) *measure {
	key := fontKey{f.Size, f.Style}
	m, ok := measures[key]
	if !ok {
		if len(measures) >= maxFonts {
			clear(measures)
		}
		m = &measure{font: f, words: map[string]float32{}}
		letters := fyne.MeasureText(" ", f.Size, f.Style)
		m.blank, m.height = letters.Width, letters.Height
		_, m.base = fyne.CurrentApp().Driver().RenderedTextSize("x", f.Size, f.Style, nil)
		measures[key] = m
	}
	return m
}

// text measures any string.
func (m *measure) text(s string) float32 {
	if s == "" {
		return 0
	}
	return look.MeasureRuns(s, m.font.Size, m.font.Style)
}

// word measures a word, from memory if it can. It reports false for a word wider
// than a line without measuring all of it.
func (m *measure) word(s string, line float32) (width float32, whole bool) {
	if len(s) > maxWordLen && m.fit(s, line) < len(s) {
		return 0, false
	}
	w := m.known(s)
	return w, w <= line
}

// known measures what may come again: it is remembered if it is short.
func (m *measure) known(s string) float32 {
	if s == "" || len(s) > maxWordLen {
		return m.text(s)
	}
	return m.remembered(s)
}

func (m *measure) remembered(s string) float32 {
	if w, ok := m.words[s]; ok {
		return w
	}
	if len(m.words) >= maxWords {
		clear(m.words)
	}
	w := m.text(s)
	m.words[strings.Clone(s)] = w // the key must not keep its message alive
	return w
}

// fit returns how many bytes of s, in whole characters, are at most width wide;
// at least something. It adds up single characters, which errs to the safe
// side where neighbours move together.
func (m *measure) fit(s string, width float32) int {
	var fill float32
	at := 0
	for rest, state := s, -1; rest != ""; {
		var g string
		g, rest, state = look.Cluster(rest, state)
		fill += m.known(g)
		if fill > width {
			if at == 0 {
				at = m.fitRunes(g, width)
			}
			return at
		}
		at += len(g)
	}
	return at
}

// fitRunes is fit for a single character that is wider than the line: it is cut
// between its code points, at least one of them.
func (m *measure) fitRunes(g string, width float32) int {
	var fill float32
	for i, r := range g {
		if fill += m.remembered(string(r)); fill > width && i > 0 {
			return i
		}
	}
	return len(g)
}
