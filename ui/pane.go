package ui

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// pane is the open room: its head, the conversation, the composer.
type pane struct {
	h        *home
	object   *paneWidget
	timeline *timeline.Timeline
	composer *composer
	banner   *banner
	pins     *pinBar

	back     *look.IconButton
	name     *look.Line
	about    *look.Line
	title    *touch // name and about; opens what there is to know about the room
	pill     *look.Pill
	pillArea *touch
	outPill  *look.Pill
	typing   *look.Line // who is writing, below the composer
	outArea  *touch     // what waits or failed; opens the outbox
	search   *look.IconButton
	people   *look.IconButton
	more     *look.IconButton
	empty    *fyne.Container   // in place of everything while no room is open
	invite   fyne.CanvasObject // in it: what one can do
	wait     *para             // in it: the first rooms are still to come
	picks    *pickBar          // in place of the composer while messages are being chosen
	alone    *alonePart        // over an empty room while nobody else is in it
	awaited  *awaited

	narrow  bool
	tick    func() // stops the countdown
	linger  func() // stops the timer of outArea
	waits   bool   // messages have been waiting for longer than sending takes
	seen    chat.Seq
	passed  chat.Seq // before something that was not loaded when the person saw what is behind it; 0: nothing
	gone    int      // how often the room had gone back when seen was right
	missed  bool     // messages came since nobody looks
	atEnd   bool     // the newest message is in view
	held    bool     // marked as unread: being in view does not count until the room is opened again
	early   bool     // opened before it was known what is unread in it
	anyRoom bool
}

func newPane(h *home) *pane {
	p := &pane{h: h, tick: func() {}, linger: func() {}}
	p.back = look.NewIconButton(look.IconBack, tr.S("pane.back"), h.backToList)
	p.name = look.NewStrong("", look.Title, look.Text)
	p.about = look.NewElided("", look.Preview, look.Secondary)
	p.title = newTouch(column(0, p.name, p.about), h.showRoomInfo)
	p.title.PadX, p.title.PadY = titlePad, 4
	p.pill = look.NewPill("", look.GoodFill, look.Good)
	p.pill.Dot, p.pill.Bold, p.pill.Elides = true, true, true
	p.pillArea = newTouch(p.pill, h.showConnection)
	p.pillArea.Radius, p.pillArea.PadX, p.pillArea.PadY = 16, 2, 2
	p.outPill = look.NewPill("", look.WarnFill, look.Warn)
	p.outPill.Bold = true
	p.outArea = newTouch(p.outPill, h.showOutbox)
	p.outArea.Radius, p.outArea.PadX, p.outArea.PadY = 16, 2, 2
	p.outArea.Hide()
	p.people = look.NewIconButton(look.IconPeople, tr.F("pane.people", "Keys", keysOf("keys.members")), h.toggleMembers)
	p.search = look.NewIconButton(look.IconSearch, tr.F("pane.search", "Keys", keysOf("keys.search")), h.showSearch)
	p.more = look.NewIconButton(look.IconMore, tr.S("pane.more"), p.showMenu)
	p.timeline = timeline.New(timelineWords(), timeline.Hooks{
		OnOpenLink: func(l linkguard.Link) { h.u.openLink(l) },
		OnDetails:  func(r *timeline.Row) { h.showDetails(r) },
		OnAct:      func(r *timeline.Row) { h.showLost(h.room, lossOf(r)) },
		OnCopied:   func(*timeline.Row) { h.u.toast(tr.S("invite.copied"), look.Good) },
		OnRetry:    func(r *timeline.Row) { p.decide(r, app.Commands.RetryMessage) },
		OnDiscard:  func(r *timeline.Row) { p.discard(r) },
		OnEdit:     func(r *timeline.Row) { p.composer.edit(r) },
		OnRead:     p.read,
		OnPicked:   p.picked, OnPickedMost: p.pickedMost, OnDeletePicked: p.deletePicked,
		Menu:       p.messageMenu,
		OnReact:    p.react,
		OnPick:     p.pickReaction,
		Closed:     func() bool { return !p.composer.usable() },
		OnReactors: p.reactors,
		Picture:    p.picture,
		NoPicture:  p.noPicture,
		Veiled:     p.veiled,
		Code:       h.u.codeShades,
		OnFile:     p.onFile,
		OnOver:     p.onOver,
		OnReply:    func(r *timeline.Row) { p.composer.answer(r) },
		OnVersions: p.versions,
		OnJump:     h.jumpedFrom,
		OnBack:     func() { h.goBack() },
		OnUnread:   p.toUnread,
		OnAllRead:  p.readAll,
		OnEnd: func(at bool) {
			p.atEnd = at
			p.tellEnd()
		},
		OnType:     func(r rune) { p.composer.typed(r) },
		OnErase:    func(e *fyne.KeyEvent) { p.composer.taken(func() { p.composer.entry.TypedKey(e) }) },
		OnLeave:    h.escape,
		OnAuthor:   h.showAuthor,
		OnDay:      func(r *timeline.Row) { h.showDates(h.room, r.Time) },
		OnShortcut: p.shortcut,
		OnFree:     func() { p.alone.place(p.timeline) },
		OnLoaded:   func() { p.awaited.end() },
	})
	h.u.media.watch[h.u] = func(f chat.Hash) { p.timeline.PictureChanged(f.String()) }
	p.typing = look.NewElided("", look.Caption, look.Secondary)
	p.composer = newComposer(h)
	p.banner = newBanner(h)
	p.pins = newPinBar(p)
	p.empty = p.newEmpty()
	p.alone = newAlone(h)
	p.awaited = newAwaited(p)
	p.picks = newPickBar(p)
	p.object = newPaneWidget(p)
	return p
}

