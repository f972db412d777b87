package app

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/blob"
)

// breaks is a network that breaks once so much has been sent.
type breaks struct {
	w     *world
	sent  atomic.Int64
	at    atomic.Int64 // 0: never
	times atomic.Int64
}

func (b *breaks) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := b.w.net.Dial(ctx, network, address)
	return &breakable{c, b}, err
}

type breakable struct {
	net.Conn
	b *breaks
}

func (c *breakable) Write(p []byte) (int, error) {
	at := c.b.at.Load()
	if sent := c.b.sent.Add(int64(len(p))); at > 0 && sent > at && c.b.at.CompareAndSwap(at, 0) {
		c.b.times.Add(1)
		c.b.w.net.CutAll()
	}
	return c.Conn.Write(p)
}

// TestUploadBroken: an upload goes on where it was after breaks and a restart, can
// be halted and given up, and is stopped by a quota in words.
func TestUploadBroken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{Total: 5 << 20})
		ann := w.member("ann")
		broken := &breaks{w: w}
		ann.dial = broken.dial
		ann.run().live()
		data := noise(3 << 20)
		broken.at.Store(broken.sent.Load() + 1_200_000)
		_, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("big", data)})
		must(t, err)
		ann.until("a break", func(*View) bool { return broken.times.Load() == 1 })
		if row := ann.last(w.general); row.State != StateWaiting || row.Files[0].Done < 512<<10 {
			t.Errorf("after the break: %+v", row)
		}
		broken.at.Store(broken.sent.Load() + 800_000)
		ann.until("another break", func(*View) bool { return broken.times.Load() == 2 })
		ann.quit()
		ann.run().live().sent()
		if ann.View().Failed > 0 {
			t.Fatalf("%+v", ann.last(w.general).Failure)
		}
		if n := broken.sent.Load(); n > int64(len(data))+800_000 {
			t.Errorf("sent %d bytes in all for a content of %d", n, len(data))
		}

		// Halted, it stays where it is; given up, nothing is left.
		w.stop(true)
		mid, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("other", noise(1<<20))})
		must(t, err)
		must(t, ann.PauseUpload(ctx, w.general, mid, true))
		w.start()
		ann.live()
		ann.say(w.general, "meanwhile")
		time.Sleep(time.Minute)
		if row := ann.last(w.general); row.MID != mid || row.Files[0].Moving != MovePaused || row.State != StateWaiting {
			t.Errorf("halted: %+v", row)
		}
		for _, again := range []func(){func() { ann.quit(); ann.run() }, ann.crash} { // no reason to go on
			again()
			ann.live()
			time.Sleep(time.Minute)
			if row := ann.last(w.general); row.MID != mid || row.Files[0].Moving != MovePaused || row.State != StateWaiting {
				t.Errorf("halted, and started again: %+v", row)
			}
		}
		must(t, ann.EditWaiting(ctx, w.general, mid, "the plan"))
		time.Sleep(time.Minute)
		row := ann.last(w.general)
		if row.Text != "the plan" || row.Files[0].Moving != MovePaused || row.State != StateWaiting {
			t.Errorf("halted, and edited: %+v", row)
		}
		mid = row.MID
		must(t, ann.PauseUpload(ctx, w.general, mid, false))
		ann.sent()
		if row := ann.last(w.general); row.MID != mid || row.State != StateSent {
			t.Errorf("gone on: %+v", row)
		}

		mid, err = ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("third", noise(2<<20))})
		must(t, err)
		ann.until("the quota", func(v *View) bool { return v.Failed == 1 })
		if row := ann.last(w.general); row.Failure.Code != chat.Code(FailQuota) {
			t.Errorf("%+v", row.Failure)
		}
		before, err := ann.FileUsage(ctx)
		must(t, err)
		must(t, ann.DiscardMessage(ctx, w.general, mid))
		time.Sleep(time.Minute)
		if after, err := ann.FileUsage(ctx); err != nil || after.Contents != before.Contents-1 {
			t.Errorf("%+v, before %+v, %v", after, before, err)
		}
		ann.quit()
	})
}

// TestUploadDiskFull: files for which the server's disk has no space wait, are said to,
// and go out by themselves once there is some; what a quota refuses is for the person.
func TestUploadDiskFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, func(l *chat.Limits) { l.AccountFilesMiB, l.FileMiB = 2, 2 })
		defer w.close()
		var full atomic.Bool
		w.options.DiskFull = full.Load
		w.keepsFiles(blob.Limits{Total: 5 << 20})
		ann := w.member("ann").run().live()
		defer ann.quit()
		full.Store(true)
		time.Sleep(10 * time.Second) // until the server looks
		mid, err := ann.SendFiles(ctx, w.general, Outgoing{Text: "big"}, []LocalFile{bytesFile("big", noise(1<<20))})
		must(t, err)
		ann.until("the trouble", func(v *View) bool { return v.ServerFull })
		time.Sleep(10 * time.Minute)
		row := ann.last(w.general)
		if f := row.Files[0]; row.MID != mid || row.State != StateWaiting || f.Moving != MoveUploading || f.Problem != FailServerFull || !ann.View().ServerFull {
			t.Errorf("while the disk is full: %+v", row)
		}
		full.Store(false)
		begin := time.Now()
		ann.sent()
		if took := time.Since(begin); took > 45*time.Second {
			t.Errorf("sent %v after the disk had space again", took)
		}
		if v := ann.View(); v.ServerFull || v.Failed > 0 || ann.last(w.general).State != StateSent {
			t.Errorf("afterwards: %+v", ann.last(w.general))
		}

		// The same is said of text.
		full.Store(true)
		time.Sleep(10 * time.Second)
		ann.say(w.general, "text")
		ann.until("the trouble", func(v *View) bool { return v.ServerFull && v.Connection.State == ConnLive })
		full.Store(false)
		ann.sent()
		if ann.View().ServerFull {
			t.Error("the server is said to be full although it took what was sent")
		}

		_, err = ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("more", noise(1<<20+1))})
		must(t, err)
		ann.until("the quota", func(v *View) bool { return v.Failed == 1 })
		if row := ann.last(w.general); row.Failure.Code != chat.Code(FailQuota) || ann.View().ServerFull {
			t.Errorf("%+v", row.Failure)
		}
	})
}

