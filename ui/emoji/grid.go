package emoji

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/emojiart"
	"hearth/ui/look"
)

// section is a headed part of the grid.
type section struct {
	title string // "" for none
	items []string
}

// grid shows sections of emoji and which of them is marked. Only what is visible
// becomes objects: a row of emoji is one.
type grid struct {
	widget.BaseWidget
	marked func(emoji string) // told when the mark moves
	taken  func(emoji string) // told when one is clicked
	passed func(section int)  // told which section stands at the top

	sections []section
	rows     []gridRow
	height   float32 // of all rows
	columns  int
	offset   float32 // scrolled so far
	row, col int     // of the mark; row -1: none
	keyboard bool    // the mark was moved by keys: it gets a ring
	top      int     // section at the top
}

// gridRow is a line of the grid: a heading or some emoji.
type gridRow struct {
	section int
	title   string
	items   []string
	y, h    float32
}

// Lengths at the usual text size.
const (
	cellSide  float32 = 40
	emojiSide float32 = 26
	headRow   float32 = 30
	gridPad   float32 = 10 // left and right of the cells, at least
	barWide   float32 = 4  // scroll bar
)

// factor is how much larger than usual the person wants text.
func factor() float32 { return look.Sizes().Body / 14 }

func newGrid() *grid {
	g := &grid{row: -1, top: -1}
	g.ExtendBaseWidget(g)
	return g
}

// set shows other sections from the top, with the first emoji marked.
func (g *grid) set(sections []section) {
	g.sections, g.offset, g.row, g.keyboard = sections, 0, -1, false
	g.arrange()
	g.mark(g.step(-1, 1), 0)
	g.Refresh()
}

// arrange breaks the sections into rows.
func (g *grid) arrange() {
	cell := cellSide * factor()
	g.columns = max(1, int((g.Size().Width-2*gridPad)/cell))
	g.rows = g.rows[:0]
	y := float32(0)
	add := func(r gridRow) {
		r.y = y
		y += r.h
		g.rows = append(g.rows, r)
	}
	for i, s := range g.sections {
		if s.title != "" {
			add(gridRow{section: i, title: s.title, h: headRow * factor()})
		}
		for rest := s.items; len(rest) > 0; rest = rest[min(g.columns, len(rest)):] {
			add(gridRow{section: i, items: rest[:min(g.columns, len(rest))], h: cell})
		}
	}
	g.height = y + gridPad
}

// step returns the next row with emoji from a row in a direction, -1 if none.
func (g *grid) step(from, by int) int {
	for i := from + by; i >= 0 && i < len(g.rows); i += by {
		if len(g.rows[i].items) > 0 {
			return i
		}
	}
	return -1
}

// current returns the marked emoji, "" if none.
func (g *grid) current() string {
	if g.row < 0 || g.row >= len(g.rows) || g.col >= len(g.rows[g.row].items) {
		return ""
	}
	return g.rows[g.row].items[g.col]
}

func (g *grid) mark(row, col int) {
	g.row, g.col = row, col
	if row >= 0 {
		g.col = max(0, min(col, len(g.rows[row].items)-1))
	}
	if g.marked != nil {
		g.marked(g.current())
	}
}

// key moves the mark; false if the key means nothing here.
func (g *grid) key(k fyne.KeyName) bool {
	if g.row < 0 {
		return false
	}
	row, col := g.row, g.col
	page := max(1, int(g.Size().Height/(cellSide*factor()))-1)
	switch k {
	case fyne.KeyUp:
		row = g.step(row, -1)
	case fyne.KeyDown:
		row = g.step(row, 1)
	case fyne.KeyLeft:
		if col--; col < 0 {
			if row = g.step(row, -1); row >= 0 {
				col = len(g.rows[row].items) - 1
			}
		}
	case fyne.KeyRight:
		if col++; col >= len(g.rows[row].items) {
			row, col = g.step(row, 1), 0
		}
	case fyne.KeyPageUp, fyne.KeyPageDown:
		by := 1
		if k == fyne.KeyPageUp {
			by = -1
		}
		for range page {
			if next := g.step(row, by); next >= 0 {
				row = next
			}
		}
	default:
		return false
	}
	if row >= 0 {
		g.keyboard = true
		g.mark(row, col)
		g.reveal()
		g.Refresh()
	}
	return true
}

// reveal scrolls until the mark is visible, with the heading over it.
func (g *grid) reveal() {
	r := g.rows[g.row]
	upper := r.y
	if g.row > 0 && g.rows[g.row-1].title != "" {
		upper = g.rows[g.row-1].y
	}
	if upper < g.offset {
		g.offset = upper
	}
	if lower := r.y + r.h + 4; lower > g.offset+g.Size().Height {
		g.offset = lower - g.Size().Height
	}
	g.scrollTo(g.offset)
}

// scrollTo moves the content, within its bounds.
func (g *grid) scrollTo(offset float32) {
	g.offset = max(0, min(offset, g.height-g.Size().Height))
	top := 0
	for _, r := range g.rows {
		if r.y > g.offset+1 {
			break
		}
		top = r.section
	}
	if top != g.top && g.passed != nil {
		g.top = top
		g.passed(top)
	}
}

// showSection scrolls to a section and marks its first emoji.
func (g *grid) showSection(i int, keyboard bool) {
	for at, r := range g.rows {
		if r.section != i {
			continue
		}
		g.keyboard = keyboard
		g.scrollTo(r.y)
		g.mark(g.step(at-1, 1), 0)
		g.Refresh()
		return
	}
}

// Scrolled implements fyne.Scrollable.
func (g *grid) Scrolled(e *fyne.ScrollEvent) {
	before := g.offset
	g.scrollTo(g.offset - e.Scrolled.DY)
	if g.offset != before {
		g.Refresh()
	}
}

