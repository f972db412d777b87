package timeline

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/internal/emoji"
	"hearth/internal/linkguard"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/textblock"
)

// traits are what a row's look takes from its neighbours.
type traits uint8

const (
	first  traits = 1 << iota // of a group by the same author
	last                      // of a group
	day                       // first of its day: a pill above
	unread                    // first unread: a line above
	top                       // first row of the room
)

// groupGap is how long after a message another of the same author still belongs
// to its group.
const groupGap = 5 * time.Minute

// traitsOf looks at the neighbours of row i.
func (t *Timeline) traitsOf(i int) traits {
	rows := t.window.rows
	r := rows[i]
	var f traits
	if i == 0 {
		if f |= first; !t.window.older {
			f |= day | top
		}
	} else {
		if !sameDay(rows[i-1].Time, r.Time) {
			f |= day
		}
		if t.startsUnread(i) {
			f |= unread
		}
		if f&(day|unread) != 0 || !grouped(rows[i-1], r) {
			f |= first
		}
	}
	if i == len(rows)-1 || !grouped(r, rows[i+1]) || !sameDay(r.Time, rows[i+1].Time) || t.startsUnread(i+1) {
		f |= last
	}
	return f
}

// startsUnread reports whether the unread line stands above row i.
func (t *Timeline) startsUnread(i int) bool {
	return t.firstUnread != nil && t.window.rows[i] == t.firstUnread
}

// findUnread finds the row under the unread line: the first message of somebody
// else behind the place the person has read to, if that place is loaded too, or the
// line that says that messages are still to be loaded there.
func (t *Timeline) findUnread() {
	t.firstUnread = nil
	rows := t.window.rows
	if t.unreadAfter == 0 || len(rows) == 0 || t.window.older && rows[0].Seq > t.skipQuiet(t.unreadAfter)+1 {
		return
	}
	for _, r := range rows {
		if r.countsBehind(t.unreadAfter) {
			t.firstUnread = r
			return
		}
	}
}

// countsBehind reports whether the row stands behind a sequence number and is, or may hold,
// something to read for the person.
func (r *Row) countsBehind(seq uint64) bool {
	return r.Hole > seq || r.Seq > seq && r.counts()
}

// counts reports whether the row is something that the person has to read: neither their
// own nor the room's, nor of somebody they have blocked.
func (r *Row) counts() bool { return !r.Own && r.Kind != System && !r.Folded }

func grouped(a, b *Row) bool {
	return a.Kind != System && b.Kind != System && a.Author == b.Author && a.Own == b.Own && b.Time.Sub(a.Time) < groupGap
}

func sameDay(a, b time.Time) bool {
	return zone.Day(a).Equal(zone.Day(b))
}

// box is a rectangle in a row.
type box struct{ X, Y, W, H float32 }

func (b box) pos() fyne.Position { return fyne.NewPos(b.X, b.Y) }
func (b box) size() fyne.Size    { return fyne.NewSize(b.W, b.H) }
func (b box) holds(p fyne.Position) bool {
	return p.X >= b.X && p.Y >= b.Y && p.X < b.X+b.W && p.Y < b.Y+b.H
}

// measured is where everything in a row stands, for one width. Immutable.
type measured struct {
	row    *Row
	traits traits
	height float32

	text   *textblock.Layout
	note   *textblock.Layout // why it failed; nil otherwise
	textAt box
	noteAt box

	pill, line      box // day pill and unread line; H 0 if none
	dayText         string
	bubble          box
	name            string
	nameAt, timeAt  box
	clock           string
	state           look.Icon // "" none
	stateAt         box
	avatarAt        box // H 0 if none
	actions         [3]box
	actionsAreShown bool
	act             box // what a system line offers; H 0 nothing
	files           []fileBox
	extras
}

// geometry is what measuring depends on, the same for all rows.
type geometry struct {
	width   float32
	sizes   look.TextSizes
	gutter  float32
	narrow  bool
	picking bool // there are marks to choose messages by
}

func (t *Timeline) geometry() geometry {
	width := t.Size().Width
	return geometry{width: width, sizes: look.Sizes(), gutter: look.GutterOf(width), narrow: width < look.NarrowWidth, picking: t.choosing}
}

