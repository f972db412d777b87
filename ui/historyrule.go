package ui

import (
	"context"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// What newcomers of a room see. A change counts for who comes after it, and the words say
// what it does not do: nothing that was written before is shown to anybody else by it.

// mayRule reports whether the person may change what newcomers of a room see.
func mayRule(r *app.RoomView) bool {
	return r.Joined && !r.Pending && r.Access != chat.AccessDirect && owns(r)
}

// historyText says what newcomers see of a room whose rule is new.
func historyText(of chat.History) string {
	if of == chat.HistoryAll {
		return tr.S("newroom.all.text")
	}
	return tr.S("newroom.joined.text")
}

// historyWords says what newcomers see of a room, and if it is less, what the person does.
func historyWords(r *app.RoomView) string {
	text := historyText(r.History)
	if r.History == chat.HistoryAll && r.Ruled > 0 {
		text = tr.F("history.since", "N", uint64(r.Ruled))
	}
	if r.From > 1 {
		text += " " + tr.F("history.you", "N", uint64(r.From))
	}
	return text
}

// historyItem is the entry of a room's menu that changes what newcomers see.
func (h *home) historyItem(r *app.RoomView) look.MenuItem {
	id := r.ID
	return look.MenuItem{Text: tr.S("history.item"), Icon: look.IconPeople, Action: func() { h.showHistory(id) }}
}

// showHistory asks what newcomers of a room shall see.
func (h *home) showHistory(id chat.RoomID) {
	u := h.u
	r := h.roomOf(id)
	if r == nil {
		return
	}
	f := newForm(u)
	var d *dialog
	was, at := r.History, 0
	if was == chat.HistoryJoined {
		at = 1
	}
	all := tr.S("history.all.text")
	if was == chat.HistoryAll {
		all = historyWords(&app.RoomView{History: was, Ruled: r.Ruled})
	}
	choice := newOptions(at, []option{
		{tr.S("newroom.all"), all},
		{tr.S("newroom.joined"), tr.S("newroom.joined.text")},
	}, nil)
	submit := func() {
		to := histories[choice.at]
		if to == was {
			d.Close()
			return
		}
		f.run(tr.S("room.saving"), func(ctx context.Context) error { return u.core.SetHistory(ctx, id, to) }, func() { d.Close() })
	}
	f.submit = look.NewButton(tr.S("button.save"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.F("history.title", "Room", inSentence(roomName(r))), width: 480,
		body:    column(14, note(tr.S("history.text")), choice.Container, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: choice.cards[at],
	})
	f.page = d
}
