package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/internal/desktop"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// The choices about notifications, as they are kept.
var (
	notifyLevels = []app.NotifyLevel{app.LevelAll, app.LevelMentions, app.LevelNone}
	notifyShows  = []app.NotifyShow{app.ShowText, app.ShowSender, app.ShowNothing}
	loginStates  = []desktop.LoginState{{}, {On: true}, {On: true, Hidden: true}}
)

// notifySettings is the page of choices about notifications. It changes the rules
// at once, each choice by itself, and is a part of whatever shows it.
type notifySettings struct {
	u      *UI
	object *fyne.Container
	quiet  *fyne.Container // the quiet hours
	pause  *fyne.Container // how to silence everything for a time
	hours  []app.QuietHours
	words  *field                 // of the keywords
	said   string                 // by words, as it took effect
	paused mutedWords             // what pause says
	page   interface{ Refresh() } // laid out anew when the page grows; may be nil
}

// newNotifySettings makes the page. Set its field page to what it stands in.
func newNotifySettings(u *UI) *notifySettings {
	p := &notifySettings{u: u, object: column(16), quiet: column(10), pause: column(8)}
	r := u.rules()
	p.hours = slices.Clone(r.Quiet)
	level := slices.Index(notifyLevels, r.Level)
	p.object.Add(explained(tr.S("notify.level"), tr.S("notify.level.text"), newSegments(levelNames(), max(0, level), func(i int) {
		u.changeRules(func(r *app.NotifyRules) { r.Level = notifyLevels[i] })
	})))
	shows := []string{tr.S("notify.show.text"), tr.S("notify.show.sender"), tr.S("notify.show.nothing")}
	p.object.Add(explained(tr.S("notify.show"), tr.S("notify.show.hint"), newSegments(shows, max(0, slices.Index(notifyShows, r.Show)), func(i int) {
		u.changeRules(func(r *app.NotifyRules) { r.Show = notifyShows[i] })
	})))
	sound := 0
	if r.Silent {
		sound = 1
	}
	p.object.Add(setting(tr.S("notify.sound"), newSegments([]string{tr.S("notify.sound.on"), tr.S("notify.sound.off")}, sound, func(i int) {
		u.changeRules(func(r *app.NotifyRules) { r.Silent = i == 1 })
	})))
	p.showPause(u.paused(time.Now()))
	p.object.Add(setting(tr.S("notify.pause"), p.pause))
	p.object.Add(p.keywords(r.Keywords))
	p.showQuiet()
	p.object.Add(explained(tr.S("notify.quiet"), tr.S("notify.quiet.text"), p.quiet))
	p.addBackground()
	return p
}

// showNotifySettings opens the page in a dialog.
func (u *UI) showNotifySettings() {
	p := newNotifySettings(u)
	var d *dialog
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{title: tr.S("notify.title"), width: 500, body: p.object, buttons: []*look.Button{done}})
	p.page = d
	u.timely(d.shown, p.retime)
}

func levelNames() []string {
	return []string{tr.S("notify.all"), tr.S("notify.mentions"), tr.S("notify.none")}
}

// explained is a choice with its name above and words below.
func explained(name, words string, value fyne.CanvasObject) fyne.CanvasObject {
	nameControl(value, name)
	return column(6, fieldName(name), value, note(words))
}

// retime says anew until when everything is silent, or offers it once that is over.
func (p *notifySettings) retime() {
	if p.paused != mutedNow(p.paused.until) {
		p.u.keepFocus(p.pause, func() { p.showPause(p.paused.until) })
		p.grown()
	}
}

// follow says until when everything is silent where that was chosen elsewhere, as in the
// menu of the tray, and which keywords were taken.
func (p *notifySettings) follow() {
	if len(p.u.ruleChanges) > 0 {
		return
	}
	if kept := strings.Join(p.u.rules().Keywords, ", "); kept != p.said && p.words.Text() == p.said && p.u.win.Canvas().Focused() != fyne.Focusable(p.words.entry) {
		p.said = kept
		p.words.entry.SetText(kept)
	}
	until := p.u.paused(time.Now())
	if mutedNow(until).words == mutedNow(p.paused.until).words {
		return
	}
	p.u.keepFocus(p.pause, func() { p.showPause(until) })
	p.grown()
}