// avatarColumn is the room left of other people's bubbles.
func (g geometry) avatarColumn() float32 { return g.avatar() + 10 }

// stateSide is the side of the mark that says how far an own message has come.
func (g geometry) stateSide() float32 { return look.Grown(15) }

// avatar is the side of a picture beside messages.
func (g geometry) avatar() float32 { return look.Grown(look.AvatarSmall) }

// gapOut is between groups, padY above and below the text in a bubble.
func (g geometry) gapOut() float32 { return g.sizes.Close(14, 8) }
func (g geometry) padY() float32   { return g.sizes.Close(9, 6) }

// textWidth is the room for text in a bubble.
func (g geometry) textWidth(own bool) float32 {
	free := g.width - 2*g.gutter - 2*padX - g.pickColumn()
	slack := float32(64) // so that a bubble's side shows whose it is
	if g.narrow {
		slack = 20
	}
	if own {
		free -= slack
	} else {
		free -= g.avatarColumn() + slack/2
	}
	return max(60, min(free, look.BubbleWidth*max(1, g.sizes.Body/14)-2*padX))
}

const (
	filesBelow float32 = 6  // between files and their caption
	padX       float32 = 14 // in a bubble
	gapIn      float32 = 3  // between bubbles of a group
	metaGap    float32 = 14 // between text and time
	listTop    float32 = 18 // above the first row of a room
	listBottom float32 = 14
	offerWidth float32 = 400 // of a card with a system line, at most
)

// measure computes where everything in a row stands.
func (t *Timeline) measure(r *Row, f traits) *measured {
	g := t.geo
	m := &measured{row: r, traits: f}
	y := m.above(g, t.words, f)
	if r.Kind == System {
		m.systemLine(g, y)
		return m
	}
	m.message(g, t.words, y)
	return m
}

// above places what stands over a row and returns where the row begins.
func (m *measured) above(g geometry, words Words, f traits) float32 {
	y := gapIn
	if f&first != 0 || m.row.Kind == System {
		y = g.gapOut()
	}
	if f&top != 0 {
		y = listTop
	}
	caption := fyne.MeasureText(" ", g.sizes.Caption, fyne.TextStyle{}).Height
	if f&day != 0 {
		m.dayText = words.Day(zone.In(m.row.Time))
		w := fyne.MeasureText(m.dayText, g.sizes.Caption, bold).Width + 24
		h := caption + 9
		m.pill = box{(g.width - w) / 2, y + 2, w, h}
		y += h + g.gapOut() + 2
	}
	if f&unread != 0 {
		m.line = box{g.gutter, y, g.width - 2*g.gutter, caption + 4}
		y += caption + 4 + g.gapOut()
	}
	return y
}

// systemLine places a centred sentence.
func (m *measured) systemLine(g geometry, y float32) {
	font := textblock.Font{Size: g.sizes.Caption + 0.5, Line: g.sizes.Line - 2}
	width := min(g.width-2*g.gutter, look.BubbleWidth)
	if m.row.Act != "" {
		m.offer(g, y, font)
		return
	}
	m.text = parse(m.row).Wrap(width, font)
	m.textAt = box{(g.width - width) / 2, y - 4, width, m.text.Height}
	m.height = y - 4 + m.text.Height + 2
}

// offer places a sentence with what can be done about it below, on a card.
func (m *measured) offer(g geometry, y float32, font textblock.Font) {
	width := min(g.width-2*g.gutter, offerWidth*max(1, g.sizes.Body/14))
	m.text = parse(m.row).Wrap(width-2*padX, font)
	act := fyne.MeasureText(m.row.Act, g.sizes.Preview, bold)
	inner := max(m.text.Width, act.Width) + 2 // what is centred is rounded
	m.bubble = box{(g.width-inner)/2 - padX, y, inner + 2*padX, g.padY()*2 + m.text.Height + 2 + act.Height}
	m.textAt = box{m.bubble.X + padX, y + g.padY(), inner, m.text.Height}
	m.act = box{m.bubble.X + padX, m.textAt.Y + m.textAt.H + 2, inner, act.Height}
	m.height = y + m.bubble.H
}

