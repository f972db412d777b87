package storage

import (
	"errors"
	"fmt"

	"hearth/chat"
)

// ErrBadBatch reports a batch that no engine can store: a mistake of the caller,
// not of the data. Nothing was written.
var ErrBadBatch = errors.New("the batch is not well formed")

// Check reports whether the batch is well formed: at least one entry, all of this
// room, contiguous from Expect + 1, and nothing to erase but what lies before them.
func (b *Batch) Check() error {
	if len(b.Entries) == 0 {
		return fmt.Errorf("%w: no entries", ErrBadBatch)
	}
	for i := range b.Entries {
		e := &b.Entries[i].Event
		if e.Room != b.Room || e.Seq != b.Expect+chat.Seq(i)+1 {
			return fmt.Errorf("%w: entry %d is %d of room %s", ErrBadBatch, i, e.Seq, e.Room)
		}
	}
	for _, seq := range b.Erase {
		if seq < 1 || seq > b.Expect {
			return fmt.Errorf("%w: %d is to be erased, the log ends at %d", ErrBadBatch, seq, b.Expect)
		}
	}
	return nil
}

// Erase removes what the event said, and the hash by which it could be guessed.
func (e *Entry) Erase() {
	e.Event.Erase()
	e.Content = chat.Hash{}
}

// Sent returns what FindMID tells about the entry.
func (e *Entry) Sent() Sent {
	return Sent{Seq: e.Event.Seq, Time: e.Event.Time, Chain: e.Chain, Content: e.Content, Erased: e.Event.Erased}
}

// Admits reports why the invite admits nobody at the time now: one of
// ErrInviteUnknown, ErrInviteExpired, ErrInviteUsed, or nil. exists says whether
// there is such an invite at all.
func (i *Invite) Admits(exists bool, now int64) error {
	switch {
	case !exists || i.Revoked:
		return ErrInviteUnknown
	case now >= i.Expires:
		return ErrInviteExpired
	case i.Used >= i.Uses:
		return ErrInviteUsed
	}
	return nil
}

// AdmitsNew is Admits for making an account.
func (i *Invite) AdmitsNew(exists bool, now int64) error {
	if !i.For.IsZero() {
		return ErrInviteUnknown
	}
	return i.Admits(exists, now)
}

// Resets is Admits for giving its account a new password. again says that this
// device has used it already, which it may until the invite ends.
func (i *Invite) Resets(exists bool, device chat.DeviceID, now int64) (again bool, err error) {
	if i.For.IsZero() {
		return false, ErrInviteUnknown
	}
	err = i.Admits(exists, now)
	if err == ErrInviteUsed && i.By == device {
		return true, nil
	}
	return false, err
}

// Verifier checks one room's log from its first entry on, for engines' Verify.
type Verifier struct {
	room   chat.RoomID
	head   chat.Head
	sent   map[author]chat.Seq
	erased map[chat.Seq]bool
}

type author struct {
	account chat.AccountID
	mid     chat.MID
}

// NewVerifier returns a verifier that expects sequence 1 next.
func NewVerifier(room chat.RoomID) *Verifier {
	return &Verifier{room: room, sent: map[author]chat.Seq{}, erased: map[chat.Seq]bool{}}
}

// Next checks an entry against the one before it. Errors match ErrDamaged.
func (v *Verifier) Next(e *Entry) error {
	if e.Event.Room != v.room || e.Event.Seq != v.head.Seq+1 {
		return fmt.Errorf("%w: room %s: %d of room %s follows %d", ErrDamaged, v.room, e.Event.Seq, e.Event.Room, v.head.Seq)
	}
	if e.Event.Chain(v.head.Chain) != e.Chain {
		return fmt.Errorf("%w: room %s: the chain breaks at %d", ErrDamaged, v.room, e.Event.Seq)
	}
	v.head = chat.Head{Seq: e.Event.Seq, Chain: e.Chain}
	if err := v.erasure(e); err != nil {
		return err
	}
	if e.Event.MID.IsZero() {
		return nil
	}
	key := author{e.Event.Author, e.Event.MID}
	if first, twice := v.sent[key]; twice {
		return fmt.Errorf("%w: room %s: one message id at %d and %d", ErrDamaged, v.room, first, e.Event.Seq)
	}
	v.sent[key] = e.Event.Seq
	return nil
}

// erasure checks that what was deleted is gone, with the edits of it.
func (v *Verifier) erasure(e *Entry) error {
	if e.Event.Erased {
		v.erased[e.Event.Seq] = true
		if !e.Content.IsZero() {
			return fmt.Errorf("%w: room %s: %d is erased, and its content can be guessed", ErrDamaged, v.room, e.Event.Seq)
		}
		return nil
	}
	target := e.Event.Target()
	switch {
	case target == 0:
	case e.Event.Kind == chat.KindDelete && !v.erased[target]:
		return fmt.Errorf("%w: room %s: %d was deleted at %d and is not erased", ErrDamaged, v.room, target, e.Event.Seq)
	case e.Event.Kind == chat.KindEdit && v.erased[target]:
		return fmt.Errorf("%w: room %s: %d is erased, its edit at %d is not", ErrDamaged, v.room, target, e.Event.Seq)
	}
	return nil
}

// Head returns the place of the last entry.
func (v *Verifier) Head() chat.Head { return v.head }

// MIDs returns how many message ids the log holds.
func (v *Verifier) MIDs() int { return len(v.sent) }

// VerifyMembers checks that the accounts whose lists hold the room are the
// members its state names.
func VerifyMembers(room chat.RoomID, state *chat.Room, listed map[chat.AccountID]bool) error {
	var members map[chat.AccountID]chat.Member
	if state != nil {
		members = state.Members
	}
	for a := range listed {
		if _, ok := members[a]; !ok {
			return fmt.Errorf("%w: room %s: account %s has it in its list and is no member", ErrDamaged, room, a)
		}
	}
	for a := range members {
		if !listed[a] {
			return fmt.Errorf("%w: room %s: member %s does not have it in their list", ErrDamaged, room, a)
		}
	}
	return nil
}