// newEmpty invites to do something while there is no room.
func (p *pane) newEmpty() *fyne.Container {
	h := p.h
	p.wait = centredPara("", look.Body, look.Faint)
	p.invite = newPage(360, 24, column(12,
		centred(look.NewIcon(look.IconHash, look.Faint, 44)),
		centredPara(tr.S("pane.none"), look.Title, look.Text),
		centredPara(tr.S("pane.none.text"), look.Body, look.Secondary),
		gap(4),
		centred(row(8,
			look.NewIconTextButton(look.IconAdd, tr.S("side.new_room"), look.Primary, h.showNewRoom),
			look.NewButton(tr.S("side.browse"), look.Quiet, h.showBrowse))),
	))
	return container.NewStack(p.invite, newPage(360, 24, column(0, p.wait)))
}

// applyEmpty says that the rooms are still to come while they are.
func (p *pane) applyEmpty(v *app.View) {
	coming := v.Connection.State != app.ConnLive || v.Fresh
	text := ""
	if coming {
		text, _, _ = connectionWords(v.Connection, time.Now(), true)
	}
	p.wait.SetText(text)
	if p.invite.Visible() == coming {
		if coming {
			p.invite.Hide()
		} else {
			p.invite.Show()
		}
		p.empty.Refresh()
	}
}

// open shows a room from its beginning place; nil shows the empty page.
func (p *pane) open(r *app.RoomView) {
	p.seen, p.passed, p.missed, p.held, p.anyRoom = 0, 0, false, false, r != nil
	if r == nil {
		p.awaited.end()
		p.timeline.Open(nil, timeline.Start{})
		return
	}
	p.begin(r)
	p.composer.open(r)
	p.applyRoom(r, p.h.u.view)
	p.object.arrange()
}

// begin shows a room's messages from the first that is unread, or from where the person
// was.
func (p *pane) begin(r *app.RoomView) {
	start := timeline.Start{}
	if at, ok := p.h.places[r.ID]; ok && r.Unread == 0 {
		start.At = &at
	}
	if at := r.FirstUnread(); at > 0 {
		start.Unread = max(1, uint64(at)-1)
	}
	p.seen, p.gone, p.early = r.Read, r.Back.Times, p.h.u.view.Fresh
	p.timeline.Open(feed{u: p.h.u, room: r.ID}, start)
	p.awaited.begin()
}

// settle goes to what is unread in a room that was opened before that was known.
func (p *pane) settle(r *app.RoomView, v *app.View) {
	if !p.early || v.Fresh {
		return
	}
	if p.early = false; r.Unread > 0 {
		p.begin(r)
		return
	}
	p.seen = max(p.seen, r.Read)
}

// apply takes over the view.
func (p *pane) apply(v *app.View) {
	p.applyConnection(v)
	p.applyOutbox(v)
	p.banner.apply(v)
	if r := p.h.roomOf(p.h.room); r != nil {
		p.anyRoom = true
		if r.Back.Times != p.gone { // what was seen behind there is no more, and other messages may come there
			p.seen, p.gone = min(p.seen, r.Back.Lowest), r.Back.Times
		}
		p.settle(r, v)
		p.applyRoom(r, v)
	} else {
		p.anyRoom = false
		p.applyEmpty(v)
	}
	p.object.arrange()
}

