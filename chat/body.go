package chat

import "slices"

// Kind says what an event's body means. Kinds are short lower-case words with
// dots; the set grows, and a reader that meets an unknown one keeps it verbatim.
type Kind string

// The kinds of version 1.
const (
	KindMessage    Kind = "message"     // Text
	KindRoomCreate Kind = "room.create" // RoomCreate; always sequence 1
	KindJoin       Kind = "member.join" // Join
	KindLeave      Kind = "member.leave"
	KindName       Kind = "member.name" // Name: somebody changed their display name
	KindRename     Kind = "room.rename" // Rename
	KindTopic      Kind = "room.topic"  // Topic
	KindArchive    Kind = "room.archive"
	KindRemove     Kind = "member.remove" // Remove: its owner takes somebody out of a room
	KindRole       Kind = "role.set"      // SetRole: the server's; see there
	KindKeep       Kind = "room.keep"     // Keep
	KindReadings   Kind = "room.readings" // Readings
	KindHistory    Kind = "room.history"  // SetHistory
	KindPurge      Kind = "room.purge"    // Purge: the server tells what it no longer keeps
	KindGone       Kind = "member.delete" // Gone: an account was deleted; the server's

	// Changes to a message that is in the log; see change.go.
	KindEdit           Kind = "message.edit"    // Edit
	KindDelete         Kind = "message.delete"  // Delete
	KindReactionAdd    Kind = "reaction.add"    // Reaction
	KindReactionRemove Kind = "reaction.remove" // Unreaction
	KindPinAdd         Kind = "pin.add"         // Pin
	KindPinRemove      Kind = "pin.remove"      // Unpin
)

// Kinds that are reserved for what comes next. A version 1 server refuses them
// as unknown; they are named here so that nobody uses the words for other things:
// sealed.

// Body is the decoded form of an event's body: one of the types below, by value.
type Body interface{ body() }

// Text is a message people write. Unknown members of the JSON object (threads of
// later versions) stay in the stored bytes.
type Text struct {
	Text string `json:"text"`
	// Reply is the message of the same room that this one answers; 0: none.
	Reply    Seq       `json:"reply,omitzero"`
	Mentions *Mentions `json:"mentions,omitempty"`
	Forward  *Forward  `json:"forward,omitempty"`
	// Files are shown below the text, which may then be empty.
	Files []File `json:"files,omitempty"`
}

// Mentions are those whom a message calls. In the text they stand as "@name" with
// the login name, and "@room"; without an entry here such a word is only a word.
type Mentions struct {
	Accounts []AccountID `json:"accounts,omitempty"`
	Room     bool        `json:"room,omitempty"` // everybody in the room
}

// Has reports whether an account is called, by name or with everybody.
func (m *Mentions) Has(a AccountID) bool {
	return m != nil && (m.Room || slices.Contains(m.Accounts, a))
}

// Forward says whose words a message passes on. It is a claim of whoever forwards,
// as a quotation is: nobody has checked it, and it is shown as such.
type Forward struct {
	Account AccountID `json:"account,omitzero"` // zero: not known
	Name    string    `json:"name"`             // display name at that time
	Time    int64     `json:"time"`             // of the original, milliseconds
}

// Access says who may join a room.
type Access string

// Access values.
const (
	AccessOpen   Access = "open"   // every account of the server may find and join it
	AccessClosed Access = "closed" // people are added by members
	AccessDirect Access = "direct" // a conversation of a few: the members never change; see DirectRoom
)

// History says what a newcomer sees of the past.
type History string

// History values. A change counts for who joins behind it (docs/adr/0042).
const (
	HistoryAll    History = "all"    // everything since the room was created, or since it is so again
	HistoryJoined History = "joined" // from joining on; not in direct rooms
)

// RoomCreate founds a room. Members are accounts that the creator adds at once;
// for each of them, and for the creator, the server appends a join of its own. A
// direct room has neither name nor topic nor owner.
type RoomCreate struct {
	Name    string      `json:"name,omitempty"`
	Topic   string      `json:"topic,omitempty"`
	Access  Access      `json:"access"`
	History History     `json:"history"`
	Members []AccountID `json:"members,omitempty"`
}

// Role is a person's standing in a room.
type Role string

// Roles of version 1.
const (
	RoleOwner  Role = "owner"
	RoleMember Role = "member"
)

// Join brings an account into a room. A client sends only Account (empty: the
// sender); the server stores the body with the rest filled in, so that a log
// explains itself without any directory.
type Join struct {
	Account AccountID `json:"account,omitzero"`
	Name    string    `json:"name,omitempty"`    // login name at that time
	Display string    `json:"display,omitempty"` // display name at that time
	Role    Role      `json:"role,omitempty"`
}

// Leave takes an account out of a room. Account is set by the server and equals
// the author in version 1.
type Leave struct {
	Account AccountID `json:"account,omitzero"`
}

// Remove takes somebody else out of a room. It holds: whoever was removed comes back
// only if an owner of the room adds them (docs/adr/0039).
type Remove struct {
	Account AccountID `json:"account"`
}

// SetRole gives a member another role. Only the server says it, so that no room is left
// without anybody who may act: where the last owner has gone, the one who has been a
// member for the longest time becomes owner.
type SetRole struct {
	Account AccountID `json:"account"`
	Role    Role      `json:"role"`
}

// Gone says that an account was deleted, in each room that it was ever in: it is no
// member any more, and nobody knows its names from then on (docs/adr/0039).
type Gone struct {
	Account AccountID `json:"account"`
}

// Name tells a room that its author shows another display name from here on.
type Name struct {
	Display string `json:"display"`
	Was     string `json:"was,omitzero"` // before; "" in logs of servers that did not say it
}

// Rename gives the room another name.
type Rename struct {
	Name string `json:"name"`
}

// Topic gives the room another topic; empty removes it.
type Topic struct {
	Topic string `json:"topic"`
}

// Archive closes a room for writing, or opens it again.
type Archive struct {
	Archived bool `json:"archived"`
}

// Keep says how long the server keeps what is written in the room (docs/adr/0038).
type Keep struct {
	Days int `json:"days"` // 0: for ever, as far as the server allows
}

// MaxKeepDays is the longest time but for ever: a hundred years.
const MaxKeepDays = 36_500

// Readings says whether members of the room are told how far others have read.
type Readings struct {
	Hidden bool `json:"hidden"`
}

// SetHistory says what newcomers see from here on. Who is in the room keeps what they see,
// and nobody ever sees more of what was written before (docs/adr/0042).
type SetHistory struct {
	History History `json:"history"`
}

// Purge says that from here on the server has nothing up to and including a place. Only
// the server says so.
type Purge struct {
	Seq Seq `json:"seq"`
}

// Unknown is the body of a kind this program does not know.
type Unknown struct{}

func (Text) body()       {}
func (RoomCreate) body() {}
func (Join) body()       {}
func (Leave) body()      {}
func (Remove) body()     {}
func (SetRole) body()    {}
func (Gone) body()       {}
func (Name) body()       {}
func (Rename) body()     {}
func (Topic) body()      {}
func (Archive) body()    {}
func (Keep) body()       {}
func (Readings) body()   {}
func (SetHistory) body() {}
func (Purge) body()      {}
func (Edit) body()       {}
func (Delete) body()     {}
func (Reaction) body()   {}
func (Unreaction) body() {}
func (Pin) body()        {}
func (Unpin) body()      {}
func (Unknown) body()    {}
