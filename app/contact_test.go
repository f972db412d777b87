package app

import (
	"testing"
	"time"

	"hearth/chat"
)

// TestKnown: whom the person has written to where not everybody can come in is known, on
// all devices and after a restart; who writes to them is not, nor is who shares an open
// room. What is said by hand counts, and what is said of everybody in the group.
func TestKnown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, eve, cid := w.member("ann").run().live(), w.member("bob").run().live(), w.member("eve").run().live(), w.member("cid").run().live()
		desk := w.another(ann, "desk").run().live()
		for _, p := range []*person{ann, bob, eve, cid, desk} {
			defer p.quit()
		}
		ctx := t.Context()
		know := func(p *person, want ...*person) {
			t.Helper()
			time.Sleep(2 * time.Second)
			got := p.View().Known
			for _, o := range want {
				if !got[o.account] {
					t.Errorf("%s does not know %s", p.name, o.name)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s knows %d, want %d", p.name, len(got), len(want))
			}
		}
		ann.say(w.general, "hello all")
		bob.say(bob.with(t, ann), "hello ann")
		trap, err := eve.CreateRoom(ctx, RoomRequest{Name: "trap", Access: chat.AccessClosed, Members: []chat.AccountID{ann.account, cid.account}})
		must(t, err)
		eve.say(trap, "look at this")
		know(ann)
		know(bob, ann)
		know(eve, ann, cid)
		ann.say(ann.with(t, bob), "hello bob")
		know(ann, bob)
		know(desk, bob) // by the log
		must(t, ann.Know(ctx, cid.account, true))
		must(t, ann.Know(ctx, bob.account, false))
		know(ann, cid)
		know(desk, bob) // what is said by hand holds here
		ann.quit()
		ann.run().live()
		know(ann, cid)
		if err := ann.Know(ctx, ann.account, true); err == nil {
			t.Error("oneself is no news")
		}
		asked := func(p *person, asked, all bool) {
			t.Helper()
			time.Sleep(2 * time.Second)
			if v := p.View(); v.PicturesAsked != asked || v.AllPictures != all {
				t.Errorf("%s was asked: %v, all: %v", p.name, v.PicturesAsked, v.AllPictures)
			}
		}
		asked(ann, false, false)
		must(t, ann.ShowPictures(ctx, true))
		asked(ann, true, true)
		ann.quit()
		ann.run().live()
		asked(ann, true, true)
		asked(desk, false, false) // it holds here
		must(t, ann.ShowPictures(ctx, false))
		asked(ann, true, false)
	})
}
