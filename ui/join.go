package ui

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/editor"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showJoin asks for an invite; one that is given is shown first.
func (u *UI) showJoin(link string) {
	f := newForm(u)
	var field *field
	submit := func() {
		if !f.require("link", tr.S("join.link.missing")) {
			return
		}
		text := strings.TrimSpace(field.Text())
		var invite app.InviteView
		f.run(tr.S("join.checking"), func(ctx context.Context) (err error) {
			invite, err = u.core.CheckInvite(ctx, text)
			return err
		}, func() {
			if invite.Name != "" {
				u.showNewPassword(text, invite)
			} else {
				u.showJoinConfirm(text, invite)
			}
		})
	}
	field = u.linkField(tr.S("join.link"), tr.S("join.link.hint"), submit)
	f.add("link", field, submit)
	f.after = u.alarmed
	f.submit = look.NewButton(tr.S("button.continue"), look.Primary, submit)
	body, first := column(14, formHead(tr.S("join.title"), tr.S("join.text")), field), fyne.Focusable(field.entry)
	if link != "" {
		field.entry.SetText(link)
		body.Add(u.linkNote(link))
		first = f.submit
	}
	body.Add(u.authorityLine())
	body.Add(f.all)
	body.Add(f.busy)
	body.Add(rowEnd(8, f.submit))
	f.page = u.showFlow(u.showWelcome, body, first)
}

// linkNote says where an invite from outside leads, before anything is asked there: to
// a server that it names, or to a group that one is in.
func (u *UI) linkNote(text string) fyne.CanvasObject {
	l, err := chat.ParseLink(text)
	if err != nil {
		return gap(0)
	}
	note := newPara(tr.F("join.from_link", "Server", inSentence(strings.Join(l.Addresses, ", "))), look.Body, look.Secondary)
	there := u.memberAt(l.Server, "")
	if there == nil {
		return note
	}
	return column(10, note,
		newPara(tr.F("join.member", "Group", inSentence(there.groupName()), "Name", inSentence(cleanName(there.view.Me.Display))), look.Body, look.Text),
		flow(8, look.NewButton(tr.S("join.member.go"), look.Quiet, func() {
			u.returnTo = there.key
			u.cancelAdding()
		}), look.NewButton(tr.S("join.member.way"), look.Quiet, func() { u.followThere(there, text) })))
}

// linkField is a field for a link with a button that pastes; what is pasted by
// the button and is a link goes on at once.
func (u *UI) linkField(label, hint string, then func()) *field {
	x := &field{entry: newInput(), hint: hint}
	paste := look.NewIconButton(look.IconPaste, tr.S("edit.paste"), func() {
		text := strings.TrimSpace(u.fyne.Clipboard().Content())
		if !editor.IsText(text) {
			x.entry.noText()
			return
		}
		if text == "" {
			return // what stands there is worth more
		}
		x.entry.SetText(text)
		if strings.HasPrefix(strings.ToLower(x.entry.Text()), "hearth://") {
			then()
		}
	})
	x.entry.SetHint("hearth://…")
	x.build(label, paste)
	return x
}

// showJoinConfirm says what the invite leads to and asks for name and password.
func (u *UI) showJoinConfirm(link string, v app.InviteView) {
	f := newForm(u)
	var a account
	var secret *secretChoice
	submit := func() {
		if !a.complete() || !secret.complete() {
			return
		}
		r := app.JoinRequest{
			Link: link, Display: strings.TrimSpace(a.display.Text()), Name: a.name(), Password: a.password.secret(), Secret: secret.choice(),
		}
		f.run(tr.S("join.busy"), func(ctx context.Context) error { return u.core.Join(ctx, r) }, nil)
	}
	a = newAccount(f, submit)
	secret = newSecretChoice(f, submit)
	f.after = func(e failure) bool { return a.refused(e) || u.alarmed(e) || secret.offer(e) }
	f.submit = look.NewButton(tr.S("join.submit"), look.Primary, submit)
	f.page = u.showFlow(func() { u.showJoin("") }, column(14,
		inviteHead(v),
		heading(tr.S("join.you"), look.Title),
		a.display, a.login, a.password,
		secret.object,
		f.all, f.busy,
		rowEnd(8, f.submit),
		inviteFacts(v, u.core.View().Group.Authority),
	), a.display.entry)
}

// inviteHead shows which group an invite admits to, and who has made it.
func inviteHead(v app.InviteView) fyne.CanvasObject {
	name := cleanName(v.Group)
	if name == "" {
		name = tr.S("join.unnamed")
	}
	by := centredPara(tr.F("join.invited_by", "Who", inSentence(v.Inviter)), look.Body, look.Secondary)
	by.Hidden = cleanName(v.Inviter) == ""
	const face = 64
	return column(6, centred(look.NewTile(groupFace(v.Server), name, face)), gap(4), boldCentre(name, look.Display), by, gap(4))
}

// inviteFacts shows at which server a link ends and how its identity is known, and by
// whose certificate where an authority was given. It stands below what is to be filled in:
// the program has compared all of it, and nobody has to.
func inviteFacts(v app.InviteView, own app.AuthorityView) fyne.CanvasObject {
	until := tr.Until(time.Until(v.Expires))
	if v.Name == "" {
		until = tr.F("join.valid_value", "Until", until, "Uses", tr.N("invite.uses_left", v.UsesLeft))
	}
	list := column(12,
		fact(tr.S("join.server"), newPara(strings.Join(v.Addresses, "\n"), look.Body, look.Text)),
		fact(tr.S("join.fingerprint"), monoPara(v.Fingerprint, look.Text)),
		fact(tr.S("join.valid"), newPara(until, look.Body, look.Text)),
	)
	if v.Unbound {
		list.Add(fact(tr.S("conn.through"), newPara(tr.S("join.proxy"), look.Body, look.Warn)))
	}
	if own.Count > 0 {
		list.Add(fact(tr.S("authority.fact"), newPara(authorityName(own)+" · "+untilDay(own.Until), look.Body, look.Text)))
	}
	return column(6, gap(8), newBoxed(look.FieldFill, nil, 16, 14, list), note(tr.S("join.fingerprint.hint")))
}

// alarmed shows the red page if another server answered; nothing was sent to it.
func (u *UI) alarmed(e failure) bool {
	if !e.isPinMismatch() {
		return false
	}
	u.showPinMismatch(e.Expected, e.Presented, u.showWelcome)
	return true
}
