package chat

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
)

// RecoverySecret is the 128-bit secret by which a person gets back into their own
// account. Like an invite's it seeds an Ed25519 key, and only the public half is ever
// given to a server.
type RecoverySecret [16]byte

// NewRecoverySecret returns a random secret.
func NewRecoverySecret() (s RecoverySecret) {
	_, _ = rand.Read(s[:]) // never fails
	return s
}

// Key returns the key pair the secret stands for.
func (s RecoverySecret) Key() ed25519.PrivateKey {
	seed := derive32("hearth-recovery-key-1", s[:])
	return ed25519.NewKeyFromSeed(seed[:])
}

// String keeps the secret out of logs; use Sheet to hand it to its owner.
func (RecoverySecret) String() string { return "[redacted]" }

// GoString keeps the secret out of logs.
func (RecoverySecret) GoString() string { return "[redacted]" }

// LogValue keeps the secret out of structured logs.
func (RecoverySecret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// IsZero reports whether there is no secret.
func (s RecoverySecret) IsZero() bool { return s == RecoverySecret{} }

// How a recovery key is written: parts of five characters of Crockford's base32, of
// which the last one checks the others of its part and where it stands. 140 bits are
// in them: the secret, and twelve that check the whole.
const (
	RecoveryParts = 7
	recoveryPart  = 5 // characters, the last one checks
	recoveryDigit = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// Sheet returns the secret as people write it down: XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX.
func (s RecoverySecret) Sheet() string {
	sum := s.sum()
	bits := append(s[:len(s):len(s)], byte(sum>>4), byte(sum<<4)) // 140 of 144 bits
	var b strings.Builder
	for part := range RecoveryParts {
		if part > 0 {
			b.WriteByte('-')
		}
		var values [recoveryPart - 1]byte
		for i := range values {
			values[i] = fiveBits(bits, (part*len(values)+i)*5)
			b.WriteByte(recoveryDigit[values[i]])
		}
		b.WriteByte(recoveryDigit[checkDigit(part, values)])
	}
	return b.String()
}

// sum is the twelve bits that check the whole.
func (s RecoverySecret) sum() uint16 {
	h := sha256.Sum256(append([]byte("hearth-recovery-check-1\x00"), s[:]...))
	return uint16(h[0])<<4 | uint16(h[1])>>4
}

// fiveBits returns the five bits from a place on; there are at least four bits more
// than are asked for.
func fiveBits(bits []byte, at int) byte {
	two := uint16(bits[at/8]) << 8
	if at/8+1 < len(bits) {
		two |= uint16(bits[at/8+1])
	}
	return byte(two>>(11-at%8)) & 31
}

// checkDigit is a sum in the field of 32 elements, each value weighted by another power
// of its generator: one wrong character and two that changed places are always noticed,
// and so is a part that stands where another should.
func checkDigit(part int, values [recoveryPart - 1]byte) byte {
	sum := byte(part + 1)
	for _, v := range values {
		sum = double(sum) ^ v
	}
	return double(sum)
}

// double multiplies by x modulo x⁵ + x² + 1.
func double(v byte) byte {
	if v <<= 1; v&32 != 0 {
		v ^= 32 | 4 | 1
	}
	return v
}

// RecoveryFault says what is wrong with a recovery key as it was typed.
type RecoveryFault string

// Faults.
const (
	RecoveryShort     RecoveryFault = "short"     // characters are missing
	RecoveryLong      RecoveryFault = "long"      // there are too many
	RecoveryCharacter RecoveryFault = "character" // one that never stands in a key
	RecoveryPart      RecoveryFault = "part"      // a part is mistyped
	RecoveryWhole     RecoveryFault = "whole"     // each part might be right, not all together
)

// RecoveryError is what is wrong with a recovery key as it was typed. It never holds
// what was typed but for a character that is in no key.
type RecoveryError struct {
	Fault     RecoveryFault
	Part      int  // 1 to RecoveryParts; 0 of RecoveryWhole
	Character rune // of RecoveryCharacter
	Count     int  // of RecoveryShort and RecoveryLong: characters that were typed
}

// Error implements error.
func (e *RecoveryError) Error() string {
	switch e.Fault {
	case RecoveryShort, RecoveryLong:
		return fmt.Sprintf("a recovery key has %d characters, not %d", RecoveryParts*recoveryPart, e.Count)
	case RecoveryCharacter:
		return fmt.Sprintf("part %d: %q is in no recovery key", e.Part, e.Character)
	case RecoveryPart:
		return fmt.Sprintf("part %d is mistyped", e.Part)
	}
	return "this is no recovery key: a part is from another one, or several are mistyped"
}

// ParseRecovery reads what Sheet wrote, in any case, with blanks and dashes anywhere or
// none, with O for 0 and I or L for 1, and the name that programs print before it. An error is a *RecoveryError; of several mistakes
// it names the first.
func ParseRecovery(text string) (RecoverySecret, error) {
	var none RecoverySecret
	const name = "recovery-key:"
	if text = strings.TrimSpace(text); len(text) > len(name) && strings.EqualFold(text[:len(name)], name) {
		text = text[len(name):]
	}
	values, err := recoveryValues(text)
	if err != nil {
		return none, err
	}
	bits := make([]byte, 18) // 140 bits, and four that are zero
	for part := range RecoveryParts {
		own := [recoveryPart - 1]byte(values[part*recoveryPart:])
		if checkDigit(part, own) != values[(part+1)*recoveryPart-1] {
			return none, &RecoveryError{Fault: RecoveryPart, Part: part + 1}
		}
		for i, v := range own {
			at := (part*len(own) + i) * 5
			two := uint16(v) << (11 - at%8)
			bits[at/8] |= byte(two >> 8)
			if at/8+1 < len(bits) {
				bits[at/8+1] |= byte(two)
			}
		}
	}
	s := RecoverySecret(bits)
	if sum := s.sum(); bits[16] != byte(sum>>4) || bits[17] != byte(sum<<4) {
		return none, &RecoveryError{Fault: RecoveryWhole}
	}
	return s, nil
}

// recoveryValues returns what the characters stand for, as many as a key has.
func recoveryValues(text string) ([]byte, error) {
	const all = RecoveryParts * recoveryPart
	values := make([]byte, 0, all)
	count := 0
	for _, r := range text {
		if between(r) {
			continue
		}
		v := strings.IndexRune(recoveryDigit, plainDigit(r))
		if v < 0 {
			return nil, &RecoveryError{Fault: RecoveryCharacter, Part: min(count/recoveryPart+1, RecoveryParts), Character: r}
		}
		if count++; count <= all {
			values = append(values, byte(v))
		}
	}
	switch {
	case count < all:
		return nil, &RecoveryError{Fault: RecoveryShort, Part: count/recoveryPart + 1, Count: count}
	case count > all:
		return nil, &RecoveryError{Fault: RecoveryLong, Part: RecoveryParts, Count: count}
	}
	return values, nil
}

// between reports whether a character only parts others, as people and programs write it.
func between(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || r == '_' || r == '.' || r == '−'
}

// plainDigit is what somebody meant by a character: also of a keyboard that types wide ones.
func plainDigit(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	switch r = unicode.ToUpper(r); r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}
