package sim

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hearth/app"
	"hearth/chat"
)

// book is what everybody has ever been shown, and what follows from that alone:
// nothing is shown before it is synced (I11), nobody is shown another chain
// (I4), what was shown is kept (I1), read markers grow (I10).
type book struct {
	w    *world
	disk atomic.Pointer[disk]

	mu    sync.Mutex
	era   int                                    // how often a backup was restored; guarded by mu, like everything below
	seen  map[chat.RoomID]map[chat.Seq]chat.Hash // of this era
	newst map[chat.RoomID]chat.Head              // of this era
	first map[chat.RoomID]map[chat.Seq]time.Time // when somebody was shown this place, in this era
	since time.Time                              // of this era
}

// turn begins a new era: what was shown may have been lost with the backup's age.
func (b *book) turn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.era++
	b.seen, b.newst, b.first, b.since = nil, nil, nil, time.Now()
}

// watch looks at everything a program shows until it ends.
func (b *book) watch(l *life, sub *app.Subscription) {
	shown := map[chat.RoomID]app.RoomView{}
	for range sub.Ready() {
		c, _ := sub.Take()
		if c.Closed {
			return
		}
		if v := l.app.View(); c.View && v.Phase == app.PhaseOpen && !l.doomed.Load() {
			b.look(l, v, shown)
			for id, change := range c.Rooms {
				if change.Waiting {
					b.visible(l, id)
				}
			}
		}
	}
}

// visiblePage is how many of the newest rows are looked at for own messages.
const visiblePage = 60

// visible looks whether what somebody wrote is shown, wherever it is on its way:
// it waits, or it is in the log, or it failed, at every moment.
func (b *book) visible(l *life, id chat.RoomID) {
	p := l.p
	p.mu.Lock()
	var open []*entry
	for _, e := range p.entries {
		if e.room == id && e.certain && !e.settled {
			open = append(open, e)
		}
	}
	p.mu.Unlock()
	if len(open) == 0 || !b.w.whole() {
		return
	}
	rows, holes := map[chat.MID]bool{}, false
	look := func(page app.Page) {
		b.rows(page, rows)
		holes = holes || slices.ContainsFunc(page.Gaps, func(g app.Gap) bool { return g.Missing })
	}
	missing := func() bool {
		return slices.ContainsFunc(open, func(e *entry) bool { _, there := rows[e.mid]; return !there })
	}
	for range 2 { // what goes to the end while this reads upwards is there the second time
		page, err := l.app.Messages(b.w.ctx, id, app.Window{Limit: visiblePage})
		if err != nil {
			return // it has ended meanwhile
		}
		look(page)
		// Further up is where all stays that is not among the newest.
		if missing() && !b.above(l, id, page, look) {
			return
		}
		if !missing() {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range open {
		logged, there := rows[e.mid]
		switch {
		case there:
			e.settled, e.logged = e.settled || logged, e.logged || logged
		case holes && !b.w.wanted(e.mid): // deleted in a hole, its words are nowhere until that is loaded
		case !l.doomed.Load() && b.w.whole() && e.certain:
			e.settled = true
			b.w.violate("I3", "%q of %s is not shown any more", e.text, p.name)
		}
	}
}

// above looks at what is above a page; false if the program has ended, or not all was shown.
func (b *book) above(l *life, id chat.RoomID, page app.Page, look func(app.Page)) bool {
	for page.Older && len(page.Messages) > 0 && page.Messages[0].Seq > 0 {
		var err error
		if page, err = l.app.Messages(b.w.ctx, id, app.Window{Before: page.Messages[0].Seq, Limit: 500}); err != nil {
			return false
		}
		look(page)
	}
	return !page.Older
}

// rows adds a page to what is shown: true for what is in the log of this device. What lies
// in a hole has its place there and is not: only the outbox has it, and it can still be lost.
func (b *book) rows(page app.Page, rows map[chat.MID]bool) {
	for i := range page.Messages {
		m := &page.Messages[i]
		rows[m.MID] = m.Seq > 0 && !m.Unloaded
		if m.Unloaded {
			b.w.count("looks at own messages in holes", 1)
		}
	}
}

func (b *book) look(l *life, v *app.View, shown map[chat.RoomID]app.RoomView) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range v.Rooms { // a marker goes back only with the log itself: after a restored backup
		b.w.gaps.reached(l.p.name, r.ID, r.Head, r.Diverged)
		before, known := shown[r.ID]
		shown[r.ID] = r
		if known && r.Head > before.Head {
			if disk := b.disk.Load(); disk != nil && r.Head > disk.durable(r.ID) && !l.doomed.Load() {
				b.w.violate("I11", "%s is shown %d of %s, the server's disk has %d", l.p.name, r.Head, r.Name, disk.durable(r.ID))
			}
		}
		if known && r.Head > before.Head && b.w.shutLong(l.p) && !l.doomed.Load() {
			b.w.violate("I9", "%s is shown %d of %s, long after its account was shut out", l.p.name, r.Head, r.Name)
		}
		if known && r.Read < before.Read && b.era == 0 {
			b.w.violate("I10", "%s: the read marker of %s went from %d to %d", l.p.name, r.Name, before.Read, r.Read)
		}
		// After a backup was restored, what somebody has stored counts once the
		// server, which tells members only, has compared it with its own.
		if r.Head > 0 && !r.Diverged && (b.era == 0 || v.Connection.State == app.ConnLive && r.Joined) {
			b.place(l, &r, before.Head)
		}
	}
}

// place records that somebody is shown a room up to its head. mu is held.
func (b *book) place(l *life, r *app.RoomView, before chat.Seq) {
	if b.seen == nil {
		b.seen, b.newst, b.first = map[chat.RoomID]map[chat.Seq]chat.Hash{}, map[chat.RoomID]chat.Head{}, map[chat.RoomID]map[chat.Seq]time.Time{}
	}
	if b.seen[r.ID] == nil {
		b.seen[r.ID], b.first[r.ID] = map[chat.Seq]chat.Hash{}, map[chat.Seq]time.Time{}
	}
	chain, ok := b.seen[r.ID][r.Head]
	if ok && chain != r.Chain {
		b.w.violate("I4", "%s is shown another history of %s at %d", l.p.name, r.Name, r.Head)
	}
	b.seen[r.ID][r.Head] = r.Chain
	if r.Head > b.newst[r.ID].Seq {
		b.newst[r.ID] = chat.Head{Seq: r.Head, Chain: r.Chain}
	}
	for seq := before + 1; seq <= r.Head; seq++ {
		if _, ok := b.first[r.ID][seq]; !ok {
			b.first[r.ID][seq] = time.Now()
		}
	}
}

// kept looks whether data that came back holds everything that was ever shown.
func (b *book) kept(d *disk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.disk.Store(d)
	for room, chains := range b.seen {
		for seq, chain := range chains {
			if got, err := d.ChainAt(b.w.ctx, room, seq); err != nil || got != chain {
				b.w.violate("I1", "%d of room %s was shown, the server does not have it any more: %v", seq, room, err)
				break
			}
		}
	}
}
