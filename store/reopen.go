package store

import (
	"context"
	"errors"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// Reopen makes holes of the voids of a room, from a place on, that reach behind the last
// place of which the server says that nothing is kept: it has gone back to before it
// purged them, and may have again what is there. It reports whether there were any.
func (s *Store) Reopen(ctx context.Context, room chat.RoomID, from, purged chat.Seq) (found bool, err error) {
	err = s.update(ctx, func(w *writer) error {
		t := w.roomTag(room)
		again := map[chat.Seq]gapRecord{}
		err := w.scanGaps(&t, func(first chat.Seq, g *gapRecord) error {
			if g.Kind == gapVoid && g.Reason == voidPurged && first >= from && g.To > purged {
				again[first] = *g
			}
			return nil
		})
		if found = len(again) > 0; err != nil || !found {
			return boltkit.Refuse(err)
		}
		b := w.roomBucket(bucketGaps, t)
		for first, g := range again {
			g.Kind, g.Reason = gapHole, ""
			err = errors.Join(err, w.putGap(b, &t, first, g))
		}
		return err
	})
	return found, err
}
