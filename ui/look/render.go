package look

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// RendererParts are the functions of a widget that NewRenderer ties together.
// Layout must be pure: move and resize the objects made with the widget, never
// make or refresh any, or the window repaints for ever.
type RendererParts struct {
	Of      sized // the widget
	Objects []fyne.CanvasObject
	Min     func() fyne.Size
	Layout  func(fyne.Size)
	Refresh func() // takes over colours and sizes of the theme; may be nil
}

// NewRenderer is the renderer of widgets made of a fixed set of objects.
func NewRenderer(p RendererParts) fyne.WidgetRenderer {
	return Laid(p.Of, &renderer{parts: p})
}

// sized is a widget, or what is embedded in one.
type sized interface{ Size() fyne.Size }

// Laid lays a new renderer out if its widget has a size, and returns it: what
// CreateRenderer of every widget ends with. The toolkit lets go of the renderers of what
// it has not painted for a minute, has new ones made when it is shown again, and tells
// those no size unless it changes: without this, whatever a renderer keeps by itself is
// gone then.
func Laid(of sized, r fyne.WidgetRenderer) fyne.WidgetRenderer {
	if s := of.Size(); s != (fyne.Size{}) {
		r.Layout(s)
	}
	return r
}

type renderer struct {
	parts RendererParts
	drawn map[*canvas.Image]drawn
}

// drawn is what a picture was when it was refreshed last.
type drawn struct {
	resource     fyne.Resource
	image        image.Image
	size         fyne.Size
	scale        float32 // of the window, 0 in none
	radius       float32
	translucency float64
	fill         canvas.ImageFill
	hidden       bool
}

func (r *renderer) Destroy()                     {}
func (r *renderer) MinSize() fyne.Size           { return r.parts.Min() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.parts.Objects }
func (r *renderer) Layout(s fyne.Size)           { r.parts.Layout(s) }

func (r *renderer) Refresh() {
	if r.parts.Refresh != nil {
		r.parts.Refresh()
	}
	r.parts.Layout(r.parts.Of.Size())
	for _, o := range r.parts.Objects {
		if img, ok := o.(*canvas.Image); ok {
			r.refreshImage(img)
			continue
		}
		o.Refresh()
	}
}

// refreshImage refreshes a picture that has changed. The toolkit reads and draws an
// SVG anew each time, which is most of what a refresh of a page full of icons costs.
func (r *renderer) refreshImage(img *canvas.Image) {
	resource := img.Resource
	now := drawn{
		resource: resource, size: img.Size(), radius: img.CornerRadius,
		translucency: img.Translucency, fill: img.FillMode, hidden: img.Hidden,
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(img); c != nil {
		now.scale = c.Scale()
	}
	if resource == nil { // else it is what the toolkit drew of the resource
		now.image = img.Image
	}
	if was, ok := r.drawn[img]; ok && was == now && img.File == "" {
		return
	}
	img.Refresh()
	if r.drawn == nil {
		r.drawn = map[*canvas.Image]drawn{}
	}
	r.drawn[img] = now
}
