package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// careted is an entry as the window has them.
type careted struct {
	widget.Entry
	caret *canvas.Rectangle
}

func (c *careted) CreateRenderer() fyne.WidgetRenderer {
	r := c.Entry.CreateRenderer()
	c.caret = caretOf(r)
	c.OnCursorChanged = ShowCaret(&c.Entry, r)
	return r
}

// TestCaret: where one writes is seen, behind what is typed, and only with the keyboard.
func TestCaret(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Options{}))
	e := &careted{}
	e.MultiLine, e.Wrapping = true, fyne.TextWrapWord
	e.ExtendBaseWidget(e)
	w := test.NewTempWindow(t, e)
	w.Resize(fyne.NewSize(300, 100))

	if e.caret == nil {
		t.Fatal("the toolkit has its caret elsewhere")
	}
	if e.caret.Visible() {
		t.Error("there is a caret without the keyboard")
	}
	w.Canvas().Focus(e)
	seen := func(after string) float32 {
		t.Helper()
		if !e.caret.Visible() || e.caret.Size().Width < 1 || e.caret.Size().Height < 10 {
			t.Errorf("after %s the caret is %v, visible %v", after, e.caret.Size(), e.caret.Visible())
		}
		if _, _, _, a := e.caret.FillColor.RGBA(); a != 0xffff {
			t.Errorf("after %s the caret has the colour %v", after, e.caret.FillColor)
		}
		return e.caret.Position().X
	}
	before := seen("focus")
	test.Type(e, "wide")
	behind := seen("typing")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if back := seen("going back"); before >= back || back >= behind {
		t.Errorf("the caret stands at %v, %v behind what was typed, %v a letter before", before, behind, back)
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if first := seen("a new line"); first != before || e.caret.Position().Y < e.caret.Size().Height {
		t.Errorf("on a new line the caret stands at %v", e.caret.Position())
	}
	w.Canvas().Unfocus()
	if e.caret.Visible() {
		t.Error("the caret stays without the keyboard")
	}
}
