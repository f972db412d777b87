package server

import (
	"slices"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// change decides an event that changes a message (docs/adr/0020) and appends it.
// What it reads of the log is what is on disk plus what the batch has added.
func (d *draft) change(p *post, content chat.Hash) (*wire.Ack, *chat.Error) {
	target := chat.TargetOf(p.body)
	if target <= d.state.Purged {
		return nil, gone("messages up to %d are no longer kept", d.state.Purged)
	}
	was, err := d.message(target)
	if !p.account.IsZero() && target < begins(d.state, p.account) && (err == nil && was.Author != p.account || err != nil && err.Code == chat.CodeMessageGone) {
		// Whatever stands there: nothing is told of it. One's own stays one's own.
		return nil, gone("there is nothing there that you see")
	}
	if err != nil {
		return nil, err
	}
	if err := d.permitTarget(p, was); err != nil {
		return nil, err
	}
	var edits []chat.Seq
	switch b := p.body.(type) {
	case chat.Edit:
		err = d.editable(was)
	case chat.Delete:
		if !was.Erased {
			edits, err = d.placesAbout(target, chat.KindEdit)
		}
	case chat.Reaction:
		err = d.reactable(was, p.account, b.Emoji)
	case chat.Unreaction:
		_, err = d.reactions(target, p.account)
	case chat.Pin:
		err = d.pinnable(was)
	}
	if err != nil {
		return nil, err
	}
	ack := d.add(p, p.req.Kind, p.req.MID, []byte(p.req.Body), p.body, content)
	d.changes[target] = append(d.changes[target], len(d.entries)-1)
	if _, ok := p.body.(chat.Delete); ok && !was.Erased && !fault.Bug(fault.DeleteNotErased) {
		d.erase(target)
		for _, seq := range edits {
			d.erase(seq)
		}
	}
	return ack, nil
}

func gone(format string, args ...any) *chat.Error {
	return chat.Errorf(chat.CodeMessageGone, "/body/seq", format, args...)
}

// message returns the message at a place, as the batch has left it.
func (d *draft) message(target chat.Seq) (*chat.Event, *chat.Error) {
	if target > d.head.Seq {
		return nil, gone("the room has nothing there yet")
	}
	e := d.entry(target)
	if e == nil {
		var err *chat.Error
		if e, err = d.stored(target); err != nil {
			return nil, err
		}
	}
	if e.Kind != chat.KindMessage {
		return nil, gone("there is no message there")
	}
	return e, nil
}

// entry returns the event at a place if the batch has added it.
func (d *draft) entry(seq chat.Seq) *chat.Event {
	if first := d.head.Seq - chat.Seq(len(d.entries)) + 1; seq >= first && len(d.entries) > 0 {
		return &d.entries[seq-first].Event
	}
	return nil
}

// stored reads an event from the log; it is erased if the batch erases it.
func (d *draft) stored(seq chat.Seq) (*chat.Event, *chat.Error) {
	s := d.r.srv
	page, err := s.store.Read(s.ctx, d.r.id, seq, seq, 1, 1)
	if err != nil || len(page.Events) != 1 {
		return nil, d.unread(err)
	}
	e := &page.Events[0]
	if slices.Contains(d.erased, seq) {
		e.Erase()
	}
	return e, nil
}

// unread answers with what a log that cannot be read gets.
func (d *draft) unread(err error) *chat.Error {
	d.r.srv.o.Log.Error("Reading the log of a room failed", "err", err)
	return chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
}

// permitTarget checks the rights that depend on whose message it is.
func (d *draft) permitTarget(p *post, was *chat.Event) *chat.Error {
	if p.account.IsZero() || p.account == was.Author {
		return nil
	}
	op, of := OpDeleteOther, p.req.Kind == chat.KindDelete
	if p.req.Kind == chat.KindEdit {
		op, of = OpEditOther, true
	}
	if !of {
		return nil
	}
	if err := permit(op, d.state, p.account); err != nil {
		return chat.Errorf(err.Code, "/body/seq", "it is somebody else's message")
	}
	return nil
}

// editable checks that a message can get another text.
func (d *draft) editable(was *chat.Event) *chat.Error {
	if was.Erased && !fault.Bug(fault.EditAfterErase) {
		return gone("the message was deleted")
	}
	edits, err := d.placesAbout(was.Seq, chat.KindEdit)
	if err == nil && len(edits) >= chat.MaxEdits {
		err = chat.Errorf(chat.CodeLimitReached, "/body/seq", "a message can be edited at most %d times", chat.MaxEdits)
	}
	return err
}

// reactable checks that a message can get an emoji.
func (d *draft) reactable(was *chat.Event, account chat.AccountID, emoji string) *chat.Error {
	if was.Erased {
		return gone("the message was deleted")
	}
	on, err := d.reactions(was.Seq, account)
	if err == nil && !on[emoji] && len(on) >= chat.MaxReactionKinds {
		err = chat.Errorf(chat.CodeLimitReached, "/body/emoji", "a message has at most %d different reactions", chat.MaxReactionKinds)
	}
	return err
}

// pinnable checks that a message can be pinned.
func (d *draft) pinnable(was *chat.Event) *chat.Error {
	if was.Erased {
		return gone("the message was deleted")
	}
	if !slices.Contains(d.state.Pins, was.Seq) && len(d.state.Pins) >= chat.MaxPins {
		return chat.Errorf(chat.CodeLimitReached, "/body/seq", "a room has at most %d pinned messages", chat.MaxPins)
	}
	return nil
}

// reactions returns the emoji that stand on a message, as everybody shows it: by its
// newest changes. Too many of them by the account are an error.
func (d *draft) reactions(target chat.Seq, account chat.AccountID) (map[string]bool, *chat.Error) {
	s := d.r.srv
	var events []chat.Event
	if target <= d.r.view.Load().head.Seq {
		var err error
		events, err = s.store.About(s.ctx, d.r.id, target, chat.MaxChanges, chat.KindReactionAdd, chat.KindReactionRemove)
		if err != nil {
			return nil, d.unread(err)
		}
	}
	for _, i := range d.changes[target] {
		events = append(events, d.entries[i].Event)
	}
	type mark struct {
		account chat.AccountID
		emoji   string
	}
	marks, own := map[mark]bool{}, 0
	for i := range events {
		e := &events[i]
		if e.Author == account && (e.Kind == chat.KindReactionAdd || e.Kind == chat.KindReactionRemove) {
			own++
		}
		body, err := wire.ParseBody(e.Kind, e.Body)
		if err != nil {
			continue // of the batch, and erased
		}
		switch b := body.(type) {
		case chat.Reaction:
			marks[mark{e.Author, b.Emoji}] = true
		case chat.Unreaction:
			delete(marks, mark{e.Author, b.Emoji})
		}
	}
	if own >= chat.MaxOwnReactions {
		return nil, chat.Errorf(chat.CodeLimitReached, "/body/seq", "you have reacted to this message %d times", own)
	}
	on := make(map[string]bool, len(marks))
	for m := range marks {
		on[m.emoji] = true
	}
	return on, nil
}

// placesAbout returns the places of all changes of a kind to a message that say
// anything still.
func (d *draft) placesAbout(target chat.Seq, kind chat.Kind) (places []chat.Seq, err *chat.Error) {
	s := d.r.srv
	if target <= d.r.view.Load().head.Seq {
		stored, err := s.store.AboutPlaces(s.ctx, d.r.id, target, kind)
		if err != nil {
			return nil, d.unread(err)
		}
		places = stored
	}
	for _, i := range d.changes[target] {
		if e := &d.entries[i].Event; e.Kind == kind && !e.Erased {
			places = append(places, e.Seq)
		}
	}
	return places, nil
}

// erase takes what an event said: at once if the batch has added it, so that it
// is neither stored nor pushed, else with the batch.
func (d *draft) erase(seq chat.Seq) {
	if first := d.head.Seq - chat.Seq(len(d.entries)) + 1; seq >= first {
		d.entries[seq-first].Erase()
		return
	}
	d.erased = append(d.erased, seq)
}

// alters reports whether an event changes the room's state. Most do not, and a
// state is copied and written as a whole.
func (d *draft) alters(body chat.Body) bool {
	switch b := body.(type) {
	case chat.Text, chat.Edit, chat.Reaction, chat.Unreaction:
		return false
	case chat.Pin:
		return !slices.Contains(d.state.Pins, b.Seq)
	case chat.Unpin:
		return slices.Contains(d.state.Pins, b.Seq)
	case chat.Delete:
		return slices.Contains(d.state.Pins, b.Seq)
	}
	return true
}
