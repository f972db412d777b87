package server

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// reader reads and answers requests until the connection ends, then waits for
// nobody: the writer releases what the session holds.
func (s *session) reader() {
	defer s.cancel()
	for broken := false; ; {
		data, bad, err := readFrame(s.ctx, s.ws)
		if err != nil {
			s.log.Debug("Reading ended", "err", err)
			if violation(err) {
				s.srv.violated(addressKey(s.conn.RemoteAddr()))
			}
			return
		}
		now := time.Now()
		s.seen.Store(now.UnixMilli())
		if broken || s.expelled.Load() {
			continue // until the writer has said so and closed
		}
		if bad != nil {
			s.srv.violated(addressKey(s.conn.RemoteAddr()))
			s.end(wire.CloseFor(bad.Code), wire.FromError(0, bad))
			broken = true
			continue
		}
		s.request(data, now)
	}
}

// request answers one frame of the client.
func (s *session) request(data []byte, now time.Time) {
	var req wire.Request
	var id uint64
	var bad *chat.Error
	if most := s.srv.o.Limits.FrameBytes; len(data) > most {
		// Read far enough to name the request in the answer.
		_, id, _ = wire.DecodeRequest(data)
		bad = chat.Errorf(chat.CodePayloadTooLarge, "", "a request has at most %d bytes", most)
	} else {
		req, id, bad = wire.DecodeRequest(data)
	}
	if wait := s.faults.wait(now); wait > 0 {
		s.refuse(id, tooFast(wait))
		linger(s.ctx, lingeringLonger)
		return
	}
	if bad != nil {
		s.refuse(id, bad)
		return
	}
	if !s.requests.Allow() || !s.together.requests.Allow() {
		s.refuse(id, tooFast(time.Second))
		linger(s.ctx, lingeringLonger)
		return
	}
	if e := s.dispatch(req); e != nil && !fault.Bug(fault.RequestUnanswered) {
		s.refuse(id, e)
	}
}

// large reports whether the answer to a request may be large.
func large(req wire.Request) bool {
	switch req.(type) {
	case *wire.Send, *wire.Heartbeat, *wire.Sync, *wire.Read, *wire.Typing, *wire.PrivacySet, *wire.BlockSet, *wire.AvatarSet, *wire.StatusSet:
		return false
	}
	return true
}

// dispatch calls the handler of a request. A nil error means that the answer is
// sent or will be.
func (s *session) dispatch(req wire.Request) *chat.Error {
	if !Admitted(req.Type(), SessionReady) {
		return chat.Errorf(chat.CodeForbidden, "/t", "only before a connection is ready")
	}
	if large(req) && s.crowded() {
		return tooFast(time.Second)
	}
	switch r := req.(type) {
	case *wire.Send:
		return s.onSend(r)
	case *wire.Heartbeat:
		s.send(&wire.HeartbeatOK{Rep: wire.Rep{Re: r.ID}, Digest: s.digest(), Time: time.Now().UnixMilli()})
		return nil
	case *wire.Sync:
		return s.onSync(r)
	case *wire.SendStatus:
		return s.onSendStatus(r)
	case *wire.History:
		return s.onHistory(r)
	case *wire.Chains:
		return s.onChains(r)
	case *wire.Heads:
		return s.onHeads(r)
	case *wire.Profile:
		return s.onProfile(r)
	case *wire.People:
		return s.onPeople(r)
	case *wire.Rooms:
		return s.onRooms(r)
	case *wire.InviteCreate:
		return s.onInviteCreate(r)
	case *wire.InviteList:
		return s.onInviteList(r)
	case *wire.InviteRevoke:
		return s.onInviteRevoke(r)
	case *wire.DeviceList:
		return s.onDeviceList(r)
	case *wire.DeviceRevoke:
		return s.onDeviceRevoke(r)
	case *wire.DeviceRevokeOthers:
		return s.onDeviceRevokeOthers(r)
	case *wire.PasswordBegin:
		return s.onPasswordBegin(r)
	case *wire.PasswordSet:
		return s.onPasswordSet(r)
	case *wire.AccountDelete:
		return s.onAccountDelete(r)
	case *wire.RecoverySet:
		return s.onRecoverySet(r)
	case *wire.Read:
		return s.onRead(r)
	case *wire.Typing:
		return s.onTyping(r)
	case *wire.Presence:
		return s.onPresence(r)
	case *wire.PrivacySet:
		return s.onPrivacySet(r)
	case *wire.BlockSet:
		return s.onBlockSet(r)
	case *wire.FilesToken:
		return s.onFilesToken(r)
	case *wire.AvatarSet:
		return s.onAvatarSet(r)
	case *wire.AvatarGet:
		return s.onAvatarGet(r)
	case *wire.StatusSet:
		return s.onStatusSet(r)
	case *wire.Cards:
		return s.onCards(r)
	}
	return chat.Errorf(chat.CodeUnknownType, "/t", "nobody answers this request")
}

