package ui

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
)

// pictureForms are how every screen is drawn by TestPictures.
var pictureForms = []struct {
	name     string
	theme    string
	language string
	size     fyne.Size
	text     float32
	from     string // first screen
}{
	{"light-en", "light", "en", fyne.NewSize(1280, 800), 1, "welcome"},
	{"dark-zh-narrow", "dark", "zh", fyne.NewSize(480, 760), 1, "welcome"},
	{"light-mt-narrow-large", "light", "mt", fyne.NewSize(480, 760), 1.3, "welcome"},
	{"dark-en-wide", "dark", "en", fyne.NewSize(1800, 800), 1, "main"},
}

// pictureWait is how long a screen gets for what its core answers.
const pictureWait = 20 * time.Millisecond

// TestPictures draws every screen of the gallery in several forms into the folder
// that HEARTH_GALLERY names; scripts/gallery.sh (make gallery) runs it. The
// pictures are for people to look at: what a test can tell, TestGallery does.
func TestPictures(t *testing.T) {
	dir := os.Getenv("HEARTH_GALLERY")
	if dir == "" {
		t.Skip("HEARTH_GALLERY names no folder")
	}
	for _, f := range pictureForms {
		t.Run(f.name, func(t *testing.T) {
			if err := os.MkdirAll(filepath.Join(dir, f.name), 0o755); err != nil {
				t.Fatal(err)
			}
			g, q := newGallery(t, "welcome")
			g.u.settings = app.Settings{Theme: f.theme, TextSize: f.text, Language: f.language, Width: f.size.Width, Height: f.size.Height}
			g.u.applyLook(g.u.settings)
			g.u.win.Resize(f.size)
			first := slices.IndexFunc(g.screens, func(s screen) bool { return s.name == f.from })
			for i, s := range g.screens {
				if i < first {
					continue
				}
				g.at = i
				g.pose(q)
				q.linger(pictureWait)
				q.until(t, "colours of code", g.u.painter.Idle)
				draw(t, g.u.win.Canvas(), filepath.Join(dir, f.name, fmt.Sprintf("%02d-%s.png", i+1, s.name)))
			}
		})
	}
}

func draw(t *testing.T, c fyne.Canvas, file string) {
	t.Helper()
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(out, c.Capture()); err != nil {
		t.Error(err)
	}
	if err := out.Close(); err != nil {
		t.Error(err)
	}
}
