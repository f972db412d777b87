package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"testing"
	"time"
)

func drawn(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	return img
}

func made(t testing.TB, f Format, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch f {
	case PNG:
		err = png.Encode(&b, drawn(w, h))
	case JPEG:
		err = jpeg.Encode(&b, drawn(w, h), nil)
	case GIF:
		one := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})
		err = gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{one, one, one}, Delay: []int{1, 1, 1}})
	case WebP:
		return lossless(w, h)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// vp8l is the smallest lossless frame: one colour everywhere (WebP Lossless
// Bitstream: no transforms, no cache, five codes of one symbol each).
func vp8l(w, h int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{0x2f}, uint32(w-1)|uint32(h-1)<<14)
	var bits uint64
	n := 0
	put := func(v uint64, width int) { bits |= v << n; n += width }
	put(0, 3)     // no transform, no colour cache, no meta codes
	for range 5 { // simple code, one symbol, of one bit
		put(1, 1)
		put(0, 1)
		put(0, 1)
		put(0, 1)
	}
	for range 8 {
		b = append(b, byte(bits))
		bits >>= 8
	}
	return b
}

func lossless(w, h int) []byte { return riff(chunk("VP8L", vp8l(w, h))) }

func TestDecode(t *testing.T) {
	for _, f := range []Format{PNG, JPEG, GIF, WebP} {
		img, info, err := Decode(t.Context(), made(t, f, 40, 30), Shown)
		if err != nil || info.Format != f || info.Width != 40 || info.Height != 30 || info.Turn != Upright || img.Bounds().Dx() != 40 {
			t.Errorf("%s: %+v, %v", f, info, err)
		}
	}
}

