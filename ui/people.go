package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// What others do: who is there, who is writing, who has read. Writing and reading are
// known of the open room only, and nothing at all without a connection.

// dotOf is the colour of somebody's presence; nil for none.
func dotOf(s app.PresenceState) look.Ink {
	switch s {
	case app.PresenceOnline:
		return look.Good
	case app.PresenceAway:
		return look.Warn
	case app.PresenceOffline:
		return look.Faint
	}
	return nil
}

// presenceWords say whether somebody is there; "" if it is not known.
func presenceWords(p app.PresenceView, now time.Time) string {
	switch p.State {
	case app.PresenceOnline:
		return tr.S("presence.online")
	case app.PresenceAway:
		return tr.S("presence.away")
	case app.PresenceOffline:
		if p.Seen.IsZero() {
			return tr.S("presence.offline")
		}
		return tr.F("presence.seen", "When", tr.Short(zone.In(p.Seen), now))
	}
	return ""
}

// typingWords say who is writing; "" for nobody.
func typingWords(names []string) string {
	clean := make([]string, len(names))
	for i, n := range names {
		clean[i] = inSentence(n)
	}
	switch len(clean) {
	case 0:
		return ""
	case 1:
		return tr.F("typing.one", "Name", clean[0])
	case 2:
		return tr.F("typing.two", "Name", clean[0], "Other", clean[1])
	}
	return tr.N("typing.several", len(clean)-2, "Name", clean[0], "Other", clean[1])
}

// seenBy returns who has seen a message, besides whoever wrote it.
func seenBy(r *app.RoomView, seq chat.Seq, author string) []app.MemberView {
	return slices.DeleteFunc(r.ReadBy(seq), func(m app.MemberView) bool { return m.Account.String() == author })
}

// seenSpans is what anybody else has read of a room, as the timeline takes it.
func seenSpans(r *app.RoomView) [][2]uint64 {
	spans := make([][2]uint64, 0, len(r.Seen))
	for _, s := range r.Seen {
		spans = append(spans, [2]uint64{uint64(s.After), uint64(s.To)})
	}
	return spans
}

// readersOf names who has read a message of the open room; "" if nobody is known to.
func (u *UI) readersOf(room chat.RoomID, seq chat.Seq, author chat.AccountID) string {
	if u.home == nil || u.home.roomOf(room) == nil || seq == 0 {
		return ""
	}
	var names []string
	for _, m := range seenBy(u.home.roomOf(room), seq, author.String()) { // app.MostReaders at most
		names = append(names, cleanName(personName(m)))
	}
	return listed(names)
}

// roomShown returns a room of the open group, nil if there is none.
func (u *UI) roomShown(id chat.RoomID) *app.RoomView {
	if u.home == nil {
		return nil
	}
	return u.home.roomOf(id)
}

// readingsItem is the entry of a room's menu that hides from all how far others have
// read, or takes that back.
func (h *home) readingsItem(r *app.RoomView) look.MenuItem {
	id, hide := r.ID, !r.HideReadings
	set := func() {
		h.do(func(ctx context.Context) error { return h.u.core.HideReadings(ctx, id, hide) })
	}
	if !hide {
		return look.MenuItem{Text: tr.S("readings.show"), Icon: look.IconEye, Action: func() {
			h.u.confirm(confirmation{title: tr.S("readings.show.title"), text: tr.S("readings.show.text"), do: tr.S("readings.show.do"), then: set})
		}}
	}
	return look.MenuItem{Text: tr.S("readings.hide"), Icon: look.IconEye, Action: func() {
		h.u.confirm(confirmation{title: tr.S("readings.hide.title"), text: tr.S("readings.hide.text"), do: tr.S("readings.hide.do"), then: set})
	}}
}

