package server

import (
	"context"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// decide applies the steps of docs/protocol.md section 7 to one post, in that
// order, against the state the batch has reached.
func (d *draft) decide(p *post) (*wire.Ack, *chat.Error) {
	content := chat.ContentHash(d.r.id, p.req.Kind, []byte(p.req.Body))
	if ack, err := d.known(p, content); ack != nil || err != nil {
		return ack, err
	}
	if p.expelled != nil && p.expelled.Load() { // since it was asked: it may have waited for a slow disk
		return nil, chat.Errorf(chat.CodeAuthRevoked, "", "this device may do nothing here any more")
	}
	if p.body == nil { // malformed: which right it would need cannot be told
		return nil, p.refusal
	}
	if err := d.permit(p); err != nil {
		return nil, err
	}
	if p.refusal != nil {
		return nil, p.refusal
	}
	if err := d.denied(p); err != nil {
		return nil, err
	}
	if err := d.order(p); err != nil {
		return nil, err
	}
	parting := p.req.Kind == chat.KindLeave || p.req.Kind == chat.KindRemove || p.req.Kind == chat.KindGone
	owned := parting && d.state != nil && d.state.Owned()
	ack, err := d.accept(p, content)
	if err != nil {
		return nil, err
	}
	if !p.device.IsZero() {
		d.dseqs[p.device] = p.req.DSeq
	}
	if parting {
		d.bequeath(p.req.MID, owned)
	}
	return ack, nil
}

// denied refuses to bring somebody into a room who does not want it, also if they have
// said so since it was asked.
func (d *draft) denied(p *post) *chat.Error {
	if p.denied != nil || p.account.IsZero() {
		return p.denied
	}
	s := d.r.srv
	switch b := p.body.(type) {
	case chat.Join:
		if !b.Account.IsZero() && b.Account != p.account {
			return s.welcome(s.ctx, b.Account, p.account, "/body/account")
		}
	case chat.RoomCreate:
		for i, id := range b.Members {
			if e := s.welcome(s.ctx, id, p.account, pathOf("/body/members", i)); e != nil {
				return e
			}
		}
	}
	return nil
}

// known answers a message id that the log, or this batch, holds already.
func (d *draft) known(p *post, content chat.Hash) (*wire.Ack, *chat.Error) {
	if i, ok := d.mids[midKey{p.account, p.req.MID}]; ok {
		e := &d.entries[i]
		return again(p, e.Sent(), content)
	}
	if d.r.view.Load().head.Seq == 0 || fault.Bug(fault.DedupeInMemory) {
		return nil, nil
	}
	sent, ok, err := d.r.srv.store.FindMID(d.r.srv.ctx, d.r.id, p.account, p.req.MID)
	if err != nil {
		return nil, chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
	}
	if !ok {
		return nil, nil
	}
	return again(p, sent, content)
}

func again(p *post, sent storage.Sent, content chat.Hash) (*wire.Ack, *chat.Error) {
	if !sent.Erased && sent.Content != content && !fault.Bug(fault.ContentNotBound) {
		return nil, chat.Errorf(chat.CodeIDConflict, "/mid", "this message id was used for something else")
	}
	if fault.Bug(fault.DuplicateAckWrong) {
		sent.Seq++
	}
	return &wire.Ack{MID: p.req.MID, Room: p.req.Room, Seq: sent.Seq, Time: sent.Time, Chain: sent.Chain, Duplicate: true}, nil
}

// operations says which operation a kind is; a join that names somebody else is
// OpAdd.
var operations = map[chat.Kind]Operation{
	chat.KindMessage: OpMessage, chat.KindJoin: OpJoin, chat.KindLeave: OpLeave,
	chat.KindRemove: OpRemove, chat.KindRole: OpRead, chat.KindGone: OpRead, // the server's
	chat.KindRename: OpRename, chat.KindTopic: OpTopic, chat.KindArchive: OpArchive, chat.KindKeep: OpKeep, chat.KindReadings: OpReadings, chat.KindHistory: OpHistory,
	chat.KindName: OpRead, // the server says it of members, wherever they can read
	chat.KindEdit: OpEdit, chat.KindDelete: OpDelete, chat.KindReactionAdd: OpReact, chat.KindReactionRemove: OpReact,
	chat.KindPinAdd: OpPin, chat.KindPinRemove: OpPin,
}

// permit checks rights against the state reached so far.
func (d *draft) permit(p *post) *chat.Error {
	if p.req.Kind == chat.KindRoomCreate {
		return d.permitCreation(p)
	}
	if d.state == nil {
		return noRoom()
	}
	if p.account.IsZero() {
		return nil // the server itself
	}
	op := operations[p.req.Kind]
	if join, ok := p.body.(chat.Join); ok && !join.Account.IsZero() && join.Account != p.account {
		op = OpAdd
		if standing(d.state, join.Account) == StandingRemoved && within(standing(d.state, p.account)) {
			op = OpReadmit
		}
	}
	return permit(op, d.state, p.account)
}

// permitCreation refuses to make a room twice.
func (d *draft) permitCreation(p *post) *chat.Error {
	switch {
	case d.state == nil, fault.Bug(fault.DirectTwice) && d.state.Access == chat.AccessDirect:
		return nil
	case d.state.Access != chat.AccessDirect:
		return chat.Errorf(chat.CodeForbidden, "/room", "the room exists already")
	case p.refusal != nil: // as if it were not there: so a stranger's always is
		return p.refusal
	}
	return chat.Errorf(chat.CodeRoomExists, "/room", "the room is there already")
}

// order checks the device's counter.
func (d *draft) order(p *post) *chat.Error {
	if p.device.IsZero() || fault.Bug(fault.DseqNotChecked) {
		return nil
	}
	last, ok := d.dseqs[p.device]
	if !ok {
		last = d.r.view.Load().dseqs[p.device]
	}
	if p.req.DSeq == last+1 {
		return nil
	}
	return outOfOrder(p.req.DSeq, last)
}

func outOfOrder(dseq, last uint64) *chat.Error {
	code := chat.CodeOrderGap
	if dseq <= last {
		code = chat.CodeOrderStale
	}
	e := chat.Errorf(code, "/dseq", "want %d", last+1)
	e.Next = last + 1
	return e
}

// accept appends the event, with the body the server stores for its kind.
func (d *draft) accept(p *post, content chat.Hash) (*wire.Ack, *chat.Error) {
	switch b := p.body.(type) {
	case chat.RoomCreate:
		return d.create(p, b, content)
	case chat.Join:
		return d.join(p, b, content)
	case chat.Leave:
		return d.store(p, chat.Leave{Account: p.account}, content)
	case chat.Remove:
		return d.remove(p, b, content)
	case chat.SetRole:
		heir, ack, err := d.passOn(p.req.MID, false)
		p.heir = heir
		return ack, err
	case chat.Gone:
		return d.forget(p, b, content)
	case chat.Purge:
		if chat.Kept(d.state.Keep, d.r.srv.o.KeepDays) != p.keep {
			return nil, chat.Errorf(chat.CodeBusy, "", "the room was told otherwise meanwhile")
		}
	}
	if p.req.Kind.Changes() {
		return d.change(p, content)
	}
	return d.add(p, p.req.Kind, p.req.MID, []byte(p.req.Body), p.body, content), nil
}

// store appends an event whose body the server words itself.
func (d *draft) store(p *post, body chat.Body, content chat.Hash) (*wire.Ack, *chat.Error) {
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return nil, chat.Errorf(chat.CodeInternal, "/body", "the server could not word it")
	}
	return d.add(p, p.req.Kind, p.req.MID, raw, body, content), nil
}

