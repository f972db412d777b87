//go:build e2e

package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// works is a company's authority and a certificate of it for this machine, in files.
type works struct {
	ca, cert, key string
	pair          tls.Certificate
}

func newWorks(t *testing.T) works {
	t.Helper()
	dir := t.TempDir()
	w := works{ca: filepath.Join(dir, "ca.pem"), cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	block := func(kind string, der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	rootKey, key := newKey(), newKey()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Works CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "chat"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	write(t, w.ca, block("CERTIFICATE", rootDER, err))
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), rootKey)
	write(t, w.cert, block("CERTIFICATE", leafDER, err))
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	write(t, w.key, block("PRIVATE KEY", secret, err))
	if w.pair, err = tls.LoadX509KeyPair(w.cert, w.key); err != nil {
		t.Fatal(err)
	}
	return w
}

// proxy ends TLS at an address and hands everything on to another.
func (w works) proxy(t *testing.T, at, to string) {
	t.Helper()
	l, err := tls.Listen("tcp", at, &tls.Config{Certificates: []tls.Certificate{w.pair}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	silent := slog.NewLogLogger(slog.DiscardHandler, 0)
	proxy := &httputil.ReverseProxy{ErrorLog: silent, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: "http", Host: to})
		p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
		p.SetXForwarded()
	}}
	srv := &http.Server{Handler: proxy, ErrorLog: silent, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
}

// TestBehindProxy: two people talk and send a file through a real proxy that ends TLS,
// with a company's own authority; the command line says that it can read along.
func TestBehindProxy(t *testing.T) {
	w := newWorks(t)
	server := newServer(t, fastConfig+"\n[tls]\nbehind_proxy = [\"127.0.0.1\"]\n")
	server.public = freeAddress(t)
	w.proxy(t, server.public, server.listen)
	server.start(true)
	if !strings.Contains(server.invite, "&b=0") {
		t.Fatalf("the invite promises bound logins: %.60s", server.invite)
	}
	ana, ben := newCLI(t), newCLI(t)
	if _, errs, code := ana.run("", "join", server.invite, "--name", "ana", "--password-file", ana.pass); code == 0 {
		t.Errorf("joined without the authority: %s", errs)
	}
	ana.must("", "--ca", w.ca, "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	invite := strings.TrimSpace(ana.must("", "invite"))
	bound := strings.Replace(invite, "b=0", "b=1", 1)
	if _, errs, code := ben.run("", "--ca", w.ca, "join", bound, "--name", "ben", "--password-file", ben.pass); code == 0 {
		t.Errorf("joined by a link that promises bound logins: %s", errs)
	}
	ben.must("", "--ca", w.ca, "join", invite, "--name", "ben", "--password-file", ben.pass)
	ana.must("", "send", "general", "hello")
	ben.must("", "send", "general", "there")
	sent := filepath.Join(t.TempDir(), "plan.txt")
	write(t, sent, strings.Repeat("through the proxy, too\n", 9000))
	ana.must("", "send", "general", "the plan", "--file", sent)
	list, got := caughtUp(t, ben), filepath.Join(t.TempDir(), "got.txt")
	ben.must("", "fetch", "general", fmt.Sprint(list[len(list)-1].Seq), "--to", got)
	want, err := os.ReadFile(sent)
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.ReadFile(got); err != nil || !bytes.Equal(want, have) {
		t.Errorf("the file came as %d bytes instead of %d: %v", len(have), len(want), err)
	}
	for _, c := range []*cli{ana, ben} {
		if got := strings.Join(messages(caughtUp(t, c)), " "); got != "hello there the plan" {
			t.Errorf("a profile holds %q", got)
		}
		if status := c.must("", "status"); !strings.Contains(status, "proxy that can read along") {
			t.Errorf("not said: %s", status)
		}
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	// A link that is made while it does not run says so, too.
	out, err := server.command("invite", "--data", server.data)
	if err != nil || !strings.Contains(out, "&b=0") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestOwnAuthority: a server with a certificate of a company's authority, for those who
// were given the authority's file and for nobody else by that name.
func TestOwnAuthority(t *testing.T) {
	w := newWorks(t)
	server := newServer(t, fmt.Sprintf("%s\n[tls]\ncert = %q\nkey = %q\n", fastConfig, w.cert, w.key))
	_, port, _ := strings.Cut(server.listen, ":")
	server.public = "localhost:" + port
	server.start(true)
	ana, ben := newCLI(t), newCLI(t)
	if _, errs, code := ana.run("", "join", server.invite, "--name", "ana", "--password-file", ana.pass); code == 0 {
		t.Errorf("joined without the authority: %s", errs)
	}
	ana.must("", "--ca", w.ca, "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	ana.must("", "send", "general", "hello")
	if status := ana.must("", "status"); strings.Contains(status, "proxy") {
		t.Errorf("said of a server that is reached directly: %s", status)
	}
	// By an address the server shows its own certificate, and no authority is asked.
	byAddress := strings.Replace(strings.TrimSpace(ana.must("", "invite")), "localhost:", "127.0.0.1:", 1)
	ben.must("", "join", byAddress, "--name", "ben", "--password-file", ben.pass)
	if got := strings.Join(messages(caughtUp(t, ben)), " "); got != "hello" {
		t.Errorf("ben holds %q", got)
	}
	// Forgotten, the authority counts no more; given again, it does.
	ana.must("", "forget-ca")
	if out, errs, code := ana.run("", "status", "--wait"); code != 4 || !strings.Contains(out+errs, "--ca names the authority's file") {
		t.Errorf("after forget-ca: exit code %d, %s %s", code, out, errs)
	}
	ana.must("", "--ca", w.ca, "status", "--wait")
	ana.must("", "status", "--wait")
	if _, errs, code := ana.run("", "--ca", w.ca, "forget-ca"); code != 2 || !strings.Contains(errs, "not with --ca") {
		t.Errorf("forget-ca with --ca: exit code %d, %s", code, errs)
	}
	if _, _, code := ben.run("", "--ca", w.key, "status"); code != 2 {
		t.Errorf("a key as authority: exit code %d", code)
	}
}
