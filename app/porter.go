package app

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"hearth/chat"
	"hearth/net/link"
	"hearth/net/wire"
	"hearth/store/shelf"
)

// porter carries contents between the shelf of a group and its server, beside the
// connection and never in its way (docs/adr/0024). What to upload the loop says, what
// to fetch the commands that wait for it. It has one goroutine, and one for each
// content on its way, which it waits for. Its methods may be called from any
// goroutine; nil has nothing to do.
type porter struct {
	// Fixed after newPorter.
	stock   *stock
	log     *slog.Logger
	options link.Options
	told    porterTold
	cancel  context.CancelFunc
	ended   chan struct{} // closed when run has returned
	wake    chan struct{} // holds one token when there may be something to do

	making chan struct{} // holds one token while a courier is made; before mu

	mu      sync.Mutex
	session *link.Session             // guarded by mu; nil while there is none
	courier *link.Courier             // guarded by mu; of session; nil: to be made
	hauls   []*haul                   // guarded by mu: what is to be uploaded, in order
	reached map[chat.Hash]int64       // guarded by mu: how far those are that are not, halted perhaps
	drops   []chat.Hash               // guarded by mu: uploads to forget
	fetches map[chat.Hash]*fetch      // guarded by mu
	busy    map[chat.Hash]bool        // guarded by mu: contents that a goroutine writes
	failed  map[chat.Hash]FailCode    // guarded by mu: what came of the last attempt
	shown   map[chat.RoomID]time.Time // guarded by mu: when progress was told last
}

// porterTold is how the loop hears of the porter; the functions never wait.
type porterTold struct {
	hauled  func(chat.Hash, error)       // an upload has ended; nil: the server has the content
	moved   func(chat.RoomID, chat.Hash) // progress; of a fetch in the room, or (zero) of the upload
	full    func(bool)                   // the server's disk is full, or takes something again
	fetched func()                       // something came that was asked for
}

// How much goes on at once. No more than two requests do in any case: the courier
// has two connections, on which pieces of uploads, and fetches, take turns. Of large
// fetches there is one, so that something else always gets through.
const (
	haulsAtOnce  = 2
	smallAtOnce  = 2
	largeAtOnce  = 1
	smallContent = 256 << 10 // bytes
)

// Waits after something that may pass.
const (
	portPause    = time.Second
	maxPortPause = 30 * time.Second
	fetchTries   = 8 // in a row, with nothing coming
)

// progressEvery is how often progress is told.
const progressEvery = 250 * time.Millisecond

// retrying is when to try something again.
type retrying struct {
	tries int
	after time.Time
}

// pause puts the next attempt off, for as long as the server asks for at least; a token
// that has run out is no reason to wait.
func (r *retrying) pause(err error) {
	r.tries++
	if errors.Is(err, link.ErrToken) && r.tries == 1 {
		return
	}
	wait := min(portPause<<min(r.tries-1, 5), maxPortPause)
	if asked := link.RetryAfter(err); asked > 0 { // not all at once, either
		wait = max(wait, asked+rand.N(asked/5+1))
	}
	r.after = time.Now().Add(wait)
}

// haul is a content on its way to the server.
type haul struct {
	chat.Content
	retrying
	sent   int64              // on the server's disk; -1: it has not said yet
	full   bool               // which has no space for the rest at present
	cancel context.CancelFunc // nil: not under way
}

func newPorter(s *stock, log *slog.Logger, o link.Options, told porterTold) *porter {
	return &porter{
		stock: s, log: log, options: o, told: told, ended: make(chan struct{}), wake: make(chan struct{}, 1), making: make(chan struct{}, 1),
		fetches: map[chat.Hash]*fetch{}, busy: map[chat.Hash]bool{}, failed: map[chat.Hash]FailCode{}, reached: map[chat.Hash]int64{}, shown: map[chat.RoomID]time.Time{},
	}
}

// run starts what is to be done until ctx ends, and waits for all of it.
func (p *porter) run(ctx context.Context) {
	defer close(p.ended)
	var under sync.WaitGroup
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		if next := p.start(ctx, &under); !next.IsZero() {
			timer.Reset(time.Until(next))
		}
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-timer.C:
		}
	}
	under.Wait()
	p.online(nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.fetches {
		j.end(&Failed{Code: FailClosed})
	}
	clear(p.fetches)
}

// stop ends run and waits for it.
func (p *porter) stop() {
	if p != nil {
		p.cancel()
		<-p.ended
	}
}

func (p *porter) poke() {
	select {
	case p.wake <- struct{}{}:
	default: // the token is there already
	}
}

