package boltkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"syscall"
	"time"

	"hearth/internal/cputime"
)

// childVerb is the first argument of a process that runs one task over one file.
// It is no command for people.
const childVerb = "__hearth-file-task"

// childHello is the first line of such a process. Without it the program is one
// that knows nothing of tasks, and how it ends says nothing about the file.
const childHello = `"hearth-file-task-1"`

// childStack bounds the stack of a task: a page that leads to itself ends the
// process soon, not after a gigabyte.
const childStack = 64 << 20

// childMemory bounds the memory of a task, besides the size of its file; memory and
// processor time are looked at each boundsTick.
const (
	childMemory = 512 << 20
	boundsTick  = 20 * time.Millisecond
)

// patience is how many times of the processor time that a task may use it may last: on
// a busy machine, from a slow disk. Who lasts longer says nothing about the file.
const patience = 10

// ErrNoChild says that no task could be run; nothing is known about the file.
var ErrNoChild = errors.New("the file could not be looked at in a process of its own")

// Rerun returns the command that runs this program again with these arguments.
type Rerun func(ctx context.Context, args ...string) *exec.Cmd

// Self reruns the program file that runs now.
func Self(ctx context.Context, args ...string) *exec.Cmd {
	path := "/proc/self/exe" // also after an update has replaced the file
	if runtime.GOOS != "linux" {
		path, _ = os.Executable() // an empty path fails to start, and says so
	}
	return exec.CommandContext(ctx, path, args...)
}

// Task looks at one file in a process of its own, which may crash over it. What
// it reports is passed on to the parent, encoded as JSON.
type Task func(ctx context.Context, path string, report func(any)) error

// pagesTask is the task that every program of ours knows: see Precheck.
const pagesTask = "pages"

// childEnd is the last line of a task's process.
type childEnd struct {
	Ended *childResult `json:"ended"`
}

type childResult struct {
	Kind string `json:"kind"` // of childKinds; "" for success
	Text string `json:"text"`
}

// childKinds are the errors that keep their identity between the processes.
var childKinds = map[string]error{
	"damaged": ErrDamaged, "in_use": ErrInUse, "newer": ErrNewer, "older": ErrOlder, "wrong_kind": ErrWrongKind, "no_space": ErrNoSpace,
	"absent": os.ErrNotExist, "denied": os.ErrPermission, "other": nil,
}

// taskError is an error that crossed from the other process.
type taskError struct {
	text string
	kind error
}

func (e *taskError) Error() string { return e.text }
func (e *taskError) Unwrap() error { return e.kind }

// RunTask is to be called first thing in main, with the arguments behind the
// program's name and what tasks there are besides our own. If this process was
// started for a task, it has run it when it returns and ok is true: main must end
// with that code at once.
func RunTask(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer, tasks map[string]Task) (code int, ok bool) {
	if len(args) != 4 || args[0] != childVerb {
		return 0, false
	}
	limit, err := time.ParseDuration(args[3])
	if err != nil {
		return 1, true
	}
	task := tasks[args[1]]
	if args[1] == pagesTask {
		task = checkPagesTask
	}
	if task == nil {
		return 1, true
	}
	debug.SetMaxStack(childStack)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with the process at the latest: nobody outlives the one who asked
		_, _ = io.Copy(io.Discard, stdin)
		cancel()
	}()
	var mu sync.Mutex
	out := json.NewEncoder(stdout)
	report := func(v any) {
		mu.Lock()
		defer mu.Unlock()
		if out.Encode(v) != nil {
			cancel()
		}
	}
	report(json.RawMessage(childHello))
	go bound(ctx, memoryFor(args[2]), cputime.All()+limit, func(what string) {
		report(childEnd{&childResult{"damaged", ErrDamaged.Error() + ": " + what}})
		os.Exit(0)
	})
	err = guard(func() error { return task(ctx, args[2], report) })
	report(childEnd{endOf(err)})
	return 0, true
}

// memoryFor is how much memory a task over a file may hold: several times of what a
// sound file of that size needs.
func memoryFor(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil {
		return childMemory
	}
	return childMemory + uint64(info.Size())
}

// bound calls over once the heap holds more than most, or this process has used more
// processor time than until. A cursor that goes round in a circle of pages writes down
// each step, and nothing else ends it. How long it lasts does not count: that is the
// machine's.
func bound(ctx context.Context, most uint64, until time.Duration, over func(what string)) {
	held := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	tick := time.NewTicker(boundsTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if metrics.Read(held); held[0].Value.Uint64() > most {
				over("looking at it takes more memory than it can need")
				return
			}
			if cputime.All() > until {
				over("looking at it does not end")
				return
			}
		}
	}
}

func endOf(err error) *childResult {
	if err == nil {
		return &childResult{}
	}
	for kind, e := range childKinds {
		if e != nil && errors.Is(err, e) {
			return &childResult{kind, err.Error()}
		}
	}
	return &childResult{"other", err.Error()}
}

// InChild runs a task over a file in a process of its own and returns the task's
// error. A process that crashes, or that has used limit of processor time and not
// ended, has met a damaged file: ErrDamaged. One that the machine does not let work, or
// whose disk does not answer, is given up after many times of that: ErrNoChild. line
// gets what the task reports; it may be nil.
func InChild(ctx context.Context, rerun Rerun, task, path string, limit time.Duration, line func(json.RawMessage)) error {
	return inChild(ctx, rerun, task, path, limit, patience*limit, line)
}

func inChild(ctx context.Context, rerun Rerun, task, path string, limit, longest time.Duration, line func(json.RawMessage)) error {
	timed, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	cmd := rerun(timed, childVerb, task, path, limit.String())
	var stderr head
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe() // its end tells the child that we are gone
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoChild, err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoChild, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", ErrNoChild, err)
	}
	greeted, end := readChild(stdout, line)
	if err = cmd.Wait(); err == nil {
		err = errors.New("it ended")
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case end != nil:
		return end.error()
	case timed.Err() != nil:
		return fmt.Errorf("%w: it was not done after %v", ErrNoChild, longest)
	case !greeted || killed(err):
		return fmt.Errorf("%w: %w %s", ErrNoChild, err, stderr.firstLine())
	}
	return fmt.Errorf("%w: looking at it ended the process: %s", ErrDamaged, stderr.firstLine())
}

// readChild passes reports on until the process has said how it ended, or ends.
func readChild(r io.Reader, line func(json.RawMessage)) (greeted bool, end *childResult) {
	in := bufio.NewReader(r)
	for {
		text, err := in.ReadBytes('\n')
		if err != nil {
			return greeted, end
		}
		text = bytes.TrimSuffix(text, []byte("\n"))
		var last childEnd
		switch {
		case !greeted:
			if string(text) != childHello {
				_, _ = io.Copy(io.Discard, r)
				return false, nil
			}
			greeted = true
		case json.Unmarshal(text, &last) == nil && last.Ended != nil:
			end = last.Ended
		case line != nil:
			line(text)
		}
	}
}

func (r *childResult) error() error {
	if r.Kind == "" {
		return nil
	}
	return &taskError{r.Text, childKinds[r.Kind]}
}

// killed reports whether somebody else ended the process: the system for lack of
// memory, or a person. That says nothing about the file.
func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && killedStatus(status)
}

// head keeps the beginning of what a process says.
type head struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, p[:min(len(p), 4096-len(h.text))]...)
	return len(p), nil
}

func (h *head) firstLine() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	line, _, _ := strings.Cut(strings.TrimSpace(string(h.text)), "\n")
	return line
}
