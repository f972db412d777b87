package app

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/net/wire"
)

// TestAvatarsWithinBound: pictures of people are among what goes when files take too
// much, and are fetched again when somebody looks; one's own that waits stays.
func TestAvatarsWithinBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		must(t, ann.SetAvatar(ctx, photo(t, 600, 400)))
		bob.until("her picture", func(v *View) bool { return !v.Cards[ann.account].Avatar.IsZero() })
		data, err := bob.Avatar(ctx, ann.account)
		must(t, err)
		s := bob.shot.Load()
		u, err := bob.FileUsage(ctx)
		must(t, err)
		if u.Contents != 1 || u.Bytes < int64(len(data)) {
			t.Errorf("her picture is not counted: %+v", u)
		}
		n, err := s.stock.evict(ctx, s.store, s.unread(chat.RoomID{}), u.Bytes-1)
		if n != 1 || err != nil || s.stock.shelf.Has(chat.AvatarHash(data)) {
			t.Errorf("%d pictures went, %v", n, err)
		}
		again, err := bob.Avatar(ctx, ann.account)
		if err != nil || chat.AvatarHash(again) != chat.AvatarHash(data) {
			t.Errorf("not fetched again: %v", err)
		}
		w.stop(true)
		bob.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		must(t, bob.SetAvatar(ctx, photo(t, 300, 300)))
		own := bob.View().Cards[bob.account].Avatar
		if _, err := s.stock.evict(ctx, s.store, s.unread(chat.RoomID{}), 0); err != nil || !s.stock.shelf.Has(own) {
			t.Errorf("what waits to be sent went: %v", err)
		}
		w.start()
	})
}

// TestOtherPicture: a server that gives other bytes than the card names is refused in
// words; nothing of it is kept, the connection goes on, and one look is one question.
func TestOtherPicture(t *testing.T) {
	var asked atomic.Int32
	eve := chat.AccountID{7}
	named := chat.Hash{9}
	lied(t, func(p *prey) {
		p.server.Greet = func(g *wire.Greeting) { g.Features = append(g.Features, wire.FeatureCards) }
		p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
			switch r := r.(type) {
			case *wire.Cards:
				return peer.Send(&wire.CardsList{Rep: wire.Rep{Re: r.ID}, Cards: []wire.Card{{Account: eve, Rev: 1, Avatar: named}}})
			case *wire.AvatarGet:
				asked.Add(1)
				return peer.Send(&wire.Avatar{Rep: wire.Rep{Re: r.ID}, Data: []byte("something else")})
			}
			return false
		}
	}, func(p *prey, _ *linktest.Peer) {
		p.until("the card", func(v *View) bool { return v.Cards[eve].Avatar == named })
		_, err := p.Avatar(p.w.t.Context(), eve)
		var f *Failed
		if !errors.As(err, &f) || f.Code != FailFileContent || f.Detail == "" {
			t.Errorf("answered %v", err)
		}
		if u, err := p.FileUsage(p.w.t.Context()); err != nil || u.Contents != 0 {
			t.Errorf("something was kept: %+v, %v", u, err)
		}
		time.Sleep(time.Minute)
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		p.goesOn()
	})
}
