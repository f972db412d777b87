package app

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/link/linktest"
	"hearth/net/wire"
)

// lied runs a member against a server that lies once both are live; the lie may
// also be told beforehand, to the server.
func lied(t *testing.T, before func(p *prey), lie func(p *prey, peer *linktest.Peer)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		p := newPrey(t)
		if before != nil {
			before(p)
		}
		p.server.Start()
		p.run().live()
		defer p.quit()
		peers := p.server.Peers()
		lie(p, peers[len(peers)-1])
	})
}

// goesOn checks that the connection, or the next one, still works for the truth.
func (p *prey) goesOn() {
	p.w.t.Helper()
	p.live()
	text := fmt.Sprint("the truth at ", time.Now())
	p.server.Book.Add(p.w.general, chat.KindMessage, chat.AccountID{7}, `{"text":"`+text+`"}`)
	for _, peer := range p.server.Peers() {
		e, chain := p.server.Book.Last(p.w.general)
		peer.Send(linktest.Frame(&e, chain))
	}
	p.until("the truth", func(*View) bool { return slices.Contains(p.texts(p.w.general), text) })
}

// TestRewrittenHistory: what was changed on the server is noticed, told, and
// what was here before stays readable.
func TestRewrittenHistory(t *testing.T) {
	lied(t, nil, func(p *prey, _ *linktest.Peer) {
		p.takeNotices()
		next := p.successor()
		next.Book.Rewrite(p.w.general, 3, `{"text":"as somebody would like it"}`)
		next.Start()
		p.TryNow()
		var told []NoticeKind
		p.until("the alarm", func(*View) bool {
			for _, n := range p.takeNotices() {
				told = append(told, n.Kind)
			}
			return slices.Contains(told, NoticeDiverged)
		})
		time.Sleep(time.Minute)
		lost, err := p.LostMessages(p.w.t.Context(), p.w.general)
		must(t, err)
		kept := p.texts(p.w.general)
		for _, m := range lost {
			kept = append(kept, m.Text)
		}
		if !slices.Contains(kept, "one") || !slices.Contains(kept, "two") {
			t.Errorf("what was here is gone: %v", kept)
		}
	})
}

