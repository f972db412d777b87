package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2/canvas"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/narrate"
	"hearth/ui/textblock"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// feed gives the timeline the rows of one room: it reads them from the core off
// the UI goroutine.
type feed struct {
	u    *UI
	room chat.RoomID
}

// Load implements timeline.Source.
func (f feed) Load(r timeline.Request, done func(timeline.Page, bool)) {
	w := app.Window{Before: chat.Seq(r.Before), After: chat.Seq(r.After), Around: chat.Seq(r.Around), Limit: min(max(1, r.Limit), 500)}
	f.u.pump.work(func(ctx context.Context) func() {
		page, err := f.u.core.Messages(ctx, f.room, w)
		if err != nil {
			if ctx.Err() == nil {
				f.u.log.Warn("messages could not be read", "error", err)
			}
			return func() { done(timeline.Page{}, false) }
		}
		f.u.unfold(page.Messages)
		rows := rowsOfPage(page, f.left(), f.room.Direct())
		return func() {
			done(timeline.Page{Rows: rows, Older: page.Older, Newer: page.Newer}, true)
			if len(rows) == 0 && f.u.home != nil { // it moves no row, but shows that there is none
				canvas.Refresh(f.u.home.pane.timeline)
			}
		}
	})
}

// rowsOfPage makes the rows of a page, with a line in each place where something is
// not here; safe off the UI goroutine. A gap belongs to the row behind it, so that
// two pages that meet do not both show it; what the server has lost to the row before.
func rowsOfPage(page app.Page, left, direct bool) []*timeline.Row {
	rows := make([]*timeline.Row, 0, len(page.Messages))
	gaps, losses := page.Gaps, page.Losses
	for len(losses) > 0 && losses[0].Behind == 0 {
		at := time.Now()
		if len(page.Messages) > 0 {
			at = page.Messages[0].Time
		}
		rows = append(rows, lossRow(losses[0], at))
		losses = losses[1:]
	}
	for _, m := range page.Messages {
		for m.Seq > 0 && len(gaps) > 0 && gaps[0].To < m.Seq {
			rows = append(rows, gapRow(gaps[0], left, m.Time))
			gaps = gaps[1:]
		}
		if m.Kind != chat.KindJoin || !direct { // who is in it is in its name
			rows = append(rows, rowOf(m))
		}
		for len(losses) > 0 && losses[0].Behind == m.Seq {
			rows = append(rows, lossRow(losses[0], m.Time))
			losses = losses[1:]
		}
	}
	return rows
}

// left reports whether the person has left the room: then nothing more is loaded.
func (f feed) left() bool {
	rooms := f.u.core.View().Rooms
	i := slices.IndexFunc(rooms, func(r app.RoomView) bool { return r.ID == f.room })
	return i >= 0 && !rooms[i].Joined && !rooms[i].Pending
}

func gapRow(g app.Gap, left bool, at time.Time) *timeline.Row {
	n := int(g.To-g.From) + 1
	text := tr.N("row.void", n)
	switch {
	case g.Missing && !left:
		text = tr.N("row.gap", n)
	case g.Reason == app.GapPurged:
		text = tr.S("row.purged")
	case g.Reason == app.GapNotVisible && g.From == 1:
		text = tr.S("row.begins")
	case g.Reason == app.GapNotVisible:
		text = tr.S("row.away")
	case g.Reason == app.GapDamaged && !g.Missing:
		text = tr.N("row.damaged", n)
	case g.Missing, g.Reason == app.GapUnloaded:
		text = tr.N("row.unloaded", n)
	}
	row := &timeline.Row{
		ID: fmt.Sprintf("gap %d-%d", g.From, g.To), Seq: uint64(g.From), Kind: timeline.System,
		Time: at, Text: text,
	}
	if g.Missing && !left {
		row.Hole = uint64(g.To)
	}
	return row
}

// rowOf makes a row of a message; safe off the UI goroutine.
func rowOf(m app.MessageView) *timeline.Row {
	r := &timeline.Row{
		ID: m.MID.String(), Seq: uint64(m.Seq), Author: m.Author.String(), Name: narrate.Person(m.Name), Own: m.Own,
		Time: m.Time, Text: m.Text,
	}
	switch m.State {
	case app.StateWaiting:
		r.State = timeline.Waiting
	case app.StateSending:
		r.State = timeline.Sending
	case app.StateFailed:
		r.State = timeline.Failed
		if m.Failure != nil {
			r.Reason = codeText(m.Failure.Why())
		}
	}
	if m.Blocked {
		return foldedRow(r)
	}
	if m.Kind == chat.KindMessage && !m.Unknown && !m.Erased {
		extrasOf(r, m)
		return r
	}
	if m.Kind == chat.KindPinAdd && m.Reply != nil {
		r.Target = uint64(m.Reply.Seq)
	}
	text, hint := narrate.Event(&m)
	r.Text, r.Kind = text, timeline.System
	if hint {
		r.Kind = timeline.Hint
	}
	return r
}

