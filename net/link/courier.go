package link

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// Courier sends and fetches the contents that messages name (docs/adr/0024), on
// connections of its own to the server that a session has proven. It is good as
// long as that session and its token; after ErrToken make a new one. Its methods
// may be called by any goroutine, two at a time.
type Courier struct {
	// Fixed after NewCourier.
	http  *http.Client
	base  string // https://host:port/hearth/files
	token string
	piece int
}

// Errors of couriers besides those of the network.
var (
	ErrToken     = errors.New("the token is not good any more")
	ErrNoContent = errors.New("the server does not have this content for us")
	ErrContent   = errors.New("the content is not what it was said to be")
	ErrNoSpace   = errors.New("there is no room for the file on the server")
	ErrDiskFull  = errors.New("the server's disk is full") // passes; ErrNoSpace does not by itself
	ErrTooLarge  = errors.New("the file is larger than the server takes")
	ErrBusy      = errors.New("the server asks to try again later")
)

const (
	pieceSend    = 60 * time.Second // a piece and its answer
	fetchStall   = 30 * time.Second // between bytes of an answer
	largestPiece = 1 << 20          // of what servers may ask for
	mostStuck    = 8                // pieces without any advance
)

// NewCourier asks the session for a token. o is as for the link.
func NewCourier(ctx context.Context, s *Session, o Options) (*Courier, error) {
	o = o.withDefaults()
	grant, err := do[*wire.FilesGrant](ctx, s, &wire.FilesToken{})
	if err != nil {
		return nil, err
	}
	same, err := sameServer(ctx, s, o)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy: o.Proxy, DialContext: o.Dial, TLSClientConfig: same, TLSHandshakeTimeout: tlsTimeout,
		ResponseHeaderTimeout: pieceSend, MaxResponseHeaderBytes: 8 << 10,
		MaxConnsPerHost: 2, MaxIdleConnsPerHost: 2, IdleConnTimeout: 3 * time.Second, DisableCompression: true,
	}
	base := url.URL{Scheme: "https", Host: s.g.address, Path: wire.FilesPath}
	return &Courier{
		http: &http.Client{Transport: transport, CheckRedirect: neverRedirect},
		base: base.String(), token: base64.RawURLEncoding.EncodeToString(grant.Token), piece: min(s.g.limits.PieceBytes, largestPiece),
	}, nil
}

// sameServer accepts the server that a session has proven: its identity's chain, with
// dates judged by the time its hello stated; or, where authorities vouch for the
// server's name, the key that a connection proved to be its own a moment ago. Behind a
// proxy that ends TLS that is whoever has a certificate for the name, as for the
// session.
func sameServer(ctx context.Context, s *Session, o Options) (*tls.Config, error) {
	identity, said, leaf := s.g.greeting.Server, time.UnixMilli(s.g.greeting.Time), s.g.leaf
	if leaf != nil && !s.g.binding.Unbound {
		// The session may be older than the certificate.
		now, err := greet(ctx, chat.Link{Addresses: []string{s.g.address}, Server: identity, Bound: true}, o)
		if err != nil {
			return nil, err
		}
		defer now.hangUp(ctx)
		leaf = now.leaf
	}
	config := (&verifier{}).config()
	config.VerifyConnection = func(c tls.ConnectionState) error {
		v := verifierOf(chat.Link{Server: identity, Bound: true}, s.g.address, o.Roots)
		if err := v.verify(c); err != nil {
			return err
		}
		switch {
		case v.public != nil && s.g.binding.Unbound:
			if err := v.vouched(v.public, said); err != nil {
				return &Error{Kind: KindCertificate, Address: s.g.address, Err: err}
			}
		case v.public != nil:
			if !bytes.Equal(v.leaf.RawSubjectPublicKeyInfo, leaf) {
				return ErrToken // ask anew: the certificate may have been renewed
			}
		case v.seen != identity:
			return v.mismatch(errors.New("another identity answers than a moment ago"))
		case v.leaf.NotAfter.Before(said):
			return &Error{Kind: KindCertificate, Address: s.g.address, Err: errors.New("the server's certificate has expired")}
		}
		return nil
	}
	return config, nil
}

// Close gives the connections back.
func (c *Courier) Close() { c.http.CloseIdleConnections() }

// Send uploads a content of a known length and hash from where the server has it,
// and calls progress with what is on the server's disk. It returns when all of it is.
func (c *Courier) Send(ctx context.Context, content io.ReaderAt, size int64, h chat.Hash, progress func(sent int64)) error {
	head := http.Header{}
	head.Set(wire.HeaderLength, strconv.FormatInt(size, 10))
	head.Set(wire.HeaderContent, spell(h))
	resp, err := c.do(ctx, http.MethodPost, "", nil, head)
	if err != nil {
		return err
	}
	at, done, err := offsetOf(resp, size)
	for stuck := 0; err == nil && !done; {
		progress(at)
		before := at
		if at, done, err = c.sendPiece(ctx, content, size, h, at); at > before {
			continue
		}
		// A server that starts anew goes back by a piece; one that does so again and again
		// would have us send for ever.
		if stuck++; err == nil && !done && stuck == mostStuck {
			err = fmt.Errorf("%w: the upload does not advance", ErrBusy)
		}
	}
	if err == nil {
		progress(size)
	}
	return err
}

