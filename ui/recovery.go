package ui

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/safefile"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// recoveryOffer is what the banner says of the recovery key: that there is one which was
// just made and not shown yet, or that one was never kept and can be shown no more. Nothing
// waits for the person; what is put off is in the settings, and said again when the program
// starts the next time.
func (u *UI) recoveryOffer(v *app.View) bannerFacts {
	switch r := v.Me.Recovery; {
	case !r.Key.IsZero() && r.Key != u.recoveryShown:
		return bannerFacts{tr.S("banner.recovery"), toneCalm, tr.S("recovery.show"), actRecovery}
	case r.Owed && r.Key.IsZero() && !u.recoveryPutOff:
		return bannerFacts{tr.S("banner.recovery_lost"), toneCalm, tr.S("recovery.new"), actNewRecovery}
	}
	return bannerFacts{}
}

// showRecoveryKey is the sheet with the recovery key: to copy, to save, or to write down.
func (u *UI) showRecoveryKey() {
	v := u.core.View().Me.Recovery // which may be newer than what is shown
	if v.Key.IsZero() {
		return
	}
	sheet := v.Key.Sheet()
	if u.recoveryShown = v.Key; u.home != nil {
		u.home.pane.banner.apply(u.view)
	}
	var d *dialog
	var copied *look.Button
	copied = look.NewIconTextButton(look.IconCopy, tr.S("recovery.copy"), look.Quiet, func() {
		u.copyText(sheet)
		copied.SetText(tr.S("recovery.copied"))
		u.pump.after(2*time.Second, func() { copied.SetText(tr.S("recovery.copy")) })
	})
	save := look.NewIconTextButton(look.IconSave, tr.S("recovery.save"), look.Quiet, func() { u.saveRecovery(sheet, func() { d.Close() }) })
	later := look.NewButton(tr.S("recovery.later"), look.Quiet, func() { d.Close() })
	kept := look.NewButton(tr.S("recovery.kept"), look.Primary, func() {
		d.Close()
		u.keptRecovery()
	})
	key := monoPara(inLines(sheet), look.Text)
	key.size = look.Title
	d = u.open(dialogSpec{
		title: tr.S("recovery.title"), width: 520,
		body: column(14,
			newPara(tr.S("recovery.text"), look.Body, look.Secondary),
			newBoxed(look.FieldFill, nil, 18, 16, column(10, key, fact(tr.S("signin.name"), newPara(inSentence(u.view.Me.Name), look.Body, look.Text)))),
			flow(8, copied, save),
			note(tr.S("recovery.memory")),
		),
		buttons: []*look.Button{later, kept}, focus: copied, firm: true,
	})
}

// inLines breaks a key behind its fourth part.
func inLines(sheet string) string {
	const four = 4 * 6
	if len(sheet) < four {
		return sheet
	}
	return sheet[:four] + "\n" + sheet[four:]
}

func (u *UI) keptRecovery() {
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.RecoveryKept(ctx)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
			}
		}
	})
}

// saveRecovery asks where the sheet shall go and writes it, for nobody else to read.
func (u *UI) saveRecovery(sheet string, done func()) {
	text := u.recoverySheet(sheet)
	u.askPlace(tr.S("recovery.save"), fileSave{
		name:  safeName(tr.F("recovery.file", "Group", cleanName(u.view.Group.Name)) + ".txt"),
		about: newPara(tr.S("recovery.save.text"), look.Preview, look.Secondary),
		write: func(_ context.Context, path string, replace bool) error { return writeSheet(path, text, replace) },
		done: func(string, bool) {
			done()
			u.keptRecovery()
			u.toast(tr.S("recovery.saved"), look.Good)
		},
	})
}

// recoverySheet is what is saved, or printed from there: all that one needs to come back.
func (u *UI) recoverySheet(sheet string) string {
	v := u.view
	address := v.Connection.Address
	if len(v.Group.Addresses) > 0 {
		address = v.Group.Addresses[0]
	}
	return tr.F("recovery.sheet", "Group", cleanName(v.Group.Name), "Name", cleanName(v.Me.Name), "Address", address,
		"Key", sheet, "When", tr.Date(zone.In(v.Me.Recovery.Made), true)) + "\n"
}

