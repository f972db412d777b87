package server

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// handshake is a connection that has not proven whom it acts for. It is owned by
// the connection's goroutine, which is the only one that reads or writes.
type handshake struct {
	srv    *Server
	ws     *websocket.Conn
	conn   *conn
	key    netip.Prefix
	connID string
	log    *slog.Logger

	challenge [wire.NonceLength]byte // the client's, for the proof of an unbound greeting

	binding wire.Binding
	hello   string
	login   *login // between login.begin and login.finish
	failed  int    // failed proofs on this connection
}

// run greets, then reads requests until one of them makes a session.
func (h *handshake) run(ctx context.Context, cancel context.CancelFunc) (*session, error) {
	if err := h.greet(ctx); err != nil {
		return nil, err
	}
	greeted := time.Now()
	deadline := greeted.Add(firstTimeout)
	for n := 0; n < h.srv.o.Limits.PreAuthFrames; n++ {
		req, err := h.read(ctx, deadline)
		if err != nil {
			return nil, err
		}
		deadline = greeted.Add(readyTimeout)
		if req == nil {
			continue
		}
		s, refusal := h.handle(ctx, cancel, req)
		if h.login != nil || h.failed > 0 {
			deadline = greeted.Add(stretchTimeout)
		}
		switch {
		case s != nil:
			return s, nil
		case refusal != nil:
			if err := h.refuse(ctx, req.RequestID(), refusal); err != nil {
				return nil, err
			}
		}
	}
	_ = h.refuse(ctx, 0, chat.Errorf(chat.CodeAuthRequired, "", "too many frames without a proof"))
	return nil, errRefused
}

// greet sends the hello with the proof of the server's identity.
func (h *handshake) greet(ctx context.Context) error {
	b := &h.binding
	b.Server, b.Epoch, b.Unbound = h.srv.id, h.srv.store.Epoch(), h.conn.tls == nil
	if !b.Unbound {
		state := h.conn.tls.ConnectionState()
		exporter, err := state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
		if err != nil {
			return fmt.Errorf("channel binding: %w", err)
		}
		b.Exporter = [wire.ExporterLength]byte(exporter)
	}
	if fault.Bug(fault.ExporterNotBound) {
		b.Exporter = [wire.ExporterLength]byte{}
	}
	if !fault.Bug(fault.AuthNonceFixed) {
		_, _ = rand.Read(b.Nonce[:]) // never fails
	}
	o := h.srv.o
	greeting := wire.Greeting{
		Server: h.srv.id, Identity: wire.Bytes(h.srv.key.Public().(ed25519.PublicKey)), Epoch: b.Epoch,
		MinVersion: wire.MinVersion, MaxVersion: wire.Version, Features: o.features(), Mechanisms: []string{wire.MechanismScram},
		Bound: !b.Unbound, Nonce: b.Nonce[:], Time: time.Now().UnixMilli(),
		Heartbeat: wire.HeartbeatPlan{IntervalMS: o.Heartbeat.Milliseconds(), ReplyMS: heartbeatReply.Milliseconds(), IdleMS: o.Idle.Milliseconds()},
		Limits:    o.Limits, Software: software(),
	}
	if b.Unbound {
		greeting.Mechanisms = []string{wire.MechanismScramUnbound}
	}
	if h.srv.line != nil {
		for _, der := range h.srv.line() {
			greeting.Line = append(greeting.Line, der)
		}
	}
	var err error
	if h.hello, err = wire.EncodeRecord(greeting); err != nil {
		return err
	}
	b.Hello = wire.HashHello(h.hello)
	input := wire.HelloInput(b.Exporter, h.hello)
	if b.Unbound {
		input = wire.HelloUnboundInput(h.challenge, h.hello)
	}
	return h.write(ctx, &wire.Hello{Hello: h.hello, Proof: ed25519.Sign(h.srv.key, input)})
}

// errLate ends a handshake whose deadline has passed.
var errLate = errors.New("the deadline has passed")

