//go:build e2e

package e2e

import (
	"net"
	"testing"
	"time"

	"hearth/chaos/proxy"
)

// freeAddress returns a loopback address nobody listens on at present.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := proxy.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// awaitPort returns once the server accepts connections.
func (s *serverProcess) awaitPort() {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if c, err := net.DialTimeout("tcp", s.listen, time.Second); err == nil {
			c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatalf("the server does not listen on %s:\n%s", s.listen, s.stderr)
}
