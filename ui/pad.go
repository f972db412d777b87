package ui

import (
	"context"
	"slices"
	"strings"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// pad is what was begun in a room and not sent, as the window has it. The core is told
// of every change and keeps it.
type pad struct {
	text  string  // of the next message
	reply *target // what it answers; nil nothing
	edit  *target // the message being changed; nil none
	files []*attachment
	busy  bool // the files are on their way into the outbox
}

// target is the message that the composer is about: answered, or changed.
type target struct {
	seq     chat.Seq
	mid     chat.MID // instead of seq: it waits to be sent
	name    string
	text    string // as it was written
	now     string // of one being changed: its new text so far
	blank   bool   // name and text are not known yet
	note    string // in place of the text: why there is none
	carried app.Carried
}

// pad returns what was begun in a room.
func (u *UI) pad(room chat.RoomID) *pad {
	if p := u.pads[room]; p != nil {
		return p
	}
	r := u.roomOf(room)
	if r == nil {
		return &pad{}
	}
	p := padOf(&r.Draft)
	u.pads[room] = p
	u.fillPad(room, p)
	return p
}

// padOf takes over what the core has kept.
func padOf(d *chat.Draft) *pad {
	p := &pad{text: d.Text}
	if d.Reply != 0 {
		p.reply = &target{seq: d.Reply, blank: true}
	}
	if d.Edit.On() {
		p.edit = &target{seq: d.Edit.Seq, mid: d.Edit.MID, now: d.Edit.Text, blank: true}
	}
	for _, f := range d.Files {
		p.files = append(p.files, &attachment{DraftFile: f})
	}
	return p
}

// draft is the pad as the core keeps it.
func (p *pad) draft() chat.Draft {
	d := chat.Draft{Text: p.text}
	if p.reply != nil {
		d.Reply = p.reply.seq
	}
	if p.edit != nil {
		d.Edit = chat.DraftEdit{Seq: p.edit.seq, MID: p.edit.mid, Text: p.edit.now}
	}
	for _, f := range p.files {
		d.Files = append(d.Files, f.DraftFile)
	}
	return d
}

// shown is the text that stands in the composer.
func (p *pad) shown() string {
	if p.edit != nil {
		return p.edit.now
	}
	return p.text
}

// write takes over what stands in the composer.
func (p *pad) write(text string) {
	if p.edit != nil {
		p.edit.now = text
	} else {
		p.text = text
	}
}

// add puts words that must not be lost before what is there.
func (p *pad) add(text string) {
	if strings.TrimSpace(p.text) != "" && strings.TrimSpace(text) != "" {
		text += "\n\n"
	}
	p.text = text + p.text
}

// keepPad hands what was begun in a room to the core.
func (u *UI) keepPad(room chat.RoomID) {
	if p := u.pads[room]; p != nil {
		u.core.SetDraft(room, p.draft())
	}
}

// begun is what was begun in a room, whether it was looked at in this run or not.
func (u *UI) begun(r *app.RoomView) chat.Draft {
	if p := u.pads[r.ID]; p != nil {
		return p.draft()
	}
	return r.Draft
}

// beganWords are a draft in a line; "" if there is nothing to tell of it.
func beganWords(d chat.Draft) string {
	for _, text := range []string{d.Text, d.Edit.Text} {
		if strings.TrimSpace(text) != "" {
			return text
		}
	}
	return narrate.Message("", carriedByDraft(&d))
}

// carriedByDraft says in short what files were begun to be sent.
func carriedByDraft(d *chat.Draft) (c app.Carried) {
	for i, f := range d.Files {
		if i == 0 {
			c = app.Carried{Files: len(d.Files), File: f.Name, Pictures: true}
		}
		c.Pictures = c.Pictures && f.Picture
	}
	return c
}

// fillPad finds out, off the UI goroutine, what the core has not kept because it may
// have changed meanwhile: the messages it is about, and what has become of the files.
func (u *UI) fillPad(room chat.RoomID, p *pad) {
	reply, edit := p.reply, p.edit
	files := slices.Clone(p.files)
	if reply == nil && edit == nil && len(files) == 0 {
		return
	}
	core, most := u.core, int64(u.view.Group.Limits.FileMiB)<<20
	u.pump.work(func(ctx context.Context) func() {
		var answered, changed *target
		if reply != nil {
			answered = findTarget(ctx, core, room, *reply)
		}
		if edit != nil {
			changed = findChanged(ctx, core, room, *edit)
		}
		looks := make([]attachment, len(files))
		for i, f := range files {
			looks[i] = lookAgain(ctx, core, f.DraftFile, most)
		}
		return func() {
			if u.pads[room] != p {
				return
			}
			for i, f := range files {
				f.seen(&looks[i])
			}
			if p.reply == reply && reply != nil {
				p.reply = answered
			}
			if p.edit == edit && edit != nil {
				u.resumeEdit(room, p, changed)
			}
			if h := u.home; h != nil && h.room == room {
				h.pane.composer.showPad()
			}
			if h := u.home; h != nil && h.drafting != nil {
				h.drafting.fill()
			}
		}
	})
}

// findTarget reads the message that is answered.
func findTarget(ctx context.Context, core app.Commands, room chat.RoomID, t target) *target {
	t.blank = false
	row, ok := rowAt(ctx, core, room, t.seq)
	switch {
	case !ok:
		t.note = tr.S("quote.missing")
	case row.Erased:
		t.note = tr.S("row.erased")
	case row.Blocked:
		t.name, t.note = cleanName(row.Name), tr.S("row.blocked")
	default:
		t.name, t.text, t.carried = cleanName(row.Name), row.Text, row.Carries()
	}
	return &t
}

// rowAt reads one message of the log.
func rowAt(ctx context.Context, core app.Commands, room chat.RoomID, seq chat.Seq) (app.MessageView, bool) {
	page, err := core.Messages(ctx, room, app.Window{Around: seq, Limit: 4})
	if err != nil {
		return app.MessageView{}, false
	}
	for i := range page.Messages {
		if row := &page.Messages[i]; row.Seq == seq {
			return *row, true
		}
	}
	return app.MessageView{}, false
}

// findChanged reads the message that is being changed: one that waited may have been
// sent meanwhile. nil if it cannot be changed any more.
func findChanged(ctx context.Context, core app.Commands, room chat.RoomID, t target) *target {
	t.blank = false
	if t.seq == 0 {
		return findWaiting(ctx, core, room, t)
	}
	row, ok := rowAt(ctx, core, room, t.seq)
	if ok && !row.MayEdit {
		return nil
	}
	t.name, t.text, t.carried = cleanName(row.Name), row.Text, row.Carries()
	return &t // also if it cannot be read now: the server decides
}

// recentRows is how far back a message is looked for that has just been sent.
const recentRows = 100

// findWaiting finds a message by its id, be it still waiting or sent.
func findWaiting(ctx context.Context, core app.Commands, room chat.RoomID, t target) *target {
	page, err := core.Messages(ctx, room, app.Window{Limit: recentRows})
	if err != nil {
		return &t
	}
	for i := range page.Messages {
		if row := &page.Messages[i]; row.MID == t.mid {
			if !row.MayEdit {
				return nil
			}
			t.name, t.text, t.carried = cleanName(row.Name), row.Text, row.Carries()
			if row.Seq != 0 {
				t.seq, t.mid = row.Seq, chat.MID{}
			}
			return &t
		}
	}
	return nil
}

// resumeEdit goes on with a change; without its message the words stay as a draft.
func (u *UI) resumeEdit(room chat.RoomID, p *pad, found *target) {
	if found != nil {
		found.now = p.edit.now
		p.edit = found
		return
	}
	p.add(p.edit.now)
	p.edit = nil
	u.keepPad(room)
	u.toast(tr.S("composer.edit_gone"), look.Warn)
}

// recheckPad looks after messages of a room changed whether what the composer is about is
// still there, and what is answered as it was: the words of a deleted one go from the
// screen, those being written stay.
func (u *UI) recheckPad(room chat.RoomID) {
	p := u.pads[room]
	if p == nil {
		return
	}
	reply, edit := p.reply, p.edit
	if edit != nil && edit.seq == 0 {
		edit = nil // waits here, and nobody else can delete it
	}
	if reply == nil && edit == nil {
		return
	}
	core := u.core
	u.pump.work(func(ctx context.Context) func() {
		answered, editGone := changedTarget(ctx, core, room, reply), false
		if edit != nil {
			row, ok := rowAt(ctx, core, room, edit.seq)
			editGone = ok && row.Erased
		}
		if answered == nil && !editGone {
			return nil
		}
		return func() {
			if u.pads[room] != p {
				return
			}
			if answered != nil && p.reply == reply {
				p.reply = answered
			}
			if editGone && p.edit == edit {
				u.resumeEdit(room, p, nil)
			}
			h := u.home
			if h != nil && h.room == room {
				h.pane.composer.showPad()
			}
			if h != nil && h.drafting != nil {
				h.drafting.fill()
			}
		}
	})
}

// changedTarget is what is answered as it is now; nil if it is as it was, or cannot be read.
func changedTarget(ctx context.Context, core app.Commands, room chat.RoomID, was *target) *target {
	if was == nil || was.blank {
		return nil
	}
	now := findTarget(ctx, core, room, target{seq: was.seq})
	if now.note == tr.S("quote.missing") || now.note == was.note && now.text == was.text {
		return nil
	}
	return now
}

// recheckPads looks after what was begun in any room, also one that is not in view.
func (u *UI) recheckPads(c app.Changes) {
	for room := range u.pads {
		if change := c.Rooms[room]; c.Reset || change.Changed || change.Reload {
			u.recheckPad(room)
		}
	}
}

// dropPad forgets what was begun in a room.
func (u *UI) dropPad(room chat.RoomID) {
	u.pads[room] = &pad{}
	u.keepPad(room)
	if h := u.home; h != nil && h.room == room {
		h.pane.composer.showPad()
	}
}
