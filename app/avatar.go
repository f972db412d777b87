package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"time"

	"hearth/chat"
	"hearth/internal/picture"
	"hearth/net/wire"
)

// The pictures of people: made small by who shows them, looked at again by who gets
// them, kept on the shelf.

// fetchAvatars is how many pictures are asked for at once; avatarTries how often one
// is that the server refuses for now.
const (
	fetchAvatars = 4
	avatarTries  = 5
)

// SetAvatar implements Commands.
func (a *App) SetAvatar(ctx context.Context, data []byte) error {
	if err := a.writable(); err != nil {
		return err
	}
	s := a.shot.Load()
	if s.stock == nil {
		return &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	if len(data) == 0 {
		return a.wishCard(ctx, func(w *cardWish) { w.Avatar = &chat.Hash{} })
	}
	square, err := picture.Square(ctx, data, chat.AvatarSide, chat.MaxAvatar)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &Failed{Code: FailPicture, Field: "avatar", Detail: err.Error(), Err: err}
	}
	h, _, err := s.stock.put(bytes.NewReader(square)) // held
	if err != nil {
		return shelfFailed(err)
	}
	err = a.wishCard(ctx, func(w *cardWish) { w.Avatar = &h })
	var refused *Failed
	if errors.As(err, &refused) {
		s.stock.release(h) // nothing names it; else the loop has it, or will have
	}
	return err
}

// Avatar implements Commands.
func (a *App) Avatar(ctx context.Context, account chat.AccountID) ([]byte, error) {
	s := a.shot.Load()
	h := s.base.Cards[account].Avatar
	if s.stock == nil || h.IsZero() {
		return nil, &Failed{Code: FailFileAbsent, Detail: "they show no picture"}
	}
	if s.stock.shelf.Has(h) {
		data, err := s.stock.read(h)
		if err == nil {
			return data, checkAvatar(data)
		}
		var f *Failed
		if !errors.As(err, &f) || f.Code != FailFileDamaged && f.Code != FailFileAbsent {
			return nil, err
		}
		_ = s.stock.shelf.Remove(h) // the server has another copy
	}
	data, err := a.fetchAvatar(ctx, s.stock, account, h)
	if err != nil {
		return nil, err
	}
	kept, _, err := s.stock.put(bytes.NewReader(data))
	if err != nil {
		a.log.Warn("a picture could not be kept", "err", err)
		return data, nil //nolint:nilerr // it can be shown all the same
	}
	s.stock.release(kept)
	return data, nil
}

// fetchAvatar asks the server for a picture and looks whether it is one.
func (a *App) fetchAvatar(ctx context.Context, s *stock, account chat.AccountID, h chat.Hash) ([]byte, error) {
	select {
	case s.fetching <- struct{}{}:
		defer func() { <-s.fetching }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for try := 1; ; try++ {
		reply, err := query[*wire.Avatar](ctx, a, &wire.AvatarGet{Account: account, Avatar: h})
		if err == nil {
			if len(reply.Data) > chat.MaxAvatar || chat.AvatarHash(reply.Data) != h {
				return nil, &Failed{Code: FailFileContent, Detail: "not the picture that was named"}
			}
			return reply.Data, checkAvatar(reply.Data)
		}
		var refusal *chat.Error
		if try >= avatarTries || !errors.As(err, &refusal) || !refusal.Retryable {
			return nil, err
		}
		wait := time.NewTimer(max(refusal.RetryAfter, insistAtLeast))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		}
	}
}

// checkAvatar refuses what would not be decoded.
func checkAvatar(data []byte) error {
	if err := picture.CheckSquare(data, chat.AvatarSide, chat.MaxAvatar); err != nil {
		return &Failed{Code: FailPicture, Field: "avatar", Detail: err.Error(), Err: err}
	}
	return nil
}

// read returns a small content of the shelf; nil for none.
func (s *stock) read(h chat.Hash) ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	c, err := s.shelf.Open(h)
	if err != nil {
		return nil, shelfFailed(err)
	}
	defer func() { _ = c.Close() }()
	if c.Size() > chat.MaxAvatar {
		return nil, &Failed{Code: FailFileTooLarge}
	}
	data := make([]byte, c.Size())
	if _, err := c.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, shelfFailed(err)
	}
	return data, nil
}

// setFaces says which pictures of people stay on the shelf, and reports whether they are
// others than before. The map is the stock's from then on.
func (s *stock) setFaces(faces map[chat.Hash]struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := !maps.Equal(s.faces, faces)
	s.faces = faces
	return changed
}
