package chat

import "slices"

// Member is somebody in a room.
type Member struct {
	Account AccountID `json:"account"`
	Name    string    `json:"name"`    // login name, unique on the server
	Display string    `json:"display"` // what people read
	Role    Role      `json:"role"`
	Joined  Seq       `json:"joined"` // sequence of the join that made them a member
	// Left is, of people who left, where; zero where that was not written down.
	Left Seq `json:"left,omitzero"`
}

// Room is what a room's log says when read from the start: a pure fold. Both
// ends compute it with Apply, so that stale state plus events equals fresh state.
type Room struct {
	ID      RoomID    `json:"room"`
	Name    string    `json:"name"`
	Topic   string    `json:"topic,omitempty"`
	Access  Access    `json:"access"`
	History History   `json:"history"`
	Creator AccountID `json:"creator"`
	Created int64     `json:"created"` // server time, milliseconds
	// Archived rooms can be read and left, not written in.
	Archived bool `json:"archived,omitempty"`
	// Members by account. People who left are not in it.
	Members map[AccountID]Member `json:"members"`
	// Former keeps the names of people who left, so that their messages stay signed.
	Former map[AccountID]Member `json:"former,omitempty"`
	// Pins are the pinned messages, the one pinned last at the end.
	Pins []Seq `json:"pins,omitempty"`
}

// NewRoom returns the state before the first event.
func NewRoom(id RoomID) *Room {
	return &Room{ID: id, Members: map[AccountID]Member{}, Former: map[AccountID]Member{}}
}

// Apply folds one event into the state. The events must come in order and once
// each; messages, their edits and reactions, and unknown kinds change nothing.
func (r *Room) Apply(e *Event, body Body) {
	switch b := body.(type) {
	case RoomCreate:
		r.Name, r.Topic, r.Access, r.History = b.Name, b.Topic, b.Access, b.History
		r.Creator, r.Created = e.Author, e.Time
	case Join:
		r.join(e, b)
	case Leave:
		r.leave(e, b)
	case Name:
		r.setDisplay(e.Author, b.Display)
	case Rename:
		r.Name = b.Name
	case Topic:
		r.Topic = b.Topic
	case Archive:
		r.Archived = b.Archived
	case Pin:
		if b.Seq < e.Seq && len(r.Pins) < MaxPins && !slices.Contains(r.Pins, b.Seq) {
			r.Pins = append(slices.Clone(r.Pins), b.Seq)
		}
	case Unpin:
		r.unpin(b.Seq)
	case Delete:
		r.unpin(b.Seq)
	}
}

func (r *Room) unpin(seq Seq) {
	if i := slices.Index(r.Pins, seq); i >= 0 {
		r.Pins = slices.Delete(slices.Clone(r.Pins), i, i+1)
	}
}

func (r *Room) join(e *Event, b Join) {
	account := b.Account
	if account.IsZero() {
		account = e.Author
	}
	m := Member{Account: account, Name: b.Name, Display: b.Display, Role: b.Role, Joined: e.Seq}
	if old, already := r.Members[account]; already {
		m.Joined = old.Joined
	}
	r.Members[account] = m
	delete(r.Former, account)
}

func (r *Room) leave(e *Event, b Leave) {
	account := b.Account
	if account.IsZero() {
		account = e.Author
	}
	if m, ok := r.Members[account]; ok {
		m.Left = e.Seq
		r.Former[account] = m
		delete(r.Members, account)
	}
}

func (r *Room) setDisplay(account AccountID, display string) {
	if m, ok := r.Members[account]; ok {
		m.Display = display
		r.Members[account] = m
	}
}

// Person returns what is known of an account that is or was in the room.
func (r *Room) Person(account AccountID) (Member, bool) {
	if m, ok := r.Members[account]; ok {
		return m, true
	}
	m, ok := r.Former[account]
	return m, ok
}

// Clone returns a deep copy.
func (r *Room) Clone() *Room {
	c := *r
	c.Pins = slices.Clone(r.Pins)
	c.Members = make(map[AccountID]Member, len(r.Members))
	for k, v := range r.Members {
		c.Members[k] = v
	}
	c.Former = make(map[AccountID]Member, len(r.Former))
	for k, v := range r.Former {
		c.Former[k] = v
	}
	return &c
}
