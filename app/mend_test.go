package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
	"hearth/store/storetest"
)

// oldEpoch is data that says it is what it is not: restored without telling.
type oldEpoch struct {
	storage.Store
	epoch chat.Epoch
}

func (s oldEpoch) Epoch() chat.Epoch { return s.epoch }

// heads returns how far each room of the world's data goes.
func (w *world) heads() map[chat.RoomID]chat.Seq {
	w.t.Helper()
	ctx := context.Background()
	ids, err := w.data.RoomIDs(ctx)
	must(w.t, err)
	heads := map[chat.RoomID]chat.Seq{}
	for _, id := range ids {
		h, err := w.data.Head(ctx, id)
		must(w.t, err)
		heads[id] = h.Seq
	}
	return heads
}

// restore stops the server and puts data in place as a restored backup has it:
// each room up to a place, rooms not named not at all. tell gives it an epoch of
// its own, as a restore should.
func (w *world) restore(heads map[chat.RoomID]chat.Seq, tell bool, people ...*person) {
	w.t.Helper()
	w.putBack(w.backup(heads), tell, people...)
}

// backup is a copy of the world's data as they are now, each room up to a place.
func (w *world) backup(heads map[chat.RoomID]chat.Seq) storage.Store {
	w.t.Helper()
	present := w.data
	defer func() { w.data = present }()
	w.data = memstore.New()
	for id, to := range heads {
		w.copyRoom(present, id, to)
	}
	return w.data
}

// putBack is restore of a backup that was made before.
func (w *world) putBack(backup storage.Store, tell bool, people ...*person) {
	w.t.Helper()
	old := w.data
	w.data = backup
	for _, p := range people {
		w.admit(p)
	}
	if !tell {
		w.data = oldEpoch{w.data, old.Epoch()}
	}
	must(w.t, old.Close())
	w.start()
}

// copyRoom copies a room's log up to a place into the world's data.
func (w *world) copyRoom(from storage.Store, id chat.RoomID, to chat.Seq) {
	w.t.Helper()
	page, err := from.Read(context.Background(), id, 1, to, int(to), 1<<30)
	must(w.t, err)
	b := &storage.Batch{Room: id, DSeqs: map[chat.DeviceID]uint64{}, State: chat.NewRoom(id)}
	chain := chat.Hash{}
	for _, e := range page.Events {
		chain = e.Chain(chain)
		entry := storage.Entry{Event: e, Chain: chain}
		if !e.Device.IsZero() {
			entry.Content = chat.ContentHash(id, e.Kind, e.Body)
			b.DSeqs[e.Device]++
		}
		b.Entries = append(b.Entries, entry)
		if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil {
			b.State.Apply(&e, body)
		}
	}
	for account := range b.State.Members {
		b.Joined = append(b.Joined, account)
	}
	done := make(chan error, 1)
	w.data.Append(b, func(err error) { done <- err })
	must(w.t, <-done)
}

