package app

import (
	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// An own message that a server has lost together with its edits is offered in the words
// that it had last: its edits name a place at which another message may stand soon.

// lostEdits are the last of the person's own edits of messages behind a place that the
// server has lost, also those that wait, by message.
func (a *App) lostEdits(r *room, to chat.Seq) (map[chat.Seq]chat.Edit, error) {
	g := a.group
	last := map[chat.Seq]chat.Edit{}
	take := func(kind chat.Kind, raw []byte) {
		if kind != chat.KindEdit {
			return
		}
		body, bad := wire.ParseBody(kind, raw)
		if e, is := body.(chat.Edit); bad == nil && is && e.Seq > to {
			last[e.Seq] = e
		}
	}
	for after := to; ; {
		win, err := g.store.Messages(a.disk, r.id, store.Query{Place: store.After, Seq: after, Limit: foldPage})
		if err != nil {
			return nil, err
		}
		for i := range win.Events {
			if e := &win.Events[i]; e.Author == g.me() && !e.Erased {
				take(e.Kind, e.Body)
			}
			after = win.Events[i].Seq
		}
		if !win.MoreAfter || len(win.Events) == 0 {
			break
		}
	}
	for _, o := range r.out {
		if o.State != store.EntryFailed {
			take(o.Kind, o.Body)
		}
	}
	return last, nil
}

// inWordsOf is the body of a message in the words of an edit; as it was if there is no such.
func inWordsOf(body []byte, now chat.Edit) []byte {
	parsed, bad := wire.ParseBody(chat.KindMessage, body)
	text, is := parsed.(chat.Text)
	if bad != nil || !is {
		return body
	}
	text.Text, text.Mentions = now.Text, now.Mentions
	raw, err := wire.EncodeBody(text)
	if err != nil {
		return body
	}
	return raw
}

// edited is what the author of a lost message would send now, as an edit that was lost
// with it says.
func edited(message, edit *chat.Event) []byte {
	body, bad := wire.ParseBody(edit.Kind, edit.Body)
	now, is := body.(chat.Edit)
	if bad != nil || !is {
		return nil
	}
	return inWordsOf(message.Body, now)
}
