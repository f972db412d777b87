package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestInstance(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	one, first := claimInstance(t.Context(), dir, "")
	if !first {
		t.Fatal("the first start is not the first")
	}
	shown := make(chan string, 1)
	var serving sync.WaitGroup
	var leaving atomic.Bool
	serving.Go(func() {
		one.serve(func(link string) bool {
			if leaving.Load() {
				return false
			}
			shown <- link
			return true
		})
	})

	if _, first := claimInstance(t.Context(), dir, "hearth://x/"); first {
		t.Error("a second start with the same profile is a first one")
	}
	if link := <-shown; link != "hearth://x/" {
		t.Errorf("the first was shown %q", link)
	}
	other, first := claimInstance(t.Context(), t.TempDir(), "")
	if !first {
		t.Error("another profile is taken for the same")
	}
	other.close()

	// One that is about to end is waited for.
	leaving.Store(true)
	go func() {
		raise(socketPath(dir), "") // the next start has asked at least once
		one.close()
	}()
	again, first := claimInstance(t.Context(), dir, "")
	serving.Wait()
	if !first {
		t.Error("after the end of the first, the next is not the first")
	}
	again.close()
}

// TestSocketOfUser: the socket lies where nobody else can put one, also without a
// folder for such things: not in the one for temporary files, which all share.
func TestSocketOfUser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the folder for temporary files is the user's own")
	}
	home := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", home)
	t.Setenv("TMPDIR", "/shared")
	profile := filepath.Join(home, "profile")
	if path := socketPath(profile); !strings.HasPrefix(path, home) {
		t.Errorf("it is %s", path)
	}
	t.Setenv("HOME", "/proc/no") // no folder of one's own can be made
	if path := socketPath(profile); !strings.HasPrefix(path, home) {
		t.Errorf("it is %s", path)
	}
}