func (p *notifySettings) grown() {
	if p.page != nil {
		p.page.Refresh()
	}
}

// showPause offers to silence everything, or says until when it is.
func (p *notifySettings) showPause(until time.Time) {
	set := func(t time.Time) {
		p.u.pause(t)
		p.showPause(t)
		p.grown()
		p.u.focusWithin(p.pause)
	}
	p.pause.Objects, p.paused = nil, mutedNow(until)
	if p.paused.words == "" {
		p.pause.Add(flow(8,
			look.NewButton(tr.S("notify.for_hour"), look.Quiet, func() { set(time.Now().Add(time.Hour)) }),
			look.NewButton(tr.S("notify.until_tomorrow"), look.Quiet, func() { set(app.Tomorrow(zone.Now())) })))
	} else {
		p.pause.Add(newPara(tr.F("notify.paused", "Time", p.paused.words), look.Body, look.Text))
		p.pause.Add(flow(8, look.NewButton(tr.S("notify.resume"), look.Quiet, func() { set(time.Time{}) })))
	}
	p.pause.Refresh()
}

// keywords is the field of the words that count as a mention; it takes effect when
// it is left or on Enter.
func (p *notifySettings) keywords(words []string) fyne.CanvasObject {
	f := newField(tr.S("notify.keywords"), tr.F("notify.keywords.text", "N", app.MaxKeywords))
	f.entry.SetText(strings.Join(words, ", "))
	p.words, p.said = f, f.entry.Text()
	commit := func() {
		if text := f.Text(); text != p.said {
			p.said = text
			p.u.changeRules(func(r *app.NotifyRules) { r.Keywords = splitKeywords(text) })
		}
	}
	f.entry.OnSubmitted = func(string) { commit() }
	onLeave(f, commit)
	return f.Container
}

// splitKeywords takes what people write between words: commas of all kinds.
func splitKeywords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;，、；\n", r) })
}

// onLeave calls f when a field loses the focus.
func onLeave(x *field, f func()) {
	old := x.entry.focus
	x.entry.focus = func(here bool) {
		old(here)
		if !here {
			f()
		}
	}
}

// showQuiet lists the quiet hours.
func (p *notifySettings) showQuiet() {
	p.quiet.Objects = nil
	for i := range p.hours {
		p.quiet.Add(p.quietLine(i))
	}
	if len(p.hours) < app.MaxQuiet {
		p.quiet.Add(flow(8, look.NewIconTextButton(look.IconAdd, tr.S("notify.quiet.add"), look.Plain, func() {
			p.hours = append(p.hours, app.QuietHours{Days: app.EveryDay, From: 22 * 60, To: 7 * 60})
			p.keepQuiet()
			p.showQuiet()
			p.u.focusWithin(p.quiet.Objects[len(p.hours)-1])
		})))
	}
	p.quiet.Refresh()
	p.grown()
}

// keepQuiet lets the quiet hours take effect. Those without a day wait for one.
func (p *notifySettings) keepQuiet() {
	hours := slices.Clone(p.hours)
	p.u.changeRules(func(r *app.NotifyRules) { r.Quiet = hours })
}

// quietLine is one of them: days, from, to, and away with it.
func (p *notifySettings) quietLine(i int) fyne.CanvasObject {
	q := &p.hours[i]
	picker := newDays(q.Days, func(set app.Weekdays) {
		q.Days = set
		p.keepQuiet()
	})
	from := p.clockField(tr.S("notify.quiet.from"), &q.From)
	to := p.clockField(tr.S("notify.quiet.to"), &q.To)
	away := look.NewIconButton(look.IconTrash, tr.S("notify.quiet.remove"), func() {
		p.hours = slices.Delete(p.hours, i, i+1)
		p.keepQuiet()
		p.showQuiet()
		p.u.focusWithin(p.quiet)
	})
	wide := fixedWidth(clockWidth * look.Sizes().Body / 14)
	times := rowGrow(10, 2, container.New(wide, from.Container), container.New(wide, to.Container), gap(0), away)
	return newBoxed(look.RaisedFill, look.LineInk, 12, 12, column(10, picker, times))
}

