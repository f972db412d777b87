package secret

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"hearth/internal/safefile"
	"hearth/store/secret/internal/cost"
)

// The file: magic, argon2id parameters, salt, nonce, sealed items, SHA-256 of
// everything before it. The sum tells a damaged file from a wrong passphrase.
const (
	vaultMagic  = "HearthV1"
	vaultHeader = len(vaultMagic) + 4 + 4 + 1 + vaultSalt
	vaultSalt   = 16
	vaultBytes  = vaultHeader + chacha20poly1305.NonceSizeX + deviceBytes + databaseBytes +
		chacha20poly1305.Overhead + sha256.Size
)

// stretching is how a passphrase becomes a key (argon2id, RFC 9106).
type stretching struct {
	memoryKiB uint32
	passes    uint32
	lanes     uint8
}

// sane bounds what a file may make us do.
func (s stretching) sane() bool {
	return s.memoryKiB >= 8*uint32(s.lanes) && s.memoryKiB <= 1<<20 && s.passes >= 1 && s.passes <= 64 && s.lanes >= 1
}

// Vault keeps one bundle in a file sealed by a passphrase.
type Vault struct {
	path string // fixed after NewVault

	mu         sync.Mutex // held during the work, which takes a quarter of a second
	passphrase []byte     // guarded by mu; nil after Wipe
	header     []byte     // guarded by mu; what key was made with, nil before
	key        []byte     // guarded by mu
}

// NewVault returns a vault over the file at path, which need not exist yet. It
// takes a copy of the passphrase; Wipe ends its use. The first Load or Save takes
// about a quarter of a second and 64 MiB (argon2id).
func NewVault(path string, passphrase []byte) *Vault {
	return &Vault{path: path, passphrase: bytes.Clone(passphrase)}
}

// Load implements Store. KindWrongPassphrase and KindUnreadable are told apart.
func (v *Vault) Load(ctx context.Context, ref Ref) (Bundle, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.load(ctx, "load", ref)
}

// CheckVault reports a vault file that no passphrase can open: KindNotFound,
// KindUnreadable, or KindRefused if it cannot be read at all.
func CheckVault(path string) error {
	_, err := readVault("load", path)
	return err
}

// readVault reads a file that is a vault.
func readVault(op, path string) ([]byte, error) {
	file, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Kind: KindNotFound, Op: op}
	case err != nil:
		return nil, &Error{Kind: KindRefused, Op: op, Err: err}
	case !wholeVault(file):
		return nil, &Error{Kind: KindUnreadable, Op: op, Err: errNotOurs}
	}
	return file, nil
}

func (v *Vault) load(ctx context.Context, op string, ref Ref) (Bundle, error) {
	file, err := readVault(op, v.path)
	if err != nil {
		return Bundle{}, err
	}
	header, rest := file[:vaultHeader], file[vaultHeader:vaultBytes-sha256.Size]
	if err := v.derive(ctx, header); err != nil {
		return Bundle{}, &Error{Kind: KindOf(err), Op: op, Err: errors.Unwrap(err)}
	}
	nonce, sealed := rest[:chacha20poly1305.NonceSizeX], rest[chacha20poly1305.NonceSizeX:]
	aead, err := chacha20poly1305.NewX(v.key)
	if err != nil {
		return Bundle{}, &Error{Kind: KindRefused, Op: op, Err: err}
	}
	plain, err := aead.Open(nil, nonce, sealed, header)
	if err != nil {
		return Bundle{}, &Error{Kind: KindWrongPassphrase, Op: op}
	}
	defer clear(plain)
	var b Bundle
	err = errors.Join(decodeDevice(plain[:deviceBytes], &b), decodeDatabase(plain[deviceBytes:], &b))
	if err == nil {
		err = b.fits(ref)
	}
	if err != nil {
		b.Wipe()
		return Bundle{}, &Error{Kind: KindUnreadable, Op: op, Err: errNotOurs}
	}
	return b, nil
}

