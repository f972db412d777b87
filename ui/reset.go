package ui

import (
	"context"
	"strings"
	"unicode/utf8"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// newPassword is the part of forms in which somebody chooses a new password for an
// account they have a link for, and what becomes of its other devices.
type newPassword struct {
	fresh  *field
	others *options
}

func newNewPassword(f *form, submit func()) newPassword {
	n := newPassword{
		fresh: newSecretField(tr.S("password.fresh"), tr.N("form.password.rule", minPassword)),
		others: newOptions(0, []option{
			{tr.S("password.others"), tr.S("password.others.text")},
			{tr.S("password.others.no"), tr.S("password.others.no.text")},
		}, nil),
	}
	f.add("password", n.fresh, submit)
	return n
}

// complete reports whether the password is long enough, and says so where not.
func (n newPassword) complete() bool {
	if utf8.RuneCountInString(n.fresh.Text()) >= minPassword {
		return true
	}
	n.fresh.SetError(tr.N("form.password.rule", minPassword))
	n.fresh.Focus()
	return false
}

func (n newPassword) request(link string) app.ResetRequest {
	return app.ResetRequest{Link: link, Password: n.fresh.secret(), RemoveOthers: n.others.at == 0}
}

// showNewPassword says whose password the link changes and asks for a new one.
func (u *UI) showNewPassword(link string, v app.InviteView) {
	f := newForm(u)
	var n newPassword
	var secret *secretChoice
	submit := func() {
		if !n.complete() || !secret.complete() {
			return
		}
		r := n.request(link)
		r.Secret = secret.choice()
		f.run(tr.S("signin.busy"), func(ctx context.Context) error { return u.core.ResetPassword(ctx, r) }, nil)
	}
	n = newNewPassword(f, submit)
	secret = newSecretChoice(f, submit)
	f.after = func(e failure) bool { return u.alarmed(e) || secret.offer(e) }
	f.submit = look.NewButton(tr.S("reset.submit"), look.Primary, submit)
	f.page = u.showFlow(func() { u.showJoin("") }, column(14,
		formHead(tr.S("reset.title"), tr.F("reset.text", "Name", inSentence(v.Name), "Group", inSentence(v.Group))),
		n.fresh, n.others,
		secret.object,
		f.all, f.busy,
		rowEnd(8, f.submit),
		inviteFacts(v, u.core.View().Group.Authority),
	), n.fresh.entry)
}

// showReset asks for a link for a new password to the group that is open, whose
// session has ended, or goes on with the link given. What is stored here and what waits
// stays.
func (h *home) showReset(given string) {
	u, v := h.u, h.u.view
	f := newForm(u)
	var d *dialog
	var n newPassword
	var link *field
	submit := func() {
		if !f.require("link", tr.S("join.link.missing")) || !n.complete() {
			return
		}
		text := strings.TrimSpace(link.Text())
		if l, err := chat.ParseLink(text); err == nil && l.Server != v.Group.Server {
			link.SetError(tr.F("rejoin.other", "Group", inSentence(v.Group.Name)))
			link.Focus()
			return
		}
		r := n.request(text)
		r.Secret.Mode = keptVault(v.Me.Vault)
		f.run(tr.S("signin.busy"), func(ctx context.Context) error { return u.core.ResetPassword(ctx, r) }, func() { d.Close() })
	}
	next := func() { n.fresh.Focus() }
	link = u.linkField(tr.S("reset.link"), tr.S("reset.link.hint"), next)
	f.add("link", link, next)
	n = newNewPassword(f, submit)
	f.submit = look.NewButton(tr.S("reset.submit"), look.Primary, submit)
	d = u.open(dialogSpec{
		title: tr.S("reset.title"), width: 480,
		body: column(12,
			newPara(tr.F("reset.here", "Group", inSentence(v.Group.Name)), look.Body, look.Secondary),
			link, n.fresh, n.others, f.all, f.busy),
		buttons: []*look.Button{f.submit}, focus: link.entry, firm: true,
	})
	f.page = d
	if given != "" {
		link.entry.SetText(given)
		n.fresh.Focus()
	}
}
