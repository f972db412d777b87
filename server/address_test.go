package server

import (
	"net"
	"testing"
	"time"
)

// TestAddressPrefixes: one stranger is an IPv4 address or the /64 of an IPv6 one; logs show
// no more than the /24 or the /48.
func TestAddressPrefixes(t *testing.T) {
	for _, c := range []struct{ ip, key, shown string }{
		{"203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"},
		{"::ffff:203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"},
	} {
		addr := &net.TCPAddr{IP: net.ParseIP(c.ip), Port: 4711}
		if key := addressKey(addr); key.String() != c.key {
			t.Errorf("%s counts as %s, want %s", c.ip, key, c.key)
		}
		if shown := prefixOf(addr); shown.String() != c.shown {
			t.Errorf("%s is shown as %s, want %s", c.ip, shown, c.shown)
		}
	}
}

// TestGuessesBounded: the table of guesses holds so many entries and no more; the oldest
// goes for a new one.
func TestGuessesBounded(t *testing.T) {
	g := guesses[int]{most: 3, wait: nameDelay, keep: time.Hour, table: map[int]*guess{}}
	now := time.Now()
	for k := range 5 {
		g.attempt(k, now.Add(time.Duration(k)*time.Second))
	}
	if len(g.table) != 3 || g.table[0] != nil || g.table[1] != nil {
		t.Errorf("the table holds %v, want the last three", g.table)
	}
}
