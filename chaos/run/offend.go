//go:build unix

package run

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// Offence is what a program that floods a server is told, on its standard input. Behind it
// come words: true to begin or go on, false to pause. When the input ends, it says what it
// met.
type Offence struct {
	Address string
	Kinds   []string          // see offences
	Devices map[string][]byte // seeds of the devices that act, by kind
	Room    chat.RoomID
	Invite  string // a link that lets people in
	Name    string // of an account whose password is guessed
}

// Met is what a flood got in return: how often, by kind and answer.
type Met map[string]map[string]int

// offender floods a server. Its own connections are all it knows: it keeps to nothing.
type offender struct {
	Offence
	mu   sync.Mutex
	met  Met           // guarded by mu
	open chan struct{} // guarded by mu: closed while it floods
}

// Offend floods a server as told on in until that ends, and writes what it met to out.
func Offend(ctx context.Context, in io.Reader, out io.Writer) error {
	o := &offender{met: Met{}, open: make(chan struct{})}
	told := json.NewDecoder(in)
	if err := told.Decode(&o.Offence); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	for _, kind := range o.Kinds {
		do, known := offences[kind]
		if !known {
			cancel()
			return fmt.Errorf("nobody offends by %q", kind)
		}
		for range do.lines {
			work.Go(func() { o.repeat(ctx, kind, do.once) })
		}
	}
	for on := false; told.Decode(&on) == nil; { // until it is closed
		o.toggle(on)
	}
	cancel()
	work.Wait()
	return json.NewEncoder(out).Encode(o.met)
}

// toggle begins, or pauses. Connections stay as they are meanwhile.
func (o *offender) toggle(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch is := o.onLocked(); {
	case on && !is:
		close(o.open)
	case !on && is:
		o.open = make(chan struct{})
	}
}

func (o *offender) onLocked() bool {
	select {
	case <-o.open:
		return true
	default:
		return false
	}
}

// turn waits until it may go on.
func (o *offender) turn(ctx context.Context) error {
	o.mu.Lock()
	open := o.open
	o.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// offencePause keeps an offender whom nobody listens to from doing nothing but ask: the
// work of dialling would be its own, not the server's.
const offencePause = 2 * time.Millisecond

// repeat offends again and again, each time on connections of its own.
func (o *offender) repeat(ctx context.Context, kind string, once func(*offender, context.Context, string) error) {
	for ctx.Err() == nil {
		if err := once(o, ctx, kind); err != nil && ctx.Err() == nil {
			o.meet(kind, answerOf(err))
		}
		if pause(ctx, offencePause) != nil {
			return
		}
	}
}

func (o *offender) meet(kind, answer string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.met[kind] == nil {
		o.met[kind] = map[string]int{}
	}
	o.met[kind][answer]++
}

// refusal is how a server turns somebody away before there are frames.
type refusal struct {
	status int
	after  string
}

func (r *refusal) Error() string { return fmt.Sprintf("http %d", r.status) }

// answerOf names what came back.
func answerOf(err error) string {
	var turned *refusal
	var refused *chat.Error
	switch {
	case errors.As(err, &turned) && turned.status == http.StatusServiceUnavailable && longWait(turned.after):
		return banned
	case errors.As(err, &turned):
		return turned.Error()
	case errors.As(err, &refused):
		return string(refused.Code)
	}
	return cutOff
}

// What an offender meets besides refusals.
const (
	banned = "address refused"
	cutOff = "cut off"
	taken  = "taken"
)

// longWait tells a ban from a busy moment.
func longWait(after string) bool {
	n, err := strconv.Atoi(after)
	return err == nil && n > 60
}

// brute is a raw connection.
type brute struct {
	by      *offender
	ws      *websocket.Conn
	tls     *tls.Conn
	binding wire.Binding
	id      uint64
}

// knock makes a TLS connection.
func (o *offender) knock(ctx context.Context) (*tls.Conn, error) {
	if err := o.turn(ctx); err != nil {
		return nil, err
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return nil, err
	}
	t := tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}) //nolint:gosec // who attacks does not ask
	if err := t.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return t, nil
}

