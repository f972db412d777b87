//go:build window

package window

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	shortly  = 300 * time.Millisecond // a picture that is still for so long is done
	patience = 60 * time.Second
	tellTale = "taken at a secret place"
)

// photo is a picture that tells more than it shows.
func photo(t *testing.T) (image.Image, []byte) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 640, 400))
	for y := range 400 {
		for x := range 640 {
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(x * 255 / 640), G: uint8(y * 255 / 400), B: uint8((x/40 + y/40) % 2 * 200), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	text := []byte("tEXtComment\x00" + tellTale)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
	chunk = append(chunk, text...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(text))
	const header = 8 + 25 // signature and the first chunk
	data := bytes.Clone(b.Bytes()[:header])
	return img, append(append(data, chunk...), b.Bytes()[header:]...)
}

// attach chooses the n-th line of the folder in the program's own dialog.
func (c *client) attach(n int) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("ctrl+u") })
	c.changes(shortly, func() { c.key(append(slices.Repeat([]string{"Down"}, n-1), "space")...) })
	c.picture("40-choose-" + c.profile)
	c.changes(shortly, func() { c.key("Return") })
}

// TestFiles: a picture goes from one person's disk through the dialogs of two windows
// to the other's, without what the camera wrote into it; a file that waits while there
// is no server survives that its sender is killed.
func TestFiles(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	s, cli := group(t, "fay", "gil")
	saved := filepath.Join(home, "Downloads", "photo.png")
	if err := os.Mkdir(filepath.Dir(saved), 0o700); err != nil {
		t.Fatal(err)
	}
	want, data := photo(t)
	report := bytes.Repeat([]byte("numbers "), 1<<17)
	for name, content := range map[string][]byte{"photo.png": data, "report.bin": report} {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gil, fay := open(t, "gil"), open(t, "fay")
	gil.titled("general – Big – Hearth", patience)
	fay.titled("general – Big – Hearth", patience)
	fay.front()
	fay.steady(shortly)
	fay.attach(2) // behind Downloads
	fay.says("from the walk")
	fay.picture("41-sent")
	gil.titled("(1) general – Big – Hearth", patience)
	gil.front()
	gil.titled("general – Big – Hearth", patience)
	gil.steady(600 * time.Millisecond)
	gil.picture("42-picture-came")
	gil.views(saved)

	got, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got, []byte(tellTale)) {
		t.Error("the picture still tells where it was taken")
	}
	img, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds().Size() != want.Bounds().Size() {
		t.Errorf("the picture has become %v", img.Bounds())
	}
	for _, at := range []image.Point{{}, {X: 639, Y: 399}, {X: 320, Y: 200}, {X: 100, Y: 50}} {
		if color.NRGBAModel.Convert(img.At(at.X, at.Y)) != want.At(at.X, at.Y) {
			t.Errorf("at %v it has another colour", at)
		}
	}

	s.stop()
	fay.away = true
	fay.front()
	fay.attach(3)
	fay.says("while nobody listens")
	fay.steady(600 * time.Millisecond)
	fay.picture("45-waits")
	fay.finish() // killed
	s.start()
	fay = open(t, "fay")
	fay.titled("general – Big – Hearth", patience)
	fay.front()
	gil.titled("(1) general – Big – Hearth", patience)
	fay.picture("46-sent-after-kill")
	gil.stop()
	fay.stop()
	if list := cli("gil", "files", "general"); !strings.Contains(list, "report.bin") || !strings.Contains(list, "photo.png") {
		t.Errorf("gil's files:\n%s", list)
	}
	copied := filepath.Join(home, "copy.bin")
	seq := ""
	for line := range strings.Lines(cli("gil", "files", "general")) {
		if f := strings.Fields(line); strings.Contains(line, "report.bin") {
			seq = f[0]
		}
	}
	cli("gil", "fetch", "--to", copied, "general", seq)
	if got, err := os.ReadFile(copied); err != nil || !bytes.Equal(got, report) {
		t.Errorf("the file that waited: %d bytes, %v", len(got), err)
	}
}

// views has the newest message's picture shown, as it is of somebody unknown, opens it by
// keyboard, looks closer, and saves it.
func (c *client) views(saved string) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("Up") })
	c.changes(shortly, func() { c.key("Menu") })
	c.changes(shortly, func() { c.key("s") })
	c.changes(600*time.Millisecond, func() { c.key("Return") })
	c.picture("43-shown")
	c.changes(shortly, func() { c.key("Return") }) // only this one
	c.changes(shortly, func() { c.key("Menu") })
	c.changes(shortly, func() { c.key("v") })
	c.changes(600*time.Millisecond, func() { c.key("Return") })
	c.picture("43-viewer")
	c.changes(shortly, func() { c.key("equal") })
	c.changes(shortly, func() { c.key("Left", "Up", "0") })
	c.changes(shortly, func() { c.key("s") })
	c.picture("44-save")
	until(c.t, "the saved picture", patience, func() bool {
		if _, err := os.Stat(saved); err == nil {
			return true
		}
		c.key("Return")
		c.steady(shortly)
		return false
	})
	c.changes(shortly, func() { c.key("Escape") })
	c.changes(shortly, func() { c.key("Escape") })
}
