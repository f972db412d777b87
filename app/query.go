package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/names"
	"hearth/net/link"
	"hearth/net/wire"
)

// connectedNow returns the present connection.
func (a *App) connectedNow(ctx context.Context) (*link.Session, error) {
	return ask(ctx, a, func() (*link.Session, error) {
		if a.group == nil || a.group.net == nil || a.group.net.session == nil {
			return nil, &Failed{Code: FailOffline}
		}
		return a.group.net.session, nil
	})
}

// query sends a request and waits for its reply.
func query[T wire.Reply](ctx context.Context, a *App, r wire.Request) (T, error) {
	var none T
	s, err := a.connectedNow(ctx)
	if err != nil {
		return none, err
	}
	reply, err := s.Do(ctx, r)
	if err != nil {
		return none, networkFailed(err)
	}
	answer, ok := reply.(T)
	if !ok {
		return none, &Failed{Code: FailInternal, Detail: "the server answered with something else"}
	}
	return answer, nil
}

// mostListed bounds what a server can make us gather.
const mostListed = 100_000

// pages asks for one page after the other. next asks for what lies behind the
// last entry so far and says how many came and whether there is more.
func pages(next func() (came int, more bool, err error)) error {
	for total := 0; ; {
		came, more, err := next()
		if err != nil || !more {
			return err
		}
		if total += came; came == 0 || total > mostListed {
			return &Failed{Code: FailInternal, Detail: "the server's list has no end"}
		}
	}
}

// OpenRooms implements Commands: those one is not in come first, by their names.
func (a *App) OpenRooms(ctx context.Context) ([]OpenRoom, error) {
	var list []OpenRoom
	var after chat.RoomID
	err := pages(func() (int, bool, error) {
		reply, err := query[*wire.RoomsList](ctx, a, &wire.Rooms{After: after})
		if err != nil {
			return 0, false, err
		}
		for _, r := range reply.Rooms {
			list = append(list, OpenRoom{ID: r.Room, Name: r.Name, Topic: r.Topic, Members: r.Members, Joined: r.Joined})
			after = r.Room
		}
		return len(reply.Rooms), reply.More, nil
	})
	a.shot.Load().findAlike(list)
	slices.SortFunc(list, func(x, y OpenRoom) int { // the server's order is that of ids
		if x.Joined != y.Joined {
			if y.Joined {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), bytes.Compare(x.ID[:], y.ID[:]))
	})
	return list, err
}

// RoomLike implements Commands.
func (a *App) RoomLike(ctx context.Context, name string, except chat.RoomID) (*OpenRoom, error) {
	like := names.Likeness(name)
	if like == "" {
		return nil, nil
	}
	for _, r := range a.shot.Load().rooms {
		if r.like == like && !r.view.Hidden && r.view.ID != except {
			return &OpenRoom{ID: r.view.ID, Name: r.view.Name, Topic: r.view.Topic, Members: len(r.view.Members), Joined: r.view.Joined}, nil
		}
	}
	if a.View().Connection.State != ConnLive {
		return nil, nil
	}
	open, err := a.OpenRooms(ctx)
	if i := slices.IndexFunc(open, func(r OpenRoom) bool { return names.Likeness(r.Name) == like && r.ID != except }); i >= 0 {
		return &open[i], err
	}
	return nil, err
}

// findAlike marks which of some rooms look like one another, or like one of the person's.
func (s *snapshot) findAlike(list []OpenRoom) {
	looks := map[string]map[chat.RoomID]bool{}
	add := func(like string, id chat.RoomID) {
		if looks[like] == nil {
			looks[like] = map[chat.RoomID]bool{}
		}
		looks[like][id] = true
	}
	for _, r := range s.rooms {
		add(r.like, r.view.ID)
	}
	for i := range list {
		add(names.Likeness(list[i].Name), list[i].ID)
	}
	for i := range list {
		list[i].Alike = len(looks[names.Likeness(list[i].Name)]) > 1
	}
}

