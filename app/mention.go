package app

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"hearth/chat"
	"hearth/internal/markup"
	"hearth/internal/textsearch"
	"hearth/net/wire"
	"hearth/store"
)

// everybody is the word behind an "@" that calls a whole room.
const everybody = "room"

// findMentions finds whom a text calls among those whose lower-case login names are
// given; nil if nobody. stranger: it also calls somebody who is not among them.
func findMentions(text string, byName map[string]chat.AccountID) (found *chat.Mentions, stranger bool) {
	var m chat.Mentions
	for _, word := range calls(text) {
		account, all, known := called(strings.ToLower(word), byName)
		switch {
		case !known:
			stranger = true
		case all:
			m.Room = true
		case !slices.Contains(m.Accounts, account) && len(m.Accounts) < chat.MaxMentions:
			m.Accounts = append(m.Accounts, account)
		}
	}
	if !m.Room && m.Accounts == nil {
		return nil, stranger
	}
	return &m, stranger
}

// called returns whom a word behind an "@" calls: an account, or all of the room.
func called(word string, byName map[string]chat.AccountID) (account chat.AccountID, all, known bool) {
	for ; word != ""; word = word[:len(word)-1] {
		if account, known = byName[word]; known {
			return account, false, true
		}
		if word == everybody {
			return account, true, true
		}
		if !strings.ContainsRune(".-_", rune(word[len(word)-1])) {
			break // only what ends a sentence is no part of the name
		}
	}
	return account, false, false
}

// namesOf returns who can be called in a room, by lower-case login name.
func namesOf(state *chat.Room) map[string]chat.AccountID {
	byName := make(map[string]chat.AccountID, len(state.Members))
	for account, m := range state.Members {
		byName[strings.ToLower(m.Name)] = account
	}
	return byName
}

// mentions finds whom a text calls: "@" and a login name of the room, and "@room";
// nil if nobody. What stands in code or in an address calls nobody. What waits is looked at again when
// it leaves, see settleCalls.
func (s *snapshot) mentions(room chat.RoomID, text string) *chat.Mentions {
	if !strings.Contains(text, "@") {
		return nil
	}
	r := s.room(room)
	if r == nil || r.state == nil {
		return nil
	}
	found, _ := findMentions(text, namesOf(r.state))
	return found
}

// settleCalls looks at whom a message calls that is to leave for the first time: who
// has come into the room since it was written is called as well. It returns the body
// that calls them, nil if the one it has does. stranger: it calls somebody who is
// nobody here.
func (g *group) settleCalls(r *room, o *outgoing) (body []byte, stranger bool) {
	if o.Transmitted || r.state == nil || !bytes.ContainsRune(o.Body, '@') {
		return nil, false
	}
	var now chat.Body
	var before, found *chat.Mentions
	switch b := o.parsed().(type) {
	case chat.Text:
		if b.Forward != nil {
			return nil, false // somebody else's words: they call nobody here
		}
		before = b.Mentions
		found, stranger = findMentions(b.Text, r.callable(before))
		b.Mentions = found
		now = b
	case chat.Edit:
		before = b.Mentions
		found, stranger = findMentions(b.Text, r.callable(before))
		b.Mentions = found
		now = b
	default:
		return nil, false
	}
	if found == nil || before != nil && before.Room == found.Room && slices.Equal(before.Accounts, found.Accounts) {
		return nil, stranger
	}
	raw, err := wire.EncodeBody(now)
	if err != nil {
		return nil, stranger
	}
	if _, bad := wire.CheckOutgoing(o.Kind, raw, g.limits); bad != nil {
		return nil, stranger // too long with them: it goes as it is
	}
	return raw, stranger
}

// settleNew is settleCalls for an event that is about to leave as soon as it is on disk:
// the room may have changed since its words were read. It reports whether it has to wait
// until the room is up to date, since it may call somebody who has come in meanwhile.
func (g *group) settleNew(r *room, s *submission) (waits bool) {
	body, stranger := g.settleCalls(r, &outgoing{Entry: store.Entry{Kind: s.Kind, Body: s.Body}})
	if stranger && !g.upToDate(r) {
		return true
	}
	if body != nil {
		s.Body = body
	}
	return false
}

// callable returns who can be called in the room, and those whom a message called
// already: who has left meanwhile was meant all the same.
func (r *room) callable(before *chat.Mentions) map[string]chat.AccountID {
	byName := namesOf(r.state)
	if before == nil {
		return byName
	}
	for _, account := range before.Accounts {
		p, known := r.state.Person(account)
		name := strings.ToLower(p.Name)
		if _, taken := byName[name]; known && !taken {
			byName[name] = account
		}
	}
	return byName
}

// upToDate reports whether everything is here that the room had when this connection
// began.
func (g *group) upToDate(r *room) bool {
	return g.net.live || r.serverHead > 0 && r.c.Cursor.Seq >= r.serverHead && !r.stale
}

// calls returns the words behind an "@" that may call somebody.
func calls(raw string) (words []string) {
	text := markup.ParseMarkup(raw)
	for at := range text.Ats {
		begin := at + 1
		end := begin
		for end < len(text.Plain) && nameByte(text.Plain[end]) {
			end++
		}
		if after, _ := utf8.DecodeRuneInString(text.Plain[end:]); end > begin && !textsearch.Joined('a', after) {
			words = append(words, text.Plain[begin:end])
		}
	}
	return words
}

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '.' || b == '-' || b == '_'
}
