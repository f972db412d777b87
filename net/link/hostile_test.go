package link

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// TestHostileFrames lets a server send rubbish made of real frames: bytes
// flipped, cut, doubled, numbers and types exchanged. The client may hang up;
// it must not panic, leak, answer a request twice, or leave one without an
// outcome.
func TestHostileFrames(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chance := rand.New(rand.NewPCG(uint64(seed), 7))
				h := newHost(t, memnet.New())
				var connections atomic.Uint64
				h.script = func(p *peer) {
					chance := rand.New(rand.NewPCG(uint64(seed), 100+connections.Add(1)))
					p.reply(p.next())
					for range 200 {
						if !p.raw(spoilt(chance)) {
							return
						}
					}
					p.serve()
				}
				h.start()
				_, w, stop := runLink(t, h, h.options())
				asked, answered := 0, 0
				for range 50 {
					time.Sleep(time.Duration(chance.IntN(5000)) * time.Millisecond)
					w.mu.Lock()
					s := w.live
					w.mu.Unlock()
					if s == nil {
						continue
					}
					if err := s.Go(&wire.Heads{}, func(wire.Reply, error) { answered++ }); err == nil {
						asked++
					}
				}
				stop()
				if asked != answered {
					t.Errorf("asked %d times, %d outcomes", asked, answered)
				}
				if ups, downs := w.counts(); ups != downs {
					t.Errorf("%d ups, %d downs", ups, downs)
				}
			})
		})
	}
}

// spoilt returns a frame of a server with something wrong, or nothing.
func spoilt(chance *rand.Rand) string {
	n := uint64(chance.IntN(6))
	room := chat.RoomID{byte(n)}
	frames := []wire.Frame{
		&wire.Events{Room: room, Events: []wire.Event{{Seq: chat.Seq(n), Kind: "message", Body: `{"text":"x"}`}}},
		&wire.Void{Room: room, From: chat.Seq(n), To: 3, Reason: wire.VoidPurged}, &wire.Live{}, &wire.Lag{Rooms: []chat.RoomID{room}},
		&wire.HeadsAt{Rep: wire.Rep{Re: n}}, &wire.HeartbeatOK{Rep: wire.Rep{Re: n}}, &wire.Ack{Rep: wire.Rep{Re: n}}, &wire.OK{},
		wire.FromError(n, chat.Errorf(chat.CodeBusy, "", "no")), &wire.Ready{Rep: wire.Rep{Re: n}}, &wire.Hello{Hello: "{}"},
		&wire.Snapshot{Room: room, State: "{}"},
	}
	data, err := wire.Encode(frames[chance.IntN(len(frames))])
	if err != nil {
		return "{}"
	}
	switch chance.IntN(60) { // most are well-formed, or the first would end it
	case 0:
		data[chance.IntN(len(data))] ^= 1 << chance.IntN(7)
	case 1:
		data = data[:chance.IntN(len(data))]
	case 2:
		data = append(data, data...)
	}
	return string(data)
}
