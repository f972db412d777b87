package link

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// TestDeadPeer: how long until a connection that silently died is given up.
func TestDeadPeer(t *testing.T) {
	for _, test := range []struct {
		name   string
		stall  func(*memnet.Line)
		use    func(*testing.T, *Link, *Session)
		within time.Duration
	}{
		{"idle, black hole", func(l *memnet.Line) { l.Stall(true) }, nil, 26 * time.Second},
		{"idle, nothing arrives here", func(l *memnet.Line) { l.Down.Stall(true) }, nil, 26 * time.Second},
		{"idle, nothing arrives there", func(l *memnet.Line) { l.Up.Stall(true) }, nil, 26 * time.Second},
		{"sending", func(l *memnet.Line) { l.Stall(true) }, func(t *testing.T, _ *Link, s *Session) { say(t, s, "hello") }, 8 * time.Second},
		{"sending more than fits", func(l *memnet.Line) { l.Stall(true) }, func(t *testing.T, _ *Link, s *Session) {
			for range 10 {
				say(t, s, strings.Repeat("long ", 8000))
			}
		}, 8 * time.Second},
		{"waking", func(l *memnet.Line) { l.Stall(true) }, func(_ *testing.T, l *Link, _ *Session) { l.Wake() }, 2 * time.Second},
		{"a person insists", func(l *memnet.Line) { l.Stall(true) }, func(_ *testing.T, l *Link, _ *Session) { l.TryNow() }, 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			// Many times, because the moment within the heartbeat interval varies.
			for i := range 20 {
				synctest.Test(t, func(t *testing.T) {
					h := newHost(t, memnet.New()).start()
					l, w, _ := runLink(t, h, h.options())
					time.Sleep(time.Duration(30_000+i*777) * time.Millisecond)
					s := w.session(t)
					test.stall(h.net.Last())
					begin := time.Now()
					if test.use != nil {
						test.use(t, l, s)
					}
					<-s.Done()
					if took := time.Since(begin); took > test.within {
						t.Errorf("noticed after %v, want %v at most", took, test.within)
					}
					synctest.Wait()
					if _, downs := w.counts(); downs != 1 || w.downs[0].Kind != KindLost {
						t.Errorf("down %v", w.downs)
					}
				})
			}
		})
	}
}

