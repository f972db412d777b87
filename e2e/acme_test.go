//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"hearth/chat"
	"hearth/net/link"
)

// authority is a real ACME server (pebble, the one that Let's Encrypt tests with) as a
// process, with a name server of this test's that leads every name to this machine.
type authority struct {
	t      *testing.T
	works  works
	dir    string // URL of the directory
	manage string
	cmd    *exec.Cmd
	log    *lockedBuffer
}

func newAuthority(t *testing.T, checks string) *authority {
	t.Helper()
	folder := t.TempDir()
	pebble := filepath.Join(folder, "pebble"+exe())
	build := exec.Command("go", "build", "-modfile=tools/go.mod", "-o", pebble, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the authority: %v\n%s", err, out)
	}
	a := &authority{t: t, works: newWorks(t), log: &lockedBuffer{}}
	at, manage := freeAddress(t), freeAddress(t)
	a.dir, a.manage = "https://"+at+"/dir", "https://"+manage
	var port int
	if _, text, err := net.SplitHostPort(checks); err != nil {
		t.Fatal(err)
	} else if _, err := fmt.Sscan(text, &port); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": at, "managementListenAddress": manage, "certificate": a.works.cert, "privateKey": a.works.key,
		"httpPort": port, "tlsPort": port, "keyAlgorithm": "ecdsa", "retryAfter": map[string]int{"authz": 1, "order": 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "pebble.json")
	write(t, file, string(config))
	a.cmd = exec.Command(pebble, "-config", file, "-dnsserver", nameServer(t))
	a.cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	a.cmd.Stdout, a.cmd.Stderr = a.log, a.log
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.stop()
		if t.Failed() {
			t.Logf("authority's log:\n%s", tail(a.log.String(), 8000))
		}
	})
	return a
}

func (a *authority) stop() {
	if a.cmd.ProcessState == nil {
		_ = a.cmd.Process.Kill()
		_ = a.cmd.Wait()
	}
}

// root is what the authority's certificates lead to; it makes one at each start.
func (a *authority) root() *x509.CertPool {
	a.t.Helper()
	trusted := x509.NewCertPool()
	b, err := os.ReadFile(a.works.ca)
	if err != nil || !trusted.AppendCertsFromPEM(b) {
		a.t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true}}
	var resp *http.Response
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if resp, err = client.Get(a.manage + "/roots/0"); err == nil {
			break
		}
		if time.Now().After(deadline) {
			a.t.Fatal(err)
		}
	}
	defer resp.Body.Close()
	b, err = io.ReadAll(resp.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		a.t.Fatal("no root", err)
	}
	return pool
}

// nameServer answers every question for an IPv4 address with this machine's, over TCP,
// which is how the authority asks.
func nameServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(10 * time.Second))
			for resolve(c) == nil {
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// resolve answers one question on a connection.
func resolve(c net.Conn) error {
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return err
	}
	b := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		return err
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			})
		}
	}
	out, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
	return err
}

// shown returns the leaf that a server shows to who asks for a name, if it is one of an
// authority's; nil if it is the server's own.
func shown(t *testing.T, at, name string, roots *x509.CertPool) *x509.Certificate {
	t.Helper()
	c, err := tls.Dial("tcp", at, &tls.Config{ServerName: name, RootCAs: roots, MinVersion: tls.VersionTLS13})
	if err != nil {
		return nil
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

// TestACME: one flag gets a certificate from a real authority, which proves nothing by
// itself and is kept over a restart; and while the authority is away everybody who has an
// invite comes in.
func TestACME(t *testing.T) {
	const name = "chat.example.org"
	checks := freeAddress(t)
	a := newAuthority(t, checks)
	config := func(directory string) string {
		return fmt.Sprintf("%s\n[tls]\nacme = %q\nacme_directory = %q\nacme_ca = %q\nacme_http = %q\n", fastConfig, name, directory, a.works.ca, checks)
	}
	roots := a.root() // it runs

	away := newServer(t, config("https://"+freeAddress(t)+"/dir"))
	away.start(true)
	eve := newCLI(t)
	eve.must("", "join", away.invite, "--name", "eve", "--password-file", eve.pass)
	eve.must("", "send", "general", "in")
	if shown(t, away.listen, name, roots) != nil {
		t.Error("a certificate from nowhere")
	}
	if err := away.stop(); err != nil {
		t.Fatal(err)
	}

	server := newServer(t, config(a.dir))
	server.start(true)
	var leaf *x509.Certificate
	for deadline := time.Now().Add(2 * time.Minute); leaf == nil; time.Sleep(100 * time.Millisecond) {
		if leaf = shown(t, server.listen, name, roots); leaf == nil && time.Now().After(deadline) {
			t.Fatal("no certificate")
		}
	}
	invite, err := chat.ParseLink(server.invite)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(server.listen)
	to := chat.Link{Addresses: []string{name + ":" + port}, Server: invite.Server, Bound: true}
	o := link.Options{Roots: roots, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server.listen)
	}}
	if id, err := link.Probe(t.Context(), to, o); err != nil || !id.Verified || !id.Bound {
		t.Errorf("by its name: %+v, %v", id, err)
	}
	stranger := to
	stranger.Server[0] ^= 1
	if _, err := link.Probe(t.Context(), stranger, o); link.KindOf(err) != link.KindPinMismatch {
		t.Errorf("the certificate alone opens: %v", err)
	}
	ana := newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass) // by its address

	if resp, err := http.Get("http://" + checks + "/"); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("something is served beside the checks: %v, %v", resp, err)
	} else {
		_ = resp.Body.Close()
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	a.stop()
	server.start(false)
	if again := shown(t, server.listen, name, roots); again == nil || again.SerialNumber.Cmp(leaf.SerialNumber) != 0 {
		t.Error("the certificate was not kept")
	}
	for _, file := range []string{"account.pem", name + ".pem"} {
		info, err := os.Stat(filepath.Join(server.data, "acme", file))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if log := server.stderr.String(); strings.Contains(log, "PRIVATE") {
		t.Error("a key in the log")
	}
}
