package server

import (
	"context"
	"errors"
	"io"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

// Who may have a content, while it is on its way as well.

// lookAgain is how often is asked on the disk whether a transfer may go on.
const lookAgain = 500 * time.Millisecond

// watchedContent is a content on its way to somebody. It ends where they may not have it
// any more: the device was removed, the account shut out, the membership has ended, the
// message is erased. What the connection holds already still arrives.
type watchedContent struct {
	io.ReadSeeker
	t      *transfer
	room   chat.RoomID
	hash   chat.Hash
	looked time.Time
}

// Read implements io.Reader.
func (c *watchedContent) Read(p []byte) (int, error) {
	rm, err := c.t.srv.openRoom(c.t.r.Context(), c.room)
	if err != nil {
		return 0, err
	}
	if state := rm.view.Load().state; state == nil || permit(transfers[c.t.kind].room, state, c.t.session.account) != nil {
		return 0, errEnded
	}
	if err := c.t.lives(c.t.r.Context(), &c.looked); err != nil {
		return 0, err
	}
	if c.looked.IsZero() {
		c.looked = time.Now()
		if named, err := c.t.srv.namedFor(c.t.r.Context(), transfers[c.t.kind].room, c.t.session.account, c.room, c.hash); err != nil || !named {
			return 0, errors.Join(errEnded, err)
		}
	}
	return c.ReadSeeker.Read(p)
}

// lives is errEnded where whose transfer it is may not go on with it. The connection may
// have ended without anybody's doing; its device and account are looked up when that was
// not done for a while, and looked is zero then. What could not be looked up says nothing
// of them, and is its own error.
func (t *transfer) lives(ctx context.Context, looked *time.Time) error {
	if t.session.expelled.Load() {
		return errEnded
	}
	if time.Since(*looked) < lookAgain {
		return nil
	}
	*looked = time.Time{}
	switch d, err := t.srv.store.Device(ctx, t.session.device.ID); {
	case errors.Is(err, storage.ErrNotFound), err == nil && t.srv.alive(&d) != nil:
		return errEnded
	case err != nil:
		return err
	}
	switch a, err := t.srv.store.Account(ctx, t.session.account); {
	case errors.Is(err, storage.ErrNotFound), err == nil && shut(&a) != nil:
		return errEnded
	default:
		return err
	}
}

// namedFor reports whether somebody who may do something in a room finds a content named
// there: within one membership, which lasts until the log has been looked at.
func (s *Server) namedFor(ctx context.Context, op Operation, account chat.AccountID, room chat.RoomID, h chat.Hash) (bool, error) {
	if named, err := s.store.Named(ctx, room, h, 1); err != nil || !named {
		return false, err
	}
	rm, err := s.openRoom(ctx, room)
	if err != nil {
		return false, err
	}
	for {
		state := rm.view.Load().state
		if state == nil || permit(op, state, account) != nil {
			return false, nil
		}
		named, err := s.store.Named(ctx, room, h, begins(state, account))
		if err != nil || !named || rm.lasts(state, account) {
			return named && err == nil, err
		}
	}
}

// lasts reports whether an account is in the room, and was in it all the time since a
// state that it had.
func (r *room) lasts(since *chat.Room, account chat.AccountID) bool {
	now, in := membership(r, account)
	was, before := since.Members[account]
	return in && before && now.Joined == was.Joined
}

// mayRead reports whether an account is in a room that names a content.
func (s *Server) mayRead(ctx context.Context, account chat.AccountID, h chat.Hash) (bool, error) {
	rooms, err := s.store.AccountRooms(ctx, account)
	for _, room := range rooms {
		if err != nil {
			break
		}
		var named bool
		if named, err = s.namedFor(ctx, OpRead, account, room, h); named {
			return true, err
		}
	}
	return false, err
}
