package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// outboxPage is the dialog with everything of the person's that is not in a log
// yet, over all rooms. It follows the core while it is open.
type outboxPage struct {
	h     *home
	d     *dialog
	list  *fyne.Container
	other *fyne.Container // the groups beside this one in which something waits
	empty *para
	wait  *skeleton // until it is read for the first time
	all   *look.Button
	try   *look.Button

	shown   []outboxFacts
	beside  []elsewhere  // in other
	lines   []lineButton // of what is shown
	known   bool         // the core has answered once
	loading bool
	again   bool // something changed while it was being read
}

// outboxFacts is one entry, ready to draw and comparable.
type outboxFacts struct {
	room                chat.RoomID
	mid                 chat.MID
	name, age, text     string
	raw                 string // as it was written, for editing
	state               string
	maybe               bool
	files               int
	mode                app.MessageState
	edit, cancel, retry bool
	part                bool // of the profile, no message
	anew                bool // changes what is gone: only its words are of use
}

// lineButton is a button of an entry, as it is found again when the lines are made anew.
type lineButton struct {
	mid  chat.MID
	text string
	b    *look.Button
}

// maxOutboxLines is how many entries show at a time; what is behind them is counted.
const maxOutboxLines = 60

// showOutbox opens the outbox.
func (h *home) showOutbox() {
	if h.outbox != nil {
		return
	}
	p := &outboxPage{h: h, list: column(10), other: column(8)}
	p.empty, p.wait = note(""), newSkeleton(h.u, 2, tr.S("outbox.loading"))
	p.all = look.NewIconTextButton(look.IconRefresh, tr.S("outbox.retry_all"), look.Primary, p.retryAll)
	p.all.Hide()
	p.try = look.NewButton(tr.S("conn.try_now"), look.Quiet, h.u.core.TryNow)
	p.try.Hide()
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { p.d.Close() })
	h.outbox = p
	text := tr.S("outbox.text")
	if len(h.u.joined()) > 1 {
		text = tr.F("outbox.text_here", "Group", inSentence(h.u.groupName()))
	}
	p.d = h.u.open(dialogSpec{
		title: tr.S("outbox.title"), width: 560,
		body:    column(14, note(text), p.empty, p.wait, p.list, p.other),
		buttons: []*look.Button{done, p.try, p.all}, focus: done,
		closed: func() { h.outbox = nil },
	})
	h.u.timely(p.d.shown, p.load)
	p.follow()
	p.load()
}

// follow says in which other groups something waits.
func (p *outboxPage) follow() {
	now := p.h.u.elsewhere("storage.lost.outbox", (*UI).unsent)
	if slices.Equal(now, p.beside) {
		return
	}
	p.beside, p.other.Objects = now, nil
	for _, e := range now {
		p.other.Add(e.line(func() {
			p.d.Close()
			e.u.show(e.u)
			e.u.home.showOutbox()
		}))
	}
	p.d.Refresh()
}

// load reads the outbox anew; changes meanwhile are read afterwards.
func (p *outboxPage) load() {
	if p.loading {
		p.again = true
		return
	}
	p.loading = true
	u := p.h.u
	u.pump.work(func(ctx context.Context) func() {
		list, err := u.core.Outbox(ctx)
		return func() {
			p.loading = false
			if p.h.outbox != p {
				return
			}
			p.apply(list, err)
			if p.again {
				p.again = false
				p.load()
			}
		}
	})
}

func (p *outboxPage) apply(list []app.OutboxEntry, err error) {
	p.wait.Hide()
	if err != nil {
		p.empty.Set(explain(err).text, look.Bad)
		p.empty.Show()
		p.d.Refresh()
		return
	}
	facts := make([]outboxFacts, len(list))
	failed := false
	for i := range list {
		facts[i] = outboxFactsOf(&list[i], time.Now())
		failed = failed || facts[i].retry
	}
	conn := p.h.u.view.Connection.State
	waits := len(list) > 0 && conn != app.ConnLive && conn != app.ConnSyncing && conn != app.ConnConnecting
	if p.known && slices.Equal(facts, p.shown) && p.all.Visible() == failed && p.try.Visible() == waits {
		return
	}
	p.known, p.shown = true, facts
	p.all.Hidden, p.try.Hidden = !failed, !waits
	empty := tr.S("outbox.empty")
	if len(p.h.u.joined()) > 1 {
		empty = tr.F("outbox.empty_here", "Group", inSentence(p.h.u.groupName()))
	}
	p.empty.Set(empty, look.Secondary)
	p.empty.Hidden = len(facts) > 0
	p.fill()
}