// read reads one request; nil without an error is one that was refused. When the
// deadline passes the client is told and the connection closed.
func (h *handshake) read(ctx context.Context, deadline time.Time) (wire.Request, error) {
	told := make(chan struct{})
	timer := time.AfterFunc(time.Until(deadline), func() {
		defer close(told)
		h.conn.hurry() // also for somebody who does not read
		_ = h.refuse(ctx, 0, chat.Errorf(chat.CodeTimeout, "", "the handshake took too long"))
	})
	data, bad, err := readFrame(ctx, h.ws)
	if !timer.Stop() {
		<-told
		return nil, errLate
	}
	if err != nil {
		if violation(err) {
			h.srv.violated(h.key)
		}
		return nil, err
	}
	if bad != nil {
		h.srv.violated(h.key)
	}
	var id uint64
	var req wire.Request
	if bad == nil {
		if len(data) > h.srv.o.Limits.PreAuthFrameBytes {
			bad = chat.Errorf(chat.CodePayloadTooLarge, "", "at most %d bytes before a proof", h.srv.o.Limits.PreAuthFrameBytes)
		} else {
			req, id, bad = wire.DecodeRequest(data)
		}
	}
	if bad != nil {
		return nil, h.refuse(ctx, id, bad)
	}
	return req, nil
}

// refuse answers with an error; it returns an error if the connection ends.
func (h *handshake) refuse(ctx context.Context, re uint64, e *chat.Error) error {
	h.srv.metrics.refused(e.Code)
	if e.Code == chat.CodeAuthFailed {
		if h.failed++; h.failed >= 3 {
			e.Fatal = true
		}
	}
	if err := h.write(ctx, wire.FromError(re, e)); err != nil {
		return err
	}
	if !e.Fatal {
		return nil
	}
	h.conn.hurry() // do not wait long for the answer
	_ = h.ws.Close(websocket.StatusCode(wire.CloseFor(e.Code)), "")
	return fmt.Errorf("%w: %s", errRefused, e.Code)
}

func (h *handshake) write(ctx context.Context, f wire.Frame) error {
	b, err := wire.Encode(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return h.ws.Write(ctx, websocket.MessageText, b)
}

// handle dispatches what a connection may ask before it has proven itself.
func (h *handshake) handle(ctx context.Context, cancel context.CancelFunc, req wire.Request) (*session, *chat.Error) {
	if !Admitted(req.Type(), SessionStranger) {
		return nil, chat.Errorf(chat.CodeAuthRequired, "/t", "prove first whom you act for")
	}
	switch r := req.(type) {
	case *wire.InviteCheck:
		return nil, h.inviteCheck(ctx, r)
	case *wire.Auth:
		return h.auth(ctx, cancel, r)
	case *wire.Register:
		return h.register(ctx, cancel, r)
	case *wire.Reset:
		return h.reset(ctx, cancel, r)
	case *wire.Recover:
		return h.recover(ctx, cancel, r)
	case *wire.LoginBegin:
		return nil, h.loginBegin(ctx, r)
	case *wire.LoginFinish:
		return h.loginFinish(ctx, cancel, r)
	}
	return nil, chat.Errorf(chat.CodeUnknownType, "/t", "nobody answers this request")
}

// greeting checks that the client saw the hello we sent.
func (h *handshake) greeting(hash chat.Hash) *chat.Error {
	if hash != h.binding.Hello {
		return chat.Errorf(chat.CodeAuthBindingMismatch, "/hello_hash", "you saw another greeting than the one sent")
	}
	return nil
}

// auth admits a device that is known by its key.
func (h *handshake) auth(ctx context.Context, cancel context.CancelFunc, r *wire.Auth) (*session, *chat.Error) {
	if e := h.greeting(r.HelloHash); e != nil {
		return nil, e
	}
	d, err := h.srv.store.Device(ctx, r.Device)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, chat.Errorf(chat.CodeAuthRevoked, "/device", "this device is not known here")
	}
	if err != nil {
		return nil, h.internal(err)
	}
	if len(d.Key) == 0 { // its account was deleted, and the key with it: nothing can be proven
		return nil, closed(chat.CodeAccountDeleted)
	}
	input := wire.AuthInput(h.binding, r.Device, [wire.NonceLength]byte(r.Nonce))
	if !ed25519.Verify(d.Key, input, r.Signature) {
		return nil, chat.Errorf(chat.CodeAuthFailed, "/signature", "the proof does not fit this connection")
	}
	if e := h.srv.alive(&d); e != nil {
		return nil, e
	}
	return h.admit(ctx, cancel, r.ID, d, "")
}

// alive reports whether a device may still connect by its key alone.
func (s *Server) alive(d *storage.Device) *chat.Error {
	now := time.Now()
	idle := time.Duration(s.o.Limits.SessionIdleDays) * 24 * time.Hour
	life := time.Duration(s.o.Limits.SessionAbsoluteDays) * 24 * time.Hour
	switch {
	case d.Revoked:
		return chat.Errorf(chat.CodeAuthRevoked, "", "this device was removed")
	case now.Sub(time.UnixMilli(max(d.Seen, d.Proven))) > idle, now.Sub(time.UnixMilli(d.Proven)) > life:
		return chat.Errorf(chat.CodeAuthExpired, "", "prove the password again on this device")
	}
	return nil
}

