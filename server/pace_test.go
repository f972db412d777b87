package server

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"hearth/chat"
	"hearth/net/wire"
)

// TestAccountRates: with many devices one may say and ask for more than with one, and not
// for as much as with each of them.
func TestAccountRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := chat.DefaultLimits()
		w := newBubble(t, nil, Options{Limits: l})
		one := w.person()
		devices := []*raw{one}
		for range 9 {
			devices = append(devices, one.second())
		}
		said, begin := 0, time.Now()
		for _, d := range devices {
			for refused := false; !refused; {
				s := d.post(w.general, chat.KindMessage, `{"text":"x"}`)
				switch f := d.answer(d.ask(s)).(type) {
				case *wire.Ack:
					d.dseq[w.general] = s.DSeq
					said++
				case *wire.Error:
					if refused = true; f.Err().Code != chat.CodeRateLimited {
						t.Fatal(f.Err())
					}
				}
			}
		}
		if most := accountShare * (l.SendBurst + int(time.Since(begin).Seconds()*float64(l.SendsPerSecond))); said > most || said < accountShare*l.SendBurst {
			t.Errorf("%d devices said %d within %v, at most %d", len(devices), said, time.Since(begin), most)
		}
		other := w.person()
		other.text(w.general, "x") // whom that does not concern
		time.Sleep(30 * time.Second)
		asked, begin := 0, time.Now()
		for range 3 * l.RequestBurst / 2 {
			for _, d := range devices {
				if _, ok := d.answer(d.ask(&wire.Heartbeat{})).(*wire.HeartbeatOK); ok {
					asked++
				}
			}
		}
		if most := accountShare * (l.RequestBurst + int(time.Since(begin).Seconds()*float64(l.RequestsPerSecond)) + 1); asked > most || asked < accountShare*l.RequestBurst {
			t.Errorf("%d devices got %d answers within %v, at most %d", len(devices), asked, time.Since(begin), most)
		}
		for _, d := range devices {
			_ = d.ws.CloseNow()
		}
		_ = other.ws.CloseNow()
		time.Sleep(2 * time.Minute) // full again, and nobody is there
		if n := w.server.asking.kept() + w.server.saying.kept() + w.server.reading.kept(); n != 0 {
			t.Errorf("%d limiters are kept", n)
		}
	})
}

// kept is how many limiters are in memory.
func (p *pacers[K]) kept() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.table)
}

// TestNamesCount: another name is told to every room, and counts as what is said there.
func TestNamesCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := chat.DefaultLimits()
		w := newBubble(t, nil, Options{Limits: l})
		c := w.person()
		for n := range l.SendBurst + 1 {
			f := c.answer(c.ask(&wire.Profile{MID: chat.NewMID(), Display: fmt.Sprint("Somebody ", n)}))
			e, refused := f.(*wire.Error)
			if refused != (n == l.SendBurst) {
				t.Fatalf("name %d: %+v", n, f)
			}
			if refused && (e.Err().Code != chat.CodeRateLimited || !e.Err().Retryable) {
				t.Errorf("one too many: %v", e.Err())
			}
		}
	})
}

// TestFeedsArePaced: who has a log sent again and again, on several devices, gets so many
// pages a second; who comes back for the first time waits for none.
func TestFeedsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.HistoryPagesPerSec = 2
		burst, perSecond := feedBurst*l.HistoryPagesPerSec, feedShare*l.HistoryPagesPerSec
		w := newBubble(t, nil, Options{Limits: l})
		c := w.person()
		const pages = 5 // of the log
		body := `{"text":"` + strings.Repeat("x", 10_000) + `"}`
		for range pages * l.PageBytes / 2 / 10_000 {
			c.say(w.general, chat.KindMessage, body)
		}
		begin, got := time.Now(), 0
		began := false
		for got < 2*burst {
			c.ask(&wire.Sync{Rooms: []wire.Cursor{{Room: w.general}}, Only: began})
			began = true
			for live := false; !live; {
				f, err := c.read()
				if err != nil {
					t.Fatal(err)
				}
				switch f := f.(type) {
				case *wire.Events:
					if got++; got == burst && time.Since(begin) > 0 {
						t.Errorf("the first %d pages took %v", burst, time.Since(begin))
					}
				case *wire.Live:
					live = true
				case *wire.Error:
					t.Fatal(f.Err())
				}
			}
		}
		if took, least := time.Since(begin), time.Duration(got-burst-1)*time.Second/time.Duration(perSecond); took < least {
			t.Errorf("%d pages took %v, want %v at least", got, took, least)
		}
		w.person().text(w.general, "nobody else waits")
	})
}

