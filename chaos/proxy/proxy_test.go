package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"hearth/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// echo is a server that returns what it gets.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		work.Wait()
	})
	return l.Addr().String()
}

func start(t *testing.T) (*Proxy, func() net.Conn) {
	t.Helper()
	p, err := Start(t.Context(), "127.0.0.1:0", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, func() net.Conn {
		c, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// talk sends and waits for the echo; it returns how long that took.
func talk(t *testing.T, c net.Conn, data []byte) time.Duration {
	t.Helper()
	began := time.Now()
	if _, err := c.Write(data); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(began.Add(10 * time.Second))
	got := make([]byte, len(data))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("echo: %v, equal %v", err, bytes.Equal(got, data))
	}
	return time.Since(began)
}

// silent fails if anything comes within a moment.
func silent(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
	n, err := c.Read(make([]byte, 10))
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d bytes, %v", n, err)
	}
}

func TestPassesOn(t *testing.T) {
	p, dial := start(t)
	c := dial()
	talk(t, c, bytes.Repeat([]byte("hearth "), 50_000))
	if open, all := p.Open(); open != 1 || all != 1 {
		t.Errorf("open %d, all %d", open, all)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
		t.Errorf("the end of the stream: %q, %v", rest, err)
	}
}

func TestLatencyJitterRateAndSlices(t *testing.T) {
	p, dial := start(t)
	p.Set(Conditions{Up: Way{Latency: 60 * time.Millisecond, Jitter: 10 * time.Millisecond}, Down: Way{Latency: 60 * time.Millisecond}})
	c := dial()
	if took := talk(t, c, []byte("one")); took < 120*time.Millisecond {
		t.Errorf("latency of 120 ms took %v", took)
	}
	p.Set(Conditions{Up: Way{Rate: 10_000}})
	if took := talk(t, c, make([]byte, 3000)); took < 250*time.Millisecond {
		t.Errorf("3,000 bytes at 10,000 a second took %v", took)
	}
	p.Set(Conditions{Up: Way{Slice: 1, Jitter: time.Millisecond}, Down: Way{Slice: 1}})
	talk(t, c, bytes.Repeat([]byte("slice"), 500))
}

func TestStallKeepsWhatWaits(t *testing.T) {
	p, dial := start(t)
	c := dial()
	p.Set(Conditions{Down: Way{Stall: true}})
	if _, err := c.Write([]byte("later")); err != nil {
		t.Fatal(err)
	}
	silent(t, c)
	p.Set(Conditions{})
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, 5)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "later" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHalfOpenEachWay(t *testing.T) {
	for name, bad := range map[string]Conditions{
		"up": {Up: Way{Discard: true}}, "down": {Down: Way{Discard: true}}, "black hole": BlackHole,
	} {
		t.Run(name, func(t *testing.T) {
			p, dial := start(t)
			c := dial()
			talk(t, c, []byte("before"))
			p.Set(bad)
			if _, err := c.Write([]byte("lost")); err != nil {
				t.Fatal(err)
			}
			silent(t, c)
			p.Set(Conditions{})
			if _, err := c.Write([]byte("still")); err != nil {
				t.Fatal(err)
			}
			silent(t, c)                     // a stream with a hole carries nothing
			talk(t, dial(), []byte("after")) // a new one does
		})
	}
}

func TestResetAndRefuse(t *testing.T) {
	p, dial := start(t)
	c := dial()
	talk(t, c, []byte("before"))
	p.Reset()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a reset: %v", err)
	}
	p.Set(Conditions{Refuse: true})
	refused, err := net.Dial("tcp", p.Addr()) // it may be reset before dialling is done
	if err == nil {
		defer refused.Close()
		_ = refused.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err = refused.Read(make([]byte, 1))
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("refused: %v", err)
	}
	p.Set(Conditions{})
	talk(t, dial(), []byte("after"))
}

func TestFreeAddress(t *testing.T) {
	address, err := FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // it can be listened at, and again
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if port := l.Addr().(*net.TCPAddr).Port; port < firstPort || port >= firstPort+ports {
			t.Errorf("port %d is one that systems hand out", port)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
