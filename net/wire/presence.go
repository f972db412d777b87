package wire

import (
	"slices"

	"hearth/chat"
)

// Read positions, typing and presence. A server has each of them if its greeting
// names the feature; a client asks for none that is not named.

// Features of the greeting.
const (
	FeatureMarkers  = "markers"  // Read, ReadAt: the account's own read positions
	FeatureReaders  = "readers"  // ReadBy: those of others
	FeatureTyping   = "typing"   // Typing, TypingAt
	FeaturePresence = "presence" // Presence, PresenceList, PresenceAt
	FeaturePrivacy  = "privacy"  // PrivacySet, PrivacyAt
	FeatureWatch    = "watch"    // Presence.People
)

// Fixed numbers of both ends.
const (
	MaxReaders    = 100   // members of a room whose read positions are told
	MaxSubjects   = 200   // people whose presence one connection is told
	MaxWatched    = 64    // of these, people who are named
	MaxMarkers    = 200   // in one ReadAt
	TypingEveryMS = 3_000 // a client says that somebody types at most this often
	TypingForMS   = 6_000 // and it counts for this long
)

// Read tells how far the account has read a room; see chat.Marker. The server merges
// it with what it has. A Seq beyond the head counts as the head. The answer is OK.
type Read struct {
	Req
	Room chat.RoomID `json:"room"`
	Seq  chat.Seq    `json:"seq"`
	Mark chat.Seq    `json:"mark,omitzero"` // marked as unread from here
	Rev  uint64      `json:"rev,omitzero"`  // of Mark
}

// Marker returns the position.
func (r *Read) Marker() chat.Marker { return chat.Marker{Read: r.Seq, Mark: r.Mark, Rev: r.Rev} }

// Typing says that the account is writing something in a room. The answer is OK.
type Typing struct {
	Req
	Room chat.RoomID `json:"room"`
}

// Presence (feature readers or presence) says which room the person has open, if any, and whether they are away
// from this device. It begins the flow of PresenceAt and ReadBy about the members
// of that room, in place of the one before. The answer is PresenceList. People
// (feature watch) are further people to be told of, in whichever room they are; with
// whom no room is shared shows as hidden.
type Presence struct {
	Req
	Room   chat.RoomID      `json:"room,omitzero"`
	Away   bool             `json:"away,omitzero"`
	People []chat.AccountID `json:"people,omitempty"`
}

// PrivacySet replaces what the account wants kept to itself. The answer is OK.
type PrivacySet struct {
	Req
	Privacy
}

// Privacy is what an account keeps to itself, on all its devices.
type Privacy struct {
	HidePresence bool `json:"hide_presence,omitzero"` // whether and when it was here
	HideReadings bool `json:"hide_readings,omitzero"` // how far it has read
	HideTyping   bool `json:"hide_typing,omitzero"`   // that it is writing
}

// RoomMarker is an account's own position in a room.
type RoomMarker struct {
	Room chat.RoomID `json:"room"`
	Seq  chat.Seq    `json:"seq"`
	Mark chat.Seq    `json:"mark,omitzero"`
	Rev  uint64      `json:"rev,omitzero"`
}

// Marker returns the position.
func (m *RoomMarker) Marker() chat.Marker {
	return chat.Marker{Read: m.Seq, Mark: m.Mark, Rev: m.Rev}
}

// ReadAt tells the account's own positions: all of them behind the answer to the
// first Sync, the last frame of these without More; then those that another
// connection has changed.
type ReadAt struct {
	Markers []RoomMarker `json:"markers"`
	More    bool         `json:"more,omitzero"`
}

// Reader is how far somebody lets others see that they have read.
type Reader struct {
	Account chat.AccountID `json:"account"`
	Seq     chat.Seq       `json:"seq"`
}

// ReadBy tells how far other members have read the room that is open; first all,
// then those that have moved.
type ReadBy struct {
	Room    chat.RoomID `json:"room"`
	Readers []Reader    `json:"readers"`
}

// TypingAt tells who has just been writing in a room.
type TypingAt struct {
	Room     chat.RoomID      `json:"room"`
	Accounts []chat.AccountID `json:"accounts"`
}

