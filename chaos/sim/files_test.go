package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/server/blob"
	"hearth/server/storage"
)

// filesFolder is beside the server's database, as in its real data.
const filesFolder = "files"

// mountFiles opens the contents of the server's next life. What lies there was written
// by a real file system at a real time; people here live in another one.
func (w *world) mountFiles() {
	dir := filepath.Join(w.home, filesFolder)
	now := time.Now()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(now) {
			err = os.Chtimes(path, now, now)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.must(err)
	}
	w.blobs, err = blob.Open(dir, blob.Limits{Piece: pieceBytes, Keep: keepFiles, Uploads: w.options.Limits.UploadsPerAccount})
	w.must(err)
	w.options.Files = w.blobs
}

// noteSwept looks which contents the data that were just restored name, and the server has
// no more: backups have no contents, and what nothing named any more had been swept
// (docs/server.md, Backups).
func (w *world) noteSwept() {
	w.swept = map[chat.Hash]bool{}
	for _, id := range w.rooms {
		kept, err := w.disk.Room(w.ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		w.must(err)
		page, err := w.disk.Read(w.ctx, id, kept.Floor.Seq+1, 1<<40, 1<<20, 1<<30)
		w.must(err)
		for i := range page.Events {
			for _, c := range page.Events[i].Contents() {
				if _, err := w.blobs.Size(c.Hash); err != nil {
					w.swept[c.Hash] = true
				}
			}
		}
	}
}

// checkFiles: what messages name is there, whole, for everybody who sees them; and once
// it has lain about for long enough, what no message names is not.
func (w *world) checkFiles() {
	named, logs := map[chat.Hash]bool{}, map[chat.RoomID]*serverLog{}
	for _, id := range w.rooms {
		logs[id] = w.readLog(id)
		log := logs[id]
		for i := int(log.floor); i < len(log.events); i++ {
			for _, c := range log.events[i].Contents() {
				named[c.Hash] = true
			}
		}
	}
	known := map[chat.Hash][]byte{}
	for _, b := range w.contents {
		known[sha256.Sum256(b)] = b
	}
	for h := range named {
		if w.swept[h] {
			continue
		}
		if got := w.stored(h); !bytes.Equal(got, known[h]) {
			w.violate("files", "the server has %d bytes of a content of %d that a message names", len(got), len(known[h]))
		}
	}
	for _, p := range w.staying() {
		for _, r := range p.view().Rooms {
			if r.Joined {
				p.checkContents(&r, logs[r.ID].begins(p.stored.ID), known)
			}
		}
	}
	w.checkSwept(named)
}

// stored reads a content of the server.
func (w *world) stored(h chat.Hash) []byte {
	f, err := w.blobs.Open(h)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	w.must(err)
	return b
}

// checkContents fetches what the newest messages of a room name. Who came back to a room
// that shows only what is written from then on keeps what is here of before, and is given
// nothing of it (seed 3069).
func (p *person) checkContents(r *app.RoomView, begins chat.Seq, known map[chat.Hash][]byte) {
	w := p.w
	list, err := p.life.app.RoomFiles(w.ctx, r.ID, 0, 20)
	if err != nil {
		w.violate("read", "%s: %v", p.name, err)
	}
	sent := map[chat.MID]*entry{}
	for _, q := range w.people {
		for _, e := range q.entries {
			sent[e.mid] = e
		}
	}
	for i := range list {
		m := &list[i]
		if m.Seq < max(begins, 1) || m.Lost {
			continue
		}
		e := sent[m.MID]
		if e == nil || len(e.files) != len(m.Files) {
			w.violate("files", "%s is shown %d files at %d of %s that nobody sent", p.name, len(m.Files), m.Seq, r.Name)
			continue
		}
		for n, f := range m.Files {
			if f.Hash != e.files[n] {
				w.violate("files", "%s is shown another file at %d of %s", p.name, m.Seq, r.Name)
			}
			if err := p.fetches(r.ID, f.File, known[f.Hash]); err != nil && !w.swept[f.Hash] {
				w.violate("files", "%s cannot have file %d of %d in %s: %v", p.name, n, m.Seq, r.Name, err)
			}
		}
	}
}

var errContent = errors.New("it is another content")

// fetches loads a content and compares it.
func (p *person) fetches(room chat.RoomID, f chat.File, want []byte) error {
	ctx, cancel := context.WithTimeout(p.w.ctx, 30*time.Second)
	defer cancel()
	if err := p.life.app.LoadFile(ctx, room, f); err != nil {
		return err
	}
	c, err := p.life.app.OpenFile(ctx, f)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	got, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	if err == nil && !bytes.Equal(got, want) {
		err = errContent
	}
	return err
}

// checkSwept lets the server look for what nothing names, once that is old enough.
func (w *world) checkSwept(named map[chat.Hash]bool) {
	if len(w.contents) == 0 {
		return
	}
	w.down()
	time.Sleep(keepFiles)
	w.rise()
	time.Sleep(10 * time.Second)
	for _, b := range w.contents {
		h := chat.Hash(sha256.Sum256(b))
		if _, err := w.blobs.Size(h); (err == nil) != named[h] && !(named[h] && w.swept[h]) {
			w.violate("files", "a content that a message names: %v; after the server has looked through its files: %v", named[h], err)
		}
	}
	if damaged, err := w.blobs.Verify(); err != nil || len(damaged) > 0 {
		w.violate("files", "%d contents of the server are damaged, %v", len(damaged), err)
	}
}
