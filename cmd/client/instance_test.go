package main

import (
	"sync"
	"testing"
)

func TestInstance(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	one, first := claimInstance(dir, "")
	if !first {
		t.Fatal("the first start is not the first")
	}
	shown := make(chan string, 1)
	var serving sync.WaitGroup
	serving.Go(func() { one.serve(func(link string) { shown <- link }) })

	if _, first := claimInstance(dir, "hearth://x/"); first {
		t.Error("a second start with the same profile is a first one")
	}
	if link := <-shown; link != "hearth://x/" {
		t.Errorf("the first was shown %q", link)
	}
	other, first := claimInstance(t.TempDir(), "")
	if !first {
		t.Error("another profile is taken for the same")
	}
	other.close()

	one.close()
	serving.Wait()
	again, first := claimInstance(dir, "")
	if !first {
		t.Error("after the end of the first, the next is not the first")
	}
	again.close()
}
