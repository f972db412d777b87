package server

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// What people show besides their names: avatars and statuses (docs/adr/0028). Those
// who share a room are told, and nobody else. It is in no log; see ephemeral.go for
// how changes are told.

const (
	cardEvery     = 10 * time.Second // between two changes of one account, sustained
	cardBurst     = 6
	avatarsPerSec = 20 // pictures that a connection may ask for
	avatarsAtOnce = 60
	fewCards      = 8 // up to how many it is cheaper to look at each
)

// cards are all that people show, without the pictures themselves. What is here is on
// disk.
type cards struct {
	srv *Server // fixed

	mu    sync.Mutex
	table map[chat.AccountID]storage.Card  // guarded by mu
	pace  map[chat.AccountID]*rate.Limiter // guarded by mu: of changes; outlives connections
}

func loadCards(ctx context.Context, s *Server) (*cards, error) {
	list, err := s.store.Cards(ctx)
	if err != nil {
		return nil, err
	}
	c := &cards{srv: s, table: make(map[chat.AccountID]storage.Card, len(list)), pace: map[chat.AccountID]*rate.Limiter{}}
	for _, one := range list {
		c.table[one.Account] = one
	}
	return c, nil
}

// allow reports whether an account may change its card now.
func (c *cards) allow(account chat.AccountID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.pace[account]
	if l == nil {
		l = rate.NewLimiter(rate.Every(cardEvery), cardBurst)
		c.pace[account] = l
	}
	return l.Allow()
}

// sweep forgets limiters that are as good as new.
func (c *cards) sweep(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.pace, func(_ chat.AccountID, l *rate.Limiter) bool { return l.TokensAt(now) >= cardBurst })
}

// forget erases statuses whose time is over.
func (c *cards) forget(now time.Time) {
	c.mu.Lock()
	var over []chat.AccountID
	for a, one := range c.table {
		if one.Status.Over(now.UnixMilli()) {
			over = append(over, a)
		}
	}
	c.mu.Unlock()
	for _, a := range over {
		card, err := c.srv.store.EndStatus(c.srv.ctx, a, now.UnixMilli())
		if err != nil {
			if c.srv.ctx.Err() == nil {
				c.srv.log.Warn("A status that is over was not erased", "err", err)
			}
			return
		}
		c.keep(card)
		c.tell(a)
	}
}

// keep takes over what is on disk now. Of two changes at once the one that came to
// the disk last counts.
func (c *cards) keep(card storage.Card) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if card.Rev > c.table[card.Account].Rev {
		c.table[card.Account] = card
	}
}

// of returns what an account shows.
func (c *cards) of(account chat.AccountID) storage.Card {
	c.mu.Lock()
	defer c.mu.Unlock()
	card := c.table[account]
	card.Account = account
	return card
}

// shown returns those of some accounts that show something.
func (c *cards) shown(among map[chat.AccountID]chat.Member, now time.Time) (list []chat.AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shows := func(a chat.AccountID) bool {
		one, ok := c.table[a]
		return ok && (!one.Avatar.IsZero() || !one.Status.None(now.UnixMilli()))
	}
	if len(among) < len(c.table) {
		for a := range among {
			if shows(a) {
				list = append(list, a)
			}
		}
		return list
	}
	for a := range c.table {
		if _, in := among[a]; in && shows(a) {
			list = append(list, a)
		}
	}
	return list
}

// tell lets everybody know who is connected and shares a room with an account.
func (c *cards) tell(account chat.AccountID) {
	rooms, err := c.srv.store.AccountRooms(c.srv.ctx, account)
	if err != nil {
		return // the next time they connect they see that something differs
	}
	told := map[*session]struct{}{}
	for _, s := range c.srv.hub.of(account) {
		told[s] = struct{}{}
	}
	for _, id := range rooms {
		rm, err := c.srv.openRoom(c.srv.ctx, id)
		if err != nil {
			continue
		}
		rm.mu.Lock()
		for s := range rm.subs {
			told[s] = struct{}{}
		}
		rm.mu.Unlock()
	}
	for s := range told {
		s.signal(func(w *signals) { w.cards[account] = struct{}{} })
	}
}

