package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Scroll is the toolkit's, and has its bar where it belongs also after the toolkit has let
// go of its renderer; see [Laid].
type Scroll struct{ container.Scroll }

// NewVScroll returns a scroll that goes up and down.
func NewVScroll(content fyne.CanvasObject) *Scroll {
	s := &Scroll{}
	s.Content, s.Direction = content, container.ScrollVerticalOnly
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer { return Laid(s, s.Scroll.CreateRenderer()) }
