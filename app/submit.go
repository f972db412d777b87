package app

import (
	"context"
	"errors"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/store"
)

// submission is an event on its way into the outbox.
type submission struct {
	store.Submission
	reply chan result
	sent  *chat.Draft // what of the room's draft goes with it; nil: nothing
}

type result struct {
	entry *store.Entry
	err   error
}

func (s *submission) answer(e *store.Entry, err error) { s.reply <- result{e, err} }

// CreateRoom implements Commands.
func (a *App) CreateRoom(ctx context.Context, r RoomRequest) (chat.RoomID, error) {
	if r.Access == "" {
		r.Access = chat.AccessOpen
	}
	if r.History == "" {
		r.History = chat.HistoryAll
	}
	id := chat.NewRoomID()
	body := chat.RoomCreate{Name: r.Name, Topic: r.Topic, Access: r.Access, History: r.History, Members: r.Members}
	_, err := a.enqueue(ctx, id, chat.KindRoomCreate, body, nil)
	return id, err
}

// RenameRoom implements Commands.
func (a *App) RenameRoom(ctx context.Context, room chat.RoomID, name string) error {
	_, err := a.enqueue(ctx, room, chat.KindRename, chat.Rename{Name: name}, nil)
	return err
}

// SetTopic implements Commands.
func (a *App) SetTopic(ctx context.Context, room chat.RoomID, topic string) error {
	_, err := a.enqueue(ctx, room, chat.KindTopic, chat.Topic{Topic: topic}, nil)
	return err
}

// ArchiveRoom implements Commands.
func (a *App) ArchiveRoom(ctx context.Context, room chat.RoomID, archived bool) error {
	_, err := a.enqueue(ctx, room, chat.KindArchive, chat.Archive{Archived: archived}, nil)
	return err
}

// LeaveRoom implements Commands.
func (a *App) LeaveRoom(ctx context.Context, room chat.RoomID) error {
	return a.belong(ctx, room, chat.KindLeave, chat.Leave{})
}

// JoinRoom implements Commands.
func (a *App) JoinRoom(ctx context.Context, room chat.RoomID) error {
	return a.belong(ctx, room, chat.KindJoin, chat.Join{})
}

// belong lets the person join or leave, unless the same waits already: the server would
// refuse the second.
func (a *App) belong(ctx context.Context, room chat.RoomID, kind chat.Kind, body chat.Body) error {
	done, err := ask(ctx, a, func() (bool, error) { return a.lastBelonging(room) == kind, nil })
	if err != nil || done {
		return err
	}
	_, err = a.enqueue(ctx, room, kind, body, nil)
	return err
}

// lastBelonging returns the last of the person's own joining and leaving that waits, or
// has happened and is not shown yet; "" if none does.
func (a *App) lastBelonging(id chat.RoomID) (kind chat.Kind) {
	if a.group == nil || a.group.rooms[id] == nil {
		return ""
	}
	r := a.group.rooms[id]
	in, shown := r.joined(a.group.me()), a.shot.Load().room(id)
	switch {
	case shown == nil || shown.view.Joined == in:
	case in:
		kind = chat.KindJoin
	default:
		kind = chat.KindLeave
	}
	for _, o := range r.out {
		if o.State == store.EntryFailed || r.lodged(o) {
			continue
		}
		switch b := o.parsed().(type) {
		case chat.Leave:
			kind = chat.KindLeave
		case chat.Join:
			if b.Account.IsZero() || b.Account == a.group.me() {
				kind = chat.KindJoin
			}
		}
	}
	return kind
}

// AddMember implements Commands.
func (a *App) AddMember(ctx context.Context, room chat.RoomID, account chat.AccountID) error {
	if account.IsZero() {
		return &Failed{Code: FailBadValue, Field: "account"}
	}
	_, err := a.enqueue(ctx, room, chat.KindJoin, chat.Join{Account: account}, nil)
	return err
}

// RemoveMember implements Commands.
func (a *App) RemoveMember(ctx context.Context, room chat.RoomID, account chat.AccountID) error {
	s := a.shot.Load()
	if r := s.room(room); r != nil && !r.view.owns() {
		return &Failed{Code: FailCode(chat.CodeForbidden), Field: "room"}
	}
	if account.IsZero() || account == s.me {
		return &Failed{Code: FailBadValue, Field: "account"}
	}
	_, err := a.enqueue(ctx, room, chat.KindRemove, chat.Remove{Account: account}, nil)
	return err
}

