package server

import (
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// TestRoomHidesReadings: where the room says so nobody is told how far others have read,
// neither at once nor on entering, and what is read meanwhile is not told afterwards; when
// it is taken back whoever has the room open is told what stood before.
func TestRoomHidesReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob, cid := w.person(), w.person(), w.person()
		room, _ := ann.found(chat.AccessClosed, bob.account, cid.account)
		for range 5 {
			ann.text(room, "x")
		}
		cid.sync() // who only watches
		expect[*wire.Live](cid)
		bob.wants(room, chat.KindReadings, `{"hidden":true}`, chat.CodeForbidden, "/kind")
		ann.wants(room, chat.KindReadings, `{"hidden":1}`, chat.CodeBadType, "/body/hidden")
		bob.done(&wire.Read{Room: room, Seq: 3})
		bobAt := func(f *wire.ReadBy, seq chat.Seq) {
			t.Helper()
			if len(f.Readers) != 1 || f.Readers[0].Account != bob.account || f.Readers[0].Seq != seq {
				t.Errorf("told %+v, not %d", f, seq)
			}
		}
		cid.ask(&wire.Presence{Room: room})
		bobAt(expect[*wire.ReadBy](cid), 3)

		ann.say(room, chat.KindReadings, `{"hidden":true}`)
		bob.done(&wire.Read{Room: room, Seq: 4})
		time.Sleep(3 * time.Second)
		cid.ask(&wire.Presence{Room: room})
		time.Sleep(3 * time.Second)
		if at := w.stored(bob.account, room); at.Read != 4 || at.Public != 3 {
			t.Errorf("while it is hidden: %+v", at)
		}
		end := ann.say(room, chat.KindReadings, `{"hidden":false}`)
		for seen := chat.Seq(0); seen < end.Seq; {
			f, err := cid.read()
			if err != nil {
				t.Fatal(err)
			}
			if by, ok := f.(*wire.ReadBy); ok {
				t.Errorf("told while it is hidden: %+v", by)
			}
			for _, e := range eventsIn([]wire.Frame{f}, room) {
				seen = e.Seq
			}
		}
		bobAt(expect[*wire.ReadBy](cid), 3)
		bob.done(&wire.Read{Room: room, Seq: 5})
		bobAt(expect[*wire.ReadBy](cid), 5)
	})
}

// TestReadingsTurnedOff: what an account reads while it, or the server, has readings turned off
// is never public, and its own place moves all the same.
func TestReadingsTurnedOff(t *testing.T) {
	for name, server := range map[string]bool{"by the account": false, "by the server": true} {
		synctest.Test(t, func(t *testing.T) {
			w := newBubble(t, nil, Options{NoReaders: server})
			ann := w.person()
			room, _ := ann.found(chat.AccessClosed)
			ann.text(room, "x")
			if !server {
				ann.done(&wire.PrivacySet{Privacy: wire.Privacy{HideReadings: true}})
			}
			ann.done(&wire.Read{Room: room, Seq: 2})
			time.Sleep(5 * time.Second)
			if at := w.stored(ann.account, room); at.Read != 2 || at.Public != 0 {
				t.Errorf("turned off %s: %+v", name, at)
			}
		})
	}
}
