package ui

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// versionsPage shows what an edited message said before, while it is open.
type versionsPage struct {
	u    *UI
	d    *dialog
	room chat.RoomID
	seq  chat.Seq
	body *fyne.Container
	list []app.Version
}

// versions shows what an edited message said before.
func (p *pane) versions(r *timeline.Row) {
	v := &versionsPage{u: p.h.u, room: p.h.room, seq: chat.Seq(r.Seq), body: column(14)}
	v.read(func(list []app.Version, err error) {
		if err != nil {
			v.u.toast(explain(err).text, look.Bad)
			return
		}
		v.fill(list)
		done := look.NewButton(tr.S("button.close"), look.Quiet, func() { v.d.Close() })
		v.d = v.u.open(dialogSpec{title: tr.S("versions.title"), body: v.body, buttons: []*look.Button{done}})
		v.u.home.versions = v
	})
}

func (v *versionsPage) read(then func([]app.Version, error)) {
	core := v.u.core
	v.u.pump.work(func(ctx context.Context) func() {
		list, err := core.Versions(ctx, v.room, v.seq)
		return func() { then(list, err) }
	})
}

// fill shows the versions, the newest first.
func (v *versionsPage) fill(list []app.Version) {
	v.list = list
	v.body.Objects = nil
	for i, version := range slices.Backward(list) {
		when := tr.Moment(zone.In(version.Time))
		switch i {
		case len(list) - 1:
			when = tr.F("versions.now", "When", when)
		case 0:
			when = tr.F("versions.first", "When", when)
		}
		v.body.Objects = append(v.body.Objects, column(3, newPara(when, look.Caption, look.Faint),
			newBoxed(look.FieldFill, nil, 12, 9, newPara(linkguard.CleanText(version.Text), look.Body, look.Text))))
	}
}

// followVersions has the versions that show follow their message: what was deleted for
// everyone is not read on here.
func (h *home) followVersions(c app.Changes) {
	v := h.versions
	switch {
	case v == nil:
		return
	case !v.d.isOpen:
		h.versions = nil
		return
	case !c.Reset && !c.Rooms[v.room].Changed && !c.Rooms[v.room].Reload:
		return
	}
	v.read(func(list []app.Version, err error) {
		var failed *app.Failed
		switch {
		case !v.d.isOpen:
		case errors.As(err, &failed) && failed.Code == app.FailCode(chat.CodeMessageGone):
			v.d.Close()
			v.u.toast(explain(err).text, look.Accent)
		case err == nil && !slices.Equal(list, v.list):
			v.fill(list)
			v.d.Refresh()
		}
	})
}
