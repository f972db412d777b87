package app

import (
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// What is known of others while there is a connection, and not kept: who is there,
// who is writing, how far they have read.

// PresenceState is whether somebody is there. "" is unknown.
type PresenceState string

// Presence states.
const (
	PresenceOnline  PresenceState = "online"
	PresenceAway    PresenceState = "away"
	PresenceOffline PresenceState = "offline"
)

// PresenceView is what is known of somebody while there is a connection.
type PresenceView struct {
	State PresenceState
	Seen  time.Time // offline: when last connected, to the minute; zero unknown
}

// typist is somebody who is writing.
type typist struct {
	account chat.AccountID
	until   time.Time
}

// MostReaders is of how many people a room may be for its members to be told how far
// others have read.
const MostReaders = wire.MaxReaders

// Typing implements Commands.
func (a *App) Typing(room chat.RoomID) {
	a.do(func() {
		g := a.group
		if g == nil || g.net == nil || g.privacy.HideTyping || !g.net.live || !g.net.has(wire.FeatureTyping) {
			return
		}
		r := g.rooms[room]
		if r == nil || !r.synced(g.me()) || r.archived() || len(r.state.Members) < 2 || time.Since(r.typed) < wire.TypingEveryMS*time.Millisecond {
			return
		}
		r.typed = time.Now()
		a.request(&wire.Typing{Room: room}, func(wire.Reply) {})
	})
}

// mostTypists bounds how many are shown, or kept, to be writing in a room.
const mostTypists = 32

// typingAt takes over who is writing.
func (a *App) typingAt(f *wire.TypingAt) {
	g := a.group
	r := g.rooms[f.Room]
	if r == nil || r.state == nil {
		return
	}
	until := time.Now().Add(wire.TypingForMS * time.Millisecond)
	for _, account := range f.Accounts {
		if _, in := r.state.Members[account]; !in || account == g.me() {
			continue
		}
		at := slices.IndexFunc(r.typists, func(t typist) bool { return t.account == account })
		switch {
		case at >= 0:
			r.typists[at].until = until
		case len(r.typists) < mostTypists:
			r.typists = append(r.typists, typist{account, until})
			g.touch(r)
		}
	}
	a.alarm.set(alarmTyping, wire.TypingForMS*time.Millisecond, a.expireTyping)
}

// expireTyping forgets who has not been writing for a while.
func (a *App) expireTyping() {
	if a.group == nil {
		return
	}
	now := time.Now()
	next := time.Time{}
	for _, r := range a.group.rooms {
		a.keepTypists(r, func(t typist) bool { return t.until.After(now) })
		for _, t := range r.typists {
			if next.IsZero() || t.until.Before(next) {
				next = t.until
			}
		}
	}
	if !next.IsZero() {
		a.alarm.set(alarmTyping, time.Until(next), a.expireTyping)
	}
}

// spoke: whoever has just said something has finished writing it.
func (a *App) spoke(r *room, author chat.AccountID) {
	a.keepTypists(r, func(t typist) bool { return t.account != author })
}

func (a *App) keepTypists(r *room, keep func(typist) bool) {
	if len(r.typists) == 0 {
		return
	}
	n := len(r.typists)
	r.typists = slices.DeleteFunc(r.typists, func(t typist) bool { return !keep(t) })
	if len(r.typists) != n {
		a.group.touch(r)
	}
}

// typing names those who are writing, in the order in which they began; nobody writes
// in an archived room.
func (r *room) typing(g *group) (names []string) {
	if r.archived() {
		return nil
	}
	for _, t := range r.typists {
		if g.blocked[t.account] {
			continue
		}
		names = append(names, distinctOf(r.state, r.alike, t.account))
	}
	return names
}

// forgetPeople drops what is only known while there is a connection.
func (a *App) forgetPeople() {
	a.setThere(nil)
	for _, r := range a.group.rooms {
		a.keepTypists(r, func(typist) bool { return false })
	}
	a.alarm.clear(alarmTyping)
	a.alarm.clear(alarmWatch)
}

// onlyMembers drops what is known of people who have left, and of all how far they have
// read where the room says so.
func (a *App) onlyMembers(r *room) {
	gone := func(account chat.AccountID) bool { _, in := r.state.Members[account]; return !in }
	if slices.ContainsFunc(r.readers, func(v ReaderView) bool { return gone(v.Account) }) {
		r.readers = slices.DeleteFunc(slices.Clone(r.readers), func(v ReaderView) bool { return gone(v.Account) })
	}
	if r.state.HideReadings {
		r.readers = nil
		a.setSeen(r, nil)
	}
	r.typists = slices.DeleteFunc(r.typists, func(t typist) bool { return gone(t.account) })
}
