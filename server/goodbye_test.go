package server

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// TestSuspend: an account that is suspended loses its connections within a second and is
// let in by none of its devices, which are told why; a login learns nothing; it is all
// taken back, but the rooms that passed on have two owners.
func TestSuspend(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	ben.protect("right")
	key := w.recoverable(ben.account)
	room, _ := ben.found(chat.AccessClosed, ann.account)
	other := ben.second()
	if _, err := w.server.Suspend(t.Context(), ben.account, true); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*raw{ben, other} {
		if last, code, took := c.ended(); last == nil || last.Code != chat.CodeAccountSuspended || code != wire.CloseSuspended || took > time.Second {
			t.Errorf("ended with %v, %d, after %v", last, code, took)
		}
	}
	c := w.dial()
	if e := c.refused(c.auth(ben)); e.Code != chat.CodeAccountSuspended {
		t.Errorf("let in: %v", e)
	}
	if _, f := w.logIn("person2", "right"); refusal(f) != chat.CodeAuthFailed {
		t.Errorf("the login says %+v", f)
	}
	c = w.dial()
	if e := c.refused(c.recovering("person2", key, chat.NewRecoverySecret(), "new", true)); e.Code != chat.CodeAuthFailed {
		t.Errorf("the recovery key says %v", e)
	}
	if a, err := w.store.Account(t.Context(), ben.account); err != nil || !bytes.Equal(a.Recovery.Key, recoveryPublic(key)) {
		t.Errorf("the recovery key has changed: %v", err)
	}
	list, ok := ann.answer(ann.ask(&wire.People{})).(*wire.PeopleList)
	if !ok || slices.ContainsFunc(list.People, func(p wire.Person) bool { return p.Account == ben.account }) {
		t.Errorf("the people are %+v", list)
	}
	if m := w.room(room).view.Load().state.Members; m[ann.account].Role != chat.RoleOwner || m[ben.account].Role != chat.RoleOwner {
		t.Errorf("the members are %v", m)
	}
	if _, err := w.server.Suspend(t.Context(), ben.account, false); err != nil {
		t.Fatal(err)
	}
	ben.again().text(room, "back")
	if _, err := w.server.Suspend(t.Context(), chat.NewAccountID(), true); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("nobody is suspended: %v", err)
	}
}

// TestSuspendWhoDoesNotRead: also a connection that reads nothing, and for which much waits,
// is gone a second after its account was suspended.
func TestSuspendWhoDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, ben := w.person(), w.person()
		ben = ben.second()
		ben.sync()
		expect[*wire.Live](ben)
		w.net.Last().Down.Stall(true)
		for range 10 {
			ann.text(w.general, strings.Repeat("m", 10_000))
		}
		synctest.Wait()
		if _, err := w.server.Suspend(t.Context(), ben.account, true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second + time.Millisecond)
		synctest.Wait()
		if n := len(w.server.hub.of(ben.account)); n > 0 {
			t.Errorf("%d connections are left a second later", n)
		}
		w.net.CutAll()
	})
}

// TestDeleteAccount: what is left of an account that was deleted, by its person or by the
// operator, with and without what it wrote, and that it goes on after a restart.
func TestDeleteAccount(t *testing.T) {
	for name, erase := range map[string]bool{"keeps": false, "erases": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil, Options{})
			ann, ben := w.person(), w.person()
			ben.protect("right")
			ben.done(&wire.StatusSet{Status: wire.Status{Text: "secret status"}})
			room, _ := ben.found(chat.AccessOpen, ann.account)
			said, kept := ben.text(room, "mine").Seq, ann.text(room, "hers").Seq
			ben.say(room, chat.KindEdit, `{"seq":`+number(said)+`,"text":"mine, later"}`)
			left, _ := ann.found(chat.AccessOpen, ben.account)
			ben.say(left, chat.KindLeave, `{}`)
			two, _ := ben.direct(ann)
			ann.sync()
			if e := ben.refused(&wire.AccountDelete{Scram: "x"}); e.Code != chat.CodeForbidden {
				t.Errorf("without a proof: %v", e)
			}
			if erase {
				_, wrong := ben.proof("person2", "wrong")
				if e := ben.refused(&wire.AccountDelete{Scram: wrong, Erase: true}); e.Code != chat.CodeAuthFailed {
					t.Errorf("with another password: %v", e)
				}
				_, final := ben.proof("person2", "right")
				if _, ok := ben.answer(ben.ask(&wire.AccountDelete{Scram: final, Erase: true})).(*wire.AccountDeleted); !ok {
					t.Fatal("refused")
				}
			} else if err := w.server.DeleteAccount(t.Context(), ben.account, false); err != nil {
				t.Fatal(err)
			}
			if last, code, took := ben.ended(); last == nil || last.Code != chat.CodeAccountDeleted || code != wire.CloseDeleted || took > time.Second {
				t.Errorf("ended with %v, %d, after %v", last, code, took)
			}
			testkit.Eventually(t, "all rooms told", func() bool { return !w.deletion(ben.account).Pending() })
			for _, id := range []chat.RoomID{room, left, two, w.general} {
				m := w.room(id).view.Load().state.Former[ben.account]
				if !m.Deleted || m.Name != "" || m.Display != "" || m.Left == 0 {
					t.Errorf("a room knows %+v", m)
				}
			}
			if r := w.room(room).view.Load().state.Members[ann.account].Role; r != chat.RoleOwner {
				t.Errorf("the room is left with a %s", r)
			}
			events := w.events(room)
			if gone := events[said-1].Erased; gone != erase || events[kept-1].Erased || events[kept].Erased != erase {
				t.Errorf("erased: %v, what somebody else wrote %v", gone, events[kept-1].Erased)
			}
			w.checkGone(ben)
		})
	}
}

