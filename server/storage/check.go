package storage

import (
	"bytes"
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

// ProvenBy reports ErrProofOld if a proof of the password against the verifier was
// says nothing of the account's present one; nil was is none to compare.
func (a *Account) ProvenBy(was []byte) error {
	if was != nil && !bytes.Equal(was, a.Verifier) {
		return ErrProofOld
	}
	return nil
}

// Recovers reports why a recovery key, by its public half, does not give the account a
// new password at the time now: ErrNotFound, ErrProofOld, or nil. again says that this
// device has used it already. exists says whether there is such an account at all.
func (a *Account) Recovers(exists bool, key []byte, device chat.DeviceID, now int64) (again bool, err error) {
	switch r := &a.Recovery; {
	case !exists || a.Disabled:
		return false, ErrNotFound
	case len(key) > 0 && bytes.Equal(key, r.Key):
		return false, nil
	case len(key) > 0 && bytes.Equal(key, r.Used) && r.By == device && now < r.Until:
		return true, nil
	}
	return false, ErrProofOld
}

// Recovered returns the account after its recovery key was used.
func (a Account) Recovered(key []byte, r Comeback, device chat.DeviceID, now int64) Account {
	a.Verifier = r.Verifier
	a.Recovery = Recovery{Key: r.Recovery, Made: now, Used: key, By: device, Until: r.Until}
	return a
}

// None reports whether nothing is said of a recovery key.
func (r *Recovery) None() bool {
	return len(r.Key) == 0 && len(r.Used) == 0 && r.Made == 0 && r.By.IsZero() && r.Until == 0
}

// Secured ends that a device may use a recovery key again: the password is another, or
// the recovery key.
func (r Recovery) Secured() Recovery { return Recovery{Key: r.Key, Made: r.Made} }

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
	floor  chat.Seq // nothing is known up to here
}

type author struct {
	account chat.AccountID
	mid     chat.MID
}

// NewVerifier returns a verifier of a log that begins behind floor, zero for one that
// nothing was purged from.
func NewVerifier(room chat.RoomID, floor chat.Head) *Verifier {
	return &Verifier{room: room, head: floor, floor: floor.Seq, sent: map[author]chat.Seq{}, erased: map[chat.Seq]bool{}}
}

// Purged enters what is left of an event that was purged.
func (v *Verifier) Purged(seq chat.Seq, account chat.AccountID, mid chat.MID) error {
	if seq > v.floor {
		return fmt.Errorf("%w: room %s: %d is noted as purged, the log begins behind %d", ErrDamaged, v.room, seq, v.floor)
	}
	return v.once(seq, account, mid)
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
	return v.once(e.Event.Seq, e.Event.Author, e.Event.MID)
}

// once checks that a message id stands in the log once.
func (v *Verifier) once(seq chat.Seq, account chat.AccountID, mid chat.MID) error {
	if mid.IsZero() {
		return nil
	}
	key := author{account, mid}
	if first, twice := v.sent[key]; twice {
		return fmt.Errorf("%w: room %s: one message id at %d and %d", ErrDamaged, v.room, first, seq)
	}
	v.sent[key] = seq
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
	case e.Event.Kind == chat.KindEdit && target <= v.floor:
		return fmt.Errorf("%w: room %s: %d was purged, its edit at %d is there", ErrDamaged, v.room, target, e.Event.Seq)
	case target <= v.floor:
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

// BlocksSetting is the name of the setting that holds whom an account has blocked.
func BlocksSetting(account chat.AccountID) string { return "blocks/" + account.String() }
