package testkit

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// mountProtectable puts a disk in memory over a folder.
func mountProtectable(t testing.TB, dir string) func(bool) {
	t.Helper()
	mount(t, dir, "mode=700")
	return func(on bool) {
		t.Helper()
		flags := uintptr(syscall.MS_REMOUNT)
		if on {
			flags |= syscall.MS_RDONLY
		}
		if err := syscall.Mount("hearth-test", dir, "tmpfs", flags, "mode=700"); err != nil {
			t.Fatal(err)
		}
	}
}

// SmallDisk is a folder with a disk of so many bytes in memory; only root may mount one.
func SmallDisk(t testing.TB, bytes int) (dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	dir = Dir(t)
	mount(t, dir, fmt.Sprintf("size=%d,mode=700", bytes))
	return dir
}

func mount(t testing.TB, dir, options string) {
	t.Helper()
	if err := syscall.Mount("hearth-test", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("cannot mount a disk here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
}
