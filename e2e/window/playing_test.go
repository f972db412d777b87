//go:build window

package window

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// flag is a picture that moves: it changes its colour.
func flag(t *testing.T, colors ...color.RGBA) []byte {
	t.Helper()
	g := gif.GIF{}
	for _, c := range colors {
		frame := image.NewPaletted(image.Rect(0, 0, 240, 160), color.Palette{c, palette.WebSafe[0]})
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 40) // hundredths of a second
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// much reports whether the window shows much of a colour.
func (c *client) much(want color.RGBA) bool {
	n, data := 0, c.pixels(area{})
	for i := 0; i+3 < len(data); i += 4 {
		if data[i] == want.B && data[i+1] == want.G && data[i+2] == want.R {
			n++
		}
	}
	return n > 5000
}

// where is the middle of what shows in a colour.
func (c *client) where(want color.RGBA) (x, y int) {
	c.t.Helper()
	n, data, wide := 0, c.pixels(area{}), c.size().width
	for i := 0; i+3 < len(data) && wide > 0; i += 4 {
		if data[i] == want.B && data[i+1] == want.G && data[i+2] == want.R {
			n, x, y = n+1, x+i/4%wide, y+i/4/wide
		}
	}
	if n == 0 {
		c.t.Fatalf("nothing is %v", want)
	}
	return x / n, y / n
}

// TestPlays: a picture that moves plays in the timeline, then it stands, and plays again
// under the pointer; in the viewer it goes on.
func TestPlays(t *testing.T) {
	_, cli := group(t, "flo")
	path := filepath.Join(t.TempDir(), "flag.gif")
	red, green, blue := color.RGBA{201, 31, 41, 255}, color.RGBA{31, 151, 61, 255}, color.RGBA{41, 61, 181, 255}
	if err := os.WriteFile(path, flag(t, red, green, blue), 0o600); err != nil {
		t.Fatal(err)
	}
	cli("flo", "send", "general", "look", "--file", path)
	flo := open(t, "flo")
	flo.titled("general – Big – Hearth", patience)
	flo.front()
	plays := func() {
		t.Helper()
		for _, c := range []color.RGBA{green, blue, red, green} {
			until(t, "the next colour", patience, func() bool { return flo.much(c) })
		}
	}
	plays()
	flo.picture("230-plays")
	flo.steady(2 * time.Second)
	flo.picture("231-stands")
	if !flo.much(red) {
		t.Error("what stands does not show the first frame")
	}
	x, y := flo.where(red)
	run(t, "xdotool", "mousemove", "--window", flo.id, strconv.Itoa(x), strconv.Itoa(y))
	plays()
	flo.steady(2 * time.Second)
	run(t, "xdotool", "mousemove", "--window", flo.id, "2", "2")
	flo.changes(shortly, func() { flo.key("Up", "Up") }) // change it, and over to the messages
	flo.changes(shortly, func() { flo.key("Menu") })
	flo.changes(shortly, func() { flo.key("v") })
	flo.key("Return")
	plays()
	flo.picture("232-viewer")
	flo.key("Escape")
	flo.steady(time.Second)
}