// writeSheet makes a file that nobody else on this computer can read.
func writeSheet(path, text string, replace bool) error {
	if replace {
		if err := safefile.Write(path, []byte(text), 0o600); err != nil {
			return &app.Failed{Code: app.FailBadValue, Field: "file", Detail: err.Error(), Err: err}
		}
		return nil
	}
	if err := mayWrite(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &app.Failed{Code: app.FailExists, Field: "file", Err: fs.ErrExist}
	}
	if err == nil {
		_, err = file.WriteString(text)
		err = errors.Join(err, file.Sync(), file.Close())
		if err != nil {
			_ = os.Remove(path)
		}
	}
	if err != nil {
		return &app.Failed{Code: app.FailBadValue, Field: "file", Detail: err.Error(), Err: err}
	}
	return nil
}

// recoverySetting is the part of the settings about the recovery key; it says at once what
// has changed.
type recoverySetting struct {
	u      *UI
	object fyne.CanvasObject
	state  *para
	show   *look.Button
	renew  *look.Button
	shown  app.RecoveryView
}

func newRecoverySetting(u *UI) *recoverySetting {
	x := &recoverySetting{u: u, state: newPara("", look.Preview, look.Secondary)}
	x.show = look.NewIconTextButton(look.IconKey, tr.S("recovery.show"), look.Quiet, u.showRecoveryKey)
	x.renew = look.NewIconTextButton(look.IconKey, tr.S("recovery.new"), look.Quiet, u.showNewRecovery)
	x.object = setting(tr.S("recovery.setting"), column(8, x.state, flow(8, x.show, x.renew)))
	x.fill()
	return x
}

// follow takes over what has become of the key, and reports whether anything has.
func (x *recoverySetting) follow() bool {
	if x.u.view.Me.Recovery == x.shown {
		return false
	}
	x.fill()
	return true
}

func (x *recoverySetting) fill() {
	r := x.u.view.Me.Recovery
	x.shown = r
	text, ink := tr.F("recovery.since", "When", tr.Date(zone.In(r.Made), true)), look.Ink(look.Secondary)
	switch {
	case r.Made.IsZero():
		text, ink = tr.S("recovery.none"), look.Warn
	case r.Owed && r.Key.IsZero():
		text, ink = tr.S("recovery.lost"), look.Warn
	case r.Owed:
		text, ink = tr.S("recovery.owed"), look.Warn
	}
	x.state.Set(text, ink)
	if c := x.u.win.Canvas(); r.Key.IsZero() && c.Focused() == fyne.Focusable(x.show) {
		c.Focus(x.renew)
	}
	setShown(x.show, !r.Key.IsZero())
	setShown(x.object, r.Known) // else the server keeps none
}

// putOffRecovery takes the offer of a recovery key away until the program starts again.
func (u *UI) putOffRecovery() {
	u.recoveryPutOff, u.recoveryShown = true, u.core.View().Me.Recovery.Key
	if u.home != nil {
		u.home.pane.banner.apply(u.view)
	}
}

