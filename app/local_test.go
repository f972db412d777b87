package app

import (
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store"
	"hearth/store/profile"
)

// TestSeqAt compares the search with looking at every row, over logs with holes
// and with a clock that is set back a little.
func TestSeqAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []chat.Event
		now, seq := int64(1_000_000), chat.Seq(0)
		back := rapid.Bool().Draw(t, "back")
		for range rapid.IntRange(0, 300).Draw(t, "rows") {
			seq += chat.Seq(rapid.SampledFrom([]int{1, 1, 1, 2, 40}).Draw(t, "step"))
			now += rapid.Int64Range(0, 1000).Draw(t, "pause")
			at := now
			if back && rapid.IntRange(0, 20).Draw(t, "late") == 0 {
				at -= rapid.Int64Range(0, 3000).Draw(t, "by")
			}
			rows = append(rows, chat.Event{Seq: seq, Time: at})
		}
		reads := 0
		read := func(q store.Query) ([]chat.Event, error) {
			reads++
			if q.Place == store.After {
				i := slices.IndexFunc(rows, func(e chat.Event) bool { return e.Seq > q.Seq })
				if i < 0 {
					return nil, nil
				}
				return rows[i:min(len(rows), i+q.Limit)], nil
			}
			n := 0
			for n < len(rows) && rows[n].Seq < q.Seq {
				n++
			}
			return rows[max(0, n-q.Limit):n], nil
		}
		want := rapid.Int64Range(990_000, now+2000).Draw(t, "want")
		got, err := seqAt(read, seq, want)
		if err != nil || reads > 20 {
			t.Fatalf("%v after %d reads", err, reads)
		}
		expect := chat.Seq(0)
		if i := slices.IndexFunc(rows, func(e chat.Event) bool { return e.Time >= want }); i >= 0 {
			expect = rows[i].Seq
		}
		if got != expect {
			t.Fatalf("found %d, the first row from %d on is %d", got, want, expect)
		}
	})
}

// TestSeqAtRoom asks a real room.
func TestSeqAtRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		ann.say(w.general, "first day")
		ann.sent()
		ann.away(48 * time.Hour)
		noon := time.Now()
		ann.say(w.general, "third day")
		ann.sent()
		at := func(when time.Time) string {
			seq, err := ann.SeqAt(t.Context(), w.general, when)
			must(t, err)
			for _, m := range ann.rows(w.general) {
				if m.Seq == seq && seq > 0 {
					return m.Text
				}
			}
			return "nothing"
		}
		if got := at(noon.Add(-24 * time.Hour)); got != "third day" {
			t.Errorf("the day before it leads to %q", got)
		}
		if got := at(time.Now().Add(time.Hour)); got != "nothing" {
			t.Errorf("the future leads to %q", got)
		}
		if _, err := ann.SeqAt(t.Context(), chat.RoomID{1}, noon); failCode(err) != FailNoRoom {
			t.Errorf("an unknown room: %v", err)
		}
	})
}

// TestDeleteLocal: everything goes from the disk and the keyring, the account and
// the others' data stay, and the device is forgotten by the server.
func TestDeleteLocal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		ann.say(w.general, "stays with the others")
		ann.sent()
		bob.until("the message", func(*View) bool { return bob.roomView(w.general).Unread == 1 })
		u, err := ann.Storage(ctx)
		must(t, err)
		if u.Messages <= 0 || u.All < u.Messages+u.Files || u.Folder != ann.dir || u.Server != 0 {
			t.Errorf("%+v", u)
		}
		groups, err := os.ReadDir(ann.dir + "/groups")
		must(t, err)
		must(t, ann.DeleteLocal(ctx))
		if v := ann.View(); v.Phase != PhaseWelcome || len(v.Rooms) != 0 {
			t.Errorf("%s with %d rooms", v.Phase, len(v.Rooms))
		}
		if left, _ := os.ReadDir(ann.dir + "/groups"); len(groups) != 1 || len(left) != 0 {
			t.Errorf("%d folders before, left are %v", len(groups), left)
		}
		if _, err := ann.ring.Load(ctx, refOf(profile.Account{Server: w.sid, Device: ann.device.ID})); err == nil {
			t.Error("the secrets are still in the keyring")
		}
		if d, err := w.data.Device(ctx, ann.device.ID); err == nil && !d.Revoked {
			t.Errorf("the server still knows the device: %+v", d.Name)
		}
		if got := bob.texts(w.general); !slices.Contains(got, "stays with the others") {
			t.Errorf("bob has %q", got)
		}
		if err := ann.DeleteLocal(ctx); failCode(err) != FailBadValue {
			t.Errorf("again: %v", err)
		}
	})
}
