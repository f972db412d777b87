package sim

import (
	"fmt"
	"maps"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"

	"hearth/app"
	"hearth/chat"
	"hearth/net/wire"
)

// model is what the log of a room says of its messages, put together in the plainest
// way there is: it shares nothing with how programs do that.
type model struct {
	messages map[chat.Seq]*said
	pins     map[chat.Seq]bool
}

// said is one message as it has become.
type said struct {
	mid       chat.MID
	author    chat.AccountID
	text      string
	edited    bool
	erased    bool
	reactions map[string]map[chat.AccountID]bool
}

func newModel(log *serverLog) *model {
	m := &model{messages: map[chat.Seq]*said{}, pins: map[chat.Seq]bool{}}
	for i := range log.events {
		e := &log.events[i]
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if e.Kind == chat.KindMessage {
			s := &said{mid: e.MID, author: e.Author, erased: e.Erased, reactions: map[string]map[chat.AccountID]bool{}}
			if t, ok := body.(chat.Text); ok {
				s.text = t.Text
			}
			m.messages[e.Seq] = s
		}
		if bad == nil && !e.Erased {
			m.apply(e, body)
		}
	}
	return m
}

func (m *model) apply(e *chat.Event, body chat.Body) {
	s := m.messages[chat.TargetOf(body)]
	if s == nil {
		return
	}
	switch b := body.(type) {
	case chat.Edit:
		if s.author == e.Author {
			s.text, s.edited = b.Text, true
		}
	case chat.Delete:
		s.erased, s.text, s.edited, s.reactions = true, "", false, map[string]map[chat.AccountID]bool{}
		delete(m.pins, b.Seq)
	case chat.Reaction:
		if s.reactions[b.Emoji] == nil {
			s.reactions[b.Emoji] = map[chat.AccountID]bool{}
		}
		s.reactions[b.Emoji][e.Author] = true
	case chat.Unreaction:
		if delete(s.reactions[b.Emoji], e.Author); len(s.reactions[b.Emoji]) == 0 {
			delete(s.reactions, b.Emoji)
		}
	case chat.Pin:
		m.pins[b.Seq] = true
	case chat.Unpin:
		delete(m.pins, b.Seq)
	}
}

// row is what of a message is compared.
type row struct {
	Text      string
	Edited    bool
	Erased    bool
	Pinned    bool
	Reactions map[string][]string // by emoji: who, in the order of their ids
}

// row is how somebody has to be shown a message.
func (m *model) row(seq chat.Seq) row {
	s := m.messages[seq]
	r := row{Text: s.text, Edited: s.edited, Erased: s.erased, Pinned: m.pins[seq], Reactions: map[string][]string{}}
	for emoji, who := range s.reactions {
		for a := range who {
			r.Reactions[emoji] = append(r.Reactions[emoji], a.String())
		}
		slices.Sort(r.Reactions[emoji])
	}
	return r
}

// checkModel holds what everybody is shown of messages, and what the server keeps of
// people, to what follows from the logs and from what they did.
func (w *world) checkModel(logs map[chat.RoomID]*serverLog) {
	models := map[chat.RoomID]*model{}
	for id, log := range logs {
		models[id] = newModel(log)
	}
	for _, p := range w.staying() {
		for _, r := range p.view().Rooms {
			if r.Joined && !r.Pending && w.restored.IsZero() { // else what was erased may be back on one side
				p.checkChanges(&r, models[r.ID], logs[r.ID].begins(p.stored.ID))
			}
		}
		w.checkBlocks(p)
		w.checkMarkers(p)
		p.checkWishes(logs, models)
	}
}

// checkChanges compares the messages of a room.
func (p *person) checkChanges(r *app.RoomView, m *model, begins chat.Seq) {
	w := p.w
	for _, v := range p.rows(r.ID, false) {
		if v.Seq == 0 || v.Seq < begins || v.Kind != chat.KindMessage || v.Lost {
			continue
		}
		if v.Changing {
			w.violate("model", "%s: a change of %d in %s still waits", p.name, v.Seq, r.Name)
			continue
		}
		is := row{Text: v.Text, Edited: !v.Edited.IsZero(), Erased: v.Erased, Pinned: v.Pinned, Reactions: map[string][]string{}}
		counted := map[string]int{}
		for _, x := range v.Reactions {
			counted[x.Emoji] = x.Count
		}
		people, err := p.life.app.Reactors(w.ctx, r.ID, v.Seq)
		if err != nil {
			w.violate("read", "%s: who reacted to %d of %s: %v", p.name, v.Seq, r.Name, err)
		}
		for _, x := range people {
			for _, a := range x.People {
				is.Reactions[x.Emoji] = append(is.Reactions[x.Emoji], a.Account.String())
			}
			slices.Sort(is.Reactions[x.Emoji])
			if n := counted[x.Emoji]; n != len(x.People) || len(people) != len(counted) {
				w.violate("model", "%s: %d of %s is shown with %d × %s, by %d people", p.name, v.Seq, r.Name, n, x.Emoji, len(x.People))
			}
		}
		if d := gocmp.Diff(m.row(v.Seq), is); d != "" {
			w.violate("model", "%s is shown %d of %s otherwise than its log says (-log +shown):\n%s", p.name, v.Seq, r.Name, d)
		}
	}
}

