package ui

import (
	"context"
	"sync/atomic"
	"testing"

	"hearth/app"
	"hearth/ui/tr"
)

// awayCore answers nothing without a connection.
type awayCore struct {
	*invented
	away *atomic.Bool
}

func (c awayCore) OpenRooms(ctx context.Context) ([]app.OpenRoom, error) {
	if c.away.Load() {
		return nil, &app.Failed{Code: app.FailOffline}
	}
	return c.invented.OpenRooms(ctx)
}

func (c awayCore) Invites(ctx context.Context) ([]app.InviteLink, error) {
	if c.away.Load() {
		return nil, &app.Failed{Code: app.FailOffline}
	}
	return c.invented.Invites(ctx)
}

// TestReask: what a dialog could not ask without a connection it asks when there is one.
func TestReask(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	g.pose(q)
	u := g.u
	core := awayCore{g.core, new(atomic.Bool)}
	u.core = core
	connect := func(s app.ConnState) {
		core.away.Store(s != app.ConnLive)
		v := *u.view
		v.Connection.State = s
		g.core.view = &v
		u.apply(app.Changes{View: true}, &v)
	}
	failed := explain(&app.Failed{Code: app.FailOffline}).text
	for _, test := range []struct {
		open  func()
		shows string
	}{
		{u.home.showBrowse, tr.S("browse.join")},
		{u.home.showInvite, tr.S("invite.live")},
	} {
		connect(app.ConnOffline)
		test.open()
		q.until(t, "the failure", func() bool { return shows(u, failed) })
		connect(app.ConnLive)
		q.until(t, "what was asked for", func() bool { return shows(u, test.shows) && !shows(u, failed) })
		u.closeAll()
	}
}
