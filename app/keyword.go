package app

import (
	"slices"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// Messages with a keyword are marked and counted as those that call the person. The words
// are this device's, so the server does not count them, and no number on disk does: they
// are counted as messages come, and from the log where anything else changes what counts.

// maxKeyed bounds among how many unread messages, the newest, keywords are counted.
const maxKeyed = 400

// keyed is an unread message that has a keyword and calls the person in no other way.
type keyed struct {
	seq chat.Seq
	by  chat.AccountID
}

// noteKeyword takes a message that has come into account.
func (r *room) noteKeyword(g *group, e *chat.Event) {
	if r.unsure || len(g.rules.Keywords) == 0 || !store.Counts(e, g.me()) {
		return
	}
	body, bad := wire.ParseBody(e.Kind, e.Body)
	if bad != nil {
		return
	}
	text, is := body.(chat.Text)
	if !is || text.Mentions.Has(g.me()) || findKeyword(g.rules.Keywords, text.Text) == "" {
		return
	}
	r.keyed = append(r.keyed, keyed{e.Seq, e.Author})
	if len(r.keyed) > 2*maxKeyed {
		r.keyed = slices.Clone(newest(r.keyed, maxKeyed))
	}
}

// unreadKeywords counts the unread messages with a keyword, by people who are not blocked.
func (g *group) unreadKeywords(r *room) (count int) {
	floor := r.c.Floor()
	for _, k := range r.keyed {
		if k.seq > floor && !g.blocked[k.by] {
			count++
		}
	}
	return count
}

// doubtKeywords has the unread messages of a room looked at anew before it is shown.
func (g *group) doubtKeywords(r *room) {
	if len(g.rules.Keywords) > 0 || len(r.keyed) > 0 {
		r.unsure = true
		g.touch(r)
	}
}

// findKeywords looks at the unread messages of the rooms where something has changed.
func (a *App) findKeywords() {
	for r := range a.group.dirty {
		if r.unsure {
			a.storeResult(a.group.readKeywords(a, r))
		}
	}
}

func (g *group) readKeywords(a *App, r *room) error {
	r.unsure, r.keyed = false, nil
	floor := r.c.Floor()
	if len(g.rules.Keywords) == 0 || r.c.Unread == 0 || r.c.Cursor.Seq <= floor {
		return nil
	}
	most := int(min(r.c.Cursor.Seq-floor, maxKeyed)) //nolint:gosec // small
	win, err := g.store.Messages(a.disk, r.id, store.Query{Place: store.Newest, Limit: most, Rows: true})
	if err != nil {
		return err
	}
	for i := range win.Events {
		e := &win.Events[i]
		if e.Seq <= floor || !store.Counts(e, g.me()) {
			continue
		}
		f := fold(e, win.Changes[e.Seq], nil, g.me())
		if !f.erased && !f.mentions.Has(g.me()) && findKeyword(g.rules.Keywords, f.text) != "" {
			r.keyed = append(r.keyed, keyed{e.Seq, e.Author})
		}
	}
	return nil
}

// showKeywords shows all rooms by other keywords.
func (a *App) showKeywords() {
	for _, r := range a.group.rooms {
		a.group.doubtKeywords(r)
		a.changes.addRoom(r.id, RoomChange{Changed: true})
	}
}
