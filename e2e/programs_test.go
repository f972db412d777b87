//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs builds the server and the command-line client once, or takes them
// from HEARTH_BIN.
var programs = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("HEARTH_BIN"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.MkdirTemp("", "hearth-e2e-")
	if err != nil {
		return "", err
	}
	for name, pkg := range map[string]string{"hearth-server": "hearth/cmd/server", "hearth-cli": "hearth/cmd/cli"} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, name+exe()), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return dir, nil
})

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func program(t *testing.T, name string) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name+exe())
}

// fastConfig raises the limits that are there for people, not for tests.
const fastConfig = `
[limits]
sends_per_second = 100000
send_burst = 100000
requests_per_second = 100000
request_burst = 100000
history_pages_per_second = 1000
`

// serverProcess is a hearth-server that can be killed and started again on the
// same data and port.
type serverProcess struct {
	t      *testing.T
	data   string
	config string
	listen string
	public string // "": listen
	cmd    *exec.Cmd
	stderr *lockedBuffer
	invite string
}

func newServer(t *testing.T, config string) *serverProcess {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "server.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &serverProcess{t: t, data: filepath.Join(dir, "data"), config: file, listen: freeAddress(t), stderr: &lockedBuffer{}}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("server's log:\n%s", tail(s.stderr.String(), 8000))
		}
	})
	return s
}

// start runs the server and returns once it serves. The first start has an
// invite for the owner.
func (s *serverProcess) start(wantInvite bool) {
	s.t.Helper()
	s.cmd = exec.Command(program(s.t, "hearth-server"), "--data", s.data, "--listen", s.listen, "--public", cmp.Or(s.public, s.listen), "--config", s.config, "--name", "End to end")
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stderr = s.stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	if wantInvite {
		s.awaitInvite(out)
	}
	s.awaitPort()
}

func (s *serverProcess) awaitInvite(out interface{ Read([]byte) (int, error) }) {
	s.t.Helper()
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if link, ok := strings.CutPrefix(lines.Text(), "invite: "); ok {
				found <- link
				return
			}
		}
		close(found)
	}()
	select {
	case link, ok := <-found:
		if !ok {
			s.t.Fatalf("the server ended without an invite:\n%s", s.stderr)
		}
		s.invite = link
	case <-time.After(20 * time.Second):
		s.t.Fatalf("no invite within 20 s:\n%s", s.stderr)
	}
}

// kill ends the server without any warning and waits for its end.
func (s *serverProcess) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// stop asks the server to end and reports how it did.
func (s *serverProcess) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	err := s.cmd.Wait()
	s.cmd = nil
	return err
}

// cli is a hearth-cli profile.
type cli struct {
	t       *testing.T
	dir     string
	vault   string
	pass    string
	timeout string
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	dir := t.TempDir()
	c := &cli{t: t, dir: filepath.Join(dir, "profile"), vault: filepath.Join(dir, "vault"), pass: filepath.Join(dir, "password"), timeout: "120s"}
	write(t, c.vault, "the passphrase of this vault\n")
	write(t, c.pass, "a long enough password 42\n")
	return c
}

func (c *cli) command(ctx context.Context, args ...string) *exec.Cmd {
	all := append([]string{"--profile", c.dir + string(filepath.Separator), "--vault-file", c.vault, "--timeout", c.timeout}, args...)
	cmd := exec.CommandContext(ctx, program(c.t, "hearth-cli"), all...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs a command to its end and returns what it printed and its exit code.
func (c *cli) run(stdin string, args ...string) (stdout, stderr string, code int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := c.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		c.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must is run for commands that have to succeed.
func (c *cli) must(stdin string, args ...string) string {
	c.t.Helper()
	out, errs, code := c.run(stdin, args...)
	if code != 0 {
		c.t.Fatalf("hearth-cli %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// event is a line of tail --json.
type event struct {
	Room   string `json:"room"`
	Seq    uint64 `json:"seq"`
	MID    string `json:"mid"`
	Author string `json:"author"`
	Time   int64  `json:"time"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Chain  string `json:"chain"`
	State  string `json:"state"`
}

// tail reads a room from the profile's own disk.
func (c *cli) tail(room string) []event {
	c.t.Helper()
	return events(c.t, c.must("", "tail", room, "--json"))
}

func events(t *testing.T, out string) (list []event) {
	t.Helper()
	for line := range strings.Lines(out) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("not JSON: %q: %v", line, err)
		}
		list = append(list, e)
	}
	return list
}

// lockedBuffer collects what several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func tail(s string, most int) string {
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serverLink is an invite without its secret.
func serverLink(invite string) string {
	link, _, _ := strings.Cut(invite, "#")
	return strings.Replace(link, "/join?", "/?", 1)
}

// messages returns what was said.
func messages(list []event) (texts []string) {
	for _, e := range list {
		if e.Kind == "message" {
			texts = append(texts, e.Text)
		}
	}
	return texts
}
