package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
)

// galleryOwner makes the open room the person's own, and has the group hosted here.
func galleryOwner(c *invented, now time.Time) {
	galleryHosts(c, now)
	r := &c.view.Rooms[0]
	r.Members = slices.Clone(r.Members)
	r.Members[0].Role = chat.RoleOwner
}

// gallerySuspended has some people shut out of the group that is hosted here.
func gallerySuspended(c *invented, now time.Time) {
	galleryHosts(c, now)
	for i := range c.accounts {
		c.accounts[i].Suspended = c.accounts[i].Name == "marek"
	}
	c.accounts = append(c.accounts, app.HostedAccount{
		Account: inventedAccount("tom-long"), Name: "tom-long", Display: "Thomas Featherstonehaugh-Cholmondeley of the far end", Suspended: true,
	})
}

func galleryHosts(c *invented, _ time.Time) {
	c.view.Hosting = &app.HostingView{Running: true, Addresses: []string{"192.168.1.20:7480"}, Port: 7480}
	c.accounts = nil
	for _, m := range inventedMembers(len(inventedPeople)) {
		c.accounts = append(c.accounts, app.HostedAccount{Account: m.Account, Name: m.Name, Display: m.Display, Owner: m.Me})
	}
}

// galleryAccount is the account of somebody, as the list has it.
func galleryAccount(u *UI, name string) app.HostedAccount {
	list, _ := u.core.Accounts(u.pump.ctx)
	return list[slices.IndexFunc(list, func(a app.HostedAccount) bool { return a.Name == name })]
}

// galleryEnded is a group hosted here whose person has deleted their account; others are
// in it, or nobody.
func galleryEnded(others bool) func(*invented, time.Time) {
	return func(c *invented, now time.Time) {
		galleryHosts(c, now)
		c.view.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonDeleted, Since: now}
		if c.accounts = c.accounts[1:]; !others {
			c.accounts = nil
		}
	}
}

// galleryMemberMenu opens the menu of somebody in the list of people.
func galleryMemberMenu(h *home) {
	h.toggleMembers()
	h.memberMenu(inventedAccount("liwei"), fyne.NewPos(180, 220))
}

// galleryRemoved has somebody taken the person out of the open room.
func galleryRemoved(c *invented, _ time.Time) {
	r := &c.view.Rooms[0]
	r.Joined, r.Removed, r.Unread = false, true, 0
	r.Members = r.Members[1:]
}

// galleryForgotten has the server lost that the person is in the open room.
func galleryForgotten(c *invented, _ time.Time) {
	galleryRemoved(c, time.Time{})
	r := &c.view.Rooms[0]
	r.Removed, r.Forgotten = false, true
}

// galleryGone is a conversation with somebody whose account was deleted.
func galleryGone(c *invented, now time.Time) {
	c.direct(now)
	ana := inventedAccount("ana")
	delete(c.view.Presence, ana)
	for i := range c.view.Rooms {
		r := &c.view.Rooms[i]
		if r.Access != chat.AccessDirect || len(r.Members) != 2 || r.Members[1].Account != ana {
			continue
		}
		r.Members = slices.Clone(r.Members)
		r.Members[1] = app.MemberView{Account: ana, Deleted: true, Display: app.DeletedName}
		r.Name, r.Last.Author, r.Unread = app.DeletedName, app.DeletedName, 0
	}
}
