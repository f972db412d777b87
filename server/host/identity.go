package host

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hearth/chat"
	"hearth/internal/safefile"
	"hearth/server/storage"
)

// identityFile holds the identity key.
const identityFile = "identity.pem"

// identitySetting remembers in storage which identity the data belongs to.
const identitySetting = "identity"

const (
	leafLife  = 90 * 24 * time.Hour
	leafRenew = 30 * 24 * time.Hour // renewed when less is left
)

// loadIdentity reads the identity key, or makes one in a folder that never had
// any. Data that belongs to another identity is refused: every client would see
// a stranger.
func loadIdentity(ctx context.Context, dir string, store storage.Store) (ed25519.PrivateKey, error) {
	want, err := store.Setting(ctx, identitySetting)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	key, err := readIdentity(filepath.Join(dir, identityFile))
	if errors.Is(err, fs.ErrNotExist) && want == nil {
		if key, err = makeIdentity(filepath.Join(dir, identityFile)); err != nil {
			return nil, storeError(err, dir)
		}
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, personal(KindIdentity, err, "the server's identity is missing: put %s back from a backup. Without it no member can connect", filepath.Join(dir, identityFile))
		}
		return nil, personal(KindIdentity, err, "the server's identity in %s cannot be read", filepath.Join(dir, identityFile))
	}
	id, err := chat.ServerIDOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	if want == nil {
		return key, store.SetSetting(ctx, identitySetting, id[:])
	}
	if string(want) != string(id[:]) {
		return nil, personal(KindIdentity, nil, "%s is the identity of another server: put the one back that belongs to this data", filepath.Join(dir, identityFile))
	}
	return key, nil
}

func readIdentity(path string) (ed25519.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("not a PEM private key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("not an Ed25519 key")
	}
	return key, nil
}

func makeIdentity(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, safefile.Write(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

// certificates makes and renews the leaf that connections present. The identity
// vouches for it; a new one is made at each start and long before it expires.
type certificates struct {
	identity ed25519.PrivateKey // fixed
	root     []byte             // DER, fixed

	mu      sync.Mutex
	current *tls.Certificate // guarded by mu
	expires time.Time        // guarded by mu
}

func newCertificates(identity ed25519.PrivateKey) (*certificates, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Hearth identity"},
		// Nobody judges these dates: the key itself is what clients pin.
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, template, template, identity.Public(), identity)
	if err != nil {
		return nil, fmt.Errorf("make root certificate: %w", err)
	}
	c := &certificates{identity: identity, root: root}
	_, err = c.certificate()
	return c, err
}

// certificate returns the chain to present now.
func (c *certificates) certificate() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The calendar, not the monotonic clock: that one stands still while a laptop
	// sleeps, and clients judge by the calendar.
	now := time.Now().Round(0)
	if c.current != nil && c.expires.Sub(now) > leafRenew {
		return c.current, nil
	}
	next, err := c.issue(now)
	if err != nil {
		if c.current != nil && now.Before(c.expires) {
			return c.current, nil // still good; the next connection tries again
		}
		return nil, err
	}
	c.current, c.expires = next, now.Add(leafLife)
	return next, nil
}

// left is how long the present leaf is valid, by the calendar.
func (c *certificates) left() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.expires.Sub(time.Now().Round(0))
}

func (c *certificates) issue(now time.Time) (*tls.Certificate, error) {
	root, err := x509.ParseCertificate(c.root)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Hearth server"}, DNSNames: []string{"hearth.invalid"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, root, key.Public(), c.identity)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, c.root}, PrivateKey: key}, nil
}

// SelfSigned returns the chain a server with this identity would present; for
// benchmarks and tests of other transports.
func SelfSigned(identity ed25519.PrivateKey) (tls.Certificate, error) {
	c, err := newCertificates(identity)
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, err := c.certificate()
	if err != nil {
		return tls.Certificate{}, err
	}
	return *cert, nil
}
