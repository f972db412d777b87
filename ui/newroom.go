package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// chooser is a list of people of the group to tick, with a filter above it.
type chooser struct {
	object *fyne.Container
	find   *field
	list   *peopleList
	state  *para
	all    []person
	views  []app.MemberView
	shown  []int // indexes into all
	marked map[chat.AccountID]bool
	page   interface{ Refresh() }
	none   func() // called when there is nobody to choose; may be nil
	done   func() // called when the person has chosen, and types no further name; may be nil
}

// newChooser asks the server for the people of the group, except those in skip.
func (u *UI) newChooser(skip []app.MemberView) *chooser {
	c := &chooser{marked: map[chat.AccountID]bool{}}
	c.find = newField("", "")
	c.find.entry.SetHint(tr.S("people.find"))
	c.find.entry.OnChanged = func(string) { c.filter() }
	c.find.entry.OnSubmitted = func(string) { c.enter() }
	c.list = newPeopleList(c.toggle)
	c.state = note("")
	wait := newSkeleton(u, 3, tr.S("people.loading"))
	c.list.Hide() // the field is there at once: whoever knows the name need not wait
	box := container.New(&rowsHeight{c.list, maxChooserRows}, c.list)
	c.object = column(6, c.find, box, wait, c.state)
	box.Hide()
	cards, skipped := u.view.Cards, map[chat.AccountID]bool{}
	for i := range skip {
		skipped[skip[i].Account] = true
	}
	u.pump.work(func(ctx context.Context) func() {
		people, err := u.core.People(ctx)
		people = slices.DeleteFunc(people, func(m app.MemberView) bool { return m.Me || skipped[m.Account] })
		all := peopleOf(people, nil, cards, time.Time{})
		return func() {
			wait.Hide()
			if err != nil {
				c.find.Hide()
				c.state.Set(explain(err).text, look.Bad)
				c.refresh()
				return
			}
			c.all, c.views = all, people
			c.state.SetText("")
			if len(c.all) == 0 {
				c.find.Hide()
				c.state.SetText(tr.S("people.none"))
				if c.none != nil {
					c.none()
				}
			} else {
				box.Show()
				c.list.Show()
			}
			c.filter()
			c.refresh()
		}
	})
	return c
}

func (c *chooser) refresh() {
	if c.page != nil {
		c.page.Refresh()
	}
}

func (c *chooser) filter() {
	want := strings.ToLower(strings.TrimSpace(c.find.Text()))
	c.shown = c.shown[:0]
	var people []person
	for i, p := range c.all {
		if want == "" || strings.Contains(strings.ToLower(p.name+" "+p.about), want) {
			p.marked = c.marked[p.id]
			c.shown = append(c.shown, i)
			people = append(people, p)
		}
	}
	c.list.set(people)
}

// enter ticks the first of those who fit what was typed, and takes the next name. Without
// one the choice is made.
func (c *chooser) enter() {
	if strings.TrimSpace(c.find.Text()) == "" {
		if c.done != nil {
			c.done()
		}
		return
	}
	if len(c.shown) == 0 {
		return
	}
	c.toggle(0)
	c.find.entry.SetText("")
}

func (c *chooser) toggle(i int) {
	id := c.all[c.shown[i]].id
	c.marked[id] = !c.marked[id]
	c.filter()
}

