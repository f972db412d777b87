package ui

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/timeline"
)

// TestShortcutsUnderPicture: nothing opens below a picture that is shown large, nor
// below a menu, and Escape closes what lies on top although it has not the focus.
func TestShortcutsUnderPicture(t *testing.T) {
	g, q := newGallery(t, "files,light,en")
	g.pose(q)
	u := g.u
	room := u.home.room
	openPicture := func() {
		for _, m := range u.core.(*invented).messages[room] {
			if len(m.Files) == 5 {
				u.home.pane.onFile(rowOf(m), 1, timeline.FileView)
			}
		}
		if u.viewer == nil {
			t.Fatal("the picture is not shown")
		}
	}
	openPicture()
	q.until(t, "the picture is whole", func() bool { return u.viewer.part < 0 })
	for _, k := range keyCommands() {
		u.runShortcut(k.shortcut)
		q.run()
		if len(u.dialogs) > 0 || u.home.room != room || u.viewer == nil {
			t.Fatalf("%s does something below the picture", k.keys)
		}
	}
	c := u.win.Canvas()
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
	if len(u.dialogs) > 0 {
		t.Error("F1 opens a sheet below the picture")
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if u.viewer != nil || u.home.room != room {
		t.Error("Escape did not close the picture only")
	}
	u.home.side.showMenu()
	for _, k := range keyCommands() {
		if u.runShortcut(k.shortcut); len(u.dialogs) > 0 {
			t.Fatalf("%s opens a dialog over a menu", k.keys)
		}
	}
}

// reacher is a core with somebody who is in no room of the person's.
type reacher struct {
	*invented
	far     app.MemberView
	talked  []app.MemberView
	forward chat.RoomID
}

func (c *reacher) People(ctx context.Context) ([]app.MemberView, error) {
	list, err := c.invented.People(ctx)
	return append(list, c.far), err
}

func (c *reacher) Direct(_ context.Context, people []app.MemberView) (chat.RoomID, error) {
	c.talked = people
	return inventedRoom("general"), nil
}

func (c *reacher) Forward(_ context.Context, _ chat.RoomID, _ chat.Seq, to chat.RoomID) (chat.MID, error) {
	c.forward = to
	return chat.NewMID(), nil
}

// TestSwitchToAnybody: the switcher and forwarding offer everybody of the group,
// whether or not there is a conversation or a common room, and nobody twice.
func TestSwitchToAnybody(t *testing.T) {
	core := &reacher{invented: newInvented(time.Now()), far: app.MemberView{Account: inventedAccount("zora"), Name: "zora", Display: "Zora Far", Role: chat.RoleMember}}
	core.direct(time.Now())
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	choose := func(name string) {
		t.Helper()
		test.Type(u.win.Canvas().Focused(), "far")
		q.until(t, name+" is offered", func() bool { return shows(u, name) })
		key(u, fyne.KeyReturn)
		if len(u.dialogs) > 0 {
			t.Fatal("nobody was chosen")
		}
	}
	u.home.showSwitcher()
	choose("Zora Far  @zora")
	q.until(t, "the conversation", func() bool { return len(core.talked) == 1 && core.talked[0].Account == core.far.Account })

	core.talked = nil
	r := rowOf(core.messages[inventedRoom("release-room")][3])
	u.home.pane.forward(r)
	if shows(u, "Ana Borg  @ana") || !shows(u, "Marek Vella  @marek") {
		t.Error("Ana is listed beside the conversation with her")
	}
	choose("Zora Far  @zora")
	q.until(t, "the forwarding", func() bool { return len(core.talked) == 1 && core.forward == inventedRoom("general") })
}

// TestWhyItem: the menu of a message asks why it rang, and the answer leads to the
// rules of the room.
func TestWhyItem(t *testing.T) {
	g, q, _ := newRinging(t)
	u := g.u
	var other, own *timeline.Row
	for _, m := range g.core.messages[u.home.room] {
		if r := rowOf(m); r.Live() && r.Own {
			own = r
		} else if r.Live() {
			other = r
		}
	}
	if items := u.home.pane.readItems(own); len(items) > 0 && items[0].Text == "Why did this ring, or not?" {
		t.Error("own messages never ring")
	}
	for _, item := range u.home.pane.readItems(other) {
		if item.Text == "Why did this ring, or not?" {
			item.Action()
		}
	}
	q.until(t, "the answer", func() bool { return shows(u, "It has your keyword “Hearth”.") })
	pressButton(t, u, "Notifications…")
	q.run()
	if len(u.dialogs) != 1 || !shows(u, "For a week") {
		t.Error("it does not lead to the rules")
	}
	u.closeAll()
	u.home.sayWhy(u.home.room, app.Notified{})
	if !shows(u, "Why did this ring, or not?") {
		t.Error("no words for what is not known")
	}
}
