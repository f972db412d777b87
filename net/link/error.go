package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// Kind says what went wrong, for a program to switch on. The values are stable.
type Kind string

// Reaching the server.
const (
	KindUnreachable Kind = "unreachable"  // nothing answers there
	KindRefused     Kind = "refused"      // the machine answers, no server there
	KindTimeout     Kind = "timeout"      // it did not answer in time
	KindUnknownName Kind = "name_unknown" // the host name is unknown
	KindNoRoute     Kind = "no_route"     // this machine has no network
	KindLost        Kind = "lost"         // an established connection broke
	KindRestart     Kind = "restart"      // the server stops and comes back; see RetryAfter
	KindBusy        Kind = "busy"         // the server asks to come back later; see RetryAfter
	KindDisplaced   Kind = "displaced"    // the same device connected elsewhere
)

// What answers is not what was expected.
const (
	KindNotHearth   Kind = "not_hearth"   // something else answers there
	KindTooOld      Kind = "server_old"   // the server is too old for this program
	KindTooNew      Kind = "server_new"   // the server is too new for this program
	KindPinMismatch Kind = "pin_mismatch" // another identity; see Expected and Presented
	KindNotBound    Kind = "not_bound"    // something sits between us and the server
	KindAuthority   Kind = "authority"    // its certificate is of an authority that is not trusted here; see Options.Roots
	KindCertificate Kind = "certificate"  // out of date by the server's own clock
	KindWeakStretch Kind = "weak_stretch" // it asks to make guessing the password cheap, or absurdly dear
)

// Refusals by the server.
const (
	KindExpired        Kind = "auth_expired"    // sign in again; keep all data
	KindRevoked        Kind = "auth_revoked"    // this device was removed
	KindSuspended      Kind = "suspended"       // whoever runs the server has shut the account out
	KindDeleted        Kind = "deleted"         // the account is no more
	KindEnded          Kind = "ended"           // whoever runs the server has ended the group
	KindUnknown        Kind = "auth_unknown"    // the server knows nothing of this device, as after restoring an older backup
	KindWrongPassword  Kind = "password_wrong"  // or the name: nobody says which
	KindInviteUnknown  Kind = "invite_unknown"  //
	KindInviteExpired  Kind = "invite_expired"  //
	KindInviteUsed     Kind = "invite_used"     //
	KindNameTaken      Kind = "name_taken"      //
	KindNameInvalid    Kind = "name_invalid"    // the login name breaks the rules
	KindDisplayInvalid Kind = "display_invalid" // the display name breaks the rules
	KindRejected       Kind = "rejected"        // any other refusal; see Code and Path
)

// Found on this machine before anything was sent.
const (
	KindBadLink        Kind = "link_bad"       // no address, no pin, or no invite secret where one is needed
	KindPasswordShort  Kind = "password_short" // fewer than 15 characters
	KindPasswordLong   Kind = "password_long"  // more than 256 characters
	KindPasswordCommon Kind = "password_common"
	KindPasswordBad    Kind = "password_bad" // characters no password may have, or empty
	KindTooLarge       Kind = "too_large"    // the request exceeds the server's frame limit
	KindFull           Kind = "full"         // too many requests wait already
	KindClosed         Kind = "closed"       // the program ends the connection
	KindInternal       Kind = "internal"     // a fault of ours; the text says more
)

// Error is every error of this package but the refusals of single requests,
// which are *chat.Error.
type Error struct {
	Kind Kind
	// Address is host:port of the server concerned, "" if none.
	Address string
	// Code, Path are the server's, if it refused.
	Code chat.Code
	Path string
	// Expected is the pinned fingerprint and Presented the one that answered;
	// Presented is zero if no identity was shown. KindPinMismatch only.
	Expected, Presented chat.ServerID
	// RetryAfter is how long to wait at least; zero if unsaid.
	RetryAfter time.Duration
	// Err is the cause, may be nil.
	Err error

	// exact says that RetryAfter is a slot of this client's own, to be kept to
	// the moment rather than spread.
	exact bool
}

// Error implements error with plain English for logs and scripts; a window has
// words of its own by kind.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Address != "" {
		b.WriteString(e.Address + ": ")
	}
	b.WriteString(kindText(e.Kind))
	if e.Kind == KindPinMismatch {
		presented := "none"
		if !e.Presented.IsZero() {
			presented = e.Presented.String()
		}
		fmt.Fprintf(&b, " (expected %s, presented %s)", e.Expected, presented)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is compare kinds.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind
}

