package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// TestChangesInAnyBatches: whatever messages and changes come, in batches of any size,
// with restarts between them and a hole that is filled late, the rows and numbers are
// those of one batch, the file is whole, and what was deleted is gone.
func TestChangesInAnyBatches(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		log := changeLog(t)
		cuts := rapid.SliceOfN(rapid.Bool(), len(log), len(log)).Draw(t, "cuts")
		whole := rowsOf(t, filepath.Join(dir, fmt.Sprint(runs, "a")), log, nil, 0)
		parts := rowsOf(t, filepath.Join(dir, fmt.Sprint(runs, "b")), log, cuts, 0)
		if d := cmp.Diff(whole, parts); d != "" {
			t.Fatalf("one batch and many (-one +many):\n%s", d)
		}
		hole := rapid.IntRange(1, len(log)-1).Draw(t, "hole")
		late := rowsOf(t, filepath.Join(dir, fmt.Sprint(runs, "c")), log, nil, hole)
		if d := cmp.Diff(whole, late); d != "" {
			t.Fatalf("a hole up to %d filled late (-one +late):\n%s", hole, d)
		}
	})
}

var changeRoom = chat.RoomID{9}

// changeLog is a log of messages and changes, none of it erased by the server.
func changeLog(t *rapid.T) []chat.Event {
	n := rapid.IntRange(4, 40).Draw(t, "events")
	log := make([]chat.Event, n)
	for i := range log {
		e := &log[i]
		author := chat.AccountID{byte(rapid.IntRange(1, 2).Draw(t, "author"))}
		*e = chat.Event{
			Room: changeRoom, Seq: chat.Seq(i + 1), Kind: chat.KindMessage, Author: author, Device: chat.DeviceID{3}, MID: chat.MID{byte(i + 1)},
			Time: int64(1000 + i), Salt: chat.Salt{byte(i)},
			Body: fmt.Appendf(nil, `{"text":"word%d"%s}`, i, calling(t)),
		}
		if i == 0 {
			continue
		}
		target := rapid.IntRange(1, i).Draw(t, "target")
		switch rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 3}).Draw(t, "kind") {
		case 1:
			e.Kind, e.Body = chat.KindEdit, fmt.Appendf(nil, `{"seq":%d,"text":"edit%d"%s}`, target, i, calling(t))
		case 2:
			e.Kind, e.Body = chat.KindReactionAdd, fmt.Appendf(nil, `{"seq":%d,"emoji":"x"}`, target)
		case 3:
			e.Kind, e.Body = chat.KindDelete, fmt.Appendf(nil, `{"seq":%d}`, target)
		}
	}
	return log
}

// calling is the member of a body that calls the reader, or nothing.
func calling(t *rapid.T) string {
	if rapid.Bool().Draw(t, "calls") {
		return fmt.Sprintf(`,"mentions":{"accounts":["%s"]}`, chat.AccountID{1})
	}
	return ""
}

// callsOf counts the messages behind a floor that call the reader as they read now.
func callsOf(win *store.Window, floor chat.Seq) (n int) {
	for i := range win.Events {
		e := &win.Events[i]
		if e.Seq <= floor || !store.Counts(e, chat.AccountID{1}) {
			continue
		}
		body := e.Body
		for _, c := range win.Changes[e.Seq] {
			if c.Kind == chat.KindEdit && c.Author == e.Author {
				body = c.Body
			}
		}
		if chat.MentionsOf(body).Has(chat.AccountID{1}) {
			n++
		}
	}
	return n
}

