package store

import (
	"context"

	"hearth/chat"
	"hearth/internal/fault"
)

// SetRead says that everything up to seq has been seen: it raises the room's read
// marker, and a mark at or below it goes. It may lie beyond the cursor. It returns the
// room's numbers afterwards; ErrNotFound.
func (s *Store) SetRead(ctx context.Context, room chat.RoomID, seq chat.Seq) (Counters, error) {
	return s.moveMarker(ctx, room, readTo(seq))
}

// readTo moves a marker to where everything up to seq has been seen.
func readTo(seq chat.Seq) func(chat.Marker) chat.Marker {
	return func(m chat.Marker) chat.Marker {
		if fault.Bug(fault.ReadMarkerDecreases) {
			m.Read = seq
			return m
		}
		return m.Advance(seq)
	}
}

// SetReads is SetRead for many rooms at once, all or nothing. Rooms that are not known are
// passed over; the others' numbers are returned, in no particular order.
func (s *Store) SetReads(ctx context.Context, reads map[chat.RoomID]chat.Seq) ([]Counters, error) {
	moves := make(map[chat.RoomID]func(chat.Marker) chat.Marker, len(reads))
	for room, seq := range reads {
		moves[room] = readTo(seq)
	}
	return s.moveMarkers(ctx, moves)
}

// MarkUnread marks everything from seq on as unread; 0 takes the mark away. The read
// marker stays. It returns the room's numbers afterwards; ErrNotFound.
func (s *Store) MarkUnread(ctx context.Context, room chat.RoomID, seq chat.Seq) (Counters, error) {
	return s.moveMarker(ctx, room, func(m chat.Marker) chat.Marker { return m.MarkUnread(seq) })
}

// MergeMarkers merges what other devices of the account have read into what this one
// has, all or nothing. Rooms that are not known are passed over; the others' numbers
// are returned, in no particular order.
func (s *Store) MergeMarkers(ctx context.Context, markers map[chat.RoomID]chat.Marker) ([]Counters, error) {
	moves := make(map[chat.RoomID]func(chat.Marker) chat.Marker, len(markers))
	for room, theirs := range markers {
		moves[room] = theirs.Merge
	}
	return s.moveMarkers(ctx, moves)
}

func (s *Store) moveMarkers(ctx context.Context, moves map[chat.RoomID]func(chat.Marker) chat.Marker) (all []Counters, err error) {
	err = s.update(ctx, func(w *writer) error {
		all = nil // a transaction may be tried again
		for room, move := range moves {
			if _, known, err := w.counters(w.roomTag(room)); err != nil || !known {
				if err != nil {
					return err
				}
				continue
			}
			c, err := w.moveMarker(room, move)
			if err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (s *Store) moveMarker(ctx context.Context, room chat.RoomID, move func(chat.Marker) chat.Marker) (c Counters, err error) {
	err = s.update(ctx, func(w *writer) error {
		c, err = w.moveMarker(room, move)
		return err
	})
	return c, err
}

func (w *writer) moveMarker(room chat.RoomID, move func(chat.Marker) chat.Marker) (Counters, error) {
	return w.change(room, func(t tag, c *Counters) (bool, error) {
		before := c.Marker()
		after := move(before)
		if after == before {
			return false, nil
		}
		c.setMarker(after)
		return true, w.countAfterMove(&t, c, before.Floor())
	})
}

// countAfterMove counts what the floor has passed, or what lies behind it if that is
// less.
func (r *reader) countAfterMove(t *tag, c *Counters, from chat.Seq) error {
	floor := c.Floor()
	if floor >= c.Cursor.Seq {
		c.Unread, c.Mentions = 0, 0
		return nil
	}
	lowest, highest, sign := floor, c.Cursor.Seq, 1
	switch {
	case floor < from:
		highest = min(from, c.Cursor.Seq)
	case floor-from < c.Cursor.Seq-floor:
		lowest, highest, sign = from, floor, -1
	default:
		c.Unread, c.Mentions = 0, 0
	}
	unread, mentions, err := r.countUnread(t, c.Room, lowest, highest)
	c.Unread, c.Mentions = c.Unread+sign*unread, c.Mentions+sign*mentions
	return err
}

// countUnread counts events above from, up to and including to, and those among them
// that call the reader.
func (r *reader) countUnread(t *tag, room chat.RoomID, from, to chat.Seq) (unread, mentions int, err error) {
	y, err := r.tally()
	if err != nil {
		return 0, 0, err
	}
	err = r.scan(t, room, from+1, func(e *chat.Event, _ chat.Hash) (bool, error) {
		if e.Seq > to {
			return false, nil
		}
		if y.counts(e) {
			unread++
			if calls(e, y.me) {
				mentions++
			}
		}
		return true, nil
	})
	if err != nil {
		return 0, 0, err
	}
	more, err := r.editedCalls(t, room, from, to)
	return unread, mentions + more, err
}
