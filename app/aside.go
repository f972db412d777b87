package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// Conversations put aside: nobody leaves a direct room (its id says who is in it), so
// that one who does not want it in the list hides it there, and it comes back with the
// next message. It is a choice of this device, like the rules about notifications.

// settingAside is the JSON of the rooms that were put aside: up to which event.
const settingAside = "aside"

// HideRoom implements Commands.
func (a *App) HideRoom(ctx context.Context, room chat.RoomID, hidden bool) error {
	if err := a.writable(); err != nil {
		return err
	}
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil || g.rooms[room] == nil {
			return &Failed{Code: FailNoRoom}
		}
		r := g.rooms[room]
		if hidden && r.joined(g.me()) && !room.Direct() || r.state == nil {
			return &Failed{Code: FailCode(chat.CodeForbidden)}
		}
		r.wanted = !hidden
		if !hidden {
			return a.putAside(r, false)
		}
		if r.reads(r.c.Cursor.Seq) { // what is unread would keep it in the list
			g.reads[room] = r.c.Cursor.Seq
			a.flushReads()
		}
		return a.putAside(r, true)
	})
}

// putAside notes on disk that a room is to be left out of lists, or is not any more.
func (a *App) putAside(r *room, aside bool) error {
	g := a.group
	next := map[chat.RoomID]chat.Seq{}
	for id := range g.aside { // those that came back by themselves are forgotten
		if o := g.rooms[id]; o != nil && o != r && o.putAside(g) {
			next[id] = g.aside[id]
		}
	}
	if aside {
		next[r.id] = r.c.Cursor.Seq
	}
	data, err := json.Marshal(next)
	if err == nil {
		err = g.store.SetSetting(a.disk, settingAside, data)
	}
	if a.storeResult(err); err != nil {
		return storeFailed(err)
	}
	g.aside = next
	g.touch(r)
	a.viewNew = true
	return nil
}

// putAside reports whether the person has put a room aside and nothing has brought it
// back since: a message, one's own that waits, something unread. Where the server has
// gone back behind that place, its numbers say nothing any more.
func (r *room) putAside(g *group) bool {
	at, ok := g.aside[r.id]
	return ok && (r.id.Direct() || !r.joined(g.me())) &&
		r.c.Unread == 0 && !r.writes(at) && r.c.LastMessage <= at && at <= r.c.Cursor.Seq
}

// writes reports whether anything of the person's own is to stand behind a place.
func (r *room) writes(at chat.Seq) bool {
	return slices.ContainsFunc(r.out, func(o *outgoing) bool { return !r.lodged(o) || o.Seq > at })
}

// loadAside reads what was put aside. What cannot be read is nothing.
func (g *group) loadAside(ctx context.Context) error {
	data, err := g.store.Setting(ctx, settingAside)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil && json.Unmarshal(data, &g.aside) != nil {
		g.aside = nil
	}
	return err
}
