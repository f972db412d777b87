package ui

import (
	"image/color"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Sizes of the rail; they follow the text size.
func railWidth() float32 { return look.Grown(44) + 20 }
func railTile() float32  { return look.Grown(44) }
func railRow() float32   { return look.Grown(44) + 10 }

// rail is the column of groups at the left edge of the window: a tile for each, and
// one that adds another. It shows where there is more than one.
type rail struct {
	w      *Window
	object fyne.CanvasObject
	rule   *look.Rule
	items  []*railItem
	add    *look.IconButton
	last   *fyne.Container // with add; nil while a group is being added
	box    *fyne.Container
	scroll *look.Scroll
	lift   *lift // while a tile is dragged
}

func newRail(w *Window) *rail {
	r := &rail{w: w, rule: look.NewRule()}
	r.add = look.NewIconButton(look.IconAdd, tr.S("rail.add"), w.addGroup)
	r.box = container.New(railLayout{r})
	r.scroll = look.NewVScroll(r.box)
	back := look.NewBox(look.FieldFill, 0, nil)
	r.object = container.NewStack(back, inset(0, 8, 0, 8, r.scroll))
	return r
}

// set takes over which groups there are.
func (r *rail) set(all []*UI) {
	var items []*railItem
	for _, u := range all {
		at := slices.IndexFunc(r.items, func(i *railItem) bool { return i.u == u })
		if at >= 0 {
			items = append(items, r.items[at])
			continue
		}
		items = append(items, newRailItem(r, u))
	}
	r.items, r.last = items, nil
	var objects []fyne.CanvasObject
	adding := false
	for _, i := range items {
		objects = append(objects, i)
		adding = adding || i.u.item.Adding
	}
	if !adding {
		side := max(0, (railWidth()-look.IconButtonSide())/2)
		r.last = inset(side, 6, side, 6, r.add)
		objects = append(objects, r.last)
	}
	r.box.Objects = objects
	r.box.Refresh()
	r.apply()
}

// apply brings the tiles up to date.
func (r *rail) apply() {
	if r == nil || !r.w.railOn() {
		return
	}
	for _, i := range r.items {
		if f := r.facts(i.u); f != i.facts {
			i.facts = f
			i.Refresh()
		}
	}
}

// railFacts are what a tile shows.
type railFacts struct {
	face, letters, tip, badge string
	rooms                     int // in which something is unread
	calls                     int // unread messages for the person: mentions, and in conversations of a few
	unread, shown             bool
	mark                      look.Icon // connection trouble, or silence; "" none
	unsent                    int       // messages of the person that the server does not have
	quiet                     string    // until when nothing rings; "" if it does
	bad                       bool      // that the person has to look at
}

// facts gathers what a tile shows.
func (r *rail) facts(u *UI) railFacts {
	f := railFacts{face: u.face(), shown: u.inView(), tip: u.fullName(), letters: u.letters()}
	for _, room := range u.unread(1 << 30) {
		f.unread = true
		f.rooms++
		if room.Access == chat.AccessDirect {
			f.calls += room.Unread
		} else {
			f.calls += room.Mentions
		}
	}
	if u.view != nil && u.view.Phase == app.PhaseOpen {
		f.unsent = u.unsent()
	}
	if f.calls > 0 {
		f.badge = countText(f.calls)
	}
	why := ""
	if f.mark, f.bad, why = u.trouble(); why != "" {
		f.tip = tr.F("rail.toast", "Group", f.tip, "Text", why)
	}
	if f.quiet = u.quietWords(time.Now()); f.quiet != "" && f.mark == "" {
		f.mark = look.IconBellOff
	}
	return f
}

// letters tell the tile of a group from the others: with the person's name there where
// another group's are the same, and with all of that name, or a number, where accounts of
// one group would still look alike.
func (u *UI) letters() string {
	group := func(x *UI) string { return look.Initials(x.groupName()) }
	account := func(x *UI) string { return look.Initials(x.groupName() + " " + x.accountName()) }
	whole := func(x *UI) string {
		return look.Initials(x.groupName() + " " + strings.NewReplacer("(", " ", ")", " ").Replace(x.accountName()))
	}
	alike := func(of func(*UI) string, sameGroup bool) (all []*UI) {
		for _, x := range u.all {
			if of(x) == of(u) && (!sameGroup || x.face() == u.face()) {
				all = append(all, x)
			}
		}
		return all
	}
	switch {
	case u.accountName() == "" || len(alike(group, false)) < 2:
		return group(u)
	case len(alike(account, true)) < 2:
		return account(u)
	}
	same := alike(whole, true)
	if len(same) < 2 {
		return whole(u)
	}
	first, _, _ := look.Cluster(group(u), -1)
	return first + strconv.Itoa(slices.Index(same, u)+1)
}

// fullTip is the tooltip: the group, and what waits in it.
func (f railFacts) fullTip() string {
	tip := f.tip
	add := func(news string) { tip = tr.F("rail.news", "Group", tip, "News", news) }
	switch {
	case f.calls > 0:
		add(tr.N("rail.calls", f.calls))
	case f.rooms > 0:
		add(tr.N("speak.rooms", f.rooms))
	}
	if f.unsent > 0 {
		add(tr.N("storage.lost.outbox", f.unsent))
	}
	if f.quiet != "" {
		add(f.quiet)
	}
	return tip
}

// trouble is the mark of a group that is not connected, or cannot be opened, and why.
func (u *UI) trouble() (mark look.Icon, bad bool, why string) {
	v := u.view
	switch {
	case v == nil || u.item.Adding:
		return "", false, ""
	case v.Phase == app.PhaseLocked:
		return look.IconLock, true, tr.S("rail.locked")
	case v.Phase == app.PhaseFailed:
		return look.IconAlert, true, tr.S("rail.failed")
	case v.Phase != app.PhaseOpen:
		return "", false, ""
	}
	why, _, _ = connectionWords(v.Connection, time.Now(), true)
	switch v.Connection.State {
	case app.ConnStopped:
		return look.IconAlert, true, why
	case app.ConnWaiting, app.ConnOffline:
		return look.IconOffline, false, why
	}
	return "", false, ""
}

// menu offers what can be done with a group from the rail.
func (r *rail) menu(u *UI, at fyne.Position) {
	w := r.w
	c := w.win.Canvas()
	if u.item.Adding {
		look.ShowMenu(c, at, []look.MenuItem{{Text: tr.S("button.cancel"), Icon: look.IconClose, Action: u.cancelAdding}})
		return
	}
	open := u.view != nil && u.view.Phase == app.PhaseOpen
	mute := look.MenuItem{Text: tr.S("tray.mute_hour"), Icon: look.IconBellOff, Off: !open, Action: func() { u.pause(time.Now().Add(time.Hour)) }}
	if now := time.Now(); open && !u.paused(now).IsZero() {
		mute = look.MenuItem{Text: tr.F("tray.unmute", "Time", shortTime(u.paused(now), now)), Icon: look.IconBell, Action: func() { u.pause(time.Time{}) }}
	}
	place := slices.Index(w.all, u)
	last := len(w.all) - 1
	if w.all[last].item.Adding {
		last--
	}
	look.ShowMenu(c, at, []look.MenuItem{
		{Text: tr.S("command.read_all"), Icon: look.IconCheckTwo, Off: u.unreadRooms() == 0, Action: u.readAll},
		mute,
		{Text: tr.S("rail.up"), Icon: look.IconUp, Off: place == 0, Action: func() { w.move(u, place-1) }},
		{Text: tr.S("rail.down"), Icon: look.IconDown, Off: place >= last, Action: func() { w.move(u, place+1) }},
		{},
		{Text: tr.S("rail.add"), Icon: look.IconAdd, Action: w.addGroup},
		{Text: tr.S("rail.leave"), Icon: look.IconLeave, Danger: true, Off: u.view == nil || u.view.Phase == app.PhaseStarting, Action: func() {
			w.show(u)
			u.askDelete()
		}},
	})
}

// move puts a group to another place in the rail.
func (w *Window) move(u *UI, to int) {
	w.groups.Move(u.key, to)
	w.sync()
}

// step moves the keyboard to the tile above or below.
func (r *rail) step(i *railItem, by int) {
	at := slices.Index(r.items, i) + by
	if at < 0 || at > len(r.items) {
		return
	}
	if at == len(r.items) {
		if slices.Contains(r.box.Objects, fyne.CanvasObject(i)) && len(r.box.Objects) > len(r.items) {
			r.w.win.Canvas().Focus(r.add)
		}
		return
	}
	r.w.win.Canvas().Focus(r.items[at])
}

// railItem is the tile of a group.
type railItem struct {
	widget.BaseWidget
	r            *rail
	u            *UI
	facts        railFacts
	hover, focus bool
}

func newRailItem(r *rail, u *UI) *railItem {
	i := &railItem{r: r, u: u}
	i.ExtendBaseWidget(i)
	return i
}

// CreateRenderer implements fyne.Widget.
func (i *railItem) CreateRenderer() fyne.WidgetRenderer {
	i.ExtendBaseWidget(i)
	ring, bar := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	tile := canvas.NewImageFromImage(look.Face(0))
	tile.FillMode = canvas.ImageFillStretch
	blank := canvas.NewRectangle(color.Transparent)
	text := look.NewLine("", func(look.TextSizes) float32 { return railTile() * 0.36 }, look.OnAvatar)
	text.Bold, text.Align = true, fyne.TextAlignCenter
	plus := look.NewIcon(look.IconAdd, look.Accent, 22)
	dot := canvas.NewCircle(color.Transparent)
	badge := look.NewBadge("")
	disc := canvas.NewCircle(color.Transparent)
	mark := look.NewIcon(look.IconOffline, look.Faint, 14)
	refresh := func() {
		f, p, radius := i.facts, look.Now(), look.TileRadius(railTile())
		tile.CornerRadius = radius
		ring.CornerRadius, ring.StrokeWidth, ring.StrokeColor = radius+4, 0, color.Transparent
		if i.focus {
			ring.StrokeWidth, ring.StrokeColor = 2, p.Accent
		} else if i.hover {
			ring.StrokeWidth, ring.StrokeColor = 2, p.Edge
		}
		bar.CornerRadius, bar.FillColor = 2, p.Accent
		bar.Hidden = !f.shown
		if face := look.Face(look.Hue(f.face)); tile.Image != face {
			tile.Image = face
			tile.Refresh()
		}
		adding := i.u.item.Adding
		tile.Hidden, text.Hidden, blank.Hidden, plus.Hidden = adding, adding, !adding, !adding
		blank.CornerRadius, blank.FillColor, blank.StrokeColor, blank.StrokeWidth = radius, p.Panel, p.Edge, 1
		text.SetText(f.letters)
		badge.Hidden, dot.Hidden = f.badge == "", f.badge != "" || !f.unread || f.shown
		badge.Set(f.badge, look.Bad, look.OnAccent)
		dot.FillColor, dot.StrokeColor, dot.StrokeWidth = p.Accent, p.Field, 2
		disc.Hidden, mark.Hidden = f.mark == "", f.mark == ""
		disc.FillColor = p.Field
		if f.mark != "" {
			ink := look.Ink(look.Secondary)
			if f.bad {
				ink = look.Bad
			}
			mark.Set(f.mark, ink)
		}
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      i,
		Objects: []fyne.CanvasObject{ring, bar, tile, blank, text, plus, dot, badge, disc, mark},
		Min:     func() fyne.Size { return fyne.NewSize(railWidth(), railRow()) },
		Layout: func(s fyne.Size) {
			railTile := railTile()
			at := fyne.NewPos((s.Width-railTile)/2, (s.Height-railTile)/2)
			side := fyne.NewSquareSize(railTile)
			ring.Move(at.SubtractXY(4, 4))
			ring.Resize(side.AddWidthHeight(8, 8))
			bar.Move(fyne.NewPos(0, s.Height/2-13))
			bar.Resize(fyne.NewSize(4, 26))
			for _, o := range []fyne.CanvasObject{tile, blank, text} {
				o.Move(at)
				o.Resize(side)
			}
			plus.Move(at)
			plus.Resize(side)
			dot.Move(at.AddXY(railTile-9, -4))
			dot.Resize(fyne.NewSquareSize(14))
			m := badge.MinSize()
			badge.Move(fyne.NewPos(min(s.Width-m.Width-2, at.X+railTile+6-m.Width), at.Y-6))
			badge.Resize(m)
			round := mark.MinSize().AddWidthHeight(6, 6)
			corner := at.AddXY(railTile-round.Width+6, railTile-round.Height+6)
			disc.Move(corner)
			disc.Resize(round)
			mark.Move(corner)
			mark.Resize(round)
		},
		Refresh: refresh,
	})
}

