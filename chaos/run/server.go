//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hearth/chaos/proxy"
)

// ordinaryLimits raise what is there for people, not for programs.
const ordinaryLimits = `
[backup]
every = "0"
[disk]
min_free_mib = 0
min_free_percent = 0
[limits]
sends_per_second = 100000
send_burst = 100000
requests_per_second = 100000
request_burst = 100000
history_pages_per_second = 1000
unauth_per_address = 4000
connections = 5000
unauthenticated = 2500
`

// strictLimits are those of a server that nobody has configured.
const strictLimits = `
[backup]
every = "0"
[disk]
min_free_mib = 0
min_free_percent = 0
`

// server is a hearth-server with its folder.
type server struct {
	programs Programs
	dir      string // of everything
	data     string
	config   string
	listen   string
	also     string // another address to listen on; "": none
	log      *transcript

	mu     sync.Mutex
	proc   *process // guarded by mu; nil while none runs
	invite string   // guarded by mu
}

func newServer(programs Programs, dir, data, config string) (*server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	address, err := proxy.FreeAddress()
	if err != nil {
		return nil, err
	}
	s := &server{
		programs: programs, dir: dir, data: data, config: filepath.Join(dir, "server.toml"), listen: address,
		log: &transcript{wary: serverAlarms},
	}
	return s, os.WriteFile(s.config, []byte(config), 0o600)
}

// errDied says that the program ended before it served.
var errDied = errors.New("the server ended before it served")

// start starts the program and waits until it serves.
func (s *server) start(ctx context.Context, env ...string) error {
	args := []string{"--data", s.data, "--listen", s.listen, "--public", "127.0.0.1:1", "--config", s.config, "--name", "Chaos"}
	if s.also != "" {
		args = append(args, "--listen", s.also)
	}
	p, err := launch(s.programs.Server, args, env, s.said, s.log)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.proc = p
	s.mu.Unlock()
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		select {
		case <-p.ended:
			return errDied
		default:
		}
		c, err := net.DialTimeout("tcp", s.listen, time.Second)
		if err == nil {
			return c.Close()
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the server does not serve after a minute\n%s", s.log)
}

func (s *server) said(line []byte) {
	if link, ok := strings.CutPrefix(string(line), "invite: "); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.invite = link
	}
}

func (s *server) running() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// kill ends it at once.
func (s *server) kill() {
	if p := s.running(); p != nil {
		p.kill()
		s.forget()
	}
}

func (s *server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc = nil
}

// stop asks it to end, and reports how it did.
func (s *server) stop() error {
	p := s.running()
	if p == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := p.wait(20 * time.Second); err != nil {
		p.kill()
		s.forget()
		return fmt.Errorf("stopping the server: %w", err)
	}
	s.forget()
	if killed, code := p.killed(); !killed && code != 0 {
		return fmt.Errorf("the stopped server ended with code %d\n%s", code, s.log)
	}
	return nil
}

// firstInvite waits for the owner's invite.
func (s *server) firstInvite(ctx context.Context) (string, error) {
	for range 2000 {
		s.mu.Lock()
		link := s.invite
		s.mu.Unlock()
		if link != "" {
			return link, nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("no invite\n%s", s.log)
}

// run runs another command of the program to its end.
func (s *server) run(ctx context.Context, args ...string) error {
	var out transcript
	p, err := launch(s.programs.Server, args, nil, func(b []byte) { _, _ = out.Write(append(b, '\n')) }, &out)
	if err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
		return ctx.Err()
	}
	p.work.Wait()
	if killed, code := p.killed(); killed || code != 0 {
		return fmt.Errorf("hearth-server %s: code %d\n%s", strings.Join(args, " "), code, &out)
	}
	return nil
}
