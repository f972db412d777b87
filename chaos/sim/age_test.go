package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Rooms that keep what is written for some days only (docs/adr/0038): somebody says so,
// everybody goes away, days pass, and they come back to what is left.

const day = 24 * time.Hour

// purgeLate is how much later than a day too late something may still be there: a server
// looks once an hour, and its purge clock catches up after a restart.
const purgeLate = 3 * time.Hour

// purgeHaste is how much faster than time passes the purge clock may catch up, by docs/adr/0038.
const purgeHaste = 8

// doAge has an owner say how long a room keeps what is written, and lets so much time
// pass: most are away, one perhaps with a message whose answer was lost.
func (w *world) doAge() {
	p, room := w.owner()
	if w.aged >= 3 || w.fell() {
		return
	}
	days := 1 + w.r.IntN(2)
	if w.aged++; p != nil {
		if w.r.IntN(6) == 0 {
			days = 0
		}
		w.note("%s: %s keeps what is written for %d days: %v", p.name, room.Name, days, p.life.app.KeepRoom(w.ctx, room.ID, days))
		w.count("rooms told how long to keep", 1)
		w.pause(3 * time.Second)
	}
	if q := w.somebody(); q != nil && w.r.IntN(3) > 0 {
		w.unheardOf(q)
	}
	stays := w.r.IntN(4 * len(w.people))
	for i, q := range w.people {
		switch {
		case i == stays:
			q.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
			q.nic.set(airGood)
		case w.r.IntN(3) == 0 && q.life != nil:
			q.nic.power()
			q.quit()
		default:
			q.quit()
		}
	}
	w.disk.be(false, 3*time.Millisecond)
	w.disk.arm(0, false)
	if w.r.IntN(3) == 0 {
		w.disk.armPurge(1+w.r.IntN(2), w.r.IntN(2) == 0)
	}
	span := time.Duration(max(days, 1))*day + time.Duration(w.r.Int64N(int64(30*time.Hour)))
	w.note("%v pass", span.Round(time.Minute))
	w.passes(span)
	for _, q := range w.people {
		if q.life == nil && w.r.IntN(4) > 0 {
			q.run()
		}
	}
	w.pause(20 * time.Second)
}

// passes lets time pass, whatever the server's power does.
func (w *world) passes(span time.Duration) {
	for end := time.Now().Add(span); time.Now().Before(end); {
		time.Sleep(min(30*time.Minute, time.Until(end)))
		w.tend()
	}
}

// unheardOf has somebody write what reaches the server and is not answered: they know of
// it again when it may have been purged.
func (w *world) unheardOf(q *person) {
	room, ok := q.joined(w.r)
	if !ok || !q.live() {
		return
	}
	q.nic.set(airHalfDn)
	for range 1 + w.r.IntN(3) {
		q.say(room.ID)
		time.Sleep(50 * time.Millisecond)
	}
	w.note("%s: is not told that what it wrote in %s arrived", q.name, room.Name)
	w.pause(4 * time.Second)
	q.nic.power()
	q.quit()
	q.nic.set(airGood)
}

// owner returns somebody who owns a room, with their program running.
func (w *world) owner() (*person, app.RoomView) {
	first := w.r.IntN(len(w.people))
	for i := range w.people {
		p := w.people[(first+i)%len(w.people)]
		if p.view() == nil || w.gone[p.stored.ID] != nil {
			continue
		}
		for _, r := range p.view().Rooms {
			if r.Joined && !r.Pending && slices.ContainsFunc(r.Members, func(m app.MemberView) bool { return m.Me && m.Role == chat.RoleOwner }) {
				return p, r
			}
		}
	}
	return nil, app.RoomView{}
}

// remember keeps a copy of what is about to be purged: logs are compared whole.
func (w *world) remember(s storage.Store, room chat.RoomID, through chat.Seq) {
	log, err := s.Room(w.ctx, room)
	for from := log.Floor.Seq + 1; err == nil && from <= through; {
		var page storage.Page
		if page, err = s.Read(w.ctx, room, from, through, 1<<20, 1<<30); err != nil || len(page.Events) == 0 {
			break
		}
		w.mu.Lock()
		if w.past[room] == nil {
			w.past[room] = map[chat.Seq]chat.Event{}
		}
		for _, e := range page.Events {
			w.past[room][e.Seq] = e
			from = e.Seq + 1
		}
		w.mu.Unlock()
	}
	if err != nil && !errors.Is(err, storage.ErrClosed) && !errors.Is(err, context.Canceled) {
		w.violate("harness", "reading what is to be purged: %v", err)
	}
}