// joined tells the people of a room what those show who have joined it, and the
// other way round. Called by the room.
func (c *cards) joined(r *room, accounts []chat.AccountID) {
	if len(accounts) == 0 {
		return
	}
	state := r.view.Load().state
	here := c.shown(state.Members, time.Now())
	if len(here) == 0 {
		return
	}
	fresh := slices.DeleteFunc(slices.Clone(here), func(a chat.AccountID) bool { return !slices.Contains(accounts, a) })
	note := func(s *session, list []chat.AccountID) {
		s.signal(func(w *signals) {
			for _, a := range list {
				w.cards[a] = struct{}{}
			}
		})
	}
	for _, a := range accounts {
		for _, s := range c.srv.hub.of(a) {
			note(s, here)
		}
	}
	if len(fresh) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.subs {
		note(s, fresh)
	}
}

// sharing reports whether an account may see what another shows: they are in a room
// together.
func (s *Server) sharing(ctx context.Context, account, other chat.AccountID) (bool, error) {
	if account == other {
		return true, nil
	}
	rooms, err := s.store.AccountRooms(ctx, account)
	if err != nil {
		return false, err
	}
	for _, id := range rooms {
		rm, err := s.openRoom(ctx, id)
		if err != nil {
			return false, err
		}
		state := rm.view.Load().state
		if state != nil && Allowed(OpWatch, standing(state, account), state.Access) && within(standing(state, other)) {
			return true, nil
		}
	}
	return false, nil
}

// circle returns who shows something and shares a room with an account, which is
// itself among them, in the order of their ids.
func (s *Server) circle(ctx context.Context, account chat.AccountID) ([]chat.AccountID, error) {
	rooms, err := s.store.AccountRooms(ctx, account)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	set := map[chat.AccountID]struct{}{}
	for _, a := range s.cards.shown(map[chat.AccountID]chat.Member{account: {}}, now) {
		set[a] = struct{}{}
	}
	for _, id := range rooms {
		rm, err := s.openRoom(ctx, id)
		if err != nil {
			return nil, err
		}
		state := rm.view.Load().state
		if state == nil || !Allowed(OpWatch, standing(state, account), state.Access) {
			continue
		}
		for _, a := range s.cards.shown(state.Members, now) {
			set[a] = struct{}{}
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b chat.AccountID) int { return bytes.Compare(a[:], b[:]) }), nil
}

// cardOf is a card as it is told now.
func cardOf(c storage.Card, now time.Time) wire.Card {
	out := wire.Card{Account: c.Account, Rev: c.Rev, Avatar: c.Avatar}
	if at := now.UnixMilli(); !c.Status.None(at) {
		out.Status = wire.Status{Text: c.Status.Text, Emoji: c.Status.Emoji}
		if c.Status.Until != 0 {
			out.ForMS = c.Status.Until - at
		}
	}
	return out
}

// onCards tells what the people show with whom the account shares a room.
func (s *session) onCards(r *wire.Cards) *chat.Error {
	if !s.signalling.Allow() {
		return tooFast(time.Second)
	}
	list, err := s.srv.circle(s.ctx, s.account)
	if err != nil {
		return s.internal(err)
	}
	answer := &wire.CardsList{Rep: wire.Rep{Re: r.ID}, Cards: []wire.Card{}}
	now := time.Now()
	var digest chat.Digest
	for _, a := range list {
		card := s.srv.cards.of(a)
		digest = digest.AddCard(a, card.Rev)
		switch {
		case !r.After.IsZero() && bytes.Compare(a[:], r.After[:]) <= 0:
		case len(answer.Cards) == wire.MaxCards:
			answer.More = true
		default:
			answer.Cards = append(answer.Cards, cardOf(card, now))
		}
	}
	if r.After.IsZero() && digest == r.Digest {
		answer.Cards, answer.More, answer.Same = []wire.Card{}, false, true
	}
	answer.Cards = s.mayHear(answer.Cards)
	s.send(answer)
	return nil
}

