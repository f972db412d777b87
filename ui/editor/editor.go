package editor

import (
	"image/color"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
	"hearth/ui/textblock"
)

// Editor is a field in which one writes: of several lines after Init, of one after
// InitLine. It stands in a box of its owner's, is as high as SetRows says, and scrolls
// inside. All of it belongs to the UI goroutine.
type Editor struct {
	widget.DisableableWidget
	// Self is the widget in the tree, where a type embeds this one.
	Self fyne.Focusable
	// OnChanged is told the text whenever it is another.
	OnChanged func(string)
	// OnMoved is told when the caret or the text has moved.
	OnMoved func()
	// Bar shows how much of the text is in view, if that is not all. It stands at the edge
	// of the owner's box and is drawn by the owner; see PlaceBar.
	Bar *canvas.Rectangle
	// OnSubmitted is told the text of a line when Enter is pressed; it may be nil.
	OnSubmitted func(string)
	// Whole has what is in a line selected when it gets the focus, also by a click: what
	// is typed takes its place.
	Whole bool

	buffer Buffer
	hint   string
	rows   int

	late  bool    // the caret stands at the end of its line, not at the beginning of the next
	goal  float32 // where up and down go to; below zero: where the caret is
	top   float32 // how far it is scrolled
	past  float32 // how far a line is scrolled from where its text begins
	shift bool    // the key is held
	here  bool    // it has the focus

	reached reached
	pressed pressed
	laid    laid
	view    textblock.View
	layer   *fyne.Container
	text    *fyne.Container // the layer and the caret
	clip    *container.Clip // where they show
	caret   *canvas.Rectangle
	spot    *canvas.Rectangle // nobody sees it, but it is always in view
}

// pressed is what the mouse does.
type pressed struct {
	from   textblock.Range // what was selected first
	clicks int
	at     time.Time
	pos    fyne.Position
}

// laid is the text as it is shown, and what it was laid out for.
type laid struct {
	text   string
	width  float32
	font   textblock.Font
	tabs   bool
	hidden bool
	layout *textblock.Layout
}

// Distances between the text and the edges.
const (
	Pad        float32 = 8
	caretWidth float32 = 2
	BarWidth   float32 = 4
)

// Init prepares an editor of several lines, which must not be moved afterwards. Call it
// before ExtendBaseWidget.
func (e *Editor) Init() {
	e.rows, e.goal = 1, -1
	e.caret, e.Bar = &canvas.Rectangle{}, &canvas.Rectangle{CornerRadius: BarWidth / 2}
	e.layer = pile()
	e.text = pile(e.layer, e.caret)
	e.clip = container.NewClip(e.text)
	e.spot = canvas.NewRectangle(color.Transparent) // without a colour the software painter fails
	e.spot.Resize(fyne.NewSquareSize(1))
}

// pile holds what is drawn; it leaves it where it is.
func pile(objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: still{}, Objects: objects}
}

type still struct{}

// Layout implements fyne.Layout.
func (still) Layout([]fyne.CanvasObject, fyne.Size) {}

// MinSize implements fyne.Layout.
func (still) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Text returns the text.
func (e *Editor) Text() string { return e.buffer.Text() }

// Selected returns the selected text.
func (e *Editor) Selected() string { return e.buffer.Selected() }

// Caret is where it stands, in bytes.
func (e *Editor) Caret() int { return e.buffer.Caret() }

// SetText puts another text in place of all; there is nothing to undo then.
func (e *Editor) SetText(text string) {
	before := e.Text()
	e.buffer.Set(text)
	e.late, e.goal = false, -1
	if !e.here {
		e.past = 0
	}
	if now := e.Text(); now != before && e.OnChanged != nil {
		e.OnChanged(now)
	}
	e.follow()
}

// SetHint changes what stands in it while it is empty; it must fit into a line.
func (e *Editor) SetHint(hint string) {
	if hint != e.hint {
		e.hint = hint
		e.draw()
	}
}

// Hint is what stands in it while it is empty.
func (e *Editor) Hint() string { return e.hint }

// SetRows changes how many lines it is high.
func (e *Editor) SetRows(n int) {
	if n != e.rows {
		e.rows = n
		e.Refresh()
	}
}

// Rows is how many lines the text takes at a width of the editor.
func (e *Editor) Rows(width float32) int { return len(e.lay(width).Lines) }

// Once runs f, and what it changes is one step for Undo.
func (e *Editor) Once(f func()) { e.change(func() { e.buffer.Once(f) }) }

// Insert puts text in the place of what is selected, or where the caret is.
func (e *Editor) Insert(text string) { e.change(func() { e.buffer.Insert(text) }) }

// Erase takes away what lies between two places.
func (e *Editor) Erase(start, end int) { e.change(func() { e.buffer.Erase(start, end) }) }

