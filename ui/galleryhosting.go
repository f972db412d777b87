package ui

import (
	"context"
	"time"

	"hearth/app"
)

// StartHosting implements app.Commands.
func (c *invented) StartHosting(context.Context) error { return c.done() }

// StopHosting implements app.Commands.
func (c *invented) StopHosting(context.Context) error { return nil }

// PauseHosting implements app.Commands.
func (c *invented) PauseHosting(context.Context) error { return c.done() }

// MoveHosting implements app.Commands.
func (c *invented) MoveHosting(context.Context, app.HostPlace) error { return c.done() }

// HostingBackups implements app.Commands.
func (c *invented) HostingBackups(context.Context) (app.HostBackups, error) {
	b := app.HostBackups{Dir: "/home/ana/.config/hearth/profiles/default/server/backups"}
	if h := c.view.Hosting; h != nil && !h.Paused { // nil: the next screen is there already
		b.Count, b.Bytes, b.Last = 9, 41_300_000, time.Now().Add(-34*time.Minute)
	}
	return b, c.fail
}

// BackupHosting implements app.Commands.
func (c *invented) BackupHosting(context.Context) (string, error) { return "a copy", c.done() }

// HostingStock implements app.Commands.
func (c *invented) HostingStock(context.Context) (app.HostStock, error) {
	return app.HostStock{Accounts: len(c.accounts), Rooms: len(c.view.Rooms), Messages: 12408}, c.fail
}

// EndHosting implements app.Commands.
func (c *invented) EndHosting(context.Context, bool) (string, error) {
	return "/home/ana/.config/hearth/profiles/default/server-kept-0b3kq7", c.done()
}

// galleryPaused hosts a group whose server the person has stopped.
func galleryPaused(c *invented, now time.Time) {
	galleryHosts(c, now)
	c.view.Hosting = &app.HostingView{Paused: true, Port: 7480}
	c.view.Connection = app.ConnectionView{State: app.ConnOffline, Since: now}
}

// galleryHosting opens the part of the settings about the hosted group.
func galleryHosting(u *UI) { u.showSettingsNamed("hosting.title") }

// galleryMove has the person about to make it reachable elsewhere.
func galleryMove(u *UI) {
	galleryHosting(u)
	p := u.dialogs[len(u.dialogs)-1].spec.body.(*settingsPage)
	p.hosted.where.choose(1)
	p.hosted.port.entry.SetText("7490")
	p.view.scroll.ScrollToOffset(p.hosted.where.Position())
}

// galleryHostingScreens are those about the group that is hosted here, and its end.
func galleryHostingScreens() []screen {
	return []screen{
		{"settings-hosting", galleryHosts, galleryHosting},
		{"settings-hosting-paused", galleryPaused, galleryHosting},
		{"settings-hosting-move", galleryHosts, galleryMove},
		{"hosting-end", galleryHosts, func(u *UI) { u.askDelete() }},
		{"hosting-kept", galleryHosts, func(u *UI) {
			u.showKept("Harbour Choir", "/home/ana/.config/hearth/profiles/default/server-kept-0b3kq7wq2m5ntz7a")
		}},
		{"group-ended", func(c *invented, now time.Time) {
			c.view.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonEnded, Since: now}
		}, nil},
		{"follow", nil, func(u *UI) { u.showFollow("") }},
	}
}
