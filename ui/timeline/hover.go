package timeline

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// hoverBar is the small bar beside the message under the pointer: react, reply,
// more.
type hoverBar struct {
	back  *canvas.Rectangle
	mark  *canvas.Rectangle // under the tool under the pointer
	icons [3]*canvas.Image
	row   *Row // nil: not shown
	at    box
	over  int   // tool under the pointer; -1 none
	has   []int // the tools, in their order
	tip   tipKey
}

// tipKey is what a tooltip is about.
type tipKey struct {
	row   *Row
	emoji string
	tool  int
}

// The tools, in order.
const (
	toolReact = iota
	toolReply
	toolMore
)

// allTools are there where the person may write; else there is only what the menu has.
var allTools, readTools = []int{toolReact, toolReply, toolMore}, []int{toolMore}

const (
	toolSide float32 = 30
	toolIcon float32 = 18
)

func newHoverBar() *hoverBar {
	b := &hoverBar{back: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent), over: -1, has: allTools}
	for i := range b.icons {
		b.icons[i] = canvas.NewImageFromResource(nil)
	}
	b.back.CornerRadius, b.mark.CornerRadius = toolSide/2, (toolSide-6)/2
	b.hide()
	return b
}

func (b *hoverBar) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.back, b.mark, b.icons[0], b.icons[1], b.icons[2]}
}

func (b *hoverBar) restyle(p *look.Palette) {
	b.back.FillColor, b.back.StrokeColor, b.back.StrokeWidth, b.back.Shadow = p.Raised, p.Edge, 1, look.Shadow(p)
	b.mark.FillColor = p.Hover
	for i, icon := range []look.Icon{look.IconSmilePlus, look.IconReply, look.IconMore} {
		setGlyph(b.icons[i], icon, p.Second)
	}
}

func (b *hoverBar) hide() {
	for _, o := range b.objects() {
		hide(o)
	}
}

// tool is where a tool that is there stands in the view.
func (b *hoverBar) tool(i int) box {
	return box{b.at.X + 3 + float32(slices.Index(b.has, i))*toolSide, b.at.Y, toolSide, b.at.H}
}

// hit finds the tool under a point.
func (b *hoverBar) hit(pos fyne.Position, h *hit) bool {
	if b.row == nil || !b.at.holds(pos) {
		return false
	}
	h.part, h.row, h.at = onTool, b.row, b.has[0]
	for _, i := range b.has {
		if b.tool(i).holds(pos) {
			h.at = i
		}
	}
	return true
}

// hover follows the pointer: the bar goes to the message under it.
func (t *Timeline) hover(h hit) {
	b := t.tools
	row, over := h.row, -1
	if h.part == onTool {
		over = h.at
	} else if row != nil && !row.Live() || t.choosing || t.down || h.floats() || h.part == onScroll || t.hooks.OnReact == nil {
		row = nil
	}
	t.tipFor(h)
	t.shine(h)
	if row == b.row && over == b.over {
		return
	}
	b.row, b.over = row, over
	t.placeHover()
	t.repaint()
}

// placeHover puts the bar beside its bubble where there is room, else over its
// upper edge.
func (t *Timeline) placeHover() {
	b := t.tools
	i := -1
	if b.row != nil {
		i = t.placedRow(b.row)
	}
	if i < 0 {
		b.hide()
		return
	}
	p := t.placed[i]
	if b.row = p.m.row; !b.row.Live() { // deleted under the pointer
		b.row = nil
		b.hide()
		return
	}
	bubble := p.m.bubble
	if b.has = allTools; t.hooks.Closed != nil && t.hooks.Closed() {
		b.has = readTools
	}
	w, h := float32(len(b.has))*toolSide+6, toolSide+2
	y := p.y + bubble.Y
	x := bubble.X + bubble.W + 6
	fits := x+w <= t.geo.width-8
	if p.m.row.Own {
		x = bubble.X - w - 6
		fits = x >= 8
	}
	if fits {
		y = max(y+3, 4)
	} else {
		y = max(y-h/2-2, 4)
		x = min(bubble.X+bubble.W, t.geo.width-8) - w
		if p.m.row.Own {
			x = max(8, bubble.X)
		}
	}
	b.at = box{x, min(y, t.readable()-h-4), w, h}
	put(b.back, b.at)
	for i, o := range b.icons {
		if !slices.Contains(b.has, i) {
			hide(o)
			continue
		}
		at := b.tool(i)
		put(o, box{at.X + (at.W-toolIcon)/2, at.Y + (at.H-toolIcon)/2, toolIcon, toolIcon})
		show(o)
	}
	show(b.back)
	if !slices.Contains(b.has, b.over) {
		hide(b.mark)
		return
	}
	at := b.tool(b.over)
	put(b.mark, box{at.X + 2, at.Y + 3, at.W - 4, at.H - 6})
	show(b.mark)
}

