package app

import (
	"context"
	"errors"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// maxRows bounds what one call of Messages returns.
const maxRows = 500

// Messages implements Commands. It reads what waits before it reads the log: an
// own message that lands in between is then seen twice, which is easy to mend,
// and never not at all.
func (a *App) Messages(ctx context.Context, id chat.RoomID, w Window) (Page, error) {
	s := a.shot.Load()
	r := s.room(id)
	if s.store == nil || r == nil {
		return Page{}, &Failed{Code: FailNoRoom}
	}
	win, err := readWindow(ctx, s.store, id, w.query())
	if err != nil {
		if errors.Is(err, store.ErrClosed) {
			return Page{}, &Failed{Code: FailClosed}
		}
		return Page{}, a.readFailed(err)
	}
	rows := s.maker(r, win.Chains, win.Changes)
	if w.Log {
		rows.own = nil
	}
	page := Page{Older: win.MoreBefore, Newer: win.MoreAfter, Messages: make([]MessageView, 0, len(win.Events)+len(r.waiting))}
	landed := map[chat.MID]bool{}
	for i := range win.Events {
		e := &win.Events[i]
		page.Messages = append(page.Messages, rows.row(e, i))
		if e.Author == s.me {
			landed[e.MID] = true
		}
	}
	page.Gaps = gapsOf(win.Gaps)
	missing := page.Gaps
	if err := a.lodge(ctx, s, r, &page, w); err != nil {
		return Page{}, err
	}
	if err := errors.Join(a.quote(ctx, s, r, page.Messages), a.places(ctx, s, page.Messages)); err != nil {
		return Page{}, err
	}
	if r.view.Lost > 0 && !w.Log {
		if page.Losses, err = a.lossesOf(ctx, s, r, &page); err != nil {
			return Page{}, err
		}
	}
	if slices.ContainsFunc(missing, func(g Gap) bool { return g.Missing }) {
		a.do(func() { a.wanted(id, missing, w) })
	}
	if page.Newer {
		return page, nil
	}
	behind := len(page.Messages)
	for _, m := range r.waiting {
		if !landed[m.MID] {
			page.Messages = append(page.Messages, *m)
		}
	}
	return page, errors.Join(a.quote(ctx, s, r, page.Messages[behind:]), a.places(ctx, s, page.Messages[behind:]))
}

// readWindow reads a window of rows that has at least one, unless there is none: where
// very many changes lie between the rows the store ends early, so that no reading lasts
// long, and is asked on.
func readWindow(ctx context.Context, s *store.Store, room chat.RoomID, q store.Query) (store.Window, error) {
	win, err := s.Messages(ctx, room, q)
	for err == nil && len(win.Events) == 0 && win.MoreBefore && q.Place != store.After && q.Rows {
		var older store.Window
		older, err = s.Messages(ctx, room, store.Query{Place: store.Before, Seq: win.Low, Limit: q.Limit, Rows: true})
		older.MoreAfter, older.High, older.Gaps = win.MoreAfter, win.High, joinGaps(older.Gaps, win.Gaps)
		win = older
	}
	for err == nil && len(win.Events) == 0 && win.MoreAfter && (q.Place == store.After || q.Place == store.Around) && q.Rows {
		var newer store.Window
		newer, err = s.Messages(ctx, room, store.Query{Place: store.After, Seq: win.High, Limit: q.Limit, Rows: true})
		newer.MoreBefore, newer.Low, newer.Gaps = win.MoreBefore, win.Low, joinGaps(win.Gaps, newer.Gaps)
		win = newer
	}
	return win, err
}

// joinGaps puts the gaps of two parts of a log that touch together.
func joinGaps(older, newer []store.Gap) []store.Gap {
	all := slices.Clone(older)
	for _, g := range newer {
		if len(all) == 0 || g.From > all[len(all)-1].From {
			all = append(all, g)
		}
	}
	return all
}

func gapsOf(stored []store.Gap) (gaps []Gap) {
	for _, g := range stored {
		gaps = append(gaps, Gap{From: g.From, To: g.To, Missing: g.Hole, Reason: g.Reason})
	}
	return gaps
}

// query translates a window into the store's terms.
func (w Window) query() store.Query {
	limit := w.Limit
	if limit < 1 || limit > maxRows {
		limit = maxRows
	}
	q := store.Query{Limit: limit, Rows: !w.Log}
	switch {
	case w.Around > 0:
		q.Place, q.Seq = store.Around, w.Around
	case w.Before > 0:
		q.Place, q.Seq = store.Before, w.Before
	case w.After > 0:
		q.Place, q.Seq = store.After, w.After
	}
	return q
}
