package ui

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// pinBar stands under a room's head while something is pinned: the newest pin, the
// one before after a click, and the way to all of them.
type pinBar struct {
	p     *pane
	box   *look.Box
	title *look.Line
	text  *look.Line
	room  chat.RoomID
	seqs  []chat.Seq
	pins  []app.MessageView // the one pinned last first
	at    int               // the one shown

	wanted bool   // all of them, once they are there
	follow func() // brings the list of all up to date while it is open
}

const pinBarHeight float32 = 44

func newPinBar(p *pane) *pinBar {
	b := &pinBar{p: p, follow: func() {}}
	b.title = look.NewElided("", look.Caption, look.Link)
	b.title.Bold = true
	b.text = look.NewElided("", look.Preview, look.Secondary)
	lines := newTouch(rowGrow(10, 1, look.NewIcon(look.IconPin, look.Accent, 18), column(0, b.title, b.text)), b.next)
	lines.PadX, lines.PadY = 8, 3
	all := look.NewIconButton(look.IconMenu, tr.S("pins.all"), b.showAll)
	b.box = look.NewBox(look.PanelFill, 0, rowGrow(4, 0, lines, all))
	b.box.PadX, b.box.PadY = 16, 3
	b.box.Hide()
	return b
}

// apply reads the pins anew if they have changed.
func (b *pinBar) apply(r *app.RoomView) {
	if r.ID == b.room && slices.Equal(r.Pins, b.seqs) {
		return
	}
	if r.ID != b.room || len(r.Pins) == 0 {
		b.pins, b.at, b.wanted = nil, 0, false
	}
	b.room, b.seqs = r.ID, slices.Clone(r.Pins)
	b.show()
	if len(r.Pins) == 0 {
		b.follow()
	} else {
		b.load()
	}
}

// changed reads the pins anew after messages of the room changed: an edit, a name, what
// was not here and has come, somebody blocked. The one shown stays.
func (b *pinBar) changed() {
	if len(b.seqs) > 0 {
		b.load()
	}
}

// load reads the pins; the one shown stays if there is no other to show first.
func (b *pinBar) load() {
	u, room := b.p.h.u, b.room
	u.pump.work(func(ctx context.Context) func() {
		list, err := u.core.Pins(ctx, room)
		if err != nil {
			return nil // the bar says how many there are
		}
		u.unfold(list)
		return func() {
			if b.room != room || len(b.seqs) == 0 {
				return
			}
			if !slices.EqualFunc(b.pins, list, samePlace) {
				b.at = 0
			}
			b.pins = list
			b.show()
			b.follow()
			if b.wanted && len(list) > 0 {
				b.wanted = false
				b.showAll()
			}
		}
	})
}

// show shows the pin whose turn it is.
func (b *pinBar) show() {
	was := b.box.Visible()
	b.box.Hidden = len(b.seqs) == 0
	title := tr.S("pins.title")
	if n := len(b.seqs); n > 1 {
		title = tr.F("pins.title_of", "N", fmt.Sprint(n-b.at), "All", fmt.Sprint(n))
	}
	b.title.SetText(title)
	text := ""
	if b.at < len(b.pins) {
		text = pinText(b.pins[b.at])
	}
	b.text.SetText(text)
	if was != b.box.Visible() {
		b.p.object.Refresh()
	}
}

func samePlace(a, b app.MessageView) bool { return a.Seq == b.Seq }

// pinText is a pinned message in one line; not the words of somebody who is blocked.
func pinText(m app.MessageView) string {
	switch {
	case m.Missing:
		return tr.S("quote.missing")
	case m.Blocked:
		return tr.S("row.blocked")
	}
	text := narrate.NameLinks(narrate.Message(linkguard.CleanText(m.Text), m.Carries()))
	if name := cleanName(m.Name); name != "" {
		return tr.F("room.who", "Who", inSentence(name), "Text", text)
	}
	return text
}

// next goes to the pin shown and shows the one before it.
func (b *pinBar) next() {
	if b.at >= len(b.pins) {
		return
	}
	b.p.timeline.Go(uint64(b.pins[b.at].Seq))
	b.at = (b.at + 1) % len(b.pins)
	b.show()
}

// showAll lists the pins; each leads to its message and can be taken off.
func (b *pinBar) showAll() {
	p := b.p
	if len(b.pins) == 0 && len(b.seqs) > 0 { // they are still being read
		b.wanted = true
		return
	}
	pins, room := slices.Clone(b.pins), b.room
	var d *dialog
	list := newLineList(func(i int) {
		d.Close()
		p.timeline.Go(uint64(pins[i].Seq))
	})
	set := func() {
		lines := list.lines
		if lines == nil {
			lines = make([]aLine, len(pins))
		}
		for i, m := range pins {
			l := &lines[i]
			at := slices.IndexFunc(b.pins, func(x app.MessageView) bool { return samePlace(m, x) })
			if at < 0 || b.room != room { // its words may be gone for good
				pins[i] = app.MessageView{Seq: m.Seq}
				*l = aLine{name: tr.S("pins.off"), off: true}
				continue
			}
			if m, pins[i] = b.pins[at], b.pins[at]; l.act == "" { // it may have come back
				*l = aLine{}
			}
			l.id, l.face, l.name, l.about = m.Author.String(), cleanName(m.Name), pinText(m), ""
			if !m.Missing {
				l.about = tr.Moment(zone.In(m.Time))
			}
			if p.composer.usable() && l.do == nil {
				l.act, l.icon = tr.S("message.unpin"), look.IconClose
				l.do = func() {
					if !l.off {
						l.off = true
						list.fill()
						p.pin(m.Seq, false)
					}
				}
			}
		}
		list.change(lines)
	}
	set()
	fit := &listRoom{d: func() *dialog { return d }, u: p.h.u, want: list.whole(), rest: func(float32) float32 { return look.ButtonHeight + 20 }}
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	d = p.h.u.open(dialogSpec{title: tr.S("pins.all"), width: 480, body: container.New(fit, list), buttons: []*look.Button{done}, focus: list, closed: func() { b.follow = func() {} }})
	b.follow = set
	p.h.u.timely(d.shown, set)
}
