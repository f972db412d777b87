package sim

import (
	"fmt"
	"slices"

	"hearth/app"
	"hearth/chat"
)

// doRoom makes, renames or retopics a room.
func (w *world) doRoom() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	name := fmt.Sprintf("room %d", len(w.rooms))
	switch {
	case !ok || w.r.IntN(2) == 0:
		req := app.RoomRequest{Name: name, Topic: "t", Access: chat.AccessOpen}
		if w.r.IntN(2) == 0 {
			req.Access = chat.AccessClosed
			req.Members = []chat.AccountID{w.anybody().stored.ID}
		}
		if len(w.rooms)%3 == 1 { // no draw of its own, so that known seeds do what they did
			req.History = chat.HistoryJoined
		}
		id, err := p.life.app.CreateRoom(w.ctx, req)
		w.note("%s: makes %s (%s, %s): %v", p.name, name, req.Access, req.History, err)
		w.rooms = append(w.rooms, id)
	case w.r.IntN(2) == 0:
		w.note("%s: renames %s to %s: %v", p.name, room.Name, name, p.life.app.RenameRoom(w.ctx, room.ID, name))
	case room.Head%3 == 0 && p.owns(&room): // no draw of its own
		to := chat.HistoryAll
		if room.History == to {
			to = chat.HistoryJoined
		}
		p.shows(&room, to)
		if to == chat.HistoryJoined && room.Head%2 == 0 {
			p.say(room.ID)
			p.shows(&room, chat.HistoryAll)
		}
		p.brings(&room)
	default:
		w.note("%s: retopics %s: %v", p.name, room.Name, p.life.app.SetTopic(w.ctx, room.ID, name))
	}
}

// shows changes what newcomers of a room see.
func (p *person) shows(room *app.RoomView, to chat.History) {
	if p.view() == nil {
		return
	}
	p.w.note("%s: newcomers of %s see %s: %v", p.name, room.Name, to, p.life.app.SetHistory(p.w.ctx, room.ID, to))
	p.w.count("changes of what newcomers see", 1)
}

// brings adds the first who is not in a room, just behind what was said of newcomers.
func (p *person) brings(room *app.RoomView) {
	for _, other := range p.w.people {
		in := slices.ContainsFunc(room.Members, func(m app.MemberView) bool { return m.Account == other.stored.ID })
		if !in && p.view() != nil {
			p.w.note("%s: adds %s to %s: %v", p.name, other.name, room.Name, p.life.app.AddMember(p.w.ctx, room.ID, other.stored.ID))
			return
		}
	}
}

// reopens has somebody brought into a room right after what newcomers see there was
// narrow for a while, where that can still be done in the end: chance alone does so in few
// seeds.
func (w *world) reopens() {
	for _, p := range w.staying() {
		if p.view() == nil {
			continue
		}
		for _, room := range p.view().Rooms {
			out := func(other *person) bool { // and never was in: what they wrote there may wait for them
				_, left := w.readLog(room.ID).left[other.stored.ID]
				return !left && !slices.ContainsFunc(room.Members, func(m app.MemberView) bool { return m.Account == other.stored.ID })
			}
			at := slices.IndexFunc(w.staying(), out)
			if at < 0 || !room.Joined || room.Pending || !p.owns(&room) {
				continue
			}
			other := w.staying()[at]
			if room.History != chat.HistoryJoined {
				p.shows(&room, chat.HistoryJoined)
			}
			p.say(room.ID)
			p.shows(&room, chat.HistoryAll)
			w.note("%s: adds %s to %s: %v", p.name, other.name, room.Name, p.life.app.AddMember(w.ctx, room.ID, other.stored.ID))
			w.drain()
			return
		}
	}
}

// owns reports whether a person owns a room, which can be told of newcomers.
func (p *person) owns(room *app.RoomView) bool {
	return room.Access != chat.AccessDirect && slices.ContainsFunc(room.Members, func(m app.MemberView) bool { return m.Me && m.Role == chat.RoleOwner })
}

// mayRemove reports whether a person owns a room that somebody else is in.
func (p *person) mayRemove(room *app.RoomView, other *person) bool {
	owns, in := false, false
	for _, m := range room.Members {
		owns = owns || m.Me && m.Role == chat.RoleOwner
		in = in || m.Account == other.stored.ID && !m.Me
	}
	return owns && in && room.Access != chat.AccessDirect
}

// doMember joins, leaves, adds, removes.
func (w *world) doMember() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	switch w.r.IntN(5) {
	case 0:
		if ok {
			w.note("%s: leaves %s: %v", p.name, room.Name, p.life.app.LeaveRoom(w.ctx, room.ID))
		}
	case 1:
		if ok {
			other := w.anybody()
			if room.Head%2 == 0 && p.mayRemove(&room, other) { // no draw of its own
				w.note("%s: removes %s from %s: %v", p.name, other.name, room.Name, p.life.app.RemoveMember(w.ctx, room.ID, other.stored.ID))
				w.count("removals", 1)
				return
			}
			w.note("%s: adds %s to %s: %v", p.name, other.name, room.Name, p.life.app.AddMember(w.ctx, room.ID, other.stored.ID))
		}
	default:
		id := w.rooms[w.r.IntN(len(w.rooms))]
		if !p.room(id).Joined {
			w.note("%s: joins %s: %v", p.name, id.String()[:6], p.life.app.JoinRoom(w.ctx, id))
		}
	}
}
