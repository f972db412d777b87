package host

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"hearth/chat"
)

const (
	// showOld is how long, at least, an identity that was succeeded is shown: who
	// connects meanwhile follows (docs/adr/0019).
	showOld = 90 * 24 * time.Hour
	// longestLine is how many identities clients accept in a chain.
	longestLine = 7
)

// shown returns the certificates to show behind a leaf: the line of succession
// while it is young, else the identity alone.
func (i *identity) shown(now time.Time, root []byte) ([][]byte, error) {
	if len(i.line) == 0 {
		return [][]byte{root}, nil
	}
	begun, err := i.succeeded()
	if err != nil {
		return nil, err
	}
	if now.Sub(begun) > showOld {
		return [][]byte{root}, nil
	}
	return i.line, nil
}

// succeeded is when the identity succeeded the one before.
func (i *identity) succeeded() (time.Time, error) {
	c, err := x509.ParseCertificate(i.line[0])
	if err != nil {
		return time.Time{}, err
	}
	return c.NotBefore, nil
}

// checkLine checks that the line leads from the identity, each signed by the next.
func (i *identity) checkLine() error {
	if len(i.line) == 1 || len(i.line) > longestLine {
		return errors.New("the line of succession has a wrong length")
	}
	var below *x509.Certificate
	for n, der := range i.line {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", n, err)
		}
		key, ok := c.PublicKey.(ed25519.PublicKey)
		switch {
		case !ok:
			return fmt.Errorf("certificate %d is not of an Ed25519 key", n)
		case n == 0 && !key.Equal(i.key.Public()):
			return errors.New("the first certificate is of another key")
		case n > 0:
			err = below.CheckSignatureFrom(c)
		}
		if err == nil && n == len(i.line)-1 {
			err = c.CheckSignatureFrom(c)
		}
		if err != nil {
			return fmt.Errorf("certificate %d: %w", n, err)
		}
		below = c
	}
	return nil
}

// successor makes an identity that this one vouches for.
func (i *identity) successor(now time.Time) (*identity, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	voucher, err := certify(public, i.key, now)
	if err != nil {
		return nil, err
	}
	root, err := certify(publicKey(i.key), i.key, now)
	if err != nil {
		return nil, err
	}
	before, err := i.shown(now, root) // who has not followed yet may come a longer way
	if err != nil {
		return nil, err
	}
	next := &identity{key: key, line: append([][]byte{voucher}, before...)}
	if len(next.line) > longestLine {
		return nil, personal(KindRequest, nil, "the identity was changed %d times lately; wait until %v have passed since the last time", longestLine-1, showOld)
	}
	return next, next.checkLine()
}

// Rotated says what RotateIdentity did.
type Rotated struct {
	Old, New chat.ServerID
	Aside    string // where the old key is now
}

// RotateIdentity gives the server in a folder, which must not run, a new identity
// that the old one vouches for. Clients that connect within showOld follow by
// themselves; links made before work as long. The old key is kept under another
// name: nothing needs it any more, and whoever has it can deceive those who have
// not followed yet.
func RotateIdentity(ctx context.Context, c Config) (_ *Rotated, err error) {
	if err := hasServer(c.Dir); err != nil {
		return nil, err
	}
	s, err := openStopped(ctx, c, false) // the lock, and the right identity
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	old, err := loadIdentity(ctx, c.Dir, s)
	if err != nil {
		return nil, storeError(err, c.Dir)
	}
	now := time.Now()
	next, err := old.successor(now)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, identityFile)
	r := &Rotated{Aside: freeName(fmt.Sprintf("%s.before-%s", path, now.UTC().Format(backupTime)))}
	if r.Old, err = old.id(); err != nil {
		return nil, err
	}
	if r.New, err = next.id(); err != nil {
		return nil, err
	}
	if err := old.write(r.Aside); err != nil {
		return nil, storeError(err, c.Dir)
	}
	// The one step that counts. The data learn of it at the next start, because the
	// line in the file says whom it has succeeded.
	if err := next.write(path); err != nil {
		return nil, storeError(err, c.Dir)
	}
	if _, err := loadIdentity(ctx, c.Dir, s); err != nil {
		return nil, storeError(err, c.Dir)
	}
	return r, nil
}
