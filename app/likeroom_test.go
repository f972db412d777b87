package app

import (
	"testing"
)

// TestRoomsAlike: rooms whose names look the same are told apart by who made them, one
// person's by their ids, and in the list of open rooms they are marked.
func TestRoomsAlike(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		real := ann.roomView(w.general)
		if real.Mark != "" {
			t.Errorf("a room alone is marked %q", real.Mark)
		}
		like, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "G\u0435ner\u0430l"})
		must(t, err)
		other, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "Garden"})
		must(t, err)
		bob.until("the marks", func(*View) bool {
			r := bob.roomView(like)
			return !r.Pending && r.Mark == "bob" && bob.roomView(w.general).Mark != "" && bob.roomView(w.general).Mark != "bob" && bob.roomView(other).Mark == ""
		})
		rooms, err := ann.OpenRooms(t.Context())
		must(t, err)
		for _, r := range rooms {
			if r.Alike != (r.ID == like || r.ID == w.general) {
				t.Errorf("%q is marked: %v", r.Name, r.Alike)
			}
		}
		if len(rooms) != 3 {
			t.Errorf("%d open rooms", len(rooms))
		}
		again, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "garden"})
		must(t, err)
		bob.until("more marks", func(*View) bool {
			return bob.roomView(other).Mark == "bob, "+other.String()[:markedBy] && bob.roomView(again).Mark == "bob, "+again.String()[:markedBy]
		})
	})
}
