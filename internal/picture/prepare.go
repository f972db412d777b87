package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"github.com/buckket/go-blurhash"
	"golang.org/x/image/draw"
)

// What a picture is made into before it is sent.
const (
	SentSide  = 2560 // longest side of what is not sent as it is
	ThumbSide = 480  // of a thumbnail

	thumbBytes  = 64 << 10
	sentQuality = 88 // JPEG
	blurSide    = 32 // of the square it is made of
	blurX       = 4
	blurY       = 3
)

// Prepared is a picture as it is sent, upright and without metadata, and what goes
// with it.
type Prepared struct {
	Data          []byte
	Type          string // media type of Data
	Width, Height int    // of Data, in pixels

	Thumb                   []byte // JPEG, at most 64 KiB; nil if Data is small enough itself
	ThumbWidth, ThumbHeight int
	Blur                    string // BlurHash, https://blurha.sh
}

// Prepare makes a picture ready for sending. All metadata go, because only pixels
// are kept: place and time of the taking, camera, comments, embedded thumbnails.
// With original the data are sent as they are, metadata included, and only what
// goes with them is made. Errors are those of Decode, within the limits of Chosen.
func Prepare(ctx context.Context, data []byte, original bool) (*Prepared, error) {
	img, info, err := Decode(ctx, data, Chosen)
	if err != nil {
		return nil, err
	}
	upright := info.Turn.apply(shrink(img, SentSide))
	p := &Prepared{Data: data, Type: "image/" + string(info.Format), Width: info.Width, Height: info.Height}
	if info.Turn.Sideways() {
		p.Width, p.Height = p.Height, p.Width
	}
	if bare, bad := bareGIF(data); !original && info.Format == GIF && bad == nil { // one frame would be left
		p.Data = bare
	} else if !original {
		if p.Data, p.Type, err = encode(upright, info.Format); err != nil {
			return nil, err
		}
		p.Width, p.Height = upright.Bounds().Dx(), upright.Bounds().Dy()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := p.addThumb(upright); err != nil {
		return nil, err
	}
	p.Blur, err = blurhash.Encode(blurX, blurY, square(opaque(shrink(upright, 2*blurSide))))
	return p, err
}

// square scales a picture for its blur, which knows no proportions. Of a strip of few
// pixels, as a very tall picture would become, the blur would see waves that are none.
func square(img image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, blurSide, blurSide))
	draw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// addThumb makes the thumbnail, unless the picture is one.
func (p *Prepared) addThumb(img image.Image) error {
	if len(p.Data) <= thumbBytes && max(p.Width, p.Height) <= ThumbSide {
		return nil
	}
	for side, quality := ThumbSide, 80; ; side, quality = side*3/4, quality-10 {
		small := opaque(shrink(img, side))
		var b bytes.Buffer
		if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: quality}); err != nil {
			return fmt.Errorf("make a thumbnail: %w", err)
		}
		if b.Len() <= thumbBytes {
			p.Thumb, p.ThumbWidth, p.ThumbHeight = b.Bytes(), small.Bounds().Dx(), small.Bounds().Dy()
			return nil
		}
	}
}

// encode keeps what is see-through or drawn as PNG, everything else as JPEG.
func encode(img image.Image, from Format) (data []byte, media string, err error) {
	var b bytes.Buffer
	if from == JPEG || isOpaque(img) && from == WebP {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: sentQuality})
		return b.Bytes(), "image/jpeg", err
	}
	e := png.Encoder{CompressionLevel: png.DefaultCompression}
	err = e.Encode(&b, img)
	return b.Bytes(), "image/png", err
}

func isOpaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// opaque puts a picture on white.
func opaque(img image.Image) image.Image {
	if isOpaque(img) {
		return img
	}
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// shrink returns a picture whose longer side is at most side: half by half while it
// is far too large, which is quick, then once well: that takes 32 bytes for each pixel
// of the new width and the old height.
func shrink(img image.Image, side int) image.Image {
	for {
		b := img.Bounds()
		w, h := b.Dx(), b.Dy()
		longest := max(w, h)
		if longest <= side {
			return img
		}
		to := image.Pt(max(1, w*side/longest), max(1, h*side/longest))
		scale := draw.Interpolator(draw.CatmullRom)
		if longest > 2*side {
			to, scale = image.Pt(max(1, w/2), max(1, h/2)), draw.ApproxBiLinear
		}
		out := image.NewRGBA(image.Rectangle{Max: to})
		scale.Scale(out, out.Bounds(), img, b, draw.Src, nil)
		img = out
	}
}

// Thumbnail decodes a picture within the limits and shrinks it, upright, for showing
// it. What is see-through lies on white, as in the thumbnails that are sent along: most
// drawings of that kind are made for light pages.
func Thumbnail(ctx context.Context, data []byte, side int, l Limits) (image.Image, error) {
	img, info, err := Decode(ctx, data, l)
	if err != nil {
		return nil, err
	}
	return info.Turn.apply(opaque(shrink(img, side))), nil
}

// apply returns the upright image of a stored one.
func (t Turn) apply(img image.Image) image.Image {
	if t <= Upright || t > 8 {
		return img
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	stored := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(stored, stored.Bounds(), img, img.Bounds().Min, draw.Src)
	size := image.Pt(w, h)
	if t.Sideways() {
		size = image.Pt(h, w)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			sx, sy := t.source(x, y, w, h)
			copy(out.Pix[out.PixOffset(x, y):][:4], stored.Pix[stored.PixOffset(sx, sy):])
		}
	}
	return out
}

// source returns which stored pixel an upright picture shows at x, y; w and h are
// those of the stored one.
func (t Turn) source(x, y, w, h int) (int, int) {
	switch t {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}
