package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestRefusedChangeIsTold: a deletion, a reaction or a pin that the server refuses goes
// from the screen again, and the window says so and why.
func TestRefusedChangeIsTold(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.u.apply(app.Changes{Notices: []app.Notice{{Kind: app.NoticeChangeRefused, Room: g.u.home.room, Target: 1, Code: chat.CodeMessageGone}}}, g.core.view)
	if want := tr.F("toast.change_refused", "Why", tr.S("fail.message_gone")); !g.u.toasts.box.Visible() || !shows(g.u, want) {
		t.Errorf("the window does not say %q", want)
	}
}

// TestToastIsAboveTheComposer: what one is writing stays to be read, however much it is.
func TestToastIsAboveTheComposer(t *testing.T) {
	for _, screen := range []string{"main,light,en", "main,light,en,narrow,large"} {
		g, q := newGallery(t, screen)
		q.run()
		u := g.u
		c := u.home.pane.composer
		for _, text := range []string{"", strings.Repeat("a line\n", 30)} {
			c.entry.SetText(text)
			q.run()
			u.toast(tr.S("invite.copied"), look.Good)
			q.run()
			where := fyne.CurrentApp().Driver().AbsolutePositionForObject
			box, top := u.toasts.box, where(c.object).Y
			if bottom := where(box).Y + box.Size().Height; top <= 0 || bottom > top {
				t.Errorf("%s, %d letters: the toast ends at %v, the composer begins at %v", screen, len(text), bottom, top)
			}
		}
	}
}

// TestToastOverDialog: what is said while a dialog is open lies over it and not over its
// buttons, and stays when the dialog closes; so it does over a picture.
func TestToastOverDialog(t *testing.T) {
	for _, screen := range []string{"main,light,en", "main,light,en,narrow,large"} {
		g, q := newGallery(t, screen)
		q.run()
		g.loaded(t, q)
		u := g.u
		c := u.win.Canvas()
		where := fyne.CurrentApp().Driver().AbsolutePositionForObject
		within := func(layer *fyne.Container, what string) {
			t.Helper()
			q.run()
			found := false
			walk(layer, fyne.NewPos(0, 0), bounds{}, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
				found = found || o == fyne.CanvasObject(u.toasts.box)
			})
			box := u.toasts.box
			if at := where(box); !found || !box.Visible() || at.Y < 0 || at.Y+box.Size().Height > c.Size().Height {
				t.Errorf("%s, over %s: %v, at %v, %v high in a window of %v", screen, what, found, at, box.Size().Height, c.Size())
			}
		}
		u.toast(tr.S("invite.copied"), look.Good)
		for _, open := range []func(){u.showSettings, func() { u.confirm(confirmation{title: "Sure?", text: "Indeed?", do: "Yes"}) }} {
			open()
			d := u.dialogs[len(u.dialogs)-1]
			within(d.layer, "a dialog opened meanwhile")
			u.toast(tr.S("invite.copied"), look.Good)
			within(d.layer, "a dialog")
			box := u.toasts.box
			for _, b := range d.spec.buttons {
				if at := where(b); at.Y < where(box).Y+box.Size().Height && at.Y+b.Size().Height > where(box).Y {
					t.Errorf("%s: the toast covers a button", screen)
				}
			}
		}
		key(u, fyne.KeyEscape)
		within(u.dialogs[0].layer, "the dialog below")
		key(u, fyne.KeyEscape)
		within(u.ground, "the page again")
		if len(u.dialogs) != 0 {
			t.Errorf("%s: %d dialogs are open", screen, len(u.dialogs))
		}
		u.openViewer(u.home.room, []viewed{{file: chat.File{Name: "a.png"}}}, 0)
		within(u.viewer.layer, "a picture")
		key(u, fyne.KeyEscape)
		within(u.ground, "the page after the picture")
	}
}

// TestToastIsWhole: a long sentence is shown to its last word, inside the window, and
// stays long enough to be read; a short one takes one line.
func TestToastIsWhole(t *testing.T) {
	g, q := newGallery(t, "main,light,en,narrow,large")
	q.run()
	u := g.u
	show := func(text string) (drawn string, height float32) {
		u.toast(text, look.Bad)
		q.run()
		box := u.toasts.box
		edge := bounds{fyne.CurrentApp().Driver().AbsolutePositionForObject(box), box.Size()}
		if size := u.win.Canvas().Size(); edge.at.X < 0 || edge.at.Y < 0 || edge.at.X+edge.size.Width > size.Width || edge.at.Y+edge.size.Height > size.Height {
			t.Errorf("the toast lies at %v, %v in a window of %v", edge.at, edge.size, size)
		}
		walk(u.toasts.text, fyne.NewPos(0, 0), bounds{}, func(o fyne.CanvasObject, at fyne.Position, _ bounds) {
			line, ok := o.(*canvas.Text)
			if !ok {
				return
			}
			drawn += line.Text
			if right := at.X + line.MinSize().Width; right > box.Size().Width-box.PadX {
				t.Errorf("%q goes to %.0f of %.0f", line.Text, right, box.Size().Width)
			}
		})
		return drawn, box.Size().Height
	}
	flat := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	long := tr.F("file.saved", "Path", "/home/daniel/Documents/"+strings.Repeat("a folder/", 12)+"the last word.pdf")
	drawn, high := show(long)
	if flat(drawn) != flat(long) {
		t.Errorf("drawn: %q", drawn)
	}
	if _, low := show(tr.S("invite.copied")); low >= high || low > 3*u.toasts.text.lineHeight() {
		t.Errorf("a short sentence takes %.0f, a long one %.0f", low, high)
	}
	if short, whole := toastStays("Copied"), toastStays(long); short != 4*time.Second || whole < 8*time.Second || whole > 15*time.Second {
		t.Errorf("they stay %v and %v", short, whole)
	}
}