// dial connects and reads the greeting.
func (o *offender) dial(ctx context.Context) (*brute, error) {
	b := &brute{by: o}
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var err error
		b.tls, err = o.knock(ctx)
		return b.tls, err
	}}
	ws, resp, err := websocket.Dial(ctx, "wss://"+o.Address+wire.Path, &websocket.DialOptions{ //nolint:bodyclose // the library closes it
		HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{wire.Subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if resp != nil {
			return nil, &refusal{resp.StatusCode, resp.Header.Get("Retry-After")}
		}
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	b.ws = ws
	f, err := b.read(ctx)
	hello, ok := f.(*wire.Hello)
	if err != nil || !ok {
		return nil, errors.Join(err, ws.CloseNow())
	}
	g, err := wire.DecodeGreeting(hello.Hello)
	if err != nil {
		return nil, errors.Join(err, ws.CloseNow())
	}
	state := b.tls.ConnectionState()
	exporter, err := state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
	if err != nil {
		return nil, errors.Join(err, ws.CloseNow())
	}
	b.binding = wire.Binding{Server: g.Server, Epoch: g.Epoch, Exporter: [32]byte(exporter), Nonce: [32]byte(g.Nonce), Hello: wire.HashHello(hello.Hello)}
	return b, nil
}

func (b *brute) read(ctx context.Context) (wire.Frame, error) {
	_, data, err := b.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	return wire.DecodeServer(data)
}

// ask sends a request and does not wait.
func (b *brute) ask(ctx context.Context, r wire.Request) error {
	if err := b.by.turn(ctx); err != nil {
		return err
	}
	b.id++
	r.SetRequestID(b.id)
	data, err := wire.Encode(r)
	if err != nil {
		return err
	}
	return b.ws.Write(ctx, websocket.MessageText, data)
}

// answered sends a request and returns what it gets.
func (b *brute) answered(ctx context.Context, r wire.Request) (wire.Frame, error) {
	if err := b.ask(ctx, r); err != nil {
		return nil, err
	}
	for {
		f, err := b.read(ctx)
		if err != nil {
			return nil, err
		}
		reply, ok := f.(wire.Reply)
		if !ok || reply.ReplyTo() != b.id {
			continue
		}
		if e, refused := f.(*wire.Error); refused {
			return nil, e.Err()
		}
		return f, nil
	}
}

// enter connects as the device of a kind.
func (o *offender) enter(ctx context.Context, kind string) (*brute, error) {
	b, err := o.dial(ctx)
	if err != nil {
		return nil, err
	}
	key := ed25519.NewKeyFromSeed(o.Devices[kind])
	id := chat.DeviceIDOf(key.Public().(ed25519.PublicKey))
	nonce := make([]byte, wire.NonceLength)
	_, _ = rand.Read(nonce) // never fails
	_, err = b.answered(ctx, &wire.Auth{
		Version: wire.Version, HelloHash: b.binding.Hello, Device: id, Nonce: nonce,
		Signature: ed25519.Sign(key, wire.AuthInput(b.binding, id, [wire.NonceLength]byte(nonce))),
	})
	if err != nil {
		return nil, errors.Join(err, b.ws.CloseNow())
	}
	return b, nil
}

// flood enters and asks without end, whatever is answered.
func (o *offender) flood(ctx context.Context, kind string, next func() wire.Request) error {
	b, err := o.enter(ctx, kind)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	defer func() { _ = b.ws.CloseNow() }()
	work.Go(func() {
		defer cancel()
		for {
			f, err := b.read(ctx)
			if err != nil {
				return
			}
			o.note(kind, f)
		}
	})
	for ctx.Err() == nil {
		if err := b.ask(ctx, next()); err != nil {
			return err
		}
	}
	return nil
}

// note counts an answer; pushes are none.
func (o *offender) note(kind string, f wire.Frame) {
	reply, ok := f.(wire.Reply)
	if !ok {
		return
	}
	if e, refused := reply.(*wire.Error); refused {
		o.meet(kind, string(e.Err().Code))
		return
	}
	o.meet(kind, taken)
}
