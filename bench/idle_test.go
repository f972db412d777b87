package bench

import (
	"testing"
	"time"

	"hearth/chat"
)

// TestIdleConnection holds the server to I13: a connection with nothing to do takes at
// most 64 KiB and four goroutines. The server runs in a process of its own, so that
// only its own memory counts; it is counted after a collection, and again for a while if
// it is too much: what a handshake has used may be let go a little later.
func TestIdleConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 500
	p := startChild(t, "hearth")
	link, err := chat.ParseLink(p.first.Link)
	if err != nil {
		t.Fatal(err)
	}
	joinHearth(t, link, n) // what is made once for all
	before := p.ask("heap")
	for i := range n {
		joinHearth(t, link, i)
	}
	var each uint64
	var routines int
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		after := p.ask("heap")
		each, routines = (max(after.Heap, before.Heap)-before.Heap)/n, after.Routines-before.Routines
		if each <= 64<<10 && routines <= 4*n {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("an idle connection takes %d bytes and %.1f goroutines; 65536 and 4 are allowed", each, float64(routines)/n)
		}
	}
	if each == 0 || routines < n {
		t.Fatalf("%d bytes and %d goroutines: this does not measure %d connections", each, routines, n)
	}
	t.Logf("an idle connection: %d bytes, %.1f goroutines", each, float64(routines)/n)
}
