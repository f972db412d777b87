package boltstore

import (
	"encoding/binary"
	"maps"
	"slices"

	"hearth/chat"
	"hearth/server/storage"
)

// Flags of accounts, devices and invites.
const (
	accountOwner    = 1 << 0
	accountDisabled = 1 << 1
	accountSettled  = 1 << 2

	accountHidesPresence = 1 << 3
	accountHidesReadings = 1 << 4
	accountHidesTyping   = 1 << 5
	accountRecovers      = 1 << 6 // a recovery key stands behind the verifier
	accountDeleted       = 1 << 7 // how far that is stands at the end

	deviceRevoked   = 1 << 0
	deviceReset     = 1 << 1
	deviceRecovered = 1 << 2
	inviteOwner     = 1 << 0
	inviteRevoked   = 1 << 1
)

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

// encodeAccount leaves out the id, which is the key; so do the others.
func encodeAccount(a *storage.Account) []byte {
	b := []byte{recordVersion, flag(a.Owner, accountOwner) | flag(a.Disabled, accountDisabled) | flag(a.Settled, accountSettled) |
		flag(!a.Recovery.None(), accountRecovers) | flag(a.Deletion != storage.DeletionNone, accountDeleted) |
		flag(a.Privacy.Presence, accountHidesPresence) | flag(a.Privacy.Readings, accountHidesReadings) | flag(a.Privacy.Typing, accountHidesTyping)}
	b = appendInt(b, a.Created)
	b = appendString(b, a.Name)
	b = appendString(b, a.Display)
	b = appendBytes(b, a.Verifier)
	if r := &a.Recovery; !r.None() {
		b = appendBytes(b, r.Key)
		b = appendInt(b, r.Made)
		b = appendBytes(b, r.Used)
		b = append(b, r.By[:]...)
		b = appendInt(b, r.Until)
	}
	if a.Deletion != storage.DeletionNone {
		b = append(b, byte(a.Deletion))
	}
	return b
}

func decodeAccount(id chat.AccountID, b []byte) (storage.Account, error) {
	d := decoder{b: b}
	d.version("account")
	flags := d.byte()
	a := storage.Account{
		ID: id, Owner: flags&accountOwner != 0, Disabled: flags&accountDisabled != 0, Settled: flags&accountSettled != 0,
		Privacy: storage.Privacy{
			Presence: flags&accountHidesPresence != 0, Readings: flags&accountHidesReadings != 0, Typing: flags&accountHidesTyping != 0,
		},
		Created: d.int(), Name: d.string(), Display: d.string(), Verifier: d.copied(),
	}
	if flags&accountRecovers != 0 {
		r := &a.Recovery
		r.Key, r.Made, r.Used = d.copied(), d.int(), d.copied()
		d.fixed(r.By[:])
		r.Until = d.int()
	}
	if flags&accountDeleted != 0 {
		a.Deletion = storage.Deletion(d.byte())
	}
	return a, d.end()
}

func encodeDevice(v *storage.Device) []byte {
	b := []byte{recordVersion, flag(v.Revoked, deviceRevoked) | flag(v.Reset, deviceReset) | flag(v.Recovered, deviceRecovered)}
	b = append(b, v.Account[:]...)
	b = appendInt(b, v.Created)
	b = appendInt(b, v.Proven)
	b = appendInt(b, v.Seen)
	b = appendBytes(b, v.Key)
	b = appendString(b, v.Name)
	b = appendString(b, v.Platform)
	if v.Peer == "" {
		return b
	}
	return appendString(b, v.Peer)
}

// decodeDevice also reads records without a peer, as they were written before
// there was one.
func decodeDevice(id chat.DeviceID, b []byte) (storage.Device, error) {
	d := decoder{b: b}
	d.version("device")
	flags := d.byte()
	v := storage.Device{ID: id, Revoked: flags&deviceRevoked != 0, Reset: flags&deviceReset != 0, Recovered: flags&deviceRecovered != 0}
	d.fixed(v.Account[:])
	v.Created, v.Proven, v.Seen = d.int(), d.int(), d.int()
	v.Key, v.Name, v.Platform = d.copied(), d.string(), d.string()
	if len(d.b) > 0 {
		v.Peer = d.string()
	}
	return v, d.end()
}

func encodeInvite(i *storage.Invite) []byte {
	b := []byte{recordVersion, flag(i.Owner, inviteOwner) | flag(i.Revoked, inviteRevoked)}
	b = append(b, i.Creator[:]...)
	b = appendInt(b, i.Created)
	b = appendInt(b, i.Expires)
	b = appendInt(b, int64(i.Uses))
	b = appendInt(b, int64(i.Used))
	b = appendBytes(b, i.Key)
	if i.For.IsZero() {
		return b
	}
	return append(append(b, i.For[:]...), i.By[:]...)
}

func decodeInvite(id chat.InviteID, b []byte) (storage.Invite, error) {
	d := decoder{b: b}
	d.version("invite")
	flags := d.byte()
	i := storage.Invite{ID: id, Owner: flags&inviteOwner != 0, Revoked: flags&inviteRevoked != 0}
	d.fixed(i.Creator[:])
	i.Created, i.Expires = d.int(), d.int()
	i.Uses, i.Used = int(d.int()), int(d.int())
	i.Key = d.copied()
	if len(d.b) > 0 { // most make accounts
		d.fixed(i.For[:])
		d.fixed(i.By[:])
	}
	return i, d.end()
}

