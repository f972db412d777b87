//go:build unix

package run

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/net/link"
	"hearth/net/wire"
)

// What Readers plays.
const (
	readersTalking   = 20
	readersMeasuring = 4
	readersStalled   = 100
	readersPairs     = 6                      // of rounds: without, with
	readersRound     = 6 * time.Second        // measured of each
	readersPace      = 200 * time.Millisecond // between two messages of one who talks
	readersFill      = 800                    // messages that fill what lies between server and reader
	readersText      = 1500                   // bytes of each of those
	readersSettle    = time.Second            // until those who read have them

	readersBound = 1.10 // how far the others' p99 may move
)

// hall is one room full of devices that are nothing but the client's own link.
type hall struct {
	room  chat.RoomID
	began time.Time

	mu    sync.Mutex
	epoch chat.Epoch      // guarded by mu
	head  wire.Cursor     // guarded by mu: who comes later has all up to here
	round int             // guarded by mu: the one that is measured, 0: none
	took  []time.Duration // guarded by mu: of it, from sending to a measuring device
}

// guest is one device in it.
type guest struct {
	hall     *hall
	device   *onlooker
	measures bool
	stall    *stall // nil for those who read

	live   atomic.Bool
	dseq   atomic.Uint64
	acked  atomic.Uint64
	wrong  atomic.Pointer[string]
	mu     sync.Mutex
	linked *link.Session // guarded by mu
}

// State implements link.Handler.
func (*guest) State(link.Status) {}

// Up implements link.Handler.
func (g *guest) Up(s *link.Session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.linked = s
	h := g.hall
	h.mu.Lock()
	defer h.mu.Unlock()
	sync := &wire.Sync{}
	if h.head.Seq > 0 {
		sync.Epoch, sync.Rooms = h.epoch, []wire.Cursor{h.head}
	}
	// Its failure ends the connection.
	_ = s.Go(sync, func(r wire.Reply, _ error) {
		if started, ok := r.(*wire.SyncStarted); ok {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.epoch = started.Epoch
		}
	})
}

// Down implements link.Handler.
func (g *guest) Down(_ *link.Session, why *link.Error) {
	g.live.Store(false)
	if why != nil && g.stall == nil {
		text := why.Error()
		g.wrong.Store(&text)
	}
}

// Push implements link.Handler.
func (g *guest) Push(_ *link.Session, f wire.Frame) {
	if _, live := f.(*wire.Live); live {
		g.live.Store(true)
		return
	}
	events, ok := f.(*wire.Events)
	if !ok || !g.measures {
		return
	}
	now := time.Since(g.hall.began)
	g.hall.mu.Lock()
	defer g.hall.mu.Unlock()
	if n := len(events.Events); n > 0 && events.Events[n-1].Seq > g.hall.head.Seq {
		g.hall.head = wire.Cursor{Room: events.Room, Seq: events.Events[n-1].Seq, Chain: events.Chain}
	}
	for i := range events.Events {
		var body struct{ Text string }
		var round int
		var sent time.Duration
		if json.Unmarshal([]byte(events.Events[i].Body), &body) != nil {
			continue
		}
		if n, _ := fmt.Sscanf(body.Text, "%d %d", &round, &sent); n == 2 && round == g.hall.round {
			g.hall.took = append(g.hall.took, now-sent)
		}
	}
}

// say sends a message of a round; filler makes it longer.
func (g *guest) say(round int, filler string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := json.Marshal(map[string]string{"text": fmt.Sprintf("%d %d%s", round, time.Since(g.hall.began), filler)})
	if err != nil {
		return err
	}
	send := &wire.Send{MID: chat.NewMID(), Room: g.hall.room, DSeq: g.dseq.Add(1), Kind: chat.KindMessage, Body: string(body)}
	return g.linked.Go(send, func(_ wire.Reply, err error) {
		if err != nil {
			text := err.Error()
			g.wrong.Store(&text)
		}
		g.acked.Add(1)
	})
}

// stall is a reader that can be stopped: whatever it has not read stays where it is.
type stall struct {
	stopped atomic.Bool
	ended   chan struct{}
}

