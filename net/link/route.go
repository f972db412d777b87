package link

import (
	"net"
	"net/netip"
	"strings"

	"hearth/internal/wake"
)

// hasRoute reports whether an interface other than loopback is up and has an
// address of its own. It errs on the side of yes: a wrong yes costs one attempt,
// a wrong no would keep a person offline.
func hasRoute() bool { return wake.Networks() != "" }

// loopback reports whether an address needs no network.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}
