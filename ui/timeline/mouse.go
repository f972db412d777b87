package timeline

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/internal/linkguard"
	"hearth/ui/textblock"
)

// pointer is the state of the mouse.
type pointer struct {
	cursorShape desktop.Cursor

	pressed  hit  // where the primary button went down
	down     bool // it is down
	dragging bool // it moved far enough since
	onBar    bool // it went down on the scroll bar
	clicks   int  // in quick succession at the same place
	lastDown time.Time
	lastPos  fyne.Position
	tipOver  fyne.CanvasObject // what a tooltip stands beside
	over     string            // key of the picture under the pointer, if it moves
}

// part is what lies under the pointer.
type part int

const (
	nothing part = iota
	onText
	onLink
	onTime
	onRetry
	onEdit
	onDiscard
	onJump
	onCopy // the mark in a block of code
	onScroll
	onQuote
	onPill // a reaction
	onMorePill
	onEdited
	onSystem // a line about a message
	onAct    // what a line offers
	onBack
	onUnread  // the way to the first unread message
	onAllRead // beside it
	onFile
	onFileMain // its marks
	onFileOther
	onTool // of the bar beside a message
	onDay  // the pill with a day
	onFace // picture or name of the author
	onRow  // somewhere else in a row
)

// hit is a place under the pointer.
type hit struct {
	part   part
	row    *Row
	offset int // border in the text nearest to the pointer
	under  int // character under the pointer; -1 none
	code   int // block of code under the pointer, if part is onCopy
	at     int // reaction or tool under the pointer
	link   *linkguard.Link
	pos    fyne.Position
}

// floats reports whether it is a button over the rows.
func (h hit) floats() bool {
	switch h.part {
	case onJump, onBack, onUnread, onAllRead:
		return true
	}
	return false
}

// doubleClick is how quickly the next click must follow.
const doubleClick = 400 * time.Millisecond

// hitAt finds what lies at a point of the view.
func (t *Timeline) hitAt(pos fyne.Position) hit {
	h := hit{pos: pos, under: -1}
	switch s := t.Size(); {
	case t.jump.shown && t.jump.at.holds(pos):
		h.part = onJump
		return h
	case t.home.shown && t.home.at.holds(pos):
		h.part = onBack
		return h
	case t.news.hit(pos, &h), t.tools.hit(pos, &h):
		return h
	case t.bar.Visible() && pos.X >= s.Width-barGrip:
		h.part = onScroll
		return h
	}
	if pos.Y >= t.readable() {
		return h
	}
	for i := range t.placed {
		p := &t.placed[i]
		if pos.Y >= p.y && pos.Y < p.bottom() {
			t.hitRow(&h, p.m, pos.SubtractXY(0, p.y))
			break
		}
	}
	return h
}

// hitRow finds what lies at a point of a row.
func (t *Timeline) hitRow(h *hit, m *measured, in fyne.Position) {
	h.row, h.part = m.row, onRow
	if m.pill.H > 0 && m.pill.holds(in) {
		h.part = onDay
		return
	}
	if m.actionsAreShown {
		for i, b := range m.actions {
			if b.holds(in) {
				h.part = onRetry + part(i)
				return
			}
		}
	}
	if m.row.Kind == System {
		switch {
		case m.act.H > 0 && m.bubble.holds(in):
			h.part = onAct
		case m.row.Target > 0 && m.textAt.holds(in):
			h.part = onSystem
		}
		return
	}
	if m.avatarAt.H > 0 && m.avatarAt.holds(in) || m.name != "" && m.nameAt.holds(in) {
		h.part = onFace
		return
	}
	if m.hitExtras(h, in) || m.hitFiles(h, in) {
		return
	}
	at := in.Subtract(m.textAt.pos())
	for i := range m.text.Boxes {
		if m.copyMark(i).holds(in) {
			h.part, h.code = onCopy, i
			return
		}
	}
	h.offset, _ = m.text.Hit(at)
	h.under = m.text.At(at)
	switch {
	case h.under >= 0:
		h.part = onText
		if h.link = m.text.Text.LinkAt(h.under); h.link != nil {
			h.part = onLink
		}
	case m.timeAt.holds(in) || m.stateAt.holds(in):
		h.part = onTime
	}
}

// MouseDown implements desktop.Mouseable.
func (t *Timeline) MouseDown(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	h := t.hitAt(e.Position)
	near := e.Position.Subtract(t.lastPos)
	if now := time.Now(); now.Sub(t.lastDown) < doubleClick && near.X*near.X+near.Y*near.Y < 25 {
		t.clicks++
		t.lastDown = now
	} else {
		t.clicks, t.lastDown = 1, now
	}
	t.lastPos = e.Position
	t.pressed, t.down, t.dragging, t.onBar = h, true, false, h.part == onScroll
	if t.onBar {
		t.dragBar(e.Position.Y)
		return
	}
	if t.pickDown(e, h) || t.extended(e, h) {
		return
	}
	t.selectNothing()
	if h.row == nil || h.row.Kind == System || h.part == onCopy || h.part >= onQuote && h.part <= onTool || h.part >= onRetry && h.part <= onDiscard {
		return
	}
	if by := unit(t.clicks); by >= byMessage || by == byWord && h.under >= 0 {
		t.selectFrom(h.row, around(textOf(t, h.row), max(0, h.under), by))
		t.takeFocus()
	}
}

