package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// Square makes a picture of a person out of any picture: upright, its middle cut out
// as a square of at most side pixels, without metadata, as a JPEG of at most most
// bytes. What is see-through becomes white. Errors are those of Decode, within
// the limits of Chosen.
func Square(ctx context.Context, data []byte, side, most int) ([]byte, error) {
	img, info, err := Decode(ctx, data, Chosen)
	if err != nil {
		return nil, err
	}
	// A picture that is long and thin is cut before it is made smaller, or there would
	// be nothing left of it.
	img = info.Turn.apply(shrink(middle(img), side))
	for quality := 90; ; quality -= 8 {
		if quality < 50 {
			side, quality = side*3/4, 82
			img = shrink(img, side)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, opaque(img), &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("make a square: %w", err)
		}
		if b.Len() <= most {
			return b.Bytes(), nil
		}
		if side < 16 {
			return nil, fmt.Errorf("%w: no square of it has %d bytes", ErrLarge, most)
		}
	}
}

// middle returns the largest square in the middle.
func middle(img image.Image) image.Image {
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	if b.Dx() == b.Dy() {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Bounds(), img, b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2)), draw.Src)
	return out
}

// CheckSquare reports whether bytes that somebody else chose are what Square makes,
// by their header alone: JPEG or PNG, as wide as high, within the bounds. What it lets
// through costs no more than side² pixels to decode.
func CheckSquare(data []byte, side, most int) error {
	if len(data) > most {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrLarge, len(data), most)
	}
	info, err := Inspect(data, Shown)
	switch {
	case err != nil:
		return err
	case info.Format != JPEG && info.Format != PNG:
		return fmt.Errorf("%w: %s", ErrFormat, info.Format)
	case info.Width > side || info.Height > side:
		return fmt.Errorf("%w: %d × %d pixels, at most %d on a side", ErrLarge, info.Width, info.Height, side)
	case info.Width != info.Height:
		return fmt.Errorf("%w: %d × %d pixels are no square", ErrFormat, info.Width, info.Height)
	}
	return nil
}

// DecodeSquare is Decode for what CheckSquare lets through.
func DecodeSquare(ctx context.Context, data []byte, side, most int) (image.Image, error) {
	if err := CheckSquare(data, side, most); err != nil {
		return nil, err
	}
	img, info, err := Decode(ctx, data, Shown)
	if err != nil {
		return nil, err
	}
	return info.Turn.apply(img), nil
}

// Portrait is DecodeSquare for a picture that is drawn small: at most to pixels on a
// side, so that many of them can be kept.
func Portrait(ctx context.Context, data []byte, side, most, to int) (image.Image, error) {
	img, err := DecodeSquare(ctx, data, side, most)
	if err != nil {
		return nil, err
	}
	return opaque(shrink(img, to)), nil
}
