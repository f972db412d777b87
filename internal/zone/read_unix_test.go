//go:build !windows

package zone

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestDay: a day is that of the zone in force, and begins in it.
func TestDay(t *testing.T) {
	t.Setenv("TZ", "Asia/Tokyo")
	Refresh()
	at := time.Date(2026, 5, 3, 15, 0, 0, 0, time.UTC) // midnight in Tokyo
	if got, want := Day(at), time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("it is %s, want %s", got, want)
	}
	if got := Start(Day(at)); !got.Equal(at) {
		t.Errorf("the day begins at %s, want %s", got, at)
	}
}

// TestRefresh: the zone is that of the system at the last look.
func TestRefresh(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	t.Setenv("TZ", "Asia/Tokyo")
	Refresh()
	if got := In(noon).Format("15:04"); got != "21:00" {
		t.Errorf("it is %s in Tokyo", got)
	}
	old := Get()
	if Refresh() || Get() != old {
		t.Error("the same zone is told to be another")
	}
	if err := os.Setenv("TZ", "Europe/Malta"); err != nil {
		t.Fatal(err)
	}
	if !Refresh() || In(noon).Format("15:04") != "13:00" {
		t.Errorf("it is %s in Malta", In(noon).Format("15:04"))
	}
	if err := os.Setenv("TZ", "No/Where"); err != nil {
		t.Fatal(err)
	}
	if Refresh() || In(noon).Format("15:04") != "13:00" {
		t.Error("a zone that is none was taken")
	}
}

// TestFileOfTheSystem: the file is read anew, also where it is a link to another one; what
// is no zone is refused.
func TestFileOfTheSystem(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "localtime")
	write := func(name string, data []byte) string {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	west, east := write("west", tzif("<std>5")), write("east", tzif("<std>-9"))
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	sources := map[string]bool{}
	for target, want := range map[string]string{west: "07:00", east: "21:00"} {
		_ = os.Remove(path) // there may be none
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		p, err := readAs("", false, path)
		if err != nil || at.In(p.loc).Format("15:04") != want {
			t.Fatalf("%s: %v, %v, want %s", target, p, err, want)
		}
		sources[p.source] = true
	}
	if len(sources) != 2 {
		t.Error("two zones cannot be told apart")
	}
	for _, bad := range []string{filepath.Join(dir, "none"), dir, write("bad", []byte("TZif")), write("empty", nil), "/dev/zero"} {
		if p, err := readAs(bad, true, path); err == nil {
			t.Errorf("%s is read as %v", bad, p)
		}
	}
	for name, want := range map[string]string{"": "12:00", "UTC": "12:00", ":Asia/Tokyo": "21:00", west: "07:00", ":" + west: "07:00"} {
		if p, err := readAs(name, true, path); err != nil || at.In(p.loc).Format("15:04") != want {
			t.Errorf("TZ=%s: %v, %v, want %s", name, p, err, want)
		}
	}
}
