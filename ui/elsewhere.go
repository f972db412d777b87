package ui

import (
	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// elsewhere says how much of something there is in a group beside the one in view.
type elsewhere struct {
	u          *UI
	name, note string
}

// elsewhere counts something in the other groups that are open, and names those that have
// some. The words take the number.
func (u *UI) elsewhere(words tr.Key, count func(*UI) int) (found []elsewhere) {
	for _, x := range u.joined() {
		if x == u || x.view == nil || x.view.Phase != app.PhaseOpen {
			continue
		}
		if n := count(x); n > 0 {
			found = append(found, elsewhere{x, x.fullName(), tr.N(words, n)})
		}
	}
	return found
}

// line is a group that leads to what there is of it.
func (e elsewhere) line(take func()) fyne.CanvasObject {
	t := newTouch(rowGrow(12, 1, look.NewTile(e.u.face(), e.u.groupName(), look.AvatarSmall),
		column(1, look.NewStrong(e.name, look.Body, look.Text), look.NewElided(e.note, look.Preview, look.Secondary)),
		look.NewIcon(look.IconNext, look.Faint, 18)), take)
	t.PadX, t.PadY = 12, 9
	return t
}

// unsent counts the messages that wait or could not be sent.
func (u *UI) unsent() int { return u.view.Waiting + u.view.Failed }
