package timeline

import (
	"image"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/textblock"
)

// Hooks are how decisions leave the timeline. Any may be nil.
type Hooks struct {
	// OnOpenLink is called with a guarded link somebody clicked. If Ask is set,
	// show Host and ask before opening URL.
	OnOpenLink func(linkguard.Link)
	// OnAuthor asks who has written a row: their picture or name was clicked.
	OnAuthor func(*Row)
	// OnDay is told that the pill with the day over a row was clicked.
	OnDay func(*Row)
	// OnDetails asks for everything known about a row.
	OnDetails func(*Row)
	// OnRetry, OnEdit and OnDiscard decide about a failed message.
	OnRetry, OnEdit, OnDiscard func(*Row)
	// OnCopied says that the person copied a piece of code of a row.
	OnCopied func(*Row)
	// OnAct is called when the person wants what a system line offers.
	OnAct func(*Row)
	// OnReact is called to put an emoji on a message or take it off, OnPick to let
	// the person choose one beside a rectangle of the window, OnReply to answer.
	OnReact func(r *Row, emoji string)
	OnPick  func(r *Row, at fyne.Position, size fyne.Size)
	OnReply func(*Row)
	// Closed reports whether the person may add nothing here; then neither of them is offered.
	// nil: never.
	Closed func() bool
	// OnReactors asks who put an emoji on a message; done is called on the UI
	// goroutine, later or never.
	OnReactors func(r *Row, emoji string, done func(names string))
	// Picture is asked for what there is of a picture; nil nothing yet. When there is
	// more, say so with PictureChanged.
	Picture func(r *Row, i int) image.Image
	// Veiled reports whether a picture is not to be shown before the person wants it:
	// then Picture gives a likeness at most. nil: none is.
	Veiled func(r *Row, i int) bool
	// NoPicture says in words why nothing of a picture can be shown; "" if it may come.
	NoPicture func(r *Row, i int) string
	// Code is asked for the colours of a block of code that comes on screen; nil: none,
	// or none yet. When there are more, say so with CodeChanged.
	Code func(language, code string) []textblock.Shade
	// OnOver is told when the pointer comes upon a picture that moves.
	OnOver func(r *Row, i int)
	// OnFile is called with what the person wants to have done with a file.
	OnFile func(r *Row, i int, act FileAct)
	// OnVersions asks for the earlier texts of an edited message.
	OnVersions func(*Row)
	// Menu completes the entries of a row's context menu; nil leaves them as they are.
	Menu func(r *Row, own []look.MenuItem) []look.MenuItem
	// OnPicked is told that other messages, or more, or none any more are being chosen;
	// OnPickedMost that no more can be, OnDeletePicked that the person wants those deleted.
	OnPicked, OnPickedMost, OnDeletePicked func()
	// OnRead says that all up to the row with this sequence number has been on screen, or
	// was before; it only grows, until all is read anew. Whether the person was looking is
	// for the owner to know.
	OnRead func(seq uint64)
	// OnJump is told where the person was before they went elsewhere in the room, OnBack
	// that they want to go where OfferBack says.
	OnJump func(Place)
	OnBack func()
	// OnUnread asks for the first unread message, OnAllRead to take all as read.
	OnUnread, OnAllRead func()
	// OnEnd says whether the newest message is in view, and again when that changes.
	OnEnd func(at bool)
	// OnFree says that [Timeline.Free] has changed.
	OnFree func()
	// OnLoaded says that what Open asked for is there.
	OnLoaded func()
	// OnType passes on a character typed while the timeline has the focus: focus
	// the composer and put it there.
	OnType func(rune)
	// OnErase passes Backspace on likewise.
	OnErase func(*fyne.KeyEvent)
	// OnLeave is called on Escape: give the focus back to the composer.
	OnLeave func()
	// OnShortcut passes on shortcuts that are not the timeline's.
	OnShortcut func(fyne.Shortcut)
}