// online says which session there is; nil: none.
func (p *porter) online(s *link.Session) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.courier != nil {
		p.courier.Close()
	}
	p.session, p.courier = s, nil
	for _, h := range p.hauls {
		h.retrying, h.full = retrying{}, false
	}
	for _, j := range p.fetches {
		j.retrying = retrying{}
	}
	p.poke()
}

// want says what is to be uploaded, oldest first: everything else is left alone.
func (p *porter) want(list []chat.Content) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var hauls []*haul
	for _, c := range list {
		at := slices.IndexFunc(p.hauls, func(h *haul) bool { return h.Hash == c.Hash })
		if at >= 0 {
			hauls = append(hauls, p.hauls[at])
			continue
		}
		h := &haul{Content: c, sent: -1}
		if sent, ok := p.reached[c.Hash]; ok {
			h.sent = sent
			delete(p.reached, c.Hash)
		}
		hauls = append(hauls, h)
	}
	for _, h := range p.hauls {
		if slices.Contains(hauls, h) {
			continue
		}
		if h.cancel != nil {
			h.cancel()
		}
		if h.sent >= 0 {
			p.reached[h.Hash] = h.sent
		}
	}
	p.hauls = hauls
	p.poke()
}

// drop has the server forget uploads that are not complete.
func (p *porter) drop(hashes []chat.Hash) {
	if p == nil || len(hashes) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range hashes {
		delete(p.reached, h)
	}
	if p.session != nil { // else it forgets them by itself, in a day
		p.drops = append(p.drops, hashes...)
	}
	p.poke()
}

// start begins what may begin, and returns when to look again; zero: when woken.
func (p *porter) start(ctx context.Context, under *sync.WaitGroup) (next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.session
	if s == nil {
		return next
	}
	if !slices.Contains(s.Greeting().Features, wire.FeatureFiles) {
		p.refuseAll()
		return next
	}
	now := time.Now()
	due := func(r *retrying) bool {
		if r.after.After(now) && (next.IsZero() || r.after.Before(next)) {
			next = r.after
		}
		return !r.after.After(now)
	}
	running := 0
	for _, h := range p.hauls {
		if h.cancel != nil {
			running++
		}
	}
	for _, h := range p.hauls {
		if h.cancel != nil || p.busy[h.Hash] || running >= haulsAtOnce || !due(&h.retrying) {
			continue
		}
		running++
		p.begin(ctx, under, h.Hash, &h.cancel, func(ctx context.Context) { p.haul(ctx, s, h) })
	}
	small, large := 0, 0
	for _, j := range p.fetches {
		if j.cancel != nil {
			*j.kind(&small, &large)++
		}
	}
	for _, j := range inOrder(p.fetches) {
		count, most := j.kind(&small, &large), smallAtOnce
		if count == &large {
			most = largeAtOnce
		}
		if j.cancel != nil || p.busy[j.f.Hash] || *count >= most || !due(&j.retrying) {
			continue
		}
		*count++
		p.begin(ctx, under, j.f.Hash, &j.cancel, func(ctx context.Context) { p.fetchOne(ctx, s, j) })
	}
	if drops := p.drops; len(drops) > 0 {
		p.drops = nil
		under.Go(func() { p.forget(ctx, s, drops) })
	}
	return next
}

// begin starts a goroutine for a content; p.mu is held.
func (p *porter) begin(ctx context.Context, under *sync.WaitGroup, h chat.Hash, cancel *context.CancelFunc, do func(context.Context)) {
	ctx, *cancel = context.WithCancel(ctx)
	p.busy[h] = true
	end := *cancel
	under.Go(func() {
		defer end()
		do(ctx)
		p.mu.Lock()
		*cancel = nil
		delete(p.busy, h)
		p.mu.Unlock()
		p.poke()
	})
}

// refuseAll gives up on everything: the server keeps no files. p.mu is held.
func (p *porter) refuseAll() {
	for _, h := range p.hauls {
		p.told.hauled(h.Hash, &Failed{Code: FailNoFiles})
	}
	p.hauls = nil
	for hash, j := range p.fetches {
		j.end(&Failed{Code: FailNoFiles})
		delete(p.fetches, hash)
		p.stock.release(hash)
	}
}

