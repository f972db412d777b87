package ui

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// The part of the settings about the group that this program serves.

// hostingPart shows how the group is hosted, and changes it.
type hostingPart struct {
	p     *settingsPage
	u     *UI
	f     *form
	shown app.HostingView // what the part says now

	state   *para
	disk    *para           // what its disk has too little of
	places  *fyne.Container // where others reach it
	toggle  *look.Button
	people  *look.Button
	invite  *look.Button
	where   *options
	port    *field
	effect  *para // what the change would mean
	backups *fyne.Container
	copyNow *look.Button
	details *fyne.Container // in the server's own words, why it does not run
	wrong   *para           // why no backup was made
}

// hosting is the part about the group that is hosted here.
func (p *settingsPage) hosting() fyne.CanvasObject {
	u := p.u
	h := &hostingPart{p: p, u: u, f: newForm(u), state: newPara("", look.Body, look.Text), places: column(2), effect: note(""), backups: column(6)}
	h.disk = newPara("", look.Body, look.Bad)
	h.f.page = grown{p}
	h.toggle = look.NewIconTextButton(look.IconPause, tr.S("hosting.pause"), look.Quiet, h.pauseOrStart)
	h.where = newOptions(0, []option{
		{tr.S("host.all"), tr.S("host.all.text")},
		{tr.S("host.local"), tr.S("host.local.text")},
	}, func(int) { h.chosen() })
	h.port = newField(tr.S("hosting.port.name"), "")
	h.f.add("port", h.port, h.move)
	typed := h.port.entry.OnChanged
	h.port.entry.OnChanged = func(s string) {
		typed(s)
		h.chosen()
	}
	h.port.entry.Whole = true
	h.f.submit = look.NewButton(tr.S("hosting.move"), look.Primary, h.move)
	h.wrong = newPara("", look.Body, look.Bad)
	h.wrong.Hidden = true
	h.copyNow = look.NewIconTextButton(look.IconSave, tr.S("hosting.backup.do"), look.Quiet, h.backUp)
	goBack := look.NewIconTextButton(look.IconRefresh, tr.S("hosting.restore.open"), look.Quiet, u.showBackups)
	h.details = column(6)
	h.people = look.NewIconTextButton(look.IconPeople, tr.S("host.people.menu"), look.Quiet, u.showAccounts)
	h.invite = look.NewIconTextButton(look.IconInvite, tr.S("hosting.invite"), look.Quiet, func() { u.home.showInvite() })
	end := look.NewIconTextButton(look.IconTrash, tr.S("ending.open"), look.Dangerous, func() {
		u.askEnd(tr.F("ending.title", "Group", inSentence(groupName(u.view))))
	})
	p.hosted = h
	h.fill()
	h.listBackups()
	u.timely(func() bool { return p.d.isOpen && p.hosted == h }, h.listBackups)
	return column(20,
		column(10, newBoxed(look.FieldFill, nil, 16, 14, column(8, h.state, h.disk, h.details, h.places)), flow(8, h.toggle, h.people, h.invite)),
		column(10, fieldName(tr.S("host.where")), h.where, h.port, h.effect, h.f.all, h.f.busy, flow(8, h.f.submit)),
		column(6, fieldName(tr.S("hosting.backups")), newBoxed(look.FieldFill, nil, 16, 14, h.backups), flow(8, h.copyNow, goBack), h.wrong, note(tr.S("hosting.backups.text"))),
		explained(tr.S("ending.name"), tr.F("ending.about", "Group", inSentence(groupName(u.view))), flow(8, end)))
}

// follow shows what has changed; it reports whether the page must be laid out anew.
func (h *hostingPart) follow() bool {
	v := h.u.view.Hosting
	if v != nil && v.Accounts != h.shown.Accounts { // or it is another backup
		h.shown.Accounts = v.Accounts
		h.listBackups()
	}
	if v == nil || sameHosting(v, &h.shown) {
		return false
	}
	h.fill()
	return true
}

