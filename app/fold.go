package app

import (
	"cmp"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// ownChange is an own change of a message that waits in the outbox and is shown
// already. Never changed once made.
type ownChange struct {
	target chat.Seq
	body   chat.Body
	at     time.Time
	place  chat.Seq // where it is lodged, see room.lodged; 0: it waits
}

// folded is what all changes of one message say together. It is the one place where
// they are put together: for rows, quotes, previews and exports.
type folded struct {
	text      string
	mentions  *chat.Mentions
	edited    time.Time
	erased    bool
	erasedBy  chat.AccountID // zero: nothing here says who
	changing  bool
	pin       *bool // an own change of it waits
	reactions []reaction
}

// reaction is one emoji and who has put it there, in order.
type reaction struct {
	emoji    string
	accounts []chat.AccountID
}

// fold takes the changes of a message, in the order of the log, with the own ones that are
// lodged there, and then those that wait. Edits of others than the author say nothing.
func fold(e *chat.Event, changes []chat.Event, own []ownChange, me chat.AccountID) folded {
	f := folded{erased: e.Erased}
	if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil {
		if t, is := body.(chat.Text); is {
			f.text, f.mentions = t.Text, t.Mentions
		}
	}
	sent := lodgedAt(e.Seq, own)
	lodged := func(before chat.Seq) {
		for ; len(sent) > 0 && sent[0].place < before; sent = sent[1:] {
			f.apply(sent[0].body, me, e.Author, sent[0].at)
		}
	}
	for i := range changes {
		c := &changes[i]
		lodged(c.Seq)
		body, bad := wire.ParseBody(c.Kind, c.Body)
		if bad == nil && chat.TargetOf(body) == e.Seq {
			f.apply(body, c.Author, e.Author, time.UnixMilli(c.Time))
		}
	}
	lodged(^chat.Seq(0))
	f.pin = nil // the room's state knows
	for i := range own {
		if c := &own[i]; c.target == e.Seq && c.place == 0 {
			f.apply(c.body, me, e.Author, c.at)
			f.changing = true
		}
	}
	if f.erased {
		f.text, f.mentions, f.reactions, f.edited = "", nil, nil, time.Time{}
	}
	return f
}

// lodgedAt returns those own changes of a message that are lodged, in the order of the log.
func lodgedAt(target chat.Seq, own []ownChange) (sent []ownChange) {
	for _, c := range own {
		if c.target == target && c.place > 0 {
			sent = append(sent, c)
		}
	}
	slices.SortFunc(sent, func(x, y ownChange) int { return cmp.Compare(x.place, y.place) })
	return sent
}

func (f *folded) apply(body chat.Body, by, author chat.AccountID, at time.Time) {
	switch b := body.(type) {
	case chat.Edit:
		if by == author {
			f.text, f.mentions, f.edited = b.Text, b.Mentions, at
		}
	case chat.Delete:
		if f.erased = true; f.erasedBy.IsZero() {
			f.erasedBy = by
		}
	case chat.Reaction:
		f.react(b.Emoji, by)
	case chat.Unreaction:
		f.unreact(b.Emoji, by)
	case chat.Pin, chat.Unpin:
		_, on := b.(chat.Pin)
		f.pin = &on
	}
}

func (f *folded) react(emoji string, by chat.AccountID) {
	i := slices.IndexFunc(f.reactions, func(r reaction) bool { return r.emoji == emoji })
	switch {
	case i < 0 && wire.CheckEmoji(emoji) != nil:
		return // words, where a server lets them pass
	case i < 0 && len(f.reactions) < chat.MaxReactionKinds:
		f.reactions = append(f.reactions, reaction{emoji, []chat.AccountID{by}})
	case i >= 0 && (!slices.Contains(f.reactions[i].accounts, by) || fault.Bug(fault.ReactionCountsTwice)):
		f.reactions[i].accounts = append(f.reactions[i].accounts, by)
	}
}

func (f *folded) unreact(emoji string, by chat.AccountID) {
	i := slices.IndexFunc(f.reactions, func(r reaction) bool { return r.emoji == emoji })
	if i < 0 {
		return
	}
	r := &f.reactions[i]
	r.accounts = slices.DeleteFunc(r.accounts, func(a chat.AccountID) bool { return a == by })
	if len(r.accounts) == 0 {
		f.reactions = slices.Delete(f.reactions, i, i+1)
	}
}

// views are the reactions as rows show them.
func (f *folded) views(me chat.AccountID) []ReactionView {
	if len(f.reactions) == 0 {
		return nil
	}
	list := make([]ReactionView, len(f.reactions))
	for i, r := range f.reactions {
		list[i] = ReactionView{Emoji: r.emoji, Count: len(r.accounts), Own: slices.Contains(r.accounts, me)}
	}
	return list
}

// mentionViews names those whom a message calls, by login name.
func mentionViews(m *chat.Mentions, state *chat.Room, me chat.AccountID) []MentionView {
	if m == nil {
		return nil
	}
	var list []MentionView
	if m.Room {
		list = append(list, MentionView{Name: everybody, Display: everybody, Room: true, Me: true})
	}
	for _, account := range m.Accounts[:min(len(m.Accounts), chat.MaxMentions)] {
		if state == nil {
			break
		}
		if p, known := state.Person(account); known && !p.Deleted {
			list = append(list, MentionView{Account: account, Name: p.Name, Display: cmp.Or(p.Display, p.Name), Me: account == me})
		}
	}
	return list
}