// clockWidth is the width of the field of a time of day, at the usual text size.
const clockWidth float32 = 96

// clockField is the field of a time of day.
func (p *notifySettings) clockField(name string, at *app.DayMinute) *field {
	f := newField(name, "")
	f.page = growing{p}
	f.entry.SetText(clockText(*at))
	commit := func() {
		m, ok := parseClock(f.Text())
		switch {
		case !ok:
			f.SetError(tr.S("notify.quiet.bad"))
			return
		case f.bad:
			f.SetError("")
		}
		f.entry.SetText(clockText(m))
		if m != *at {
			*at = m
			p.keepQuiet()
		}
	}
	f.entry.OnSubmitted = func(string) { commit() }
	onLeave(f, commit)
	return f
}

// growing lays out the page that the settings stand in.
type growing struct{ p *notifySettings }

func (g growing) Refresh() { g.p.grown() }

func clockText(m app.DayMinute) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// parseClock understands 7, 7:30, 07.30, 0730 and 22h15.
func parseClock(s string) (app.DayMinute, bool) {
	s = strings.TrimSpace(s)
	hours, minutes := s, "0"
	if i := strings.IndexAny(s, ":.hH："); i >= 0 {
		hours, minutes = s[:i], strings.TrimLeft(s[i:], ":.hH：")
		if minutes == "" {
			minutes = "0"
		}
	} else if len(s) == 4 {
		hours, minutes = s[:2], s[2:]
	}
	h, err := strconv.ParseUint(hours, 10, 8)
	m, err2 := strconv.ParseUint(minutes, 10, 8)
	if err != nil || err2 != nil || h > 23 || m > 59 || len(minutes) > 2 {
		return 0, false
	}
	return app.DayMinute(h*60 + m), true
}

// addBackground adds what the program does without a window, where the desktop
// gives a way to that.
func (p *notifySettings) addBackground() {
	u := p.u
	if u.desktop.Tray {
		at := 0
		if u.settings.CloseToTray {
			at = 1
		}
		hint := note(tr.S("notify.close.text"))
		p.object.Add(look.NewRule())
		p.object.Add(column(6, fieldName(tr.S("notify.close")),
			newSegments([]string{tr.S("notify.close.quit"), tr.S("notify.close.stay")}, at, func(i int) {
				u.change(func(s *app.Settings) { s.CloseToTray = i == 1 })
			}), hint))
		p.askTray(hint)
	}
	if u.desktop.Login != nil {
		p.addLogin()
	}
}

// askTray says so if the desktop shows no icons.
func (p *notifySettings) askTray(hint *para) {
	if p.u.desktop.HasTray == nil {
		return
	}
	p.u.pump.work(func(ctx context.Context) func() {
		if p.u.desktop.HasTray(ctx) {
			return nil
		}
		return func() {
			hint.SetText(tr.S("notify.close.no_tray"))
			p.grown()
		}
	})
}

// addLogin adds the choice of starting at login, once it is known what holds.
func (p *notifySettings) addLogin() {
	u := p.u
	place := column(6)
	p.object.Add(place)
	names := []string{tr.S("notify.login.no"), tr.S("notify.login.yes"), tr.S("notify.login.hidden")}
	u.pump.work(func(context.Context) func() {
		state, err := u.desktop.Login.State()
		if err != nil {
			u.log.Warn("it is not known whether the program starts at login", "error", err)
		}
		return func() {
			place.Add(fieldName(tr.S("notify.login")))
			place.Add(newSegments(names, max(0, slices.Index(loginStates, state)), func(i int) { p.setLogin(loginStates[i]) }))
			p.grown()
		}
	})
}

func (p *notifySettings) setLogin(s desktop.LoginState) {
	u := p.u
	u.pump.work(func(context.Context) func() {
		if err := u.desktop.Login.Set(s); err != nil {
			u.log.Warn("starting at login was not changed", "error", err)
			return func() { u.toast(tr.S("notify.login.failed"), look.Bad) }
		}
		return nil
	})
}
