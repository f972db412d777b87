package ui

import (
	"time"

	"hearth/app"
	"hearth/chat"
)

// galleryUnread fills a room with more than fits, of which all behind a place is unread.
func galleryUnread(read chat.Seq, unread int) func(*invented, time.Time) {
	return func(c *invented, now time.Time) {
		room := inventedRoom("release-room")
		list := c.messages[room]
		for i := range 60 {
			m := list[2+i%7]
			m.Seq = chat.Seq(len(list) + 1)
			m.MID = chat.MID(id16("more" + string(rune('a'+i))))
			m.State, m.Kind, m.Time = app.StateSent, chat.KindMessage, now.Add(time.Duration(i-61)*time.Second)
			list = append(list, m)
		}
		c.messages[room] = list
		for i := range c.view.Rooms {
			if r := &c.view.Rooms[i]; r.ID == room {
				r.Read, r.Unread, r.Head = read, unread, chat.Seq(len(list))
			}
		}
	}
}

// galleryJump goes to a message from another room.
func galleryJump(seq chat.Seq) func(*home) {
	return func(h *home) {
		h.openRoom(inventedRoom("general"))
		h.goTo(inventedRoom("release-room"), seq)
	}
}
