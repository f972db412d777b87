package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// What people show of themselves stands in no log: a server restored from an older backup
// has what they showed then. So it is kept here what the server had last, and what that
// took the place of; what the server has lost is offered (docs/adr/0052). Owned by the loop.

// ProfilePart is a part of what a person shows of themselves.
type ProfilePart string

// The parts.
const (
	PartName    ProfilePart = "name"
	PartPicture ProfilePart = "picture"
	PartStatus  ProfilePart = "status"
)

var profileParts = []ProfilePart{PartName, PartPicture, PartStatus}

// settingShowing is where it stands, JSON of map[ProfilePart]*showing.
const settingShowing = "showing"

// mostBefore is how many former values of a part are remembered.
const mostBefore = 32

// shownValue is what a part shows, or showed: the members that are the part's.
type shownValue struct {
	Name   string    `json:"name,omitzero"`
	Avatar chat.Hash `json:"avatar,omitzero"`
	statusRecord
}

// is reports whether two values show the same; for how long is another matter.
func (v shownValue) is(o shownValue) bool {
	v.Until, o.Until = 0, 0
	return v == o
}

// showing is what is known of a part.
type showing struct {
	Now    shownValue   `json:"now"`              // what the server had last
	Since  int64        `json:"since,omitzero"`   // when it was told, milliseconds
	Before []shownValue `json:"before,omitempty"` // what that replaced, oldest first
	Epoch  chat.Epoch   `json:"epoch"`            // in which it was told
	Lost   *lostShowing `json:"lost,omitempty"`
}

// lostShowing is what the server had, and has not any more.
type lostShowing struct {
	shownValue
	At     int64     `json:"at"`              // when the server had it first, milliseconds
	Wanted bool      `json:"wanted,omitzero"` // the person has said that it shall be sent
	Code   chat.Code `json:"code,omitzero"`   // why the server did not take it
}

// told takes over what the server has in this epoch. Restored: it may be older than what
// it had in another one. It is older if it was known here and replaced; anything else is
// news, from another device, and what was lost before that is offered no more.
func (p *showing) told(v shownValue, epoch chat.Epoch, restored bool, now time.Time) (changed bool) {
	if p.Now.view().over(now) {
		p.Now.statusRecord = statusRecord{}
	}
	same, again := p.Now.is(v), p.Epoch == epoch
	older := slices.IndexFunc(p.Before, v.is)
	switch {
	case same && (p.Lost == nil || restored):
	case p.Lost != nil && p.Lost.is(v):
		p.replace(v, older, now)
	case restored && older >= 0:
		if p.Lost == nil {
			p.Lost = &lostShowing{shownValue: p.Now, At: p.Since}
		}
		p.Before, p.Since = slices.Delete(p.Before, older, older+1), now.UnixMilli()
	case !same:
		p.replace(v, older, now)
	}
	p.Now, p.Epoch = v, epoch
	return !same || !again
}

// replace takes note that a value gives way to another; older is where that stands among
// the former ones, or -1.
func (p *showing) replace(by shownValue, older int, now time.Time) {
	if older >= 0 {
		p.Before = slices.Delete(p.Before, older, older+1)
	}
	if !p.Now.is(by) {
		p.Before = append(p.Before, p.Now)
		p.Before = p.Before[max(0, len(p.Before)-mostBefore):]
	}
	p.Since, p.Lost = now.UnixMilli(), nil
}

// offered reports whether there is something to decide, or to send.
func (p *showing) offered(now time.Time) bool { return p.Lost != nil && !p.Lost.view().over(now) }

// loadShowing reads what was known. Where an older program has not kept it, that is what
// it knew of the account.
func (g *group) loadShowing(ctx context.Context) error {
	g.showing = map[ProfilePart]*showing{}
	if err := g.loadJSON(ctx, settingShowing, &g.showing); err != nil {
		return err
	}
	if g.showing == nil { // as "null" is read
		g.showing = map[ProfilePart]*showing{}
	}
	for _, part := range profileParts {
		if g.showing[part] == nil {
			g.showing[part] = &showing{Now: g.shownAs(part), Epoch: g.epoch}
		}
		if l := g.showing[part].Lost; l != nil && !l.Avatar.IsZero() {
			g.stock.hold(l.Avatar)
		}
	}
	return nil
}

