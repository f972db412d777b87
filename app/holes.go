package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/store"
)

// Holes: where this device was so far behind that the server gave the room's
// state instead of the events, those are loaded later, from either end: at once
// where somebody looks, else slowly, newest first.

const (
	fillEvents = 200         // loaded at once
	fillPause  = time.Second // between two parts that nobody waits for
	mostWants  = 8           // parts somebody waits for; older wishes are forgotten
)

// want is a part of a hole that somebody looks at.
type want struct {
	room *room
	seq  chat.Seq // an end of the hole
	up   bool     // from the older end on
}

// filling is the part of a hole that is being loaded.
type filling struct {
	room     *room
	from, to chat.Seq
	up       bool
	since    chat.Seq     // the person's join that gives them a right to it
	events   []chat.Event // so far
	before   chat.Hash    // chain value before them
	chain    chat.Hash    // and after them
}

// snapshot takes a room's state in place of a backlog that is too long.
func (a *App) snapshot(f *wire.Snapshot) {
	g := a.group
	r := a.follow(f.Room)
	if r == nil {
		return
	}
	cursor := r.c.Cursor
	hole := r.holeFrom(f)
	from := hole
	if f.VoidFrom > 0 {
		from = f.VoidFrom
	}
	switch {
	case r.diverged:
		return
	case f.VoidFrom > 0 && from <= cursor.Seq:
		// A room we were in before, as it is sent to who has nothing of it. Whether what
		// we have is of the same log only our cursor tells.
		if !r.settling {
			r.settling = true
			a.resync(r)
		}
		return
	case f.At < cursor.Seq || hole > f.At+1 || from > hole:
		return
	case from != cursor.Seq+1:
		if !r.settling {
			a.gap(r, from)
		}
		return
	}
	state, err := wire.DecodeState(f.State)
	if err == nil && (state.ID != f.Room || f.At == cursor.Seq && f.Chain != cursor.Chain) {
		err = chat.Errorf(chat.CodeBadValue, "/state", "of another room or place")
	}
	if err != nil {
		a.diverge(r, err)
		return
	}
	me, in := state.Members[g.me()]
	r.keepNames(state)
	u := store.RoomUpdate{Room: f.Room, State: state}
	if f.At >= hole {
		u.Void = &store.Void{From: hole, To: f.At, Chain: f.Chain, Hole: true}
	}
	updates := []store.RoomUpdate{u}
	if f.VoidFrom > 0 && f.VoidFrom < hole {
		void := &store.Void{From: f.VoidFrom, To: hole - 1, Reason: cmp.Or(f.VoidReason, wire.VoidNotVisible), Chain: f.VoidChain, Begins: true}
		updates = []store.RoomUpdate{{Room: f.Room, Void: void}, u}
		if fill := g.net.fill; fill != nil && fill.room == r {
			g.net.fill = nil // nobody gives it any more
		}
	}
	if in {
		a.listed(r)
	}
	if in && !g.fresh && !r.joined(g.me()) {
		r.arrived = me.Joined
	}
	b := batch{rooms: map[*room]*roomBatch{r: {cursor: f.At, state: state, names: true, people: true, gap: true}}}
	done, err := g.store.Apply(a.disk, store.Update{Rooms: updates})
	if err != nil {
		a.notApplied(r, err)
		return
	}
	a.applied(&b, &done)
	if in {
		g.reads[r.id] = max(g.reads[r.id], history(me.Joined, brought(state, g.me()) && (r.arrived == me.Joined || r.added(g)))) // what was said before is history, not news
		a.alarm.set(alarmReads, 0, a.flushReads)
	}
	r.settling = false
	a.setStale(r, false)
	if f.At > cursor.Seq {
		a.log.Info("far behind: the room's state came instead of its events", "room", r.id, "from", hole, "to", f.At)
		g.net.behind = max(0, g.net.behind-int(f.At-cursor.Seq)) //nolint:gosec // far below 2^63
		a.wish(want{room: r, seq: f.At})
	}
	a.changes.addRoom(r.id, RoomChange{Reload: true})
	a.viewConnection()
}

// listed takes note that the server counts the person among the members of a room again.
func (a *App) listed(r *room) {
	if r.c.Gone {
		a.storeResult(a.group.store.SetGone(a.disk, r.id, false))
		r.c.Gone = false
	}
}

