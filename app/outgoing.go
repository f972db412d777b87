package app

import (
	"cmp"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// CodeHeld is the Failure.Code of a message that is held back although nobody
// refused it: this device was away for longer than the server allows silent
// resending, the server has lost the message, or other words have come in its
// place. RetryMessage sends it, DiscardMessage drops it.
const CodeHeld chat.Code = "outbox.held"

// CodeLost, CodeAway and CodeAltered are the Failure.Because of a message with CodeHeld: the
// server has lost it, the device was away for long, or other words have come in its place. It
// may be unknown which.
const (
	CodeLost    = store.CodeLost
	CodeAway    = store.CodeAway
	CodeAltered = store.CodeAltered
)

// CodeUnkept is the Failure.Code of a message that was sent and that the server has stopped
// keeping before this device was told so: the words are on this device only.
const CodeUnkept = store.CodeUnkept

// CodeUnseen is the Failure.Code of a message that was sent, and whose place in the log
// holds nothing that this device may or can be given.
const CodeUnseen = store.CodeUnseen

// CodeNobody is the Failure.Code of bringing somebody into a room whose account the server
// does not have, as after it was restored from an older backup, or lets nobody use.
const CodeNobody chat.Code = "outbox.nobody"

// outgoing is one outbox entry: what is on disk, and how far it is on the
// present connection. Owned by the loop.
type outgoing struct {
	store.Entry
	flying bool // handed to the present connection, not answered
	met    bool // what it creates is there, on this connection; see room.met
	kept   bool // its words were kept under another id, see App.keepWords
	luggage
	said chat.Body    // what the body says; nil until somebody asks
	row  *MessageView // what was published last; nil when that is out of date
}

// parsed returns what the body says, nil if it is not understood. A body never changes,
// and every publication asks.
func (o *outgoing) parsed() chat.Body {
	if o.said == nil {
		if body, bad := wire.ParseBody(o.Kind, o.Body); bad == nil {
			o.said = body
		}
	}
	return o.said
}

// says gives an entry that has never left another body; nil leaves it.
func (o *outgoing) says(body []byte) {
	if body != nil {
		o.Body, o.said, o.row = body, nil, nil
	}
}

// refused reports whether the entry waits for a decision of the person.
func (o *outgoing) refused() bool {
	return o.State == store.EntryFailed || o.State == store.EntryHeld
}

// opens reports whether the entry is what lets the person into its room: only
// once that has landed does it make sense to hand over what follows.
func (o *outgoing) opens() bool { return o.Kind == chat.KindRoomCreate || o.Kind == chat.KindJoin }

// state returns how far the message is, for people.
func (o *outgoing) state() MessageState {
	switch {
	case o.refused():
		return StateFailed
	case o.State == store.EntryAcknowledged:
		return StateSent
	case o.flying:
		return StateSending
	}
	return StateWaiting
}

// text returns what a preview of the entry shows.
func (o *outgoing) text() string {
	switch b := o.parsed().(type) {
	case chat.Text:
		return b.Text
	case chat.Edit:
		return b.Text
	}
	return ""
}

// view returns the row of the entry.
func (o *outgoing) view(g *group, state *chat.Room) *MessageView {
	if o.row != nil {
		return o.row
	}
	row := &MessageView{
		MID: o.MID, Seq: o.Seq, Kind: o.Kind, Author: g.me(), Device: g.owner.Device, Name: g.display(), Own: true,
		Time: time.UnixMilli(o.Created), State: o.state(),
	}
	if row.State == StateWaiting || row.State == StateSending {
		row.Delay = g.room(o.Room).send.delay()
	}
	if row.Seq = 0; o.State == store.EntryAcknowledged { // it is not in the log that is stored here
		row.Place = o.Seq
	}
	switch {
	case o.State == store.EntryHeld:
		row.Failure = &Failure{Code: CodeHeld, Message: "held back until you decide", Because: o.Code}
	case o.State == store.EntryFailed:
		row.Failure = &Failure{Code: o.Code, Message: o.Message}
	}
	if body := o.parsed(); body != nil {
		fillBody(row, body, state, nil, g.me())
		if whom := concerned(body); !whom.IsZero() {
			if !knows(state, whom) {
				row.Subject = cmp.Or(g.lostPerson(o.Room, whom), whom.String()[:8])
			}
		}
		if t, is := body.(chat.Text); is {
			row.Mentions = mentionViews(t.Mentions, state, g.me())
			row.MayEdit, row.MayRetry = o.mayEdit(), o.mayRetry()
			row.Files = o.fileViews(g)
		}
	}
	o.row = row
	return row
}

// nameBefore is what somebody was called before they took another name, or else their
// login name: the present one is that which they took, and tells nobody who they are.
func nameBefore(state *chat.Room, account chat.AccountID, b chat.Name) string {
	if state == nil {
		return b.Was
	}
	m, ok := state.Person(account)
	switch {
	case !ok || m.Deleted:
		return displayOf(state, account)
	case b.Was != "" && b.Was != m.Name:
		return b.Was + " (" + m.Name + ")"
	}
	return atSign(m.Name)
}

// fillBody sets what a row shows of an event's body.
func fillBody(row *MessageView, body chat.Body, state *chat.Room, alike map[chat.AccountID]bool, author chat.AccountID) {
	row.Target = chat.TargetOf(body)
	switch b := body.(type) {
	case chat.Text:
		fillText(row, b)
	case chat.Edit:
		row.Text = b.Text
	case chat.Reaction:
		row.Value = b.Emoji
	case chat.Unreaction:
		row.Value = b.Emoji
	case chat.Pin:
		row.Subject = distinctOf(state, alike, author)
	case chat.RoomCreate:
		row.Value = b.Name
	case chat.Join:
		row.Subject = subject(state, alike, b.Account, author)
		if row.Subject == "" {
			row.Subject = b.Display
		}
	case chat.Leave:
		row.Subject = subject(state, alike, b.Account, author)
	case chat.Remove:
		row.Subject = subject(state, alike, b.Account, author)
	case chat.Gone:
		row.Subject = DeletedName
	case chat.SetRole:
		row.Subject, row.Value = subject(state, alike, b.Account, author), string(b.Role)
	case chat.Name:
		row.Subject, row.Value = nameBefore(state, author, b), b.Display
	case chat.Rename:
		row.Value = b.Name
	case chat.Topic:
		row.Value = b.Topic
	case chat.Archive:
		row.On = b.Archived
	case chat.Readings:
		row.On = b.Hidden
	case chat.Keep:
		row.Days = b.Days
	case chat.SetHistory:
		row.Value = string(b.History)
	case chat.Unknown:
		row.Unknown = !row.Erased
	}
}

// subject names whom a join or leave concerns.
func subject(state *chat.Room, alike map[chat.AccountID]bool, account, author chat.AccountID) string {
	if account.IsZero() {
		account = author
	}
	return distinctOf(state, alike, account)
}

// absentPatience is how long what is acknowledged may take to come in a room of
// which nothing is here.
const absentPatience = 3 * time.Second

// awaitAbsent looks a little later whether rooms of which only own entries are
// here have come.
func (a *App) awaitAbsent() {
	c := a.group.net
	a.alarm.set(alarmAbsent, absentPatience, func() {
		if a.group != nil && a.group.net == c && c.live {
			a.dropAbsent()
		}
	})
}

// dropAbsent lets go of what the server has acknowledged in rooms that it does not
// show us: they were made, and left on another device, before the answer reached
// this one. Whatever else waits there goes out, and is acknowledged or refused
// like any other, instead of waiting for a room that will not come.
func (a *App) dropAbsent() {
	g := a.group
	var mids []chat.MID
	for _, o := range g.out {
		if r := g.room(o.Room); o.State == store.EntryAcknowledged && r.state == nil && r.c.Cursor.Seq == 0 {
			mids = append(mids, o.MID)
		}
	}
	if len(mids) == 0 {
		return
	}
	if err := g.store.Discard(a.disk, mids...); err != nil {
		a.storeTrouble(err)
		return
	}
	for _, mid := range mids {
		a.changes.addRoom(g.dropEntry(mid).id, RoomChange{Waiting: true})
	}
}
