package server

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// cards asks for all pages.
func (c *raw) cards(digest chat.Digest) (list []wire.Card, same bool) {
	c.t.Helper()
	var after chat.AccountID
	for {
		f, ok := c.answer(c.ask(&wire.Cards{Digest: digest, After: after})).(*wire.CardsList)
		if !ok {
			c.t.Fatal("no list of cards")
		}
		list = append(list, f.Cards...)
		if !f.More {
			return list, f.Same
		}
		after = f.Cards[len(f.Cards)-1].Account
	}
}

// avatar returns somebody's picture, or why not.
func (c *raw) avatar(of chat.AccountID, h chat.Hash) ([]byte, chat.Code) {
	c.t.Helper()
	switch f := c.answer(c.ask(&wire.AvatarGet{Account: of, Avatar: h})).(type) {
	case *wire.Avatar:
		return f.Data, ""
	case *wire.Error:
		return nil, f.Code
	}
	return nil, "nothing"
}

// TestCards: who shares a room learns at once what somebody shows and gets the
// picture; who shares none learns nothing; what is taken back is gone.
func TestCards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob, eve := w.person(), w.person(), w.person()
		eve.say(w.general, chat.KindLeave, `{}`)
		for _, c := range []*raw{ann, bob, eve} {
			c.sync()
			expect[*wire.Live](c)
		}
		if list, same := bob.cards(0); len(list) != 0 || !same {
			t.Errorf("at first: %+v, same %v", list, same)
		}
		picture := []byte("not looked into")
		hash := chat.AvatarHash(picture)
		ann.done(&wire.AvatarSet{Data: picture})
		if f := expect[*wire.CardAt](bob); len(f.Cards) != 1 || f.Cards[0].Account != ann.account || f.Cards[0].Avatar != hash {
			t.Errorf("bob is told %+v", f)
		}
		ann.done(&wire.StatusSet{Status: wire.Status{Text: "im Garten", Emoji: "🌻", ForMS: time.Hour.Milliseconds()}})
		want := wire.Card{Account: ann.account, Avatar: hash, Status: wire.Status{Text: "im Garten", Emoji: "🌻", ForMS: time.Hour.Milliseconds()}}
		noRev := cmpopts.IgnoreFields(wire.Card{}, "Rev")
		if f := expect[*wire.CardAt](bob); len(f.Cards) != 1 || cmp.Diff(f.Cards[0], want, noRev) != "" {
			t.Errorf("bob is told %+v", f)
		}
		list, _ := bob.cards(0)
		if len(list) != 1 || cmp.Diff(list[0], want, noRev) != "" {
			t.Fatalf("listed %+v", list)
		}
		if _, same := bob.cards(chat.Digest(0).AddCard(ann.account, list[0].Rev)); !same {
			t.Error("the list came again although nothing has changed")
		}
		if got, code := bob.avatar(ann.account, hash); code != "" || string(got) != string(picture) {
			t.Errorf("bob gets %q, %s", got, code)
		}
		if _, code := bob.avatar(ann.account, chat.Hash{1}); code != chat.CodeFileGone {
			t.Errorf("another picture: %s", code)
		}

		// Eve shares no room: to her it is as if there were nothing.
		if list, _ := eve.cards(7); len(list) != 0 {
			t.Errorf("eve is listed %+v", list)
		}
		if _, code := eve.avatar(ann.account, hash); code != chat.CodeFileGone {
			t.Errorf("eve gets %s", code)
		}
		eve.ask(eve.post(w.general, chat.KindJoin, `{}`)) // then she is told, and gets it
		if f := expect[*wire.CardAt](eve); len(f.Cards) != 1 || f.Cards[0].Account != ann.account {
			t.Errorf("eve is told %+v", f)
		}
		if _, code := eve.avatar(ann.account, hash); code != "" {
			t.Errorf("eve is refused %s", code)
		}

		time.Sleep(time.Hour) // nothing needs to happen for a status to be over
		for _, c := range []*raw{ann, bob, eve} {
			_ = c.ws.CloseNow()
		}
		ann, bob = ann.again(), bob.again()
		if list, _ := bob.cards(0); len(list) != 1 || !list[0].Status.None() || list[0].Avatar != hash {
			t.Errorf("an hour later %+v", list)
		}
		ann.done(&wire.AvatarSet{})
		if list, _ := bob.cards(0); len(list) != 0 {
			t.Errorf("taken back: %+v", list)
		}
		if _, code := bob.avatar(ann.account, hash); code != chat.CodeFileGone {
			t.Errorf("taken back: %s", code)
		}
	})
}

