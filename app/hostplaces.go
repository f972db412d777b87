package app

import (
	"context"
	"slices"
	"time"
)

// Links lead where the server was when they were made. So it is kept since when it is where.

// HostSince is where a hosted server was reached from a moment on.
type HostSince struct {
	At time.Time // zero: from the beginning
	HostPlace
}

// mostMoves bounds them: the first of more is one of invites that live no longer.
const mostMoves = 64

// movedTo notes that the server is reached elsewhere from now on.
func (c *HostConfig) movedTo(to HostPlace, now time.Time) {
	was := HostPlace{Local: c.Local, Port: c.Port}
	if was == to {
		return
	}
	places := slices.Clone(c.Places)
	if len(places) == 0 {
		places = append(places, HostSince{HostPlace: was})
	}
	places = append(places, HostSince{At: now, HostPlace: to})
	c.Places = places[max(0, len(places)-mostMoves):]
	c.Local, c.Port = to.Local, to.Port
}

// leads says where an invite that was made then leads now.
func (c *HostConfig) leads(made time.Time) InviteLead {
	then := HostPlace{Local: c.Local, Port: c.Port}
	for i, p := range c.Places {
		if i == 0 || !p.At.After(made) {
			then = p.HostPlace
		}
	}
	switch {
	case then.Port != c.Port:
		return LeadsNowhere
	case then.Local && !c.Local:
		return LeadsHere
	}
	return LeadsThere
}

// InviteLead is where the link of an invite leads, as far as that is known.
type InviteLead string

// Where it leads.
const (
	LeadsThere   InviteLead = ""
	LeadsNowhere InviteLead = "nowhere" // the group that is hosted here has another port by now
	LeadsHere    InviteLead = "here"    // to this machine alone, while others can reach the group
)

// markInvites says of each where it leads, if the group is hosted here.
func (a *App) markInvites(ctx context.Context, list []InviteLink) {
	config, err := a.hostedHere(ctx)
	if err != nil {
		return // what others serve is not known
	}
	for i := range list {
		list[i].Lead = config.leads(list[i].Created)
	}
}
