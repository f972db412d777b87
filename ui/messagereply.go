package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

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
	case c.pad.edit != nil:
		return c.pad.edit.seq
	case c.pad.reply != nil:
		return c.pad.reply.seq
	}
	return 0
}

// showBar shows what the composer is about, or hides the bar.
func (c *composer) showBar() {
	was := c.editBar.Visible()
	title, text := c.barWords()
	if c.pad.edit == nil {
		c.barIcon.Set(look.IconReply, look.Accent)
	} else {
		c.barIcon.Set(look.IconEdit, look.Accent)
	}
	c.editBar.Hidden = title == ""
	c.barTitle.SetText(title)
	c.barText.SetText(text)
	c.barText.Hidden = text == ""
	c.editBar.Refresh()
	if len(c.pad.files) > 0 && c.tray.object.Visible() != c.mayAttach() {
		c.showAttached()
	}
	if was || c.editBar.Visible() {
		c.h.pane.object.Refresh()
	}
	c.object.Refresh()
}

// barWords are the two lines of the bar.
func (c *composer) barWords() (title, text string) {
	t := c.pad.edit
	switch {
	case t != nil && t.seq == 0:
		return tr.S("composer.editing"), ""
	case t != nil:
		title = tr.S("composer.changing")
	case c.pad.reply == nil:
		return "", ""
	default:
		t = c.pad.reply
		title = replyTitle(t)
	}
	return title, t.line()
}

// replyTitle says who is answered, as far as that is known.
func replyTitle(t *target) string {
	if t.name == "" {
		return tr.S("message.reply")
	}
	return tr.F("composer.replying", "Name", inSentence(t.name))
}

// line is a message in one line.
func (t *target) line() string {
	if t.note != "" {
		return t.note
	}
	return narrate.NameLinks(narrate.Message(linkguard.CleanText(t.text), t.carried))
}

// answer begins a message that answers another.
func (c *composer) answer(r *timeline.Row) {
	if !c.usable() {
		return
	}
	c.h.u.endBack()
	c.stopEditing()
	c.pad.reply = targetOf(r)
	c.keep()
	c.showBar()
	c.h.u.win.Canvas().Focus(c.entry)
}

// change begins to give a sent message another text.
func (c *composer) change(r *timeline.Row) {
	if c.usable() {
		c.begin(targetOf(r))
	}
}

// changeLast begins to change the person's newest message; false if there is none
// that may be changed.
func (c *composer) changeLast() bool {
	if c.pad.edit != nil {
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
	case c.pad.edit != nil:
		c.stopEditing()
	case c.pad.reply != nil:
		c.pad.reply = nil
		c.keep()
		c.showBar()
	default:
		return false
	}
	return true
}

// submitChange gives a message its new text; without a difference nothing happens. If
// that fails the words are not lost.
func (c *composer) submitChange(text string) {
	u, room, p := c.h.u, c.h.room, c.pad
	t := p.edit
	if !t.blank && strings.TrimSpace(t.text) == text {
		c.stopEditing()
		return
	}
	p.edit = nil
	c.setText(p.text)
	c.showBar()
	if t.seq == 0 {
		c.showNewest()
	}
	u.pump.work(func(ctx context.Context) func() {
		err := changeText(ctx, u.core, room, *t, text)
		return func() {
			if err != nil {
				why := explain(err)
				u.toast(why.text, look.Bad)
				if why.Code == app.FailCode(chat.CodeMessageGone) || why.Code == app.FailTransmitted {
					p.add(text)
				} else if p.edit == nil {
					p.edit = t
				} else {
					p.add(text)
				}
			}
			u.padChanged(room, p)
		}
	})
}

// changeText gives a message its new text: one that waited may have been sent meanwhile.
func changeText(ctx context.Context, core app.Commands, room chat.RoomID, t target, text string) error {
	if t.seq != 0 {
		return core.EditMessage(ctx, room, t.seq, text)
	}
	err := core.EditWaiting(ctx, room, t.mid, text)
	if err == nil {
		return nil
	}
	if now := findWaiting(ctx, core, room, t); now != nil && now.seq != 0 {
		return core.EditMessage(ctx, room, now.seq, text)
	}
	return err
}