// sameHosting reports whether two say the same to the part.
func sameHosting(a, b *app.HostingView) bool {
	return a.Running == b.Running && a.Paused == b.Paused && a.Local == b.Local && a.Port == b.Port &&
		hostingText(a) == hostingText(b) && diskText(a) == diskText(b)
}

// fill says how the group is hosted. What the person is about to change stays as it is.
func (h *hostingPart) fill() {
	v := h.u.view.Hosting
	if v == nil {
		return
	}
	fresh := h.shown.Local != v.Local || h.shown.Port != v.Port || h.port.Text() == ""
	h.shown = *v
	head, _, _ := strings.Cut(hostingText(v), "\n")
	h.state.Set(head+h.u.endedWords(), look.Text)
	h.disk.Set(diskText(v), look.Bad)
	h.disk.Hidden = diskText(v) == ""
	h.tellDetails(v)
	h.places.Objects = nil
	if v.Running {
		for _, a := range v.Addresses {
			h.places.Add(monoPara(a, look.Text))
		}
		if !v.Local {
			h.places.Add(note(tr.F("hosting.firewall", "Port", v.Port)))
		}
	}
	icon, words := look.IconPause, tr.S("hosting.pause")
	if !v.Running {
		icon, words = look.IconPlay, tr.S("hosting.start")
	}
	h.toggle.SetIcon(icon)
	h.toggle.SetText(words)
	for _, b := range []*look.Button{h.people, h.invite, h.copyNow} {
		setEnabled(b, v.Running)
	}
	if fresh {
		h.where.choose(number(v.Local))
		h.port.entry.SetText(portText(v.Port))
	}
	h.weigh()
}

// tellDetails offers the server's own words where ours say less, for whoever is asked for
// help.
func (h *hostingPart) tellDetails(v *app.HostingView) {
	h.details.Objects = nil
	if !v.Running && v.Damaged {
		why := v.Problem
		h.details.Add(row(0, look.NewIconTextButton(look.IconInfo, tr.S("hosting.details"), look.Quiet, func() { h.u.showHostDetails(why) })))
	}
}

// showHostDetails shows what the server says, to copy.
func (u *UI) showHostDetails(why string) {
	var d *dialog
	done := look.NewButton(tr.S("button.done"), look.Primary, func() { d.Close() })
	copyIt := look.NewIconTextButton(look.IconCopy, tr.S("hosting.details.copy"), look.Quiet, func() { u.copyText(why) })
	d = u.open(dialogSpec{
		title: tr.S("hosting.details.title"), width: 520, focus: done,
		body: newBoxed(look.FieldFill, nil, 12, 10, monoPara(why, look.Text)), buttons: []*look.Button{copyIt, done},
	})
}

func portText(port int) string {
	if port == 0 {
		return ""
	}
	return strconv.Itoa(port)
}

