package app

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"hearth/chat"
)

// TestAlikeInConversation: who begins a conversation under the name of somebody who is not
// in it is told apart there by the login name, wherever the name stands, and so is the one
// they look like in theirs; until one of them is called otherwise, and after a restart.
func TestAlikeInConversation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, fox := w.member("ann").run().live(), w.member("bob").run().live(), w.member("fox").run().live()
		for _, p := range []*person{ann, bob, fox} {
			defer func() { p.quit() }()
		}
		ctx := t.Context()
		must(t, ann.SetDisplay(ctx, "Ann Lee"))
		genuine, fake := ann.with(t, bob), fox.with(t, bob)
		ann.say(genuine, "it is me")
		fox.say(fake, "me too")
		called := func(what, annName, foxName string) {
			t.Helper()
			for id, name := range map[chat.RoomID]string{genuine: annName, fake: foxName} {
				bob.until(what+": "+name, func(*View) bool {
					r := bob.roomView(id)
					return r.Name == name && r.Last != nil && r.Last.Author == name
				})
				page, err := bob.Messages(ctx, id, Window{})
				must(t, err)
				for _, m := range page.Messages {
					if m.Kind == chat.KindMessage && m.Name != name {
						t.Errorf("%s: %q is by %q, want %q", what, m.Text, m.Name, name)
					}
				}
			}
		}
		called("different", "Ann Lee", "fox")
		must(t, fox.SetDisplay(ctx, "\u0410nn Lee")) // the first letter is Cyrillic
		called("alike", "Ann Lee (ann)", "\u0410nn Lee (fox)")
		bob.quit()
		bob.run().live()
		called("after a restart", "Ann Lee (ann)", "\u0410nn Lee (fox)")
		must(t, fox.SetDisplay(ctx, "Foxy"))
		called("called otherwise", "Ann Lee", "Foxy")
	})
}

// TestLooks: however people come, go and are called, the changes that are told lead to what
// counting anew does.
func TestLooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := looks{}
		rooms := make([]map[chat.AccountID]string, 3)
		shared := map[string]bool{}
		for range rapid.IntRange(1, 30).Draw(t, "changes") {
			now := map[chat.AccountID]string{}
			for i := range byte(4) {
				if like := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "like"); like != "" {
					now[chat.AccountID{i + 1}] = like
				}
			}
			i := rapid.IntRange(0, len(rooms)-1).Draw(t, "room")
			for like := range all.note(rooms[i], now) {
				if shared[like] = !shared[like]; !shared[like] {
					delete(shared, like)
				}
			}
			rooms[i] = now
		}
		by, want := map[string]map[chat.AccountID]bool{}, map[string]bool{}
		for _, people := range rooms {
			for account, like := range people {
				if by[like] == nil {
					by[like] = map[chat.AccountID]bool{}
				}
				if by[like][account] = true; len(by[like]) > 1 {
					want[like] = true
				}
			}
		}
		if !maps.Equal(shared, want) || len(all) != len(by) {
			t.Fatalf("shared %v, want %v; %d of %d", shared, want, len(all), len(by))
		}
		for like, people := range by {
			if len(all[like]) != len(people) {
				t.Fatalf("%s is %v", like, all[like])
			}
			for account := range people {
				if all.other(like, account) != (len(people) > 1) {
					t.Fatalf("%s, %v", like, account)
				}
			}
		}
	})
}