func (s *session) internal(err error) *chat.Error {
	s.log.Error("A request failed", "err", err)
	return chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
}

// me reads the account anew: its display name may have changed.
func (s *session) me() (storage.Account, *chat.Error) {
	a, err := s.srv.store.Account(s.ctx, s.account)
	if err != nil {
		return a, s.internal(err)
	}
	return a, nil
}

// onSend hands a send to its room, which answers after the commit.
func (s *session) onSend(r *wire.Send) *chat.Error {
	fault.Point(fault.ServerSendRead)
	if r.Kind == chat.KindMessage && fault.Every(fault.InjectBusy, 40) {
		e := chat.Errorf(chat.CodeBusy, "", "the server is busy; try again")
		e.RetryAfter = 10 * time.Millisecond
		return e
	}
	if s.srv.draining.Load() {
		return s.srv.stopping()
	}
	if s.srv.full.Load() {
		return chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is nearly full; nothing was stored")
	}
	if !s.maySay() {
		return tooFast(time.Second)
	}
	rm, err := s.srv.openRoom(s.ctx, r.Room)
	if err != nil {
		return s.internal(err)
	}
	who := storage.Account{ID: s.account}
	if r.Kind != chat.KindMessage && !r.Kind.Changes() { // only what is left writes the account's names into the log
		var e *chat.Error
		if who, e = s.me(); e != nil {
			return e
		}
	}
	p := s.srv.prepare(s.ctx, who, s.device.ID, r)
	p.expelled = &s.expelled
	if rm.view.Load().state == nil {
		if !s.srv.hub.has(rm) {
			// Whatever would be refused must not leave the shell of a room in memory.
			switch {
			case p.refusal != nil && (r.Kind == chat.KindRoomCreate || p.refusal.Code == chat.CodeUnknownKind):
				return p.refusal
			case p.denied != nil && r.Kind == chat.KindRoomCreate:
				return p.denied
			case r.Kind != chat.KindRoomCreate:
				return noRoom()
			case r.DSeq != 1:
				return outOfOrder(r.DSeq, 0)
			}
		}
		// What is sent behind a creation that is not on disk yet is decided by the
		// room, in order.
		if rm, err = s.srv.adopt(s.ctx, rm); err != nil {
			return s.internal(err)
		}
	}
	id := r.ID
	p.done = func(ack *wire.Ack, e *chat.Error) {
		if e != nil {
			s.refuse(id, e)
			return
		}
		ack.Re = id
		s.send(ack)
	}
	e := rm.post(p)
	fault.Point(fault.ServerSendQueued)
	return e
}

// maySay reports whether it is not too early for another event of this device, and of its
// account.
func (s *session) maySay() bool { return s.sends.Allow() && s.together.sends.Allow() }

// onSync starts feeds for the account's rooms.
func (s *session) onSync(r *wire.Sync) *chat.Error {
	if len(r.Rooms) > s.srv.o.Limits.RoomsPerAccount+16 {
		return chat.Errorf(chat.CodeTooLong, "/rooms", "more rooms than an account may have")
	}
	s.mu.Lock()
	begun := s.sync == syncRunning
	if !begun {
		s.sync = syncPreparing // from here on rooms joined elsewhere are noted
	}
	s.mu.Unlock()
	if begun && !r.Only {
		return chat.Errorf(chat.CodeForbidden, "/t", "one sync a connection; name rooms with only")
	}
	answer, feeds, e := s.prepareSync(r)
	var own []wire.Frame
	if e == nil && !begun {
		own, e = s.ownState()
	}
	if e != nil {
		if !begun {
			s.mu.Lock()
			s.sync, s.early = syncNone, nil
			s.mu.Unlock()
		}
		return e
	}
	s.leaps(r, feeds)
	s.beginFeeds(answer, feeds, own)
	if begun {
		return nil
	}
	if e := s.tellName(chat.NewMID()); e != nil {
		s.log.Warn("Rooms were not told an account's name", "err", e)
	}
	return nil
}