// checkCalls: the unread messages that call are those that say so, wherever the marker is
// moved, and after a part of the log was lost.
func checkCalls(t *rapid.T, s *store.Store, whole told, head chat.Seq) {
	is := func(what string, c store.Counters, err error) {
		win, failed := s.Messages(t.Context(), changeRoom, store.Query{Rows: true, Limit: 1000})
		if want := callsOf(&win, c.Floor()); err != nil || failed != nil || c.Mentions != want {
			t.Fatalf("%s: %d unread messages call (%v, %v), want %d", what, c.Mentions, err, failed, want)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	is("as it came", whole.Counters, nil)
	for _, part := range []chat.Seq{4, 2, 1} {
		c, err := s.SetRead(t.Context(), changeRoom, head/part)
		is("read", c, err)
	}
	for _, from := range []chat.Seq{head / 2, 1} {
		c, err := s.MarkUnread(t.Context(), changeRoom, from)
		is("marked unread", c, err)
	}
	back, err := s.Rewind(t.Context(), changeRoom, store.Rewinding{To: head / 2, State: chat.NewRoom(changeRoom)})
	is("taken back", back.Counters, err)
}

// told is what a reader sees of a log.
type told struct {
	Window   store.Window
	Counters store.Counters
	Last     string
}

// rowsOf stores a log, in pieces that end where cuts say, with a restart after each;
// or all behind a hole, which is filled then.
func rowsOf(t *rapid.T, path string, log []chat.Event, cuts []bool, hole int) told {
	key := secret.Key{1, 2, 3}
	owner := store.Owner{Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8}}
	open := func() *store.Store {
		s, err := store.Open(t.Context(), path, key, owner, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		_ = os.Remove(path)
	}()
	chains := make([]chat.Hash, len(log)+1)
	for i := range log {
		chains[i+1] = log[i].Chain(chains[i])
	}
	var updates []store.RoomUpdate
	from := 0
	if hole > 0 {
		updates = append(updates, store.RoomUpdate{Room: changeRoom, Void: &store.Void{From: 1, To: chat.Seq(hole), Chain: chains[hole], Hole: true}})
		from = hole
	}
	for i := from; i < len(log); i++ {
		if i == len(log)-1 || cuts != nil && cuts[i] {
			updates = append(updates, store.RoomUpdate{Room: changeRoom, Events: log[from : i+1], Chain: chains[i+1]})
			from = i + 1
		}
	}
	for _, u := range updates {
		if _, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{u}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open()
	}
	for end := hole; end > 0; { // from its newer end, in pieces
		begin := max(0, end-7)
		if _, err := s.FillHole(t.Context(), store.Fill{Room: changeRoom, Events: log[begin:end], Before: chains[begin], Chain: chains[end]}); err != nil {
			t.Fatal(err)
		}
		end = begin
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	win, err := s.Messages(t.Context(), changeRoom, store.Query{Rows: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	room, err := s.Room(t.Context(), changeRoom)
	if err != nil {
		t.Fatal(err)
	}
	seen := told{win, room.Counters, room.LastText}
	checkCalls(t, s, seen, chat.Seq(len(log)))
	return seen
}

// TestSearchAfterChanges: a search finds what a message says at present, with and
// without filters, and nothing of what it said before.
func TestSearchAfterChanges(t *testing.T) {
	d := newDB(t)
	s := d.open()
	l := storetest.NewLog(room1)
	for i := range 600 {
		l.Text(other, fmt.Sprint("harbour ", i))
	}
	l.Text(other, "zebrafish")
	l.Text(other, "submarine")
	l.Text(other, "lighthouse")
	for range 600 {
		l.Text(other, "harbour")
	}
	apply(t, s, l, 1, l.Head())
	index := func() {
		t.Helper()
		for made := 1; made > 0; {
			var err error
			if made, err = s.Index(t.Context(), 4); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(kind chat.Kind, body string) {
		t.Helper()
		l.Append(kind, other, chat.DeviceID{1}, chat.NewMID(), []byte(body))
		apply(t, s, l, l.Head(), l.Head())
	}
	find := func(want map[string]int) {
		t.Helper()
		for text, n := range want {
			if got := searched(t, s, t.Context(), store.Search{Query: query(t, text)}, 10); len(got) != n {
				t.Errorf("%q: %d found, want %d", text, len(got), n)
			}
		}
	}
	index()
	find(map[string]int{"zebrafish": 1, "submarine": 1, "lighthouse": 1})
	change(chat.KindEdit, `{"seq":601,"text":"walrus"}`)
	change(chat.KindDelete, `{"seq":602}`)
	change(chat.KindEdit, `{"seq":603,"text":"seagull"}`)
	change(chat.KindEdit, `{"seq":603,"text":"albatross"}`)
	want := map[string]int{"zebrafish": 0, "walrus": 1, "submarine": 0, "lighthouse": 0, "seagull": 0, "albatross": 1}
	find(want)
	index()
	find(want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = d.open()
	find(want)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