// message places a bubble and what belongs to it.
func (m *measured) message(g geometry, words Words, y float32) {
	r := m.row
	most := g.textWidth(r.Own)
	font := textblock.Font{Size: g.sizes.Body, Line: g.sizes.Line}
	if jumbo(r.Text) {
		font.Size, font.Line = font.Size*2, font.Line*2
	}
	filesWidth, filesHeight := m.filesOf(g, most)
	if filesHeight > 0 {
		most = min(most, max(filesWidth, captionIn*g.sizes.Body/14)) // a caption is no wider than its pictures
	}
	m.text = parse(r).Wrap(most, font)
	headWidth, headHeight := m.headOf(g, words, most)

	m.clock = words.Clock(zone.In(r.Time))
	clock := fyne.MeasureText(m.clock, g.sizes.Caption, fyne.TextStyle{})
	meta := clock.Width
	if r.Own && (!r.Lost || r.State != Sent) { // what was lost is sent no more
		m.state = stateIcon(r.State)
		meta += g.stateSide() + 3
	}
	meta += m.marksOf(g, words)

	width, height := max(m.text.Width, headWidth, filesWidth), m.text.Height
	over, under := g.padY(), g.padY() // the bubble's padding
	if filesHeight > 0 && r.Text != "" {
		filesHeight += filesBelow
	}
	if m.pictured() {
		width, height, under = max(width, meta+8), 0, picInset
	} else if r.Text == "" && filesHeight > 0 {
		width, height = max(width, meta), clock.Height+filesBelow
	} else if with := m.text.LastWidth() + metaGap + meta; with <= most && !m.text.EndsInCode() {
		width = max(width, with)
	} else {
		width = max(width, meta)
		height += clock.Height
		if m.text.EndsInCode() { // the box needs a distance
			height += 4
		}
	}
	head := m.nameOf(g, y, most)
	width = max(width, m.nameAt.W)

	if head+headHeight == 0 && filesHeight > 0 && m.files[0].picture {
		over = picInset
	}
	left := g.gutter + g.pickColumn()
	b := box{left + g.avatarColumn(), y, width + 2*padX, over + head + headHeight + filesHeight + height + under}
	if r.Own {
		b.X = g.width - g.gutter - b.W
	} else if m.traits&last != 0 {
		m.avatarAt = box{left, y + b.H - g.avatar(), g.avatar(), g.avatar()}
	}
	m.bubble = b
	m.nameAt.X = b.X + padX
	m.shiftHead(fyne.NewPos(b.X+padX, y+over+head), width)
	m.shiftFiles(fyne.NewPos(b.X+padX, y+over+head+headHeight), width)
	m.textAt = box{b.X + padX, y + over + head + headHeight + filesHeight, width, m.text.Height}
	right, base := b.X+b.W-padX+2, y+b.H-g.padY()+4
	if m.pictured() {
		base = y + b.H - padX + 2
	}
	if m.state != "" {
		side := g.stateSide()
		m.stateAt = box{right - side, base - (clock.Height+side)/2, side, side}
		right -= side + 3
	}
	m.timeAt = box{right - clock.Width, base - clock.Height, clock.Width, clock.Height}
	m.placeMarks(m.timeAt.X)
	m.height = y + b.H
	m.placePills(g)
	if r.Own && r.State == Failed {
		m.failure(g, words)
	}
}

// nameOf places the author's name over the first message of a group and returns the
// height it takes.
func (m *measured) nameOf(g geometry, y, most float32) float32 {
	r := m.row
	if r.Own || m.traits&first == 0 {
		return 0
	}
	m.name = linkguard.CleanName(r.Name)
	if m.name == "" {
		m.name = "?"
	}
	m.name = look.Elide(m.name, most, g.sizes.Preview, bold)
	m.nameAt = box{0, y + g.padY() - 1, look.MeasureRuns(m.name, g.sizes.Preview, bold), g.sizes.Line}
	return g.sizes.Line
}

// parse reads a row's text: what people write may have markup, what we say has
// none.
func parse(r *Row) *textblock.Text {
	if r.Kind == System {
		return textblock.Sentence(r.Text)
	}
	text := textblock.ParseMarkup(r.Text)
	if len(r.Titles) > 0 {
		text.Title(func(link string) string {
			if i := slices.IndexFunc(r.Titles, func(t Title) bool { return t.Link == link }); i >= 0 {
				return r.Titles[i].Words
			}
			return ""
		})
	}
	text.FindCalls(r.Calls)
	text.FindWords(r.Words)
	return text
}

