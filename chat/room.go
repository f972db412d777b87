package chat

import (
	"cmp"
	"maps"
	"slices"
)

// Member is somebody in a room.
type Member struct {
	Account AccountID `json:"account"`
	Name    string    `json:"name"`    // login name, unique on the server
	Display string    `json:"display"` // what people read
	Role    Role      `json:"role"`
	Joined  Seq       `json:"joined"` // sequence of the join that made them a member
	// From is the first place of the log that they may see, of everybody in rooms whose rule
	// was changed; 0: the rule has been the same ever since. See Begins.
	From Seq `json:"from,omitzero"`
	// Left is, of people who left, where; zero where that was not written down.
	Left Seq `json:"left,omitzero"`
	// Removed is, of people who are not in the room, whether its owner wants it so: only
	// an owner can add them again.
	Removed bool `json:"removed,omitzero"`
	// Deleted is, of people who are not in the room, whether their account is no more:
	// they have no names.
	Deleted bool `json:"deleted,omitzero"`
}

// Room is what a room's log says when read from the start: a pure fold. Both
// ends compute it with Apply, so that stale state plus events equals fresh state.
type Room struct {
	ID      RoomID  `json:"room"`
	Name    string  `json:"name"`
	Topic   string  `json:"topic,omitempty"`
	Access  Access  `json:"access"`
	History History `json:"history"`
	// Ruled is where History was changed the last time; 0: it is as the room was made.
	Ruled   Seq       `json:"ruled,omitzero"`
	Creator AccountID `json:"creator"`
	Created int64     `json:"created"` // server time, milliseconds
	// Archived rooms can be read and left, not written in.
	Archived bool `json:"archived,omitempty"`
	// Keep is for how many days the server keeps what is written; 0: for ever. See Kept.
	Keep int `json:"keep,omitzero"`
	// HideReadings keeps from members how far others have read, whatever those allow.
	HideReadings bool `json:"hide_readings,omitzero"`
	// Purged is the last place that the server no longer keeps anything of.
	Purged Seq `json:"purged,omitzero"`
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
	case Remove:
		r.remove(e, b)
	case Gone:
		r.gone(e, b)
	case SetRole:
		if m, ok := r.Members[b.Account]; ok {
			m.Role = b.Role
			r.Members[b.Account] = m
		}
	case Name:
		r.setDisplay(e.Author, b.Display)
	case Rename:
		r.Name = b.Name
	case Topic:
		r.Topic = b.Topic
	case Archive:
		r.Archived = b.Archived
	case Keep:
		r.Keep = b.Days
	case Readings:
		r.HideReadings = b.Hidden
	case SetHistory:
		r.setHistory(e, b.History)
	case Purge:
		r.purge(e, b.Seq)
	case Pin:
		if b.Seq < e.Seq && b.Seq > r.Purged && len(r.Pins) < MaxPins && !slices.Contains(r.Pins, b.Seq) {
			r.Pins = append(slices.Clone(r.Pins), b.Seq)
		}
	case Unpin:
		r.unpin(func(seq Seq) bool { return seq == b.Seq })
	case Delete:
		r.unpin(func(seq Seq) bool { return seq == b.Seq })
	}
}

// purge takes note of what the server no longer keeps. Members, names, topic and all
// else that the log has led to stays; pins of what is gone go.
func (r *Room) purge(e *Event, through Seq) {
	if !e.Author.IsZero() || through >= e.Seq || through <= r.Purged {
		return
	}
	r.Purged = through
	r.unpin(func(seq Seq) bool { return seq <= through })
}

// Kept returns for how many days the server keeps messages of a room, by what the room
// and the server say, each 0 for ever: the shorter counts.
func Kept(room, server int) int {
	if room == 0 || server > 0 && server < room {
		return server
	}
	return room
}

