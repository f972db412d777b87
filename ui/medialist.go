package ui

import (
	"context"
	"image"
	"image/color"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// mediaPage is how many messages with files are read at a time.
const mediaPage = 40

// mediaTile is the least side of a picture in the list.
const mediaTile float32 = 116

// mediaList shows what files a room has, the newest first.
type mediaList struct {
	u        *UI
	d        *dialog
	room     chat.RoomID
	pictures bool // which of the two lists
	found    []app.MessageView
	oldest   chat.Seq // read so far, be it listed or not; 0: nothing
	end      bool     // there is nothing older
	reading  bool
	checking bool // what was read is read anew
	again    bool // it has to be once more
	failed   string
	tiles    map[chat.Hash][]*canvas.Image // a picture may have been sent more than once
	eyes     map[chat.Hash]bool            // tiles that are veiled
	tabs     [2]*look.Button
	more     *look.Button     // nil: never shown
	lines    []fyne.Focusable // what can be pressed of what is listed
	whens    []func()         // say anew when what is listed was sent
	body     *fyne.Container
}

// showMedia lists a room's pictures and files.
func (h *home) showMedia(id chat.RoomID) *mediaList {
	u := h.u
	m := &mediaList{u: u, room: id, pictures: true, body: column(10), tiles: map[chat.Hash][]*canvas.Image{}, eyes: map[chat.Hash]bool{}}
	m.tabs[0] = look.NewIconTextButton(look.IconPicture, tr.S("media.pictures"), look.Primary, func() { m.choose(true) })
	m.tabs[1] = look.NewIconTextButton(look.IconFile, tr.S("media.files"), look.Quiet, func() { m.choose(false) })
	m.d = u.open(dialogSpec{
		title: tr.S("media.title"), width: 720,
		body:  column(14, inset(3, 3, 3, 0, row(8, m.tabs[0], m.tabs[1])), m.body),
		focus: m.tabs[0], closed: func() {
			delete(u.media.watch, m)
			u.media.unlist()
			if h.files == m {
				h.files = nil
			}
		},
	})
	u.media.watch[m] = m.arrived
	h.files = m
	u.timely(m.d.shown, func() {
		for _, set := range m.whens {
			set()
		}
	})
	m.read()
	return m
}

// read gets the next page from the disk.
func (m *mediaList) read() {
	if m.reading || m.end {
		return
	}
	lines := len(m.lines)
	asked := m.more != nil && m.u.win.Canvas().Focused() == fyne.Focusable(m.more)
	m.reading = true
	m.show()
	before := m.oldest
	core := m.u.core
	m.u.pump.work(func(ctx context.Context) func() {
		page, err := core.RoomFiles(ctx, m.room, before, mediaPage)
		whole := len(page)
		oldest := oldestOf(page, before)
		page = m.u.unblocked(page)
		return func() {
			m.reading, m.failed = false, ""
			defer m.recheckAgain()
			if err != nil {
				m.failed = explain(err).text
			}
			m.end = err == nil && whole < mediaPage
			m.oldest = oldest
			m.found = append(m.found, page...)
			if m.d.isOpen && !m.seek() {
				m.show()
				if asked && len(m.lines) > 0 { // the button has gone
					m.u.win.Canvas().Focus(m.lines[min(lines, len(m.lines)-1)])
				}
			}
		}
	})
}

// followFiles has the list of files and the viewer show what comes into their room, and no
// longer what was deleted, or who is blocked, where messages changed.
func (h *home) followFiles(c app.Changes) {
	changed := func(room chat.RoomID) bool {
		return c.Reset || c.Rooms[room].Changed || c.Rooms[room].Reload
	}
	if m := h.files; m != nil && changed(m.room) {
		m.recheck(m.oldest)
	} else if m != nil && c.Rooms[m.room].Tail {
		m.recheck(m.newest())
	}
	if v := h.u.viewer; v != nil && v.u == h.u {
		if changed(v.room) || c.Rooms[v.room].Tail && !v.found {
			v.findAll()
		} else if c.Rooms[v.room].Tail {
			v.findNewer()
		}
	}
}

// newest is the place of the newest message listed; if none is, from where on it was read.
func (m *mediaList) newest() chat.Seq {
	if len(m.found) == 0 {
		return m.oldest
	}
	return m.found[0].Seq
}

// recheck reads anew what is listed from a place on, and what has come since.
func (m *mediaList) recheck(from chat.Seq) {
	if m.reading || m.checking {
		m.again = true
		return
	}
	core := m.u.core
	m.checking = true
	m.u.pump.work(func(ctx context.Context) func() {
		var now []app.MessageView
		var err error
		last := chat.Seq(0)
		for last == 0 || last > from {
			var page []app.MessageView
			if page, err = core.RoomFiles(ctx, m.room, last, mediaPage); err != nil || len(page) == 0 {
				break
			}
			last = oldestOf(page, last)
			now = append(now, m.u.unblocked(page)...)
		}
		return func() {
			if m.checking = false; err == nil {
				m.replace(now, from, last)
			}
			m.recheckAgain()
		}
	})
}

// recheckAgain rechecks if something has come while that could not be done.
func (m *mediaList) recheckAgain() {
	if m.again && !m.reading && !m.checking {
		m.again = false
		m.recheck(m.oldest)
	}
}

// replace takes over what is there now from a place on; read down to last.
func (m *mediaList) replace(now []app.MessageView, from, last chat.Seq) {
	if m.oldest == 0 {
		m.oldest = last
	}
	now = slices.DeleteFunc(now, func(x app.MessageView) bool { return x.Seq < from })
	for i := range m.found {
		if m.found[i].Seq < from {
			now = append(now, m.found[i])
		}
	}
	same := slices.EqualFunc(m.found, now, func(x, y app.MessageView) bool { return x.Seq == y.Seq })
	if m.found = now; same || !m.d.isOpen {
		return
	}
	c := m.u.win.Canvas()
	at := slices.Index(m.lines, c.Focused()) - len(m.lines) // from the end: what is new comes before
	m.show()
	switch {
	case at >= -len(m.lines) && c.Focused() != nil && at < 0:
		c.Focus(m.lines[len(m.lines)+at])
	case c.Focused() == nil:
		c.Focus(m.tabs[0])
	}
}

// oldestOf is the place of the last of a page; what was before it if there is none.
func oldestOf(page []app.MessageView, before chat.Seq) chat.Seq {
	if len(page) == 0 {
		return before
	}
	return page[len(page)-1].Seq
}

func (m *mediaList) choose(pictures bool) {
	m.pictures = pictures
	for i, b := range m.tabs {
		kind := look.Quiet
		if (i == 0) == pictures {
			kind = look.Primary
		}
		b.SetKind(kind)
	}
	if m.reading || !m.seek() {
		m.show()
	}
}

// seek reads on while nothing of the list in view has been found: what is newest in a room
// may all be in the other one. It reports whether it does.
func (m *mediaList) seek() bool {
	for i := range m.found {
		for j := range m.found[i].Files {
			if m.found[i].Files[j].Picture == m.pictures {
				return false
			}
		}
	}
	if m.end || m.failed != "" || m.oldest == 0 {
		return false
	}
	m.read()
	return true
}

// show makes the list anew.
func (m *mediaList) show() {
	m.body.Objects, m.lines, m.whens = nil, nil, nil
	clear(m.tiles)
	clear(m.eyes)
	some := false
	if m.pictures {
		some = m.addPictures()
	} else {
		some = m.addFiles()
	}
	switch {
	case m.failed != "":
		m.body.Add(newPara(m.failed, look.Preview, look.Bad))
	case m.reading:
		m.body.Add(newSkeleton(m.u, 3, tr.S("media.loading")))
	case !some && m.end:
		m.body.Add(column(8, gap(20), centred(look.NewIcon(look.IconClip, look.Faint, 40)),
			centredPara(tr.S("media.none"), look.Title, look.Text), centredPara(tr.S("media.none.text"), look.Body, look.Secondary), gap(20)))
	}
	if !m.end && !m.reading {
		m.more = look.NewButton(tr.S("media.more"), look.Quiet, m.read)
		m.body.Add(centred(m.more))
	}
	m.body.Refresh()
	m.d.page.Refresh()
	m.d.Refresh()
}

// addPictures makes the grid.
func (m *mediaList) addPictures() bool {
	var all []viewed
	for i := range m.found {
		all = append(all, picturesOf(&m.found[i])...)
	}
	if len(all) == 0 {
		return false
	}
	shown := make([]viewed, len(all)) // the viewer wants the oldest first
	for i, p := range all {
		shown[len(all)-1-i] = p
	}
	grid := flow(6)
	for i := range all {
		p := &all[i]
		veiled := !p.from.IsZero() && m.u.veils.hides(p.from, p.file.Hash)
		show := m.u.media.listed
		if veiled {
			show = func(_ chat.RoomID, f *chat.File) image.Image { return m.u.veils.like(f) }
		}
		img := &canvas.Image{CornerRadius: 8}
		cover(img, show(m.room, &p.file))
		m.tiles[p.file.Hash] = append(m.tiles[p.file.Hash], img)
		var tile fyne.CanvasObject = img
		if m.eyes[p.file.Hash] = veiled; veiled { // the viewer asks before it shows it
			tile = container.NewStack(img, centred(newBoxed(veilInk, nil, 8, 8, look.NewIcon(look.IconEye, viewerInk, 20))))
		}
		t := newTouch(container.NewGridWrap(fyne.NewSquareSize(mediaTile), tile), func() { m.u.openViewer(m.room, shown, len(all)-1-i) })
		t.Fill, t.Radius, t.PadX, t.PadY = look.FieldFill, 10, 2, 2
		m.lines = append(m.lines, t)
		grid.Add(t)
	}
	m.body.Add(grid)
	return true
}

// cover has a tile show as much of a picture as it has room for, or nothing while the
// picture has not come: the toolkit cannot cut what is not there.
func cover(tile *canvas.Image, img image.Image) {
	tile.Image, tile.FillMode = img, canvas.ImageFillStretch
	if img != nil {
		tile.FillMode = canvas.ImageFillCover
	}
}

// veilInk is under the eye on a veiled picture.
func veilInk(*look.Palette) color.NRGBA { return color.NRGBA{R: 16, G: 18, B: 24, A: 150} }

// arrived draws a picture that has come.
func (m *mediaList) arrived(h chat.Hash) {
	if m.eyes[h] {
		m.show() // perhaps it is no more
		return
	}
	if e := m.u.media.kept[h]; e != nil {
		for _, img := range m.tiles[h] {
			cover(img, e.Value.(*thumb).img)
			img.Refresh()
		}
	}
}

// addFiles makes the list of what is no picture.
func (m *mediaList) addFiles() bool {
	some := false
	for i := range m.found {
		v := &m.found[i]
		for j := range v.Files {
			if f := &v.Files[j]; !f.Picture {
				some = true
				m.body.Add(m.fileLine(v, f))
			}
		}
	}
	return some
}

func (m *mediaList) fileLine(v *app.MessageView, f *app.FileView) fyne.CanvasObject {
	icon, ink := look.FileIcon(narrate.FileName(f.Name))
	width := max(120, min(720, m.u.win.Canvas().Size().Width-16)-2*dialogPad-150)
	name := look.NewLine(look.ElideFile(narrate.FileName(f.Name), width, look.Sizes().Body, fyne.TextStyle{}), look.Body, look.Text)
	by := cleanName(v.Name)
	if by == "" {
		by = tr.S("who.unknown")
	}
	file, seq, size, at := f.File, v.Seq, narrate.Size(f.Size), v.Time
	words := func() string { return dotted(size, by, tr.Day(zone.In(at), time.Now())) }
	about := look.NewElided(words(), look.Caption, look.Secondary)
	m.whens = append(m.whens, func() { about.SetText(words()) })
	save := look.NewIconButton(look.IconSave, tr.S("timeline.file_save"), func() { m.u.saveFile(m.room, file) })
	jump := look.NewIconButton(look.IconForward, tr.S("media.jump"), func() { m.u.jumpTo(m.room, seq) })
	m.lines = append(m.lines, jump)
	return rowGrow(10, 1, look.NewIcon(icon, ink, 24), column(1, name, about), jump, save)
}

// jumpTo leaves whatever is over the window and shows a message.
func (u *UI) jumpTo(room chat.RoomID, seq chat.Seq) {
	u.closeAll()
	if u.home == nil || seq == 0 {
		return
	}
	u.goToSeq(room, seq)
}
