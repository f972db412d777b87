package store

import (
	"encoding/binary"

	"hearth/chat"
)

// A room's state, format 1: room (16 bytes), name, topic, access, history (texts:
// uvarint length and bytes), creator (16), created (8, big-endian), number of
// members (uvarint) and members, number of former members and those, and if there are
// any the number of pins and those (uvarint), and if the room is archived the pins in any
// case and a 1. If it is known where former members left, pins and archived (0 or 1) are
// there, and behind them how many and of each account (16) and place (uvarint). If there
// are former members of whom more is known, all that is there, and behind it how many
// and of each account (16) and marks (1). If the server keeps the
// room's messages for a while only, or has purged any, all that is there, and behind it for
// how many days and up to which place (uvarint). If nobody in the room is told how far others have read, all that is
// there, and behind it a 1. If the rule about newcomers was changed, all that is there (0
// instead of 1 if they are told), and behind it where (uvarint), and of each member and then
// each former member account (16) and first place (uvarint). A member: account (16), name, display, role, joined (uvarint). It is not JSON because all
// states are read before the first window shows: 50 members take a tenth of the
// time. A test fails when chat.Room gains a field that is not here.

func appendState(b []byte, r *chat.Room) []byte {
	b = append(b, r.ID[:]...)
	b = appendText(b, r.Name)
	b = appendText(b, r.Topic)
	b = appendText(b, string(r.Access))
	b = appendText(b, string(r.History))
	b = append(b, r.Creator[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Created))
	b = appendMembers(b, r.Members)
	b = appendMembers(b, r.Former)
	left, marked := 0, 0
	for _, m := range r.Former {
		if m.Left > 0 {
			left++
		}
		if marksOf(m) != 0 {
			marked++
		}
	}
	kept := r.Keep != 0 || r.Purged != 0 || r.HideReadings || r.Ruled != 0
	if len(r.Pins) == 0 && !r.Archived && left+marked == 0 && !kept { // as before there were any
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(r.Pins)))
	for _, seq := range r.Pins {
		b = binary.AppendUvarint(b, uint64(seq))
	}
	switch {
	case r.Archived:
		b = append(b, 1)
	case left+marked > 0 || kept:
		b = append(b, 0)
	}
	if left+marked == 0 && !kept {
		return b
	}
	b = binary.AppendUvarint(b, uint64(left))
	for account, m := range r.Former {
		if m.Left > 0 {
			b = append(b, account[:]...)
			b = binary.AppendUvarint(b, uint64(m.Left))
		}
	}
	if marked == 0 && !kept {
		return b
	}
	b = binary.AppendUvarint(b, uint64(marked))
	for account, m := range r.Former {
		if marks := marksOf(m); marks != 0 {
			b = append(b, account[:]...)
			b = append(b, marks)
		}
	}
	if kept {
		b = binary.AppendUvarint(b, uint64(r.Keep)) //nolint:gosec // never below 0
		b = binary.AppendUvarint(b, uint64(r.Purged))
	}
	switch {
	case r.HideReadings:
		b = append(b, 1)
	case r.Ruled != 0:
		b = append(b, 0)
	}
	if r.Ruled != 0 {
		b = appendFrom(b, r)
	}
	return b
}

// appendFrom writes where the rule about newcomers was changed the last time, and from
// where on everybody reads since.
func appendFrom(b []byte, r *chat.Room) []byte {
	b = binary.AppendUvarint(b, uint64(r.Ruled))
	for _, members := range []map[chat.AccountID]chat.Member{r.Members, r.Former} {
		for account, m := range members {
			b = append(b, account[:]...)
			b = binary.AppendUvarint(b, uint64(m.From))
		}
	}
	return b
}

// Marks of a former member.
const (
	markRemoved = 1 << 0
	markDeleted = 1 << 1
)

func marksOf(m chat.Member) (marks byte) {
	if m.Removed {
		marks |= markRemoved
	}
	if m.Deleted {
		marks |= markDeleted
	}
	return marks
}

