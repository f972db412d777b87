package ui

import (
	"context"
	"fmt"
	"image/color"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/editor"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// maxRows is how high the composer grows.
const maxRows = 8

// composer is where a message is written.
type composer struct {
	h       *home
	object  *composerWidget
	entry   *writer
	send    *look.IconButton
	count   *look.Line
	why     *para // instead of the entry, when one cannot write
	editBar *fyne.Container

	pad      *pad // what was begun in the open room; never nil
	hint     string
	here     bool // it has the focus
	limit    int  // characters
	off      string
	setting  bool // the text is changed by us, not typed
	barIcon  *look.IconView
	barTitle *look.Line
	barText  *look.Line
	smile    *look.IconButton
	clip     *look.IconButton
	tray     *attachTray // files of the next message
	offer    *completion
	rows     int     // lines shown
	width    float32 // of the last layout
}

func newComposer(h *home) *composer {
	c := &composer{h: h, pad: &pad{}, rows: 1, limit: chat.DefaultLimits().TextChars}
	c.entry = newWriter(c)
	c.send = look.NewIconButton(look.IconSend, tr.F("composer.send", "Keys", sendKeys(h.u.settings.CtrlSends)), c.submit)
	c.send.Round = true
	c.count = look.NewLine("", look.Caption, look.Faint)
	c.why = centredPara("", look.Body, look.Faint)
	c.smile = look.NewIconButton(look.IconSmile, tr.S("composer.emoji"), c.pickEmoji)
	c.clip = look.NewIconButton(look.IconClip, tr.S("attach.button"), c.chooseFiles)
	c.tray = newAttachTray(c)
	c.editBar = c.newBar()
	c.offer = newCompletion(c)
	c.object = newComposerWidget(c)
	return c
}

// usable reports whether one can write.
func (c *composer) usable() bool { return c.off == "" }

// open takes what was begun in a room.
func (c *composer) open(r *app.RoomView) {
	c.pad = c.h.u.pad(r.ID)
	c.hint = tr.F("composer.hint", "Room", inSentence(roomName(r)))
	c.setText(c.pad.shown())
	c.showBar()
	c.showAttached()
}

// showPad shows what was begun anew, after it was changed from elsewhere.
func (c *composer) showPad() {
	c.pad = c.h.u.pad(c.h.room)
	if text := c.pad.shown(); c.entry.Text() != text {
		c.setText(text)
	}
	c.showBar()
	c.showAttached()
}

// keep hands what was begun to the core.
func (c *composer) keep() { c.h.u.keepPad(c.h.room) }

func (c *composer) setText(s string) {
	c.setting = true
	c.entry.SetText(s)
	c.setting = false
	c.measure()
}

// apply takes over what the room allows.
func (c *composer) apply(r *app.RoomView, v *app.View) {
	c.showKeys()
	if v.Group.Limits.TextChars > 0 {
		c.limit = v.Group.Limits.TextChars
	}
	off := ""
	if ended(v) {
		off = tr.S("composer.ended")
	} else if readOnly(v) {
		off = tr.S("composer.read_only")
	} else if over(v) {
		off = tr.S("composer.group_ended")
	} else if r.Removed {
		off = tr.S("composer.removed")
	} else if r.Forgotten && !r.Pending {
		off = tr.S("composer.forgotten")
	} else if !r.Joined && !r.Pending && r.Access == chat.AccessOpen {
		off = tr.S("composer.left_open")
	} else if !r.Joined && !r.Pending {
		off = tr.S("composer.left")
	} else if r.Archived {
		off = tr.S("composer.archived")
	} else if m, ok := partner(r); ok && m.Deleted {
		off = tr.S("composer.deleted")
	} else if ok && m.Blocked {
		off = tr.F("composer.blocked", "Name", inSentence(personName(m)))
	}
	if off != c.off {
		c.off = off
		c.why.SetText(off)
		if off != "" {
			c.entry.Disable()
			c.leave()
		} else {
			c.entry.Enable()
		}
		c.h.pane.object.Refresh() // it may take more lines, or fewer
	}
	c.h.pane.timeline.Begin(off == "")
	c.hint = tr.F("composer.hint", "Room", inSentence(roomName(r)))
	c.showHint()
	c.object.arrange()
}

// leave hands the keyboard on from an entry that takes nothing any more: the toolkit
// gives a disabled one that has the focus all keys, which end there, shortcuts included.
func (c *composer) leave() {
	if c.usable() || c.h.u.home != c.h || !c.h.u.inView() {
		return
	}
	// Also while another window has the keyboard: it comes back to what has the focus.
	if v := c.h.u.win.Canvas(); v.Focused() == fyne.Focusable(c.entry) {
		v.Focus(c.h.pane.timeline)
	}
}

// typed takes a character typed elsewhere.
func (c *composer) typed(r rune) {
	c.taken(func() { c.entry.TypedRune(r) })
}

// taken gives the composer the keyboard for what was pressed elsewhere.
func (c *composer) taken(f func()) {
	if c.usable() {
		c.h.pane.stopPicking()
		c.h.u.win.Canvas().Focus(c.entry)
		f()
	}
}

// changed follows what is typed.
func (c *composer) changed(text string) {
	if !c.setting {
		c.h.u.endBack()
		c.pad.write(text)
		c.keep()
		if c.pad.edit == nil && text != "" {
			c.h.u.core.Typing(c.h.room)
		}
	}
	c.measure()
}

// measure computes the lines the text needs; a change moves the conversation.
func (c *composer) measure() {
	c.showHint()
	rows := 1
	if w := c.entryWidth(c.width); w > 0 && c.entry.Text() != "" {
		rows = min(max(1, c.entry.Rows(w)), maxRows)
	}
	if rows != c.rows {
		c.rows = rows
		c.entry.SetRows(rows)
		c.h.pane.object.Refresh()
	}
	c.object.arrange()
}

// showHint fits the hint to one line: the toolkit would wrap it.
func (c *composer) showHint() {
	c.entry.name = c.hint
	room := max(40, c.entryWidth(c.width)-2*editor.Pad)
	c.entry.SetHint(look.Elide(c.hint, room, look.Sizes().Body, fyne.TextStyle{}))
}

// entryWidth is how wide the entry is while no count stands beside it.
func (c *composer) entryWidth(width float32) float32 {
	return width - composerClip() - 2*look.IconButtonSide() - 26
}

// composerClip is where the text begins, behind the paper clip.
func composerClip() float32 { return look.IconButtonSide() + 8 }

// length counts characters as the server does.
func (c *composer) length() int { return utf8.RuneCountInString(strings.TrimSpace(c.entry.Text())) }

// mayPaste refuses what could never be sent: the toolkit lays out the whole text at
// each key, and a window that stands still is no help.
func (c *composer) mayPaste(text string) bool {
	if text == "" || !editor.IsText(text) {
		c.pasteRest(text)
		return false
	}
	if c.offerPasted(text) {
		return false
	}
	n := utf8.RuneCountInString(text)
	if n+c.length()-utf8.RuneCountInString(c.entry.Selected()) <= c.limit {
		return true
	}
	if c.mayAttach() && len(text) <= int(c.h.u.view.Group.Limits.FileMiB)<<20 {
		c.offerFile(text, n)
	} else {
		c.tellLong(n)
	}
	return false
}

// tellLong says that a text is too long to be sent.
func (c *composer) tellLong(n int) {
	c.h.u.toast(tr.N("composer.too_long", n, "Most", c.limit), look.Bad)
}

// submit sends what was written, or gives a message its new text.
func (c *composer) submit() {
	text := strings.TrimSpace(c.entry.Text())
	files := c.mayAttach() && len(c.pad.files) > 0
	if text == "" && !files || !c.usable() {
		if c.pad.edit != nil && c.usable() {
			c.h.u.toast(tr.S("composer.edit_empty"), look.Accent)
		}
		return
	}
	c.pad.write(c.entry.Text())
	if n := c.length(); n > c.limit {
		c.tellLong(n)
		return
	}
	switch {
	case c.pad.edit != nil:
		c.submitChange(text)
	case files:
		c.submitFiles(text)
	default:
		c.submitText(text)
	}
}

// submitText sends a message. What was begun goes from the disk when it is in the outbox,
// so the core is told of nothing before.
func (c *composer) submitText(text string) {
	u, room, p := c.h.u, c.h.room, c.pad
	sent, reply := p.draft(), p.reply
	p.text, p.reply = "", nil
	c.setText("")
	c.showBar()
	c.showNewest()
	m := app.Outgoing{Text: text, Reply: sent.Reply, Draft: &sent}
	u.pump.work(func(ctx context.Context) func() {
		_, err := u.core.SendMessage(ctx, room, m)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
				p.add(text)
				if p.reply == nil {
					p.reply = reply
				}
			}
			u.padChanged(room, p)
		}
	})
}

