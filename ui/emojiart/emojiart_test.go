package emojiart

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	assets "hearth/assets/emoji"
	"hearth/internal/emoji"
)

// listed returns Unicode's emoji that are fully qualified.
func listed(t testing.TB) (all []string) {
	t.Helper()
	data, err := os.ReadFile("../../internal/emoji/testdata/sequences.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if s, ok := strings.CutPrefix(line, "fully-qualified\t"); ok {
			all = append(all, strings.TrimSpace(s))
		}
	}
	if len(all) < 3600 {
		t.Fatalf("only %d", len(all))
	}
	return all
}

// TestEveryEmojiHasAPicture: families, flags and skin tones are one picture each,
// that can be unpacked, fills its room and is not that of another.
func TestEveryEmojiHasAPicture(t *testing.T) {
	var u unpacker
	seen := map[string]string{}
	for _, s := range listed(t) {
		p := parts(s)
		if len(p) != 1 {
			t.Errorf("%s (%+q) has %d pictures", s, s, len(p))
			continue
		}
		img, err := u.unpack(pictures(), p[0])
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if n := drawn(img); n < img.Rect.Dx()*img.Rect.Dy()/20 {
			t.Errorf("%s has %d pixels", s, n)
		}
		seen[string(img.Pix)] = s
	}
	// Flags of territories that have those of their states, and seven emoji that the
	// font draws alike.
	if len(seen) < 3640 {
		t.Errorf("only %d different pictures", len(seen))
	}
}

func drawn(img *image.RGBA) (n int) {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] > 128 {
			n++
		}
	}
	return n
}

func TestCount(t *testing.T) {
	for s, want := range map[string]int{
		"👍": 1, "❤": 0, "❤️": 1, "a": 0, "": 0, "👨‍👩‍👧‍👦": 1, "👁‍🗨": 1, "🇲🇹": 1, "#⃣": 1,
		"🇨🇶":                              2,                // a flag we do not have: its letters
		"🧑‍🐶‍🚀":                           3,                // a joining we do not have: its parts
		"🏍🏽":                              2,                // a tone on what has no skin
		"🏴\U000E0075\U000E0073\U000E007F": 1,                // an unknown region: the flag without its tags
		"\U0001FAE9":                      0,                // younger than our pictures
		"🐦‍🔥":                             1, "🚶🏽‍♀️‍➡️": 1, // Unicode 15.1
	} {
		if got := Count(s); got != want {
			t.Errorf("Count(%q, %+q) = %d, want %d", s, s, got, want)
		}
	}
}

func TestOpenRefusesBrokenFiles(t *testing.T) {
	for _, n := range []int{0, 3, 6, 100, 40_000} {
		if _, err := open(assets.Pictures[:n]); err == nil {
			t.Errorf("%d bytes were taken for the pictures", n)
		}
	}
	if _, err := open("PNG!" + assets.Pictures[4:]); err == nil {
		t.Error("another format was taken")
	}
}

// TestScaleKeepsLight: scaling neither adds nor loses light, and stays premultiplied.
func TestScaleKeepsLight(t *testing.T) {
	var u unpacker
	count := pictures().count
	rapid.Check(t, func(t *rapid.T) {
		src, err := u.unpack(pictures(), rapid.IntRange(0, count-1).Draw(t, "picture"))
		if err != nil {
			t.Fatal(err)
		}
		side := rapid.IntRange(1, 160).Draw(t, "side")
		dst := scaled(src, side)
		for c := range 4 {
			if d := mean(dst, c) - mean(src, c); d > 4 || d < -4 {
				t.Fatalf("at %d channel %d became %v brighter", side, c, d)
			}
		}
		for i := 0; i < len(dst.Pix); i += 4 {
			if a := dst.Pix[i+3]; dst.Pix[i] > a || dst.Pix[i+1] > a || dst.Pix[i+2] > a {
				t.Fatalf("at %d a pixel is brighter than it is opaque", side)
			}
		}
	})
}

func mean(img *image.RGBA, channel int) float64 {
	sum := 0
	for i := channel; i < len(img.Pix); i += 4 {
		sum += int(img.Pix[i])
	}
	return float64(sum) / float64(len(img.Pix)/4)
}

// TestRowPixels: a row is exactly as many pixels as the screen gives it, at any
// scale, so that nothing scales it again.
func TestRowPixels(t *testing.T) {
	test.NewTempApp(t)
	for _, scale := range []float32{1, 1.25, 1.5, 1.6, 2} {
		for _, size := range []float32{11.2, 14, 16, 21, 42} {
			img := Row([]string{"👍", "🇲🇹", "🎉"}, CellFor(size, scale))
			got := img.Image.Bounds().Size()
			want := image.Pt(round(img.Size().Width*scale), round(img.Size().Height*scale))
			if got != want {
				t.Errorf("at %v and scale %v: %v, the screen wants %v", size, scale, got, want)
			}
		}
	}
}

