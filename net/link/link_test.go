package link

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// attempts returns when the client dialled, relative to begin.
func attempts(n *memnet.Network, begin time.Time) []time.Duration {
	var out []time.Duration
	for _, d := range n.Dials() {
		out = append(out, d.At.Sub(begin))
	}
	return out
}

func TestStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(10 * time.Second) // nobody listens yet
		if got := w.text(); !strings.HasPrefix(got, "dialling waiting dialling waiting dialling waiting") {
			t.Errorf("without a server: %s", got)
		}
		h.start()
		time.Sleep(2 * time.Minute)
		s := w.session(t)
		if s.Ready().Name != "ada" || s.Address() != home || s.Greeting().Software != "scripted" {
			t.Errorf("session: %+v", s.Ready())
		}
		w.mu.Lock()
		last := w.states[len(w.states)-1]
		w.mu.Unlock()
		if last.State != StateLive || last.Reason != nil || last.RTT <= 0 || last.Address != home {
			t.Errorf("status %+v", last)
		}
		stop()
		if ups, downs := w.counts(); ups != 1 || downs != 1 || w.downs[0].Kind != KindClosed {
			t.Errorf("%d ups, %d downs, %v", ups, downs, w.downs)
		}
		if _, err := s.Do(t.Context(), &wire.Heads{}); KindOf(err) != KindClosed {
			t.Errorf("Do after the end: %v", err)
		}
	})
}

// TestBackoffGrows: without a server the waits are spread over windows that
// double up to a minute, for ever; the person always sees when the next is.
func TestBackoffGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		begin := time.Now()
		_, w, stop := runLink(t, h, h.options())
		time.Sleep(4 * time.Hour)
		stop()
		at := attempts(h.net, begin)
		if len(at) < 300 || len(at) > 700 {
			t.Errorf("%d attempts in 4 h; the mean wait should be near 30 s", len(at))
		}
		for i := 1; i < len(at); i++ {
			if d := at[i] - at[i-1]; d > window(i-1) {
				t.Errorf("attempt %d came %v after the last, its window is %v", i, d, window(i-1))
			}
		}
		for _, s := range w.states {
			if s.State == StateWaiting && (s.Next.Before(s.Since) || s.Reason == nil || s.Reason.Kind != KindRefused) {
				t.Fatalf("waiting without saying until when and why: %+v", s)
			}
		}
	})
}

// TestResetAfterStable: connections that break soon do not start the count
// anew, one that was ready for a minute does.
func TestResetAfterStable(t *testing.T) {
	for _, test := range []struct {
		name    string
		lives   time.Duration
		attempt int // the highest
		longest time.Duration
	}{
		{"break soon", stableAfter - time.Second, 15, longestWait},
		{"stable", stableAfter, 1, afterDrop},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				h.script = func(p *peer) {
					p.reply(p.next())
					time.AfterFunc(test.lives, h.net.Last().Cut)
					p.serve()
				}
				h.start()
				_, w, stop := runLink(t, h, h.options())
				time.Sleep(30 * time.Minute)
				stop()
				attempt, longest := 0, time.Duration(0)
				for _, s := range w.states {
					attempt, longest = max(attempt, s.Attempt), max(longest, s.Next.Sub(s.Since))
				}
				if attempt < test.attempt || test.attempt == 1 && attempt > 1 {
					t.Errorf("counted to %d, want %d", attempt, test.attempt)
				}
				if longest > test.longest || test.attempt > 1 && longest <= afterDrop {
					t.Errorf("waited up to %v, want up to %v", longest, test.longest)
				}
			})
		})
	}
}

// TestFinal: after these nothing is tried until a person wants it, whatever
// wakes.
func TestFinal(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*host)
		want  Kind
	}{
		{"expired", func(h *host) { h.script = refuse(chat.CodeAuthExpired) }, KindExpired},
		{"revoked", func(h *host) { h.script = refuse(chat.CodeAuthRevoked) }, KindRevoked},
		{"unknown device", func(h *host) { h.script = refuse(chat.CodeAuthFailed) }, KindRevoked},
		{"version refused", func(h *host) { h.script = refuse(chat.CodeVersionUnsupported) }, KindTooNew},
		{"binding refused", func(h *host) { h.script = refuse(chat.CodeAuthBindingMismatch) }, KindNotBound},
		{"server too new", func(h *host) { h.edit = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 2, 2 } }, KindTooNew},
		{"server too old", func(h *host) { h.edit = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 0, 0 } }, KindTooOld},
		{"another identity", func(h *host) { h.edit = func(g *wire.Greeting) { g.Identity = wire.Bytes(publicOf(newKey(h.t))) } }, KindPinMismatch},
		{"proof fails", func(h *host) { h.prove = newKey(h.t) }, KindNotBound},
		{"revoked while live", func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				p.fatal(0, chat.CodeAuthRevoked)
			}
		}, KindRevoked},
		{"expired by close code alone", func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				p.ws.Close(websocket.StatusCode(wire.CloseAuthExpired), "")
			}
		}, KindExpired},
		{"unknown code that says do not come back", func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				p.ws.Close(4999, "")
			}
		}, KindRejected},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				test.spoil(h)
				h.start()
				l, _, _ := runLink(t, h, h.options())
				time.Sleep(24 * time.Hour)
				l.Wake()
				time.Sleep(24 * time.Hour)
				s := l.Status()
				if s.State != StateStopped || s.Reason == nil || s.Reason.Kind != test.want {
					t.Fatalf("%+v", s)
				}
				if n := len(h.net.Dials()); n != 1 {
					t.Errorf("dialled %d times", n)
				}
				l.TryNow()
				time.Sleep(time.Second)
				if n := len(h.net.Dials()); n != 2 {
					t.Errorf("a person's wish made %d attempts", n-1)
				}
			})
		})
	}
}