// showNewest shows the end of the conversation, where what is sent will be.
func (c *composer) showNewest() {
	c.h.pane.missed, c.h.pane.held = false, false
	c.h.pane.timeline.MarkUnread(0)
	c.h.pane.timeline.ShowEnd()
	c.h.u.endBack()
}

// padChanged keeps what was begun after something of it was sent, or could not be, and
// shows it where it is open.
func (u *UI) padChanged(room chat.RoomID, p *pad) {
	if u.pads[room] != p {
		return
	}
	u.keepPad(room)
	if h := u.home; h != nil && h.room == room {
		h.pane.composer.showPad()
	}
}

// edit begins to change a message that was never sent.
func (c *composer) edit(r *timeline.Row) {
	var mid chat.MID
	if mid.UnmarshalText([]byte(r.ID)) == nil {
		c.begin(&target{mid: mid, name: r.Name, text: r.Text})
	}
}

// begin begins to change a message.
func (c *composer) begin(t *target) {
	c.h.u.endBack()
	t.now = t.text
	c.pad.edit = t
	c.keep()
	c.setText(t.now)
	c.showBar()
	c.h.u.win.Canvas().Focus(c.entry)
}

// stopEditing gives back what stood here before.
func (c *composer) stopEditing() {
	if c.pad.edit == nil {
		return
	}
	c.pad.edit = nil
	c.keep()
	c.setText(c.pad.text)
	c.showBar()
}

