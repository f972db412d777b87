package emoji

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/emojiart"
	"hearth/ui/look"
)

// Image shows one emoji in a square. What we have no picture for is shown as
// text.
type Image struct {
	widget.BaseWidget
	cluster string
	side    float32
}

// NewImage returns an emoji of a given side length.
func NewImage(cluster string, side float32) *Image {
	i := &Image{cluster: cluster, side: side}
	i.ExtendBaseWidget(i)
	return i
}

// Set changes the emoji.
func (i *Image) Set(cluster string) {
	if cluster != i.cluster {
		i.cluster = cluster
		i.Refresh()
	}
}

// Emoji returns the emoji shown.
func (i *Image) Emoji() string { return i.cluster }

// CreateRenderer implements fyne.Widget.
func (i *Image) CreateRenderer() fyne.WidgetRenderer {
	i.ExtendBaseWidget(i)
	r := &imageRenderer{i: i}
	r.make()
	return look.Laid(i, r)
}

// imageRenderer makes its object anew when the emoji or the scale has changed.
type imageRenderer struct {
	i       *Image
	objects []fyne.CanvasObject

	// What the object was made of.
	cluster string
	scale   float32
}

func (r *imageRenderer) Destroy()                     {}
func (r *imageRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *imageRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(r.i.side) }

func (r *imageRenderer) make() {
	scale := look.Scale()
	if n := emojiart.Count(r.i.cluster); n > 0 {
		if r.cluster == r.i.cluster && r.scale == scale {
			return
		}
		r.cluster, r.scale = r.i.cluster, scale
		side := r.i.side / float32(n) // parts of an emoji without a picture share the room
		r.objects = []fyne.CanvasObject{emojiart.Row([]string{r.i.cluster}, emojiart.CellOf(side, 0, scale))}
		return
	}
	r.cluster = ""
	text := canvas.NewText(r.i.cluster, look.Now().Text)
	text.TextSize = r.i.side * 0.8
	r.objects = []fyne.CanvasObject{text}
}

func (r *imageRenderer) Layout(s fyne.Size) {
	for _, o := range r.objects {
		size := o.Size()
		if t, ok := o.(*canvas.Text); ok {
			size = t.MinSize()
			t.Resize(size)
		}
		o.Move(fyne.NewPos((s.Width-size.Width)/2, (s.Height-size.Height)/2))
	}
}

func (r *imageRenderer) Refresh() {
	r.make()
	r.Layout(r.i.Size())
	canvas.Refresh(r.i)
}