// lost returns the texts that are no longer on the server.
func (p *person) lost(id chat.RoomID) (texts []string) {
	p.w.t.Helper()
	rows, err := p.LostMessages(context.Background(), id)
	must(p.w.t, err)
	for _, m := range rows {
		if !m.Lost {
			p.w.t.Errorf("row %+v", m)
		}
		if m.Kind == chat.KindMessage {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// held returns the own messages that wait for a decision after a loss.
func (p *person) held(id chat.RoomID) (mids []chat.MID) {
	p.w.t.Helper()
	for _, m := range p.rows(id) {
		if m.Failure != nil && m.Failure.Code == CodeHeld {
			if m.Failure.Because != CodeLost {
				p.w.t.Errorf("%q is held because of %q", m.Text, m.Failure.Because)
			}
			mids = append(mids, m.MID)
		}
	}
	return mids
}

// retryHeld tries again what is held in a room, all at once: with the creation of a room
// goes what waits behind it, and may have arrived when it would be its turn.
func (p *person) retryHeld(room chat.RoomID) {
	p.w.t.Helper()
	mids := p.held(room)
	must(p.w.t, tell(p.w.t.Context(), p.App, func() error { return p.retry(mids...) }))
}

func (p *person) told(kind NoticeKind) bool {
	return slices.ContainsFunc(p.takeNotices(), func(n Notice) bool { return n.Kind == kind })
}

// TestRestoredBackup: the server comes back with an older backup, having said so
// or not, and goes on. What it lost is kept and marked, nothing is sent again by
// itself, and with its authors' consent all of it is there again, once.
func TestRestoredBackup(t *testing.T) {
	for _, tell := range []bool{true, false} {
		t.Run(fmt.Sprintf("tells %v", tell), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, nil)
				defer w.close()
				ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
				defer ann.quit()
				defer bob.quit()
				ann.say(w.general, "kept a")
				ann.sent()
				bob.say(w.general, "kept b")
				bob.sent()
				ann.same(bob)
				backup := w.heads()
				ann.say(w.general, "lost a1", "lost a2")
				ann.sent()
				bob.say(w.general, "lost b")
				bob.sent()
				ann.same(bob)
				ids := map[string]chat.MID{}
				for _, m := range ann.rows(w.general) {
					if m.Kind == chat.KindMessage {
						ids[m.Text] = m.MID
					}
				}
				ann.takeNotices()
				w.stop(true)
				w.restore(backup, tell, ann, bob)
				for _, p := range []*person{ann, bob} {
					p.TryNow()
					p.live()
					p.until("the loss", func(*View) bool { return p.roomView(w.general).Lost == 3 })
					if got := p.lost(w.general); !slices.Equal(got, []string{"lost a1", "lost a2", "lost b"}) {
						t.Errorf("%s: lost %q", p.name, got)
					}
					if v := p.View(); v.Connection.Reason != ReasonNone || p.roomView(w.general).Diverged {
						t.Errorf("%s: %+v", p.name, v.Connection)
					}
				}
				if !ann.told(NoticeLost) {
					t.Error("nobody was told")
				}
				time.Sleep(time.Minute)
				want := []string{"kept a", "kept b"}
				if got := texts(w, w.general); !slices.Equal(got, want) {
					t.Errorf("the server has %q without anybody's consent", got)
				}
				// Talk goes on beside what is held.
				bob.say(w.general, "new")
				ann.until("new", func(*View) bool { return ann.roomView(w.general).Head == backup[w.general]+1 })
				if got := ann.texts(w.general); !slices.Equal(got, []string{"kept a", "kept b", "new", "lost a1 (failed)", "lost a2 (failed)"}) {
					t.Errorf("ann sees %q", got)
				}
				for _, p := range []*person{ann, bob} {
					for _, mid := range p.held(w.general) {
						must(t, p.RetryMessage(t.Context(), w.general, mid))
					}
					p.sent()
				}
				ann.same(bob)
				if got := ann.texts(w.general); !slices.Equal(got, []string{"kept a", "kept b", "new", "lost a1", "lost a2", "lost b"}) {
					t.Errorf("in the end %q", got)
				}
				for _, m := range ann.rows(w.general) {
					if id, ok := ids[m.Text]; ok && id != m.MID {
						t.Errorf("%q was sent again under another id", m.Text)
					}
				}
				for _, p := range []*person{ann, bob} {
					if n := p.roomView(w.general).Lost; n != 0 {
						t.Errorf("%s: %d still marked as lost", p.name, n)
					}
					must(t, p.group.store.Check(t.Context()))
				}
			})
		})
	}
}

// texts returns the messages the server has.
func texts(w *world, id chat.RoomID) (list []string) {
	w.t.Helper()
	page, err := w.data.Read(context.Background(), id, 1, 1<<40, 1<<20, 1<<30)
	must(w.t, err)
	for _, e := range page.Events {
		if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil {
			if text, ok := body.(chat.Text); ok {
				list = append(list, text.Text)
			}
		}
	}
	return list
}

