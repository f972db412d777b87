package testkit

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Dir makes a private folder (mode 0700) that is removed with the test. If
// files in it are still open when the test ends, the test fails: whoever opened
// a database or log must have closed it. (The check needs /proc; on other
// systems than Linux the removal itself is the check.)
func Dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, file := range openFiles(dir) {
			t.Errorf("still open at the end of the test: %s", file)
		}
	})
	return dir
}

// openFiles lists what this process has open below dir.
func openFiles(dir string) []string {
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return nil
	}
	var open []string
	for _, link := range links {
		file, err := os.Readlink(link)
		if err == nil && strings.HasPrefix(file, dir+string(filepath.Separator)) {
			open = append(open, file)
		}
	}
	return open
}

// Logger writes to the test's own output, which is shown when the test fails
// or with -v. Writing after the test has ended panics, and rightly so.
func Logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}