// enqueue checks an event as the server will, and waits until it is on disk. What was
// sent of the room's draft goes from there in the same transaction; nil: nothing was.
func (a *App) enqueue(ctx context.Context, room chat.RoomID, kind chat.Kind, body chat.Body, sent *chat.Draft) (chat.MID, error) {
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return chat.MID{}, &Failed{Code: FailBadValue, Field: "text", Err: err}
	}
	s := a.shot.Load()
	if err := s.admits(room, kind); err != nil {
		return chat.MID{}, err
	}
	if _, bad := wire.CheckOutgoing(kind, raw, s.base.Group.Limits); bad != nil {
		return chat.MID{}, refusalFailed(bad)
	}
	sub := &submission{reply: make(chan result, 1), sent: sent, Submission: store.Submission{
		MID: chat.NewMID(), Room: room, Kind: kind, Body: raw, Created: fault.Clock(time.Now()).UnixMilli(),
	}}
	if !a.in.post(task{send: sub}) {
		return chat.MID{}, &Failed{Code: FailClosed}
	}
	// From here on the message may be in the outbox whatever ctx says, so the
	// answer is waited for: it takes one write to the disk.
	select {
	case r := <-sub.reply:
		return sub.MID, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-sub.reply:
		return sub.MID, r.err
	case <-time.After(submitPatience):
		return sub.MID, ctx.Err()
	}
}

// submitPatience is how long a command waits for the disk although its context
// has ended.
const submitPatience = 5 * time.Second

