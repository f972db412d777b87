package main

import (
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
