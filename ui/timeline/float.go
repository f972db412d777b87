package timeline

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// The scroll bar is a guess: nobody knows the heights of rows that were never
// near. It shows where in the loaded rows the view is.
const (
	barWidth   float32 = 5
	barInset   float32 = 3
	barGrip    float32 = 14 // room at the right edge in which the pointer takes the bar
	barMinimum float32 = 36
)

// placeBar puts the scroll bar where the view is.
func (t *Timeline) placeBar(s fyne.Size) {
	before, total := t.extent()
	if total <= s.Height+1 || len(t.placed) == 0 {
		hide(t.bar)
		return
	}
	length := max(barMinimum, s.Height*s.Height/total)
	length = min(length, s.Height-2*barInset)
	room := s.Height - length - 2*barInset
	at := room * min(1, max(0, before/(total-s.Height)))
	if t.follow && !t.window.newer {
		at = room
	}
	show(t.bar)
	put(t.bar, box{s.Width - barWidth - barInset, barInset + at, barWidth, length})
}

// extent guesses the height of the loaded rows above the view, and of all.
func (t *Timeline) extent() (before, total float32) {
	if len(t.placed) == 0 {
		return 0, 0
	}
	mean := t.measures.mean()
	highest, lowest := t.placed[0], t.placed[len(t.placed)-1]
	before = float32(highest.index)*mean - highest.y
	after := float32(len(t.window.rows)-1-lowest.index) * mean
	return before, before + lowest.bottom() + after + t.foot()
}

// dragBar moves the view to where the bar was dragged: y is the wanted middle of
// the bar.
func (t *Timeline) dragBar(y float32) {
	s := t.Size()
	_, total := t.extent()
	length := t.bar.Size().Height
	room := s.Height - length - 2*barInset
	if room <= 0 || total <= s.Height {
		return
	}
	t.moved()
	t.leap()
	part := min(1, max(0, (y-length/2-barInset)/room))
	if part >= 0.999 {
		t.follow = true
		t.arrange()
		return
	}
	at := part * (total - s.Height) / t.measures.mean()
	i := min(len(t.window.rows)-1, int(at))
	t.follow = false
	t.anchor, t.anchorAt = t.window.rows[i], i
	m := t.of(i)
	t.distance = s.Height - m.height + (at-float32(i))*m.height
	t.arrange()
}

// jumpPill is the button that goes to the newest message. It lies on a strip of its own at
// the lower end of the view, into which the rows fade: it covers no words.
type jumpPill struct {
	strip       *canvas.Rectangle
	fade        *canvas.LinearGradient
	disc, badge *canvas.Rectangle
	icon        *canvas.Image
	count       *canvas.Text
	at          box
	shown       bool
}

const (
	jumpSide  float32 = 36
	jumpBelow float32 = 6            // between the button and the lower edge
	stripHigh float32 = jumpSide + 8 // of the strip
	stripFade float32 = 14           // above the strip
)

func newJumpPill() *jumpPill {
	j := &jumpPill{
		strip: canvas.NewRectangle(color.Transparent), fade: canvas.NewVerticalGradient(color.Transparent, color.Transparent),
		disc: canvas.NewRectangle(color.Transparent), badge: canvas.NewRectangle(color.Transparent),
		icon: canvas.NewImageFromResource(nil), count: &canvas.Text{},
	}
	j.disc.CornerRadius, j.badge.CornerRadius = jumpSide/2, canvas.RadiusMaximum
	j.hide()
	return j
}

func (j *jumpPill) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{j.disc, j.icon, j.badge, j.count}
}

func (j *jumpPill) hide() {
	j.shown = false
	for _, o := range j.objects() {
		o.Hide()
	}
}

// ground is what the buttons at the lower end lie on.
func (j *jumpPill) ground() []fyne.CanvasObject { return []fyne.CanvasObject{j.fade, j.strip} }

// placeStrip shows the strip while a button lies on it.
func (t *Timeline) placeStrip(s fyne.Size) {
	j := t.jump
	if t.readable() == s.Height {
		for _, o := range j.ground() {
			hide(o)
		}
		return
	}
	put(j.strip, box{0, s.Height - stripHigh, s.Width, stripHigh})
	put(j.fade, box{0, s.Height - stripHigh - stripFade, s.Width, stripFade})
	for _, o := range j.ground() {
		show(o)
	}
}

