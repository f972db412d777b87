package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/linkguard"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// target is the message that the composer is about: answered, or changed.
type target struct {
	seq     chat.Seq
	name    string
	text    string // as it was written
	carried app.Carried
}

func targetOf(r *timeline.Row) *target {
	return &target{seq: chat.Seq(r.Seq), name: r.Name, text: r.Text, carried: carriedBy(r)}
}

// barHeight is that of the bar over the entry.
func barHeight() float32 { s := look.Sizes(); return s.Preview*2 + 22 }

// newBar makes the bar that says what the composer is about.
func (c *composer) newBar() *fyne.Container {
	c.barIcon = look.NewIcon(look.IconEdit, look.Accent, 18)
	c.barTitle = look.NewElided("", look.Preview, look.Link)
	c.barTitle.Bold = true
	c.barText = look.NewElided("", look.Preview, look.Secondary)
	stop := look.NewIconButton(look.IconClose, tr.S("composer.stop_editing"), func() { c.stop() })
	lines := newTouch(column(0, c.barTitle, c.barText), func() {
		if at := c.subject(); at > 0 {
			c.h.pane.timeline.Go(uint64(at))
		}
	})
	lines.PadX, lines.PadY = 4, 2
	bar := rowGrow(8, 1, c.barIcon, lines, stop)
	bar.Hide()
	return bar
}

// subject is the message in the bar; 0 for one that is not in the log.
func (c *composer) subject() chat.Seq {
	switch {
	case c.changing != nil:
		return c.changing.seq
	case c.reply != nil && c.editing == (chat.MID{}):
		return c.reply.seq
	}
	return 0
}

// showBar shows what the composer is about, or hides the bar.
func (c *composer) showBar() {
	was := c.editBar.Visible()
	title, text := "", ""
	switch {
	case c.editing != (chat.MID{}):
		title = tr.S("composer.editing")
		c.barIcon.Set(look.IconEdit, look.Accent)
	case c.changing != nil:
		title, text = tr.S("composer.changing"), messageLine(linkguard.CleanText(c.changing.text), c.changing.carried)
		c.barIcon.Set(look.IconEdit, look.Accent)
	case c.reply != nil:
		title, text = tr.F("composer.replying", "Name", inSentence(c.reply.name)), messageLine(linkguard.CleanText(c.reply.text), c.reply.carried)
		c.barIcon.Set(look.IconReply, look.Accent)
	}
	c.editBar.Hidden = title == ""
	c.barTitle.SetText(title)
	text = strings.Join(strings.Fields(text), " ")
	c.barText.SetText(text)
	c.barText.Hidden = text == ""
	c.editBar.Refresh()
	if a := c.h.u.attachedIn(c.h.room); len(a.files) > 0 && c.tray.object.Visible() != c.mayAttach() {
		c.showAttached()
	}
	if was || c.editBar.Visible() {
		c.h.pane.object.Refresh()
	}
	c.object.Refresh()
}

// answer begins a message that answers another.
func (c *composer) answer(r *timeline.Row) {
	if !c.usable() {
		return
	}
	c.stopChanging()
	c.reply = targetOf(r)
	c.h.replies[c.h.room] = c.reply
	c.showBar()
	c.h.u.win.Canvas().Focus(c.entry)
}

// change begins to give a sent message another text.
func (c *composer) change(r *timeline.Row) {
	if !c.usable() {
		return
	}
	if c.editing == (chat.MID{}) && c.changing == nil {
		c.kept = c.entry.Text
	}
	c.editing, c.changing = chat.MID{}, targetOf(r)
	c.setText(r.Text)
	c.showBar()
	c.h.u.win.Canvas().Focus(c.entry)
}

// changeLast begins to change the person's newest message; false if there is none
// that may be changed.
func (c *composer) changeLast() bool {
	if c.changing != nil || c.editing != (chat.MID{}) {
		return false
	}
	r := c.h.pane.timeline.NewestOwn()
	if r == nil {
		return false
	}
	c.change(r)
	return true
}

// stop gives up what the bar says; false if there is nothing to give up.
func (c *composer) stop() bool {
	switch {
	case c.editing != (chat.MID{}) || c.changing != nil:
		c.stopEditing()
	case c.reply != nil:
		c.reply = nil
		delete(c.h.replies, c.h.room)
		c.showBar()
	default:
		return false
	}
	return true
}

func (c *composer) stopChanging() {
	if c.changing != nil || c.editing != (chat.MID{}) {
		c.stopEditing()
	}
}

// submitChange keeps the change of a sent message; without a difference nothing
// happens.
func (c *composer) submitChange(text string) {
	t := c.changing
	c.stopEditing()
	if strings.TrimSpace(t.text) == text {
		return
	}
	u, room := c.h.u, c.h.room
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.EditMessage(ctx, room, t.seq, text)
		if err == nil {
			return nil
		}
		return func() { u.toast(explain(err).text, look.Bad) }
	})
}

// dispatch sends a message, off the UI goroutine.
func (c *composer) dispatch(ctx context.Context, room chat.RoomID, text string, reply *target) error {
	u := c.h.u
	if reply == nil {
		_, err := u.core.Send(ctx, room, text)
		return err
	}
	_, err := u.core.SendMessage(ctx, room, app.Outgoing{Text: text, Reply: reply.seq})
	return err
}