// TestLostRoom: the backup is older than a room. Whoever made it is offered to
// make it again, under its old id.
func TestLostRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		time.Sleep(time.Second)
		backup := w.heads()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(garden, "one", "two")
		ann.sent()
		bob.until("the garden", func(*View) bool { return len(bob.texts(garden)) == 2 })
		bob.say(garden, "three")
		bob.sent()
		w.stop(true)
		w.restore(backup, true, ann, bob)
		ann.TryNow()
		bob.TryNow()
		ann.live()
		bob.live()
		if r := ann.roomView(garden); !r.Pending || r.Failed != 3 || r.Name != "garden" {
			t.Errorf("the maker sees %+v", r)
		}
		if r := bob.roomView(garden); r.Joined || !r.Forgotten || r.Failed != 1 || !slices.Equal(bob.texts(garden), []string{"three (failed)"}) || !bob.told(NoticeLost) {
			t.Errorf("the other sees %+v, %q", r, bob.texts(garden))
		}
		if got := bob.lost(garden); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("no longer on the server, for the other: %q", got)
		}
		must(t, ann.RetryMessage(t.Context(), garden, ann.held(garden)[1]))
		time.Sleep(time.Minute)
		if v := ann.View(); v.Failed != 2 || v.Waiting != 1 {
			t.Errorf("a message alone: %d failed, %d waiting", v.Failed, v.Waiting)
		}
		ann.retryHeld(garden)
		ann.sent()
		bob.until("the garden again", func(*View) bool {
			r := bob.roomView(garden)
			return r.Joined && r.Chain == ann.roomView(garden).Chain
		})
		bob.live()
		if got := bob.texts(garden); len(got) != 3 || !strings.Contains(got[2], "three (failed)") {
			t.Errorf("bob sees %q", got)
		}
		for _, mid := range bob.held(garden) {
			must(t, bob.RetryMessage(t.Context(), garden, mid))
		}
		bob.sent()
		ann.until("all three", func(*View) bool { return len(ann.texts(garden)) == 3 })
	})
}

// TestLostRoomOfOthers: a room that a restored backup does not have is made again
// while somebody is connected who has more of its old self than it has now. They
// are in it at once, with what is there now, and what they wrote is offered.
func TestLostRoomOfOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		time.Sleep(time.Second)
		backup := w.heads()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(garden, "one")
		ann.sent()
		bob.until("the garden", func(*View) bool { return len(bob.texts(garden)) == 1 })
		bob.say(garden, "two", "three", "four")
		bob.sent()
		w.stop(true)
		w.restore(backup, true, ann, bob)
		ann.TryNow()
		bob.TryNow()
		ann.live()
		bob.live()
		ann.retryHeld(garden)
		ann.sent()
		time.Sleep(5 * time.Second)
		if r := bob.roomView(garden); !r.Joined || r.Diverged || r.Chain != ann.roomView(garden).Chain || r.Failed != 3 {
			t.Errorf("bob sees %+v\nann %+v", r, ann.roomView(garden))
		}
		for _, mid := range bob.held(garden) {
			must(t, bob.RetryMessage(t.Context(), garden, mid))
		}
		bob.sent()
		ann.until("all four", func(*View) bool { return len(ann.texts(garden)) == 4 })
		ann.same(bob)
		if got := ann.texts(garden); !slices.Equal(got, []string{"one", "two", "three", "four"}) {
			t.Errorf("in the end %q", got)
		}
	})
}

