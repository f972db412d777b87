package testkit

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Fatalf ends the goroutine, as in the testing package.
func (r *recorder) Fatalf(format string, a ...any) {
	r.Errorf(format, a...)
	runtime.Goexit()
}

// waits is where goroutines of these tests stand.
func waits(stop <-chan struct{}) { <-stop }

// TestEventually: what comes is waited for; of what does not come the failure says where
// our goroutines and the processes started here stand, and nothing of the testing package.
func TestEventually(t *testing.T) {
	polls := 0
	Eventually(t, "the third look", func() bool { polls++; return polls == 3 })

	stop := make(chan struct{})
	defer close(stop)
	for range 3 {
		go waits(stop)
	}
	child := exec.CommandContext(t.Context(), "cat")
	in, err := child.StdinPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = child.Wait() }()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		eventually(r, "the end", time.Millisecond, func() bool { return false })
	}()
	<-done
	said := r.end()
	for _, want := range []string{"the end did not come within 1ms", "3 × [chan receive] internal/testkit.waits goeson_test.go:", "internal/testkit.TestEventually"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if runtime.GOOS == "linux" && !strings.Contains(said, fmt.Sprintf(`process %d "cat `, child.Process.Pid)) {
		t.Errorf("it does not tell of the process:\n%s", said)
	}
	if strings.Contains(said, "The wall clock") || strings.Contains(said, "(*M).Run") {
		t.Errorf("it says too much:\n%s", said)
	}
}

// TestGoesOnIsShort: a thousand goroutines in different places are told in few lines.
func TestGoesOnIsShort(t *testing.T) {
	var stacks strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&stacks, "goroutine %d [select]:\ntime.Sleep(0x1)\n\t/go/time.go:%d +0x1\nhearth/app.(*App).loop(0x%d)\n\t/src/app/loop.go:%d +0x2\ncreated by hearth/app.New in goroutine 1\n\t/src/app/app.go:7 +0x3\n\n", i, i, i, i%100)
	}
	lines := goroutinesAt(stacks.String())
	if want := "10 × [select] time.Sleep, app.(*App).loop loop.go:0, app.New app.go:7"; len(lines) != 100 || lines[0] != want {
		t.Errorf("%d lines, the first is %q, want %q", len(lines), lines[0], want)
	}
	if said := short(lines); strings.Count(said, "\n") != mostLines-1 || !strings.HasSuffix(said, "and 41 more") {
		t.Errorf("%d lines: %s", strings.Count(said, "\n"), said)
	}
}
