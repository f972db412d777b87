package timeline

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// reach says how what is on screen hangs together with what has been read: who has jumped
// beyond messages has not seen them, and reads on from there without having read those.
type reach struct {
	upto       uint64 // nothing that counts as unread stands before it or there; nothingUnread if there is none at all
	unread     int    // as the owner counts them
	joined     bool   // everything between upto and the view has been on screen, or the person says so
	jumped     bool   // somebody went elsewhere in the room, and has not met the first unread message since
	head, tail uint64 // what has been on screen since, in one piece; 0: nothing yet

	quietFrom, quietTo uint64 // behind the one, up to the other, nothing counts as unread; 0: not known
}

// nothingUnread is the place up to which a room is read that has nothing unread.
const nothingUnread = math.MaxUint64

// leap is about to put the view somewhere else in the room, past what lies between.
func (t *Timeline) leap() { t.joined, t.head, t.tail, t.jumped = false, 0, 0, true }

// SetReadTo says that n messages are unread, all of them behind a sequence number.
func (t *Timeline) SetReadTo(seq uint64, n int) {
	if n == 0 {
		seq = nothingUnread
	}
	if t.upto != seq || t.unread != n {
		t.upto, t.unread = seq, n
		t.arrange()
	}
}

// ShowEnd goes to the newest message because something else than the person's wish to see
// it leads there: what lies between is not read by that.
func (t *Timeline) ShowEnd() {
	if t.AtEnd() {
		return
	}
	t.leap()
	t.showEnd()
}

// reaches reports whether nothing unread that is not on screen now lies before a place.
func (t *Timeline) reaches(seq uint64) bool {
	upto, rows := t.skipQuiet(max(t.upto, t.read)), t.window.rows
	if seq == 0 || seq <= upto {
		return seq > 0
	}
	if t.window.older && len(rows) > 0 && rows[0].Seq > upto+1 {
		return false
	}
	for _, r := range rows {
		if r.Seq >= seq {
			break
		}
		if r.countsBehind(upto) {
			return false
		}
	}
	return true
}

// skipQuiet is up to where nothing counts as unread behind a place, as far as that was read.
func (t *Timeline) skipQuiet(after uint64) uint64 {
	if t.quietFrom > 0 && t.quietFrom <= after {
		return max(after, t.quietTo)
	}
	return after
}

// report tells the owner how far the person has read: up to the lowest message on screen,
// if what is on screen hangs together with what was read before.
func (t *Timeline) report(height float32) {
	if !t.loaded {
		return // what is on screen is what the person leaves
	}
	low, top := t.lowest(height), t.Top()
	if low == 0 {
		return
	}
	if t.tail = max(t.tail, low); t.head == 0 || top < t.head {
		t.head = top
	}
	t.joined = t.joined || t.reaches(t.head)
	if t.unread == 0 || t.joined && t.lowestSeq() > t.upto {
		t.jumped = false
	}
	if t.joined && t.tail > t.read {
		t.read = t.tail
		if t.hooks.OnRead != nil {
			t.hooks.OnRead(t.read)
		}
	}
}

// lowest is the sequence number of the lowest message that has been seen: what stands
// behind a hole is not next to what was; 0 if there is none.
func (t *Timeline) lowest(height float32) uint64 {
	last := len(t.placed) - 1
	if hole := t.holeIn(height); hole >= 0 {
		last = hole - 1
	}
	for i := last; i >= 0; i-- {
		if p := t.placed[i]; p.m.row.Seq > 0 && p.y+min(p.m.height, 40) <= height {
			return p.m.row.Seq
		}
	}
	return 0
}

// lowestSeq is the sequence number of the lowest row on screen; 0 if none has one.
func (t *Timeline) lowestSeq() uint64 {
	for i := len(t.placed) - 1; i >= 0; i-- {
		if seq := t.placed[i].m.row.Seq; seq > 0 {
			return seq
		}
	}
	return 0
}

// unreadPill leads to the first unread message when it is elsewhere, or reads all.
type unreadPill struct {
	back        *canvas.Rectangle
	rule        *canvas.Rectangle
	arrow, tick *canvas.Image
	text        *canvas.Text
	at, all     box // the whole, and the part that reads all
	down, shown bool
}

func newUnreadPill() *unreadPill {
	u := &unreadPill{
		back: canvas.NewRectangle(color.Transparent), rule: canvas.NewRectangle(color.Transparent),
		arrow: canvas.NewImageFromResource(nil), tick: canvas.NewImageFromResource(nil), text: &canvas.Text{},
	}
	for _, o := range u.objects() {
		o.Hide()
	}
	return u
}

func (u *unreadPill) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{u.back, u.rule, u.arrow, u.text, u.tick}
}

func (u *unreadPill) restyle(p *look.Palette) {
	u.back.FillColor, u.back.StrokeColor, u.back.StrokeWidth, u.back.Shadow = p.Raised, p.Edge, 1, look.Shadow(p)
	u.rule.FillColor = p.Edge
	u.text.Color, u.text.TextSize, u.text.TextStyle.Bold = p.Link, look.Sizes().Preview, true
	setGlyph(u.arrow, u.icon(), p.Link)
	setGlyph(u.tick, look.IconCheckTwo, p.Second)
}

// icon points to where the first unread message is.
func (u *unreadPill) icon() look.Icon {
	if u.down {
		return look.IconArrowDown
	}
	return look.IconArrowUp
}

// placeUnread shows the way to the first unread message while a jump has led past it, or
// before it.
func (t *Timeline) placeUnread(s fyne.Size) {
	u := t.news
	down := t.joined && t.jumped && t.lowestSeq() <= t.upto
	if t.unread == 0 || !t.loaded || len(t.placed) == 0 || t.joined && !down {
		u.shown = false
		for _, o := range u.objects() {
			hide(o)
		}
		return
	}
	p := look.Now()
	if u.down != down {
		u.down = down
		setGlyph(u.arrow, u.icon(), p.Link)
	}
	u.text.Text = t.words.Unread(t.unread)
	ts := u.text.MinSize()
	h := ts.Height + 16
	tick := h + 6
	w := 12 + 16 + 6 + ts.Width + 12 + tick
	u.at = box{(s.Width - w) / 2, 12, w, h}
	u.all = box{u.at.X + w - tick, u.at.Y, tick, h}
	u.back.CornerRadius = h / 2
	put(u.back, u.at)
	put(u.rule, box{u.all.X, u.at.Y + 8, 1, h - 16})
	put(u.arrow, box{u.at.X + 12, u.at.Y + (h-16)/2, 16, 16})
	put(u.text, box{u.at.X + 12 + 16 + 6, u.at.Y, ts.Width, h})
	put(u.tick, box{u.all.X + (tick-18)/2 - 1, u.at.Y + (h-18)/2, 18, 18})
	u.shown = true
	for _, o := range u.objects() {
		show(o)
	}
}

// hit finds the part of the button under a point.
func (u *unreadPill) hit(pos fyne.Position, h *hit) bool {
	switch {
	case !u.shown || !u.at.holds(pos):
		return false
	case u.all.holds(pos):
		h.part = onAllRead
	default:
		h.part = onUnread
	}
	return true
}
