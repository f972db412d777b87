package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

func TestTypingWords(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"", "Ana is typing…", "Ana and Bob are typing…", "Ana, Bob and 1 other are typing…", "Ana, Bob and 2 others are typing…"},
		"zh": {"", "Ana 正在输入…", "Ana 和 Bob 正在输入…", "Ana、Bob 等另外 1 人正在输入…", "Ana、Bob 等另外 2 人正在输入…"},
	} {
		tr.Use(lang)
		names := []string{"Ana", "Bob", "Eve", "Joe"}
		for n, w := range want {
			got := strings.Map(func(r rune) rune { // without the marks that keep a name's direction to itself
				if r >= '\u2066' && r <= '\u2069' {
					return -1
				}
				return r
			}, typingWords(names[:n]))
			if got != w {
				t.Errorf("%d in %s: %q, want %q", n, lang, got, w)
			}
		}
	}
	tr.Use("en")
}

func TestPresenceWords(t *testing.T) {
	tr.Use("en")
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local)
	for _, test := range []struct {
		p    app.PresenceView
		want string
		dot  bool
	}{
		{app.PresenceView{}, "", false},
		{app.PresenceView{State: "from the future"}, "", false},
		{app.PresenceView{State: app.PresenceOnline}, "online", true},
		{app.PresenceView{State: app.PresenceAway}, "away", true},
		{app.PresenceView{State: app.PresenceOffline}, "offline", true},
		{app.PresenceView{State: app.PresenceOffline, Seen: now.Add(-time.Hour)}, "last seen 11:00", true},
	} {
		if got := presenceWords(test.p, now); got != test.want || (dotOf(test.p.State) != nil) != test.dot {
			t.Errorf("%+v: %q", test.p, got)
		}
	}
}

// says reports whether a line of the window holds a text.
func says(u *UI, want string) bool {
	found := false
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if l, ok := o.(*look.Line); ok {
			found = found || strings.Contains(l.Text(), want)
		}
	})
	return found
}

// TestPeopleOfRoom: the window shows who is there, who is writing, who has read, and
// offers to mark as unread.
func TestPeopleOfRoom(t *testing.T) {
	g, q := newGallery(t, "presence")
	g.pose(q)
	h := g.u.home
	q.until(t, "the people", func() bool { return h.roomOf(h.room) != nil && says(g.u, "last seen") })
	room := h.roomOf(h.room)
	if !says(g.u, "are typing…") || !says(g.u, "· away") {
		t.Error("it is not said who is there or writing")
	}
	dots := 0
	each(g.u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if r, ok := o.(*personRow); ok && r.p.dot != "" {
			dots++
		}
	})
	if dots == 0 {
		t.Error("no dots")
	}
	reader := room.Readers[0]
	row := &timeline.Row{Seq: uint64(reader.To), Author: inventedAccount("nobody").String()}
	has := func(items []look.MenuItem, text string) bool {
		for _, i := range items {
			if i.Text == text {
				return true
			}
		}
		return false
	}
	if items := h.pane.readItems(row); !has(items, "Mark unread from here") || !has(items, "Seen by 1 person") {
		t.Errorf("the menu: %+v", items)
	}
	row.Author = reader.Account.String()
	if has(h.pane.readItems(row), "Seen by 1 person") {
		t.Error("whoever wrote it is said to have seen it")
	}
	row.Own = true
	if has(h.pane.readItems(row), "Mark unread from here") {
		t.Error("an own message can be marked as unread")
	}
	if by := g.u.readersOf(h.room, reader.To, chat.AccountID{}); by == "" {
		t.Error("nobody has read")
	}
	members := h.roomOf(h.room).Members
	i := slices.IndexFunc(members, func(m app.MemberView) bool { return m.Account == reader.Account })
	members[i].Alike = true
	if by := g.u.readersOf(h.room, reader.To, chat.AccountID{}); !strings.Contains(by, members[i].Display+" ("+members[i].Name+")") {
		t.Errorf("seen by %q, of whom one looks like somebody else", by)
	}
	if len(h.pane.readItems(&timeline.Row{})) != 0 {
		t.Error("a waiting message offers something about reading")
	}
}

