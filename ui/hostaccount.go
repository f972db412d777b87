package ui

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Other people's accounts, for who hosts the group.

// mostListed bounds how many accounts are listed at once; a part of a name finds others.
const mostListed = 60

// findAbove is from how many accounts on there is a field to find one.
const findAbove = 8

// hosts reports whether the group's server runs in this window's program.
func (u *UI) hosts() bool { return u.view.Hosting != nil && u.view.Hosting.Running }

// accountName is the name of somebody with an account, for reading.
func accountName(a app.HostedAccount) string { return cmp.Or(cleanName(a.Display), a.Name) }

// accountList is the page of who has an account in the group that is hosted here.
type accountList struct {
	u     *UI
	d     *dialog
	all   []app.HostedAccount // those who are suspended first
	lines *fyne.Container
	find  *field
	told  bool // it has been filled before
}

// showAccounts lists who has an account, each leading to what can be done with it.
func (u *UI) showAccounts() {
	l := &accountList{u: u, lines: column(2, newSkeleton(u, 3, tr.S("host.people.loading"))), find: newField(tr.S("host.people.find"), "")}
	l.find.Hide()
	l.find.entry.OnChanged = func(string) { l.fill() }
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { l.d.Close() })
	l.d = u.open(dialogSpec{
		title: tr.S("host.people"), width: 460,
		body: column(14, note(tr.S("host.account.text")), l.find, l.lines), buttons: []*look.Button{done}, focus: done,
		closed: func() { u.accounts = nil },
	})
	u.accounts = l
	l.load()
}

// load asks who has an account.
func (l *accountList) load() {
	u := l.u
	u.pump.work(func(ctx context.Context) func() {
		all, err := u.core.Accounts(ctx)
		return func() {
			if err != nil {
				l.lines.Objects = []fyne.CanvasObject{newPara(explain(err).text, look.Preview, look.Bad)}
				l.d.Refresh()
				return
			}
			u.takeShut(all)
			slices.SortStableFunc(all, func(a, b app.HostedAccount) int {
				return cmp.Or(-cmp.Compare(number(a.Suspended), number(b.Suspended)), strings.Compare(strings.ToLower(accountName(a)), strings.ToLower(accountName(b))))
			})
			if l.all = all; len(all) > findAbove {
				l.find.Show()
			}
			l.fill()
			if l.find.Visible() && l.d.isOpen && !l.told {
				u.win.Canvas().Focus(l.find.entry)
			}
			l.told = true
		}
	})
}

// followAccounts asks anew who is suspended once whoever runs the server has changed
// somebody's account, here or from the command line.
func (u *UI) followAccounts() {
	h := u.view.Hosting
	if h == nil || h.Accounts == u.accountsAt {
		return
	}
	u.accountsAt = h.Accounts
	if u.accounts != nil {
		u.accounts.load() // which tells the rest of the window, too
		return
	}
	u.askShut()
}

// askShut asks who is suspended, which only whoever runs the server may know.
func (u *UI) askShut() {
	if !u.hosts() {
		u.takeShut(nil)
		return
	}
	u.pump.work(func(ctx context.Context) func() {
		all, err := u.core.Accounts(ctx)
		if err != nil {
			return nil // what was known stays; the list of accounts says why
		}
		return func() { u.takeShut(all) }
	})
}

// takeShut keeps who is suspended, and shows it of the people in view.
func (u *UI) takeShut(all []app.HostedAccount) {
	var shut map[chat.AccountID]bool
	for _, a := range all {
		if a.Suspended {
			if shut == nil {
				shut = map[chat.AccountID]bool{}
			}
			shut[a.Account] = true
		}
	}
	if maps.Equal(shut, u.shut) {
		return
	}
	u.shut = shut
	if h := u.home; h != nil {
		h.members.apply(h.roomOf(h.room))
		h.card.apply(u, time.Now())
	}
}

