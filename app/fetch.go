package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/net/link"
	"hearth/store"
	"hearth/store/shelf"
)

// fetch is a content that somebody waits for. Guarded by the porter's mu, but for
// done.
type fetch struct {
	f     chat.Content
	room  chat.RoomID // that it is asked for in; fixed
	order int
	quiet bool // nobody shows how far it is
	retrying
	got     int64
	waiting int                // how many wait
	cancel  context.CancelFunc // nil: not under way
	done    chan struct{}
	err     error // set before done is closed
}

// end tells everybody who waits.
func (j *fetch) end(err error) {
	j.err = err
	close(j.done)
}

// kind says which of two counts the fetch counts for.
func (j *fetch) kind(small, large *int) *int {
	if j.f.Size > smallContent {
		return large
	}
	return small
}

// inOrder returns fetches, those wanted first first.
func inOrder(all map[chat.Hash]*fetch) []*fetch {
	list := make([]*fetch, 0, len(all))
	for _, j := range all {
		list = append(list, j)
	}
	slices.SortFunc(list, func(x, y *fetch) int { return cmp.Compare(x.order, y.order) })
	return list
}

// mostFailed bounds what is remembered of fetches that failed.
const mostFailed = 1000

// get fetches a content, unless it is here, and waits for it.
func (p *porter) get(ctx context.Context, room chat.RoomID, c chat.Content, quiet bool) error {
	for {
		if p.stock.shelf.Has(c.Hash) {
			return nil
		}
		j, err := p.join(room, c, quiet)
		if err != nil {
			return err
		}
		select {
		case <-j.done:
		case <-ctx.Done():
			p.leave(j)
			return ctx.Err()
		case <-p.ended:
			return &Failed{Code: FailClosed}
		}
		if j.err == nil || j.room == room || failedCode(j.err) == FailClosed {
			return j.err
		}
		// It was asked for in another room, where we may not read it.
	}
}

func failedCode(err error) FailCode {
	var f *Failed
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// join makes the caller one of those who wait for a content.
func (p *porter) join(room chat.RoomID, c chat.Content, quiet bool) (*fetch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		return nil, &Failed{Code: FailClosed}
	default:
	}
	j := p.fetches[c.Hash]
	if j == nil {
		order := 0
		for _, other := range p.fetches {
			order = max(order, other.order+1)
		}
		j = &fetch{f: c, room: room, order: order, quiet: true, done: make(chan struct{})}
		p.fetches[c.Hash] = j
		delete(p.failed, c.Hash)
		p.stock.hold(c.Hash)
	}
	j.waiting++
	if !quiet && j.quiet {
		j.quiet = false
		p.told.moved(j.room, c.Hash)
	}
	p.poke()
	return j, nil
}

// leave is for who waits no more. Without anybody the fetch ends; what has come is
// kept for another time.
func (p *porter) leave(j *fetch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.waiting--; j.waiting > 0 || p.fetches[j.f.Hash] != j {
		return
	}
	delete(p.fetches, j.f.Hash)
	p.stock.release(j.f.Hash)
	if j.cancel != nil {
		j.cancel()
	}
	if !j.quiet {
		p.told.moved(j.room, j.f.Hash)
	}
}

// noSpace ends what somebody waits for and sees: this disk is full.
func (p *porter) noSpace() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for hash, j := range p.fetches {
		if j.quiet {
			continue
		}
		delete(p.fetches, hash)
		p.stock.release(hash)
		if j.cancel != nil {
			j.cancel()
		}
		p.failed[hash] = FailNoSpace
		j.end(&Failed{Code: FailNoSpace})
		p.told.moved(j.room, hash)
	}
}

// fetchOne fetches a content as far as it gets.
func (p *porter) fetchOne(ctx context.Context, s *link.Session, j *fetch) {
	err := p.download(ctx, s, j)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fetches[j.f.Hash] != j {
		return // nobody waits any more
	}
	failed := fetchFailed(err)
	if err != nil && failed == nil {
		if ctx.Err() != nil {
			return // everything ends; run tells who waits
		}
		if j.pause(err); j.tries < fetchTries {
			return
		}
		if p.session != s {
			return // another connection may do better
		}
		failed = networkFailed(err)
	}
	delete(p.fetches, j.f.Hash)
	p.stock.release(j.f.Hash)
	if failed != nil {
		p.log.Info("a file was not fetched", "err", err)
		if len(p.failed) >= mostFailed {
			clear(p.failed)
		}
		if !j.quiet {
			p.failed[j.f.Hash] = cmp.Or(failedCode(failed), FailInternal)
		}
	}
	j.end(failed)
	if failed == nil {
		p.told.fetched()
	}
	if !j.quiet {
		p.told.moved(j.room, j.f.Hash)
	}
}

// fetchFailed words what trying again would not mend; nil: it may.
func fetchFailed(err error) error {
	var disk *diskError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &disk):
		return shelfFailed(disk.error)
	case errors.Is(err, link.ErrNoContent):
		return &Failed{Code: FailFileGone, Detail: err.Error(), Err: err}
	}
	return nil
}

// diskError is an error of our own disk, not of the network.
type diskError struct{ error }

func (e *diskError) Unwrap() error { return e.error }

// download brings a content from where it is on to its end, and to its place.
func (p *porter) download(ctx context.Context, s *link.Session, j *fetch) error {
	c, err := p.courierOf(ctx, s)
	if err != nil {
		return err
	}
	part, err := p.stock.shelf.Part(j.f.Hash)
	if err != nil {
		return &diskError{err}
	}
	from := part.Offset()
	w := &counting{w: part, note: func(n int64) { p.came(j, from+n) }}
	_, err = c.Fetch(ctx, j.room, j.f.Hash, from, j.f.Size, w)
	p.spent(c, err)
	if w.err != nil {
		err = &diskError{w.err}
	}
	if err != nil {
		if bad := part.Close(); bad != nil && !boltkit.IsNoSpace(bad) {
			p.log.Warn("a part of a file was not kept", "err", bad)
		}
		return err
	}
	if err := part.Finish(); err != nil {
		return &diskError{err}
	}
	return nil
}