// unpin drops some pins. No pins at all are nil, as in a state that was sent as JSON.
func (r *Room) unpin(drop func(Seq) bool) {
	if !slices.ContainsFunc(r.Pins, drop) {
		return
	}
	if r.Pins = slices.DeleteFunc(slices.Clone(r.Pins), drop); len(r.Pins) == 0 {
		r.Pins = nil
	}
}

func (r *Room) join(e *Event, b Join) {
	account := b.Account
	if account.IsZero() {
		account = e.Author
	}
	m := Member{Account: account, Name: b.Name, Display: b.Display, Role: b.Role, Joined: e.Seq}
	if old, already := r.Members[account]; already {
		m.Joined, m.From = old.Joined, old.From
	} else if r.Ruled > 0 {
		m.From = r.ruled(m)
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

// remove takes somebody out, or notes of somebody who has left that they stay out.
func (r *Room) remove(e *Event, b Remove) {
	m, in := r.Members[b.Account]
	if in {
		m.Left = e.Seq
		delete(r.Members, b.Account)
	} else if m, in = r.Former[b.Account]; !in {
		return
	}
	m.Removed = true
	r.Former[b.Account] = m
}

// gone leaves of somebody that they were there.
func (r *Room) gone(e *Event, b Gone) {
	m, in := r.Members[b.Account]
	if in {
		m.Left = e.Seq
		delete(r.Members, b.Account)
	} else if m, in = r.Former[b.Account]; !in {
		return
	}
	r.Former[b.Account] = Member{Account: m.Account, Joined: m.Joined, From: m.From, Left: m.Left, Deleted: true}
}

// Heir is who becomes owner of a room that has no owner who is fit: of those who are, the
// member of the longest time. It reports false where there is an owner, or nobody.
// Direct rooms never have owners.
func (r *Room) Heir(fit func(AccountID) bool) (AccountID, bool) {
	if r.Access == AccessDirect {
		return AccountID{}, false
	}
	for account, m := range r.Members {
		if m.Role == RoleOwner && fit(account) {
			return AccountID{}, false
		}
	}
	members := slices.SortedFunc(maps.Values(r.Members), func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Joined, b.Joined), slices.Compare(a.Account[:], b.Account[:]))
	})
	for _, m := range members {
		if m.Role != RoleOwner && fit(m.Account) {
			return m.Account, true
		}
	}
	return AccountID{}, false
}

// Owned reports whether somebody in the room is its owner.
func (r *Room) Owned() bool {
	for _, m := range r.Members {
		if m.Role == RoleOwner {
			return true
		}
	}
	return false
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

// setHistory changes what newcomers see. Everybody who is or was in the room keeps what
// they see by the rule that they joined under; from the first change on it is written down.
func (r *Room) setHistory(e *Event, to History) {
	if to == r.History || r.Access == AccessDirect {
		return
	}
	for _, people := range []map[AccountID]Member{r.Members, r.Former} {
		for account, m := range people {
			m.From, _ = r.Begins(account)
			people[account] = m
		}
	}
	r.History, r.Ruled = to, e.Seq
}

// firstJoin is where the join of a room's creator stands, who was there before.
const firstJoin Seq = 2

// ruled is where what a member sees begins by the rule as it is; 0: nowhere, as nobody
// knows the rule.
func (r *Room) ruled(m Member) Seq {
	switch r.History {
	case HistoryAll:
		return max(1, r.Ruled) // what was written before was not meant for newcomers, or may not have been
	case HistoryJoined:
		if m.Account == r.Creator && m.Joined == firstJoin {
			return 1
		}
		return m.Joined
	}
	return 0
}

// Begins returns the first place of the log that somebody who is or was in the room may
// see. It is decided when they join, and stays until they come again.
func (r *Room) Begins(account AccountID) (from Seq, known bool) {
	m, known := r.Person(account)
	if !known {
		return 0, false
	}
	if from = m.From; from == 0 {
		from = r.ruled(m)
	}
	return from, from > 0
}

// Uneven reports whether the log may begin at different places for different members.
func (r *Room) Uneven() bool { return r.History == HistoryJoined || r.Ruled > 0 }

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
