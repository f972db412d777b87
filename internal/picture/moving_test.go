package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"testing"
	"time"
)

var inks = color.Palette{color.Transparent, color.NRGBA{R: 255, A: 255}, color.NRGBA{G: 255, A: 255}, color.NRGBA{B: 255, A: 255}, color.White}

// filled is a frame of one colour.
func filled(r image.Rectangle, ink byte) *image.Paletted {
	p := image.NewPaletted(r, inks)
	for i := range p.Pix {
		p.Pix[i] = ink
	}
	return p
}

// moved is a GIF of three frames: red; a green corner that is taken back; a blue one that
// leaves the ground.
func moved(t testing.TB, w, h int) []byte {
	t.Helper()
	corner := image.Rect(0, 0, w/2, h/2)
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{
		Image:    []*image.Paletted{filled(image.Rect(0, 0, w, h), 1), filled(corner, 2), filled(corner, 3)},
		Delay:    []int{20, 0, 2000},
		Disposal: []byte{gif.DisposalNone, gif.DisposalPrevious, gif.DisposalBackground},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMove: frames come as they are drawn on each other, in rounds, and stay as long as
// they say within what makes sense.
func TestMove(t *testing.T) {
	m, err := Move(t.Context(), moved(t, 80, 40), 40, Played)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		for i, want := range []struct {
			corner, rest color.Color
			stays        time.Duration
		}{{inks[1], inks[1], 200 * time.Millisecond}, {inks[2], inks[1], usualFrame}, {inks[3], inks[1], longestFrame}} {
			img, stays, last := m.Next()
			if img.Bounds().Size() != image.Pt(40, 20) || stays != want.stays || last != (i == 2) {
				t.Errorf("round %d, frame %d: %v, stays %v, last %v", round, i, img.Bounds(), stays, last)
			}
			for at, ink := range map[image.Point]color.Color{{X: 5, Y: 5}: want.corner, {X: 35, Y: 15}: want.rest} {
				if got := color.NRGBAModel.Convert(img.At(at.X, at.Y)); got != color.NRGBAModel.Convert(ink) {
					t.Errorf("round %d, frame %d: %v at %v, want %v", round, i, got, at, ink)
				}
			}
		}
	}
}

// TestMovesNot: one frame, what takes too much, and what is broken is not played, and
// nothing of it is unpacked to find that out.
func TestMovesNot(t *testing.T) {
	whole := moved(t, 80, 40)
	one := moved(t, 8, 8)
	many := bytes.Clone(one[:len(one)-1])
	frame := -1
	head, err := gifParts(one, func(p gifPart) {
		if p.kind == gifImage && frame < 0 {
			frame = p.from
		}
	})
	if err != nil || head < 13 {
		t.Fatal(head, err)
	}
	end := bytes.IndexByte(one[frame+10:], 0) // of its codes
	for range Played.Frames {
		many = append(many, one[frame:frame+10+end+1]...)
	}
	vast := bytes.Clone(whole)
	vast[6], vast[7], vast[8], vast[9] = 0xff, 0xff, 0xff, 0xff
	for name, c := range map[string]struct {
		data  []byte
		limit Motion
	}{
		"nothing":         {nil, Played},
		"a JPEG":          {made(t, JPEG, 40, 30), Played},
		"a vast canvas":   {vast, Played},
		"too many frames": {append(many, ';'), Played},
		"frames":          {whole, Motion{Frames: 2, Canvas: 1 << 20, Area: 1 << 20}},
		"canvas":          {whole, Motion{Frames: 9, Canvas: 80*40 - 1, Area: 1 << 20}},
		"area":            {whole, Motion{Frames: 9, Canvas: 1 << 20, Area: 80*40*3/2 - 1}},
		"no end":          {whole[:len(whole)-1], Played},
	} {
		if Moves(c.data, c.limit) {
			t.Errorf("%s is played", name)
		}
		if _, err := Move(t.Context(), c.data, 40, c.limit); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !Moves(whole, Motion{Frames: 3, Canvas: 80 * 40, Area: 80 * 40 * 3 / 2}) {
		t.Error("what is just allowed is not played")
	}
	for i := range whole { // cut off anywhere: no panic, and nothing played
		if Moves(whole[:i], Played) {
			t.Errorf("of %d bytes %d are played", len(whole), i)
		}
	}
}

// TestPrepareMoving: what moves is sent as it moves, without what it says about itself.
func TestPrepareMoving(t *testing.T) {
	data := moved(t, 80, 40)
	head, _ := gifParts(data, func(gifPart) {})
	said := bytes.Join([][]byte{data[:head], []byte("!\xfe\x06secret\x00"), []byte("!\xff\x0bXMP DataXMP\x03abc\x00"), data[head:], []byte("behind")}, nil)
	p, err := Prepare(t.Context(), said, false)
	if err != nil || p.Type != "image/gif" || p.Width != 80 || p.Height != 40 {
		t.Fatalf("%+v, %v", p, err)
	}
	if !bytes.Equal(p.Data, data) {
		t.Errorf("%q is sent", p.Data)
	}
	if o, err := Prepare(t.Context(), said, true); err != nil || !bytes.Equal(o.Data, said) {
		t.Error("the original is changed", err)
	}
	if still, err := Prepare(t.Context(), made(t, PNG, 8, 8), false); err != nil || still.Type != "image/png" {
		t.Error(still.Type, err)
	}
}

// FuzzMove: no panic, whatever comes, and no frame outside its canvas.
func FuzzMove(f *testing.F) {
	f.Add(moved(f, 8, 6))
	f.Add(made(f, GIF, 4, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Move(t.Context(), data, 40, Motion{Frames: 50, Canvas: 1 << 14, Area: 1 << 16})
		if err != nil {
			return
		}
		for range 60 {
			if img, stays, _ := m.Next(); img.Bounds().Dx() > 40 || img.Bounds().Dy() > 40 || stays < shortestFrame {
				t.Fatalf("%v, %v", img.Bounds(), stays)
			}
		}
	})
}

func BenchmarkMovingFrame(b *testing.B) {
	m, err := Move(b.Context(), moved(b, 640, 480), 480, Played)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.Next()
	}
}