// TestPresenceElsewhere: a conversation of two shows in the list whether the other one
// is there and what they are up to, whichever room is open; an open card keeps up.
func TestPresenceElsewhere(t *testing.T) {
	g, q := newGallery(t, "direct")
	h := g.u.home
	h.openRoom(inventedRoom("general"))
	q.until(t, "the room", func() bool { return h.room == inventedRoom("general") })
	dots, emoji := 0, 0
	each(g.u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if r, ok := o.(*roomRow); ok && r.facts.dot != "" {
			dots++
			if r.facts.status != "" {
				emoji++
			}
		}
	})
	if dots != 2 || emoji != 1 {
		t.Errorf("%d dots, %d emoji", dots, emoji)
	}
	h.showCard(inventedAccount("liwei"), "")
	if h.card == nil || h.card.there.text != keepsLine {
		t.Fatal("no card, or it knows what nobody has told")
	}
	v := *g.u.view
	v.Presence = map[chat.AccountID]app.PresenceView{inventedAccount("liwei"): {State: app.PresenceOnline}}
	g.core.view = &v
	g.u.apply(app.Changes{View: true}, &v)
	if !drawn(g.u, tr.S("presence.online")) {
		t.Error("the card does not keep up")
	}
	pressButton(t, g.u, tr.S("button.close"))
	if h.card != nil {
		t.Error("the card is still kept up to date")
	}
}

// TestChoosePeople: whoever knows the name types it at once, before the server has
// answered, and Enter ticks it; Enter without a name is done. The switcher leads there.
func TestChoosePeople(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	shortcut(u, keyCommands()[0].shortcut)
	test.Type(u.win.Canvas().Focused(), tr.S("direct.new"))
	key(u, fyne.KeyReturn)
	if len(u.dialogs) != 1 || u.dialogs[0].spec.title != tr.S("direct.new") {
		t.Fatalf("%d dialogs are open", len(u.dialogs))
	}
	e, ok := u.win.Canvas().Focused().(*input)
	if !ok {
		t.Fatalf("the focus is on %T", u.win.Canvas().Focused())
	}
	test.Type(e, "borg")
	q.run()
	if u.win.Canvas().Focused() != fyne.Focusable(e) || e.Text() != "borg" {
		t.Errorf("the focus is on %T, typed is %q", u.win.Canvas().Focused(), e.Text())
	}
	var list *peopleList
	q.until(t, "the people", func() bool {
		each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
			if l, ok := o.(*peopleList); ok {
				list = l
			}
		})
		return list != nil && len(list.people) > 0
	})
	found := list.people[0].name
	key(u, fyne.KeyReturn)
	i := slices.IndexFunc(list.people, func(p person) bool { return p.marked })
	if e.Text() != "" || i < 0 || list.people[i].name != found || !strings.Contains(found, "Borg") {
		t.Errorf("%q is left, ticked is %d of %v, looked for was %q", e.Text(), i, list.people, found)
	}
	key(u, fyne.KeyReturn) // nobody else
	if len(u.dialogs) != 0 {
		t.Error("Enter without a further name does not open the conversation")
	}
}

// TestSeenWhole: when somebody was there last is said in full on their card, on a second
// line where one is too narrow for it.
func TestSeenWhole(t *testing.T) {
	g, q := newGallery(t, "person,dark,mt,narrow,large")
	g.pose(q)
	there := g.u.home.card.there
	q.until(t, "the card", func() bool { return there.Size().Width > 0 })
	if there.text == keepsLine || there.text != presenceWords(g.u.view.Presence[g.u.home.card.account], time.Now()) {
		t.Fatalf("the card says %q", there.text)
	}
	one := newPara("x", look.Preview, look.Secondary).HeightFor(1000)
	if there.Size().Height < one*1.5 {
		t.Errorf("%q has %v of room, one line is %v", there.text, there.Size(), one)
	}
}