// TestForgedPushes: pushes that an honest server never sends change nothing that
// is here, and the truth goes on behind them.
func TestForgedPushes(t *testing.T) {
	for name, lie := range map[string]func(p *prey, peer *linktest.Peer){
		"far ahead": func(p *prey, peer *linktest.Peer) {
			peer.Send(&wire.Events{Room: p.w.general, Events: []wire.Event{forged(1000)}, Chain: chat.Hash{1}})
		},
		"in the past": func(p *prey, peer *linktest.Peer) {
			peer.Send(&wire.Events{Room: p.w.general, Events: []wire.Event{forged(2)}, Chain: chat.Hash{1}})
		},
		"not contiguous": func(p *prey, peer *linktest.Peer) {
			peer.Send(&wire.Events{Room: p.w.general, Events: []wire.Event{forged(3), forged(9)}, Chain: chat.Hash{1}})
		},
		"numbered 0": func(p *prey, peer *linktest.Peer) {
			peer.Send(&wire.Events{Room: p.w.general, Events: []wire.Event{forged(0)}, Chain: chat.Hash{1}})
		},
		"beyond all numbers": func(p *prey, peer *linktest.Peer) {
			peer.Raw([]byte(`{"t":"void","room":"` + p.w.general.String() + `","from":5,"to":18446744073709551615,"reason":"purged","chain":"` + chat.Hash{1}.String() + `"}`))
		},
		"no frame at all": func(_ *prey, peer *linktest.Peer) { peer.Raw([]byte("{{{{")) },
		"negative":        func(_ *prey, peer *linktest.Peer) { peer.Raw([]byte(`{"t":"events","events":[{"seq":-1}]}`)) },
		"answers to nothing": func(p *prey, peer *linktest.Peer) {
			for i := range uint64(100) {
				peer.Send(&wire.Ack{Rep: wire.Rep{Re: 1000 + i}, MID: chat.NewMID(), Room: p.w.general, Seq: 5})
			}
		},
		"a frame of sixteen megabytes": func(_ *prey, peer *linktest.Peer) {
			go peer.Raw([]byte(`{"t":"events","x":"` + strings.Repeat("x", 16<<20) + `"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			lied(t, nil, func(p *prey, peer *linktest.Peer) {
				lie(p, peer)
				time.Sleep(30 * time.Second)
				if got := p.texts(p.w.general); !slices.Equal(got, []string{"one", "two"}) {
					t.Errorf("the timeline says %v", got)
				}
				p.goesOn()
			})
		})
	}
}

func forged(seq chat.Seq) wire.Event {
	return wire.Event{Seq: seq, Kind: chat.KindMessage, Author: chat.AccountID{7}, MID: chat.NewMID(), Time: 1, Body: `{"text":"forged"}`}
}

// TestTamperedPush: an event whose chain does not fit is not stored, and told.
func TestTamperedPush(t *testing.T) {
	lied(t, nil, func(p *prey, peer *linktest.Peer) {
		p.takeNotices()
		e, chain := p.server.Book.Add(p.w.general, chat.KindMessage, chat.AccountID{7}, `{"text":"pay ten"}`)
		e.Body = []byte(`{"text":"pay ninety"}`)
		peer.Send(linktest.Frame(&e, chain))
		p.until("the alarm", func(*View) bool {
			return slices.ContainsFunc(p.takeNotices(), func(n Notice) bool { return n.Kind == NoticeDiverged })
		})
		if slices.Contains(p.texts(p.w.general), "pay ninety") {
			t.Error("it was stored")
		}
	})
}

// TestForeignRoom: events of a room nobody let us into may be shown to us, but
// are no news and no place to write.
func TestForeignRoom(t *testing.T) {
	lied(t, nil, func(p *prey, peer *linktest.Peer) {
		p.takeNotices()
		room := chat.NewRoomID()
		p.server.Book.Add(room, chat.KindRoomCreate, chat.AccountID{7}, `{"name":"secret","access":"closed","history":"all"}`)
		for range 3 {
			e, chain := p.server.Book.Add(room, chat.KindMessage, chat.AccountID{7}, `{"text":"look here"}`)
			peer.Send(linktest.Frame(&e, chain))
		}
		time.Sleep(time.Minute)
		if p.roomView(room).Joined {
			t.Error("we are in it")
		}
		for _, n := range p.takeNotices() {
			if n.Kind == NoticeMessages {
				t.Error("it rang")
			}
		}
		if _, err := p.Send(p.w.t.Context(), room, "hello"); err == nil {
			t.Error("it was a place to write")
		}
		p.goesOn()
	})
}

// TestLyingAcks: whatever a server says of a message, it does not vanish from
// the sender's timeline without its event.
func TestLyingAcks(t *testing.T) {
	for name, lie := range map[string]func(a *wire.Ack){
		"another message":     func(a *wire.Ack) { a.MID = chat.NewMID() },
		"another room":        func(a *wire.Ack) { a.Room = chat.NewRoomID() },
		"nowhere":             func(a *wire.Ack) { a.Seq = 0 },
		"where another is":    func(a *wire.Ack) { a.Seq = 3 },
		"far ahead":           func(a *wire.Ack) { a.Seq = 1 << 52 },
		"a duplicate of that": func(a *wire.Ack) { a.Seq, a.Duplicate = 3, true },
	} {
		t.Run(name, func(t *testing.T) {
			lied(t, func(p *prey) {
				p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
					s, ok := r.(*wire.Send)
					if !ok {
						return false
					}
					a := &wire.Ack{Rep: wire.Rep{Re: s.ID}, MID: s.MID, Room: s.Room, Seq: 5}
					lie(a)
					return peer.Send(a)
				}
			}, func(p *prey, _ *linktest.Peer) {
				p.say(p.w.general, "mine")
				time.Sleep(time.Minute)
				shown := slices.ContainsFunc(p.texts(p.w.general), func(s string) bool { return strings.HasPrefix(s, "mine") })
				if !shown {
					t.Errorf("it is gone: %v", p.texts(p.w.general))
				}
				if c := p.server.Tape().Conns(); c > 40 {
					t.Errorf("%d connections in a minute", c)
				}
			})
		})
	}
}

// TestAlteredWords: a server that puts other words into our mouth is noticed by
// the one person who can: what was written stays, and waits for a decision.
func TestAlteredWords(t *testing.T) {
	lied(t, func(p *prey) {
		p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
			s, ok := r.(*wire.Send)
			if !ok {
				return false
			}
			changed := *s
			changed.Body = `{"text":"I resign"}`
			e, chain := p.server.Book.Post(peer, &changed)
			return peer.Send(linktest.Frame(&e, chain)) &&
				peer.Send(&wire.Ack{Rep: wire.Rep{Re: s.ID}, MID: e.MID, Room: e.Room, Seq: e.Seq, Time: e.Time, Chain: chain})
		}
	}, func(p *prey, _ *linktest.Peer) {
		p.takeNotices()
		p.say(p.w.general, "I stay")
		time.Sleep(time.Minute)
		if got := p.texts(p.w.general); !slices.Equal(got, []string{"one", "two", "I resign", "I stay (failed)"}) {
			t.Errorf("the timeline says %v", got)
		}
		if !slices.ContainsFunc(p.takeNotices(), func(n Notice) bool { return n.Kind == NoticeSendFailed && n.Code == chat.CodeIDConflict }) {
			t.Error("nobody was told")
		}
		if list, err := p.Outbox(p.w.t.Context()); err != nil || len(list) != 1 || list[0].Message.Failure.Why() != CodeAltered {
			t.Errorf("what waits does not say why: %+v, %v", list, err)
		}
	})
}

// TestLyingDigest: a server whose digest never fits is left and tried again, ever
// more slowly; it is not asked without end.
func TestLyingDigest(t *testing.T) {
	lied(t, func(p *prey) {
		p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
			if hb, ok := r.(*wire.Heartbeat); ok {
				return peer.Send(&wire.HeartbeatOK{Rep: wire.Rep{Re: hb.ID}, Digest: chat.Digest(rand.Uint64())})
			}
			return false
		}
	}, func(p *prey, _ *linktest.Peer) {
		time.Sleep(time.Hour)
		if n, sent := p.server.Tape().Conns(), len(p.server.Tape().Bytes()); n > 200 || sent > 2<<20 {
			t.Errorf("%d connections and %d bytes in an hour", n, sent)
		}
		if got := p.texts(p.w.general); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("the timeline says %v", got)
		}
	})
}

// TestEndlessLists: lists that say "more" for ever end here.
func TestEndlessLists(t *testing.T) {
	asked := 0
	lied(t, func(p *prey) {
		p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
			asked++
			re := wire.Rep{Re: r.RequestID()}
			switch r.(type) {
			case *wire.People:
				return peer.Send(&wire.PeopleList{Rep: re, People: make([]wire.Person, 3000), More: true})
			case *wire.Rooms:
				return peer.Send(&wire.RoomsList{Rep: re, More: true})
			case *wire.InviteList:
				return peer.Send(&wire.Invites{Rep: re, Invites: make([]wire.Invite, 3000), More: true})
			case *wire.DeviceList:
				return peer.Send(&wire.Devices{Rep: re, Devices: make([]wire.DeviceInfo, 3000), More: true})
			}
			return false
		}
	}, func(p *prey, _ *linktest.Peer) {
		ctx := p.w.t.Context()
		for name, list := range map[string]func() error{
			"people":  func() error { _, err := p.People(ctx); return err },
			"rooms":   func() error { _, err := p.OpenRooms(ctx); return err },
			"invites": func() error { _, err := p.Invites(ctx); return err },
			"devices": func() error { _, err := p.Devices(ctx); return err },
		} {
			if failed := asFailed(list()); failed.Code != FailInternal {
				t.Errorf("%s: %v", name, failed)
			}
		}
		if asked > 200 {
			t.Errorf("%d requests", asked)
		}
		p.goesOn()
	})
}

// TestAbsurdLimits: limits without measure neither stop nor break a client.
func TestAbsurdLimits(t *testing.T) {
	for name, n := range map[string]int{"huge": 1<<53 - 1, "negative": -1, "none": 0} {
		t.Run(name, func(t *testing.T) {
			lied(t, func(p *prey) {
				p.server.Greet = func(g *wire.Greeting) {
					l := &g.Limits
					for _, f := range []*int{
						&l.TransportBytes, &l.SendsPerSecond, &l.SendBurst, &l.RequestsPerSecond, &l.RequestBurst, &l.SendsInFlight,
						&l.RoomsPerAccount, &l.MembersPerRoom, &l.PageEvents, &l.PageBytes, &l.OutboxEntries, &l.SilentResendDays, &l.DedupeDays,
						&l.FrameBytes, &l.BodyBytes, &l.TextChars, &l.InviteDays, &l.SessionIdleDays,
					} {
						*f = n
					}
					g.Heartbeat = wire.HeartbeatPlan{IntervalMS: int64(n), ReplyMS: int64(n), IdleMS: int64(n)}
				}
			}, func(p *prey, _ *linktest.Peer) {
				p.say(p.w.general, "mine")
				p.sent()
				time.Sleep(5 * time.Minute)
				p.goesOn()
				if sent := len(p.server.Tape().Bytes()); sent > 256<<10 {
					t.Errorf("%d bytes in five minutes", sent)
				}
			})
		})
	}
}

// TestMemoryUnderFlood: whatever a server pushes, the client holds little of it.
func TestMemoryUnderFlood(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{},`, wire.MaxObjects-10), ",")
	floods := map[string]func(p *prey, i int) string{
		"events that are nothing": func(p *prey, _ int) string {
			return `{"t":"events","room":"` + p.w.general.String() + `","events":[` + many + `]}`
		},
		"more than one frame may hold": func(p *prey, _ int) string {
			return `{"t":"events","room":"` + p.w.general.String() + `","events":[` + many + "," + many + `]}`
		},
		"heads": func(*prey, int) string { return `{"t":"live","heads":[` + many + `]}` },
		"large texts ahead of us": func(p *prey, i int) string {
			return fmt.Sprintf(`{"t":"events","room":"%s","events":[{"seq":%d,"body":"%s"}]}`, p.w.general, 1000+i, strings.Repeat("x", 900<<10))
		},
		"devices": func(_ *prey, i int) string {
			return `{"t":"device.added","device":{"device":"` + chat.DeviceID{1, byte(i), byte(i >> 8)}.String() + `","name":"` + strings.Repeat("x", 500<<10) + `"}}`
		},
		"frames nobody knows": func(*prey, int) string { return `{"t":"what","x":"` + strings.Repeat("x", 900<<10) + `"}` },
	}
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			lied(t, nil, func(p *prey, peer *linktest.Peer) {
				before := heap()
				most := before
				frames := 120
				if testing.Short() || testkit.Race {
					frames = 20
				}
				for i := range frames {
					peers := p.server.Peers()
					if !peers[len(peers)-1].Raw([]byte(flood(p, i))) {
						time.Sleep(20 * time.Second) // for the next connection
					}
					if i%20 == 19 {
						most = max(most, heap())
					}
				}
				if grown := (most - before) >> 20; grown > 96 {
					t.Errorf("grew by %d MiB", grown)
				} else {
					t.Logf("grew by %d MiB", grown)
				}
				if got := p.texts(p.w.general); !slices.Equal(got, []string{"one", "two"}) {
					t.Errorf("the timeline says %v", got)
				}
			})
		})
	}
}