func (d *draft) join(p *post, b chat.Join, content chat.Hash) (*wire.Ack, *chat.Error) {
	subject := p.who
	if !b.Account.IsZero() {
		subject = p.subject
	}
	if !d.renew(&subject) {
		return nil, chat.Errorf(chat.CodeBadValue, "/body/account", "there is no such account")
	}
	if _, in := d.state.Members[subject.ID]; in {
		return nil, chat.Errorf(chat.CodeForbidden, "/body/account", "already in the room")
	}
	if len(d.state.Members) >= d.r.srv.o.Limits.MembersPerRoom {
		return nil, chat.Errorf(chat.CodeLimitReached, "/room", "the room is full: %d members", len(d.state.Members))
	}
	role := chat.RoleMember
	switch {
	case d.state.Access == chat.AccessDirect:
	case d.state.Creator.IsZero(): // the server made it
		if subject.Owner {
			role = chat.RoleOwner
		}
	case len(d.state.Members) == 0: // everybody had left
		role = chat.RoleOwner
	}
	return d.store(p, joinBody(subject, role), content)
}

// renew looks an account up again: whoever wants somebody in a room has done so before,
// and they may have another name by now. It reports false if the account is no more; a
// deletion tells each room when this has been decided.
func (d *draft) renew(a *storage.Account) bool {
	now, err := d.r.srv.store.Account(d.r.srv.ctx, a.ID)
	if err != nil {
		return true
	}
	*a = now
	return now.Deletion == storage.DeletionNone
}

