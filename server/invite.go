package server

import (
	"context"
	"errors"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

func (s *session) onInviteCreate(r *wire.InviteCreate) *chat.Error {
	l := s.srv.o.Limits
	life := time.Duration(l.InviteDays) * 24 * time.Hour
	switch {
	case r.Uses > l.InviteUses:
		return chat.Errorf(chat.CodeOutOfRange, "/uses", "at most %d", l.InviteUses)
	case r.ExpiresMS > life.Milliseconds():
		return chat.Errorf(chat.CodeOutOfRange, "/expires_ms", "at most %d days", l.InviteDays)
	}
	now := time.Now().UnixMilli()
	i := storage.Invite{ID: chat.InviteIDOf(r.Key), Key: r.Key, Creator: s.account, Created: now, Expires: now + r.ExpiresMS, Uses: r.Uses}
	old, err := s.srv.store.Invite(s.ctx, i.ID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		err = s.srv.store.PutInvite(s.ctx, i)
	case err == nil && (old.Revoked || old.Creator != s.account):
		// Handing it out would promise an invite that admits nobody, or tell of
		// somebody else's.
		return chat.Errorf(chat.CodeInviteUnknown, "/key", "this key has had its invite; make a new one")
	case err == nil: // a retry
		i = old
	}
	if err != nil {
		return s.storing(err)
	}
	s.send(&wire.InviteCreated{Rep: wire.Rep{Re: r.ID}, Invite: wireInvite(&i)})
	return nil
}

func wireInvite(i *storage.Invite) wire.Invite {
	return wire.Invite{Invite: i.ID, Creator: i.Creator, For: i.For, Created: i.Created, Expires: i.Expires, Uses: i.Uses, Used: i.Used}
}

// owns reports whether the account may see and end an invite: its own, or all
// for an owner of the server.
func (s *session) owns(i *storage.Invite) (bool, *chat.Error) {
	if i.Creator == s.account {
		return true, nil
	}
	me, e := s.me()
	return me.Owner && !i.Owner, e
}

func (s *session) onInviteRevoke(r *wire.InviteRevoke) *chat.Error {
	i, err := s.srv.store.Invite(s.ctx, r.Invite)
	if err == nil {
		var own bool
		var e *chat.Error
		if own, e = s.owns(&i); e != nil {
			return e
		}
		if !own {
			err = storage.ErrNotFound
		}
	}
	if errors.Is(err, storage.ErrNotFound) {
		return chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	}
	if err == nil {
		err = s.srv.store.RevokeInvite(context.WithoutCancel(s.ctx), r.Invite)
	}
	if err != nil {
		return s.internal(err)
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	return nil
}
