package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/textblock"
	"hearth/ui/tr"
)

// draftsPage lists the rooms in which something was begun and not sent.
type draftsPage struct {
	h    *home
	d    *dialog
	list *fyne.Container
}

// showDrafts opens the list.
func (h *home) showDrafts() {
	p := &draftsPage{h: h, list: column(8)}
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { p.d.Close() })
	p.d = h.u.open(dialogSpec{title: tr.S("drafts.title"), width: 520, body: p.list, buttons: []*look.Button{done}})
	p.fill()
}

// drafted are the rooms with a draft, in the order of the list of rooms.
func (h *home) drafted() (rooms []*app.RoomView) {
	for i := range h.u.view.Rooms {
		if r := &h.u.view.Rooms[i]; strings.TrimSpace(h.draft(r)) != "" {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

func (p *draftsPage) fill() {
	p.list.Objects = nil
	rooms := p.h.drafted()
	for _, r := range rooms {
		p.list.Add(p.line(r))
	}
	if len(rooms) == 0 {
		p.list.Add(column(10, gap(6), centred(look.NewIcon(look.IconEdit, look.Faint, 36)),
			centredPara(tr.S("drafts.none"), look.Body, look.Text), centredPara(tr.S("drafts.none.text"), look.Preview, look.Secondary), gap(6)))
	}
	p.list.Refresh()
	p.d.Refresh()
}

// line is one draft: the room, its first line, open and discard.
func (p *draftsPage) line(r *app.RoomView) fyne.CanvasObject {
	h, id, name := p.h, r.ID, roomName(r)
	words := look.NewElided(firstLine(h.draft(r)), look.Preview, look.Secondary)
	open := newTouch(rowGrow(12, 1, look.NewAvatar(id.String(), name, look.AvatarSmall), column(1, look.NewStrong(name, look.Body, look.Text), words)), func() {
		p.d.Close()
		h.openRoom(id)
	})
	open.PadX, open.PadY = 12, 9
	away := look.NewIconButton(look.IconTrash, tr.S("drafts.discard"), func() {
		h.u.confirm(confirmation{
			title: tr.S("drafts.discard"), text: tr.F("drafts.discard.text", "Room", inSentence(name)), do: tr.S("drafts.discard"), danger: true,
			then: func() {
				h.dropDraft(id)
				p.fill()
			},
		})
	})
	return rowGrow(4, 0, open, away)
}

// dropDraft forgets what was begun in a room.
func (h *home) dropDraft(id chat.RoomID) {
	delete(h.replies, id)
	h.drafts[id] = ""
	h.u.core.SetDraft(id, "")
	if h.room == id {
		h.pane.composer.stopChanging()
		h.pane.composer.setText("")
		h.pane.composer.stop()
	}
}

// firstLine is the first line of a text with something on it, without markup.
func firstLine(text string) string {
	for line := range strings.Lines(textblock.PlainText(text)) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
