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

// TestPlays: a picture that moves plays in the timeline, then it stands; in the viewer it
// goes on.
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
	flo.changes(shortly, func() { flo.key("Up", "Up") }) // change it, and over to the messages
	flo.changes(shortly, func() { flo.key("Menu") })
	flo.changes(shortly, func() { flo.key("v") })
	flo.key("Return")
	plays()
	flo.picture("232-viewer")
	flo.key("Escape")
	flo.steady(time.Second)
}