func refuse(code chat.Code) func(*peer) {
	return func(p *peer) {
		if r := p.next(); r != nil {
			p.fatal(r.RequestID(), code)
		}
	}
}

// TestWaits: causes and the first wait each asks for (docs/protocol.md 9).
func TestWaits(t *testing.T) {
	goodbye := func(reason string, after time.Duration) func(*host) {
		return func(h *host) {
			h.script = func(p *peer) {
				p.reply(p.next())
				p.send(&wire.Goodbye{Reason: reason, AfterMS: after.Milliseconds()})
				p.ws.Close(websocket.StatusCode(wire.CloseRestart), "")
			}
		}
	}
	for _, test := range []struct {
		name        string
		spoil       func(*host)
		least, most time.Duration
		want        Kind
	}{
		{"restart at the slot", goodbye(wire.GoodbyeRestart, 7_321*time.Millisecond), 7_321 * time.Millisecond, 7_321 * time.Millisecond, KindRestart},
		{"restart, absurd slot", goodbye(wire.GoodbyeRestart, 1000*time.Hour), maxSlot, maxSlot, KindRestart},
		{"displaced", goodbye(wire.GoodbyeDisplaced, 0), displacedWait, displacedWait * 6 / 5, KindDisplaced},
		{"displaced, later", goodbye(wire.GoodbyeDisplaced, 40*time.Second), 40 * time.Second, 40 * time.Second, KindDisplaced},
		{"slow, no slot", goodbye(wire.GoodbyeSlow, 0), 0, afterDrop, KindLost},
		{"close code restart", func(h *host) {
			h.script = func(p *peer) { p.reply(p.next()); p.ws.Close(websocket.StatusCode(wire.CloseRestart), "") }
		}, 0, afterDrop, KindRestart},
		{"close code displaced", func(h *host) {
			h.script = func(p *peer) { p.reply(p.next()); p.ws.Close(websocket.StatusCode(wire.CloseDisplaced), "") }
		}, displacedWait, displacedWait * 6 / 5, KindDisplaced},
		{"drop", func(h *host) { h.script = func(p *peer) { p.reply(p.next()); p.h.net.Last().Cut() } }, 0, afterDrop, KindLost},
		{"full, retry after", func(h *host) {
			h.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}, 20 * time.Second, 24 * time.Second, KindBusy},
		{"rate limited at auth", func(h *host) {
			h.script = func(p *peer) {
				e := chat.Errorf(chat.CodeRateLimited, "", "scripted")
				e.RetryAfter = 30 * time.Second
				p.send(wire.FromError(p.next().RequestID(), e))
			}
		}, 30 * time.Second, 36 * time.Second, KindBusy},
		{"not a server", func(h *host) { h.subproto = nil }, 0, firstWait, KindNotHearth},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				test.spoil(h)
				h.start()
				l, _, stop := runLink(t, h, h.options())
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				s := l.Status()
				if s.State != StateWaiting || s.Reason.Kind != test.want {
					t.Fatalf("%+v %v", s, s.Reason)
				}
				if d := s.Next.Sub(s.Since); d < test.least || d > test.most {
					t.Errorf("waits %v, want %v to %v", d, test.least, test.most)
				}
				stop()
			})
		})
	}
}

