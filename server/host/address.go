package host

import (
	"crypto/ed25519"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// mostAddresses bounds the addresses a link carries by itself.
const mostAddresses = 4

// reachable lists where others may reach the listeners: the address itself, or
// for one on all interfaces those of the machine, private IPv4 first, because
// that is what works at home.
func reachable(listeners []net.Listener) []string {
	var out []string
	for _, l := range listeners {
		ap, err := netip.ParseAddrPort(l.Addr().String())
		if err != nil {
			continue
		}
		port := strconv.Itoa(int(ap.Port()))
		if !ap.Addr().IsUnspecified() {
			out = append(out, net.JoinHostPort(ap.Addr().Unmap().String(), port))
			continue
		}
		for _, a := range interfaceAddresses() {
			out = append(out, net.JoinHostPort(a.String(), port))
		}
	}
	out = slices.Compact(out)
	return out[:min(len(out), mostAddresses)]
}

// interfaceAddresses returns this machine's addresses, the likeliest first, and
// loopback only if there is no other.
func interfaceAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		all = nil
	}
	var list []netip.Addr
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		addr := p.Addr().Unmap()
		if addr.IsGlobalUnicast() && !addr.IsLoopback() {
			list = append(list, addr)
		}
	}
	slices.SortStableFunc(list, func(a, b netip.Addr) int { return rank(a) - rank(b) })
	if len(list) == 0 {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	return list
}

// rank orders addresses: private IPv4, public IPv4, public IPv6, private IPv6.
func rank(a netip.Addr) int {
	switch {
	case a.Is4() && a.IsPrivate():
		return 0
	case a.Is4():
		return 1
	case !a.IsPrivate():
		return 2
	}
	return 3
}

func publicKey(k ed25519.PrivateKey) []byte { return k.Public().(ed25519.PublicKey) }
