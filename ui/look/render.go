package look

import (
	"fyne.io/fyne/v2"
)

// RendererParts are the functions of a widget that NewRenderer ties together.
// Layout must be pure: move and resize the objects made with the widget, never
// make or refresh any, or the window repaints for ever.
type RendererParts struct {
	Objects []fyne.CanvasObject
	Min     func() fyne.Size
	Layout  func(fyne.Size)
	Refresh func() // takes over colours and sizes of the theme; may be nil
}

// NewRenderer is the renderer of widgets made of a fixed set of objects.
func NewRenderer(p RendererParts) fyne.WidgetRenderer { return &renderer{parts: p} }

type renderer struct {
	parts RendererParts
	size  fyne.Size // of the last layout
}

func (r *renderer) Destroy()                     {}
func (r *renderer) MinSize() fyne.Size           { return r.parts.Min() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.parts.Objects }

func (r *renderer) Layout(s fyne.Size) {
	r.size = s
	r.parts.Layout(s)
}

func (r *renderer) Refresh() {
	if r.parts.Refresh != nil {
		r.parts.Refresh()
	}
	r.parts.Layout(r.size)
	for _, o := range r.parts.Objects {
		o.Refresh()
	}
}
