package link

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/coder/websocket"

	"hearth/net/wire"
)

// read returns the next frame of a known type.
func (g *greeted) read(ctx context.Context) (wire.Frame, error) {
	for {
		typ, data, err := g.ws.Read(ctx)
		if err != nil {
			return nil, g.readError(ctx, err)
		}
		if typ != websocket.MessageText {
			return nil, &Error{Kind: KindNotHearth, Err: errors.New("a frame that is not text")}
		}
		f, err := wire.DecodeServer(data)
		if err != nil {
			return nil, &Error{Kind: KindNotHearth, Err: err}
		}
		if f != nil {
			return f, nil
		}
	}
}

// readError prefers what the close says to how reading failed.
func (g *greeted) readError(ctx context.Context, err error) error {
	if websocket.CloseStatus(err) >= 0 {
		return fromClose(err, g.address)
	}
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return &Error{Kind: KindNotHearth, Address: g.address, Err: err}
	}
	if ctx.Err() != nil {
		return asError(ctx.Err(), g.address, KindTimeout)
	}
	return asError(err, g.address, KindLost)
}

// ask sends a request before ready and waits for its one answer.
func ask[T wire.Reply](ctx context.Context, g *greeted, r wire.Request) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var none T
	g.lastID++
	r.SetRequestID(g.lastID)
	data, err := wire.Encode(r)
	if err != nil {
		return none, &Error{Kind: KindInternal, Err: err}
	}
	if len(data) > g.limits.PreAuthFrameBytes {
		return none, &Error{Kind: KindTooLarge, Address: g.address, Err: fmt.Errorf("%d bytes; at most %d are accepted", len(data), g.limits.PreAuthFrameBytes)}
	}
	// A write that fails is followed by a read that knows better why.
	writeErr := g.ws.Write(ctx, websocket.MessageText, data)
	for {
		f, err := g.read(ctx)
		if err != nil {
			return none, asError(errors.Join(err, writeErr), g.address, KindLost)
		}
		switch f := f.(type) {
		case *wire.Error:
			if f.Re == g.lastID || f.Re == 0 {
				return none, fromRefusal(f.Err(), g.address)
			}
		case *wire.Goodbye:
			return none, fromGoodbye(f, g.address)
		case T:
			if f.ReplyTo() == g.lastID {
				return f, nil
			}
		}
	}
}

// abandon closes at once.
func (g *greeted) abandon() {
	_ = g.raw.Close() // first: it does not wait, and so neither does what follows
	_ = g.ws.CloseNow()
}

// hangUp says goodbye, but not for long.
func (g *greeted) hangUp(ctx context.Context) {
	stop := time.AfterFunc(hangUpTimeout, func() { _ = g.raw.Close() })
	defer stop.Stop()
	if ctx.Err() == nil {
		_ = g.ws.Close(websocket.StatusNormalClosure, "")
	}
	g.abandon()
}

// clipName makes foreign or system text fit for a log line or a name: no
// control characters, at most n bytes.
func clipName(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return strings.TrimSpace(s)
}
