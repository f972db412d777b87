package wire

import (
	"crypto/sha256"
	"strings"

	"hearth/chat"
)

// What is signed. Every input begins with a label that ends in a zero byte and
// goes on with fields of fixed length, so no two inputs can be confused and none
// needs a canonical form. exporter is the TLS exporter value of RFC 9266
// (ExporterLabel, no context, ExporterLength bytes) of the connection at hand.

// ExporterLabel and ExporterLength define the channel binding (RFC 9266).
const (
	ExporterLabel  = "EXPORTER-Channel-Binding"
	ExporterLength = 32
)

// NonceLength is the length of the server's and the client's nonce.
const NonceLength = 32

// Binding is what ties a signature to one connection: the values both ends know
// after the hello.
type Binding struct {
	Server   chat.ServerID
	Epoch    chat.Epoch
	Exporter [ExporterLength]byte
	Nonce    [NonceLength]byte // of the server
	Hello    chat.Hash         // SHA-256 of the exact hello bytes
	// Unbound says that the two ends have different TLS connections, because a proxy
	// in between ends them (docs/adr/0036): Exporter is zero, and every label is
	// another, so that nothing signed on one kind is good on the other.
	Unbound bool
}

// HashHello returns the hash of the exact bytes of Hello.Hello.
func HashHello(hello string) chat.Hash { return sha256.Sum256([]byte(hello)) }

// HelloInput is what the server's identity key signs.
func HelloInput(exporter [ExporterLength]byte, hello string) []byte {
	h := HashHello(hello)
	return join("hearth-hello-1", exporter[:], h[:])
}

// HelloUnboundInput is what it signs on an unbound connection. The client's
// challenge stands for the exporter: without it a greeting that anybody can ask for
// would prove the identity for ever.
func HelloUnboundInput(challenge [NonceLength]byte, hello string) []byte {
	h := HashHello(hello)
	return join("hearth-hello-unbound-1", challenge[:], h[:])
}

// AuthInput is what a device key signs to prove itself on reconnect.
func AuthInput(b Binding, device chat.DeviceID, clientNonce [NonceLength]byte) []byte {
	return join(b.label("hearth-auth-1"), b.Server[:], b.Epoch[:], device[:], b.Exporter[:], b.Nonce[:], clientNonce[:], b.Hello[:])
}

// EnrolInput is what a new device's key signs over the record of Register, Reset,
// Recover or LoginFinish.
func EnrolInput(b Binding, record string) []byte { return b.over("hearth-enrol-1", record) }

// InviteInput is what the invite key signs over the record of Register.
func InviteInput(b Binding, record string) []byte { return b.over("hearth-invite-1", record) }

// ResetInput is what the invite key signs over the record of Reset.
func ResetInput(b Binding, record string) []byte { return b.over("hearth-reset-1", record) }

// RecoverInput is what the recovery key signs over the record of Recover.
func RecoverInput(b Binding, record string) []byte { return b.over("hearth-recover-1", record) }

// InviteCheckInput is what the invite key signs in InviteCheck.
func InviteCheckInput(b Binding) []byte { return b.over("hearth-invite-check-1", "") }

func (b Binding) over(label, record string) []byte {
	r := sha256.Sum256([]byte(record))
	return join(b.label(label), b.Server[:], b.Epoch[:], b.Exporter[:], b.Nonce[:], b.Hello[:], r[:])
}

// label is a label of a bound connection, or its counterpart of an unbound one.
func (b Binding) label(bound string) string {
	if b.Unbound {
		return strings.TrimSuffix(bound, "-1") + "-unbound-1"
	}
	return bound
}

func join(label string, parts ...[]byte) []byte {
	out := append([]byte(label), 0)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// Floors of password stretching (RFC 9106, second recommended profile). A client
// refuses less, so that a fake server cannot make guessing cheap, and refuses
// more than the ceilings, so that it cannot exhaust the client.
const (
	StretchArgon2id   = "argon2id"
	MinStretchKiB     = 64 << 10
	MaxStretchKiB     = 1 << 20
	MinStretchPasses  = 3
	MaxStretchPasses  = 16
	MinStretchLanes   = 4
	MaxStretchLanes   = 16
	MinIterations     = 4096    // PBKDF2 rounds of SCRAM
	DefaultIterations = 100_000 // what clients choose for new passwords
	MaxIterations     = 10_000_000
	SaltLength        = 16 // shortest salt accepted
	MaxSaltLength     = 64
)
