//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
	"hearth/store"
)

// Who comes later: a room that shows newcomers only what is written once they are in.
// People are brought in while the server is killed again and again; one of them is here
// all the time, one comes back later, one's program is killed as well. In the end each
// has everything from their coming on, and nothing of what was said before. Before the last
// one comes the room is opened: they have everything from there on.

const (
	laterMessages = 90
	laterFirst    = 30 // messages before the first newcomer
	laterNext     = 15 // and between two
	laterOpened   = laterFirst + laterNext + laterNext/2
	laterPatience = 60 * time.Second
)

// Later plays it.
func Later(ctx context.Context, programs Programs, dir string, dice *rand.Rand, tally *Tally) []check.Violation {
	e := &experiment{programs: programs, dir: dir, dice: dice}
	return e.later(ctx, tally)
}

// laterTrial plays it for a planted bug.
func laterTrial(ctx context.Context, e *experiment) []check.Violation {
	return e.later(ctx, NewTally())
}

func (e *experiment) later(ctx context.Context, tally *Tally) []check.Violation {
	w, err := newWorld(ctx, e.programs, e.dir, "later", tally, setup{
		names: names[:3], serverEnv: e.env, clientEnv: append([]string{"HEARTH_WAIT=2s"}, e.env...), tolerate: true,
	})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	invite, err := w.clients[0].must(ctx, "invite", "--uses", "2")
	if err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "host")
	if err != nil {
		return notStarted(err)
	}
	host := &doer{prober: p, room: chat.NewRoomID()}
	if _, err := host.persist(ctx, chat.KindRoomCreate, `{"name":"later","access":"closed","history":"joined"}`); err != nil {
		return notStarted(err)
	}
	came, err := w.bringIn(ctx, e, host)
	if host.s != nil {
		host.hangUp()
	}
	if err != nil {
		w.broken("start", err)
		return w.found
	}
	if w.server.running() == nil {
		if err := w.server.start(ctx, e.env...); err != nil {
			w.broken("the server starts", err)
			return w.found
		}
	}
	for i, c := range w.clients {
		if p := c.running(); p != nil {
			p.kill()
			c.typing.Wait()
		}
		w.broken("I15 convergence", w.catchesUp(ctx, c, host.room, came[i]))
	}
	w.broken("shutdown", w.server.stop())
	log, err := readRoom(ctx, w.server.data, host.room)
	w.broken("I1 durable", err)
	for i, c := range w.clients {
		w.broken("I9 visibility", c.checkLater(ctx, host.room, log, came[i]))
	}
	return w.found
}

// persist sends an event until it is answered, through any number of connections.
func (d *doer) persist(ctx context.Context, kind chat.Kind, body string) (chat.Seq, error) {
	mid, deadline := chat.NewMID(), time.Now().Add(laterPatience)
	err := errors.New("not answered")
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if d.s == nil {
			if err = d.enter(ctx); err != nil {
				d.s = nil
				_ = pause(ctx, 50*time.Millisecond)
				continue
			}
		}
		var r wire.Reply
		r, err = d.ask(ctx, &wire.Send{MID: mid, Room: d.room, DSeq: d.dseq + 1, Kind: kind, Body: body})
		if ack, ok := r.(*wire.Ack); ok && err == nil {
			d.dseq++
			return ack.Seq, nil
		}
		var refused *chat.Error
		if errors.As(err, &refused) {
			return 0, err
		}
		d.hangUp()
		d.s = nil
	}
	return 0, err
}

