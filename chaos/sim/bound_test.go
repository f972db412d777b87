package sim

import (
	"time"

	"hearth/app"
)

// Bounds of docs/protocol.md 9, exact in fake time but for the polling here and
// what was on its way.
const (
	boundIdle    = 26 * time.Second
	boundSending = 8 * time.Second
	boundWake    = 2 * time.Second
	boundLive    = 3 * time.Second
	slack        = 60 * time.Millisecond
)

// doBound makes a line dead in one of three situations and looks how soon that
// is noticed, and, after mending, how soon all is well.
func (w *world) doBound() {
	p := w.somebody()
	if p == nil || w.fell() {
		return
	}
	p.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
	p.nic.set(airGood)
	w.disk.be(false, 3*time.Millisecond)
	w.disk.arm(0, false)
	p.nic.arm(0)
	p.life.app.TryNow()
	p.life.app.Wake()
	room, ok := p.joined(w.r)
	quiet := func() bool { v := p.view(); return v != nil && v.Connection.State == app.ConnLive && v.Waiting == 0 }
	if _, is := w.until(20*time.Second, quiet); !is || !ok {
		return
	}
	time.Sleep(time.Duration(w.r.IntN(20_000)) * time.Millisecond)
	if !quiet() || !p.room(room.ID).Joined {
		return
	}
	state := []air{airHole, airHalfUp, airHalfDn}[w.r.IntN(3)]
	p.nic.set(state)
	bound, what := boundIdle, "idle"
	switch w.r.IntN(3) {
	case 0:
		p.say(room.ID)
		// In a room whose creation was refused it fails at once, and nothing is on its way.
		if _, waits := w.until(time.Second, func() bool { v := p.view(); return v == nil || v.Waiting > 0 }); waits {
			bound, what = boundSending, "sending"
		}
	case 1:
		bound, what = boundWake, "woken"
		p.life.app.Wake()
	}
	// Whatever still arrives is a sign of life.
	begin, heard := time.Now(), p.nic.heard()
	_, noticed := w.until(60*time.Second, func() bool {
		if n := p.nic.heard(); n != heard && p.live() {
			begin, heard = time.Now(), n
		}
		return !p.live()
	})
	took := time.Since(begin)
	w.note("%s: %s, %s: noticed after %v", p.name, state, what, took)
	if !noticed || took > bound+slack {
		w.violate("bound", "%s, %s: a dead line (%s) was noticed after %v, not %v", p.name, what, state, took, bound)
	}
	w.count("dead lines noticed in time", 1)
	if w.r.IntN(2) == 0 {
		w.pause(20 * time.Second)
	}
	p.nic.set(airGood)
	p.life.app.Wake()
	took, is := w.until(10*time.Second, p.live)
	if p.life != nil && !p.life.doomed.Load() && !w.fell() && (!is || took > boundLive+slack) {
		w.violate("bound", "%s: live %v after the network returned: %+v", p.name, took, p.life.app.View().Connection)
	}
}