func say(t *testing.T, s *Session, text string) {
	t.Helper()
	body, err := wire.EncodeBody(chat.Text{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Go(&wire.Send{MID: chat.NewMID(), Room: chat.RoomID{1}, DSeq: 1, Kind: chat.KindMessage, Body: string(body)}, func(wire.Reply, error) {})
	if err != nil {
		t.Error(err)
	}
}

// TestAlive: what must not be taken for death.
func TestAlive(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*host)
		use   func(*Link, *watcher, *host)
	}{
		{"an idle day", nil, func(*Link, *watcher, *host) { time.Sleep(24 * time.Hour) }},
		{"quiet day", nil, func(l *Link, _ *watcher, h *host) { l.SetQuiet(true); time.Sleep(24 * time.Hour) }},
		{"waking with a living server", nil, func(l *Link, _ *watcher, _ *host) {
			for range 100 {
				l.Wake()
				time.Sleep(time.Second)
			}
		}},
		{"woken without end, beats refused", func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				for r := p.next(); r != nil; r = p.next() {
					p.send(wire.FromError(r.RequestID(), chat.Errorf(chat.CodeRateLimited, "", "too many")))
				}
			}
		}, func(l *Link, _ *watcher, h *host) {
			for range 10_000 {
				l.Wake()
				time.Sleep(10 * time.Millisecond)
			}
		}},
		{"a slow line", nil, func(_ *Link, _ *watcher, h *host) {
			h.net.Last().Up.Delay(3 * time.Second)
			h.net.Last().Down.Delay(3 * time.Second)
			time.Sleep(time.Hour)
		}},
		{"an answer behind a page that trickles in", func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				if r := p.next(); r != nil { // a heartbeat: its answer stands behind a big frame
					p.send(&wire.PeopleList{People: people(1000)})
					p.reply(r)
				}
				p.serve()
			}
		}, func(_ *Link, _ *watcher, h *host) {
			h.net.Last().Down.Stall(true)
			for range 120 { // a byte now and then
				time.Sleep(time.Second)
				h.net.Last().Down.Slice(1000)
				h.net.Last().Down.Stall(false)
				time.Sleep(time.Microsecond)
				h.net.Last().Down.Stall(true)
			}
			h.net.Last().Down.Stall(false)
			time.Sleep(time.Minute)
		}},
		{"a handler that is slow", func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				for range 40 { // far more than the queue and the line hold
					if !p.send(&wire.Void{Reason: strings.Repeat("x", 100_000)}) {
						return
					}
				}
				p.serve()
			}
		}, func(_ *Link, w *watcher, _ *host) { time.Sleep(2 * time.Hour) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				if test.spoil != nil {
					test.spoil(h)
				}
				h.start()
				l, w, stop := runLink(t, h, h.options())
				if strings.Contains(test.name, "handler") {
					w.mu.Lock()
					w.slow = func() { time.Sleep(100 * time.Second) }
					w.mu.Unlock()
				}
				time.Sleep(time.Second)
				test.use(l, w, h)
				synctest.Wait()
				if ups, downs := w.counts(); ups != 1 || downs != 0 {
					t.Errorf("%d connections, %d lost: %v", ups, downs, w.downs)
				}
				w.mu.Lock()
				w.slow = nil
				w.mu.Unlock()
				stop()
			})
		})
	}
}

func people(n int) []wire.Person {
	out := make([]wire.Person, n)
	for i := range out {
		out[i] = wire.Person{Account: chat.AccountID{byte(i), byte(i >> 8)}, Name: fmt.Sprint("person", i), Display: "Somebody"}
	}
	return out
}

// TestBeats: regular beats come every 15 s ± 20 %, half as often when quiet.
func TestBeats(t *testing.T) {
	for quiet, most := range map[bool]int{false: 3600/12 + 1, true: 3600/24 + 1} {
		synctest.Test(t, func(t *testing.T) {
			h := newHost(t, memnet.New()).start()
			l, w, stop := runLink(t, h, h.options())
			l.SetQuiet(quiet)
			time.Sleep(time.Hour)
			n := h.count(wire.TypeHeartbeat)
			if least := most * 12 / 18; n < least || n > most {
				t.Errorf("quiet %v: %d beats in an hour, want %d to %d", quiet, n, least, most)
			}
			digests := 0
			w.mu.Lock()
			for _, f := range w.frames {
				if ok, is := f.(*wire.HeartbeatOK); is && ok.Digest == 7 {
					digests++
				}
			}
			w.mu.Unlock()
			if digests != n {
				t.Errorf("%d beats, %d digests handed on", n, digests)
			}
			stop()
		})
	}
}

