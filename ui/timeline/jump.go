package timeline

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// flash is the light behind a row that somebody jumped to.
type flash struct {
	id       string
	strength float32 // 1 to 0
	fade     *fyne.Animation
}

// flashTime is how long the light takes to go out.
const flashTime = 1400 * time.Millisecond

// mostJumps is how many places are remembered to go back to.
const mostJumps = 20

// Go shows a message because the person wants to see it from elsewhere in the room;
// Return comes back.
func (t *Timeline) Go(seq uint64) {
	if t.source == nil || seq == 0 {
		return
	}
	t.noteJump()
	i := t.window.near(seq)
	if i < 0 || t.window.rows[i].Seq != seq {
		t.ShowSeq(seq)
		t.lit = flash{} // begins when the row is there
		return
	}
	t.moved()
	t.leap()
	r := t.window.rows[i]
	t.anchor, t.anchorAt, t.follow = r, i, false
	t.distance = max(0, (t.Size().Height-t.of(i).height)/2)
	t.cursor = r
	t.arrange()
	t.light(r)
}

// noteJump remembers where the person is for the way back.
func (t *Timeline) noteJump() {
	if t.anchor == nil {
		return
	}
	at := t.Place()
	t.way = append(t.way, at)
	t.way = t.way[max(0, len(t.way)-mostJumps):]
	if t.hooks.OnJump != nil {
		t.hooks.OnJump(at)
	}
}

// GoUnread shows the first unread message, behind a sequence number, as Open does.
func (t *Timeline) GoUnread(after uint64) {
	if t.source == nil || after == 0 {
		return
	}
	t.noteJump()
	t.leap()
	t.unreadAfter, t.start, t.cursor = after, Start{Unread: after}, nil
	t.generation++
	t.loading, t.loaded = [4]bool{}, false
	t.load(loadWhole, Request{Around: after, Limit: pageRows})
}

// Return goes back to where the person was before the last jump; false if there
// was none.
func (t *Timeline) Return() bool {
	if len(t.way) == 0 || t.source == nil {
		return false
	}
	at := t.way[len(t.way)-1]
	t.way = t.way[:len(t.way)-1]
	t.comeTo(at)
	return true
}

// ComeTo shows a place that Place returned; jumps from it or behind it are forgotten.
func (t *Timeline) ComeTo(at Place) {
	if t.source != nil {
		t.way = nil
		t.comeTo(at)
	}
}

func (t *Timeline) comeTo(at Place) {
	t.cursor = nil
	if at.Follow {
		t.ShowEnd()
		t.arrange()
		return
	}
	if i := t.window.index(at.ID); i >= 0 {
		t.moved()
		t.leap()
		t.anchor, t.anchorAt, t.distance, t.follow = t.window.rows[i], i, at.Offset, false
		t.arrange()
		return
	}
	t.leap()
	t.start = Start{At: &at, Unread: t.unreadAfter}
	t.generation++
	t.loading, t.loaded = [4]bool{}, false
	t.load(loadWhole, Request{Around: max(1, at.Seq), Limit: pageRows})
}

// OfferBack shows the button that leads back with other words, where no jump within the
// room is to be gone back first; "" takes it away. [Hooks.OnBack] is what it does.
func (t *Timeline) OfferBack(words string) {
	if t.offered != words {
		t.offered = words
		t.arrange()
	}
}

// light lets a row shine for a moment.
func (t *Timeline) light(r *Row) {
	if t.lit.fade != nil {
		t.lit.fade.Stop()
	}
	t.lit = flash{id: r.ID, strength: 1}
	t.arrange()
	id := r.ID
	t.lit.fade = &fyne.Animation{Duration: flashTime, Curve: fyne.AnimationEaseIn, Tick: func(done float32) {
		if t.lit.id != id {
			return
		}
		if t.lit.strength = 1 - done; look.Still() {
			t.lit.strength = 1 // it shines, and then it does not
		}
		if done >= 1 {
			t.lit = flash{}
			t.arrange()
			return
		}
		for i := range t.placed {
			if p := &t.placed[i]; p.m.row.ID == id {
				p.view.flash.FillColor = look.Alpha(look.Now().Accent, 0.16*t.lit.strength)
				canvas.Refresh(p.view.flash)
			}
		}
	}}
	t.lit.fade.Start()
}

