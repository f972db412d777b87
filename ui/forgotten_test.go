package ui

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
	_ "unsafe" // for go:linkname

	"fyne.io/fyne/v2/driver/software"
)

// toolkitNow is the clock by which the toolkit lets go of what was not shown for a minute
// (fyne.io/fyne/v2/internal/cache).
//
//go:linkname toolkitNow fyne.io/fyne/v2/internal/cache.timeNow
var toolkitNow func() time.Time

// forgetter has the toolkit let go of all renderers each time it is called.
func forgetter(t *testing.T) (forget func()) {
	t.Helper()
	before := toolkitNow
	t.Cleanup(func() { toolkitNow = before })
	now := time.Now()
	toolkitNow = func() time.Time { return now }
	return func() {
		now = now.Add(2 * time.Minute)
		software.NewCanvas().Capture() // cleans up, as each frame does
	}
}

// TestForgotten: the toolkit lets go of the renderers of what it has not painted for a
// minute, makes new ones when it is shown again, and lays those out only if their size
// changes. What is shown must look then as before.
func TestForgotten(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	forget := forgetter(t)
	c := g.u.win.Canvas()
	for i, s := range g.screens {
		if !slices.Contains(mainScreens, s.name) {
			continue
		}
		g.at = i
		g.pose(q)
		q.linger(pictureWait)
		q.until(t, "colours of code", g.u.painter.Idle)
		was := c.Capture()
		forget()
		if is := c.Capture(); !samePicture(was, is) {
			t.Errorf("%s looks different", s.name)
			keepPictures(t, s.name, was, is)
		}
	}
}

// TestForgottenWaiting: the same while what a screen asks its core for is not there yet.
func TestForgottenWaiting(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	forget := forgetter(t)
	c := g.u.win.Canvas()
	g.u.home.showBrowse() // what comes is not taken
	was := c.Capture()
	forget()
	if is := c.Capture(); !samePicture(was, is) {
		t.Error("the list of open rooms looks different")
		keepPictures(t, "waiting", was, is)
	}
}

func samePicture(a, b image.Image) bool {
	x, y := a.(*image.NRGBA), b.(*image.NRGBA)
	return x.Rect == y.Rect && bytes.Equal(x.Pix, y.Pix)
}

// keepPictures leaves both pictures where somebody can look at them.
func keepPictures(t *testing.T, name string, was, is image.Image) {
	t.Helper()
	const dir = "testdata/failed"
	err := os.MkdirAll(dir, 0o755)
	for end, img := range map[string]image.Image{"was": was, "is": is} {
		var b bytes.Buffer
		err = errors.Join(err, png.Encode(&b, img))
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "forgotten-"+name+"-"+end+".png"), b.Bytes(), 0o600))
	}
	if err != nil {
		t.Error(err)
	}
}

// TestFocusOfForgotten: the keyboard goes to the composer also where the toolkit had
// forgotten all of the page, as it does with a group that is out of view.
func TestFocusOfForgotten(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	before := toolkitNow
	t.Cleanup(func() { toolkitNow = before })
	g.pose(q)
	c := g.u.win.Canvas()
	c.Unfocus()
	now := time.Now().Add(2 * time.Minute)
	toolkitNow = func() time.Time { return now }
	software.NewCanvas().Capture() // cleans up, as each frame does
	g.u.home.focus()
	if entry := g.u.home.pane.composer.entry; c.Focused() != entry {
		t.Errorf("the keyboard is with %T", c.Focused())
	}
}