// TestLostMembership: a restored backup is from before somebody came into a room.
// What they wrote is not on the server, and does not stand there as sent: the room
// says so, and once they are members again it goes out, under the old id.
func TestLostMembership(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Access: chat.AccessClosed})
		must(t, err)
		ann.say(garden, "before")
		ann.sent()
		time.Sleep(time.Second)
		backup := w.heads()
		must(t, ann.AddMember(t.Context(), garden, bob.account))
		bob.until("the garden", func(v *View) bool {
			return slices.ContainsFunc(v.Rooms, func(r RoomView) bool { return r.ID == garden && r.Joined })
		})
		bob.say(garden, "mine", "too")
		bob.sent()
		ann.until("both", func(*View) bool { return len(ann.texts(garden)) == 3 })
		w.stop(true)
		w.restore(backup, true, ann, bob)
		bob.TryNow()
		bob.live()
		check := func(when string) {
			t.Helper()
			r := bob.roomView(garden)
			if r.Joined || !r.Forgotten || r.Removed || r.Failed != 2 || r.Lost != 3 || !slices.Equal(bob.texts(garden), []string{"before", "mine (failed)", "too (failed)"}) {
				t.Errorf("%s bob sees %+v, %q", when, r, bob.texts(garden))
			}
			if got := bob.lost(garden); !slices.Equal(got, []string{"mine", "too"}) {
				t.Errorf("%s no longer on the server: %q", when, got)
			}
		}
		check("then")
		if !bob.told(NoticeLost) {
			t.Error("nobody was told")
		}
		bob.quit()
		bob.run().live()
		defer bob.quit()
		check("after another start")
		ann.TryNow()
		ann.live()
		must(t, ann.AddMember(t.Context(), garden, bob.account))
		bob.until("the garden again", func(*View) bool { return bob.roomView(garden).Joined })
		for _, mid := range bob.held(garden) {
			must(t, bob.RetryMessage(t.Context(), garden, mid))
		}
		bob.sent()
		ann.live()
		ann.same(bob)
		if got := texts(w, garden); !slices.Equal(got, []string{"before", "mine", "too"}) {
			t.Errorf("in the end the server has %q", got)
		}
	})
}

// TestLostRoomLeft: a room that a restored backup does not have was made again,
// and left on another device, while this one was away with a part of its old
// self. Once its owner is added again, everything is there.
func TestLostRoomLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		time.Sleep(time.Second)
		backup := w.heads()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(garden, "one")
		ann.sent()
		bob.until("the garden", func(*View) bool { return len(bob.texts(garden)) == 1 })
		bob.quit()
		w.stop(true)
		w.restore(backup, true, ann, bob)
		ann.TryNow()
		ann.live()
		ann.retryHeld(garden)
		ann.sent()
		two := w.another(bob, "two").run().live()
		defer two.quit()
		must(t, two.LeaveRoom(t.Context(), garden))
		two.sent()
		bob.run().live()
		defer bob.quit()
		time.Sleep(time.Second)
		if r := bob.roomView(garden); r.Joined || r.Diverged || bob.View().Connection.Reason != ReasonNone {
			t.Errorf("bob, who has left, sees %+v, %+v", r, bob.View().Connection)
		}
		must(t, ann.AddMember(t.Context(), garden, bob.account))
		ann.say(garden, "two")
		ann.sent()
		time.Sleep(5 * time.Second)
		for _, p := range []*person{bob, two} {
			if r := p.roomView(garden); !r.Joined || r.Diverged || r.Chain != ann.roomView(garden).Chain {
				t.Errorf("%s sees %+v\nann %+v", p.name, r, ann.roomView(garden))
			}
		}
	})
}