// admit makes a session of a proven device and tells the client.
func (h *handshake) admit(ctx context.Context, cancel context.CancelFunc, re uint64, d storage.Device, scram string) (*session, *chat.Error) {
	a, err := h.srv.store.Account(ctx, d.Account)
	if err != nil {
		return nil, h.internal(err)
	}
	if e := shut(&a); e != nil {
		return nil, e
	}
	if e := h.srv.settleAccount(ctx, a); e != nil {
		return nil, e
	}
	s := h.session(ctx, cancel, a, d)
	// Before the client hears of it: who is ready can be found, and so displaced by
	// the next connection of the same device, and removed.
	h.srv.metrics.sessions.Inc()
	old, ok := h.srv.hub.enter(s, h.srv.o.Limits.DevicesPerAccount)
	if !ok {
		s.discard()
		h.srv.metrics.sessions.Dec()
		e := chat.Errorf(chat.CodeCapacityConnections, "", "an account has at most %d connections", h.srv.o.Limits.DevicesPerAccount)
		e.Fatal = true
		return nil, e
	}
	if old != nil {
		h.srv.metrics.ends.WithLabelValues("displaced").Inc()
		old.end(wire.CloseDisplaced, &wire.Goodbye{Reason: wire.GoodbyeDisplaced, AfterMS: 30_000})
	}
	if e := h.welcome(ctx, re, a, d, scram); e != nil {
		h.srv.hub.leave(s)
		s.discard()
		h.srv.metrics.sessions.Dec()
		return nil, e
	}
	fault.Point(fault.ServerReady)
	h.srv.presence.update(a.ID)
	go s.writer()
	s.tellDevices()
	return s, nil
}

// welcome tells the client that it is ready, if the device still may connect now
// that whoever removes it would find the session: a removal between the proof
// and this moment must not be missed. The writer is counted when it succeeds.
func (h *handshake) welcome(ctx context.Context, re uint64, a storage.Account, d storage.Device, scram string) *chat.Error {
	now, err := h.srv.store.Device(ctx, d.ID)
	if err != nil {
		return h.internal(err)
	}
	if e := h.srv.alive(&now); e != nil {
		return e
	}
	if a, err = h.srv.store.Account(ctx, a.ID); err != nil { // so nothing replaced is told
		return h.internal(err)
	}
	if e := shut(&a); e != nil {
		return e
	}
	if err := h.write(ctx, h.ready(re, a, d, scram)); err != nil {
		return chat.Errorf(chat.CodeInternal, "", "the connection broke")
	}
	h.srv.touch(d.ID, truncate(h.conn.RemoteAddr()))
	if !h.srv.begin() { // the server stops this very moment
		return h.srv.stopping()
	}
	return nil
}

func (h *handshake) session(ctx context.Context, cancel context.CancelFunc, a storage.Account, d storage.Device) *session {
	l := h.srv.o.Limits
	s := &session{
		srv: h.srv, ws: h.ws, conn: h.conn, peer: truncate(h.conn.RemoteAddr()), id: h.connID, account: a.ID, device: d,
		log: h.log.With("device", d.ID.String()), ctx: ctx, cancel: cancel,
		requests: rate.NewLimiter(rate.Limit(l.RequestsPerSecond), l.RequestBurst),
		sends:    h.srv.pacers.borrow(d.ID), together: h.srv.togetherOf(a.ID),
		pages: rate.NewLimiter(rate.Limit(l.HistoryPagesPerSec), l.HistoryPagesPerSec),
		wake:  make(chan struct{}, 1), feeds: map[chat.RoomID]*feed{}, signals: newSignals(),
		signalling: rate.NewLimiter(signalsPerSecond, signalBurst), pictures: rate.NewLimiter(avatarsPerSec, avatarsAtOnce),
	}
	s.seen.Store(time.Now().UnixMilli())
	s.proven.Store(d.Proven)
	return s
}

