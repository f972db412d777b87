package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showDates opens the calendar of a room: a day leads to its first message.
func (h *home) showDates(id chat.RoomID, day time.Time) {
	u := h.u
	if h.roomOf(id) == nil {
		return
	}
	if n := len(u.dialogs); n > 0 {
		return
	}
	c, begun := h.openDates(id, day)
	u.pump.work(func(ctx context.Context) func() {
		p, err := u.core.Messages(ctx, id, app.Window{Around: 1, Limit: 1})
		if err != nil || len(p.Messages) == 0 {
			return nil
		}
		return func() {
			*begun = p.Messages[0].Time
			c.between(*begun, time.Now())
		}
	})
}

// earliest is a day before any message.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// openDates returns the calendar and from when on there are messages, as far as it is known.
func (h *home) openDates(id chat.RoomID, day time.Time) (c *calendar, begun *time.Time) {
	var d *dialog
	first := earliest
	c = newCalendar(day, first, time.Now(), func(day time.Time) {
		d.Close()
		h.goToDay(id, day)
	})
	title := heading(tr.Month(c.day), look.Body)
	title.Align = fyne.TextAlignCenter
	back := look.NewIconButton(look.IconPrevious, tr.S("date.earlier"), func() { c.month(-1) })
	next := look.NewIconButton(look.IconNext, tr.S("date.later"), func() { c.month(1) })
	c.moved = func() { title.SetText(tr.Month(c.day)) }
	begin := look.NewButton(tr.S("date.first"), look.Quiet, func() {
		d.Close()
		h.goToDay(id, c.first)
	})
	latest := look.NewButton(tr.S("date.latest"), look.Quiet, func() {
		d.Close()
		h.openRoom(id)
		h.pane.timeline.ShowLatest()
	})
	body := column(10, rowGrow(8, 1, back, title, next), c, note(tr.S("date.hint")))
	d = h.u.open(dialogSpec{title: tr.S("date.jump"), width: 380, body: body, focus: c, buttons: []*look.Button{begin, latest}})
	h.u.timely(d.shown, func() { c.between(first, time.Now()) })
	return c, &first
}

// goToDay shows the first message of a day (zone.Day), or of the next day that has one; the
// way back is that of all jumps.
func (h *home) goToDay(id chat.RoomID, day time.Time) {
	u := h.u
	h.openRoom(id)
	if h.room != id {
		return
	}
	u.pump.work(func(ctx context.Context) func() {
		seq, err := u.core.SeqAt(ctx, id, zone.Start(day))
		return func() {
			switch {
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			case u.home != h || h.room != id:
			case seq == 0:
				u.toast(tr.F("date.none", "Date", tr.Date(day, true)), look.Secondary)
				h.pane.timeline.ShowEnd()
			default:
				h.pane.timeline.Go(uint64(seq))
				u.win.Canvas().Focus(h.pane.timeline)
			}
		}
	})
}
