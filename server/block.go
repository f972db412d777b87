package server

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// blocks are whom accounts have blocked (docs/adr/0029): a small value of each account
// among the settings. Whoever is blocked is told nothing; the one thing they are refused
// is to bring the account into a room.
type blocks struct {
	store storage.Store // fixed

	mu sync.Mutex // held from reading a list to writing it
}

// of returns whom an account has blocked and whom no longer, in the order of their ids.
func (b *blocks) of(ctx context.Context, account chat.AccountID) (list []chat.Block, err error) {
	raw, err := b.store.Setting(ctx, storage.BlocksSetting(account))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	return list, err
}

// has reports whether an account has blocked another one.
func (b *blocks) has(ctx context.Context, account, other chat.AccountID) (bool, error) {
	list, err := b.of(ctx, account)
	i, found := find(list, other)
	return found && list[i].Blocked, err
}

// shuns reports whether an account has blocked somebody, who is to see nothing of what it
// does; also if that cannot be looked up.
func (s *Server) shuns(ctx context.Context, account, somebody chat.AccountID) bool {
	blocked, err := s.blocks.has(ctx, account, somebody)
	if err != nil {
		s.log.Warn("Reading whom an account has blocked failed", "err", err)
	}
	return blocked || err != nil
}

func find(list []chat.Block, account chat.AccountID) (int, bool) {
	return slices.BinarySearchFunc(list, account, func(x chat.Block, a chat.AccountID) int { return slices.Compare(x.Account[:], a[:]) })
}

var errTooManyBlocks = errors.New("too many")

// merge takes a wish over and reports whether it changed anything.
func (b *blocks) merge(ctx context.Context, account chat.AccountID, fresh chat.Block) (changed bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list, err := b.of(ctx, account)
	if err != nil {
		return false, err
	}
	i, found := find(list, fresh.Account)
	switch {
	case found && list[i].Merge(fresh) == list[i]:
		return false, nil
	case found:
		list[i] = fresh
	case len(list) >= wire.MaxBlocks:
		return false, errTooManyBlocks
	default:
		list = slices.Insert(list, i, fresh)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return false, err
	}
	return true, b.store.SetBlocks(context.WithoutCancel(ctx), account, raw)
}

// onBlockSet takes over whether the account has blocked somebody.
func (s *session) onBlockSet(r *wire.BlockSet) *chat.Error {
	if !s.signalling.Allow() {
		return tooFast(time.Second)
	}
	if r.Account == s.account {
		return chat.Errorf(chat.CodeBadValue, "/account", "nobody blocks themselves")
	}
	if _, err := s.srv.store.Account(s.ctx, r.Account); err != nil {
		return chat.Errorf(chat.CodeBadValue, "/account", "there is no such account")
	}
	changed, err := s.srv.blocks.merge(s.ctx, s.account, r.Block)
	if errors.Is(err, errTooManyBlocks) {
		return chat.Errorf(chat.CodeLimitReached, "/account", "an account keeps at most %d", wire.MaxBlocks)
	}
	if err != nil {
		return s.storing(err)
	}
	fault.Point(fault.ServerBlockStored)
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	if !changed {
		return nil
	}
	for _, other := range s.srv.hub.of(s.account) {
		if other != s {
			other.signal(func(w *signals) { w.blocks = true })
		}
	}
	s.srv.presence.tellOf(s.account) // whom it hides from has changed
	return nil
}

// blockFrames tell the account whom it has blocked.
func (s *session) blockFrames() []wire.Frame {
	list, err := s.srv.blocks.of(s.ctx, s.account)
	if err != nil {
		s.log.Warn("Reading whom an account has blocked failed", "err", err)
		return nil
	}
	return wire.BlockFrames(list)
}

// welcome answers with the refusal for somebody who wants to bring a person into a room
// and is blocked by them. It does not say why: that is nobody's business.
func (s *Server) welcome(ctx context.Context, person, by chat.AccountID, path string) *chat.Error {
	blocked, err := s.blocks.has(ctx, person, by)
	switch {
	case err != nil:
		return chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
	case blocked:
		return chat.Errorf(chat.CodeForbidden, path, "this person cannot be added")
	}
	return nil
}
