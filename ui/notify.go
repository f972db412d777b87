package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/bidi"
	"hearth/internal/desktop"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// Desktop is what the desktop gives besides windows. Each part may be missing.
type Desktop struct {
	// Notifier shows notifications; nil: the toolkit's, which knows no clicks.
	Notifier desktop.Notifier
	// Login is the entry that starts the program at login; nil: that is not offered.
	Login *desktop.Login
	// Tray says that there may be a tray; HasTray asks whether there is one now. It
	// may take seconds. nil: unknown.
	Tray    bool
	HasTray func(ctx context.Context) bool
	// AskFiles asks for files in the desktop's own dialog, see desktop.AskFiles. nil: there
	// is none.
	AskFiles func(ctx context.Context, ask desktop.Ask) ([]string, error)
	// ReadClip reads what the clipboard holds besides text, see desktop.ReadClip. nil:
	// that is not offered.
	ReadClip func(ctx context.Context) (desktop.Clip, error)
	// TrayTapped has a function called, on a goroutine of its own, when the icon is
	// clicked. nil: then the menu opens.
	TrayTapped func(tapped func())
	// Shown is told each time the window has been shown. nil: nobody wants to know.
	Shown func(fyne.Window)
	// Maximized tells whether a window fills the screen, and Maximize has it do so, once
	// it has been shown. Maximized is asked behind the toolkit's end, too. nil: that
	// cannot be told, and is not kept.
	Maximized func(fyne.Window) bool
	Maximize  func(fyne.Window)
}

// tagAll is the tag of the notification about many rooms, tagHidden that of the one
// that says where the window went; other tags are rooms.
const (
	tagAll    = "all"
	tagHidden = "hidden"
)

// ringing is what the desktop shows at present, by tag.
type ringing struct {
	u     *UI
	shown map[string]*rung
	show  app.NotifyShow // how much it says of messages
}

// rung is one notification that shows.
type rung struct {
	room     chat.RoomID
	rooms    int
	count    int
	caughtUp bool
	news     []app.News // the newest, oldest first
	first    chat.Seq   // where a click leads

	edited map[chat.Seq]time.Time // the newest edit that it says, by message
}

// most of a notification: more is not read.
const mostLines = 4

// ring shows what the rules found worth a notification. What is about one room is
// one notification, that grows until it is read.
func (r *ringing) ring(n app.Notice) {
	tag := r.tag(tagAll)
	if n.Rooms <= 1 {
		tag = r.tag(n.Room.String())
	}
	x := r.shown[tag]
	if x == nil {
		x = &rung{room: n.Room}
		if len(n.News) > 0 {
			x.first = n.News[0].Seq
		}
		r.shown[tag] = x
	}
	x.rooms = n.Rooms
	x.count += n.Count
	x.caughtUp = x.caughtUp || n.CaughtUp
	x.news = slices.Concat(x.news, n.News)
	x.news = x.news[max(0, len(x.news)-mostLines):]
	if n.CaughtUp && len(n.News) > 0 { // much may have become of it since
		r.reread(tag, x, true, !n.Silent)
		return
	}
	r.put(tag, x, !n.Silent)
}

// put shows a notification, or the same one anew.
func (r *ringing) put(tag string, x *rung, sound bool) {
	note := desktop.Notification{Tag: tag, Open: tr.S("notice.open"), Sound: sound}
	note.Title, note.Body = r.words(x, x.rooms)
	r.u.notify(note)
}

// tag is the tag of one of this group's notifications: two accounts in one group have
// the same rooms.
func (r *ringing) tag(what string) string { return fmt.Sprintf("%d/%s", r.u.key, what) }

