package ui

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/textsearch"
	"hearth/ui/emoji"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// completion offers what the word before the caret may become: "@" begins somebody
// of the room, ":" a short code of an emoji. It floats over the conversation and
// never takes the focus; the composer gives it its keys.
type completion struct {
	c      *composer
	box    *look.Box
	lines  *fyne.Container
	rows   []*press
	become []string // what each line puts in place of the word
	at     int
	word   string // before the caret, its sign included
	shut   string // closed by the person for this word
}

// offerPad is the space left and right in a line of the offer.
const offerPad float32 = 8

// mostOffered is how many lines are offered at a time.
const mostOffered = 6

func newCompletion(c *composer) *completion {
	k := &completion{c: c, lines: column(0)}
	k.box = look.NewBox(look.RaisedFill, 10, k.lines)
	k.box.PadX, k.box.PadY, k.box.Edge, k.box.Raised = 6, 6, look.EdgeInk, true
	k.box.Hide()
	return k
}

func (k *completion) open() bool { return k.box.Visible() }

// follow looks at the word before the caret.
func (k *completion) follow() {
	word := wordBefore(k.c.entry.Text(), k.c.entry.Caret())
	if word == k.word && (k.open() || k.shut == word) {
		return
	}
	k.word = word
	if k.shut != "" && k.shut != word {
		k.shut = ""
	}
	k.rows, k.become, k.lines.Objects = nil, nil, nil
	switch {
	case word == "" || !k.c.here || word == k.shut:
	case word[0] == '@':
		k.people(textsearch.Fold(word[1:]))
	default:
		k.emoji(word[1:])
	}
	k.show(len(k.rows) > 0)
}

// wordBefore is the word that ends at the caret if it may be completed: "@…" at the
// beginning of a word, or ":" and at least two letters.
func wordBefore(text string, caret int) string {
	runes := []rune(text[:min(max(0, caret), len(text))])
	caret = len(runes)
	for i := caret - 1; i >= 0 && caret-i <= 40; i-- {
		r := runes[i]
		if r != '@' && r != ':' {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("._-+", r) {
				return ""
			}
			continue
		}
		if i > 0 && (textsearch.Joined(runes[i-1], 'a') || runes[i-1] == r) {
			return ""
		}
		if r == ':' && caret-i < 3 {
			return ""
		}
		return string(runes[i:caret])
	}
	return ""
}

// people offers those of the room whose login or display name begins so, or has a
// word that does, whatever case and accents were typed. In scripts without spaces
// between words every character begins one.
func (k *completion) people(want string) {
	r := k.c.h.roomOf(k.c.h.room)
	if r == nil {
		return
	}
	var first, second []app.MemberView
	for _, m := range r.Members {
		if m.Me {
			continue
		}
		display := textsearch.Fold(cleanName(m.Display))
		switch {
		case strings.HasPrefix(m.Name, want):
			first = append(first, m)
		case want == "", textsearch.BeginsWord(display, want):
			second = append(second, m)
		}
	}
	for _, m := range append(first, second...) {
		if len(k.rows) == mostOffered {
			return
		}
		k.add("@"+m.Name+" ", look.NewAvatar(m.Account.String(), cleanName(m.Display), 26), cleanName(m.Display), "@"+m.Name)
	}
	if len(k.rows) < mostOffered && len(r.Members) > 1 && strings.HasPrefix("room", want) {
		k.add("@room ", look.NewIcon(look.IconPeople, look.Secondary, 26), "@room", tr.N("mention.room", len(r.Members)))
	}
}

func (k *completion) emoji(want string) {
	for _, x := range k.c.h.u.completedEmoji(want, mostOffered) {
		k.add(x.Emoji+" ", emoji.NewImage(x.Emoji, 22), ":"+x.Code+":", "")
	}
}

func (k *completion) add(become string, lead fyne.CanvasObject, name, about string) {
	at := len(k.rows)
	line := rowGrow(10, 1, lead, look.NewElided(name, look.Body, look.Text))
	if about != "" {
		line = rowGrow(10, 1, lead, look.NewElided(name, look.Body, look.Text), look.NewLine(about, look.Preview, look.Faint))
	}
	t := &press{content: line, tapped: func() { k.take(at) }, Radius: look.Radius, PadX: offerPad, PadY: 6}
	t.ExtendBaseWidget(t)
	k.rows, k.become = append(k.rows, t), append(k.become, become)
	k.lines.Objects = append(k.lines.Objects, t)
}

func (k *completion) show(on bool) {
	if !on && !k.open() {
		return
	}
	k.box.Hidden = !on
	if on {
		k.mark(0)
	}
	k.lines.Refresh()
	k.c.h.pane.object.Refresh()
}

func (k *completion) mark(at int) {
	k.at = (at + len(k.rows)) % len(k.rows)
	for i, r := range k.rows {
		r.Fill = nil
		if i == k.at {
			r.Fill = look.SelectedFill
		}
		r.Refresh()
	}
}

// key uses a key of the composer; false leaves it to the text.
func (k *completion) key(e *fyne.KeyEvent) bool {
	if !k.open() {
		return false
	}
	switch e.Name {
	case fyne.KeyUp:
		k.mark(k.at - 1)
	case fyne.KeyDown:
		k.mark(k.at + 1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyTab:
		k.take(k.at)
	case fyne.KeyEscape:
		k.close()
	default:
		return false
	}
	return true
}

// close puts the offer away until another word begins.
func (k *completion) close() bool {
	if !k.open() {
		return false
	}
	k.shut = k.word
	k.show(false)
	return true
}

// take puts a line's text in place of the word before the caret.
func (k *completion) take(at int) {
	if at >= len(k.become) {
		return
	}
	text, word := k.become[at], k.word
	k.show(false)
	k.c.h.u.win.Canvas().Focus(k.c.entry)
	k.c.entry.Once(func() {
		k.c.entry.Erase(k.c.entry.Caret()-len(word), k.c.entry.Caret())
		k.c.insert(text)
	})
	if word[0] == ':' {
		k.c.h.u.usedEmoji(strings.TrimSpace(text))
	}
	k.follow()
}

// insert puts text where the caret is.
func (c *composer) insert(text string) {
	c.entry.Insert(text)
}

// pickEmoji lets the person choose an emoji to write.
func (c *composer) pickEmoji() {
	at := c.h.u.fyne.Driver().AbsolutePositionForObject(c.smile)
	c.h.u.win.Canvas().Focus(c.entry)
	c.h.u.pickEmoji(at, c.smile.Size(), c.insert)
}

// place puts the offer above the word that it completes, in a composer at a place.
func (k *completion) place(at fyne.Position, width float32) {
	size := k.box.MinSize()
	size.Width = min(360, width)
	word := k.c.entry.At(k.c.entry.Caret() - len(k.word)).Add(k.c.entry.Position())
	x := min(max(0, word.X-k.box.PadX-offerPad), width-size.Width)
	y := at.Y - 6
	if word.Y > look.Sizes().Line { // not in the first line: nearer to the word
		y = max(y, at.Y+word.Y-4)
	}
	k.box.Move(fyne.NewPos(at.X+x, max(4, y-size.Height)))
	k.box.Resize(size)
}
