package ui

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
)

// TestAttachTray: cards use the width there is and say how large a file is; the file
// that keeps the others from being sent is in view, and it is said what to do.
func TestAttachTray(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	h := g.u.home
	q.until(t, "the room", func() bool { return !h.room.IsZero() })
	c, p := h.pane.composer, g.u.pad(h.room)
	for i := range 9 {
		p.files = append(p.files, &attachment{DraftFile: chat.DraftFile{Name: fmt.Sprintf("IMG_%d.png", i), Size: 225_000, Picture: true}})
	}
	c.showAttached()
	cards := c.tray.cards.Objects
	if cards[0].Position().Y != cards[1].Position().Y || cards[1].Position().X <= cards[0].Position().X {
		t.Errorf("cards at %v, %v", cards[0].Position(), cards[1].Position())
	}
	if !drawn(g.u, "225 kB") {
		t.Error("it is not said how large the files are")
	}
	if y := c.tray.scroll.Offset.Y; y != 0 {
		t.Fatalf("scrolled to %v", y)
	}
	p.refuse(&app.Failed{Code: app.FailPicture, Detail: "IMG_8.png"})
	c.showAttached()
	last := c.tray.cards.Objects[8]
	if top, y, high := last.Position().Y, c.tray.scroll.Offset.Y, c.tray.scroll.Size().Height; top < y || top+last.Size().Height > y+high+cardGap {
		t.Errorf("the refused file at %v is not in view: %v, %v high", top, y, high)
	}
	if !strings.Contains(c.tray.note.text, "IMG_8.png") || !strings.Contains(c.tray.note.text, "Original") {
		t.Errorf("it is said: %q", c.tray.note.text)
	}
}

// TestAttachTrayFits: what stands side by side does not scroll, from the first time on.
func TestAttachTrayFits(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	h := g.u.home
	q.until(t, "the room", func() bool { return !h.room.IsZero() })
	c, p := h.pane.composer, g.u.pad(h.room)
	for n := range 3 {
		p.files = append(p.files, &attachment{DraftFile: chat.DraftFile{Name: fmt.Sprintf("notes %d.txt", n), Size: 225}})
		c.showAttached()
		cards := c.tray.cards
		if n == 2 && cards.Objects[0].Position().Y != cards.Objects[2].Position().Y {
			t.Fatalf("cards at %v, %v", cards.Objects[0].Position(), cards.Objects[2].Position())
		}
		c.height(minWidth) // as the window asks when it looks how small it may be
		if has, needs := c.tray.scroll.Size().Height, max(cards.Size().Height, cards.MinSize().Height); needs > has {
			t.Errorf("%d files take %v of %v", n+1, needs, has)
		}
	}
}

// TestTooLong: who wrote too much is told how much.
func TestTooLong(t *testing.T) {
	g, _ := newGallery(t, "main,light,en")
	f := newForm(g.u)
	topic := f.add("topic", newField("topic", ""), func() {})
	topic.entry.SetText(strings.Repeat("x", 640))
	f.show(explain(&app.Failed{Code: app.FailCode(chat.CodeTooLong), Field: "topic"}))
	if want := "This is too long: 640 of at most 512 characters."; topic.under.text != want {
		t.Errorf("%q, want %q", topic.under.text, want)
	}
}

// TestAloneInRoom: who is alone in a new room is offered the people of the group; who is
// alone in the group, an invite.
func TestAloneInRoom(t *testing.T) {
	g, q := newGallery(t, "alone,light,en")
	h := g.u.home
	q.until(t, "the first room", func() bool { return h.pane.alone.box.Visible() && drawn(g.u, "Invite people") })
	if drawn(g.u, "Add people") {
		t.Error("there is nobody to add")
	}
	g, q = newGallery(t, "empty-room,light,en")
	h = g.u.home
	q.until(t, "the room", func() bool { return h.roomOf(h.room) != nil })
	r := h.roomOf(h.room)
	r.Members, r.Last, r.Head = r.Members[:1], nil, 2
	h.pane.applyRoom(r, g.u.view)
	h.pane.object.arrange()
	g.u.win.Resize(fyne.NewSize(1200, 800))
	q.until(t, "words to somebody alone", h.pane.alone.box.Visible) // once it is known what there is
	if a := h.pane.alone; !a.add.Visible() || a.invite.Visible() {
		t.Error("in a new room of a group with others, nobody of them is offered")
	}
	r.Head = 40 // of those who were there something is left to see
	h.pane.applyRoom(r, g.u.view)
	if h.pane.alone.box.Visible() {
		t.Error("it lies over what is there")
	}
}

// TestAloneInLowWindow: what somebody is told who is alone never lies on what the room
// shows; in a low window it says less.
func TestAloneInLowWindow(t *testing.T) {
	g, q := newGallery(t, "alone,light,en")
	g.pose(q)
	h := g.u.home
	a := h.pane.alone
	q.until(t, "words to somebody alone", a.box.Visible)
	var least float32
	shown := map[[2]bool]int{}
	for height := float32(800); height >= 260; height -= 20 {
		g.u.win.Resize(fyne.NewSize(1000, height))
		q.run()
		if !a.box.Visible() {
			shown[[2]bool{}]++
			continue
		}
		if least = height; !a.invite.Visible() {
			t.Fatalf("%v high: no button", height)
		}
		shown[[2]bool{a.icon.Visible(), a.title.Visible()}]++
		end, free := a.box.Position().Y+a.box.Size().Height, h.pane.timeline.Position().Y+h.pane.timeline.Free()
		if a.box.Position().Y < h.pane.timeline.Position().Y || end+4 > free {
			t.Errorf("%v high: it ends at %v, what there is begins at %v", height, end, free)
		}
	}
	if len(shown) < 3 || shown[[2]bool{true, true}] == 0 || shown[[2]bool{false, true}] == 0 || least > 440 {
		t.Errorf("icon and words at these heights: %v, the last at %v", shown, least)
	}
}
