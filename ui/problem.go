package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showProblem is the page for what stands between the person and their group:
// secrets that cannot be had, or data that cannot be used.
func (u *UI) showProblem(p *app.Problem) {
	if p == nil {
		p = &app.Problem{Kind: app.ProblemDisk}
	}
	words, ok := problemWords[p.Kind]
	if !ok {
		words = problemWords[app.ProblemDisk]
	}
	f := newForm(u)
	ink := look.Ink(look.Warn)
	if p.Kind == app.ProblemDamaged || p.Kind == app.ProblemDisk {
		ink = look.Bad
	}
	content := column(14,
		centred(look.NewIcon(words.icon, ink, 52)),
		boldCentre(tr.S(words.title), look.Display),
		centredPara(tr.S(words.text), look.Body, look.Secondary),
	)
	if u.railOn() { // which of them
		content.Objects = slices.Insert(content.Objects, 1, fyne.CanvasObject(centredPara(u.groupName(), look.Title, look.Secondary)))
	}
	var focus fyne.Focusable
	var buttons []fyne.CanvasObject
	retry := look.NewIconTextButton(look.IconRefresh, tr.S("button.retry"), look.Primary, u.core.Retry)
	switch p.Kind {
	case app.ProblemPassphrase, app.ProblemWrongPassphrase:
		pass := u.unlockField(f, p.Kind == app.ProblemWrongPassphrase)
		content.Add(pass.Container)
		focus, buttons = pass.entry, []fyne.CanvasObject{f.submit}
	case app.ProblemKeyringAbsent, app.ProblemKeyringUnreadable, app.ProblemSecretMissing,
		app.ProblemVaultMissing, app.ProblemVaultDamaged, app.ProblemAccountDamaged:
		again := look.NewButton(tr.S("problem.sign_in"), look.Quiet, func() { u.showSignIn(p.Link) })
		focus, buttons = retry, []fyne.CanvasObject{again, retry}
		f.submit = retry
	case app.ProblemDamaged:
		f.submit = look.NewButton(tr.S("problem.rebuild"), look.Dangerous, func() {
			u.confirm(confirmation{
				title: tr.S("problem.rebuild"), text: tr.S("problem.rebuild.text"), do: tr.S("problem.rebuild"), danger: true,
				then: func() { f.run(tr.S("problem.rebuild.busy"), u.core.Rebuild, nil) },
			})
		})
		focus, buttons = retry, []fyne.CanvasObject{f.submit, retry}
	default:
		focus, buttons = retry, []fyne.CanvasObject{retry}
		f.submit = retry
	}
	if p.Path != "" {
		content.Add(newBoxed(look.FieldFill, nil, 14, 10, fact(tr.S("problem.path"), monoPara(p.Path, look.Text))))
	}
	if p.Detail != "" {
		content.Add(centredPara(tr.F("fail.more", "Detail", p.Detail), look.Caption, look.Faint))
	}
	content.Add(f.all)
	content.Add(f.busy)
	quit := look.NewButton(tr.S("tray.quit"), look.Plain, u.quit)
	content.Add(flowCentre(8, append([]fyne.CanvasObject{quit}, buttons...)...))
	f.page = u.showFlow(nil, content, focus)
}

// unlockField asks for the passphrase of the vault.
func (u *UI) unlockField(f *form, wrong bool) *field {
	x := newSecretField(tr.S("secrets.passphrase"), "")
	submit := func() {
		if !f.require("passphrase", tr.S("problem.passphrase.missing")) {
			return
		}
		secret := x.secret()
		f.run(tr.S("problem.unlocking"), func(ctx context.Context) error { return u.core.Unlock(ctx, secret) }, nil)
	}
	f.add("passphrase", x, submit)
	f.after = func(e failure) bool {
		if e.Problem == nil || e.Problem.Kind != app.ProblemWrongPassphrase {
			return false
		}
		x.wipe()
		x.SetError(tr.S("problem.wrong_passphrase"))
		x.Focus()
		return true
	}
	f.submit = look.NewButton(tr.S("problem.unlock"), look.Primary, submit)
	if wrong {
		x.SetError(tr.S("problem.wrong_passphrase"))
	}
	return x
}
