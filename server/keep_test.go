package server

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

const aDay = 24 * time.Hour

// later lets time pass and comes back: nobody is connected for so long in silence.
func (c *raw) later(d time.Duration) *raw {
	c.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	n := c.again()
	n.dseq, n.account, n.device = c.dseq, c.account, c.device
	return n
}

// floor is up to where a room was purged, on disk.
func (w *world) floor(room chat.RoomID) chat.Seq {
	w.t.Helper()
	log, err := w.store.Room(w.t.Context(), room)
	if err != nil {
		w.t.Fatal(err)
	}
	return log.Floor.Seq
}

// TestKeep: what is older than a room keeps is purged, which is an event; who comes
// later is told that it is no more, and nobody gets any of it by any request; a message
// id is known for 30 days more.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob := w.person(), w.person()
		room, _ := ann.found(chat.AccessClosed, bob.account)
		old := ann.post(room, chat.KindMessage, `{"text":"`+canary+` one"}`)
		first := ann.answer(ann.ask(old)).(*wire.Ack)
		ann.dseq[room] = old.DSeq
		ann.text(room, canary+" two")
		pinned := ann.text(room, canary+" three").Seq
		ann.say(room, chat.KindPinAdd, seqBody(pinned, ""))
		ann.say(room, chat.KindKeep, `{"days":2}`)
		if got := w.floor(room); got != 0 {
			t.Fatalf("purged up to %d at once", got)
		}
		ann = ann.later(aDay)
		edit := ann.say(room, chat.KindEdit, seqBody(pinned, `,"text":"`+canary+` edited"`))
		fresh := ann.text(room, "fresh").Seq
		ann = ann.later(aDay + 12*time.Hour)

		state := w.room(room).view.Load().state
		if state.Purged != edit.Seq-1 || w.floor(room) != state.Purged || state.Keep != 2 || len(state.Members) != 2 || len(state.Pins) != 0 || state.Name != "room" {
			t.Fatalf("purged up to %d, on disk up to %d: %+v", state.Purged, w.floor(room), state)
		}
		if err := w.store.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		again := *old
		if ack, ok := ann.answer(ann.ask(&again)).(*wire.Ack); !ok || ack.Seq != first.Seq || ack.Chain != first.Chain || ack.Time != first.Time || !ack.Duplicate {
			t.Errorf("a repetition: %+v", ack)
		}
		if status := ann.answer(ann.ask(&wire.SendStatus{Room: room, MIDs: []chat.MID{old.MID}})).(*wire.SendState); status.Items[0].Seq != first.Seq {
			t.Errorf("the fate of what was purged: %+v", status)
		}
		ann.goneThere(room, pinned, fresh)

		bob = bob.again().listening()
		started := bob.told(wire.Cursor{Room: room, Seq: first.Seq, Chain: first.Chain}, true)
		snaps := framesOf[*wire.Snapshot](started)
		if len(snaps) != 1 || snaps[0].VoidFrom != first.Seq+1 || snaps[0].HoleFrom != state.Purged+1 || snaps[0].VoidReason != wire.VoidPurged {
			t.Fatalf("who comes later is told %+v", snaps)
		}
		bob.walks(room, snaps[0])
		if bytes.Contains(bob.heard.Bytes(), []byte(canary)) {
			t.Errorf("something of what was purged came:\n%s", bob.heard)
		}
		k, at := w.server.keeper, w.server.keeper.clock
		for _, after := range []struct {
			days  int64
			known bool
		}{{28, true}, {33, false}} { // some days have passed since, or not
			k.clock = at + after.days*aDay.Milliseconds()
			if err := k.forget(t.Context(), room); err != nil {
				t.Fatal(err)
			}
			if _, found, err := w.store.FindMID(t.Context(), room, ann.account, old.MID); found != after.known || err != nil {
				t.Errorf("the message id is known after %d days: %v, %v", after.days, found, err)
			}
		}
		chains := ann.answer(ann.ask(&wire.Chains{Room: room, Seqs: []chat.Seq{1, first.Seq, w.floor(room)}})).(*wire.ChainsAt)
		if chains.Purged != first.Seq || len(chains.Chains) != 1 {
			t.Errorf("chain values of what is forgotten: %+v", chains)
		}
		if s := ann.sync(wire.Cursor{Room: room, Seq: first.Seq, Chain: chat.Hash{7}}); s.Rooms[0].State != wire.SyncOK && s.Rooms[1].State != wire.SyncOK {
			t.Errorf("a place nobody can judge: %+v", s)
		}
	})
}