// words are title and text of a notification: people's words guarded, markup
// taken out.
func (r *ringing) words(x *rung, rooms int) (title, body string) {
	v := r.u.view
	group := r.u.groupName()
	hidden := v.Notify != nil && v.Notify.Show == app.ShowNothing
	switch {
	case hidden:
		return tr.S("app.name"), tr.N("notice.messages", x.count)
	case rooms > 1:
		return group, tr.N("notice.messages_rooms", x.count, "Rooms", rooms)
	}
	title = tr.S("room.unnamed")
	if room := r.u.roomOf(x.room); room != nil {
		title = roomName(room)
	}
	if len(r.u.all) > 1 {
		title = tr.F("notice.in_group", "Room", apart(title), "Group", apart(group))
	}
	var lines []string
	for _, n := range x.news {
		lines = append(lines, newsLine(&n))
	}
	switch {
	case len(lines) == 0: // what it named was deleted
		return title, tr.N("notice.messages", x.count)
	case x.count == 1:
		return title, strings.Join(lines, "\n")
	}
	// The number first, the newest line last: what does not fit is in between.
	if x.caughtUp || v.Notify != nil && v.Notify.Show == app.ShowSender {
		lines = lines[max(0, len(lines)-1):]
	}
	return tr.F("notice.title_count", "Room", apart(title), "N", x.count), strings.Join(append([]string{tr.N("notice.messages", x.count)}, lines...), "\n")
}

// newsLine is one message of a notification.
func newsLine(n *app.News) string {
	who := cleanName(n.Author)
	text := narrate.NameLinks(narrate.Message(n.Text, n.Carried))
	switch {
	case who == "" && text == "":
		return tr.N("notice.messages", 1)
	case text == "":
		return tr.F("notice.from", "Who", inSentence(who))
	case who == "":
		return text
	}
	const fair = 80 // characters, so that some lines fit
	if r := []rune(text); len(r) > fair {
		text = string(r[:fair-1]) + "…"
	}
	line := tr.F("room.who", "Who", inSentence(who), "Text", apart(text))
	if !bidi.Simple(line) {
		line = leftMark + line // many desktops take the direction of the first letter, isolated or not
	}
	return line
}

// leftMark is invisible and counts as a letter written from left to right.
const leftMark = "\u200E"

// settle takes away what has been read, here or on another device, and what is no longer
// to be shown of messages.
func (r *ringing) settle(v *app.View) {
	for tag, x := range r.shown {
		gone := r.u.looking
		if tag != r.tag(tagAll) {
			room := r.u.roomOf(x.room)
			gone = room == nil || room.Unread == 0 || len(x.news) > 0 && room.Read >= x.news[len(x.news)-1].Seq
		}
		if gone || v.Phase != app.PhaseOpen {
			delete(r.shown, tag)
			r.u.unnotify(tag)
		}
	}
	r.hide(v)
}

// hide takes out of what the desktop shows what the person no longer wants there.
func (r *ringing) hide(v *app.View) {
	if v.Notify == nil {
		return
	}
	was, now := r.show, cmp.Or(v.Notify.Show, app.ShowText)
	if r.show = now; slices.Index(notifyShows, now) <= slices.Index(notifyShows, was) {
		return
	}
	for tag, x := range r.shown {
		for i := range x.news {
			n := &x.news[i]
			n.Text, n.Carried = "", app.Carried{}
			if now == app.ShowNothing {
				n.Author = ""
			}
		}
		r.put(tag, x, false)
	}
}

// follow has what the desktop shows say no longer what was deleted, or what somebody
// blocked wrote, and what was edited as it is now. It makes no sound.
func (r *ringing) follow(c app.Changes) {
	for tag, x := range r.shown {
		if change := c.Rooms[x.room]; tag != r.tag(tagAll) && len(x.news) > 0 && (c.Reset || change.Changed || change.Reload) {
			r.reread(tag, x, false, false)
		}
	}
}

// reread looks at what has become of the messages of a notification; first says that it
// does not show yet.
func (r *ringing) reread(tag string, x *rung, first, sound bool) {
	core, room, news := r.u.core, x.room, slices.Clone(x.news)
	r.u.pump.work(func(ctx context.Context) func() {
		rows := map[chat.Seq]app.MessageView{}
		for _, n := range news {
			if row, ok := rowAt(ctx, core, room, n.Seq); ok && (row.Erased || row.Blocked || !row.Edited.IsZero()) {
				rows[n.Seq] = row
			}
		}
		if len(rows) == 0 && !first {
			return nil
		}
		return func() {
			switch {
			case r.shown[tag] != x || !x.take(rows) && !first:
			case x.count > 0:
				r.put(tag, x, sound)
			default:
				delete(r.shown, tag)
				r.u.unnotify(tag)
			}
		}
	})
}

