package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hearth/chat"
)

// rung returns the notices about messages since the last call.
func (p *person) rung() (rung []Notice) {
	for _, n := range p.takeNotices() {
		if n.Kind == NoticeMessages {
			rung = append(rung, n)
		}
	}
	return rung
}

// hears waits until a message has come and returns what it rang.
func (p *person) hears(by *person, text string) []Notice {
	p.w.t.Helper()
	by.say(p.w.general, text)
	p.until("the message", func(*View) bool {
		texts := p.texts(p.w.general)
		return len(texts) > 0 && texts[len(texts)-1] == text
	})
	time.Sleep(time.Second) // it is on disk before it is told
	return p.rung()
}

// why returns what was decided about the newest message.
func (p *person) why(id chat.RoomID) Notified {
	p.w.t.Helper()
	n, err := p.WhyNotified(p.w.t.Context(), id, p.roomView(id).Head)
	must(p.w.t, err)
	return n
}

// TestNotified: what rings, what is told about it, and why, before and after a
// restart.
func TestNotified(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		ctx := t.Context()
		room := w.general
		ann.until("the room", func(*View) bool { return ann.roomView(room).Joined })
		bob.until("the room", func(*View) bool { return bob.roomView(room).Joined })
		ann.rung()

		n := ann.hears(bob, "hello  there\nann")
		if len(n) != 1 || n[0].Room != room || n[0].Count != 1 || n[0].CaughtUp || len(n[0].News) != 1 {
			t.Fatalf("notices %+v", n)
		}
		if x := n[0].News[0]; x.Author != "bob" || x.Text != "hello there\nann" || x.Rule != RuleAll || x.Seq != ann.roomView(room).Head {
			t.Errorf("news %+v", x)
		}
		if got := ann.why(room); !got.Ring || got.Rule != RuleAll {
			t.Errorf("why: %+v", got)
		}

		change := func(f func(*NotifyRules)) { t.Helper(); must(t, ann.ChangeNotify(ctx, f)) }
		silent := func(rule NotifyRule) {
			t.Helper()
			if n := ann.hears(bob, fmt.Sprintf("silent by %s", rule)); len(n) != 0 {
				t.Errorf("%s: it rang %+v", rule, n)
			}
			if got := ann.why(room); got.Ring || got.Rule != rule {
				t.Errorf("%s: %+v", rule, got)
			}
		}
		ann.SetActive(room, true)
		silent(RuleOnScreen)
		ann.SetAtEnd(false)
		if n := ann.hears(bob, "further down"); len(n) != 1 {
			t.Errorf("scrolled away: %+v", n)
		}
		ann.SetActive(room, false)
		change(func(r *NotifyRules) { r.Rooms[room] = RoomNotify{Level: LevelNone} })
		silent(RuleNone)
		change(func(r *NotifyRules) { r.Rooms[room] = RoomNotify{Level: LevelMentions}; r.Keywords = []string{"bees"} })
		silent(RuleMentions)
		if n := ann.hears(bob, "the BEES!"); len(n) != 1 || n[0].News[0].Rule != RuleKeyword {
			t.Errorf("keyword: %+v", n)
		}
		change(func(r *NotifyRules) { r.Rooms[room] = RoomNotify{Muted: time.Now().Add(time.Hour)} })
		silent(RuleMuted)
		time.Sleep(2 * time.Hour)
		if n := ann.View().Notify; len(n.Rooms) != 0 {
			t.Errorf("the muting is still shown: %+v", n)
		}
		change(func(r *NotifyRules) { r.Paused = time.Now().Add(time.Hour) })
		silent(RulePaused)
		change(func(r *NotifyRules) { r.Paused = time.Time{}; r.Show = ShowSender; r.Silent = true })
		if n := ann.hears(bob, "secret"); len(n) != 1 || !n[0].Silent || n[0].News[0].Text != "" || n[0].News[0].Author != "bob" {
			t.Errorf("only the sender: %+v", n)
		}
		change(func(r *NotifyRules) { r.Show = ShowNothing })
		if n := ann.hears(bob, "more secret"); len(n) != 1 || n[0].News[0].Author+n[0].News[0].Text != "" {
			t.Errorf("nothing: %+v", n)
		}
		ann.say(room, "mine")
		ann.sent()
		if got := ann.why(room); got.Rule != "" {
			t.Errorf("about an own message: %+v", got)
		}
		head := ann.roomView(room).Head
		ann.quit()
		ann.run().live()
		defer ann.quit()
		if got, err := ann.WhyNotified(ctx, room, head-1); err != nil || got.Rule != RuleAll || !got.Ring {
			t.Errorf("why, after a restart: %+v, %v", got, err)
		}
		if r := ann.View().Notify; r.Show != ShowNothing || !r.Silent || !slices.Equal(r.Keywords, []string{"bees"}) {
			t.Errorf("rules after a restart: %+v", r)
		}
	})
}

// TestCaughtUp: what came during an absence is told room by room, or in one word.
func TestCaughtUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		rooms := []chat.RoomID{w.general}
		for i := range 4 {
			id, err := bob.CreateRoom(t.Context(), RoomRequest{Name: fmt.Sprint("room ", i), Access: chat.AccessClosed, Members: []chat.AccountID{ann.account}})
			must(t, err)
			rooms = append(rooms, id)
		}
		bob.sent()
		for _, id := range rooms {
			ann.until("a room", func(*View) bool { return ann.roomView(id).Joined })
		}
		away := func(talk func()) []Notice {
			ann.quit()
			talk()
			bob.sent()
			ann.run().live()
			time.Sleep(time.Second)
			return ann.rung()
		}
		n := away(func() {
			for i := range 12 {
				bob.say(rooms[0], fmt.Sprint("message ", i))
			}
			bob.say(rooms[1], "one")
		})
		slices.SortFunc(n, func(a, b Notice) int { return b.Count - a.Count })
		if len(n) != 2 || n[0].Count != 12 || n[0].Room != rooms[0] || !n[0].CaughtUp || len(n[0].News) != maxNews || n[1].Count != 1 {
			t.Errorf("after an absence: %+v", n)
		}
		if last := n[0].News[maxNews-1]; last.Text != "message 11" {
			t.Errorf("the newest is %+v", last)
		}
		n = away(func() {
			for _, id := range rooms {
				bob.say(id, "a", "b")
			}
		})
		if len(n) != 1 || n[0].Count != 10 || n[0].Rooms != 5 || !n[0].Room.IsZero() || len(n[0].News) != 0 {
			t.Errorf("after many rooms spoke: %+v", n)
		}
		ann.quit()
	})
}

// TestDecisionsBounded: only the newest decisions are kept, and the first about a
// message stands.
func TestDecisionsBounded(t *testing.T) {
	var kept []Notified
	for i := range 3 * maxDecisions {
		fresh := []Notified{{Seq: chat.Seq(i + 1), Rule: RuleAll, Ring: true}, {Seq: chat.Seq(i), Rule: RuleMuted}}
		kept = mergeWhy(kept, fresh)
	}
	if len(kept) != maxDecisions || kept[maxDecisions-1].Seq != 3*maxDecisions {
		t.Fatalf("%d kept, the last %+v", len(kept), kept[len(kept)-1])
	}
	if slices.ContainsFunc(kept, func(n Notified) bool { return !n.Ring }) {
		t.Error("a decision was replaced")
	}
}
