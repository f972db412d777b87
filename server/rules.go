package server

import (
	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// Standing is what an account is to a room.
type Standing string

// Standings.
const (
	StandingOwner    Standing = "owner"
	StandingMember   Standing = "member"
	StandingFormer   Standing = "former"   // left
	StandingRemoved  Standing = "removed"  // by the room's owner
	StandingOutsider Standing = "outsider" // never was in
)

// Operation is something an account may want with a room.
type Operation string

// Operations.
const (
	OpMessage  Operation = "message"
	OpJoin     Operation = "join" // oneself
	OpAdd      Operation = "add"  // somebody else
	OpLeave    Operation = "leave"
	OpRemove   Operation = "remove"  // somebody else
	OpReadmit  Operation = "readmit" // add somebody who was removed
	OpRename   Operation = "rename"
	OpTopic    Operation = "topic"
	OpArchive  Operation = "archive"  // and take it back
	OpKeep     Operation = "keep"     // for how long
	OpReadings Operation = "readings" // whether others see how far one has read
	OpHistory  Operation = "history"  // what newcomers see
	OpRead     Operation = "read"     // history, chains

	// To a message: one's own with edit and delete, anybody's with the others.
	OpEdit        Operation = "edit"
	OpEditOther   Operation = "edit of another's"
	OpDelete      Operation = "delete"
	OpDeleteOther Operation = "delete of another's"
	OpReact       Operation = "react" // and take it back
	OpPin         Operation = "pin"   // and take it off

	OpMark   Operation = "mark"   // how far oneself has read
	OpTyping Operation = "typing" // to say so, and to be told
	OpWatch  Operation = "watch"  // who is there, how far others have read, what they show
)

// verdict says in which rooms, by their access, an operation is allowed.
type verdict struct{ open, closed, direct bool }

var (
	everywhere = verdict{open: true, closed: true, direct: true}
	notDirect  = verdict{open: true, closed: true} // who is in a direct room, and what it is called, never changes
	openOnly   = verdict{open: true}
	nowhere    = verdict{}
)

// rules is the one table of who may do what in a room. What is not in it is
// refused, and every case is in it: a test looks.
var rules = map[Operation]map[Standing]verdict{
	OpMessage:  {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpJoin:     {StandingOwner: nowhere, StandingMember: nowhere, StandingFormer: openOnly, StandingRemoved: nowhere, StandingOutsider: openOnly},
	OpAdd:      {StandingOwner: notDirect, StandingMember: notDirect, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpLeave:    {StandingOwner: notDirect, StandingMember: notDirect, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpRemove:   {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpReadmit:  {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpRename:   {StandingOwner: notDirect, StandingMember: notDirect, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpTopic:    {StandingOwner: notDirect, StandingMember: notDirect, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpArchive:  {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpKeep:     {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpReadings: {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpHistory:  {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpRead:     {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},

	OpEdit:        {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpEditOther:   {StandingOwner: nowhere, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpDelete:      {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpDeleteOther: {StandingOwner: notDirect, StandingMember: nowhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpReact:       {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpPin:         {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},

	OpMark:   {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpTyping: {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
	OpWatch:  {StandingOwner: everywhere, StandingMember: everywhere, StandingFormer: nowhere, StandingRemoved: nowhere, StandingOutsider: nowhere},
}

// asleep is the one table of what is still done in archived rooms, by whom it is
// allowed at all.
var asleep = map[Operation]bool{
	OpMessage: false, OpJoin: false, OpAdd: false, OpLeave: true, OpRemove: true, OpReadmit: false, OpRename: false, OpTopic: false, OpArchive: true, OpKeep: true, OpReadings: true, OpHistory: true, OpRead: true,
	OpEdit: false, OpEditOther: false, OpDelete: false, OpDeleteOther: false, OpReact: false, OpPin: false,
	OpMark: true, OpTyping: false, OpWatch: true,
}

// past is from where on somebody reads a room.
type past string

const (
	pastOwn  past = "own" // from where the rule that they joined under has it begin
	pastNone past = ""
)

// pasts is the one table of from where on who reads a room (docs/adr/0027, 0042). Who has
// left reads up to there.
var pasts = map[Standing]past{
	StandingOwner: pastOwn, StandingMember: pastOwn, StandingFormer: pastOwn, StandingRemoved: pastOwn, StandingOutsider: pastNone,
}

// begins returns the first place of a room's log that an account may ever be shown, as
// it may see it and it is kept; beyond every log if there is none.
func begins(state *chat.Room, account chat.AccountID) chat.Seq {
	from := sees(state, account)
	if from == nowhereSeq {
		return from
	}
	return max(from, state.Purged+1)
}

// beginning is begins, and why it does not begin before.
func beginning(state *chat.Room, account chat.AccountID) (begin chat.Seq, reason string) {
	if begin = begins(state, account); begin > sees(state, account) {
		return begin, wire.VoidPurged
	}
	return begin, wire.VoidNotVisible
}

// sees is begins, wherever the log itself begins.
func sees(state *chat.Room, account chat.AccountID) chat.Seq {
	if state == nil {
		return nowhereSeq
	}
	if pasts[standing(state, account)] == pastOwn {
		if fault.Bug(fault.HistoryReopened) && state.History == chat.HistoryAll {
			return 1
		}
		if from, known := state.Begins(account); known {
			return from
		}
	}
	return nowhereSeq
}

// nowhereSeq lies behind every log.
const nowhereSeq chat.Seq = wire.MaxNumber + 1

// Allowed reports whether an account of the given standing may do op in a room.
func Allowed(op Operation, s Standing, a chat.Access) bool {
	switch v := rules[op][s]; a {
	case chat.AccessOpen:
		return v.open
	case chat.AccessClosed:
		return v.closed
	case chat.AccessDirect:
		return v.direct
	}
	return false
}

// SessionState is how far a connection is.
type SessionState string

// Session states.
const (
	SessionStranger SessionState = "stranger" // nothing is proven
	SessionReady    SessionState = "ready"
	SessionRemoved  SessionState = "removed" // its device was removed; the connection is ending
)

// wayIn and inside are the two kinds of requests there are: a removed device is
// answered nothing at all.
var (
	wayIn  = map[SessionState]bool{SessionStranger: true, SessionReady: false, SessionRemoved: false}
	inside = map[SessionState]bool{SessionStranger: false, SessionReady: true, SessionRemoved: false}
)

// requests is the one table of what may be asked on which connection.
var requests = map[wire.Type]map[SessionState]bool{
	wire.TypeInviteCheck: wayIn,
	wire.TypeRegister:    wayIn,
	wire.TypeReset:       wayIn,
	wire.TypeRecover:     wayIn,
	wire.TypeLoginBegin:  wayIn,
	wire.TypeLoginFinish: wayIn,
	wire.TypeAuth:        wayIn,

	wire.TypeHeartbeat:  inside,
	wire.TypeSync:       inside,
	wire.TypeSend:       inside,
	wire.TypeSendStatus: inside,
	wire.TypeHistory:    inside,
	wire.TypeChains:     inside,
	wire.TypeHeads:      inside,
	wire.TypeProfile:    inside,
	wire.TypePeople:     inside,
	wire.TypeRooms:      inside,

	wire.TypeInviteCreate:       inside,
	wire.TypeInviteList:         inside,
	wire.TypeInviteRevoke:       inside,
	wire.TypeDeviceList:         inside,
	wire.TypeDeviceRevoke:       inside,
	wire.TypeDeviceRevokeOthers: inside,
	wire.TypePasswordBegin:      inside,
	wire.TypePasswordSet:        inside,
	wire.TypeRecoverySet:        inside,
	wire.TypeAccountDelete:      inside,

	wire.TypeRead:       inside,
	wire.TypeTyping:     inside,
	wire.TypeFilesToken: inside,
	wire.TypePresence:   inside,
	wire.TypePrivacySet: inside,
	wire.TypeBlockSet:   inside,

	wire.TypeAvatarSet: inside,
	wire.TypeAvatarGet: inside,
	wire.TypeStatusSet: inside,
	wire.TypeCards:     inside,
}

// Admitted reports whether a request may be made on a connection in that state.
func Admitted(t wire.Type, s SessionState) bool { return requests[t][s] }

// Transfer is something that may be wanted with a content, by HTTP.
type Transfer string

// Transfers.
const (
	TransferCreate Transfer = "create" // an upload
	TransferState  Transfer = "state"  // of an upload
	TransferPiece  Transfer = "piece"  // of an upload
	TransferCancel Transfer = "cancel" // an upload
	TransferFetch  Transfer = "fetch"  // a content, out of a room
)

// transferRule says with the token of which connection a transfer is made, and
// what its account must be allowed in the room that it names. Without an operation
// it is about one's own uploads, and no room is named.
type transferRule struct {
	states map[SessionState]bool
	room   Operation
}

// transfers is the one table of who may do what with contents.
var transfers = map[Transfer]transferRule{
	TransferCreate: {states: inside},
	TransferState:  {states: inside},
	TransferPiece:  {states: inside},
	TransferCancel: {states: inside},
	TransferFetch:  {states: inside, room: OpRead},
}

// AdmittedTransfer reports whether a transfer may be made with the token of a
// connection in that state.
func AdmittedTransfer(t Transfer, s SessionState) bool { return transfers[t].states[s] }

// standing of an account in a room's state.
func standing(state *chat.Room, account chat.AccountID) Standing {
	if m, ok := state.Members[account]; ok {
		if m.Role == chat.RoleOwner {
			return StandingOwner
		}
		return StandingMember
	}
	if m, was := state.Former[account]; was {
		if m.Removed {
			return StandingRemoved
		}
		return StandingFormer
	}
	return StandingOutsider
}

// within reports whether an account of that standing is in the room.
func within(s Standing) bool { return s == StandingOwner || s == StandingMember }

// permit answers with the error a refused operation gets.
func permit(op Operation, state *chat.Room, account chat.AccountID) *chat.Error {
	s := standing(state, account)
	if Allowed(op, s, state.Access) {
		if state.Archived && !asleep[op] {
			return chat.Errorf(chat.CodeReadOnly, "/room", "the room is archived")
		}
		return nil
	}
	if !within(s) && state.Access == chat.AccessDirect {
		return noRoom() // whether two others talk is nobody's business
	}
	if s == StandingRemoved && op == OpJoin {
		return chat.Errorf(chat.CodeRemoved, "/room", "you were removed from this room; an owner of it can add you again")
	}
	if !within(s) && op != OpJoin {
		return chat.Errorf(chat.CodeNotMember, "/room", "you are not in this room")
	}
	if op == OpReadmit && state.Access != chat.AccessDirect {
		return chat.Errorf(chat.CodeRemoved, "/body/account", "the room's owner removed them; an owner can add them again")
	}
	return chat.Errorf(chat.CodeForbidden, "/kind", "that is not allowed in this room")
}

// noRoom is the answer about rooms that are not there.
func noRoom() *chat.Error { return chat.Errorf(chat.CodeRoomGone, "/room", "there is no such room") }