// Where the mark to copy a block of code stands in its upper right corner.
const copyIn float32 = 5

func copySide() float32 { return look.Grown(15) }

// copyMark is where the mark of a block of code is clicked.
func (m *measured) copyMark(i int) box {
	b := m.text.Boxes[i]
	side := copySide() + 2*copyIn
	return box{m.textAt.X + b.X + b.W - side, m.textAt.Y + b.Y, side, side}
}

// jumbo reports a message of a few emoji and nothing else, which is drawn large.
func jumbo(text string) bool { return emoji.Count(text, 3) > 0 }

// failure places the reason and what can be done under a bubble.
func (m *measured) failure(g geometry, words Words) {
	text := words.NotSent
	if m.row.Reason != "" {
		text += ": " + m.row.Reason
	}
	font := textblock.Font{Size: g.sizes.Caption + 0.5, Line: g.sizes.Line - 2}
	width := g.textWidth(true) + 2*padX
	m.note = textblock.Parse(text).Wrap(width, font)
	m.noteAt = box{g.width - g.gutter - width, m.height + 4, width, m.note.Height}
	y := m.noteAt.Y + m.noteAt.H
	right := g.width - g.gutter
	for i := len(m.actions) - 1; i >= 0; i-- {
		if !m.row.may(i) {
			continue
		}
		s := fyne.MeasureText(actionWord(words, i), g.sizes.Preview, bold)
		m.actions[i] = box{right - s.Width, y + 3, s.Width, s.Height}
		right -= s.Width + 18
	}
	m.actionsAreShown = true
	last := m.actions[actDiscard]
	m.height = last.Y + last.H
}

// The actions under a failed message, in order.
const (
	actRetry = iota
	actEdit
	actDiscard
)

// may reports whether something can be done about a failed message.
func (r *Row) may(act int) bool {
	return act == actDiscard || act == actRetry && r.MayRetry || act == actEdit && r.MayEdit
}

func actionWord(w Words, i int) string {
	switch i {
	case actRetry:
		return w.Retry
	case actEdit:
		return w.Edit
	}
	return w.Discard
}

// stateOf is the mark of how far an own message has come, where reading is known too.
func (t *Timeline) stateOf(m *measured) look.Icon {
	if m.row.State == Sent && slices.ContainsFunc(t.readBy, func(s [2]uint64) bool { return s[0] < m.row.Seq && m.row.Seq <= s[1] }) {
		return look.IconCheckTwo
	}
	return m.state
}

func stateIcon(s State) look.Icon {
	switch s {
	case Waiting, Sending:
		return look.IconClock
	case Failed:
		return look.IconAlert
	}
	return look.IconCheck
}

// measures keeps what was measured of some rows.
type measures struct {
	kept map[*Row]*measured
	// sum and count of heights since the width changed, to guess the others'.
	sum   float32
	count int
}

// keptRows is how many measured rows are remembered, several views full.
const keptRows = 240

func (ms *measures) reset() { *ms = measures{kept: map[*Row]*measured{}} }

// mean is the height of a row nobody has measured.
func (ms *measures) mean() float32 {
	if ms.count == 0 {
		return 60
	}
	return ms.sum / float32(ms.count)
}

// of returns the measure of row i, from memory if nothing about it changed.
func (t *Timeline) of(i int) *measured {
	r, f := t.window.rows[i], t.traitsOf(i)
	if m, ok := t.measures.kept[r]; ok && m.traits == f {
		return m
	}
	if len(t.measures.kept) >= keptRows {
		t.forgetFar()
	}
	m := t.measure(r, f)
	t.measures.kept[r] = m
	t.measures.sum += m.height
	t.measures.count++
	return m
}

// forgetFar drops the measures of rows that are not on screen.
func (t *Timeline) forgetFar() {
	kept := make(map[*Row]*measured, keptRows)
	for _, p := range t.placed {
		if m, ok := t.measures.kept[p.m.row]; ok {
			kept[p.m.row] = m
		}
	}
	t.measures.kept = kept
}