// Start says where a room opens.
type Start struct {
	// Unread puts the "new messages" line behind this sequence number and shows
	// it; 0 for none. A room without unread messages opens at its end.
	Unread uint64
	// At, if set, comes back to a place that Place returned.
	At *Place
	// Show, if set, opens at the message with this sequence number and puts the
	// keyboard's mark on it; ShowSeq does that later.
	Show uint64
}

// Place is a place in a room that Open can come back to.
type Place struct {
	ID     string  // the anchor row
	Seq    uint64  // its sequence number, to load it again
	Offset float32 // distance of its lower edge from that of the view
	Follow bool    // at the end, following new messages
}

// Limits of what is loaded.
const (
	pageRows = 100  // asked for at a time
	seekRows = 500  // asked for at a time while the first unread message is looked for
	nearRows = 30   // load more when the view is so close to the end of the window
	maxRows  = 2000 // kept; the far end is dropped beyond
)

// Timeline is the widget; see the package comment.
type Timeline struct {
	widget.BaseWidget

	// Fixed after New.
	words Words
	hooks Hooks
	layer *fyne.Container // the rows on screen
	bar   *canvas.Rectangle
	spot  *canvas.Rectangle // a point nobody sees, see repaint
	jump  *jumpPill
	home  *backPill
	news  *unreadPill
	tools *hoverBar
	glow  *glow
	empty *canvas.Text
	hint  *canvas.Text // below empty: what to do
	open  bool         // one may write
	most  int          // rows kept in the window

	// The rows.
	source      Source
	window      window
	loading     [4]bool  // by load direction
	generation  int      // counts Open and replacements: answers to older requests are dropped
	again       What     // changes that came while a load was under way
	loaded      bool     // the first page of this source has come
	start       Start    // where the room opened, until somebody moved
	unsettled   *Request // what the first page answered, until somebody moved
	unreadAfter uint64
	firstUnread *Row        // the row under the unread line, if it is loaded
	downward    bool        // the person reads towards the newest: what comes in a hole pushes downwards
	unseen      int         // messages that came below the view
	away        away        // whether somebody looks at what comes
	read        uint64      // last reported by OnRead
	readBy      [][2]uint64 // what somebody else has read, see SetReadBy
	ended       bool        // last reported by OnEnd
	free        float32     // last reported by OnFree

	reach // what of it the person has read, see reach.go

	// The place.
	anchor   *Row
	anchorAt int     // where it was in the window when last looked
	distance float32 // of the anchor's lower edge from the view's lower edge; positive inside
	follow   bool

	// What is on screen.
	geo      geometry
	measures measures
	placed   []placed // top to bottom
	before   []placed // what was on screen; only within arrange
	spare    []*rowView
	paint    int // counts palette and size changes: views bound before are bound anew

	lit flash   // the row somebody jumped to
	way []Place // where the person was before each jump
	// offered says where the button leads back to behind all jumps; "" nowhere.
	offered string
	stale   stale // rows that may have changed in place

	pointer   // mouse, see mouse.go
	selection // of text, see selection.go
	picking   // of messages, see pick.go
	keys      // focus and cursor row, see keys.go
}

// placed is a row on screen.
type placed struct {
	index int
	y     float32 // of its upper edge
	m     *measured
	view  *rowView
}

func (p placed) bottom() float32 { return p.y + p.m.height }

// Directions of loading.
const (
	loadOlder = iota
	loadNewer
	loadWhole
	loadShown
)

var (
	_ fyne.Scrollable        = (*Timeline)(nil)
	_ fyne.Draggable         = (*Timeline)(nil)
	_ fyne.Focusable         = (*Timeline)(nil)
	_ fyne.Shortcutable      = (*Timeline)(nil)
	_ fyne.SecondaryTappable = (*Timeline)(nil)
	_ desktop.Mouseable      = (*Timeline)(nil)
	_ desktop.Hoverable      = (*Timeline)(nil)
	_ desktop.Cursorable     = (*Timeline)(nil)
	_ desktop.Keyable        = (*Timeline)(nil)
)

