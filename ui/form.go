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

// form is a page or dialog with fields and one button that runs a command: it
// shows progress while the command runs and errors at the field they belong to.
type form struct {
	u      *UI
	fields map[string]*field // by the names the core uses
	all    *para             // errors that belong to no field
	submit *look.Button
	busy   *para // what is being done
	page   interface{ Refresh() }
	after  func(failure) bool // asked before an error shows; true if it is dealt with
	inert  []fyne.Disableable // disabled while busy
	going  bool
}

func newForm(u *UI) *form {
	f := &form{u: u, fields: map[string]*field{}}
	f.all = newPara("", look.Preview, look.Bad)
	f.busy = newPara("", look.Preview, look.Secondary)
	f.all.Hide()
	f.busy.Hide()
	return f
}

// add registers a field; Enter in it goes to the next one or submits.
func (f *form) add(name string, x *field, next func()) *field {
	f.fields[name] = x
	f.inert = append(f.inert, x.entry)
	x.page = formPage{f}
	x.entry.OnSubmitted = func(string) { next() }
	x.entry.OnChanged = func(string) {
		if x.bad {
			x.SetError("")
		}
		if f.all.Visible() {
			f.setAll("")
		}
	}
	return x
}

// formPage lets fields lay out whatever page the form is on.
type formPage struct{ f *form }

func (p formPage) Refresh() {
	if p.f.page != nil {
		p.f.page.Refresh()
	}
}

func (f *form) setAll(text string) {
	f.all.SetText(text)
	f.all.Hidden = text == ""
	formPage{f}.Refresh()
}

// clear removes all errors.
func (f *form) clear() {
	for _, x := range f.fields {
		if x.bad {
			x.SetError("")
		}
	}
	f.setAll("")
}

// require reports whether a field has text, marking it if not.
func (f *form) require(name, why string) bool {
	x := f.fields[name]
	if x.Text() != "" {
		return true
	}
	x.SetError(why)
	x.Focus()
	return false
}

// run does the command off the UI goroutine. done runs after success.
func (f *form) run(doing string, do func(context.Context) error, done func()) {
	if f.going {
		return
	}
	f.clear()
	f.setBusy(doing)
	page := f.u.pages
	f.u.pump.work(func(ctx context.Context) func() {
		err := do(ctx)
		return func() {
			f.setBusy("")
			switch {
			case f.u.pages != page: // the person has gone elsewhere meanwhile
			case err != nil:
				f.show(explain(err))
			case done != nil:
				done()
			}
		}
	})
}

func (f *form) setBusy(doing string) {
	f.going = doing != ""
	f.busy.SetText(doing)
	f.busy.Hidden = doing == ""
	if f.going {
		f.submit.Disable()
	} else {
		f.submit.Enable()
	}
	for _, x := range f.inert {
		if f.going {
			x.Disable()
		} else {
			x.Enable()
		}
	}
	formPage{f}.Refresh()
}

// show puts an error where it belongs.
func (f *form) show(e failure) {
	if f.after != nil && f.after(e) {
		return
	}
	if e.Code == app.FailUnbound {
		f.u.confirm(confirmation{
			title: tr.S("unbound.title"), text: tr.S("unbound.text"), do: tr.S("unbound.do"), danger: true,
			then: func() {
				f.u.core.AllowUnbound(e.Server)
				f.submit.Tapped(nil)
			},
		})
		return
	}
	name := e.field
	if name == "" {
		name = fieldOf(e.Code)
	}
	if x := f.fields[name]; x != nil {
		if e.Code == app.FailPassword && f.fields["name"] == nil {
			e.text = tr.S("fail.password_alone") // nobody was asked for a name
		}
		x.SetError(f.tooLong(e, name, e.text))
		x.Focus()
		return
	}
	text := e.text
	if e.more != "" && e.Code != app.FailConnection {
		text += "\n" + tr.F("fail.more", "Detail", e.more)
	}
	f.setAll(text)
	if e.isAuthority() {
		f.needAuthority()
	}
}

// tooLong says how long a value may be that is too long, and how long it is.
func (f *form) tooLong(e failure, name, text string) string {
	limits := chat.DefaultLimits()
	if f.u.view != nil && f.u.view.Group.Limits.NameChars > 0 {
		limits = f.u.view.Group.Limits
	}
	most := map[string]int{"name": limits.NameChars, "topic": limits.TopicChars}[name]
	n := utf8.RuneCountInString(strings.TrimSpace(f.fields[name].Text()))
	if code := chat.Code(e.Code); code != chat.CodeTooLong && e.Code != app.FailTooLong || most == 0 || n <= most {
		return text
	}
	return tr.F("fail.too_long_by", "N", n, "Most", most)
}

// fieldOf names the input that a failure without a field is about.
func fieldOf(c app.FailCode) string {
	switch c {
	case app.FailPassword, app.FailPasswordShort, app.FailPasswordWeak, app.FailPasswordLong:
		return "password"
	case app.FailName, app.FailNameTaken:
		return "name"
	case app.FailRecovery, app.FailRecoveryKey:
		return "key"
	case app.FailOtherGroup, app.FailBadLink, app.FailBadAddress, app.FailNotInvite, app.FailNotReset, app.FailIsReset:
		return "link"
	case app.FailPortInUse, app.FailPortDenied:
		return "port"
	}
	return ""
}
