package ui

import (
	"context"
	"strconv"
	"time"

	"hearth/app"
	"hearth/ui/tr"
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
		for i, ago := range [...]time.Duration{34 * time.Minute, 94 * time.Minute, 26 * time.Hour, 50 * time.Hour, 8 * 24 * time.Hour} {
			b.List = append(b.List, app.HostBackup{Path: strconv.Itoa(i), At: time.Now().Add(-ago), Bytes: 8_260_000 - int64(i)*90_000, Asked: i == 2})
		}
	}
	return b, c.fail
}

// BackupHosting implements app.Commands.
func (c *invented) BackupHosting(context.Context) (string, error) { return "a copy", c.done() }

// CheckBackup implements app.Commands.
func (c *invented) CheckBackup(_ context.Context, path string) error {
	if path == "1" {
		return &app.Failed{Code: app.FailBackup, Detail: "it has no valid head"}
	}
	return c.fail
}

// RestoreHosting implements app.Commands.
func (c *invented) RestoreHosting(context.Context, string) (string, error) {
	return "/home/ana/.config/hearth/profiles/default/server/hearth.db.before-restore-20261122T225347Z", c.done()
}

// HostingStock implements app.Commands.
func (c *invented) HostingStock(context.Context) (app.HostStock, error) {
	return app.HostStock{Accounts: len(c.accounts), Rooms: len(c.view.Rooms), Messages: 12408}, c.fail
}

// EndHosting implements app.Commands.
func (c *invented) EndHosting(context.Context, bool) (string, error) {
	return "/home/ana/.config/hearth/profiles/default/server-kept-0b3kq7", c.done()
}

// HostAgain implements app.Commands.
func (c *invented) HostAgain(context.Context) error { return c.done() }

// galleryEndedHere is a group that the person has ended, and kept the data of.
func galleryEndedHere(c *invented, now time.Time) {
	c.view.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonEnded, Since: now}
	c.view.EndedHere, c.view.Kept = true, "/home/ana/.config/hearth/profiles/default/server-kept-0b3kq7wq2m5ntz7a"
}

// leads is where an older invite leads: whoever hosts the group has moved it.
func (c *invented) leads() app.InviteLead {
	if c.view.Hosting == nil {
		return app.LeadsThere
	}
	return app.LeadsNowhere
}

// galleryDisk hosts a group on a disk that has too little left.
func galleryDisk(full bool) func(*invented, time.Time) {
	return func(c *invented, now time.Time) {
		galleryHosts(c, now)
		shown := *c.view.Hosting
		shown.Disk = &app.HostDisk{Dir: "/home/ana/.config/hearth/profiles/default/server", Full: full, Missing: 341_234_567}
		c.view.Hosting = &shown
	}
}

// galleryPaused hosts a group whose server the person has stopped.
func galleryPaused(c *invented, now time.Time) {
	galleryHosts(c, now)
	c.view.Hosting = &app.HostingView{Paused: true, Port: 7480}
	c.view.Connection = app.ConnectionView{State: app.ConnOffline, Since: now}
}

// galleryDamaged hosts a group whose data are damaged.
func galleryDamaged(c *invented, now time.Time) {
	galleryHosts(c, now)
	c.view.Hosting = &app.HostingView{Port: 7480, Damaged: true, Problem: "the data are damaged and were left as they are: /home/ana/.config/hearth/profiles/default/server/hearth.db: it has no valid head. The newest sound backup is of 2026-11-22T22:53:47Z. To put it in their place, run: hearth-server restore --data '/home/ana/.config/hearth/profiles/default/server' --from '/home/ana/.config/hearth/profiles/default/server/backups/hearth-20261122T225347Z.db'"}
	c.view.Connection = app.ConnectionView{State: app.ConnOffline, Since: now}
}

// galleryMendable is one of which only the last commit may be missing.
func galleryMendable(c *invented, now time.Time) {
	galleryDamaged(c, now)
	c.view.Hosting.Mendable = true
}

// galleryGoBack has the person about to go back to the newest backup.
func galleryGoBack(u *UI) {
	u.showBackups()
	u.confirm(confirmation{
		title: tr.F("hosting.restore.sure", "Group", inSentence(groupName(u.view))), text: tr.S("hosting.restore.sure.text"), mono: backupMoment(time.Now()),
		do: tr.S("hosting.restore.sure.do"), danger: true,
	})
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
		{"hosting-damaged", galleryDamaged, nil},
		{"settings-hosting-damaged", galleryDamaged, galleryHosting},
		{"hosting-backups", galleryHosts, (*UI).showBackups},
		{"hosting-backups-mend", galleryMendable, (*UI).showBackups},
		{"hosting-backups-none", galleryPaused, (*UI).showBackups},
		{"hosting-backup-sure", galleryHosts, galleryGoBack},
		{"hosting-backup-done", galleryHosts, func(u *UI) {
			u.showBack("/home/ana/.config/hearth/profiles/default/server/hearth.db.before-restore-20261122T225347Z", "")
		}},
		{"hosting-end", galleryHosts, func(u *UI) { u.askDelete() }},
		{"hosting-kept", galleryHosts, func(u *UI) {
			u.showKept("Harbour Choir", "/home/ana/.config/hearth/profiles/default/server-kept-0b3kq7wq2m5ntz7a")
		}},
		{"group-ended", func(c *invented, now time.Time) {
			c.view.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonEnded, Since: now}
		}, nil},
		{"privacy-kept", nil, func(u *UI) { u.tell(app.Notice{Kind: app.NoticePrivacyKept}) }},
		{"hosting-disk-full", galleryDisk(true), nil},
		{"settings-hosting-disk", galleryDisk(false), galleryHosting},
		{"hosting-invites", galleryHosts, func(u *UI) { u.home.showInvite() }},
		{"group-ended-here", galleryEndedHere, nil},
		{"host-again", galleryEndedHere, (*UI).askHostAgain},
		{"follow", nil, func(u *UI) { u.showFollow("") }},
	}
}