// dial makes a connection as over a network, not over loopback: packets and windows
// are small, so that little lies between the server and the reader.
func (s *stall) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		controlled := raw.Control(func(fd uintptr) {
			if err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1400); err == nil {
				err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 16<<10)
			}
		})
		if controlled != nil {
			return controlled
		}
		return err
	}}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &stalledConn{Conn: c, by: s}, nil
}

type stalledConn struct {
	net.Conn
	by *stall
}

// Read implements net.Conn.
func (c *stalledConn) Read(b []byte) (int, error) {
	if c.by.stopped.Load() {
		<-c.by.ended
	}
	return c.Conn.Read(b)
}

// attend connects guests and waits until each has everything.
func attend(ctx context.Context, to chat.Link, guests []*guest) (leave func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	leave = func() {
		cancel()
		for _, g := range guests {
			if g.stall != nil {
				close(g.stall.ended)
			}
		}
		work.Wait()
	}
	for _, g := range guests {
		var o link.Options
		if g.stall != nil {
			o.Dial = g.stall.dial
		}
		work.Go(func() {
			// What went wrong is what Down was told.
			_ = link.New(link.Config{Link: to, Device: link.Device{Key: g.device.key, Name: "reader"}, Handler: g}, o).Run(ctx)
		})
	}
	if !until(ctx, 60*time.Second, func() bool { return !slices.ContainsFunc(guests, func(g *guest) bool { return !g.live.Load() }) }) {
		leave()
		return nil, fmt.Errorf("not all of %d readers are connected after a minute", len(guests))
	}
	return leave, nil
}

// Readers measures how long messages take from those who talk to others, in rounds
// without and with connections that have stopped reading.
func Readers(ctx context.Context, programs Programs, dir string, tally *Tally) []check.Violation {
	w, err := newWorld(ctx, programs, filepath.Join(dir, "readers"), "readers", tally, setup{names: names[:2]})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	if err := w.server.stop(); err != nil {
		return notStarted(err)
	}
	c := &crowd{}
	if err := c.settleIn(ctx, w.server.data, readersTalking+readersMeasuring+readersStalled); err != nil {
		return notStarted(err)
	}
	if err := w.server.start(ctx); err != nil {
		return notStarted(err)
	}
	h := &hall{began: time.Now()}
	if h.room, err = w.clients[0].onlyRoom(ctx); err != nil {
		return notStarted(err)
	}
	var readers []*guest
	for i, d := range c.devices[:readersTalking+readersMeasuring] {
		readers = append(readers, &guest{hall: h, device: d, measures: i >= readersTalking})
	}
	to := chat.Link{Addresses: []string{w.server.listen}, Server: w.clients[0].owner.Server, Bound: true}
	leave, err := attend(ctx, to, readers)
	if err != nil {
		return notStarted(err)
	}
	defer leave() // the server says goodbye before
	var without, with []time.Duration
	for pair := range readersPairs {
		for _, stalled := range []bool{false, true} {
			p99, err := h.play(ctx, to, 1+2*pair, readers, c.devices[len(readers):], stalled)
			if err != nil {
				return []check.Violation{{Check: "stalled readers", Text: err.Error()}}
			}
			if stalled {
				with = append(with, p99)
			} else {
				without = append(without, p99)
			}
		}
	}
	compare(without, with, fmt.Sprintf("%d stalled readers", readersStalled), readersBound, tally)
	w.broken("shutdown", w.server.stop())
	_, err = readServer(ctx, w.server.data)
	w.broken("I1 durable", err)
	w.alarms()
	return w.found
}

// play plays one round and returns the 99th percentile. Both kinds do the same work.
func (h *hall) play(ctx context.Context, to chat.Link, round int, readers []*guest, devices []*onlooker, stalled bool) (time.Duration, error) {
	if stalled {
		round++
		var idle []*guest
		for _, d := range devices {
			idle = append(idle, &guest{hall: h, device: d, stall: &stall{ended: make(chan struct{})}})
		}
		leave, err := attend(ctx, to, idle)
		if err != nil {
			return 0, err
		}
		defer leave()
		for _, g := range idle {
			g.stall.stopped.Store(true)
		}
	}
	talking := readers[:readersTalking]
	filler := strings.Repeat(".", readersText)
	for i := range readersFill {
		if err := talking[i%len(talking)].say(0, " "+filler); err != nil {
			return 0, err
		}
	}
	if err := answered(ctx, talking); err != nil {
		return 0, err
	}
	if err := pause(ctx, readersSettle); err != nil {
		return 0, err
	}
	return h.measure(ctx, round, talking, readersMeasuring, readersRound)
}