func joinBody(a storage.Account, role chat.Role) chat.Join {
	return chat.Join{Account: a.ID, Name: a.Name, Display: a.Display, Role: role}
}

// create founds the room and adds the creator and those named.
func (d *draft) create(p *post, b chat.RoomCreate, content chat.Hash) (*wire.Ack, *chat.Error) {
	ack := d.add(p, chat.KindRoomCreate, p.req.MID, []byte(p.req.Body), b, content)
	people := p.added
	if !p.account.IsZero() {
		people = append([]storage.Account{p.who}, p.added...)
	}
	for i, who := range people {
		if _, in := d.state.Members[who.ID]; in || !d.renew(&who) {
			continue
		}
		role := chat.RoleMember
		if i == 0 && !p.account.IsZero() && b.Access != chat.AccessDirect {
			role = chat.RoleOwner
		}
		body := joinBody(who, role)
		raw, err := wire.EncodeBody(body)
		if err != nil {
			return nil, chat.Errorf(chat.CodeInternal, "/body", "the server could not word it")
		}
		d.add(p, chat.KindJoin, chat.DerivedMID(p.req.MID, "join", who.ID), raw, body, chat.Hash{})
	}
	return ack, nil
}

// prepare checks a send and gathers what deciding it needs from outside the
// room, so that the owner never waits for anything but its own log. What it
// finds wrong waits in the post: a message id that is known, and rights, come
// first.
func (s *Server) prepare(ctx context.Context, account storage.Account, device chat.DeviceID, req *wire.Send) *post {
	p := &post{account: account.ID, device: device, req: req, who: account}
	body, bad := wire.CheckBody(req.Kind, []byte(req.Body), s.o.Limits)
	if bad != nil {
		p.refusal = bad
		return p
	}
	p.body = body
	switch b := p.body.(type) {
	case chat.Text:
		p.refusal = s.offered(ctx, account.ID, b.Files)
	case chat.Join:
		if b.Account.IsZero() || b.Account == account.ID {
			p.subject, p.refusal = account, s.roomsLeft(ctx, account.ID)
		} else {
			p.refusal = s.named(ctx, b.Account, &p.subject, "/body/account")
			p.denied = s.welcome(ctx, b.Account, account.ID, "/body/account")
		}
	case chat.RoomCreate:
		if p.refusal = wire.CheckDirect(req.Room, account.ID, b); p.refusal == nil {
			p.refusal = s.roomsLeft(ctx, account.ID)
		}
		for i, id := range b.Members {
			if p.refusal != nil {
				break
			}
			var who storage.Account
			p.refusal = s.named(ctx, id, &who, pathOf("/body/members", i))
			p.added = append(p.added, who)
			if p.denied == nil {
				p.denied = s.welcome(ctx, id, account.ID, pathOf("/body/members", i))
			}
		}
	}
	return p
}

// named looks up an account that a body names.
func (s *Server) named(ctx context.Context, id chat.AccountID, into *storage.Account, path string) *chat.Error {
	a, err := s.store.Account(ctx, id)
	if err != nil || a.Disabled {
		return chat.Errorf(chat.CodeBadValue, path, "there is no such account")
	}
	if e := s.roomsLeft(ctx, id); e != nil {
		return e
	}
	*into = a
	return nil
}

func (s *Server) roomsLeft(ctx context.Context, account chat.AccountID) *chat.Error {
	rooms, err := s.store.AccountRooms(ctx, account)
	if err != nil {
		return chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
	}
	if len(rooms) >= s.o.Limits.RoomsPerAccount {
		return chat.Errorf(chat.CodeLimitReached, "/room", "an account may be in at most %d rooms", s.o.Limits.RoomsPerAccount)
	}
	return nil
}