// fromAddress is a listener whose connections come from somewhere.
type fromAddress struct {
	net.Listener
	from net.Addr
}

type fromConn struct {
	net.Conn
	from net.Addr
}

func (l *fromAddress) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &fromConn{c, l.from}, nil
}

func (c *fromConn) RemoteAddr() net.Addr { return c.from }

// TestKnocksArePaced: an address gets so many connections at once and so many a second;
// those of a moment too early wait for their turn, those for whom that would take too long
// are closed. Another address, and who is connected, do not notice; a moment later
// everybody gets in.
func TestKnocksArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond = 20
		w := newBubble(t, nil, Options{Limits: chat.DefaultLimits(), Admissions: perSecond * knocksShare})
		listen := func(at, from string) (use func()) {
			l, err := w.net.Listen(at)
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = w.server.Serve(&fromAddress{l, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}) }()
			return func() {
				w.connect = func(ctx context.Context) (net.Conn, error) { return w.net.Dial(ctx, "tcp", at) }
			}
		}
		office, elsewhere := listen("office.test:1", "203.0.113.7:5"), listen("elsewhere.test:1", "203.0.113.8:5")
		office()
		innocent := w.person()
		burst := SilentShare * w.server.o.Limits.UnauthPerAddress
		begin := time.Now()
		for range 10 * burst { // one after the other, so that there are never too many at once
			c, err := w.connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
			_ = c.Close()
			synctest.Wait()
		}
		admitted := 10*burst - int(w.counted("hearth_connections_refused_total"))
		most := burst + int((time.Since(begin)+knockWait).Seconds()*perSecond) + 1
		if admitted > most || admitted < burst-1 {
			t.Errorf("%d were admitted within %v, want %d at most", admitted, time.Since(begin), most)
		}
		innocent.text(w.general, "still here")
		elsewhere()
		w.person()
		time.Sleep(5 * time.Second)
		begin = time.Now()
		office()
		w.person()
		if took := time.Since(begin); took > knockWait {
			t.Errorf("5 s later somebody else there waited for %v", took)
		}
	})
}

// TestNewcomersArePaced: from an address so many accounts are made at once and so many a
// minute. What is not made does not count, nor does an account whose answer was lost;
// another address does not notice.
func TestNewcomersArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		listen := func(at, from string) func() {
			l, err := w.net.Listen(at)
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = w.server.Serve(&fromAddress{l, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}) }()
			return func() {
				w.connect = func(ctx context.Context) (net.Conn, error) { return w.net.Dial(ctx, "tcp", at) }
			}
		}
		elsewhere, office := listen("elsewhere.test:1", "203.0.113.8:5"), listen("office.test:1", "203.0.113.7:5")
		office()
		var first *wire.Register
		var known *raw
		for n := range newcomersAtOnce {
			c := w.dial()
			r := c.registration(fmt.Sprint("colleague", n))
			if _, ok := c.answer(c.ask(r)).(*wire.Ready); !ok {
				t.Fatalf("colleague %d is not let in", n)
			}
			if n > 0 {
				continue
			}
			first, known = r, c
			for range 3 {
				again := w.dial()
				if e := again.refused(again.registration("colleague0")); e.Code != chat.CodeNameTaken {
					t.Fatal(e)
				}
			}
		}
		late := w.dial()
		e := late.refused(late.registration("late"))
		if e.Code != chat.CodeRateLimited || !e.Retryable || e.RetryAfter <= 0 || e.RetryAfter > time.Minute/newcomersPerMinute {
			t.Fatalf("one too many: %v, again after %v", e, e.RetryAfter)
		}
		again := w.dial()
		again.device = known.device
		if _, ok := again.answer(again.ask(again.signed(first.Record))).(*wire.Ready); !ok {
			t.Error("whose account was made does not get its answer again")
		}
		elsewhere()
		w.person()
		office()
		time.Sleep(e.RetryAfter)
		w.person()
		time.Sleep(time.Minute)
		came := 0
		for range 2 * newcomersPerMinute {
			c := w.dial()
			if _, ok := c.answer(c.ask(c.registration(fmt.Sprint("later", came)))).(*wire.Ready); ok {
				came++
			}
		}
		if came != newcomersPerMinute {
			t.Errorf("%d came in the minute after, want %d", came, newcomersPerMinute)
		}
	})
}

