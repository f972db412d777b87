package app

import (
	"slices"
	"testing"

	"hearth/chat"
	"hearth/store"
)

// TestCursorOrder: what the person looks at comes first, then where they were called,
// then what is unread, by activity; rooms they have left come last.
func TestCursorOrder(t *testing.T) {
	me := chat.NewAccountID()
	g := &group{owner: store.Owner{Account: me}, rooms: map[chat.RoomID]*room{}}
	var want []chat.RoomID
	add := func(unread, mentions int, activity int64, member bool) {
		r := &room{id: chat.NewRoomID(), state: chat.NewRoom(chat.RoomID{})}
		r.c = store.Counters{Cursor: chat.Head{Seq: 9}, Unread: unread, Mentions: mentions, Activity: activity}
		if member {
			r.state.Members[me] = chat.Member{Joined: 1}
		}
		g.rooms[r.id] = r
		want = append(want, r.id)
	}
	add(0, 0, 1, true) // the open one
	add(1, 1, 2, true)
	add(9, 0, 7, true)
	add(9, 0, 6, true)
	add(0, 0, 9, true)
	add(0, 0, 8, true)
	add(5, 5, 99, false)
	g.active = want[0]
	var got []chat.RoomID
	for _, c := range (&App{loop: loop{group: g}}).cursors(64 << 10) {
		got = append(got, c.Room)
	}
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}
