package ui

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// The card of a person: what they show, and what the person has in common with them.

const (
	cardAvatar = float32(112)
	mostCommon = 8 // rooms that are listed
)

// statusText is a status in one line; "" for none.
func statusText(s app.StatusView) string {
	text := linkguard.CleanText(s.Text)
	switch {
	case s.Emoji == "":
		return text
	case text == "":
		return s.Emoji
	}
	return s.Emoji + " " + text
}

// untilText says when a status vanishes; "" if it stays.
func untilText(s app.StatusView, now time.Time) string {
	if s.Until.IsZero() || s.None() {
		return ""
	}
	at := zone.In(s.Until)
	if zone.Day(now).Equal(zone.Day(at)) {
		return tr.F("status.until", "When", tr.Clock(at))
	}
	return tr.F("status.until", "When", tr.Date(at, false)+" "+tr.Clock(at))
}

// showAuthor shows who has written a row.
func (h *home) showAuthor(r *timeline.Row) {
	var id chat.AccountID
	if id.UnmarshalText([]byte(r.Author)) == nil && !id.IsZero() {
		h.showCard(id, r.Name)
	}
}

// showPerson shows somebody of the open room.
func (h *home) showPerson(account chat.AccountID) { h.showCard(account, "") }

// member finds what is known of somebody: in the open room, or in any other.
func (h *home) member(account chat.AccountID) (m app.MemberView, in *app.RoomView) {
	find := func(r *app.RoomView) bool {
		i := slices.IndexFunc(r.Members, func(m app.MemberView) bool { return m.Account == account })
		if i >= 0 {
			m, in = r.Members[i], r
		}
		return i >= 0
	}
	if r := h.roomOf(h.room); r != nil && find(r) {
		return m, in
	}
	for i := range h.u.view.Rooms {
		if find(&h.u.view.Rooms[i]) {
			break
		}
	}
	return m, in
}

// common lists the rooms that the person and somebody else are in.
func (h *home) common(account chat.AccountID) (list []*app.RoomView) {
	for i := range h.u.view.Rooms {
		r := &h.u.view.Rooms[i]
		if r.Access != chat.AccessDirect && r.Joined && !r.Archived && slices.ContainsFunc(r.Members, func(m app.MemberView) bool { return m.Account == account }) {
			list = append(list, r)
		}
	}
	return list
}

// showCard opens the card of somebody. Of whom no room is shared with any more there
// is only the name they had.
func (h *home) showCard(account chat.AccountID, name string) {
	u, now := h.u, time.Now()
	m, in := h.member(account)
	if in == nil && name == "" {
		return
	}
	open := h.roomOf(h.room)
	role := ""
	if in != nil {
		name = cleanName(m.Display)
		if name == "" {
			name = cleanName(m.Name)
		}
		if in == open && m.Role == chat.RoleOwner {
			role = tr.S("person.owner")
		}
	}
	card := u.view.Cards[account]
	avatar := look.NewAvatar(account.String(), name, cardAvatar)
	who := column(3, heading(name, look.AppTitle))
	if m.Name != "" {
		who.Add(look.NewElided("@"+cleanName(m.Name), look.Body, look.Secondary))
	}
	shown := &openCard{account: account, avatar: avatar, there: note(keepsLine), status: column(0)}
	if !m.Me {
		who.Add(shown.there)
	}
	body := column(14, rowGrow(18, 1, avatar, who))
	if !card.Status.None() {
		shown.status.Add(statusBox(card.Status, now))
		body.Add(shown.status)
	}
	if role != "" {
		body.Add(facts(tr.S("person.role"), role))
	}
	var d *dialog
	if list := h.common(account); !m.Me && len(list) > 0 {
		body.Add(h.commonRooms(list, func() { d.Close() }))
	}
	if acts := h.cardActs(m, in, open, func() { d.Close() }); len(acts) > 0 {
		body.Add(flow(8, acts...))
	}
	if in != nil {
		body.Add(fact(tr.S("person.id"), monoPara(account.String(), look.Secondary)))
	} else {
		body.Add(note(tr.S("person.gone")))
	}
	h.card = shown
	u.askShut()
	shown.apply(u, now)
	d = u.open(dialogSpec{
		title: tr.S("person.title"), width: 440, body: body, buttons: h.cardButtons(m, in, open, func() { d.Close() }),
		closed: func() {
			if h.card == shown {
				h.card = nil
				u.core.Watch(chat.AccountID{})
			}
		},
	})
	shown.dialog = d
	u.timely(d.shown, func() {
		shown.retime(card.Status, time.Now())
		d.Refresh()
	})
	u.core.Watch(account)
	h.showLarge(d, avatar, account, card.Avatar)
}

// openCard is what of a card changes while it is open.
type openCard struct {
	account chat.AccountID
	avatar  *look.Avatar
	there   *para // keeps its place while nothing is known
	status  *fyne.Container
	dialog  *dialog // nil until it is open
}

// retime says anew until when a status lasts, and nothing once it is over.
func (c *openCard) retime(s app.StatusView, now time.Time) {
	if s.None() {
		return
	}
	c.status.Objects = []fyne.CanvasObject{statusBox(s, now)}
	c.status.Hidden = !s.Until.IsZero() && !now.Before(s.Until)
}

