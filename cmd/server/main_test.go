package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/link"
	"hearth/server/host"
)

// TestMain also is the program that looks at files for these tests.
func TestMain(m *testing.M) {
	if code, ok := host.RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout); ok {
		os.Exit(code)
	}
	testkit.Main(m)
}

// result is how a run of the program ended.
type result struct {
	code        int
	out, errors string
}

func program(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, &out, &errs)
	return result{code, out.String(), errs.String()}
}

// wrong checks the exit code and that standard error says all of words.
func (r result) wrong(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d: %s", r.code, code, r.errors)
	}
	for _, w := range words {
		if !strings.Contains(r.errors, w) {
			t.Errorf("%q does not say %q", r.errors, w)
		}
	}
	if strings.Contains(r.out, "invite:") {
		t.Errorf("an invite on standard output: %q", r.out)
	}
}

// lines is an output that others may read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serving is a server that runs until stop.
type serving struct {
	out, errs lines
	cancel    context.CancelFunc
	code      chan int
	dir       string
}

func serve(t *testing.T, dir string, args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &serving{cancel: cancel, code: make(chan int, 1), dir: dir}
	args = append([]string{"--data", dir, "--listen", "127.0.0.1:0"}, args...)
	go func() { s.code <- run(ctx, args, &s.out, &s.errs) }()
	serves := func() bool { return strings.Contains(s.errs.String(), `"msg":"Serving"`) }
	defer func() {
		if !serves() {
			cancel()
			t.Logf("it does not serve: %s", s.errs.String())
		}
	}()
	testkit.Eventually(t, "serving", serves)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *serving) stop(t *testing.T) {
	t.Helper()
	if s.cancel == nil {
		return
	}
	s.cancel()
	s.cancel = nil
	if code := <-s.code; code != exitOK {
		t.Errorf("it ended with %d: %s", code, s.errs.String())
	}
}

// inviteLine parses the one line of standard output.
func inviteLine(t *testing.T, out string) chat.Link {
	t.Helper()
	text, ok := strings.CutPrefix(out, "invite: ")
	if !ok || !strings.HasSuffix(text, "\n") || strings.Count(out, "\n") != 1 {
		t.Fatalf("standard output is %q", out)
	}
	link, err := chat.ParseLink(strings.TrimSuffix(text, "\n"))
	if err != nil || link.Secret.IsZero() {
		t.Fatalf("%q is no invite: %v", text, err)
	}
	return link
}

func TestInviteLine(t *testing.T) {
	dir := testkit.Dir(t)
	s := serve(t, dir, "--public", "chat.example.org")
	first := inviteLine(t, s.out.String())
	if want := fmt.Sprintf("chat.example.org:%d", chat.DefaultPort); first.Addresses[0] != want {
		t.Errorf("the invite leads to %v", first.Addresses)
	}
	s.stop(t)
	// Nobody has joined: there is one again, and the identity has stayed.
	s = serve(t, dir)
	second := inviteLine(t, s.out.String())
	if second.Secret == first.Secret || second.Server != first.Server {
		t.Error("not a new invite of the same server")
	}
}