// encodeState encodes a room's state; the members in order, so that equal states
// have equal bytes.
func encodeState(r *chat.Room) []byte {
	b := make([]byte, 0, 128+64*(len(r.Members)+len(r.Former)))
	b = append(b, recordVersion)
	b = appendString(b, r.Name)
	b = appendString(b, r.Topic)
	b = appendString(b, string(r.Access))
	b = appendString(b, string(r.History))
	b = append(b, r.Creator[:]...)
	b = appendInt(b, r.Created)
	b = appendMembers(b, r.Members)
	b = appendMembers(b, r.Former)
	left := slices.DeleteFunc(people(r.Former), func(a chat.AccountID) bool { return r.Former[a].Left == 0 })
	marked := slices.DeleteFunc(people(r.Former), func(a chat.AccountID) bool { return marksOf(r.Former[a]) == 0 })
	kept := r.Keep != 0 || r.Purged != 0 || r.HideReadings || r.Ruled != 0
	if len(r.Pins) == 0 && !r.Archived && len(left)+len(marked) == 0 && !kept {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(r.Pins)))
	for _, seq := range r.Pins {
		b = binary.AppendUvarint(b, uint64(seq))
	}
	switch {
	case r.Archived:
		b = append(b, 1)
	case len(left)+len(marked) > 0 || kept:
		b = append(b, 0)
	}
	if len(left)+len(marked) == 0 && !kept {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(left)))
	for _, a := range left {
		b = append(b, a[:]...)
		b = binary.AppendUvarint(b, uint64(r.Former[a].Left))
	}
	if len(marked) == 0 && !kept {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(marked)))
	for _, a := range marked {
		b = append(b, a[:]...)
		b = append(b, marksOf(r.Former[a]))
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

// appendFrom encodes where the rule about newcomers was changed, and from where on
// everybody reads since; the members, then the former ones, in the order of their ids.
func appendFrom(b []byte, r *chat.Room) []byte {
	b = binary.AppendUvarint(b, uint64(r.Ruled))
	for _, members := range []map[chat.AccountID]chat.Member{r.Members, r.Former} {
		for _, a := range people(members) {
			b = binary.AppendUvarint(b, uint64(members[a].From))
		}
	}
	return b
}

// from reads what appendFrom has written.
func (d *decoder) from(r *chat.Room) {
	r.Ruled = chat.Seq(d.uvarint())
	for _, members := range []map[chat.AccountID]chat.Member{r.Members, r.Former} {
		for _, a := range people(members) {
			m := members[a]
			m.From = chat.Seq(d.uvarint())
			members[a] = m
		}
	}
}

// Marks of former members.
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

// people returns whose ids are in a list of members, in order.
func people(members map[chat.AccountID]chat.Member) []chat.AccountID {
	return slices.SortedFunc(maps.Keys(members), func(x, y chat.AccountID) int { return slices.Compare(x[:], y[:]) })
}

func appendMembers(b []byte, members map[chat.AccountID]chat.Member) []byte {
	b = binary.AppendUvarint(b, uint64(len(members)))
	for _, id := range people(members) {
		m := members[id]
		b = append(b, id[:]...)
		b = binary.AppendUvarint(b, uint64(m.Joined))
		b = appendString(b, m.Name)
		b = appendString(b, m.Display)
		b = appendString(b, string(m.Role))
	}
	return b
}

func decodeState(id chat.RoomID, b []byte) (*chat.Room, error) {
	d := decoder{b: b}
	d.version("state of a room")
	r := chat.NewRoom(id)
	r.Name, r.Topic = d.string(), d.string()
	r.Access, r.History = chat.Access(d.string()), chat.History(d.string())
	d.fixed(r.Creator[:])
	r.Created = d.int()
	r.Members = d.members()
	r.Former = d.members()
	if len(d.b) > 0 { // nothing is pinned in most rooms
		for range d.count(1) {
			r.Pins = append(r.Pins, chat.Seq(d.uvarint()))
		}
	}
	r.Archived = len(d.b) > 0 && d.byte() != 0 // most rooms are not
	if len(d.b) > 0 {
		d.left(r.Former)
	}
	if len(d.b) > 0 {
		d.marks(r.Former)
	}
	if len(d.b) > 0 {
		r.Keep, r.Purged = int(d.uvarint()), chat.Seq(d.uvarint()) //nolint:gosec // as it was written
	}
	r.HideReadings = len(d.b) > 0 && d.byte() != 0
	if len(d.b) > 0 {
		d.from(r)
	}
	return r, d.end()
}

// left reads where former members left; of some it was not written down.
func (d *decoder) left(former map[chat.AccountID]chat.Member) {
	for range d.count(16 + 1) {
		var a chat.AccountID
		d.fixed(a[:])
		seq := chat.Seq(d.uvarint())
		if m, in := former[a]; in {
			m.Left = seq
			former[a] = m
		}
	}
}

// marks reads what else is known of former members.
func (d *decoder) marks(former map[chat.AccountID]chat.Member) {
	for range d.count(16 + 1) {
		var a chat.AccountID
		d.fixed(a[:])
		marks := d.byte()
		if m, in := former[a]; in {
			m.Removed, m.Deleted = marks&markRemoved != 0, marks&markDeleted != 0
			former[a] = m
		}
	}
}

func (d *decoder) members() map[chat.AccountID]chat.Member {
	n := d.count(16 + 4)
	members := make(map[chat.AccountID]chat.Member, n)
	for range n {
		var m chat.Member
		d.fixed(m.Account[:])
		m.Joined = chat.Seq(d.uvarint())
		m.Name, m.Display, m.Role = d.string(), d.string(), chat.Role(d.string())
		members[m.Account] = m
	}
	return members
}