// chosen lists who is ticked.
func (c *chooser) chosen() []chat.AccountID {
	var ids []chat.AccountID
	for _, p := range c.all {
		if c.marked[p.id] {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// people lists who is ticked, as the server told of them.
func (c *chooser) people() []app.MemberView {
	return slices.DeleteFunc(slices.Clone(c.views), func(m app.MemberView) bool { return !c.marked[m.Account] })
}

// maxChooserRows is how many people show at a time.
const maxChooserRows = 3

// rowsHeight gives a list of people the height of what is in it, up to a number
// of lines. It does not follow the filter, so that nothing jumps while one types.
type rowsHeight struct {
	list *peopleList
	most int
}

func (l *rowsHeight) heightFor([]fyne.CanvasObject, float32) float32 {
	return float32(min(l.most, max(1, l.list.longest))) * personHeight()
}

func (l *rowsHeight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width, l.heightFor(nil, 0))
}

func (l *rowsHeight) Layout(objects []fyne.CanvasObject, s fyne.Size) { objects[0].Resize(s) }

// histories are what newcomers of a room may see, in the order of the choices.
var histories = []chat.History{chat.HistoryAll, chat.HistoryJoined}

// likeCheck says once, at the field of the name, that there is a room already whose name
// looks the same. Whoever wants two of them says so by going on.
type likeCheck struct {
	f      *form
	except chat.RoomID   // the room itself, when it gets another name
	agreed string        // the name that was insisted on
	found  *app.OpenRoom // of the last time
}

// errRoomLike is what a form fails with that shows what likeCheck has found.
var errRoomLike = errors.New("a room with a name like this exists")

// ask looks for such a room. Where that cannot be known the name is taken as it is.
func (c *likeCheck) ask(ctx context.Context, name string) error {
	if c.found = nil; name == c.agreed {
		return nil
	}
	found, err := c.f.u.core.RoomLike(ctx, name, c.except)
	if err != nil || found == nil {
		return nil
	}
	c.found, c.agreed = found, name
	return errRoomLike
}

// show puts what was found at the field.
func (c *likeCheck) show(failure) bool {
	if c.found == nil {
		return false
	}
	x := c.f.fields["name"]
	x.SetError(tr.F("newroom.like", "Room", inSentence(cleanName(c.found.Name)), "Button", c.f.submit.Text()))
	x.Focus()
	return true
}

// showNewRoom asks for a new room whoever may make one.
func (h *home) showNewRoom() {
	if h.shutOut() {
		return
	}
	if !h.u.view.Group.MayCreate {
		h.u.toast(tr.S("newroom.forbidden"), look.Warn)
		return
	}
	h.askNewRoom()
}

// askNewRoom asks for what a new room needs.
func (h *home) askNewRoom() *form {
	u := h.u
	f := newForm(u)
	var d *dialog
	var topic *field
	var access *options
	var history *segments
	people := u.newChooser(nil)
	like := &likeCheck{f: f}
	f.after = like.show
	name := newField(tr.S("newroom.name"), "")
	submit := func() {
		if !f.require("name", tr.S("newroom.name.missing")) {
			return
		}
		r := app.RoomRequest{
			Name: strings.TrimSpace(name.Text()), Topic: strings.TrimSpace(topic.Text()), Access: chat.AccessOpen, Members: people.chosen(),
		}
		if access.at == 1 {
			r.Access = chat.AccessClosed
		}
		r.History = histories[history.at]
		f.run(tr.S("newroom.busy"), func(ctx context.Context) error {
			if err := like.ask(ctx, r.Name); err != nil {
				return err
			}
			id, err := u.core.CreateRoom(ctx, r)
			if err == nil {
				u.pump.foreign(func() { h.wanted = id })
			}
			return err
		}, func() {
			d.Close()
			h.apply(app.Changes{}, u.core.View())
		})
	}
	topic = newField(tr.S("room.topic"), tr.S("room.topic.hint"))
	f.add("name", name, topic.Focus)
	f.add("topic", topic, submit)
	access = newOptions(0, []option{
		{tr.S("newroom.open"), tr.S("newroom.open.text")},
		{tr.S("newroom.closed"), tr.S("newroom.closed.text")},
	}, nil)
	about := note(historyText(chat.HistoryAll) + " " + tr.S("newroom.history.later"))
	history = newSegments([]string{tr.S("newroom.all"), tr.S("newroom.joined")}, 0, func(i int) {
		about.SetText(historyText(histories[i]) + " " + tr.S("newroom.history.later"))
	})
	f.submit = look.NewButton(tr.S("newroom.submit"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("side.new_room"), width: 460,
		body: column(14, name, topic, access,
			column(6, fieldName(tr.S("newroom.history")), history, about),
			column(6, fieldName(tr.S("newroom.people")), people.object), f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: name.entry,
	})
	f.page, people.page = d, d
	return f
}
