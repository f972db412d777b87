package ui

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Going back to a backup of the group that is hosted here (docs/adr/0054).

// backupState is what looking through a backup has found.
type backupState int

const (
	backupWaits backupState = iota
	backupLooked
	backupSound
	backupBad
	backupUnknown // it could not be looked through
)

var backupWords = map[backupState]tr.Key{
	backupWaits: "hosting.restore.waits", backupLooked: "hosting.restore.checking",
	backupSound: "hosting.restore.sound", backupBad: "hosting.restore.bad", backupUnknown: "hosting.restore.unknown",
}

// goingBack is the dialog that offers the backups.
type goingBack struct {
	u       *UI
	d       *dialog
	f       *form
	body    *fyne.Container // what there is to choose from
	mend    bool            // the first choice is the data as they are
	list    []app.HostBackup
	states  []backupState
	choices *options
	chosen  bool // by the person
	cancel  *look.Button
}

// showBackups offers to go back to one of the backups.
func (u *UI) showBackups() {
	g := &goingBack{u: u, f: newForm(u), body: column(8, note(tr.S("hosting.restore.loading")))}
	g.cancel = look.NewButton(tr.S("button.cancel"), look.Quiet, func() { g.d.Close() })
	g.f.submit = look.NewButton(tr.S("hosting.restore.do"), look.Dangerous, g.ask)
	g.f.submit.Disable()
	g.d = u.open(dialogSpec{
		title: tr.S("hosting.restore.title"), width: 520, focus: g.cancel, firm: true,
		body:    column(14, newPara(tr.S("hosting.restore.text"), look.Body, look.Secondary), g.body, g.f.all, g.f.busy),
		buttons: []*look.Button{g.cancel, g.f.submit},
	})
	g.f.page = g.d
	u.pump.work(func(ctx context.Context) func() {
		b, err := u.core.HostingBackups(ctx)
		return func() { g.show(&b, err) }
	})
}

// show lists what there is, and begins to look through it.
func (g *goingBack) show(b *app.HostBackups, err error) {
	v := g.u.view.Hosting
	g.mend = v != nil && v.Mendable
	g.list, g.states = b.List, make([]backupState, len(b.List))
	if err != nil || len(b.List) == 0 && !g.mend {
		g.body.Objects = backupLines(b, err, time.Now())
		g.body.Refresh()
		g.d.Refresh()
		return
	}
	var choices []option
	if g.mend {
		choices = append(choices, option{tr.S("hosting.restore.mend"), tr.S("hosting.restore.mend.text")})
	}
	for i := range g.list {
		choices = append(choices, option{backupMoment(g.list[i].At), g.says(i)})
	}
	g.choices = newOptions(0, choices, func(int) { g.chosen = true })
	g.body.Objects = []fyne.CanvasObject{g.choices.Container}
	g.body.Refresh()
	g.f.submit.Enable()
	g.d.Refresh()
	g.look(0)
}

// backupMoment names when a backup was made.
func backupMoment(at time.Time) string {
	at = zone.In(at)
	return tr.Day(at, time.Now()) + ", " + tr.Clock(at)
}

// says is what stands under a backup: how large it is, and whether it can be used.
func (g *goingBack) says(i int) string {
	b := &g.list[i]
	text := bytesText(b.Bytes) + " · " + tr.S(backupWords[g.states[i]])
	if b.Asked {
		text += " · " + tr.S("hosting.restore.asked")
	}
	return text
}

// look looks through the backups from i on, one after the other, while the dialog is open.
// As long as the person has not chosen, the newest that is of use is.
func (g *goingBack) look(i int) {
	if i >= len(g.list) || !g.d.isOpen || g.f.going {
		return
	}
	g.tell(i, backupLooked)
	path := g.list[i].Path
	g.u.pump.work(func(ctx context.Context) func() {
		err := g.u.core.CheckBackup(ctx, path)
		return func() {
			if !g.d.isOpen {
				return
			}
			var f *app.Failed
			switch {
			case err == nil:
				g.tell(i, backupSound)
			case errors.As(err, &f) && f.Code == app.FailBackup:
				g.tell(i, backupBad)
			default:
				g.tell(i, backupUnknown)
			}
			g.prefer()
			g.look(i + 1)
		}
	})
}

func (g *goingBack) tell(i int, state backupState) {
	g.states[i] = state
	g.choices.notes[i+number(g.mend)].SetText(g.says(i))
	g.d.Refresh()
}

// prefer chooses the newest that may be of use, unless the person has chosen.
func (g *goingBack) prefer() {
	if g.chosen || g.mend || g.f.going {
		return
	}
	if i := slices.IndexFunc(g.states, func(s backupState) bool { return s != backupBad }); i >= 0 {
		g.choices.choose(i)
		g.chosen = false
	}
}

// ask says what follows, and goes back to what is chosen.
func (g *goingBack) ask() {
	path, which := "", tr.S("hosting.restore.mend")
	if i := g.choices.at - number(g.mend); i >= 0 {
		path, which = g.list[i].Path, backupMoment(g.list[i].At)
		if g.states[i] == backupBad {
			g.f.setAll(tr.S("fail.hosting_backup"))
			return
		}
	}
	g.u.confirm(confirmation{
		title: tr.F("hosting.restore.sure", "Group", inSentence(groupName(g.u.view))), text: tr.S("hosting.restore.sure.text"), mono: which,
		do: tr.S("hosting.restore.sure.do"), danger: true, then: func() { g.restore(path) },
	})
}

func (g *goingBack) restore(path string) {
	u := g.u
	paused := u.view.Hosting != nil && u.view.Hosting.Paused
	aside := ""
	g.cancel.Disable()
	g.f.after = func(e failure) bool {
		g.cancel.Enable()
		if aside == "" {
			return false
		}
		g.d.Close() // the data are those of the backup, only the server does not start
		u.showBack(aside, cmp.Or(e.more, e.text))
		return true
	}
	g.f.run(tr.S("hosting.restore.busy"), func(ctx context.Context) (err error) {
		aside, err = u.core.RestoreHosting(ctx, path)
		return err
	}, func() {
		g.d.Close()
		if paused {
			u.showBack(aside, tr.S("hosting.paused"))
			return
		}
		u.showBack(aside, "")
	})
}

// showBack says that the group is back at a backup, where the data from before are, and
// why its server does not run all the same.
func (u *UI) showBack(aside, why string) {
	done := look.NewButton(tr.S("button.done"), look.Primary, func() { u.closeAll() })
	body := column(14, newPara(tr.S("hosting.restore.done.text"), look.Body, look.Text))
	if why != "" {
		body.Add(newPara(tr.F("hosting.problem", "Why", why), look.Body, look.Bad))
	}
	if aside != "" {
		body.Add(note(tr.S("hosting.restore.done.aside")))
		body.Add(newBoxed(look.FieldFill, nil, 12, 10, monoPara(aside, look.Text)))
	}
	u.open(dialogSpec{
		title: tr.F("hosting.restore.done", "Group", inSentence(groupName(u.view))), width: 520, focus: done,
		body: body, buttons: []*look.Button{done},
	})
}
