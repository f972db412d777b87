package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// What the server has lost and this device still has: a line in the conversation where
// it stood, and a page on which it can be read.

// lossID begins the identity of such a line; the message that stood first there follows.
const lossID = "lost "

// lossRow is the line where something stood that the server has lost; safe off the UI
// goroutine.
func lossRow(l app.Loss, at time.Time) *timeline.Row {
	text := tr.N("lost.row", l.Messages)
	if l.Messages == 0 {
		text = tr.S("lost.row_lines")
	}
	return &timeline.Row{
		ID: lossID + l.First.String(), Seq: uint64(l.Behind), Kind: timeline.System, Time: at, Text: text, Act: tr.S("lost.show"),
	}
}

// lossOf is the message that stood first where the line is.
func lossOf(r *timeline.Row) (mid chat.MID) {
	if mid.UnmarshalText([]byte(strings.TrimPrefix(r.ID, lossID))) != nil {
		return chat.MID{}
	}
	return mid
}

// lostPage is the dialog with what the server has lost of a room. It is for reading.
type lostPage struct {
	h     *home
	d     *dialog
	room  chat.RoomID
	lines *timeline.Timeline
}

// lostTall is the height of the messages, where the window has it.
const lostTall = 460

// showLost opens what the server has lost of a room, at a message.
func (h *home) showLost(room chat.RoomID, at chat.MID) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		list, err := u.core.LostMessages(ctx, room)
		if err != nil {
			return func() { u.toast(explain(err).text, look.Bad) }
		}
		u.unfold(list)
		rows, show := lostRows(list, at)
		_, waits := countLost(list)
		return func() {
			if u.home == h && len(rows) > 0 {
				h.openLost(room, rows, show, waits)
			}
		}
	})
}

func (h *home) openLost(room chat.RoomID, rows timeline.Static, show uint64, waits int) {
	u, p := h.u, &lostPage{h: h, room: room}
	p.lines = timeline.New(timelineWords(), timeline.Hooks{
		OnOpenLink: u.openLink, OnCopied: func(*timeline.Row) { u.toast(tr.S("invite.copied"), look.Good) },
		OnAuthor: h.showAuthor, Picture: h.pane.picture, NoPicture: h.pane.noPicture, Veiled: h.pane.veiled, Code: u.codeShades, OnFile: h.pane.onFile,
		OnLeave: func() { p.d.Close() }, OnShortcut: func(s fyne.Shortcut) { u.runShortcut(s) },
	})
	u.media.watch[p] = func(f chat.Hash) { p.lines.PictureChanged(f.String()) }
	about, done := column(4, note(tr.S("lost.text"))), look.NewButton(tr.S("button.close"), look.Quiet, func() { p.d.Close() })
	if waits > 0 {
		about.Add(note(tr.N("lost.waits", waits)))
	}
	body := column(12, about, container.New(&listRoom{
		u: u, d: func() *dialog { return p.d }, want: lostTall,
		rest: func(width float32) float32 { return restOf(12, width, about) + done.MinSize().Height + 20 },
	}, container.NewStack(look.NewBox(look.ChatFill, look.Radius, nil), p.lines)))
	p.d = u.open(dialogSpec{
		title: tr.S("lost.title"), width: 640, body: body, buttons: []*look.Button{done}, focus: p.lines,
		closed: func() { delete(u.media.watch, p) },
	})
	p.lines.Open(rows, timeline.Start{Show: show})
}

// lostRows makes the rows of what was lost, each at the place of its number, and finds
// that of a message; safe off the UI goroutine.
func lostRows(list []app.MessageView, at chat.MID) (rows timeline.Static, show uint64) {
	for i, m := range list {
		edited := m.Kind == chat.KindEdit
		if edited { // of a message that the server has as it was before
			m.Kind, m.Edited = chat.KindMessage, m.Time
		}
		r := rowOf(m)
		if m.Waits {
			r.State = timeline.Waiting
		}
		r.ID, r.Seq, r.Lost = fmt.Sprint(i, " ", m.MID), uint64(i+1), true
		if show == 0 && m.MID == at {
			show = r.Seq
		}
		rows = append(rows, r)
	}
	return rows, show
}

// countLost counts the messages that can be read of what was lost, and apart from them
// those that wait to be sent again.
func countLost(list []app.MessageView) (lost, waits int) {
	for i := range list {
		m := &list[i]
		switch {
		case m.Erased || m.Kind != chat.KindMessage && m.Kind != chat.KindEdit:
		case m.Waits:
			waits++
		default:
			lost++
		}
	}
	return lost, waits
}

// addLost adds to what is told about a room how much the server has lost of it, and the
// way there.
func (h *home) addLost(d *dialog, lines *fyne.Container, room chat.RoomID) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		list, err := u.core.LostMessages(ctx, room)
		if err != nil || len(list) == 0 {
			return nil // the log says why
		}
		lost, waits := countLost(list)
		return func() {
			if !d.isOpen {
				return
			}
			add := func(text string, ink look.Ink) {
				lines.Add(rowGrow(8, 1, look.NewIcon(look.IconAlert, ink, 16), newPara(text, look.Body, ink)))
			}
			switch {
			case lost > 0:
				add(tr.N("complete.lost", lost), look.Bad)
			case waits == 0:
				add(tr.S("lost.row_lines"), look.Bad)
			}
			if waits > 0 {
				add(tr.N("lost.waits", waits), look.Warn)
			}
			lines.Add(row(0, inset(12, -2, 0, -2, look.NewButton(tr.S("lost.show"), look.Plain, func() {
				d.Close()
				h.openRoom(room)
				h.showLost(room, list[0].MID)
			}))))
			d.Refresh()
		}
	})
}
