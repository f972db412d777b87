package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
)

// TestListRoom: in a small window with large text only the list in a dialog scrolls, not
// the dialog round it, and a long title is not cut.
func TestListRoom(t *testing.T) {
	for _, size := range []fyne.Size{fyne.NewSize(395, 480), fyne.NewSize(1200, 800)} {
		for screen, open := range map[string]func(*home){"switcher": (*home).showSwitcher, "search": gallerySearch("the")} {
			g, q := newGallery(t, "main,light,en")
			u := g.u
			u.win.Resize(size)
			u.applyLook(app.Settings{Theme: "light", TextSize: 1.5, Language: "en", Width: size.Width, Height: size.Height})
			q.run()
			open(u.home)
			q.linger(pictureWait)
			d := u.dialogs[0]
			if need := heightFor(d.page, d.page.Size().Width); need > d.page.Size().Height+1 {
				t.Errorf("%s at %v: the dialog scrolls: %v of %v", screen, size, d.page.Size().Height, need)
			}
			if d.title.Size().Height+1 < d.title.HeightFor(d.title.Size().Width) || d.title.Position().Y < d.card.at.Y {
				t.Errorf("%s at %v: the title does not fit: %v at %v", screen, size, d.title.Size(), d.title.Position())
			}
		}
	}
}