// TestHurry: a person's wish and waking shorten a wait, except one that the
// server asked for, which only the person may.
func TestHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		l, _, _ := runLink(t, h, h.options())
		for i, hurry := range []func(){l.TryNow, l.Wake} {
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			for l.Status().State != StateWaiting || time.Until(l.Status().Next) < 2*soon {
				time.Sleep(time.Second)
			}
			before := len(h.net.Dials())
			hurry()
			time.Sleep(soon)
			if n := len(h.net.Dials()) - before; n < 1 || n > 2 {
				t.Errorf("%d: %d attempts", i, n)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.script = func(p *peer) {
			p.reply(p.next())
			p.send(&wire.Goodbye{Reason: wire.GoodbyeDisplaced})
			p.ws.Close(websocket.StatusCode(wire.CloseDisplaced), "")
		}
		h.start()
		l, _, _ := runLink(t, h, h.options())
		time.Sleep(time.Second)
		l.Wake()
		time.Sleep(20 * time.Second)
		if n := len(h.net.Dials()); n != 1 {
			t.Errorf("waking brought a displaced client back: %d attempts", n)
		}
		l.TryNow()
		time.Sleep(soon)
		if n := len(h.net.Dials()); n != 2 {
			t.Errorf("%d attempts after the person's wish", n)
		}
	})
}

// TestWokenLoss: a connection that waking shows to be dead, or that ends just
// after, is replaced at once, not as after an unexplained loss. It hurries one
// attempt only.
func TestWokenLoss(t *testing.T) {
	for name, lose := range map[string]func(*Link, *memnet.Line){
		"no answer": func(l *Link, line *memnet.Line) {
			line.Stall(true)
			l.Wake()
		},
		"reset": func(l *Link, line *memnet.Line) {
			l.Wake()
			synctest.Wait()
			line.Cut()
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 {
				synctest.Test(t, func(t *testing.T) {
					h := newHost(t, memnet.New()).start()
					l, w, _ := runLink(t, h, h.options())
					time.Sleep(2 * time.Minute)
					w.session(t)
					lose(l, h.net.Last())
					time.Sleep(probeReply + soon + time.Millisecond)
					if n := len(h.net.Dials()); n != 2 {
						t.Errorf("%d attempts %v after waking", n, probeReply+soon)
					}
				})
			}
		})
	}
}

// TestNetworkChange: another network means a probe at once, and an end of
// waiting, without anybody saying so.
func TestNetworkChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		o := h.options()
		var network atomic.Value
		network.Store("wired")
		o.Network = func() string { return network.Load().(string) }
		l, w, _ := runLink(t, h, o)
		time.Sleep(10 * time.Minute)
		for l.Status().State != StateWaiting || time.Until(l.Status().Next) < 15*time.Second {
			time.Sleep(time.Second)
		}
		h.start()
		network.Store("wireless")
		time.Sleep(networkPeriod + clockPeriod + soon)
		s := w.session(t)
		time.Sleep(2 * time.Minute)
		h.net.Last().Stall(true)
		network.Store("none")
		begin := time.Now()
		<-s.Done()
		if took := time.Since(begin); took > networkPeriod+clockPeriod+probeReply {
			t.Errorf("noticed after %v", took)
		}
	})
}

// TestNoRoute: without a network no attempts are burnt.
func TestNoRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		o := h.options()
		var routed atomic.Bool
		o.Route = routed.Load
		l, w, _ := runLink(t, h, o)
		time.Sleep(time.Hour)
		if s := l.Status(); s.State != StateOffline || s.Reason.Kind != KindNoRoute || len(h.net.Dials()) != 0 {
			t.Errorf("%+v, %d attempts", s, len(h.net.Dials()))
		}
		l.Wake()
		synctest.Wait()
		if n := len(h.net.Dials()); n != 0 {
			t.Errorf("waking without a network made %d attempts", n)
		}
		routed.Store(true)
		time.Sleep(routePoll)
		synctest.Wait()
		w.session(t)
	})
	synctest.Test(t, func(t *testing.T) { // loopback needs none
		h := newHost(t, memnet.New())
		h.address = "127.0.0.1:7480"
		h.start()
		o := h.options()
		o.Route = func() bool { return false }
		_, w, _ := runLink(t, h, o)
		time.Sleep(time.Second)
		w.session(t)
	})
}

// TestAddresses: what the server says about where it is counts from the next
// attempt on, and the address that worked comes first.
func TestAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.address = "new.test:7480"
		h.start()
		h.address = home
		h.net.Fail(home, syscall.EHOSTUNREACH)
		l, w, _ := runLink(t, h, h.options())
		time.Sleep(5 * time.Second)
		l.SetAddresses(nil) // changes nothing
		l.SetAddresses([]string{home, "new.test:7480"})
		time.Sleep(time.Minute)
		if s := w.session(t); s.Address() != "new.test:7480" {
			t.Errorf("at %s", s.Address())
		}
		if got := l.targets(); !slices.Equal(got, []string{"new.test:7480", home}) {
			t.Errorf("next: %v", got)
		}
	})
}