func (p *pane) applyRoom(r *app.RoomView, v *app.View) {
	name := roomName(r)
	p.name.SetText(name)
	about := tr.N("pane.members", len(present(v, r)))
	if m, ok := partner(r); ok {
		if about = presenceWords(v.Presence[m.Account], time.Now()); about == "" {
			about = atName(m)
		}
	}
	about = dotted(about, cleanName(r.Topic))
	if r.Archived {
		about = dotted(tr.S("pane.archived"), about)
	}
	p.about.SetText(about)
	if setShown(p.about, about != ""); p.title.MinSize().Height != p.title.Size().Height {
		p.title.Refresh()
	}
	p.applyAlone(r, v)
	p.typing.SetText(typingWords(r.Typing))
	p.timeline.SetReadBy(seenSpans(r))
	p.timeline.SetReadTo(uint64(max(r.FirstUnread(), 1)-1), r.Unread)
	p.pins.apply(r)
	p.composer.apply(r, v)
}

// applyConnection shows the state, and counts down while there is a next attempt.
func (p *pane) applyConnection(v *app.View) {
	text, fill, ink := connectionWords(v.Connection, time.Now(), p.narrow)
	p.pill.Set(text, fill, ink)
	p.tick()
	p.tick = func() {}
	if v.Connection.State == app.ConnWaiting && time.Until(v.Connection.NextTry) > 0 {
		p.tick = p.h.u.pump.after(time.Second, func() {
			if p.h.u.home == p.h {
				p.applyConnection(p.h.u.view)
				p.banner.apply(p.h.u.view)
				p.object.arrange()
			}
		})
	}
}

// sendingTakes is how long messages may wait over a live connection before the
// head of the page says so: otherwise it would blink with each message.
const sendingTakes = 1500 * time.Millisecond

// applyOutbox says in the head how much waits or failed, over all rooms.
func (p *pane) applyOutbox(v *app.View) {
	if v.Waiting == 0 {
		p.linger()
		p.linger, p.waits = func() {}, false
	} else if v.Connection.State != app.ConnLive {
		p.waits = true
	} else if !p.waits {
		p.linger()
		p.linger = p.h.u.pump.after(sendingTakes, func() {
			if p.h.u.home == p.h && p.h.u.view.Waiting > 0 {
				p.waits = true
				p.applyOutbox(p.h.u.view)
				p.object.arrange()
			}
		})
	}
	n, key, fill, ink := v.Waiting, tr.Key("outbox.pill"), look.Ink(look.WarnFill), look.Ink(look.Warn)
	if v.Failed > 0 {
		n, key, fill, ink = v.Failed, "outbox.pill_failed", look.BadFill, look.Bad
	}
	text := tr.N(key, n)
	if p.narrow { // there is room for the number only
		text = fmt.Sprint(n)
	}
	p.outPill.Set(text, fill, ink)
	p.outArea.Hidden = v.Failed == 0 && !p.waits
}

// changed has the timeline read anew what changed in the room.
func (p *pane) changed(c app.RoomChange, reset bool) {
	if c.Tail && !p.h.sees() && !p.missed {
		p.missed = true
		p.timeline.Away(uint64(p.seen))
	}
	if reset || c.Reload || c.Names || c.Changed {
		p.pins.changed()
	}
	switch {
	case reset || c.Reload || c.Names, c.Waiting && p.lost(): // what waits is not counted as lost
		p.timeline.Changed(timeline.All)
	default:
		if c.Changed {
			p.timeline.Changed(timeline.Shown)
		}
		if c.Tail || c.Waiting || !c.Changed {
			p.timeline.Changed(timeline.Tail)
		}
	}
}

// lost reports whether the server has lost something of the open room.
func (p *pane) lost() bool {
	r := p.h.roomOf(p.h.room)
	return r != nil && r.Lost > 0
}

// read is told by the timeline what has been on screen; it counts as read while
// the person looks at the window.
func (p *pane) read(seq uint64) {
	p.seen = max(p.seen, chat.Seq(seq))
	if r := p.h.roomOf(p.h.room); r != nil && p.passed > 0 && chat.Seq(p.timeline.Top()) <= p.passed+1 { // the person goes on from there
		p.passed = max(p.passed, r.Complete.Seen(p.passed, chat.Seq(seq)))
	}
	p.looked()
}

// tellEnd tells the core whether what comes can be seen.
func (p *pane) tellEnd() { p.h.u.core.SetAtEnd(p.atEnd && p.h.bare()) }

// looked tells the core what has been read.
func (p *pane) looked() {
	r := p.h.roomOf(p.h.room)
	if r == nil || !p.h.sees() || p.held {
		return
	}
	seen := r.Complete.Seen(r.Read, p.seen)
	if r.Read > p.passed {
		p.passed = 0 // read on another device, or because the person says so
	}
	if seen < p.seen && p.passed == 0 { // what comes there later was not on the screen either
		p.passed = max(seen, 1)
	}
	if p.passed > 0 {
		seen = min(seen, p.passed)
	}
	if seen > r.Read {
		p.h.u.core.SetRead(r.ID, seen)
	}
}