// carryShowing takes over what another device of the account knew of what it shows. The
// pictures are held for as long as the program runs: by then the server has told.
func (g *group) carryShowing(ctx context.Context, l *left) error {
	if l.account != g.owner.Account {
		return nil
	}
	for _, p := range l.showing {
		for _, h := range []chat.Hash{p.Now.Avatar, p.lostAvatar()} {
			data, err := l.stock.read(h)
			if err != nil || len(data) == 0 {
				continue // it was never looked at there
			}
			if _, _, err := g.stock.put(bytes.NewReader(data)); err != nil {
				return err
			}
		}
	}
	data, err := json.Marshal(l.showing)
	if err != nil {
		return err
	}
	if err := g.store.SetSetting(ctx, settingShowing, data); err != nil {
		return err
	}
	return g.loadShowing(ctx)
}

func (p *showing) lostAvatar() chat.Hash {
	if p.Lost == nil {
		return chat.Hash{}
	}
	return p.Lost.Avatar
}

// cardDue reports whether the server is being asked what it shows of the person in an epoch
// of which it is not known.
func (g *group) cardDue() bool {
	return g.cards.asking && g.net != nil && g.net.session != nil && g.showing[PartStatus].Epoch != g.net.session.Greeting().Epoch
}

// shownAs is what the server has of a part, as far as it has said.
func (g *group) shownAs(part ProfilePart) shownValue {
	mine := g.cards.table[g.me()]
	switch part {
	case PartName:
		return shownValue{Name: g.display()}
	case PartPicture:
		return shownValue{Avatar: mine.Avatar}
	default:
		return shownValue{statusRecord: recordOf(mine.Status)}
	}
}

// noteShowing looks at parts that the server has told. Listed: as it told them by itself
// on this connection; else they were changed just now.
func (a *App) noteShowing(listed bool, parts ...ProfilePart) {
	g := a.group
	if g.net == nil || g.net.session == nil {
		return
	}
	epoch, now := g.net.session.Greeting().Epoch, time.Now()
	changed, lost := false, 0
	for _, part := range parts {
		p := g.showing[part]
		had := p.Lost
		if p.told(g.shownAs(part), epoch, listed && !p.Epoch.IsZero() && p.Epoch != epoch, now) {
			changed = true
		}
		if p.Lost == had {
			continue
		}
		changed = true
		if l := p.Lost; l != nil && !l.Avatar.IsZero() && !g.stock.shelf.Has(l.Avatar) {
			p.Lost = nil // there is nothing to send
		}
		g.heldPicture(had, p.Lost)
		if p.offered(now) {
			lost++
			a.log.Warn("the server has lost what the person showed", "part", string(part))
		}
	}
	if !changed {
		return
	}
	a.saveJSON(settingShowing, g.showing)
	a.viewNew = true
	if lost > 0 {
		a.notice(Notice{Kind: NoticeProfileLost, Count: lost})
	}
}

// heldPicture keeps a picture that may be sent again, and lets go of one that will not.
func (g *group) heldPicture(was, is *lostShowing) {
	if is != nil && !is.Avatar.IsZero() {
		g.stock.hold(is.Avatar)
	}
	if was != nil && !was.Avatar.IsZero() {
		g.stock.release(was.Avatar)
	}
}

// forgetShowing gives up what the server has lost of a part.
func (a *App) forgetShowing(part ProfilePart) error {
	g := a.group
	p := g.showing[part]
	if p.Lost == nil {
		return nil
	}
	was := p.Lost
	p.Lost = nil
	if err := a.writeJSON(settingShowing, g.showing); err != nil {
		p.Lost = was
		return storeFailed(err)
	}
	g.heldPicture(was, nil)
	a.viewNew = true
	return nil
}

// overShowing gives up what the server has lost of a part for what the person has chosen
// since, if they have.
func (a *App) overShowing(part ProfilePart, chosen bool) error {
	if !chosen {
		return nil
	}
	return a.forgetShowing(part)
}

// midOf is the id under which a part stands in the outbox.
func (g *group) midOf(part ProfilePart) chat.MID {
	return chat.DerivedMID(chat.MID{}, "profile "+string(part), g.me())
}

// lostParts are those that stand in the outbox.
func (g *group) lostParts() (parts []ProfilePart) {
	now := time.Now()
	for _, part := range profileParts {
		if g.showing[part].offered(now) {
			parts = append(parts, part)
		}
	}
	return parts
}

// lostPart finds the part with an id of the outbox; "" if there is none.
func (g *group) lostPart(mid chat.MID) ProfilePart {
	for _, part := range g.lostParts() {
		if g.midOf(part) == mid {
			return part
		}
	}
	return ""
}

