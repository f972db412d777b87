package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/buckket/go-blurhash"
)

// withExif puts an Exif segment with an orientation and a remark into a JPEG.
func exifOf(data []byte, t Turn) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	tiff = append(tiff, byte(t), 0, 0, 0, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), append(tiff, "taken at 35.9 N 14.5 E"...)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	out := append([]byte{0xff, 0xd8}, append(segment, body...)...)
	return append(out, data[2:]...)
}

// quarters is a picture of four colours, so that every turn of it differs.
func quarters(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{A: 255}
			if x < w/2 {
				c.R = 255
			}
			if y < h/2 {
				c.G = 255
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// corner tells which quarter of quarters is at a place.
func corner(img image.Image, x, y int) string {
	r, g, _, _ := img.At(x, y).RGBA()
	s := ""
	if g > 0x8000 {
		s += "top"
	} else {
		s += "bottom"
	}
	if r > 0x8000 {
		return s + " left"
	}
	return s + " right"
}

// TestTurns: an upright picture shows at its top left what Exif says (2.32, figure
// 19): 1 the first row is the top, the first column the left side; 2 top, right; 3
// bottom, right; 4 bottom, left; 5 left, top; 6 right, top; 7 right, bottom; 8
// left, bottom.
func TestTurns(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, quarters(64, 32), &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	for turn, want := range map[Turn][2]string{ // of the stored picture, at the top left and top right
		1: {"top left", "top right"}, 2: {"top right", "top left"}, 3: {"bottom right", "bottom left"}, 4: {"bottom left", "bottom right"},
		5: {"top left", "bottom left"}, 6: {"bottom left", "top left"}, 7: {"bottom right", "top right"}, 8: {"top right", "bottom right"},
	} {
		p, err := Prepare(t.Context(), exifOf(b.Bytes(), turn), false)
		if err != nil {
			t.Fatal(err)
		}
		img, info, err := Decode(t.Context(), p.Data, Shown)
		if err != nil || info.Turn != Upright || info.Width != p.Width || info.Height != p.Height {
			t.Fatalf("turn %d: %+v %v", turn, info, err)
		}
		if wide := p.Width == 64; wide == turn.Sideways() {
			t.Errorf("turn %d: %d × %d", turn, p.Width, p.Height)
		}
		if got := [2]string{corner(img, 3, 3), corner(img, p.Width-4, 3)}; got != want {
			t.Errorf("turn %d: %q, want %q", turn, got, want)
		}
	}
}

func TestPrepare(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn(3000, 1500), nil); err != nil {
		t.Fatal(err)
	}
	secret := []byte("taken at")
	large := exifOf(b.Bytes(), 6)
	p, err := Prepare(t.Context(), large, false)
	if err != nil {
		t.Fatal(err)
	}
	if p.Width != 1280 || p.Height != 2560 || p.Type != "image/jpeg" || bytes.Contains(p.Data, secret) || bytes.Contains(p.Data, []byte("Exif")) {
		t.Errorf("%d × %d, %s", p.Width, p.Height, p.Type)
	}
	if len(p.Thumb) == 0 || len(p.Thumb) > thumbBytes || max(p.ThumbWidth, p.ThumbHeight) > ThumbSide || bytes.Contains(p.Thumb, secret) {
		t.Errorf("thumbnail of %d bytes, %d × %d", len(p.Thumb), p.ThumbWidth, p.ThumbHeight)
	}
	if _, err := blurhash.Decode(p.Blur, 8, 8, 1); err != nil || len(p.Blur) > 64 {
		t.Errorf("blur %q: %v", p.Blur, err)
	}
	p, err = Prepare(t.Context(), large, true)
	if err != nil || !bytes.Equal(p.Data, large) || p.Width != 1500 || p.Height != 3000 || len(p.Thumb) == 0 {
		t.Errorf("as it is: %d × %d, %v", p.Width, p.Height, err)
	}
	for f, media := range map[Format]string{PNG: "image/png", GIF: "image/gif", WebP: "image/png"} {
		p, err := Prepare(t.Context(), made(t, f, 40, 30), false)
		if err != nil || p.Type != media || p.Width != 40 || p.Height != 30 || p.Thumb != nil || p.Blur == "" {
			t.Errorf("%s: %+v %v", f, p, err)
		}
	}
	// What a telephone takes today: others could not look at it, made smaller they can.
	photo := made(t, JPEG, 5712, 4284)
	if _, err := Inspect(photo, Shown); !errors.Is(err, ErrLarge) {
		t.Errorf("24 megapixels: %v", err)
	}
	if p, err := Prepare(t.Context(), photo, false); err != nil || p.Width != SentSide || p.Height != 1920 {
		t.Errorf("24 megapixels: %v", err)
	} else if _, err := Inspect(p.Data, Shown); err != nil {
		t.Error(err)
	}
	// One pixel wide, and far too long for its thumbnail.
	if p, err := Prepare(t.Context(), made(t, PNG, 1, 5000), false); err != nil || p.Width != 1 || p.Height != SentSide {
		t.Errorf("%v", err)
	}
	if _, err := Prepare(t.Context(), []byte("not a picture"), false); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if _, err := Prepare(t.Context(), large[:len(large)/2], true); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}

func TestThumbnail(t *testing.T) {
	img, err := Thumbnail(t.Context(), made(t, PNG, 400, 100), 100, Shown)
	if err != nil || img.Bounds().Dx() != 100 || img.Bounds().Dy() != 25 {
		t.Errorf("%v %v", img.Bounds(), err)
	}
}

// TestBlurOfStrips: the blur of a very tall or very wide picture runs as the picture does.
func TestBlurOfStrips(t *testing.T) {
	for _, size := range []image.Point{{200, 3000}, {3000, 200}, {40, 3000}, {300, 600}} {
		tall := size.Y > size.X
		img := image.NewRGBA(image.Rectangle{Max: size})
		for y := range size.Y {
			for x := range size.X {
				along := x * 255 / size.X
				if tall {
					along = y * 255 / size.Y
				}
				img.Set(x, y, color.RGBA{255, uint8(along), 0, 255}) // red to yellow
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		p, err := Prepare(t.Context(), b.Bytes(), false)
		if err != nil {
			t.Fatal(err)
		}
		blur, err := blurhash.Decode(p.Blur, 12, 12, 1)
		if err != nil {
			t.Fatal(err)
		}
		green := func(x, y int) int {
			_, g, _, _ := blur.At(x, y).RGBA()
			return int(g >> 8)
		}
		along, across := green(6, 11)-green(6, 0), green(11, 6)-green(0, 6)
		if !tall {
			along, across = across, along
		}
		if along < 120 || across > 25 || across < -25 {
			t.Errorf("%v: from end to end it changes by %d, from side to side by %d", size, along, across)
		}
	}
}

// TestSeeThrough: a drawing in black on nothing is seen on white, in its blur and when shown,
// since the window may be as black.
func TestSeeThrough(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 120, 80))
	for x := range 120 {
		img.Set(x, 40, color.Black)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	white := func(img image.Image, x, y int) bool {
		r, g, b, a := img.At(x, y).RGBA()
		return min(r, g, b) > 0xD000 && a == 0xFFFF
	}
	shown, err := Thumbnail(t.Context(), b.Bytes(), 120, Shown)
	if err != nil || !white(shown, 3, 3) || white(shown, 3, 40) {
		t.Errorf("shown: %v %v, %v", shown.At(3, 3), shown.At(3, 40), err)
	}
	p, err := Prepare(t.Context(), b.Bytes(), false)
	if err != nil {
		t.Fatal(err)
	}
	if blur, err := blurhash.Decode(p.Blur, 12, 12, 1); err != nil || !white(blur, 1, 1) {
		t.Errorf("the blur is %v, %v", blur.At(1, 1), err)
	}
}
