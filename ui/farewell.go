package ui

import (
	"context"
	"slices"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Deleting one's account.

// showFarewell says what goes and what stays, asks for the password, and deletes the
// account.
func (u *UI) showFarewell() {
	f := newForm(u)
	var d *dialog
	present := newSecretField(tr.S("password.present"), "")
	erase := newOptions(0, []option{
		{tr.S("farewell.keep"), tr.S("farewell.keep.text")},
		{tr.S("farewell.erase"), tr.S("farewell.erase.text")},
	}, nil)
	submit := func() {
		if !f.require("present", tr.S("password.missing")) {
			return
		}
		r := app.DeleteRequest{Password: present.secret(), Erase: erase.at == 1}
		f.run(tr.S("farewell.busy"), func(ctx context.Context) error { return u.core.DeleteAccount(ctx, r) }, func() {
			present.wipe()
			d.Close()
			u.afterFarewell()
		})
	}
	f.add("present", present, submit)
	f.submit = look.NewButton(tr.S("farewell.do"), look.Dangerous, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	body := column(14, newPara(tr.S("farewell.goes"), look.Body, look.Text), newPara(tr.S("farewell.stays"), look.Body, look.Secondary),
		erase,
		column(6, note(tr.S("farewell.export")), row(0, look.NewButton(tr.S("farewell.export.open"), look.Quiet, u.chooseExport))),
		present, f.all, f.busy)
	d = u.open(dialogSpec{title: tr.S("farewell.title"), width: 500, body: body, buttons: []*look.Button{cancel, f.submit}, focus: present.entry})
	f.page = d
}

// chooseExport asks which room to write out. It lies over what asked for it.
func (u *UI) chooseExport() {
	var d *dialog
	list := column(0)
	for i := range u.view.Rooms {
		r := &u.view.Rooms[i]
		name, id := roomName(r), r.ID
		t := newTouch(rowGrow(10, 1, look.NewAvatar(faceOf(r), name, 26), look.NewElided(name, look.Body, look.Text)), func() {
			d.Close()
			u.home.showExport(id)
		})
		t.PadX, t.PadY = 6, 5
		list.Add(t)
	}
	if len(u.view.Rooms) == 0 {
		list.Add(note(tr.S("farewell.export.none")))
	}
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{title: tr.S("farewell.export.which"), width: 440, body: list, buttons: []*look.Button{done}, focus: done})
}

// ended reports whether the server has said that the person's account is no more.
func ended(v *app.View) bool {
	return v.Connection.State == app.ConnStopped && v.Connection.Reason == app.ReasonDeleted
}

// over reports whether nothing new can come of the group: the account is no more, whoever
// ran the group has ended it, or nothing can be written here.
func over(v *app.View) bool {
	return ended(v) || readOnly(v) || v.Connection.State == app.ConnStopped && v.Connection.Reason == app.ReasonEnded
}

// readOnly reports whether the group's folder can only be read.
func readOnly(v *app.View) bool { return v.Connection.Reason == app.ReasonReadOnly }

// shutOut says so if the account or the group is no more: what needs one is not begun.
func (h *home) shutOut() bool {
	if !over(h.u.view) {
		return false
	}
	h.u.toast(overText(h.u.view), look.Warn)
	return true
}

// present is who is in a room, without the person once their account is no more: the
// server tells them nothing any more.
func present(v *app.View, r *app.RoomView) []app.MemberView {
	if !ended(v) {
		return r.Members
	}
	return slices.DeleteFunc(slices.Clone(r.Members), func(m app.MemberView) bool { return m.Me })
}

// afterFarewell offers to delete what is on this disk, too: where the group is hosted here,
// with the group. Enter alone, pressed once more for the deletion before, does not do it.
func (u *UI) afterFarewell() {
	if u.view.Hosting != nil {
		u.askEnd(tr.S("farewell.done"))
		return
	}
	u.confirm(confirmation{
		title: tr.S("farewell.done"), text: tr.S("farewell.local"), do: tr.S("storage.delete.do"), danger: true,
		then: func() {
			u.pump.work(func(ctx context.Context) func() {
				err := u.core.DeleteLocal(ctx)
				return func() {
					if err != nil {
						u.toast(explain(err).text, look.Bad)
					}
				}
			})
		},
	})
}