// measure has some talk and returns the 99th percentile of how long it takes until those
// who measure have what they say.
func (h *hall) measure(ctx context.Context, round int, talking []*guest, measuring int, long time.Duration) (time.Duration, error) {
	h.mu.Lock()
	h.round, h.took = round, nil
	h.mu.Unlock()
	if err := converse(ctx, talking, round, long); err != nil {
		return 0, err
	}
	if err := answered(ctx, talking); err != nil {
		return 0, err
	}
	want := measuring * int(long/readersPace) * len(talking)
	full := until(ctx, 10*time.Second, func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.took) >= want })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.round = 0
	if !full || len(h.took) != want {
		return 0, fmt.Errorf("%d messages were delivered, want %d", len(h.took), want)
	}
	slices.Sort(h.took)
	return h.took[len(h.took)*99/100], nil
}

// converse has everybody talk at a steady pace, whatever becomes of it.
func converse(ctx context.Context, talking []*guest, round int, long time.Duration) error {
	each := readersPace / time.Duration(len(talking))
	began := time.Now()
	for n := range int(long / each) {
		if err := pause(ctx, time.Until(began.Add(time.Duration(n)*each))); err != nil {
			return err
		}
		if err := talking[n%len(talking)].say(round, ""); err != nil {
			return err
		}
	}
	return nil
}

// answered waits until everything that was said is in the log.
func answered(ctx context.Context, talking []*guest) error {
	behind := func(g *guest) bool { return g.acked.Load() < g.dseq.Load() }
	if !until(ctx, 30*time.Second, func() bool { return !slices.ContainsFunc(talking, behind) }) {
		return fmt.Errorf("not everything is acknowledged after 30 s")
	}
	for _, g := range talking {
		if wrong := g.wrong.Load(); wrong != nil {
			return fmt.Errorf("one who talks met: %s", *wrong)
		}
	}
	return nil
}

// compare holds the medians of both kinds of rounds against each other. Equal rounds
// differ, too: by how much is the median of what two following ones of a kind differ
// by, and by how much that moves the ratio of two medians of n is taken off.
func compare(without, with []time.Duration, what string, bound float64, tally *Tally) {
	ratio := middle(with) / middle(without)
	var steps []time.Duration
	for _, rounds := range [][]time.Duration{without, with} {
		for i := 1; i < len(rounds); i++ {
			quick, slow := min(rounds[i-1], rounds[i]), max(rounds[i-1], rounds[i])
			steps = append(steps, time.Duration(float64(slow)/float64(quick)*float64(time.Second)))
		}
	}
	spread := middle(steps)
	most := bound * (1 + (spread-1)*2/math.Sqrt(float64(len(with))))
	tally.note("p99 of the others without %s: %v", what, rounded(without))
	tally.note("p99 of the others with    %s: %v", what, rounded(with))
	tally.note("medians %.2f and %.2f ms, ratio %.3f; equal rounds differ by a factor of %.3f", middle(without)*1000, middle(with)*1000, ratio, spread)
	tally.bound(Bound{
		Name: "others' p99 beside " + what + ", ratio", Plain: true, Cases: len(with),
		Most: time.Duration(most * float64(time.Second)), Got: time.Duration(ratio * float64(time.Second)),
	})
}

// middle returns the median in seconds.
func middle(list []time.Duration) float64 {
	list = slices.Sorted(slices.Values(list))
	return (list[(len(list)-1)/2] + list[len(list)/2]).Seconds() / 2
}

func rounded(list []time.Duration) (out []string) {
	for _, d := range list {
		out = append(out, fmt.Sprintf("%.2f ms", d.Seconds()*1000))
	}
	return out
}