func (t *Timeline) flashes(r *Row) bool { return t.lit.id != "" && t.lit.id == r.ID }

// stale says which rows may have changed since they were read: all but those
// between two sequence numbers.
type stale struct {
	all      bool
	from, to uint64
	late     bool // a change came while rows were being loaded
}

// staleMargin is how many rows around the view are read with it.
const staleMargin = 30

// loadStale reads anew what is on screen and may have changed.
func (t *Timeline) loadStale() {
	if !t.stale.all || !t.loaded || len(t.placed) == 0 || t.loading[loadShown] || t.loading[loadWhole] {
		return
	}
	rows := t.window.rows
	seq := func(i, by int) uint64 {
		for ; i >= 0 && i < len(rows); i += by {
			if rows[i].Seq > 0 {
				return rows[i].Seq
			}
		}
		return 0
	}
	first, last := t.placed[0].index, t.placed[len(t.placed)-1].index
	low, high := seq(first, 1), seq(last, -1)
	if low == 0 || high == 0 || t.stale.from > 0 && low >= t.stale.from && high <= t.stale.to {
		return
	}
	from, to := max(0, first-staleMargin), min(len(rows)-1, last+staleMargin)
	t.stale.from, t.stale.to = seq(from, 1), seq(to, -1)
	t.load(loadShown, Request{Before: t.stale.to + 1, Limit: to - from + 1})
}

// backPill is the button that goes back to where the person was before a jump.
type backPill struct {
	back  *canvas.Rectangle
	icon  *canvas.Image
	text  *canvas.Text
	at    box
	shown bool
}

func newBackPill() *backPill {
	b := &backPill{back: canvas.NewRectangle(color.Transparent), icon: canvas.NewImageFromResource(nil), text: &canvas.Text{}}
	for _, o := range b.objects() {
		o.Hide()
	}
	return b
}

func (b *backPill) objects() []fyne.CanvasObject { return []fyne.CanvasObject{b.back, b.icon, b.text} }

func (b *backPill) restyle(p *look.Palette) {
	b.back.FillColor, b.back.StrokeColor, b.back.StrokeWidth, b.back.Shadow = p.Raised, p.Edge, 1, look.Shadow(p)
	b.text.Color, b.text.TextSize, b.text.TextStyle.Bold = p.Link, look.Sizes().Preview, true
	setGlyph(b.icon, look.IconBack, p.Link)
}

// placeBack shows the button after a jump until the person is back or at the end, and
// behind all jumps the one that leads out of the room.
func (t *Timeline) placeBack(s fyne.Size) {
	b := t.home
	if len(t.way) > 0 && t.AtEnd() && t.lit.id == "" && !t.loading[loadWhole] { // not where the jump leads is yet to come
		t.way = nil
	}
	words := t.offered
	if len(t.way) > 0 {
		words = t.words.Back
	}
	if words == "" || !t.loaded || len(t.way) > 0 && len(t.placed) == 0 {
		b.shown = false
		for _, o := range b.objects() {
			hide(o)
		}
		return
	}
	const around = 20 + 16 + 12
	beside := 2 * (jumpSide + 18 + 8) // the button to the newest message, and as much on the other side
	text := look.Elide(words, max(60, s.Width-beside-around), b.text.TextSize, b.text.TextStyle)
	if b.text.Text != text {
		b.text.Text = text
		b.text.Refresh()
	}
	ts := b.text.MinSize()
	w, h := ts.Width+around, ts.Height+16
	b.at = box{(s.Width - w) / 2, s.Height - jumpBelow - (jumpSide+h)/2, w, h}
	b.back.CornerRadius = h / 2
	put(b.back, b.at)
	put(b.icon, box{b.at.X + 12, b.at.Y + (h-16)/2, 16, 16})
	put(b.text, box{b.at.X + 12 + 16 + 6, b.at.Y, ts.Width, h})
	b.shown = true
	for _, o := range b.objects() {
		show(o)
	}
}