// Select selects what lies between two places, with the caret at the second.
func (e *Editor) Select(from, to int) { e.change(func() { e.buffer.Select(from, to) }) }

// change runs what may change text or caret, tells of it and shows it.
func (e *Editor) change(f func()) {
	before := e.Text()
	e.late, e.goal = false, -1
	f()
	if e.buffer.deep > 0 { // a part of something that tells itself
		return
	}
	if now := e.Text(); now != before && e.OnChanged != nil {
		e.OnChanged(now)
	}
	e.follow()
}

// follow scrolls to the caret, and shows what has changed.
func (e *Editor) follow() {
	if e.Size().Width > 0 { // or it would be laid out for nothing
		if at := e.caretAt(); e.buffer.line {
			e.followLine(at.X)
		} else if at.Y < e.top {
			e.top = at.Y
		} else if bottom := at.Y + e.font().Line; bottom > e.top+e.visible() {
			e.top = bottom - e.visible()
		}
		e.draw()
	}
	if e.OnMoved != nil {
		e.OnMoved()
	}
}

// visible is how high the part is in which text shows.
func (e *Editor) visible() float32 { return max(e.font().Line, e.Size().Height-2*Pad) }

func (e *Editor) font() textblock.Font {
	s := look.Sizes()
	return textblock.Font{Size: s.Body, Line: float32(int(s.Line + 0.5))}
}

const tab = "    "

// lay lays the text out for a width of the editor. Tabs are as wide as in messages.
func (e *Editor) lay(width float32) *textblock.Layout {
	font, text := e.font(), e.Text()
	if width -= 2 * Pad; !e.buffer.line {
		width = max(4*font.Size, width)
	}
	hidden := e.buffer.hidden
	if l := &e.laid; l.layout == nil || l.text != text || l.width != width || l.font != font || l.hidden != hidden {
		*l = laid{text: text, width: width, font: font, hidden: hidden, tabs: !hidden && strings.Contains(text, "\t")}
		if l.tabs {
			text = strings.ReplaceAll(text, "\t", tab)
		}
		if hidden {
			text = strings.Repeat(dot, utf8.RuneCountInString(text))
		}
		if e.buffer.line {
			l.layout = textblock.Raw(text).Line(width, font)
		} else {
			l.layout = textblock.Draft(text).Wrap(width, font)
		}
	}
	return e.laid.layout
}

func (e *Editor) layout() *textblock.Layout { return e.lay(e.Size().Width) }

// shown is where a place of the text is in the layout, written the place of one there.
func (e *Editor) shown(at int) int {
	switch {
	case e.laid.hidden:
		return len(dot) * utf8.RuneCountInString(e.laid.text[:at])
	case e.laid.tabs:
		return at + (len(tab)-1)*strings.Count(e.laid.text[:at], "\t")
	}
	return at
}

func (e *Editor) written(at int) int {
	switch {
	case e.laid.hidden:
		return bytesOf(e.laid.text, at/len(dot))
	case !e.laid.tabs:
		return at
	}
	for i := range len(e.laid.text) {
		wide := 1
		if e.laid.text[i] == '\t' {
			wide = len(tab)
		}
		if at < wide/2+1 {
			return i
		}
		at -= wide
	}
	return len(e.laid.text)
}

// caretAt is where the caret stands in the layout.
func (e *Editor) caretAt() fyne.Position {
	l := e.layout()
	return l.Caret(e.shown(e.buffer.Caret()), e.late)
}

// At is where a place in the text stands in the editor: the upper end of its letter's line.
func (e *Editor) At(offset int) fyne.Position {
	return e.layout().Caret(e.shown(offset), false).AddXY(Pad, Pad-e.top)
}

// draw sets up what shows.
func (e *Editor) draw() {
	if e.layer == nil || e.Size().Width <= 0 {
		return
	}
	l, p := e.layout(), look.Now()
	high := e.visible()
	e.top = max(0, min(e.top, l.Height-high))
	inks := textblock.Colors{Text: p.Text, Marked: p.Marked}
	if e.buffer.line && e.Disabled() {
		inks.Text = p.Faint
	}
	chosen := textblock.Range{}
	at := fyne.NewPos(Pad, Pad-e.top)
	place := textblock.Place{At: at, Top: max(0, e.top-Pad), Bottom: e.top + high + Pad}
	if e.buffer.line {
		place = e.linePlace()
		at = place.At
	}
	if e.Text() == "" {
		l = e.hintLayout()
		inks.Text = p.Faint
	} else if e.marks() {
		start, end := e.buffer.Selection()
		chosen = textblock.Range{Start: e.shown(start), End: e.shown(end)}
	}
	e.view.Show(l, place, inks, chosen)
	e.layer.Objects = e.view.Objects(e.layer.Objects[:0:0])
	e.caret.Hidden = !e.here || e.Disabled()
	e.caret.FillColor = p.Accent
	stands := e.caretAt().Add(at)
	e.caret.Move(fyne.NewPos(min(max(stands.X-caretWidth/2, 0), e.Size().Width-caretWidth), stands.Y+1))
	e.caret.Resize(fyne.NewSize(caretWidth, e.font().Line-2))
	e.drawClip()
	e.drawBar()
	// The cheapest way to have the window painted, with something that is in view: of what
	// it has not painted the toolkit does not know the window.
	canvas.Refresh(e.spot)
}

