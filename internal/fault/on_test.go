//go:build chaos

package fault

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestChild is the other program of the tests below.
func TestChild(t *testing.T) {
	if os.Getenv("FAULT_CHILD") == "" {
		return
	}
	for n := range 5 {
		Point(ServerSendRead)
		t.Log("passed", n, Bug(AckBeforeCommit))
	}
}

func child(t *testing.T, env ...string) (string, *os.ProcessState) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(append(os.Environ(), "FAULT_CHILD=1"), env...)
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState
}

func TestPointKillsAtThePassingChosen(t *testing.T) {
	out, state := child(t, "HEARTH_KILL=client.exit,server.send.read:3")
	if state.Success() || state.Exited() || strings.Count(out, "passed") != 2 {
		t.Errorf("%v after %q", state, out)
	}
	if out, state := child(t, "HEARTH_KILL=server.send.read:2+50ms"); state.Exited() || strings.Count(out, "passed") != 1 {
		t.Errorf("with a delay: %v after %q", state, out)
	}
	if out, state := child(t, "HEARTH_KILL=client.exit"); !state.Success() {
		t.Errorf("another place killed it: %v, %q", state, out)
	}
}

func TestBugByEnvironment(t *testing.T) {
	if out, _ := child(t, "HEARTH_BUG=ack-before-commit"); !strings.Contains(out, "true") {
		t.Errorf("not on: %q", out)
	}
	if out, _ := child(t); strings.Contains(out, "true") {
		t.Errorf("on: %q", out)
	}
	if _, state := child(t, "HEARTH_BUG=no-such-bug"); state.ExitCode() != 2 {
		t.Errorf("an unknown bug was taken: %v", state)
	}
}

func TestPlant(t *testing.T) {
	remove := Plant(DedupeInMemory)
	if !Bug(DedupeInMemory) || Bug(AckBeforeCommit) {
		t.Error("planting hit the wrong bug")
	}
	remove()
	remove()
	if Bug(DedupeInMemory) {
		t.Error("still on")
	}
	defer Plant(InjectBusy)()
	var hits []int
	for n := range 7 {
		if Every(InjectBusy, 3) {
			hits = append(hits, n)
		}
	}
	if len(hits) != 2 || hits[0] != 2 || hits[1] != 5 {
		t.Errorf("hits %v", hits)
	}
}

func TestClockSteps(t *testing.T) {
	setting.clock = time.Hour
	defer func() { setting.clock = 0 }()
	at, back, forth := time.Unix(1_800_000_000, 0), 0, 0
	for n := range 60 {
		switch d := Clock(at.Add(time.Duration(n) * time.Second)).Sub(at.Add(time.Duration(n) * time.Second)); {
		case d < -time.Hour || d > time.Hour:
			t.Fatalf("step of %v", d)
		case d < 0:
			back++
		case d > 0:
			forth++
		}
	}
	if back == 0 || forth == 0 {
		t.Errorf("back %d, forth %d", back, forth)
	}
}
