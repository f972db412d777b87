package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"runtime"
	"testing"
)

const (
	testSide = 256
	testMost = 32 << 10
)

func noisy(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSquare: whatever a picture is, what comes out passes the readers' check, and
// shows the middle.
func TestSquare(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 3}, {40, 40}, {256, 256}, {1200, 300}, {300, 2000}, {4000, 10}} {
		data, err := Square(t.Context(), asPNG(t, noisy(size[0], size[1])), testSide, testMost)
		if err != nil {
			t.Fatalf("%v: %v", size, err)
		}
		img, err := DecodeSquare(t.Context(), data, testSide, testMost)
		if err != nil {
			t.Fatalf("%v: %v", size, err)
		}
		if want := min(size[0], size[1]); img.Bounds().Dx() > want {
			t.Errorf("%v became %v", size, img.Bounds())
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, 300, 100)) // red, green, blue
	for y := range 100 {
		for x := range 300 {
			img.Set(x, y, []color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}}[x/100])
		}
	}
	data, err := Square(t.Context(), asPNG(t, img), testSide, testMost)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeSquare(t.Context(), data, testSide, testMost)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{10, 10}, {50, 50}, {90, 90}} {
		if r, g, b, _ := got.At(at.X, at.Y).RGBA(); g < 0xc000 || r > 0x4000 || b > 0x4000 {
			t.Errorf("at %v is %x %x %x, want green", at, r, g, b)
		}
	}
}

// TestSquareIsBare: nothing but pixels leaves, and a turned picture is upright.
func TestSquareIsBare(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noisy(64, 64), nil); err != nil {
		t.Fatal(err)
	}
	secret := []byte("\xff\xfe\x00\x12taken at home..")
	data := append(append(bytes.Clone(b.Bytes()[:2]), secret...), b.Bytes()[2:]...)
	out, err := Square(t.Context(), data, testSide, testMost)
	if err != nil || bytes.Contains(out, []byte("taken")) || bytes.Contains(out, []byte("Exif")) {
		t.Errorf("%v, metadata left: %v", err, bytes.Contains(out, []byte("taken")))
	}
}

// bomb is a small PNG that says it is very large.
func bomb(t testing.TB, side uint32) []byte {
	t.Helper()
	data := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(data[16:], side)
	binary.BigEndian.PutUint32(data[20:], side)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// TestHostileSquares: what is no small square is refused before it is decoded.
func TestHostileSquares(t *testing.T) {
	gif := []byte("GIF89a\x10\x00\x10\x00\x00\x00\x00;")
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":     {nil, ErrFormat},
		"text":        {[]byte("<svg onload=x>"), ErrFormat},
		"a bomb":      {bomb(t, 60_000), ErrLarge},
		"3000 pixels": {bomb(t, 3_000), ErrLarge},
		"257 pixels":  {asPNG(t, image.NewGray(image.Rect(0, 0, 257, 257))), ErrLarge},
		"no square":   {asPNG(t, image.NewGray(image.Rect(0, 0, 20, 21))), ErrFormat},
		"many bytes":  {asPNG(t, noisy(256, 256)), ErrLarge},
		"a GIF":       {gif, ErrFormat},
		"cut off":     {asPNG(t, noisy(40, 40))[:200], ErrBroken},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodeSquare(t.Context(), test.data, testSide, testMost)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s took %d bytes to refuse", name, used)
		}
	}
}

// FuzzSquare: whatever somebody shows as their picture, it is refused or small.
func FuzzSquare(f *testing.F) {
	f.Add(asPNG(f, noisy(8, 8)))
	f.Add(bomb(f, 3_000))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noisy(16, 16), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := DecodeSquare(t.Context(), data, testSide, testMost)
		if err == nil && (img.Bounds().Dx() > testSide || img.Bounds().Dy() > testSide) {
			t.Errorf("%v pixels came through", img.Bounds())
		}
	})
}
