package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hearth/internal/testkit"
)

// TestFrontRefused: what contradicts itself in how the server is reached is refused at
// the start, in words.
func TestFrontRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *Config)
		words  []string
	}{
		"no name":    {func(c *Config) { c.ACMEDirectory = "https://ca.example.org/dir" }, []string{"--acme DOMAIN"}},
		"an address": {func(c *Config) { c.ACME = "192.0.2.1" }, []string{"--acme 192.0.2.1"}},
		"a port":     {func(c *Config) { c.ACME = "chat.example.org:443" }, []string{"--acme"}},
		"one word":   {func(c *Config) { c.ACME = "chat" }, []string{"--acme"}},
		"a path":     {func(c *Config) { c.ACME = "../chat.example.org" }, []string{"--acme"}},
		"two certificates": {func(c *Config) {
			c.ACME, c.BehindProxy, c.Public = "chat.example.org", []string{"127.0.0.1"}, []string{"a:1"}
		}, []string{"--acme", "--behind-proxy"}},
		"a proxy without a name":  {func(c *Config) { c.BehindProxy = []string{"127.0.0.1"} }, []string{"--public"}},
		"a proxy that is anybody": {func(c *Config) { c.BehindProxy, c.Public = []string{"0.0.0.0/0"}, []string{"a:1"} }, []string{"everybody"}},
		"a proxy that is a name":  {func(c *Config) { c.BehindProxy, c.Public = []string{"proxy"}, []string{"a:1"} }, []string{"--behind-proxy"}},
		"a proxy and certificates": {func(c *Config) {
			c.BehindProxy, c.Public, c.CertFile, c.KeyFile = []string{"::1"}, []string{"a:1"}, "c", "k"
		}, []string{"--tls-cert"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, testkit.Dir(t))
			test.change(&c)
			refused(t, openRefused(t, c), KindRequest, test.words...)
		})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := config(t, testkit.Dir(t))
	c.ACME, c.ACMEHTTP = "chat.example.org", l.Addr().String()
	refused(t, openRefused(t, c), KindAddress, "--acme-http")
	c.ACMEHTTP, c.ACMECA = "127.0.0.1:0", filepath.Join(t.TempDir(), "none")
	refused(t, openRefused(t, c), KindCert, "none")
}

// TestACMEKept: a certificate is kept with its key, due with a third of its life left,
// and shown for its name alone.
func TestACMEKept(t *testing.T) {
	a := &acmeCert{domain: "chat.example.org", folder: t.TempDir(), log: testkit.Logger(t), answers: map[string]string{}}
	if a.due(time.Now()) != 0 || a.shown(&tls.ClientHelloInfo{ServerName: a.domain}) != nil {
		t.Error("before there is one")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Hour)
	issue := func(name string) [][]byte {
		c := &x509.Certificate{SerialNumber: big.NewInt(7), DNSNames: []string{name}, NotBefore: began, NotAfter: began.Add(90 * time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{der}
	}
	if err := a.keep(issue("other.example.org"), key); err == nil || a.current.Load() != nil {
		t.Error("one for another name was kept")
	}
	if err := a.keep(issue(a.domain), key); err != nil {
		t.Fatal(err)
	}
	if due := a.due(time.Now()); due < 58*time.Hour || due > 60*time.Hour {
		t.Errorf("due in %v", due)
	}
	if err := a.lasts(nil); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]bool{a.domain: true, "other.example.org": false, "": false} {
		if got := a.shown(&tls.ClientHelloInfo{ServerName: name}) != nil; got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	if pair, err := a.stored(); err != nil || pair.Leaf.SerialNumber.Int64() != 7 {
		t.Errorf("read again: %v", err)
	}
	first, err := a.accountKey()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.accountKey(); err != nil || !again.Equal(first) {
		t.Errorf("another account: %v", err)
	}
	if err := os.WriteFile(filepath.Join(a.folder, acmeAccount), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.accountKey(); err == nil {
		t.Error("a damaged account was replaced in silence")
	}
	// To a clock that is ahead every new certificate is old already.
	began = time.Now().Add(-80 * time.Hour)
	if err := a.keep(issue(a.domain), key); err != nil {
		t.Fatal(err)
	}
	if err := a.lasts(nil); err == nil {
		t.Error("the authority would be asked again and again, without a pause")
	}
}

// TestACMEAnswers: the listener for the authority's checks serves those and nothing
// else.
func TestACMEAnswers(t *testing.T) {
	a := &acmeCert{answers: map[string]string{}}
	a.put(acmePath+"token", "token.thumb")
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", acmePath + "token", http.StatusOK},
		{"POST", acmePath + "token", http.StatusNotFound},
		{"GET", acmePath + "other", http.StatusNotFound},
		{"GET", acmePath, http.StatusNotFound},
		{"GET", "/", http.StatusNotFound},
	} {
		w := httptest.NewRecorder()
		a.answer(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.want || c.want == http.StatusOK && w.Body.String() != "token.thumb" {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, w.Body)
		}
	}
	a.put(acmePath+"token", "")
	w := httptest.NewRecorder()
	if a.answer(w, httptest.NewRequest("GET", acmePath+"token", nil)); w.Code != http.StatusNotFound {
		t.Error("answered when it is over")
	}
}