// admits checks what can be known without the server: the rest is its business.
func (s *snapshot) admits(room chat.RoomID, kind chat.Kind) error {
	if s.store == nil {
		return &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	if s.store.ReadOnly() {
		return &Failed{Code: FailReadOnly}
	}
	r := s.room(room)
	if room.Direct() && fixedInDirect(kind) {
		return &Failed{Code: FailCode(chat.CodeForbidden), Field: "room"} // who is in it never changes
	}
	if kind == chat.KindRoomCreate || kind == chat.KindJoin {
		return nil // a room to be joined may be known only from OpenRooms
	}
	if r == nil {
		return &Failed{Code: FailNoRoom, Field: "room"}
	}
	if !r.view.Joined {
		return &Failed{Code: FailCode(chat.CodeNotMember), Field: "room"}
	}
	if r.view.Archived && kind != chat.KindArchive && kind != chat.KindKeep && kind != chat.KindReadings && kind != chat.KindHistory && kind != chat.KindLeave && kind != chat.KindRemove {
		return &Failed{Code: FailCode(chat.CodeReadOnly), Field: "room"}
	}
	return nil
}

// fixedInDirect reports whether events of a kind would change what never changes in a
// conversation of a few.
func fixedInDirect(kind chat.Kind) bool {
	switch kind {
	case chat.KindJoin, chat.KindLeave, chat.KindRemove, chat.KindRename, chat.KindTopic, chat.KindArchive, chat.KindKeep, chat.KindReadings, chat.KindHistory:
		return true
	}
	return false
}

// submit writes events that wait together into the outbox, in one transaction,
// and shows them.
func (a *App) submit(batch []*submission) {
	if len(batch) == 0 {
		return
	}
	g := a.group
	if g == nil {
		for _, s := range batch {
			s.answer(nil, &Failed{Code: FailNoRoom, Detail: "no group is open"})
		}
		return
	}
	launch := a.reserve(batch)
	g.shortenDrafts(batch)
	subs := make([]store.Submission, len(batch))
	for i, s := range batch {
		subs[i] = s.Submission
	}
	fault.Point(fault.ClientOutboxBefore)
	entries, err := g.store.Enqueue(a.disk, subs...)
	fault.Point(fault.ClientOutboxAfter)
	if err != nil && len(batch) > 1 && !errors.Is(err, store.ErrNoSpace) {
		for _, s := range batch { // one of them does not fit; the others shall not suffer
			s.Transmitted, s.DSeq = false, 0
			a.submit([]*submission{s})
		}
		return
	}
	if err != nil {
		a.noteDamage(err)
		err = storeFailed(err)
		for _, s := range batch {
			s.answer(nil, err)
		}
		return
	}
	for i, s := range batch {
		o := g.addEntry(&entries[i])
		r := g.room(s.Room)
		if s.Draft != nil {
			if len(r.draft.Contents()) > 0 {
				a.sweepSoon(g.stock)
			}
			g.setDraft(r, *s.Draft)
			delete(g.drafts, s.Room)
		}
		a.changes.addRoom(s.Room, RoomChange{Waiting: true, Changed: s.Kind.Changes()})
		if launch[i] {
			a.takeOff(r, o)
		}
	}
	for i, s := range batch {
		if launch[i] {
			a.launch(g.out[s.MID])
		}
		a.later(func() { s.answer(&entries[i], nil) })
	}
}

// reserve decides which of the new events can leave as soon as they are on disk,
// and gives them their numbers; that saves writing them down a second time.
func (a *App) reserve(batch []*submission) []bool {
	g := a.group
	launch := make([]bool, len(batch))
	if !g.maySend() {
		return launch
	}
	now := time.Now()
	most, _ := g.pace.allowed(now)
	taken := map[chat.RoomID]int{}
	for i, s := range batch {
		if s.carriesFiles() {
			continue // what is written later goes first
		}
		r := g.room(s.Room)
		ok, _ := r.send.ready(now)
		free := r.send.free(g.limits.SendsInFlight) - taken[s.Room]
		if most <= 0 || !ok || free <= 0 || r.diverged || g.queued(r) || s.Kind == chat.KindRoomCreate || s.Kind == chat.KindJoin || g.settleNew(r, s) {
			break // and all behind it: order is kept
		}
		s.Transmitted, s.DSeq = true, r.send.dseq()+uint64(taken[s.Room]) //nolint:gosec // small and not negative
		taken[s.Room]++
		most--
		launch[i] = true
	}
	return launch
}

// queued reports whether older entries of the room wait to be sent, or for the
// room to open. Those whose files are still to be uploaded keep nobody waiting.
func (g *group) queued(r *room) bool {
	if r.creating() != nil {
		return true // or it was refused, see failOrphans
	}
	for _, o := range r.out {
		if o.State == store.EntryQueued && (!o.flying || o.opens()) && !g.uploading(o) {
			return true
		}
	}
	return false
}

// RetryMessage implements Commands. With the creation of a room goes what failed
// because of it.
func (a *App) RetryMessage(ctx context.Context, room chat.RoomID, mid chat.MID) error {
	return tell(ctx, a, func() error {
		if a.group != nil && room.IsZero() && a.group.lostPart(mid) != "" {
			return a.wantShowing(a.group.lostPart(mid))
		}
		o, err := a.entry(room, mid)
		if err != nil {
			return err
		}
		if !o.refused() {
			return nil
		}
		mids := []chat.MID{mid}
		if r := a.group.room(room); r.creating() == o {
			for _, behind := range r.out {
				if behind != o && behind.refused() {
					mids = append(mids, behind.MID)
				}
			}
		}
		return a.retry(mids...)
	})
}

// DiscardMessage implements Commands. A message that may have reached the server
// cannot be taken back by forgetting it here.
func (a *App) DiscardMessage(ctx context.Context, room chat.RoomID, mid chat.MID) error {
	return tell(ctx, a, func() error {
		if a.group != nil && room.IsZero() && a.group.lostPart(mid) != "" {
			return a.forgetShowing(a.group.lostPart(mid))
		}
		o, err := a.entry(room, mid)
		if err != nil {
			return err
		}
		if !o.mayCancel() {
			return storeFailed(store.ErrTransmitted)
		}
		if err := a.group.store.Discard(a.disk, mid); err != nil {
			return storeFailed(err)
		}
		changes := o.Kind.Changes()
		a.group.dropEntry(mid)
		a.forsake(o)
		a.touchWaiting(room)
		if changes {
			a.changes.addRoom(room, RoomChange{Changed: true})
		}
		return nil
	})
}

// entry finds an outbox entry for a command.
func (a *App) entry(room chat.RoomID, mid chat.MID) (*outgoing, error) {
	if a.group == nil {
		return nil, &Failed{Code: FailNoRoom}
	}
	o := a.group.out[mid]
	if o == nil || o.Room != room {
		return nil, &Failed{Code: FailSettled, Field: "message"}
	}
	return o, nil
}

func (a *App) touchWaiting(room chat.RoomID) {
	a.group.touch(a.group.room(room))
	a.changes.addRoom(room, RoomChange{Waiting: true})
}

// reloadOutbox reads the outbox anew after the store changed it by itself.
func (a *App) reloadOutbox() {
	g := a.group
	entries, err := g.store.Outbox(a.disk)
	if err != nil {
		a.storeTrouble(err)
		return
	}
	for i := range entries {
		e := &entries[i]
		if o := g.out[e.MID]; o != nil && !o.flying && o.State != e.State {
			o.Entry, o.row = *e, nil
			a.touchWaiting(e.Room)
		}
	}
}

// SetActive implements Commands.
func (a *App) SetActive(room chat.RoomID, looking bool) {
	a.do(func() {
		g := a.group
		if g == nil {
			return
		}
		a.lookedAway(looking)
		g.active, g.looking = room, looking
		a.savePower()
		a.watch()
		if room.IsZero() || room == g.lastRoom {
			return
		}
		g.lastRoom = room
		a.viewNew = true
		text, _ := room.MarshalText()
		a.storeResult(g.store.SetSetting(a.disk, settingLastRoom, text))
	})
}
