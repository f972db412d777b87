package app

import (
	"cmp"
	"context"
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

// ReaderView is how far somebody has read, as far as they let others see it.
type ReaderView struct {
	Account chat.AccountID
	Seq     chat.Seq
}

// ReadBy returns who has read the message with a sequence, in the order of Members;
// known of the open room only, and never of oneself.
func (r *RoomView) ReadBy(seq chat.Seq) (list []MemberView) {
	for _, m := range r.Members {
		if slices.ContainsFunc(r.Readers, func(x ReaderView) bool { return x.Account == m.Account && x.Seq >= seq }) {
			list = append(list, m)
		}
	}
	return list
}

// ReadByAny returns the newest message that anybody else is known to have read, whether
// they are still in the room or not.
func (r *RoomView) ReadByAny() chat.Seq {
	if len(r.Readers) == 0 {
		return r.ReadTo
	}
	return max(r.ReadTo, r.Readers[0].Seq)
}

// readToRecord is up to where somebody else has read a room, on the disk: that they have
// does not end when they go, nor with the connection.
type readToRecord struct {
	Room chat.RoomID `json:"room"`
	Seq  chat.Seq    `json:"seq"`
}

const (
	settingReadTo   = "read_to" // JSON of []readToRecord
	readToSaveAfter = 2 * time.Second
)

// loadReadTo reads what was known when the program ended. What cannot be read is
// nothing: the server tells again what it knows.
func (g *group) loadReadTo(ctx context.Context) error {
	g.readTo = map[chat.RoomID]chat.Seq{}
	var list []readToRecord
	err := g.loadJSON(ctx, settingReadTo, &list)
	for _, r := range list {
		g.readTo[r.Room] = r.Seq
	}
	return err
}

// setReadTo takes over up to where somebody else has read a room.
func (a *App) setReadTo(r *room, to chat.Seq) {
	g := a.group
	if g.readTo[r.id] == to {
		return
	}
	if g.readTo[r.id] = to; to == 0 {
		delete(g.readTo, r.id)
	}
	g.readToNew = true
	a.alarm.set(alarmReadTo, readToSaveAfter, a.saveReadTo)
}

// saveReadTo writes down what is known; also when the group is closed.
func (a *App) saveReadTo() {
	g := a.group
	if g == nil || !g.readToNew {
		return
	}
	g.readToNew = false
	a.alarm.clear(alarmReadTo)
	list := make([]readToRecord, 0, len(g.readTo))
	for id, seq := range g.readTo {
		list = append(list, readToRecord{id, seq})
	}
	slices.SortFunc(list, func(x, y readToRecord) int { return slices.Compare(x.Room[:], y.Room[:]) })
	a.saveJSON(settingReadTo, list)
}

// readBack forgets that anybody has read what is behind a place, as the room's log goes on
// from there with something else.
func (a *App) readBack(r *room, to chat.Seq) {
	r.readers = slices.Clone(r.readers)
	for i := range r.readers {
		r.readers[i].Seq = min(r.readers[i].Seq, to)
	}
	a.setReadTo(r, min(a.group.readTo[r.id], to))
}

// typist is somebody who is writing.
type typist struct {
	account chat.AccountID
	until   time.Time
}

// readBy takes over how far others have read. It is kept when the room is closed: it
// only grows.
func (a *App) readBy(f *wire.ReadBy) {
	g := a.group
	r := g.rooms[f.Room]
	if r == nil || r.state == nil || r.state.HideReadings {
		return
	}
	list := slices.Clone(r.readers)
	for _, x := range f.Readers {
		if x.Account == g.me() {
			continue
		}
		a.setReadTo(r, max(g.readTo[r.id], x.Seq))
		if _, in := r.state.Members[x.Account]; !in { // and has read it all the same
			continue
		}
		at := slices.IndexFunc(list, func(v ReaderView) bool { return v.Account == x.Account })
		switch {
		case at >= 0:
			list[at].Seq = max(list[at].Seq, x.Seq)
		case len(list) < wire.MaxReaders:
			list = append(list, ReaderView{Account: x.Account, Seq: x.Seq})
		}
	}
	slices.SortFunc(list, func(x, y ReaderView) int {
		return cmp.Or(cmp.Compare(y.Seq, x.Seq), slices.Compare(x.Account[:], y.Account[:]))
	})
	r.readers = list
	g.touch(r)
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
		a.setReadTo(r, 0)
	}
	r.typists = slices.DeleteFunc(r.typists, func(t typist) bool { return gone(t.account) })
}