// fill makes the lines anew. The focus stays where it is: on the button of the same
// entry that says the same. Where that is gone, the dialog's first button takes it.
func (p *outboxPage) fill() {
	u := p.h.u
	c := u.win.Canvas()
	before, had := c.Focused(), lineButton{}
	var over *dialog // a question about an entry, which gives the focus back
	if i := slices.Index(u.dialogs, p.d); i >= 0 && i+1 < len(u.dialogs) {
		over = u.dialogs[i+1]
		before = over.before
	}
	for _, l := range p.lines {
		if fyne.Focusable(l.b) == before {
			had = l
		}
	}
	p.list.Objects, p.lines = nil, nil
	for i := range min(len(p.shown), maxOutboxLines) {
		p.list.Add(p.line(p.shown[i]))
	}
	if n := len(p.shown) - maxOutboxLines; n > 0 {
		p.list.Add(note(tr.N("outbox.more", n)))
	}
	p.list.Hidden = len(p.shown) == 0
	p.d.Refresh()
	if b, ok := before.(*look.Button); ok && had.b == nil && b.Visible() && slices.Contains(p.d.spec.buttons, b) || before == fyne.Focusable(p.d.cross) {
		return
	}
	first := p.d.spec.buttons[0]
	for _, l := range p.lines {
		if had.b != nil && l.mid == had.mid && l.text == had.text {
			first = l.b
		}
	}
	if over != nil {
		over.before = first
		return
	}
	c.Focus(first)
}

func (p *outboxPage) line(f outboxFacts) fyne.CanvasObject {
	icon, ink := look.IconClock, look.Ink(look.Secondary)
	switch f.mode {
	case app.StateFailed:
		icon, ink = look.IconAlert, look.Bad
	case app.StateSending:
		icon, ink = look.IconSend, look.Accent
	}
	var buttons []fyne.CanvasObject
	add := func(on bool, text string, do func()) {
		if on {
			b := look.NewButton(text, look.Plain, do)
			buttons = append(buttons, b)
			p.lines = append(p.lines, lineButton{f.mid, text, b})
		}
	}
	add(f.retry, tr.S("timeline.retry"), func() { p.do(f, p.h.u.core.RetryMessage) })
	add(f.edit, tr.S("timeline.edit"), func() { p.edit(f) })
	add(f.anew, tr.S("outbox.anew"), func() { p.anew(f) })
	cancel := tr.S("outbox.cancel")
	if f.mode == app.StateFailed {
		cancel = tr.S("timeline.discard")
	}
	add(f.cancel, cancel, func() { p.cancel(f, cancel) })

	lines := column(4,
		rowGrow(8, 0, look.NewStrong(f.name, look.Preview, look.Text), look.NewLine(f.age, look.Caption, look.Faint)),
		newPara(f.text, look.Body, look.Text),
		rowGrow(6, 1, look.NewIcon(icon, ink, 15), newPara(f.state, look.Preview, ink)),
	)
	if f.maybe {
		lines.Add(newPara(tr.S("outbox.maybe"), look.Preview, look.Faint))
	}
	if len(buttons) > 0 {
		lines.Add(inset(0, -4, -10, -6, flowEnd(0, buttons...))) // their words end where the text does
	}
	return newBoxed(look.FieldFill, nil, 14, 10, lines)
}

// do runs a command on one entry.
func (p *outboxPage) do(f outboxFacts, command func(context.Context, chat.RoomID, chat.MID) error) {
	p.h.do(func(ctx context.Context) error { return command(ctx, f.room, f.mid) })
}

