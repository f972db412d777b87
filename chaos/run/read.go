//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
	"hearth/store"
)

// eventOf makes a record of an event.
func eventOf(e *chat.Event, chain chat.Hash) check.Event {
	out := check.Event{Seq: uint64(e.Seq), MID: e.MID.String(), Kind: string(e.Kind), Text: textOf(e.Kind, e.Body), Erased: e.Erased}
	if !e.Author.IsZero() {
		out.Author = e.Author.String()
	}
	if !chain.IsZero() {
		out.Chain = chain.String()
	}
	return out
}

// textOf returns what a message says, "" for other events.
func textOf(kind chat.Kind, body []byte) string {
	parsed, bad := wire.ParseBody(kind, body)
	if bad != nil {
		return ""
	}
	t, _ := parsed.(chat.Text)
	return t.Text
}

// readServer reads a stopped server's log of its one room, after looking
// through everything it holds.
func readServer(ctx context.Context, dir string) (log check.Log, err error) {
	s, err := boltstore.Open(dir, boltstore.Options{ReadOnly: true})
	if err != nil {
		return log, fmt.Errorf("the server's data: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Verify(ctx); err != nil {
		return log, fmt.Errorf("the server's data: %w", err)
	}
	log = check.Log{Who: "server", Epoch: s.Epoch().String()}
	rooms, err := s.RoomIDs(ctx)
	if err != nil || len(rooms) != 1 {
		return log, errors.Join(err, fmt.Errorf("%d rooms, want 1", len(rooms)))
	}
	head, err := s.Head(ctx, rooms[0])
	if err != nil {
		return log, err
	}
	log.Head, log.HeadChain = uint64(head.Seq), head.Chain.String()
	for next := chat.Seq(1); next <= head.Seq; {
		page, err := s.Read(ctx, rooms[0], next, head.Seq, 1000, 1<<20)
		if err != nil || len(page.Events) == 0 {
			return log, errors.Join(err, fmt.Errorf("the server's log ends before %d of %d", next, head.Seq))
		}
		chain := page.Before
		for i := range page.Events {
			chain = page.Events[i].Chain(chain)
			log.Events = append(log.Events, eventOf(&page.Events[i], chain))
		}
		if chain != page.Chain {
			return log, fmt.Errorf("the server's chain does not follow from its events at %d", page.Events[0].Seq)
		}
		next = page.Events[len(page.Events)-1].Seq + 1
	}
	return log, nil
}

// readClient reads what an ended client holds of its one room, after the store's
// own check.
func (c *client) readClient(ctx context.Context) (log check.Log, err error) {
	s, err := c.openStore(ctx)
	if err != nil {
		return log, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return log, fmt.Errorf("the data of %s: %w", c.name, err)
	}
	epoch, err := s.Epoch(ctx)
	if err != nil {
		return log, err
	}
	log = check.Log{Who: c.name, Epoch: epoch.String()}
	rooms, err := s.Rooms(ctx)
	if err != nil || len(rooms) != 1 {
		return log, errors.Join(err, fmt.Errorf("%s has %d rooms, want 1", c.name, len(rooms)))
	}
	room := &rooms[0]
	log.Head, log.HeadChain, log.Unread = uint64(room.Cursor.Seq), room.Cursor.Chain.String(), room.Unread
	for _, g := range room.Gaps {
		log.Gaps = append(log.Gaps, [2]uint64{uint64(g.From), uint64(g.To)})
	}
	me := s.Owner().Account
	for next := chat.Seq(0); ; {
		w, err := s.Messages(ctx, room.ID, store.Query{Place: store.After, Seq: next, Limit: 2000})
		if err != nil {
			return log, err
		}
		for i := range w.Events {
			log.Events = append(log.Events, eventOf(&w.Events[i], w.Chains[i]))
			if w.Events[i].Seq > room.Read && store.Counts(&w.Events[i], me) {
				log.Counted++
			}
		}
		if len(w.Events) == 0 || !w.MoreAfter {
			break
		}
		next = w.Events[len(w.Events)-1].Seq
	}
	entries, err := s.Outbox(ctx)
	for i := range entries {
		e := &entries[i]
		failed := e.State == store.EntryFailed || e.State == store.EntryHeld
		sent := e.State == store.EntryAcknowledged && slices.ContainsFunc(room.Gaps, func(g store.Gap) bool { return g.Hole && g.From <= e.Seq && e.Seq <= g.To })
		log.Outbox = append(log.Outbox, check.Waiting{MID: e.MID.String(), Text: textOf(e.Kind, e.Body), Failed: failed, Sent: sent})
	}
	return log, err
}

// onlyRoom returns the one room of a client that does not run.
func (c *client) onlyRoom(ctx context.Context) (id chat.RoomID, err error) {
	s, err := c.openStore(ctx)
	if err != nil {
		return id, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	rooms, err := s.Rooms(ctx)
	if err != nil || len(rooms) != 1 {
		return id, errors.Join(err, fmt.Errorf("%s has %d rooms, want 1", c.name, len(rooms)))
	}
	return rooms[0].ID, nil
}