// onAvatarSet replaces the account's picture.
func (s *session) onAvatarSet(r *wire.AvatarSet) *chat.Error {
	return s.changeCard(r.ID, func(ctx context.Context, now int64) (storage.Card, error) {
		return s.srv.store.PutAvatar(ctx, s.account, r.Data, now)
	})
}

// onStatusSet replaces the account's status.
func (s *session) onStatusSet(r *wire.StatusSet) *chat.Error {
	return s.changeCard(r.ID, func(ctx context.Context, now int64) (storage.Card, error) {
		status := storage.Status{Text: r.Text, Emoji: r.Emoji}
		if r.ForMS > 0 {
			status.Until = now + r.ForMS
		}
		return s.srv.store.PutStatus(ctx, s.account, status, now)
	})
}

func (s *session) changeCard(id uint64, change func(ctx context.Context, now int64) (storage.Card, error)) *chat.Error {
	if s.srv.full.Load() {
		return chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is nearly full; nothing was stored")
	}
	if !s.srv.cards.allow(s.account) {
		return tooFast(cardEvery)
	}
	card, err := change(context.WithoutCancel(s.ctx), time.Now().UnixMilli())
	if err != nil {
		return s.storing(err)
	}
	fault.Point(fault.ServerCardStored)
	s.srv.cards.keep(card)
	s.send(&wire.OK{Rep: wire.Rep{Re: id}})
	s.srv.cards.tell(s.account)
	return nil
}

// onAvatarGet gives a picture to somebody who shares a room with whose it is. What is
// not there and what is not for them look the same.
func (s *session) onAvatarGet(r *wire.AvatarGet) *chat.Error {
	if !s.pictures.Allow() {
		return tooFast(time.Second)
	}
	none := chat.Errorf(chat.CodeFileGone, "/avatar", "this is not their picture, or not for you")
	sharing, err := s.srv.sharing(s.ctx, s.account, r.Account)
	if err != nil {
		return s.internal(err)
	}
	if !sharing || s.srv.cards.of(r.Account).Avatar != r.Avatar {
		return none
	}
	data, err := s.srv.store.Avatar(s.ctx, r.Account)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return none
	case err != nil:
		return s.internal(err)
	case chat.AvatarHash(data) != r.Avatar:
		return none // replaced a moment ago
	}
	s.send(&wire.Avatar{Rep: wire.Rep{Re: r.ID}, Data: data})
	return nil
}

// cardFrames tells of cards that have changed, as they are now.
func (s *session) cardFrames(changed map[chat.AccountID]struct{}) (frames []wire.Frame) {
	if len(changed) == 0 {
		return nil
	}
	list := make([]wire.Card, 0, len(changed))
	now := time.Now()
	for a := range changed {
		list = append(list, cardOf(s.srv.cards.of(a), now))
	}
	list = s.mayHear(list)
	for part := range slices.Chunk(list, wire.MaxCards) {
		frames = append(frames, &wire.CardAt{Cards: part})
	}
	return frames
}

// mayHear keeps those cards that are of people with whom the account shares a room. It
// is asked behind reading them: what somebody shows later is not for who has left.
func (s *session) mayHear(list []wire.Card) []wire.Card {
	var circle []chat.AccountID
	if len(list) > fewCards { // all of a room just joined: nearly all of them show something
		circle, _ = s.srv.circle(s.ctx, s.account)
	}
	return slices.DeleteFunc(list, func(c wire.Card) bool {
		if _, in := slices.BinarySearchFunc(circle, c.Account, func(x, y chat.AccountID) int { return bytes.Compare(x[:], y[:]) }); in {
			return false
		}
		sharing, err := s.srv.sharing(s.ctx, s.account, c.Account)
		return err != nil || !sharing
	})
}