// prepareSync compares every cursor with its room.
func (s *session) prepareSync(r *wire.Sync) (*wire.SyncStarted, []*feed, *chat.Error) {
	mine, err := s.srv.store.AccountRooms(s.ctx, s.account)
	if err != nil {
		return nil, nil, s.internal(err)
	}
	answer := &wire.SyncStarted{Rep: wire.Rep{Re: r.ID}, Epoch: s.srv.store.Epoch(), Rooms: []wire.SyncRoom{}}
	var feeds []*feed
	named := map[chat.RoomID]bool{}
	for _, c := range r.Rooms {
		named[c.Room] = true
		one, f, e := s.syncRoom(c, slices.Contains(mine, c.Room), r.Epoch)
		if e != nil {
			return nil, nil, e
		}
		answer.Rooms = append(answer.Rooms, one)
		if f != nil {
			feeds = append(feeds, f)
		}
	}
	for _, id := range mine {
		if named[id] || r.Only {
			continue
		}
		one, f, e := s.syncRoom(wire.Cursor{Room: id}, true, r.Epoch)
		if e != nil {
			return nil, nil, e
		}
		if f == nil {
			continue // left since the list was read, and never told of
		}
		answer.Rooms = append(answer.Rooms, one)
		feeds = append(feeds, f)
	}
	s.tellMisfits(answer, r.Epoch)
	return answer, feeds, nil
}

// syncRoom compares a cursor with the log and makes the room's feed.
func (s *session) syncRoom(c wire.Cursor, member bool, epoch chat.Epoch) (wire.SyncRoom, *feed, *chat.Error) {
	one := wire.SyncRoom{Room: c.Room}
	rm, err := s.srv.openRoom(s.ctx, c.Room)
	if err != nil {
		return one, nil, s.internal(err)
	}
	v := rm.view.Load()
	var until chat.Seq
	if !member || whereLeft(v.state, s.account) > c.Seq { // or left since the list of rooms was read
		// Somebody who left while away still learns that, and nothing behind it.
		if c.Seq > 0 {
			until = s.leftAt(rm, c.Seq)
		}
		if left := whereLeft(v.state, s.account); until == 0 || until <= v.state.Purged {
			one.State, one.Left = wire.SyncGone, left
			return one, nil, nil
		}
	}
	one.Head, one.From = v.head.Seq, c.Seq+1
	if until != 0 {
		one.Head = until
	}
	if one.State, err = s.fits(c, v.head.Seq, epoch); err != nil {
		return one, nil, s.internal(err)
	}
	if one.State != wire.SyncOK {
		one.From = 0
		return one, nil, nil
	}
	return one, &feed{room: rm, next: c.Seq + 1, chain: c.Chain, until: until}, nil
}

// whereLeft is where an account left a room; 0 if it did not, or that was not written
// down.
func whereLeft(state *chat.Room, account chat.AccountID) chat.Seq {
	if state == nil {
		return 0
	}
	return state.Former[account].Left
}

// fits says how a cursor relates to the log.
func (s *session) fits(c wire.Cursor, head chat.Seq, epoch chat.Epoch) (wire.SyncState, error) {
	if c.Seq > head {
		return wire.SyncAhead, nil
	}
	if c.Seq == 0 {
		return wire.SyncOK, nil
	}
	chain, err := s.srv.store.ChainAt(s.ctx, c.Room, c.Seq)
	switch {
	case errors.Is(err, storage.ErrPurged):
		return wire.SyncOK, nil // nobody can tell any more
	case err != nil:
		return "", err
	case chain == c.Chain:
		return wire.SyncOK, nil
	case epoch != s.srv.store.Epoch():
		return wire.SyncEpoch, nil
	}
	return wire.SyncDiverged, nil
}

// beginFeeds answers the sync, tells what is the account's own besides rooms, and
// starts the feeds, in this order.
func (s *session) beginFeeds(answer *wire.SyncStarted, feeds []*feed, own []wire.Frame) {
	s.send(answer)
	for _, f := range own {
		s.send(f)
	}
	s.mu.Lock()
	for _, f := range feeds {
		id := f.room.id
		if old, ok := s.feeds[id]; ok {
			old.dropped = true
			if old.initial { // the new one counts in its place
				old.initial = false
				s.initial--
			}
		}
		f.initial = true
		s.initial++
		s.feeds[id] = f
	}
	if s.initial == 0 {
		s.liveDue = true
		s.wakeLocked()
	}
	early := s.early
	s.sync, s.early = syncRunning, nil
	s.mu.Unlock()
	for _, f := range feeds {
		s.startFeed(f)
	}
	for _, r := range early {
		s.follow(r) // does nothing where the sync has found the room
	}
}