// drawClip keeps the padding free where the text goes on, so that it is not cut at the
// border of the box.
func (e *Editor) drawClip() {
	if e.buffer.line {
		e.clipLine()
		return
	}
	upper, lower := float32(0), e.Size().Height
	if e.top > 0 {
		upper = Pad
	}
	if e.top+e.visible() < e.laid.layout.Height-0.5 {
		lower -= Pad
	}
	e.clip.Move(fyne.NewPos(0, upper))
	e.clip.Resize(fyne.NewSize(e.Size().Width, max(0, lower-upper)))
	e.text.Move(fyne.NewPos(0, -upper))
}

// Long reports whether the text is longer than the box.
func (e *Editor) Long() bool {
	return e.Size().Width > 0 && e.Text() != "" && e.layout().Height > e.visible()+0.5
}

// PlaceBar says where the bar begins, in the owner's box, in which the editor has its place.
func (e *Editor) PlaceBar(x float32) {
	e.Bar.Move(fyne.NewPos(x, 0))
	if e.Size().Width > 0 {
		e.drawBar()
	}
}

// drawBar moves the bar to the part that is in view.
func (e *Editor) drawBar() {
	e.Bar.Hidden = !e.Long() || e.Hidden
	if e.Bar.Hidden {
		return
	}
	whole, high := e.laid.layout.Height, e.visible()
	e.Bar.FillColor = look.Now().Scroll
	long := max(16, high*high/whole)
	e.Bar.Move(fyne.NewPos(e.Bar.Position().X, e.Position().Y+Pad+(high-long)*e.top/(whole-high)))
	e.Bar.Resize(fyne.NewSize(BarWidth, long))
}

// Resize implements fyne.CanvasObject. What shows is set up here, outside Layout.
func (e *Editor) Resize(s fyne.Size) {
	if s == e.Size() {
		return
	}
	e.DisableableWidget.Resize(s)
	if e.layer != nil {
		e.follow()
	}
}

// CreateRenderer implements fyne.Widget.
func (e *Editor) CreateRenderer() fyne.WidgetRenderer {
	e.draw()
	return &renderer{e: e, objects: []fyne.CanvasObject{e.spot, e.clip}}
}

// renderer does nothing in Layout.
type renderer struct {
	e       *Editor
	objects []fyne.CanvasObject
}

func (r *renderer) Destroy()                     {}
func (r *renderer) Layout(fyne.Size)             {}
func (r *renderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *renderer) Refresh()                     { r.e.draw() }

func (r *renderer) MinSize() fyne.Size {
	return fyne.NewSize(4*r.e.font().Size, float32(r.e.rows)*r.e.font().Line+2*Pad)
}

// FocusGained implements fyne.Focusable.
func (e *Editor) FocusGained() {
	e.here = true
	if e.buffer.line {
		e.arrive()
		return
	}
	e.draw()
}

// FocusLost implements fyne.Focusable.
func (e *Editor) FocusLost() {
	e.here, e.shift = false, false
	e.buffer.history.Close()
	e.draw()
}

// Enable implements fyne.Disableable.
func (e *Editor) Enable() {
	e.DisableableWidget.Enable()
	e.draw()
}

// Disable implements fyne.Disableable.
func (e *Editor) Disable() {
	e.DisableableWidget.Disable()
	e.draw()
}

// TypedRune implements fyne.Focusable.
func (e *Editor) TypedRune(r rune) {
	if !e.Disabled() {
		e.change(func() { e.buffer.Type(r) })
	}
}

// KeyDown implements desktop.Keyable.
func (e *Editor) KeyDown(k *fyne.KeyEvent) { e.shift = e.shift || isShift(k) }

// KeyUp implements desktop.Keyable.
func (e *Editor) KeyUp(k *fyne.KeyEvent) { e.shift = e.shift && !isShift(k) }

// Shift reports whether the key is held.
func (e *Editor) Shift() bool { return e.shift }

// Cursor implements desktop.Cursorable.
func (e *Editor) Cursor() desktop.Cursor { return desktop.TextCursor }

// Scroll moves the text down. It is for an owner that takes the wheel: a line leaves it to
// the page that it is on.
func (e *Editor) Scroll(by float32) {
	e.top -= by
	e.draw()
}
