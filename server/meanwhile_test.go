package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// What somebody may see changes while it is looked up for them. See "Who may read what,
// while that changes" in docs/reliability.md.

// meanwhiles is a store in which something happens once, the next time that something is
// read, behind the reading.
type meanwhiles struct {
	storage.Store
	rooms   atomic.Pointer[func()] // an account's rooms
	page    atomic.Pointer[func()] // of a log
	account atomic.Pointer[func()]
	appends atomic.Pointer[func()] // before the next batch of a log
}

func meanwhile(at *atomic.Pointer[func()]) {
	if do := at.Swap(nil); do != nil {
		(*do)()
	}
}

func (m *meanwhiles) AccountRooms(ctx context.Context, a chat.AccountID) ([]chat.RoomID, error) {
	defer meanwhile(&m.rooms)
	return m.Store.AccountRooms(ctx, a)
}

func (m *meanwhiles) Read(ctx context.Context, room chat.RoomID, first, last chat.Seq, events, size int) (storage.Page, error) {
	defer meanwhile(&m.page)
	return m.Store.Read(ctx, room, first, last, events, size)
}

func (m *meanwhiles) Account(ctx context.Context, id chat.AccountID) (storage.Account, error) {
	defer meanwhile(&m.account)
	return m.Store.Account(ctx, id)
}

func (m *meanwhiles) Append(b *storage.Batch, done func(error)) {
	meanwhile(&m.appends)
	m.Store.Append(b, done)
}

// during starts a server on such a store.
func during(t *testing.T, o Options) (*world, *meanwhiles) {
	t.Helper()
	m := &meanwhiles{Store: memstore.New()}
	return newWorld(t, m, o), m
}

// removes takes somebody out of a room, and says something that is not for them.
func (c *raw) removes(room chat.RoomID, who *raw) (left chat.Seq) {
	left = c.say(room, chat.KindRemove, `{"account":"`+who.account.String()+`"}`).Seq
	c.text(room, canary)
	return left
}

// TestHistoryOfOneMoment: whether a log may be read, and how far it reaches, is of the
// same moment. The room is changed to and fro, since there is nothing between the two
// that a test could hold.
func TestHistoryOfOneMoment(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person().listening()
	room, _ := ann.found(chat.AccessClosed, ben.account)
	rm := w.room(room)
	within := rm.view.Load()
	ann.removes(room, ben)
	without := rm.view.Load()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				rm.view.Store(within)
				rm.view.Store(without)
			}
		}
	}()
	s, found, refused := ben.server(), 0, 0
	for range 200_000 {
		_, v, e := s.readable(room)
		switch {
		case e != nil:
			refused++
		case v.head != within.head:
			t.Fatal("may read as a member what was said behind the membership")
		default:
			found++
		}
	}
	for range 300 {
		ben.answer(ben.ask(&wire.History{Room: room, From: within.head.Seq, To: without.head.Seq}))
	}
	close(stop)
	<-stopped
	ben.innocent("history")
	t.Log(found, "times as a member,", refused, "times not")
}

// TestHeadsBehindRemoval: whoever was removed since the list of their rooms was read is
// told nothing of the room's head.
func TestHeadsBehindRemoval(t *testing.T) {
	w, m := during(t, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessClosed, ben.account)
	m.rooms.Store(new(func() { ann.removes(room, ben) }))
	for _, h := range ben.answer(ben.ask(&wire.Heads{})).(*wire.HeadsAt).Heads {
		if h.Room == room {
			t.Errorf("told of %d", h.Seq)
		}
	}
}