// readable returns a room whose log the account may read, as it was when that was so: a
// view from a moment later may reach behind the end of a membership.
func (s *session) readable(id chat.RoomID) (*room, *roomView, *chat.Error) {
	r, err := s.srv.openRoom(s.ctx, id)
	if err != nil {
		return nil, nil, s.internal(err)
	}
	v := r.view.Load()
	if v.state == nil {
		return nil, nil, noRoom()
	}
	return r, v, permit(OpRead, v.state, s.account)
}

func (s *session) onSendStatus(r *wire.SendStatus) *chat.Error {
	// Own message ids may be asked about in any room, also one that was left.
	answer := &wire.SendState{Rep: wire.Rep{Re: r.ID}, Items: make([]wire.SendOutcome, 0, len(r.MIDs))}
	for _, mid := range r.MIDs {
		sent, _, err := s.srv.store.FindMID(s.ctx, r.Room, s.account, mid)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return s.internal(err)
		}
		answer.Items = append(answer.Items, wire.SendOutcome{MID: mid, Seq: sent.Seq})
	}
	s.send(answer)
	return nil
}

func (s *session) onHeads(r *wire.Heads) *chat.Error {
	mine, err := s.srv.store.AccountRooms(s.ctx, s.account)
	if err != nil {
		return s.internal(err)
	}
	answer := &wire.HeadsAt{Rep: wire.Rep{Re: r.ID}, Heads: []wire.RoomHead{}}
	for _, id := range mine {
		rm, err := s.srv.openRoom(s.ctx, id)
		if err != nil {
			return s.internal(err)
		}
		v := rm.view.Load()
		if v.state == nil || !within(standing(v.state, s.account)) {
			continue // left since the list was read; or coming in, and about to be told
		}
		answer.Heads = append(answer.Heads, wire.RoomHead{Room: id, Seq: v.head.Seq, Chain: v.head.Chain})
	}
	s.send(answer)
	return nil
}

// onProfile changes the account's display name, then tells every room of it. What ends
// in between (a crash, a full disk) is finished at the account's next sync.
func (s *session) onProfile(r *wire.Profile) *chat.Error {
	if e := wire.CheckName(r.Display, "/display", s.srv.o.Limits); e != nil {
		return e
	}
	if !s.maySay() { // every room is told
		return tooFast(time.Second)
	}
	if err := s.srv.store.SetDisplay(context.WithoutCancel(s.ctx), s.account, r.Display); err != nil {
		return s.storing(err)
	}
	fault.Point(fault.ServerNameStored)
	if e := s.tellName(r.MID); e != nil {
		return e
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	return nil
}

// tellName says in every room of the account that still has another name what it is
// called now. The ids of the events derive from mid: repeating it says nothing twice.
func (s *session) tellName(mid chat.MID) *chat.Error {
	me, e := s.me()
	if e != nil {
		return e
	}
	mine, err := s.srv.store.AccountRooms(s.ctx, s.account)
	if err != nil {
		return s.internal(err)
	}
	for _, id := range mine {
		rm, err := s.srv.openRoom(s.ctx, id)
		if err != nil {
			return s.internal(err)
		}
		m, in := membership(rm, s.account)
		if !in || m.Display == me.Display {
			continue
		}
		body := chat.Name{Display: me.Display, Was: m.Display}
		raw, err := wire.EncodeBody(body)
		if err != nil {
			return s.internal(err)
		}
		p := &post{account: s.account, who: me, body: body, req: &wire.Send{
			MID: chat.DerivedMID(mid, "name", chat.AccountID(id)), Room: id, Kind: chat.KindName, Body: string(raw),
		}, expelled: &s.expelled}
		if _, e := rm.wait(s.ctx, p); e != nil && e.Code != chat.CodeNotMember {
			return e
		}
		fault.Point(fault.ServerNameTold)
	}
	return nil
}

// pathOf returns the JSON Pointer of an array's element.
func pathOf(array string, i int) string { return array + "/" + strconv.Itoa(i) }