// Final reports whether trying again without a person's decision is pointless
// or dangerous; [Link.Run] then stops in StateStopped. After [KindSuspended] it looks
// again at long intervals: others may lift it.
func (e *Error) Final() bool {
	switch e.Kind {
	case KindExpired, KindRevoked, KindSuspended, KindDeleted, KindEnded, KindUnknown, KindTooOld, KindTooNew, KindPinMismatch, KindAuthority, KindNotBound, KindBadLink, KindRejected:
		return true
	}
	return false
}

// KindOf returns the kind of err, "" for nil and KindInternal for an error that
// is not of this package.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// kindTexts are the plain words of each kind.
var kindTexts = map[Kind]string{
	KindUnreachable:    "the server cannot be reached",
	KindRefused:        "the machine answers, but no server runs there",
	KindTimeout:        "the server did not answer in time",
	KindUnknownName:    "the host name is unknown",
	KindNoRoute:        "this machine has no network",
	KindLost:           "the connection broke",
	KindRestart:        "the server restarts",
	KindBusy:           "the server asks to come back later",
	KindDisplaced:      "this device connected a second time",
	KindNotHearth:      "what answers is not a Hearth server",
	KindTooOld:         "the server is too old for this program",
	KindTooNew:         "the server is too new for this program",
	KindPinMismatch:    "the server is not the one that was expected",
	KindNotBound:       "the login is not bound to this connection; something may sit in between",
	KindAuthority:      "the server's certificate is of an authority that this machine does not know",
	KindCertificate:    "the server's certificate is out of date by its own clock",
	KindWeakStretch:    "the server demands unsafe parameters for the password",
	KindExpired:        "the session has expired; sign in again",
	KindSuspended:      "whoever runs the server has suspended this account",
	KindDeleted:        "this account was deleted",
	KindEnded:          "whoever runs the server has ended the group",
	KindRevoked:        "this device was removed from the account",
	KindUnknown:        "the server does not know this device",
	KindWrongPassword:  "the name or the password is wrong",
	KindInviteUnknown:  "the server does not know this invite",
	KindInviteExpired:  "the invite has expired",
	KindInviteUsed:     "the invite is used up",
	KindNameTaken:      "the name is taken",
	KindNameInvalid:    "the name is not allowed",
	KindDisplayInvalid: "the display name is not allowed",
	KindRejected:       "the server refused the request",
	KindBadLink:        "the link lacks what is needed here",
	KindPasswordShort:  "the password has fewer than 15 characters",
	KindPasswordLong:   "the password has more than 256 characters",
	KindPasswordCommon: "the password is too easy to guess",
	KindPasswordBad:    "the password is empty or has characters that are not allowed",
	KindTooLarge:       "the request is larger than the server accepts",
	KindFull:           "too many requests are waiting",
	KindClosed:         "the connection was ended here",
	KindInternal:       "something went wrong in this program",
}

func kindText(k Kind) string {
	if t := kindTexts[k]; t != "" {
		return t
	}
	return string(k)
}

// asError makes an *Error of any error; fallback is the kind of one that says
// nothing else.
func asError(err error, address string, fallback Kind) *Error {
	var e *Error
	if errors.As(err, &e) {
		if e.Address == "" && address != "" {
			located := *e
			located.Address = address
			return &located
		}
		return e
	}
	var refusal *chat.Error
	if errors.As(err, &refusal) {
		return fromRefusal(refusal, address)
	}
	return &Error{Kind: networkKind(err, fallback), Address: address, Err: err}
}

// networkKind classifies errors of the operating system and the transport.
func networkKind(err error, fallback Kind) Kind {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return KindClosed
	case errors.As(err, &dns) && dns.IsNotFound:
		return KindUnknownName
	case errors.Is(err, errnoRefused):
		return KindRefused
	case errors.Is(err, errnoNetUnreachable), errors.Is(err, errnoNetDown):
		return KindNoRoute
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, errnoTimedOut), errors.As(err, &netErr) && netErr.Timeout():
		return KindTimeout
	case errors.Is(err, errnoHostUnreachable), dns != nil:
		return KindUnreachable
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, errnoReset), errors.Is(err, errnoAborted), errors.Is(err, syscall.EPIPE):
		return KindLost // it accepted and then hung up
	}
	return fallback
}

