package ui

import (
	"context"
	"strings"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showSignIn asks for the server of an account that exists, or goes on with the
// link given.
func (u *UI) showSignIn(link string) {
	f := newForm(u)
	var x *field
	submit := func() {
		if !f.require("link", tr.S("signin.link.missing")) {
			return
		}
		text := strings.TrimSpace(x.Text())
		var server app.ServerView
		var invite app.InviteView
		f.run(tr.S("signin.checking"), func(ctx context.Context) (err error) {
			if l, bad := chat.ParseLink(text); bad == nil && l.IsInvite() {
				// A link for a new password leads there; of any other only the server counts.
				invite, _ = u.core.CheckInvite(ctx, text)
			}
			server, err = u.core.CheckServer(ctx, text)
			return err
		}, func() {
			if invite.Name != "" {
				u.showNewPassword(text, invite)
			} else if server.Verified {
				u.showSignInAccount(text, server, chat.ServerID{})
			} else {
				u.showCompare(text, server)
			}
		})
	}
	x = u.linkField(tr.S("signin.link"), tr.S("signin.link.hint"), submit)
	x.entry.SetHint(tr.S("signin.link.example"))
	f.add("link", x, submit)
	f.after = u.alarmed
	f.submit = look.NewButton(tr.S("button.continue"), look.Primary, submit)
	f.page = u.showFlow(u.leaveSignIn, column(14,
		formHead(tr.S("signin.title"), tr.S("signin.text")),
		x,
		f.all, f.busy,
		rowEnd(8, f.submit),
	), x.entry)
	if link != "" {
		x.entry.SetText(link)
		submit()
	}
}

// leaveSignIn goes back to where signing in began.
func (u *UI) leaveSignIn() {
	if u.view != nil && (u.view.Phase == app.PhaseLocked || u.view.Phase == app.PhaseFailed) {
		u.showProblem(u.view.Problem)
		return
	}
	u.showWelcome()
}

// showCompare has the person compare the identity of a server that no link
// vouches for.
func (u *UI) showCompare(text string, s app.ServerView) {
	same := look.NewButton(tr.S("compare.same"), look.Primary, func() { u.showSignInAccount(text, s, s.Server) })
	other := look.NewButton(tr.S("compare.other"), look.Quiet, func() { u.showSignIn("") })
	mono := monoPara(s.Fingerprint, look.Text)
	mono.size = look.Title
	u.showFlow(func() { u.showSignIn("") }, column(14,
		centred(look.NewIcon(look.IconShield, look.Warn, 48)),
		boldCentre(tr.S("compare.title"), look.Display),
		centredPara(tr.F("compare.text", "Address", s.Address), look.Body, look.Secondary),
		newBoxed(look.FieldFill, nil, 18, 16, mono),
		note(tr.S("compare.where")),
		flowCentre(8, other, same),
	), other)
}

// showSignInAccount asks for name and password of the account.
func (u *UI) showSignInAccount(text string, s app.ServerView, compared chat.ServerID) {
	f := newForm(u)
	var secret *secretChoice
	name := newField(tr.S("signin.name"), tr.S("signin.name.hint"))
	password := newSecretField(tr.S("form.password"), "")
	submit := func() {
		if !f.require("name", tr.S("signin.name.missing")) || !f.require("password", tr.S("signin.password.missing")) || !secret.complete() {
			return
		}
		r := app.SignInRequest{
			Link: text, Compared: compared, Name: strings.TrimSpace(name.Text()), Password: password.secret(), Secret: secret.choice(),
		}
		f.run(tr.S("signin.busy"), func(ctx context.Context) error { return u.core.SignIn(ctx, r) }, nil)
	}
	f.add("name", name, password.Focus)
	f.add("password", password, submit)
	secret = newSecretChoice(f, submit)
	f.after = func(e failure) bool {
		return u.alarmed(e) || secret.offer(e) || u.offerFollow(e, text, s.Server, strings.TrimSpace(name.Text()))
	}
	f.submit = look.NewButton(tr.S("signin.submit"), look.Primary, submit)
	focus := name.entry
	if u.view != nil && u.view.Problem != nil && u.view.Problem.Name != "" {
		name.entry.SetText(u.view.Problem.Name)
		focus = password.entry
	}
	recovery := look.NewIconTextButton(look.IconKey, tr.S("recover.have"), look.Quiet, func() {
		u.showRecover(text, s, compared, strings.TrimSpace(name.Text()))
	})
	f.page = u.showFlow(func() { u.showSignIn("") }, column(14,
		formHead(tr.S("signin.title"), tr.F("signin.at", "Address", s.Address)),
		name, password, note(tr.S("reset.forgot")), flow(8, recovery),
		secret.object,
		f.all, f.busy,
		rowEnd(8, f.submit),
	), focus)
}

// showSignInAgain asks for the password of the account that is open here, after
// the server ended the session. What is stored and waits stays.
func (h *home) showSignInAgain() {
	u, v := h.u, h.u.view
	f := newForm(u)
	var d *dialog
	password := newSecretField(tr.S("form.password"), "")
	submit := func() {
		if !f.require("password", tr.S("signin.password.missing")) {
			return
		}
		address := v.Connection.Address
		if address == "" && len(v.Group.Addresses) > 0 {
			address = v.Group.Addresses[0]
		}
		r := app.SignInRequest{Link: address, Compared: v.Group.Server, Name: v.Me.Name, Password: password.secret()}
		r.Secret.Mode = keptVault(v.Me.Vault)
		f.run(tr.S("signin.busy"), func(ctx context.Context) error { return u.core.SignIn(ctx, r) }, func() { d.Close() })
	}
	f.add("password", password, submit)
	f.after = u.offerOther
	f.submit = look.NewButton(tr.S("signin.submit"), look.Primary, submit)
	reset := look.NewButton(tr.S("reset.have"), look.Plain, func() {
		d.Close()
		h.showReset("")
	})
	recovery := look.NewButton(tr.S("recover.have"), look.Plain, func() {
		d.Close()
		h.showRecoverHere()
	})
	d = u.open(dialogSpec{
		title: tr.S("signin.again"),
		body: column(12,
			newPara(tr.F("signin.again.text", "Name", inSentence(v.Me.Display), "Group", inSentence(v.Group.Name)), look.Body, look.Secondary),
			password, flow(8, recovery, reset), f.all, f.busy),
		buttons: []*look.Button{f.submit}, focus: password.entry, firm: true,
	})
	f.page = d
}
