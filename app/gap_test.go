package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/net/wire"
)

// TestGapsOfTwoRooms: a gap that the server does not close ends the connection after
// the patience it has itself, whatever happens to those of other rooms meanwhile; and
// one that the last connection left open does not end the next one.
func TestGapsOfTwoRooms(t *testing.T) {
	other, deaf := chat.NewRoomID(), false
	lied(t, func(p *prey) {
		p.server.Book.Found(other, "three")
		p.server.Handle = func(_ *linktest.Peer, r wire.Request) bool {
			s, ok := r.(*wire.Sync)
			if !ok || !s.Only || !deaf {
				_, heads := r.(*wire.Heads)
				return heads // only gaps that are noticed
			}
			return slices.ContainsFunc(s.Rooms, func(c wire.Cursor) bool { return c.Room == other })
		}
	}, func(p *prey, peer *linktest.Peer) {
		deaf = true
		skip := func(room chat.RoomID) {
			p.server.Book.Add(room, chat.KindMessage, chat.AccountID{7}, `{"text":"not pushed"}`)
			e, chain := p.server.Book.Add(room, chat.KindMessage, chat.AccountID{7}, `{"text":"pushed"}`)
			peer.Send(linktest.Frame(&e, chain))
		}
		conns := p.server.Tape().Conns()
		skip(p.w.general)
		time.Sleep(4 * time.Second)
		if got := p.texts(p.w.general); !slices.Contains(got, "not pushed") || p.server.Tape().Conns() != conns {
			t.Fatalf("the gap is not closed: %v", got)
		}
		skip(other)
		time.Sleep(gapPatience - time.Second)
		if p.server.Tape().Conns() != conns {
			t.Fatal("the connection was given up at once")
		}
		if time.Sleep(2 * time.Second); p.View().Connection.State == ConnLive && p.server.Tape().Conns() == conns {
			t.Error("the connection goes on although the gap is open")
		}
		p.until("what was missing", func(*View) bool { return slices.Contains(p.texts(other), "pushed") })

		// Closed by the next connection, and that one stays.
		conns = p.server.Tape().Conns()
		time.Sleep(2 * gapPatience)
		if p.server.Tape().Conns() != conns {
			t.Error("the next connection was given up as well")
		}
	})
}
