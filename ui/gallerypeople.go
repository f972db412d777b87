package ui

import (
	"context"
	"time"

	"hearth/app"
	"hearth/chat"
)

// MarkUnread implements app.Commands.
func (c *invented) MarkUnread(context.Context, chat.RoomID, chat.Seq) error { return c.done() }

// Typing implements app.Commands.
func (c *invented) Typing(chat.RoomID) {}

// Watch implements app.Commands.
func (c *invented) Watch(chat.AccountID) {}

// WatchRooms implements app.Commands.
func (c *invented) WatchRooms([]chat.RoomID) {}

// ShowPictures implements app.Commands.
func (c *invented) ShowPictures(context.Context, bool) error { return c.done() }

// Block implements app.Commands.
func (c *invented) Know(context.Context, chat.AccountID, bool) error  { return c.done() }
func (c *invented) Block(context.Context, chat.AccountID, bool) error { return c.done() }

// SetPrivacy implements app.Commands.
func (c *invented) SetPrivacy(context.Context, app.Privacy) error { return c.done() }

// galleryBlocked has somebody blocked: in a room with others, and in a direct one.
func galleryBlocked(c *invented, now time.Time) {
	galleryPeople(c, now)
	marek := inventedAccount("marek")
	for i := range c.view.Rooms {
		r := &c.view.Rooms[i]
		for j := range r.Members {
			if m := &r.Members[j]; m.Account == marek {
				m.Blocked = true
				c.view.Blocked = []app.MemberView{*m}
			}
		}
		list := c.messages[r.ID]
		for j := range list {
			list[j].Blocked = list[j].Author == marek
			if q := list[j].Reply; q != nil && q.Author == marek {
				q.Blocked, q.Text = true, ""
			}
		}
	}
}

// galleryPeople shows who is there, who is writing and who has read.
func galleryPeople(c *invented, now time.Time) {
	r := &c.view.Rooms[0]
	there := map[chat.AccountID]app.PresenceView{}
	c.view.Presence = there
	for i, m := range r.Members {
		switch i % 4 {
		case 0:
			there[m.Account] = app.PresenceView{State: app.PresenceOnline}
		case 1:
			there[m.Account] = app.PresenceView{State: app.PresenceOffline, Seen: now.Add(-time.Duration(i) * 7 * time.Hour)}
		case 2:
			there[m.Account] = app.PresenceView{State: app.PresenceAway}
		}
		if !m.Me && i < 6 {
			r.Readers = append(r.Readers, app.ReaderView{Account: m.Account, Span: app.Span{To: 9 - chat.Seq(i)}})
			r.Seen = []app.Span{{To: r.Readers[0].To}}
			r.Typing = append(r.Typing, m.Display)
		}
	}
	r.Unread, r.Read = 0, r.Head
	c.view.Privacy.HideTyping = true
}

// galleryQuiet has the open room, the person's own, hide who has read.
func galleryQuiet(c *invented, now time.Time) {
	galleryPeople(c, now)
	r := &c.view.Rooms[0]
	r.HideReadings, r.Readers, r.Seen = true, nil, nil
	for i := range r.Members {
		if r.Members[i].Me {
			r.Members[i].Role = chat.RoleOwner
		}
	}
}

// galleryRuled is a room of one's own that was opened to newcomers a while ago, and that
// the person came to before.
func galleryRuled(c *invented, now time.Time) {
	galleryQuiet(c, now)
	r := &c.view.Rooms[0]
	r.History, r.Ruled, r.From = chat.HistoryAll, 812, 96
}

// Direct implements app.Commands.
func (c *invented) Direct(context.Context, []app.MemberView) (chat.RoomID, error) {
	return inventedRoom("general"), c.done()
}

// KeepRoom implements app.Commands.
func (c *invented) KeepRoom(context.Context, chat.RoomID, int) error { return c.done() }

// HideReadings implements app.Commands.
func (c *invented) HideReadings(context.Context, chat.RoomID, bool) error { return c.done() }

// SetHistory implements app.Commands.
func (c *invented) SetHistory(context.Context, chat.RoomID, chat.History) error { return c.done() }

// Older implements app.Commands.
func (c *invented) Older(context.Context, chat.RoomID, int) (app.Older, error) {
	return app.Older{Messages: 1204}, c.done()
}

// ArchiveRoom implements app.Commands.
func (c *invented) ArchiveRoom(context.Context, chat.RoomID, bool) error { return c.done() }
