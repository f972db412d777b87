package ui

import (
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
)

// direct adds conversations of a few: with one person, and with some.
func (c *invented) direct(now time.Time) {
	add := func(name string, ago time.Duration, members []app.MemberView, text string, unread int) {
		c.view.Rooms = append(c.view.Rooms, app.RoomView{
			ID: inventedRoom(name), Name: name, Access: chat.AccessDirect, Joined: true, Members: members, Activity: now.Add(-ago),
			Last: &app.LastView{Author: members[1].Display, Text: text, Kind: chat.KindMessage, State: app.StateSent},
			Read: 20, Head: 20 + chat.Seq(unread), Unread: unread,
		})
	}
	people := inventedMembers(5)
	add(people[1].Display, 90*time.Minute, people[:2], "Can we talk for a minute before the release?", 3)
	c.view.Presence = map[chat.AccountID]app.PresenceView{people[1].Account: {State: app.PresenceOnline}, people[4].Account: {State: app.PresenceAway}}
	add(people[2].Display+", "+people[3].Display, 30*time.Hour, []app.MemberView{people[0], people[2], people[3]}, "the three of us, then", 0)
	add(people[4].Display, 4*time.Hour, []app.MemberView{people[0], people[4]}, "back after lunch", 0)
	if c.view.Cards == nil {
		c.view.Cards = map[chat.AccountID]app.CardView{people[4].Account: {Status: app.StatusView{Text: "out for lunch", Emoji: "🍜"}}}
	}
	slices.SortStableFunc(c.view.Rooms, func(a, b app.RoomView) int { return b.Activity.Compare(a.Activity) })
}

func galleryDirect(c *invented, now time.Time) { c.direct(now) }

func openDirect(h *home) { h.openRoom(inventedRoom("Ana Borg")) }

// galleryArchive archives two rooms, one of the person's own.
func galleryArchive(c *invented, _ time.Time) {
	for i := range c.view.Rooms {
		r := &c.view.Rooms[i]
		r.Archived = r.Name == "design" || r.Name == "support"
		if r.Name == "design" {
			r.Members = slices.Clone(r.Members)
			r.Members[0].Role, r.Members[0].Me = chat.RoleOwner, true
		}
	}
}

// galleryKeep has the open room keep messages for a while only.
func galleryKeep(c *invented, _ time.Time) {
	for i := range c.view.Rooms {
		c.view.Rooms[i].Keep, c.view.Rooms[i].Kept = 90, 30
	}
}

// galleryPurged shows a room of whose beginning the server keeps nothing any more.
func galleryPurged(c *invented, now time.Time) {
	galleryBegins(c, now)
	galleryKeep(c, now)
	c.gaps = []app.Gap{{From: 1, To: 400, Reason: app.GapPurged}}
}

func openArchived(h *home) {
	h.unfolded = true
	h.openRoom(inventedRoom("design"))
	h.side.apply(h.u.view)
}
