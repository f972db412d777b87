// Package stretch turns passwords into what the protocol needs: the rules for a
// new password, its normal form, the argon2id stretch, the SCRAM-SHA-256
// verifier and the client's side of a SCRAM-SHA-256-PLUS login. It owns no
// secret: what it is given the caller wipes, what it returns too. It must never
// log, store or put into an error any part of a password, and it does no I/O.
// Copies that the libraries make inside (of the stretched form, as a string)
// cannot be wiped in Go; they are left to the garbage collector.
package stretch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"
)

// Rules for passwords, in characters of the normal form.
const (
	MinChars = 15 // for a password that is the only factor
	MaxChars = 256
)

// Errors of Normalize and CheckRules. None contains any part of the password.
var (
	ErrEmpty  = errors.New("the password is empty")
	ErrBad    = errors.New("the password has characters that are not allowed")
	ErrShort  = fmt.Errorf("the password has fewer than %d characters", MinChars)
	ErrLong   = fmt.Errorf("the password has more than %d characters", MaxChars)
	ErrCommon = errors.New("the password is too easy to guess")
)

// Normalize returns the normal form of a password, PRECIS OpaqueString (RFC
// 8265): different keyboards then give the same bytes. It is applied once, here.
// The result is new memory, for the caller to wipe.
func Normalize(password []byte) ([]byte, error) {
	if len(password) == 0 {
		return nil, ErrEmpty
	}
	if len(password) > 16*MaxChars {
		return nil, ErrLong // before work is done on it
	}
	if !utf8.Valid(password) {
		return nil, ErrBad // the profile would replace what is not UTF-8
	}
	normal, err := precis.OpaqueString.Append(nil, password)
	if err != nil {
		return nil, ErrBad // the cause could quote the password
	}
	if utf8.RuneCount(normal) > MaxChars {
		clear(normal)
		return nil, ErrLong
	}
	return normal, nil
}

// Params say how a password is hardened (RFC 9106). Limits are the caller's.
type Params struct {
	Salt      []byte
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint32 // at most 255
}

// keyLength is what argon2id gives.
const keyLength = 32

// Key stretches a normalised password and returns what SCRAM takes for the
// password: base64url of argon2id. It takes as long and as much memory as the
// parameters say, about a tenth of a second and 64 MiB at the least.
func (p Params) Key(normal []byte) []byte {
	raw := argon2.IDKey(normal, p.Salt, p.Passes, p.MemoryKiB, uint8(min(p.Lanes, 255)), keyLength)
	defer clear(raw)
	return base64.RawURLEncoding.AppendEncode(nil, raw)
}
