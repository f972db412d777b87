package chat

// Changes name their target by its place in the same log. The target stays where
// it is; readers show it as all changes behind it say, in the order of the log.
// docs/adr/0020 says which of them commute and what the server checks.

// Most a reader or server accepts around one message or room.
const (
	MaxReactionKinds = 20   // different emoji on one message
	MaxReactionBytes = 64   // length of one
	MaxPins          = 500  // pinned messages of a room
	MaxEdits         = 1000 // of one message, so that erasing it stays one step
	MaxChanges       = 1000 // newest changes of one message that are looked at
	MaxMentions      = 100  // accounts one message calls
	// MaxOwnReactions is how many of the newest MaxChanges reactions to one message, put
	// on or taken off, may be one account's: nobody pushes those of others out of sight.
	MaxOwnReactions = 200
)

// Edit gives its author's message another text; the newest in the log counts.
type Edit struct {
	Seq      Seq       `json:"seq"`
	Text     string    `json:"text"`
	Mentions *Mentions `json:"mentions,omitempty"`
}

// Delete erases a message for everyone: its body and salt, and those of its
// edits, are gone from every disk; the places and the chain stay.
type Delete struct {
	Seq Seq `json:"seq"`
}

// Reaction puts the author's emoji on a message. Reactions are a set of (account,
// emoji): adding one that is there changes nothing.
type Reaction struct {
	Seq   Seq    `json:"seq"`
	Emoji string `json:"emoji"`
}

// Unreaction takes the author's emoji off a message.
type Unreaction struct {
	Seq   Seq    `json:"seq"`
	Emoji string `json:"emoji"`
}

// Pin keeps a message at hand for the room. Pins are a set, part of the room's state.
type Pin struct {
	Seq Seq `json:"seq"`
}

// Unpin takes a message off the pins.
type Unpin struct {
	Seq Seq `json:"seq"`
}

// TargetOf returns the message that a change names; 0 for bodies that are none.
func TargetOf(b Body) Seq {
	switch b := b.(type) {
	case Edit:
		return b.Seq
	case Delete:
		return b.Seq
	case Reaction:
		return b.Seq
	case Unreaction:
		return b.Seq
	case Pin:
		return b.Seq
	case Unpin:
		return b.Seq
	}
	return 0
}

// Changes reports whether a kind is a change to a message, and so no row of its own.
func (k Kind) Changes() bool {
	switch k {
	case KindEdit, KindDelete, KindReactionAdd, KindReactionRemove, KindPinAdd, KindPinRemove:
		return true
	}
	return false
}

// Hidden reports whether events of a kind are no rows of a timeline: all changes, but
// that something was pinned is told; and what the server has purged shows by itself.
func (k Kind) Hidden() bool { return k.Changes() && k != KindPinAdd || k == KindPurge }

// Target returns the message that a stored event changes; 0 if it changes none,
// was erased itself, or cannot be read. Both ends index their logs by it.
func (e *Event) Target() Seq {
	if !e.Kind.Changes() || e.Erased {
		return 0
	}
	var target Seq
	if !memberOf(e.Body, "seq", &target) || target >= e.Seq {
		return 0
	}
	return target
}

// Erase removes what the event said and keeps what the chain needs.
func (e *Event) Erase() {
	if e.Erased {
		return
	}
	e.BodyHash = HashBody(e.Salt, e.Body)
	e.Erased, e.Body, e.Salt = true, nil, Salt{}
}
