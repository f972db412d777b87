package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// roomMenu offers what can be done with a room.
func (h *home) roomMenu(id chat.RoomID, at fyne.Position) {
	if r := h.roomOf(id); r != nil {
		look.ShowMenu(h.u.win.Canvas(), at, h.roomItems(r))
	}
}

// roomItems are what can be done with a room.
func (h *home) roomItems(r *app.RoomView) []look.MenuItem {
	id := r.ID
	in := r.Joined && !r.Pending && !ended(h.u.view)
	items := []look.MenuItem{}
	if id != h.room {
		items = append(items, look.MenuItem{Text: tr.S("room.open"), Icon: look.IconNext, Action: func() { h.openRoom(id) }})
	}
	direct := r.Access == chat.AccessDirect
	fixed := !in || direct || r.Archived
	items = append(items,
		look.MenuItem{Text: tr.S("roominfo.title"), Icon: look.IconInfo, Action: func() { h.showRoomInfoOf(id) }},
		look.MenuItem{Text: tr.S("room.notify"), Icon: look.IconBell, Off: !in, Action: func() { h.showRoomNotify(id) }},
		look.MenuItem{Text: tr.S("room.edit"), Icon: look.IconEdit, Off: fixed, Action: func() { h.showRoomEdit(id) }},
		look.MenuItem{Text: tr.S("members.add"), Icon: look.IconPeople, Off: fixed, Action: func() { h.showAddPeopleTo(id) }},
		look.MenuItem{Text: tr.S("date.jump"), Icon: look.IconClock, Off: r.Pending, Action: func() { h.showDates(id, time.Now()) }},
		look.MenuItem{Text: tr.S("media.title"), Icon: look.IconPicture, Off: r.Pending, Action: func() { h.showMedia(id) }},
		look.MenuItem{Text: tr.S("room.export"), Icon: look.IconCopy, Off: r.Pending, Action: func() { h.showExport(id) }},
		look.MenuItem{Text: tr.S("room.read"), Icon: look.IconCheckTwo, Off: !r.News(), Action: func() { h.u.core.SetRead(id, r.Head) }},
		look.MenuItem{},
	)
	if in && owns(r) && !direct {
		keep := look.MenuItem{Text: tr.S("keep.item"), Icon: look.IconClock, Action: func() { h.showKeep(id) }}
		items = slices.Insert(items, len(items)-1, keep, h.historyItem(r), h.readingsItem(r), h.archiveItem(r))
	}
	if hide := h.hideItem(r); hide.Action != nil {
		items = slices.Insert(items, len(items)-1, hide)
	}
	if in && !direct {
		items = append(items, look.MenuItem{Text: tr.S("room.leave"), Icon: look.IconLeave, Danger: true, Action: func() { h.leaveRoom(id) }})
	} else if !r.Joined && !r.Removed && r.Access == chat.AccessOpen {
		items = append(items, look.MenuItem{Text: tr.S("browse.join"), Icon: look.IconAdd, Action: func() {
			h.do(func(ctx context.Context) error { return h.u.core.JoinRoom(ctx, id) })
		}})
	} else {
		items = items[:len(items)-1]
	}
	return items
}

// do runs a command and says if it failed.
func (h *home) do(command func(context.Context) error) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		if err := command(ctx); err != nil {
			return func() { u.toast(explain(err).text, look.Bad) }
		}
		return nil
	})
}

// showRoomEdit changes name and topic of a room.
func (h *home) showRoomEdit(id chat.RoomID) {
	u := h.u
	r := h.roomOf(id)
	f := newForm(u)
	var d *dialog
	name, topic := newField(tr.S("newroom.name"), ""), newField(tr.S("room.topic"), tr.S("room.topic.hint"))
	name.entry.SetText(r.Name)
	topic.entry.SetText(r.Topic)
	was := *r
	like := &likeCheck{f: f, except: id}
	f.after = like.show
	submit := func() {
		if !f.require("name", tr.S("newroom.name.missing")) {
			return
		}
		newName, newTopic := strings.TrimSpace(name.Text()), strings.TrimSpace(topic.Text())
		f.run(tr.S("room.saving"), func(ctx context.Context) error {
			if newName != was.Name {
				if err := like.ask(ctx, newName); err != nil {
					return err
				}
				if err := u.core.RenameRoom(ctx, id, newName); err != nil {
					return err
				}
			}
			if newTopic != was.Topic {
				return u.core.SetTopic(ctx, id, newTopic)
			}
			return nil
		}, func() { d.Close() })
	}
	f.add("name", name, topic.Focus)
	f.add("topic", topic, submit)
	f.submit = look.NewButton(tr.S("button.save"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	access := tr.S("newroom.open.text")
	if r.Access == chat.AccessClosed {
		access = tr.S("newroom.closed.text")
	}
	d = u.open(dialogSpec{
		title: tr.S("room.edit"), body: column(14, name, topic, note(access), f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: name.entry,
	})
	f.page = d
}

func (h *home) leaveRoom(id chat.RoomID) {
	r := h.roomOf(id)
	text := tr.S("leave.text")
	if r.Access == chat.AccessClosed {
		text = tr.S("leave.text_closed")
	}
	if r.History == chat.HistoryJoined {
		text += " " + tr.S("leave.text_joined")
	} else if r.Ruled > r.From {
		text += " " + tr.S("leave.text_ruled")
	}
	if owns(r) && len(r.Members) > 1 {
		text += " " + tr.S("leave.text_owner")
	}
	h.u.confirm(confirmation{
		title: tr.F("leave.title", "Room", inSentence(roomName(r))), text: text, do: tr.S("room.leave"), danger: true,
		then: func() { h.do(func(ctx context.Context) error { return h.u.core.LeaveRoom(ctx, id) }) },
	})
}

func (h *home) showAddPeople() { h.showAddPeopleTo(h.room) }

// showAddPeopleTo adds people of the group to a room.
func (h *home) showAddPeopleTo(id chat.RoomID) {
	u := h.u
	r := h.roomOf(id)
	if r == nil {
		return
	}
	f := newForm(u)
	var d *dialog
	people := u.newChooser(r.Members)
	submit := func() {
		ids := people.chosen()
		if len(ids) == 0 {
			f.setAll(tr.S("people.choose"))
			return
		}
		f.run(tr.S("people.adding"), func(ctx context.Context) error {
			for _, a := range ids {
				if err := u.core.AddMember(ctx, id, a); err != nil {
					return err
				}
			}
			return nil
		}, func() { d.Close() })
	}
	f.submit = look.NewButton(tr.S("people.submit"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	invite := look.NewIconTextButton(look.IconInvite, tr.S("side.invite"), look.Primary, func() {
		d.Close()
		h.showInvite()
	})
	invite.Hide()
	says := note(addText(r))
	d = u.open(dialogSpec{
		title: tr.S("members.add"), width: 460, body: column(12, says, people.object, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit, invite}, focus: people.find.entry,
	})
	f.page, people.page, people.done = d, d, submit
	people.none = func() {
		says.Hide()
		f.submit.Hide()
		if u.view.Group.MayInvite {
			invite.Show()
		}
	}
}

// addText says what those who are added will see of a room.
func addText(r *app.RoomView) string {
	switch {
	case r.History != chat.HistoryAll:
		return tr.S("people.text_joined")
	case r.Ruled > 0:
		return tr.F("people.text_since", "N", uint64(r.Ruled))
	}
	return tr.S("people.text")
}
