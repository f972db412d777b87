package chat

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"
)

// ServerID is a server's fingerprint: the SHA-256 of the DER-encoded
// SubjectPublicKeyInfo (RFC 5280) of its Ed25519 identity key. It is what an
// invite pins.
type ServerID [32]byte

// ServerIDOf returns the fingerprint of an identity key.
func ServerIDOf(public ed25519.PublicKey) (ServerID, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return ServerID{}, fmt.Errorf("encode identity key: %w", err)
	}
	return sha256.Sum256(der), nil
}

// String returns the 52-character text form.
func (id ServerID) String() string { return idText.EncodeToString(id[:]) }

// Groups returns the text form in groups of four characters, for people to compare.
func (id ServerID) Groups() string {
	text := id.String()
	var b strings.Builder
	for i := 0; i < len(text); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(text[i:min(i+4, len(text))])
	}
	return b.String()
}

// MarshalText implements encoding.TextMarshaler.
func (id ServerID) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *ServerID) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the fingerprint is unset.
func (id ServerID) IsZero() bool { return id == ServerID{} }
