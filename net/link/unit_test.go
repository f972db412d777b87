package link

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"hearth/chaos/proxy"
	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// TestBackoff: whatever happens in whatever order, no wait leaves its window,
// and only stability starts the count anew.
func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := backoff{spread: func(d time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(max(d, 0))).Draw(t, "chance"))
		}}
		n := 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			up := rapid.SampledFrom([]time.Duration{0, 1, stableAfter - 1, stableAfter, time.Hour}).Draw(t, "up")
			e := &Error{
				Kind:       rapid.SampledFrom([]Kind{KindLost, KindRefused, KindBusy, KindRestart, KindDisplaced}).Draw(t, "kind"),
				RetryAfter: rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, 1000 * time.Hour}).Draw(t, "after"),
			}
			e.exact = e.RetryAfter > 0 && rapid.Bool().Draw(t, "exact")
			if b.ended(up); up >= stableAfter {
				n = 0
			}
			got, least, most := b.next(e, up > 0), time.Duration(0), window(n)
			switch {
			case e.exact:
				least, most = e.RetryAfter, e.RetryAfter
			case e.Kind == KindDisplaced:
				least, most = displacedWait, displacedWait*6/5
			case e.RetryAfter > 0:
				least = min(e.RetryAfter, longestBusy)
				most = least * 6 / 5
			case up > 0 && n == 0:
				most = afterDrop
			}
			if n++; got < least || got > most || b.attempts != n {
				t.Fatalf("attempt %d after %+v, up %v: %v, want %v to %v; counted %d", n, e, up, got, least, most, b.attempts)
			}
		}
	})
	// What a server asks for is spread over a fifth more: it asks many for the same.
	for _, e := range []*Error{{Kind: KindBusy, RetryAfter: 10 * time.Second}, {Kind: KindDisplaced, RetryAfter: displacedWait}} {
		b := backoff{spread: func(d time.Duration) time.Duration { return d }}
		if got := b.next(e, true); got != e.RetryAfter*6/5 {
			t.Errorf("%s: asked for %v, waits at most %v", e.Kind, e.RetryAfter, got)
		}
	}
	for n, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		if got := window(n); got != want*time.Second {
			t.Errorf("window %d: %v", n, got)
		}
	}
	if window(1<<40) != longestWait || uniform(0) != 0 || uniform(-1) != 0 {
		t.Error("extremes")
	}
	for range 1000 {
		if d := uniform(10); d < 0 || d > 10 {
			t.Fatal(d)
		}
	}
}

// TestClockWatch: sleep and a set clock show; drift, leap seconds and the
// first look do not.
func TestClockWatch(t *testing.T) {
	for _, test := range []struct {
		name       string
		wall, mono time.Duration // advance
		want       bool
	}{
		{"as usual", clockPeriod, clockPeriod, false},
		{"slept", time.Hour + clockPeriod, clockPeriod, true},
		{"slept, and the monotonic clock went on", time.Hour, time.Hour, true},
		{"stopped for moments", 2100 * time.Millisecond, 2100 * time.Millisecond, true},
		{"busy", 2 * time.Second, 2 * time.Second, false},
		{"slept for moments", clockPeriod + 3*time.Second, clockPeriod, true},
		{"clock set back", -time.Hour, clockPeriod, true},
		{"drift", clockPeriod * 105 / 100, clockPeriod, false},
		{"leap second", clockPeriod - time.Second, clockPeriod, false},
	} {
		c := clockWatch{}
		wall, mono := 50*365*24*time.Hour, time.Minute
		if c.step(wall, mono) {
			t.Errorf("%s: the first look", test.name)
		}
		wall, mono = wall+test.wall, mono+test.mono
		if got := c.step(wall, mono); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if c.step(wall+clockPeriod, mono+clockPeriod) {
			t.Errorf("%s: seen twice", test.name)
		}
	}
}

