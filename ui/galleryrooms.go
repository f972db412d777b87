package ui

import (
	"slices"
	"time"
)

// galleryAlike has rooms whose names look like others', or are no words.
func galleryAlike(c *invented, _ time.Time) {
	for _, add := range [][2]string{{"!!!"}, {"🇲🇹 🎉"}, {"🔥🔥🔥"}, {"General", "@liwei"}} {
		r := c.view.Rooms[1]
		r.ID, r.Name, r.Mark, r.Topic, r.Unread = inventedRoom(add[0]+add[1]), add[0], add[1], "", 0
		c.view.Rooms = slices.Insert(c.view.Rooms, 2, r)
	}
}

// galleryRoomLike asks for a room with the name of another.
func galleryRoomLike(h *home) {
	f := h.askNewRoom()
	f.fields["name"].entry.SetText("General")
	f.submit.Tapped(nil)
}
