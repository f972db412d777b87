package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/markup"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// searchPage looks for messages in everything stored, while somebody types.
type searchPage struct {
	h      *home
	d      *dialog
	find   *field
	note   *para
	list   *fyne.Container
	scroll *look.Scroll
	more   *look.Button

	hits   []hitIn
	rows   []*touch
	at     int
	most   int
	asked  question // the newest that was asked
	listed question // what is in the list
	eager  bool     // Enter was pressed: go to the newest message as soon as it is known
	wait   func()   // cancels the pause before a search
	busy   func()   // cancels saying that one takes long
	stop   context.CancelFunc
}

const (
	searchRows  = 40                     // shown at first, and added by each "more"
	searchPause = 120 * time.Millisecond // after the last key
	searchSlow  = 400 * time.Millisecond // after which it is said that it goes on
	searchTall  = 420                    // of the list
)

// showSearch opens the search with what was looked for last.
func (h *home) showSearch() {
	s := &searchPage{h: h, list: column(2), most: searchRows, wait: func() {}, busy: func() {}, stop: func() {}}
	s.find = newField("", "")
	s.find.entry.OnChanged = func(string) { s.typed() }
	s.find.entry.OnSubmitted = func(string) { s.enter() }
	s.find.entry.key = s.key
	s.note = note(tr.S("search.help"))
	s.more = look.NewButton(tr.S("search.more"), look.Quiet, func() {
		s.most += searchRows
		s.search()
	})
	s.more.Hide()
	s.scroll = look.NewVScroll(column(8, s.list, centred(s.more)))
	body := column(10, s.find)
	if len(h.u.joined()) > 1 {
		body.Add(s.scope())
	}
	s.hint()
	body.Add(s.note)
	above := slices.Clone(body.Objects)
	body.Add(container.New(&listRoom{
		u: h.u, d: func() *dialog { return s.d }, want: searchTall,
		rest: func(width float32) float32 { return restOf(10, width, above...) },
	}, s.scroll))
	s.d = h.u.open(dialogSpec{
		title: tr.S("keys.search"), width: 620, body: body, focus: s.find.entry,
		closed: func() {
			s.wait()
			s.busy()
			s.stop()
			h.search, h.u.searched = nil, s.find.Text()
		},
	})
	h.search = s
	if h.u.searched != "" { // back to what was found last
		s.find.entry.SetText(h.u.searched)
		s.find.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
		s.search()
	}
}

func (s *searchPage) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		s.mark(s.at - 1)
	case fyne.KeyDown:
		s.mark(s.at + 1)
	case fyne.KeyPageUp:
		s.mark(s.at - 5)
	case fyne.KeyPageDown:
		s.mark(s.at + 5)
	default:
		return false
	}
	return true
}

// typed searches when the person pauses.
func (s *searchPage) typed() {
	s.wait()
	s.eager = false
	s.most = searchRows
	s.wait = s.h.u.pump.after(searchPause, s.search)
}

// enter goes to the message that is marked; where the list is still about something
// else than what stands in the field, to the newest one as soon as that is found.
func (s *searchPage) enter() {
	q := s.question()
	if q.text == s.listed.text && q.here == s.listed.here {
		s.take(s.at)
		return
	}
	s.eager = true
	if q != s.asked {
		s.search()
	}
}

// search asks the cores and gives up what was asked before.
func (s *searchPage) search() {
	s.wait()
	s.stop()
	s.busy()
	q := s.question()
	s.asked = q
	if q.text == "" {
		s.show(findings{}, true)
		return
	}
	u := s.h.u
	ctx, stop := context.WithCancel(u.pump.ctx)
	s.stop = stop
	g := newGathering(q, u)
	s.busy = u.pump.after(searchSlow, func() { s.show(g.sofar(), false) })
	u.pump.work(func(context.Context) func() {
		defer stop()
		g.run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		return func() {
			if s.d.isOpen && s.asked == q {
				s.show(g.sofar(), true)
			}
		}
	})
}

// show lists what was found; done tells whether that is all.
func (s *searchPage) show(f findings, done bool) {
	s.busy()
	if !done && (s.eager || len(f.hits) == 0) { // the list before goes on standing
		s.note.Set(tr.S("search.busy"), look.Secondary)
		return
	}
	more := len(f.hits) > s.most
	hits := f.hits[:min(len(f.hits), s.most)]
	again := 0
	if s.listed.same(s.asked) && s.at < len(s.hits) { // it goes on: the mark stays with its message
		again = max(0, slices.IndexFunc(hits, s.hits[s.at].is))
	} else {
		s.scroll.ScrollToTop()
	}
	s.hits, s.rows, s.list.Objects, s.listed = hits, nil, nil, s.asked
	s.say(f, done, more)
	for i := range hits {
		t := newTouch(s.line(&hits[i]), func() { s.take(i) })
		t.PadX, t.PadY = 10, 8
		s.rows = append(s.rows, t)
		s.list.Objects = append(s.list.Objects, t)
	}
	s.more.Hidden = !more
	s.mark(again)
	s.list.Refresh()
	s.d.Refresh()
	if eager := s.eager; done && eager {
		s.eager = false
		s.take(0)
	}
}

