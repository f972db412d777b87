package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// Blocked people: their messages are folded away until they are asked for, one by one,
// and only in this window.

// unfold marks the messages of blocked people that the person has asked for as if
// nobody were blocked; safe off the UI goroutine.
func (u *UI) unfold(rows []app.MessageView) {
	for i := range rows {
		if _, asked := u.unfolded.Load(rows[i].MID); asked || rows[i].Kind != chat.KindMessage || rows[i].Erased {
			rows[i].Blocked = false
		}
	}
}

// unblocked drops the messages of blocked people that were not asked for; safe off the UI
// goroutine.
func (u *UI) unblocked(rows []app.MessageView) []app.MessageView {
	u.unfold(rows)
	return slices.DeleteFunc(rows, func(m app.MessageView) bool { return m.Blocked })
}

// foldedRow stands in the place of a message of somebody who is blocked.
func foldedRow(r *timeline.Row) *timeline.Row {
	r.Kind, r.Folded, r.Text = timeline.Hint, true, tr.S("row.blocked")
	return r
}

// unfoldRow shows a message of somebody who is blocked.
func (p *pane) unfoldRow(r *timeline.Row) {
	var mid chat.MID
	if mid.UnmarshalText([]byte(r.ID)) == nil {
		p.h.u.unfolded.Store(mid, true)
		p.timeline.Changed(timeline.Shown)
	}
}

// block asks whether somebody is to be blocked, and does it.
func (h *home) block(m app.MemberView) {
	u := h.u
	name := inSentence(personName(m))
	u.confirm(confirmation{
		title: tr.F("block.title", "Name", name), text: tr.S("block.text"), do: tr.S("block.do"), danger: true,
		then: func() { u.setBlocked(m, true, nil) },
	})
}

// setBlocked blocks somebody or takes it back; done is called once that is so.
func (u *UI) setBlocked(m app.MemberView, on bool, done func()) {
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.Block(ctx, m.Account, on)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
				return
			}
			key := tr.Key("block.undone")
			if on {
				key = "block.done"
			}
			u.toast(tr.F(key, "Name", inSentence(personName(m))), look.Good)
			if done != nil {
				done()
			}
		}
	})
}

// personName is what somebody is called where their name stands alone: with the name
// they sign in with, if another one looks like it.
func personName(m app.MemberView) string {
	switch {
	case m.Display == "":
		return m.Name
	case m.Alike:
		return m.Display + " (" + m.Name + ")"
	}
	return m.Display
}

// blockedList are the people the account has blocked, each with the way back.
func (u *UI) blockedList() fyne.CanvasObject {
	list := column(8, fieldName(tr.S("block.list")))
	none := note(tr.S("block.none"))
	left := len(u.view.Blocked)
	for _, m := range u.view.Blocked {
		var line *fyne.Container
		name := column(0, look.NewElided(cleanName(personName(m)), look.Body, look.Text))
		if m.Name != "" {
			name.Add(look.NewElided("@"+cleanName(m.Name), look.Caption, look.Faint))
		}
		undo := look.NewButton(tr.S("block.undo"), look.Quiet, func() {
			u.setBlocked(m, false, func() {
				line.Hide()
				if left--; left == 0 {
					none.Show()
				}
				list.Refresh()
			})
		})
		line = rowGrow(12, 1, look.NewAvatar(m.Account.String(), personName(m), 36), name, undo)
		list.Add(line)
	}
	if left > 0 {
		none.Hide()
	}
	list.Add(none)
	list.Add(note(tr.S("block.about")))
	return list
}
