package store

import (
	"context"

	"hearth/chat"
)

// Void declares sequences From to To as holding nothing for this reader.
type Void struct {
	From, To chat.Seq
	Reason   string    // as the server says: wire.VoidPurged, wire.VoidNotVisible
	Chain    chat.Hash // after To
}

// RoomUpdate continues one room's log: with events, or with a void.
type RoomUpdate struct {
	Room chat.RoomID
	// Events are contiguous and continue the cursor; leading ones at or below it
	// are duplicates, counted and ignored. The store does not keep the slice.
	Events []chat.Event
	// Chain is the value after the last event, as the server stated it. The store
	// computes its own and refuses the update if they differ.
	Chain chat.Hash
	// Void takes the place of Events.
	Void *Void
	// State is the room's state after the update; nil if it has not changed.
	// Stored as it is, not kept.
	State *chat.Room
	// Notified raises Counters.Notified; 0 leaves it.
	Notified chat.Seq
}

// Update is one batch. Several updates of one room are applied in order.
type Update struct {
	Rooms []RoomUpdate
}

// Applied is what an update did.
type Applied struct {
	Events     int // new events stored
	Duplicates int // events that were there already
	// Resolved are the outbox entries whose events arrived; they are gone.
	Resolved []chat.MID
	// Rooms are the numbers of each room the update names, once each, after it.
	Rooms []Counters
}

// Apply stores a batch in one transaction. Errors: *GapError, *ChainError,
// ErrNoSpace; with any error nothing has changed.
func (s *Store) Apply(ctx context.Context, u Update) (Applied, error) {
	return Applied{}, ErrClosed
}

// Rewind takes back a room's log to a common prefix with the server, after the
// server lost or changed what follows (new epoch, divergence). The events behind
// to are kept as strays ("no longer on the server"); the cursor, the counters
// and the read marker go back to to, state becomes the room's state there. It
// returns the strays written by this device, for offering to send them again
// under the same ids. chain must be the stored chain at to.
func (s *Store) Rewind(ctx context.Context, room chat.RoomID, to chat.Seq, state *chat.Room) ([]chat.Event, error) {
	return nil, ErrClosed
}

// Strays returns the events of a room that the server has lost, oldest first.
func (s *Store) Strays(ctx context.Context, room chat.RoomID) ([]chat.Event, error) {
	return nil, ErrClosed
}
