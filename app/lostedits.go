package app

import (
	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// An own message that a server has lost together with its edits is offered in the words
// that it had last: its edits name a place at which another message may stand soon.

// lostEdits are the last of the person's own edits of messages behind a place that the
// server has lost, also those that wait, and deletions that wait.
func (a *App) lostEdits(r *room, to chat.Seq) (lostWords, error) {
	g := a.group
	last := lostWords{}
	take := func(kind chat.Kind, raw []byte) {
		if kind != chat.KindEdit && kind != chat.KindDelete {
			return
		}
		body, bad := wire.ParseBody(kind, raw)
		if bad != nil || chat.TargetOf(body) <= to {
			return
		}
		switch b := body.(type) {
		case chat.Edit:
			last[b.Seq] = b
		case chat.Delete:
			last[b.Seq] = chat.Edit{}
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

// lostWords are the last words of lost messages; an edit of nothing: it was to be deleted.
type lostWords map[chat.Seq]chat.Edit

// of is the body of a message as it is to be offered; false: it is not.
func (w lostWords) of(e *chat.Event) ([]byte, bool) {
	now, changed := w[e.Seq]
	if !changed || e.Kind != chat.KindMessage {
		return e.Body, true
	}
	return inWordsOf(e.Body, now), now.Seq > 0
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
