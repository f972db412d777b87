package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"time"

	"golang.org/x/image/draw"
)

// Pictures that move (docs/adr/0055): GIF only. What they would take is read from the
// file by our own code, frame by frame, before the decoder runs.

// Motion bounds a picture that is played.
type Motion struct {
	Frames int   // most there may be
	Canvas int64 // pixels of the whole
	Area   int64 // pixels of all frames together: a byte each while it is played
}

// Played bounds what is played.
var Played = Motion{Frames: 1000, Canvas: 2_000_000, Area: 48_000_000}

// How long a frame stays: nobody sees more than so many a second, and what says hardly
// anything means what browsers take it for.
const (
	shortestFrame = 40 * time.Millisecond
	usualFrame    = 100 * time.Millisecond
	longestFrame  = 10 * time.Second
)

// gifPart is a block of a GIF.
type gifPart struct {
	from, to int
	kind     int // of what it is: an extension's label, gifImage or gifEnd
	app      string
	bounds   image.Rectangle // of an image
}

// Kinds of blocks: of extensions their labels.
const (
	gifControl = 0xf9
	gifApp     = 0xff
	gifImage   = 0x100
	gifEnd     = 0x101
)

// gifParts walks the blocks of a GIF, without unpacking any. What is behind its end, or cut
// off, is left out.
func gifParts(b []byte, part func(gifPart)) (head int, err error) {
	if len(b) < 13 {
		return 0, broken("no header")
	}
	at := 13
	table := func(flags byte) {
		if flags&0x80 != 0 {
			at += 3 << (flags&7 + 1)
		}
	}
	blocks := func() bool {
		for at < len(b) {
			n := int(b[at])
			if at++; n == 0 {
				return at <= len(b)
			}
			at += n
		}
		return false
	}
	table(b[10])
	head = at
	for at < len(b) {
		p := gifPart{from: at}
		switch {
		case b[at] == ';':
			p.kind, p.to = gifEnd, at+1
			part(p)
			return head, nil
		case b[at] == '!' && at+2 < len(b):
			if p.kind = int(b[at+1]); p.kind == gifApp && at+3+11 <= len(b) && b[at+2] == 11 {
				p.app = string(b[at+3 : at+14])
			}
			at += 2
		case b[at] == ',' && at+10 <= len(b):
			p.kind = gifImage
			x, y, w, h := word(b[at+1:]), word(b[at+3:]), word(b[at+5:]), word(b[at+7:])
			p.bounds = image.Rect(x, y, x+w, y+h)
			flags := b[at+9]
			at += 10
			table(flags)
			at++ // size of the codes
		default:
			return head, broken("not a block")
		}
		if !blocks() {
			return head, broken("cut off")
		}
		p.to = at
		part(p)
	}
	return head, broken("no end")
}

func word(b []byte) int { return int(b[0]) | int(b[1])<<8 }

// Moves reports whether a picture has more than one frame and may be played.
func Moves(data []byte, m Motion) bool {
	info, err := Inspect(data, Shown)
	if err != nil || info.Format != GIF || int64(info.Width)*int64(info.Height) > m.Canvas {
		return false
	}
	frames, area := 0, int64(0)
	_, err = gifParts(data, func(p gifPart) {
		if p.kind == gifImage {
			frames++
			area += int64(p.bounds.Dx()) * int64(p.bounds.Dy())
		}
	})
	return err == nil && frames > 1 && frames <= m.Frames && area <= m.Area
}

// bareGIF is a GIF without what says something about it: only pixels, their times and how
// often it is played remain.
func bareGIF(b []byte) ([]byte, error) {
	var out []byte
	head, err := gifParts(b, func(p gifPart) {
		if p.kind == gifImage || p.kind == gifEnd || p.kind == gifControl || p.app == "NETSCAPE2.0" || p.app == "ANIMEXTS1.0" {
			out = append(out, b[p.from:p.to]...)
		}
	})
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(b[:head]), out...), nil
}

// Moving is a picture that is played: frame by frame, from the first again behind the last.
// It belongs to one goroutine at a time.
type Moving struct {
	g      *gif.GIF
	side   int
	at     int         // the frame to come
	canvas *image.RGBA // with what was shown last
	before *image.RGBA // what a frame that is taken back leaves
	shown  [2]*image.RGBA
}

// Move unpacks a picture that moves, to be shown with the longer side at most side.
func Move(ctx context.Context, data []byte, side int, m Motion) (mv *Moving, err error) {
	if !Moves(data, m) {
		return nil, fmt.Errorf("%w: it does not move, or takes too much", ErrFormat)
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() {
		if r := recover(); r != nil {
			mv, err = nil, fmt.Errorf("%w: the decoder gave up: %v", ErrBroken, r)
		}
	}()
	g, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil || len(g.Image) < 2 {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return &Moving{g: g, side: side, canvas: image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))}, nil
}

// Next returns the next frame, how long it stays, and whether it is the last of a round.
// The frame is good until the one after the next is asked for.
func (m *Moving) Next() (img image.Image, stays time.Duration, last bool) {
	g, i := m.g, m.at
	if i == 0 {
		draw.Draw(m.canvas, m.canvas.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	}
	f := g.Image[i]
	disposal := g.Disposal[i]
	if disposal == gif.DisposalPrevious {
		if m.before == nil {
			m.before = image.NewRGBA(m.canvas.Bounds())
		}
		copy(m.before.Pix, m.canvas.Pix)
	}
	draw.Draw(m.canvas, f.Bounds(), f, f.Bounds().Min, draw.Over)
	img = m.scaled()
	switch disposal {
	case gif.DisposalBackground:
		draw.Draw(m.canvas, f.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	case gif.DisposalPrevious:
		m.canvas, m.before = m.before, m.canvas
	}
	stays = time.Duration(g.Delay[i]) * 10 * time.Millisecond
	switch {
	case stays <= 10*time.Millisecond:
		stays = usualFrame
	case stays < shortestFrame:
		stays = shortestFrame
	case stays > longestFrame:
		stays = longestFrame
	}
	m.at = (i + 1) % len(g.Image)
	return img, stays, m.at == 0
}

// scaled is a copy of what is shown, in the size wanted, in one of two places by turns.
func (m *Moving) scaled() image.Image {
	b := m.canvas.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > m.side {
		w, h = max(1, w*m.side/long), max(1, h*m.side/long)
	}
	out := m.shown[1]
	if m.shown[0], m.shown[1] = out, m.shown[0]; out == nil {
		out = image.NewRGBA(image.Rect(0, 0, w, h))
		m.shown[0] = out
	}
	if w == b.Dx() {
		copy(out.Pix, m.canvas.Pix)
	} else {
		draw.ApproxBiLinear.Scale(out, out.Bounds(), m.canvas, b, draw.Src, nil)
	}
	return out
}