// holeFrom is where the hole begins that a snapshot leaves. It may have been asked for from
// an earlier place than ours, with a feed of before still under way: that one has brought
// the rest, and nothing is missing.
func (r *room) holeFrom(f *wire.Snapshot) chat.Seq {
	if f.VoidFrom > 0 || r.c.Gone {
		return f.HoleFrom
	}
	return max(f.HoleFrom, r.c.Cursor.Seq+1)
}

// keepNames adds to a state that came from the server the names of people that it left
// out, as newcomers need not know them, but who are known here.
func (r *room) keepNames(state *chat.Room) {
	if r.state == nil || !state.Uneven() {
		return
	}
	for _, known := range []map[chat.AccountID]chat.Member{r.state.Members, r.state.Former} {
		for account, m := range known {
			if _, there := state.Person(account); !there {
				state.Former[account] = m
			}
		}
	}
}

// settingStale begins the names of settings that say which rooms were taken back to
// a place below a hole: their state is only near to the truth until the server has
// given it.
const settingStale = "stale "

// setStale keeps on disk whether the state of a room has to be asked for, so that a
// crash before the answer forgets nothing. The server's state also says what it keeps.
func (a *App) setStale(r *room, stale bool) {
	if r.stale == stale {
		return
	}
	var value []byte
	if stale {
		value = []byte{1}
	}
	r.stale = stale
	a.storeResult(a.group.store.SetSetting(a.disk, settingStale+r.id.String(), value))
	a.keptAgain(r)
}

// loadStale finds the rooms whose state has to be asked for. Only those whose log is
// not all here can be among them.
func (g *group) loadStale(ctx context.Context) error {
	for _, r := range g.rooms {
		if len(r.gaps) == 0 {
			continue
		}
		_, err := g.store.Setting(ctx, settingStale+r.id.String())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		r.stale = err == nil
	}
	return nil
}

// wanted asks for the holes that a reader of a window has met, from the end that is
// nearer to where the reader comes from.
func (a *App) wanted(id chat.RoomID, gaps []Gap, at Window) {
	g := a.group
	if g == nil || g.net == nil || g.rooms[id] == nil {
		return
	}
	for _, gap := range gaps {
		if !gap.Missing {
			continue
		}
		w := want{room: g.rooms[id], seq: gap.To}
		switch {
		case at.Around > 0:
			w.up = at.Around <= gap.From || at.Around < gap.To && at.Around-gap.From < gap.To-at.Around
		case at.Before == 0:
			w.up = at.After > 0
		}
		if w.up {
			w.seq = gap.From
		}
		a.wish(w)
	}
}

func (a *App) wish(w want) {
	c := a.group.net
	if !slices.Contains(c.wants, w) {
		c.wants = append(c.wants, w)
	}
	c.wants = c.wants[max(0, len(c.wants)-mostWants):]
	a.fillNext()
}

// fillNext loads the next part: the newest wish, or, if it is time, one that
// nobody waits for.
func (a *App) fillNext() {
	g := a.group
	if g == nil || g.net == nil || g.net.session == nil || !g.net.asked || g.net.fill != nil {
		return
	}
	c := g.net
	for len(c.wants) > 0 {
		w := c.wants[len(c.wants)-1]
		c.wants = c.wants[:len(c.wants)-1]
		for _, h := range w.room.gaps {
			if h.Hole && h.From <= w.seq && w.seq <= h.To && w.room.fillable(g.me()) {
				a.fill(w.room, h, w.up)
				return
			}
		}
	}
	r := g.holed()
	if r == nil || !c.live {
		return
	}
	now := time.Now()
	if wait := c.nextFill.Sub(now); wait > 0 {
		a.alarm.set(alarmHoles, wait, a.fillNext)
		return
	}
	c.nextFill = now.Add(fillPause)
	for _, h := range slices.Backward(r.gaps) {
		if h.Hole {
			a.fill(r, h, false)
			return
		}
	}
}

// fillable reports whether the server can be asked for events of the room.
func (r *room) fillable(me chat.AccountID) bool { return r.synced(me) && !r.unfillable }