// TestHistoryChanges: the server tells another history than the one stored here,
// from the first event on. What was stored is kept, the person is told, talk goes
// on; and when the old history is back, nothing is lost.
func TestHistoryChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann := w.member("ann").run().live()
		ann.say(w.general, "one", "two", "three")
		ann.sent()
		before := ann.rows(w.general)
		w.stop(true)
		old := w.data
		w.data = memstore.New()
		w.makeGeneral()
		w.admit(ann)
		w.start()
		ann.TryNow()
		ann.live()
		notices := ann.takeNotices()
		for _, kind := range []NoticeKind{NoticeDiverged, NoticeLost} {
			if !slices.ContainsFunc(notices, func(n Notice) bool { return n.Kind == kind && n.Room == w.general }) {
				t.Errorf("not told of %s: %+v", kind, notices)
			}
		}
		ann.say(w.general, "four")
		ann.until("talk to go on", func(v *View) bool { return v.Waiting == 0 })
		for range 2 { // a restart changes nothing
			// The join is there again: joining a default room has an id that follows from both.
			if r := ann.roomView(w.general); r.Lost != len(before)-1 || r.Failed != 3 {
				t.Errorf("room %+v", r)
			}
			if got := ann.texts(w.general); !slices.Equal(got, []string{"four", "one (failed)", "two (failed)", "three (failed)"}) {
				t.Errorf("texts %q", got)
			}
			ann.quit()
			ann.run()
			ann.live()
		}
		w.stop(true)
		must(t, w.data.Close())
		w.data = old
		w.start()
		ann.TryNow()
		ann.live()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two", "three", "four (failed)"}) {
			t.Errorf("texts %q", got)
		}
		if got := ann.lost(w.general); !slices.Equal(got, []string{"four"}) {
			t.Errorf("lost %q", got)
		}
		for _, mid := range ann.held(w.general) {
			must(t, ann.DiscardMessage(t.Context(), w.general, mid))
		}
		if d := cmp.Diff(len(before), len(ann.rows(w.general))); d != "" {
			t.Errorf("rows: %s", d)
		}
		must(t, ann.group.store.Check(t.Context()))
		ann.quit()
		w.close()
	})
}

// TestManyRoomsLost: every room has lost something; all are mended, the requests
// stay within the server's rates.
func TestManyRoomsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		rooms := []chat.RoomID{w.general}
		for i := range 80 {
			id, err := ann.CreateRoom(t.Context(), RoomRequest{Name: fmt.Sprint("room ", i)})
			must(t, err)
			rooms = append(rooms, id)
		}
		ann.sent()
		backup := w.heads()
		for _, id := range rooms {
			ann.say(id, "lost")
		}
		ann.sent()
		w.stop(true)
		w.restore(backup, true, ann)
		ann.TryNow()
		ann.until("all to be mended", func(v *View) bool {
			return v.Connection.State == ConnLive && v.Connection.Reason == ReasonNone && v.Failed == len(rooms)
		})
		for _, id := range rooms {
			if r := ann.roomView(id); r.Diverged || r.Lost != 1 || r.Head != backup[id] {
				t.Errorf("room %+v", r)
			}
		}
	})
}

// TestSearch: whatever two logs look like, the search finds the last place where
// they agree, in few rounds.
func TestSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room := chat.RoomID{1}
		ours, theirs := storetest.NewLog(room), storetest.NewLog(room)
		same := rapid.IntRange(0, 3000).Draw(t, "same")
		for i := range same {
			e := ours.Text(chat.AccountID{1}, fmt.Sprint(i))
			theirs.Append(e.Kind, e.Author, e.Device, e.MID, e.Body)
		}
		for range rapid.IntRange(0, 3000).Draw(t, "ours") {
			ours.Text(chat.AccountID{1}, "o")
		}
		for range rapid.IntRange(0, 3000).Draw(t, "theirs") {
			theirs.Text(chat.AccountID{2}, "t")
		}
		m := &mend{differ: ours.Head() + 1}
		rounds := 0
		for ; ; rounds++ {
			m.asked = nil
			for _, seq := range m.spread() {
				m.asked = append(m.asked, chat.Head{Seq: seq, Chain: ours.Chain(seq)})
			}
			if len(m.asked) == 0 {
				break
			}
			if len(m.asked) > wire.MaxChains || m.asked[len(m.asked)-1].Seq != m.differ-1 {
				t.Fatalf("asks about %v", m.asked)
			}
			answer := &wire.ChainsAt{}
			for _, p := range m.asked {
				if p.Seq <= theirs.Head() {
					answer.Chains = append(answer.Chains, wire.RoomHead{Seq: p.Seq, Chain: theirs.Chain(p.Seq)})
				}
			}
			m.narrow(answer)
		}
		if int(m.same) != same || rounds > 3 {
			t.Fatalf("found %d in %d rounds, want %d", m.same, rounds, same)
		}
	})
}
