package app

import (
	"bytes"
	"time"

	"hearth/chat"
	"hearth/store"
)

// keepWords looks at an own event that has come: if it says something else than
// what was written here under its id, the words written here go on waiting,
// under an id of their own, and the person is told. Either the server has changed
// them, or the message was edited in a profile that had forgotten sending it; in
// neither case may they vanish because something else has landed.
func (a *App) keepWords(r *room, e *chat.Event) {
	g := a.group
	o := g.out[e.MID]
	if o == nil || o.kept || e.Author != g.me() || e.Erased || e.Kind != chat.KindMessage || o.Kind != e.Kind || bytes.Equal(o.Body, e.Body) {
		return
	}
	a.log.Error("the server has other words under the id of an own message", "room", r.id, "seq", e.Seq)
	entries, err := g.store.Enqueue(a.disk, store.Submission{
		MID: chat.NewMID(), Room: o.Room, Kind: o.Kind, Body: o.Body, Created: time.Now().UnixMilli(), Held: true, Because: store.CodeAltered, Carried: true,
	})
	if err != nil {
		a.storeTrouble(err)
		return
	}
	o.kept = true
	for i := range entries {
		g.addEntry(&entries[i])
	}
	a.notice(Notice{Kind: NoticeSendFailed, Room: r.id, Code: chat.CodeIDConflict})
	a.changes.addRoom(r.id, RoomChange{Waiting: true})
}
