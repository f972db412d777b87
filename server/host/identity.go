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
	"strings"
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

// identity is who a server is, and who it was before.
type identity struct {
	key ed25519.PrivateKey
	// line leads from this identity back to those it has succeeded: certificates in
	// DER, each signed by the identity of the next, the last by itself; the first is
	// this identity's. Empty if it has succeeded none.
	line [][]byte
}

// id is the identity's fingerprint.
func (i *identity) id() (chat.ServerID, error) { return chat.ServerIDOf(publicKey(i.key)) }

// was reports whether the identity is, or has succeeded, the one with this
// fingerprint.
func (i *identity) was(id []byte) (bool, error) {
	own, err := i.id()
	if err != nil || string(own[:]) == string(id) {
		return err == nil, err
	}
	for _, der := range i.line {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return false, err
		}
		older, err := chat.ServerIDOf(c.PublicKey.(ed25519.PublicKey)) // checkLine has looked
		if err != nil || string(older[:]) == string(id) {
			return err == nil, err
		}
	}
	return false, nil
}

// loadIdentity reads the identity, or makes one in a folder that never had any.
// Data that belongs to another identity is refused: every client would see a
// stranger. Data of one that this has succeeded become this one's.
func loadIdentity(ctx context.Context, dir string, store storage.Store) (*identity, error) {
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
		return nil, personal(KindIdentity, err, "the server's identity in %s cannot be read: %v", filepath.Join(dir, identityFile), err)
	}
	id, err := key.id()
	if err != nil {
		return nil, err
	}
	if want != nil {
		ours, err := key.was(want)
		if err != nil {
			return nil, err
		}
		if !ours {
			return nil, personal(KindIdentity, nil, "%s is the identity of another server: put the one back that belongs to this data", filepath.Join(dir, identityFile))
		}
	}
	if string(want) == string(id[:]) {
		return key, nil
	}
	return key, store.SetSetting(ctx, identitySetting, id[:])
}

func readIdentity(path string) (*identity, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil || block.Type != pemKey {
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
	i := &identity{key: key}
	for block, rest = pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemCertificate {
			return nil, fmt.Errorf("%q behind the key", block.Type)
		}
		i.line = append(i.line, block.Bytes)
	}
	if len(strings.TrimSpace(string(rest))) > 0 {
		return nil, errors.New("something else behind the key")
	}
	return i, i.checkLine()
}

// The blocks of the identity's file.
const (
	pemKey         = "PRIVATE KEY"
	pemCertificate = "CERTIFICATE"
)

// write replaces the file, all or nothing.
func (i *identity) write(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der})
	for _, c := range i.line {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: c})...)
	}
	return safefile.Write(path, text, 0o600)
}

func makeIdentity(path string) (*identity, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	i := &identity{key: key}
	return i, i.write(path)
}

// certificates makes and renews the leaf that connections present. The identity
// vouches for it; a new one is made at each start and long before it expires.
type certificates struct {
	identity *identity // fixed
	root     []byte    // DER, fixed: the identity, signed by itself

	mu      sync.Mutex
	current *tls.Certificate // guarded by mu
	line    [][]byte         // guarded by mu: behind the leaf of current
	expires time.Time        // guarded by mu
}

func newCertificates(identity *identity) (*certificates, error) {
	// Nobody judges these dates: the key itself is what clients pin.
	root, err := certify(publicKey(identity.key), identity.key, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	c := &certificates{identity: identity, root: root}
	_, err = c.certificate()
	return c, err
}

// certify makes an identity's certificate, signed by itself or by the one before.
func certify(public ed25519.PublicKey, by ed25519.PrivateKey, from time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Hearth identity"},
		NotBefore: from, NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, by)
	if err != nil {
		return nil, fmt.Errorf("make identity certificate: %w", err)
	}
	return der, nil
}

// certificate returns the chain to present now.
func (c *certificates) certificate() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The calendar, not the monotonic clock: that one stands still while a laptop
	// sleeps, and clients judge by the calendar.
	now := time.Now().Round(0)
	left := c.expires.Sub(now)
	if c.current != nil && left > leafRenew && left <= leafLife { // more is left if the clock was set back since
		return c.current, nil
	}
	next, err := c.issue(now)
	if err != nil {
		if c.current != nil && now.Before(c.expires) {
			return c.current, nil // still good; the next connection tries again
		}
		return nil, err
	}
	c.current, c.line, c.expires = next, next.Certificate[1:], now.Add(leafLife)
	return next, nil
}

// succession returns the certificates for the greeting: none where the identity has
// succeeded nobody lately.
func (c *certificates) succession() [][]byte {
	if _, err := c.certificate(); err != nil { // renewed in time
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.line) < 2 {
		return nil
	}
	return c.line
}

// left is how long the present leaf is valid, by the calendar.
func (c *certificates) left() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.expires.Sub(time.Now().Round(0))
}

func (c *certificates) issue(now time.Time) (*tls.Certificate, error) {
	line, err := c.identity.shown(now, c.root)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(line[0])
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
	der, err := x509.CreateCertificate(rand.Reader, template, root, key.Public(), c.identity.key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return &tls.Certificate{Certificate: append([][]byte{der}, line...), PrivateKey: key}, nil
}

// SelfSigned returns the chain a server with this identity would present; for
// benchmarks and tests of other transports.
func SelfSigned(key ed25519.PrivateKey) (tls.Certificate, error) {
	c, err := newCertificates(&identity{key: key})
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, err := c.certificate()
	if err != nil {
		return tls.Certificate{}, err
	}
	return *cert, nil
}
