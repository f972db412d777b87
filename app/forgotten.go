package app

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
	"hearth/store/profile"
)

// What a device does that the server has forgotten: an older backup has taken the place
// of the server's data, from before the device was there. All that the device has
// written is lost on the server; its author still holds it.

// passesOn reports whether an account may have what is left: the same one, or, of an
// account that the server may have forgotten as well, another one there. In any case it
// is the server that has proven to be the one it was left at: another one may know the
// account's id, and say that it is its own.
func (l *left) passesOn(to *profile.Account, line []chat.ServerID) bool {
	return slices.Contains(line, l.server) && (l.account == to.Account || l.unknown)
}

// mostLooked bounds how many events, the newest ones, are looked through for own ones.
const mostLooked = 200_000

// lost returns what the device has written, as entries that wait for the person's word,
// in their old order: the newest, as many as the outbox has space for. What waited
// already does so too where another account is to send it.
func (l *left) lost(ctx context.Context, g *group) ([]store.Entry, error) {
	other := g.owner.Account != l.account
	if other {
		for i := range l.outbox {
			if e := &l.outbox[i]; e.State == store.EntryQueued || e.State == store.EntryAcknowledged {
				e.State, e.Transmitted = store.EntryHeld, false
			}
		}
	}
	waits, err := l.lostChanges(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.rooms, func(a, b chat.RoomID) int { return bytes.Compare(a[:], b[:]) })
	space, look := chat.DefaultLimits().OutboxEntries-len(l.outbox), mostLooked
	var all []store.Entry
	for _, room := range l.rooms {
		own, err := l.written(ctx, room, waits[room], other, space-len(all), &look)
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	return all, nil
}

// lostChanges takes out of the outbox what changes messages that the device has written,
// and so the server has lost: they are offered as they were to be. What changes others
// waits for the person's word, as another message may stand in that place now.
func (l *left) lostChanges(ctx context.Context) (map[chat.RoomID]lostWords, error) {
	all := map[chat.RoomID]lostWords{}
	rest := make([]store.Entry, 0, len(l.outbox))
	for _, o := range l.outbox {
		body, bad := wire.ParseBody(o.Kind, o.Body)
		if !o.Kind.Changes() || o.State == store.EntryFailed || bad != nil {
			rest = append(rest, o)
			continue
		}
		seq := chat.TargetOf(body)
		target, err := l.store.Event(ctx, o.Room, seq)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return nil, err
		case err != nil || target.Device != l.device || target.Author != l.account:
			o.State, o.Code, o.Transmitted = store.EntryHeld, store.CodeLost, false
			rest = append(rest, o)
			continue
		}
		if all[o.Room] == nil {
			all[o.Room] = lostWords{}
		}
		switch b := body.(type) {
		case chat.Edit:
			all[o.Room][seq] = b
		case chat.Delete:
			all[o.Room][seq] = chat.Edit{}
		}
	}
	l.outbox = rest
	return all, nil
}

// written returns at most space of what the device has written in a room, oldest first,
// in the words that it had last.
func (l *left) written(ctx context.Context, room chat.RoomID, words lostWords, other bool, space int, look *int) (own []store.Entry, err error) {
	if words == nil {
		words = lostWords{}
	}
	place := store.Query{Place: store.Newest, Limit: foldPage}
	for len(own) < space && *look > 0 {
		win, err := l.store.Messages(ctx, room, place)
		if err != nil {
			return nil, err
		}
		*look -= len(win.Events)
		for i := len(win.Events) - 1; i >= 0 && len(own) < space; i-- {
			e := &win.Events[i]
			if e.Author != l.account || e.Erased {
				continue
			}
			if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil && e.Kind == chat.KindEdit {
				edit, _ := body.(chat.Edit)
				if _, newer := words[edit.Seq]; !newer {
					words[edit.Seq] = edit
				}
			}
			if e.Device != l.device || !repeatable(e, other) {
				continue
			}
			if raw, wanted := words.of(e); wanted {
				own = append(own, store.Entry{MID: e.MID, Room: room, Kind: e.Kind, Body: raw, Created: e.Time, State: store.EntryHeld, Code: store.CodeLost})
			}
		}
		if !win.MoreBefore || len(win.Events) == 0 {
			break
		}
		place = store.Query{Place: store.Before, Seq: win.Events[0].Seq, Limit: foldPage}
	}
	slices.Reverse(own)
	return own, nil
}

// repeatable reports whether an event makes sense when it is sent again: messages, and
// what makes a room for them. A direct room is its members', and not another account's.
func repeatable(e *chat.Event, other bool) bool {
	if e.Erased {
		return false
	}
	body, bad := wire.ParseBody(e.Kind, e.Body)
	if bad != nil {
		return false
	}
	switch b := body.(type) {
	case chat.Text:
		return true
	case chat.RoomCreate:
		return !other || b.Access != chat.AccessDirect
	}
	return false
}