// slower changes the rates of those who come, so that little shows them.
func (p *pacers[K]) slower(perSecond float64, burst int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate, p.burst = rate.Limit(perSecond), burst
}

// TestCarriersArePaced: what an account sends and fetches of contents is as fast as the
// line up to some of the largest files, then so much a second, whatever connection it uses;
// what is small costs something, too. Others do not wait.
func TestCarriersArePaced(t *testing.T) {
	l := chat.DefaultLimits()
	for _, mib := range []int{1, l.FileMiB, 2000} {
		l.FileMiB = mib
		sent, fetched := carriers(l)
		for name, p := range map[string]*pacers[chat.AccountID]{"sent": sent, "fetched": fetched} {
			if p.burst < 2*mib<<10 || float64(p.rate) < 16<<10 {
				t.Errorf("files of %d MiB: %d KiB are %s at once, then %v a second", mib, p.burst, name, p.rate)
			}
		}
	}
	o := keeping(t, nil)
	o.Idle = time.Hour // nobody beats here
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, o)
		w.server.sending.slower(1<<10, 2<<10)
		w.server.fetching.slower(2<<10, 4<<10)
		ann := w.person()
		desk, phone := newCourier(ann), newCourier(ann.second())
		took := func(do func()) time.Duration {
			begin := time.Now()
			do()
			return time.Since(begin).Round(100 * time.Millisecond)
		}
		content := func(fill byte) []byte { return bytes.Repeat([]byte{fill}, 960<<10) } // and the request for it
		send := func(k *courier, c []byte) {
			k.create(c)
			for at := 0; at < len(c); at += 192 << 10 {
				k.piece(http.StatusNoContent, c, at, at+192<<10)
			}
		}
		if d := took(func() { send(desk, content(1)); send(phone, content(2)) }); d != 0 {
			t.Errorf("two files of the largest size took %v", d)
		}
		if d := took(func() { send(desk, content(3)) }); d != time.Second {
			t.Errorf("one more took %v", d)
		}
		if d := took(func() {
			for range 32 {
				phone.wants(http.StatusNotFound, http.MethodHead, "/"+spell([]byte("nothing")), nil)
			}
		}); d != 2*time.Second {
			t.Errorf("32 requests that carry nothing took %v", d)
		}
		ann.text(w.general, "texts do not wait")
		time.Sleep(time.Minute)
		ann.say(w.general, chat.KindMessage, naming(content(1)))
		fetch := func(n int) {
			for range n {
				r, got := phone.do(http.MethodGet, "/"+spell(content(1))+"?room="+w.general.String(), nil)
				if r.StatusCode != http.StatusOK || !bytes.Equal(got, content(1)) {
					t.Fatalf("fetched: %s, %d bytes", r.Status, len(got))
				}
			}
		}
		if d := took(func() { fetch(4) }); d != 0 {
			t.Errorf("four files took %v", d)
		}
		if d := took(func() { fetch(8) }); d < 3*time.Second || d > 4*time.Second {
			t.Errorf("eight more took %v", d)
		}
		ben := w.person()
		if d := took(func() { send(newCourier(ben), content(4)) }); d != 0 {
			t.Errorf("somebody else waited for %v", d)
		}
	})
}
