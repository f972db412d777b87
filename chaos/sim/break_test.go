package sim

import (
	"time"
)

// doNet disturbs somebody's network.
func (w *world) doNet() {
	p := w.anybody()
	switch n := w.r.IntN(8); n {
	case 0, 1:
		w.note("%s: lines cut", p.name)
		w.count("cuts", 1)
		p.nic.cut()
	case 2, 3, 4, 5:
		state := []air{airHole, airHalfUp, airHalfDn, airNoRoute}[n-2]
		w.note("%s: %s", p.name, state)
		w.count("black holes and half-open lines", 1)
		p.nic.set(state)
		w.pause(40 * time.Second)
	default:
		lo := time.Duration(w.r.IntN(400)) * time.Millisecond
		hi := lo + time.Duration(w.r.IntN(800))*time.Millisecond
		slice := w.r.IntN(3) * 7
		w.note("%s: slow, %v to %v, %d bytes at once", p.name, lo, hi, slice)
		w.count("slow lines", 1)
		p.nic.speed(lo, hi, slice)
	}
}

// doHeal mends somebody's network; the program must be live soon.
func (w *world) doHeal() {
	p := w.anybody()
	w.note("%s: network mended", p.name)
	p.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
	p.nic.set(airGood)
	if l := p.life; l != nil && w.r.IntN(2) == 0 {
		l.app.Wake()
	}
}

// doServer restarts the server, gently or not.
func (w *world) doServer() {
	switch w.r.IntN(4) {
	case 0:
		w.note("server: restarts")
		w.count("server restarts", 1)
		w.down()
		w.pause(20 * time.Second)
		if w.fell() { // the power was cut while it went down
			return
		}
		w.rise()
	case 1:
		w.crashServer()
	default:
		w.disk.arm(1+w.r.IntN(8), w.r.IntN(2) == 0)
	}
}

// doDisk makes the server's disk full, slow, or well again.
func (w *world) doDisk() {
	switch w.r.IntN(4) {
	case 0:
		w.note("server: disk full")
		w.count("full disks", 1)
		w.disk.be(true, 3*time.Millisecond)
	case 1:
		w.note("server: disk slow")
		w.count("slow disks", 1)
		w.disk.be(false, 700*time.Millisecond)
	default:
		w.note("server: disk well")
		w.disk.be(false, 3*time.Millisecond)
	}
}

// doClient ends programs, gently or not.
func (w *world) doClient() {
	p := w.anybody()
	switch n := w.r.IntN(8); {
	case p.life == nil:
		w.note("%s: starts", p.name)
		p.run()
	case n == 0:
		w.note("%s: quits", p.name)
		p.quit()
	case n == 1:
		w.note("%s: quits and starts", p.name)
		p.quit()
		p.run()
	case n == 2 && p.older == "":
		w.note("%s: profile copied", p.name)
		p.copyProfile()
	case n == 2 || n == 3 && p.older != "":
		w.note("%s: an older profile is put back", p.name)
		w.count("older profiles restored", 1)
		p.restoreProfile()
	case n == 4:
		p.nic.power()
	default:
		p.nic.arm(1 + w.r.IntN(60))
	}
}

// doLostAck lets messages arrive whose answers do not: others talk on, so that the
// messages are sent again before their own events are seen, perhaps to a server
// that has started anew.
func (w *world) doLostAck() {
	p := w.somebody()
	if p == nil || !p.live() {
		return
	}
	room, ok := p.joined(w.r)
	if !ok {
		return
	}
	w.note("%s: answers are lost", p.name)
	w.count("lost answers", 1)
	p.nic.set(airHalfDn)
	say := func(most int, who func() *person) {
		for range w.r.IntN(most) {
			if q := who(); q.view() != nil && q.room(room.ID).Joined && (q == p) == (most < 5) {
				q.say(room.ID)
				time.Sleep(20 * time.Millisecond)
			}
		}
	}
	say(80, w.anybody) // these come before it, once it reads again
	say(4, func() *person { return p })
	say(30, w.anybody)
	switch w.r.IntN(3) {
	case 0:
		w.crashServer()
		w.tend()
	case 1:
		p.nic.cut()
	default:
		time.Sleep(10 * time.Second)
	}
	lo := time.Duration(w.r.IntN(500)) * time.Millisecond
	p.nic.speed(lo, lo+200*time.Millisecond, 0)
	p.nic.set(airGood)
	if p.view() != nil {
		p.life.app.TryNow()
	}
	w.pause(8 * time.Second)
}