func setEnabled(b *look.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// wanted is where the group shall be reached; ok is false while that is no port.
func (h *hostingPart) wanted() (to app.HostPlace, ok bool) {
	to.Local = h.where.at == 1
	n, err := strconv.Atoi(strings.TrimSpace(h.port.Text()))
	to.Port = n
	return to, err == nil && n > 0 && n <= 65535
}

// weigh says what the change would mean for whom.
func (h *hostingPart) weigh() {
	to, ok := h.wanted()
	var words []string
	if to.Local != h.shown.Local {
		if to.Local {
			words = append(words, tr.S("hosting.move.local"))
		} else {
			words = append(words, tr.S("hosting.move.all"))
		}
	}
	if ok && to.Port != h.shown.Port {
		words = append(words, tr.S("hosting.move.port"))
	}
	changed := len(words) > 0 || !ok && h.port.Text() != portText(h.shown.Port)
	if len(words) > 0 && h.shown.Running {
		words = append([]string{tr.S("hosting.move.moment")}, words...)
	}
	h.effect.SetText(strings.Join(words, " "))
	h.effect.Hidden = len(words) == 0
	h.f.submit.Hidden = !changed
	grown{h.p}.Refresh()
}

// chosen follows the person's choice: the button for it, which comes with it, is in view.
func (h *hostingPart) chosen() {
	h.weigh()
	if !h.f.submit.Hidden {
		h.p.view.reveal(h.f.submit)
	}
}

// move has the group reached elsewhere.
func (h *hostingPart) move() {
	to, ok := h.wanted()
	if !ok {
		h.port.SetError(tr.S("hosting.port.rule"))
		h.port.Focus()
		return
	}
	if to.Local == h.shown.Local && to.Port == h.shown.Port {
		return
	}
	h.f.run(tr.S("hosting.move.busy"), func(ctx context.Context) error { return h.u.core.MoveHosting(ctx, to) }, func() {
		h.u.toast(tr.S("hosting.moved"), look.Good)
		h.fill()
		grown{h.p}.Refresh()
	})
}

// pauseOrStart ends the server for now, once that is confirmed, or starts it again.
func (h *hostingPart) pauseOrStart() {
	u := h.u
	do := func(command func(context.Context) error) {
		h.toggle.Disable()
		u.pump.work(func(ctx context.Context) func() {
			err := command(ctx)
			return func() {
				h.toggle.Enable()
				if err != nil {
					u.toast(explain(err).text, look.Bad)
				}
				h.fill()
				grown{h.p}.Refresh()
			}
		})
	}
	if !h.shown.Running {
		do(u.core.StartHosting)
		return
	}
	u.confirm(confirmation{
		title: tr.F("hosting.pause.title", "Group", inSentence(groupName(u.view))), text: tr.S("hosting.pause.text"),
		do: tr.S("hosting.pause"), danger: true, then: func() { do(u.core.PauseHosting) },
	})
}

// listBackups says which copies there are.
func (h *hostingPart) listBackups() {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		b, err := u.core.HostingBackups(ctx)
		return func() {
			h.backups.Objects = backupLines(&b, err, time.Now())
			h.backups.Refresh()
			grown{h.p}.Refresh()
		}
	})
}

func backupLines(b *app.HostBackups, err error, now time.Time) []fyne.CanvasObject {
	switch {
	case err != nil:
		return []fyne.CanvasObject{newPara(explain(err).text, look.Preview, look.Bad)}
	case len(b.List) == 0:
		return []fyne.CanvasObject{newPara(tr.S("hosting.backups.none"), look.Body, look.Text), monoPara(b.Dir, look.Faint)}
	}
	at := zone.In(b.List[0].At)
	var bytes int64
	for i := range b.List {
		bytes += b.List[i].Bytes
	}
	last := tr.F("hosting.backups.last", "Day", tr.Day(at, now), "Time", at.Format("15:04"))
	return []fyne.CanvasObject{
		rowGrow(12, 0, newPara(tr.N("hosting.backups.count", len(b.List)), look.Body, look.Text), look.NewLine(bytesText(bytes), look.Body, look.Secondary)),
		newPara(last, look.Preview, look.Secondary), monoPara(b.Dir, look.Faint),
	}
}

// backUp makes a copy now.
func (h *hostingPart) backUp() {
	u := h.u
	h.copyNow.Disable()
	h.say("")
	u.pump.work(func(ctx context.Context) func() {
		_, err := u.core.BackupHosting(ctx)
		return func() {
			setEnabled(h.copyNow, h.shown.Running)
			if err != nil {
				e := explain(err)
				why := e.text
				if e.Code != app.FailHostSpace {
					why = cmp.Or(e.more, e.text)
				}
				h.say(tr.F("hosting.backup.failed", "Why", why))
				return
			}
			u.toast(tr.S("hosting.backup.done"), look.Good)
			h.listBackups()
		}
	})
}

// say says under the button why no backup was made, where the person looks: a note would
// stay behind the settings.
func (h *hostingPart) say(why string) {
	h.wrong.Set(why, look.Bad)
	h.wrong.Hidden = why == ""
	grown{h.p}.Refresh()
	if why != "" {
		h.p.view.reveal(h.wrong)
	}
}