// TestKeepChangedMeanwhile: what was decided to be purged by what a room said before is
// not purged once its owner has said otherwise.
func TestKeepChangedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		room, _ := ann.found(chat.AccessClosed)
		ann.text(room, "old")
		time.Sleep(3 * aDay)
		ann = ann.again()
		k := &keeper{srv: w.server, clock: time.Now().UnixMilli()}
		log, err := w.store.Room(t.Context(), room)
		if err != nil {
			t.Fatal(err)
		}
		stale := *log.State.Clone()
		stale.Keep = 1
		log.State = &stale
		if err := k.tell(t.Context(), log, 1, true); err == nil {
			t.Error("a room that keeps everything is purged")
		}
		if state := w.room(room).view.Load().state; state.Purged != 0 {
			t.Errorf("purged up to %d", state.Purged)
		}
		ann.text(room, "new")
	})
}

// seqBody is the body of a change.
func seqBody(seq chat.Seq, more string) string {
	raw, _ := wire.EncodeBody(chat.Pin{Seq: seq})
	return string(raw[:len(raw)-1]) + more + "}"
}

// goneThere: changes of what was purged are refused in the words for that.
func (c *raw) goneThere(room chat.RoomID, purged, fresh chat.Seq) {
	c.t.Helper()
	c.wants(room, chat.KindEdit, seqBody(purged, `,"text":"x"`), chat.CodeMessageGone, "/body/seq")
	c.wants(room, chat.KindDelete, seqBody(purged, ""), chat.CodeMessageGone, "/body/seq")
	c.wants(room, chat.KindReactionAdd, seqBody(purged, `,"emoji":"🫖"`), chat.CodeMessageGone, "/body/seq")
	c.wants(room, chat.KindPinAdd, seqBody(purged, ""), chat.CodeMessageGone, "/body/seq")
	c.say(room, chat.KindPinAdd, seqBody(fresh, ""))
}

// walks loads all that a snapshot leaves out, and checks that the chain leads through.
func (c *raw) walks(room chat.RoomID, s *wire.Snapshot) {
	c.t.Helper()
	chain := s.VoidChain
	for next := s.HoleFrom; next <= s.At; {
		page := c.answer(c.ask(&wire.History{Room: room, From: next, To: s.At})).(*wire.HistoryPage)
		if page.Before != chain || len(page.Events) == 0 {
			c.t.Fatalf("the page at %d does not follow: %+v", next, page)
		}
		for i := range page.Events {
			e := page.Events[i].Event(room)
			chain = e.Chain(chain)
		}
		next += chat.Seq(len(page.Events))
	}
	if chain != s.Chain {
		c.t.Error("the chain does not lead to the head")
	}
	void := c.answer(c.ask(&wire.History{Room: room, From: 2, To: 3})).(*wire.HistoryPage)
	if void.Void != wire.VoidPurged || void.VoidTo != s.HoleFrom-1 || void.Chain != s.VoidChain || len(void.Events) != 0 {
		c.t.Errorf("a page of what was purged: %+v", void)
	}
	c.ask(&wire.Chains{Room: room, Seqs: []chat.Seq{1}})
}

// TestKeepByServer: the server's own bound counts where rooms say more, or nothing, and
// everybody learns of it.
func TestKeepByServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{KeepDays: 1})
		ann := w.person()
		room, _ := ann.found(chat.AccessClosed)
		ann.say(room, chat.KindKeep, `{"days":400}`)
		last := ann.text(room, "gone tomorrow").Seq
		ann = ann.later(aDay + 6*time.Hour)
		if got := w.floor(room); got != last {
			t.Errorf("purged up to %d, want %d", got, last)
		}
		head := w.room(room).head()
		ann = ann.later(aDay + 6*time.Hour) // what is left says only that: it is not worth another event
		if got := w.room(room).head(); got != head {
			t.Errorf("the room went from %d to %d by itself", head, got)
		}
		if ready := ann.second(); ready == nil {
			t.Error("nobody")
		}
	})
}