// purged returns a room's events up to a place, which the server has no more.
func (w *world) purged(room chat.RoomID, through chat.Seq) (events []chat.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for seq := chat.Seq(1); seq <= through; seq++ {
		e, ok := w.past[room][seq]
		if !ok {
			w.violations = append(w.violations, violation{"purge", fmt.Sprintf("%d of room %s is not there, and was never purged", seq, room)})
			return events
		}
		events = append(events, e)
	}
	return events
}

// keeps is for how many days a room keeps what is written, as people understand it: the
// shorter of what the room and the server say, where either says anything.
func (w *world) keeps(room int) int {
	server := w.options.KeepDays
	switch {
	case room == 0:
		return server
	case server == 0:
		return room
	}
	return min(room, server)
}

// checkPurges: nothing is purged before its time, without a word, or by anybody but the
// server; what is too old is; and the disk has followed.
func (w *world) checkPurges(id chat.RoomID, log *serverLog) {
	keep, told := 0, chat.Seq(0)
	for i := range log.events {
		e := &log.events[i]
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if bad != nil || e.Erased {
			continue
		}
		switch b := body.(type) {
		case chat.Keep:
			keep = b.Days
		case chat.Purge:
			w.count("purges", 1)
			days := w.keeps(keep)
			if days == 0 || !e.Author.IsZero() || b.Seq >= e.Seq || b.Seq <= told {
				w.violate("purge", "%d of room %s purges up to %d (before: %d), in the name of %s; it keeps %d days", e.Seq, id, b.Seq, told, e.Author, days)
				continue
			}
			for n := told; n < b.Seq; n++ {
				if age := time.Duration(e.Time-log.events[n].Time) * time.Millisecond; age < time.Duration(days)*day {
					w.violate("purge", "%d of room %s was purged at %d when it was %v old; it keeps %d days", n+1, id, e.Seq, age, days)
				}
			}
			told = b.Seq
		}
	}
	if told != log.state.Purged || log.floor > told {
		w.violate("purge", "room %s is purged up to %d by its log, %d by its state, %d on the disk", id, told, log.state.Purged, log.floor)
	}
	days := w.keeps(keep)
	if days == 0 || int(told) >= len(log.events) {
		return
	}
	if e := &log.events[told]; e.Kind != chat.KindPurge && time.Now().UnixMilli()-e.Time > (time.Duration(days+1)*day+purgeLate).Milliseconds() {
		w.violate("purge", "%d of room %s is %v old and is still kept, where it should be %d days", told+1, id, time.Since(time.UnixMilli(e.Time)), days)
	}
}

// checkFloors: in the end the disk holds nothing of what the log says is purged.
func (w *world) checkFloors() {
	behind := func() (list []string) {
		for _, id := range w.rooms {
			if log, err := w.disk.Room(w.ctx, id); err == nil && log.State != nil && log.Floor.Seq != log.State.Purged {
				list = append(list, fmt.Sprintf("room %s is purged up to %d, on the disk up to %d", id, log.State.Purged, log.Floor.Seq))
			}
		}
		return list
	}
	w.until(purgeLate, func() bool {
		if len(behind()) == 0 {
			return true
		}
		time.Sleep(10 * time.Minute)
		return false
	})
	for _, text := range behind() {
		w.violate("purge", "%s", text)
	}
}

// checkStays: what somebody wrote and was shown in the log is still on their device, also
// when the server keeps nothing of it any more.
func (p *person) checkStays(logs map[chat.RoomID]*serverLog) {
	if p.setBack || !p.w.restored.IsZero() {
		return
	}
	p.mu.Lock() // programs are still watched
	logged := slices.DeleteFunc(slices.Clone(p.entries), func(e *entry) bool { return !e.logged })
	p.mu.Unlock()
	has := map[chat.RoomID]map[chat.MID]bool{}
	for _, e := range logged {
		log := logs[e.room]
		if at := log.mids[e.mid]; len(at) != 1 || at[0] > log.state.Purged {
			continue
		}
		if has[e.room] == nil {
			has[e.room] = map[chat.MID]bool{}
			for _, m := range p.rows(e.room, true) {
				has[e.room][m.MID] = true
			}
		}
		if !has[e.room][e.mid] {
			p.w.violate("I8", "%s does not have %q any more, which the server has purged", p.name, e.text)
		}
	}
}
