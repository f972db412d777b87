package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// alonePart stands over an empty room, above what there is of it, and shows a person who
// is alone there what to do first.
type alonePart struct {
	box         *fyne.Container
	wanted      bool
	icon, title fyne.CanvasObject
	text        *para
	invite, add fyne.CanvasObject
}

func newAlone(h *home) *alonePart {
	a := &alonePart{
		icon:   centred(look.NewIcon(look.IconPeople, look.Faint, 40)),
		title:  centredPara(tr.S("pane.alone"), look.Title, look.Text),
		text:   centredPara(tr.S("pane.alone.text"), look.Body, look.Secondary),
		invite: centred(look.NewIconTextButton(look.IconInvite, tr.S("side.invite"), look.Primary, h.showInvite)),
		add:    centred(look.NewIconTextButton(look.IconAdd, tr.S("members.add"), look.Primary, h.showAddPeople)),
	}
	a.box = column(10, a.icon, a.title, a.text, gap(2), a.invite, a.add)
	a.box.Hide()
	return a
}

// mostAlone is how many events a room has at most that is called empty: who made it and
// came in. Further down lies what people see of those who were there.
const mostAlone = 3

// applyAlone shows in an empty room how others come into it: from the group if it has
// others, or else by an invite.
func (p *pane) applyAlone(r *app.RoomView, v *app.View) {
	others := slices.ContainsFunc(v.Rooms, func(o app.RoomView) bool { return len(o.Members) > 1 })
	text := tr.S("pane.alone.text")
	if others {
		text = tr.S("pane.alone.add")
	}
	a := p.alone
	a.text.SetText(text)
	setShown(a.invite, !others)
	setShown(a.add, others)
	a.want(len(r.Members) == 1 && r.Last == nil && r.Head <= mostAlone && r.Joined && r.Waiting+r.Failed == 0 &&
		(others || v.Group.MayInvite) && !over(v))
}

// want says whether it belongs here; it shows itself when it is placed.
func (a *alonePart) want(wanted bool) {
	a.wanted = wanted
	if !wanted {
		a.box.Hide()
	}
}

// aloneWidth is that of the words to somebody who is alone.
const aloneWidth float32 = 340

// aloneAway is what it keeps from what is below and above it.
const aloneAway float32 = 12

// place puts it into the free part of the conversation. What does not fit there is left
// out: the icon, then the words, then all of it.
func (a *alonePart) place(t *timeline.Timeline) {
	if !a.wanted {
		return
	}
	at, size, free := t.Position(), t.Size(), t.Free()
	width := min(aloneWidth, size.Width-2*look.Gutter)
	for _, parts := range [...]struct{ icon, words bool }{{true, true}, {false, true}, {false, false}} {
		setShown(a.icon, parts.icon)
		setShown(a.title, parts.words)
		setShown(a.text, parts.words)
		if high := heightFor(a.box, width); high+2*aloneAway <= free {
			lay(a.box, at.X+(size.Width-width)/2, at.Y+max(aloneAway, (free-high)*0.45), width, high)
			a.box.Show()
			return
		}
	}
	a.box.Hide()
}
