package link

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/blob"
)

// breaking fails to read behind some offset, as a disk may.
type breaking struct {
	*bytes.Reader
	at int64
}

var errBreak = errors.New("no more")

func (b *breaking) ReadAt(p []byte, off int64) (int, error) {
	if off >= b.at {
		return 0, errBreak
	}
	return b.Reader.ReadAt(p, off)
}

// TestCourier sends a content with a break in the middle to the real server, says
// it in a room, and fetches it again.
func TestCourier(t *testing.T) {
	t.Run("identity", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { carry(t, newReal(t)) }) })
	t.Run("certificate of an authority", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { r, _ := newPublic(t); carry(t, r) })
	})
	t.Run("through a proxy", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { r, _ := newProxied(t); carry(t, r) }) })
}

func carry(t *testing.T, r *real) {
	files, err := blob.Open(t.TempDir(), blob.Limits{Piece: chat.DefaultLimits().PieceBytes})
	if err != nil {
		t.Fatal(err)
	}
	r.shutdown()
	r.files = files
	r.serve()
	w := &watcher{}
	l := New(Config{Link: r.link(), Device: r.member("ada"), Handler: w}, r.options())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	time.Sleep(time.Second)
	s := w.session(t)
	if _, err := s.Do(ctx, &wire.Sync{Rooms: []wire.Cursor{}}); err != nil {
		t.Fatal(err)
	}
	room := chat.NewRoomID()
	if _, err := s.Do(ctx, send(t, room, 1, chat.KindRoomCreate, chat.RoomCreate{Name: "tea", Access: chat.AccessOpen, History: chat.HistoryAll})); err != nil {
		t.Fatal(err)
	}

	content := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	size, h := int64(len(content)), chat.Hash(sha256.Sum256(content))
	c := courier(t, s, r)
	var sent []int64
	note := func(n int64) { sent = append(sent, n) }
	if err := c.Send(ctx, &breaking{bytes.NewReader(content), 600_000}, size, h, note); !errors.Is(err, errBreak) {
		t.Fatal(err)
	}
	r.net.CutAll()
	time.Sleep(10 * time.Second)
	s = w.session(t)
	if err := c.Send(ctx, bytes.NewReader(content), size, h, note); !errors.Is(err, ErrToken) {
		t.Errorf("a token of a connection that is gone: %v", err)
	}
	c = courier(t, s, r)
	before := len(sent)
	if err := c.Send(ctx, bytes.NewReader(content), size, h, note); err != nil {
		t.Fatal(err)
	}
	if sent[before] < 600_000 || sent[len(sent)-1] != size {
		t.Errorf("went on at %v", sent[before:])
	}
	if err := c.Send(ctx, bytes.NewReader(content), size, h, note); err != nil {
		t.Errorf("once more: %v", err)
	}
	empty := chat.Hash(sha256.Sum256(nil))
	if err := c.Send(ctx, bytes.NewReader(nil), 0, empty, note); err != nil {
		t.Errorf("nothing at all: %v", err)
	}
	lie := chat.Hash(sha256.Sum256([]byte("lie")))
	if err := c.Send(ctx, bytes.NewReader([]byte("lio")), 3, lie, note); !errors.Is(err, ErrContent) {
		t.Errorf("a file that changed: %v", err)
	}
	if err := c.Send(ctx, bytes.NewReader(nil), 1<<40, lie, note); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file too large: %v", err)
	}

	var got bytes.Buffer
	if _, err := c.Fetch(ctx, room, h, 0, size, &got); !errors.Is(err, ErrNoContent) {
		t.Errorf("before it was said: %v", err)
	}
	text := chat.Text{Files: []chat.File{{Hash: h, Size: size, Name: "a", Type: "text/plain"}}}
	if _, err := s.Do(ctx, send(t, room, 2, chat.KindMessage, text)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Fetch(ctx, room, h, 0, 1000, &got); err != nil || n != 1000 {
		t.Errorf("%d %v", n, err)
	}
	if n, err := c.Fetch(ctx, room, h, 1000, size, &got); err != nil || n != size-1000 || !bytes.Equal(got.Bytes(), content) {
		t.Errorf("%d %v", n, err)
	}
	c.Close()

	if r.open {
		return // who has the proxy's certificate is believed
	}

	// Somebody else answers at that address.
	r.shutdown()
	former := r.chain
	r.chain = issue(t, newKey(t), time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	certificate := r.public.Swap(nil)
	r.serve()
	if _, err := c.Fetch(ctx, room, h, 0, size, &got); KindOf(err) != KindPinMismatch {
		t.Errorf("another identity: %v", err)
	}
	r.chain = former
	r.public.Store(certificate)
}

func courier(t *testing.T, s *Session, r *real) *Courier {
	t.Helper()
	c, err := NewCourier(t.Context(), s, r.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
