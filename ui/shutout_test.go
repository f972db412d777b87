package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestDeletedOffersNothing: whose account is no more is offered nothing that needs one, by
// no way: a pencil, a key, the switcher, a menu; and is in no list of people.
func TestDeletedOffersNothing(t *testing.T) {
	for screen, gone := range map[string]bool{"main": false, "deleted": true} {
		t.Run(screen, func(t *testing.T) {
			g, q := newGallery(t, screen+",light,en")
			q.run()
			u := g.u
			h := u.home
			if h.side.write.Visible() == gone {
				t.Errorf("the pencil is shown: %v", !gone)
			}
			for _, k := range keyCommands() {
				if k.words != "keys.new_room" && k.words != "keys.browse" && k.words != "keys.invite" {
					continue
				}
				shortcut(u, k.shortcut)
				q.run()
				if opened := len(u.dialogs) > 0; opened == gone || gone && !shows(u, reasonText(app.ReasonDeleted)) {
					t.Errorf("%s opens: %v", k.keys, opened)
				}
				closeAll(u)
			}
			for _, c := range h.commands() {
				if words := c.name; gone && slices.ContainsFunc([]tr.Key{"keys.new_room", "keys.browse", "keys.invite", "direct.new"}, func(k tr.Key) bool { return tr.S(k) == words }) {
					t.Errorf("the switcher offers %q", words)
				}
			}
			h.showSwitcher()
			q.run()
			s := &switcher{h: h}
			s.gatherPeople(nil)
			if people := len(s.all) > 0; people == gone {
				t.Errorf("people to write to: %v", people)
			}
			closeAll(u)

			core := u.core.(*invented)
			list := core.messages[h.room]
			at := slices.IndexFunc(list, func(m app.MessageView) bool { return !m.Own && m.Kind == chat.KindMessage && m.Text != "" })
			items := h.pane.messageMenu(rowOf(list[at]), []look.MenuItem{{Text: "details"}})
			if slices.ContainsFunc(items, func(m look.MenuItem) bool { return m.Text == tr.S("message.forward") }) == gone {
				t.Errorf("the menu of a message: forward is offered: %v", !gone)
			}

			r := h.roomOf(h.room)
			h.members.apply(r)
			if in := slices.ContainsFunc(h.members.sorted, func(m app.MemberView) bool { return m.Me }); in == gone {
				t.Errorf("oneself in the list of people: %v", in)
			}
			other := slices.IndexFunc(h.members.sorted, func(m app.MemberView) bool { return !m.Me })
			h.showPerson(h.members.sorted[other].Account)
			q.run()
			if shows(u, tr.S("person.message")) == gone {
				t.Errorf("the page of a person offers to write: %v", !gone)
			}
		})
	}
}

// TestAccountsLeadOn: each row of the people with an account shows that it can be pressed.
func TestAccountsLeadOn(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	gallerySuspended(g.core, time.Now())
	q.run()
	u := g.u
	u.showAccounts()
	q.until(t, "the accounts", func() bool { return u.accounts != nil && len(u.accounts.all) > 0 })
	rows := 0
	for _, o := range u.accounts.lines.Objects {
		row, ok := o.(*touch)
		if !ok {
			continue
		}
		rows++
		list := row.content.(*fyne.Container).Objects
		if arrow, ok := list[len(list)-1].(*look.IconView); !ok || !arrow.Visible() || arrow.Size().Width < 16 {
			t.Errorf("row %d ends in %T", rows, list[len(list)-1])
		}
	}
	if rows != len(u.accounts.all) {
		t.Errorf("%d rows for %d accounts", rows, len(u.accounts.all))
	}
}