// heap returns the bytes in use, dead ones cleared away.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

// TestTooManyRooms: a server cannot make us follow rooms without end.
func TestTooManyRooms(t *testing.T) {
	lied(t, nil, func(p *prey, peer *linktest.Peer) {
		_, err := ask(p.w.t.Context(), p.App, func() (struct{}, error) {
			for range mostRooms { // as if they had come one by one
				id := chat.NewRoomID()
				p.group.rooms[id] = &room{id: id, send: lane{next: 1}}
			}
			return struct{}{}, nil
		})
		must(t, err)
		room := chat.NewRoomID()
		e, chain := p.server.Book.Add(room, chat.KindRoomCreate, chat.AccountID{7}, `{"name":"one more","access":"open","history":"all"}`)
		peer.Send(linktest.Frame(&e, chain))
		time.Sleep(time.Second)
		if v := p.roomView(room); v.Name != "" {
			t.Errorf("followed %+v", v)
		}
	})
}

// TestLateFeed: events that come more slowly than they are written are late, and
// nothing is asked for anew; what stands still is, unless the server has said that it
// comes page by page.
func TestLateFeed(t *testing.T) {
	for name, paged := range map[string]bool{"paged": true, "cut off": false} {
		t.Run(name, func(t *testing.T) {
			attic := chat.NewRoomID()
			var again atomic.Int32
			lied(t, func(p *prey) {
				p.server.Book.Found(attic, "dust")
				p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
					s, ok := r.(*wire.Sync)
					if !ok || !s.Only {
						return false
					}
					again.Add(1)
					return peer.Send(&wire.SyncStarted{Rep: wire.Rep{Re: s.ID}, Epoch: p.server.Epoch})
				}
			}, func(p *prey, peer *linktest.Peer) {
				from := p.server.Book.Head(p.w.general).Seq + 1
				for n := range 120 {
					p.server.Book.Add(p.w.general, chat.KindMessage, chat.AccountID{7}, fmt.Sprintf(`{"text":"%d"}`, n))
				}
				_, chain := p.server.Book.Add(attic, chat.KindMessage, chat.AccountID{7}, `{"text":"at last"}`)
				if paged {
					peer.Send(&wire.Lag{Rooms: []chat.RoomID{attic}})
				}
				for n := range chat.Seq(120) {
					time.Sleep(time.Second)
					events, chain := p.server.Book.Part(p.w.general, from+n, from+n)
					peer.Send(&wire.Events{Room: p.w.general, Events: events, Chain: chain})
				}
				e, _ := p.server.Book.Last(attic)
				peer.Send(linktest.Frame(&e, chain))
				if n := again.Load(); (n > 0) == paged {
					t.Errorf("asked again %d times", n)
				}
				if paged && p.server.Tape().Conns() != 1 {
					t.Errorf("%d connections", p.server.Tape().Conns())
				}
				p.until("everything", func(*View) bool { return len(p.texts(p.w.general)) == 122 && len(p.texts(attic)) == 2 })
			})
		})
	}
}
