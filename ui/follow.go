package ui

import (
	"context"
	"strings"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// A group that is served elsewhere, or by another way.

// showFollow asks where the group is reached from now on; a link that is given stands there
// already. The account and the device stay as they are.
func (u *UI) showFollow(link string) {
	f := newForm(u)
	var d *dialog
	var x *field
	submit := func() {
		if !f.require("link", tr.S("follow.missing")) {
			return
		}
		text := strings.TrimSpace(x.Text())
		f.run(tr.S("signin.checking"), func(ctx context.Context) error { return u.core.Follow(ctx, text) }, func() {
			d.Close()
			u.toast(tr.S("follow.done"), look.Good)
		})
	}
	x = u.linkField(tr.S("follow.link"), tr.S("follow.hint"), submit)
	x.entry.SetHint(tr.S("signin.link.example"))
	f.add("link", x, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	f.submit = look.NewButton(tr.S("follow.do"), look.Primary, submit)
	d = u.open(dialogSpec{
		title: tr.S("follow.title"), width: 480, focus: x.entry,
		body:    column(14, newPara(tr.F("follow.text", "Group", inSentence(u.groupName())), look.Body, look.Secondary), x, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit},
	})
	f.page = d
	if link != "" {
		x.entry.SetText(link)
		u.win.Canvas().Focus(f.submit)
	}
}

// memberAt is the page of a group of this window that a server serves, nil if there is
// none; with a login name the one of that account.
func (u *UI) memberAt(server chat.ServerID, name string) *UI {
	for _, o := range u.all {
		v := o.view
		if v != nil && v.Phase == app.PhaseOpen && v.Group.Server == server && (name == "" || strings.EqualFold(v.Me.Name, name)) {
			return o
		}
	}
	return nil
}

// followThere gives up adding a group and has one that is here reached by a link.
func (u *UI) followThere(there *UI, link string) {
	u.returnTo = there.key
	if u.item.Adding {
		u.cancelAdding()
	} else {
		u.show(there)
	}
	there.showFollow(link)
}

// offerFollow answers that an account is here already: it can be reached by the link that
// was meant to sign in by.
func (u *UI) offerFollow(e failure, link string, server chat.ServerID, name string) bool {
	if e.Code != app.FailSignedIn {
		return false
	}
	if !e.Server.IsZero() {
		server = e.Server // the link may name an identity from before
	}
	there := u.memberAt(server, name)
	if there == nil {
		return false
	}
	u.confirm(confirmation{
		title: tr.S("follow.here"), text: tr.F("follow.here.text", "Group", inSentence(there.groupName())), do: tr.S("follow.here.do"),
		then: func() { u.followThere(there, link) },
	})
	return true
}

// offerOther answers that the account is here once more, as a device that was not removed:
// one can go on there.
func (u *UI) offerOther(e failure) bool {
	if e.Code != app.FailSignedIn || u.view == nil {
		return false
	}
	for _, o := range u.all {
		v := o.view
		if o == u || v == nil || v.Phase != app.PhaseOpen || v.Group.Server != e.Server || v.Me.Account != u.view.Me.Account {
			continue
		}
		u.confirm(confirmation{
			title: tr.S("follow.here"), text: tr.F("follow.twice.text", "Group", inSentence(o.groupName())), do: tr.S("join.member.go"),
			then: func() {
				u.closeAll()
				u.show(o)
			},
		})
		return true
	}
	return false
}
