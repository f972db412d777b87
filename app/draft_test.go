package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/server/blob"
	"hearth/store"
)

// draftOf returns what the person has begun in a room.
func (p *person) draftOf(id chat.RoomID) chat.Draft { return p.roomView(id).Draft }

// begins keeps a draft and waits until it is on the disk.
func (p *person) begins(id chat.RoomID, d chat.Draft) {
	p.w.t.Helper()
	p.SetDraft(id, d)
	time.Sleep(draftPatience + 10*time.Millisecond)
	if got := p.draftOf(id); !got.Equal(&d) {
		p.w.t.Errorf("the draft is %+v, want %+v", got, d)
	}
}

// dbHead is what one of the two pages at the beginning of a file of bbolt says.
type dbHead struct {
	root    uint64 // number of the page with the root
	leaf    bool   // that page is the whole root
	pages   uint64 // of the file
	commits uint64 // so far
}

// newestHead reads the database of a person. Nobody may write to it just then.
func newestHead(t *testing.T, p *person) (h dbHead) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "groups", "*", "*.db"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%d databases", len(files))
	}
	raw, err := os.ReadFile(files[0])
	must(t, err)
	size := os.Getpagesize()
	for _, page := range [][]byte{raw, raw[size:]} {
		number := func(at int) uint64 { return binary.NativeEndian.Uint64(page[at:]) }
		if commits := number(64); commits >= h.commits {
			h = dbHead{root: number(32), pages: number(56), commits: commits}
		}
	}
	h.leaf = binary.NativeEndian.Uint16(raw[h.root*uint64(size)+8:]) == 2
	return h
}

// commits is how many transactions have changed the person's database.
func commits(t *testing.T, p *person) uint64 {
	t.Helper()
	synctest.Wait()
	return newestHead(t, p).commits
}

// TestDraftIsWhole: all that was begun is there after a crash, the pasted picture too;
// it goes with its message, at the same instant, and what only it needed goes from the
// disk.
func TestDraftIsWhole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		ann.say(w.general, "asked")
		ann.sent()
		pic := photo(t, 300, 200)
		content, err := ann.KeepContent(ctx, bytes.NewReader(pic))
		must(t, err)
		want := chat.Draft{
			Text: "see @ben", Reply: ann.last(w.general).Seq,
			Files: []chat.DraftFile{
				{Path: "/nowhere/\xff.txt", Name: "\xff.txt", Size: 4},
				{Content: content, Name: "pasted.jpg", Size: int64(len(pic)), Picture: true},
			},
		}
		ann.begins(w.general, want)
		for range 2 { // the second time nothing but the store knows of it
			ann.crash()
			time.Sleep(2 * sweepFirst)
			if got := ann.draftOf(w.general); !got.Equal(&want) {
				t.Fatalf("after a crash: %+v", got)
			}
			if _, err := ann.ClearFiles(ctx, chat.RoomID{}); err != nil {
				t.Error(err)
			}
			if got, err := ann.content(chat.File{Hash: content}); err != nil || !bytes.Equal(got, pic) {
				t.Fatalf("of the pasted picture %d bytes are here, %v", len(got), err)
			}
		}
		sent := want
		sent.Files = want.Files[1:] // the other has vanished and was removed
		ann.begins(w.general, sent)
		file := LocalFile{Name: "pasted.jpg", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(pic)), nil
		}}
		_, err = ann.SendFiles(ctx, w.general, Outgoing{Text: sent.Text, Reply: sent.Reply, Draft: &sent}, []LocalFile{file})
		must(t, err)
		ann.crash() // at once
		defer ann.quit()
		if got := ann.draftOf(w.general); !got.IsZero() {
			t.Errorf("after it was sent: %+v", got)
		}
		ann.live().sent()
		if row := ann.last(w.general); row.Text != sent.Text || len(row.Files) != 1 || row.Reply == nil {
			t.Errorf("sent %+v", row)
		}
		time.Sleep(2 * sweepFirst)
		if ann.shot.Load().stock.shelf.Has(content) {
			t.Error("the picture as it was pasted is still on the disk")
		}
	})
}

// TestDraftDropped: what was pasted goes from the disk with the draft.
func TestDraftDropped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		defer ann.quit()
		var hashes []chat.Hash
		for i := range 3 {
			h, err := ann.KeepContent(t.Context(), bytes.NewReader(noise(1000+i/2)))
			must(t, err)
			hashes = append(hashes, h)
		}
		two := chat.Draft{Files: []chat.DraftFile{{Content: hashes[0], Name: "a"}, {Content: hashes[1], Name: "b"}, {Content: hashes[2], Name: "c"}}}
		ann.begins(w.general, two)
		has := func(h chat.Hash) bool {
			time.Sleep(2 * sweepAfter)
			return ann.shot.Load().stock.shelf.Has(h)
		}
		two.Files = two.Files[1:] // the same content is there once more
		if ann.begins(w.general, two); hashes[0] != hashes[1] || !has(hashes[1]) {
			t.Error("what is still wanted went")
		}
		if ann.begins(w.general, chat.Draft{Text: "without"}); has(hashes[1]) || has(hashes[2]) {
			t.Error("what nobody wants stays")
		}
	})
}

