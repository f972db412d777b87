package app

import (
	"context"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// What the server has lost is kept aside (store.Aside) and shown by itself. In the
// timeline a line stands where it stood.

// lossMemo is what the lines in a room's timeline need to know of what was lost: pages
// are read often, and it changes with the next loss or when something comes back.
type lossMemo struct {
	store       *store.Store
	lost, times int // of the RoomView for which it was made
	list        []lostEntry
}

// lostEntry is something that can be read of what was lost.
type lostEntry struct {
	behind  chat.Seq // the row before its run
	mid     chat.MID
	message bool
}

// LostMessages implements Commands.
func (a *App) LostMessages(ctx context.Context, id chat.RoomID) ([]MessageView, error) {
	s := a.shot.Load()
	r := s.room(id)
	if s.store == nil || r == nil {
		return nil, &Failed{Code: FailNoRoom}
	}
	asides, err := s.store.Asides(ctx, id)
	if err != nil {
		return nil, a.readFailed(err)
	}
	list := make([]MessageView, len(asides))
	waits := r.waits()
	names := r.lostNames(asides)
	for i := range asides {
		list[i] = s.lostRow(r, &asides[i], names)
		list[i].Waits = list[i].Own && waits[list[i].MID]
	}
	return list, nil
}

// lostRow is the row of something that the server has lost. Nothing can be done about
// it but reading it; what it answers stood in another history.
func (s *snapshot) lostRow(r *roomShot, aside *store.Aside, names nameList) MessageView {
	m := s.maker(r, nil, map[chat.Seq][]chat.Event{aside.Event.Seq: aside.Changes})
	m.state, m.alike = names.state, names.alike
	m.own, m.pins = nil, nil
	row := m.row(&aside.Event, 0)
	row.Lost, row.MayEdit, row.MayDelete, row.Reply, row.Purged = true, false, false, nil, false
	return row
}

// waits are the ids of what is in the outbox.
func (r *roomShot) waits() map[chat.MID]bool {
	all := make(map[chat.MID]bool, len(r.waiting)+len(r.lodged))
	for _, m := range r.waiting {
		all[m.MID] = true
	}
	for i := range r.lodged {
		all[r.lodged[i].MID] = true
	}
	return all
}

// lossesOf returns the places of a page where something stood that the server has lost.
func (a *App) lossesOf(ctx context.Context, s *snapshot, r *roomShot, page *Page) ([]Loss, error) {
	list, err := a.lostList(ctx, s, r)
	if err != nil {
		return nil, err
	}
	var marks []Loss
	waits := r.waits()
	for i := range list {
		x := &list[i]
		if waits[x.mid] {
			continue
		}
		if n := len(marks); n == 0 || marks[n-1].Behind != x.behind {
			marks = append(marks, Loss{Behind: x.behind, First: x.mid})
		}
		if mark := &marks[len(marks)-1]; x.message {
			mark.Messages++
		} else {
			mark.Lines++
		}
	}
	return slices.DeleteFunc(marks, func(m Loss) bool {
		if m.Behind == 0 {
			return page.Older
		}
		return !slices.ContainsFunc(page.Messages, func(row MessageView) bool { return row.Seq == m.Behind })
	}), nil
}

// lostList reads what the server has lost of a room, in the order of the rows that it
// stands behind.
func (a *App) lostList(ctx context.Context, s *snapshot, r *roomShot) ([]lostEntry, error) {
	a.lossMu.Lock()
	defer a.lossMu.Unlock()
	if m := a.losses[r.view.ID]; m != nil && m.store == s.store && m.lost == r.view.Lost && m.times == r.view.Back.Times {
		return m.list, nil
	}
	asides, err := s.store.Asides(ctx, r.view.ID)
	if err != nil {
		return nil, a.readFailed(err)
	}
	m := &lossMemo{store: s.store, lost: r.view.Lost, times: r.view.Back.Times, list: make([]lostEntry, 0, len(asides))}
	behind := chat.Seq(0)
	for i := range asides {
		e := &asides[i].Event
		if i == 0 || asides[i].Run != asides[i-1].Run {
			if behind, err = rowBefore(ctx, s.store, e); err != nil {
				return nil, a.readFailed(err)
			}
		}
		if e.Erased {
			continue
		}
		m.list = append(m.list, lostEntry{behind: behind, mid: e.MID, message: e.Kind == chat.KindMessage || e.Kind == chat.KindEdit})
	}
	slices.SortStableFunc(m.list, func(x, y lostEntry) int { return int(x.behind) - int(y.behind) }) //nolint:gosec // sequences are below 2^53
	if a.losses == nil {
		a.losses = map[chat.RoomID]*lossMemo{}
	}
	a.losses[r.view.ID] = m
	return m.list, nil
}

// lostPages is how far back the row before something lost is looked for, in pages of
// maxRows.
const lostPages = 4

// rowBefore finds behind which row of the log an event stood that the server has lost:
// the newest one that is older. What was sent again since stands in its place, with a
// later time. 0: there is none.
func rowBefore(ctx context.Context, s *store.Store, lost *chat.Event) (chat.Seq, error) {
	nearest := chat.Seq(0)
	q := store.Query{Place: store.Before, Seq: lost.Seq, Limit: maxRows, Rows: true}
	for range lostPages {
		win, err := readWindow(ctx, s, lost.Room, q)
		if err != nil {
			return 0, err
		}
		for i := range slices.Backward(win.Events) {
			e := &win.Events[i]
			if nearest == 0 {
				nearest = e.Seq
			}
			if e.Time <= lost.Time {
				return e.Seq, nil
			}
		}
		if !win.MoreBefore || len(win.Events) == 0 {
			break
		}
		q.Seq = win.Events[0].Seq
	}
	return nearest, nil // the server's clock was set back
}
