package emoji

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	known "hearth/internal/emoji"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Options are what a picker starts with and whom it tells. The zero value has
// nothing used and no skin tone.
type Options struct {
	// Recent are the emoji used last, the newest first; they stand in a group of
	// their own.
	Recent []string
	// Remember is told the new list of recent emoji when one is chosen, to keep.
	Remember func(recent []string)
	// Tone is the skin tone in which people are shown.
	Tone known.Tone
	// SetTone is told when the person chooses another tone, to keep.
	SetTone func(known.Tone)
	// Cancel is called for Escape when nothing is being searched.
	Cancel func()
}

// MaxRecent is how many emoji a list of recent ones holds: three rows.
const MaxRecent = 27

// mostFound is how many emoji a search shows; nobody looks at more.
const mostFound = 200

// Picker lets a person choose an emoji. The search field has the focus: typing
// searches, the arrows move the mark, Enter takes the marked one, Escape clears the
// search, then cancels. Tab goes on to the groups and the skin tones.
type Picker struct {
	widget.BaseWidget
	options Options
	chosen  func(emoji string)

	search   *entry
	field    *look.Box
	groups   *choices
	grid     *grid
	none     *look.Line
	image    *Image
	name     *look.Line
	code     *look.Line
	tones    *choices
	sections []section // without a search
}

// NewPicker returns a picker; chosen is told each emoji that is taken.
func NewPicker(o Options, chosen func(emoji string)) *Picker {
	p := &Picker{options: o, chosen: chosen, grid: newGrid()}
	p.ExtendBaseWidget(p)
	p.search = newEntry(tr.S("emoji.search"))
	p.search.key = p.key
	p.search.OnChanged = func(string) { p.find() }
	p.search.focus = func(here bool) {
		p.field.Edge = nil
		if here {
			p.field.Edge = look.Accent
		}
		p.field.Refresh()
	}
	p.field = look.Boxed(container.New(beforeIcon{}, p.search))
	p.none = look.NewElided(tr.S("emoji.none"), look.Body, look.Secondary)
	p.none.Align = fyne.TextAlignCenter
	p.none.Hide()

	p.image = NewImage("", footSide*factor())
	p.name = look.NewStrong("", look.Preview, look.Text)
	p.code = look.NewElided("", look.Caption, look.Faint)

	p.makeTones()
	p.makeGroups()
	p.grid.marked, p.grid.taken = p.describe, p.take
	p.grid.passed = func(i int) {
		if p.search.Text() == "" {
			p.groups.choose(i)
		}
	}
	p.fill()
	return p
}

// group is a section of the table with its mark and name.
type group struct {
	mark string
	name string
}

// groupsOf returns the groups in order, the recent ones first if there are any.
func (p *Picker) groupsOf() (list []group) {
	if len(p.options.Recent) > 0 {
		list = append(list, group{"🕘", tr.S("emoji.recent")})
	}
	return append(
		list,
		group{"😀", tr.S("emoji.smileys")}, group{"👋", tr.S("emoji.people")}, group{"🐻", tr.S("emoji.animals")},
		group{"🍔", tr.S("emoji.food")}, group{"🚗", tr.S("emoji.travel")}, group{"⚽", tr.S("emoji.activities")},
		group{"💡", tr.S("emoji.objects")}, group{"🔣", tr.S("emoji.symbols")}, group{"🏁", tr.S("emoji.flags")},
	)
}

func (p *Picker) makeGroups() {
	var marks, names []string
	for _, g := range p.groupsOf() {
		marks, names = append(marks, g.mark), append(names, g.name)
	}
	p.groups = newChoices(marks, names, 20, 28)
	p.groups.took = func(i int, keyboard bool) {
		p.search.SetText("")
		p.grid.showSection(i, keyboard)
	}
	p.groups.leave = p.fromRow
}

// tones are the skin tones in order, shown on a hand.
var tones = []known.Tone{known.NoTone, known.Light, known.MediumLight, known.Medium, known.MediumDark, known.Dark}

func (p *Picker) makeTones() {
	var hands, names []string
	for _, t := range tones {
		hand := known.WithTone("✋", t)
		hands = append(hands, hand)
		name := tr.S("emoji.no_tone")
		if t != known.NoTone {
			name = known.Name(string('\U0001F3FB'+rune(t-known.Light)), tr.Lang())
		}
		names = append(names, name)
	}
	p.tones = newChoices(hands, names, 18, 24)
	p.tones.choose(max(0, slices.Index(tones, p.options.Tone)))
	p.tones.took = func(i int, _ bool) { p.setTone(tones[i]) }
	p.tones.leave = p.fromRow
}

// fromRow handles keys typed on the groups or tones.
func (p *Picker) fromRow(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyDown, fyne.KeyUp, fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		p.focusSearch()
	case fyne.KeyEscape:
		p.key(e)
	}
}

func (p *Picker) setTone(t known.Tone) {
	p.options.Tone = t
	if p.options.SetTone != nil {
		p.options.SetTone(t)
	}
	offset, row, col := p.grid.offset, p.grid.row, p.grid.col
	p.fill()
	if p.search.Text() != "" {
		p.find()
	}
	p.grid.mark(row, col)
	p.grid.scrollTo(offset)
	p.grid.Refresh()
}