// TestBeatsUnanswered: a server that goes on sending and answers no heartbeat is alive; a day
// of that takes no more memory than an hour. Answers that come after all are expected, and
// the silence behind them is noticed as ever.
func TestBeatsUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		answers, silence := make(chan struct{}), make(chan struct{})
		h.script = func(p *peer) {
			p.reply(p.next())
			var beats []uint64
			asked := make(chan uint64)
			go func() {
				defer close(asked)
				for r := p.next(); r != nil; r = p.next() {
					asked <- r.RequestID()
				}
			}()
			answer := func(id uint64) { p.send(&wire.HeartbeatOK{Rep: wire.Rep{Re: id}}) }
			late, answering := answers, false
			for tick := time.NewTicker(time.Second); ; {
				select {
				case id, ok := <-asked:
					if !ok {
						return
					}
					if answering {
						answer(id)
						continue
					}
					beats = append(beats, id)
				case <-late:
					for _, id := range beats {
						answer(id)
					}
					late, answering = nil, true
				case <-silence:
					tick.Stop()
					answering = false
				case <-tick.C:
					p.send(&wire.Lag{})
				}
			}
		}
		h.start()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(24 * time.Hour)
		s := w.session(t)
		kept := func() (pending, beating int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.pending), len(s.beating)
		}
		if n, beats := kept(); n != maxBeats || beats != maxBeats {
			t.Errorf("%d requests wait for an answer, %d of them heartbeats", n, beats)
		}
		close(answers)
		time.Sleep(time.Second)
		synctest.Wait()
		if n, beats := kept(); n != 0 || beats != 0 || s.Strays() != 0 {
			t.Errorf("%d wait, %d of them heartbeats, %d answers are to nothing", n, beats, s.Strays())
		}
		silence <- struct{}{}
		begin := time.Now()
		<-s.Done()
		if took := time.Since(begin); took > 26*time.Second {
			t.Errorf("silence was noticed after %v", took)
		}
		stop()
	})
}

// TestRequests: every request gets exactly one outcome, in the order of the
// stream, and what comes twice or unasked does no harm.
func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.script = func(p *peer) {
			p.reply(p.next())
			p.raw(`{"t":"from.the.future","x":{"deep":[1,2,3]}}`)
			for r := p.next(); r != nil; r = p.next() {
				switch r := r.(type) {
				case *wire.Heartbeat:
					p.reply(r)
				case *wire.Heads:
					p.send(&wire.Void{Reason: "before"})
					p.send(&wire.HeadsAt{Rep: wire.Rep{Re: r.ID}})
					p.send(&wire.HeadsAt{Rep: wire.Rep{Re: r.ID}})
					p.send(&wire.HeadsAt{Rep: wire.Rep{Re: 999_999}})
					p.send(&wire.HeartbeatOK{Rep: wire.Rep{Re: 999_999}})
					p.send(wire.FromError(r.ID, chat.Errorf(chat.CodeBusy, "", "again")))
					p.send(&wire.Hello{})
					p.send(&wire.Void{Reason: "after"})
				case *wire.Rooms:
					p.send(&wire.HeartbeatOK{Rep: wire.Rep{Re: r.ID}}) // the wrong kind of answer is one, too
				case *wire.People:
					p.send(wire.FromError(r.ID, chat.Errorf(chat.CodeForbidden, "/id", "no")))
				}
			}
		}
		h.start()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(time.Second)
		s := w.session(t)
		var order []string
		if err := s.Go(&wire.Heads{}, func(r wire.Reply, err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.frames = append(w.frames, r)
			order = append(order, fmt.Sprintf("%T %v", r, err))
		}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.mu.Lock()
		var got []string
		for _, f := range w.frames {
			if v, ok := f.(*wire.Void); ok {
				got = append(got, v.Reason)
			} else if _, beat := f.(*wire.HeartbeatOK); !beat {
				got = append(got, fmt.Sprintf("%T", f))
			}
		}
		w.mu.Unlock()
		if diff := cmp.Diff([]string{"before", "*wire.HeadsAt", "after"}, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if len(order) != 1 || s.Strays() != 5 || s.skipped.Load() != 1 {
			t.Errorf("outcomes %v, %d strays, %d skipped", order, s.Strays(), s.skipped.Load())
		}
		var refusal *chat.Error
		if _, err := s.Do(t.Context(), &wire.People{}); !errors.As(err, &refusal) || refusal.Code != chat.CodeForbidden || refusal.Path != "/id" {
			t.Errorf("refusal: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r, err := s.Do(ctx, &wire.Rooms{}); err != nil || r.Type() != wire.TypeHeartbeatOK {
			t.Errorf("odd answer: %v, %v", r, err)
		}
		if _, err := s.Do(ctx, &wire.InviteList{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no answer: %v", err)
		}
		if err := s.Go(&wire.Send{Body: strings.Repeat("x", 70_000)}, nil); KindOf(err) != KindTooLarge {
			t.Errorf("too large: %v", err)
		}
		var lost []error
		for range 3 {
			if err := s.Go(&wire.InviteList{}, func(_ wire.Reply, err error) { lost = append(lost, err) }); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		h.net.Last().Cut()
		synctest.Wait()
		if len(lost) != 3 || KindOf(lost[0]) != KindLost {
			t.Errorf("after a cut: %v", lost)
		}
		if err := s.Go(&wire.Rooms{}, nil); KindOf(err) != KindLost {
			t.Errorf("Go after the end: %v", err)
		}
		stop()
	})
}

// TestHostileServer: frames that are damaged or too large end the connection
// and nothing else; the client comes back by the general rule.
func TestHostileServer(t *testing.T) {
	for name, attack := range map[string]func(*peer){
		"not JSON":      func(p *peer) { p.raw("\x00\x01") },
		"damaged frame": func(p *peer) { p.raw(`{"t":"events","room":7}`) },
		"binary":        func(p *peer) { p.ws.Write(p.ctx, websocket.MessageBinary, []byte(`{"t":"lag"}`)) },
		"too large": func(p *peer) {
			p.raw(`{"t":"void","reason":"` + strings.Repeat("x", mostReadLimit+1) + `"}`)
		},
		"deep":            func(p *peer) { p.raw(`{"x":` + strings.Repeat("[", 100_000)) },
		"answers nothing": func(p *peer) { p.mute = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				h.edit = func(g *wire.Greeting) { g.Limits.TransportBytes = 1 << 40 }
				h.script = func(p *peer) {
					p.reply(p.next())
					attack(p)
					p.serve()
				}
				h.start()
				_, w, stop := runLink(t, h, h.options())
				time.Sleep(5 * time.Minute)
				if ups, downs := w.counts(); ups < 2 || downs < 2 || w.downs[0].Kind != KindLost {
					t.Errorf("%d ups, %v", ups, w.downs)
				}
				stop()
			})
		})
	}
}