// readable is how high the part of the view is in which rows can be read: down to the strip.
func (t *Timeline) readable() float32 {
	if t.jump.shown || t.home.shown {
		return t.Size().Height - stripHigh
	}
	return t.Size().Height
}

// foot is the room below the last row at the end: while the way back to another room lies
// there, the newest message ends above it.
func (t *Timeline) foot() float32 {
	if t.offered != "" {
		return listBottom + stripHigh
	}
	return listBottom
}

func (j *jumpPill) restyle(p *look.Palette) {
	j.strip.FillColor = p.Chat
	j.fade.StartColor, j.fade.EndColor = look.Alpha(p.Chat, 0), p.Chat
	j.disc.FillColor, j.disc.StrokeColor, j.disc.StrokeWidth, j.disc.Shadow = p.Raised, p.Edge, 1, look.Shadow(p)
	j.badge.FillColor = p.Accent
	j.count.Color, j.count.TextSize, j.count.TextStyle.Bold = p.OnAccent, look.Sizes().Caption, true
	j.count.Alignment = fyne.TextAlignCenter
	if r := look.Glyph(look.IconArrowDown, p.Second); j.icon.Resource != r {
		j.icon.Resource = r
		j.icon.Refresh()
	}
}

// placeJump shows the pill while the view is not at the end.
func (t *Timeline) placeJump(s fyne.Size) {
	j := t.jump
	// Within a little of the end there is nothing to jump to.
	if len(t.placed) == 0 || t.AtEnd() || t.nearEnd(s.Height) && t.unseen == 0 {
		if j.shown {
			j.hide()
		}
		return
	}
	j.at = box{s.Width - jumpSide - max(18, t.geo.gutter), s.Height - jumpSide - jumpBelow, jumpSide, jumpSide}
	put(j.disc, j.at)
	put(j.icon, box{j.at.X + 8, j.at.Y + 8, jumpSide - 16, jumpSide - 16})
	if !j.shown {
		j.shown = true
		j.disc.Show()
		j.icon.Show()
	}
	text := ""
	if t.unseen > 0 {
		text = countText(t.unseen)
	}
	if text == "" {
		hide(j.badge)
		hide(j.count)
		return
	}
	j.count.Text = text
	ts := j.count.MinSize()
	w := max(ts.Height+2, ts.Width+10)
	b := box{j.at.X + (jumpSide-w)/2, j.at.Y - ts.Height/2 - 2, w, ts.Height + 2}
	put(j.badge, b)
	put(j.count, b)
	show(j.badge)
	show(j.count)
}

func (t *Timeline) nearEnd(height float32) bool {
	lowest := t.placed[len(t.placed)-1]
	return !t.window.newer && lowest.index == len(t.window.rows)-1 && lowest.bottom() < height+80
}

// hide hides an object that shows; hiding again would paint the window again.
func hide(o fyne.CanvasObject) {
	if o.Visible() {
		o.Hide()
	}
}

func show(o fyne.CanvasObject) {
	if !o.Visible() {
		o.Show()
	}
}

// placeEmpty shows a kind word in a room without messages, and what to do where one may write.
func (t *Timeline) placeEmpty(s fyne.Size) {
	if !t.loaded || len(t.window.rows) > 0 {
		hide(t.empty)
		hide(t.hint)
		return
	}
	const between = 4
	y := s.Height / 2
	for _, line := range []struct {
		o     *canvas.Text
		words string
	}{{t.empty, t.words.Empty}, {t.hint, t.words.Begin}} {
		if line.o == t.hint && (!t.open || line.words == "") {
			hide(line.o)
			continue
		}
		if words := look.Elide(line.words, s.Width-2*between, line.o.TextSize, line.o.TextStyle); words != line.o.Text {
			line.o.Text = words
			line.o.Refresh()
		}
		size := line.o.MinSize()
		if line.o == t.empty {
			y -= size.Height / 2
		}
		put(line.o, box{(s.Width - size.Width) / 2, y, size.Width, size.Height})
		show(line.o)
		y += size.Height + between
	}
}

// Begin says whether one may write here: then an empty room says how.
func (t *Timeline) Begin(may bool) {
	if t.open != may {
		t.open = may
		t.placeEmpty(t.Size())
		t.repaint()
	}
}
