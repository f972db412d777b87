package sim

import (
	"math/rand/v2"
	"time"

	"hearth/app"
)

// leapSoon has the server of every other seed give a room's state, and leave a hole, to
// whoever is only a little behind: a few pages in one room, or in all of them together.
// No draw of its own, so that known seeds do what they did.
func (w *world) leapSoon() {
	if w.seed%2 == 0 {
		return
	}
	page := w.options.Limits.PageEvents
	w.options.LeapRoom = max([]int{3, 8, 20}[w.seed/2%3], page)
	w.options.LeapAll = w.options.LeapRoom + []int{0, 5, 1000}[w.seed/6%3]
}

// farEvery is how many actions lie between two times that somebody comes back far behind.
const farEvery = 25

// far has somebody say something that the server hears and answers in vain, and come back
// on a slow line when others have said so much that it lies in a hole. An answer is written
// down after a second (app's ackPatience), and a hole that is loaded with one page is gone
// by then: so the line is slow, and the hole takes several pages. It may be cut meanwhile.
// It is for every other seed with holes, as it leaves less time for other things, and draws
// from a source of its own, so that all other seeds do what they did.
func (w *world) far(at int) {
	if w.seed%4 != 1 || at%farEvery != farEvery-1 || w.fell() {
		return
	}
	r := rand.New(rand.NewPCG(w.seed, uint64(10+at))) //nolint:gosec // not negative
	p, q, room := w.couple(r)
	if p == nil {
		return
	}
	w.note("%s: is away from %s, and comes back far behind", p.name, room.Name)
	w.count("comings back far behind", 1)
	for _, x := range []*person{p, q} { // what they do is to reach the server
		x.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
		x.nic.set(airGood)
		x.life.app.TryNow()
	}
	w.disk.be(false, 3*time.Millisecond)
	w.until(10*time.Second, func() bool { return p.live() && q.live() })
	if p.view() == nil || q.view() == nil {
		return
	}
	p.nic.set(airHalfDn)
	for range 1 + r.IntN(3) {
		p.say(room.ID)
	}
	time.Sleep(time.Second)
	for range max(w.options.LeapRoom, 4*w.options.Limits.PageEvents) + r.IntN(10) {
		if q.view() == nil || !q.room(room.ID).Joined {
			break
		}
		q.say(room.ID)
		time.Sleep(20 * time.Millisecond)
	}
	w.until(30*time.Second, func() bool { v := q.view(); return v == nil || v.Waiting == 0 })
	if r.IntN(2) == 0 {
		p.quit()
		p.run()
	}
	p.nic.cut()
	slow := 200*time.Millisecond + time.Duration(r.Int64N(int64(500*time.Millisecond)))
	p.nic.speed(slow, slow+50*time.Millisecond, 0)
	p.nic.set(airGood)
	p.life.app.TryNow()
	w.until(10*time.Second, p.live)
	if time.Sleep(4 * slow); r.IntN(3) == 0 {
		p.nic.set(airHole)
	}
	time.Sleep(20 * time.Second)
	p.nic.set(airGood)
}

// couple returns two people who are ready and in one room; nil if there are none.
func (w *world) couple(r *rand.Rand) (p, q *person, room app.RoomView) {
	first := r.IntN(len(w.people))
	for i := range w.people {
		p = w.people[(first+i)%len(w.people)]
		if p.view() == nil || w.gone[p.stored.ID] != nil {
			continue
		}
		for _, q := range w.people {
			if q.stored.ID == p.stored.ID || q.view() == nil || w.gone[q.stored.ID] != nil {
				continue
			}
			for _, room := range p.view().Rooms {
				if room.Joined && !room.Pending && q.room(room.ID).Joined {
					return p, q, room
				}
			}
		}
	}
	return nil, nil, room
}