// markShut says of somebody who is suspended nothing else of where they are.
func (u *UI) markShut(p person, m *app.MemberView) person {
	if !u.shut[p.id] {
		return p
	}
	p.shut, p.dot, p.about = true, "", dotted(tr.S("host.people.suspended"), atName(*m))
	return p
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fill lists those whose names hold what is looked for.
func (l *accountList) fill() {
	part := strings.ToLower(strings.TrimSpace(l.find.Text()))
	l.lines.Objects = nil
	more := 0
	for _, a := range l.all {
		switch {
		case !strings.Contains(strings.ToLower(a.Display), part) && !strings.Contains(a.Name, part):
		case len(l.lines.Objects) == mostListed:
			more++
		default:
			l.lines.Add(l.line(a))
		}
	}
	switch {
	case more > 0:
		l.lines.Add(note(tr.N("host.people.more", more)))
	case len(l.lines.Objects) == 0:
		l.lines.Add(note(tr.S("host.people.none")))
	}
	l.d.Refresh()
}

// line is somebody in the list; one's own leads to what one can do with it.
func (l *accountList) line(a app.HostedAccount) fyne.CanvasObject {
	own := a.Name == l.u.view.Me.Name
	t := newTouch(rowGrow(6, 0, accountHead(a, 34, own), look.NewIcon(look.IconNext, look.Faint, 18)), func() {
		l.d.Close()
		if own {
			l.u.showSettingsNamed("settings.account")
			return
		}
		l.u.showAccount(a)
	})
	t.PadX, t.PadY = 6, 5
	return t
}

// accountHead shows who somebody is, and whether they are shut out.
func accountHead(a app.HostedAccount, side float32, own bool) fyne.CanvasObject {
	name := accountName(a)
	row := []fyne.CanvasObject{
		look.NewAvatar(a.Account.String(), name, side),
		column(0, look.NewElided(name, look.Body, look.Text), look.NewElided("@"+cleanName(a.Name), look.Caption, look.Secondary)),
	}
	switch {
	case a.Suspended:
		row = append(row, look.NewLine(tr.S("host.people.suspended"), look.Preview, look.Bad))
	case own:
		row = append(row, look.NewLine(tr.S("host.people.you"), look.Preview, look.Secondary))
	}
	return rowGrow(10, 1, row...)
}

// openAccount shows what can be done with the account of somebody in a room.
func (u *UI) openAccount(id chat.AccountID) {
	u.pump.work(func(ctx context.Context) func() {
		all, err := u.core.Accounts(ctx)
		return func() {
			i := slices.IndexFunc(all, func(a app.HostedAccount) bool { return a.Account == id })
			switch {
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			case i < 0:
				u.toast(tr.S("fail.no_account"), look.Bad)
			default:
				u.showAccount(all[i])
			}
		}
	})
}

// accountChange is a choice of the dialog.
type accountChange struct {
	change           app.AccountChange
	name, text, done tr.Key
	// What asks once more: title, words, what the button says; "": it does not.
	title, sure, do tr.Key
}

// kind is how the button that does it looks.
func (c accountChange) kind() look.ButtonKind {
	if c.title != "" {
		return look.Dangerous
	}
	return look.Primary
}

// accountChanges are the choices for an account, as it stands.
func accountChanges(suspended bool) []accountChange {
	first := accountChange{
		app.AccountSuspend, "host.account.suspend", "host.account.suspend.text", "host.account.suspended",
		"host.account.suspend.title", "host.account.suspend.sure", "host.account.suspend",
	}
	if suspended {
		first = accountChange{
			app.AccountUnsuspend, "host.account.unsuspend", "host.account.unsuspend.text", "host.account.unsuspended",
			"", "", "host.account.unsuspend",
		}
	}
	gone := func(change app.AccountChange, name, text, sure tr.Key) accountChange {
		return accountChange{change, name, text, "host.account.deleted", "host.account.sure", sure, "host.account.delete"}
	}
	return []accountChange{
		first,
		gone(app.AccountDelete, "host.account.delete", "host.account.delete.text", "host.account.sure.text"),
		gone(app.AccountErase, "host.account.erase", "host.account.erase.text", "host.account.sure.erase"),
	}
}

// showAccount makes a link for a new password for somebody, suspends their account or lets
// it in again, or deletes it. What shuts somebody out is asked for once more. It returns
// the choices.
func (u *UI) showAccount(a app.HostedAccount) *options {
	f := newForm(u)
	var d *dialog
	changes := accountChanges(a.Suspended)
	var list []option
	for _, c := range changes {
		list = append(list, option{tr.S(c.name), tr.S(c.text)})
	}
	choice := newOptions(0, list, func(i int) {
		f.submit.SetKind(changes[i].kind())
		f.submit.SetText(tr.S(changes[i].do))
		d.Refresh() // the button takes another width
	})
	change := func() {
		c := changes[choice.at]
		var heirs []app.Heir
		f.run(tr.S("host.account.busy"), func(ctx context.Context) (err error) {
			heirs, err = u.core.ChangeAccount(ctx, a.Name, c.change)
			return err
		}, func() {
			d.Close()
			u.askShut()
			u.toast(strings.Join(append([]string{tr.F(c.done, "Name", inSentence(a.Name))}, heirWords(heirs)...), " "), look.Good)
		})
	}
	f.submit = look.NewButton(tr.S(changes[0].do), changes[0].kind(), func() {
		c := changes[choice.at]
		if c.title == "" {
			change()
			return
		}
		u.confirm(confirmation{
			title: tr.F(c.title, "Name", inSentence(a.Name)), text: tr.S(c.sure), do: tr.S(c.do), danger: true, then: change,
		})
	})
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	forgot := look.NewButton(tr.S("reset.make"), look.Quiet, func() {
		d.Close()
		u.showMakeReset(a)
	})
	body := column(14, accountHead(a, 46, false))
	if !a.Suspended { // whom a link would let in by nothing
		body.Add(column(6, fieldName(tr.S("reset.make.title")), row(0, forgot)))
	}
	body.Add(column(6, fieldName(tr.S("host.account.choices")), choice))
	body.Add(f.all)
	body.Add(f.busy)
	d = u.open(dialogSpec{title: tr.S("host.account"), width: 500, body: body, buttons: []*look.Button{cancel, f.submit}, focus: cancel})
	f.page = d
	return choice
}

// heirWords say who owns rooms from now on that only who was suspended owned.
func heirWords(heirs []app.Heir) (sentences []string) {
	for _, h := range heirs {
		sentences = append(sentences, tr.N("host.account.heir", h.Rooms, "Name", inSentence(cmp.Or(cleanName(h.Display), h.Name))))
	}
	return sentences
}

// showMakeReset makes a link for somebody who forgot the password, on the server that
// this program runs.
func (u *UI) showMakeReset(a app.HostedAccount) {
	f := newForm(u)
	var d *dialog
	shown := column(14)
	f.submit = look.NewIconTextButton(look.IconLink, tr.S("reset.make.submit"), look.Primary, func() {
		var link string
		f.run(tr.S("reset.make.busy"), func(ctx context.Context) (err error) {
			link, err = u.core.MakeReset(ctx, a.Name)
			return err
		}, func() {
			result, copyLink := u.linkResult(tr.S("reset.ready"), link, tr.F("reset.once", "Until", tr.Until(24*time.Hour)))
			shown.Objects = []fyne.CanvasObject{result}
			d.Refresh()
			u.win.Canvas().Focus(copyLink)
		})
	})
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("reset.make.title"), width: 520,
		body:    column(14, accountHead(a, 46, false), note(tr.S("reset.make.text")), f.all, f.busy, shown),
		buttons: []*look.Button{done, f.submit}, focus: f.submit,
	})
	f.page = d
}