// left is where the cells begin.
func (g *grid) left() float32 {
	return (g.Size().Width - float32(g.columns)*cellSide*factor()) / 2
}

// at finds the emoji under a point.
func (g *grid) at(p fyne.Position) (row, col int, ok bool) {
	cell := cellSide * factor()
	x := p.X - g.left()
	if x < 0 {
		return 0, 0, false
	}
	col = int(x / cell)
	for i, r := range g.rows {
		if y := p.Y + g.offset; y >= r.y && y < r.y+r.h {
			return i, col, col < len(r.items)
		}
	}
	return 0, 0, false
}

// Tapped implements fyne.Tappable.
func (g *grid) Tapped(e *fyne.PointEvent) {
	if row, col, ok := g.at(e.Position); ok {
		g.keyboard = false
		g.mark(row, col)
		g.Refresh()
		g.taken(g.current())
	}
}

// MouseIn implements desktop.Hoverable.
func (g *grid) MouseIn(e *desktop.MouseEvent) { g.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable: the mark follows the pointer.
func (g *grid) MouseMoved(e *desktop.MouseEvent) {
	row, col, ok := g.at(e.Position)
	if !ok || row == g.row && col == g.col && !g.keyboard {
		return
	}
	g.keyboard = false
	g.mark(row, col)
	g.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (g *grid) MouseOut() {}

// CreateRenderer implements fyne.Widget.
func (g *grid) CreateRenderer() fyne.WidgetRenderer {
	g.ExtendBaseWidget(g)
	return look.Laid(g, &gridRenderer{g: g, mark: &canvas.Rectangle{}, ring: &canvas.Rectangle{}, bar: &canvas.Rectangle{}})
}

// gridRenderer makes objects for what is visible, and keeps those that still are.
type gridRenderer struct {
	g               *grid
	mark, ring, bar *canvas.Rectangle
	strips          map[int]strip // by row
	objects         []fyne.CanvasObject
	width           float32
}

// strip is a row of emoji that has been drawn.
type strip struct {
	first string // of the row, to tell whether it is still the same
	count int
	cell  emojiart.Cell
	image *canvas.Image
}

func (r *gridRenderer) Destroy()                     {}
func (r *gridRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *gridRenderer) MinSize() fyne.Size           { return fyne.NewSize(cellSide*4, cellSide*3) }

// IsClip cuts off what is scrolled out half.
func (r *gridRenderer) IsClip() {}

func (r *gridRenderer) Layout(s fyne.Size) {
	if s.Width != r.width { // the rows are others
		r.width = s.Width
		g := r.g
		marked := g.current()
		g.arrange()
		g.row = g.step(-1, 1)
		g.find(marked)
		r.strips = nil
	}
	r.g.scrollTo(r.g.offset)
	r.place()
}

// find puts the mark back on an emoji after the rows have changed.
func (g *grid) find(emoji string) {
	for i, r := range g.rows {
		for k, e := range r.items {
			if e == emoji {
				g.row, g.col = i, k
				return
			}
		}
	}
	g.col = 0
}

func (r *gridRenderer) Refresh() {
	r.Layout(r.g.Size())
	canvas.Refresh(r.g)
}

// place sets the objects up for what is visible.
func (r *gridRenderer) place() {
	g, p := r.g, look.Now()
	size, f, left := g.Size(), factor(), g.left()
	side := cellSide * f
	cell := emojiart.CellOf(emojiSide*f, side-emojiSide*f, look.Scale())
	strips := map[int]strip{}
	r.objects = append(r.objects[:0], r.mark, r.ring)
	r.mark.Hidden, r.ring.Hidden = g.row < 0, g.row < 0 || !g.keyboard
	for i, row := range g.rows {
		y := row.y - g.offset
		if y+row.h < 0 || y > size.Height {
			continue
		}
		if row.title != "" {
			title := canvas.NewText(row.title, p.Second)
			title.TextSize, title.TextStyle.Bold = look.Sizes().Caption, true
			ts := title.MinSize()
			title.Move(fyne.NewPos(left+6, y+(row.h-ts.Height)/2+2))
			title.Resize(ts)
			r.objects = append(r.objects, title)
			continue
		}
		s, ok := r.strips[i]
		if !ok || s.cell != cell || s.first != row.items[0] || s.count != len(row.items) {
			s = strip{row.items[0], len(row.items), cell, emojiart.Row(row.items, cell)}
		}
		s.image.Move(fyne.NewPos(left, y+(row.h-cell.Side())/2))
		strips[i] = s
		r.objects = append(r.objects, s.image)
		if i == g.row {
			at := fyne.NewPos(left+float32(g.col)*side+1, y+1)
			for _, o := range []*canvas.Rectangle{r.mark, r.ring} {
				o.CornerRadius = look.Radius
				o.Move(at)
				o.Resize(fyne.NewSquareSize(side - 2))
			}
		}
	}
	r.strips = strips
	r.mark.FillColor = look.Mix(p.Raised, p.Text, 0.1)
	r.ring.StrokeColor, r.ring.StrokeWidth = look.Mix(p.Accent, p.Text, 0.25), 2
	r.placeBar(size)
}

// placeBar shows how much more there is.
func (r *gridRenderer) placeBar(size fyne.Size) {
	g := r.g
	if g.height <= size.Height {
		return
	}
	h := max(24, size.Height*size.Height/g.height)
	r.bar.FillColor, r.bar.CornerRadius = look.Now().Scroll, barWide/2
	r.bar.Move(fyne.NewPos(size.Width-barWide-2, (size.Height-h)*g.offset/(g.height-size.Height)))
	r.bar.Resize(fyne.NewSize(barWide, h))
	r.objects = append(r.objects, r.bar)
}