// shortcut gets what is pressed over the messages: what is pasted belongs to the composer.
func (p *pane) shortcut(s fyne.Shortcut) {
	if _, paste := s.(*fyne.ShortcutPaste); !paste {
		p.h.u.runShortcut(s)
	} else if !p.timeline.Picking() {
		p.composer.taken(func() { p.composer.entry.TypedShortcut(s) })
	}
}

// toUnread goes to the first unread message, and to the newest where there is none.
func (p *pane) toUnread() {
	r := p.h.roomOf(p.h.room)
	switch {
	case r == nil:
		return
	case r.Unread == 0:
		p.timeline.ShowLatest()
	default:
		p.timeline.GoUnread(max(1, uint64(r.FirstUnread())-1))
	}
	p.h.focus()
}

// readAll takes everything in the room as read.
func (p *pane) readAll() {
	if r := p.h.roomOf(p.h.room); r != nil {
		p.held = false
		p.h.u.core.SetRead(r.ID, r.Head)
	}
}

// decide runs a command about an own message that was not sent.
func (p *pane) decide(r *timeline.Row, do func(app.Commands, context.Context, chat.RoomID, chat.MID) error) {
	var mid chat.MID
	if mid.UnmarshalText([]byte(r.ID)) != nil {
		return
	}
	u, room := p.h.u, p.h.room
	u.pump.work(func(ctx context.Context) func() {
		if err := do(u.core, ctx, room, mid); err != nil {
			return func() { u.toast(explain(err).text, look.Bad) }
		}
		return nil
	})
}

// discard drops a message after asking.
func (p *pane) discard(r *timeline.Row) {
	var mid chat.MID
	if mid.UnmarshalText([]byte(r.ID)) != nil {
		return
	}
	p.h.u.askDiscard(p.h.room, mid, confirmation{
		title: tr.S("discard.title"), text: discardText(r.MayRetry && !r.MayEdit, len(r.Files)), do: tr.S("timeline.discard"), danger: true,
		then: func() { p.decide(r, app.Commands.DiscardMessage) },
	})
}

// cancelFile drops a message because of one of its files, or takes that one out of several,
// after asking.
func (p *pane) cancelFile(r *timeline.Row, at int, f *chat.File) {
	var mid chat.MID
	if len(r.Files) == 1 || mid.UnmarshalText([]byte(r.ID)) != nil {
		p.discard(r)
		return
	}
	p.h.u.askDiscard(p.h.room, mid, confirmation{
		title: tr.F("discard.file.title", "File", inSentence(f.Name)), text: tr.S("discard.file.text"), do: tr.S("discard.file.do"), danger: true,
		then: func() {
			p.decide(r, func(c app.Commands, ctx context.Context, room chat.RoomID, mid chat.MID) error {
				return c.RemoveFile(ctx, room, mid, at, f.Hash)
			})
		},
	})
}

func (p *pane) showMenu() {
	at := p.h.u.fyne.Driver().AbsolutePositionForObject(p.more).AddXY(0, p.more.Size().Height+4)
	p.h.roomMenu(p.h.room, at)
}

func (p *pane) setNarrow(narrow bool) {
	if p.narrow != narrow {
		p.narrow = narrow
		p.applyConnection(p.h.u.view)
		p.applyOutbox(p.h.u.view)
		p.object.arrange()
	}
}

// paneWidget lays out the pane.
type paneWidget struct {
	widget.BaseWidget
	p     *pane
	rule  *look.Rule
	under *look.Rule // below the pins
	head  *look.Box
	body  *look.Box
	shown [8]bool // what arrange found last
}

func newPaneWidget(p *pane) *paneWidget {
	w := &paneWidget{p: p, rule: look.NewRule(), under: look.NewRule(), head: look.NewBox(look.PanelFill, 0, nil), body: look.NewBox(look.ChatFill, 0, nil)}
	w.ExtendBaseWidget(w)
	return w
}

