package server

import (
	"context"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// connKey finds the connection in a request's context.
type connKey struct{}

// accept answers every HTTP request: the one that upgrades, and all others.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) {
	c, ok := r.Context().Value(connKey{}).(*conn)
	if !ok {
		http.Error(w, "no connection", http.StatusInternalServerError)
		return
	}
	if status, text := s.screen(r); status != 0 {
		s.metrics.turned.WithLabelValues(strconv.Itoa(status)).Inc()
		w.Header().Set("Connection", "close") // each costs a turn, see paced
		http.Error(w, text, status)
		return
	}
	from, ok := s.clientOf(c, r)
	if !ok {
		s.metrics.turned.WithLabelValues(strconv.Itoa(http.StatusForbidden)).Inc()
		w.Header().Set("Connection", "close")
		http.Error(w, "only the proxy connects here", http.StatusForbidden)
		return
	}
	key := addressKey(from)
	if wait := s.breaches.delay(key, time.Now()); wait > 0 {
		s.metrics.turned.WithLabelValues("breach").Inc()
		comeBack(w, wait)
		return
	}
	if underFiles(r) {
		s.files(w, r, c)
		return
	}
	l := s.o.Limits
	admitted, wait := s.gate.enter(key, l.Connections, l.Unauthenticated, l.UnauthPerAddress)
	if !admitted || s.draining.Load() {
		if admitted {
			s.gate.leave(key, false)
		}
		s.turnAway(w, wait)
		return
	}
	ping := pinged()
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{wire.Subprotocol}, CompressionMode: websocket.CompressionDisabled,
		OnPingReceived: ping, OnPongReceived: func(ctx context.Context, b []byte) { ping(ctx, b) },
	})
	if err != nil {
		s.gate.leave(key, false)
		s.metrics.turned.WithLabelValues("upgrade").Inc()
		return
	}
	c.hush()
	c.from = from
	s.start(ws, c, key, challengeOf(r))
}

// screen refuses what is not a client of ours before anything is spent on it.
func (s *Server) screen(r *http.Request) (status int, text string) {
	switch {
	case len(r.Header.Values("Origin")) > 0:
		return http.StatusForbidden, "browsers are not admitted"
	case underFiles(r):
		return 0, ""
	case r.URL.Path != wire.Path:
		return http.StatusNotFound, "this is a Hearth server; nothing is here"
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "GET only"
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return http.StatusUpgradeRequired, "a WebSocket is wanted"
	case !slices.Contains(tokens(r.Header.Values("Sec-Websocket-Protocol")), wire.Subprotocol):
		return http.StatusBadRequest, "the subprotocol " + wire.Subprotocol + " is wanted"
	}
	return 0, ""
}

// underFiles reports whether a request is about contents.
func underFiles(r *http.Request) bool {
	return r.URL.Path == wire.FilesPath || strings.HasPrefix(r.URL.Path, wire.FilesPath+"/")
}

// tokens splits comma-separated header values.
func tokens(values []string) (out []string) {
	for _, v := range values {
		for _, t := range strings.Split(v, ",") {
			out = append(out, strings.TrimSpace(t))
		}
	}
	return out
}

// turnAway answers 503 with a time to come back, spread at random.
func (s *Server) turnAway(w http.ResponseWriter, wait time.Duration) {
	s.metrics.turned.WithLabelValues("503").Inc()
	comeBack(w, time.Duration(1+rand.IntN(1+int(wait.Seconds())))*time.Second)
}

// comeBack answers 503 with the time after which it makes sense to try again.
func comeBack(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(1+int((wait-1).Seconds())))
	w.Header().Set("Connection", "close")
	http.Error(w, "come back later", http.StatusServiceUnavailable)
}

// start gives the connection a goroutine of its own, so that the HTTP handler
// returns and its buffers and stack are freed.
func (s *Server) start(ws *websocket.Conn, c *conn, key netip.Prefix, challenge [wire.NonceLength]byte) {
	if !s.begin() {
		s.gate.leave(key, false)
		_ = ws.CloseNow()
		return
	}
	s.metrics.conns.Inc()
	go s.connection(ws, c, key, challenge)
}

// connection lives as long as a connection: the handshake, then the reader.
func (s *Server) connection(ws *websocket.Conn, c *conn, key netip.Prefix, challenge [wire.NonceLength]byte) {
	defer s.end()
	var name [8]byte
	for i := range name {
		name[i] = byte(rand.Uint32())
	}
	id := hex.EncodeToString(name[:])
	ctx, cancel := context.WithCancel(s.ctx)
	h := &handshake{srv: s, ws: ws, conn: c, key: key, challenge: challenge, connID: id, log: s.log.With("conn", id, "peer", truncate(c.RemoteAddr()))}
	// A stranger's frame somewhat above the limit is answered; one far above it
	// is not even read.
	ws.SetReadLimit(int64(min(4*s.o.Limits.PreAuthFrameBytes, s.o.Limits.TransportBytes)))
	session, err := h.run(ctx, cancel)
	if err != nil {
		h.log.Info("Handshake ended", "err", err)
		s.gate.leave(key, false)
		cancel()
		_ = ws.CloseNow()
		return
	}
	ws.SetReadLimit(int64(s.o.Limits.TransportBytes))
	s.gate.proven(key)
	if !s.begin() { // the server stops; the writer releases what the session holds
		s.gate.leave(key, true)
		cancel()
		return
	}
	// A fresh goroutine: the stack that the handshake's signatures needed goes.
	go func() {
		defer s.end()
		defer s.gate.leave(key, true)
		session.reader()
	}()
}

// errRefused ends a handshake whose error frame has been sent.
var errRefused = errors.New("refused")

// readFrame reads one frame; a frame that is not text ends the connection.
func readFrame(ctx context.Context, ws *websocket.Conn) ([]byte, *chat.Error, error) {
	kind, data, err := ws.Read(ctx)
	if err != nil {
		return nil, nil, err
	}
	if kind != websocket.MessageText {
		return nil, chat.Errorf(chat.CodeFrameType, "", "frames are text"), nil
	}
	return data, nil, nil
}
