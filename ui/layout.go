package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// flexible is an object whose height depends on its width, such as wrapped text.
// The toolkit's minimum sizes cannot say that, so our layouts ask.
type flexible interface {
	HeightFor(width float32) float32
}

// heightFor returns the height an object wants at a width.
func heightFor(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case flexible:
		return o.HeightFor(width)
	case *fyne.Container:
		if l, ok := o.Layout.(flexLayout); ok {
			return l.heightFor(o.Objects, width)
		}
	}
	return o.MinSize().Height
}

// lay moves and resizes an object where that changes anything: to move one has the
// window painted, even to where it is.
func lay(o fyne.CanvasObject, x, y, width, height float32) {
	if at := fyne.NewPos(x, y); o.Position() != at {
		o.Move(at)
	}
	if size := fyne.NewSize(width, height); o.Size() != size {
		o.Resize(size)
	}
}

// flexLayout is a layout that knows the height for a width.
type flexLayout interface {
	fyne.Layout
	heightFor(objects []fyne.CanvasObject, width float32) float32
}

// composed is a type of ours that keeps a container: the toolkit walks into
// containers only where it meets them by their own type.
type composed interface{ canvasObject() fyne.CanvasObject }

// plain replaces composed objects by what they keep.
func plain(objects []fyne.CanvasObject) []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, len(objects))
	for i, o := range objects {
		if c, ok := o.(composed); ok {
			o = c.canvasObject()
		}
		out[i] = o
	}
	return out
}

// column stacks objects from top to bottom, all as wide as the column.
func column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{gap: gap, grow: -1}, plain(objects)...)
}

// columnGrow is a column in which one object takes the height that is left.
func columnGrow(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnLayout{gap: gap, grow: grow}, plain(objects)...)
}

type columnLayout struct {
	gap  float32
	grow int     // index of the object that takes the rest; -1 none
	last float32 // width of the last layout, for MinSize
}

func (l *columnLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	any := false
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if any {
			h += l.gap
		}
		any = true
		h += heightFor(o, width)
	}
	return h
}

func (l *columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range objects {
		if o.Visible() {
			w = max(w, o.MinSize().Width)
		}
	}
	return fyne.NewSize(w, l.heightFor(objects, max(w, l.last)))
}

func (l *columnLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.last = s.Width
	rest := s.Height - l.heightFor(objects, s.Width)
	var y float32
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		h := heightFor(o, s.Width)
		if i == l.grow {
			h = max(0, h+rest)
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(s.Width, h))
		y += h + l.gap
	}
}

// row puts objects side by side, each as wide as it needs, centred in height.
func row(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, grow: -1}, plain(objects)...)
}

// rowGrow is a row in which one object takes the width that is left.
func rowGrow(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, grow: grow}, plain(objects)...)
}

// rowEnd is a row that sits at the right end.
func rowEnd(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap, grow: -1, end: true}, plain(objects)...)
}

type rowLayout struct {
	gap  float32
	grow int
	end  bool
	// roomy lets the flow at the end have its objects side by side as long as half of the
	// row is left to the object that grows; otherwise it is as narrow as it can be, and
	// where that leaves less than half, too, or makes the row higher, it stands below.
	roomy bool
}

func (l *rowLayout) widths(objects []fyne.CanvasObject, width float32) []float32 {
	w := make([]float32, len(objects))
	used, shown := float32(0), 0
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		shown++
		if i != l.grow {
			w[i] = o.MinSize().Width
			used += w[i]
		}
	}
	if l.grow >= 0 && l.grow < len(objects) && objects[l.grow].Visible() {
		w[l.grow] = max(0, width-used-l.gap*float32(max(0, shown-1)))
		if l.roomy {
			l.spread(objects, w, width/2)
		}
	}
	return w
}