// readingsText says whether the members of a room see how far others have read.
func readingsText(r *app.RoomView) string {
	if r.HideReadings {
		return tr.S("readings.hidden")
	}
	if len(r.Members) > app.MostReaders {
		return tr.F("readings.large", "Most", app.MostReaders)
	}
	return tr.F("readings.shown", "Most", app.MostReaders)
}

// readItems are the entries about reading of a message's context menu.
func (p *pane) readItems(r *timeline.Row) []look.MenuItem {
	if r.Seq == 0 {
		return nil
	}
	var items []look.MenuItem
	if !r.Own {
		items = append(items, look.MenuItem{Text: tr.S("message.unread"), Icon: look.IconEye, Action: func() { p.markUnread(chat.Seq(r.Seq)) }})
		if r.Live() {
			room := p.h.room
			items = append(items, look.MenuItem{Text: tr.S("why.title"), Icon: look.IconBell, Action: func() { p.h.showWhy(room, chat.Seq(r.Seq)) }})
		}
	}
	if view := p.h.roomOf(p.h.room); view != nil {
		if n := len(seenBy(view, chat.Seq(r.Seq), r.Author)); n > 0 {
			items = append(items, look.MenuItem{Text: tr.N("message.read_by", n), Icon: look.IconCheckTwo, Action: func() { p.h.showDetails(r) }})
		}
	}
	return items
}

// markUnread marks a message and everything behind it as unread. It stays so while
// the room is open, although the messages are in view.
func (p *pane) markUnread(seq chat.Seq) {
	u, room := p.h.u, p.h.room
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.MarkUnread(ctx, room, seq)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
				return
			}
			if p.h.room == room {
				p.held = true
				p.timeline.MarkUnread(max(1, uint64(seq)-1))
			}
			u.toast(tr.S("message.unread.done"), look.Accent)
		}
	})
}

// privacyChoices are what one may keep to oneself, in the order of the page.
var privacyChoices = []struct {
	name, text tr.Key
	hides      func(*app.Privacy) *bool
}{
	{"privacy.presence", "privacy.presence.text", func(p *app.Privacy) *bool { return &p.HidePresence }},
	{"privacy.readings", "privacy.readings.text", func(p *app.Privacy) *bool { return &p.HideReadings }},
	{"privacy.typing", "privacy.typing.text", func(p *app.Privacy) *bool { return &p.HideTyping }},
}

// offline reports that the server cannot be asked anything now.
func (u *UI) offline() bool { return u.view.Connection.State != app.ConnLive }

// privacy is the part about what others learn. Its choices hold on all devices.
func (p *settingsPage) privacy() fyne.CanvasObject {
	u := p.u
	p.away = newPara(tr.S("privacy.offline"), look.Body, look.Warn)
	p.away.Hidden = !u.offline()
	body := column(16, p.away)
	present := u.view.Privacy
	for _, c := range privacyChoices {
		at := 0
		if *c.hides(&present) {
			at = 1
		}
		body.Add(u.privacyChoice(c.name, c.text, at, c.hides))
	}
	body.Add(note(tr.S("privacy.all_devices")))
	body.Add(column(6, fieldName(tr.S("privacy.pictures")), u.picturesChoice(), note(tr.S("privacy.pictures.text"))))
	body.Add(u.groupPictures())
	body.Add(u.blockedList())
	return body
}

func (u *UI) privacyChoice(name, text tr.Key, at int, hides func(*app.Privacy) *bool) fyne.CanvasObject {
	var s *segments
	s = newSegments([]string{tr.S("privacy.everybody"), tr.S("privacy.nobody")}, at, func(i int) {
		u.pump.work(func(ctx context.Context) func() {
			p := u.core.View().Privacy
			*hides(&p) = i == 1
			if err := u.core.SetPrivacy(ctx, p); err != nil {
				return func() {
					s.at = at
					s.Refresh()
					u.toast(explain(err).text, look.Bad)
				}
			}
			return func() { at = i }
		})
	})
	return column(6, fieldName(tr.S(name)), s, note(tr.S(text)))
}
