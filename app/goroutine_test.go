package app

import (
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var createdBy = regexp.MustCompile(`created by (\S+) in`)

// goroutines counts the goroutines of this process by who started them.
func goroutines() map[string]int {
	buf := make([]byte, 1<<20)
	count := map[string]int{}
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if m := createdBy.FindStringSubmatch(stack); m != nil {
			count[starter(m[1], stack)]++
		}
	}
	return count
}

// starter names who started a goroutine; for a wait group, the function it runs.
func starter(by, stack string) string {
	if by != "sync.(*WaitGroup).Go" {
		return by
	}
	frames := strings.Split(stack, "\n")
	for i := len(frames) - 1; i > 0; i-- {
		if f := frames[i]; strings.HasPrefix(f, "hearth/") {
			f, _, _ = strings.Cut(f, "(0x")
			f, _, _ = strings.Cut(f, "({")
			return strings.TrimSuffix(f, "(...)")
		}
	}
	return by
}

// TestGoroutines holds docs/architecture.md to the truth: what runs while a
// client is connected and nothing happens.
func TestGoroutines(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		time.Sleep(time.Second) // until the server's are what they will be
		before := goroutines()
		ann := w.member("ann").run().live()
		defer ann.quit()
		time.Sleep(10 * time.Second)
		client, server := 0, 0
		added := map[string]int{}
		for by, n := range goroutines() {
			if n -= before[by]; n <= 0 {
				continue
			}
			added[by] = n
			if strings.HasPrefix(by, "hearth/server") {
				server += n
			} else {
				client += n
			}
		}
		if client != 7 || server != 2 {
			t.Errorf("an idle client has %d goroutines, want 7; its connection costs the server %d, want 2\n%s", client, server, cmp.Diff(nil, added))
		}
	})
}
