package ui

import (
	"context"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// minPassword is the shortest password the core accepts, in characters.
const minPassword = 15

// account is the part of forms in which somebody chooses a name and a password.
// The name to sign in with is made of the name others see, and said; only if it
// cannot be had is it asked for.
type account struct {
	display, login, password *field
}

// newAccount adds the fields to a form; Enter in the last one submits.
func newAccount(f *form, submit func()) account {
	var a account
	a.password = newSecretField(tr.S("form.password"), tr.N("form.password.rule", minPassword))
	a.display = newField(tr.S("form.display"), tr.S("form.display.hint"))
	a.login = newField(tr.S("form.login"), tr.S("form.login.hint"))
	a.login.Hide()
	f.add("name", a.display, a.password.Focus)
	f.add("login", a.login, a.password.Focus)
	f.add("password", a.password, submit)
	typed := a.display.entry.OnChanged
	a.display.entry.OnChanged = func(s string) {
		typed(s)
		a.sayLogin()
	}
	return a
}

// name is what the person will sign in with.
func (a account) name() string {
	if a.login.Visible() {
		return strings.TrimSpace(a.login.Text())
	}
	return app.SuggestName(a.display.Text())
}

// sayLogin tells under the name what the person will sign in with.
func (a account) sayLogin() {
	hint := tr.S("form.display.hint")
	if strings.TrimSpace(a.display.Text()) != "" && !a.login.Visible() {
		hint += " " + tr.F("form.display.login", "Name", inSentence(a.name()))
	}
	a.display.SetHint(hint)
}

// refused marks a name for others that is not accepted, and asks for another name to
// sign in with if the one there was cannot be had.
func (a account) refused(e failure) bool {
	if e.field == "display" {
		a.display.SetError(tr.F("host.group.rule", "Most", chat.DefaultLimits().NameChars))
		a.display.Focus()
		return true
	}
	if e.Code != app.FailName && e.Code != app.FailNameTaken {
		return false
	}
	if !a.login.Visible() {
		a.login.entry.SetText(a.name())
		a.login.Show()
		a.sayLogin()
	}
	a.login.SetError(e.text)
	a.login.Focus()
	a.login.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	return true
}

// complete reports whether both are filled in, marking what is not.
func (a account) complete() bool {
	switch {
	case strings.TrimSpace(a.display.Text()) == "":
		a.display.SetError(tr.S("form.display.missing"))
		a.display.Focus()
	case utf8.RuneCountInString(a.password.Text()) < minPassword:
		a.password.SetError(tr.N("form.password.rule", minPassword))
		a.password.Focus()
	default:
		return true
	}
	return false
}

// showHost asks for what a new group needs.
func (u *UI) showHost() {
	f := newForm(u)
	var where *options
	var secret *secretChoice
	var a account
	var group *field
	submit := func() {
		if !f.require("group", tr.S("host.group.missing")) || !a.complete() || !secret.complete() {
			return
		}
		r := app.HostRequest{
			Group: strings.TrimSpace(group.Text()), Display: strings.TrimSpace(a.display.Text()), Name: a.name(),
			Password: a.password.secret(), Local: where.at == 1, Secret: secret.choice(),
		}
		f.run(tr.S("host.busy"), func(ctx context.Context) error { return u.core.Host(ctx, r) }, nil)
	}
	group = newField(tr.S("host.group"), tr.S("host.group.hint"))
	a = newAccount(f, submit)
	f.add("group", group, a.display.Focus)
	where = newOptions(0, []option{
		{tr.S("host.all"), tr.S("host.all.text")},
		{tr.S("host.local"), tr.S("host.local.text")},
	}, nil)
	secret = newSecretChoice(f, submit)
	f.after = func(e failure) bool {
		if e.field != "group" {
			return a.refused(e) || secret.offer(e)
		}
		group.SetError(tr.F("host.group.rule", "Most", chat.DefaultLimits().NameChars))
		group.Focus()
		return true
	}
	f.submit = look.NewButton(tr.S("host.submit"), look.Primary, submit)
	f.page = u.showFlow(u.showWelcome, column(14,
		formHead(tr.S("host.title"), tr.S("host.text")),
		group, a.display, a.login, a.password,
		column(6, fieldName(tr.S("host.where")), where),
		secret.object,
		f.all, f.busy,
		rowEnd(8, f.submit),
	), group.entry)
}

// fieldName is the name above something one types or chooses. It is in full: what it
// asks for may be at its end.
func fieldName(text string) *para {
	p := newPara(text, look.Preview, look.Secondary)
	p.Bold = true
	return p
}
