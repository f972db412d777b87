package link

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"hearth/internal/wake"
)

// Options are what may be chosen; the zero value works.
type Options struct {
	// Log receives what happens, never a secret. nil: nothing is logged.
	Log *slog.Logger
	// Dial opens the TCP connection. nil: the system's network, with TCP
	// keep-alive. With a Dial of one's own no proxy is used unless Proxy says so.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy chooses a proxy: http, socks5 or socks5h. nil: the environment's
	// (HTTPS_PROXY, NO_PROXY), never for loopback.
	Proxy func(*http.Request) (*url.URL, error)
	// Route reports whether this machine has any network that could lead to a
	// server. nil: whether an interface other than loopback is up and has an
	// address. It is not asked for servers on loopback.
	Route func() bool
	// Network describes the networks this machine is in; when the description
	// changes, the link acts as after Wake. nil: the addresses of all interfaces
	// but loopback; nothing with a Dial of one's own.
	Network func() string
	// Roots are the authorities to trust instead of the system's, for servers that
	// show a certificate of theirs. nil: the system's. In either case the server must
	// prove the pinned identity as well.
	Roots *x509.CertPool
	// Software names this program to the server, for its log. "": "hearth".
	Software string
}

// Times of dialling and greeting. The server's own deadlines (protocol.md 2) are
// shorter than ours, so that its answer, not our impatience, tells the reason.
const (
	connectTimeout = 10 * time.Second // TCP
	tlsTimeout     = 10 * time.Second
	answerTimeout  = 15 * time.Second       // one request before ready
	stagger        = 300 * time.Millisecond // before the next address is tried beside the first
	connectedGrace = 3 * time.Second        // the same once the first has accepted
	greetTimeout   = 30 * time.Second       // all of it: every address up to a checked hello
	hangUpTimeout  = time.Second            // for a polite close after a one-shot function
)

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
		if o.Dial != nil {
			o.Proxy = nil
		}
	}
	if o.Proxy != nil {
		o.Proxy = plainProxy(o.Proxy)
	}
	if o.Network == nil {
		o.Network = wake.Networks
		if o.Dial != nil {
			o.Network = func() string { return "" }
		}
	}
	if o.Dial == nil {
		d := &net.Dialer{Timeout: connectTimeout, KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3,
		}}
		o.Dial = d.DialContext
	}
	if o.Route == nil {
		o.Route = hasRoute
	}
	if o.Software == "" {
		o.Software = "hearth"
	}
	return o
}

// plainProxy refuses proxies that are reached over TLS: their certificate would
// be taken for the server's, and fail the pin with a false alarm.
func plainProxy(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		u, err := choose(r)
		if err == nil && u != nil && u.Scheme == "https" {
			return nil, errors.New("a proxy that is reached over TLS is not supported")
		}
		return u, err
	}
}
