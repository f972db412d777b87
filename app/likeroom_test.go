package app

import (
	"testing"

	"hearth/chat"
)

// TestRoomsAlike: rooms whose names look the same are told apart by who made them, one
// person's by their ids, and in the list of open rooms they are marked. The group's own
// room keeps its plain name, and whoever is about to make such a room can know.
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
		liked := func(p *person, name, want string) {
			t.Helper()
			r, err := p.RoomLike(t.Context(), name, chat.RoomID{})
			if must(t, err); r == nil && want != "" || r != nil && r.Name != want {
				t.Errorf("like %q is %+v, not %q", name, r, want)
			}
		}
		for name, want := range map[string]string{"General": real.Name, " g\u0435neral ": real.Name, "generals": "", "": ""} {
			liked(ann, name, want)
		}
		like, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "G\u0435ner\u0430l"})
		must(t, err)
		other, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "Garden"})
		must(t, err)
		bob.until("the marks", func(*View) bool {
			r := bob.roomView(like)
			return !r.Pending && r.Mark == "@bob" && bob.roomView(w.general).Mark == "" && bob.roomView(other).Mark == ""
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
		liked(ann, "garden", "Garden") // one that she is not in
		liked(bob, "GARDEN", "Garden")
		secret, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "Surprise", Access: chat.AccessClosed})
		must(t, err)
		bob.until("the closed room", func(*View) bool { return !bob.roomView(secret).Pending })
		liked(bob, "surprise", "Surprise")
		liked(ann, "surprise", "") // nobody learns of a room that they cannot see
		if r, err := bob.RoomLike(t.Context(), "garden", other); err != nil || r != nil {
			t.Errorf("a room is like itself: %+v, %v", r, err)
		}
		again, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "garden"})
		must(t, err)
		bob.until("more marks", func(*View) bool {
			return bob.roomView(other).Mark == "@bob, "+other.String()[:markedBy] && bob.roomView(again).Mark == "@bob, "+again.String()[:markedBy]
		})
	})
}
