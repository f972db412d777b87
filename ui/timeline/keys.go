package timeline

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/internal/linkguard"
	"hearth/ui/look"
)

// keys is the state of keyboard use.
type keys struct {
	focused bool
	quiet   bool // the focus came by the mouse: no ring until a key moves it
	shift   bool
	cursor  *Row // the row the keys are about; nil none
}

// takeFocus takes the keyboard because of the mouse, so that Ctrl+C arrives.
func (t *Timeline) takeFocus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil && c.Focused() != fyne.Focusable(t) {
		t.quiet = true
		c.Focus(t)
	}
}

// FocusGained implements fyne.Focusable.
func (t *Timeline) FocusGained() {
	t.focused = true
	if !t.quiet && t.cursor == nil {
		t.cursor = t.lowestMessage()
	}
	t.arrange()
}

// FocusLost implements fyne.Focusable.
func (t *Timeline) FocusLost() {
	t.focused, t.quiet, t.shift = false, false, false
	t.arrange()
}

// ringed reports whether the focus mark is drawn around a row.
func (t *Timeline) ringed(r *Row) bool { return t.focused && !t.quiet && t.cursor == r }

// lowestMessage is the lowest bubble that is wholly in view, else the lowest.
func (t *Timeline) lowestMessage() *Row {
	var found *Row
	for i := len(t.placed) - 1; i >= 0; i-- {
		p := t.placed[i]
		if p.m.row.Kind == System {
			continue
		}
		if p.y >= 0 && p.bottom() <= t.readable() {
			return p.m.row
		}
		if found == nil {
			found = p.m.row
		}
	}
	return found
}

// TypedRune implements fyne.Focusable: typing belongs to the composer.
func (t *Timeline) TypedRune(r rune) {
	if t.hooks.OnType != nil && !t.choosing {
		t.hooks.OnType(r)
	}
}

// KeyDown implements desktop.Keyable.
func (t *Timeline) KeyDown(e *fyne.KeyEvent) { t.trackShift(e, true) }

// KeyUp implements desktop.Keyable.
func (t *Timeline) KeyUp(e *fyne.KeyEvent) { t.trackShift(e, false) }

func (t *Timeline) trackShift(e *fyne.KeyEvent, down bool) {
	if e.Name == desktop.KeyShiftLeft || e.Name == desktop.KeyShiftRight {
		t.shift = down
	}
}

// TypedKey implements fyne.Focusable.
func (t *Timeline) TypedKey(e *fyne.KeyEvent) {
	if t.pickKey(e) {
		return
	}
	switch e.Name {
	case fyne.KeyUp:
		t.step(-1)
	case fyne.KeyDown:
		t.step(1)
	case fyne.KeyPageUp:
		t.Page(-1)
	case fyne.KeyPageDown:
		t.Page(1)
	case fyne.KeySpace:
		t.Page(1)
	case fyne.KeyHome:
		t.ShowOldest()
	case fyne.KeyEnd:
		t.cursor = nil
		t.ShowLatest()
	case desktop.KeyMenu, fyne.KeyReturn, fyne.KeyEnter:
		t.menuAtCursor()
	case fyne.KeyF10:
		if t.shift {
			t.menuAtCursor()
		}
	case fyne.KeyBackspace:
		if t.hooks.OnErase != nil && !t.choosing {
			t.hooks.OnErase(e)
		}
	case fyne.KeyEscape:
		t.selectNothing()
		if t.hooks.OnLeave != nil {
			t.hooks.OnLeave()
		}
	}
}

// Page scrolls by most of the view's height: -1 to older rows, 1 to newer ones.
// The composer calls it for PageUp and PageDown.
func (t *Timeline) Page(direction int) {
	t.cursor = nil
	t.scrollBy(-float32(direction) * t.Size().Height * 0.9)
}

// ShowOldest goes to the first message of the room.
func (t *Timeline) ShowOldest() {
	t.cursor = nil
	t.moved()
	t.leap()
	if t.window.older && t.source != nil {
		t.generation++
		t.loading, t.loaded = [4]bool{}, false
		t.load(loadWhole, Request{Around: 1, Limit: pageRows})
		return
	}
	if len(t.window.rows) > 0 {
		t.showAtTop(0)
		t.arrange()
	}
}

