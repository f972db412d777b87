package link

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// hasRoute reports whether an interface other than loopback is up and has an
// address of its own. It errs on the side of yes: a wrong yes costs one attempt,
// a wrong no would keep a person offline.
func hasRoute() bool { return networks() != "" }

// networks lists the addresses of all interfaces but loopback; "" only if there
// are certainly none.
func networks() string {
	interfaces, err := net.Interfaces()
	if err != nil {
		return "unknown"
	}
	var found []string
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return "unknown"
		}
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err != nil || p.Addr().IsGlobalUnicast() {
				found = append(found, a.String())
			}
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
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
