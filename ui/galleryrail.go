package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
)

// galleryGroups are the groups of the gallery: the one that all screens show, and what
// a screen puts beside it.
type galleryGroups struct {
	alone
	core *invented
}

// Groups implements app.GroupsCommands.
func (g galleryGroups) Groups() []app.GroupItem {
	return append([]app.GroupItem{{Key: 1, ID: "nimbus", Core: g.core}}, g.core.beside...)
}

// galleryRail puts groups in all states beside the one in view.
func galleryRail(c *invented, now time.Time) {
	r := &c.view.Rooms[len(c.view.Rooms)-1]
	r.Access, r.Added, r.Activity = chat.AccessClosed, true, now.Add(-time.Minute)
	c.view.Rooms = append([]app.RoomView{*r}, c.view.Rooms[:len(c.view.Rooms)-1]...)
	add := func(group, account string, change func(*app.View)) {
		other := newInvented(now)
		v := other.view
		v.Group.Name, v.Group.Server, v.Me.Display = group, chat.ServerID{byte(len(c.beside) + 2)}, account
		v.Waiting, v.Failed = 0, 0
		for i := range v.Rooms {
			v.Rooms[i].Unread, v.Rooms[i].Mentions, v.Rooms[i].Draft = 0, 0, chat.Draft{}
		}
		change(v)
		item := app.GroupItem{Key: len(c.beside) + 2, ID: group + account, Core: other, Group: group, Account: account, Server: v.Group.Server}
		c.beside = append(c.beside, item)
	}
	add("Choir of Saint Cecilia", "Daniel", func(v *app.View) { v.Rooms[0].Unread, v.Rooms[0].Mentions = 7, 3 })
	add("读书会", "丹尼尔", func(v *app.View) { v.Rooms[0].Unread = 2 })
	add("Nimbus", "Daniel (on call)", func(*app.View) {})
	add("Allotments", "Daniel", func(v *app.View) {
		v.Waiting, v.Rooms[1].Draft = 2, chat.Draft{Text: "Who has the key to the shed?"}
		v.Connection = app.ConnectionView{State: app.ConnWaiting, Reason: app.ReasonUnreachable, NextTry: now.Add(time.Minute)}
	})
	add("Old school", "dcamilleri", func(v *app.View) {
		v.Phase, v.Problem = app.PhaseLocked, &app.Problem{Kind: app.ProblemPassphrase}
	})
	add("Robotics", "Daniel", func(v *app.View) {
		v.Phase, v.Problem = app.PhaseFailed, &app.Problem{Kind: app.ProblemNewer}
	})
	add("Night shift", "Daniel", func(v *app.View) {
		v.Rooms[0].Access, v.Rooms[0].Unread, v.Rooms[1].Mentions, v.Rooms[1].Unread = chat.AccessDirect, 4, 1, 9
	})
}

// galleryRailSilent is galleryRail with the first two groups silenced.
func galleryRailSilent(c *invented, now time.Time) {
	galleryRail(c, now)
	for _, v := range []*app.View{c.view, c.beside[0].Core.(*invented).view} {
		v.Notify = &app.NotifyRules{Paused: now.Add(50 * time.Minute)}
	}
}

// galleryAdding begins to add a group.
func galleryAdding(c *invented, now time.Time) {
	galleryRail(c, now)
	fresh := newInvented(now)
	fresh.view = &app.View{Phase: app.PhaseWelcome, Settings: c.view.Settings}
	c.beside = append(c.beside, app.GroupItem{Key: len(c.beside) + 2, Core: fresh, Adding: true})
}

// galleryShow brings the group at a place of the rail into view.
func galleryShow(at int) func(*UI) {
	return func(u *UI) { u.show(u.all[min(at, len(u.all)-1)]) }
}

// galleryRailMenu opens the menu of a tile.
func galleryRailMenu(u *UI) { u.rail.menu(u.all[1], fyne.NewPos(railWidth(), 40)) }

// galleryWarning has somebody sign in to the account of a group that is not in view.
func galleryWarning(u *UI) {
	u.all[3].hear(app.Notice{Kind: app.NoticeDeviceAdded, Device: app.DeviceView{Name: "Oliver's old phone", Platform: "Linux"}})
}
