package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/link"
)

// TestReasons holds the two lists of reasons together.
func TestReasons(t *testing.T) {
	ours := []Reason{
		ReasonUnreachable, ReasonRefused, ReasonNameNotFound, ReasonNoRoute, ReasonTimeout, ReasonLost, ReasonRestart, ReasonBusy,
		ReasonNotHearth, ReasonTooOld, ReasonTooNew, ReasonPinMismatch, ReasonAuthority, ReasonNotBound, ReasonCertificate, ReasonExpired,
		ReasonRevoked, ReasonUnknown, ReasonDisplaced, ReasonUnsafe,
	}
	theirs := []link.Kind{
		link.KindUnreachable, link.KindRefused, link.KindUnknownName, link.KindNoRoute, link.KindTimeout, link.KindLost, link.KindRestart, link.KindBusy,
		link.KindNotHearth, link.KindTooOld, link.KindTooNew, link.KindPinMismatch, link.KindAuthority, link.KindNotBound, link.KindCertificate, link.KindExpired,
		link.KindRevoked, link.KindUnknown, link.KindDisplaced, link.KindWeakStretch,
	}
	for i, kind := range theirs {
		if got := reasonOf(kind); got != ours[i] {
			t.Errorf("%s becomes %q, want %q", kind, got, ours[i])
		}
	}
	if reasonOf(link.KindClosed) != ReasonNone || reasonOf(link.KindFull) != ReasonInternal {
		t.Error("what has no words must not make some up")
	}
}

// TestGuesserIsTold: who tried too often is told so, and not that the connection failed.
func TestGuesserIsTold(t *testing.T) {
	f := linkFailed(&link.Error{Kind: link.KindBusy, Code: chat.CodeRateLimited, RetryAfter: time.Minute}).(*Failed)
	if f.Code != FailCode(chat.CodeRateLimited) || f.After != time.Minute {
		t.Errorf("%+v", f)
	}
}

// TestReorder: moving a few rooms gives what sorting all would.
func TestReorder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shot := func(id byte) *roomShot {
			r := &roomShot{}
			r.view.ID = chat.RoomID{id}
			r.view.Activity = time.UnixMilli(int64(rapid.IntRange(0, 5).Draw(t, "activity")))
			return r
		}
		var old []*roomShot
		for id := range rapid.IntRange(0, 20).Draw(t, "rooms") {
			old = append(old, shot(byte(id)))
		}
		slices.SortFunc(old, byActivity)
		before := slices.Clone(old)
		now := map[chat.RoomID]*roomShot{}
		for _, r := range old {
			now[r.view.ID] = r
		}
		var changed, outdated []*roomShot
		for _, id := range rapid.SliceOfNDistinct(rapid.Byte(), 0, 8, rapid.ID[byte]).Draw(t, "changed") {
			r := shot(id % 25)
			if slices.ContainsFunc(changed, func(c *roomShot) bool { return c.view.ID == r.view.ID }) {
				continue
			}
			if before := now[r.view.ID]; before != nil {
				outdated = append(outdated, before)
			}
			changed = append(changed, r)
			now[r.view.ID] = r
		}
		var want []*roomShot
		for _, r := range now {
			want = append(want, r)
		}
		slices.SortFunc(want, byActivity)
		if got := reorder(old, outdated, changed); !slices.Equal(got, want) {
			t.Fatalf("order %v, want %v", got, want)
		}
		if !slices.Equal(old, before) {
			t.Fatal("the published list was changed")
		}
	})
}

// TestMailbox: whatever is put and taken, nothing is lost but detail.
func TestMailbox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSubscription(func(*Subscription) {})
		if c, ok := s.Take(); !ok || !c.View || !c.Reset {
			t.Fatal("a subscription begins with everything")
		}
		owed := Changes{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				c := Changes{View: rapid.Bool().Draw(t, "view")}
				for range rapid.IntRange(0, 80).Draw(t, "rooms") {
					c.addRoom(chat.RoomID{byte(rapid.IntRange(0, 255).Draw(t, "room")), 1}, RoomChange{Tail: true})
				}
				for range rapid.IntRange(0, 3).Draw(t, "notices") {
					c.Notices = append(c.Notices, Notice{Kind: NoticeMessages})
				}
				s.put(c)
				owed.merge(c)
				if len(s.Ready()) != 1 {
					t.Fatal("no token although there is something")
				}
			},
			"take": func(t *rapid.T) {
				c, ok := s.Take()
				if !ok {
					c = Changes{}
				}
				if len(c.Rooms) > maxRooms || len(c.Notices) > maxNotices {
					t.Fatalf("%d rooms, %d notices", len(c.Rooms), len(c.Notices))
				}
				if d := cmp.Diff(owed, c); d != "" {
					t.Fatalf("taken (-owed +taken):\n%s", d)
				}
				owed = Changes{}
			},
		})
	})
}

// TestPages reads a timeline in every direction.
func TestPages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(l *chat.Limits) {
			l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 100, 200, 300, 600
		})
		ann := w.member("ann").run().live()
		for i := range 50 {
			ann.say(w.general, fmt.Sprint(i))
		}
		ann.sent()
		w.stop(true)
		ann.say(w.general, "waiting")
		read := func(win Window) (string, Page) {
			page, err := ann.Messages(t.Context(), w.general, win)
			must(t, err)
			var list []string
			for _, m := range page.Messages {
				switch {
				case m.Kind == chat.KindRoomCreate:
					list = append(list, "create")
				case m.Kind == chat.KindJoin:
					list = append(list, "join:"+m.Subject)
				default:
					list = append(list, m.Text)
				}
				if m.Seq > 0 && m.Chain.IsZero() || m.Seq == 0 && m.State == StateSent {
					t.Errorf("row %+v", m)
				}
			}
			return strings.Join(list, " "), page
		}
		for _, c := range []struct {
			win          Window
			want         string
			older, newer bool
		}{
			{Window{Limit: 3}, "47 48 49 waiting", true, false},
			{Window{Before: 4, Limit: 3}, "create join:ann 0", false, true},
			{Window{Before: 6, Limit: 2}, "1 2", true, true},
			{Window{After: 50, Limit: 5}, "48 49 waiting", true, false},
			{Window{After: 10, Limit: 2}, "8 9", true, true},
			{Window{After: 52, Limit: 2}, "waiting", true, false},
			{Window{Around: 10, Limit: 4}, "5 6 7 8", true, true},
			{Window{Around: 1, Limit: 2}, "create", false, true},
		} {
			got, page := read(c.win)
			if got != c.want || page.Older != c.older || page.Newer != c.newer {
				t.Errorf("%+v: %q, older %v, newer %v; want %q, %v, %v", c.win, got, page.Older, page.Newer, c.want, c.older, c.newer)
			}
		}
		if _, err := ann.Messages(t.Context(), chat.NewRoomID(), Window{}); failCode(err) != FailNoRoom {
			t.Errorf("a room that is not there: %v", err)
		}
		ann.quit()
		must(t, w.data.Close())
	})
}

// TestPreview: of anything there is a short beginning, whose lines stay lines.
func TestPreview(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		" two  words\n\nlines\t ":   "two words\nlines",
		"```go\n\tfunc main()\n```": "```go\nfunc main()\n```",
		"\xff":                      "\uFFFD",
		strings.Repeat("é", 160):    strings.Repeat("é", 160),
		strings.Repeat("é", 161):    strings.Repeat("é", 159) + "…",
	} {
		if got := preview(in); got != want {
			t.Errorf("preview(%.20q) = %q, want %q", in, got, want)
		}
	}
}
