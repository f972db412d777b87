package main

import (
	"fmt"

	"hearth/app"
	"hearth/chat"
)

// pageSize is how many rows are read at once.
const pageSize = 500

// reader walks a room's log forward, row by row, as it grows. Where the server has
// lost what stood behind a place, it goes back to that place: other events stand
// there now.
type reader struct {
	s    *session
	room chat.RoomID
	next chat.Seq // the newest sequence handed out
	// chain is the log's chain there; zero until a row has been seen at next.
	chain chat.Hash
	// whole stops before what is not on this disk yet, until it is: reading asks for
	// it.
	whole bool
	// back is told where the room went back to, if that is before next; may be nil.
	back  func(to chat.Seq) error
	times int // how often the room had gone back, of what this reader knows
}

// until returns the first sequence of a page that must not be handed out yet.
func (r *reader) until(page *app.Page) chat.Seq {
	if r.whole {
		for _, g := range page.Gaps {
			if g.Missing && g.From > r.next {
				return r.before(page, g.From)
			}
		}
		return r.before(page, ^chat.Seq(0))
	}
	return ^chat.Seq(0)
}

// before returns the place of the first row of a page, before an end, that is known only as
// one's own words: its event is not on this disk yet.
func (r *reader) before(page *app.Page, end chat.Seq) chat.Seq {
	for i := range page.Messages {
		if m := &page.Messages[i]; m.Unloaded && m.Seq > r.next && m.Seq < end {
			return m.Seq
		}
	}
	return end
}

// step hands the rows behind the newest one seen to each, and those that wait
// (not in the log) to waiting, which may be nil.
func (r *reader) step(each, waiting func(*app.MessageView) error) error {
	for {
		if err := r.goBack(); err != nil {
			return err
		}
		// The newest row seen is read once more: it shows whether the log is the same.
		w := app.Window{After: max(r.next, 1) - 1, Limit: pageSize, Log: true}
		if w.After == 0 { // which would mean the newest page
			w = app.Window{Around: 1, Limit: pageSize, Log: true}
		}
		page, err := r.s.core.Messages(r.s.ctx, r.room, w)
		if err != nil {
			return err
		}
		if !r.stands(&page) {
			return nil // the room is about to say where it went back to, which wakes us
		}
		end := r.until(&page)
		for i := range page.Messages {
			m := &page.Messages[i]
			switch {
			case m.Seq >= end:
				return nil
			case m.Seq > r.next:
				r.next, r.chain = m.Seq, m.Chain
				err = each(m)
			case m.Seq == 0 && waiting != nil:
				err = waiting(m)
			}
			if err != nil {
				return err
			}
		}
		if !page.Newer {
			return nil
		}
	}
}

// goBack follows a room that has gone back.
func (r *reader) goBack() error {
	for _, v := range r.s.core.View().Rooms {
		if v.ID != r.room || v.Back.Times == r.times {
			continue
		}
		to := v.Back.To
		if v.Back.Times > r.times+1 {
			to = v.Back.Lowest // one in between may have gone further
		}
		r.times = v.Back.Times
		if to >= r.next {
			return nil
		}
		r.next, r.chain = to, chat.Hash{}
		if r.back != nil {
			return r.back(to)
		}
	}
	return nil
}

// stands reports whether the newest row seen is what a page has in its place.
func (r *reader) stands(page *app.Page) bool {
	for i := range page.Messages {
		if m := &page.Messages[i]; m.Seq == r.next && r.next > 0 {
			if r.chain.IsZero() {
				r.chain = m.Chain
			}
			return m.Chain == r.chain
		}
	}
	for _, g := range page.Gaps {
		if g.From <= r.next && r.next <= g.To {
			return true // declared to hold nothing, or not here yet
		}
	}
	return r.chain.IsZero()
}

// backRecord tells with --json that the room has gone back; it is no event.
type backRecord struct {
	Room string `json:"room"`
	Seq  uint64 `json:"seq"` // the last place that stayed
	Kind string `json:"kind"`
	Lost int    `json:"lost"` // as in rooms
}

// kindBack is the kind of a backRecord; kinds of events have no such word.
const kindBack = "hearth.back"

// tellBack says that what was printed behind a place is no longer on the server.
func (s *session) tellBack(room chat.RoomID, to chat.Seq, asJSON bool) error {
	_, err := fmt.Fprintf(s.err, "hearth-cli: the server has gone back to %d, as after restoring a backup: what was printed behind it is no longer there. "+
		"What stands there now follows. \"hearth-cli outbox\" lists your own messages among what was lost\n", to)
	if err != nil || !asJSON {
		return err
	}
	rec := backRecord{Room: room.String(), Seq: uint64(to), Kind: kindBack}
	for _, v := range s.core.View().Rooms {
		if v.ID == room {
			rec.Lost = v.Lost
		}
	}
	return s.printJSON(rec)
}
