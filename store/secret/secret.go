package secret

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"

	"hearth/chat"
)

const redacted = "[redacted]"

// Key is the key of a database, 256 random bits.
type Key [32]byte

// Seed is the seed of a device's Ed25519 private key.
type Seed [32]byte

// NewKey returns a random key.
func NewKey() (k Key) {
	_, _ = rand.Read(k[:])
	return k
}

// NewSeed returns a random seed.
func NewSeed() (s Seed) {
	_, _ = rand.Read(s[:])
	return s
}

// IsZero reports whether the key is unset (or was wiped).
func (k Key) IsZero() bool { return k == Key{} }

// IsZero reports whether the seed is unset (or was wiped).
func (s Seed) IsZero() bool { return s == Seed{} }

// Wipe overwrites the key, as far as Go allows: copies made before stay.
func (k *Key) Wipe() { clear(k[:]) }

// Wipe overwrites the seed, as far as Go allows.
func (s *Seed) Wipe() { clear(s[:]) }

// PrivateKey returns the key the seed stands for.
func (s Seed) PrivateKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(s[:]) }

// Ref names the secrets of one device on one server.
type Ref struct {
	Server chat.ServerID
	Device chat.DeviceID
}

// Bundle is everything that is secret about one device.
type Bundle struct {
	Server  chat.ServerID
	Account chat.AccountID // zero until the server has assigned it
	Device  chat.DeviceID
	Seed    Seed
	Key     Key
}

// NewBundle makes the secrets of a new device on a server.
func NewBundle(server chat.ServerID) Bundle {
	seed := NewSeed()
	public := seed.PrivateKey().Public().(ed25519.PublicKey)
	return Bundle{Server: server, Device: chat.DeviceIDOf(public), Seed: seed, Key: NewKey()}
}

// Ref returns the bundle's name.
func (b Bundle) Ref() Ref { return Ref{Server: b.Server, Device: b.Device} }

// Wipe overwrites the secrets.
func (b *Bundle) Wipe() {
	b.Seed.Wipe()
	b.Key.Wipe()
}

// Store keeps bundles. All methods may be called from any goroutine and may
// take seconds: never call them on the window's goroutine. Errors are *Error.
type Store interface {
	// Load returns a bundle, or an error with KindNotFound if this store works and
	// does not hold it.
	Load(ctx context.Context, ref Ref) (Bundle, error)
	// Save writes a bundle, reads it back and compares. Saving again replaces it.
	Save(ctx context.Context, b Bundle) error
	// Delete removes a bundle; nil if there was none.
	Delete(ctx context.Context, ref Ref) error
}

// The methods below keep secrets out of every kind of print and log.

// String returns "[redacted]".
func (Key) String() string { return redacted }

// GoString returns "[redacted]".
func (Key) GoString() string { return redacted }

// Format prints "[redacted]" whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]"; it serves JSON, too.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// String returns "[redacted]".
func (Seed) String() string { return redacted }

// GoString returns "[redacted]".
func (Seed) GoString() string { return redacted }

// Format prints "[redacted]" whatever the verb.
func (Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (Seed) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]"; it serves JSON, too.
func (Seed) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue logs which device a bundle belongs to.
func (b Bundle) LogValue() slog.Value {
	return slog.GroupValue(slog.String("server", b.Server.String()), slog.String("device", b.Device.String()))
}
