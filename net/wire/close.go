package wire

import "hearth/chat"

// CloseCode is a WebSocket close code (RFC 6455 section 7.4). The application
// range says what to do: 4000 to 4499 come back, 4500 to 4999 do not. The range
// decides, so that an old client reacts properly to a new code.
type CloseCode int

// Close codes in use.
const (
	CloseNormal   CloseCode = 1000
	CloseTooBig   CloseCode = 1009
	CloseInternal CloseCode = 1011
	CloseRestart  CloseCode = 1012

	CloseIdle      CloseCode = 4001
	CloseSlow      CloseCode = 4002
	CloseBusy      CloseCode = 4003
	CloseTimeout   CloseCode = 4004
	CloseDisplaced CloseCode = 4010 // after 30 s at the earliest

	CloseAuthFailed  CloseCode = 4500
	CloseAuthExpired CloseCode = 4501
	CloseAuthRevoked CloseCode = 4502
	CloseVersion     CloseCode = 4503
	CloseBinding     CloseCode = 4504
	CloseProtocol    CloseCode = 4505
	CloseSuspended   CloseCode = 4506
	CloseDeleted     CloseCode = 4507
)

// ComeBack reports whether a client may reconnect by itself after this code.
func (c CloseCode) ComeBack() bool { return c < 4500 }

// CloseFor returns the close code that follows a fatal error.
func CloseFor(code chat.Code) CloseCode {
	switch code {
	case chat.CodeAuthFailed, chat.CodeAuthRequired:
		return CloseAuthFailed
	case chat.CodeAuthExpired:
		return CloseAuthExpired
	case chat.CodeAuthRevoked:
		return CloseAuthRevoked
	case chat.CodeAccountSuspended:
		return CloseSuspended
	case chat.CodeAccountDeleted:
		return CloseDeleted
	case chat.CodeAuthBindingMismatch:
		return CloseBinding
	case chat.CodeVersionUnsupported:
		return CloseVersion
	case chat.CodeIdleTimeout:
		return CloseIdle
	case chat.CodeSlowConsumer:
		return CloseSlow
	case chat.CodeTimeout:
		return CloseTimeout
	case chat.CodeBusy, chat.CodeCapacityConnections:
		return CloseBusy
	case chat.CodeInternal:
		return CloseInternal
	}
	return CloseProtocol
}
