package wire

import "hearth/chat"

// Type names a frame's type, the member "t".
type Type string

// Frame types the client sends.
const (
	TypeInviteCheck  Type = "invite.check"
	TypeRegister     Type = "register"
	TypeLoginBegin   Type = "login.begin"
	TypeLoginFinish  Type = "login.finish"
	TypeAuth         Type = "auth"
	TypeSync         Type = "sync"
	TypeSend         Type = "send"
	TypeSendStatus   Type = "send.status"
	TypeHistory      Type = "history"
	TypeChains       Type = "chains"
	TypeHeads        Type = "heads"
	TypeHeartbeat    Type = "hb"
	TypeProfile      Type = "profile"
	TypePeople       Type = "people"
	TypeRooms        Type = "rooms"
	TypeReset        Type = "reset"
	TypeRecover      Type = "recover"
	TypeInviteCreate Type = "invite.create"
	TypeInviteList   Type = "invite.list"
	TypeInviteRevoke Type = "invite.revoke"

	TypeDeviceList         Type = "device.list"
	TypeDeviceRevoke       Type = "device.revoke"
	TypeDeviceRevokeOthers Type = "device.revoke_others"
	TypePasswordBegin      Type = "password.begin"
	TypePasswordSet        Type = "password.set"
	TypeRecoverySet        Type = "recovery.set"
	TypeAccountDelete      Type = "account.delete"

	TypeRead       Type = "read"
	TypeTyping     Type = "typing"
	TypePresence   Type = "presence"
	TypePrivacySet Type = "privacy.set"
	TypeBlockSet   Type = "block.set"

	TypeFilesToken Type = "files.token"

	TypeAvatarSet Type = "avatar.set"
	TypeAvatarGet Type = "avatar.get"
	TypeStatusSet Type = "status.set"
	TypeCards     Type = "cards"
)

// Frame types the server sends.
const (
	TypeHello          Type = "hello"
	TypeInviteInfo     Type = "invite.info"
	TypeLoginChallenge Type = "login.challenge"
	TypeReady          Type = "ready"
	TypeSyncStarted    Type = "sync.started"
	TypeEvents         Type = "events"
	TypeVoid           Type = "void"
	TypeSnapshot       Type = "snapshot"
	TypeLive           Type = "live"
	TypeLag            Type = "lag"
	TypeAck            Type = "ack"
	TypeSendState      Type = "send.state"
	TypeHistoryPage    Type = "history.page"
	TypeChainsAt       Type = "chains.at"
	TypeHeadsAt        Type = "heads.at"
	TypeHeartbeatOK    Type = "hb.ok"
	TypePeopleList     Type = "people.list"
	TypeRoomsList      Type = "rooms.list"
	TypeInviteCreated  Type = "invite.created"
	TypeInvites        Type = "invites"
	TypeOK             Type = "ok"
	TypeError          Type = "error"
	TypeGoodbye        Type = "goodbye"

	TypeDevices           Type = "devices"
	TypeDeviceAdded       Type = "device.added"
	TypePasswordChallenge Type = "password.challenge"
	TypePasswordChanged   Type = "password.changed"
	TypeRecoveryChanged   Type = "recovery.changed"
	TypeAccountDeleted    Type = "account.deleted"
	TypeRecoveryReplaced  Type = "recovery.replaced"

	TypeReadAt     Type = "read.at"
	TypeReadBy     Type = "read.by"
	TypeTypingAt   Type = "typing.at"
	TypePresenceAt Type = "presence.at"

	TypePresenceList Type = "presence.list"
	TypePrivacyAt    Type = "privacy.at"
	TypeBlocksAt     Type = "blocks.at"

	TypeFilesGrant Type = "files.grant"

	TypeCardsList Type = "cards.list"
	TypeCardAt    Type = "card.at"
	TypeAvatar    Type = "avatar"
)

// Frame is one message of the protocol.
type Frame interface{ Type() Type }

// Request is a frame of the client; it has exactly one answer.
type Request interface {
	Frame
	// RequestID is the number the answer repeats; never 0.
	RequestID() uint64
	// SetRequestID numbers the request before it is sent.
	SetRequestID(id uint64)
	// Check reports the first member that is missing or out of range. Limits
	// that the operator sets are checked by the server beyond this.
	Check() *chat.Error
}

// Reply is a frame of the server that answers a request.
type Reply interface {
	Frame
	// ReplyTo is the id of the request; 0 in an error that answers none.
	ReplyTo() uint64
}

// Req is embedded in every request.
type Req struct {
	ID uint64 `json:"id"`
}

// RequestID implements Request.
func (r *Req) RequestID() uint64 { return r.ID }

// SetRequestID implements Request.
func (r *Req) SetRequestID(id uint64) { r.ID = id }

// Rep is embedded in every reply.
type Rep struct {
	Re uint64 `json:"re,omitzero"`
}

// ReplyTo implements Reply.
func (r *Rep) ReplyTo() uint64 { return r.Re }
