package ui

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/textblock"
	"hearth/ui/tr"
)

// searchPage looks for messages in everything stored, while somebody types.
type searchPage struct {
	h      *home
	d      *dialog
	find   *field
	note   *para
	list   *fyne.Container
	scroll *container.Scroll
	more   *look.Button

	hits  []app.Hit
	rows  []*touch
	at    int
	most  int
	query string
	wait  func() // cancels the pause before a search
	busy  func() // cancels saying that one takes long
	stop  context.CancelFunc
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
	s.find.entry.SetPlaceHolder(tr.S("search.hint"))
	s.find.entry.OnChanged = func(string) { s.typed() }
	s.find.entry.OnSubmitted = func(string) { s.take(s.at) }
	s.find.entry.key = s.key
	s.note = note(tr.S("search.help"))
	s.more = look.NewButton(tr.S("search.more"), look.Quiet, func() {
		s.most += searchRows
		s.search()
	})
	s.more.Hide()
	s.scroll = container.NewVScroll(column(8, s.list, centred(s.more)))
	box := container.New(&listRoom{
		u: h.u, d: func() *dialog { return s.d }, want: searchTall,
		rest: func(width float32) float32 { return restOf(10, width, s.find, s.note) },
	}, s.scroll)
	s.d = h.u.open(dialogSpec{
		title: tr.S("keys.search"), width: 620, body: column(10, s.find, s.note, box), focus: s.find.entry,
		closed: func() {
			s.wait()
			s.busy()
			s.stop()
			h.search, h.searched = nil, s.find.Text()
		},
	})
	h.search = s
	if h.searched != "" { // back to what was found last
		s.find.entry.SetText(h.searched)
		s.find.entry.TypedShortcut(&fyne.ShortcutSelectAll{})
		s.wait()
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
	s.most = searchRows
	s.wait = s.h.u.pump.after(searchPause, s.search)
}

// search asks the core and gives up what was asked before.
func (s *searchPage) search() {
	s.stop()
	s.busy()
	s.query = strings.TrimSpace(s.find.Text())
	if s.query == "" {
		s.show(nil, nil)
		return
	}
	u, query, most := s.h.u, s.query, s.most
	ctx, stop := context.WithCancel(u.pump.ctx)
	s.stop = stop
	s.busy = u.pump.after(searchSlow, func() { s.note.Set(tr.S("search.busy"), look.Secondary) })
	u.pump.work(func(context.Context) func() {
		defer stop()
		var hits []app.Hit
		err := u.core.Search(ctx, query, func(h app.Hit) bool {
			hits = append(hits, h)
			return len(hits) <= most // one more than shown tells that there is more
		})
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return func() {
			if s.d.isOpen && s.query == query && s.most == most {
				s.show(hits, err)
			}
		}
	})
}

// show lists what was found.
func (s *searchPage) show(hits []app.Hit, err error) {
	s.busy()
	more := len(hits) > s.most
	hits = hits[:min(len(hits), s.most)]
	again := s.at
	if len(hits) == 0 || len(s.hits) == 0 || hits[0].Message.MID != s.hits[0].Message.MID {
		again = 0
		s.scroll.ScrollToTop()
	}
	s.hits, s.rows, s.list.Objects = hits, nil, nil
	var failed *app.Failed
	switch {
	case errors.As(err, &failed) && failed.Field == "search":
		s.note.Set(tr.F("search.bad", "Filter", inSentence(cleanName(failed.Detail))), look.Bad)
	case err != nil:
		s.note.Set(explain(err).text, look.Bad)
	case s.query == "":
		s.note.Set(tr.S("search.help"), look.Secondary)
	case len(hits) == 0:
		s.note.Set(tr.S("search.none"), look.Secondary)
	case more:
		s.note.Set(tr.N("search.first", len(hits)), look.Secondary)
	default:
		s.note.Set(tr.N("search.found", len(hits)), look.Secondary)
	}
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
}

// line is one message that was found: who, where and when, and the words.
func (s *searchPage) line(h *app.Hit) fyne.CanvasObject {
	who, room := cleanName(h.Message.Name), cleanName(h.RoomName)
	if r := s.h.roomOf(h.Room); r != nil {
		room = roomName(r)
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
	var words fyne.CanvasObject = look.NewMarked(look.Body, look.Secondary, excerpt(h)...)
	if files := h.Message.Files; len(files) > 0 {
		icon, _ := look.FileIcon(cleanFileName(files[0].Name))
		words = rowGrow(6, 1, look.NewIcon(icon, look.Faint, 16), words)
	}
	return rowGrow(10, 1, look.NewAvatar(h.Message.Author.String(), who, look.AvatarSmall), column(2, head, words))
}

// before is how much of a message is shown before the first thing found in it.
const beforeFound = 28

// excerpt cuts a message, with the names of its files, to the line that is shown of it.
func excerpt(h *app.Hit) []look.Part {
	said := strings.Fields(textblock.PlainText(h.Message.Text))
	for i := range h.Message.Files { // found by their names, too
		if len(said) > 0 {
			said = append(said, "·")
		}
		said = append(said, strings.Fields(cleanFileName(h.Message.Files[i].Name))...)
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
		r.Fill = nil
		if i == s.at {
			r.Fill = look.SelectedFill
		}
		r.Refresh()
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

// take goes to a message.
func (s *searchPage) take(at int) {
	if at < 0 || at >= len(s.hits) {
		return
	}
	h := s.hits[at]
	s.d.Close()
	s.h.goTo(h.Room, h.Message.Seq)
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
