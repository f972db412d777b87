package server

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// office returns the n-th of many addresses.
func office(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 2, byte(n >> 8), byte(n)}), 32)
}

// TestStrangersInAll: those who have not proven anything are bounded in all, from however
// many addresses they come; who proves something makes place for the next one.
func TestStrangersInAll(t *testing.T) {
	g := &gate{admissions: rate.NewLimiter(rate.Inf, 1), byAddr: map[netip.Prefix]int{}, quiet: map[netip.Prefix]int{}}
	const total, strangers, each = 100, 5, 3
	enter := func(n int) bool {
		ok, wait := g.enter(office(n), total, strangers, each)
		if ok != (wait == 0) {
			t.Errorf("let in: %v, and to come back after %v", ok, wait)
		}
		return ok
	}
	for n := range strangers {
		if !enter(n) {
			t.Fatalf("stranger %d was refused", n)
		}
	}
	if enter(strangers) {
		t.Error("one stranger too many was let in")
	}
	g.proven(office(0))
	if !enter(strangers) {
		t.Error("nobody took the place of who has proven who they are")
	}
	g.leave(office(1), false)
	if !enter(strangers + 1) {
		t.Error("nobody took the place of who has left")
	}
}

// TestComeBackWhenThereIsPlace: those who are refused for the pace of admissions are told
// times over which all of them can be admitted, and no longer ones once that time is over.
func TestComeBackWhenThereIsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond, crowd = 10, 300
		g := &gate{admissions: rate.NewLimiter(perSecond, perSecond), byAddr: map[netip.Prefix]int{}, quiet: map[netip.Prefix]int{}}
		turned := 0
		var last time.Duration
		for n := range crowd {
			ok, wait := g.enter(office(n), 2*crowd, 2*crowd, crowd)
			if ok {
				continue
			}
			turned++
			if want := time.Second + time.Duration(turned)*time.Second*12/10/perSecond; (wait - want).Abs() > time.Millisecond {
				t.Fatalf("number %d of those who wait is told %v, want %v", turned, wait, want)
			}
			last = wait
		}
		if turned != crowd-perSecond {
			t.Errorf("%d were refused, want %d", turned, crowd-perSecond)
		}
		time.Sleep(last)
		for n := range perSecond + 1 {
			if ok, wait := g.enter(office(n), 2*crowd, 2*crowd, crowd); !ok && wait > 2*time.Second {
				t.Errorf("when all may be back, number %d is told %v", n, wait)
			}
		}
	})
}

// TestDelays: how long a password, an address that guesses and one that breaks the rules
// of the transport must wait, by how often they have failed.
func TestDelays(t *testing.T) {
	for n, want := range []time.Duration{0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		if got := nameDelay(n); got != want*time.Second {
			t.Errorf("a name, %d failures: %v, want %v", n, got, want*time.Second)
		}
	}
	for what, c := range map[string]struct {
		delay func(int) time.Duration
		free  int
		wait  time.Duration
	}{
		"an address that guesses": {addressDelay, 20, 15 * time.Minute},
		"an address that breaks":  {breachDelay, 5, 10 * time.Minute},
	} {
		if before, after := c.delay(c.free-1), c.delay(c.free); before != 0 || after != c.wait {
			t.Errorf("%s: %v after %d failures, %v after one more", what, before, c.free-1, after)
		}
	}
}

// TestNoResumption: who comes back makes a whole handshake, which checks certificates, and
// speaks HTTP/1.1, whatever they ask for.
func TestNoResumption(t *testing.T) {
	w := newWorld(t, nil, Options{})
	config := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(10), NextProtos: []string{"h2", "http/1.1"}}
	for n := range 2 {
		c, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil { // tickets come before what is answered
			t.Fatal(err)
		}
		conn, ok := c.(*tls.Conn)
		if !ok {
			t.Fatalf("%T", c)
		}
		if state := conn.ConnectionState(); state.DidResume || state.NegotiatedProtocol != "http/1.1" {
			t.Errorf("connection %d: resumed %v, speaks %q", n, state.DidResume, state.NegotiatedProtocol)
		}
		_ = c.Close()
	}
}

// TestLongHeader: a request with a header that no client has is refused by its length.
func TestLongHeader(t *testing.T) {
	w := newWorld(t, nil, Options{})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	for kib, want := range map[int]int{4: http.StatusNotFound, 16: http.StatusRequestHeaderFieldsTooLarge} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+w.address+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Long", strings.Repeat("x", kib<<10))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("%d KiB: status %d, want %d", kib, resp.StatusCode, want)
		}
	}
}
