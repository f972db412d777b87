package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// People the person knows (docs/adr/0041): those they have written to where not everybody
// can come in, and those they have said it of. Their pictures are shown by themselves. It
// is kept on this device.

// settingKnown is where it stands who is known, JSON.
const settingKnown = "known"

// settingPictures is where it stands whether everybody's pictures show in the group, JSON.
const settingPictures = "pictures"

// pictureRule is what the person said of everybody's pictures in a group.
type pictureRule struct {
	Asked bool `json:"asked"`
	All   bool `json:"all"`
}

// mostContacts bounds how many are remembered.
const mostContacts = 10_000

// Know implements Commands.
func (a *App) Know(ctx context.Context, account chat.AccountID, on bool) error {
	return tell(ctx, a, func() error {
		g := a.group
		switch {
		case g == nil:
			return &Failed{Code: FailNoRoom}
		case account.IsZero() || account == g.me():
			return &Failed{Code: FailBadValue, Field: "account"}
		case g.contacts[account] == on:
			return nil
		case on && len(g.contacts) >= mostContacts:
			return &Failed{Code: FailCode(chat.CodeLimitReached), Field: "account"}
		}
		next := maps.Clone(g.contacts)
		if delete(next, account); on {
			next[account] = true
		}
		return a.keepKnown(next)
	})
}

// ShowPictures implements Commands.
func (a *App) ShowPictures(ctx context.Context, all bool) error {
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil {
			return &Failed{Code: FailNoRoom}
		}
		next := pictureRule{Asked: true, All: all}
		if next == g.pictures {
			return nil
		}
		data, err := json.Marshal(next)
		if err == nil {
			err = g.store.SetSetting(a.disk, settingPictures, data)
		}
		if a.storeResult(err); err != nil {
			return storeFailed(err)
		}
		g.pictures = next
		a.viewNew = true
		return nil
	})
}

// acquaint takes note that the person has written in a room: in one that is not open to
// everybody they know who is there.
func (a *App) acquaint(r *room) {
	g := a.group
	if r == nil || r.state == nil || r.state.Access == chat.AccessOpen {
		return
	}
	var next map[chat.AccountID]bool
	for account := range r.state.Members {
		if account == g.me() || g.contacts[account] || max(len(g.contacts), len(next)) >= mostContacts {
			continue
		}
		if next == nil {
			next = maps.Clone(g.contacts)
		}
		next[account] = true
	}
	if next != nil {
		_ = a.keepKnown(next) // told as trouble of the disk; the next message does it again
	}
}

// keepKnown takes over who is known, once it is on the disk.
func (a *App) keepKnown(next map[chat.AccountID]bool) error {
	g := a.group
	list := slices.SortedFunc(maps.Keys(next), func(x, y chat.AccountID) int { return slices.Compare(x[:], y[:]) })
	data, err := json.Marshal(list)
	if err == nil {
		err = g.store.SetSetting(a.disk, settingKnown, data)
	}
	if a.storeResult(err); err != nil {
		return storeFailed(err)
	}
	g.contacts = next
	a.viewNew = true
	return nil
}

// loadKnown reads who is known. What cannot be read is nobody: one click each.
func (g *group) loadKnown(ctx context.Context) error {
	g.contacts = map[chat.AccountID]bool{}
	data, err := g.store.Setting(ctx, settingKnown)
	var list []chat.AccountID
	if err == nil && json.Unmarshal(data, &list) == nil {
		for _, account := range list[:min(len(list), mostContacts)] {
			g.contacts[account] = true
		}
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	g.pictures = pictureRule{}
	if data, err = g.store.Setting(ctx, settingPictures); err == nil && json.Unmarshal(data, &g.pictures) != nil {
		g.pictures = pictureRule{}
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}
