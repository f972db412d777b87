package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/internal/cputime"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// A page of rows behind very many changes ends early and says so; who asks on gets
// every row and every gap, in order, in reads of bounded length.
func TestRowsBehindManyChanges(t *testing.T) {
	s := newDB(t).open()
	l := storetest.NewLog(room1)
	const flood = 20_000
	for i := range 60 {
		l.Text(other, fmt.Sprint("early ", i))
	}
	for i := range flood {
		body := fmt.Appendf(nil, `{"seq":%d,"emoji":"e%d"}`, 1+i%60, i%5)
		l.Append(chat.KindReactionAdd, chat.AccountID{byte(i), byte(i >> 8), 7}, chat.DeviceID{1}, chat.NewMID(), body)
	}
	for i := range 3 {
		l.Text(other, fmt.Sprint("late ", i))
	}
	for from := chat.Seq(1); from <= l.Head(); from += 2000 {
		apply(t, s, l, from, min(l.Head(), from+1999))
	}
	begin := cputime.All()
	win, err := s.Messages(t.Context(), room1, store.Query{Rows: true, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	if d := cputime.All() - begin; len(win.Events) != 3 || !win.MoreBefore || win.MoreAfter || d > time.Second {
		t.Errorf("%d rows in %v, more %v", len(win.Events), d, win.MoreBefore)
	}
	rows, windows := asked(t, s, room1, store.Query{Rows: true, Limit: 50}, false)
	if len(rows) != 63 || windows > flood/256+10 || windows < flood/10_000 {
		t.Errorf("%d rows in %d windows", len(rows), windows)
	}
	up, _ := asked(t, s, room1, store.Query{Rows: true, Limit: 50, Place: store.After}, true)
	if d := cmp.Diff(rows, up); d != "" {
		t.Errorf("downwards and upwards (-down +up):\n%s", d)
	}
	if win, err = s.Messages(t.Context(), room1, store.Query{Rows: true, Limit: 50, Place: store.Around, Seq: 60 + flood/2}); err != nil {
		t.Fatal(err)
	}
	if !win.MoreBefore || !win.MoreAfter || win.Low >= win.High || len(win.Events) > 0 || len(win.Gaps) > 0 {
		t.Errorf("in the middle: %+v", win)
	}
}

// asked reads all rows by asking on, and returns where they stand.
func asked(t *testing.T, s *store.Store, room chat.RoomID, q store.Query, up bool) (rows []chat.Seq, windows int) {
	t.Helper()
	for {
		windows++
		win, err := s.Messages(t.Context(), room, q)
		if err != nil {
			t.Fatal(err)
		}
		var part []chat.Seq
		for i := range win.Events {
			part = append(part, win.Events[i].Seq)
		}
		switch {
		case up:
			rows = append(rows, part...)
			if !win.MoreAfter {
				return rows, windows
			}
			if win.High <= q.Seq && windows > 1 {
				t.Fatalf("After %d leads on to %d", q.Seq, win.High)
			}
			q.Place, q.Seq = store.After, win.High
		default:
			rows = append(part, rows...)
			if !win.MoreBefore {
				return rows, windows
			}
			if q.Place == store.Before && win.Low >= q.Seq {
				t.Fatalf("Before %d leads on to %d", q.Seq, win.Low)
			}
			q.Place, q.Seq = store.Before, win.Low
		}
	}
}

// TestGapBetweenRows: in pages of any size, rows that stand on two sides of a hole never
// come without it, whatever changes lie between.
func TestGapBetweenRows(t *testing.T) {
	dir := testkit.Dir(t)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		log := changeLog(rt)
		n := len(log)
		from := rapid.IntRange(2, n-1).Draw(rt, "from")
		to := rapid.IntRange(from, n-1).Draw(rt, "to")
		runs++
		path := filepath.Join(dir, fmt.Sprint(runs))
		s, err := store.Open(t.Context(), path, secret.Key{1, 2, 3}, store.Owner{
			Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8},
		}, store.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _, _ = s.Close(), os.Remove(path) }()
		chains := make([]chat.Hash, n+1)
		for i := range log {
			chains[i+1] = log[i].Chain(chains[i])
		}
		_, err = s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{
			{Room: changeRoom, Events: log[:from-1], Chain: chains[from-1]},
			{Room: changeRoom, Void: &store.Void{From: chat.Seq(from), To: chat.Seq(to), Chain: chains[to], Hole: true}},
			{Room: changeRoom, Events: log[to:], Chain: chains[n]},
		}})
		if err != nil {
			rt.Fatal(err)
		}
		limit := rapid.IntRange(1, 5).Draw(rt, "limit")
		q := store.Query{Rows: true, Limit: limit}
		var newer chat.Seq
		for more := true; more; {
			win, err := s.Messages(t.Context(), changeRoom, q)
			if err != nil {
				rt.Fatal(err)
			}
			if len(win.Events) == 0 {
				break
			}
			first, last := win.Events[0].Seq, win.Events[len(win.Events)-1].Seq
			told := len(win.Gaps) == 1 && win.Gaps[0].From == chat.Seq(from) && win.Gaps[0].To == chat.Seq(to)
			within := first < chat.Seq(from) && last > chat.Seq(to)
			before := first > chat.Seq(to) && nextRow(log, first, from, to) < from
			if (within || before) && !told {
				rt.Fatalf("rows %d to %d (newer %d) of %+v without the hole from %d to %d: %+v", first, last, newer, q, from, to, win.Gaps)
			}
			newer, more = first, win.MoreBefore
			q.Place, q.Seq = store.Before, first
		}
	})
}

// nextRow is where the next older row stands that is here; 0 if there is none.
func nextRow(log []chat.Event, below chat.Seq, from, to int) int {
	for seq := int(below) - 1; seq > 0; seq-- {
		if (seq < from || seq > to) && !log[seq-1].Kind.Hidden() {
			return seq
		}
	}
	return 0
}