// Tapped implements fyne.Tappable.
func (i *railItem) Tapped(*fyne.PointEvent) { i.take() }

func (i *railItem) take() {
	look.HideTip(i)
	i.r.w.show(i.u)
}

// TappedSecondary implements fyne.SecondaryTappable.
func (i *railItem) TappedSecondary(e *fyne.PointEvent) {
	look.HideTip(i)
	i.r.menu(i.u, e.AbsolutePosition)
}

// MouseIn implements desktop.Hoverable.
func (i *railItem) MouseIn(*desktop.MouseEvent) {
	i.hover = true
	i.Refresh()
	look.ShowTip(i, i.facts.fullTip())
}

// MouseMoved implements desktop.Hoverable.
func (i *railItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (i *railItem) MouseOut() {
	i.hover = false
	i.Refresh()
	look.HideTip(i)
}

// Cursor implements desktop.Cursorable.
func (i *railItem) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (i *railItem) FocusGained() {
	i.focus = true
	i.Refresh()
	look.Focused(i)
	top := float32(slices.Index(i.r.items, i)) * railRow()
	scrollTo(i.r.scroll, top, railRow())
}

// FocusLost implements fyne.Focusable.
func (i *railItem) FocusLost() { i.focus = false; i.Refresh() }

// TypedRune implements fyne.Focusable.
func (i *railItem) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (i *railItem) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		i.r.step(i, -1)
	case fyne.KeyDown:
		i.r.step(i, 1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		i.take()
	case desktop.KeyMenu:
		at := i.r.w.fyne.Driver().AbsolutePositionForObject(i)
		i.r.menu(i.u, at.AddXY(railWidth(), 0))
	default:
		passKey(i, e)
	}
}
