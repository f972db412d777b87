package app

import (
	"encoding/hex"
	"errors"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/store"
)

// mend is the search for the last place where a room's log here and the server's
// are the same. The chain makes it short: two logs that agree at a place agree
// on everything before it. One room is searched at a time. Owned by the loop.
type mend struct {
	room   *room
	same   chat.Seq // the logs agree here
	differ chat.Seq // and not here
	asked  []chat.Head
	rounds int
}

// Bounds of mending.
const (
	mendPlaces = 64 // places asked about at once: three rounds find one of 262,144
	mendRounds = 64 // of one search, whatever a server answers
	mostMends  = 3  // of one room on one connection
)

// startMending queues a room whose log does not fit the server's.
func (a *App) startMending(r *room) {
	c := a.group.net
	if c == nil || c.session == nil || r.mends >= mostMends {
		return // it stays as it is until the next connection
	}
	r.mends++
	c.toMend = append(c.toMend, r)
	a.mendNext()
}

// mendNext takes up the next room, if none is being searched.
func (a *App) mendNext() {
	c := a.group.net
	for c.mending == nil && len(c.toMend) > 0 {
		r := c.toMend[0]
		c.toMend = c.toMend[1:]
		if r.diverged {
			c.mending = &mend{room: r, differ: r.c.Cursor.Seq + 1}
			a.mendStep()
		}
	}
}

// mendStep asks about places between those known to agree and to differ; when
// there is none left, the search is over.
func (a *App) mendStep() {
	g, m := a.group, a.group.net.mending
	places, err := g.store.Places(a.disk, m.room.id, m.spread())
	if err != nil {
		a.storeTrouble(err)
		return
	}
	m.asked = m.asked[:0]
	for _, p := range places {
		if p.Seq > m.same && p.Seq < m.differ && (len(m.asked) == 0 || m.asked[len(m.asked)-1].Seq < p.Seq) {
			m.asked = append(m.asked, p)
		}
	}
	if m.rounds++; m.rounds > mendRounds {
		a.mendGivenUp(m, chat.Errorf(chat.CodeBadValue, "", "the server's answers lead nowhere"))
		return
	}
	if len(m.asked) == 0 {
		a.mended(m)
		return
	}
	seqs := make([]chat.Seq, len(m.asked))
	for i, p := range m.asked {
		seqs[i] = p.Seq
	}
	request := func() wire.Request { return &wire.Chains{Room: m.room.id, Seqs: seqs} }
	a.insist(alarmMend, request, func(reply wire.Reply) {
		if f, ok := reply.(*wire.ChainsAt); ok && g.net.mending == m {
			m.narrow(f)
			a.mendStep()
		}
	}, func(err error) { a.mendGivenUp(m, err) })
}

// spread returns places between same and differ, ascending, the last one just
// below differ: what was lost is usually short.
func (m *mend) spread() []chat.Seq {
	n := m.differ - m.same - 1
	if n <= mendPlaces {
		all := make([]chat.Seq, 0, n)
		for seq := m.same + 1; seq < m.differ; seq++ {
			all = append(all, seq)
		}
		return all
	}
	list := make([]chat.Seq, mendPlaces)
	for i := range list {
		list[i] = m.same + n/mendPlaces*chat.Seq(i+1) + n%mendPlaces*chat.Seq(i+1)/mendPlaces //nolint:gosec // small
	}
	return list
}

// narrow takes the server's answer over. A place it leaves out is beyond its head.
func (m *mend) narrow(f *wire.ChainsAt) {
	theirs := map[chat.Seq]chat.Hash{}
	for _, h := range f.Chains {
		theirs[h.Seq] = h.Chain
	}
	for _, p := range m.asked {
		chain, ok := theirs[p.Seq]
		if !ok && p.Seq <= f.Purged { // nobody can tell any more
			m.same = p.Seq
			continue
		}
		if !ok || chain != p.Chain {
			m.differ = p.Seq
			return
		}
		m.same = p.Seq
	}
}

func (a *App) mendGivenUp(m *mend, err error) {
	a.log.Error("the common part of a room's history was not found", "room", m.room.id, "err", err)
	if code := chat.CodeOf(err); code == chat.CodeNotMember || code == chat.CodeRoomGone {
		a.gone(m.room)
	}
	if c := a.group.net; c.mending == m {
		c.mending = nil
		a.mendNext()
	}
}

