package boltkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth/internal/testkit"
)

func init() {
	testTasks["stopped"] = func(_ context.Context, path string, _ func(any)) error {
		pid := os.Getpid()
		return errors.Join(os.WriteFile(path, []byte(strconv.Itoa(pid)), 0o600), syscall.Kill(pid, syscall.SIGSTOP))
	}
}

// TestStarvedChild: a machine that does not let the other process work says nothing
// about the file. Here it stands still for longer than it may work.
func TestStarvedChild(t *testing.T) {
	const limit = time.Second
	path := filepath.Join(t.TempDir(), "pid")
	start := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- inChild(t.Context(), Self, "stopped", path, limit, time.Hour, nil) }()
	var pid int
	testkit.Eventually(t, "a process that stands still for long", func() bool {
		if text, err := os.ReadFile(path); err == nil {
			pid, _ = strconv.Atoi(string(text))
		}
		return len(ended) > 0 || strings.Contains(stateOfProcess(pid), "stopped") && time.Since(start) > 2*limit
	})
	if len(ended) == 0 {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// stateOfProcess returns the system's words for what a process does.
func stateOfProcess(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "State:") {
			return line
		}
	}
	return ""
}
