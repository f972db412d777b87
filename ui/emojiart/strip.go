package emojiart

import (
	"container/list"
	"image"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/internal/emoji"
)

// Cell is the room one picture takes in a row, in the pixels of the screen.
type Cell struct {
	side, gap int
	scale     float32
}

// Of a text size.
const (
	sideOf = 1.28
	gapOf  = 0.08
	// RiseOf is how far the middle of a picture stands above the base line.
	RiseOf = 0.34
)

// CellFor is the cell that suits a text size on a canvas of a scale.
func CellFor(size, scale float32) Cell {
	return Cell{
		side:  max(1, round(size*sideOf*scale)),
		gap:   max(1, round(size*gapOf*scale)),
		scale: scale,
	}
}

// CellOf is the cell of a picture of a given side with as much room between two.
func CellOf(side, gap, scale float32) Cell {
	return Cell{side: max(1, round(side*scale)), gap: round(gap * scale), scale: scale}
}

// Step is the width of the cell.
func (c Cell) Step() float32 { return float32(c.side+c.gap) / c.scale }

// Side is the height of the picture in it.
func (c Cell) Side() float32 { return float32(c.side) / c.scale }

func round(v float32) int { return int(math.Round(float64(v))) }

// Row returns an object that shows emoji side by side, in its size. It is made for
// this text and cell and never changes.
func Row(clusters []string, c Cell) *canvas.Image {
	var all []int
	for _, g := range clusters {
		all = append(all, parts(g)...)
	}
	pixels := image.NewRGBA(image.Rect(0, 0, max(1, len(all)*(c.side+c.gap)), c.side))
	img := canvas.NewImageFromImage(pixels)
	img.FillMode = canvas.ImageFillStretch
	img.Resize(fyne.NewSize(float32(pixels.Rect.Dx())/c.scale, c.Side()))
	r := row{img, pixels, all, c}
	cache.rested()
	if !r.fill() {
		waiting.add(r)
	}
	return img
}

// Split returns the emoji that a text is made of. It ends where something else
// begins.
func Split(s string) (clusters []string) {
	for s != "" {
		n := emoji.First(s)
		if n == 0 {
			return clusters
		}
		clusters, s = append(clusters, s[:n]), s[n:]
	}
	return clusters
}

// row is a row with pictures still to come.
type row struct {
	img    *canvas.Image
	pixels *image.RGBA
	parts  []int
	cell   Cell
}

// fill draws the pictures of the row; false if some have to wait.
func (r *row) fill() bool {
	for i, part := range r.parts {
		pic := cache.get(part, r.cell.side)
		if pic == nil {
			r.parts = r.parts[i:]
			r.skip(i)
			return false
		}
		x := i*(r.cell.side+r.cell.gap) + r.cell.gap/2
		for y := range r.cell.side {
			copy(r.pixels.Pix[y*r.pixels.Stride+x*4:], pic.Pix[y*pic.Stride:y*pic.Stride+r.cell.side*4])
		}
	}
	return true
}

// skip moves the corner behind the pictures that are drawn.
func (r *row) skip(n int) {
	b := r.pixels.Bounds()
	b.Min.X += n * (r.cell.side + r.cell.gap)
	r.pixels = r.pixels.SubImage(b).(*image.RGBA)
}

// queue holds the rows that wait for the next frame.
type queue struct {
	rows  []row
	frame *fyne.Animation // runs while there are any
}

// UI goroutine only.
var (
	waiting queue
	cache   = newPictureCache()
)

const maxWaiting = 4096 // rows; more are never on a screen

func (q *queue) add(r row) {
	q.rows = append(q.rows, r)
	if len(q.rows) > maxWaiting {
		q.rows = q.rows[1:]
	}
	if q.frame != nil {
		return
	}
	starting := true
	q.frame = &fyne.Animation{Duration: time.Second, RepeatCount: fyne.AnimationRepeatForever, Tick: func(float32) {
		cache.left = perFrame
		if starting { // a driver without frames: now or never
			cache.left = math.MaxInt
		}
		q.next()
	}}
	frame := q.frame
	frame.Start()
	starting = false
	cache.left = min(cache.left, perFrame)
	if len(q.rows) == 0 {
		frame.Stop()
		q.frame = nil
	}
}

// next draws as many pictures as a frame has time for.
func (q *queue) next() {
	for len(q.rows) > 0 {
		r := q.rows[0]
		done := r.fill()
		canvas.Refresh(r.img)
		if !done {
			q.rows[0] = r
			return
		}
		q.rows = q.rows[1:]
	}
	if q.frame != nil {
		q.frame.Stop()
		q.frame = nil
	}
}

const (
	maxBytes = 8 << 20               // of scaled pictures
	perFrame = 32                    // pictures unpacked at a time, about 3 ms
	frame    = 16 * time.Millisecond // without any, after which there may be more
)

// pictureCache keeps scaled pictures, the last used first. UI goroutine only.
type pictureCache struct {
	entries map[pictureKey]*list.Element
	recent  *list.List
	bytes   int
	unpacker

	left int       // pictures that may still be unpacked in this frame
	last time.Time // when one was
}

type pictureKey struct{ part, side int }

type picture struct {
	key    pictureKey
	pixels *image.RGBA
}

func newPictureCache() *pictureCache {
	return &pictureCache{entries: map[pictureKey]*list.Element{}, recent: list.New(), left: perFrame}
}

// rested allows another frame's pictures if none was unpacked for so long. It is asked
// before a row and not in it: a machine that is slow in the middle of one has not rested.
func (c *pictureCache) rested() {
	if time.Since(c.last) >= frame {
		c.left = max(c.left, perFrame)
	}
}

// get returns a picture, nil if it has to wait.
func (c *pictureCache) get(part, side int) *image.RGBA {
	key := pictureKey{part, side}
	if e, ok := c.entries[key]; ok {
		c.recent.MoveToFront(e)
		return e.Value.(*picture).pixels
	}
	if c.left <= 0 {
		return nil
	}
	c.left--
	pixels := image.NewRGBA(image.Rect(0, 0, side, side))
	if src, err := c.unpack(pictures(), part); err == nil { // else it stays empty
		pixels = scaled(src, side)
	}
	c.last = time.Now()
	c.entries[key] = c.recent.PushFront(&picture{key, pixels})
	c.bytes += len(pixels.Pix)
	for c.bytes > maxBytes && c.recent.Len() > 1 {
		last := c.recent.Back()
		old := c.recent.Remove(last).(*picture)
		delete(c.entries, old.key)
		c.bytes -= len(old.pixels.Pix)
	}
	return pixels
}