// checkBlocks: all devices of an account know whom it has blocked.
func (w *world) checkBlocks(p *person) {
	is, want := p.blocked(), []string(nil)
	for _, q := range w.people {
		if last := w.lastWish(p.stored.ID, func(v *wish) bool { return v.what == "block" && v.of.stored.ID == q.stored.ID }); last != nil && last.on {
			want = append(want, q.stored.ID.String())
		}
	}
	slices.Sort(want)
	if want = slices.Compact(want); w.plain(p.stored.ID) && !slices.Equal(is, want) {
		w.violate("blocks", "%s has blocked %d people, their last word says %d", p.name, len(is), len(want))
	}
	for _, q := range w.people {
		if q.stored.ID != p.stored.ID {
			continue
		}
		if n := len(q.view().Blocked); n != len(is) {
			w.violate("blocks", "%s has blocked %d people, on %s they are %d", p.name, len(is), q.name, n)
		}
	}
}

// blocked are the people that a device shows as blocked, sorted.
func (p *person) blocked() (ids []string) {
	for _, m := range p.view().Blocked {
		ids = append(ids, m.Account.String())
	}
	slices.Sort(ids)
	return ids
}

// lastWish is the newest one of an account that a condition fits.
func (w *world) lastWish(account chat.AccountID, fits func(*wish) bool) (last *wish) {
	for _, p := range w.people {
		for i := range p.wishes {
			if v := &p.wishes[i]; p.stored.ID == account && fits(v) {
				last = v
			}
		}
	}
	return last
}

// plain reports whether the wishes of an account tell what must be: there is one device,
// its profile was never set back, and no power cut leaves one in doubt.
func (w *world) plain(account chat.AccountID) bool {
	devices := 0
	for _, p := range w.people {
		if p.stored.ID != account || p.fresh {
			continue
		}
		devices++
		if p.setBack || slices.ContainsFunc(p.wishes, func(v wish) bool { return !v.certain }) {
			return false
		}
	}
	return devices == 1 && w.restored.IsZero()
}

// checkMarkers: all devices of an account, and the server, are at the same place.
func (w *world) checkMarkers(p *person) {
	if !w.restored.IsZero() {
		return
	}
	list, err := w.disk.AccountMarkers(w.ctx, p.stored.ID)
	w.must(err)
	at := map[chat.RoomID]chat.Seq{}
	for i := range list {
		at[list[i].Room] = list[i].Read
	}
	for _, r := range p.view().Rooms {
		if r.Joined && !r.Pending && r.Read != at[r.ID] {
			w.violate("I10", "%s has read %s up to %d, the server says %d", p.name, r.Name, r.Read, at[r.ID])
		}
	}
}

// checkWishes is I3 for changes of messages: what somebody did last is so, unless they
// have left the room meanwhile, or the message is gone.
func (p *person) checkWishes(logs map[chat.RoomID]*serverLog, models map[chat.RoomID]*model) {
	w := p.w
	if !w.plain(p.stored.ID) {
		return
	}
	last := map[string]*wish{}
	for i := range p.wishes {
		v := &p.wishes[i]
		last[fmt.Sprint(v.mid, v.what)] = v
	}
	for _, key := range slices.Sorted(maps.Keys(last)) {
		v := last[key]
		log := logs[v.room]
		if v.what == "block" || log == nil || log.left[p.stored.ID] > 0 || len(log.mids[v.mid]) != 1 || log.mids[v.mid][0] <= log.state.Purged {
			continue
		}
		s := models[v.room].messages[log.mids[v.mid][0]]
		switch {
		case v.what == "delete":
			if !s.erased {
				w.violate("I3", "%s deleted message %d of room %s: it is there", p.name, log.mids[v.mid][0], v.room)
			}
		case s.erased:
		case v.what == "edit" && s.text != v.text:
			w.violate("I3", "%s edited %d of room %s to %q: it says %q", p.name, log.mids[v.mid][0], v.room, v.text, s.text)
		case v.what != "edit" && s.reactions[v.what][p.stored.ID] != v.on:
			w.violate("I3", "%s put %s on %d of room %s: %v; the log says %v", p.name, v.what, log.mids[v.mid][0], v.room, v.on, !v.on)
		}
	}
}

// checkDirect: there is one conversation of the same people, begun once, and whoever
// something was said to sees it, unless all of it was taken back.
func (w *world) checkDirect(logs map[chat.RoomID]*serverLog) {
	for id, log := range logs {
		began, spoke := 0, false
		for i := range log.events {
			e := &log.events[i]
			if e.Kind == chat.KindRoomCreate {
				began++
			}
			spoke = spoke || e.Kind == chat.KindMessage && !e.Erased
		}
		if len(log.events) > 0 && began != 1 {
			w.violate("direct", "room %s was begun %d times", id, began)
		}
		if !id.Direct() || !spoke {
			continue
		}
		for _, p := range w.staying() {
			if r := p.room(id); r.Joined && r.Hidden {
				w.violate("direct", "%s is not shown a conversation in which something was said", p.name)
			}
		}
	}
}