func TestInviteCommand(t *testing.T) {
	dir := testkit.Dir(t)
	config := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(config, []byte("[limits]\ninvite_uses = 5\ninvite_days = 10\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, "invite", "--data", dir).wrong(t, exitAbsent, dir)
	s := serve(t, dir, "--config", config)
	served := inviteLine(t, s.out.String())
	ask := func(args ...string) result { return program(t, append([]string{"invite", "--data", dir}, args...)...) }
	check := func(when string) {
		for _, args := range [][]string{{}, {"--uses", "5", "--expires", "10d"}, {"--expires", "12h"}, {"--expires", "90m30s"}} {
			r := ask(append(args, "--config", config)...)
			if r.code != 0 {
				t.Errorf("%s, %v: %d %s", when, args, r.code, r.errors)
				continue
			}
			if link := inviteLine(t, r.out); link.Server != served.Server || link.Addresses[0] != served.Addresses[0] {
				t.Errorf("%s, %v: leads to %v, the server is at %v", when, args, link.Addresses, served.Addresses)
			}
		}
		ask("--uses", "6", "--config", config).wrong(t, exitUsage, "invite_uses")
		ask("--expires", "11d", "--config", config).wrong(t, exitUsage, "invite_days")
		ask("--uses", "0").wrong(t, exitUsage, "--uses")
		for _, length := range []string{"0d", "0s", "7", "-1h", "week", "99999999d"} {
			ask("--expires="+length).wrong(t, exitUsage, "--expires")
		}
	}
	check("running")
	ask("--uses", "6").wrong(t, exitUsage, "invite_uses") // the server's limits, without naming them again
	s.stop(t)
	check("stopped")
}

// TestResetCommand: the program makes links for new passwords, for who is here.
func TestResetCommand(t *testing.T) {
	dir := testkit.Dir(t)
	ask := func(args ...string) result { return program(t, append([]string{"reset", "--data", dir}, args...)...) }
	ask("ann").wrong(t, exitAbsent, dir)
	s := serve(t, dir)
	ask().wrong(t, exitUsage, "login-name")
	ask("ann").wrong(t, exitAbsent, "ann")
	ask("no name!").wrong(t, exitUsage, "login name")
	owner := inviteLine(t, s.out.String())
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	ann := link.NewAccount{Name: "ann", Display: "Ann", Password: []byte("green kettle on the stove"), Device: link.Device{Key: key, Name: "desk"}}
	if _, err := link.Register(t.Context(), owner, ann, link.Options{}); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		r := ask("Ann")
		text, ok := strings.CutPrefix(r.out, "reset: ")
		l, err := chat.ParseLink(strings.TrimSpace(text))
		if r.code != 0 || !ok || err != nil || l.Secret.IsZero() || l.Server != owner.Server || l.Addresses[0] != owner.Addresses[0] {
			t.Errorf("%s: %d %q %s %v", when, r.code, r.out, r.errors, err)
		}
	}
	check("running")
	s.stop(t)
	check("stopped")
}

// TestAccountCommands: the program shuts people out, lets them in and deletes them.
func TestAccountCommands(t *testing.T) {
	dir := testkit.Dir(t)
	ask := func(args ...string) result {
		return program(t, append([]string{args[0], "--data", dir}, args[1:]...)...)
	}
	ask("suspend", "ann").wrong(t, exitAbsent, dir)
	s := serve(t, dir)
	ask("suspend").wrong(t, exitUsage, "login-name")
	ask("delete-account", "--yes", "ann").wrong(t, exitAbsent, "ann")
	ask("delete-account", "ann").wrong(t, exitUsage, "--yes", "ann")
	owner := inviteLine(t, s.out.String())
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	ann := link.NewAccount{Name: "ann", Display: "Ann", Password: []byte("green kettle on the stove"), Device: link.Device{Key: key, Name: "desk"}}
	if _, err := link.Register(t.Context(), owner, ann, link.Options{}); err != nil {
		t.Fatal(err)
	}
	invited := ask("invite")
	_, key, err = ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	bob := link.NewAccount{Name: "bob", Display: "Bob", Password: []byte("green kettle on the stove"), Device: link.Device{Key: key, Name: "desk"}}
	if _, err := link.Register(t.Context(), inviteLine(t, invited.out), bob, link.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, says string }{
		{"people", "ann  \"Ann\"  owner\nbob  \"Bob\""},
		{"suspend ann", "ann is suspended\nbob now owns a room too that only ann owned; both do from here on"},
		{"suspend ann", "ann is suspended"},
		{"suspended", `ann  "Ann"`},
		{"people", "ann  \"Ann\"  owner  suspended\nbob  \"Bob\""},
		{"unsuspend ann", "ann is let in again"},
		{"suspended", ""},
		{"delete-account --yes ann", "ann is deleted"},
		{"delete-account --yes --erase ann", "ann is deleted; what they wrote is being erased"},
	} {
		if r := ask(strings.Fields(c.args)...); r.code != 0 || strings.TrimSpace(r.out) != c.says {
			t.Errorf("%s: %d %q %s", c.args, r.code, r.out, r.errors)
		}
	}
	s.stop(t)
	ask("unsuspend", "ann").wrong(t, exitAbsent, "ann")
	if r := ask("suspend", "bob"); r.code != 0 || !strings.Contains(r.out, "once something happens there") {
		t.Errorf("while it does not run: %d %q %s", r.code, r.out, r.errors)
	}
}

func TestExitCodes(t *testing.T) {
	program(t, "--no-such-flag").wrong(t, exitUsage, "no-such-flag", "--help")
	program(t).wrong(t, exitUsage, "--data")
	program(t, "invite").wrong(t, exitUsage, "--data")
	program(t, "--data", t.TempDir(), "--config", filepath.Join(t.TempDir(), "none")).wrong(t, exitUsage, "none")
	program(t, "--data", t.TempDir(), "--name", strings.Repeat("n", 65)).wrong(t, exitUsage, "65", "64")

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, "--data", file).wrong(t, exitFolder, file, "--data")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program(t, "--data", t.TempDir(), "--listen", l.Addr().String()).wrong(t, exitAddress, l.Addr().String(), "--listen")
	program(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--ops", l.Addr().String()).wrong(t, exitAddress, l.Addr().String(), "with --ops")

	dir := testkit.Dir(t)
	s := serve(t, dir)
	program(t, "--data", dir, "--listen", "127.0.0.1:0").wrong(t, exitInUse, dir)
	s.stop(t)
	identity := filepath.Join(dir, "identity.pem")
	if err := os.Rename(identity, identity+".away"); err != nil {
		t.Fatal(err)
	}
	program(t, "--data", dir, "--listen", "127.0.0.1:0").wrong(t, exitIdentity, identity)
	if err := os.Truncate(filepath.Join(dir, "hearth.db"), 12_000); err != nil {
		t.Fatal(err)
	}
	program(t, "--data", dir, "--listen", "127.0.0.1:0").wrong(t, exitDamaged, dir)
}

// TestStoppedWhileOpening: a signal that comes before the server serves is no
// failure.
func TestStoppedWhileOpening(t *testing.T) {
	dir := testkit.Dir(t)
	serve(t, dir).stop(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"--data", dir, "--listen", "127.0.0.1:0"}, &out, &errs); code != exitOK || out.Len() > 0 || strings.Contains(errs.String(), "hearth-server:") {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
	serve(t, dir).stop(t)
}

// TestExitCodesDiffer: each cause has a code of its own, and all are documented.
func TestExitCodesDiffer(t *testing.T) {
	page, err := os.ReadFile("../../docs/server.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]host.Kind{exitOK: "clean", exitOther: "other"}
	for kind, code := range exitOf {
		if before, ok := seen[code]; ok {
			t.Errorf("%s and %s both end with %d", kind, before, code)
		}
		seen[code] = kind
		if got := exitCode(fmt.Errorf("start: %w", &host.Error{Kind: kind})); got != code {
			t.Errorf("%s ends with %d, not %d", kind, got, code)
		}
	}
	for code := range seen {
		if !bytes.Contains(page, fmt.Appendf(nil, "\n| %d |", code)) {
			t.Errorf("docs/server.md does not list exit code %d", code)
		}
	}
	if got := exitCode(fmt.Errorf("no kind")); got != exitOther {
		t.Errorf("anything else ends with %d", got)
	}
}

func TestVersion(t *testing.T) {
	r := program(t, "--version")
	if r.code != exitOK || !strings.HasPrefix(r.out, "hearth-server ") || strings.Count(r.out, "\n") != 1 {
		t.Errorf("%+v", r)
	}
	if r := program(t, "serve", "--help"); r.code != exitOK || !strings.Contains(r.out, "--data") {
		t.Errorf("%+v", r)
	}
}
