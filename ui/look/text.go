package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/rivo/uniseg"
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
	l.ink = ink
	l.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	l.ExtendBaseWidget(l)
	t := canvas.NewText(l.text, l.ink(Now()))
	var elided struct { // what the last layout fitted
		text  string
		width float32
		size  float32
	}
	refresh := func() {
		t.Color, t.TextSize = l.ink(Now()), l.size(Sizes())
		t.TextStyle = fyne.TextStyle{Bold: l.Bold}
		elided.width = -1
	}
	refresh()
	return NewRenderer(RendererParts{
		Objects: []fyne.CanvasObject{t},
		Min: func() fyne.Size {
			s := fyne.MeasureText(l.text, l.size(Sizes()), fyne.TextStyle{Bold: l.Bold})
			if l.MinWidth >= 0 {
				s.Width = l.MinWidth
			}
			return s
		},
		Layout: func(s fyne.Size) {
			if elided.width != s.Width || elided.text != l.text || elided.size != t.TextSize {
				t.Text = Elide(l.text, s.Width, t.TextSize, t.TextStyle)
				elided.text, elided.width, elided.size = l.text, s.Width, t.TextSize
			}
			ts := t.MinSize()
			x := float32(0)
			switch l.Align {
			case fyne.TextAlignCenter:
				x = (s.Width - ts.Width) / 2
			case fyne.TextAlignTrailing:
				x = s.Width - ts.Width
			}
			t.Move(fyne.NewPos(x, (s.Height-ts.Height)/2))
			t.Resize(ts)
		},
		Refresh: refresh,
	})
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
		g, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		at += len(g)
		ends = append(ends, at)
	}
	whole := ends[len(ends)-1] == len(text)
	if whole && fyne.MeasureText(text, size, style).Width <= width+0.5 {
		return text
	}
	low, high := 0, len(ends) // number of characters kept
	for low < high {
		mid := (low + high + 1) / 2
		if fyne.MeasureText(text[:ends[mid-1]]+"…", size, style).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low == 0 {
		return "…"
	}
	return text[:ends[low-1]] + "…"
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