// tipFor shows the words for what is under the pointer: a tool's, or who reacted.
func (t *Timeline) tipFor(h hit) {
	key := tipKey{tool: -1}
	var over fyne.CanvasObject
	switch {
	case h.part == onAllRead:
		key, over = tipKey{tool: -2}, t.news.tick
	case h.part == onTool:
		key, over = tipKey{row: h.row, tool: h.at}, t.tools.icons[h.at]
	case h.part == onPill:
		i := t.placedRow(h.row)
		if i >= 0 && h.at < len(t.placed[i].view.extra.pills) {
			key, over = tipKey{h.row, h.row.Reactions[h.at].Emoji, -1}, t.placed[i].view.extra.pills[h.at].back
		}
	}
	if key == t.tools.tip {
		return
	}
	if t.tipOver != nil {
		look.HideTip(t.tipOver)
	}
	t.tools.tip, t.tipOver = key, over
	switch {
	case h.part == onAllRead:
		look.ShowTip(over, t.words.AllRead)
	case h.part == onTool:
		look.ShowTip(over, []string{t.words.React, t.words.Reply, t.words.More}[h.at])
	case key.emoji != "" && t.hooks.OnReactors != nil:
		t.hooks.OnReactors(h.row, key.emoji, func(names string) {
			if t.tools.tip == key && t.tipOver == over {
				look.ShowTip(over, names)
			}
		})
	}
}

// hitExtras finds what lies at a point of a row besides text, name and time.
func (m *measured) hitExtras(h *hit, in fyne.Position) bool {
	switch {
	case m.quote.H > 0 && m.quote.holds(in):
		h.part = onQuote
	case m.edited.H > 0 && m.edited.holds(in):
		h.part = onEdited
	case m.morePil.H > 0 && m.morePil.holds(in):
		h.part = onMorePill
	default:
		for i := range m.pills {
			if m.pills[i].holds(in) {
				h.part, h.at = onPill, i
				return true
			}
		}
		return false
	}
	return true
}

// actOnExtra does what a click there means; false if it means nothing.
func (t *Timeline) actOnExtra(h hit) bool {
	switch h.part {
	case onQuote:
		if q := h.row.Reply; q != nil && q.Seq > 0 {
			t.Go(q.Seq)
		}
	case onSystem:
		t.Go(h.row.Target)
	case onAct:
		call(t.hooks.OnAct, h.row)
	case onEdited:
		call(t.hooks.OnVersions, h.row)
	case onBack:
		if !t.Return() && t.hooks.OnBack != nil {
			t.hooks.OnBack()
		}
	case onUnread:
		if t.hooks.OnUnread != nil {
			t.hooks.OnUnread()
		}
	case onAllRead:
		if t.hooks.OnAllRead != nil {
			t.hooks.OnAllRead()
		}
	case onPill:
		if h.row.Live() && h.at < len(h.row.Reactions) && t.hooks.OnReact != nil {
			t.hooks.OnReact(h.row, h.row.Reactions[h.at].Emoji)
		}
	case onMorePill:
		if i := t.placedRow(h.row); i >= 0 {
			b := t.placed[i].m.morePil
			b.Y += t.placed[i].y
			t.pick(h.row, b)
		}
	case onTool:
		t.useTool(h.row, h.at)
	default:
		return false
	}
	return true
}

func (t *Timeline) useTool(r *Row, tool int) {
	b := t.tools.tool(tool)
	if t.tipOver != nil {
		look.HideTip(t.tipOver)
	}
	switch tool {
	case toolReact:
		t.pick(r, b)
	case toolReply:
		call(t.hooks.OnReply, r)
	case toolMore:
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t)
		t.openMenu(r, hit{at: allFiles}, at.AddXY(b.X, b.Y+b.H+2))
	}
}

// pick lets the person choose an emoji for a row beside a rectangle of the view.
func (t *Timeline) pick(r *Row, b box) {
	if t.hooks.OnPick != nil {
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t)
		t.hooks.OnPick(r, at.Add(b.pos()), b.size())
	}
}

// NewestOwn is the person's newest message that may be changed, if it is loaded.
func (t *Timeline) NewestOwn() *Row {
	for i := len(t.window.rows) - 1; i >= 0 && !t.window.newer; i-- {
		if r := t.window.rows[i]; r.Own && r.Live() {
			if r.MayEdit {
				return r
			}
			return nil
		}
	}
	return nil
}

// PickAt lets the person choose an emoji for a row beside its bubble.
func (t *Timeline) PickAt(r *Row) {
	if i := t.placedRow(r); i >= 0 {
		b := t.placed[i].m.bubble
		b.Y += t.placed[i].y
		t.pick(r, b)
	}
}
