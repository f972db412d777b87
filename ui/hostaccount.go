package ui

import (
	"cmp"
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Other people's accounts, for who hosts the group.

// hosts reports whether the group's server runs in this window's program.
func (u *UI) hosts() bool { return u.view.Hosting != nil && u.view.Hosting.Running }

// accountChanges are the choices of the dialog, in its order.
var accountChanges = []struct {
	change           app.AccountChange
	name, text, done tr.Key
	sure             tr.Key // asked once more; "": not
}{
	{app.AccountSuspend, "host.account.suspend", "host.account.suspend.text", "host.account.suspended", ""},
	{app.AccountUnsuspend, "host.account.unsuspend", "host.account.unsuspend.text", "host.account.unsuspended", ""},
	{app.AccountDelete, "host.account.delete", "host.account.delete.text", "host.account.deleted", "host.account.sure.text"},
	{app.AccountErase, "host.account.erase", "host.account.erase.text", "host.account.deleted", "host.account.sure.erase"},
}

// showChangeAccount suspends the account with a login name, lets it in again, or deletes
// it; "" asks for the name. What cannot be taken back is asked for once more. It returns
// the choices.
func (u *UI) showChangeAccount(login string) *options {
	f := newForm(u)
	var d *dialog
	var list []option
	for _, c := range accountChanges {
		list = append(list, option{tr.S(c.name), tr.S(c.text)})
	}
	out := column(6)
	out.Hide()
	name := newField(tr.S("reset.make.name"), tr.S("reset.make.hint"))
	name.entry.SetText(login)
	choice := newOptions(0, list, func(i int) {
		kind, do := look.Primary, accountChanges[i].name
		if accountChanges[i].sure != "" {
			kind, do = look.Dangerous, "host.account.delete"
		}
		f.submit.SetKind(kind)
		f.submit.SetText(tr.S(do))
		d.Refresh() // the button takes another width
	})
	change := func(who string) {
		c := accountChanges[choice.at]
		f.run(tr.S("host.account.busy"), func(ctx context.Context) error {
			return u.core.ChangeAccount(ctx, who, c.change)
		}, func() {
			d.Close()
			u.toast(tr.F(c.done, "Name", inSentence(who)), look.Good)
		})
	}
	submit := func() {
		if !f.require("name", tr.S("reset.make.name")) {
			return
		}
		who := strings.TrimSpace(name.Text())
		if accountChanges[choice.at].sure == "" {
			change(who)
			return
		}
		u.confirm(confirmation{
			title: tr.F("host.account.sure", "Name", inSentence(who)), text: tr.S(accountChanges[choice.at].sure),
			do: tr.S("host.account.delete"), danger: true, wary: true, then: func() { change(who) },
		})
	}
	f.add("name", name, submit)
	f.submit = look.NewButton(tr.S(accountChanges[0].name), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("host.account"), width: 500,
		body:    column(14, note(tr.S("host.account.text")), out, name, choice, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: name.entry,
	})
	f.page = d
	u.loadSuspended(out, d)
	return choice
}

// loadSuspended lists who is suspended, each with a button that lets them in again; where
// nobody is, nothing.
func (u *UI) loadSuspended(list *fyne.Container, d *dialog) {
	u.pump.work(func(ctx context.Context) func() {
		all, err := u.core.Suspended(ctx)
		return func() {
			list.Objects = nil
			if err != nil {
				list.Add(newPara(explain(err).text, look.Preview, look.Bad))
			} else if len(all) > 0 {
				list.Add(fieldName(tr.S("host.account.list")))
				for _, a := range all {
					list.Add(u.suspendedLine(a, list, d))
				}
			}
			list.Hidden = len(list.Objects) == 0
			d.Refresh()
		}
	})
}

func (u *UI) suspendedLine(a app.SuspendedAccount, list *fyne.Container, d *dialog) fyne.CanvasObject {
	name := cmp.Or(cleanName(a.Display), a.Name)
	var back *look.Button
	back = look.NewButton(tr.S("host.account.unsuspend"), look.Quiet, func() {
		back.Disable()
		u.pump.work(func(ctx context.Context) func() {
			err := u.core.ChangeAccount(ctx, a.Name, app.AccountUnsuspend)
			return func() {
				if err != nil {
					u.toast(explain(err).text, look.Bad)
				} else {
					u.toast(tr.F("host.account.unsuspended", "Name", inSentence(a.Name)), look.Good)
				}
				u.loadSuspended(list, d)
			}
		})
	})
	return rowGrow(10, 1, look.NewAvatar("", name, 30),
		column(0, look.NewElided(name, look.Body, look.Text), look.NewElided(a.Name, look.Caption, look.Faint)), back)
}
