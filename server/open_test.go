package server

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
)

// inMemory is how many rooms the server holds.
func (w *world) inMemory() int {
	w.server.hub.mu.Lock()
	defer w.server.hub.mu.Unlock()
	return len(w.server.hub.rooms)
}

// TestForgetRooms: rooms nobody needs leave the memory after a while, and come back
// as they were.
func TestForgetRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		var rooms []chat.RoomID
		for range 20 {
			room, _ := ann.found(chat.AccessOpen)
			rooms = append(rooms, room)
			ann.text(room, "one")
		}
		ann.sync()
		expect[*wire.Live](ann)
		ann.beat(15 * time.Second)
		time.Sleep(2 * roomKept)
		if n := w.inMemory(); n != 21 {
			t.Errorf("%d rooms are in memory while somebody reads 21", n)
		}
		_ = ann.ws.CloseNow()
		time.Sleep(2 * roomKept)
		if n := w.inMemory(); n != 0 {
			t.Errorf("%d rooms stay in memory", n)
		}
		ann = ann.again()
		for _, room := range rooms {
			if ack := ann.text(room, "two"); ack.Seq != 4 {
				t.Errorf("it goes on at %d", ack.Seq)
			}
		}
		// One that was never made does not stay either.
		rm := w.room(chat.NewRoomID())
		if _, err := w.server.adopt(t.Context(), rm); err != nil {
			t.Fatal(err)
		}
		_ = ann.ws.CloseNow()
		time.Sleep(2 * roomKept)
		if n := w.inMemory(); n != 0 {
			t.Errorf("%d rooms stay in memory", n)
		}
	})
}

// TestForgottenRoomRefuses: whoever still holds a room that was forgotten cannot
// write into its log beside the one that was loaded since.
func TestForgottenRoomRefuses(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	room, _ := ann.found(chat.AccessOpen)
	held := w.room(room)
	loaded, err := w.server.loadRoom(t.Context(), room, w.server.hub.forgets) // somebody is about to use it
	if err != nil {
		t.Fatal(err)
	}
	ann.text(room, "what they do not know")
	shell := w.room(chat.NewRoomID())                          // made before the others are forgotten
	testkit.Eventually(t, "the room is at rest", func() bool { // it is for a moment longer than the answer takes
		held.mu.Lock()
		defer held.mu.Unlock()
		return !held.running
	})
	w.server.forgetRooms(time.Now().Add(2 * roomKept))
	if r := w.server.keep(loaded); r != nil {
		t.Error("a room was kept that had been loaded before it was written to and forgotten")
	}
	if w.room(room) == held {
		t.Fatal("not forgotten")
	}
	p := w.server.prepare(t.Context(), ann.who(), ann.deviceID(), ann.post(room, chat.KindMessage, `{"text":"x"}`))
	if _, e := held.wait(t.Context(), p); e == nil || e.Code != chat.CodeBusy {
		t.Errorf("it accepted a post: %v", e)
	}
	// A shell that was made before may be of a room that exists by now.
	fresh, err := w.server.adopt(t.Context(), shell)
	if err != nil || fresh == shell {
		t.Errorf("an old shell was adopted, %v", err)
	}
	ann.text(room, "y")
}

// TestForgetRaces: rooms are forgotten at every moment while people write, join and
// read; nothing is refused but as busy, and the logs stay whole.
func TestForgetRaces(t *testing.T) {
	w := newWorld(t, nil, Options{})
	people := []*raw{w.person(), w.person(), w.person()}
	room, _ := people[0].found(chat.AccessOpen, people[1].account, people[2].account)
	stop := make(chan struct{})
	var forgetting, writing sync.WaitGroup
	forgetting.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				w.server.forgetRooms(time.Now().Add(2 * roomKept))
			}
		}
	})
	const each = 100
	for i, p := range people {
		writing.Go(func() {
			for n := 0; n < each; {
				s := p.post(room, chat.KindMessage, fmt.Sprintf(`{"text":"%d %d"}`, i, n))
				f, err := p.try(s)
				switch f := f.(type) {
				case *wire.Ack:
					p.dseq[room] = s.DSeq
					n++
				case *wire.Error:
					if f.Code != chat.CodeBusy {
						t.Errorf("refused: %v", f.Err())
						return
					}
				default:
					t.Error(f, err)
					return
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	forgetting.Wait()
	select {
	case err := <-w.server.Failed():
		t.Fatal(err)
	default:
	}
	if head := w.room(room).head(); head != 4+3*each {
		t.Errorf("the head is %d", head)
	}
	again := people[0].again()
	again.sync()
	feedOf(t, again, room, 4+3*each)
}
