package sim

import (
	"log/slog"
	"sync"
	"time"

	"hearth/chat"
)

// gapBound is how long a gap that a program has noticed may stay open on a connection:
// what the program allows itself before it gives the connection up, and a second until
// everybody has been told. Who asks for nothing and waits for the next heartbeat and
// the digest in it takes longer, most of the time.
const gapBound = 5*time.Second + time.Second

// noticedGap is the line by which a program says that it has noticed a gap.
const noticedGap = "events are missing in the stream"

// gaps are those that programs have noticed and not closed yet.
type gaps struct {
	w *world

	mu   sync.Mutex
	open map[string]map[chat.RoomID]gap // guarded by mu; by device
}

// gap begins when it is noticed, also if further events come behind it.
type gap struct {
	at  time.Time
	got chat.Seq // everything before it is asked for
}

// notice takes a line of a program's log.
func (g *gaps) notice(who string, r *slog.Record) {
	var room chat.RoomID
	var got chat.Seq
	r.Attrs(func(a slog.Attr) bool {
		switch v := a.Value.Any().(type) {
		case chat.RoomID:
			room = v
		case chat.Seq:
			if a.Key == "got" {
				got = v
			}
		}
		return true
	})
	if got == 0 {
		g.w.violate("harness", "%s logs a gap and not where: %s", who, r.Message)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open = map[string]map[chat.RoomID]gap{}
	}
	if g.open[who] == nil {
		g.open[who] = map[chat.RoomID]gap{}
	}
	if _, ok := g.open[who][room]; !ok {
		g.open[who][room] = gap{time.Now(), got}
		g.w.count("gaps noticed", 1)
	}
}

// reached says how far somebody is shown a room, or that they are shown that its
// history is in doubt and nothing more comes.
func (g *gaps) reached(who string, room chat.RoomID, head chat.Seq, doubted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if was, ok := g.open[who][room]; ok && (head+1 >= was.got || doubted) {
		g.closed(who, room, was)
	}
}

// ended says that somebody's connection or program has ended: the next one begins
// with what is missing.
func (g *gaps) ended(who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for room, was := range g.open[who] {
		g.closed(who, room, was)
	}
}

// closed forgets a gap, in time or not. mu is held.
func (g *gaps) closed(who string, room chat.RoomID, was gap) {
	delete(g.open[who], room)
	if took := time.Since(was.at); took > gapBound {
		g.w.violate("gap", "%s noticed that something before %d of room %s was missing, and had it, or another connection, only %v later", who, was.got, room, took)
	}
}

// rest is for the end, when all that is still open is too old or not.
func (g *gaps) rest() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for who, rooms := range g.open {
		for room, was := range rooms {
			g.closed(who, room, was)
		}
	}
}
