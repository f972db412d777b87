package proxy

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Where FreeAddress looks: below the ports that systems hand out by themselves.
const (
	firstPort = 20_000
	ports     = 10_000
)

// FreeAddress returns a loopback address nobody listens on, for a server that is a
// process of its own, and comes and goes. While it is away nobody gets its port by
// chance, as could happen to one that the system chose: the next listener that asks for
// any port, or a client that calls.
func FreeAddress() (string, error) {
	var errs []error
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(ports))) //nolint:noctx // a moment
		if err != nil {
			errs = append(errs, err)
			continue
		}
		address := l.Addr().String()
		return address, l.Close()
	}
	return "", fmt.Errorf("no port is free: %w", errors.Join(errs...))
}
