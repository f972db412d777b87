package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Size chooses a text size from the sizes in use, like an [Ink] for lengths.
type Size func(TextSizes) float32

// The sizes by role.
func Body(s TextSizes) float32     { return s.Body }     // Body is for messages and most things.
func Preview(s TextSizes) float32  { return s.Preview }  // Preview is for second lines.
func Caption(s TextSizes) float32  { return s.Caption }  // Caption is for times and badges.
func Title(s TextSizes) float32    { return s.Title }    // Title heads a room or dialog.
func AppTitle(s TextSizes) float32 { return s.AppTitle } // AppTitle stands over the side bar.
func Display(s TextSizes) float32  { return s.Display }  // Display is for welcome pages.

// Line is one line of text that never overflows: what does not fit ends in "…".
// Its minimum width is MinWidth, not that of the text, so that rows may shrink;
// with MinWidth -1 it is the text's own.
type Line struct {
	widget.BaseWidget
	Bold     bool
	Align    fyne.TextAlign
	MinWidth float32

	text string
	size Size
	ink  Ink
}

// NewLine returns a line that asks for as much room as its text needs.
func NewLine(text string, size Size, ink Ink) *Line {
	l := &Line{text: text, size: size, ink: ink, MinWidth: -1}
	l.ExtendBaseWidget(l)
	return l
}

// NewElided returns a line that may shrink to nothing; for names and previews.
func NewElided(text string, size Size, ink Ink) *Line {
	l := NewLine(text, size, ink)
	l.MinWidth = 0
	return l
}

// NewStrong returns a bold line that may shrink to nothing; for names and titles.
func NewStrong(text string, size Size, ink Ink) *Line {
	l := NewElided(text, size, ink)
	l.Bold = true
	return l
}

// Text returns the whole text.
func (l *Line) Text() string { return l.text }

// Natural is the width of the whole text.
func (l *Line) Natural() float32 {
	return MeasureRuns(oneLine(l.text), l.size(Sizes()), fyne.TextStyle{Bold: l.Bold})
}

// SetText changes the text. It is shown as it is: clean names and other people's
// words with package linkguard first.
func (l *Line) SetText(s string) {
	if s != l.text {
		l.text = s
		l.Refresh()
	}
}

// SetInk changes the colour.
func (l *Line) SetInk(ink Ink) {
	same := sameInk(l.ink, ink)
	l.ink = ink
	if !same {
		l.Refresh()
	}
}

// AccessibilityLabel implements fyne.Accessible.
func (l *Line) AccessibilityLabel() string { return l.text }

// AccessibilityRole implements fyne.Accessible.
func (*Line) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	l.ExtendBaseWidget(l)
	return Laid(l, &lineRenderer{l: l, made: madeOf{area: fyne.NewSize(-1, -1)}})
}

// lineRenderer draws the line in runs of one script. The runs depend on the
// width, so that they are made in Layout: only when width or text differ from the
// last time, and without refreshing anything.
type lineRenderer struct {
	l       *Line
	runs    RunTexts
	objects []fyne.CanvasObject

	made madeOf
}

// madeOf is what the runs were made of.
type madeOf struct {
	text  string
	area  fyne.Size
	size  float32
	style fyne.TextStyle
	align fyne.TextAlign
	color color.NRGBA
	scale float32 // of the window, which emoji are drawn for
}

func (r *lineRenderer) Destroy()                     {}
func (r *lineRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *lineRenderer) style() (float32, fyne.TextStyle) {
	return r.l.size(Sizes()), fyne.TextStyle{Bold: r.l.Bold}
}

func (r *lineRenderer) MinSize() fyne.Size {
	size, style := r.style()
	s := fyne.NewSize(r.l.MinWidth, fyne.MeasureText("x", size, style).Height)
	if r.l.MinWidth < 0 {
		s.Width = MeasureRuns(oneLine(r.l.text), size, style)
	}
	return s
}

func (r *lineRenderer) Layout(s fyne.Size) {
	if r.made.area == s && r.made.text == r.l.text {
		return
	}
	r.show(r.now(s))
}

func (r *lineRenderer) now(s fyne.Size) madeOf {
	size, style := r.style()
	return madeOf{r.l.text, s, size, style, r.l.Align, r.l.ink(Now()), Scale()}
}

// show makes the runs. To measure is dear, so that callers compare first.
func (r *lineRenderer) show(m madeOf) {
	r.made = m
	s, size, style := m.area, m.size, m.style
	shown := Elide(r.l.text, s.Width, size, style)
	x := float32(0)
	switch r.l.Align {
	case fyne.TextAlignCenter:
		x = (s.Width - MeasureRuns(shown, size, style)) / 2
	case fyne.TextAlignTrailing:
		x = s.Width - MeasureRuns(shown, size, style)
	}
	r.runs.Show(shown, fyne.NewPos(x, 0), s.Height, size, style, r.l.ink)
	r.objects = r.runs.Objects(r.objects[:0])
}

func (r *lineRenderer) Refresh() {
	if m := r.now(r.l.Size()); m != r.made {
		r.show(m)
	}
	canvas.Refresh(r.l)
}

// Elide cuts text to a width, at a whole character, ending in "…". Line breaks
// become blanks.
func Elide(text string, width, size float32, style fyne.TextStyle) string {
	text = oneLine(text)
	if text == "" {
		return ""
	}
	const most = 400 // characters; more never fit, and measuring long text is dear
	var ends []int   // byte offsets after each character
	for rest, state, at := text, -1, 0; rest != "" && len(ends) < most; {
		var g string
		g, rest, state = Cluster(rest, state)
		at += len(g)
		ends = append(ends, at)
	}
	whole := ends[len(ends)-1] == len(text)
	if whole && MeasureRuns(text, size, style) <= width+0.5 {
		return text
	}
	n := mostThat(len(ends), int(width/(size*0.55)), func(n int) bool {
		return MeasureRuns(text[:ends[n-1]]+"…", size, style) <= width
	})
	if n == 0 {
		return "…"
	}
	return text[:ends[n-1]] + "…"
}

// mostThat is the greatest of 1 to most that fits, 0 if none does; what is smaller than
// one that fits, fits. It asks near a guess first: to ask is dear.
func mostThat(most, guess int, fits func(int) bool) int {
	low, high := 0, most // low fits, what is above high does not
	for step, at := 1, min(max(1, guess), most); low < high; step *= 2 {
		if fits(at) {
			low = at
			at += step
		} else {
			high = at - 1
			at -= step
		}
		if at <= low || at > high { // passed it: it is between
			at = (low + high + 1) / 2
		}
	}
	return low
}

func oneLine(s string) string {
	for i := range len(s) {
		if s[i] < ' ' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] < ' ' {
					b[j] = ' '
				}
			}
			return string(b)
		}
	}
	return s
}
