//go:build e2e

package e2e

import (
	"net"
	"testing"
	"time"

	"hearth/chaos/proxy"
	"hearth/internal/testkit"
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
	listens := false
	defer func() {
		if !listens {
			s.t.Logf("the server does not listen on %s:\n%s", s.listen, s.stderr)
		}
	}()
	testkit.Eventually(s.t, "the server", func() bool {
		c, err := net.DialTimeout("tcp", s.listen, time.Second)
		if err == nil {
			listens = true
			c.Close()
		}
		return listens
	})
}