// TestUnanswered: a server that lives but never answers a request broke its
// promise; the connection is given up.
func TestUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.script = func(p *peer) {
			for r := p.next(); r != nil; r = p.next() {
				if r.Type() != wire.TypePeople {
					p.reply(r)
				}
			}
		}
		h.start()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(time.Minute)
		begin := time.Now()
		_, err := w.session(t).Do(t.Context(), &wire.People{})
		if took := time.Since(begin); KindOf(err) != KindLost || took < requestTimeout || took > requestTimeout+5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		stop()
	})
}

// TestFreshPulse: the state of one connection's heartbeat never touches the next.
func TestFreshPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		l, w, stop := runLink(t, h, h.options())
		for range 20 {
			time.Sleep(2 * time.Minute)
			if ups, downs := w.counts(); ups != downs+1 {
				t.Fatalf("%d ups, %d downs: %v", ups, downs, w.downs)
			}
			l.Wake() // a beat that will never be answered
			h.net.Last().Cut()
		}
		stop()
	})
}

// TestDrop: the owner may end a connection it finds useless.
func TestDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(time.Minute)
		w.session(t).Drop("a gap stayed open")
		time.Sleep(afterDrop + time.Second)
		if ups, _ := w.counts(); ups != 2 || w.downs[0].Kind != KindLost {
			t.Errorf("%d connections, %v", ups, w.downs)
		}
		stop()
	})
}

// TestFull: requests are bounded while a server does not read.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(time.Minute)
		s := w.session(t)
		h.net.Last().Up.Stall(true)
		var err error
		for n := 0; err == nil && n < 2*maxPending; n++ {
			err = s.Go(&wire.Send{Body: strings.Repeat("x", 60_000)}, func(wire.Reply, error) {})
		}
		if KindOf(err) != KindFull {
			t.Errorf("got %v", err)
		}
		stop()
	})
}