// TestDraftRest: what was written while a message was on its way into the outbox stays,
// on the disk too.
func TestDraftRest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		was := chat.Draft{Text: "first"}
		ann.begins(w.general, was)
		ann.SetDraft(w.general, chat.Draft{Text: "second"})
		_, err := ann.SendMessage(ctx, w.general, Outgoing{Text: "first", Draft: &was})
		must(t, err)
		ann.crash()
		if got := ann.draftOf(w.general); got.Text != "second" {
			t.Errorf("after the first was sent: %+v", got)
		}
		ann.live().sent()
		seq := ann.last(w.general).Seq

		// A change of a sent message, and then of one that waits.
		ann.begins(w.general, chat.Draft{Text: "second", Edit: chat.DraftEdit{Seq: seq, Text: "first!"}})
		must(t, ann.EditMessage(ctx, w.general, seq, "first!"))
		ann.crash()
		if got := ann.draftOf(w.general); got.Edit.On() || got.Text != "second" {
			t.Errorf("after the change: %+v", got)
		}
		ann.live().sent()
		w.stop(true)
		mid, err := ann.Send(ctx, w.general, "waits")
		must(t, err)
		ann.begins(w.general, chat.Draft{Edit: chat.DraftEdit{MID: mid, Text: "waits still"}})
		before := commits(t, ann)
		must(t, ann.EditWaiting(ctx, w.general, mid, "waits still"))
		if n := commits(t, ann) - before; n != 1 {
			t.Errorf("the change and its draft took %d transactions: killed in between, both or neither would be there", n)
		}
		ann.crash()
		defer ann.quit()
		if got := ann.draftOf(w.general); !got.IsZero() {
			t.Errorf("after the change of what waits: %+v", got)
		}
		if rows := ann.rows(w.general); !slices.ContainsFunc(rows, func(r MessageView) bool { return r.Text == "waits still" }) {
			t.Error("the change of what waits is not there")
		}
	})
}

// TestDraftOfUnknownRoom: what is begun in a room that the server does not have yet
// outlives a restart, what was pasted into it too.
func TestDraftOfUnknownRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		w.stop(true)
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "plans"})
		must(t, err)
		pasted := noise(5_000)
		h, err := ann.KeepContent(ctx, bytes.NewReader(pasted))
		must(t, err)
		want := chat.Draft{Text: "half a thought", Files: []chat.DraftFile{{Content: h, Name: "pasted", Size: int64(len(pasted))}}}
		ann.begins(id, want)
		check := func(when string) {
			t.Helper()
			time.Sleep(2 * sweepFirst)
			if got := ann.draftOf(id); !got.Equal(&want) {
				t.Errorf("%s: the draft is %+v", when, got)
			}
			if got, err := ann.content(chat.File{Hash: h}); err != nil || !bytes.Equal(got, pasted) {
				t.Errorf("%s: of what was pasted %d bytes are here, %v", when, len(got), err)
			}
		}
		ann.crash()
		check("after a crash")
		w.start()
		ann.TryNow()
		ann.live().sent()
		check("once the server has the room")
		ann.crash()
		check("after another crash")
		ann.quit()
	})
}

// limitDisk opens the person's store anew, in a file that may have so many bytes; 0 for
// no bound.
func (p *person) limitDisk(most int) {
	p.w.t.Helper()
	done := make(chan error, 1)
	p.do(func() {
		g := p.group
		b, err := g.from.Load(p.disk, refOf(g.account))
		err = errors.Join(err, g.store.Close())
		if err == nil {
			g.store, err = store.Open(p.disk, g.folder.StorePath(), b.Key, g.owner, store.Options{MaxBytes: most})
		}
		done <- err
	})
	must(p.w.t, <-done)
}

// TestDraftOnFullDisk: what is begun while the disk is full is written down once there
// is space.
func TestDraftOnFullDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		w.stop(true)
		want := chat.Draft{Text: strings.Repeat("long ", 1<<20)}
		ann.limitDisk(5 << 20)
		ann.SetDraft(w.general, want)
		ann.until("the full disk", func(v *View) bool { return v.Connection.Reason == ReasonDiskFull })
		ann.limitDisk(0)
		time.Sleep(2 * diskRetry)
		ann.crash()
		if got := ann.draftOf(w.general); !got.Equal(&want) {
			t.Errorf("the draft has %d bytes", len(got.Text))
		}
		ann.quit()
	})
}

// lastRead gives a content, and calls ended when all of it was read.
type lastRead struct {
	*bytes.Reader
	ended func()
}

// Read implements io.Reader.
func (r *lastRead) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if r.Len() == 0 {
		r.ended()
	}
	return n, err
}

// TestKeepContentAbandoned: what was taken in for somebody who has given up meanwhile is
// held for nobody, and goes.
func TestKeepContentAbandoned(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		for range 20 { // a loop that is asked and a context that has ended: either may win
			ctx, cancel := context.WithCancel(t.Context())
			busy := make(chan struct{})
			_, err := ann.KeepContent(ctx, &lastRead{bytes.NewReader(noise(700)), sync.OnceFunc(func() {
				ann.do(func() { <-busy })
				time.AfterFunc(time.Second, cancel)
				time.AfterFunc(2*time.Second, func() { close(busy) })
			})})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("kept: %v", err)
			}
		}
		time.Sleep(2 * sweepAfter)
		synctest.Wait()
		if n := len(ann.group.brought); n != 0 || len(ann.group.stock.inUse()) != 0 {
			t.Errorf("%d are awaited, %d held", n, len(ann.group.stock.inUse()))
		}
		if u, err := ann.Storage(t.Context()); err != nil || u.Files != 0 {
			t.Errorf("%d bytes of files are left (%v)", u.Files, err)
		}
	})
}