// apply shows whether the person is there.
func (c *openCard) apply(u *UI, now time.Time) {
	if c == nil {
		return
	}
	if u.shut[c.account] {
		c.avatar.SetDot(nil, nil)
		c.say(tr.S("host.people.suspended"), look.Bad)
		return
	}
	there := u.view.Presence[c.account]
	c.avatar.SetDot(dotOf(there.State), look.PanelFill)
	c.say(presenceWords(there, now), look.Secondary)
}

// keepsLine is as high as words of one line.
const keepsLine = "\u00a0"

// say puts words under the name, on as many lines as they need.
func (c *openCard) say(words string, ink look.Ink) {
	if words = cmp.Or(words, keepsLine); c.there.text == words && sameInk(c.there.ink, ink) {
		return
	}
	c.there.Set(words, ink)
	if c.dialog != nil {
		c.dialog.Refresh()
	}
}

// statusBox shows a status, and until when.
func statusBox(s app.StatusView, now time.Time) fyne.CanvasObject {
	words := column(2)
	if text := linkguard.CleanText(s.Text); text != "" {
		words.Add(newPara(text, look.Body, look.Text))
	}
	if until := untilText(s, now); until != "" {
		words.Add(newPara(until, look.Caption, look.Secondary))
	}
	line := rowGrow(10, 0, words)
	if s.Emoji != "" {
		line = rowGrow(10, 1, look.NewLine(s.Emoji, look.Title, look.Text), words)
	}
	return newBoxed(look.FieldFill, nil, 14, 10, line)
}

// commonRooms lists rooms to go to.
func (h *home) commonRooms(list []*app.RoomView, leave func()) fyne.CanvasObject {
	lines := column(0, fieldName(tr.N("person.common", len(list))))
	for _, r := range list[:min(len(list), mostCommon)] {
		name, id := roomName(r), r.ID
		t := newTouch(rowGrow(10, 1, look.NewAvatar(faceOf(r), name, 26), look.NewElided(name, look.Body, look.Text)), func() {
			leave()
			h.openRoom(id)
		})
		t.PadX, t.PadY = 6, 5
		lines.Add(t)
	}
	if more := len(list) - mostCommon; more > 0 {
		lines.Add(note(tr.N("person.common_more", more)))
	}
	return lines
}

// cardActs are what else can be done about a person: by everybody, by an owner of the open
// room, by who hosts the group.
func (h *home) cardActs(m app.MemberView, in, open *app.RoomView, leave func()) []fyne.CanvasObject {
	var acts []fyne.CanvasObject
	add := func(key tr.Key, then func()) {
		acts = append(acts, look.NewButton(tr.S(key), look.Quiet, func() {
			leave()
			then()
		}))
	}
	if in != nil && !m.Me && !m.Blocked && h.u.settings.Pictures == app.PicturesKnown && !h.u.view.AllPictures {
		if known := h.u.view.Known[m.Account]; known {
			add("picture.unknow", func() { h.u.know(m.Account, false) })
		} else {
			add("picture.know", func() { h.u.know(m.Account, true) })
		}
	}
	if in == open && mayRemove(open, m) {
		add("remove.open", func() { h.removeMember(open.ID, m) })
	}
	if h.u.hosts() && !m.Me && m.Name != "" && !m.Deleted {
		add("host.account.open", func() { h.u.openAccount(m.Account) })
	}
	switch {
	case in == nil || m.Me:
	case m.Blocked:
		add("block.undo", func() { h.u.setBlocked(m, false, nil) })
	default:
		add("block.do", func() { h.block(m) })
	}
	return acts
}

// cardButtons are what one most likely wants of a person.
func (h *home) cardButtons(m app.MemberView, in, open *app.RoomView, leave func()) []*look.Button {
	done := look.NewButton(tr.S("button.close"), look.Quiet, leave)
	switch {
	case over(h.u.view):
		return []*look.Button{done}
	case m.Me:
		edit := look.NewIconTextButton(look.IconEdit, tr.S("person.edit"), look.Primary, func() {
			leave()
			h.u.showSettingsNamed("profile.title")
		})
		return []*look.Button{done, edit}
	case in == nil:
		return []*look.Button{done}
	}
	buttons := []*look.Button{done}
	if open != nil {
		if other, two := partner(open); two && other.Account == m.Account {
			return buttons
		}
	}
	write := look.NewIconTextButton(look.IconSend, tr.S("person.message"), look.Primary, func() {
		leave()
		h.message([]app.MemberView{m})
	})
	return append(buttons, write)
}

// showLarge replaces the small picture in a card by the whole one. If there is none to
// be had, that is said where it would matter: the picture exists and is not shown.
func (h *home) showLarge(d *dialog, avatar *look.Avatar, account chat.AccountID, shows chat.Hash) {
	if shows.IsZero() {
		return
	}
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		img, _, err := u.portrait(ctx, account, chat.AvatarSide)
		return func() {
			switch {
			case !d.isOpen:
			case err == nil:
				avatar.SetPicture(img)
			case u.view.Connection.State == app.ConnLive:
				u.toast(tr.S("person.no_picture"), look.Warn)
			}
		}
	})
}
