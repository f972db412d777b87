package app

import (
	"context"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// Send implements Commands.
func (a *App) Send(ctx context.Context, room chat.RoomID, text string) (chat.MID, error) {
	return a.SendMessage(ctx, room, Outgoing{Text: text})
}

// SendMessage implements Commands.
func (a *App) SendMessage(ctx context.Context, room chat.RoomID, m Outgoing) (chat.MID, error) {
	s := a.shot.Load()
	if err := s.answers(room, m.Reply); err != nil {
		return chat.MID{}, err
	}
	body := chat.Text{Text: m.Text, Reply: m.Reply, Forward: m.Forward, Mentions: s.mentions(room, m.Text)}
	return a.enqueue(ctx, room, chat.KindMessage, body, m.sent())
}

// answers refuses an answer to what is behind the end of the log.
func (s *snapshot) answers(room chat.RoomID, reply chat.Seq) error {
	if r := s.room(room); r != nil && reply > r.view.Head {
		return &Failed{Code: FailCode(chat.CodeMessageGone), Field: "reply"}
	}
	return nil
}

// EditMessage implements Commands. An edit that has not left yet gets the new text
// instead of a second one behind it.
func (a *App) EditMessage(ctx context.Context, room chat.RoomID, seq chat.Seq, text string) error {
	if err := a.kept(room, seq); err != nil {
		return err
	}
	edit := chat.Edit{Seq: seq, Text: text, Mentions: a.shot.Load().mentions(room, text)}
	done := &chat.Draft{Edit: chat.DraftEdit{Seq: seq}}
	replaced := false
	err := tell(ctx, a, func() error {
		o := a.waitingChange(room, func(o *outgoing, b chat.Body) bool {
			old, is := b.(chat.Edit)
			return is && old.Seq == seq && o.mayEdit()
		})
		if o == nil {
			return nil
		}
		replaced = true
		return a.rewrite(o, o.Kind, edit, done.Edit)
	})
	if err != nil || replaced {
		return err
	}
	_, err = a.enqueue(ctx, room, chat.KindEdit, edit, done)
	return err
}

// DeleteMessage implements Commands.
func (a *App) DeleteMessage(ctx context.Context, room chat.RoomID, seq chat.Seq) error {
	return a.toggle(ctx, room, chat.KindDelete, chat.Delete{Seq: seq}, nil, nil)
}

// React implements Commands.
func (a *App) React(ctx context.Context, room chat.RoomID, seq chat.Seq, emoji string, on bool) error {
	add, remove := chat.Reaction{Seq: seq, Emoji: emoji}, chat.Unreaction{Seq: seq, Emoji: emoji}
	is := func(row MessageView) bool {
		i := slices.IndexFunc(row.Reactions, func(r ReactionView) bool { return r.Emoji == emoji })
		return (i >= 0 && row.Reactions[i].Own) == on
	}
	if on {
		return a.toggle(ctx, room, chat.KindReactionAdd, add, remove, is)
	}
	return a.toggle(ctx, room, chat.KindReactionRemove, remove, add, is)
}

// Pin implements Commands.
func (a *App) Pin(ctx context.Context, room chat.RoomID, seq chat.Seq, on bool) error {
	is := func(row MessageView) bool { return row.Pinned == on }
	if on {
		return a.toggle(ctx, room, chat.KindPinAdd, chat.Pin{Seq: seq}, chat.Unpin{Seq: seq}, is)
	}
	return a.toggle(ctx, room, chat.KindPinRemove, chat.Unpin{Seq: seq}, chat.Pin{Seq: seq}, is)
}

// toggle sends a change, unless it only takes back one that has not left, or waits
// already. What was taken back may have changed nothing itself; so the change takes its
// place, in one transaction, if the message is not as it should be without it.
func (a *App) toggle(ctx context.Context, room chat.RoomID, kind chat.Kind, body, opposite chat.Body, is func(MessageView) bool) error {
	seq := chat.TargetOf(body)
	if seq == 0 || seq > wire.MaxNumber {
		return &Failed{Code: FailBadValue, Field: "seq"}
	}
	if err := a.kept(room, seq); err != nil {
		return err
	}
	var back chat.MID // what is taken back
	var own []ownChange
	var pins []chat.Seq
	done := false
	fits := func(o *outgoing, b chat.Body) bool {
		return o.State == store.EntryQueued && (b == body || b == opposite)
	}
	err := tell(ctx, a, func() error {
		last := a.waitingChange(room, fits)
		switch {
		case last == nil:
		case last.Kind == kind:
			done = true
		case !last.Transmitted:
			back = last.MID
			own = a.group.rooms[room].ownChanges(back)
			pins = a.group.rooms[room].pinned(own)
		}
		return nil
	})
	if err == nil && !done && !back.IsZero() {
		row, _, unknown := a.messageWith(ctx, room, seq, own, pins)
		needless := unknown == nil && is(row)
		err = tell(ctx, a, func() error {
			last := a.waitingChange(room, fits)
			if last == nil || last.MID != back || last.Transmitted {
				return nil // it has left meanwhile
			}
			done = true
			return a.takeBack(last, needless, kind, body)
		})
	}
	if err != nil || done {
		return err
	}
	_, err = a.enqueue(ctx, room, kind, body, nil)
	return err
}

// takeBack removes a change that has not left; unless that is all there is to do, its
// opposite takes its place.
func (a *App) takeBack(o *outgoing, needless bool, kind chat.Kind, body chat.Body) error {
	if !needless {
		return a.rewrite(o, kind, body, chat.DraftEdit{})
	}
	if err := a.group.store.Discard(a.disk, o.MID); err != nil {
		return storeFailed(err)
	}
	a.group.dropEntry(o.MID)
	a.changes.addRoom(o.Room, RoomChange{Waiting: true, Changed: true})
	return nil
}

// waitingChange returns the newest own change of a room that waits and fits; nil if
// there is none.
func (a *App) waitingChange(room chat.RoomID, fits func(o *outgoing, b chat.Body) bool) (found *outgoing) {
	if a.group == nil || a.group.rooms[room] == nil {
		return nil
	}
	for _, o := range a.group.rooms[room].out {
		if !o.Kind.Changes() {
			continue
		}
		if b := o.parsed(); b != nil && fits(o, b) {
			found = o
		}
	}
	return found
}

// rewrite gives an entry that has not left another content, under a new id. The change
// that was begun goes from the room's draft in the same transaction.
func (a *App) rewrite(o *outgoing, kind chat.Kind, body chat.Body, begun chat.DraftEdit) error {
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return &Failed{Code: FailBadValue, Field: "text", Err: err}
	}
	if _, bad := wire.CheckOutgoing(kind, raw, a.shot.Load().base.Group.Limits); bad != nil {
		return refusalFailed(bad)
	}
	r := a.group.room(o.Room)
	left := withoutEdit(r.draft, begun)
	e, err := a.group.store.Edit(a.disk, o.MID, chat.NewMID(), kind, raw, left)
	if err != nil {
		return storeFailed(err)
	}
	if left != nil {
		a.group.setDraft(r, *left)
		delete(a.group.drafts, r.id)
		a.group.touch(r)
	}
	files := hashesOf(o.contents)
	a.group.stock.hold(files...) // also between the one entry and the other
	a.group.dropEntry(o.MID)
	a.group.addEntry(&e)
	a.group.stock.release(files...)
	a.touchWaiting(o.Room)
	if o.Kind.Changes() {
		a.changes.addRoom(o.Room, RoomChange{Changed: true})
	}
	return nil
}

