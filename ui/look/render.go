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
