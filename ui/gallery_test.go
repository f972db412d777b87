package ui

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/ui/look"
)

// pose shows the present screen as it is once all has happened.
func (g *Gallery) pose(q *queue) {
	g.build()
	q.run()
	if then := g.screens[g.at].then; then != nil {
		then(g.u)
		q.run()
	}
}

// TestGallery builds every screen in every language, wide and narrow, normal and
// large, and looks for text that is cut off at the right edge of the window.
func TestGallery(t *testing.T) {
	for _, form := range []string{"en", "en,dark,narrow,large", "zh,narrow", "mt,narrow", "mt,narrow,large"} {
		t.Run(form, func(t *testing.T) {
			g, q := newGallery(t, "welcome,"+form)
			for i, s := range g.screens {
				g.at = i
				g.pose(q)
				checkEdges(t, g.u, s.name)
				checkTitles(t, g.u, s.name)
			}
		})
	}
}

// checkEdges reports texts that stand over the edge of what they are clipped to.
func checkEdges(t *testing.T, u *UI, name string) {
	t.Helper()
	texts := 0
	each(u, func(o fyne.CanvasObject, at fyne.Position, clip bounds) {
		text, ok := o.(*canvas.Text)
		if !ok || strings.TrimSpace(text.Text) == "" {
			return
		}
		texts++
		if right := at.X + text.MinSize().Width; at.X < clip.at.X-0.5 || right > clip.at.X+clip.size.Width+1 {
			t.Errorf("%s: %q goes from %.0f to %.0f, beyond %.0f", name, text.Text, at.X, right, clip.at.X+clip.size.Width)
		}
	})
	if texts == 0 {
		t.Errorf("%s: shows nothing", name)
	}
}

// checkTitles reports dialogs whose title ends like a button that opens one.
func checkTitles(t *testing.T, u *UI, name string) {
	t.Helper()
	for _, d := range u.dialogs {
		if title := d.spec.title; strings.HasSuffix(title, "…") || strings.HasSuffix(title, "...") {
			t.Errorf("%s: the title %q promises another dialog", name, title)
		}
	}
}

// TestMarkup compares pages that never change by themselves with their masters.
func TestMarkup(t *testing.T) {
	for _, name := range []string{"welcome", "host", "join", "compare", "pin", "keyring-absent", "vault-wrong", "damaged"} {
		t.Run(name, func(t *testing.T) {
			g, q := newGallery(t, name+",light,en")
			g.pose(q)
			test.AssertRendersToMarkup(t, name+".xml", g.u.win.Canvas())
		})
	}
}

// TestReach shows that Tab comes by every button and field of each page, and that
// none of them is without a visible mark of the focus.
func TestReach(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	for i, s := range g.screens {
		g.at = i
		g.pose(q)
		c := g.u.win.Canvas()
		overlays := c.Overlays().List()
		root := c.Content()
		if len(overlays) > 0 {
			root = overlays[len(overlays)-1]
		}
		want := map[fyne.Focusable]string{}
		walk(root, fyne.NewPos(0, 0), bounds{}, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
			f, ok := o.(fyne.Focusable)
			if d, can := o.(fyne.Disableable); !ok || can && d.Disabled() {
				return
			}
			want[f] = fmt.Sprintf("%T", o)
			if b, ok := o.(*look.Button); ok {
				want[f] += " " + b.Text()
			}
		})
		seen := map[fyne.Focusable]bool{}
		for range len(want) + 2 {
			c.(interface{ FocusNext() }).FocusNext()
			seen[c.Focused()] = true
		}
		for f, what := range want {
			if _, menu := f.(*look.Menu); !menu && !seen[f] {
				t.Errorf("%s: Tab does not reach %s", s.name, what)
			}
		}
		g.u.closeAll()
		c.Unfocus()
	}
}

// TestThemeChange shows that the window follows the theme while it is open.
func TestThemeChange(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	fill := func() any {
		var found any
		each(g.u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
			if r, ok := o.(*canvas.Rectangle); ok && found == nil && r.Size().Width > 200 && r.Size().Height > 200 {
				found = r.FillColor
			}
		})
		return found
	}
	before := fill()
	g.u.change(func(s *app.Settings) { s.Theme = "dark" })
	if after := fill(); after == before || before == nil {
		t.Errorf("the largest surface is %v before and %v after", before, after)
	}
}

// TestLanguageChange shows that the whole page changes its language and that the
// place and what was begun to write stay.
func TestLanguageChange(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.openRoom(inventedRoom("general"))
	u.home.pane.composer.entry.SetText("begun")
	u.showSettings()
	u.change(func(s *app.Settings) { s.Language = "mt" })
	q.run()
	if u.home.room != inventedRoom("general") || u.home.pane.composer.entry.Text() != "begun" {
		t.Errorf("room %v, text %q after the change", u.home.room, u.home.pane.composer.entry.Text())
	}
	if !shows(u, "Stieden in-nies") || shows(u, "Invite people") {
		t.Error("the page is not in Maltese")
	}
	if len(u.dialogs) != 1 || u.dialogs[0].spec.title != "Preferenzi" {
		t.Error("the settings did not come back")
	}
	if s, ok := u.win.Canvas().Focused().(*segments); !ok || s.labels[s.at] != "Malti" {
		t.Errorf("the languages have lost the keyboard, %T has it", u.win.Canvas().Focused())
	}
	u.change(func(s *app.Settings) { s.Language = "en" })
}

// TestLanguageAtFirst: who does not know the language of the first page goes from one
// to the next by keyboard, and the settings stay open.
func TestLanguageAtFirst(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	q.run()
	u := g.u
	u.showSettings()
	for _, want := range []string{"简体中文", "Malti"} {
		pressKeys(u.dialogs[0].spec.body.(*settingsPage).language, fyne.KeyRight)
		q.run()
		if len(u.dialogs) != 1 {
			t.Fatalf("the settings are gone behind %q", want)
		}
		if s, ok := u.win.Canvas().Focused().(*segments); !ok || s.labels[s.at] != want {
			t.Fatalf("the languages have lost the keyboard, %T has it", u.win.Canvas().Focused())
		}
	}
	u.change(func(s *app.Settings) { s.Language = "en" })
}