// came takes note of how much is here.
func (p *porter) came(j *fetch, got int64) {
	p.mu.Lock()
	j.got, j.tries = got, 0
	tell := !j.quiet && p.mayTell(j.room)
	p.mu.Unlock()
	if tell {
		p.told.moved(j.room, j.f.Hash)
	}
}

// counting counts what is written, and keeps what went wrong in writing apart from
// what went wrong in reading.
type counting struct {
	w    io.Writer
	n    int64
	err  error
	note func(n int64)
}

// Write implements io.Writer.
func (c *counting) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
		return n, err
	}
	c.note(c.n)
	return n, nil
}

// LoadFile implements Commands.
func (a *App) LoadFile(ctx context.Context, room chat.RoomID, f chat.File) error {
	return a.load(ctx, room, chat.Content{Hash: f.Hash, Size: f.Size}, false)
}

func (a *App) load(ctx context.Context, room chat.RoomID, c chat.Content, quiet bool) error {
	s := a.shot.Load()
	switch {
	case s.store != nil && s.store.ReadOnly() && s.stock.shelf.Has(c.Hash):
		return nil
	case s.store != nil && s.store.ReadOnly():
		return &Failed{Code: FailReadOnly}
	case !quiet && s.base.Connection.Reason == ReasonDiskFull && !s.stock.shelf.Has(c.Hash):
		return &Failed{Code: FailNoSpace}
	case s.port == nil:
		return &Failed{Code: FailNoRoom, Detail: "no group is open"}
	case c.Size < 0 || c.Size > int64(s.base.Group.Limits.FileMiB)<<20:
		return &Failed{Code: FailFileTooLarge}
	}
	return s.port.get(ctx, room, c, quiet)
}

// LoadThumb implements Commands.
func (a *App) LoadThumb(ctx context.Context, room chat.RoomID, f chat.File) ([]byte, error) {
	c := chat.Content{Hash: f.Hash, Size: f.Size}
	if f.Thumb != nil {
		c = chat.Content{Hash: f.Thumb.Hash, Size: f.Thumb.Size}
	}
	if c.Size > chat.MaxThumbSize || f.Thumb == nil && !shownType(f.Type) {
		return nil, &Failed{Code: FailFileAbsent, Detail: "it has no thumbnail"}
	}
	if err := a.load(ctx, room, c, true); err != nil {
		return nil, err
	}
	content, err := a.OpenFile(ctx, chat.File{Hash: c.Hash})
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	data := make([]byte, min(content.Size(), chat.MaxThumbSize))
	if _, err := content.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, shelfFailed(err)
	}
	return data, nil
}

// ClearFiles implements Commands.
func (a *App) ClearFiles(ctx context.Context, room chat.RoomID) (int64, error) {
	if err := a.writable(); err != nil {
		return 0, err
	}
	s := a.shot.Load()
	if s.stock == nil {
		return 0, &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	named, err := s.store.Contents(ctx, room)
	if err != nil {
		return 0, a.readFailed(err)
	}
	freed, err := s.stock.clear(ctx, s.store, named, s.unread(room))
	a.do(func() {
		if a.group != nil {
			a.filesWent(room)
		}
	})
	if err != nil {
		return freed, shelfFailed(err)
	}
	return freed, nil
}

// clear removes contents that are not held: those that are named or, if there are
// rooms that cannot be read, all that the server can give again.
func (s *stock) clear(ctx context.Context, from *store.Store, named []chat.Content, unread map[chat.RoomID]bool) (freed int64, err error) {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	before, _, err := s.shelf.Usage()
	if err != nil {
		return 0, err
	}
	keep := s.keep()
	if unread != nil {
		if keep, err = s.lasting(ctx, from, unread); err != nil {
			return 0, err
		}
		_, err = s.shelf.Trim(0, keep)
	} else {
		kept := make(map[chat.Hash]bool, len(keep))
		for _, h := range keep {
			kept[h] = true
		}
		for _, c := range named {
			if !kept[c.Hash] {
				err = errors.Join(err, s.shelf.Remove(c.Hash))
			}
		}
	}
	after, _, bad := s.shelf.Usage()
	return before - after, errors.Join(err, bad)
}

// RoomFiles implements Commands.
func (a *App) RoomFiles(ctx context.Context, room chat.RoomID, before chat.Seq, limit int) ([]MessageView, error) {
	s := a.shot.Load()
	r := s.room(room)
	if s.store == nil || r == nil {
		return nil, &Failed{Code: FailNoRoom}
	}
	if limit < 1 || limit > maxRows {
		limit = maxRows
	}
	list := []MessageView{}
	for len(list) < limit { // a deletion that waits leaves a page short, which is not the end
		want := limit - len(list)
		places, err := s.store.WithFiles(ctx, room, before, want)
		if err != nil {
			return nil, a.readFailed(err)
		}
		events, changes, err := s.store.About(ctx, room, places...)
		if err != nil {
			return nil, a.readFailed(err)
		}
		rows := s.maker(r, nil, changes)
		for _, seq := range places {
			if e, ok := events[seq]; ok && !e.Erased {
				if row := rows.row(&e, 0); !row.Erased {
					list = append(list, row)
				}
			}
		}
		if len(places) < want {
			break
		}
		before = places[len(places)-1]
	}
	return list, nil
}

var _ FileContent = (*shelf.Content)(nil)
