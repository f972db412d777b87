package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"hearth/ui/look"
)

// TestLowerDialogCloses: a dialog that closes by itself while another is open over it, as
// when a server has answered at last, leaves that one in view, and the keyboard with it.
func TestLowerDialogCloses(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	g.pose(q)
	g.loaded(t, q)
	u := g.u
	u.home.focus()
	before := u.win.Canvas().Focused()
	lower := u.open(dialogSpec{title: "Lower", body: newPara("below", look.Body, look.Text), buttons: []*look.Button{look.NewButton("Low", look.Quiet, nil)}})
	name := newField("Name", "")
	upper := u.open(dialogSpec{title: "Upper", body: column(8, newPara("above", look.Body, look.Text), name), focus: name.entry})
	lower.Close()
	if shows(u, "below") || !shows(u, "above") || len(u.dialogs) != 1 {
		t.Fatalf("below %v, above %v, %d dialogs", shows(u, "below"), shows(u, "above"), len(u.dialogs))
	}
	if f := u.win.Canvas().Focused(); f == nil {
		t.Error("the keyboard is with nothing")
	} else if test.Type(f, "bees"); name.Text() != "bees" {
		t.Errorf("%q is typed into it, the keyboard is with %T", name.Text(), f)
	}
	upper.Close()
	if u.covered() || u.win.Canvas().Focused() != before {
		t.Errorf("covered %v, the keyboard is with %T", u.covered(), u.win.Canvas().Focused())
	}
}