// step goes a bubble on, and selects or chooses on the way while Shift is held.
func (t *Timeline) step(by int) {
	switch {
	case t.shift && t.choosing:
		t.pickStep(by)
	case t.shift:
		t.selectByKey(by)
	default:
		t.moveCursor(by)
	}
}

// moveCursor goes to the next bubble in a direction and brings it into view.
func (t *Timeline) moveCursor(by int) {
	t.quiet = false
	if t.cursor == nil {
		t.cursor = t.lowestMessage()
		t.arrange()
		return
	}
	i := t.window.index(t.cursor.ID)
	if t.tallCursor(by) {
		return
	}
	for i += by; i >= 0 && i < len(t.window.rows); i += by {
		if r := t.window.rows[i]; r.Kind != System || r.Act != "" {
			t.cursor = r
			t.reveal(i)
			return
		}
	}
	t.scrollBy(float32(-by) * 60)
}

// Unmark forgets the message the keys are about: with the focus comes the lowest in
// view.
func (t *Timeline) Unmark() { t.cursor = nil }

// Marked is the sequence number of the message the keys are about, 0 if none or if
// it waits.
func (t *Timeline) Marked() uint64 {
	if t.cursor == nil || t.cursor.Act != "" {
		return 0
	}
	return t.cursor.Seq
}

// tallCursor scrolls within the cursor's row while that row reaches beyond the
// view in the direction; it reports whether it did.
func (t *Timeline) tallCursor(by int) bool {
	j := t.placedRow(t.cursor)
	if j < 0 {
		return false
	}
	p, h := t.placed[j], t.readable()
	if by < 0 && p.y < -1 || by > 0 && p.bottom() > h+1 {
		t.scrollBy(float32(-by) * min(h*0.5, 200))
		return true
	}
	return false
}

// reveal scrolls as little as needed to have row i in view.
func (t *Timeline) reveal(i int) {
	h := t.readable()
	t.moved()
	if j := t.placedRow(t.window.rows[i]); j >= 0 {
		p := t.placed[j]
		switch {
		case p.bottom() > h-listBottom:
			t.scrollBy(max(h-listBottom-p.bottom(), -p.y))
		case p.y < 0:
			t.scrollBy(min(-p.y, h-listBottom-p.bottom()))
		default:
			t.arrange()
		}
		return
	}
	t.leap()
	t.anchor, t.anchorAt, t.follow = t.window.rows[i], i, false
	over := t.Size().Height - h
	t.distance = over + listBottom
	if len(t.placed) > 0 && i < t.placed[0].index {
		t.distance = over + max(listBottom, h-t.of(i).height)
	}
	t.arrange()
}

// TypedShortcut implements fyne.Shortcutable.
func (t *Timeline) TypedShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		if text := t.copyText(); text != "" && s.Clipboard != nil {
			s.Clipboard.SetContent(text)
		}
	case *fyne.ShortcutSelectAll:
		r := t.base
		if r == nil {
			r = t.cursor
		}
		if r != nil && r.Kind != System && !t.choosing {
			t.selectFrom(r, around(textOf(t, r), 0, byMessage))
		}
	default:
		t.shift = false // what it opens is told when the key is let go
		if t.hooks.OnShortcut != nil {
			t.hooks.OnShortcut(s)
		}
	}
}

// copyText is what is chosen or the selection, else the text of the cursor's row.
func (t *Timeline) copyText() string {
	if t.choosing {
		return t.CopiedPicked()
	}
	if text := t.Selected(); text != "" {
		return text
	}
	if t.cursor != nil && t.focused && !t.quiet {
		text := textOf(t, t.cursor)
		return text.Written(0, len(text.Plain))
	}
	return ""
}