// TestPulse looks at judgements that no test over the network can bring about
// to the moment.
func TestPulse(t *testing.T) {
	begin := time.Unix(1_000_000, 0)
	at := func(d time.Duration) time.Time { return begin.Add(d) }
	plan := wire.HeartbeatPlan{IntervalMS: 15_000, ReplyMS: 8_000, IdleMS: 45_000}
	half := func(d time.Duration) time.Duration { return d / 2 }
	p := newPulse(plan, begin, half)
	if want := at(7500 * time.Millisecond); !p.nextBeat.Equal(want) {
		t.Errorf("first beat at %v, want %v", p.nextBeat, want)
	}
	p.sent(1, begin, p.reply)
	for _, test := range []struct {
		name     string
		now      time.Duration
		lastByte time.Duration
		stalled  bool
		dead     bool
	}{
		{"in time", 7 * time.Second, -time.Second, false, false},
		{"over time", 8 * time.Second, -time.Second, false, true},
		{"over time, bytes just after the beat", 8 * time.Second, staleArrival, false, true},
		{"over time, bytes since", 8 * time.Second, time.Second, false, false},
		{"bytes since, but long ago", 9 * time.Second, time.Second, false, true},
		{"we do not read", time.Hour, -time.Second, true, false},
	} {
		if dead, _ := p.dead(at(test.now), at(test.lastByte), test.stalled); dead != test.dead {
			t.Errorf("%s: dead %v", test.name, dead)
		}
	}
	for spread, want := range map[time.Duration]time.Duration{0: 12 * time.Second, 6 * time.Second: 18 * time.Second} {
		p := newPulse(plan, begin, func(d time.Duration) time.Duration {
			if d == 6*time.Second {
				return spread
			}
			return 0
		})
		if p.sent(1, begin, p.reply); !p.nextBeat.Equal(at(want)) {
			t.Errorf("the beat behind one is planned for %v, want %v behind it", p.nextBeat, want)
		}
	}
	p.sent(2, at(time.Second), p.reply)
	p.answered(2) // answers come in order: 1 is settled too
	if dead, next := p.dead(at(time.Hour), begin, false); dead || !next.IsZero() {
		t.Errorf("nothing is open: %v, %v", dead, next)
	}
	if yes, next := p.nudge(at(3*time.Second), at(0)); yes || !next.Equal(at(4*time.Second)) {
		t.Errorf("too early: %v %v", yes, next)
	}
	if yes, _ := p.nudge(at(4*time.Second), at(0)); !yes {
		t.Error("no nudge")
	}
	if yes, next := p.nudge(at(5*time.Second), at(0)); yes || !next.Equal(at(8*time.Second)) {
		t.Errorf("nudged again at once: %v %v", yes, next)
	}
	for i := range uint64(10 * maxBeats) {
		p.sent(i+3, at(time.Duration(i)*time.Second), p.reply)
	}
	if n := len(p.open); n != maxBeats {
		t.Errorf("%d beats are remembered", n)
	}
	if dead, _ := p.dead(at(8*time.Second), at(0), false); !dead {
		t.Error("the oldest of them counts no more")
	}
	if p.answered(3 + 10*maxBeats); len(p.open) != 0 {
		t.Errorf("%d beats are open behind the answer to the newest", len(p.open))
	}
	for _, test := range []struct {
		plan            wire.HeartbeatPlan
		interval, reply time.Duration
	}{
		{wire.HeartbeatPlan{}, minInterval, minReply},
		{wire.HeartbeatPlan{IntervalMS: 1 << 50, ReplyMS: 1 << 50, IdleMS: 45_000}, 22500 * time.Millisecond, maxInterval},
		{wire.HeartbeatPlan{IntervalMS: -5, ReplyMS: -5, IdleMS: -5}, minInterval, minReply},
	} {
		if p := newPulse(test.plan, begin, half); p.interval != test.interval || p.reply != test.reply {
			t.Errorf("%+v: %v, %v", test.plan, p.interval, p.reply)
		}
	}
}

// TestKinds: every kind has words, and a decision about trying again.
func TestKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Kind" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if n++; kindTexts[Kind(text)] == "" {
				t.Errorf("%s has no words", text)
			}
		}
		return true
	})
	if n != len(kindTexts) || n < 30 {
		t.Errorf("%d kinds, %d texts", n, len(kindTexts))
	}
	e := &Error{Kind: KindPinMismatch, Address: home, Expected: chat.ServerID{1}, Err: errors.New("cause")}
	for _, part := range []string{home, kindTexts[KindPinMismatch], e.Expected.String(), "presented none", "cause"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("%q lacks %q", e, part)
		}
	}
	if !errors.Is(fmt.Errorf("op: %w", e), &Error{Kind: KindPinMismatch}) || errors.Is(e, &Error{Kind: KindLost}) || KindOf(io.EOF) != KindInternal || KindOf(nil) != "" {
		t.Error("comparing kinds")
	}
}