// spread gives flows a line of their own, which the object that grows loses, while that
// keeps so much.
func (l *rowLayout) spread(objects []fyne.CanvasObject, w []float32, keep float32) {
	for i, o := range objects {
		c, ok := o.(*fyne.Container)
		if !ok || !o.Visible() {
			continue
		}
		f, ok := c.Layout.(*flowLayout)
		if !ok {
			continue
		}
		if more := (&rowLayout{gap: f.gap}).MinSize(c.Objects).Width - w[i]; more > 0 && w[l.grow]-more >= keep {
			w[i] += more
			w[l.grow] -= more
		}
	}
}

// below splits off the flow at the end of a roomy row that has no room beside; nil if it has.
func (l *rowLayout) below(objects []fyne.CanvasObject, width float32) (beside []fyne.CanvasObject, under fyne.CanvasObject) {
	last := len(objects) - 1
	if !l.roomy || last <= l.grow || !objects[last].Visible() || objects[last].MinSize().Width == 0 {
		return objects, nil
	}
	beside, under = objects[:last], objects[last]
	if l.widths(objects, width)[l.grow] >= width/2 && l.besideHeight(objects, width) <= l.besideHeight(beside, width)+heightFor(under, width) {
		return objects, nil // and it is not higher so
	}
	return beside, under
}

// besideHeight is the height of objects that all stand side by side.
func (l *rowLayout) besideHeight(objects []fyne.CanvasObject, width float32) (h float32) {
	for i, w := range l.widths(objects, width) {
		if objects[i].Visible() {
			h = max(h, heightFor(objects[i], w))
		}
	}
	return h
}

func (l *rowLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if beside, under := l.below(objects, width); under != nil {
		return l.besideHeight(beside, width) + heightFor(under, width)
	}
	return l.besideHeight(objects, width)
}

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	shown := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		shown++
		m := o.MinSize()
		s.Width += m.Width
		s.Height = max(s.Height, m.Height)
	}
	s.Width += l.gap * float32(max(0, shown-1))
	return s
}

func (l *rowLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	x := float32(0)
	if beside, under := l.below(objects, s.Width); under != nil {
		h := heightFor(under, s.Width)
		under.Move(fyne.NewPos(0, s.Height-h))
		under.Resize(fyne.NewSize(s.Width, h))
		objects, s.Height = beside, s.Height-h
	}
	if l.end {
		x = max(0, s.Width-l.MinSize(objects).Width)
	}
	for i, w := range l.widths(objects, s.Width) {
		o := objects[i]
		if !o.Visible() {
			continue
		}
		h := min(heightFor(o, w), s.Height)
		o.Move(fyne.NewPos(x, (s.Height-h)/2))
		o.Resize(fyne.NewSize(w, h))
		x += w + l.gap
	}
}

// flow puts objects side by side and goes to a next line where they do not fit.
func flow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap}, objects...)
}

// flowEnd is a flow whose lines end at the right.
func flowEnd(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap, shift: 1}, objects...)
}

// flowCentre is a flow whose lines are centred.
func flowCentre(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap, shift: 0.5}, objects...)
}

type flowLayout struct {
	gap   float32
	shift float32 // part of the free space that goes to the left: 0, ½ or 1
	last  float32
}

// place computes where each object goes and the height in all.
func (l *flowLayout) place(objects []fyne.CanvasObject, width float32) (at []fyne.Position, height float32) {
	at = make([]fyne.Position, len(objects))
	var x, y, line float32
	from := 0
	finish := func(to int) {
		shift := l.shift * max(0, width-(x-l.gap))
		for i := from; shift > 0 && i < to; i++ {
			at[i].X += shift
		}
		from = to
	}
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if x > 0 && x+m.Width > width+0.5 {
			finish(i)
			x, y, line = 0, y+line+l.gap, 0
		}
		at[i] = fyne.NewPos(x, y)
		x += m.Width + l.gap
		line = max(line, m.Height)
	}
	finish(len(objects))
	return at, y + line
}

func (l *flowLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	_, h := l.place(objects, width)
	return h
}

func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range objects {
		if o.Visible() {
			w = max(w, o.MinSize().Width)
		}
	}
	return fyne.NewSize(w, l.heightFor(objects, max(w, l.last)))
}