// Focus gives the focus to the search field; call it when the picker is shown.
func (p *Picker) Focus() { p.focusSearch() }

func (p *Picker) focusSearch() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Focus(p.search)
	}
}

// fill makes the sections of the whole table.
func (p *Picker) fill() {
	p.sections = nil
	names := p.groupsOf()
	if len(p.options.Recent) > 0 {
		p.sections = append(p.sections, section{names[0].name, slices.Clone(p.options.Recent)})
		names = names[1:]
	}
	for i, g := range known.Groups() {
		p.sections = append(p.sections, section{names[i].name, p.toned(known.List(g))})
	}
	p.grid.set(p.sections)
}

func (p *Picker) toned(list []*known.Entry) []string {
	items := make([]string, len(list))
	for i, e := range list {
		items[i] = e.Text
		if e.Toned && p.options.Tone != known.NoTone {
			items[i] = known.WithTone(e.Text, p.options.Tone)
		}
	}
	return items
}

// find shows what the search field asks for.
func (p *Picker) find() {
	if p.search.Text() == "" {
		p.none.Hide()
		p.groups.choose(0)
		p.grid.set(p.sections)
		return
	}
	found := known.Search(p.search.Text(), mostFound)
	p.groups.choose(-1)
	p.none.Hidden = len(found) > 0
	if len(found) == 0 {
		p.grid.set(nil)
	} else {
		p.grid.set([]section{{"", p.toned(found)}})
	}
	p.none.Refresh()
}

// key handles what is typed into the search field; true if it was used.
func (p *Picker) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		p.take(p.grid.current())
	case fyne.KeyEscape:
		if p.search.Text() != "" {
			p.search.SetText("")
			p.focusSearch()
		} else if p.options.Cancel != nil {
			p.options.Cancel()
		}
	default:
		return p.grid.key(e.Name)
	}
	return true
}

// take hands an emoji over and remembers it.
func (p *Picker) take(emoji string) {
	if emoji == "" {
		return
	}
	recent := append([]string{emoji}, slices.DeleteFunc(slices.Clone(p.options.Recent), func(e string) bool { return e == emoji })...)
	p.options.Recent = recent[:min(MaxRecent, len(recent))]
	if p.options.Remember != nil {
		p.options.Remember(slices.Clone(p.options.Recent))
	}
	if p.chosen != nil {
		p.chosen(emoji)
	}
}

// describe shows the marked emoji at the foot.
func (p *Picker) describe(emoji string) {
	p.image.Set(emoji)
	p.name.SetText(known.Name(emoji, tr.Lang()))
	code := ""
	if c := known.Code(emoji); c != "" {
		code = ":" + c + ":"
	}
	p.code.SetText(code)
}

// Lengths at the usual text size.
const (
	pickPad   float32 = 10
	iconRoom  float32 = 24 // at the right end of the search field
	footSide  float32 = 32
	footRoom  float32 = 56
	pickWide  float32 = 9*cellSide + 2*gridPad
	pickHigh  float32 = 420
	groupRoom float32 = 34
)

// CreateRenderer implements fyne.Widget.
func (p *Picker) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	icon := look.NewIcon(look.IconSearch, look.Faint, 18)
	rule, line := look.NewRule(), look.NewRule()
	objects := []fyne.CanvasObject{p.field, icon, p.groups, rule, p.grid, p.none, line, p.image, p.name, p.code, p.tones}
	return look.NewRenderer(look.RendererParts{
		Of:      p,
		Objects: objects,
		Min:     func() fyne.Size { return fyne.NewSize(280, 300) },
		Layout: func(s fyne.Size) {
			f := factor()
			wide := s.Width - 2*pickPad
			put := func(o fyne.CanvasObject, x, y, w, h float32) {
				o.Move(fyne.NewPos(x, y))
				o.Resize(fyne.NewSize(w, h))
			}
			high := max(look.FieldHeight, p.field.MinSize().Height)
			put(p.field, pickPad, pickPad, wide, high)
			put(icon, s.Width-pickPad-iconRoom-p.field.PadX, pickPad, 18, high)
			y := pickPad + high + 6
			put(p.groups, pickPad, y, wide, groupRoom*f)
			y += groupRoom*f + 6
			put(rule, 0, y, s.Width, 1)
			foot := s.Height - footRoom*f
			put(p.grid, 0, y+1, s.Width, foot-y-1)
			put(p.none, pickPad, y+(foot-y)/2-12*f, wide, 24*f)
			put(line, 0, foot, s.Width, 1)
			side := footSide * f
			put(p.image, pickPad+4, foot+(footRoom*f-side)/2, side, side)
			tones := p.tones.MinSize()
			put(p.tones, s.Width-pickPad-tones.Width, foot+(footRoom*f-tones.Height)/2, tones.Width, tones.Height)
			x := pickPad + 4 + side + 12
			room := max(0, s.Width-pickPad-tones.Width-10-x)
			nh, ch := p.name.MinSize().Height, p.code.MinSize().Height
			put(p.name, x, foot+(footRoom*f-nh-ch)/2, room, nh)
			put(p.code, x, foot+(footRoom*f-nh-ch)/2+nh, room, ch)
		},
	})
}
