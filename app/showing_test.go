package app

import (
	"context"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

// putBackPeople makes the world's data those of a backup in which people showed what they
// did then: what was said in the rooms is all there.
func (w *world) putBackPeople(then func(s storage.Store), people ...*person) {
	w.t.Helper()
	w.stop(true)
	backup := w.backup(w.heads())
	old := w.data
	w.data = backup
	for i, p := range people {
		if slices.ContainsFunc(people[:i], func(q *person) bool { return q.account == p.account }) {
			must(w.t, w.data.AddDevice(context.Background(), p.device, nil, 20))
		} else {
			w.admit(p)
		}
	}
	then(backup)
	must(w.t, old.Close())
	w.start()
	for _, p := range people {
		if p.App != nil {
			p.TryNow()
		}
	}
}

// parts are those that wait in the outbox, with what they say; "?" marks those that the
// person has not decided about.
func (p *person) parts() (list []string) {
	p.w.t.Helper()
	entries, err := p.Outbox(context.Background())
	must(p.w.t, err)
	for _, e := range entries {
		if e.Part == "" {
			continue
		}
		says := string(e.Part) + ":" + e.Message.Text
		if e.Gone {
			says += "gone"
		}
		if f := e.Message.Failure; f != nil {
			if says += "?"; f.Code != CodeHeld || f.Because != CodeLost || !e.MayRetry || !e.MayCancel {
				p.w.t.Errorf("%s: %+v", says, f)
			}
		}
		list = append(list, says)
	}
	return list
}

func (p *person) offered(want ...string) {
	p.w.t.Helper()
	p.until("what the server has lost of the profile", func(*View) bool { return slices.Equal(p.parts(), want) })
}

// TestProfileLost: the backup has the name, the picture and the status of before. They are
// offered, survive a restart, and come back with one press, and only then; a second device
// does not offer what is there again.
func TestProfileLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "old", Emoji: "🌻"}))
		bob.until("the status", func(v *View) bool { return v.Cards[ann.account].Status.Text == "old" })
		before := ann.View().Me.Display
		must(t, ann.SetDisplay(t.Context(), "Ann Renamed"))
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "busy"}))
		must(t, ann.SetAvatar(t.Context(), photo(t, 300, 300)))
		bob.until("all of it", func(v *View) bool {
			c := v.Cards[ann.account]
			return c.Status.Text == "busy" && !c.Avatar.IsZero()
		})
		face := ann.shows(ann.account).Avatar
		ann.takeNotices()
		w.putBackPeople(func(s storage.Store) {
			must(t, s.SetDisplay(context.Background(), ann.account, before))
			_, err := s.PutStatus(context.Background(), ann.account, storage.Status{Text: "old", Emoji: "🌻"}, time.Now().UnixMilli())
			must(t, err)
		}, ann, bob)
		want := []string{"name:Ann Renamed?", "picture:?", "status:busy?"}
		ann.offered(want...)
		if v := ann.View(); v.Failed != 3 || v.Me.Display != before || v.Cards[ann.account].Status.Text != "old" {
			t.Errorf("%d wait, %q, %+v", v.Failed, v.Me.Display, v.Cards[ann.account])
		}
		if n := ann.takeNotices(); !slices.ContainsFunc(n, func(n Notice) bool { return n.Kind == NoticeProfileLost }) {
			t.Errorf("told %+v", n)
		}
		ann.quit()
		ann.run()
		defer ann.quit()
		ann.live()
		time.Sleep(time.Hour) // what nothing names is swept
		ann.offered(want...)
		if c := bob.shows(ann.account); c.Status.Text != "old" || !c.Avatar.IsZero() {
			t.Errorf("sent without a word: %+v", c)
		}
		n, err := ann.RetryAll(t.Context())
		if must(t, err); n != 3 {
			t.Errorf("%d tried again", n)
		}
		bob.until("all of it again", func(v *View) bool {
			c := v.Cards[ann.account]
			return c.Status.Text == "busy" && c.Avatar == face
		})
		ann.offered()
		ann.until("nothing waits", func(v *View) bool { return v.Waiting+v.Failed == 0 && v.Me.Display == "Ann Renamed" })
		got, err := w.data.Account(t.Context(), ann.account)
		if must(t, err); got.Display != "Ann Renamed" {
			t.Errorf("the server has %q", got.Display)
		}
	})
}

// TestProfileChangedSince: what another device has shown since the backup was restored is
// never offered to be taken back; and what was offered before is offered no more.
func TestProfileChangedSince(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		tab := w.another(ann, "tab").run().live()
		defer ann.quit()
		before := ann.View().Me.Display
		must(t, ann.SetDisplay(t.Context(), "Ann Two"))
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "two"}))
		tab.until("both", func(v *View) bool { return v.Me.Display == "Ann Two" && v.Cards[tab.account].Status.Text == "two" })
		tab.quit()
		w.putBackPeople(func(s storage.Store) {
			must(t, s.SetDisplay(context.Background(), ann.account, before))
		}, ann, tab)
		ann.offered("name:Ann Two?", "status:two?")
		w.stop(true)
		tab.run()
		tab.until("the room", func(v *View) bool { return len(v.Rooms) > 0 })
		must(t, tab.SetStatus(t.Context(), StatusView{Text: "three"}))
		w.start()
		ann.TryNow()
		tab.live()
		ann.live()
		tab.until("its own", func(v *View) bool { return v.Cards[tab.account].Status.Text == "three" })
		ann.offered("name:Ann Two?")
		must(t, tab.SetDisplay(t.Context(), "Ann Three"))
		ann.offered()
		ann.until("the name", func(v *View) bool { return v.Me.Display == "Ann Three" })
		tab.offered()
		tab.quit()
		// Away while the backup is restored and somebody chooses anew.
		ann.quit()
		tab.run().live()
		defer tab.quit()
		w.putBackPeople(func(s storage.Store) {
			must(t, s.SetDisplay(context.Background(), ann.account, "Ann Four"))
		}, ann, tab)
		tab.offered("status:three?")
		ann.run().live()
		ann.offered("status:three?")
		entries, err := ann.Outbox(t.Context())
		must(t, err)
		must(t, ann.DiscardMessage(t.Context(), chat.RoomID{}, entries[0].Message.MID))
		ann.offered()
	})
}
