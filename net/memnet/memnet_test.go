package memnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

// pair returns the two ends of a new line.
func pair(t *testing.T, n *Network) (client, server net.Conn) {
	t.Helper()
	l, err := n.Listen("here:1")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = n.Dial(t.Context(), "tcp", "here:1")
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// TestConn runs the suite that the standard library's own connections pass.
func TestConn(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		c1, c2 = pair(t, New())
		return c1, c2, func() { c1.Close(); c2.Close() }, nil
	})
}

func TestEnds(t *testing.T) {
	n := New()
	client, server := pair(t, n)
	if _, err := client.Write([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	client.Close()
	got, err := io.ReadAll(server)
	if string(got) != "last words" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := server.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing to who left: %v", err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading after close: %v", err)
	}
}

func TestCut(t *testing.T) {
	n := New()
	client, server := pair(t, n)
	client.Write([]byte("lost"))
	n.Last().Cut()
	for _, c := range []net.Conn{client, server} {
		if _, err := c.Read(make([]byte, 9)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read after a cut: %v", err)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("write after a cut: %v", err)
		}
	}
}

func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		n.Buffer = 100
		client, server := pair(t, n)
		n.Last().Up.Stall(true)
		if _, err := client.Write(make([]byte, 100)); err != nil {
			t.Fatal(err) // the buffer takes it
		}
		client.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := client.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write into a full buffer: %v", err)
		}
		server.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read behind a stall: %v", err)
		}
		if _, err := server.Write([]byte("other way")); err != nil {
			t.Error(err)
		}
		if got := make([]byte, 9); true {
			if _, err := io.ReadFull(client, got); err != nil || string(got) != "other way" {
				t.Errorf("the other direction: %q, %v", got, err)
			}
		}
		client.Close() // nobody learns it
		server.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("end of stream passed a stall: %v", err)
		}
		server.SetReadDeadline(time.Time{})
		n.Last().Up.Stall(false)
		if got, err := io.ReadAll(server); len(got) != 100 || err != nil {
			t.Errorf("after the stall: %d bytes, %v", len(got), err)
		}
	})
}

func TestDelayAndSlice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		client, server := pair(t, n)
		n.Last().Up.Delay(3 * time.Second)
		begin := time.Now()
		client.Write([]byte("slow"))
		n.Last().Up.Delay(0)
		client.Write([]byte("fast"))
		n.Last().Up.Slice(1)
		client.Close()
		var reads int
		var got bytes.Buffer
		for b := make([]byte, 10); ; reads++ {
			k, err := server.Read(b)
			if got.Write(b[:k]); err != nil {
				break
			}
		}
		if got.String() != "slowfast" || reads != 8 {
			t.Errorf("%q in %d reads", got.String(), reads)
		}
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("took %v", d)
		}
	})
}

func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		if _, err := n.Dial(t.Context(), "tcp", "nobody:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("nobody listens: %v", err)
		}
		n.Vanish("gone:1", true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := n.Dial(ctx, "tcp", "gone:1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing answers: %v", err)
		}
		n.Fail("far:1", syscall.ENETUNREACH)
		if _, err := n.Dial(t.Context(), "tcp", "far:1"); !errors.Is(err, syscall.ENETUNREACH) {
			t.Errorf("no route: %v", err)
		}
		l, err := n.Listen("here:1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Listen("here:1"); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("taken: %v", err)
		}
		waiting, err := n.Dial(t.Context(), "tcp", "here:1")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, err := waiting.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("never accepted: %v", err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept after close: %v", err)
		}
		if got := len(n.Dials()); got != 4 {
			t.Errorf("%d attempts noted", got)
		}
	})
}