func (l *flowLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.last = s.Width
	at, _ := l.place(objects, s.Width)
	for i, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			m.Width = min(m.Width, s.Width)
			o.Move(at[i])
			o.Resize(m)
		}
	}
}

// inset puts space around an object.
func inset(left, top, right, bottom float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&insetLayout{left, top, right, bottom}, o)
}

type insetLayout struct{ left, top, right, bottom float32 }

func (l *insetLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return heightFor(objects[0], width-l.left-l.right) + l.top + l.bottom
}

func (l *insetLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(l.left+l.right, l.top+l.bottom)
}

func (l *insetLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	objects[0].Move(fyne.NewPos(l.left, l.top))
	objects[0].Resize(s.SubtractWidthHeight(l.left+l.right, l.top+l.bottom))
}

// centred puts an object of its own minimum size into the middle.
func centred(o fyne.CanvasObject) *fyne.Container { return container.NewCenter(o) }

// gap is empty space of a height.
func gap(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(0, height))
	return r
}

// newBoxed puts content into a rounded box; its height follows the content's width.
func newBoxed(fill look.Ink, edge look.Ink, padX, padY float32, content fyne.CanvasObject) *fyne.Container {
	back := look.NewBox(fill, look.Radius, nil)
	back.Edge = edge
	return container.New(&boxedLayout{insetLayout{padX, padY, padX, padY}}, back, content)
}

// boxedLayout lays the first object behind the second, which has space around it.
type boxedLayout struct{ inset insetLayout }

func (l *boxedLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.inset.heightFor(objects[1:], width)
}

func (l *boxedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.inset.MinSize(objects[1:])
}

func (l *boxedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	objects[0].Resize(s)
	l.inset.Layout(objects[1:], s)
}

// page is content that scrolls when the window is too low, in a column of limited
// width, centred.
type page struct {
	widget.BaseWidget
	content fyne.CanvasObject
	width   float32 // widest content
	pad     float32
	top     bool    // content begins at the top instead of the middle
	above   float32 // more space above, for what floats there
	bar     float32 // kept free at the right for the scroll bar
	scroll  *look.Scroll
	inner   *fyne.Container
	want    float32 // height the content wants at the present width
}

func newPage(width, pad float32, content fyne.CanvasObject) *page {
	p := &page{content: content, width: width, pad: pad}
	p.inner = container.New((*pageLayout)(p), content)
	p.scroll = look.NewVScroll(p.inner)
	p.ExtendBaseWidget(p)
	return p
}

func (p *page) column(width float32) float32 { return max(0, min(p.width, width-2*p.pad-p.bar)) }

// HeightFor implements flexible.
func (p *page) HeightFor(width float32) float32 {
	return heightFor(p.content, p.column(width)) + 2*p.pad + p.above
}

// CreateRenderer implements fyne.Widget.
func (p *page) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	return &pageRenderer{p} // keeps nothing by itself, so that it need not be laid out
}

type pageRenderer struct{ page *page }

func (r *pageRenderer) Destroy()                     {}
func (r *pageRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, 1) }
func (r *pageRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.page.scroll} }

func (r *pageRenderer) Layout(s fyne.Size) {
	r.page.want = r.page.HeightFor(s.Width)
	r.page.scroll.Resize(s)
	r.page.revealAgain()
}

// Refresh lays out anew, because content may have become higher.
func (r *pageRenderer) Refresh() {
	r.page.want = r.page.HeightFor(r.page.Size().Width)
	r.page.inner.Refresh()
	r.page.scroll.Refresh()
}

// pageLayout is the layout inside the scroll of a page.
type pageLayout page

// MinSize implements fyne.Layout.
func (l *pageLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, l.want) }

// Layout implements fyne.Layout.
func (l *pageLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := (*page)(l).column(s.Width)
	h := heightFor(objects[0], w)
	y := l.pad + l.above
	if !l.top {
		y = max(y, (s.Height-h)*0.42)
	}
	objects[0].Move(fyne.NewPos((s.Width-l.bar-w)/2, y))
	objects[0].Resize(fyne.NewSize(w, h))
}
