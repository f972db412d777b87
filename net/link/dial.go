package link

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// greeted is a connection whose server has proven itself. Nothing that depends
// on a secret has been sent on it.
type greeted struct {
	ws       *websocket.Conn
	raw      *rawConn
	address  string
	greeting wire.Greeting
	limits   chat.Limits
	binding  wire.Binding
	leaf     []byte          // its key (DER), if authorities vouch for the server's name; nil: the identity does
	line     []chat.ServerID // see Account.Line
	version  int             // to speak
	skew     time.Duration   // our wall clock minus the server's
	lastID   uint64          // of a request
}

// rawConn is the TCP connection. It notes when bytes last arrived and can be
// closed at once, where closing TLS would wait for a peer that may be gone.
type rawConn struct {
	net.Conn
	base time.Time    // fixed
	last atomic.Int64 // nanoseconds after base
}

// Read implements net.Conn.
func (c *rawConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.touch()
	}
	return n, err
}

// touch notes a sign of life, or that we were the ones who did not listen.
func (c *rawConn) touch() { c.last.Store(int64(time.Since(c.base))) }

// lastByte returns when bytes last arrived.
func (c *rawConn) lastByte() time.Time { return c.base.Add(time.Duration(c.last.Load())) }

// attempt is one try at one address.
type attempt struct {
	address string
	o       Options
	v       *verifier
	accept  func() // called when TCP is connected
	raw     atomic.Pointer[rawConn]
}

// greet tries the addresses in order, the next one beside the last if that does
// not answer quickly, and returns the first connection whose server has proven
// to be the pinned one. Its error is the most telling of all addresses': an
// address where somebody else answers does not matter if another one is right.
func greet(ctx context.Context, l chat.Link, o Options) (*greeted, error) {
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	type result struct {
		g   *greeted
		err *Error
	}
	addresses := l.Addresses
	results := make(chan result, len(addresses))
	accepted := make(chan struct{}, len(addresses))
	next, running := 0, 0
	begin := func() {
		a := &attempt{address: addresses[next], o: o, v: verifierOf(l, addresses[next], o.Roots), accept: func() { accepted <- struct{}{} }}
		next++
		running++
		go func() {
			g, err := a.run(ctx)
			results <- result{g, err}
		}()
	}
	begin()
	beside := time.NewTimer(stagger)
	defer beside.Stop()
	var won *greeted
	var worst *Error
	for running > 0 {
		select {
		case <-accepted:
			beside.Reset(connectedGrace)
		case <-beside.C:
			if won == nil && next < len(addresses) {
				begin()
				beside.Reset(stagger)
			}
		case r := <-results:
			running--
			switch {
			case r.err != nil:
				worst = moreTelling(worst, r.err)
			case won != nil:
				r.g.abandon()
			default:
				won = r.g
				cancel()
			}
			if won == nil && next < len(addresses) {
				begin()
				beside.Reset(stagger)
			}
		}
	}
	if won != nil {
		return won, nil
	}
	return nil, worst
}

// telling orders kinds by how much they say about the server that was meant.
var telling = []Kind{
	KindPinMismatch, KindAuthority, KindNotBound, KindTooOld, KindTooNew, KindCertificate, KindBusy, KindRejected,
	KindNotHearth, KindLost, KindTimeout, KindRefused, KindUnknownName, KindUnreachable, KindNoRoute,
}

func moreTelling(a, b *Error) *Error {
	if a == nil {
		return b
	}
	for _, k := range telling {
		switch k {
		case a.Kind:
			return a
		case b.Kind:
			return b
		}
	}
	return a
}

// run connects, upgrades, and checks the hello.
func (a *attempt) run(ctx context.Context) (*greeted, *Error) {
	transport := &http.Transport{
		Proxy: a.o.Proxy,
		// Through a proxy, the transport makes TLS itself; straight on we do, because
		// it would leave out ALPN for an upgrade.
		DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			return a.dial(ctx, network, address)
		},
		TLSClientConfig: a.v.config(), TLSHandshakeTimeout: tlsTimeout,
		DialTLSContext: func(_ context.Context, network, address string) (net.Conn, error) {
			return a.dialTLS(ctx, network, address)
		},
		ResponseHeaderTimeout: answerTimeout, MaxResponseHeaderBytes: 8 << 10,
	}
	defer transport.CloseIdleConnections()
	u := url.URL{Scheme: "https", Host: a.address, Path: wire.Path}
	ws, response, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{
		HTTPClient:   &http.Client{Transport: transport, CheckRedirect: neverRedirect},
		HTTPHeader:   a.header(),
		Subprotocols: []string{wire.Subprotocol},
	})
	if err != nil {
		e := a.explain(err, response)
		a.close()
		return nil, e
	}
	g := &greeted{ws: ws, raw: a.raw.Load(), address: a.address}
	if e := a.hear(ctx, g, response); e != nil {
		g.abandon()
		return nil, e
	}
	return g, nil
}

