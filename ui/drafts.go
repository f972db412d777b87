package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/markup"
	"hearth/ui/look"
	"hearth/ui/narrate"
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
	if h.drafting != nil {
		return
	}
	p := &draftsPage{h: h, list: column(8)}
	h.drafting = p
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { p.d.Close() })
	p.d = h.u.open(dialogSpec{title: tr.S("drafts.title"), width: 520, body: p.list, buttons: []*look.Button{done}, closed: func() { h.drafting = nil }})
	p.fill()
}

// drafted are the rooms with a draft, in the order of the list of rooms.
func (u *UI) drafted() (rooms []*app.RoomView) {
	for i := range u.view.Rooms {
		if r := &u.view.Rooms[i]; beganWords(u.begun(r)) != "" {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

func (p *draftsPage) fill() {
	p.list.Objects = nil
	rooms, u := p.h.u.drafted(), p.h.u
	for _, r := range rooms {
		p.list.Add(p.line(r))
	}
	if len(rooms) == 0 {
		none := tr.S("drafts.none")
		if len(u.joined()) > 1 {
			none = tr.F("drafts.none_here", "Group", inSentence(u.groupName()))
		}
		p.list.Add(column(10, gap(6), centred(look.NewIcon(look.IconEdit, look.Faint, 36)),
			centredPara(none, look.Body, look.Text), centredPara(tr.S("drafts.none.text"), look.Preview, look.Secondary), gap(6)))
	}
	for _, e := range u.elsewhere("storage.lost.drafts", func(x *UI) int { return len(x.drafted()) }) {
		p.list.Add(e.line(func() {
			p.d.Close()
			e.u.show(e.u)
			e.u.home.showDrafts()
		}))
	}
	p.list.Refresh()
	p.d.Refresh()
}

// line is one draft: the room, its first line, what it is about and has with it, open
// and discard.
func (p *draftsPage) line(r *app.RoomView) fyne.CanvasObject {
	h, id, name := p.h, r.ID, roomName(r)
	lines := column(1, look.NewStrong(name, look.Body, look.Text))
	for _, o := range p.about(h.u.pad(id)) {
		lines.Add(o)
	}
	open := newTouch(rowGrow(12, 1, look.NewAvatar(id.String(), name, look.AvatarSmall), lines), func() {
		p.d.Close()
		h.openRoom(id)
	})
	open.PadX, open.PadY = 12, 9
	away := look.NewIconButton(look.IconTrash, tr.S("drafts.discard"), func() {
		h.u.confirm(confirmation{
			title: tr.S("drafts.discard"), text: tr.F("drafts.discard.text", "Room", inSentence(name)), do: tr.S("drafts.discard"), danger: true,
			then: func() {
				h.u.dropPad(id)
				p.fill()
			},
		})
	})
	return rowGrow(4, 0, open, away)
}

// about are the lines under the name of a room: what was written, and in small ones what
// is answered or changed, and the files.
func (p *draftsPage) about(begun *pad) (lines []fyne.CanvasObject) {
	for _, text := range []string{begun.text, begun.shown()} {
		if text = firstLine(text); text != "" {
			lines = append(lines, look.NewElided(text, look.Preview, look.Secondary))
			break
		}
	}
	add := func(icon look.Icon, words string) {
		lines = append(lines, rowGrow(6, 1, look.NewIcon(icon, look.Faint, 14), look.NewElided(words, look.Caption, look.Faint)))
	}
	if t := begun.edit; t != nil {
		add(look.IconEdit, draftSubject(tr.S("composer.changing"), t))
	}
	if t := begun.reply; t != nil {
		add(look.IconReply, draftSubject(replyTitle(t), t))
	}
	if n := len(begun.files); n > 0 {
		names := make([]string, 0, n)
		for _, f := range begun.files {
			names = append(names, narrate.FileName(f.Name))
		}
		add(look.IconClip, dotted(tr.N("carried.files", n), listed(names)))
	}
	return lines
}

// draftSubject names the message that a draft is about.
func draftSubject(title string, t *target) string {
	return dotted(title, t.line())
}

// firstLine is the first line of a text with something on it, without markup.
func firstLine(text string) string {
	for line := range strings.Lines(markup.PlainText(text)) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
