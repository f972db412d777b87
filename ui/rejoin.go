package ui

import (
	"context"
	"strings"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showRejoin asks for another invite to the group that is open, whose server has
// forgotten this device and perhaps the account: older data has taken the place of its
// own. What is stored here and what waits stays.
func (h *home) showRejoin() {
	u, v := h.u, h.u.view
	f := newForm(u)
	var d *dialog
	var a account
	var invite *field
	submit := func() {
		if !f.require("link", tr.S("join.link.missing")) || !a.complete() {
			return
		}
		text := strings.TrimSpace(invite.Text())
		if l, err := chat.ParseLink(text); err == nil && l.Server != v.Group.Server {
			invite.SetError(tr.F("rejoin.other", "Group", inSentence(v.Group.Name)))
			invite.Focus()
			return
		}
		r := app.JoinRequest{Link: text, Display: strings.TrimSpace(a.display.Text()), Name: a.name(), Password: a.password.secret()}
		r.Secret.Mode = keptVault(v.Me.Vault)
		f.run(tr.S("join.busy"), func(ctx context.Context) error { return u.core.Join(ctx, r) }, func() { d.Close() })
	}
	invite = u.linkField(tr.S("join.link"), tr.S("rejoin.link.hint"), func() { a.display.Focus() })
	f.add("link", invite, func() { a.display.Focus() })
	a = newAccount(f, submit)
	a.display.entry.SetText(cleanName(v.Me.Display))
	if v.Me.Name != a.name() {
		a.login.entry.SetText(v.Me.Name)
		a.login.Show()
		a.sayLogin()
	}
	f.after = func(e failure) bool {
		if e.Code != app.FailIsReset {
			return a.refused(e)
		}
		d.Close()
		h.showReset(strings.TrimSpace(invite.Text())) // a link for a new password: here it is of use, too
		return true
	}
	f.submit = look.NewButton(tr.S("join.submit"), look.Primary, submit)
	d = u.open(dialogSpec{
		title: tr.S("rejoin.title"), width: 480,
		body: column(12,
			newPara(tr.F("rejoin.text", "Group", inSentence(v.Group.Name)), look.Body, look.Secondary),
			invite, a.display, a.login, a.password, f.all, f.busy),
		buttons: []*look.Button{f.submit}, focus: invite.entry, firm: true,
	})
	f.page = d
}

// keptVault is how a secret is to be kept that takes the place of one kept so.
func keptVault(mode app.SecretMode) app.SecretMode {
	if mode == app.SecretVault {
		return "" // it is unlocked; the core keeps using it
	}
	return mode
}
