package app

import (
	"cmp"
	"context"
	"slices"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// What the loop does about files that wait in the outbox. An entry whose contents
// are not all on the server is passed over by its lane; what was written later goes
// first. All of this but what the person has halted is in memory only: after a restart the
// server is asked anew.

// luggage is what an outbox entry names. Owned by the loop.
type luggage struct {
	files    []chat.File
	contents []chat.Content
	// trusted: the server is believed to have the contents, as those of a message
	// that is passed on, until it says otherwise.
	trusted bool
	again   bool // the server did not have them after all: uploaded once more
}

// pack finds what an entry names and keeps it on the shelf.
func (g *group) pack(o *outgoing) {
	if o.Kind != chat.KindMessage {
		return
	}
	body, bad := wire.ParseBody(o.Kind, o.Body)
	text, is := body.(chat.Text)
	if bad != nil || !is || len(text.Files) == 0 {
		return
	}
	o.files, o.contents = text.Files, chat.ContentsOf(text.Files)
	o.trusted = text.Forward != nil
	at, _ := slices.BinarySearchFunc(g.filed, o.Order, byOrder)
	g.filed = slices.Insert(g.filed, at, o)
	g.stock.hold(hashesOf(o.contents)...)
}

// unpack lets go of what an entry names.
func (g *group) unpack(o *outgoing) {
	if len(o.contents) > 0 {
		g.filed = slices.DeleteFunc(g.filed, func(x *outgoing) bool { return x == o })
		g.stock.release(hashesOf(o.contents)...)
	}
}

func hashesOf(list []chat.Content) []chat.Hash {
	hashes := make([]chat.Hash, len(list))
	for i := range list {
		hashes[i] = list[i].Hash
	}
	return hashes
}

// uploading reports whether an entry waits for its contents.
func (g *group) uploading(o *outgoing) bool {
	if len(o.contents) == 0 || o.trusted && !o.Paused {
		return false
	}
	return o.Paused || slices.ContainsFunc(o.contents, func(c chat.Content) bool { return !g.offered[c.Hash] })
}

// carriesFiles reports whether a submission has to wait for contents.
func (s *submission) carriesFiles() bool {
	e := chat.Event{Kind: s.Kind, Body: s.Body}
	return len(e.Contents()) > 0
}

// mostUploads is how many contents the porter is told of: many more than it carries at
// once. The next ones come when the first are done.
const mostUploads = 64

// wantUploads tells the porter what to upload, if that has changed. Every step of the loop
// calls it, however much waits.
func (a *App) wantUploads() {
	g := a.group
	if g == nil || len(g.filed) == 0 && len(g.wanted) == 0 {
		return
	}
	var want []chat.Content
	for _, o := range g.filed {
		if o.State != store.EntryQueued || o.Paused || !g.uploading(o) {
			continue
		}
		for _, c := range o.contents {
			if !g.offered[c.Hash] && !slices.Contains(want, c) {
				want = append(want, c)
			}
		}
		if len(want) >= mostUploads {
			break
		}
	}
	if !slices.Equal(want, g.wanted) {
		g.wanted = want
		g.port.want(slices.Clone(want))
	}
}

// hauled deals with the end of an upload.
func (a *App) hauled(h chat.Hash, err error) {
	g := a.group
	g.wanted = slices.DeleteFunc(g.wanted, func(c chat.Content) bool { return c.Hash == h })
	if err == nil {
		a.serverFull(false)
		g.offered[h] = true
		a.evictSoon()
	}
	for _, o := range slices.Clone(g.filed) {
		if !o.names(h) {
			continue
		}
		a.moved(o)
		if err != nil && o.State == store.EntryQueued && g.uploading(o) {
			a.failEntry(g.room(o.Room), o, chat.Errorf(chat.Code(cmp.Or(failedCode(err), FailInternal)), "", "%v", err))
		}
	}
}

// names reports whether an entry names a content.
func (o *outgoing) names(h chat.Hash) bool {
	return slices.ContainsFunc(o.contents, func(c chat.Content) bool { return c.Hash == h })
}

// moved shows an entry anew.
func (a *App) moved(o *outgoing) {
	o.row = nil
	a.touchWaiting(o.Room)
}

// portMoved shows how far a content is.
func (a *App) portMoved(room chat.RoomID, h chat.Hash) {
	if !room.IsZero() {
		a.changes.addRoom(room, RoomChange{Changed: true})
		return
	}
	for _, o := range a.group.filed {
		if o.names(h) {
			a.moved(o)
		}
	}
}

// uploadAgain reports whether a message that names what the server does not have is
// worth another attempt, and prepares it.
func (a *App) uploadAgain(o *outgoing) bool {
	if o.again || len(o.contents) == 0 {
		return false
	}
	o.again, o.trusted = true, false
	for _, c := range o.contents {
		delete(a.group.offered, c.Hash)
	}
	a.moved(o)
	return true
}

// retried forgets what was learned about an entry's files.
func (o *outgoing) retried() { o.again, o.Paused = false, false }

// forsake forgets the files of an entry that was discarded, where nothing else
// names them.
func (a *App) forsake(o *outgoing) {
	if len(o.contents) == 0 {
		return
	}
	g := a.group
	var drop []chat.Hash
	for _, c := range o.contents {
		other := false
		for _, x := range g.filed {
			other = other || x != o && x.names(c.Hash)
		}
		if !other && !g.offered[c.Hash] {
			drop = append(drop, c.Hash)
		}
	}
	a.wantUploads()
	g.port.drop(drop)
	a.sweepSoon(g.stock)
}

// fileViews are the files of an entry, as people see them.
func (o *outgoing) fileViews(g *group) []FileView {
	views := fileViews(o.files)
	for i := range views {
		v := &views[i]
		v.Here = g.stock.shelf.Has(v.Hash)
		switch {
		case o.State == store.EntryFailed:
			v.Moving, v.Problem = MoveFailed, FailCode(o.Code)
		case o.State != store.EntryQueued || !g.uploading(o):
		default:
			v.Moving = MoveUploading
			var full bool
			if v.Done, full = g.sentOf(v); full {
				v.Problem = FailServerFull
			}
			if o.Paused {
				v.Moving, v.Problem = MovePaused, ""
			}
		}
	}
	return views
}

// sentOf is how much of a file the server has, and whether it has no space for more.
func (g *group) sentOf(v *FileView) (n int64, full bool) {
	if g.offered[v.Hash] {
		return v.Size, false
	}
	return g.port.sent(v.Hash)
}

// fileViews are files as a message names them.
func fileViews(files []chat.File) (views []FileView) {
	for _, f := range files {
		views = append(views, FileView{File: f, Picture: shownType(f.Type)})
	}
	return views
}

// PauseUpload implements Commands.
func (a *App) PauseUpload(ctx context.Context, room chat.RoomID, mid chat.MID, pause bool) error {
	return tell(ctx, a, func() error {
		o, err := a.entry(room, mid)
		switch {
		case err != nil:
			return err
		case len(o.contents) == 0 || o.State != store.EntryQueued:
			return &Failed{Code: FailBadValue, Field: "message"}
		case pause && !a.group.uploading(o):
			return nil // nothing is left to halt
		}
		if err := a.group.store.Pause(a.disk, mid, pause); err != nil {
			return storeFailed(err)
		}
		o.Paused = pause
		a.moved(o)
		return nil
	})
}

// startPorter begins to carry the files of the open group.
func (a *App) startPorter() {
	g := a.group
	var p *porter
	mine := func(fn func()) {
		a.do(func() {
			if a.group != nil && a.group.port == p {
				fn()
			}
		})
	}
	p = newPorter(g.stock, a.log, a.linkOptions(), porterTold{
		hauled:  func(h chat.Hash, err error) { mine(func() { a.hauled(h, err) }) },
		fetched: func() { mine(a.evictSoon) },
		moved:   func(room chat.RoomID, h chat.Hash) { mine(func() { a.portMoved(room, h) }) },
		full:    func(full bool) { mine(func() { a.serverFull(full) }) },
	})
	g.port = p
	var of context.Context
	of, p.cancel = context.WithCancel(a.ctx)
	a.spawn(func(context.Context) { p.run(of) })
	a.alarm.set(alarmSweep, sweepFirst, func() { a.sweepNow(g) })
}