// mended goes on from the common part: what lies behind it here is put aside,
// own messages among it are offered for sending again, and the server is asked
// for what it has instead. The room stays closed for pushes until it answers.
func (a *App) mended(m *mend) {
	g, r := a.group, m.room
	g.net.mending = nil
	if m.same < r.c.Cursor.Seq && !a.rewind(r, m.same) {
		return
	}
	a.log.Info("the common part of a room's history was found", "room", r.id, "seq", m.same)
	a.resync(r)
	a.mendNext()
}

// rewind takes a room back to a place the server has, too; false if the disk
// failed.
func (a *App) rewind(r *room, to chat.Seq) bool {
	g := a.group
	state, err := a.stateAt(r, to)
	if err != nil {
		a.storeTrouble(err)
		return false
	}
	if f := g.net.fill; f != nil && f.room == r {
		g.net.fill = nil
	}
	first, err := g.store.Event(a.disk, r.id, 1)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		a.storeTrouble(err)
		return false
	}
	edits, err := a.lostEdits(r, to)
	if err == nil && to == 0 {
		err = g.keepWas(a.disk, r)
	}
	if err != nil {
		a.storeTrouble(err)
		return false
	}
	done, err := g.store.Rewind(a.disk, r.id, store.Rewinding{
		To: to, State: state, Edited: edited,
		Offer: func(e *chat.Event) (chat.Kind, []byte, bool) {
			kind, body, ok := g.offer(e, &first, to)
			if ok && kind == chat.KindMessage {
				body, ok = edits.of(e)
			}
			return kind, body, ok
		},
	})
	if err != nil {
		a.storeTrouble(err)
		return false
	}
	fault.Point(fault.ClientMendPutAside)
	if done.Left > 0 {
		a.log.Warn("the outbox has no space for lost messages", "room", r.id, "left", done.Left)
	}
	for i := range done.Moved {
		g.moveEntry(&done.Moved[i])
	}
	for _, mid := range done.Dropped {
		g.dropEntry(mid)
	}
	for i := range done.Offered {
		g.addEntry(&done.Offered[i])
	}
	a.readGaps(r)
	a.reloadOutbox() // what was acknowledged there is in doubt
	stored, err := g.store.Room(a.disk, r.id)
	if err != nil {
		a.storeTrouble(err)
		return false
	}
	delete(g.reads, r.id)
	r.c, r.back = done.Counters, r.back.again(to)
	g.doubtKeywords(r)
	r.state = state
	a.setPeople(r)
	a.readBack(r, to)
	r.setLast(stored.Last, stored.LastText, g.me())
	for _, o := range r.out {
		o.row = nil
	}
	if err := g.learnLost(a.disk, r); err != nil {
		a.log.Warn("who was lost with a part of a room was not read", "room", r.id, "err", err)
	}
	g.touch(r)
	a.changes.addRoom(r.id, RoomChange{Reload: true, Waiting: true})
	a.log.Warn("the server has lost events", "room", r.id, "lost", done.Lost, "offered", len(done.Offered), "head", to)
	a.notice(Notice{Kind: NoticeLost, Room: r.id, Count: len(done.Offered)})
	return true
}

// foldPage is how many events are folded at once.
const foldPage = 2000

// stateAt folds a room's log up to a place; nil at 0. Where the log is not all here, the
// present state serves until the server has given the right one.
func (a *App) stateAt(r *room, to chat.Seq) (*chat.Room, error) {
	if to == 0 {
		return nil, nil
	}
	for _, gap := range r.gaps {
		if gap.From <= to {
			a.setStale(r, true)
			return r.state, nil
		}
	}
	state := chat.NewRoom(r.id)
	for after := chat.Seq(0); ; {
		win, err := a.group.store.Messages(a.disk, r.id, store.Query{Place: store.After, Seq: after, Limit: foldPage})
		if err != nil {
			return nil, err
		}
		for i := range win.Events {
			e := &win.Events[i]
			if e.Seq > to {
				return state, nil
			}
			after = e.Seq
			if e.Kind == chat.KindMessage || e.Erased {
				continue
			}
			if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil {
				state.Apply(e, body)
			}
		}
		if !win.MoreAfter {
			return state, nil
		}
	}
}

