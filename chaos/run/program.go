//go:build unix

package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Programs are the paths of the two programs, built with the tag chaos.
type Programs struct {
	Server string
	CLI    string
}

// Build builds the programs into a folder.
func Build(ctx context.Context, dir string) (Programs, error) {
	p := Programs{Server: filepath.Join(dir, "hearth-server"), CLI: filepath.Join(dir, "hearth-cli")}
	for path, pkg := range map[string]string{p.Server: "hearth/cmd/server", p.CLI: "hearth/cmd/cli"} {
		build := exec.CommandContext(ctx, "go", "build", "-tags", "chaos", "-o", path, pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return p, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return p, nil
}

// process is a program that runs.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan struct{} // closed after the end; state is there then
	work  sync.WaitGroup
}

// launch starts a program. Each line of its standard output goes to line, all of
// its standard error to log.
func launch(path string, args, env []string, line func([]byte), log io.Writer) (*process, error) {
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{})} //nolint:gosec // our own programs
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = log
	p.cmd.WaitDelay = 5 * time.Second
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.stdin = in
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.work.Go(func() {
		eachLine(out, line)
		_ = p.cmd.Wait() // the state says how it ended
		close(p.ended)
	})
	return p, nil
}

// eachLine calls do for every whole line. What a program did not finish writing
// before it was killed is dropped.
func eachLine(r io.Reader, do func([]byte)) {
	var rest []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		rest = append(rest, buf[:n]...)
		for {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			do(rest[:i])
			rest = rest[i+1:]
		}
		if err != nil {
			return
		}
	}
}

// kill ends the program without any warning and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	p.work.Wait()
}

// wait waits for the end for at most d.
func (p *process) wait(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.ended:
		p.work.Wait()
		return nil
	case <-t.C:
		return errLate
	}
}

var errLate = errors.New("not ended in time")

// killed reports whether the program was ended by a signal; otherwise it ended by
// itself with the code.
func (p *process) killed() (bool, int) {
	code := p.cmd.ProcessState.ExitCode()
	return code < 0, code
}

// transcript keeps the end of what a program logs, and counts lines that must
// not be there.
type transcript struct {
	mu     sync.Mutex
	rest   []byte               // guarded by mu: a line that is not finished
	last   []string             // guarded by mu
	alarms map[string]int       // guarded by mu
	times  map[string]time.Time // guarded by mu: when a line with a mark came last
	marks  []string             // fixed
	wary   []string             // fixed
}

// keptLines bounds what is shown after a failure.
const keptLines = 60

// Write implements io.Writer.
func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest = append(t.rest, b...)
	for {
		i := bytes.IndexByte(t.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		t.lineLocked(string(t.rest[:i]))
		t.rest = t.rest[i+1:]
	}
}

func (t *transcript) lineLocked(line string) {
	for _, bad := range t.wary {
		if strings.Contains(line, bad) {
			if t.alarms == nil {
				t.alarms = map[string]int{}
			}
			t.alarms[bad]++
		}
	}
	for _, mark := range t.marks {
		if strings.Contains(line, mark) {
			if t.times == nil {
				t.times = map[string]time.Time{}
			}
			t.times[mark] = time.Now()
		}
	}
	if t.last = append(t.last, line); len(t.last) > keptLines {
		t.last = t.last[1:]
	}
}

// raised returns the lines that must not be there, and how often they were.
func (t *transcript) raised() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[string]int{}
	for k, v := range t.alarms {
		out[k] = v
	}
	return out
}

// when returns when a marked line came last.
func (t *transcript) when(mark string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.times[mark]
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.last, "\n")
}

// Lines that a right program never logs while nobody lies to it.
var (
	clientAlarms = []string{
		"events are missing in the stream", "the socket was alive but the feed was not",
		"history of a room does not fit ours", "server answered what was not asked", "the store has failed",
		"panic:", "we keep to it", "goroutine ",
	}
	serverAlarms = []string{"panic:", "The disk failed", "A request failed", "takes no writes any more", "goroutine "}
)

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
