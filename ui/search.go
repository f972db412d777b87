package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// searchPage looks for messages in everything stored, while somebody types.
type searchPage struct {
	h    *home
	d    *dialog
	find *field
	note *para
	list *hitList

	hits   []hitIn
	at     int      // the one Enter takes
	most   int      // so many are listed
	more   bool     // there are more
	asked  question // the newest that was asked
	listed question // what is in the list
	eager  bool     // Enter was pressed: go to the newest message as soon as it is known
	wait   func()   // cancels the pause before a search
	busy   func()   // cancels saying that one takes long
	stop   context.CancelFunc
	later  func()        // cancels looking again for what has changed; nil if nothing has
	took   time.Duration // by the newest search
	aimed  time.Time     // when the pointer moved over the list last
}

const (
	searchRows  = 100                    // listed at first; twice as many when their end comes into view
	mostHits    = 12800                  // listed at most: whoever looks for what is behind, says more of it
	searchPause = 120 * time.Millisecond // after the last key
	searchSlow  = 400 * time.Millisecond // after which it is said that it goes on
	searchLater = 500 * time.Millisecond // after which what has changed is looked for again
	searchShare = 10                     // of the time at most is spent looking again
	searchAim   = 2 * time.Second        // after the pointer has moved, during which no line moves away from it
	searchTall  = 420                    // of the list
)

// showSearch opens the search with what was looked for last.
func (h *home) showSearch() {
	s := &searchPage{h: h, most: searchRows, wait: func() {}, busy: func() {}, stop: func() {}}
	s.list = newHitList(s)
	s.find = newField("", "")
	s.find.entry.OnChanged = func(string) { s.typed() }
	s.find.entry.OnSubmitted = func(string) { s.enter() }
	s.find.entry.key = s.key
	s.note = note(tr.S("search.help"))
	body := column(10, s.find)
	if len(h.u.joined()) > 1 {
		body.Add(s.scope())
	}
	s.hint()
	body.Add(s.note)
	above := slices.Clone(body.Objects)
	body.Add(container.New(&listRoom{
		u: h.u, d: func() *dialog { return s.d }, want: searchTall,
		rest: func(width float32) float32 { return restOf(10, width, above...) },
	}, s.list))
	s.d = h.u.open(dialogSpec{
		title: tr.S("keys.search"), width: 620, body: body, focus: s.find.entry,
		closed: func() {
			s.wait()
			s.busy()
			s.stop()
			if s.later != nil {
				s.later()
			}
			h.search, h.u.searched = nil, s.find.Text()
		},
	})
	h.u.timely(s.d.shown, s.list.retime)
	h.search = s
	if h.u.searched != "" { // back to what was found last
		s.find.entry.SetText(h.u.searched)
		s.find.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
		s.search()
	}
}

// key is asked by the field before it takes a key: Home and End move in the text.
func (s *searchPage) key(e *fyne.KeyEvent) bool {
	if e.Name == fyne.KeyHome || e.Name == fyne.KeyEnd {
		return false
	}
	return s.list.key(e)
}

// typed searches when the person pauses.
func (s *searchPage) typed() {
	s.wait()
	s.eager = false
	s.most = searchRows
	s.wait = s.h.u.pump.after(searchPause, s.search)
}

// enter goes to the message that is marked; where the list is still about something
// else than what stands in the field, to the newest one as soon as that is found.
func (s *searchPage) enter() {
	q := s.question()
	if q.text == s.listed.text && q.here == s.listed.here {
		s.take(s.at)
		return
	}
	s.eager = true
	if q != s.asked {
		s.search()
	}
}

// search asks the cores and gives up what was asked before.
func (s *searchPage) search() { s.ask(false) }

// ask is search; again tells that the same is listed already, and that nobody need know
// how long it takes to look for it again.
func (s *searchPage) ask(again bool) {
	s.wait()
	s.stop()
	s.busy()
	q := s.question()
	s.asked = q
	if q.text == "" {
		s.show(findings{}, true)
		return
	}
	u := s.h.u
	ctx, stop := context.WithCancel(u.pump.ctx)
	s.stop = stop
	g := newGathering(q, u)
	if !again {
		s.busy = u.pump.after(searchSlow, func() { s.show(g.sofar(), false) })
	}
	u.pump.work(func(context.Context) func() {
		defer stop()
		began := time.Now()
		g.run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		took := time.Since(began)
		return func() {
			if !s.d.isOpen || s.asked != q {
				return
			}
			s.took = took
			f := g.sofar()
			if again && time.Since(s.aimed) < searchAim && s.moves(f.hits[:min(len(f.hits), s.most)]) {
				s.listed = q
				s.lookLater()
				return
			}
			s.show(f, true)
		}
	})
}

// show lists what was found; done tells whether that is all.
func (s *searchPage) show(f findings, done bool) {
	s.busy()
	goesOn := s.listed.same(s.asked)
	if !done && (s.eager || len(f.hits) == 0 || goesOn && len(f.hits) < len(s.hits)) { // the list before goes on standing
		s.note.Set(tr.S("search.busy"), look.Secondary)
		return
	}
	s.more = len(f.hits) > s.most
	hits, before, at := f.hits[:min(len(f.hits), s.most)], s.hits, s.at
	s.hits, s.at, s.listed = hits, 0, s.asked
	s.say(f, done)
	if goesOn {
		s.stay(before, at)
	} else {
		s.list.again(0)
	}
	s.d.Refresh()
	if eager := s.eager; done && eager {
		s.eager = false
		s.take(0)
	}
}