// showNewRecovery makes a new recovery key, for which it asks the password. The key is
// shown when it is there.
func (u *UI) showNewRecovery() {
	u.putOffRecovery()
	f := newForm(u)
	var d *dialog
	password := newSecretField(tr.S("password.present"), "")
	submit := func() {
		if !f.require("password", tr.S("password.missing")) {
			return
		}
		secret := password.secret()
		f.run(tr.S("recovery.new.busy"), func(ctx context.Context) error { return u.core.NewRecoveryKey(ctx, secret) }, func() {
			password.wipe()
			d.Close()
			u.showRecoveryKey()
		})
	}
	f.add("password", password, submit)
	f.submit = look.NewButton(tr.S("recovery.new.submit"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("recovery.new"), width: 460,
		body:    column(14, newPara(tr.S("recovery.new.text"), look.Body, look.Secondary), password, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: password.entry,
	})
	f.page = d
}

// tellRecovery says that another device made a recovery key.
func (u *UI) tellRecovery() { u.warn(tr.S("recovery.replaced"), tr.S("recovery.replaced.text")) }

// keyField is a field for a recovery key: as it is typed and pasted.
func keyField(f *form, next func()) *field {
	x := newField(tr.S("recover.key"), tr.S("recover.key.hint"))
	x.entry.SetHint("00000-00000-…")
	f.add("key", x, next)
	return x
}

// typedRecovery reports whether a key may be right, and says what is mistyped where not.
func typedRecovery(f *form) bool {
	if !f.require("key", tr.S("recover.key.missing")) {
		return false
	}
	if err := app.CheckRecoveryKey(f.fields["key"].Text()); err != nil {
		f.show(explain(err))
		return false
	}
	return true
}

// showRecover asks for name and recovery key of an account, and for a new password. It
// returns the form that is shown.
func (u *UI) showRecover(text string, s app.ServerView, compared chat.ServerID, who string) *form {
	f := newForm(u)
	var n newPassword
	var secret *secretChoice
	name := newField(tr.S("signin.name"), tr.S("signin.name.hint"))
	submit := func() {
		if !f.require("name", tr.S("signin.name.missing")) || !typedRecovery(f) || !n.complete() || !secret.complete() {
			return
		}
		r := n.recover(text, strings.TrimSpace(name.Text()), f.fields["key"].Text())
		r.Compared, r.Secret = compared, secret.choice()
		f.run(tr.S("signin.busy"), func(ctx context.Context) error { return u.core.Recover(ctx, r) }, nil)
	}
	var key *field
	f.add("name", name, func() { key.Focus() })
	key = keyField(f, func() { n.fresh.Focus() })
	n = newNewPassword(f, submit)
	secret = newSecretChoice(f, submit)
	f.after = func(e failure) bool { return u.alarmed(e) || secret.offer(e) }
	f.submit = look.NewButton(tr.S("reset.submit"), look.Primary, submit)
	focus := name.entry
	if who != "" {
		name.entry.SetText(who)
		focus = key.entry
	}
	f.page = u.showFlow(func() { u.showSignInAccount(text, s, compared) }, column(14,
		formHead(tr.S("recover.title"), tr.F("recover.text", "Address", s.Address)),
		name, key, n.fresh, n.others,
		secret.object,
		f.all, f.busy,
		rowEnd(8, f.submit),
	), focus)
	return f
}

func (n newPassword) recover(link, name, key string) app.RecoverRequest {
	return app.RecoverRequest{Link: link, Name: name, Key: key, Password: n.fresh.secret(), RemoveOthers: n.others.at == 0}
}

// showRecoverHere asks for the recovery key of the account that is open, whose session
// has ended. What is stored here and what waits stays.
func (h *home) showRecoverHere() {
	u, v := h.u, h.u.view
	f := newForm(u)
	var d *dialog
	var n newPassword
	submit := func() {
		if !typedRecovery(f) || !n.complete() {
			return
		}
		r := n.recover("", v.Me.Name, f.fields["key"].Text()) // to where the group is
		r.Secret.Mode = keptVault(v.Me.Vault)
		f.run(tr.S("signin.busy"), func(ctx context.Context) error { return u.core.Recover(ctx, r) }, func() { d.Close() })
	}
	key := keyField(f, func() { n.fresh.Focus() })
	n = newNewPassword(f, submit)
	f.submit = look.NewButton(tr.S("reset.submit"), look.Primary, submit)
	d = u.open(dialogSpec{
		title: tr.S("recover.title"), width: 480,
		body: column(12,
			newPara(tr.F("recover.here", "Name", inSentence(v.Me.Name), "Group", inSentence(v.Group.Name)), look.Body, look.Secondary),
			key, n.fresh, n.others, f.all, f.busy),
		buttons: []*look.Button{f.submit}, focus: key.entry, firm: true,
	})
	f.page = d
}

// recoveryText says what is mistyped in a recovery key.
func recoveryText(e *chat.RecoveryError) string {
	const all = chat.RecoveryParts * 5
	switch e.Fault {
	case chat.RecoveryShort:
		return tr.F("fail.recovery_short", "N", e.Count, "Most", all, "Part", e.Part)
	case chat.RecoveryLong:
		return tr.F("fail.recovery_long", "Most", all)
	case chat.RecoveryCharacter:
		return tr.F("fail.recovery_character", "Part", e.Part, "Character", inSentence(string(e.Character)))
	case chat.RecoveryPart:
		return tr.F("fail.recovery_part", "Part", e.Part)
	}
	return tr.S("fail.recovery_whole")
}
