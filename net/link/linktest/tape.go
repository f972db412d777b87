package linktest

import (
	"bytes"
	"crypto/tls"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net"
	"strings"
	"sync"
)

// Tape is what clients have sent, in the clear and as it crossed the network.
type Tape struct {
	mu    sync.Mutex
	conns []*record // guarded by mu
}

// record is one connection's share.
type record struct {
	outside, inside []byte // guarded by the tape's mu: below TLS, above it
}

// Bytes returns everything sent, of all connections: what anybody on the line
// could see, then what the server saw, with the masks of WebSocket frames undone.
func (t *Tape) Bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []byte
	for _, r := range t.conns {
		all = append(all, r.outside...)
		all = append(all, unmask(r.inside)...)
	}
	return all
}

// Conns returns how many connections sent at least one byte.
func (t *Tape) Conns() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.conns {
		if len(r.outside) > 0 {
			n++
		}
	}
	return n
}

// Frames returns the frames of the newest connection, unmasked.
func (t *Tape) Frames() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.conns) == 0 {
		return nil
	}
	all := unmask(t.conns[len(t.conns)-1].inside)
	if _, frames, ok := bytes.Cut(all, []byte("\r\n\r\n")); ok {
		return frames
	}
	return nil
}

// unmask returns the HTTP request and the payloads of the frames behind it.
func unmask(raw []byte) []byte {
	const end = "\r\n\r\n"
	i := bytes.Index(raw, []byte(end))
	if i < 0 {
		return raw
	}
	out := bytes.Clone(raw[:i+len(end)])
	for rest := raw[i+len(end):]; len(rest) >= 6; {
		n, at := int(rest[1]&0x7f), 2
		switch {
		case n == 126 && len(rest) >= 8:
			n, at = int(binary.BigEndian.Uint16(rest[2:])), 4
		case n == 127 && len(rest) >= 14:
			n, at = int(binary.BigEndian.Uint64(rest[2:])), 10 //nolint:gosec // ours
		}
		mask, from := rest[at:at+4], at+4
		n = min(n, len(rest)-from)
		for j, b := range rest[from : from+n] {
			out = append(out, b^mask[j%4])
		}
		rest = rest[from+n:]
	}
	return out
}

// Spellings returns the ways in which a secret might be written by mistake.
func Spellings(secret []byte) map[string][]byte {
	lower := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret))
	return map[string][]byte{
		"as it is": secret, "hex": []byte(hex.EncodeToString(secret)), "base32": []byte(lower), "BASE32": []byte(strings.ToUpper(lower)),
		"base64": []byte(base64.RawStdEncoding.EncodeToString(secret)), "base64url": []byte(base64.RawURLEncoding.EncodeToString(secret)),
	}
}

// Leaks returns which of the secrets, and in what spelling, data contains.
func Leaks(data []byte, secrets map[string][]byte) (found []string) {
	for name, secret := range secrets {
		for spelling, text := range Spellings(secret) {
			if len(secret) > 0 && bytes.Contains(data, text) {
				found = append(found, name+" ("+spelling+")")
			}
		}
	}
	return found
}

// listener makes TLS connections whose bytes are recorded on both sides.
type listener struct {
	net.Listener
	config *tls.Config
	tape   *Tape
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	r := &record{}
	l.tape.mu.Lock()
	l.tape.conns = append(l.tape.conns, r)
	l.tape.mu.Unlock()
	outer := &wiretap{Conn: c, tape: l.tape, keep: &r.outside}
	return &tap{Conn: tls.Server(outer, l.config), tape: l.tape, keep: &r.inside}, nil
}

// wiretap records what is read from a connection.
type wiretap struct {
	net.Conn
	tape *Tape
	keep *[]byte
}

// Read implements net.Conn.
func (c *wiretap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.tape.add(c.keep, b[:n])
	return n, err
}

// tap is wiretap above TLS.
type tap struct {
	*tls.Conn
	tape *Tape
	keep *[]byte
}

// Read implements net.Conn.
func (c *tap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.tape.add(c.keep, b[:n])
	return n, err
}

func (t *Tape) add(keep *[]byte, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*keep = append(*keep, b...)
}