func appendMembers(b []byte, members map[chat.AccountID]chat.Member) []byte {
	b = binary.AppendUvarint(b, uint64(len(members)))
	for account, m := range members {
		b = append(b, account[:]...)
		b = appendText(b, m.Name)
		b = appendText(b, m.Display)
		b = appendText(b, string(m.Role))
		b = binary.AppendUvarint(b, uint64(m.Joined))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// readState reads a room's state so that chat.Room.Apply can go on with it.
func readState(plain []byte) (*chat.Room, error) {
	d := stateDecoder{rest: plain}
	var r chat.Room
	d.bytes(r.ID[:])
	r.Name, r.Topic = d.text(), d.text()
	r.Access, r.History = chat.Access(d.text()), chat.History(d.text())
	d.bytes(r.Creator[:])
	var created [8]byte
	d.bytes(created[:])
	r.Created = int64(binary.BigEndian.Uint64(created[:]))
	r.Members = d.members()
	r.Former = d.members()
	r.Pins = d.pins()
	if len(d.rest) > 0 {
		r.Archived = d.number() != 0
	}
	if len(d.rest) > 0 {
		d.left(r.Former)
	}
	if len(d.rest) > 0 {
		d.marks(r.Former)
	}
	if len(d.rest) > 0 {
		r.Keep, r.Purged = int(d.number()), chat.Seq(d.number()) //nolint:gosec // as it was written
	}
	if len(d.rest) > 0 {
		hides := d.number()
		r.HideReadings = hides == 1
		d.bad = d.bad || hides > 1 || hides == 0 && len(d.rest) == 0
	}
	if len(d.rest) > 0 {
		d.from(&r)
	}
	if d.bad || len(d.rest) > 0 {
		return nil, &DamageError{Where: bucketStates, What: "not understood"}
	}
	return &r, nil
}

// stateDecoder reads from the front; bad is set once something does not fit.
type stateDecoder struct {
	rest []byte
	bad  bool
}

func (d *stateDecoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *stateDecoder) bytes(into []byte) { copy(into, d.take(uint64(len(into)))) }

func (d *stateDecoder) number() uint64 {
	n, width := binary.Uvarint(d.rest)
	if width <= 0 {
		d.bad = true
		return 0
	}
	d.take(uint64(width))
	return n
}

func (d *stateDecoder) text() string { return string(d.take(d.number())) }

func (d *stateDecoder) members() map[chat.AccountID]chat.Member {
	n := d.number()
	if n > uint64(len(d.rest)) { // each takes more than a byte
		d.bad = true
		return nil
	}
	members := make(map[chat.AccountID]chat.Member, n)
	for range n {
		var m chat.Member
		d.bytes(m.Account[:])
		m.Name, m.Display, m.Role = d.text(), d.text(), d.role()
		m.Joined = chat.Seq(d.number())
		if d.bad {
			return nil
		}
		members[m.Account] = m
	}
	return members
}

// from reads where the rule about newcomers was changed, and from where on everybody
// reads since.
func (d *stateDecoder) from(r *chat.Room) {
	r.Ruled = chat.Seq(d.number())
	d.bad = d.bad || r.Ruled == 0
	for _, members := range []map[chat.AccountID]chat.Member{r.Members, r.Former} {
		for range len(members) {
			var account chat.AccountID
			d.bytes(account[:])
			m, in := members[account]
			m.From = chat.Seq(d.number())
			if d.bad = d.bad || !in; d.bad {
				return
			}
			members[account] = m
		}
	}
}

// left reads where former members left.
func (d *stateDecoder) left(former map[chat.AccountID]chat.Member) {
	n := d.number()
	if n == 0 && len(d.rest) == 0 || n > uint64(len(d.rest)) {
		d.bad = true
		return
	}
	for range n {
		var account chat.AccountID
		d.bytes(account[:])
		seq := chat.Seq(d.number())
		m, in := former[account]
		if d.bad = d.bad || !in || seq == 0 || m.Left != 0; d.bad {
			return
		}
		m.Left = seq
		former[account] = m
	}
}

// marks reads what else is known of former members.
func (d *stateDecoder) marks(former map[chat.AccountID]chat.Member) {
	n := d.number()
	if n == 0 && len(d.rest) == 0 || n > uint64(len(d.rest)) {
		d.bad = true
		return
	}
	for range n {
		var account chat.AccountID
		var marks [1]byte
		d.bytes(account[:])
		d.bytes(marks[:])
		m, in := former[account]
		if d.bad = d.bad || !in || marksOf(m) != 0 || marks[0] == 0 || marks[0]&^(markRemoved|markDeleted) != 0; d.bad {
			return
		}
		m.Removed, m.Deleted = marks[0]&markRemoved != 0, marks[0]&markDeleted != 0
		former[account] = m
	}
}

// pins are missing at the end of states of before, and where there are none.
func (d *stateDecoder) pins() []chat.Seq {
	if d.bad || len(d.rest) == 0 {
		return nil
	}
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	pins := make([]chat.Seq, n)
	for i := range pins {
		pins[i] = chat.Seq(d.number())
	}
	return pins
}

// role saves the allocation for the roles there are.
func (d *stateDecoder) role() chat.Role {
	switch b := d.take(d.number()); string(b) {
	case string(chat.RoleMember):
		return chat.RoleMember
	case string(chat.RoleOwner):
		return chat.RoleOwner
	default:
		return chat.Role(b)
	}
}
