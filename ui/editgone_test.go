package ui

import (
	"fmt"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestEditOfDeleted: when a message that is being changed is deleted for everyone the
// composer no longer shows its words; what was being written stays as a draft.
func TestEditOfDeleted(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	room := u.home.room
	rows := g.core.messages[room]
	at := -1
	for i := range rows {
		if rows[i].Kind == chat.KindMessage && rows[i].Seq > 0 {
			at = i
		}
	}
	c := u.home.pane.composer
	c.pad.text = "kept"
	c.begin(&target{seq: rows[at].Seq, name: "Ana", text: rows[at].Text})
	c.entry.SetText("half an edit")
	u.home.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{room: {Changed: true}}}, g.core.view)
	q.run()
	if c.pad.edit == nil {
		t.Fatal("the change is given up although its message is there")
	}
	c.entry.SetText(" ")
	c.submit()
	if c.pad.edit == nil || !shows(u, tr.S("composer.edit_empty")) {
		t.Error("a change to nothing is silent, or done")
	}
	c.entry.SetText("half an edit")
	rows[at].Text, rows[at].Erased = "", true
	u.home.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{room: {Changed: true}}}, g.core.view)
	q.until(t, "the change is given up", func() bool { return c.pad.edit == nil })
	if c.editBar.Visible() || c.entry.Text() != "half an edit\n\nkept" || !shows(u, tr.S("composer.edit_gone")) {
		t.Errorf("the composer has %q, its bar shows: %v", c.entry.Text(), c.editBar.Visible())
	}
}

// TestOutboxRefusedEdit: a change of a message that is gone shows its words and why it
// was refused, and they can become a message of their own; it is not tried again.
func TestOutboxRefusedEdit(t *testing.T) {
	g, q := newGallery(t, "pending,light,en")
	rec := record(g)
	q.run()
	u := g.u
	last := g.core.outbox[4]
	last.Transmitted, last.MayRetry, last.MayEdit, last.MayCancel = true, false, false, true
	last.Message.Kind, last.Message.Text = chat.KindEdit, "edited while gone"
	last.Message.State, last.Message.Failure = app.StateFailed, &app.Failure{Code: chat.CodeMessageGone}
	last.Room = inventedRoom("general")
	g.core.outbox = []app.OutboxEntry{last}
	u.home.showOutbox()
	q.until(t, "the list", func() bool { return u.home.outbox.known })
	for _, want := range []string{tr.F("outbox.edit", "Text", inSentence("edited while gone")), tr.S("fail.message_gone"), tr.S("timeline.discard")} {
		if !shows(u, want) {
			t.Errorf("the outbox does not show %q", want)
		}
	}
	for _, not := range []string{tr.S("outbox.maybe"), tr.S("timeline.retry"), tr.S("row.unknown")} {
		if shows(u, not) {
			t.Errorf("the outbox shows %q", not)
		}
	}
	pressButton(t, u, tr.S("outbox.anew"))
	q.until(t, "the command", func() bool { return len(rec.did()) == 1 })
	if want := fmt.Sprint("discard ", last.Message.MID); rec.did()[0] != want {
		t.Errorf("it did %q, want %q", rec.did()[0], want)
	}
	if c := u.home.pane.composer; u.home.room != last.Room || c.entry.Text() != "edited while gone" {
		t.Errorf("the composer of %v has %q", u.home.room, c.entry.Text())
	}
}

// TestReplyElsewhere: what is answered in a room that is not in view follows its message,
// too: the words of one that was deleted are not there when one comes back, nor in the list
// of drafts, nor those of a blocked person.
func TestReplyElsewhere(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	core := retell(g)
	q.run()
	u, room := g.u, g.u.home.room
	c := u.home.pane.composer
	row := core.messages[room][4]
	c.answer(rowOf(row))
	c.entry.SetText("an answer")
	p := u.pads[room]
	u.home.openRoom(inventedRoom("general"))
	q.run()
	u.home.showDrafts()
	change := func(do func(m *app.MessageView)) {
		core.change(u, room, func(rows []app.MessageView, _ *app.RoomView) { do(&rows[4]) })
	}
	change(func(m *app.MessageView) { m.Text = "said otherwise" })
	q.until(t, "the edit", func() bool { return p.reply.line() == "said otherwise" })
	change(func(m *app.MessageView) { m.Blocked = true })
	q.until(t, "nothing of a blocked person", func() bool { return p.reply.line() == tr.S("row.blocked") })
	change(func(m *app.MessageView) { m.Text, m.Erased, m.Blocked = "", true, false })
	q.until(t, "the deletion", func() bool { return p.reply.line() == tr.S("row.erased") })
	if want := draftSubject(tr.S("message.reply"), p.reply); !shows(u, want) {
		t.Errorf("the drafts do not show %q", want)
	}
	u.closeAll()
	u.home.openRoom(room)
	q.run()
	if !c.editBar.Visible() || c.barText.Text() != tr.S("row.erased") || p.reply.seq != row.Seq {
		t.Errorf("the composer says %q", c.barText.Text())
	}
}
