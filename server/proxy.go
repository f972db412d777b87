package server

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"hearth/net/wire"
)

// Behind a proxy that ends TLS the two ends have different TLS connections, and the
// server sees the proxy's address instead of the client's (docs/adr/0036).

// unbound reports whether the server is behind such a proxy.
func (s *Server) unbound() bool { return len(s.o.Proxies) > 0 }

// trusted reports whether an address is that of a proxy of ours.
func (s *Server) trusted(addr net.Addr) bool {
	a, ok := ipOf(addr)
	return ok && s.trustedIP(a)
}

func (s *Server) trustedIP(a netip.Addr) bool {
	for _, p := range s.o.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// mostForwarded bounds the addresses of X-Forwarded-For that are looked at.
const mostForwarded = 32

// clientOf returns who makes a request: the peer, or behind our proxy whom that names.
// ok is false for a peer that is no proxy of ours where only those may connect.
func (s *Server) clientOf(c *conn, r *http.Request) (addr net.Addr, ok bool) {
	peer := c.Conn.RemoteAddr()
	if !s.unbound() {
		return peer, true
	}
	if !s.trusted(peer) {
		return peer, false
	}
	return s.forwarded(peer, r.Header.Values("X-Forwarded-For")), true
}

// forwarded returns the last address that is not one of our proxies: each of them has
// appended whom it saw, and what stands before that is the client's own invention. What
// is no address ends the search: then the last proxy counts.
func (s *Server) forwarded(peer net.Addr, headers []string) net.Addr {
	last := peer
	list := tokens(headers)
	for n := range min(len(list), mostForwarded) {
		a, ok := parseForwarded(list[len(list)-1-n])
		if !ok {
			return last
		}
		last = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
		if !s.trustedIP(a) {
			return last
		}
	}
	return last
}

// parseForwarded reads an address as proxies write it, with or without a port.
func parseForwarded(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

// challengeOf reads a client's challenge; zero for one that makes none, and then does
// not accept an unbound greeting either.
func challengeOf(r *http.Request) (challenge [wire.NonceLength]byte) {
	b, err := base64.RawURLEncoding.DecodeString(r.Header.Get(wire.HeaderChallenge))
	if err == nil && len(b) == len(challenge) {
		copy(challenge[:], b)
	}
	return challenge
}
