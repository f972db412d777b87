package ui

import (
	"context"
	"slices"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// discarding is the question whether a message that waits is to be discarded, while it is
// open.
type discarding struct {
	d    *dialog
	room chat.RoomID
	mid  chat.MID
}

// discardText says what becomes of a message that is discarded, and of its files; maybe: it
// may have reached the server.
func discardText(maybe bool, files int) string {
	text := tr.S("discard.text")
	if maybe {
		text = tr.S("discard.maybe")
	}
	if files > 0 {
		text += " " + tr.N("discard.files", files)
	}
	return text
}

// askDiscard asks whether a message that waits is to be discarded. Once it cannot be any
// more, as it was sent meanwhile, the question goes.
func (u *UI) askDiscard(room chat.RoomID, mid chat.MID, c confirmation) {
	u.discarding = &discarding{u.confirm(c), room, mid}
}

// followDiscard looks whether what the question is about still waits.
func (u *UI) followDiscard(c app.Changes) {
	asked := u.discarding
	switch {
	case asked == nil:
		return
	case !asked.d.isOpen:
		u.discarding = nil
		return
	case asked.room.IsZero(), !c.Reset && !c.Rooms[asked.room].Waiting: // what is in no room is not sent by itself
		return
	}
	core := u.core
	u.pump.work(func(ctx context.Context) func() {
		list, err := core.Outbox(ctx)
		at := slices.IndexFunc(list, func(e app.OutboxEntry) bool { return e.Message.MID == asked.mid })
		if err != nil || at >= 0 && list[at].MayCancel {
			return nil
		}
		return func() {
			if u.discarding != asked || !asked.d.isOpen {
				return
			}
			u.discarding = nil
			asked.d.Close()
			words := tr.S("fail.settled")
			if at >= 0 {
				words = tr.S("fail.transmitted")
			}
			u.toast(words, look.Accent)
		}
	})
}
