package server

import (
	"bytes"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Lists that grow with the server are answered a page at a time, in the order of
// ids, which stays while names change and entries come and go.

// pager cuts a list to what one frame may hold.
type pager struct {
	events, bytes int // left
}

func (s *session) pager() *pager {
	l := s.srv.o.Limits
	return &pager{events: l.PageEvents, bytes: l.PageBytes / 2}
}

// fits takes the space of an entry with texts of so many bytes, which JSON may
// double; false: the page is full. The first entry always fits.
func (p *pager) fits(texts int) bool {
	const fixed = 160 // names of the members, ids, numbers
	p.events--
	p.bytes -= fixed + 2*texts
	return p.events >= 0 && p.bytes >= 0
}

// behind returns the entries whose id is greater than after, by id.
func behind[T any](list []T, after []byte, id func(*T) []byte) []T {
	slices.SortFunc(list, func(x, y T) int { return bytes.Compare(id(&x), id(&y)) })
	i, found := slices.BinarySearchFunc(list, after, func(x T, after []byte) int { return bytes.Compare(id(&x), after) })
	if found {
		i++
	}
	return list[i:]
}

func (s *session) onPeople(r *wire.People) *chat.Error {
	all, err := s.srv.store.Accounts(s.ctx)
	if err != nil {
		return s.internal(err)
	}
	answer := &wire.PeopleList{Rep: wire.Rep{Re: r.ID}, People: []wire.Person{}}
	page := s.pager()
	for _, a := range behind(all, r.After[:], func(a *storage.Account) []byte { return a.ID[:] }) {
		if a.Disabled {
			continue
		}
		if !page.fits(len(a.Name) + len(a.Display)) {
			answer.More = true
			break
		}
		answer.People = append(answer.People, wire.Person{Account: a.ID, Name: a.Name, Display: a.Display})
	}
	s.send(answer)
	return nil
}

func (s *session) onRooms(r *wire.Rooms) *chat.Error {
	ids, err := s.srv.store.RoomIDs(s.ctx)
	if err != nil {
		return s.internal(err)
	}
	answer := &wire.RoomsList{Rep: wire.Rep{Re: r.ID}, Rooms: []wire.RoomInfo{}}
	page := s.pager()
	for _, id := range behind(ids, r.After[:], func(id *chat.RoomID) []byte { return id[:] }) {
		rm, err := s.srv.openRoom(s.ctx, id)
		if err != nil {
			return s.internal(err)
		}
		state := rm.view.Load().state
		if state == nil || state.Access != chat.AccessOpen || state.Archived || standing(state, s.account) == StandingRemoved {
			continue
		}
		if !page.fits(len(state.Name) + len(state.Topic)) {
			answer.More = true
			break
		}
		_, joined := state.Members[s.account]
		answer.Rooms = append(answer.Rooms, wire.RoomInfo{Room: id, Name: state.Name, Topic: state.Topic, Members: len(state.Members), Joined: joined})
	}
	s.send(answer)
	return nil
}

func (s *session) onInviteList(r *wire.InviteList) *chat.Error {
	all, err := s.srv.store.Invites(s.ctx)
	if err != nil {
		return s.internal(err)
	}
	now := time.Now().UnixMilli()
	answer := &wire.Invites{Rep: wire.Rep{Re: r.ID}, Invites: []wire.Invite{}}
	page := s.pager()
	list := behind(all, r.After[:], func(i *storage.Invite) []byte { return i.ID[:] })
	for i := range list {
		own, e := s.owns(&list[i])
		if e != nil {
			return e
		}
		if !own || list[i].Expires <= now || list[i].Used >= list[i].Uses {
			continue
		}
		if !page.fits(0) {
			answer.More = true
			break
		}
		answer.Invites = append(answer.Invites, wireInvite(&list[i]))
	}
	s.send(answer)
	return nil
}