// bringIn talks and brings everybody in, one after the other, while programs are
// killed. It returns from where on they see the room.
func (w *world) bringIn(ctx context.Context, e *experiment, host *doer) (came []chat.Seq, err error) {
	ana, cal := w.clients[0], w.clients[2]
	if err := ana.start(); err != nil {
		return nil, err
	}
	hazards, calm := context.WithCancel(ctx)
	var work sync.WaitGroup
	split := func() *rand.Rand { return rand.New(rand.NewPCG(e.dice.Uint64(), e.dice.Uint64())) } //nolint:gosec // not a secret
	serverDice, clientDice := split(), split()
	lives := &lives{w: w, m: Mixed{ServerPlaces: fault.ServerPlaces, ClientPlaces: fault.ClientPlaces}, stop: calm}
	work.Go(func() { lives.server(hazards, serverDice) })
	work.Go(func() { lives.client(hazards, cal, clientDice) })
	var opened chat.Seq
	for n := 1; n <= laterMessages && err == nil; n++ {
		if n == laterOpened {
			opened, err = host.persist(ctx, chat.KindHistory, `{"history":"all"}`)
		}
		if at := n - laterFirst; at >= 0 && at%laterNext == 0 && at/laterNext < len(w.clients) {
			var seq chat.Seq
			seq, err = host.persist(ctx, chat.KindJoin, fmt.Sprintf(`{"account":"%s"}`, w.clients[at/laterNext].owner.Account))
			if opened > 0 {
				seq = opened
			}
			came = append(came, seq)
		}
		if err == nil {
			_, err = host.persist(ctx, chat.KindMessage, fmt.Sprintf(`{"text":"%s"}`, laterText(n)))
		}
		_ = pause(ctx, 40*time.Millisecond)
	}
	calm()
	work.Wait()
	if err == nil && len(came) != len(w.clients) {
		err = fmt.Errorf("%d newcomers came", len(came))
	}
	return came, err
}

// catchesUp lets a client print the room until it has the last message, and looks
// whether that begins where its person came in, and lacks nothing.
func (w *world) catchesUp(ctx context.Context, c *client, room chat.RoomID, came chat.Seq) error {
	var mu sync.Mutex
	var shown []uint64
	last := false
	p, err := launch(c.programs.CLI, c.args("tail", room.String(), "--follow", "--json"), c.env, func(line []byte) {
		e, ok := readEvent(line)
		if !ok {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		shown = append(shown, e.Seq)
		last = last || e.Text == laterText(laterMessages)
	}, c.log)
	if err != nil {
		return err
	}
	until(ctx, convergePatience, func() bool { mu.Lock(); defer mu.Unlock(); return last || over(p) })
	p.kill()
	mu.Lock()
	defer mu.Unlock()
	if !last {
		return fmt.Errorf("%s is shown %d events of the room, and not the last\n%s", c.name, len(shown), c.log)
	}
	for i, seq := range shown {
		if want := uint64(came) + uint64(i); seq != want { //nolint:gosec // not negative
			return fmt.Errorf("%s came at %d and is shown %d where %d is due", c.name, came, seq, want)
		}
	}
	return nil
}

// laterText is what is said there.
func laterText(n int) string { return fmt.Sprint("later ", n) }

// readRoom reads a stopped server's log of a room, after looking through everything.
func readRoom(ctx context.Context, dir string, room chat.RoomID) (events []chat.Event, err error) {
	s, err := boltstore.Open(dir, boltstore.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Verify(ctx); err != nil {
		return nil, err
	}
	page, err := s.Read(ctx, room, 1, 1<<40, 1<<20, 1<<30)
	return page.Events, err
}

// checkLater compares what lies on a client's disk with the server's log.
func (c *client) checkLater(ctx context.Context, room chat.RoomID, log []chat.Event, came chat.Seq) (err error) {
	s, err := c.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return err
	}
	w, err := s.Messages(ctx, room, store.Query{Place: store.After, Limit: 10 * laterMessages})
	if err != nil {
		return err
	}
	declared := false
	for _, g := range w.Gaps {
		declared = declared || g.From == 1 && g.To == came-1 && g.Reason == wire.VoidNotVisible && !g.Hole
	}
	if !declared {
		return fmt.Errorf("%s came at %d, and was not told that what lies before is not for them: %+v", c.name, came, w.Gaps)
	}
	if want := len(log) - int(came) + 1; len(w.Events) != want { //nolint:gosec // a small number
		return fmt.Errorf("%s came at %d of %d and has %d events, not %d", c.name, came, len(log), len(w.Events), want)
	}
	for i := range w.Events {
		is, was := &w.Events[i], &log[int(came)-1+i] //nolint:gosec // as above
		if is.Seq != was.Seq || is.MID != was.MID || string(is.Body) != string(was.Body) {
			return fmt.Errorf("%s has another event at %d", c.name, is.Seq)
		}
	}
	return nil
}