// EditWaiting implements Commands. What the message answers or passes on stays.
func (a *App) EditWaiting(ctx context.Context, room chat.RoomID, mid chat.MID, text string) error {
	mentions := a.shot.Load().mentions(room, text)
	return tell(ctx, a, func() error {
		o, err := a.entry(room, mid)
		if err != nil {
			return err
		}
		body, bad := wire.ParseBody(o.Kind, o.Body)
		if bad != nil {
			return refusalFailed(bad)
		}
		switch b := body.(type) {
		case chat.Text:
			b.Text, b.Mentions = text, mentions
			body = b
		case chat.Edit:
			b.Text, b.Mentions = text, mentions
			body = b
		default:
			return &Failed{Code: FailBadValue, Field: "message"}
		}
		return a.rewrite(o, o.Kind, body, chat.DraftEdit{MID: mid})
	})
}

// RemoveFile implements Commands. What the server has of the file already goes there by
// itself, as of every upload that is not finished.
func (a *App) RemoveFile(ctx context.Context, room chat.RoomID, mid chat.MID, at int, file chat.Hash) error {
	return tell(ctx, a, func() error {
		o, err := a.entry(room, mid)
		if err != nil {
			return err
		}
		t, is := o.parsed().(chat.Text)
		if !is || at < 0 || at >= len(t.Files) || t.Files[at].Hash != file {
			return &Failed{Code: FailSettled, Field: "message"}
		}
		t.Files = slices.Delete(slices.Clone(t.Files), at, at+1)
		if len(t.Files) == 0 && t.Text == "" {
			return &Failed{Code: FailEmpty, Field: "message"}
		}
		if err := a.rewrite(o, o.Kind, t, chat.DraftEdit{}); err != nil {
			return err
		}
		a.forsake(o)
		return nil
	})
}

// Forward implements Commands. Words that were passed on already keep their first
// author.
func (a *App) Forward(ctx context.Context, room chat.RoomID, seq chat.Seq, to chat.RoomID) (chat.MID, error) {
	row, body, err := a.message(ctx, room, seq)
	if err != nil {
		return chat.MID{}, err
	}
	body.Reply, body.Mentions = 0, nil
	body.Text = row.Text
	if body.Forward == nil {
		body.Forward = &chat.Forward{Account: row.Author, Name: row.Name, Time: row.Time.UnixMilli()}
	}
	return a.enqueue(ctx, to, chat.KindMessage, body, nil)
}