// holed returns the room whose holes are to be loaded next, nil if there is none:
// the open one, then by activity.
func (g *group) holed() *room {
	var best *room
	for _, r := range g.rooms {
		hole := slices.ContainsFunc(r.gaps, func(h store.Gap) bool { return h.Hole })
		switch {
		case !hole || !r.fillable(g.me()):
		case r.id == g.active:
			return r
		case best == nil || r.c.Activity > best.c.Activity:
			best = r
		}
	}
	return best
}

// fill begins to load one end of a hole.
func (a *App) fill(r *room, h store.Gap, up bool) {
	f := &filling{room: r, from: h.From, to: h.To, up: up, since: r.since(a.group.me())}
	switch n := h.To - h.From + 1; {
	case n <= fillEvents:
	case up:
		f.to = f.from + fillEvents - 1
	default:
		f.from = f.to - fillEvents + 1
	}
	a.group.net.fill = f
	a.fillStep(f)
}

// fillStep asks for what is lacking of a part: a page may end early.
func (a *App) fillStep(f *filling) {
	c := a.group.net
	next := f.from + chat.Seq(len(f.events))
	request := func() wire.Request { return &wire.History{Room: f.room.id, From: next, To: f.to} }
	a.insist(alarmFill, request, func(reply wire.Reply) {
		if c.fill != f {
			return
		}
		page, ok := reply.(*wire.HistoryPage)
		if ok && page.Void != "" && page.VoidTo >= next && page.Room == f.room.id && len(page.Events) == 0 {
			a.purged(f, page)
			return
		}
		if ok && page.Void != "" && page.Room == f.room.id && len(page.Events) == 0 {
			a.voided(f, page, next)
			return
		}
		if !ok || !f.add(page, next) {
			a.notFilled(f, errors.New("the server's page does not follow"))
			return
		}
		if f.up || f.from+chat.Seq(len(f.events)) > f.to {
			a.filled(f)
			return
		}
		a.fillStep(f)
	}, func(err error) {
		switch {
		case c.fill != f:
		case f.room.since(a.group.me()) != f.since: // refused while the person was out of the room
			c.fill = nil
			a.fillNext()
		default:
			a.notFilled(f, err)
		}
	})
}

// add takes a page over; false if it is not what was asked for.
func (f *filling) add(page *wire.HistoryPage, next chat.Seq) bool {
	n := len(page.Events)
	if page.Room != f.room.id || n == 0 || page.Events[0].Seq != next || next+chat.Seq(n)-1 > f.to {
		return false
	}
	switch {
	case len(f.events) == 0:
		f.before = page.Before
	case page.Before != f.chain:
		return false
	}
	f.chain = page.Chain
	for i := range page.Events {
		f.events = append(f.events, page.Events[i].Event(f.room.id))
	}
	return true
}

// voided deals with a place of a hole that the server has nothing for. At the end of the
// part it closes the hole there; before it, what was loaded joins nothing, so it is left
// for the next part and the place behind is asked for first.
func (a *App) voided(f *filling, page *wire.HistoryPage, at chat.Seq) {
	g, r := a.group, f.room
	if !f.up && at < f.to {
		f.from, f.events = at+1, nil
		a.fillStep(f)
		return
	}
	g.net.fill = nil
	resolved, err := g.store.VoidHole(a.disk, r.id, store.Void{From: at, To: at, Reason: page.Void, Chain: page.Chain}, page.Before)
	var chain *store.ChainError
	switch {
	case errors.As(err, &chain):
		a.diverge(r, err)
	case errors.Is(err, store.ErrInvalid): // the log was taken back meanwhile, or the page was nonsense
		a.notFilled(f, err)
		return
	case err != nil:
		a.storeTrouble(err)
		return
	default:
		a.log.Warn("the server has nothing for a place", "room", r.id, "seq", at, "reason", page.Void)
		a.dropEntries(resolved)
		a.readGaps(r)
		a.voidedUnseen(r)
		g.touch(r)
		a.changes.addRoom(r.id, RoomChange{Reload: true})
	}
	a.fillNext()
}