// New returns an empty timeline; Open shows a room in it.
func New(words Words, hooks Hooks) *Timeline {
	t := &Timeline{
		words: words, hooks: hooks, follow: true, most: maxRows,
		layer: container.NewWithoutLayout(),
		bar:   canvas.NewRectangle(color.Transparent),
		spot:  canvas.NewRectangle(color.Transparent),
		jump:  newJumpPill(), home: newBackPill(), news: newUnreadPill(), tools: newHoverBar(), glow: newGlow(),
		empty: canvas.NewText(words.Empty, color.Transparent), hint: canvas.NewText("", color.Transparent),
	}
	t.layer.Layout = still{}
	t.bar.CornerRadius = barWidth / 2
	t.bar.Hide()
	t.spot.Resize(fyne.NewSquareSize(1))
	t.empty.Hide()
	t.hint.Hide()
	t.measures.reset()
	t.ExtendBaseWidget(t)
	return t
}

// still is a layout that leaves everything where arrange put it.
type still struct{}

func (still) Layout([]fyne.CanvasObject, fyne.Size)        {}
func (still) MinSize([]fyne.CanvasObject) (none fyne.Size) { return none }

// CreateRenderer implements fyne.Widget.
func (t *Timeline) CreateRenderer() fyne.WidgetRenderer {
	t.ExtendBaseWidget(t)
	objects := append([]fyne.CanvasObject{t.spot, t.empty, t.hint, t.layer}, t.jump.ground()...)
	objects = append(objects, t.bar)
	t.restyle()
	objects = append(objects, t.tools.objects()...)
	objects = append(objects, t.home.objects()...)
	objects = append(objects, t.news.objects()...)
	objects = append(objects, t.jump.objects()...)
	return &renderer{t: t, objects: append(objects, t.glow.back)}
}

// renderer does nothing in Layout; see the package comment.
type renderer struct {
	t       *Timeline
	objects []fyne.CanvasObject
}

func (r *renderer) Destroy()                     {}
func (r *renderer) Layout(fyne.Size)             {}
func (r *renderer) MinSize() fyne.Size           { return fyne.NewSize(200, 100) }
func (r *renderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *renderer) Refresh()                     { r.t.restyle() }

// restyle takes over palette and sizes.
func (t *Timeline) restyle() {
	p := look.Now()
	t.bar.FillColor = p.Scroll
	t.empty.Color, t.empty.TextSize = p.Text, look.Sizes().Title
	t.glow.back.FillColor = look.Alpha(p.Text, 0.08)
	t.hint.Color, t.hint.TextSize = p.Second, look.Sizes().Body
	t.jump.restyle(p)
	t.home.restyle(p)
	t.news.restyle(p)
	t.tools.restyle(p)
	t.paint++
	t.remeasure()
}

// Resize implements fyne.CanvasObject. Rows are placed here, outside Layout.
func (t *Timeline) Resize(s fyne.Size) {
	if s == t.Size() {
		return
	}
	wide := s.Width != t.Size().Width
	t.BaseWidget.Resize(s)
	if t.unsettled != nil {
		t.geo = t.geometry()
		t.measures.reset()
		t.settle()
	}
	if wide {
		t.remeasure()
	} else {
		t.arrange()
	}
}

// SetWords changes the language.
func (t *Timeline) SetWords(w Words) {
	t.words = w
	t.remeasure()
}

// remeasure forgets all measures; the anchor stays where it is.
func (t *Timeline) remeasure() {
	t.geo = t.geometry()
	t.measures.reset()
	t.arrange()
}

// Open shows a room: everything of the last one is forgotten.
func (t *Timeline) Open(s Source, at Start) {
	t.source, t.start = s, at
	t.window, t.loaded, t.unsettled = window{}, false, nil
	t.generation++
	t.loading, t.again = [4]bool{}, 0
	t.lit, t.way, t.stale = flash{}, nil, stale{}
	t.away.stays = false
	t.unreadAfter, t.unseen, t.read, t.readBy = at.Unread, 0, 0, nil
	t.reach = reach{upto: nothingUnread}
	if at.Unread > 0 {
		t.upto = at.Unread
	}
	t.findUnread()
	t.anchor, t.distance, t.follow, t.downward = nil, 0, true, false
	t.stopEdge()
	t.pointer, t.selection, t.cursor = pointer{}, selection{}, nil
	t.picking = picking{told: t.told}
	t.regauge()
	t.arrange()
	if s == nil {
		return
	}
	r := Request{Limit: pageRows}
	switch {
	case at.Show > 0:
		r.Around = at.Show
	case at.At != nil && !at.At.Follow && at.At.Seq > 0:
		r.Around = at.At.Seq
	case at.Unread > 0:
		r.Around = at.Unread
	}
	t.load(loadWhole, r)
}