// PresenceState is whether somebody is there.
type PresenceState string

// Presence states. An unknown one counts as hidden.
const (
	PresenceOnline  PresenceState = "online"
	PresenceAway    PresenceState = "away"
	PresenceOffline PresenceState = "offline"
	PresenceHidden  PresenceState = "hidden" // the person does not want it known
)

// Subject is somebody's presence.
type Subject struct {
	Account chat.AccountID `json:"account"`
	State   PresenceState  `json:"state"`
	Seen    int64          `json:"seen,omitzero"` // offline: when last connected, to the minute
}

// PresenceList answers Presence with the people it named and the other members of
// the room, MaxSubjects at most.
type PresenceList struct {
	Rep
	People []Subject `json:"people"`
}

// PresenceAt tells of changes since.
type PresenceAt struct {
	People []Subject `json:"people"`
}

// PrivacyAt tells what the account wants kept to itself: behind the answer to the
// first Sync, and when another connection has changed it.
type PrivacyAt struct{ Privacy }

// Check implements Request.
func (r *Read) Check() *chat.Error {
	return first(
		present(r.Room.IsZero(), "/room"), present(r.Seq == 0 && r.Rev == 0, "/seq"),
		seq(r.Seq, "/seq"), seq(r.Mark, "/mark"), seq(chat.Seq(r.Rev), "/rev"),
	)
}

// Check implements Request.
func (r *Typing) Check() *chat.Error { return present(r.Room.IsZero(), "/room") }

// Check implements Request.
func (r *Presence) Check() *chat.Error {
	if len(r.People) > MaxWatched {
		return chat.Errorf(chat.CodeTooLong, "/people", "at most %d", MaxWatched)
	}
	for i, a := range r.People {
		switch {
		case a.IsZero():
			return present(true, pointer("/people", i))
		case slices.Contains(r.People[:i], a):
			return chat.Errorf(chat.CodeBadValue, pointer("/people", i), "named twice")
		}
	}
	return nil
}

// Check implements Request.
func (*PrivacySet) Check() *chat.Error { return nil }

// checkSignals is checkFrame for the frames of this file.
func checkSignals(f Frame) *chat.Error {
	switch f := f.(type) {
	case *ReadAt:
		for i := range f.Markers {
			m, at := &f.Markers[i], pointer("/markers", i)
			if e := first(seq(m.Seq, at+"/seq"), seq(m.Mark, at+"/mark"), seq(chat.Seq(m.Rev), at+"/rev")); e != nil {
				return e
			}
		}
	case *ReadBy:
		for i := range f.Readers {
			if e := seq(f.Readers[i].Seq, pointer("/readers", i)+"/seq"); e != nil {
				return e
			}
		}
	case *PresenceList:
		return checkSubjects(f.People)
	case *PresenceAt:
		return checkSubjects(f.People)
	case *BlocksAt:
		return checkBlocks(f)
	}
	return checkCards(f)
}

func checkSubjects(people []Subject) *chat.Error {
	for i := range people {
		if e := moment(people[i].Seen, pointer("/people", i)+"/seen"); e != nil {
			return e
		}
	}
	return nil
}

// Has reports whether the server has named a feature.
func (g *Greeting) Has(feature string) bool { return slices.Contains(g.Features, feature) }

// Type implements Frame.
func (*Read) Type() Type { return TypeRead }

// Type implements Frame.
func (*Typing) Type() Type { return TypeTyping }

// Type implements Frame.
func (*Presence) Type() Type { return TypePresence }

// Type implements Frame.
func (*PrivacySet) Type() Type { return TypePrivacySet }

// Type implements Frame.
func (*ReadAt) Type() Type { return TypeReadAt }

// Type implements Frame.
func (*ReadBy) Type() Type { return TypeReadBy }

// Type implements Frame.
func (*TypingAt) Type() Type { return TypeTypingAt }

// Type implements Frame.
func (*PresenceList) Type() Type { return TypePresenceList }

// Type implements Frame.
func (*PresenceAt) Type() Type { return TypePresenceAt }

// Type implements Frame.
func (*PrivacyAt) Type() Type { return TypePrivacyAt }
