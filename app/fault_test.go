package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
)

// TestFaults lets two people talk while the network is cut, swallows, crawls and
// slices, the server is restarted and killed, and the programs crash and are
// opened again. In the end each message is in everybody's log exactly once, in
// the order its author wrote it, and all logs are the same.
func TestFaults(t *testing.T) {
	seeds := 8
	if testing.Short() || testkit.Race {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) { faults(t, rand.New(rand.NewPCG(uint64(seed), 7))) })
		})
	}
}

func faults(t *testing.T, r *rand.Rand) {
	w := newWorld(t, func(l *chat.Limits) {
		l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 20, 40, 60, 120
		l.SendsInFlight = 1 + r.IntN(32)
	})
	people := []*person{w.member("ann").run(), w.member("bob").run()}
	people[0].live()
	people[1].live()
	said := map[string][]string{}
	for range 60 {
		p := people[r.IntN(2)]
		switch r.IntN(14) {
		case 0:
			w.net.CutAll()
		case 1:
			stall(w, r)
		case 2:
			for _, l := range w.net.Lines() {
				l.Up.Delay(time.Duration(r.IntN(800)) * time.Millisecond)
				l.Down.Delay(time.Duration(r.IntN(800)) * time.Millisecond)
				l.Down.Slice(r.IntN(3) * 7)
			}
		case 3:
			w.stop(r.IntN(2) == 0)
			time.Sleep(time.Duration(r.IntN(20_000)) * time.Millisecond)
			w.start()
		case 4:
			p.crash()
		case 5:
			time.Sleep(time.Duration(r.IntN(30_000)) * time.Millisecond)
		default:
			for range 1 + r.IntN(12) {
				text := fmt.Sprintf("%s %d", p.name, len(said[p.name]))
				said[p.name] = append(said[p.name], text)
				p.say(w.general, text)
				time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
			}
		}
	}
	for _, p := range people {
		p.TryNow()
		p.live().sent()
	}
	people[0].same(people[1])
	log := people[0].texts(w.general)
	for _, p := range people {
		mine := slices.DeleteFunc(slices.Clone(log), func(s string) bool { return !strings.HasPrefix(s, p.name) })
		if !slices.Equal(mine, said[p.name]) {
			t.Errorf("of %s: %d said, %d in the log\nsaid %q\nlog  %q", p.name, len(said[p.name]), len(mine), said[p.name], mine)
		}
		if v := p.View(); v.Failed > 0 {
			t.Errorf("%s has %d failed messages", p.name, v.Failed)
		}
		p.quit()
	}
	w.close()
}

// stall makes a black hole for a while.
func stall(w *world, r *rand.Rand) {
	for _, l := range w.net.Lines() {
		switch r.IntN(3) {
		case 0:
			l.Stall(true)
		case 1:
			l.Up.Stall(true)
		case 2:
			l.Down.Stall(true)
		}
	}
	time.Sleep(time.Duration(r.IntN(40_000)) * time.Millisecond)
	if r.IntN(2) == 0 {
		for _, l := range w.net.Lines() {
			l.Stall(false)
		}
	}
}

// crash ends the person's program as a power cut does and starts it again: what
// was on disk at one instant is all there is.
func (p *person) crash() {
	p.w.t.Helper()
	synctest.Wait() // nothing is written at this instant
	copied := p.dir + "+"
	must(p.w.t, os.CopyFS(copied, os.DirFS(p.dir)))
	p.quit()
	p.dir = copied
	p.run()
	p.until("the stored messages", func(v *View) bool { return v.Phase == PhaseOpen })
}
