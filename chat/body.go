package chat

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
)

// Kinds that are reserved for what comes next. A version 1 server refuses them
// as unknown; they are named here so that nobody uses the words for other things:
// message.edit, message.delete, reaction.add, reaction.remove, pin.add,
// pin.remove, role.set, room.archive, sealed.

// Body is the decoded form of an event's body: one of the types below, by value.
type Body interface{ body() }

// Text is a message people write. Unknown members of the JSON object (replies,
// files, threads of later versions) stay in the stored bytes.
type Text struct {
	Text string `json:"text"`
}

// Access says who may join a room.
type Access string

// Access values.
const (
	AccessOpen   Access = "open"   // every account of the server may find and join it
	AccessClosed Access = "closed" // people are added by members
)

// History says what a newcomer sees of the past.
type History string

// History values. HistoryJoined is reserved: a version 1 server refuses it.
const (
	HistoryAll    History = "all"    // everything since the room was created
	HistoryJoined History = "joined" // from joining on
)

// RoomCreate founds a room. Members are accounts that the creator adds at once;
// for each of them, and for the creator, the server appends a join of its own.
type RoomCreate struct {
	Name    string      `json:"name"`
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

// Name tells a room that its author shows another display name from here on.
type Name struct {
	Display string `json:"display"`
}

// Rename gives the room another name.
type Rename struct {
	Name string `json:"name"`
}

// Topic gives the room another topic; empty removes it.
type Topic struct {
	Topic string `json:"topic"`
}

// Unknown is the body of a kind this program does not know.
type Unknown struct{}

func (Text) body()       {}
func (RoomCreate) body() {}
func (Join) body()       {}
func (Leave) body()      {}
func (Name) body()       {}
func (Rename) body()     {}
func (Topic) body()      {}
func (Unknown) body()    {}