// TestSyncBehindRemoval: the same for a sync: it ends where the membership has, and a room
// that a device has never heard of it does not hear of.
func TestSyncBehindRemoval(t *testing.T) {
	w, m := during(t, Options{})
	ann, ben := w.person(), w.person().listening()
	room, _ := ann.found(chat.AccessClosed, ben.account)
	other, _ := ann.found(chat.AccessClosed, ben.account)
	var left chat.Seq
	m.rooms.Store(new(func() { left = ann.removes(room, ben); ann.removes(other, ben) }))
	answer := ben.sync(wire.Cursor{Room: room, Seq: 1, Chain: chainAt(t, w, room, 1)})
	for _, one := range answer.Rooms {
		if one.Room == other || one.Room == room && (one.Head != left || one.State != wire.SyncOK) {
			t.Errorf("told %+v, left at %d", one, left)
		}
	}
	frames := ben.until(func(f wire.Frame) bool { _, live := f.(*wire.Live); return live })
	if got := eventsIn(frames, room); len(got) == 0 || got[len(got)-1].Seq != left {
		t.Errorf("got %d events, not those up to the leave at %d", len(got), left)
	}
	ben.innocent("a sync")
}

// TestPageBehindSignOut: a page that was being read when the device was removed does not
// go out any more.
func TestPageBehindSignOut(t *testing.T) {
	w, m := during(t, Options{})
	ann, ben := w.person(), w.person().listening()
	ann.text(w.general, canary)
	m.page.Store(new(func() {
		if err := m.RevokeDevice(t.Context(), ben.deviceID()); err != nil {
			t.Error(err)
		}
		w.server.expel(ben.deviceID())
	}))
	ben.ask(&wire.Sync{Epoch: ben.binding.Epoch, Rooms: []wire.Cursor{{Room: w.general, Seq: 1, Chain: chainAt(t, w, w.general, 1)}}})
	if last, _, _ := ben.ended(); last == nil || last.Code != chat.CodeAuthRevoked {
		t.Errorf("ended with %v", last)
	}
	if m.page.Load() != nil {
		t.Error("no page was read")
	}
	ben.innocent("a page")
}

// TestSignOutOfDisplaced: a connection that another one of the same device has displaced,
// and that has not ended since it reads nothing, ends with the device.
func TestSignOutOfDisplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, ben := w.person(), w.person()
		ben.sync()
		expect[*wire.Live](ben)
		text := fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", 15_000))
		for range 400 { // more than the buffers of a connection nobody reads
			ann.say(w.general, chat.KindMessage, text)
		}
		stalled := w.server.hub.device(ben.deviceID())
		fresh := ben.again()
		if w.server.hub.device(ben.deviceID()) == stalled || stalled.ctx.Err() != nil {
			t.Fatal("the first connection is not on its way out")
		}
		head := w.room(w.general).head()
		if err := w.store.RevokeDevice(t.Context(), ben.deviceID()); err != nil {
			t.Fatal(err)
		}
		w.server.expel(ben.deviceID())
		ben.ask(ben.post(w.general, chat.KindMessage, `{"text":"after the end"}`))
		time.Sleep(time.Second + 10*time.Millisecond)
		if stalled.ctx.Err() == nil {
			t.Error("the displaced connection goes on")
		}
		if last, _, _ := fresh.ended(); last == nil || last.Code != chat.CodeAuthRevoked {
			t.Errorf("the newer connection ended with %v", last)
		}
		if now := w.room(w.general).head(); now != head {
			t.Errorf("the head is %d, it was %d", now, head)
		}
	})
}