// message reads one message as it is at present.
func (a *App) message(ctx context.Context, room chat.RoomID, seq chat.Seq) (MessageView, chat.Text, error) {
	r := a.shot.Load().room(room)
	if r == nil {
		return MessageView{}, chat.Text{}, &Failed{Code: FailNoRoom}
	}
	return a.messageWith(ctx, room, seq, r.changing, r.pins)
}

// messageWith reads one message as some own changes and pins make it.
func (a *App) messageWith(ctx context.Context, room chat.RoomID, seq chat.Seq, own []ownChange, pins []chat.Seq) (row MessageView, body chat.Text, err error) {
	s := a.shot.Load()
	r := s.room(room)
	if s.store == nil || r == nil {
		return row, body, &Failed{Code: FailNoRoom}
	}
	events, changes, err := s.about(ctx, r, seq)
	if err != nil {
		return row, body, a.readFailed(err)
	}
	e, ok := events[seq]
	if !ok || e.Kind != chat.KindMessage {
		return row, body, &Failed{Code: FailCode(chat.CodeMessageGone), Field: "seq"}
	}
	rows := s.maker(r, nil, changes)
	rows.own, rows.pins = own, pins
	row = rows.row(&e, 0)
	parsed, bad := wire.ParseBody(e.Kind, e.Body)
	text, is := parsed.(chat.Text)
	if bad != nil || !is || row.Erased {
		return row, body, &Failed{Code: FailCode(chat.CodeMessageGone), Field: "seq"}
	}
	return row, text, nil
}

// Versions implements Commands.
func (a *App) Versions(ctx context.Context, room chat.RoomID, seq chat.Seq) ([]Version, error) {
	s := a.shot.Load()
	r := s.room(room)
	if s.store == nil || r == nil {
		return nil, &Failed{Code: FailNoRoom}
	}
	events, changes, err := s.about(ctx, r, seq)
	if err != nil {
		return nil, a.readFailed(err)
	}
	e, ok := events[seq]
	if !ok || e.Kind != chat.KindMessage || e.Erased {
		return nil, &Failed{Code: FailCode(chat.CodeMessageGone), Field: "seq"}
	}
	list := []Version{{Seq: seq, Text: textOf(&e), Time: time.UnixMilli(e.Time)}}
	for i := range changes[seq] {
		c := &changes[seq][i]
		if c.Kind == chat.KindEdit && c.Author == e.Author && !c.Erased {
			list = append(list, Version{Seq: c.Seq, Text: textOf(c), Time: time.UnixMilli(c.Time)})
		}
	}
	return list, nil
}

// textOf is what a message or an edit says.
func textOf(e *chat.Event) string {
	body, _ := wire.ParseBody(e.Kind, e.Body)
	switch b := body.(type) {
	case chat.Text:
		return b.Text
	case chat.Edit:
		return b.Text
	}
	return ""
}

// Reactors implements Commands.
func (a *App) Reactors(ctx context.Context, room chat.RoomID, seq chat.Seq) ([]ReactionView, error) {
	s := a.shot.Load()
	r := s.room(room)
	if s.store == nil || r == nil {
		return nil, &Failed{Code: FailNoRoom}
	}
	events, changes, err := s.about(ctx, r, seq)
	if err != nil {
		return nil, a.readFailed(err)
	}
	e, ok := events[seq]
	if !ok {
		return nil, nil
	}
	f := fold(&e, changes[seq], r.changing, s.me)
	list := f.views(s.me)
	for i := range list {
		for _, account := range f.reactions[i].accounts {
			m := MemberView{Account: account, Display: account.String()[:8], Me: account == s.me}
			if r.state != nil {
				if p, known := r.state.Person(account); known {
					m.Name, m.Display, m.Role, m.Alike = p.Name, p.Display, p.Role, r.alike[account]
				}
			}
			list[i].People = append(list[i].People, m)
		}
	}
	return list, nil
}

// Pins implements Commands.
func (a *App) Pins(ctx context.Context, room chat.RoomID) ([]MessageView, error) {
	s := a.shot.Load()
	r := s.room(room)
	if s.store == nil || r == nil {
		return nil, &Failed{Code: FailNoRoom}
	}
	pins := r.pins
	events, changes, err := s.about(ctx, r, pins...)
	if err != nil {
		return nil, a.readFailed(err)
	}
	rows := s.maker(r, nil, changes)
	list := make([]MessageView, 0, len(pins))
	for i := len(pins) - 1; i >= 0; i-- {
		e, ok := events[pins[i]]
		if !ok {
			list = append(list, MessageView{Seq: pins[i], Kind: chat.KindMessage, Missing: true, Pinned: true})
			continue
		}
		list = append(list, rows.row(&e, 0))
	}
	if err := a.quote(ctx, s, r, list); err != nil {
		return nil, err
	}
	return list, nil
}
