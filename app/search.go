package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/textsearch"
	"hearth/internal/zone"
	"hearth/store"
)

// Hit is a message that a search found.
type Hit struct {
	Room     chat.RoomID
	RoomName string
	Message  MessageView
	// Terms are what Marks finds again in whatever is shown of the message.
	Terms []string
}

// Mark is a part of a text, in bytes.
type Mark struct{ Start, End int }

// Marks returns where the terms of a Hit stand in a text, in order, none touching
// another.
func Marks(text string, terms []string) []Mark {
	found := textsearch.Marks(text, terms)
	marks := make([]Mark, len(found))
	for i, m := range found {
		marks[i] = Mark(m)
	}
	return marks
}

// Search implements Commands.
func (a *App) Search(ctx context.Context, text string, found func(Hit) bool) error {
	query, err := textsearch.Parse(text, zone.Get())
	if err != nil {
		var bad *textsearch.BadFilter
		if errors.As(err, &bad) {
			return &Failed{Code: FailBadValue, Field: "search", Detail: bad.Name + ":" + bad.Value, Err: err}
		}
		return &Failed{Code: FailBadValue, Field: "search", Err: err}
	}
	s := a.shot.Load()
	if s.store == nil {
		return &Failed{Code: FailClosed}
	}
	if query.Empty() {
		return nil
	}
	a.do(a.hurryIndex)
	asked := s.question(&query)
	switch {
	case len(query.From) > 0 && len(asked.Authors) == 0:
		return &Failed{Code: FailNobody, Field: "search", Detail: strings.Join(query.From, ", ")}
	case len(query.In) > 0 && len(asked.Rooms) == 0:
		return &Failed{Code: FailNowhere, Field: "search", Detail: strings.Join(query.In, ", ")}
	}
	rows := map[chat.RoomID]*rowMaker{}
	names, err := s.allLostNames(ctx)
	if err != nil {
		return a.readFailed(err)
	}
	err = s.store.Search(ctx, asked, func(f store.Found) bool {
		r := s.room(f.Event.Room)
		if r == nil { // a room that came after the snapshot
			return true
		}
		m := rows[r.view.ID]
		if m == nil {
			m = s.maker(r, nil, nil)
			rows[r.view.ID] = m
		}
		hit := Hit{Room: r.view.ID, RoomName: r.view.Name, Terms: query.Terms}
		if f.Lost {
			hit.Message = s.lostRow(r, &store.Aside{Event: f.Event}, names[r.view.ID])
		} else {
			hit.Message = m.row(&f.Event, 0)
			hit.Message.Unloaded = f.Sent
		}
		if hit.Message.Erased { // an own deletion waits
			return true
		}
		hit.Message.Text = f.Text
		return found(hit)
	})
	if err != nil {
		return a.readFailed(err)
	}
	return nil
}

// question puts ids in the place of the names in a query.
func (s *snapshot) question(q *textsearch.Query) store.Search {
	search := store.Search{Query: *q}
	if len(q.In) > 0 {
		search.Rooms = map[chat.RoomID]bool{}
	}
	if len(q.From) > 0 {
		search.Authors = map[chat.AccountID]bool{}
	}
	for _, r := range s.rooms {
		if named(q.In, r.view.Name) {
			search.Rooms[r.view.ID] = true
		}
		if r.state == nil {
			continue
		}
		for _, people := range []map[chat.AccountID]chat.Member{r.state.Members, r.state.Former} {
			for account, p := range people {
				if named(q.From, p.Display, p.Name) || account == s.me && named(q.From, "me") {
					search.Authors[account] = true
				}
			}
		}
	}
	return search
}

// named reports whether one of the names somebody typed is part of one of those given.
func named(typed []string, names ...string) bool {
	for _, t := range typed {
		for _, name := range names {
			if t = strings.TrimSpace(textsearch.Fold(t)); t != "" && strings.Contains(textsearch.Fold(name), t) {
				return true
			}
		}
	}
	return false
}

const (
	// indexAfter is how long after opening, and after something new, the filters
	// of searches are looked after.
	indexAfter = 5 * time.Second
	// indexStep is how many are made at once: some milliseconds of the loop's time.
	indexStep = 4
	// A pause is so many times as long as the step before it: filters are for later,
	// and nobody waits for them. 100,000 messages take half a minute.
	indexShare   = 60
	longestPause = time.Second
	// indexPause is the pause while somebody searches, and for searchingFor after it.
	indexPause   = 50 * time.Millisecond
	searchingFor = time.Minute
)

// indexSome makes filters that are missing, a few at a time.
func (a *App) indexSome() {
	if a.group == nil || a.trouble != nil {
		return
	}
	began := time.Now()
	made, err := a.group.store.Index(a.disk, indexStep)
	if err != nil {
		a.log.Warn("the filters of searches were not made", "err", err) // searches are slower without
		return
	}
	a.indexing = made == indexStep
	if a.indexing {
		a.alarm.set(alarmIndex, indexRest(time.Since(began), time.Since(a.searched)), a.indexSome)
	}
}

// indexRest is the pause after a step that took so long, when the newest search was
// so long ago.
func indexRest(took, searched time.Duration) time.Duration {
	if searched < searchingFor {
		return indexPause
	}
	return min(max(took*indexShare, indexPause), longestPause)
}

// hurryIndex lets a step that waits for its turn begin soon: somebody searches.
func (a *App) hurryIndex() {
	a.searched = time.Now()
	if a.indexing {
		a.alarm.set(alarmIndex, indexPause, a.indexSome)
	}
}
