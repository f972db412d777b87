package sim

import (
	"errors"
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/server/storage"
)

// Accounts that whoever runs the server shuts out for a while, or deletes for good
// (docs/adr/0039).

// shutBound is how long a connection may outlive its account's right to it.
const shutBound = time.Second

// shut is a time in which an account was shut out; until is zero while it is.
type shut struct {
	from, until time.Time
}

// farewell is an account that was deleted.
type farewell struct {
	erase bool
	at    time.Time
	sure  bool // the server said so before any power cut
}

// isShut reports whether an account is shut out, by the server's own word.
func (w *world) isShut(account chat.AccountID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.shuts[account]
	return len(list) > 0 && list[len(list)-1].until.IsZero()
}

// suspend shuts an account out, or lets it in again.
func (w *world) suspend(p *person, on bool) {
	id, begin := p.stored.ID, time.Now()
	_, err := w.srv.Suspend(w.ctx, id, on)
	w.note("server: %s is shut out (%v): %v", p.stored.Name, on, err)
	if a, read := w.disk.Account(w.ctx, id); read == nil && err != nil && a.Disabled == on {
		err = nil // the flag is there; a room could not be passed on
	}
	if err != nil {
		return
	}
	w.count("accounts shut out or let in", 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.shuts[id]
	switch {
	case on:
		w.shuts[id] = append(list, shut{from: time.Now()})
	case len(list) > 0:
		list[len(list)-1].until = begin
	}
}

// doSuspend shuts somebody out who is in, or lets in who is not.
func (w *world) doSuspend() {
	p := w.anybody()
	if w.fell() || w.gone[p.stored.ID] != nil {
		return
	}
	if w.isShut(p.stored.ID) {
		w.suspend(p, false)
		if w.r.IntN(2) == 0 {
			w.retry(p.stored.ID)
		}
		return
	}
	if w.r.IntN(3) == 0 {
		w.disk.armPeople(1, w.r.IntN(2) == 0)
	}
	w.suspend(p, true)
	if !w.isShut(p.stored.ID) || w.fell() {
		return
	}
	time.Sleep(shutBound)
	for _, q := range w.people {
		if q.stored.ID == p.stored.ID && w.calm(q.name) && q.view() != nil && q.live() && !w.fell() {
			w.violate("shut out", "%s is live %v after its account was shut out", q.name, shutBound)
		}
	}
	if q := w.somebodyOf(p.stored.ID); q != nil && w.r.IntN(2) == 0 { // what they write waits
		if room, ok := q.joined(w.r); ok {
			q.say(room.ID)
		}
	}
}

// retry has the devices of an account try again, as people do.
func (w *world) retry(account chat.AccountID) {
	for _, q := range w.people {
		if q.stored.ID == account && q.view() != nil {
			q.life.app.TryNow()
		}
	}
}

// somebodyOf returns a device of an account whose program is ready.
func (w *world) somebodyOf(account chat.AccountID) *person {
	for _, q := range w.people {
		if q.stored.ID == account && q.view() != nil {
			return q
		}
	}
	return nil
}

// doDelete deletes an account, once in a run, and every other time cuts the power while
// its rooms are told.
func (w *world) doDelete() {
	p := w.anybody()
	if len(w.gone) > 0 || w.fell() || w.accounts() < 3 && w.r.IntN(3) > 0 {
		return
	}
	switch w.r.IntN(4) {
	case 0:
		w.disk.armPeople(1, w.r.IntN(2) == 0)
	case 1:
		w.disk.arm(1+w.r.IntN(3), w.r.IntN(2) == 0)
	}
	w.remove(p.stored.ID, w.r.IntN(2) == 0)
	w.pause(2 * time.Second)
}

// remove deletes an account.
func (w *world) remove(id chat.AccountID, erase bool) {
	err := w.srv.DeleteAccount(w.ctx, id, erase)
	w.note("server: account %s is deleted, with what it wrote: %v: %v", id.String()[:6], erase, err)
	w.count("accounts deleted", 1)
	if w.gone[id] == nil {
		w.gone[id] = &farewell{erase: erase, at: time.Now()}
	}
	w.gone[id].sure = w.gone[id].sure || err == nil
}

// accounts counts those that are not deleted.
func (w *world) accounts() int {
	seen := map[chat.AccountID]bool{}
	for _, p := range w.people {
		if w.gone[p.stored.ID] == nil {
			seen[p.stored.ID] = true
		}
	}
	return len(seen)
}

// judged settles what a power cut has left in doubt, by what the server knows: a deletion
// that it said is done must be so.
func (w *world) judged() {
	for id, f := range w.gone {
		a, err := w.disk.Account(w.ctx, id)
		w.must(err)
		switch {
		case a.Deletion != storage.DeletionNone:
			f.erase = f.erase && (a.Deletion == storage.DeletionErases || a.Deletion == storage.DeletionErased)
		case f.sure:
			w.violate("deleted", "an account that was deleted is there again")
		default:
			w.note("server: that an account was deleted never reached the disk")
			delete(w.gone, id)
		}
	}
	for _, p := range w.people {
		a, err := w.disk.Account(w.ctx, p.stored.ID)
		w.must(err)
		if on := w.isShut(p.stored.ID); w.gone[p.stored.ID] == nil && on && !a.Disabled {
			w.violate("shut out", "%s was shut out, and is not any more", p.stored.Name)
		} else if !on && a.Disabled && w.gone[p.stored.ID] == nil {
			w.suspend(p, false) // the power failed before the server could say so
			w.retry(p.stored.ID)
		}
	}
}

// again says once more what a restored backup has forgotten about accounts.
func (w *world) again() {
	for id, f := range w.gone {
		f.at = time.Now()
		w.remove(id, f.erase)
	}
	for _, p := range w.people {
		if w.isShut(p.stored.ID) && w.gone[p.stored.ID] == nil {
			_, err := w.srv.Suspend(w.ctx, p.stored.ID, true)
			w.must(err)
		} else if a, err := w.disk.Account(w.ctx, p.stored.ID); err == nil && a.Disabled && a.Deletion == storage.DeletionNone {
			_, err := w.srv.Suspend(w.ctx, p.stored.ID, false)
			w.must(err)
		}
	}
}

// rest waits until whoever is shut out or gone has come to rest and says why, looks what
// they still have, and lets those in who may.
func (w *world) letIn() {
	w.judged()
	w.until(90*time.Second, func() bool { // a disk that was full is tried again each minute
		for id := range w.gone {
			if a, err := w.disk.Account(w.ctx, id); err != nil || a.Deletion.Pending() {
				return false
			}
		}
		return true
	})
	for _, p := range w.people {
		reason := app.ReasonSuspended
		if w.gone[p.stored.ID] != nil {
			reason = app.ReasonDeleted
		} else if !w.isShut(p.stored.ID) {
			continue
		}
		if _, ok := w.until(boundLive+slack, func() bool { return p.stopped(reason) }); !ok {
			w.violate("shut out", "%s does not say that its account is %s: %+v", p.name, reason, p.life.app.View().Connection)
		}
	}
	for _, p := range w.people {
		if w.isShut(p.stored.ID) && w.gone[p.stored.ID] == nil {
			w.suspend(p, false)
			if w.isShut(p.stored.ID) {
				w.violate("shut out", "%s is not let in again", p.stored.Name)
			}
		}
	}
	for _, p := range w.people {
		if w.gone[p.stored.ID] == nil && !p.live() {
			p.life.app.TryNow()
		}
	}
}

// stopped reports whether a program has come to rest for a reason.
func (p *person) stopped(reason app.Reason) bool {
	v := p.view()
	return v != nil && v.Connection.State == app.ConnStopped && v.Connection.Reason == reason
}

// checkShut: while an account was shut out, or after it was deleted, nothing of it got
// into any log.
func (w *world) checkShut(id chat.RoomID, log *serverLog) {
	if !w.restored.IsZero() {
		return
	}
	for i := range log.events {
		e := &log.events[i]
		at := time.UnixMilli(e.Time)
		for _, s := range w.shuts[e.Author] {
			if at.After(s.from.Add(shutBound)) && (s.until.IsZero() || at.Before(s.until.Add(-time.Millisecond))) {
				w.violate("shut out", "%d of room %s is of an account that had been shut out for %v", e.Seq, id, at.Sub(s.from))
			}
		}
		if f := w.gone[e.Author]; f != nil && at.After(f.at.Add(shutBound)) {
			w.violate("deleted", "%d of room %s is of an account that had been deleted for %v", e.Seq, id, at.Sub(f.at))
		}
	}
}

// checkErased: what is erased somebody has deleted, or it went with its author; and what
// was to go with its author has.
func (w *world) checkErased(id chat.RoomID, log *serverLog) {
	for i := range log.events {
		e := &log.events[i]
		if e.Kind != chat.KindMessage || e.Seq <= log.state.Purged {
			continue
		}
		f := w.gone[e.Author]
		erase := f != nil && f.erase
		switch {
		case e.Erased && !erase && !w.deleted[e.MID]:
			w.violate("erased", "%d of room %s is erased, and nobody asked for that", e.Seq, id)
		case !e.Erased && erase:
			w.violate("erased", "%d of room %s is there, and was to go with its author", e.Seq, id)
		}
	}
}

// checkGone: of a deleted account nothing is left but what stays by design.
func (w *world) checkGone(logs map[chat.RoomID]*serverLog) {
	for id, f := range w.gone {
		a, err := w.disk.Account(w.ctx, id)
		w.must(err)
		if want := storage.DeletionDone; a.Deletion != want && !(f.erase && a.Deletion == storage.DeletionErased) {
			w.violate("deleted", "the deletion of an account has come to %d", a.Deletion)
		}
		if a.Display != "" || a.Verifier != nil || !a.Disabled {
			w.violate("deleted", "of a deleted account there is still %q, a verifier of %d bytes", a.Display, len(a.Verifier))
		}
		devices, err := w.disk.Devices(w.ctx, id)
		w.must(err)
		for i := range devices {
			if len(devices[i].Key) > 0 || devices[i].Name != "" {
				w.violate("deleted", "a deleted account has a device with a key or a name")
			}
		}
		markers, err := w.disk.AccountMarkers(w.ctx, id)
		w.must(err)
		if _, err := w.disk.Setting(w.ctx, storage.BlocksSetting(id)); !errors.Is(err, storage.ErrNotFound) || len(markers) > 0 {
			w.violate("deleted", "a deleted account has %d read positions; whom it blocked: %v", len(markers), err)
		}
		for room, log := range logs {
			if m, known := log.state.Person(id); known && (!m.Deleted || m.Name != "" || log.state.Members[id].Account == id) {
				w.violate("deleted", "room %s still knows a deleted account: %+v", room, m)
			}
		}
	}
	for _, p := range w.people {
		if w.gone[p.stored.ID] == nil {
			p.checkStrangers()
		}
	}
}

// checkStrangers: nobody is shown a deleted account among the members, or by its name.
func (p *person) checkStrangers() {
	for _, r := range p.view().Rooms {
		if !r.Joined || r.Pending {
			continue
		}
		for _, m := range r.Members {
			if f := p.w.gone[m.Account]; f != nil && !m.Deleted {
				p.w.violate("deleted", "%s is shown a deleted account as a member of %s", p.name, r.Name)
			}
		}
		for _, m := range p.rows(r.ID, false) {
			if p.w.gone[m.Author] != nil && m.Name != app.DeletedName && !m.Lost {
				p.w.violate("deleted", "%s is shown %d of %s by %q, whose account was deleted", p.name, m.Seq, r.Name, m.Name)
			}
		}
	}
}

// staying are the devices of accounts that are not deleted.
func (w *world) staying() []*person {
	return slices.DeleteFunc(slices.Clone(w.people), func(p *person) bool { return w.gone[p.stored.ID] != nil })
}

// shutLong reports whether an account has been shut out, or was deleted, for longer than
// anything takes to arrive over a good line. It is asked by those who watch.
func (w *world) shutLong(p *person) bool {
	if !w.calm(p.name) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.shuts[p.stored.ID]
	return len(list) > 0 && list[len(list)-1].until.IsZero() && time.Since(list[len(list)-1].from) > 2*shutBound
}
