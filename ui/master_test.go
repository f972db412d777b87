package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/ui/look"
)

// TestWidgetMasters compares what pages are made of with masters, light and at the usual
// size, dark and large. Latin only: other letters depend on the machine's fonts.
func TestWidgetMasters(t *testing.T) {
	for name, form := range map[string]string{"light": "light,en", "dark-large": "dark,large,en"} {
		over := func(what string, show func(u *UI)) {
			t.Run(what+"-"+name, func(t *testing.T) {
				g, q := newGallery(t, "welcome,"+form)
				g.pose(q)
				show(g.u)
				q.run()
				test.AssertRendersToMarkup(t, "widget-"+what+"-"+name+".xml", g.u.win.Canvas())
			})
		}
		over("menu", func(u *UI) {
			look.ShowMenu(u.win.Canvas(), fyne.NewPos(40, 40), []look.MenuItem{
				{Text: "Reply", Icon: look.IconReply}, {Text: "Not now", Icon: look.IconPin, Off: true}, {}, {Text: "Delete", Icon: look.IconTrash, Danger: true},
			})
		})
		over("dialog", func(u *UI) {
			ok := look.NewButton("Take it", look.Primary, nil)
			u.open(dialogSpec{title: "A question", body: newPara("One sentence, and another one that goes on for so long that it needs a second line.", look.Body, look.Text), buttons: []*look.Button{look.NewButton("Cancel", look.Plain, nil), ok}, focus: ok})
		})
		over("toast", func(u *UI) { u.toast("Something went wrong, and here is what to do about it.", look.Bad) })
		over("parts", func(u *UI) {
			field := newField("Name", "What others see.")
			field.entry.SetText("Ana")
			bad := newField("Password", "")
			bad.SetError("Too short.")
			pill := look.NewPill("Connected", look.GoodFill, look.Good)
			pill.Dot = true
			u.open(dialogSpec{title: "Parts", body: column(12,
				field, bad, newSegments([]string{"All", "Mentions", "None"}, 1, func(int) {}), newSlider(8, 3, func(int) {}, func(int) {}),
				row(8, pill, look.NewBadge("12")),
				newBoxed(look.FieldFill, look.EdgeInk, 12, 10, column(2, look.NewStrong("A card", look.Body, look.Text), note("with a word below"))),
			)})
		})
		t.Run("attach-"+name, func(t *testing.T) {
			g, q := newGallery(t, "file-attach,"+form)
			g.pose(q)
			q.linger(10 * time.Millisecond)
			tray := g.u.home.pane.composer.tray.object
			w := test.NewTempWindow(t, tray)
			w.SetPadded(false)
			w.Resize(fyne.NewSize(620, 200))
			test.AssertRendersToMarkup(t, "widget-attach-"+name+".xml", w.Canvas())
		})
	}
}
