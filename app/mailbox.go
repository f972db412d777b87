package app

import (
	"sync"

	"hearth/chat"
)

// maxNotices and maxRooms bound what a mailbox holds for a reader that does not
// look; beyond that it asks the reader to read everything anew.
const (
	maxNotices = 20
	maxRooms   = 200
)

// Subscription is one reader's mailbox of merged changes. The core puts without
// ever waiting; the reader takes when it likes.
type Subscription struct {
	ready chan struct{} // holds one token while there is something to take; fixed
	leave func()        // fixed

	mu      sync.Mutex
	pending Changes // guarded by mu
	some    bool    // guarded by mu
}

func newSubscription(leave func(*Subscription)) *Subscription {
	s := &Subscription{ready: make(chan struct{}, 1)}
	s.leave = func() { leave(s) }
	s.put(Changes{View: true, Reset: true})
	return s
}

// Ready delivers a token when there are changes to take.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take returns what has changed since the last call, merged; ok is false if
// nothing has.
func (s *Subscription) Take() (c Changes, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok = s.pending, s.some
	s.pending, s.some = Changes{}, false
	return c, ok
}

// End ends the subscription; nothing is delivered after it returns.
func (s *Subscription) End() { s.leave() }

// put merges changes into the mailbox.
func (s *Subscription) put(c Changes) {
	s.mu.Lock()
	s.pending.merge(c)
	s.some = true
	s.mu.Unlock()
	select {
	case s.ready <- struct{}{}:
	default: // the token is there already
	}
}

// Merge adds later changes to earlier ones, for a reader that puts off what it took.
func (c *Changes) Merge(later Changes) { c.merge(later) }

// merge adds later changes to earlier ones.
func (c *Changes) merge(later Changes) {
	c.View = c.View || later.View
	c.Reset = c.Reset || later.Reset
	c.Closed = c.Closed || later.Closed
	for room, change := range later.Rooms {
		c.addRoom(room, change)
	}
	for i := range later.Notices {
		c.addNotice(&later.Notices[i])
	}
	if len(c.Notices) > maxNotices {
		c.Notices = c.Notices[len(c.Notices)-maxNotices:]
	}
}

// addNotice adds a notice; what others wrote in a room is told in one.
func (c *Changes) addNotice(n *Notice) {
	if n.Kind == NoticeMessages {
		for i := range c.Notices {
			if old := &c.Notices[i]; old.Kind == n.Kind && old.Room == n.Room {
				old.merge(n)
				return
			}
		}
	}
	c.Notices = append(c.Notices, *n)
}

func (c *Changes) addRoom(room chat.RoomID, change RoomChange) {
	if c.Rooms == nil {
		c.Rooms = map[chat.RoomID]RoomChange{}
	}
	if _, known := c.Rooms[room]; !known && len(c.Rooms) >= maxRooms {
		c.Reset = true
		return
	}
	c.Rooms[room] = c.Rooms[room].merge(change)
}

func (r RoomChange) merge(later RoomChange) RoomChange {
	return RoomChange{
		Tail:    r.Tail || later.Tail,
		Waiting: r.Waiting || later.Waiting,
		Names:   r.Names || later.Names,
		Changed: r.Changed || later.Changed,
		Reload:  r.Reload || later.Reload,
	}
}