// MouseUp implements desktop.Mouseable: acts on what was clicked.
func (t *Timeline) MouseUp(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary || !t.down {
		return
	}
	t.down = false
	if t.dragging || t.onBar || t.clicks > 1 {
		return
	}
	h := t.hitAt(e.Position)
	if h.part != t.pressed.part || h.row != t.pressed.row || h.at != t.pressed.at {
		return
	}
	if t.actOnExtra(h) || t.actOnFile(h) {
		return
	}
	switch h.part {
	case onJump:
		t.ShowLatest()
	case onLink:
		if t.hooks.OnOpenLink != nil && h.link != nil {
			t.hooks.OnOpenLink(*h.link)
		}
	case onTime:
		call(t.hooks.OnDetails, h.row)
	case onDay:
		call(t.hooks.OnDay, h.row)
	case onFace:
		call(t.hooks.OnAuthor, h.row)
	case onCopy:
		t.copyCode(h.row, h.code)
	case onRetry:
		call(t.hooks.OnRetry, h.row)
	case onEdit:
		call(t.hooks.OnEdit, h.row)
	case onDiscard:
		call(t.hooks.OnDiscard, h.row)
	}
}

func call(f func(*Row), r *Row) {
	if f != nil {
		f(r)
	}
}

// Dragged implements fyne.Draggable: selects text, or moves the bar.
func (t *Timeline) Dragged(e *fyne.DragEvent) {
	if !t.down {
		return
	}
	t.dragging = true
	if t.onBar {
		t.dragBar(e.Position.Y)
		return
	}
	t.dragTo(e.Position)
	t.pullEdge(e.Position)
}

// DragEnd implements fyne.Draggable.
func (t *Timeline) DragEnd() {
	t.stopEdge()
	t.dragging, t.onBar, t.down = false, false, false
}

// MouseIn implements desktop.Hoverable.
func (t *Timeline) MouseIn(e *desktop.MouseEvent) { t.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable: the pointer shows what a click does.
func (t *Timeline) MouseMoved(e *desktop.MouseEvent) {
	t.cursorShape = desktop.DefaultCursor
	h := t.hitAt(e.Position)
	t.hover(h)
	t.over(h)
	if t.choosing && h.row != nil && h.part != onDay {
		if pickable(h.row) {
			t.cursorShape = desktop.PointerCursor
		}
		return
	}
	switch h.part {
	case onText:
		t.cursorShape = desktop.TextCursor
	case onLink, onTime, onRetry, onEdit, onDiscard, onJump, onCopy,
		onQuote, onPill, onMorePill, onEdited, onSystem, onAct, onBack, onUnread, onAllRead, onTool, onDay, onFace, onFile, onFileMain, onFileOther:
		t.cursorShape = desktop.PointerCursor
	}
}

// MouseOut implements desktop.Hoverable.
func (t *Timeline) MouseOut() {
	t.cursorShape = desktop.DefaultCursor
	t.hover(hit{})
	t.pointer.over = ""
}

// Cursor implements desktop.Cursorable. The toolkit asks before it has told of the
// first move, and crashes on nil.
func (t *Timeline) Cursor() desktop.Cursor {
	if t.cursorShape == nil {
		return desktop.DefaultCursor
	}
	return t.cursorShape
}

// TappedSecondary implements fyne.SecondaryTappable: the context menu.
func (t *Timeline) TappedSecondary(e *fyne.PointEvent) {
	if h := t.menuHit(e.Position); h.row != nil && h.row.Kind != System {
		t.openMenu(h.row, h, e.AbsolutePosition)
	}
}

// menuHit is what a menu at a point is about: a file, a link, or all of a row.
func (t *Timeline) menuHit(pos fyne.Position) hit {
	h := t.hitAt(pos)
	if h.part != onFile && h.part != onFileMain && h.part != onFileOther {
		h.at = allFiles
	}
	if h.part != onLink {
		h.link = nil
	}
	return h
}

// copyCode puts a block of code of a row into the clipboard.
func (t *Timeline) copyCode(r *Row, i int) {
	if code := t.codeOf(r); i < len(code) {
		fyne.CurrentApp().Clipboard().SetContent(code[i])
		call(t.hooks.OnCopied, r)
	}
}

// codeOf returns the blocks of code in a row.
func (t *Timeline) codeOf(r *Row) (code []string) {
	text := textOf(t, r)
	for _, b := range text.Blocks {
		if b.Code {
			code = append(code, text.Plain[b.Start:b.End])
		}
	}
	return code
}

// textOf returns the parsed text of a row, from its measure if there is one.
func textOf(t *Timeline, r *Row) *textblock.Text {
	if m, ok := t.measures.kept[r]; ok {
		return m.text.Text
	}
	return parse(r)
}

// keepRows finds the rows of mouse and keys again after rows were replaced.
func (t *Timeline) keepRows() {
	again := func(r *Row) *Row {
		if r == nil {
			return nil
		}
		if i := t.window.index(r.ID); i >= 0 {
			return t.window.rows[i]
		}
		return nil
	}
	if t.tools.row != nil {
		t.tools.row = again(t.tools.row)
	}
	t.glow.on.row = again(t.glow.on.row)
	t.cursor = again(t.cursor)
	t.keepPicked()
	t.keepSelection()
}