// partEntry is a part in the outbox.
func (g *group) partEntry(part ProfilePart) OutboxEntry {
	l := g.showing[part].Lost
	e := OutboxEntry{Part: part, MayCancel: true, MayRetry: !l.Wanted, Message: MessageView{
		MID: g.midOf(part), Author: g.me(), Device: g.owner.Device, Name: g.display(), Own: true, Time: time.UnixMilli(l.At), State: StateFailed,
	}}
	switch {
	case l.Wanted:
		e.Message.State = StateWaiting
	case l.Code != "":
		e.Message.Failure = &Failure{Code: l.Code}
	default:
		e.Message.Failure = &Failure{Code: CodeHeld, Message: "held back until you decide", Because: CodeLost}
	}
	switch s := l.view(); {
	case part == PartName:
		e.Message.Text = l.Name
	case part == PartStatus && s.Emoji != "" && s.Text != "":
		e.Message.Text = s.Emoji + " " + s.Text
	case part == PartStatus:
		e.Message.Text = s.Emoji + s.Text
	}
	e.Gone = l.is(shownValue{})
	return e
}

// wantShowing has parts sent again, as soon as there is a connection.
func (a *App) wantShowing(parts ...ProfilePart) error {
	g := a.group
	for _, part := range parts {
		if l := g.showing[part].Lost; !l.Wanted {
			l.Wanted, l.Code = true, ""
		}
	}
	if len(parts) == 0 {
		return nil
	}
	if err := a.writeJSON(settingShowing, g.showing); err != nil {
		for _, part := range parts {
			g.showing[part].Lost.Wanted = false
		}
		return storeFailed(err)
	}
	a.viewNew = true
	a.sendShowing()
	return nil
}

// sendShowing sends what the person wants to have sent again: a name from here, the rest
// as a wish like any other (card.go).
func (a *App) sendShowing() {
	g := a.group
	if g.net == nil || !g.net.live {
		return
	}
	wish, changed := g.cards.wish, false
	for _, part := range g.lostParts() {
		l := g.showing[part].Lost
		switch {
		case !l.Wanted || g.showing[part].Epoch != g.net.session.Greeting().Epoch: // what the server has is still to be told
		case part == PartName:
			a.sendName(l)
		case part == PartPicture && wish.Avatar == nil:
			h := l.Avatar
			if !h.IsZero() {
				g.stock.hold(h)
			}
			wish.Avatar, changed = &h, true
		case part == PartStatus && wish.Status == nil:
			s := l.statusRecord
			wish.Status, changed = &s, true
		}
	}
	if !changed {
		return
	}
	g.cards.wish = wish
	a.saveJSON(settingCardWish, wish)
	a.cardsChanged()
	a.sendCard()
}

func (a *App) sendName(l *lostShowing) {
	if a.group.net.naming == l {
		return
	}
	a.group.net.naming = l
	// Asked for again, it is the same change: the events that tell of it have the same ids.
	change := &wire.Profile{MID: chat.NewMID(), Display: l.Name}
	a.insisting(&insistence{
		name: alarmDisplay, endless: true,
		request: func() wire.Request { r := *change; return &r },
		still:   func() bool { return a.group.showing[PartName].Lost == l }, // nobody has taken another since
		done:    func(wire.Reply) { a.displayIs(change.Display) },
		never: func(err error) {
			a.group.net.naming = nil
			a.showingRefused(PartName, err)
		},
	})
}

// showingRefused takes note that the server does not take a part.
func (a *App) showingRefused(part ProfilePart, err error) {
	l := a.group.showing[part].Lost
	var refusal *chat.Error
	if l == nil || !l.Wanted || !errors.As(err, &refusal) {
		return
	}
	l.Wanted, l.Code = false, refusal.Code
	a.saveJSON(settingShowing, a.group.showing)
	a.viewNew = true
	a.notice(Notice{Kind: NoticeChangeRefused, Code: refusal.Code})
}

// displayIs takes note of the name that the server has taken.
func (a *App) displayIs(display string) {
	g := a.group
	g.info.Display = display
	a.storeResult(g.store.SetInfo(a.disk, g.info))
	account := g.account
	account.Display = display
	if err := g.folder.Update(account); err != nil {
		a.log.Warn("the account file was not brought up to date", "err", err)
	}
	g.account = account
	a.viewNew = true
	a.noteShowing(false, PartName)
}

// nameChanged takes note of a name that the person took on another device just now.
func (a *App) nameChanged(e *chat.Event) {
	g := a.group
	if e.Kind != chat.KindName || e.Author != g.me() || e.Device == g.owner.Device || !g.net.live {
		return
	}
	body, bad := wire.ParseBody(e.Kind, e.Body)
	if b, is := body.(chat.Name); bad == nil && is && b.Display != g.display() {
		a.displayIs(b.Display)
	}
}