// take takes over what changed about messages; false if that is nothing.
func (x *rung) take(rows map[chat.Seq]app.MessageView) bool {
	some := false
	for i := range x.news {
		n := &x.news[i]
		row, ok := rows[n.Seq]
		if said := x.edited[n.Seq]; !ok || row.Erased || row.Blocked || !row.Edited.After(said) {
			continue
		}
		if x.edited == nil {
			x.edited = map[chat.Seq]time.Time{}
		}
		x.edited[n.Seq] = row.Edited
		if n.Text != "" { // it is not hidden
			n.Text, some = row.Text, true
		}
	}
	before := len(x.news)
	x.news = slices.DeleteFunc(x.news, func(n app.News) bool { return rows[n.Seq].Erased || rows[n.Seq].Blocked })
	x.count -= before - len(x.news)
	return some || len(x.news) < before
}

// Opened goes where a notification leads, when the person clicked it: the window
// comes to the front, the room opens at the first message of it. Any goroutine but
// the toolkit's may call it.
func (w *Window) Opened(tag string) {
	w.life.foreign(func() {
		if w.leaving.Err() != nil {
			return
		}
		w.unhide()
		for _, u := range w.all {
			x := u.ringing.shown[tag]
			if x == nil {
				continue
			}
			delete(u.ringing.shown, tag)
			w.show(u)
			if u.home != nil && u.roomOf(x.room) != nil {
				u.closeAll()
				u.home.goTo(x.room, x.first)
			}
			return
		}
	})
}

// roomOf finds a room of the present view.
func (u *UI) roomOf(id chat.RoomID) *app.RoomView {
	if u.view == nil {
		return nil
	}
	for i := range u.view.Rooms {
		if u.view.Rooms[i].ID == id {
			return &u.view.Rooms[i]
		}
	}
	return nil
}

// ruleWords say why a message rang or did not.
var ruleWords = map[app.NotifyRule]tr.Key{
	app.RuleBlocked: "why.blocked", app.RuleRead: "why.read", app.RuleOnScreen: "why.on_screen", app.RulePaused: "why.paused", app.RuleMuted: "why.muted",
	app.RuleNone: "why.none", app.RuleQuiet: "why.quiet", app.RuleMention: "why.mention", app.RuleEverybody: "why.everybody",
	app.RuleDirect: "why.direct", app.RuleAll: "why.all", app.RuleMentions: "why.mentions",
}

// whyText answers "why did this ring?"; "" if nothing is known.
func whyText(n app.Notified) string {
	switch k, ok := ruleWords[n.Rule]; {
	case n.Rule == app.RuleKeyword:
		return tr.F("why.keyword", "Word", inSentence(n.Keyword))
	case ok:
		return tr.S(k)
	}
	return ""
}

// changeRules lets rules about notifications take effect and keeps them, in the
// order of the calls.
func (u *UI) changeRules(change func(*app.NotifyRules)) {
	u.ruleChanges = append(u.ruleChanges, change)
	if len(u.ruleChanges) == 1 {
		u.nextRule()
	}
}

// nextRule hands the oldest change to the core; the others wait for it.
func (u *UI) nextRule() {
	change := u.ruleChanges[0]
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.ChangeNotify(ctx, change)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
			}
			if u.ruleChanges = u.ruleChanges[1:]; len(u.ruleChanges) > 0 {
				u.nextRule()
			}
		}
	})
}

// rules are those in force; never nil.
func (u *UI) rules() *app.NotifyRules {
	if u.view == nil || u.view.Notify == nil {
		return &app.NotifyRules{}
	}
	return u.view.Notify
}

// paused reports until when everything is silent; zero if it is not.
func (u *UI) paused(now time.Time) time.Time {
	if p := u.rules().Paused; now.Before(p) {
		return zone.In(p)
	}
	return time.Time{}
}

// quietWords say until when everything is silent; "" if it is not.
func (u *UI) quietWords(now time.Time) string {
	until := u.paused(now)
	if until.IsZero() {
		return ""
	}
	return tr.F("notify.paused", "Time", shortTime(until, now))
}

// pause silences everything until a time; zero ends it.
func (u *UI) pause(until time.Time) {
	u.changeRules(func(r *app.NotifyRules) { r.Paused = until })
}
