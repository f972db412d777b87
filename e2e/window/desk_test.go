//go:build window

package window

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bin is where the programs are; make test builds them first.
func bin(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("HEARTH_BIN")
	if dir == "" {
		dir = "../../build/bin"
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is missing: run make build first", path)
	}
	return path
}

// folder returns where pictures or logs go.
func folder(t testing.TB, variable, otherwise string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		dir = filepath.Join("../../build", otherwise)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a tool of the desktop and returns what it printed.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out))
}

// until polls, because other processes tell nobody when they are ready.
func until(t testing.TB, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v (%s)", what, limit, steps())
		}
	}
}

// steps tells on which lines of these tests we are, from the test itself inwards: a
// failure in a helper tells little without the helpers around it.
func steps() string {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	var all []string
	for {
		f, more := frames.Next()
		_, name, ours := strings.Cut(f.Function, "hearth/e2e/window.")
		if ours {
			all = append(all, fmt.Sprintf("%s %s:%d", name[strings.LastIndexByte(name, '.')+1:], filepath.Base(f.File), f.Line))
		}
		if !more {
			slices.Reverse(all)
			return strings.Join(all, ", ")
		}
	}
}

// client is a running hearth with its window.
type client struct {
	t       testing.TB
	profile string
	cmd     *exec.Cmd
	id      string        // of the window
	mapped  time.Duration // from start to the window on screen, without what its main thread waited for a processor
	ended   chan error
	stderr  *buffer
	calm    [32]byte // what it showed when it last stood still
	away    bool     // its server is, and it counts the seconds until it tries again
}

// buffer collects what a program writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// fresh gives a test profiles of its own: people of other tests have the same names.
func fresh(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
}

// open starts a client and waits for its window.
func open(t testing.TB, profile string, args ...string) *client {
	t.Helper()
	aside(t)
	from := time.Now()
	c := start(t, profile, args...)
	c.findWindow(from)
	return c
}

// start starts a client that may show no window.
func start(t testing.TB, profile string, args ...string) *client {
	t.Helper()
	c := &client{t: t, profile: profile, stderr: &buffer{}, ended: make(chan error, 1)}
	c.cmd = exec.Command(bin(t, "hearth"), append([]string{"--profile", profile, "--verbose"}, args...)...)
	c.cmd.Stderr = c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.follow()
	return c
}

// follow notes when the program ends, and ends it after the test.
func (c *client) follow() {
	p := c.cmd.Process
	runs(p)
	go func() {
		err := c.cmd.Wait()
		ends(p)
		c.ended <- err
	}()
	c.t.Cleanup(func() { c.finish() })
}

func (c *client) findWindow(from time.Time) {
	c.t.Helper()
	until(c.t, "window of "+c.profile, patience, func() bool {
		if c.gone() {
			c.t.Fatalf("%s has ended and shows no window (%s)", c.profile, steps())
		}
		win := c.shows()
		c.id = strconv.FormatUint(uint64(win), 10)
		return win != 0
	})
	c.mapped = max(time.Since(from)-c.delayed(), 0)
}

// finish kills what still runs and checks what it complained about.
func (c *client) finish() {
	if c.ended != nil {
		if c.t.Failed() && c.id != "" {
			c.picture("failed-" + strings.ReplaceAll(c.t.Name(), "/", "-") + "-" + c.profile)
		}
		_ = c.cmd.Process.Kill()
		<-c.ended
		c.ended = nil
	}
	errors := c.stderr.String()
	name := fmt.Sprintf("%s-%s-%d.log", strings.ReplaceAll(c.t.Name(), "/", "-"), filepath.Base(c.profile), c.cmd.Process.Pid)
	if err := os.WriteFile(filepath.Join(folder(c.t, "HEARTH_STDERR", "logs/window"), name), []byte(errors), 0o644); err != nil {
		c.t.Error(err)
	}
	for _, bad := range []string{"Error in Fyne call thread", "panic:", "DATA RACE", "Failed to create"} {
		if strings.Contains(errors, bad) {
			c.t.Errorf("%s wrote %q to standard error", c.profile, bad)
		}
	}
	if c.t.Failed() {
		lines := strings.Split(errors, "\n")
		c.t.Logf("%s wrote:\n%s", c.profile, strings.Join(lines[max(0, len(lines)-25):], "\n"))
	}
}

// wait waits until the program has ended by itself.
func (c *client) wait() {
	c.t.Helper()
	select {
	case err := <-c.ended:
		c.ended = nil
		if err != nil {
			c.t.Errorf("%s ended with %v", c.profile, err)
		}
	case <-time.After(patience):
		c.picture("stuck-" + c.profile)
		c.t.Fatalf("%s did not end; it was doing this:\n%s", c.profile, c.stacks())
	}
}

// stacks has a program that does not end say what it is doing.
func (c *client) stacks() string {
	const title = "SIGQUIT: quit"
	if err := c.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return err.Error()
	}
	select {
	case err := <-c.ended:
		c.ended <- err
	case <-time.After(patience): // whoever waits in C may not hear it
	}
	_, all, _ := strings.Cut(c.stderr.String(), title)
	return all
}

// stop ends the program as a logout would.
func (c *client) stop() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	c.wait()
}

// front gives the window the keyboard, and leaves it to nobody when the window goes.
func (c *client) front() {
	c.t.Helper()
	if active() == c.number() {
		return
	}
	aside(c.t)
	activate(c.t, c.number(), c.profile)
}

// key presses keys; typed types text. The window must be in front.
func (c *client) key(keys ...string) {
	c.t.Helper()
	run(c.t, "xdotool", append([]string{"key", "--delay", "60"}, keys...)...)
}

func (c *client) typed(text string) {
	c.t.Helper()
	if strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) {
		c.pasted(text)
		return
	}
	run(c.t, "xdotool", "type", "--delay", "25", text)
}

// pasted brings text in through the clipboard. What is not on the keyboard's map
// can be typed only by changing the map for a moment, which a program on a busy
// machine is too slow to notice.
func (c *client) pasted(text string) {
	c.t.Helper()
	clip := exec.Command("xclip", "-selection", "clipboard")
	clip.Stdin = strings.NewReader(text)
	if err := clip.Run(); err != nil {
		c.t.Fatal(err)
	}
	until(c.t, "the text on the clipboard", patience, func() bool { return clipboard(c.t) == strings.TrimSpace(text) })
	c.changes(300*time.Millisecond, func() { c.key("ctrl+v") })
}

// titled waits until that stands in the title bar.
func (c *client) titled(want string, limit time.Duration) {
	c.t.Helper()
	last := ""
	defer func() {
		if c.t.Failed() && last != want {
			c.t.Logf("title of %s is %q, want %q", c.profile, last, want)
			c.picture("untitled-" + c.profile)
		}
	}()
	until(c.t, "title "+want, limit, func() bool { last = c.title(); return last == want })
}

// clipboard is what was copied.
func clipboard(t testing.TB) string {
	out, _ := exec.Command("xclip", "-o", "-selection", "clipboard").Output()
	return strings.TrimSpace(string(out))
}

// cpu is the processor time a program has used.
func (c *client) cpu() time.Duration {
	c.t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}

// memory is the proportional set size, bytes.
func (c *client) memory() int {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", c.cmd.Process.Pid))
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			n, _ := strconv.Atoi(f[1])
			return n << 10
		}
	}
	return 0
}
