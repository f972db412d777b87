package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// Span is a part of a room's log: what lies behind After, up to To.
type Span struct {
	After, To chat.Seq
}

// Has reports whether a place is in it.
func (s Span) Has(seq chat.Seq) bool { return s.After < seq && seq <= s.To }

// ReaderView is what somebody has read, as far as they let others see it: from where they
// became a member, for a newcomer's position stands there whatever they look at.
type ReaderView struct {
	Account chat.AccountID
	Span
}

// ReadBy returns who has read the message with a sequence, in the order of Members;
// known of the open room only, and never of oneself.
func (r *RoomView) ReadBy(seq chat.Seq) (list []MemberView) {
	for _, m := range r.Members {
		if slices.ContainsFunc(r.Readers, func(x ReaderView) bool { return x.Account == m.Account && x.Has(seq) }) {
			list = append(list, m)
		}
	}
	return list
}

// mostSpans bounds what is kept of a room; of more the oldest goes. Members' readings
// overlap, so there are few.
const mostSpans = 32

// seenRecord is what anybody else has read of a room, on the disk: that they have
// does not end when they go, nor with the connection.
type seenRecord struct {
	Room  chat.RoomID `json:"room"`
	Spans []Span      `json:"spans"`
}

const (
	settingSeen   = "seen" // JSON of []seenRecord
	seenSaveAfter = 2 * time.Second
)

// loadSeen reads what was known when the program ended. What cannot be read is
// nothing: the server tells again what it knows.
func (g *group) loadSeen(ctx context.Context) error {
	g.seen = map[chat.RoomID][]Span{}
	var list []seenRecord
	err := g.loadJSON(ctx, settingSeen, &list)
	for _, r := range list {
		g.seen[r.Room] = r.Spans
	}
	return err
}

// withSpan adds a part to those that lie apart from each other, the first first.
func withSpan(spans []Span, more Span) []Span {
	if more.To <= more.After {
		return spans
	}
	list := make([]Span, 0, len(spans)+1)
	for _, s := range spans {
		if s.To < more.After || more.To < s.After {
			list = append(list, s)
			continue
		}
		more = Span{min(s.After, more.After), max(s.To, more.To)}
	}
	list = append(list, more)
	slices.SortFunc(list, func(x, y Span) int { return cmp.Compare(x.To, y.To) })
	return list[max(0, len(list)-mostSpans):]
}

// cutSpans leaves of parts what lies up to a place.
func cutSpans(spans []Span, to chat.Seq) (list []Span) {
	for _, s := range spans {
		if s.To = min(s.To, to); s.After < s.To {
			list = append(list, s)
		}
	}
	return list
}

// setSeen takes over what anybody else has read of a room.
func (a *App) setSeen(r *room, spans []Span) {
	g := a.group
	if slices.Equal(g.seen[r.id], spans) {
		return
	}
	if g.seen[r.id] = spans; len(spans) == 0 {
		delete(g.seen, r.id)
	}
	g.seenNew = true
	a.alarm.set(alarmSeen, seenSaveAfter, a.saveSeen)
}

// saveSeen writes down what is known; also when the group is closed.
func (a *App) saveSeen() {
	g := a.group
	if g == nil || !g.seenNew {
		return
	}
	g.seenNew = false
	a.alarm.clear(alarmSeen)
	list := make([]seenRecord, 0, len(g.seen))
	for id, spans := range g.seen {
		list = append(list, seenRecord{id, spans})
	}
	slices.SortFunc(list, func(x, y seenRecord) int { return slices.Compare(x.Room[:], y.Room[:]) })
	a.saveJSON(settingSeen, list)
}

// readBack forgets that anybody has read what is behind a place, as the room's log goes on
// from there with something else.
func (a *App) readBack(r *room, to chat.Seq) {
	r.readers = slices.Clone(r.readers)
	for i := range r.readers {
		r.readers[i].To = min(r.readers[i].To, to)
	}
	a.setSeen(r, cutSpans(a.group.seen[r.id], to))
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
		m, in := r.state.Members[x.Account]
		if !in { // and has read it all the same
			m = r.state.Former[x.Account]
		}
		if m.Joined == 0 { // who was never here
			continue
		}
		read := ReaderView{x.Account, Span{m.Joined, x.Seq}}
		a.setSeen(r, withSpan(g.seen[r.id], read.Span))
		if !in {
			continue
		}
		at := slices.IndexFunc(list, func(v ReaderView) bool { return v.Account == x.Account })
		switch {
		case at >= 0 && list[at].After == read.After:
			list[at].To = max(list[at].To, read.To)
		case at >= 0: // was away in between
			list[at] = read
		case len(list) < wire.MaxReaders:
			list = append(list, read)
		}
	}
	slices.SortFunc(list, func(x, y ReaderView) int {
		return cmp.Or(cmp.Compare(y.To, x.To), slices.Compare(x.Account[:], y.Account[:]))
	})
	r.readers = list
	g.touch(r)
}