// arrange shows the parts that belong to the present state and gives them their places.
// What they show is brought up to date where it is set.
func (w *paneWidget) arrange() {
	p := w.p
	for _, o := range []fyne.CanvasObject{w.head, w.rule, p.title, p.pillArea, p.search, p.people, p.more, p.timeline, p.typing} {
		setShown(o, p.anyRoom)
	}
	setShown(p.composer.object, p.anyRoom && !p.picks.Visible())
	if !p.anyRoom {
		p.picks.Hide()
		p.alone.want(false)
		p.outArea.Hide()
		p.pins.box.Hide()
		p.composer.offer.show(false)
	}
	setShown(p.empty, !p.anyRoom)
	setShown(p.back, p.narrow)
	w.layout(w.Size())
	shown := [...]bool{p.anyRoom, p.narrow, p.alone.box.Visible(), p.outArea.Visible(), p.banner.object.Visible(), p.pins.box.Visible(), p.composer.offer.box.Visible(), p.picks.Visible()}
	if shown != w.shown {
		w.shown = shown
		canvas.Refresh(w.rule) // has the window painted
	}
}

// CreateRenderer implements fyne.Widget.
func (w *paneWidget) CreateRenderer() fyne.WidgetRenderer {
	p := w.p
	return look.NewRenderer(look.RendererParts{
		Of: w,
		Objects: []fyne.CanvasObject{
			w.body, p.empty, p.timeline, p.awaited.lines, p.alone.box, w.head, w.rule, p.back, p.title, p.outArea, p.pillArea, p.search, p.people, p.more,
			p.banner.object, p.pins.box, w.under, p.composer.object, p.picks, p.typing, p.composer.offer.box,
		},
		Min:    func() fyne.Size { return fyne.NewSize(minWidth, minHeight) },
		Layout: w.layout,
	})
}

// nameRoom is what the name of the room needs in the head at least, before words about
// the connection stand beside it.
const nameRoom float32 = 180

// titlePad is the room around the room's name that lights up under the pointer.
const titlePad float32 = 8

func (w *paneWidget) layout(s fyne.Size) {
	p := w.p
	head := max(look.HeaderHeight, look.Sizes().Title+look.Sizes().Preview+35)
	lay(w.body, 0, 0, s.Width, s.Height)
	lay(p.empty, 0, 0, s.Width, s.Height)
	lay(w.head, 0, 0, s.Width, head)
	lay(w.rule, 0, head, s.Width, 1)

	side := look.GutterOf(s.Width)
	left := min(side, look.Gutter)
	right := s.Width - left + 8
	button := look.IconButtonSide()
	middle := func(o fyne.CanvasObject, x float32, size fyne.Size) {
		lay(o, x, (head-size.Height)/2, size.Width, size.Height)
	}
	if p.back.Visible() {
		middle(p.back, 6, fyne.NewSquareSize(button))
		left = button + 12
	}
	for _, b := range []*look.IconButton{p.more, p.people, p.search} {
		right -= button
		middle(b, right, fyne.NewSquareSize(button))
		right -= 2
	}
	m := p.pillArea.MinSize()
	if right-left-m.Width < look.Grown(nameRoom) { // then the dot says it
		m.Width = m.Height
	}
	right -= m.Width + 8
	middle(p.pillArea, right, m)
	if p.outArea.Visible() {
		m := p.outArea.MinSize()
		right -= m.Width + 4
		middle(p.outArea, right, m)
	}
	right -= 12
	middle(p.title, left-titlePad, fyne.NewSize(max(0, right-left+2*titlePad), p.title.MinSize().Height))

	y := head + 1
	if p.banner.object.Visible() {
		h := heightFor(p.banner.object, s.Width)
		lay(p.banner.object, 0, y, s.Width, h)
		y += h
	}
	w.under.Hidden = !p.pins.box.Visible()
	if p.pins.box.Visible() {
		h := max(pinBarHeight, p.pins.box.MinSize().Height)
		lay(p.pins.box, 0, y, s.Width, h)
		y += h
		lay(w.under, 0, y, s.Width, 1)
		y++
	}
	ch := p.composer.height(s.Width - 2*side)
	if p.picks.Visible() {
		ch = p.picks.height()
	}
	// Who is writing has its place whether anybody does or not, so that nothing moves.
	below := max(18, p.typing.MinSize().Height+2)
	line := p.typing.MinSize().Height
	lay(p.typing, side+14, s.Height-below+(below-line)/2, max(0, s.Width-2*side-28), line)
	at := fyne.NewPos(side, s.Height-ch-below)
	if p.picks.Visible() {
		lay(p.picks, at.X, at.Y, s.Width-2*side, ch)
	} else {
		lay(p.composer.object, at.X, at.Y, s.Width-2*side, ch)
	}
	p.composer.offer.place(at, s.Width-2*side)
	lay(p.timeline, 0, y, s.Width, max(0, s.Height-ch-below-8-y))
	p.awaited.place(p.timeline.Position(), p.timeline.Size())
	p.alone.place(p.timeline)
}