// TestNewcomersCards: who joins is told what the people of the room show, and they
// what the newcomer shows.
func TestNewcomersCards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob := w.person(), w.person()
		ann.say(w.general, chat.KindLeave, `{}`)
		ann.done(&wire.StatusSet{Status: wire.Status{Emoji: "🌴"}})
		bob.done(&wire.StatusSet{Status: wire.Status{Text: "here"}})
		for _, c := range []*raw{ann, bob} {
			c.sync()
			expect[*wire.Live](c)
		}
		ann.ask(ann.post(w.general, chat.KindJoin, `{}`))              // the acknowledgement may come behind what else is told
		hears := func(c *raw, of chat.AccountID, status wire.Status) { // own news may come first
			for {
				f := expect[*wire.CardAt](c)
				if slices.ContainsFunc(f.Cards, func(x wire.Card) bool { return x.Account == of && x.Status == status }) {
					return
				}
			}
		}
		hears(ann, bob.account, wire.Status{Text: "here"})
		hears(bob, ann.account, wire.Status{Emoji: "🌴"})
	})
}

// TestCardPages: more people than stand in one frame.
func TestCardPages(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	const n = wire.MaxCards + 7
	// Two hundred people that have registered would take long; only the room and the
	// cards need to know them.
	state := w.room(w.general).view.Load().state.Clone()
	for range n {
		a := chat.NewAccountID()
		state.Members[a] = chat.Member{Account: a, Name: a.String(), Role: chat.RoleMember}
		w.server.cards.keep(storage.Card{Account: a, Rev: 5, Status: storage.Status{Text: "x"}})
	}
	rm := w.room(w.general)
	v := *rm.view.Load()
	v.state = state
	rm.view.Store(&v)
	list, same := ann.cards(0)
	if len(list) != n || same {
		t.Fatalf("%d cards of %d", len(list), n)
	}
	var digest chat.Digest
	for i, c := range list {
		digest = digest.AddCard(c.Account, c.Rev)
		if i > 0 && bytes.Compare(list[i-1].Account[:], c.Account[:]) >= 0 {
			t.Fatal("not in order")
		}
	}
	if _, same := ann.cards(digest); !same {
		t.Error("the whole list came again")
	}
}

// TestCardPace: a card changes six times at once, then every ten seconds, whatever
// connection asks; and not at all while the disk is full.
func TestCardPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		for range cardBurst {
			ann.done(&wire.StatusSet{Status: wire.Status{Text: "x"}})
		}
		if e := ann.refused(&wire.AvatarSet{}); e.Code != chat.CodeRateLimited || !e.Retryable || e.RetryAfter <= 0 {
			t.Errorf("the seventh: %+v", e)
		}
		ann = ann.again()
		if e := ann.refused(&wire.StatusSet{}); e.Code != chat.CodeRateLimited {
			t.Errorf("on another connection: %+v", e)
		}
		time.Sleep(cardEvery)
		ann.done(&wire.StatusSet{})
		for range 5 { // heartbeats, so as not to be silent
			time.Sleep(20 * time.Second)
			ann.done(&wire.Heartbeat{})
		}
		synctest.Wait() // a look at the disk may be due at this moment
		w.server.full.Store(true)
		if e := ann.refused(&wire.AvatarSet{Data: wire.Bytes("x")}); e.Code != chat.CodeCapacityDisk {
			t.Errorf("on a full disk: %+v", e)
		}
	})
}

// TestStatusIsErased: what is over leaves the disk, too.
func TestStatusIsErased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		ann.done(&wire.StatusSet{Status: wire.Status{Text: "at the doctor's", ForMS: 60_000}})
		_ = ann.ws.CloseNow()
		time.Sleep(2 * sweepEvery)
		list, err := w.store.Cards(t.Context())
		if err != nil || len(list) != 1 || list[0].Status != (storage.Status{}) {
			t.Errorf("on disk is %+v, %v", list, err)
		}
	})
}

// TestCardsOfStart: a server that starts knows what people showed before.
func TestCardsOfStart(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	ann.done(&wire.StatusSet{Status: wire.Status{Text: "before"}})
	c, err := loadCards(t.Context(), w.server)
	if err != nil || c.of(ann.account).Status.Text != "before" {
		t.Errorf("%+v, %v", c.of(ann.account), err)
	}
}