// menuAtCursor opens the context menu of the cursor's row beside its bubble.
func (t *Timeline) menuAtCursor() {
	t.shift = false // the menu is told when the key is let go
	if t.cursor == nil {
		t.cursor = t.lowestMessage()
	}
	if t.cursor == nil {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t)
	if t.cursor.Act != "" {
		call(t.hooks.OnAct, t.cursor)
		return
	}
	if j := t.placedRow(t.cursor); j >= 0 {
		p := t.placed[j]
		at = at.AddXY(p.m.bubble.X+24, min(max(0, p.y+p.m.bubble.Y+p.m.bubble.H-8), t.Size().Height))
	}
	t.openMenu(t.cursor, hit{at: allFiles}, at)
}

// OpenMenu opens the context menu of a row in view beside its bubble.
func (t *Timeline) OpenMenu(r *Row) {
	t.cursor = r
	t.menuAtCursor()
}

// allFiles has a menu offer what can be done with each file of a message.
const allFiles = -1

// openMenu opens the context menu of a row: about the file or link that was hit, or all.
func (t *Timeline) openMenu(r *Row, h hit, at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(t)
	if c == nil {
		return
	}
	look.ShowMenu(c, at, t.menuItems(r, h))
}

// maxMenuLinks is how many links of a message its menu offers.
const maxMenuLinks = 4

func (t *Timeline) menuItems(r *Row, h hit) []look.MenuItem {
	clip := func(s string) func() {
		return func() { fyne.CurrentApp().Clipboard().SetContent(s) }
	}
	text := textOf(t, r)
	var items []look.MenuItem
	if selected := t.Selected(); selected != "" && t.isSelected(r) {
		items = append(items, look.MenuItem{Text: t.words.CopySelection, Icon: look.IconCopy, Action: clip(selected)})
	}
	if h.link != nil {
		items = append(items, t.linkItems(r, *h.link)...)
	}
	items = append(items, t.fileItems(r, h.at)...)
	if r.Text != "" {
		items = append(items, look.MenuItem{Text: t.words.CopyText, Icon: look.IconCopy, Action: clip(linkguard.CleanText(r.Text))})
	}
	for i, n := 0, len(t.codeOf(r)); i < n && i < maxMenuLinks; i++ {
		items = append(items, look.MenuItem{Text: t.words.CopyCode, Icon: look.IconCopy, Action: func() { t.copyCode(r, i) }})
	}
	for i, span := range text.Links {
		if i == maxMenuLinks || h.link != nil {
			break
		}
		items = append(items, t.linkItems(r, span.Link)...)
	}
	if t.hooks.OnDetails != nil {
		items = append(items, look.MenuItem{Text: t.words.Details, Icon: look.IconInfo, Action: func() { t.hooks.OnDetails(r) }})
	}
	if r.State != Failed {
		if t.hooks.Menu != nil {
			items = t.hooks.Menu(r, items)
		}
		return append(items, t.discardItem(r)...)
	}
	items = append(items, look.MenuItem{})
	for i, a := range []struct {
		icon look.Icon
		do   func(*Row)
	}{{look.IconRefresh, t.hooks.OnRetry}, {look.IconEdit, t.hooks.OnEdit}, {look.IconTrash, t.hooks.OnDiscard}} {
		if !r.may(i) {
			continue
		}
		items = append(items, look.MenuItem{
			Text: actionWord(t.words, i), Icon: a.icon, Danger: i == actDiscard,
			Action: func() { call(a.do, r) },
		})
	}
	return items
}

// linkItems offers what can be done with a link of a row.
func (t *Timeline) linkItems(r *Row, l linkguard.Link) (items []look.MenuItem) {
	if t.hooks.OnOpenLink != nil {
		items = append(items, look.MenuItem{Text: t.words.OpenLink(l), Icon: look.IconLink, Action: func() { t.hooks.OnOpenLink(l) }})
	}
	return append(items, look.MenuItem{Text: t.words.CopyLink(l), Icon: look.IconCopy, Action: func() {
		fyne.CurrentApp().Clipboard().SetContent(l.Address())
		call(t.hooks.OnCopied, r)
	}})
}
