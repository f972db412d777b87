package bench

import (
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
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
	var all []*client
	beaten := time.Now()
	beat := func() { // on a busy machine all this takes longer than a connection may be silent
		if time.Since(beaten) < 5*time.Second {
			return
		}
		beaten = time.Now()
		for _, c := range all {
			c.write(t, &wire.Heartbeat{}) // nobody needs the answer
		}
	}
	for i := range n {
		all = append(all, joinHearth(t, link, i))
		beat()
	}
	var each uint64
	var routines int
	for attempt := 1; ; attempt++ { // what only the handshakes needed goes within some collections
		beat()
		after := p.ask("heap")
		each, routines = (max(after.Heap, before.Heap)-before.Heap)/n, after.Routines-before.Routines
		if each <= 64<<10 && routines <= 4*n {
			break
		}
		if attempt == 100 {
			t.Fatalf("an idle connection takes %d bytes and %.1f goroutines; 65536 and 4 are allowed", each, float64(routines)/n)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if each == 0 || routines < 3*n/2 { // two each, see docs/architecture.md
		t.Fatalf("%d bytes and %d goroutines: this does not measure %d connections", each, routines, n)
	}
	t.Logf("an idle connection: %d bytes, %.1f goroutines", each, float64(routines)/n)
}
