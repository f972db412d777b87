package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// caretWidth is how wide the place where one writes is marked.
const caretWidth = 2

// ShowCaret gives an entry its caret, and a function to call whenever it has moved.
// The toolkit makes the caret as wide as the frame of an entry, and ours have none: see
// [Boxed]. It does not blink: the toolkit paints the whole window for that, which costs a
// tenth of a processor where pictures are drawn in software. renderer is the entry's own,
// just made.
func ShowCaret(e *widget.Entry, renderer fyne.WidgetRenderer) (moved func()) {
	caret := caretOf(renderer)
	return func() {
		if caret == nil {
			return
		}
		at := e.CursorPosition()
		caret.Resize(fyne.NewSize(caretWidth, caret.Size().Height))
		caret.Move(fyne.NewPos(at.X-caretWidth/2, at.Y))
	}
}

// LaidEntry is [Laid] for an entry's own renderer, before the entry has its caret: it is
// there at once if the entry has the focus.
func LaidEntry(e *widget.Entry, renderer fyne.WidgetRenderer) fyne.WidgetRenderer {
	if e.Size() == (fyne.Size{}) {
		return renderer
	}
	e.OnCursorChanged = nil // that of the renderer before
	renderer.Layout(e.Size())
	if content := contentOf(renderer); content != nil {
		content.CreateRenderer() // before that it does not know itself
		content.Refresh()
	}
	return renderer
}

// contentOf is what an entry lets scroll, nil if the toolkit has it elsewhere.
func contentOf(renderer fyne.WidgetRenderer) (content fyne.Widget) {
	for _, o := range renderer.Objects() {
		if scroll, ok := o.(*container.Scroll); ok {
			content, _ = scroll.Content.(fyne.Widget)
		}
	}
	return content
}

// caretOf finds the caret: it is the one rectangle in what an entry lets scroll.
func caretOf(renderer fyne.WidgetRenderer) (caret *canvas.Rectangle) {
	content := contentOf(renderer)
	if content == nil {
		return nil
	}
	for _, o := range content.CreateRenderer().Objects() {
		if r, ok := o.(*canvas.Rectangle); ok {
			caret = r
		}
	}
	return caret
}