// TestProxy: through a proxy the same checks hold.
func TestProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		l, err := h.net.Listen("proxy.test:3128")
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(func() { tunnel(t, h, l, &running) })
		o := h.options()
		for _, test := range []struct {
			proxy string
			pin   chat.ServerID
			want  Kind
		}{
			{"http://proxy.test:3128", h.id, ""},
			{"http://proxy.test:3128", chat.ServerID{1}, KindPinMismatch},
			{"https://proxy.test:3128", h.id, KindUnreachable},
			{"http://gone.test:3128", h.id, KindRefused},
		} {
			o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(test.proxy) }
			if _, err := Probe(t.Context(), chat.Link{Addresses: []string{home}, Server: test.pin}, o); KindOf(err) != test.want {
				t.Errorf("%s: %v, want %q", test.proxy, err, test.want)
			}
		}
		if dials := h.net.Dials(); dials[0].Address != "proxy.test:3128" {
			t.Errorf("dialled %v", dials)
		}
		l.Close()
		h.net.CutAll()
		running.Wait()
	})
}

// tunnel is a proxy that knows CONNECT.
func tunnel(t *testing.T, h *host, l net.Listener, running *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		running.Go(func() {
			defer c.Close()
			r, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil || r.Method != http.MethodConnect {
				t.Errorf("proxy: %v, %v", r, err)
				return
			}
			there, err := h.net.Dial(context.Background(), "tcp", r.Host)
			if err != nil {
				t.Error(err)
				return
			}
			defer there.Close()
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			running.Go(func() { io.Copy(there, c); there.Close() })
			io.Copy(c, there)
		})
	}
}

// TestGoroutines counts what the package comment promises: Run and three more,
// and nothing of the HTTP client left behind.
func TestGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(time.Minute)
		w.session(t)
		buf := make([]byte, 1<<20)
		stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
		ours, left := 0, 0
		for _, stack := range stacks {
			for _, f := range []string{"(*Link).Run(", "(*Session).read(", "(*Session).write(", "(*Session).hand("} {
				if strings.Contains(stack, "net/link."+f) {
					ours++
				}
			}
			if strings.Contains(stack, "net/http.(*Transport)") || strings.Contains(stack, "net/http.(*persistConn)") {
				left++
			}
		}
		if ours != 4 || left != 0 {
			t.Errorf("%d goroutines of ours, %d of the HTTP client:\n%s", ours, left, strings.Join(stacks, "\n\n"))
		}
		stop()
	})
}

// TestRealNetwork dials through the system: defaults of Options, and what the
// kernel says when nobody listens.
func TestRealNetwork(t *testing.T) {
	address, err := proxy.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Probe(t.Context(), chat.Link{Addresses: []string{address}}, Options{})
	if KindOf(err) != KindRefused {
		t.Errorf("got %v", err)
	}
	if !loopback(address) || !loopback("[::1]:1") || !loopback("LOCALHOST:1") || loopback("192.0.2.1:1") || loopback("localhost") {
		t.Error("loopback")
	}
	_ = hasRoute() // either answer is right here; it must give one
}

// TestResumed: who waits for a slow handler counts as waiting until they have said that they go
// on. Before that nothing has been read for as long as they waited, and whoever looks in
// between would take a living peer for dead.
func TestResumed(t *testing.T) {
	q := newInbox(10)
	q.put(item{size: 10}, nil, nil)
	said := false
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		q.put(item{size: 10}, nil, func() {
			said = true
			if !q.isStalled() {
				t.Error("between waiting and going on it counts as reading")
			}
		})
	}()
	for !q.isStalled() {
		runtime.Gosched()
	}
	if _, ok, _ := q.pop(); !ok {
		t.Fatal("nothing is in the queue")
	}
	<-ended
	if !said || q.isStalled() {
		t.Errorf("it goes on: %v, stalled: %v", said, q.isStalled())
	}
}