// height is what the composer needs.
func (c *composer) height(width float32) float32 {
	h := max(look.IconButtonSide()+12, c.entry.MinSize().Height+10) + c.tray.height(width)
	if !c.usable() && width > 0 {
		h = max(h, c.why.HeightFor(width-2*whyPad)+2*whyPad)
	}
	if c.editBar.Visible() {
		h += barHeight()
	}
	return h
}

// whyPad is the space around the words that stand there when one cannot write.
const whyPad float32 = 14

// composerWidget is the rounded box around it all.
type composerWidget struct {
	widget.BaseWidget
	c     *composer
	drawn composerShape
}

// composerShape is what decides about the composer's parts besides their own contents.
type composerShape struct {
	count               string
	usable, over        bool
	bar, files, counted bool
}

// settle draws the composer anew if other parts of it show than before.
func (w *composerWidget) settle() {
	c := w.c
	now := composerShape{
		count: c.count.Text(), usable: c.usable(), over: c.length() > c.limit,
		bar: c.editBar.Visible(), files: c.tray.object.Visible(), counted: !c.count.Hidden,
	}
	if now != w.drawn {
		w.drawn = now
		w.Refresh()
	}
}

func newComposerWidget(c *composer) *composerWidget {
	w := &composerWidget{c: c}
	w.ExtendBaseWidget(w)
	return w
}

// Resize implements fyne.CanvasObject; another width needs other lines.
func (w *composerWidget) Resize(s fyne.Size) {
	wide := s.Width != w.c.width
	w.c.width = s.Width
	w.BaseWidget.Resize(s)
	if wide {
		// Not now: this may run within the pane's layout.
		w.c.h.u.pump.foreign(w.c.measure)
	}
}

