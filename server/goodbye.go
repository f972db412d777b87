package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Accounts that are shut out, and accounts that go for good (docs/adr/0039). A deletion
// is one transaction, after which nobody gets in and nothing but the logs knows the
// account; what the logs are told comes behind it, step by step, and goes on after a
// restart where it was.

// mostErased is how many messages are erased at once.
const mostErased = 64

// Suspend shuts an account out, or lets it in again; storage.ErrNotFound if there is no
// such account. Its connections end within a second. Rooms that nobody else owns get a
// second owner, who is returned for each.
func (s *Server) Suspend(ctx context.Context, id chat.AccountID, suspended bool) (heirs []chat.AccountID, err error) {
	if err := s.store.SetDisabled(ctx, id, suspended); err != nil {
		return nil, err
	}
	s.log.Info("Account suspended or let in", "account", id.String(), "suspended", suspended)
	if !suspended {
		for _, room := range s.o.DefaultRooms {
			s.lead(ctx, room)
		}
		return nil, nil
	}
	fault.Point(fault.ServerSuspendStored)
	if !fault.Bug(fault.SuspendedStays) {
		s.shutOut(id, chat.CodeAccountSuspended)
	}
	return s.passOn(ctx, id)
}

// passOn gives the rooms that only a suspended account owns another owner.
func (s *Server) passOn(ctx context.Context, id chat.AccountID) (heirs []chat.AccountID, err error) {
	rooms, err := s.store.AccountRooms(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, room := range rooms {
		r, err := s.openRoom(ctx, room)
		if err != nil {
			return heirs, err
		}
		if m, in := membership(r, id); !in || m.Role != chat.RoleOwner {
			continue
		}
		heir, e := r.lead(ctx)
		if e != nil {
			return heirs, e
		}
		if !heir.IsZero() {
			heirs = append(heirs, heir)
		}
	}
	return heirs, nil
}

// lead gives a room of the server's own an owner where it lacks one and whom the group
// belongs to is in it: rooms of before they had any, and those whose owner is let in again.
// What keeps it from doing so keeps nobody from anything else: the next event in the room
// tries again.
func (s *Server) lead(ctx context.Context, id chat.RoomID) {
	r, err := s.openRoom(ctx, id)
	if err == nil {
		if _, e := r.lead(ctx); e != nil {
			err = e
		}
	}
	if err != nil {
		s.log.Warn("A room has no owner yet", "err", err)
	}
}

// lead has a room's goroutine see to it that the room has an owner, and returns who became
// one; zero: nobody had to, or nobody could.
func (r *room) lead(ctx context.Context) (heir chat.AccountID, _ *chat.Error) {
	p := &post{req: &wire.Send{MID: chat.NewMID(), Room: r.id, Kind: chat.KindRole, Body: "{}"}, body: chat.SetRole{}}
	if _, e := r.wait(ctx, p); e != nil {
		if e.Code == chat.CodeMemberGone {
			e = nil
		}
		return heir, e
	}
	return p.heir, nil
}

// DeleteAccount deletes an account for good, with everything it wrote if erase is set.
// It returns once nobody gets in any more; the rooms are told from then on.
// storage.ErrNotFound if there is no such account.
func (s *Server) DeleteAccount(ctx context.Context, id chat.AccountID, erase bool) error {
	return s.deleteAccount(ctx, id, nil, erase)
}

func (s *Server) deleteAccount(ctx context.Context, id chat.AccountID, was []byte, erase bool) error {
	if err := s.store.DeleteAccount(ctx, id, was, erase, time.Now().UnixMilli()); err != nil {
		return err
	}
	s.log.Info("Account deleted", "account", id.String(), "erase", erase)
	fault.Point(fault.ServerDeleteStored)
	if err := s.silence(ctx, id); err != nil {
		s.log.Warn("A deletion goes on later", "err", err)
	}
	s.finishDeletions()
	return nil
}

// silence ends the connections of an account that was deleted and lets go of what is in
// memory of it. It waits for no room: those may have another deletion to hear of first.
func (s *Server) silence(ctx context.Context, id chat.AccountID) error {
	s.shutOut(id, chat.CodeAccountDeleted)
	s.markers.forget(id)
	card, err := s.store.PutStatus(ctx, id, storage.Status{}, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	s.cards.keep(card)
	s.cards.tell(id)
	return nil
}

// shutOut ends the connections of an account.
func (s *Server) shutOut(id chat.AccountID, code chat.Code) {
	for _, live := range s.hub.of(id) {
		if live.expelled.Swap(true) {
			continue // it is ending
		}
		s.metrics.ends.WithLabelValues("revoked").Inc()
		live.end(wire.CloseFor(code), wire.FromError(0, closed(code)))
		live.conn.hurry()
	}
}

// closed is what the devices of an account hear that lets nobody in.
func closed(code chat.Code) *chat.Error {
	if code == chat.CodeAccountDeleted {
		return chat.Errorf(code, "", "this account was deleted")
	}
	return chat.Errorf(code, "", "whoever runs this server has suspended this account")
}

// shut reports why an account lets nobody in; nil if it does.
func shut(a *storage.Account) *chat.Error {
	switch {
	case a.Deletion != storage.DeletionNone:
		return closed(chat.CodeAccountDeleted)
	case a.Disabled:
		return closed(chat.CodeAccountSuspended)
	}
	return nil
}

// onAccountDelete deletes the account of who proves the password, which password.begin
// began.
func (s *session) onAccountDelete(r *wire.AccountDelete) *chat.Error {
	l := s.proof
	s.proof = nil
	if l == nil {
		return chat.Errorf(chat.CodeForbidden, "/t", "account.delete without password.begin")
	}
	final, e := s.prove(l, r.Scram)
	if e != nil {
		return e
	}
	err := s.srv.store.DeleteAccount(context.WithoutCancel(s.ctx), s.account, l.account.Verifier, r.Erase, time.Now().UnixMilli())
	if errors.Is(err, storage.ErrProofOld) {
		return chat.Errorf(chat.CodeAuthFailed, "", "the password is wrong")
	}
	if err != nil {
		return s.storing(err)
	}
	s.log.Info("Account deleted by its person", "erase", r.Erase)
	s.send(&wire.AccountDeleted{Rep: wire.Rep{Re: r.ID}, Scram: final})
	if err := s.srv.silence(context.WithoutCancel(s.ctx), s.account); err != nil {
		s.log.Warn("A deletion goes on later", "err", err)
	}
	s.srv.finishDeletions()
	return nil
}

// finishDeletions ends the connections of accounts that were deleted and does what is
// left of that, beside whoever asks; one at a time.
func (s *Server) finishDeletions() {
	s.deletions.Store(true)
	if s.deleting.Swap(true) {
		return // whoever is at it looks again
	}
	if !s.begin() {
		s.deleting.Store(false)
		return
	}
	go func() {
		defer s.end()
		for s.deletions.Swap(false) {
			err := s.finishAll(s.ctx)
			s.undeleted.Store(err != nil)
			if err != nil && s.ctx.Err() == nil {
				s.log.Error("Finishing a deletion failed; it is tried again in a minute", "err", err)
			}
		}
		s.deleting.Store(false)
		if s.deletions.Load() { // asked for between the two
			s.finishDeletions()
		}
	}()
}

// resumeDeletions goes on with what a stop has interrupted, or was asked for while no
// server ran.
func (s *Server) resumeDeletions(ctx context.Context) error {
	all, err := s.store.Accounts(ctx)
	if err != nil || fault.Bug(fault.DeletionForgotten) {
		return err
	}
	if slices.ContainsFunc(all, func(a storage.Account) bool { return a.Deletion.Pending() }) {
		s.finishDeletions()
	}
	return nil
}

func (s *Server) finishAll(ctx context.Context) error {
	all, err := s.store.Accounts(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if a := &all[i]; a.Deletion.Pending() {
			if err := s.silence(ctx, a.ID); err != nil {
				return err
			}
			if err := s.finishDeletion(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// finishDeletion tells every room that an account was ever in. Whatever of it was done
// before is met again by its derived ids.
func (s *Server) finishDeletion(ctx context.Context, a *storage.Account) error {
	rooms, err := s.store.RoomIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range rooms {
		r, err := s.openRoom(ctx, id)
		if err != nil {
			return err
		}
		state := r.view.Load().state
		if state == nil {
			continue
		}
		// Also where nobody like that was: a join may be on its way to the log, and what
		// waits for the room is decided in order. Behind it nobody is let in, see join.
		if err := s.tellGone(ctx, r, a.ID); err != nil {
			return err
		}
		fault.Point(fault.ServerDeleteTold)
		if a.Deletion == storage.DeletionErases {
			if err := s.eraseAll(ctx, r, a.ID); err != nil {
				return err
			}
		}
	}
	return s.store.EndDeletion(ctx, a.ID, a.Deletion)
}

// tellGone ends what a room knows of an account.
func (s *Server) tellGone(ctx context.Context, r *room, account chat.AccountID) error {
	body := chat.Gone{Account: account}
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return err
	}
	req := &wire.Send{MID: chat.DerivedMID(chat.MID(r.id), "gone", account), Room: r.id, Kind: chat.KindGone, Body: string(raw)}
	if _, e := r.wait(ctx, &post{req: req, body: body}); e != nil && e.Code != chat.CodeMemberGone {
		return e
	}
	return nil
}

// eraseAll deletes everything that an account wrote in a room, some messages at a time.
// What the room no longer keeps is gone anyway, on the disk or soon; more may be purged
// meanwhile.
func (s *Server) eraseAll(ctx context.Context, r *room, account chat.AccountID) error {
	last := r.head()
	for from := chat.Seq(1); from <= last; {
		from = max(from, r.view.Load().state.Purged+1)
		if from > last {
			return nil
		}
		page, err := s.store.Read(ctx, r.id, from, last, s.o.Limits.PageEvents, s.o.Limits.PageBytes)
		if errors.Is(err, storage.ErrDamaged) || errors.Is(err, storage.ErrPurged) {
			from++ // nothing there to erase
			continue
		}
		if err != nil {
			return err
		}
		if len(page.Events) == 0 {
			return nil
		}
		var own []*chat.Event
		for i := range page.Events {
			if e := &page.Events[i]; (e.Author == account || fault.Bug(fault.ErasesOthers)) && e.Kind == chat.KindMessage && !e.Erased {
				own = append(own, e)
			}
		}
		for len(own) > 0 {
			n := min(len(own), mostErased)
			if err := r.eraseThese(ctx, own[:n]); err != nil {
				return err
			}
			fault.Point(fault.ServerDeleteErased)
			own = own[n:]
		}
		from = page.Events[len(page.Events)-1].Seq + 1
	}
	return nil
}

// eraseThese deletes messages in the server's name and waits until that is on disk.
func (r *room) eraseThese(ctx context.Context, events []*chat.Event) error {
	done := make(chan *chat.Error, len(events))
	for _, e := range events {
		body := chat.Delete{Seq: e.Seq}
		raw, err := wire.EncodeBody(body)
		if err != nil {
			return err
		}
		p := &post{
			req:  &wire.Send{MID: chat.DerivedMID(e.MID, "erase", e.Author), Room: r.id, Kind: chat.KindDelete, Body: string(raw)},
			body: body, done: func(_ *wire.Ack, e *chat.Error) { done <- e },
		}
		if e := r.post(p); e != nil {
			return e
		}
	}
	for range events {
		select {
		case e := <-done:
			if e != nil && e.Code != chat.CodeMessageGone { // purged since it was read
				return e
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
