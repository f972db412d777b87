package wake

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Unknown is what Networks returns where the system does not say.
const Unknown = "unknown"

// Networks lists the addresses of all interfaces that are up, but loopback; ""
// only if there are certainly none.
func Networks() string {
	interfaces, err := net.Interfaces()
	if err != nil {
		return Unknown
	}
	var found []string
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return Unknown
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