// TestDownloadEnds: a content that is on its way ends where it may not be had any more.
func TestDownloadEnds(t *testing.T) {
	for name, end := range map[string]func(w *world, ann, ben *raw, room chat.RoomID, said chat.Seq){
		"membership": func(_ *world, ann, ben *raw, room chat.RoomID, _ chat.Seq) { ann.removes(room, ben) },
		"message": func(_ *world, ann, _ *raw, room chat.RoomID, said chat.Seq) {
			ann.say(room, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, said))
		},
		"device": func(w *world, _, ben *raw, _ chat.RoomID, _ chat.Seq) {
			if err := w.store.RevokeDevice(w.t.Context(), ben.deviceID()); err != nil {
				w.t.Error(err)
			}
			w.server.expel(ben.deviceID())
		},
		"device that had gone": func(w *world, _, ben *raw, _ chat.RoomID, _ chat.Seq) {
			_ = ben.ws.CloseNow()
			synctest.Wait()
			if err := w.store.RevokeDevice(w.t.Context(), ben.deviceID()); err != nil {
				w.t.Error(err)
			}
		},
		"account": func(w *world, _, ben *raw, _ chat.RoomID, _ chat.Seq) {
			if _, err := w.server.Suspend(w.t.Context(), ben.account, true); err != nil {
				w.t.Error(err)
			}
		},
		"nothing": nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, nil, keeping(t, nil))
				ann, ben := w.person(), w.person()
				room, _ := ann.found(chat.AccessClosed, ben.account)
				content := bytes.Repeat([]byte("0123456789abcdef"), 60_000)
				up := newCourier(ann)
				up.create(content)
				for at, most := 0, w.server.o.Limits.PieceBytes; at < len(content); at += most {
					up.piece(http.StatusNoContent, content, at, min(at+most, len(content)))
				}
				said := ann.say(room, chat.KindMessage, naming(content)).Seq
				got := newCourier(ben).begin(room, content)
				first := make([]byte, 1000)
				if _, err := io.ReadFull(got, first); err != nil {
					t.Fatal(err)
				}
				synctest.Wait() // what the line takes is on it
				time.Sleep(2 * lookAgain)
				if end != nil {
					end(w, ann, ben, room, said)
				}
				rest, err := io.ReadAll(got)
				all := append(first, rest...)
				if !bytes.HasPrefix(content, all) {
					t.Error("got something else")
				}
				switch {
				case end == nil && (err != nil || len(all) != len(content)):
					t.Errorf("got %d bytes of %d, %v", len(all), len(content), err)
				case end != nil && (err == nil || len(all) > len(content)/2):
					t.Errorf("went on: %d bytes of %d, %v", len(all), len(content), err)
				}
			})
		})
	}
}

// begin fetches a content of a room; the caller reads it.
func (k *courier) begin(room chat.RoomID, content []byte) io.Reader {
	k.c.t.Helper()
	r, err := http.NewRequestWithContext(k.c.t.Context(), http.MethodGet, "https://"+k.c.w.address+wire.FilesPath+"/"+spell(content)+"?room="+room.String(), nil)
	if err != nil {
		k.c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+k.token)
	resp, err := k.http.Do(r)
	if err != nil {
		k.c.t.Fatal(err)
	}
	k.c.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		k.c.t.Fatal(resp.Status)
	}
	return resp.Body
}

// TestPieceBehindSignOut: a piece of an upload that was on its way when the device was
// removed is not taken.
func TestPieceBehindSignOut(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ben := w.person()
	content := []byte("a content in one piece")
	k := newCourier(ben)
	k.create(content)
	body, feed := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "https://"+w.address+wire.FilesPath+"/"+spell(content), body)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	r.ContentLength = int64(len(content))
	r.Header.Set("Authorization", "Bearer "+k.token)
	r.Header.Set(wire.HeaderOffset, "0")
	r.Header.Set(wire.HeaderPiece, base64.RawURLEncoding.EncodeToString(sum[:]))
	go func() {
		defer func() { _ = feed.Close() }()
		_, _ = feed.Write(content[:5])
		testkit.Eventually(t, "under way", func() bool {
			w.server.grants.mu.Lock()
			defer w.server.grants.mu.Unlock()
			return w.server.grants.whose[ben.account] == 1
		})
		if err := w.store.RevokeDevice(t.Context(), ben.deviceID()); err != nil {
			t.Error(err)
		}
		w.server.expel(ben.deviceID())
		_, _ = feed.Write(content[5:])
	}()
	resp, err := k.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the piece: %s", resp.Status)
	}
	if w.server.o.Files.Offered(ben.account, sum) {
		t.Error("the content is there")
	}
}
