package look

import (
	"runtime"

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

// Scrolled implements fyne.Scrollable.
func (s *Scroll) Scrolled(e *fyne.ScrollEvent) {
	further := *e
	further.Scrolled.DX *= WheelGain
	further.Scrolled.DY *= WheelGain
	s.Scroll.Scrolled(&further)
}

// WheelGain makes as much of the wheel as people are used to: the toolkit counts 25 for a
// notch, but on macOS, where the system says how far; browsers and other messengers go
// about 100, three or four lines.
var WheelGain = func() float32 {
	if runtime.GOOS == "darwin" {
		return 1
	}
	return 4
}()

// CreateRenderer implements fyne.Widget.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer { return Laid(s, s.Scroll.CreateRenderer()) }
