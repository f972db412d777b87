package chat

import (
	"errors"
	"fmt"
	"time"
)

// Code is the stable name of an error that crosses the network. Programs act on
// the code; people read the message.
type Code string

// The error codes of version 1, by class. docs/protocol.md says for each when it
// occurs and what a client should do.
const (
	// Input: the request was not understood; nothing changed.
	CodeBadJSON         Code = "bad_json"
	CodeBadUTF8         Code = "bad_utf8"
	CodeDuplicateKey    Code = "duplicate_key"
	CodeTooDeep         Code = "too_deep"
	CodeMissingField    Code = "missing_field"
	CodeBadType         Code = "bad_type"
	CodeOutOfRange      Code = "out_of_range"
	CodeBadValue        Code = "bad_value"
	CodeTooLong         Code = "too_long"
	CodeEmpty           Code = "empty"
	CodeUnknownType     Code = "unknown_type"
	CodeUnknownKind     Code = "unknown_kind"
	CodePayloadTooLarge Code = "payload_too_large"

	// Permission.
	CodeForbidden Code = "forbidden"
	CodeNotMember Code = "not_member"
	CodeRoomGone  Code = "room_gone"
	// CodeRemoved: the owner of the room has removed whoever wants in.
	CodeRemoved Code = "removed"
	// CodeReadOnly: the room is archived.
	CodeReadOnly Code = "read_only"

	// Order and idempotency.
	CodeIDConflict Code = "send.id_conflict"
	CodeOrderGap   Code = "send.order_gap"
	CodeOrderStale Code = "send.order_stale"
	CodeNameTaken  Code = "name.taken"
	// CodeRoomExists: the direct room that is to be created is there already, with the
	// same members. What was wanted is so.
	CodeRoomExists Code = "room.exists"
	// CodeMessageGone: the message that a change names is not there (any more).
	CodeMessageGone Code = "message.gone"
	// CodeMemberGone: whoever is to be removed from a room is not in it, or was removed
	// already. What was wanted is so.
	CodeMemberGone Code = "member.gone"
	// CodeFileGone: a message names content that its author has not uploaded.
	CodeFileGone Code = "file.gone"

	// Load.
	CodeRateLimited         Code = "rate_limited"
	CodeBusy                Code = "busy"
	CodeCapacityConnections Code = "capacity.connections"
	CodeCapacityDisk        Code = "capacity.disk"
	CodeLimitReached        Code = "limit.reached" // rooms per account, members per room, devices per account

	// Invites.
	CodeInviteUnknown Code = "invite.unknown"
	CodeInviteExpired Code = "invite.expired"
	CodeInviteUsed    Code = "invite.used"

	// Session; the connection closes after the frame (auth.failed: the third time).
	CodeAuthRequired        Code = "auth.required"
	CodeAuthFailed          Code = "auth.failed"
	CodeAuthExpired         Code = "auth.expired"
	CodeAuthRevoked         Code = "auth.revoked"
	CodeAuthBindingMismatch Code = "auth.binding_mismatch"
	// CodeAccountSuspended: whoever runs the server has shut the account out;
	// CodeAccountDeleted: it is no more. Only its own devices are told.
	CodeAccountSuspended Code = "account.suspended"
	CodeAccountDeleted   Code = "account.deleted"

	// Protocol; the connection closes after the frame.
	CodeVersionUnsupported Code = "version_unsupported"
	CodeFrameType          Code = "frame_type"
	CodeIdleTimeout        Code = "idle_timeout"
	CodeSlowConsumer       Code = "slow_consumer"
	CodeTimeout            Code = "timeout"
	CodeInternal           Code = "internal"
)

// Error is a refusal with a code, as it crosses the network and as the client
// core reports it.
type Error struct {
	Code Code
	// Path is a JSON Pointer (RFC 6901) to the offending field, "" if none.
	Path string
	// Message is plain English for logs and scripts; the window shows its own
	// words by code.
	Message string
	// Retryable says that the same request may succeed later.
	Retryable bool
	// RetryAfter is how long to wait before that, zero if unsaid.
	RetryAfter time.Duration
	// Fatal says that the connection closes after this error.
	Fatal bool
	// Next is the device sequence the server expects (order_gap, order_stale).
	Next uint64
}

// Error implements error.
func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s at %s: %s", e.Code, e.Path, e.Message)
}

// Is makes errors.Is compare codes.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// Errorf returns an error with a code, the path of the offending field and a message.
func Errorf(code Code, path, format string, args ...any) *Error {
	return &Error{Code: code, Path: path, Message: fmt.Sprintf(format, args...), Retryable: code.Retryable(), Fatal: code.Fatal()}
}

// CodeOf returns the code of err, CodeInternal if it has none and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Retryable reports whether a request refused with this code may succeed later unchanged.
func (c Code) Retryable() bool {
	switch c {
	case CodeOrderGap, CodeRateLimited, CodeBusy, CodeCapacityConnections, CodeCapacityDisk,
		CodeIdleTimeout, CodeSlowConsumer, CodeTimeout, CodeInternal:
		return true
	}
	return false
}

// Fatal reports whether the connection closes after an error with this code.
func (c Code) Fatal() bool {
	switch c {
	case CodeAuthRequired, CodeAuthExpired, CodeAuthRevoked, CodeAuthBindingMismatch, CodeAccountSuspended, CodeAccountDeleted,
		CodeVersionUnsupported, CodeFrameType, CodeIdleTimeout, CodeSlowConsumer, CodeTimeout:
		return true
	}
	return false
}
