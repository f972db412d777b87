package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/markup"
)

// PlaceView is what a link within a message leads to, as far as it is known on this disk.
type PlaceView struct {
	Link       string // text form of the chat.PlaceLink
	Other      bool   // in another group
	Known      bool   // the room is known here
	Room, Mark string // its name, as in RoomView
	Direct     bool
	Name       string // display name of who wrote the message; "" it is not here, or not to be shown
	Time       time.Time
}

// Bounds of what is looked up for a page: who writes more has them shown as they are.
const (
	mostPlaces     = 10 // of a message
	mostPagePlaces = 60
)

// places fills in where the links to messages in the rows of a page lead.
func (a *App) places(ctx context.Context, s *snapshot, rows []MessageView) error {
	left := mostPagePlaces
	asked := map[chat.RoomID][]chat.Seq{}
	for i := range rows {
		m := &rows[i]
		if left == 0 || m.Kind != chat.KindMessage || m.Blocked || !strings.Contains(m.Text, chat.Scheme+":") {
			continue
		}
		m.Places = nil // rows of what waits are shared
		for _, l := range markup.ParseMarkup(m.Text).Links {
			place, err := chat.ParsePlaceLink(l.Link.URL)
			if !l.Link.Inside || err != nil || left == 0 || len(m.Places) == mostPlaces {
				continue
			}
			left--
			v := PlaceView{Link: l.Link.URL, Other: place.Server != s.base.Group.Server}
			rooms := s.full().Rooms
			at := slices.IndexFunc(rooms, func(r RoomView) bool { return r.ID == place.Room })
			if r := s.room(place.Room); !v.Other && r != nil && at >= 0 {
				v.Known, v.Room, v.Mark, v.Direct = true, rooms[at].Name, rooms[at].Mark, rooms[at].Access == chat.AccessDirect
				asked[place.Room] = append(asked[place.Room], place.Seq)
			}
			m.Places = append(m.Places, v)
		}
	}
	for id, seqs := range asked {
		if err := a.placesIn(ctx, s, s.room(id), seqs, rows); err != nil {
			return err
		}
	}
	return nil
}

// placesIn says who wrote those that lie in a room.
func (a *App) placesIn(ctx context.Context, s *snapshot, r *roomShot, seqs []chat.Seq, rows []MessageView) error {
	slices.Sort(seqs)
	events, changes, err := s.about(ctx, r, slices.Compact(seqs)...)
	if err != nil {
		return a.readFailed(err)
	}
	maker := s.maker(r, nil, changes)
	for i := range rows {
		for k := range rows[i].Places {
			v := &rows[i].Places[k]
			place, err := chat.ParsePlaceLink(v.Link)
			e, here := events[place.Seq]
			if err != nil || !v.Known || place.Room != r.view.ID || !here || e.Kind != chat.KindMessage {
				continue
			}
			if row := maker.row(&e, 0); !row.Blocked {
				v.Name, v.Time = row.Name, row.Time
			}
		}
	}
	return nil
}
