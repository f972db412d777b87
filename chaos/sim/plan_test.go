package sim

import (
	"math/rand/v2"
	"time"

	"hearth/app"
)

// action is something that the seed may choose.
type action struct {
	name   string
	weight int
	do     func(w *world)
}

// actions are everything that may happen. Adding one changes what the seeds mean.
var actions = []action{
	{"say", 30, (*world).doSay},
	{"rest", 10, (*world).doRest},
	{"room", 4, (*world).doRoom},
	{"member", 8, (*world).doMember},
	{"read", 4, (*world).doRead},
	{"net", 10, (*world).doNet},
	{"heal", 6, (*world).doHeal},
	{"server", 5, (*world).doServer},
	{"disk", 4, (*world).doDisk},
	{"client", 7, (*world).doClient},
	{"backup", 2, (*world).doBackup},
	{"bound", 3, (*world).doBound},
	{"lost ack", 3, (*world).doLostAck},
	{"change", 14, (*world).doChange},
	{"file", 7, (*world).doFile},
	{"direct", 5, (*world).doDirect},
	{"block", 2, (*world).doBlock},
	{"take back", 4, (*world).doTakeBack},
	{"age", 1, (*world).doAge},
	{"suspend", 3, (*world).doSuspend},
	{"delete", 1, (*world).doDelete},
}

// play makes the world of a seed and lets it happen.
func (w *world) play() {
	w.home = w.folder("server")
	w.mount()
	w.book.disk.Store(w.disk)
	names := []string{"ann", "bob", "cat", "dan"}
	for _, name := range names[:2+w.r.IntN(2)] {
		w.newAccount(name)
	}
	if w.r.IntN(3) == 0 {
		w.another(w.people[0], "ann-2")
	}
	w.up()
	for _, p := range w.people {
		p.run()
	}
	for _, p := range w.people {
		w.until(10*time.Second, p.live)
	}
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	for n := range 30 + w.r.IntN(50) {
		at := w.r.IntN(total)
		for _, a := range actions {
			if at -= a.weight; at < 0 {
				a.do(w)
				break
			}
		}
		w.tend()
		w.far(n)
		w.tend()
	}
}

// tend deals with the power cuts that happened.
func (w *world) tend() {
	if w.fell() {
		w.down()
		w.pause(15 * time.Second)
		w.rise()
	}
	for _, p := range w.people {
		if p.life == nil || !p.life.doomed.Load() {
			continue
		}
		p.quit()
		if w.r.IntN(3) == 0 {
			p.checkStore()
		}
		w.pause(5 * time.Second)
		p.run()
	}
}

// pause lets up to most pass.
func (w *world) pause(most time.Duration) { time.Sleep(time.Duration(w.r.Int64N(int64(most)))) }

// anybody returns a person, whatever the state.
func (w *world) anybody() *person { return w.people[w.r.IntN(len(w.people))] }

// somebody returns a person whose program is ready; nil if there is none.
func (w *world) somebody() *person {
	first := w.r.IntN(len(w.people))
	for i := range w.people {
		if p := w.people[(first+i)%len(w.people)]; p.view() != nil && w.gone[p.stored.ID] == nil {
			return p
		}
	}
	return nil
}

// joined returns one of the person's rooms.
func (p *person) joined(r *rand.Rand) (app.RoomView, bool) {
	var list []app.RoomView
	for _, room := range p.view().Rooms {
		if room.Joined {
			list = append(list, room)
		}
	}
	if len(list) == 0 {
		return app.RoomView{}, false
	}
	return list[r.IntN(len(list))], true
}

func (w *world) doRest() {
	if w.r.IntN(3) == 0 {
		w.pause(90 * time.Second)
	} else {
		w.pause(5 * time.Second)
	}
}