// purged deals with a part that the server no longer has, and nothing before it: all
// holes up to there become void. What of the part lies behind is loaded next.
func (a *App) purged(f *filling, page *wire.HistoryPage) {
	g, r := a.group, f.room
	g.net.fill = nil
	resolved, err := g.store.VoidBefore(a.disk, r.id, store.Void{To: page.VoidTo, Reason: page.Void, Chain: page.Chain})
	switch {
	case errors.Is(err, store.ErrInvalid):
		a.notFilled(f, err)
		return
	case err != nil:
		a.storeTrouble(err)
		return
	}
	a.log.Info("the server no longer keeps the beginning of a room", "room", r.id, "through", page.VoidTo)
	a.dropEntries(resolved)
	a.readGaps(r)
	a.voidedUnseen(r)
	g.touch(r)
	a.changes.addRoom(r.id, RoomChange{Reload: true})
	a.fillNext()
}

// fillAgain asks for a room's holes, whatever was refused before: the person may read the
// room anew.
func (a *App) fillAgain(r *room) {
	if fault.Bug(fault.HoleGivenUp) {
		return
	}
	r.unfillable = false
	a.alarm.set(alarmHoles, 0, a.fillNext)
}

// notFilled leaves a room's holes alone until the next connection, or until the person may
// read the room anew.
func (a *App) notFilled(f *filling, err error) {
	a.log.Warn("a hole was not filled", "room", f.room.id, "err", err)
	f.room.unfillable = true
	a.group.net.fill = nil
	a.fillNext()
}

// filled stores a part that is complete.
func (a *App) filled(f *filling) {
	g, r := a.group, f.room
	g.net.fill = nil
	for i := range f.events {
		a.keepWords(r, &f.events[i])
	}
	done, err := g.store.FillHole(a.disk, store.Fill{Room: r.id, Events: f.events, Before: f.before, Chain: f.chain})
	var chain *store.ChainError
	switch {
	case errors.As(err, &chain):
		a.diverge(r, err)
	case errors.Is(err, store.ErrInvalid): // the log was taken back meanwhile, or the page was nonsense
		a.notFilled(f, err)
		return
	case err != nil:
		a.storeTrouble(err)
		return
	default:
		r.c = done.Counters
		g.doubtKeywords(r)
		a.tellArrived(r, f.events)
		a.dropEntries(done.Resolved)
		a.readLast(r)
		a.readGaps(r)
		g.touch(r)
		a.changes.addRoom(r.id, RoomChange{Reload: true})
		if len(done.Doubted) > 0 {
			a.reloadOutbox()
			a.log.Warn("the server has something else where it said that an own message stands", "room", r.id, "offered", len(done.Doubted))
			a.notice(Notice{Kind: NoticeLost, Room: r.id, Count: len(done.Doubted)})
		}
	}
	a.fillNext()
}

// tellArrived tells the person that somebody has added them to a room, once the join is
// there that says who.
func (a *App) tellArrived(r *room, events []chat.Event) {
	g := a.group
	for i := range events {
		e := &events[i]
		switch {
		case e.Seq != r.arrived || r.state == nil:
		case e.Author == g.me():
			g.reads[r.id] = max(g.reads[r.id], e.Seq)
			a.alarm.set(alarmReads, 0, a.flushReads)
		case r.state.Creator != g.me():
			a.notice(Notice{Kind: NoticeAddedToRoom, Room: r.id})
		}
	}
	if r.arrived > 0 && r.arrived <= events[len(events)-1].Seq {
		r.arrived = 0
	}
}

// readGaps takes over which parts of a room's log are not there.
func (a *App) readGaps(r *room) {
	gaps, err := a.group.store.Gaps(a.disk, r.id)
	if err != nil {
		a.storeTrouble(err)
		return
	}
	r.gaps = gaps
}

// mostRanges bounds the lists of Completeness.
const mostRanges = 20

// completeness says how much of the room's log is here.
func (r *room) completeness() Completeness {
	c := Completeness{Through: r.c.Cursor.Seq}
	if r.serverHead > c.Through {
		c.Behind = int(r.serverHead - c.Through) //nolint:gosec // far below 2^63
	}
	for _, g := range r.gaps {
		list, n := &c.Void, &c.VoidEvents
		if g.Hole {
			list, n = &c.Missing, &c.MissingEvents
		}
		*n += int(g.To - g.From + 1) //nolint:gosec // far below 2^63
		if len(*list) < mostRanges {
			*list = append(*list, Gap{From: g.From, To: g.To, Missing: g.Hole, Reason: g.Reason})
		}
	}
	return c
}
