//go:build window

package window

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Bounds of what a program may do that somebody plays with for long.
const (
	slowestAnswer = 1.0 // seconds, without those in which the program had no processor
	// What is in use after a rest may be so much more than after the first rests:
	// caches fill (pictures, glyphs, measured text) and have an end.
	moreGoroutines = 15
	moreHeap       = 30 << 20
	moreMemory     = 60 << 20
)

// health is a line that the program writes each second: see cmd/client.
type health struct {
	Goroutines      int
	HeapLive        int
	Answer, Delayed float64
	Stuck           bool
}

// healthLog follows the file with a program's health.
type healthLog struct {
	t       testing.TB
	path    string
	at      int // bytes read
	last    health
	slowest float64
}

// newHealthLog has programs started from now on write into a file.
func newHealthLog(t testing.TB) *healthLog {
	h := &healthLog{t: t, path: filepath.Join(t.TempDir(), "health")}
	if err := os.Setenv("HEARTH_HEALTH", h.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Unsetenv("HEARTH_HEALTH") })
	return h
}

// read takes new lines, and fails where the window did not answer in time.
func (h *healthLog) read() (lines int) {
	h.t.Helper()
	data, err := os.ReadFile(h.path)
	if err != nil {
		return 0 // nothing was written yet
	}
	for {
		line, _, whole := strings.Cut(string(data[h.at:]), "\n")
		if !whole {
			return lines
		}
		h.at += len(line) + 1
		h.last = health{}
		if err := json.Unmarshal([]byte(line), &h.last); err != nil {
			h.t.Errorf("%q: %v", line, err)
			return lines
		}
		lines++
		took := h.last.Answer - h.last.Delayed
		h.slowest = max(h.slowest, took)
		if took > slowestAnswer {
			h.t.Errorf("the window did not answer for %.2f s", took)
		}
	}
}

// rested is what a program holds after a pause.
type rested struct {
	goroutines, heap, memory int
}

// rest closes what is open, waits until all is quiet and notes what is in use.
func (m *monkey) rest() {
	c := m.c
	c.t.Helper()
	if out, err := exec.Command("xdotool", "key", "--delay", "30", "Escape", "Escape", "Escape", "Escape").CombinedOutput(); err != nil {
		c.t.Logf("no Escape: %v %s", err, out)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && idle(c, time.Second) > 0.15; {
		m.h.read()
	}
	m.h.read()
	for end := time.Now().Add(20 * time.Second); m.h.read() == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Errorf("the window does not answer any more")
			return
		}
	}
	now := rested{goroutines: m.h.last.Goroutines, heap: m.h.last.HeapLive, memory: c.memory()}
	m.rests = append(m.rests, now)
	c.t.Logf("at rest: %d goroutines, heap %d MB, PSS %d MB; slowest answer so far %.2f s", now.goroutines, now.heap>>20, now.memory>>20, m.h.slowest)
}

// grown compares the last rests with the first ones behind the time in which caches
// fill. It needs a long run.
func (m *monkey) grown() {
	n := len(m.rests)
	if n < 6 {
		return
	}
	least := func(list []rested) rested {
		l := list[0]
		for _, r := range list {
			l = rested{min(l.goroutines, r.goroutines), min(l.heap, r.heap), min(l.memory, r.memory)}
		}
		return l
	}
	first, last := least(m.rests[1:3]), least(m.rests[n-2:])
	if last.goroutines > first.goroutines+moreGoroutines || last.heap > first.heap+moreHeap || last.memory > first.memory+moreMemory {
		m.c.t.Errorf("the program grows: %+v became %+v", first, last)
	}
}