// People implements Commands.
func (a *App) People(ctx context.Context) ([]MemberView, error) {
	me := a.shot.Load().me
	var list []MemberView
	var after chat.AccountID
	err := pages(func() (int, bool, error) {
		reply, err := query[*wire.PeopleList](ctx, a, &wire.People{After: after})
		if err != nil {
			return 0, false, err
		}
		for _, p := range reply.People {
			list = append(list, MemberView{Account: p.Account, Name: p.Name, Display: p.Display, Me: p.Account == me})
			after = p.Account
		}
		return len(reply.People), reply.More, nil
	})
	return list, err
}

// SetDisplay implements Commands.
func (a *App) SetDisplay(ctx context.Context, display string) error {
	limits := a.shot.Load().base.Group.Limits
	if bad := wire.CheckName(display, "/display", limits); bad != nil {
		return refusalFailed(bad)
	}
	if _, err := query[*wire.OK](ctx, a, &wire.Profile{MID: chat.NewMID(), Display: display}); err != nil {
		return err
	}
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil {
			return nil
		}
		if err := a.overShowing(PartName, true); err != nil {
			return err
		}
		a.displayIs(display)
		return nil
	})
}

// CreateInvite implements Commands. The secret is made here; the server learns
// only its public half.
func (a *App) CreateInvite(ctx context.Context, uses int, expires time.Duration) (InviteLink, error) {
	if err := checkInvite(uses, expires, a.shot.Load().base.Group.Limits); err != nil {
		return InviteLink{}, err
	}
	secret := chat.NewInviteSecret()
	key := secret.Key()
	defer clear(key)
	public := slices.Clone(key[32:])
	reply, err := query[*wire.InviteCreated](ctx, a, &wire.InviteCreate{Key: wire.Bytes(public), Uses: uses, ExpiresMS: expires.Milliseconds()})
	if err != nil {
		return InviteLink{}, err
	}
	v := inviteView(&reply.Invite)
	v.Link, err = ask(ctx, a, func() (string, error) {
		if a.group == nil {
			return "", &Failed{Code: FailOffline}
		}
		l := chat.Link{Addresses: a.group.shareable(), Server: a.group.pin(), Bound: a.group.account.Bound, Secret: secret}
		return l.String(), nil
	})
	return v, err
}

// checkInvite refuses what the server would, in words that say what it takes.
func checkInvite(uses int, expires time.Duration, l chat.Limits) error {
	switch {
	case l == chat.Limits{}: // nothing is known of the server
	case uses < 1 || uses > l.InviteUses:
		return &Failed{Code: FailBadValue, Field: "uses", Detail: fmt.Sprintf("an invite has 1 to %d uses", l.InviteUses)}
	case expires <= 0 || expires > time.Duration(l.InviteDays)*24*time.Hour:
		return &Failed{Code: FailBadValue, Field: "expires", Detail: fmt.Sprintf("an invite lives at most %d days", l.InviteDays)}
	}
	return nil
}

// shareable are the addresses for links: what the server says of itself comes
// first, and what is good on this machine only is left out if there is anything
// better.
func (g *group) shareable() []string {
	all := tidyAddresses(g.info.Addresses, g.account.Addresses)
	far := slices.DeleteFunc(slices.Clone(all), func(address string) bool {
		at, err := netip.ParseAddrPort(address)
		return err == nil && at.Addr().IsLoopback()
	})
	if len(far) == 0 {
		return all
	}
	return far
}

// Invites implements Commands.
func (a *App) Invites(ctx context.Context) ([]InviteLink, error) {
	var list []InviteLink
	var after chat.InviteID
	err := pages(func() (int, bool, error) {
		reply, err := query[*wire.Invites](ctx, a, &wire.InviteList{After: after})
		if err != nil {
			return 0, false, err
		}
		for i := range reply.Invites {
			list = append(list, inviteView(&reply.Invites[i]))
			after = reply.Invites[i].Invite
		}
		return len(reply.Invites), reply.More, nil
	})
	a.markInvites(ctx, list)
	return list, err
}

// RevokeInvite implements Commands.
func (a *App) RevokeInvite(ctx context.Context, id chat.InviteID) error {
	_, err := query[*wire.OK](ctx, a, &wire.InviteRevoke{Invite: id})
	return err
}

func inviteView(i *wire.Invite) InviteLink {
	return InviteLink{
		ID: i.Invite, Created: time.UnixMilli(i.Created), Expires: time.UnixMilli(i.Expires), Uses: i.Uses, Used: i.Used, For: i.For,
	}
}