// arrange shows what belongs to the present text.
func (w *composerWidget) arrange() {
	c := w.c
	n := c.length()
	over := n > c.limit
	c.count.Hidden = n < c.limit-c.limit/10
	if !c.count.Hidden {
		c.count.SetText(fmt.Sprintf("%d / %d", n, c.limit))
		ink := look.Ink(look.Faint)
		if over {
			c.count.SetText(tr.N("composer.over", n-c.limit))
			ink = look.Bad
		}
		c.count.SetInk(ink)
	}
	c.why.Hidden = c.usable()
	c.entry.Hidden = !c.usable()
	c.entry.Bar.Hidden = !c.usable() || !c.entry.Long()
	c.send.Hidden, c.smile.Hidden, c.clip.Hidden = !c.usable(), !c.usable(), !c.usable()
	a := c.pad
	files := c.mayAttach() && len(a.files) > 0
	if off := !c.mayAttach() || a.busy || len(a.files) >= chat.MaxFiles; off != c.clip.Disabled() {
		if off {
			c.clip.Disable()
		} else {
			c.clip.Enable()
		}
	}
	if off := n == 0 && !files || over || files && a.busy; off != c.send.Disabled() {
		if off {
			c.send.Disable()
		} else {
			c.send.Enable()
		}
	}
	w.settle()
}

// CreateRenderer implements fyne.Widget.
func (w *composerWidget) CreateRenderer() fyne.WidgetRenderer {
	c := w.c
	back := canvas.NewRectangle(color.Transparent)
	refresh := func() {
		p := look.Now()
		back.FillColor, back.CornerRadius = p.Bubble, look.RadiusBig
		back.StrokeColor, back.StrokeWidth = p.Edge, 1
		if c.here {
			back.StrokeColor = look.Mix(p.Edge, p.Accent, 0.6)
		}
		if c.length() > c.limit {
			back.StrokeColor = p.Bad
		}
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      w,
		Objects: []fyne.CanvasObject{back, c.entry, c.entry.Bar, c.why, c.clip, c.smile, c.send, c.count, c.editBar, c.tray.object},
		Min:     func() fyne.Size { return fyne.NewSize(200, c.height(0)) },
		Layout: func(s fyne.Size) {
			back.Resize(s)
			side := look.IconButtonSide()
			button := fyne.NewSquareSize(side)
			top := float32(0)
			if c.editBar.Visible() {
				c.editBar.Move(fyne.NewPos(14, 4))
				c.editBar.Resize(fyne.NewSize(s.Width-22, barHeight()))
				top = barHeight()
			}
			if high := c.tray.height(s.Width); high > 0 {
				c.tray.object.Move(fyne.NewPos(12, top+8))
				c.tray.object.Resize(fyne.NewSize(s.Width-24, high-10))
				top += high
			}
			h := s.Height - top
			min := c.entry.MinSize().Height
			c.clip.Move(fyne.NewPos(6, s.Height-side-6))
			c.clip.Resize(button)
			c.entry.Move(fyne.NewPos(composerClip(), top+(h-min)/2))
			m := c.count.MinSize()
			room := c.entryWidth(s.Width)
			if !c.count.Hidden {
				var at fyne.Position
				at, room = besideText(s, m, room)
				c.count.Move(at)
				c.count.Resize(m)
			}
			c.entry.Resize(fyne.NewSize(room, min))
			c.entry.PlaceBar(s.Width - editor.BarWidth - 1)
			c.smile.Move(fyne.NewPos(s.Width-2*side-6-2, s.Height-side-6))
			c.smile.Resize(button)
			tall := c.why.HeightFor(s.Width - 2*whyPad)
			c.why.Move(fyne.NewPos(whyPad, top+(h-tall)/2))
			c.why.Resize(fyne.NewSize(s.Width-2*whyPad, tall))
			c.send.Move(fyne.NewPos(s.Width-side-6, s.Height-side-6))
			c.send.Resize(button)
		},
		Refresh: refresh,
	})
}

// besideText is the place of the count of characters and the width left for the
// text: over the buttons where there is room for that, else before them.
func besideText(s, count fyne.Size, room float32) (fyne.Position, float32) {
	const gap = 4
	buttons := look.IconButtonSide() + 6
	if y := s.Height - buttons - gap - count.Height; y >= gap {
		return fyne.NewPos(s.Width-count.Width-12, y), min(room, s.Width-composerClip()-count.Width-12-gap)
	}
	room -= count.Width + gap
	return fyne.NewPos(composerClip()+room+gap, (s.Height-count.Height)/2), room
}
