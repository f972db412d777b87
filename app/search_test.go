package app

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/zone"
)

// TestFind: what is stored is found without a network, by words, people, rooms
// and days, newest first.
func TestFind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx, today := t.Context(), zone.Day(time.Now()) // which it is depends on where the machine is
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "Garden", Access: chat.AccessClosed, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(w.general, "tea at five")
		ann.sent()
		time.Sleep(time.Second)
		bob.say(garden, "the Größe of the tea house")
		bob.sent()
		time.Sleep(time.Second)
		for range 600 { // more than two blocks
			bob.say(w.general, "filler")
		}
		bob.sent()
		bob.say(w.general, "coffee https://example.org 谢谢")
		bob.sent()
		ann.until("all", func(*View) bool {
			l := ann.roomView(w.general).Last
			return l != nil && l.Own == false && l.Text != "filler"
		})
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		time.Sleep(time.Minute) // the filters are made meanwhile

		found := func(query string, most int) (list []string) {
			err := ann.Search(ctx, query, func(h Hit) bool {
				if h.Message.Seq == 0 || h.Message.Name == "" || h.RoomName == "" {
					t.Errorf("%q: %+v", query, h)
				}
				list = append(list, h.Message.Text)
				return len(list) < most
			})
			must(t, err)
			return list
		}
		const garten, five, coffee = "the Größe of the tea house", "tea at five", "coffee https://example.org 谢谢"
		for query, want := range map[string][]string{
			"tea": {garten, five}, "TEA grosse": {garten}, "in:garden tea": {garten}, "from:ann tea": {five}, "from:me tea": {five},
			"from:nobody from:bob tea": {garten}, "in:nowhere in:garden tea": {garten}, "谢谢": {coffee}, "has:link": {coffee}, "has:link from:ann": nil,
			`"tea house"`: {garten}, `"house tea"`: nil, "": nil, "cof": {coffee},
			"before:" + today.Format(time.DateOnly) + " tea":                  nil,
			"before:" + today.AddDate(0, 0, 2).Format(time.DateOnly) + " tea": {garten, five},
		} {
			if got := found(query, 100); !slices.Equal(got, want) {
				t.Errorf("%q found %q, want %q", query, got, want)
			}
		}
		if got := found("filler", 7); len(got) != 7 {
			t.Errorf("%d found, 7 wanted", len(got))
		}
		var failed *Failed
		for query, want := range map[string]Failed{
			"from:nobody tea":            {Code: FailNobody, Detail: "nobody"},
			"from:nobody from:None tea":  {Code: FailNobody, Detail: "nobody, None"},
			"in:#nowhere tea":            {Code: FailNowhere, Detail: "nowhere"},
			"in:nowhere from:nobody tea": {Code: FailNobody, Detail: "nobody"},
		} {
			err := ann.Search(ctx, query, func(Hit) bool { return true })
			if !errors.As(err, &failed) || failed.Code != want.Code || failed.Field != "search" || failed.Detail != want.Detail {
				t.Errorf("%q: %v", query, err)
			}
		}
		if err := ann.Search(ctx, "on:someday x", func(Hit) bool { return true }); !errors.As(err, &failed) || failed.Field != "search" || failed.Detail != "on:someday" {
			t.Errorf("a filter that is none: %v", err)
		}
		if m := Marks("the Größe", []string{"grosse"}); len(m) != 1 || "the Größe"[m[0].Start:m[0].End] != "Größe" {
			t.Errorf("marks %v", m)
		}
	})
}