// sendPiece sends the piece at an offset. The server's word about the offset
// counts: its answer to a former piece may have been lost.
func (c *Courier) sendPiece(ctx context.Context, content io.ReaderAt, size int64, h chat.Hash, at int64) (next int64, done bool, err error) {
	piece := make([]byte, min(int64(c.piece), size-at))
	if _, err := content.ReadAt(piece, at); err != nil && !errors.Is(err, io.EOF) {
		return at, false, fmt.Errorf("read the file: %w", err)
	}
	head := http.Header{}
	head.Set(wire.HeaderOffset, strconv.FormatInt(at, 10))
	head.Set(wire.HeaderPiece, spell(sha256.Sum256(piece)))
	resp, err := c.do(ctx, http.MethodPatch, "/"+spell(h), piece, head)
	var refused *statusError
	if errors.As(err, &refused) && refused.status == http.StatusConflict {
		if next, done, err := offsetOf(refused.response, size); err == nil && next != at {
			return next, done, nil
		}
	}
	if err != nil {
		return at, false, err
	}
	return offsetOf(resp, size)
}

// offsetOf reads how much is on the server's disk. A whole upload answers with a
// length that equals it; an empty content is whole after one empty piece.
func offsetOf(r *http.Response, size int64) (at int64, done bool, err error) {
	at, err = strconv.ParseInt(r.Header.Get(wire.HeaderOffset), 10, 64)
	if err != nil || at < 0 || at > size {
		return 0, false, &Error{Kind: KindNotHearth, Err: errors.New("the server names no sensible offset")}
	}
	return at, at == size && (size > 0 || r.StatusCode == http.StatusNoContent), nil
}

// Cancel forgets an upload that is not complete.
func (c *Courier) Cancel(ctx context.Context, h chat.Hash) error {
	_, err := c.do(ctx, http.MethodDelete, "/"+spell(h), nil, http.Header{})
	return err
}

// Fetch writes a content from an offset on to w, at most size bytes in all, and
// returns how many bytes it wrote. Whether the whole has its hash is for the
// caller to see: only they have what came before.
func (c *Courier) Fetch(ctx context.Context, room chat.RoomID, h chat.Hash, from, size int64, w io.Writer) (int64, error) {
	if from >= size {
		return 0, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	head := http.Header{}
	head.Set("Range", fmt.Sprintf("bytes=%d-", from))
	r, err := c.request(ctx, http.MethodGet, "/"+spell(h)+"?room="+room.String(), nil, head)
	if err != nil {
		return 0, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusPartialContent {
		return 0, refusal(resp)
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
		return 0, &Error{Kind: KindNotHearth, Err: errors.New("the server sends another part than was asked for")}
	}
	stall := time.AfterFunc(fetchStall, cancel)
	defer stall.Stop()
	n, err := io.Copy(w, io.LimitReader(&restarting{resp.Body, stall}, size-from))
	if err == nil && from+n < size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// restarting puts off a timer with each read.
type restarting struct {
	io.Reader
	timer *time.Timer
}

func (r *restarting) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.timer.Reset(fetchStall)
	return n, err
}

func (c *Courier) request(ctx context.Context, method, path string, body []byte, head http.Header) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = head
	r.Header.Set("Authorization", "Bearer "+c.token)
	return r, nil
}

// do makes a request whose answer has nothing but a head.
func (c *Courier) do(ctx context.Context, method, path string, body []byte, head http.Header) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, pieceSend)
	defer cancel()
	r, err := c.request(ctx, method, path, body, head)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10)) // so that the connection serves again
	return resp, nil
}

// statusError is an answer that is no success. It wraps one of the errors above
// where one fits.
type statusError struct {
	status   int
	text     string // the server's, clipped
	response *http.Response
	err      error
	after    time.Duration // when to try again, as the server says; 0: it does not
}

func (e *statusError) Error() string { return fmt.Sprintf("%v (%d: %s)", e.err, e.status, e.text) }

func (e *statusError) Unwrap() error { return e.err }

// longestRetry bounds what a server may ask for.
const longestRetry = 5 * time.Minute

// RetryAfter returns after which time the server wants to be asked again that refused
// a request of a courier; 0 if it said nothing of that.
func RetryAfter(err error) time.Duration {
	var refused *statusError
	if errors.As(err, &refused) {
		return refused.after
	}
	return 0
}

func refusal(r *http.Response) error {
	raw, _ := io.ReadAll(io.LimitReader(r.Body, 200))
	e := &statusError{status: r.StatusCode, text: clipName(strings.TrimSpace(string(raw)), 100), response: r}
	if seconds, err := strconv.ParseUint(r.Header.Get("Retry-After"), 10, 32); err == nil {
		e.after = min(time.Duration(seconds)*time.Second, longestRetry) //nolint:gosec // 32 bits
	}
	switch r.StatusCode {
	case http.StatusUnauthorized:
		e.err = ErrToken
	case http.StatusNotFound, http.StatusGone:
		e.err = ErrNoContent
	case wire.StatusChecksum:
		e.err = ErrContent
	case http.StatusInsufficientStorage:
		if e.err = ErrNoSpace; e.after > 0 {
			e.err = ErrDiskFull
		}
	case http.StatusRequestEntityTooLarge:
		e.err = ErrTooLarge
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusLocked, http.StatusRequestTimeout:
		e.err = ErrBusy
	default:
		e.err = errors.New("the server refused")
	}
	return e
}

func spell(h chat.Hash) string { return base64.RawURLEncoding.EncodeToString(h[:]) }