// say tells above the list what it is.
func (s *searchPage) say(f findings, done, more bool) {
	var failed *app.Failed
	text, ink := tr.S("search.help"), look.Secondary
	switch {
	case errors.As(f.err, &failed) && failed.Field == "search":
		text, ink = tr.F("search.bad", "Filter", inSentence(cleanName(failed.Detail))), look.Bad
	case f.err != nil:
		text, ink = explain(f.err).text, look.Bad
	case s.asked.text == "":
	case !done:
		text = tr.S("search.busy")
	case len(f.hits) == 0:
		text = tr.S("search.none")
	case more:
		text = tr.N("search.first", len(s.hits))
	default:
		text = tr.N("search.found", len(s.hits))
	}
	if len(f.without) > 0 {
		text += " · " + tr.F("search.without", "Groups", inSentence(strings.Join(f.without, ", ")))
	}
	s.note.Set(text, ink)
}

// line is one message that was found: who, where and when, and the words.
func (s *searchPage) line(h *hitIn) fyne.CanvasObject {
	who, room := cleanName(h.Message.Name), cleanName(h.RoomName)
	if r := h.u.roomOf(h.Room); r != nil {
		room = roomName(r)
	}
	if !s.listed.here && len(s.h.u.joined()) > 1 {
		room += " · " + h.u.groupName()
	}
	if h.Message.Lost {
		room += " · " + tr.S("lost.mark")
	}
	when := tr.Date(h.Message.Time.Local(), true) + ", " + tr.Clock(h.Message.Time.Local())
	name := look.NewStrong(who, look.Preview, look.Text)
	var head fyne.CanvasObject
	if s.h.object.narrow { // one line has no space for all three
		head = column(2, name, look.NewElided("# "+room+" · "+when, look.Caption, look.Secondary))
	} else {
		name.MinWidth = -1
		head = rowGrow(8, 1, name, look.NewElided("# "+room, look.Preview, look.Secondary), look.NewLine(when, look.Caption, look.Faint))
	}
	var words fyne.CanvasObject = look.NewMarked(look.Body, look.Secondary, excerpt(&h.Hit)...)
	if files := h.Message.Files; len(files) > 0 {
		icon, _ := look.FileIcon(narrate.FileName(files[0].Name))
		words = rowGrow(6, 1, look.NewIcon(icon, look.Faint, 16), words)
	}
	return rowGrow(10, 1, look.NewAvatar(h.Message.Author.String(), who, look.AvatarSmall), column(2, head, words))
}

// before is how much of a message is shown before the first thing found in it.
const beforeFound = 28

// excerpt cuts a message, with the names of its files, to the line that is shown of it.
func excerpt(h *app.Hit) []look.Part {
	said := strings.Fields(markup.PlainText(h.Message.Text))
	for i := range h.Message.Files { // found by their names, too
		if len(said) > 0 {
			said = append(said, "·")
		}
		said = append(said, strings.Fields(narrate.FileName(h.Message.Files[i].Name))...)
	}
	text := strings.Join(said, " ")
	marks := app.Marks(text, h.Terms)
	start := 0
	if len(marks) > 0 && marks[0].Start > beforeFound {
		start = marks[0].Start - beforeFound
		for start > 0 && !utf8.RuneStart(text[start]) {
			start--
		}
		if i := strings.IndexByte(text[start:marks[0].Start], ' '); i >= 0 {
			start += i + 1
		}
	}
	var parts []look.Part
	add := func(s string, marked bool) {
		if s != "" {
			parts = append(parts, look.Part{Text: s, Marked: marked})
		}
	}
	if start > 0 {
		add("… ", false)
	}
	for _, m := range marks {
		add(text[start:m.Start], false)
		add(text[m.Start:m.End], true)
		start = m.End
	}
	add(text[start:], false)
	return parts
}

// mark moves the bar that Enter takes.
func (s *searchPage) mark(at int) {
	if len(s.rows) == 0 {
		return
	}
	s.at = min(max(at, 0), len(s.rows)-1)
	for i, r := range s.rows {
		if marked := i == s.at; marked != (r.Fill != nil) {
			r.Fill = nil
			if marked {
				r.Fill = look.SelectedFill
			}
			r.Refresh()
		}
	}
	r := s.rows[s.at]
	top, bottom, view := r.Position().Y, r.Position().Y+r.Size().Height, s.scroll.Size().Height
	switch y := s.scroll.Offset.Y; {
	case top < y:
		s.scroll.ScrollToOffset(fyne.NewPos(0, top))
	case bottom > y+view:
		s.scroll.ScrollToOffset(fyne.NewPos(0, bottom-view))
	}
}

// take goes to a message; Escape leads back from there.
func (s *searchPage) take(at int) {
	if at < 0 || at >= len(s.hits) {
		return
	}
	h := s.hits[at]
	s.d.Close()
	if h.u.home == nil || !slices.Contains(h.u.all, h.u) {
		return // it is gone, or locked, since
	}
	from := s.h
	if from.u == h.u && from.room == h.Room && h.Message.Lost {
		from.showLost(h.Room, h.Message.MID)
		return
	}
	if from.u == h.u && from.room == h.Room {
		from.pane.timeline.Go(uint64(h.Message.Seq))
		from.u.win.Canvas().Focus(from.pane.timeline)
		return
	}
	if p := from.place(); p != nil {
		h.u.noteWay(way{from: from.u, at: *p, to: h.u, room: h.Room})
	}
	h.u.show(h.u)
	if h.Message.Lost {
		h.u.home.openRoom(h.Room)
		h.u.home.showLost(h.Room, h.Message.MID)
		return
	}
	h.u.home.goTo(h.Room, h.Message.Seq)
}

// goTo shows a message in its room, with the keyboard on it.
func (h *home) goTo(room chat.RoomID, seq chat.Seq) {
	h.openRoom(room)
	if h.room != room || seq == 0 {
		return
	}
	h.pane.timeline.ShowSeq(uint64(seq))
	h.u.win.Canvas().Focus(h.pane.timeline)
}