// TestKeepSoon: to keep less counts at once.
func TestKeepSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		room, _ := ann.found(chat.AccessClosed)
		var last chat.Seq
		for range 300 {
			last = ann.text(room, "many").Seq
		}
		ann = ann.later(aDay + time.Hour)
		ann.say(room, chat.KindKeep, `{"days":1}`)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.floor(room); got != last {
			t.Errorf("purged up to %d, want %d", got, last)
		}
		ann = ann.again()
		ann.wants(room, chat.KindKeep, `{"days":-1}`, chat.CodeOutOfRange, "/body/days")
		ann.wants(room, chat.KindKeep, `{"days":36501}`, chat.CodeOutOfRange, "/body/days")
		ann.wants(room, chat.KindKeep, `{"days":"7"}`, chat.CodeBadType, "/body/days")
		ann.wants(room, chat.KindKeep, `{"days":1.5}`, chat.CodeOutOfRange, "/body/days")
		ann.wants(room, chat.KindPurge, `{"seq":1}`, chat.CodeUnknownKind, "/kind")
	})
}

// TestKeepWrongClock: a clock that was set to another year purges nothing at once.
func TestKeepWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		w := newBubble(t, store, Options{KeepDays: 30})
		k := w.server.keeper
		now := time.Now()
		if err := k.tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		at := k.clock
		for _, c := range []struct {
			wall, ran time.Duration
			want      time.Duration // how far the clock goes
		}{
			{0, 0, 0}, {time.Hour, time.Hour, time.Hour}, {10 * 365 * aDay, time.Hour, 8 * time.Hour}, {-365 * aDay, time.Hour, -365 * aDay},
		} {
			k.clock = at
			k.advance = now.Add(c.wall - c.ran)
			if err := k.tick(t.Context(), now.Add(c.wall)); err != nil {
				t.Fatal(err)
			}
			if got := time.Duration(k.clock-at) * time.Millisecond; got != c.want {
				t.Errorf("the wall clock went %v in %v: the purge clock went %v, want %v", c.wall, c.ran, got, c.want)
			}
		}
		k.clock, k.advance = at, time.Time{}
		if err := k.tick(t.Context(), now.Add(90*aDay)); err != nil || k.clock > at {
			t.Errorf("after a start much later the clock shows %v more, %v", time.Duration(k.clock-at)*time.Millisecond, err)
		}
	})
}

// halting stops purging after some steps, as a server does that ends.
type halting struct {
	storage.Store
	steps atomic.Int64
}

func halts(store storage.Store, steps int64) *halting {
	s := &halting{Store: store}
	s.steps.Store(steps)
	return s
}

func (s *halting) Purge(ctx context.Context, room chat.RoomID, through chat.Seq, now int64, most int) (chat.Head, error) {
	if s.steps.Add(-1) < 0 {
		return chat.Head{}, errors.New("halted")
	}
	return s.Store.Purge(ctx, room, through, now, most)
}

// TestKeepGoesOn: a server that ended while it purged goes on, and until it has gives
// nobody what its log says is purged.
func TestKeepGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := memstore.New()
		store := halts(disk, 2)
		w := newBubble(t, store, Options{KeepDays: 1})
		ann := w.person()
		room, _ := ann.found(chat.AccessClosed)
		var last chat.Seq
		for range 200 {
			last = ann.text(room, canary).Seq
		}
		ann = ann.later(aDay + 12*time.Hour)
		if got := w.floor(room); got == 0 || got >= last {
			t.Fatalf("purged up to %d of %d", got, last)
		}
		page := ann.answer(ann.ask(&wire.History{Room: room, From: last, To: last})).(*wire.HistoryPage)
		if page.Void != wire.VoidPurged || page.VoidTo != last {
			t.Errorf("what is still there, and purged: %+v", page)
		}
		if err := disk.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		store.steps.Store(1000)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := w.floor(room); got != last {
			t.Errorf("purged up to %d, want %d", got, last)
		}
		if err := disk.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestKeepLeft: who left, and comes back when that is purged, is told where they left.
func TestKeepLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{KeepDays: 1})
		ann, bob := w.person(), w.person()
		room, _ := ann.found(chat.AccessClosed, bob.account)
		at := ann.text(room, "here")
		left := bob.say(room, chat.KindLeave, `{}`).Seq
		ann.later(aDay + 12*time.Hour)
		bob = bob.again()
		s := bob.sync(wire.Cursor{Room: room, Seq: at.Seq, Chain: at.Chain})
		for _, r := range s.Rooms {
			if r.Room == room && (r.State != wire.SyncGone || r.Left != left) {
				t.Errorf("told %+v, left at %d", r, left)
			}
		}
	})
}
