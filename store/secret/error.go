package secret

import "errors"

// Kind says what a failure means for the person.
type Kind string

// The kinds.
const (
	KindLocked          Kind = "locked"           // the keyring is locked or its prompt was dismissed: unlock, try again
	KindSlow            Kind = "slow"             // no answer within the limit (an open prompt, a stalled bus): try again
	KindAbsent          Kind = "absent"           // there is no keyring to ask: offer the vault or a memory-only session
	KindUnreadable      Kind = "unreadable"       // something is stored, but it is not what we wrote
	KindNotFound        Kind = "not_found"        // it works and holds nothing under this name; not "logged out" by itself
	KindWrongPassphrase Kind = "wrong_passphrase" // the vault opens with another passphrase
	KindRefused         Kind = "refused"          // the keyring or file system refused for another reason
)

// Sentinels, for errors.Is.
var (
	ErrNotFound        = &Error{Kind: KindNotFound}
	ErrWrongPassphrase = &Error{Kind: KindWrongPassphrase}
)

// Error is a failure to reach a secret. Its text never contains one.
type Error struct {
	Kind Kind
	Op   string // "load", "save", "delete"
	Err  error  // the cause; may be nil
}

var kindTexts = map[Kind]string{
	KindLocked:          "the keyring is locked",
	KindSlow:            "the keyring did not answer in time",
	KindAbsent:          "there is no keyring on this system",
	KindUnreadable:      "the stored secret is damaged",
	KindNotFound:        "no secret is stored for this device",
	KindWrongPassphrase: "the passphrase is wrong",
	KindRefused:         "the secret could not be stored or read",
}

// Error implements error.
func (e *Error) Error() string {
	text := kindTexts[e.Kind]
	if e.Op != "" {
		text = e.Op + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is compares kinds with the sentinels.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Op == "" && t.Err == nil && t.Kind == e.Kind
}

// Retryable reports whether the same call may succeed later without any choice
// of the person but unlocking.
func (e *Error) Retryable() bool { return e.Kind == KindLocked || e.Kind == KindSlow }

// KindOf returns the kind of err, "" if it is not an *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