func (h *handshake) ready(re uint64, a storage.Account, d storage.Device, scram string) *wire.Ready {
	l := h.srv.o.Limits
	now := time.Now()
	expires := time.UnixMilli(d.Proven).Add(time.Duration(l.SessionAbsoluteDays) * 24 * time.Hour)
	if idle := now.Add(time.Duration(l.SessionIdleDays) * 24 * time.Hour); idle.Before(expires) {
		expires = idle
	}
	away := int64(0)
	if d.Seen > 0 {
		away = max(0, now.UnixMilli()-d.Seen)
	}
	return &wire.Ready{
		Rep: wire.Rep{Re: re}, Scram: scram, Session: h.srv.sessionID(), Connection: h.connID,
		Account: a.ID, Device: d.ID, Name: a.Name, Display: a.Display, May: []string{wire.MayInvite, wire.MayCreateRoom},
		Group: h.srv.o.Name, Addresses: h.srv.o.Addresses, SessionExpires: expires.UnixMilli(), Time: now.UnixMilli(), AwayMS: away,
		Recovery: wire.Recovery{Key: a.Recovery.Key, Made: a.Recovery.Made},
		KeepDays: h.srv.o.KeepDays,
	}
}

// sessionID is a UUID followed by an HMAC of it, so that a forged one is refused
// before any look-up.
func (s *Server) sessionID() string {
	id := uuid.New()
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte("hearth-session-1\x00"))
	m.Write(id[:])
	return id.String() + "-" + hex.EncodeToString(m.Sum(nil)[:16])
}

// internal hides a fault from the peer and keeps it in the log.
func (h *handshake) internal(err error) *chat.Error {
	h.log.Error("Handshake failed", "err", err)
	return chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
}

// settleAccount joins a new account to the default rooms. It is repeated until
// it has succeeded once; derived message ids make the repetition harmless.
func (s *Server) settleAccount(ctx context.Context, a storage.Account) *chat.Error {
	if a.Settled {
		return nil
	}
	for _, id := range s.o.DefaultRooms {
		r, err := s.openRoom(ctx, id)
		if err != nil {
			return chat.Errorf(chat.CodeInternal, "", "the server could not open a room")
		}
		if _, in := membership(r, a.ID); in {
			continue
		}
		p := &post{account: a.ID, who: a, body: chat.Join{}, req: &wire.Send{
			MID: chat.DerivedMID(chat.MID(id), "settle", a.ID), Room: id, Kind: chat.KindJoin, Body: "{}",
		}}
		if _, e := r.wait(ctx, p); e != nil && e.Code != chat.CodeForbidden && e.Code != chat.CodeLimitReached && e.Code != chat.CodeReadOnly {
			return e // a room that is full, or archived, must not keep anybody out of the server
		}
	}
	if err := s.store.SetSettled(ctx, a.ID); err != nil {
		return chat.Errorf(chat.CodeInternal, "", "the server could not store it")
	}
	return nil
}

// membership looks an account up in a room's committed state.
func membership(r *room, account chat.AccountID) (chat.Member, bool) {
	v := r.view.Load()
	if v.state == nil {
		return chat.Member{}, false
	}
	m, ok := v.state.Members[account]
	return m, ok
}

// wait posts and waits for the outcome.
func (r *room) wait(ctx context.Context, p *post) (*wire.Ack, *chat.Error) {
	type result struct {
		ack *wire.Ack
		err *chat.Error
	}
	done := make(chan result, 1)
	p.done = func(ack *wire.Ack, err *chat.Error) { done <- result{ack, err} }
	if e := r.post(p); e != nil {
		return nil, e
	}
	select {
	case res := <-done:
		return res.ack, res.err
	case <-ctx.Done():
		return nil, chat.Errorf(chat.CodeTimeout, "", "the room did not answer in time")
	}
}

// EnsureRoom makes an open room with the server as its author, if it does not
// exist yet. One that does exist gets an owner, if it lacks one.
func (s *Server) EnsureRoom(ctx context.Context, id chat.RoomID, name string) error {
	r, err := s.openRoom(ctx, id)
	if err != nil {
		return err
	}
	if r.head() > 0 {
		s.lead(ctx, id)
		return nil
	}
	body := chat.RoomCreate{Name: name, Access: chat.AccessOpen, History: chat.HistoryAll}
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return err
	}
	p := &post{body: body, req: &wire.Send{
		MID: chat.DerivedMID(chat.MID(id), "found", chat.AccountID{}), Room: id, Kind: chat.KindRoomCreate, Body: string(raw),
	}}
	if r, err = s.adopt(ctx, r); err != nil {
		return err
	}
	if _, e := r.wait(ctx, p); e != nil {
		return e
	}
	return nil
}
