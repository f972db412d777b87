package server

import (
	"errors"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Parts of a room's log that a client asks for, and chain values.

func (s *session) onHistory(r *wire.History) *chat.Error {
	if !s.pages.Allow() {
		return tooFast(time.Second)
	}
	rm, v, e := s.readable(r.Room)
	if e != nil {
		return e
	}
	head := v.head.Seq
	begin, reason := beginning(v.state, s.account)
	if r.From > head {
		return chat.Errorf(chat.CodeOutOfRange, "/from", "beyond the head, which is %d", head)
	}
	if r.From < begin && reason == wire.VoidPurged {
		return s.purgedPage(r, begin-1)
	}
	if r.From < begin {
		return chat.Errorf(chat.CodeOutOfRange, "/from", "you see what was written since you came in, at %d", begin)
	}
	page, err := s.readPage(r.Room, r.From, min(r.To, head))
	if purged := rm.view.Load().state.Purged; errors.Is(err, storage.ErrPurged) && purged >= r.From {
		return s.purgedPage(r, purged) // meanwhile
	}
	if errors.Is(err, storage.ErrDamaged) {
		return s.damagedPage(r, err)
	}
	if err != nil {
		return s.internal(err)
	}
	withhold(page.Events, begin)
	answer := &wire.HistoryPage{Rep: wire.Rep{Re: r.ID}, Room: r.Room, Before: page.Before, Chain: page.Chain, Events: make([]wire.Event, 0, len(page.Events))}
	for i := range page.Events {
		answer.Events = append(answer.Events, wire.FromEvent(&page.Events[i]))
	}
	s.send(answer)
	return nil
}

// damagedPage answers for a page that begins at an event that cannot be given: it is
// declared to hold nothing, with the chain values around it, so that what lies behind it
// can be asked for and proven.
func (s *session) damagedPage(r *wire.History, why error) *chat.Error {
	s.srv.harm.found(s.log, r.Room, r.From, why)
	answer := &wire.HistoryPage{Rep: wire.Rep{Re: r.ID}, Room: r.Room, Events: []wire.Event{}, Void: wire.VoidDamaged}
	var err error
	if answer.Before, err = s.srv.store.ChainAt(s.ctx, r.Room, r.From-1); err == nil {
		answer.Chain, err = s.srv.store.ChainAt(s.ctx, r.Room, r.From)
	}
	if err != nil {
		return s.internal(err)
	}
	s.send(answer)
	return nil
}

// purgedPage answers for a page that begins at what is no longer kept.
func (s *session) purgedPage(r *wire.History, to chat.Seq) *chat.Error {
	answer := &wire.HistoryPage{Rep: wire.Rep{Re: r.ID}, Room: r.Room, Events: []wire.Event{}, Void: wire.VoidPurged, VoidTo: to}
	var err error
	if answer.Before, err = s.srv.store.ChainAt(s.ctx, r.Room, r.From-1); err == nil || errors.Is(err, storage.ErrPurged) {
		answer.Chain, err = s.srv.store.ChainAt(s.ctx, r.Room, to)
	}
	if err != nil {
		return s.internal(err)
	}
	s.send(answer)
	return nil
}

func (s *session) onChains(r *wire.Chains) *chat.Error {
	_, v, e := s.readable(r.Room)
	if e != nil {
		return e
	}
	answer := &wire.ChainsAt{Rep: wire.Rep{Re: r.ID}, Room: r.Room, Chains: []wire.RoomHead{}}
	for _, seq := range r.Seqs {
		if seq > v.head.Seq {
			continue
		}
		chain, err := s.srv.store.ChainAt(s.ctx, r.Room, seq)
		if errors.Is(err, storage.ErrPurged) {
			answer.Purged = max(answer.Purged, seq)
			continue
		}
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return s.internal(err)
		}
		answer.Chains = append(answer.Chains, wire.RoomHead{Room: r.Room, Seq: seq, Chain: chain})
	}
	s.send(answer)
	return nil
}
