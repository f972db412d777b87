package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/coder/websocket"
	"go.etcd.io/bbolt"
)

// The baselines of a broadcast: the least a TLS WebSocket server can do. Each
// sends every message it gets to every connection, the sender included, as one
// frame made once.
//
//   - raw-queue: a queue for each connection, whose writer sends all that waits as
//     one TLS write
//   - raw-shard: the same queues, one writer goroutine a processor for its share
//     of the connections
//   - raw-bolt: raw-queue behind a bbolt group commit: the promise Hearth makes

// rawConn is one connection of a baseline.
type rawConn struct {
	net  net.Conn
	mu   sync.Mutex
	wait [][]byte // guarded by mu
	wake chan struct{}
}

func (c *rawConn) put(frame []byte) {
	c.mu.Lock()
	c.wait = append(c.wait, frame)
	c.mu.Unlock()
}

func (c *rawConn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// flush sends all that waits as one write.
func (c *rawConn) flush(buf []byte) ([]byte, error) {
	c.mu.Lock()
	frames := c.wait
	c.wait = nil
	c.mu.Unlock()
	if len(frames) == 0 {
		return buf, nil
	}
	buf = buf[:0]
	for _, f := range frames {
		buf = append(buf, f...)
	}
	_, err := c.net.Write(buf)
	return buf, err
}

// rawServer is a baseline at work.
type rawServer struct {
	kind  string
	db    *bbolt.DB
	inbox chan []byte
	mu    sync.Mutex
	conns []*rawConn // guarded by mu
	shard []chan struct{}
}

type rawKey struct{}

func childRaw(ctx context.Context, kind, dir string) (report, func() error, error) {
	cert, err := selfSigned()
	if err != nil {
		return report{}, nil, err
	}
	s := &rawServer{kind: kind, inbox: make(chan []byte, 4096)}
	if kind == "raw-bolt" {
		if s.db, err = bbolt.Open(filepath.Join(dir, "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType}); err != nil {
			return report{}, nil, err
		}
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true})
	if err != nil {
		return report{}, nil, err
	}
	if kind == "raw-shard" {
		for range runtime.GOMAXPROCS(0) {
			wake := make(chan struct{}, 1)
			s.shard = append(s.shard, wake)
			go s.shardWriter(ctx, len(s.shard)-1, wake)
		}
	}
	go s.broadcaster(ctx)
	server := &http.Server{
		Handler: http.HandlerFunc(s.accept), ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, rawKey{}, c) },
	}
	go func() { _ = server.Serve(l) }()
	stop := func() error {
		err := server.Close()
		if s.db != nil {
			err = errors.Join(err, s.db.Close())
		}
		return err
	}
	return report{Address: l.Addr().String()}, stop, nil
}

func (s *rawServer) accept(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return
	}
	ws.SetReadLimit(1 << 20)
	c := &rawConn{net: r.Context().Value(rawKey{}).(net.Conn), wake: make(chan struct{}, 1)}
	s.mu.Lock()
	s.conns = append(s.conns, c)
	s.mu.Unlock()
	ctx := context.WithoutCancel(r.Context())
	if s.kind != "raw-shard" {
		go func() {
			var buf []byte
			var err error
			for range c.wake {
				if buf, err = c.flush(buf); err != nil {
					return
				}
			}
		}()
	}
	go func() {
		for {
			_, data, err := ws.Read(ctx)
			if err != nil {
				return
			}
			s.inbox <- data
		}
	}()
}

// broadcaster takes what waits, commits it if it must, and spreads it.
func (s *rawServer) broadcaster(ctx context.Context) {
	var n uint64
	for {
		var batch [][]byte
		select {
		case m := <-s.inbox:
			batch = append(batch, m)
		case <-ctx.Done():
			return
		}
		for more := true; more && len(batch) < 256; {
			select {
			case m := <-s.inbox:
				batch = append(batch, m)
			default:
				more = false
			}
		}
		if s.db != nil {
			if err := s.commit(batch, &n); err != nil {
				return
			}
		}
		s.spread(batch)
	}
}

func (s *rawServer) commit(batch [][]byte, n *uint64) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte("log"))
		if err != nil {
			return err
		}
		b.FillPercent = 0.95
		for _, m := range batch {
			*n++
			if err := b.Put(binary.BigEndian.AppendUint64(nil, *n), m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *rawServer) spread(batch [][]byte) {
	s.mu.Lock()
	conns := s.conns
	s.mu.Unlock()
	for _, m := range batch {
		frame := textFrame(m)
		for _, c := range conns {
			c.put(frame)
		}
	}
	if s.kind == "raw-shard" {
		for _, wake := range s.shard {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		return
	}
	for _, c := range conns {
		c.signal()
	}
}

func (s *rawServer) shardWriter(ctx context.Context, i int, wake <-chan struct{}) {
	var buf []byte
	for {
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		conns := s.conns
		s.mu.Unlock()
		for k := i; k < len(conns); k += len(s.shard) {
			buf, _ = conns[k].flush(buf)
		}
	}
}

// textFrame is an unmasked WebSocket text frame (RFC 6455 section 5.2).
func textFrame(payload []byte) []byte {
	out := []byte{0x81}
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}

// countFrames reads a server's frames and calls got for each, with as little
// work as possible: the load generator shares the machine with the server.
func countFrames(r *bufio.Reader, got func(payload []byte)) error {
	buf := make([]byte, 0, 4096)
	for {
		head, err := r.Peek(2)
		if err != nil {
			return err
		}
		n, size := int(head[1]&0x7f), 2
		switch n {
		case 126:
			if head, err = r.Peek(4); err != nil {
				return err
			}
			n, size = int(binary.BigEndian.Uint16(head[2:])), 4
		case 127:
			if head, err = r.Peek(10); err != nil {
				return err
			}
			n, size = int(binary.BigEndian.Uint64(head[2:])), 10
		}
		if _, err := r.Discard(size); err != nil {
			return err
		}
		if cap(buf) < n {
			buf = make([]byte, 0, n)
		}
		buf = buf[:n]
		if _, err := readFull(r, buf); err != nil {
			return err
		}
		got(buf)
	}
}