// TestUploadHalted: a halted upload says how far it is; after a restart, when only the
// server knows, it says no number; and it goes on from there.
func TestUploadHalted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{Total: 5 << 20})
		ann := w.member("ann")
		broken := &breaks{w: w}
		ann.dial = broken.dial
		ann.run().live()
		broken.at.Store(broken.sent.Load() + 1_200_000)
		mid, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("big", noise(3<<20))})
		must(t, err)
		ann.until("a break", func(*View) bool { return broken.times.Load() == 1 })
		far := ann.last(w.general).Files[0].Done
		must(t, ann.PauseUpload(ctx, w.general, mid, true))
		halted := func() FileView {
			t.Helper()
			row := ann.last(w.general)
			if row.MID != mid || row.Files[0].Moving != MovePaused {
				t.Fatalf("halted: %+v", row)
			}
			return row.Files[0]
		}
		for range 2 {
			if f := halted(); far < 512<<10 || f.Done < far || f.Done == f.Size {
				t.Errorf("%d of %d when it was halted, then %d", far, f.Size, f.Done)
			}
			time.Sleep(time.Minute)
		}
		ann.quit()
		ann.run().live()
		if f := halted(); f.Done >= 0 {
			t.Errorf("after a restart %d bytes, which nobody has said", f.Done)
		}
		must(t, ann.PauseUpload(ctx, w.general, mid, false))
		ann.sent()
		if row := ann.last(w.general); row.MID != mid || row.State != StateSent {
			t.Errorf("gone on: %+v", row)
		}
	})
}

// TestFileRemoved: of a message that waits a file is taken out while it goes, and its
// content goes from here with it; the others arrive, where they were, with the words. What
// would leave nothing is refused, and so is what has left.
func TestFileRemoved(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ben := w.member("ben").run().live()
		defer ben.quit()
		ann := w.member("ann")
		broken := &breaks{w: w}
		ann.dial = broken.dial
		ann.run().live()
		defer ann.quit()
		broken.at.Store(broken.sent.Load() + 1_200_000)
		small, big, last := noise(5000), noise(3<<20), noise(7000)
		mid, err := ann.SendFiles(ctx, w.general, Outgoing{Text: "look"}, []LocalFile{bytesFile("small", small), bytesFile("big", big), bytesFile("last", last)})
		must(t, err)
		ann.say(w.general, "later")
		ann.until("a break", func(*View) bool { return broken.times.Load() == 1 })
		message := func(p *person) MessageView {
			t.Helper()
			rows := p.rows(w.general)
			return rows[slices.IndexFunc(rows, func(m MessageView) bool { return m.Text == "look" })]
		}
		files := message(ann).Files
		if err := ann.RemoveFile(ctx, w.general, mid, 1, files[0].Hash); failCode(err) != FailSettled {
			t.Errorf("another file than is there: %v", err)
		}
		must(t, ann.RemoveFile(ctx, w.general, mid, 1, files[1].Hash))
		if err := ann.RemoveFile(ctx, w.general, mid, 0, files[0].Hash); failCode(err) != FailSettled {
			t.Errorf("of the message as it was: %v", err)
		}
		ann.quit()
		ann.run().live().sent()
		names := func(p *person) (names []string) {
			t.Helper()
			for _, f := range message(p).Files {
				must(t, p.LoadFile(ctx, w.general, f.File))
				got, err := p.content(f.File)
				names = append(names, fmt.Sprint(f.Name, " ", len(got), " ", err))
			}
			return names
		}
		ben.until("the message", func(*View) bool { return slices.Contains(ben.texts(w.general), "look") })
		time.Sleep(time.Minute)
		for _, p := range []*person{ann, ben} {
			if got := names(p); !slices.Equal(got, []string{"small 5000 <nil>", "last 7000 <nil>"}) {
				t.Errorf("%s has %q", p.name, got)
			}
		}
		time.Sleep(2 * sweepFirst)
		if ann.group.stock.shelf.Has(files[1].Hash) {
			t.Error("what was taken out is still here")
		}

		w.stop(true)
		mid, err = ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("only", small)})
		must(t, err)
		if err := ann.RemoveFile(ctx, w.general, mid, 0, files[0].Hash); failCode(err) != FailEmpty {
			t.Errorf("all there is: %v", err)
		}
		w.start()
		ann.live().sent()
	})
}
