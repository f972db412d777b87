package server

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Helpers for tests about what a connection is sent, beside those of raw_test.go.

// second adds a device to the account, straight into the store, and connects it.
func (c *raw) second() *raw {
	c.t.Helper()
	n := c.w.dial()
	n.enrolFor(c.account)
	if _, ok := n.answer(n.ask(n.auth(n))).(*wire.Ready); !ok {
		c.t.Fatal("the second device was not admitted")
	}
	return n
}

// enrolFor gives the client a device of an account, straight into the store.
func (c *raw) enrolFor(account chat.AccountID) {
	c.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	pub := key.Public().(ed25519.PublicKey)
	now := time.Now().UnixMilli()
	d := storage.Device{ID: chat.DeviceIDOf(pub), Account: account, Key: pub, Created: now, Proven: now, Seen: now}
	if err := c.w.store.AddDevice(c.t.Context(), d, nil, 999); err != nil {
		c.t.Fatal(err)
	}
	c.device, c.account = key, account
}

// found makes a room with the client as its owner and others as members.
func (c *raw) found(access chat.Access, members ...chat.AccountID) (chat.RoomID, *wire.Ack) {
	c.t.Helper()
	body, err := wire.EncodeBody(chat.RoomCreate{Name: "room", Access: access, History: chat.HistoryAll, Members: members})
	if err != nil {
		c.t.Fatal(err)
	}
	room := chat.NewRoomID()
	return room, c.say(room, chat.KindRoomCreate, string(body))
}

// text says something in a room.
func (c *raw) text(room chat.RoomID, text string) *wire.Ack {
	c.t.Helper()
	return c.say(room, chat.KindMessage, fmt.Sprintf(`{"text":%q}`, text))
}

// within reads one frame unless it takes longer than d; the connection is of no
// use afterwards if it did.
func (c *raw) within(d time.Duration) (wire.Frame, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), d)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	return wire.DecodeServer(data)
}

// tail reads until the feed is quiet for d, and returns the frames.
func (c *raw) tail(d time.Duration) (all []wire.Frame) {
	for {
		f, err := c.within(d)
		if err != nil {
			return all
		}
		all = append(all, f)
	}
}

// eventsIn are the events of one room among frames.
func eventsIn(frames []wire.Frame, room chat.RoomID) (all []wire.Event) {
	for _, f := range frames {
		if e, ok := f.(*wire.Events); ok && e.Room == room {
			all = append(all, e.Events...)
		}
	}
	return all
}

// room finds a room that is in use.
func (w *world) room(id chat.RoomID) *room {
	w.t.Helper()
	r, err := w.server.openRoom(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// until reads frames up to one that is wanted, and returns them all.
func (c *raw) until(wanted func(wire.Frame) bool) (all []wire.Frame) {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			c.t.Fatal(err)
		}
		if all = append(all, f); wanted(f) {
			return all
		}
	}
}

// slow reads so many bytes a second.
type slow struct {
	net.Conn
	rate int
}

func (c *slow) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b[:min(len(b), c.rate)])
	if n > 0 {
		<-time.After(time.Duration(n) * time.Second / time.Duration(c.rate))
	}
	return n, err
}

// pace makes clients that connect from now on read so many bytes a second.
func (w *world) pace(rate int) {
	connect := w.connect
	w.connect = func(ctx context.Context) (net.Conn, error) {
		c, err := connect(ctx)
		if err != nil {
			return nil, err
		}
		return &slow{Conn: c, rate: rate}, nil
	}
}

// beat sends heartbeats beside what the test sends, until the test ends or the
// connection does.
func (c *raw) beat(every time.Duration) {
	c.t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := uint64(1 << 40); ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(every):
			}
			b, err := wire.Encode(&wire.Heartbeat{Req: wire.Req{ID: n}})
			if err != nil || c.ws.Write(c.t.Context(), websocket.MessageText, b) != nil {
				return
			}
		}
	}()
	c.t.Cleanup(func() { close(stop); <-stopped })
}

// over reads to the end of the connection, which must come within d, and returns
// everything that came and the close code.
func (c *raw) over(d time.Duration) (all []wire.Frame, code wire.CloseCode) {
	c.t.Helper()
	for end := time.Now().Add(d); ; {
		f, err := c.within(time.Until(end))
		if errors.Is(err, context.DeadlineExceeded) {
			c.t.Fatalf("still open after %v", d)
		}
		if err != nil {
			return all, wire.CloseCode(websocket.CloseStatus(err))
		}
		all = append(all, f)
	}
}

// lastError is the last of the frames as an error; nil if it is none.
func lastError(frames []wire.Frame) *chat.Error {
	if len(frames) == 0 {
		return nil
	}
	if e, ok := frames[len(frames)-1].(*wire.Error); ok {
		return e.Err()
	}
	return nil
}

// try sends a request and returns its answer; it fails nothing, for goroutines that
// are not the test's own.
func (c *raw) try(r wire.Request) (wire.Frame, error) {
	c.id++
	r.SetRequestID(c.id)
	b, err := wire.Encode(r)
	if err == nil {
		err = c.ws.Write(c.t.Context(), websocket.MessageText, b)
	}
	for err == nil {
		var f wire.Frame
		if f, err = c.read(); err == nil {
			if re, ok := f.(wire.Reply); ok && re.ReplyTo() == c.id {
				return f, nil
			}
		}
	}
	return nil, err
}

// who is the account as the store has it.
func (c *raw) who() storage.Account {
	c.t.Helper()
	a, err := c.w.store.Account(c.t.Context(), c.account)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}
