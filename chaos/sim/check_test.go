package sim

import (
	"errors"
	"maps"
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// heal ends all faults and waits until everybody has everything.
func (w *world) heal() {
	w.note("everything is healed")
	w.disk.arm(0, false)
	w.disk.be(false, 3*time.Millisecond)
	for _, p := range w.people {
		p.nic.arm(0)
	}
	w.tend()
	for _, p := range w.people {
		p.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
		p.nic.set(airGood)
		if p.life == nil {
			p.run()
		}
		p.life.app.TryNow()
		p.life.app.Wake()
	}
	w.letIn()
	w.until(boundLive+slack, func() bool {
		return !slices.ContainsFunc(w.staying(), func(p *person) bool { return !p.live() })
	})
	for _, p := range w.staying() {
		if !p.live() {
			w.violate("bound", "%s is not live %v after the network returned: %+v", p.name, boundLive, p.life.app.View().Connection)
		}
	}
	if w.restored.IsZero() {
		w.drain()
	} else { // messages may wait for the person's word on what makes their room
		time.Sleep(5 * time.Second) // histories are compared
	}
	w.settle()
	w.reopens()
	time.Sleep(5 * time.Second)
	if lossy { // the last push of all may be among the lost, and a heartbeat has to notice
		time.Sleep(boundIdle)
	}
	w.drain()
	if w.aged > 0 { // whatever is too old has to be found, also by a clock that was put back
		w.passes(purgeLate + w.lag/purgeHaste)
	}
	for _, p := range w.staying() {
		if took, ok := w.until(30*time.Second, p.whole); !ok { // older parts come in the background
			w.violate("I7", "%s still misses something after %v", p.name, took)
		}
	}
}

// drain waits until nothing waits to be sent.
func (w *world) drain() {
	for _, p := range w.staying() {
		if _, ok := w.until(30*time.Second, func() bool { v := p.view(); return v != nil && v.Waiting == 0 && p.live() }); !ok {
			v := p.life.app.View()
			w.violate("I3", "%s: %d wait after 30 s of connectivity, %d failed: %+v", p.name, v.Waiting, v.Failed, v.Connection)
			w.listOutbox(p)
		}
	}
}

func (w *world) listOutbox(p *person) {
	list, err := p.life.app.Outbox(w.ctx)
	if err != nil {
		w.note("outbox of %s: %v", p.name, err)
	}
	for _, o := range list[:min(len(list), 12)] {
		w.note("outbox of %s: %s %s %q %s %+v transmitted %v", p.name, o.RoomName, o.Message.Kind, o.Message.Text, o.Message.State, o.Message.Failure, o.Transmitted)
	}
}

// settle gives the people's word: what failed or is held is sent again, until
// that changes nothing any more.
func (w *world) settle() {
	for before, same, rounds := -1, 0, 0; ; rounds++ {
		if rounds == 20 {
			w.violate("retry", "after %d rounds still other entries fail than before", rounds)
			break
		}
		failed := 0
		for _, p := range w.staying() {
			p.markFailed()
			n, err := p.life.app.RetryAll(w.ctx)
			if err != nil {
				w.violate("retry", "%s: %v", p.name, err)
			}
			failed += n
		}
		if same++; failed != before {
			before, same = failed, 0
		}
		if failed == 0 || same == 2 {
			break
		}
		time.Sleep(time.Second)
		w.drain()
	}
	w.drain()
}

// markFailed remembers which messages did not go their way at once.
func (p *person) markFailed() {
	list, err := p.life.app.Outbox(p.w.ctx)
	if err != nil {
		p.w.violate("read", "%s: %v", p.name, err)
	}
	for _, o := range list {
		for _, e := range p.entries {
			if e.mid == o.Message.MID && o.Message.State == app.StateFailed {
				e.failed = true
			}
		}
	}
}

// serverLog is what the server has of a room.
type serverLog struct {
	events []chat.Event
	chains []chat.Hash
	state  *chat.Room
	left   map[chat.AccountID]chat.Seq // where somebody left last
	spans  map[chat.AccountID][]span
	uneven bool // not everybody reads from the start, or did once
	mids   map[chat.MID][]chat.Seq
	floor  chat.Seq // the disk has nothing up to there; the events are those that were purged
}

func (w *world) readLog(id chat.RoomID) *serverLog {
	l := &serverLog{state: chat.NewRoom(id), left: map[chat.AccountID]chat.Seq{}, mids: map[chat.MID][]chat.Seq{}, spans: map[chat.AccountID][]span{}}
	kept, err := w.disk.Room(w.ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return l
	}
	w.must(err)
	l.floor = kept.Floor.Seq
	page, err := w.disk.Read(w.ctx, id, l.floor+1, 1<<40, 1<<20, 1<<30)
	w.must(err)
	if l.events = w.purged(id, l.floor); len(l.events) != int(l.floor) {
		panic(abort{}) // has been told
	}
	l.events = append(l.events, page.Events...)
	chain, rule := chat.Hash{}, rule{}
	for i := range l.events {
		e := &l.events[i]
		chain = e.Chain(chain)
		l.chains = append(l.chains, chain)
		l.mids[e.MID] = append(l.mids[e.MID], e.Seq)
		if e.Erased {
			continue
		}
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if bad != nil {
			w.violate("log", "body of %d: %v", e.Seq, bad)
			continue
		}
		l.follow(e, body, &rule)
		l.state.Apply(e, body)
		switch b := body.(type) {
		case chat.Leave:
			l.left[e.Author] = e.Seq
		case chat.Remove:
			if l.state.Former[b.Account].Left == e.Seq {
				l.left[b.Account] = e.Seq
			}
		case chat.Gone:
			if l.state.Former[b.Account].Left == e.Seq {
				l.left[b.Account] = e.Seq
			}
		}
	}
	return l
}

// check compares the records of everybody once all is quiet.
func (w *world) check() {
	w.book.kept(w.disk)
	logs := map[chat.RoomID]*serverLog{}
	for _, id := range w.rooms {
		logs[id] = w.readLog(id)
	}
	for _, p := range w.people {
		if p.view() == nil {
			w.violate("open", "%s: the program has given up: %+v", p.name, p.life.app.View().Problem)
			panic(abort{})
		}
		if w.gone[p.stored.ID] == nil {
			w.checkHeads(p, logs)
			w.checkRows(p, logs)
		}
		w.checkEntries(p, logs)
		p.checkStays(logs)
	}
	for id, log := range logs {
		w.checkOnce(id, log)
		w.checkOwner(id, log)
		w.checkRealTime(id, log)
		w.checkPurges(id, log)
		w.checkShut(id, log)
		w.checkErased(id, log)
	}
	w.checkGone(logs)
	w.checkDirect(logs)
	w.checkModel(logs)
	w.checkFresh()
	w.checkFiles()
	w.checkFloors()
	if err := w.disk.Verify(w.ctx); err != nil {
		w.violate("verify", "%v", err)
	}
	w.gaps.rest()
	for _, p := range w.people {
		p.quit()
		p.checkStore()
	}
}

// checkHeads is I15.
func (w *world) checkHeads(p *person, logs map[chat.RoomID]*serverLog) {
	for id, log := range logs {
		r := p.room(id)
		_, member := log.state.Members[p.stored.ID]
		if r.Pending { // and will never be: its creation was refused
			if head := len(log.events); head > 0 && member {
				w.violate("I15", "%s: room %s is shown as being made, the server has %d events of it", p.name, id, head)
			}
			continue
		}
		if member != r.Joined {
			w.violate("I15", "%s: joined %v in room %s, on the server %v", p.name, r.Joined, id, member)
		}
		if !member {
			continue
		}
		head := chat.Seq(len(log.events))
		if r.Head != head || r.Chain != log.chains[head-1] || r.Diverged {
			w.violate("I15", "%s is at %d of %s (diverged %v), the server at %d", p.name, r.Head, r.Name, r.Diverged, head)
		}
		if r.Name != log.state.Name && !id.Direct() || r.Topic != log.state.Topic || members(&r) != len(log.state.Members) {
			w.violate("apply", "%s: %s/%s with %d members, the server's log says %s/%s with %d", p.name, r.Name, r.Topic, members(&r), log.state.Name, log.state.Topic, len(log.state.Members))
		}
	}
}

// members counts those of a room; conversations go on naming people who are no more.
func members(r *app.RoomView) (n int) {
	for _, m := range r.Members {
		if !m.Deleted {
			n++
		}
	}
	return n
}

// checkRows is I4, I7, I8, I9 and the other half of I10.
func (w *world) checkRows(p *person, logs map[chat.RoomID]*serverLog) {
	for _, r := range p.view().Rooms {
		log := logs[r.ID]
		if log == nil {
			w.violate("I9", "%s has room %s that nobody made", p.name, r.ID)
			continue
		}
		next, unread := chat.Seq(1), 0
		for _, m := range p.rows(r.ID, true) {
			if m.Seq == 0 || m.Lost {
				continue
			}
			if m.Unloaded { // in a hole, which is looked at as such; it stays in a room that was left
				w.checkLodged(p, &r, log, &m)
				continue
			}
			if m.Seq != next && !log.hidden(p.stored.ID, &r, next, m.Seq-1) {
				w.violate("I7", "%s lacks %d to %d of %s: %+v", p.name, next, m.Seq-1, r.Name, r.Complete)
			}
			next = m.Seq + 1
			if m.Kind == chat.KindMessage && !m.Own && !m.Erased && !m.Blocked && m.Seq > r.Read {
				unread++
			}
			w.checkRow(p, &r, log, &m)
		}
		if next != r.Head+1 && !log.hidden(p.stored.ID, &r, next, r.Head) {
			w.violate("I8", "%s: the cursor of %s is at %d, the newest row at %d: purged up to %d, %+v", p.name, r.Name, r.Head, next-1, r.Purged, r.Complete)
		}
		if unread != r.Unread {
			w.violate("I10", "%s: %d unread in %s, the rows behind %d say %d", p.name, r.Unread, r.Name, r.Read, unread)
		}
	}
}

func (w *world) checkRow(p *person, r *app.RoomView, log *serverLog, m *app.MessageView) {
	if _, member := log.state.Members[p.stored.ID]; !member && m.Seq > log.left[p.stored.ID] && w.restored.IsZero() {
		w.violate("I9", "%s left %s at %d and is shown %d", p.name, r.Name, log.left[p.stored.ID], m.Seq)
	}
	if int(m.Seq) > len(log.events) {
		if r.Joined {
			w.violate("I4", "%s has %d of %s, the server does not", p.name, m.Seq, r.Name)
		}
		return
	}
	if w.restored.IsZero() && !log.inside(p.stored.ID, m.Seq) {
		w.violate("I9", "%s was not in %s at %d and is shown it", p.name, r.Name, m.Seq)
	}
	e := &log.events[m.Seq-1]
	if !r.Joined && !w.restored.IsZero() {
		return // of a history that the server has lost, maybe
	}
	if e.MID != m.MID || e.Author != m.Author || e.Kind != m.Kind || log.chains[m.Seq-1] != m.Chain {
		w.violate("I4", "%s has another event at %d of %s", p.name, m.Seq, r.Name)
	}
}

// checkLodged is I4 for what somebody wrote that lies in a hole: of such an event the
// program knows the place and the id alone.
func (w *world) checkLodged(p *person, r *app.RoomView, log *serverLog, m *app.MessageView) {
	if !w.restored.IsZero() && !r.Joined {
		return // of a history that the server has lost, maybe
	}
	if int(m.Seq) > len(log.events) || log.events[m.Seq-1].MID != m.MID || log.events[m.Seq-1].Author != m.Author {
		w.violate("I4", "%s shows %q in a hole of %s at %d, where something else stands", p.name, m.Text, r.Name, m.Seq)
	}
}

// mayFail are the refusals that may stand, for somebody who is not in the room.
var mayFail = []chat.Code{chat.CodeNotMember, chat.CodeForbidden, chat.CodeRoomGone}

// checkEntries is I3, I2 and I5 for what one person wrote on one device.
func (w *world) checkEntries(p *person, logs map[chat.RoomID]*serverLog) {
	outbox, err := p.life.app.Outbox(w.ctx)
	w.must(err)
	waits := map[chat.MID]app.OutboxEntry{}
	for _, o := range outbox {
		waits[o.Message.MID] = o
	}
	texts := map[chat.RoomID]map[string][]chat.Seq{}
	for id, log := range logs {
		texts[id] = map[string][]chat.Seq{}
		for i := range log.events {
			if body, bad := wire.ParseBody(log.events[i].Kind, log.events[i].Body); bad == nil {
				if t, ok := body.(chat.Text); ok {
					texts[id][t.Text] = append(texts[id][t.Text], log.events[i].Seq)
				}
			}
		}
	}
	last := map[chat.RoomID]chat.Seq{}
	for _, e := range p.entries {
		log := logs[e.room]
		at := texts[e.room][e.text]
		for _, words := range w.edits(p.stored.ID, e.mid) { // sent again in the words it had last
			at = append(slices.Clone(at), texts[e.room][words]...)
		}
		if f := w.gone[p.stored.ID]; len(at) == 0 && (w.deleted[e.mid] || f != nil && f.erase) { // its text has gone
			at = log.mids[e.mid]
		}
		o, waiting := waits[e.mid]
		switch {
		case len(at) > 1:
			w.violate("I2", "%q is in the log %d times: %v", e.text, len(at), at)
		case len(at) == 1 && e.refused:
			w.violate("I3", "%q was refused and is in the log", e.text)
		case len(at) == 1 && waiting && w.gone[p.stored.ID] != nil: // nobody could tell them
		case len(at) == 1 && waiting && o.Message.Failure != nil && o.Message.Failure.Code == app.CodeUnkept && at[0] <= log.state.Purged: // is said
		case len(at) == 1 && waiting:
			w.violate("I3", "%q is in the log and in the outbox (%s)", e.text, o.Message.State)
		case len(at) == 0 && e.certain && !waiting && !(w.deleted[e.mid] && !w.restored.IsZero()) && !w.leftBehind(p, e):
			w.violate("I3", "%q of %s is lost", e.text, p.name)
		case len(at) == 0 && waiting && !w.excused(p, log, &o):
			w.violate("I3", "%q was not sent: %+v", e.text, o.Message.Failure)
		}
		if len(at) == 1 && !e.failed {
			if at[0] < last[e.room] {
				w.violate("I5", "%q is at %d, what %s wrote before at %d", e.text, at[0], p.name, last[e.room])
			}
			last[e.room] = at[0]
		}
	}
}

// edits are the words that an account gave a message later, once a backup was restored:
// what the server has lost with it is offered in the words that it had last.
func (w *world) edits(account chat.AccountID, mid chat.MID) (words []string) {
	if w.restored.IsZero() {
		return nil
	}
	for _, p := range w.people {
		for i := range p.wishes {
			if v := &p.wishes[i]; p.stored.ID == account && v.mid == mid && v.what == "edit" && !slices.Contains(words, v.text) {
				words = append(words, v.text)
			}
		}
	}
	return words
}

// excused reports whether an entry may stay failed.
func (w *world) excused(p *person, log *serverLog, o *app.OutboxEntry) bool {
	_, member := log.state.Members[p.stored.ID]
	if w.gone[p.stored.ID] != nil || len(log.events) == 0 && len(w.gone) > 0 && o.Message.Failure != nil && o.Message.Failure.Code == chat.CodeBadValue {
		return true // a room with somebody who is no more is never made, and that is said
	}
	return !member && o.Message.Failure != nil && slices.Contains(mayFail, o.Message.Failure.Code)
}

// leftBehind reports whether an older backup was restored and the person is not in the
// room any more, by their own copy of its log or by what the server says (another of
// their devices has left, and this one is told nothing of it): of rooms that one has
// left a server tells nothing, so nobody can know what it has forgotten there. What
// was written must be readable here all the same. The same holds for whose account is
// deleted: nobody tells them anything.
func (w *world) leftBehind(p *person, e *entry) bool {
	if w.restored.IsZero() {
		return false
	}
	r := p.room(e.room)
	if w.gone[p.stored.ID] == nil && (r.Lost != 0 || r.Joined && slices.ContainsFunc(r.Members, func(m app.MemberView) bool { return m.Me })) {
		return false
	}
	return slices.ContainsFunc(p.rows(e.room, true), func(m app.MessageView) bool { return m.MID == e.mid })
}

// checkOnce is I2 for everything in a log.
func (w *world) checkOnce(id chat.RoomID, log *serverLog) {
	type key struct {
		author chat.AccountID
		mid    chat.MID
	}
	seen := map[key]chat.Seq{}
	for i := range log.events {
		e := &log.events[i]
		k := key{e.Author, e.MID}
		if at, ok := seen[k]; ok {
			w.violate("I2", "room %s has one message id at %d and %d", id, at, e.Seq)
		}
		seen[k] = e.Seq
	}
}

// checkOwner: a room that somebody is in has an owner, once anything has happened in it,
// the server's own from when whom the group belongs to came, and whoever was removed came
// back by an owner's hand alone.
func (w *world) checkOwner(id chat.RoomID, log *serverLog) {
	state, led := chat.NewRoom(id), false
	for i := range log.events {
		e := &log.events[i]
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if bad != nil || e.Erased {
			continue
		}
		if join, ok := body.(chat.Join); ok && state.Former[join.Account].Removed && state.Members[e.Author].Role != chat.RoleOwner {
			w.violate("removed", "%s came back to room %s at %d, brought by %s", join.Name, id, e.Seq, e.Author)
		}
		if remove, ok := body.(chat.Remove); ok && (state.Members[e.Author].Role != chat.RoleOwner || remove.Account == e.Author) {
			w.violate("removed", "%s removed %s from room %s at %d", e.Author, remove.Account, id, e.Seq)
		}
		state.Apply(e, body)
		led = len(state.Members) > 0 && (led || state.Owned())
	}
	if !led && state.Creator.IsZero() {
		if m, in := state.Members[w.people[0].stored.ID]; in && len(w.shuts[m.Account]) == 0 {
			w.violate("owner", "room %s is not owned by whom the group belongs to", id)
		}
		return
	}
	// Who is shut out inherits nothing, and the next event finds out that they are back.
	fit := func(a chat.AccountID) bool { return len(w.shuts[a]) == 0 }
	if _, ok := state.Heir(fit); ok && !slices.ContainsFunc(slices.Collect(maps.Keys(state.Members)), func(a chat.AccountID) bool { return !fit(a) }) {
		w.violate("owner", "room %s has %d members and no owner", id, len(state.Members))
	}
}

// checkRealTime is I6: whoever wrote after somebody was shown an event comes
// behind it.
func (w *world) checkRealTime(id chat.RoomID, log *serverLog) {
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	begun := map[chat.MID]time.Time{}
	for _, p := range w.people {
		for _, e := range p.entries {
			begun[e.mid] = e.begun
		}
	}
	var earliest time.Time // of being shown, among what lies behind
	for i := len(log.events) - 1; i >= 0; i-- {
		e := &log.events[i]
		at, ok := begun[e.MID]
		if ok && !earliest.IsZero() && at.After(earliest) && at.After(w.book.since) {
			w.violate("I6", "%d of room %s was begun %v after something behind it was shown", e.Seq, id, at.Sub(earliest))
		}
		if first, ok := w.book.first[id][e.Seq]; ok && (earliest.IsZero() || first.Before(earliest)) {
			earliest = first
		}
	}
}