// unknownDevice is what a server complains of in an auth from a device that it has never
// had, or has no more since an older backup took the place of its data.
const unknownDevice = "/device"

// fromRefusal makes an *Error of a refusal that ends the way in.
func fromRefusal(r *chat.Error, address string) *Error {
	e := &Error{Kind: KindRejected, Address: address, Code: r.Code, Path: r.Path, RetryAfter: r.RetryAfter, Err: r}
	switch r.Code {
	case chat.CodeAuthFailed:
		e.Kind = KindWrongPassword
	case chat.CodeAuthExpired:
		e.Kind = KindExpired
	case chat.CodeAuthRevoked:
		if e.Kind = KindRevoked; r.Path == unknownDevice {
			e.Kind = KindUnknown
		}
	case chat.CodeAccountSuspended:
		e.Kind = KindSuspended
	case chat.CodeAccountDeleted:
		e.Kind = KindDeleted
	case chat.CodeAuthBindingMismatch:
		e.Kind = KindNotBound
	case chat.CodeVersionUnsupported:
		e.Kind = KindTooNew
	case chat.CodeInviteUnknown:
		e.Kind = KindInviteUnknown
	case chat.CodeInviteExpired:
		e.Kind = KindInviteExpired
	case chat.CodeInviteUsed:
		e.Kind = KindInviteUsed
	case chat.CodeNameTaken:
		e.Kind = KindNameTaken
	case chat.CodeRateLimited, chat.CodeBusy, chat.CodeCapacityConnections, chat.CodeCapacityDisk, chat.CodeInternal:
		e.Kind = KindBusy
	case chat.CodeTimeout, chat.CodeIdleTimeout, chat.CodeSlowConsumer:
		e.Kind = KindLost
	case chat.CodeBadValue, chat.CodeTooLong, chat.CodeEmpty, chat.CodeMissingField:
		switch {
		case strings.HasSuffix(r.Path, "/display"):
			e.Kind = KindDisplayInvalid
		case strings.HasSuffix(r.Path, "/name") && !strings.Contains(r.Path, "/device"):
			e.Kind = KindNameInvalid
		}
	}
	return e
}

// fromClose makes an *Error of the way a connection ended.
func fromClose(err error, address string) *Error {
	status := websocket.CloseStatus(err)
	if status < 0 {
		return &Error{Kind: KindLost, Address: address, Err: err}
	}
	e := &Error{Kind: KindLost, Address: address, Err: err}
	switch code := wire.CloseCode(status); {
	case code == wire.CloseRestart:
		e.Kind = KindRestart
	case code == wire.CloseBusy:
		e.Kind = KindBusy
	case code == wire.CloseDisplaced:
		e.Kind = KindDisplaced
	case code == wire.CloseAuthExpired:
		e.Kind = KindExpired
	case code == wire.CloseAuthRevoked:
		e.Kind = KindRevoked
	case code == wire.CloseSuspended:
		e.Kind = KindSuspended
	case code == wire.CloseDeleted:
		e.Kind = KindDeleted
	case code == wire.CloseVersion:
		e.Kind = KindTooNew
	case code == wire.CloseBinding:
		e.Kind = KindNotBound
	case !code.ComeBack():
		e.Kind = KindRejected
	}
	return e
}

// maxSlot bounds what a server may ask a client to wait.
const maxSlot = 10 * time.Minute

// displacedWait keeps two copies of one profile from fighting.
const displacedWait = 30 * time.Second

// fromGoodbye makes an *Error of a close that was announced.
func fromGoodbye(g *wire.Goodbye, address string) *Error {
	after := min(max(time.Duration(g.AfterMS)*time.Millisecond, 0), maxSlot)
	e := &Error{Kind: KindLost, Address: address, RetryAfter: after, exact: after > 0, Err: errors.New("goodbye: " + clipName(g.Reason, 64))}
	switch g.Reason {
	case wire.GoodbyeRestart:
		e.Kind = KindRestart
	case wire.GoodbyeEnded:
		e.Kind, e.RetryAfter, e.exact = KindEnded, 0, false
	case wire.GoodbyeDisplaced:
		e.Kind, e.RetryAfter = KindDisplaced, max(after, displacedWait)
	}
	return e
}