// TestMemoryIsBounded draws everything in many sizes.
func TestMemoryIsBounded(t *testing.T) {
	test.NewTempApp(t)
	all := listed(t)
	for _, side := range []float32{18, 72} {
		for i := 0; i+20 <= len(all); i += 20 {
			Row(all[i:i+20], CellOf(side, 0, 1))
			if cache.bytes > maxBytes {
				t.Fatalf("%d bytes are kept", cache.bytes)
			}
		}
	}
	bytes := 0
	for _, e := range cache.entries {
		bytes += len(e.Value.(*picture).pixels.Pix)
	}
	if bytes != cache.bytes || len(cache.entries) != cache.recent.Len() {
		t.Errorf("%d bytes are counted, %d kept", cache.bytes, bytes)
	}
}

// TestRowsWaitTheirTurn: no more pictures are unpacked than a frame has time for;
// the others come with the next ones, until all are there.
func TestRowsWaitTheirTurn(t *testing.T) {
	test.NewTempApp(t)
	cache = newPictureCache()
	all := listed(t)[:300]
	waiting.frame = &fyne.Animation{} // as if frames came: the driver of tests has none
	defer func() { waiting = queue{} }()
	img := Row(all, CellOf(20, 0, 1))
	if n := len(cache.entries); n > perFrame {
		t.Fatalf("%d pictures at once", n)
	}
	if len(waiting.rows) != 1 {
		t.Fatalf("%d rows wait", len(waiting.rows))
	}
	cache.left, cache.last = 0, time.Time{} // a slow machine, in the middle of a row
	before := len(cache.entries)
	waiting.next()
	if n := len(cache.entries) - before; n != 0 {
		t.Fatalf("%d pictures between two frames", n)
	}
	frames := 0
	for ; len(waiting.rows) > 0 && frames < 20; frames++ {
		cache.left = perFrame // a frame later
		before := len(cache.entries)
		waiting.next()
		if n := len(cache.entries) - before; n > perFrame {
			t.Fatalf("%d pictures in a frame", n)
		}
	}
	if frames > 10 || waiting.frame != nil {
		t.Errorf("%d frames, still running: %v", frames, waiting.frame != nil)
	}
	whole := Row(all, CellOf(20, 0, 1))
	if !bytes.Equal(img.Image.(*image.RGBA).Pix, whole.Image.(*image.RGBA).Pix) {
		t.Error("the row that waited looks different")
	}
}

// TestPictureMaster keeps the look of a few: a family, flags, skin, a keycap, at
// the sizes of text.
func TestPictureMaster(t *testing.T) {
	test.NewTempApp(t)
	sample := []string{"😀", "👨‍👩‍👧‍👦", "🇲🇹", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "👍🏽", "👩🏻‍❤️‍👨🏿", "1️⃣", "❤️", "🎉", "🐦‍🔥", "🇨🇶"}
	sheet := image.NewRGBA(image.Rect(0, 0, 12*74, 190))
	y := 0
	for _, side := range []float32{18, 36, 54, 72} {
		img := Row(sample, CellOf(side, 2, 1)).Image.(*image.RGBA)
		for row := range img.Rect.Dy() {
			copy(sheet.Pix[(y+row)*sheet.Stride:], img.Pix[row*img.Stride:(row+1)*img.Stride])
		}
		y += img.Rect.Dy() + 3
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, sheet); err != nil {
		t.Fatal(err)
	}
	master := filepath.Join("testdata", "sample.png")
	want, err := os.ReadFile(master)
	if err != nil {
		if err := os.MkdirAll("testdata/failed", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/failed/sample.png", buf.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("no master: %v", err)
	}
	have, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	different := 0
	for y := range sheet.Rect.Dy() {
		for x := range sheet.Rect.Dx() {
			r, g, b, a := have.At(x, y).RGBA()
			r2, g2, b2, a2 := sheet.At(x, y).RGBA()
			if far(r, r2) || far(g, g2) || far(b, b2) || far(a, a2) {
				different++
			}
		}
	}
	if different > 0 {
		t.Errorf("%d pixels differ from %s", different, master)
	}
}

// far allows for the rounding of other processors.
func far(a, b uint32) bool { return max(a, b)-min(a, b) > 3<<8 }

func TestSplit(t *testing.T) {
	if got := Split("👍🏽🇲🇹👨‍👩‍👧1️⃣x🎉"); strings.Join(got, "|") != "👍🏽|🇲🇹|👨‍👩‍👧|1️⃣" {
		t.Errorf("%q", got)
	}
	for _, e := range emoji.List(emoji.Flags) {
		if got := Split(e.Text + e.Text); len(got) != 2 {
			t.Errorf("%s twice is %q", e.Text, got)
		}
	}
}

// BenchmarkUnpack is the cost of a picture that is seen for the first time.
func BenchmarkUnpack(b *testing.B) {
	var u unpacker
	for i := 0; b.Loop(); i++ {
		src, err := u.unpack(pictures(), i%pictures().count)
		if err != nil {
			b.Fatal(err)
		}
		scaled(src, 18)
	}
}
