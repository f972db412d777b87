package ui

import (
	"context"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// naming hears what rooms are called.
type naming struct {
	*invented
	names chan string
}

// CreateRoom implements app.Commands.
func (c *naming) CreateRoom(_ context.Context, r app.RoomRequest) (chat.RoomID, error) {
	c.names <- r.Name
	return chat.NewRoomID(), nil
}

// RenameRoom implements app.Commands.
func (c *naming) RenameRoom(_ context.Context, _ chat.RoomID, name string) error {
	c.names <- name
	return nil
}

// TestRoomLike: who gives a room a name that another one has is told so at the field, and
// gets it by going on; any other name is taken at once.
func TestRoomLike(t *testing.T) {
	core := &naming{newInvented(time.Now()), make(chan string, 9)}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1000, 700))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	warned := func(button string) func() bool {
		words := tr.F("newroom.like", "Room", inSentence("general"), "Button", button)
		return func() bool { return shows(u, words) }
	}
	took := func(want ...string) {
		t.Helper()
		q.until(t, "the end of the dialog", func() bool { return len(u.dialogs) == 0 })
		var got []string
		for len(core.names) > 0 {
			got = append(got, <-core.names)
		}
		if !slices.Equal(got, want) {
			t.Errorf("rooms were named %q instead of %q", got, want)
		}
	}
	make := tr.S("newroom.submit")
	f := u.home.askNewRoom()
	name := f.fields["name"]
	name.entry.SetText("General")
	pressButton(t, u, make)
	q.until(t, "the warning", warned(make))
	name.entry.SetText("Generals")
	if warned(make)() {
		t.Error("the warning stays while the name changes")
	}
	pressButton(t, u, make)
	took("Generals")

	name = u.home.askNewRoom().fields["name"]
	name.entry.SetText(" general")
	pressButton(t, u, make)
	q.until(t, "the warning", warned(make))
	pressButton(t, u, make)
	took("general")

	save := tr.S("button.save")
	u.home.showRoomEdit(inventedRoom("general"))
	fields := entries(u)
	fields[len(fields)-2].SetText("GENERAL") // the same room
	pressButton(t, u, save)
	took("GENERAL")
	u.home.showRoomEdit(inventedRoom("design"))
	fields = entries(u)
	fields[len(fields)-2].SetText("general")
	pressButton(t, u, save)
	q.until(t, "the warning", warned(save))
	pressButton(t, u, save)
	took("general")
}
