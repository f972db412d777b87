package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearth/internal/testkit"
)

// pair is a certificate and its key in two files, as an operator gives them.
type pair struct{ cert, key string }

func newPair(t *testing.T) pair {
	dir := t.TempDir()
	return pair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

// write makes a certificate; change may spoil it.
func (p pair) write(t *testing.T, serial int64, change func(*x509.Certificate)) {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "own"}, DNSNames: []string{"chat.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(c)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	// The key first, as tools do that renew: the pair does not fit for a moment.
	put := func(path, kind string, b []byte, mode os.FileMode) {
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), mode); err != nil {
			t.Fatal(err)
		}
	}
	put(p.key, "PRIVATE KEY", secret, 0o600)
	put(p.cert, "CERTIFICATE", der, 0o644)
}

// slowest is how long a server waits for TLS and the header of HTTP.
const slowest = 5 * time.Second

// dialAs makes a TLS connection that asks for a name and returns the leaf shown. Where
// a busy machine takes longer than the server waits, the server does right to end it.
func dialAs(t *testing.T, h *Host, name string) *x509.Certificate {
	t.Helper()
	var c *tls.Conn
	for {
		begin := time.Now()
		var err error
		c, err = tls.Dial("tcp", h.listeners[0].Addr().String(), &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}) //nolint:gosec // looked at below
		if err == nil {
			break
		}
		if time.Since(begin) >= slowest {
			continue
		}
		t.Error(err) // also called beside the test
		return &x509.Certificate{}
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

// TestOwnCertificate: who asks for the certificate's name is shown it, everybody else
// the identity's; it is read again when it changes, and one that has run out is not
// shown any more.
func TestOwnCertificate(t *testing.T) {
	p := newPair(t)
	p.write(t, 100, nil)
	c := config(t, testkit.Dir(t))
	c.CertFile, c.KeyFile = p.cert, p.key
	h := start(t, c)
	for name, serial := range map[string]int64{"chat.example.org": 100, "elsewhere.example.org": 0, "": 0} {
		leaf := dialAs(t, h, name)
		if own := leaf.Subject.CommonName == "own"; own != (serial != 0) || own && leaf.SerialNumber.Int64() != serial {
			t.Errorf("%q is shown %s of %q", name, leaf.SerialNumber, leaf.Subject.CommonName)
		}
	}

	o := &ownCert{cert: p.cert, key: p.key, log: testkit.Logger(t)} // looks when it is told to
	o.current.Store(h.own.current.Load())
	o.look()
	show := func(name string) int64 {
		if c := o.shown(&tls.ClientHelloInfo{ServerName: name}); c != nil {
			return c.Leaf.SerialNumber.Int64()
		}
		return 0
	}
	p.write(t, 101, nil)
	o.look()
	if got := show("chat.example.org"); got != 101 {
		t.Errorf("after a change: %d", got)
	}
	if err := os.WriteFile(p.cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.look()
	if got := show("chat.example.org"); got != 101 {
		t.Errorf("after a broken change: %d", got)
	}
	expired := *o.current.Load()
	leaf := *expired.Leaf
	leaf.NotAfter = time.Now().Add(-time.Second)
	expired.Leaf = &leaf
	o.current.Store(&expired)
	if got := show("chat.example.org"); got != 0 {
		t.Error("one that has run out is shown")
	}
}

// TestOwnCertificateRefused: what cannot be used is refused at the start, in words.
func TestOwnCertificateRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, p pair)
		words []string
	}{
		"no files":    {func(t *testing.T, p pair) { os.Remove(p.cert) }, []string{"no file", "cert.pem"}},
		"no key file": {func(t *testing.T, p pair) { os.Remove(p.key) }, []string{"no file", "key.pem"}},
		"not PEM":     {func(t *testing.T, p pair) { os.WriteFile(p.cert, []byte("x"), 0o600) }, []string{"cert.pem", "key.pem"}},
		"a folder":    {func(t *testing.T, p pair) { os.Remove(p.cert); os.Mkdir(p.cert, 0o700) }, []string{"cert.pem", "not a PEM file"}},
		"key of another": {func(t *testing.T, p pair) {
			q := newPair(t)
			q.write(t, 1, nil)
			os.Rename(q.key, p.key)
		}, []string{"key"}},
		"expired": {func(t *testing.T, p pair) {
			p.write(t, 1, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
		}, []string{"expired"}},
		"not yet valid": {func(t *testing.T, p pair) {
			p.write(t, 1, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) })
		}, []string{"valid only from"}},
		"no name": {func(t *testing.T, p pair) { p.write(t, 1, func(c *x509.Certificate) { c.DNSNames = nil }) }, []string{"names no host"}},
		"for clients": {func(t *testing.T, p pair) {
			p.write(t, 1, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
		}, []string{"not for servers"}},
		"key for everybody":        {func(t *testing.T, p pair) { os.Chmod(p.key, 0o604) }, []string{"everybody", "chmod"}},
		"key for a group to write": {func(t *testing.T, p pair) { os.Chmod(p.key, 0o620) }, []string{"chmod"}},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && test.words[len(test.words)-1] == "chmod" {
				t.Skip("no such permissions")
			}
			p := newPair(t)
			p.write(t, 1, nil)
			test.spoil(t, p)
			c := config(t, testkit.Dir(t))
			c.CertFile, c.KeyFile = p.cert, p.key
			refused(t, openRefused(t, c), KindCert, test.words...)
		})
	}
	c := config(t, testkit.Dir(t))
	c.CertFile = "cert.pem"
	refused(t, openRefused(t, c), KindRequest, "--tls-cert", "--tls-key")
}

// TestRotationUnderLoad: while certificates of both kinds are replaced again and
// again, each of many handshakes at a time (1,000 in "make chaos") gets a whole chain of
// the kind it asked for, and the greeting's line goes with the identity. Under the race
// detector this also shows that nothing is changed in place.
func TestRotationUnderLoad(t *testing.T) {
	p := newPair(t)
	p.write(t, 1, nil)
	c := config(t, testkit.Dir(t))
	c.CertFile, c.KeyFile = p.cert, p.key
	stop(t, start(t, c))
	if _, err := RotateIdentity(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	h := start(t, c)
	own := &ownCert{cert: p.cert, key: p.key, log: h.log} // the test decides when to look
	own.current.Store(h.own.current.Load())
	workers, each := 20, 10
	if os.Getenv("HEARTH_CHAOS") != "" {
		each = 50
	}
	var ended atomic.Bool
	var rotating sync.WaitGroup
	rotating.Go(func() {
		for n := int64(2); !ended.Load(); n++ {
			h.certs.mu.Lock()
			h.certs.expires = time.Now() // due at once
			h.certs.mu.Unlock()
			p.write(t, n, nil)
			own.look()
			h.own.current.Store(own.current.Load())
		}
	})
	var handshakes sync.WaitGroup
	for range workers {
		handshakes.Go(func() {
			for i := range each {
				name := [...]string{"chat.example.org", "other.example.org"}[i%2]
				if own := dialAs(t, h, name).Subject.CommonName == "own"; own != (i%2 == 0) {
					t.Errorf("%s is shown the other certificate", name)
				}
				if line := h.certs.succession(); len(line) != 2 {
					t.Errorf("a line of %d", len(line))
				}
			}
		})
	}
	handshakes.Wait()
	ended.Store(true)
	rotating.Wait()
}