// stay keeps the mark on its message, and what is in view where it is, as more is found.
func (s *searchPage) stay(before []hitIn, at int) {
	now := func(i int) int { // where it is in the list; -1 no more
		if i >= len(before) {
			return -1
		}
		if i < len(s.hits) && s.hits[i].is(before[i]) { // most of the time what is found comes behind
			return i
		}
		return slices.IndexFunc(s.hits, before[i].is)
	}
	if to := now(at); to >= 0 || len(s.hits) == 0 {
		s.at = max(0, to)
	} else {
		s.at = min(at, len(s.hits)-1)
	}
	h := s.list.height()
	top := int(s.list.scroll.Offset.Y / h)
	s.list.inner.Resize(s.list.inner.MinSize())
	if moved := now(top); moved > 0 && moved != top {
		s.list.scroll.Offset.Y += float32(moved-top) * h
	}
	s.list.scroll.Refresh()
	s.list.fill()
}

// extend looks for more as the end of what is listed comes into view.
func (s *searchPage) extend() {
	if s.question() == s.asked && s.listed == s.asked && s.most < mostHits {
		s.most = min(2*s.most, mostHits)
		s.search()
	}
}

// moves reports whether a line in view would be elsewhere if other hits were listed.
func (s *searchPage) moves(hits []hitIn) bool {
	first, end := s.list.inView()
	end = min(end, len(s.hits))
	if first >= end {
		return false
	}
	by := slices.IndexFunc(hits, s.hits[first].is) - first
	if by < -first || end+by > len(hits) {
		return true
	}
	for i := first; i < end; i++ {
		if !hits[i+by].is(s.hits[i]) {
			return true
		}
	}
	h, scroll := s.list.height(), s.list.scroll
	to := scroll.Offset.Y + float32(by)*h
	return to < 0 || by > 0 && to > float32(len(hits))*h-scroll.Size().Height
}

// follow looks again after something has changed where it was looked: what has come
// since is listed, what was deleted goes from the list, and what was edited is listed as
// it reads now, if it fits.
func (s *searchPage) follow(u *UI, c app.Changes) {
	if s.later != nil || s.asked.text == "" || s.asked.here && u != s.h.u {
		return
	}
	changed := c.Reset
	for _, r := range c.Rooms {
		changed = changed || r.Tail || r.Changed || r.Names || r.Reload
	}
	if changed {
		s.lookLater()
	}
}

// lookLater looks again in a while, which is longer where it takes long.
func (s *searchPage) lookLater() {
	s.later = s.h.u.pump.after(max(searchLater, searchShare*s.took), s.lookAgain)
}

func (s *searchPage) lookAgain() {
	s.later = nil
	switch q := s.question(); {
	case q != s.asked: // something else is looked for in a moment
	case s.listed != s.asked: // it is still looked for
		s.lookLater()
	default:
		if _, end := s.list.inView(); s.more && max(s.at, end)+searchRows/2 > s.most { // what comes pushes none of them out
			s.most = min(2*s.most, mostHits)
		}
		s.ask(true)
	}
}

// say tells above the list what it is.
func (s *searchPage) say(f findings, done bool) {
	var failed *app.Failed
	text, ink := tr.S("search.help"), look.Secondary
	switch {
	case namesNobody(f.err) && errors.As(f.err, &failed):
		key := tr.Key("search.nobody")
		if failed.Code == app.FailNowhere {
			key = "search.nowhere"
		}
		text = tr.F(key, "Name", inSentence(cleanName(failed.Detail)))
	case errors.As(f.err, &failed) && failed.Field == "search":
		key := tr.Key("search.bad")
		if strings.HasPrefix(failed.Detail, "has:") {
			key = "search.bad_has"
		}
		text, ink = tr.F(key, "Filter", inSentence(cleanName(failed.Detail))), look.Bad
	case f.err != nil:
		text, ink = explain(f.err).text, look.Bad
	case s.asked.text == "":
	case !done:
		text = tr.S("search.busy")
	case len(f.hits) == 0:
		text = tr.S("search.none")
	case s.more:
		text = tr.N("search.first", len(s.hits))
	default:
		text = tr.N("search.found", len(s.hits))
	}
	if len(f.without) > 0 {
		text += " · " + tr.F("search.without", "Groups", listed(f.without))
	}
	s.note.Set(text, ink)
}

// mark moves the bar that Enter takes.
func (s *searchPage) mark(at int) {
	if len(s.hits) == 0 {
		return
	}
	s.at = min(max(at, 0), len(s.hits)-1)
	s.list.reveal(s.at)
	s.list.fill()
}

// take goes to a message; Escape leads back from there.
func (s *searchPage) take(at int) {
	if at < 0 || at >= len(s.hits) {
		return
	}
	h := s.hits[at]
	s.d.Close()
	if h.u.home == nil || !slices.Contains(h.u.all, h.u) {
		return // it is gone, or locked, since
	}
	from := s.h
	if from.u == h.u && from.room == h.Room && h.Message.Lost {
		from.showLost(h.Room, h.Message.MID)
		return
	}
	if from.u == h.u && from.room == h.Room {
		from.pane.timeline.Go(uint64(h.Message.Seq))
		from.u.win.Canvas().Focus(from.pane.timeline)
		return
	}
	if h.Message.Lost {
		h.u.jump(func() {
			h.u.show(h.u)
			h.u.home.openRoom(h.Room)
		})
		h.u.home.showLost(h.Room, h.Message.MID)
		return
	}
	h.u.home.goTo(h.Room, h.Message.Seq)
}

// goTo shows a message in its room, with the keyboard on it.
func (h *home) goTo(room chat.RoomID, seq chat.Seq) {
	h.u.jump(func() {
		h.u.show(h.u)
		h.openRoom(room)
		if h.room == room && seq > 0 {
			h.pane.timeline.ShowSeq(uint64(seq))
		}
	})
	if h.room != room || seq == 0 {
		return
	}
	h.u.win.Canvas().Focus(h.pane.timeline)
}
