//go:build unix

package host

import (
	"os"
	"testing"
)

// readOnlyDir is a folder that cannot be written, also by root where the system
// lets us mount one.
func readOnlyDir(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return smallDisk(t, 1<<20, true)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	return dir
}