// haul uploads a content as far as it gets.
func (p *porter) haul(ctx context.Context, s *link.Session, h *haul) {
	err := p.upload(ctx, s, h)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.hauls, h) {
		if _, halted := p.reached[h.Hash]; halted {
			p.reached[h.Hash] = h.sent
		}
		return // nobody wants it at present
	}
	if err != nil && haulCode(err) == "" {
		if ctx.Err() == nil {
			p.log.Info("an upload was broken off", "sent", h.sent, "err", err)
			h.pause(err)
			if h.full = errors.Is(err, link.ErrDiskFull); h.full {
				p.told.full(true)
			}
		}
		p.told.moved(chat.RoomID{}, h.Hash)
		return
	}
	p.hauls = slices.DeleteFunc(p.hauls, func(x *haul) bool { return x == h })
	if err != nil {
		err = &Failed{Code: haulCode(err), Detail: err.Error(), Err: err}
	}
	p.told.hauled(h.Hash, err)
}

func (p *porter) upload(ctx context.Context, s *link.Session, h *haul) error {
	content, err := p.stock.shelf.Open(h.Hash)
	if errors.Is(err, shelf.ErrNotFound) {
		return nil // perhaps the server has it; it will say when the message comes
	}
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	c, err := p.courierOf(ctx, s)
	if err != nil {
		return err
	}
	err = c.Send(ctx, content, h.Size, h.Hash, func(sent int64) {
		p.mu.Lock()
		more := sent > max(0, h.sent) // on its disk: the first word is only how much that is
		if h.sent = sent; more {
			h.tries = 0
		}
		tell := p.mayTell(chat.RoomID{}) || more && h.full
		if more && h.full {
			h.full = false
			p.told.full(false)
		}
		p.mu.Unlock()
		if tell {
			p.told.moved(chat.RoomID{}, h.Hash)
		}
	})
	p.spent(c, err)
	return err
}

// haulCode is why an upload cannot succeed by trying again; "" if it can.
func haulCode(err error) FailCode {
	switch {
	case errors.Is(err, link.ErrNoSpace):
		return FailQuota
	case errors.Is(err, link.ErrTooLarge):
		return FailFileTooLarge
	case errors.Is(err, link.ErrContent):
		return FailFileContent
	case errors.Is(err, shelf.ErrDamaged):
		return FailFileDamaged
	}
	return ""
}

// forget has the server forget uploads.
func (p *porter) forget(ctx context.Context, s *link.Session, hashes []chat.Hash) {
	c, err := p.courierOf(ctx, s)
	if err != nil {
		return // it forgets them by itself
	}
	for _, h := range hashes {
		if err := c.Cancel(ctx, h); err != nil && !errors.Is(err, link.ErrNoContent) {
			p.log.Debug("an upload was not cancelled", "err", err)
			p.spent(c, err)
			return
		}
	}
}

// courierOf returns the courier of a session.
func (p *porter) courierOf(ctx context.Context, s *link.Session) (*link.Courier, error) {
	select {
	case p.making <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.making }()
	p.mu.Lock()
	c, same := p.courier, p.session == s
	p.mu.Unlock()
	switch {
	case !same:
		return nil, &Failed{Code: FailOffline}
	case c != nil:
		return c, nil
	}
	c, err := link.NewCourier(ctx, s, p.options)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != s {
		c.Close()
		return nil, &Failed{Code: FailOffline}
	}
	p.courier = c
	return c, nil
}

// spent lets go of a courier whose token is not good any more.
func (p *porter) spent(c *link.Courier, err error) {
	if !errors.Is(err, link.ErrToken) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.courier == c {
		p.courier = nil
	}
	c.Close()
}

// mayTell reports whether progress is worth telling again; p.mu is held.
func (p *porter) mayTell(of chat.RoomID) bool {
	now := time.Now()
	if now.Sub(p.shown[of]) < progressEvery {
		return false
	}
	p.shown[of] = now
	return true
}

// look adds to a file of a log what goes on with it.
func (p *porter) look(f *FileView) {
	if p == nil {
		return
	}
	f.Here = p.stock.shelf.Has(f.Hash)
	p.mu.Lock()
	defer p.mu.Unlock()
	if j := p.fetches[f.Hash]; j != nil && !j.quiet && !f.Here { // the end of a quiet one is not told
		f.Moving, f.Done = MoveFetching, j.got
		return
	}
	if code := p.failed[f.Hash]; code != "" && !f.Here {
		f.Moving, f.Problem = MoveFailed, code
	}
}

// sent is how much of a content that is to be uploaded, or was halted, the server has, -1 if
// it has not said since the program was started; and whether it has no space for the rest
// at present.
func (p *porter) sent(hash chat.Hash) (n int64, full bool) {
	if p == nil {
		return -1, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.hauls {
		if h.Hash == hash {
			return h.sent, h.full
		}
	}
	if n, ok := p.reached[hash]; ok {
		return n, false
	}
	return -1, false
}