// wholeVault reports whether a file is a vault that was written completely.
func wholeVault(file []byte) bool {
	if len(file) != vaultBytes || string(file[:len(vaultMagic)]) != vaultMagic {
		return false
	}
	sum := sha256.Sum256(file[:vaultBytes-sha256.Size])
	return bytes.Equal(sum[:], file[vaultBytes-sha256.Size:]) && readStretching(file).sane()
}

func readStretching(header []byte) stretching {
	p := header[len(vaultMagic):]
	return stretching{memoryKiB: binary.BigEndian.Uint32(p), passes: binary.BigEndian.Uint32(p[4:]), lanes: p[8]}
}

// derive makes the key for a header, unless it is the one at hand.
func (v *Vault) derive(ctx context.Context, header []byte) error {
	if v.passphrase == nil {
		return &Error{Kind: KindWrongPassphrase}
	}
	if bytes.Equal(v.header, header) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return &Error{Kind: KindRefused, Err: err}
	}
	s, salt := readStretching(header), header[vaultHeader-vaultSalt:]
	v.key = argon2.IDKey(v.passphrase, salt, s.passes, s.memoryKiB, s.lanes, chacha20poly1305.KeySize)
	v.header = bytes.Clone(header)
	return nil
}

// Save implements Store. A file of another passphrase or bundle is not
// overwritten: KindWrongPassphrase, KindUnreadable.
func (v *Vault) Save(ctx context.Context, b Bundle) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := b.fits(b.Ref()); err != nil {
		return &Error{Kind: KindRefused, Op: "save", Err: errors.New("the device id does not belong to the key")}
	}
	old, err := v.load(ctx, "save", b.Ref())
	old.Wipe()
	if errors.Is(err, ErrNotFound) {
		err = v.derive(ctx, newVaultHeader())
	}
	if err != nil {
		return &Error{Kind: KindOf(err), Op: "save", Err: errors.Unwrap(err)}
	}
	file, err := v.seal(&b)
	if err == nil {
		err = safefile.Write(v.path, file, 0o600)
	}
	if err != nil {
		return &Error{Kind: KindRefused, Op: "save", Err: err}
	}
	return v.compare(ctx, b)
}

// compare reads back what Save wrote.
func (v *Vault) compare(ctx context.Context, b Bundle) error {
	back, err := v.load(ctx, "save", b.Ref())
	if err == nil && back != b {
		err = &Error{Kind: KindUnreadable, Op: "save", Err: errors.New("the file does not hold what was written")}
	}
	back.Wipe()
	return err
}

func (v *Vault) seal(b *Bundle) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(v.key)
	if err != nil {
		return nil, err
	}
	plain := append(encodeDevice(b), encodeDatabase(b)...)
	defer clear(plain)
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce)
	file := append(bytes.Clone(v.header), nonce...)
	file = aead.Seal(file, nonce, plain, v.header)
	sum := sha256.Sum256(file)
	return append(file, sum[:]...), nil
}

func newVaultHeader() []byte {
	h := append(make([]byte, 0, vaultHeader), vaultMagic...)
	h = binary.BigEndian.AppendUint32(h, cost.New.MemoryKiB)
	h = binary.BigEndian.AppendUint32(h, cost.New.Passes)
	h = append(h, cost.New.Lanes)
	salt := make([]byte, vaultSalt)
	_, _ = rand.Read(salt)
	return append(h, salt...)
}

// Delete implements Store; it removes the file if it opens with the passphrase
// and holds ref.
func (v *Vault) Delete(ctx context.Context, ref Ref) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, err := v.load(ctx, "delete", ref)
	b.Wipe()
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Remove(v.path); err != nil {
		return &Error{Kind: KindRefused, Op: "delete", Err: err}
	}
	return nil
}

// Wipe forgets passphrase and key; every later call fails with KindWrongPassphrase.
func (v *Vault) Wipe() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.passphrase)
	clear(v.key)
	v.passphrase, v.key, v.header = nil, nil, nil
}
