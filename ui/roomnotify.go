package ui

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// roomLevels are the choices for one room, the group's own first.
var roomLevels = []app.NotifyLevel{app.LevelDefault, app.LevelAll, app.LevelMentions, app.LevelNone}

// showRoomNotify lets the person choose what rings in one room.
func (h *home) showRoomNotify(id chat.RoomID) {
	u := h.u
	r := h.roomOf(id)
	if r == nil {
		return
	}
	change := func(f func(*app.RoomNotify)) {
		u.changeRules(func(rules *app.NotifyRules) {
			x := rules.Rooms[id]
			f(&x)
			rules.Rooms[id] = x
		})
	}
	mine := u.rules().Rooms[id]
	names := levelNames()
	general := names[max(0, slices.Index(notifyLevels, cmp.Or(u.rules().Level, app.LevelAll)))]
	if id.Direct() {
		general = names[0] // what is meant for few rings unless it is told not to
	}
	list := []option{
		{tr.S("notify.default"), tr.F("notify.default.text", "Level", general)},
		{names[0], tr.S("notify.all.text")},
		{names[1], tr.S("notify.mentions.text")},
		{names[2], tr.S("notify.none.text")},
	}
	levels := newOptions(max(0, slices.Index(roomLevels, mine.Level)), list, func(i int) {
		change(func(x *app.RoomNotify) { x.Level = roomLevels[i] })
	})
	var d *dialog
	mute := column(8)
	var show func(until time.Time)
	var shown mutedWords
	show = func(until time.Time) {
		set := func(t time.Time) {
			change(func(x *app.RoomNotify) { x.Muted = t })
			show(t)
			d.Refresh()
			u.focusWithin(mute)
		}
		shown = mutedNow(until)
		mute.Objects = muteChoices(until, time.Now(), set)
		mute.Refresh()
	}
	show(mine.Muted)
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.F("notify.room", "Room", inSentence(roomName(r))), width: 460,
		body:    column(16, levels, setting(tr.S("notify.mute"), mute)),
		buttons: []*look.Button{done},
	})
	u.timely(d.shown, func() {
		if shown != mutedNow(shown.until) {
			u.keepFocus(mute, func() { show(shown.until) })
			d.Refresh()
		}
	})
}

// mutedWords are until when something is silent, and what is said of it; "" once it is over.
type mutedWords struct {
	until time.Time
	words string
}

func mutedNow(until time.Time) mutedWords {
	now := time.Now()
	if !now.Before(until) {
		return mutedWords{until, ""}
	}
	return mutedWords{until, shortTime(until, now)}
}

// muteChoices are the buttons that mute for a time, or what ends that.
func muteChoices(until, now time.Time, set func(time.Time)) []fyne.CanvasObject {
	if now.Before(until) {
		return []fyne.CanvasObject{
			newPara(tr.F("notify.muted", "Time", shortTime(until, now)), look.Body, look.Text),
			flow(8, look.NewButton(tr.S("notify.unmute"), look.Quiet, func() { set(time.Time{}) })),
		}
	}
	from := func(end func(now time.Time) time.Time) func() { // of the moment at which it is pressed
		return func() { set(end(zone.Now())) }
	}
	return []fyne.CanvasObject{flow(8,
		look.NewButton(tr.S("notify.for_hour"), look.Quiet, from(func(now time.Time) time.Time { return now.Add(time.Hour) })),
		look.NewButton(tr.S("notify.for_day"), look.Quiet, from(func(now time.Time) time.Time { return now.Add(24 * time.Hour) })),
		look.NewButton(tr.S("notify.until_tomorrow"), look.Quiet, from(app.Tomorrow)),
		look.NewButton(tr.S("notify.for_week"), look.Quiet, from(func(now time.Time) time.Time { return now.AddDate(0, 0, 7) })))}
}

// quiet marks a room in the list that presses nothing upon the person.
func (f *rowFacts) quieten(rules *app.NotifyRules, room chat.RoomID, now time.Time) {
	if !rules.Quieted(room, now) {
		return
	}
	f.muted = true
	if f.icon == "" {
		f.icon = look.IconBellOff
	}
}

// addWhy adds to the details of a message what was decided about it when it came.
func (u *UI) addWhy(d *dialog, body *fyne.Container, room chat.RoomID, seq chat.Seq) {
	if seq == 0 {
		return
	}
	u.pump.work(func(ctx context.Context) func() {
		why, err := u.core.WhyNotified(ctx, room, seq)
		text := whyText(why)
		if err != nil || text == "" {
			return nil // own, old, or before this device knew the room: nothing to say
		}
		return func() {
			if !d.isOpen {
				return
			}
			name := tr.S("why.silent")
			if why.Ring {
				name = tr.S("why.rang")
			}
			body.Add(fact(name, newPara(text, look.Body, look.Text)))
			d.Refresh()
		}
	})
}

// showWhy says what was decided about a message when it came, and leads to the rules.
func (h *home) showWhy(room chat.RoomID, seq chat.Seq) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		why, err := u.core.WhyNotified(ctx, room, seq)
		return func() {
			switch {
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			case u.home == h:
				h.sayWhy(room, why)
			}
		}
	})
}

func (h *home) sayWhy(room chat.RoomID, why app.Notified) {
	title, text := tr.S("why.silent"), whyText(why)
	if why.Ring {
		title = tr.S("why.rang")
	}
	if text == "" {
		title, text = tr.S("why.title"), tr.S("why.unknown")
	}
	var d *dialog
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	buttons := []*look.Button{done}
	if r := h.roomOf(room); r != nil && r.Joined {
		rules := look.NewIconTextButton(look.IconBell, tr.S("room.notify"), look.Quiet, func() {
			d.Close()
			h.showRoomNotify(room)
		})
		buttons = []*look.Button{rules, done}
	}
	d = h.u.open(dialogSpec{title: title, width: 420, body: newPara(text, look.Body, look.Text), buttons: buttons})
}
