package ui

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showRoomInfo tells what there is to know about the open room, and whether all
// of it is here.
func (h *home) showRoomInfo() { h.showRoomInfoOf(h.room) }

func (h *home) showRoomInfoOf(id chat.RoomID) {
	r := h.roomOf(id)
	if r == nil {
		return
	}
	name := roomName(r)
	access := tr.S("newroom.open.text")
	switch r.Access {
	case chat.AccessClosed:
		access = tr.S("newroom.closed.text")
	case chat.AccessDirect:
		access = tr.S("direct.access")
	}
	body := column(12, rowGrow(14, 1, look.NewAvatar(faceOf(r), name, 48), heading(name, look.Title)))
	list := facts(tr.S("room.topic"), cleanName(r.Topic),
		tr.S("roominfo.members"), tr.N("pane.members", len(present(h.u.view, r))),
		tr.S("roominfo.access"), access)
	if r.Access != chat.AccessDirect && r.History != "" {
		list.Add(fact(tr.S("newroom.history"), newPara(historyWords(r), look.Body, look.Text)))
	}
	list.Add(fact(tr.S("keep.fact"), newPara(keepText(r), look.Body, look.Text)))
	list.Add(fact(tr.S("details.read_by"), newPara(readingsText(r), look.Body, look.Text)))
	complete := completenessLines(r)
	list.Add(fact(tr.S("complete.title"), complete))
	list.Add(fact(tr.S("roominfo.id"), monoPara(r.ID.String(), look.Secondary)))
	body.Add(list)
	var d *dialog
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	buttons := []*look.Button{done}
	if r.Joined && !r.Pending && !r.Archived && r.Access != chat.AccessDirect {
		edit := look.NewIconTextButton(look.IconEdit, tr.S("room.edit"), look.Quiet, func() {
			d.Close()
			h.showRoomEdit(id)
		})
		buttons = []*look.Button{edit, done}
	}
	if mayRule(r) {
		rule := look.NewIconTextButton(look.IconPeople, tr.S("history.item"), look.Quiet, func() {
			d.Close()
			h.showHistory(id)
		})
		buttons = slices.Insert(buttons, 0, rule)
	}
	d = h.u.open(dialogSpec{title: tr.S("roominfo.title"), width: 520, body: body, buttons: buttons})
	if r.Lost > 0 {
		h.addLost(d, complete, id)
	}
}

// completenessLines say that nothing is missing, or name what is.
func completenessLines(r *app.RoomView) *fyne.Container {
	c := &r.Complete
	lines := column(4)
	add := func(icon look.Icon, text string, ink look.Ink) {
		lines.Add(rowGrow(8, 1, look.NewIcon(icon, ink, 16), newPara(text, look.Body, ink)))
	}
	through := uint64(c.Through)
	switch {
	case c.Whole() && through == 0:
		add(look.IconCheck, tr.S("complete.none"), look.Secondary)
	case c.Whole():
		add(look.IconCheck, tr.F("complete.whole", "N", through), look.Good)
	}
	if c.Behind > 0 {
		add(look.IconClock, tr.N("complete.behind", c.Behind, "Through", through), look.Warn)
	}
	if c.MissingEvents > 0 {
		add(look.IconClock, tr.N("complete.missing", c.MissingEvents, "Gaps", gapWords(c.Missing)), look.Warn)
	}
	if c.VoidEvents > 0 {
		text := tr.N("complete.void", c.VoidEvents, "Gaps", gapWords(c.Void))
		if !slices.ContainsFunc(c.Void, func(g app.Gap) bool { return g.Reason != app.GapNotVisible && g.Reason != app.GapUnloaded }) {
			text = tr.F("complete.hidden", "Gaps", gapWords(c.Void))
		}
		add(look.IconInfo, text, look.Secondary)
	}
	return lines
}

// maxGapWords is how many gaps are named before "…".
const maxGapWords = 6

// gapWords names gaps by their numbers: 12–40, 77.
func gapWords(gaps []app.Gap) string {
	var words []string
	for i, g := range gaps {
		if i == maxGapWords {
			words = append(words, "…")
			break
		}
		if g.From == g.To {
			words = append(words, fmt.Sprint(uint64(g.From)))
		} else {
			words = append(words, fmt.Sprintf("%d–%d", uint64(g.From), uint64(g.To)))
		}
	}
	return strings.Join(words, ", ")
}