// header is what the upgrade says besides what it must.
func (a *attempt) header() http.Header {
	h := http.Header{}
	h.Set("User-Agent", a.o.Software)
	if a.v.unbound {
		h.Set(wire.HeaderChallenge, base64.RawURLEncoding.EncodeToString(a.v.challenge[:]))
	}
	return h
}

// neverRedirect makes the client hand back a redirect instead of following it.
func neverRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// dial opens the TCP connection under the attempt's own context: the
// transport's would let it go on after the attempt was given up.
func (a *attempt) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	c, err := a.o.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	raw := &rawConn{Conn: c, base: time.Now()}
	a.raw.Store(raw)
	a.accept()
	return raw, nil
}

// dialTLS opens a TLS connection.
func (a *attempt) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := a.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	config := a.v.config()
	config.ServerName, _, _ = net.SplitHostPort(address)
	c := tls.Client(raw, config)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

func (a *attempt) close() {
	if raw := a.raw.Load(); raw != nil {
		_ = raw.Close() // given up; there is nobody to tell
	}
}

// hear reads and checks the hello.
func (a *attempt) hear(ctx context.Context, g *greeted, response *http.Response) *Error {
	if response.TLS == nil || g.ws.Subprotocol() != wire.Subprotocol {
		return &Error{Kind: KindNotHearth, Address: a.address, Err: fmt.Errorf("subprotocol %q", clipName(g.ws.Subprotocol(), 64))}
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	g.ws.SetReadLimit(maxHello)
	f, err := g.read(ctx)
	if err != nil {
		return asError(err, a.address, KindNotHearth)
	}
	h, ok := f.(*wire.Hello)
	if !ok {
		if refusal, ok := f.(*wire.Error); ok {
			return fromRefusal(refusal.Err(), a.address)
		}
		return &Error{Kind: KindNotHearth, Address: a.address, Err: fmt.Errorf("it began with %q", clipName(string(f.Type()), 64))}
	}
	if g.greeting, g.binding, err = a.v.hello(response.TLS, h); err != nil {
		return asError(err, a.address, KindNotHearth)
	}
	if a.v.public != nil {
		g.leaf = a.v.leaf.RawSubjectPublicKeyInfo
	}
	g.line = a.v.line
	g.version = min(g.greeting.MaxVersion, wire.Version)
	g.skew = time.Since(time.UnixMilli(g.greeting.Time)) // saturates
	g.limits = completed(g.greeting.Limits)
	g.ws.SetReadLimit(readLimit(g.limits))
	return nil
}

// Bounds of what is read from a server.
const (
	maxHello       = 64 << 10
	leastReadLimit = 1 << 20
	mostReadLimit  = 8 << 20
)

// readLimit is generous beside the server's own limit, because refusing a frame
// means losing the connection, but never what a hostile server might like.
func readLimit(l chat.Limits) int64 {
	return int64(min(max(2*l.TransportBytes, leastReadLimit), mostReadLimit))
}

// completed fills limits that the server does not name, being older than they are.
func completed(l chat.Limits) chat.Limits {
	have, whole := reflect.ValueOf(&l).Elem(), reflect.ValueOf(chat.DefaultLimits())
	for i := range have.NumField() {
		if have.Field(i).Int() <= 0 {
			have.Field(i).Set(whole.Field(i))
		}
	}
	return l
}

// explain says why no WebSocket came about.
func (a *attempt) explain(err error, response *http.Response) *Error {
	if response == nil {
		fallback := KindUnreachable
		if a.raw.Load() != nil {
			fallback = KindNotHearth
		}
		return asError(err, a.address, fallback)
	}
	e := &Error{Kind: KindNotHearth, Address: a.address, Err: err}
	switch response.StatusCode {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		e.Kind = KindBusy
		if s, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31); err == nil {
			e.RetryAfter = time.Duration(s) * time.Second
		}
	default:
		if v, ok := strings.CutPrefix(response.Header.Get("Sec-WebSocket-Protocol"), wire.SubprotocolPrefix); ok {
			if n, err := strconv.Atoi(v); err == nil && n > wire.Version {
				e.Kind = KindTooNew
			} else if err == nil && n < wire.MinVersion {
				e.Kind = KindTooOld
			}
		}
	}
	return e
}
