// Package picture turns bytes that somebody else chose into an image, or into an
// error. It owns the limits (docs/protocol.md section 12 has the server's, these are
// the reader's own): four formats by content, never by name; the size in pixels and
// the memory it will take are read from the header, by our own code, before any decoder
// runs; one decode at a time in the whole program. It must never read a file or an address by
// itself, and never keep metadata.
//
// Why: Go's decoders allocate what a header asks for, so that a 34-byte GIF can
// ask for 4 GiB (golang/go#79063), and a WebP whose outer header names a small
// canvas can hold a frame of 268 megapixels.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// Format is how a picture is stored, by its content.
type Format string

// The formats that are shown.
const (
	PNG  Format = "png"
	JPEG Format = "jpeg"
	GIF  Format = "gif" // its first frame
	WebP Format = "webp"
)

// Limits bound what is decoded.
type Limits struct {
	Bytes  int   // of the file
	Pixels int64 // in all
	Memory int64 // bytes that the decoder takes, as far as the header tells
}

// Shown bounds pictures that others have sent.
var Shown = Limits{Bytes: 20 << 20, Pixels: 16_000_000, Memory: 512 << 20}

// Chosen bounds pictures that the person takes from a disk or clipboard of their own,
// to be made smaller before they leave: what telephones take by default has 12 to 50
// megapixels.
var Chosen = Limits{Bytes: 64 << 20, Pixels: 120_000_000, Memory: 512 << 20}

const maxSide = 1 << 16

// Errors, wrapped with what was found.
var (
	ErrFormat = errors.New("not a picture of a kind that is shown")
	ErrLarge  = errors.New("the picture is too large")
	ErrBroken = errors.New("the picture is damaged")
)

// Info is what a picture's header says, within the limits.
type Info struct {
	Format        Format
	Width, Height int // as stored; a turned one swaps them, see Turn
	Turn          Turn

	perPixel float64 // bytes of memory that decoding takes
}

// Inspect reads a picture's header. It costs nothing worth mentioning and is what
// decides whether a picture may be decoded.
func Inspect(data []byte, l Limits) (Info, error) {
	if len(data) > l.Bytes {
		return Info{}, fmt.Errorf("%w: %d bytes, at most %d", ErrLarge, len(data), l.Bytes)
	}
	i := Info{Turn: Upright, perPixel: 1}
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		i.Format = PNG
		i.Width, i.Height, i.perPixel, err = pngHead(data)
	case bytes.HasPrefix(data, []byte{0xff, 0xd8}):
		i.Format = JPEG
		err = i.jpegHead(data)
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		i.Format = GIF
		i.Width, i.Height, err = gifSize(data)
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		i.Format = WebP
		i.Width, i.Height, err = webpSize(data)
		i.perPixel = 8 // lossless: twice what is shown, while it is turned back
	default:
		return Info{}, ErrFormat
	}
	switch {
	case err != nil:
		return Info{}, err
	case i.Width < 1 || i.Height < 1:
		return Info{}, fmt.Errorf("%w: no size", ErrBroken)
	}
	pixels := int64(i.Width) * int64(i.Height)
	switch {
	case i.Width > maxSide || i.Height > maxSide || pixels > l.Pixels:
		return Info{}, fmt.Errorf("%w: %d × %d pixels, at most %d in all", ErrLarge, i.Width, i.Height, l.Pixels)
	case float64(pixels)*i.perPixel > float64(l.Memory):
		return Info{}, fmt.Errorf("%w: %d × %d pixels stored so that they take %.0f bytes each", ErrLarge, i.Width, i.Height, i.perPixel)
	}
	return i, nil
}

// turn lets one picture be decoded at a time: each may take hundreds of MB while it
// is.
var turn = make(chan struct{}, 1)

// Decode returns the pixels of a picture, not turned. It waits for other pictures
// to be done.
func Decode(ctx context.Context, data []byte, l Limits) (image.Image, Info, error) {
	info, err := Inspect(data, l)
	if err != nil {
		return nil, Info{}, err
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, Info{}, ctx.Err()
	}
	img, err := decode(info.Format, data)
	if err != nil {
		return nil, Info{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if b := img.Bounds(); b.Dx() < 1 || b.Dy() < 1 || b.Dx() > info.Width || b.Dy() > info.Height {
		return nil, Info{}, fmt.Errorf("%w: %v does not fit its header", ErrBroken, b)
	}
	return img, info, nil
}

// decode runs a decoder; its panics are errors of the picture.
func decode(f Format, data []byte) (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("the decoder gave up: %v", r)
		}
	}()
	r := bytes.NewReader(data)
	switch f {
	case PNG:
		return png.Decode(r)
	case JPEG:
		return jpeg.Decode(r)
	case GIF:
		return gif.Decode(r) // stops behind the first frame
	case WebP:
		return webp.Decode(r)
	}
	return nil, ErrFormat
}
