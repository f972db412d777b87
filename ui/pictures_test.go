package ui

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
)

// firstScreens are what a new person sees before there is a group.
var firstScreens = []string{
	"welcome", "host", "host-keyring", "join", "join-expired", "join-unreachable", "join-authority", "reset", "recover", "recover-mistyped",
	"join-confirm", "sign-in", "sign-in-account", "compare", "pin", "keyring-locked", "keyring-absent", "secret-missing", "vault", "vault-wrong",
}

// mainScreens are drawn in more forms.
var mainScreens = []string{
	"welcome", "host", "main", "members", "person-card", "direct-list", "list", "messages", "message-menu", "message-reply", "message-versions",
	"files", "file-attach", "veiled", "media", "long", "scripts", "new-room", "browse", "add-people", "details", "outbox", "room-info", "settings",
	"settings-profile", "privacy", "notifications", "switcher", "search", "export", "rail", "toast-long",
}

// leftward are names of people who write from right to left, in the form of that name.
var leftward = []string{"نور الدين الخطيب", "שרה כהן", "محمد عبد الرحمن", "דוד בן־גוריון", "ليلى", "יעל Yael לוי"}

// pictureForms are how every screen is drawn by TestPictures.
var pictureForms = []struct {
	name     string
	theme    string
	language string
	size     fyne.Size
	text     float32
	from     string   // first screen
	only     []string // screens; nil: all from the first
	scale    float32  // pixels for each of the size, 0: 1
}{
	{"light-en", "light", "en", fyne.NewSize(1280, 800), 1, "welcome", nil, 0},
	{"dark-zh-narrow", "dark", "zh", fyne.NewSize(480, 760), 1, "welcome", nil, 0},
	{"light-mt-narrow-large", "light", "mt", fyne.NewSize(480, 760), 1.3, "welcome", nil, 0},
	{"dark-en-wide", "dark", "en", fyne.NewSize(1800, 800), 1, "main", nil, 0},
	{"light-en-widest", "light", "en", fyne.NewSize(2560, 1200), 1, "welcome", mainScreens, 0},
	{"dark-en-double", "dark", "en", fyne.NewSize(900, 700), 1, "welcome", mainScreens, 2},
	{"dark-mt-small", "dark", "mt", fyne.NewSize(1000, 700), app.SmallestText, "welcome", mainScreens, 0},
	{"light-zh-small", "light", "zh", fyne.NewSize(1000, 700), app.SmallestText, "welcome", mainScreens, 0},
	{"light-en-largest", "light", "en", fyne.NewSize(1000, 700), app.LargestText, "welcome", mainScreens, 0},
	{"dark-en-narrow-largest", "dark", "en", fyne.NewSize(480, 760), app.LargestText, "welcome", mainScreens, 0},
	{"dark-mt-narrow-largest", "dark", "mt", fyne.NewSize(480, 760), app.LargestText, "welcome", firstScreens, 0},
	{"light-en-leftward", "light", "en", fyne.NewSize(1000, 700), 1, "welcome", mainScreens, 0},
}

// pictureWait is how long a screen gets for what its core answers.
const pictureWait = 20 * time.Millisecond

// TestPictures draws every screen of the gallery in several forms into the folder
// that HEARTH_GALLERY names; scripts/gallery.sh (make gallery) runs it. The
// pictures are for people to look at: what a test can tell, TestGallery does. HEARTH_SCREENS
// is a regular expression: the screens that it matches are drawn in every form, no others.
func TestPictures(t *testing.T) {
	dir := os.Getenv("HEARTH_GALLERY")
	if dir == "" {
		t.Skip("HEARTH_GALLERY names no folder")
	}
	wanted, err := regexp.Compile(os.Getenv("HEARTH_SCREENS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range pictureForms {
		t.Run(f.name, func(t *testing.T) {
			if err := os.MkdirAll(filepath.Join(dir, f.name), 0o755); err != nil {
				t.Fatal(err)
			}
			g, q := newGallery(t, "welcome")
			g.u.settings = app.Settings{Theme: f.theme, TextSize: f.text, Language: f.language, Width: f.size.Width, Height: f.size.Height}.Sane()
			if strings.HasSuffix(f.name, "-leftward") {
				callPeople(t, leftward)
			}
			g.u.applyLook(g.u.settings)
			g.u.win.Resize(f.size)
			if c, ok := g.u.win.Canvas().(interface{ SetScale(float32) }); ok && f.scale > 0 {
				c.SetScale(f.scale)
			}
			first := slices.IndexFunc(g.screens, func(s screen) bool { return s.name == f.from })
			for i, s := range g.screens {
				if wanted.String() == "" && (i < first || f.only != nil && !slices.Contains(f.only, s.name)) || !wanted.MatchString(s.name) {
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

// callPeople gives the invented people other names until the test ends.
func callPeople(t *testing.T, names []string) {
	before := slices.Clone(inventedPeople)
	t.Cleanup(func() { inventedPeople = before })
	for i := range inventedPeople {
		inventedPeople[i].display = names[i%len(names)]
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
