package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/rivo/uniseg"

	"hearth/ui/look"
)

// para is a paragraph of our own words, wrapped to the width it is given. It
// breaks where the Unicode rules allow it, so Chinese wraps well, and inside
// words that are longer than a line.
type para struct {
	widget.BaseWidget
	Bold, Mono bool
	Align      fyne.TextAlign

	text string
	size look.Size
	ink  look.Ink

	wrapped struct { // what the last wrapping was for, and its outcome
		text  string
		width float32
		size  float32
		style fyne.TextStyle
		lines []string
	}
}

func newPara(text string, size look.Size, ink look.Ink) *para {
	p := &para{text: text, size: size, ink: ink}
	p.ExtendBaseWidget(p)
	return p
}

// note is a quiet paragraph.
func note(text string) *para { return newPara(text, look.Preview, look.Secondary) }

// centredPara is a paragraph in the middle of its column.
func centredPara(text string, size look.Size, ink look.Ink) *para {
	p := newPara(text, size, ink)
	p.Align = fyne.TextAlignCenter
	return p
}

// heading is a bold paragraph.
func heading(text string, size look.Size) *para {
	p := newPara(text, size, look.Text)
	p.Bold = true
	return p
}

// monoPara shows a fingerprint or a link.
func monoPara(text string, ink look.Ink) *para {
	p := newPara(text, look.Preview, ink)
	p.Mono = true
	return p
}

func (p *para) style() fyne.TextStyle { return fyne.TextStyle{Bold: p.Bold, Monospace: p.Mono} }

// Set changes text and colour.
func (p *para) Set(text string, ink look.Ink) {
	p.text, p.ink = text, ink
	p.Refresh()
}

// SetText changes the text.
func (p *para) SetText(text string) {
	if p.text != text {
		p.text = text
		p.Refresh()
	}
}

func (p *para) lineHeight() float32 {
	s := look.Sizes()
	return float32(int(p.size(s)*s.Line/s.Body + 0.5))
}

// lines wraps the text to a width, remembering the last outcome.
func (p *para) lines(width float32) []string {
	size := p.size(look.Sizes())
	w := &p.wrapped
	if w.lines == nil || w.text != p.text || w.width != width || w.size != size || w.style != p.style() {
		w.text, w.width, w.size, w.style = p.text, width, size, p.style()
		w.lines = wrap(p.text, width, size, p.style())
	}
	return w.lines
}

// HeightFor implements flexible.
func (p *para) HeightFor(width float32) float32 {
	if p.text == "" {
		return 0
	}
	return float32(len(p.lines(width))) * p.lineHeight()
}

// CreateRenderer implements fyne.Widget.
func (p *para) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	return look.Laid(p, &paraRenderer{p: p})
}

type paraRenderer struct {
	p     *para
	size  fyne.Size
	texts []look.RunTexts // a line each
	used  []fyne.CanvasObject
}

func (r *paraRenderer) Destroy()                     {}
func (r *paraRenderer) Objects() []fyne.CanvasObject { return r.used }

func (r *paraRenderer) MinSize() fyne.Size {
	w := r.size.Width
	if w <= 0 {
		w = 240
	}
	return fyne.NewSize(0, r.p.HeightFor(w))
}

// Layout takes texts from the pool; it makes new ones only when the paragraph
// has become longer than ever before.
func (r *paraRenderer) Layout(s fyne.Size) {
	r.size = s
	lines := r.p.lines(s.Width)
	if r.p.text == "" {
		lines = nil
	}
	size, height := r.p.size(look.Sizes()), r.p.lineHeight()
	for len(r.texts) < len(lines) {
		r.texts = append(r.texts, look.RunTexts{})
	}
	r.used = r.used[:0]
	for i, line := range lines {
		x := float32(0)
		if r.p.Align == fyne.TextAlignCenter {
			x = (s.Width - look.MeasureRuns(line, size, r.p.style())) / 2
		}
		t := &r.texts[i]
		t.Show(line, fyne.NewPos(x, float32(i)*height), height, size, r.p.style(), r.p.ink)
		r.used = t.Objects(r.used)
	}
}

func (r *paraRenderer) Refresh() {
	r.Layout(r.size)
	for _, o := range r.used {
		o.Refresh()
	}
	canvas.Refresh(r.p)
}

// wrap breaks text into lines that fit a width.
func wrap(text string, width, size float32, style fyne.TextStyle) []string {
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapPart(part, width, size, style)...)
	}
	return lines
}

func wrapPart(text string, width, size float32, style fyne.TextStyle) []string {
	measure := func(s string) float32 { return look.MeasureRuns(s, size, style) }
	var lines []string
	line := ""
	for rest, state := text, -1; rest != ""; {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		if line == "" || measure(strings.TrimRight(line+segment, " ")) <= width {
			line += segment
		} else {
			lines = append(lines, strings.TrimRight(line, " "))
			line = segment
		}
		for measure(strings.TrimRight(line, " ")) > width && width > size {
			head, tail := breakWord(line, width, measure)
			if tail == "" {
				break
			}
			lines = append(lines, head)
			line = tail
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// breakWord splits a word that is wider than a line; the head holds at least one
// character.
func breakWord(word string, width float32, measure func(string) float32) (head, tail string) {
	at := 0
	for rest, state := word, -1; rest != ""; {
		var g string
		g, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if at > 0 && measure(word[:at+len(g)]) > width {
			return word[:at], word[at:]
		}
		at += len(g)
	}
	return word, ""
}