// Loaded reports whether what Open asked for is there.
func (t *Timeline) Loaded() bool { return t.loaded }

// Place returns the present place, for Start.At.
func (t *Timeline) Place() Place {
	p := Place{Offset: t.distance, Follow: t.follow || t.anchor == nil}
	if t.anchor != nil {
		p.ID, p.Seq = t.anchor.ID, t.anchor.Seq
	}
	return p
}

// AtEnd reports whether the newest message is in view and new ones will be.
func (t *Timeline) AtEnd() bool { return t.follow && !t.window.newer }

// Seen is the newest sequence number that has been on screen, as last
// reported by OnRead: for an owner that was not looking then and is now.
func (t *Timeline) Seen() uint64 { return t.read }

// MarkUnread puts the "new messages" line behind a sequence number; 0 removes it.
// For messages that came while nobody was looking.
func (t *Timeline) MarkUnread(seq uint64) {
	if t.unreadAfter != seq {
		t.unreadAfter = seq
		t.findUnread()
		t.arrange()
	}
}

// SetReadBy says what somebody else has read, in parts: behind the first sequence number of
// each up to its second. Own messages in there show it.
func (t *Timeline) SetReadBy(spans [][2]uint64) {
	if !slices.Equal(t.readBy, spans) {
		t.readBy = spans
		t.paint++
		t.arrange()
	}
}

// ShowSeq goes to the message with a sequence number, or the nearest that is there.
func (t *Timeline) ShowSeq(seq uint64) {
	if t.source == nil || seq == 0 {
		return
	}
	t.leap()
	t.start = Start{Show: seq, Unread: t.unreadAfter}
	t.generation++
	t.loading, t.loaded = [4]bool{}, false
	t.load(loadWhole, Request{Around: seq, Limit: pageRows})
}

// ShowLatest goes to the newest message and follows, because the person wants that: with
// it all is read.
func (t *Timeline) ShowLatest() {
	t.joined = true
	t.showEnd()
}

// showEnd goes to the newest message and follows.
func (t *Timeline) showEnd() {
	t.unseen = 0
	t.moved()
	if t.window.newer {
		t.generation++
		t.loading = [4]bool{}
		t.loaded = false
		t.load(loadWhole, Request{Limit: pageRows})
		return
	}
	t.follow = true
	t.arrange()
}

// colors of message text.
func colorsOf(r *Row, p *look.Palette) textblock.Colors {
	c := baseColors(r, p)
	c.Call, c.CallBack = c.Link, look.Alpha(p.Accent, 0.1)
	c.CallMe, c.CallMeBack = p.OnAccent, p.Accent
	return c
}

func baseColors(r *Row, p *look.Palette) textblock.Colors {
	c := textblock.Colors{Text: p.Text, Link: p.Link, Marked: p.Marked, Box: p.CodeBox, Bar: p.Accent, Code: p.Code[:]}
	if r.Own {
		c.Text, c.Link = p.OwnText, p.OwnLink
		c.Box, c.Bar, c.Code = p.OwnCodeBox, p.OwnLink, p.OwnCode[:]
		c.Marked = look.Mix(p.Own, p.Accent, 0.4)
	}
	switch {
	case r.Act != "":
		c.Text = p.Second
	case r.Kind == System:
		c.Text = p.Faint
	case r.Kind == Hint && r.Own:
		c.Text = p.OwnFaint
	case r.Kind == Hint:
		c.Text = p.Faint
	}
	return c
}
