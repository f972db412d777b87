package host

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// ownLook is how often the files of a certificate of one's own are looked at.
	ownLook = 10 * time.Second
	// ownWarn is from when on a certificate that runs out is worth a warning.
	ownWarn = 14 * 24 * time.Hour
	// largestPEM bounds what is read of a certificate or key file.
	largestPEM = 1 << 20
)

// ownCert is a certificate of the operator's own, in two files.
type ownCert struct {
	cert, key string // fixed: paths
	log       *slog.Logger
	current   atomic.Pointer[tls.Certificate] // with its Leaf

	// Owned by watch once that runs.
	seen [2]fileState
}

// fileState is what tells that a file was changed.
type fileState struct {
	modified time.Time
	size     int64
}

// openOwn reads the operator's certificate, if there is one.
func (h *Host) openOwn() error {
	c := h.config
	if c.CertFile == "" && c.KeyFile == "" {
		return nil
	}
	if c.CertFile == "" || c.KeyFile == "" {
		return personal(KindRequest, nil, "a certificate of one's own is two files: give both --tls-cert and --tls-key")
	}
	o := &ownCert{cert: c.CertFile, key: c.KeyFile, log: h.log}
	o.seen = o.state()
	pair, err := loadPair(o.cert, o.key, time.Now().Round(0))
	if err != nil {
		return err
	}
	o.current.Store(pair)
	o.advise(pair.Leaf, time.Now())
	h.own = o
	return nil
}

// shown returns the certificate for a client that asks for one of its names while it
// is valid; nil otherwise. Then the identity's own is shown, which nobody's calendar
// and no authority can take from those who know it.
func (o *ownCert) shown(hello *tls.ClientHelloInfo) *tls.Certificate {
	return showable(o.current.Load(), hello.ServerName)
}

// showable returns a certificate if it is one for a name, and valid.
func showable(pair *tls.Certificate, name string) *tls.Certificate {
	now := time.Now().Round(0) // the calendar: see certificates.certificate
	if pair == nil || name == "" || pair.Leaf.VerifyHostname(name) != nil ||
		now.Before(pair.Leaf.NotBefore) || now.After(pair.Leaf.NotAfter) {
		return nil
	}
	return pair
}

// watch reads the files again when they change. What cannot be used is said once, and
// the certificate from before stays.
func (o *ownCert) watch(ctx context.Context) {
	tick := time.NewTicker(ownLook)
	defer tick.Stop()
	warned := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			o.look()
			if now.Sub(warned) >= 24*time.Hour {
				warned = now
				o.advise(o.current.Load().Leaf, now)
			}
		}
	}
}

// look reads the files if they are not as they were.
func (o *ownCert) look() {
	state := o.state()
	if state == o.seen {
		return
	}
	o.seen = state
	pair, err := loadPair(o.cert, o.key, time.Now().Round(0))
	if err != nil {
		o.log.Error("The changed certificate cannot be used; the one from before stays", "err", err)
		return
	}
	o.current.Store(pair)
	o.log.Info("The certificate was read again", "names", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter.UTC())
	o.advise(pair.Leaf, time.Now())
}

func (o *ownCert) state() (s [2]fileState) {
	for i, path := range [...]string{o.cert, o.key} {
		if info, err := os.Stat(path); err == nil {
			s[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return s
}

// advise warns of a certificate that runs out.
func (o *ownCert) advise(leaf *x509.Certificate, now time.Time) {
	if left := leaf.NotAfter.Sub(now.Round(0)); left < ownWarn {
		o.log.Warn("The certificate runs out; without a new one the server goes on with its own, which only those accept who came by an invite or have compared its fingerprint",
			"file", o.cert, "until", leaf.NotAfter.UTC())
	}
}

// loadPair reads a certificate and its key, or says in words for the operator why they
// cannot be used.
func loadPair(certFile, keyFile string, now time.Time) (*tls.Certificate, error) {
	cert, err := readPEM(certFile)
	if err != nil {
		return nil, err
	}
	if err := keyPrivate(keyFile); err != nil {
		return nil, err
	}
	key, err := readPEM(keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, personal(KindCert, err, "%s and %s cannot be used as a certificate and its key: %v", certFile, keyFile, trimTLS(err))
	}
	leaf := pair.Leaf
	if leaf == nil {
		if leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, personal(KindCert, err, "%s cannot be read: %v", certFile, err)
		}
		pair.Leaf = leaf
	}
	switch {
	case now.After(leaf.NotAfter):
		return nil, personal(KindCert, nil, "the certificate in %s has expired on %s; get a new one, or start without --tls-cert", certFile, leaf.NotAfter.UTC().Format(time.DateTime))
	case now.Before(leaf.NotBefore):
		return nil, personal(KindCert, nil, "the certificate in %s is valid only from %s on; is this machine's clock right?", certFile, leaf.NotBefore.UTC().Format(time.DateTime))
	case len(leaf.DNSNames) == 0:
		return nil, personal(KindCert, nil, "the certificate in %s names no host (subject alternative name); clients would never be shown it", certFile)
	case len(leaf.ExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny):
		return nil, personal(KindCert, nil, "the certificate in %s is not for servers", certFile)
	}
	return &pair, nil
}

// readPEM reads a file of a sensible size.
func readPEM(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, personal(KindCert, err, "there is no file %s", path)
	case err != nil:
		return nil, personal(KindCert, err, "%s cannot be read: %v", path, err)
	case !info.Mode().IsRegular() || info.Size() > largestPEM:
		return nil, personal(KindCert, nil, "%s is not a PEM file", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, personal(KindCert, err, "%s cannot be read: %v", path, err)
	}
	return b, nil
}

// keyPrivate refuses a key that everybody on this machine may read or change.
func keyPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil || !exposed(info) {
		return nil //nolint:nilerr // said when it is read
	}
	return personal(KindCert, nil, "everybody on this machine may read or change the key in %s (%s); take that from them: chmod o-rwx,g-w %s", path, info.Mode().Perm(), path)
}

// trimTLS takes the library's own prefix from its errors.
func trimTLS(err error) string { return strings.TrimPrefix(fmt.Sprint(err), "tls: ") }