func (p *outboxPage) cancel(f outboxFacts, words string) {
	title, text := tr.S("discard.title"), discardText(f.maybe, f.files)
	if f.part {
		title, text = tr.S("discard.profile"), tr.S("discard.profile.text")
	}
	p.h.u.askDiscard(f.room, f.mid, confirmation{
		title: title, text: text, do: words, danger: true,
		then: func() { p.do(f, p.h.u.core.DiscardMessage) },
	})
}

// edit goes to the room and puts the text into its composer.
func (p *outboxPage) edit(f outboxFacts) {
	p.d.Close()
	p.h.openRoom(f.room)
	p.h.pane.composer.edit(&timeline.Row{ID: f.mid.String(), Text: f.raw})
}

// anew makes the words of a change that can never be sent the beginning of a message.
func (p *outboxPage) anew(f outboxFacts) {
	p.d.Close()
	u := p.h.u
	p.h.openRoom(f.room)
	begun := u.pad(f.room)
	begun.add(f.raw)
	u.padChanged(f.room, begun)
	p.h.focus()
	p.do(f, u.core.DiscardMessage)
}

func (p *outboxPage) retryAll() {
	p.h.do(func(ctx context.Context) error {
		_, err := p.h.u.core.RetryAll(ctx)
		return err
	})
}

// maybeThere reports whether the server may have what was handed to it and failed so.
func maybeThere(f *app.Failure) bool {
	return f == nil || f.Code == app.CodeHeld && f.Because != app.CodeLost && f.Because != app.CodeAltered
}

// outboxFactsOf gathers what to show of an entry.
func outboxFactsOf(e *app.OutboxEntry, now time.Time) outboxFacts {
	m := &e.Message
	f := outboxFacts{
		room: e.Room, mid: m.MID, name: cleanName(e.RoomName), age: tr.Ago(now.Sub(m.Time)), mode: m.State,
		edit: e.MayEdit, cancel: e.MayCancel, retry: e.MayRetry,
		maybe: e.Transmitted && m.State != app.StateSending && maybeThere(m.Failure), raw: m.Text, files: len(m.Files),
	}
	if f.name == "" {
		f.name = tr.S("outbox.joining")
	}
	if e.Part != "" {
		f.part, f.name = true, tr.S(partWords[e.Part])
		if f.text = linkguard.CleanText(m.Text); e.Gone {
			f.text = tr.S("outbox.part_none")
		} else if e.Part == app.PartPicture {
			f.text = tr.S("outbox.part_new")
		}
	} else if m.Kind == chat.KindEdit {
		f.text = tr.F("outbox.edit", "Text", inSentence(beginning(linkguard.CleanText(m.Text))))
		f.anew = m.Failure != nil && m.Failure.Code == chat.CodeMessageGone
	} else if m.Kind == chat.KindMessage {
		if f.text = beginning(linkguard.CleanText(m.Text)); f.text == "" {
			f.text = narrate.Message("", m.Carries())
		}
	} else {
		f.text, _ = narrate.Event(m)
	}
	f.state = tr.S(stateWords[m.State])
	if m.Delay != nil {
		f.state = delayText(m.Delay)
	}
	if m.Failure != nil {
		f.state = codeText(m.Failure.Why())
	}
	return f
}

// delayText says since when and why something is not taken, and that nobody need do anything.
func delayText(d *app.Delay) string {
	key := tr.Key("state.delay")
	switch d.Code {
	case chat.CodeBusy, chat.CodeRateLimited:
		key = "state.delay_busy"
	case chat.CodeCapacityDisk:
		key = "state.delay_disk"
	case chat.CodeInternal:
		key = "state.delay_internal"
	}
	return tr.F(key, "Since", tr.Moment(d.Since))
}

// partWords name what a person shows of themselves.
var partWords = map[app.ProfilePart]tr.Key{
	app.PartName: "outbox.part_name", app.PartPicture: "outbox.part_picture", app.PartStatus: "outbox.part_status",
}

// beginning is the beginning of a text, for places where many stand below each other.
func beginning(s string) string {
	const most, lines = 240, 4
	seen := 0
	n := 0
	for i, r := range s {
		if r == '\n' {
			seen++
		}
		if n++; n > most || seen == lines {
			return s[:i] + "…"
		}
	}
	return s
}
