package link

import (
	"net"
	"net/netip"
	"strings"
)

// hasRoute reports whether an interface other than loopback is up and has an
// address of its own. It errs on the side of yes: a wrong yes costs one attempt,
// a wrong no would keep a person offline.
func hasRoute() bool {
	interfaces, err := net.Interfaces()
	if err != nil {
		return true
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return true
		}
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err != nil || p.Addr().IsGlobalUnicast() {
				return true
			}
		}
	}
	return false
}

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
