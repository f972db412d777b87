package store

import (
	"cmp"
	"context"
	"slices"

	"hearth/chat"
)

// Aside is an event that the server has lost, with those lost with it that change it.
type Aside struct {
	Event   chat.Event
	Changes []chat.Event // of Event, in the order of the log
	// Run tells what was put aside together: only within a run do sequences mean the
	// same places. It grows.
	Run uint64
}

// runBits is how much of a stray's number is its place in its run.
const runBits = 32

// Asides returns what can be read of the events of a room that the server has lost and
// that have not come back, in the order they were put aside. What changes one of them
// stands with it; the edit of another message, which was not lost, stands by itself.
func (s *Store) Asides(ctx context.Context, room chat.RoomID) (list []Aside, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		list, err = r.asides(&t, room)
		return err
	})
	return list, err
}

func (r *reader) asides(t *tag, room chat.RoomID) (list []Aside, err error) {
	at := map[chat.Seq]int{} // of the messages of the run
	run := uint64(0)
	err = r.scanStrays(t, room, func(n uint64, e *chat.Event) {
		// Files of older programs do not tell the runs: the log beginning anew does.
		if again := n >> runBits; again != run || len(list) > 0 && e.Seq <= list[len(list)-1].Event.Seq {
			clear(at)
			run = max(run+1, again)
		}
		if e.Kind == chat.KindMessage {
			at[e.Seq] = len(list)
		}
		if !e.Kind.Hidden() {
			list = append(list, Aside{Event: *e, Run: run})
			return
		}
		if i, with := at[e.Target()]; with {
			list[i].Changes = append(list[i].Changes, *e)
		} else if e.Kind == chat.KindEdit && !e.Erased {
			list = append(list, Aside{Event: *e, Run: run})
		}
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// text is what a message said at last.
func (a *Aside) text() string {
	for i := range slices.Backward(a.Changes) {
		if c := &a.Changes[i]; c.Kind == chat.KindEdit && c.Author == a.Event.Author && !c.Erased {
			return textOf(c)
		}
	}
	return textOf(&a.Event)
}

// searchAside looks at everything of a room that the server has lost.
func (r *reader) searchAside(t *trail, q *Search) error {
	t.done = true
	list, err := r.asides(&t.tag, t.room)
	if err != nil {
		return err
	}
	for i := range list {
		e := list[i].Event
		message := e
		message.Kind = chat.KindMessage
		after := q.Query.After
		if e.Kind != chat.KindMessage && e.Kind != chat.KindEdit || !q.maySuit(&message) || !after.IsZero() && e.Time < after.UnixMilli() {
			continue
		}
		if text := list[i].text(); q.Query.Match(foldedOf(&e, text)) {
			t.found = append(t.found, Found{Event: e, Text: text, Lost: true})
		}
	}
	slices.SortStableFunc(t.found, func(x, y Found) int { return cmp.Compare(y.Event.Time, x.Event.Time) })
	return nil
}