// offer words an own event that the server has lost as it was sent: the server
// completes some bodies before it stores them. What the server made itself (the
// joins that a creation brings among it), and what was erased, is nobody's to
// send.
func (g *group) offer(e, first *chat.Event, to chat.Seq) (chat.Kind, []byte, bool) {
	if e.Erased {
		return "", nil, false
	}
	body, bad := wire.ParseBody(e.Kind, e.Body)
	if bad != nil {
		return "", nil, false
	}
	switch b := body.(type) {
	case chat.Text, chat.RoomCreate, chat.Remove, chat.Rename, chat.Topic, chat.Archive, chat.Keep, chat.Readings, chat.SetHistory:
		return e.Kind, e.Body, true
	case chat.Edit, chat.Delete, chat.Reaction, chat.Unreaction, chat.Pin, chat.Unpin:
		return e.Kind, e.Body, chat.TargetOf(body) <= to // behind it, another message may stand there
	case chat.Join:
		if e.MID == chat.DerivedMID(first.MID, "join", b.Account) {
			return "", nil, false
		}
		sent := chat.Join{Account: b.Account}
		if b.Account == g.me() {
			sent.Account = chat.AccountID{}
		}
		body = sent
	case chat.Leave:
		body = chat.Leave{}
	default:
		return "", nil, false
	}
	raw, err := wire.EncodeBody(body)
	return e.Kind, raw, err == nil
}

// lostRoom deals with a room that a restored server does not have at all: whoever
// made it here is offered to make it again. It reports whether that is so.
func (a *App) lostRoom(r *room) bool {
	g := a.group
	if !r.synced(g.me()) && !r.diverged || r.c.Cursor.Seq == 0 || r.c.Gone {
		return false
	}
	e, err := g.store.Event(a.disk, r.id, 1)
	if err != nil || e.Kind != chat.KindRoomCreate || e.Device != g.owner.Device {
		return false
	}
	if r.synced(g.me()) {
		g.digest = g.digest.Remove(r.id, r.c.Cursor.Seq)
	}
	return a.rewind(r, 0)
}

// lostMembership deals with a room that we belong to and a restored server does not
// tell us of: it is from before we came in, so it has nothing from there on. What we
// wrote waits in the outbox, held, for when we are members again. It reports whether
// that is so.
func (a *App) lostMembership(r *room) bool {
	g := a.group
	if !r.synced(g.me()) && !r.diverged || r.c.Cursor.Seq == 0 || r.c.Gone {
		return false
	}
	came, err := a.cameIn(r)
	if err != nil {
		a.storeTrouble(err)
		return false
	}
	if came == 0 {
		return false
	}
	if r.synced(g.me()) {
		g.digest = g.digest.Remove(r.id, r.c.Cursor.Seq)
	}
	// The first event stays even if the server has not even that: without it the room
	// would be gone from sight. If it speaks of the room again, the chain decides.
	if to := max(came-1, 1); to < r.c.Cursor.Seq && !a.rewind(r, to) {
		return false
	}
	a.gone(r)
	return true
}

// cameIn finds where the person came into a room last; 0 if that is not stored here.
func (a *App) cameIn(r *room) (chat.Seq, error) {
	for before := r.c.Cursor.Seq + 1; before > 1; {
		win, err := a.group.store.Messages(a.disk, r.id, store.Query{Place: store.Before, Seq: before, Limit: foldPage})
		if err != nil {
			return 0, err
		}
		for i := len(win.Events) - 1; i >= 0; i-- {
			e := &win.Events[i]
			for _, gap := range win.Gaps {
				if gap.Hole && gap.From > e.Seq && gap.From < before {
					return 0, nil // it may lie in there
				}
			}
			before = e.Seq
			if e.Kind != chat.KindJoin || e.Erased {
				continue
			}
			body, _ := wire.ParseBody(e.Kind, e.Body)
			if b, ok := body.(chat.Join); ok && b.Account == a.group.me() {
				return e.Seq, nil
			}
		}
		if !win.MoreBefore || len(win.Events) == 0 {
			return 0, nil
		}
	}
	return 0, nil
}

// rejoined opens a room for pushes again, once the server has said that it goes on
// from our cursor.
func (a *App) rejoined(r *room, head chat.Seq) {
	g := a.group
	r.diverged, r.divergedTold = false, false
	r.settling = head > r.c.Cursor.Seq
	if r.synced(g.me()) {
		g.digest = g.digest.Add(r.id, r.c.Cursor.Seq)
	}
	g.touch(r)
}

// alarmOf is the name of an alarm that each room has of its own.
func alarmOf(name alarmName, r *room) alarmName {
	return name + alarmName(hex.EncodeToString(r.id[:]))
}
