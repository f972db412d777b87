package store

import (
	"context"

	"hearth/chat"
)

// Place says which part of a log a window shows.
type Place uint8

// Places.
const (
	Newest Place = 0 // the last Limit events
	Before Place = 1 // the last Limit events below Seq
	After  Place = 2 // the first Limit events above Seq
	Around Place = 3 // about half of Limit below Seq, the rest from Seq on
)

// Query selects a window of a room's log.
type Query struct {
	Place Place
	Seq   chat.Seq // not used by Newest
	Limit int      // events; 0 means 100, at most 10,000
}

// Gap is a part of the log that holds no events.
type Gap struct {
	From, To chat.Seq
	Reason   string
}

// Window is a contiguous part of a room's log, oldest first.
type Window struct {
	Events []chat.Event // the caller's own
	Gaps   []Gap        // voids between, before and behind the events
	// More tells whether the log goes on on either side.
	MoreBefore, MoreAfter bool
}

// Rooms returns every room, in no particular order. It reads one small record, the
// state and the newest message of each, never the log.
func (s *Store) Rooms(ctx context.Context) ([]Room, error) { return nil, ErrClosed }

// Room returns one room; ErrNotFound.
func (s *Store) Room(ctx context.Context, room chat.RoomID) (Room, error) {
	return Room{}, ErrClosed
}

// Messages returns a window of a room's log; empty for a room not known.
func (s *Store) Messages(ctx context.Context, room chat.RoomID, q Query) (Window, error) {
	return Window{}, ErrClosed
}

// Event returns one event; ErrNotFound.
func (s *Store) Event(ctx context.Context, room chat.RoomID, seq chat.Seq) (chat.Event, error) {
	return chat.Event{}, ErrClosed
}

// ChainAt returns the chain value at a place at or below the cursor; ErrNotFound
// inside a void. It is zero at 0.
func (s *Store) ChainAt(ctx context.Context, room chat.RoomID, seq chat.Seq) (chat.Hash, error) {
	return chat.Hash{}, ErrClosed
}
