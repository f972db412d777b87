package app

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/net/wire"
)

// longAgo is how long a device was away that must ask what became of its messages.
const longAgo = 8 * dayMS

// unanswered is somebody who has sent a message and never heard of it.
func unanswered(t *testing.T) (p *prey, lost *wire.Send) {
	p = newPrey(t)
	p.server.Handle = func(_ *linktest.Peer, r wire.Request) bool {
		s, is := r.(*wire.Send)
		if is {
			lost = s
		}
		return is
	}
	p.server.Start()
	p.run().live().say(p.w.general, "mine")
	time.Sleep(time.Second)
	p.quit()
	return p, lost
}

// TestOldWhileConnectionEnds: a device was away for long, and what may have left it is to
// be asked for. The connection, or the program, ends before the answer: it is asked again,
// nobody is told that it failed, and nothing is sent a second time without asking.
func TestOldWhileConnectionEnds(t *testing.T) {
	for _, c := range []struct {
		when    string
		request wire.Request
		program bool
	}{
		{"the connection, while it syncs", &wire.Sync{}, false},
		{"the connection, while it asks", &wire.SendStatus{}, false},
		{"the program, while it syncs", &wire.Sync{}, true},
		{"the program, while it asks", &wire.SendStatus{}, true},
	} {
		t.Run(c.when, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p, lost := unanswered(t)
				var auths, ends, asked, sends atomic.Int64
				s := p.successor()
				s.Handle = func(peer *linktest.Peer, r wire.Request) bool {
					if fmt.Sprintf("%T", r) == fmt.Sprintf("%T", c.request) && ends.Add(1) == 1 {
						if !c.program {
							peer.Close()
						}
						return true
					}
					switch r := r.(type) {
					case *wire.Auth:
						ready := peer.Ready(wire.Rep{Re: r.ID}, r.Device)
						if auths.Add(1) == 1 {
							ready.AwayMS = longAgo
						}
						return peer.Send(ready)
					case *wire.SendStatus:
						asked.Add(1)
						e, chain := s.Book.Post(peer, lost)
						answer := &wire.SendState{Rep: wire.Rep{Re: r.ID}, Items: []wire.SendOutcome{{MID: e.MID, Seq: e.Seq}}}
						return peer.Send(answer) && peer.Send(linktest.Frame(&e, chain))
					case *wire.Send:
						sends.Add(1)
					}
					return false
				}
				s.Start()
				p.run()
				if c.program {
					time.Sleep(5 * time.Second)
					p.quit()
					p.run()
				}
				defer p.quit()
				p.live().sent()
				if got, want := p.texts(p.w.general), []string{"one", "two", "mine"}; !slices.Equal(got, want) {
					t.Errorf("the timeline says %q, want %q", got, want)
				}
				if asked.Load() != 1 || sends.Load() != 0 {
					t.Errorf("asked %d times, sent %d times again", asked.Load(), sends.Load())
				}
				p.say(p.w.general, "new")
				p.sent()
				if got := p.texts(p.w.general); got[len(got)-1] != "new" {
					t.Errorf("the timeline says %q", got)
				}
			})
		})
	}
}

// TestLyingFate: a server says of an old message that it stands where another one does.
// It does not vanish from here.
func TestLyingFate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, _ := unanswered(t)
		s := p.successor()
		s.Handle = func(peer *linktest.Peer, r wire.Request) bool {
			switch r := r.(type) {
			case *wire.Auth:
				ready := peer.Ready(wire.Rep{Re: r.ID}, r.Device)
				ready.AwayMS = longAgo
				return peer.Send(ready)
			case *wire.SendStatus:
				return peer.Send(&wire.SendState{Rep: wire.Rep{Re: r.ID}, Items: []wire.SendOutcome{{MID: r.MIDs[0], Seq: 3}}})
			}
			return false
		}
		s.Start()
		p.run().live()
		defer p.quit()
		time.Sleep(time.Minute)
		if got, want := p.texts(p.w.general), []string{"one", "two", "mine (failed)"}; !slices.Equal(got, want) {
			t.Errorf("the timeline says %q, want %q", got, want)
		}
	})
}

// TestSyncRefused: a server refuses to say how far it is, for now or for good. It is asked
// again, on the same connection or on the next one.
func TestSyncRefused(t *testing.T) {
	for code, conns := range map[chat.Code]int{chat.CodeInternal: 1, chat.CodeForbidden: 2} {
		t.Run(string(code), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPrey(t)
				refused := false
				p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
					if _, is := r.(*wire.Sync); !is || refused {
						return false
					}
					refused = true
					return peer.Send(wire.FromError(r.RequestID(), chat.Errorf(code, "", "not now")))
				}
				p.server.Start()
				p.run().live()
				defer p.quit()
				if n := len(p.server.Peers()); n != conns {
					t.Errorf("%d connections, want %d", n, conns)
				}
				p.goesOn()
			})
		})
	}
}

// TestAskedAgainOnNextConnection: what was to be asked again on a connection that has
// ended since does not stand in the way of what the next one asks.
func TestAskedAgainOnNextConnection(t *testing.T) {
	lied(t, nil, func(p *prey, _ *linktest.Peer) {
		next := p.successor()
		next.Book.Rewrite(p.w.general, 3, `{"text":"as the backup has it"}`)
		var asked atomic.Int64
		refuse := func(peer *linktest.Peer, r wire.Request, after time.Duration) bool {
			e := chat.Errorf(chat.CodeBusy, "", "not now")
			e.RetryAfter = after
			return peer.Send(wire.FromError(r.RequestID(), e))
		}
		next.Handle = func(peer *linktest.Peer, r wire.Request) bool {
			if _, is := r.(*wire.Chains); !is {
				return false
			}
			switch asked.Add(1) {
			case 1:
				refuse(peer, r, 20*time.Second)
				peer.Close()
				return true
			case 2:
				return refuse(peer, r, time.Minute)
			}
			return false
		}
		next.Start()
		p.TryNow()
		p.until("the common part", func(*View) bool { return slices.Contains(p.texts(p.w.general), "as the backup has it") })
	})
}