// extrasOf adds what changes behind a message and its body say besides the text.
func extrasOf(r *timeline.Row, m app.MessageView) {
	r.Edited, r.Pinned, r.CallsMe, r.Changing = m.Edited, m.Pinned, m.MentionsMe, m.Changing
	r.MayEdit, r.MayDelete, r.MayRetry, r.Fixed = m.MayEdit, m.MayDelete, m.MayRetry, m.Purged
	r.Files, r.Lost, r.Words = filesOf(&m), m.Lost, m.Keywords
	for _, x := range m.Reactions {
		r.Reactions = append(r.Reactions, timeline.Reaction{Emoji: x.Emoji, Count: x.Count, Own: x.Own})
	}
	for _, x := range m.Mentions {
		r.Calls = append(r.Calls, textblock.Called{Name: x.Name, Me: x.Me || x.Room})
	}
	for i := range m.Places {
		r.Titles = append(r.Titles, timeline.Title{Link: m.Places[i].Link, Words: placeWords(&m.Places[i])})
	}
	if f := m.Forward; f != nil {
		r.Forwarded, r.From = true, f.Name
	}
	q := m.Reply
	if q == nil {
		return
	}
	r.Reply = &timeline.Quote{Seq: uint64(q.Seq), Author: q.Author.String(), Name: q.Name}
	if q.Missing {
		r.Reply.Name = ""
	}
	if r.Reply.Text, r.Reply.Quiet = narrate.Quote(q); !r.Reply.Quiet {
		r.Reply.Text = narrate.NameLinks(r.Reply.Text)
	}
}

// placeWords say where a link to a message leads.
func placeWords(p *app.PlaceView) string {
	switch {
	case p.Other:
		return tr.S("place.other")
	case !p.Known:
		return tr.S("place.unknown")
	}
	room := roomName(&app.RoomView{Name: p.Room, Mark: p.Mark})
	if !p.Direct {
		room = "#" + room
	}
	if p.Name == "" {
		return tr.F("place.room", "Room", inSentence(room))
	}
	at := zone.In(p.Time)
	when := tr.Date(at, at.Year() != zone.Now().Year()) + ", " + tr.Clock(at)
	return tr.F("place.message", "Room", inSentence(room), "Name", inSentence(p.Name), "Time", when)
}

// timelineWords are the sentences of the timeline in the language in use.
func timelineWords() timeline.Words {
	return timeline.Words{
		NewMessages: tr.S("timeline.new"), Jump: tr.S("timeline.jump"), Empty: tr.S("timeline.empty"), Begin: tr.S("timeline.begin"),
		NotSent: tr.S("timeline.not_sent"), Retry: tr.S("timeline.retry"), Edit: tr.S("timeline.edit"),
		Discard: tr.S("timeline.discard"), CopyText: tr.S("timeline.copy"), CopySelection: tr.S("timeline.copy_selection"), CopyCode: tr.S("timeline.copy_code"),
		Details: tr.S("timeline.details"),
		Edited:  tr.S("timeline.edited"), React: tr.S("message.react"), Reply: tr.S("message.reply"), More: tr.S("message.more"), Back: tr.S("timeline.back"),
		Unread: func(n int) string { return tr.N("timeline.unread", n) }, AllRead: tr.S("room.read"),
		Files: timeline.FileWords{
			View: tr.S("timeline.file_view"), Show: tr.S("picture.show"), Save: tr.S("timeline.file_save"), SaveAll: tr.S("file.save_all"), Pause: tr.S("timeline.file_pause"),
			Resume: tr.S("timeline.file_resume"), Cancel: tr.S("button.cancel"),
			Remove: tr.S("timeline.file_remove"), CancelAll: tr.S("timeline.file_discard"),
		},
		Forwarded: func(name string) string { return tr.F("timeline.forwarded", "Name", apart(name)) },
		OpenLink:  openLinkWords,
		CopyLink:  copyLinkWords,
		Day:       func(t time.Time) string { return tr.Day(zone.In(t), time.Now()) },
		Clock:     func(t time.Time) string { return tr.Clock(zone.In(t)) },
		Copied: func(name string, t time.Time) string {
			return tr.F("timeline.copied", "Name", name, "Time", tr.Minute(zone.In(t)))
		},
		Spoken: spokenRow, Chosen: tr.S("speak.chosen"),
	}
}
