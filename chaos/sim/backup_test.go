package sim

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"hearth/chat"
)

// doBackup copies the server's data, or puts an older copy in its place.
func (w *world) doBackup() {
	if w.backup == "" || w.r.IntN(2) == 0 {
		to := w.folder("backup")
		w.must(image(w.home, to))
		if w.backup != "" {
			_ = os.RemoveAll(w.backup)
		}
		w.backup, w.backupAt = to, time.Now()
		w.note("server: backup made")
		return
	}
	tell := w.r.IntN(2) == 0
	w.note("server: backup restored, says so: %v", tell)
	w.count("backups restored", 1)
	w.net.CutAll()
	w.down()
	w.net.CutAll()
	w.pause(10 * time.Second)
	time.Sleep(time.Second)
	w.restore(tell)
	w.up()
	w.again()
}

func (w *world) restore(tell bool) {
	if w.epoch.IsZero() {
		w.epoch = w.disk.epoch
	}
	if tell {
		w.epoch = chat.NewEpoch()
	}
	before := w.home
	w.home = w.folder("server")
	w.must(image(w.backup, w.home))
	files := filepath.Join(w.home, filesFolder) // no backup has them: they stay as they are
	w.must(errors.Join(os.RemoveAll(files), image(filepath.Join(before, filesFolder), files), os.RemoveAll(before)))
	w.restored = time.Now()
	w.lag += w.restored.Sub(w.backupAt)
	w.book.turn()
	w.mount()
	w.book.disk.Store(w.disk)
	w.noteSwept()
}

// copyProfile keeps a copy of the profile as it is now.
func (p *person) copyProfile() {
	to := p.w.folder(p.name)
	p.w.must(image(p.home, to))
	p.older, p.olderAt = to, len(p.entries)
}

// restoreProfile puts the older copy in the profile's place: what was written
// since then and not sent is lost, and nobody can help that.
func (p *person) restoreProfile() {
	p.quit()
	_ = os.RemoveAll(p.home)
	p.home, p.older, p.setBack = p.older, "", true
	p.mu.Lock()
	for _, e := range p.entries[p.olderAt:] {
		e.certain = false
	}
	for _, e := range p.entries {
		e.settled = true // what is shown has gone back
	}
	p.mu.Unlock()
	p.run()
}