// TestEraseWherePurged: whoever wants everything erased that they wrote gets it also in
// rooms that no longer keep their beginning, on the disk or not yet, and the deletion ends.
func TestEraseWherePurged(t *testing.T) {
	for name, steps := range map[string]int64{"whole": 1000, "interrupted": 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := memstore.New()
				w := newBubble(t, halts(disk, steps), Options{KeepDays: 2})
				ann, ben := w.person(), w.person()
				room, _ := ann.found(chat.AccessClosed, ben.account)
				var old chat.Seq
				for range 100 {
					old = ben.text(room, canary).Seq
				}
				ben = ben.later(aDay + 12*time.Hour)
				fresh := ben.text(room, "fresh").Seq
				kept := ann.again().text(room, "hers").Seq
				ben.later(aDay)
				if state, floor := w.room(room).view.Load().state, w.floor(room); state.Purged < old || state.Purged >= fresh || (floor < old) != (steps == 1) {
					t.Fatalf("purged up to %d, on disk up to %d, of %d and %d", state.Purged, floor, old, fresh)
				}
				if err := w.server.DeleteAccount(t.Context(), ben.account, true); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if d := w.deletion(ben.account); d != storage.DeletionErased {
					t.Errorf("the deletion is left at %v", d)
				}
				page, err := disk.Read(t.Context(), room, fresh, kept, 10, 1<<20)
				if err != nil || len(page.Events) != 2 || !page.Events[0].Erased || page.Events[1].Erased {
					t.Errorf("left of what was kept: %+v, %v", page, err)
				}
				if err := disk.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func number(seq chat.Seq) string { return strconv.FormatUint(uint64(seq), 10) }

func (w *world) deletion(id chat.AccountID) storage.Deletion {
	a, err := w.store.Account(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Deletion
}

// checkGone holds that nothing but what must is known of an account that was deleted.
func (w *world) checkGone(was *raw) {
	w.t.Helper()
	a, err := w.store.Account(w.t.Context(), was.account)
	if err != nil || a.Display != "" || a.Verifier != nil || !a.Disabled || a.Name != "person2" {
		w.t.Errorf("left of the account: %+v, %v", a, err)
	}
	devices, err := w.store.Devices(w.t.Context(), was.account)
	if err != nil || len(devices) == 0 {
		w.t.Errorf("devices: %v, %v", devices, err)
	}
	for _, d := range devices {
		if len(d.Key) > 0 || d.Name != "" || d.Platform != "" || d.Peer != "" || !d.Revoked {
			w.t.Errorf("left of a device: %+v", d)
		}
	}
	if markers, err := w.store.AccountMarkers(w.t.Context(), was.account); err != nil || len(markers) > 0 {
		w.t.Errorf("read positions: %v, %v", markers, err)
	}
	if c := w.server.cards.of(was.account); c.Status.Text != "" || !c.Avatar.IsZero() {
		w.t.Errorf("the card: %+v", c)
	}
	c := w.dial()
	if e := c.refused(c.auth(was)); e.Code != chat.CodeAccountDeleted {
		w.t.Errorf("a device is told %v", e)
	}
	if _, f := w.logIn("person2", "right"); refusal(f) != chat.CodeAuthFailed {
		w.t.Errorf("the login says %+v", f)
	}
	c = w.dial()
	if e := c.refused(c.registration("person2")); e.Code != chat.CodeNameTaken {
		w.t.Errorf("the name is free: %v", e)
	}
}

// TestDeletionGoesOn: what a stop interrupts, or is asked for while no server runs, is
// done with the next start.
func TestDeletionGoesOn(t *testing.T) {
	data := &kept{Store: memstore.New()}
	t.Cleanup(func() { _ = data.Store.Close() })
	w := newWorld(t, data, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, ben.account)
	var said []chat.Seq
	for range 2*mostErased + 3 {
		said = append(said, ben.text(room, "mine").Seq)
	}
	w.stop()
	if err := data.DeleteAccount(t.Context(), ben.account, nil, true, 1); err != nil {
		t.Fatal(err)
	}
	next := newWorld(t, data, Options{})
	testkit.Eventually(t, "the end", func() bool { return next.deletion(ben.account) == storage.DeletionErased })
	events := next.events(room)
	for _, seq := range said {
		if !events[seq-1].Erased {
			t.Fatalf("%d is there", seq)
		}
	}
	head := len(events)
	if err := next.server.DeleteAccount(t.Context(), ben.account, true); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "at rest", func() bool { return !next.server.deleting.Load() })
	if now := len(next.events(room)); now != head {
		t.Errorf("%d events more the second time", now-head)
	}
}

// kept is a store that outlives its server.
type kept struct{ storage.Store }

func (*kept) Close() error { return nil }

// TestJoinBesideDeletion: somebody who is brought into a room, or a new one, while their
// account is being deleted is not in it afterwards, in whichever order that happens.
func TestJoinBesideDeletion(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen)
	before := w.account(ben)
	if err := w.server.DeleteAccount(t.Context(), ben.account, false); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "all rooms told", func() bool { return !w.deletion(ben.account).Pending() })
	// As they would be if they had been looked up before.
	join := chat.Join{Account: ben.account}
	p := &post{
		account: ann.account, req: &wire.Send{MID: chat.NewMID(), Room: room, Kind: chat.KindJoin, Body: "{}"}, body: join, subject: before,
	}
	if _, e := w.room(room).wait(t.Context(), p); e == nil || e.Code != chat.CodeBadValue {
		t.Errorf("a deleted account joins: %v", e)
	}
	fresh := chat.NewRoomID()
	made := chat.RoomCreate{Name: "x", Access: chat.AccessClosed, History: chat.HistoryAll, Members: []chat.AccountID{ben.account}}
	raw, err := wire.EncodeBody(made)
	if err != nil {
		t.Fatal(err)
	}
	p = &post{
		account: ann.account, req: &wire.Send{MID: chat.NewMID(), Room: fresh, Kind: chat.KindRoomCreate, Body: string(raw)}, body: made,
		who: w.account(ann), added: []storage.Account{before},
	}
	if _, e := w.room(fresh).wait(t.Context(), p); e != nil {
		t.Fatal(e)
	}
	for _, id := range []chat.RoomID{room, fresh} {
		if m, known := w.room(id).view.Load().state.Person(ben.account); known {
			t.Errorf("a room knows a deleted account: %+v", m)
		}
	}
}

// account is what is stored of somebody.
func (w *world) account(c *raw) storage.Account {
	w.t.Helper()
	a, err := w.store.Account(w.t.Context(), c.account)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// TestQueuedWhenShutOut: what waits for a room when its author is shut out does not get
// into the log any more, however long it had to wait.
func TestQueuedWhenShutOut(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	room, _ := ann.found(chat.AccessOpen)
	var expelled atomic.Bool
	p := w.server.prepare(t.Context(), ann.who(), ann.deviceID(), ann.post(room, chat.KindMessage, `{"text":"late"}`))
	p.expelled = &expelled
	expelled.Store(true)
	before := w.room(room).head()
	if _, e := w.room(room).wait(t.Context(), p); e == nil || e.Code != chat.CodeAuthRevoked || w.room(room).head() != before {
		t.Errorf("it gets into the log: %v", e)
	}
	expelled.Store(false)
	if _, e := w.room(room).wait(t.Context(), p); e != nil {
		t.Error(e)
	}
}
