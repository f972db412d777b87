package host

import (
	"net/netip"
	"strings"
)

// checkProxy reads the addresses of a proxy that ends TLS, and refuses what contradicts
// being behind one.
func checkProxy(c *Config) (proxies []netip.Prefix, err error) {
	for _, text := range c.BehindProxy {
		p, err := parseProxy(text)
		switch {
		case err != nil:
			return nil, personal(KindRequest, err, "--behind-proxy %q: give the addresses that the proxy connects from, such as 127.0.0.1 or 10.0.0.0/24", text)
		case p.Bits() == 0:
			return nil, personal(KindRequest, nil, "--behind-proxy %s: that is everybody; give the addresses of the proxy alone, as they are believed who comes through it", text)
		}
		proxies = append(proxies, p)
	}
	switch {
	case len(proxies) == 0:
		return nil, nil
	case len(c.Public) == 0:
		return nil, personal(KindRequest, nil, "--behind-proxy needs --public HOST:PORT: where people reach the proxy")
	case c.CertFile != "" || c.KeyFile != "":
		return nil, personal(KindRequest, nil, "behind a proxy that ends TLS the certificate is the proxy's: leave out --tls-cert and --tls-key, or --behind-proxy")
	}
	return proxies, nil
}

// parseProxy reads an address or a prefix.
func parseProxy(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}