func TestRefused(t *testing.T) {
	huge := func(f Format, change func([]byte)) []byte {
		b := made(t, f, 40, 30)
		change(b)
		return b
	}
	jpegFrame := func(b []byte) int { return bytes.Index(b, []byte{0xff, 0xc0}) }
	vp8x := func(w, h int) []byte {
		b := make([]byte, 10)
		b[4], b[5], b[7], b[8] = byte(w-1), byte((w-1)>>8), byte(h-1), byte((h-1)>>8)
		return chunk("VP8X", b)
	}
	cases := map[string]struct {
		data []byte
		want error
	}{
		"nothing":                 {nil, ErrFormat},
		"a program":               {[]byte("#!/bin/sh\nrm -rf ~\n"), ErrFormat},
		"SVG":                     {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), ErrFormat},
		"BMP":                     {[]byte("BM\x00\x00\x00\x00"), ErrFormat},
		"too many bytes":          {make([]byte, Shown.Bytes+1), ErrLarge},
		"PNG, wide":               {huge(PNG, func(b []byte) { binary.BigEndian.PutUint32(b[16:], 1<<31-1) }), ErrLarge},
		"PNG, just too large":     {huge(PNG, func(b []byte) { binary.BigEndian.PutUint32(b[16:], 4001); binary.BigEndian.PutUint32(b[20:], 4000) }), ErrLarge},
		"PNG, no such width":      {huge(PNG, func(b []byte) { binary.BigEndian.PutUint32(b[16:], 1<<32-1) }), ErrBroken},
		"PNG, no width":           {huge(PNG, func(b []byte) { binary.BigEndian.PutUint32(b[16:], 0) }), ErrBroken},
		"PNG, cut off":            {made(t, PNG, 40, 30)[:20], ErrBroken},
		"PNG, half":               {made(t, PNG, 400, 300)[:900], ErrBroken},
		"GIF of 34 bytes":         {append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,"), make([]byte, 20)...), ErrLarge},
		"GIF, cut off":            {[]byte("GIF89a\x01"), ErrBroken},
		"JPEG, large":             {huge(JPEG, func(b []byte) { binary.BigEndian.PutUint32(b[jpegFrame(b)+5:], 0xffffffff) }), ErrLarge},
		"JPEG, second frame":      {append(append([]byte{}, made(t, JPEG, 40, 30)[:2]...), append([]byte{0xff, 0xc2, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0}, made(t, JPEG, 40, 30)[2:]...)...), ErrLarge},
		"JPEG, larger second":     {largerSecond(made(t, JPEG, 40, 30)), ErrLarge},
		"JPEG, no frame":          {[]byte{0xff, 0xd8, 0xff, 0xd9}, ErrBroken},
		"JPEG, short segment":     {[]byte{0xff, 0xd8, 0xff, 0xe0, 0, 1}, ErrBroken},
		"WebP, large":             {lossless(16383, 16383), ErrLarge},
		"WebP, small canvas":      {riff(vp8x(10, 10), chunk("VP8L", vp8l(16383, 16383))), ErrBroken},
		"WebP, large canvas":      {riff(vp8x(5000, 5000), chunk("VP8L", vp8l(10, 10))), ErrBroken},
		"WebP, no frame":          {riff(vp8x(10, 10)), ErrBroken},
		"WebP, chunk beyond data": {append(riff(), "VP8L\xff\xff\xff\xff"...), ErrBroken},
	}
	for name, c := range cases {
		if _, _, err := Decode(t.Context(), c.data, Shown); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// largerSecond puts a second frame header, of a large picture, behind that of a JPEG.
func largerSecond(b []byte) []byte {
	at := bytes.Index(b, []byte{0xff, 0xc0})
	end := at + 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	return slices.Concat(b[:end], []byte{0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0}, b[end:])
}

// TestInterlaced: an interlaced PNG is put together from pictures of its own, which take
// as much again.
func TestInterlaced(t *testing.T) {
	b := made(t, PNG, 40, 30)
	for interlaced, perPixel := range []int64{4, 8} {
		b[28] = byte(interlaced)
		l := Limits{Bytes: len(b), Pixels: 40 * 30, Memory: 40 * 30 * perPixel}
		if _, err := Inspect(b, l); err != nil {
			t.Errorf("interlaced %d: %v", interlaced, err)
		}
		l.Memory--
		if _, err := Inspect(b, l); !errors.Is(err, ErrLarge) {
			t.Errorf("interlaced %d, with a byte less: %v", interlaced, err)
		}
	}
}

// TestMemory: decoding takes no more than was read from the header, and what would
// take too much is refused before.
func TestMemory(t *testing.T) {
	const w, h = 1024, 1024
	deep := func(img image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var grey bytes.Buffer
	if err := jpeg.Encode(&grey, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"PNG": made(t, PNG, w, h), "GIF": made(t, GIF, w, h), "JPEG": made(t, JPEG, w, h), "grey JPEG": grey.Bytes(),
		"WebP": lossless(w, h), "deep PNG": deep(image.NewNRGBA64(image.Rect(0, 0, w, h))),
	} {
		info, err := Inspect(data, Chosen)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, err := Decode(t.Context(), data, Chosen); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		const besides = 1 << 20 // buffers of decoders, and what the program does meanwhile
		if took, said := after.TotalAlloc-before.TotalAlloc, uint64(info.perPixel*w*h); took > said+besides {
			t.Errorf("%s: took %d bytes, said %d", name, took, said)
		}
		less := Limits{Bytes: Chosen.Bytes, Pixels: w * h, Memory: int64(info.perPixel*w*h) - 1}
		if _, err := Inspect(data, less); !errors.Is(err, ErrLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJPEGMemory: by the factors of its channels, times five where it comes in passes.
func TestJPEGMemory(t *testing.T) {
	frame := func(factors ...byte) []byte {
		b := []byte{8, 0, 1, 0, 1, byte(len(factors))}
		for i, f := range factors {
			b = append(b, byte(i), f, 0)
		}
		return b
	}
	for _, c := range []struct {
		passes bool
		frame  []byte
		want   float64
	}{
		{false, frame(0x11), 1},
		{false, frame(0x22, 0x11, 0x11), 1.5},
		{true, frame(0x22, 0x11, 0x11), 7.5},
		{true, frame(0x11, 0x11, 0x11), 15},
		{true, frame(0x11, 0x11, 0x11, 0x11), 24},
		{false, frame(0x22, 0x11, 0x11)[:8], 0}, // cut off: the decoder will refuse it
	} {
		if got := jpegPixel(c.passes, c.frame); got != c.want {
			t.Errorf("%x: %v, want %v", c.frame, got, c.want)
		}
	}
}

// withExif puts an Exif segment with an orientation behind the start of a JPEG.
func withExif(b []byte, order binary.AppendByteOrder, mark string, turn uint16) []byte {
	exif := []byte("Exif\x00\x00" + mark)
	exif = order.AppendUint32(exif, 8)
	exif = order.AppendUint16(exif, 1)
	exif = order.AppendUint16(exif, 0x0112)
	exif = order.AppendUint16(exif, 3)
	exif = order.AppendUint32(exif, 1)
	exif = order.AppendUint16(exif, turn)
	exif = order.AppendUint16(exif, 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(append([]byte{}, b[:2]...), append(segment, exif...)...), b[2:]...)
}

func TestOrientation(t *testing.T) {
	plain := made(t, JPEG, 40, 30)
	for turn := uint16(1); turn <= 8; turn++ {
		for _, b := range [][]byte{withExif(plain, binary.LittleEndian, "II*\x00", turn), withExif(plain, binary.BigEndian, "MM\x00*", turn)} {
			_, info, err := Decode(t.Context(), b, Shown)
			if err != nil || info.Turn != Turn(turn) || info.Turn.Sideways() != (turn >= 5) {
				t.Errorf("orientation %d: %+v, %v", turn, info, err)
			}
		}
	}
	if i, err := Inspect(withExif(plain, binary.LittleEndian, "II*\x00", 9), Shown); err != nil || i.Turn != Upright {
		t.Errorf("an orientation that does not exist: %+v, %v", i, err)
	}
}

// One picture is decoded at a time, and who does not want to wait need not.
func TestOneAtATime(t *testing.T) {
	turn <- struct{}{}
	defer func() { <-turn }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := Decode(ctx, made(t, PNG, 4, 4), Shown); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("have %v", err)
	}
}

// FuzzDecode: no panic, and no picture larger than its header said. Memory is
// bounded by what Inspect lets through.
func FuzzDecode(f *testing.F) {
	for _, format := range []Format{PNG, JPEG, GIF, WebP} {
		f.Add(made(f, format, 8, 6))
	}
	f.Add(withExif(made(f, JPEG, 8, 6), binary.LittleEndian, "II*\x00", 6))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Inspect(data, Chosen)
		if err != nil || info.Width*info.Height > 1<<20 {
			return
		}
		_, _, _ = Decode(t.Context(), data, Chosen)
	})
}
