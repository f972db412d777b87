package desktop

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestLibraryLines: what the tray's library says becomes one line of the program's log, and
// what others say stays as it is.
func TestLibraryLines(t *testing.T) {
	var out, kept bytes.Buffer
	l := slog.NewLogLogger(LibraryLines(&out, slog.New(slog.NewTextHandler(&kept, nil))), slog.LevelInfo)
	l.Print("before")
	l.Printf("systray error: failed to register: %v\n", "no such name")
	l.Printf("systray error: failed to emit new icon signal: %s\n", "closed")
	l.Print("behind")
	if got := out.String(); got != "before\nbehind\n" {
		t.Errorf("passed on: %q", got)
	}
	if got := kept.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `why="failed to register: no such name"`) {
		t.Errorf("in the log: %q", got)
	}
}
