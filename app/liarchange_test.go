package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/link/linktest"
	"hearth/net/wire"
)

// The places of the room of a prey: its creation, the join, "one" and "two" of
// somebody else, who is account 7.
const (
	placeJoin = 2
	placeOne  = 3
)

// pushes appends an event made up by the server, with a chain that fits, and pushes it.
func (p *prey) pushes(peer *linktest.Peer, kind chat.Kind, author byte, body string) chat.Seq {
	by := chat.AccountID{}
	if author > 0 {
		by = chat.AccountID{author}
	}
	e, chain := p.server.Book.Add(p.w.general, kind, by, body)
	peer.Send(linktest.Frame(&e, chain))
	return e.Seq
}

// has waits until the client has everything.
func (p *prey) has(seq chat.Seq) {
	p.w.t.Helper()
	p.until(fmt.Sprint("place ", seq), func(*View) bool { return p.roomView(p.w.general).Head >= seq })
}

// row returns what is shown of a message.
func (p *prey) row(seq chat.Seq) MessageView {
	p.w.t.Helper()
	for _, m := range p.rows(p.w.general) {
		if m.Seq == seq {
			return m
		}
	}
	return MessageView{}
}

// TestForgedChanges: changes that no honest server stores change nothing that is
// shown, and break nothing.
func TestForgedChanges(t *testing.T) {
	for name, c := range map[string]struct {
		kind   chat.Kind
		author byte
		body   string
	}{
		"edit by somebody else":           {chat.KindEdit, 8, `{"seq":3,"text":"forged"}`},
		"edit by the server":              {chat.KindEdit, 0, `{"seq":3,"text":"forged"}`},
		"edit of a join":                  {chat.KindEdit, 7, `{"seq":2,"text":"forged"}`},
		"edit of what is to come":         {chat.KindEdit, 7, `{"seq":6,"text":"forged"}`},
		"edit of itself":                  {chat.KindEdit, 7, `{"seq":5,"text":"forged"}`},
		"edit of nothing":                 {chat.KindEdit, 7, `{"seq":0,"text":"forged"}`},
		"edit of a place beyond numbers":  {chat.KindEdit, 7, `{"seq":18446744073709551615,"text":"forged"}`},
		"edit of a place below":           {chat.KindEdit, 7, `{"seq":-1,"text":"forged"}`},
		"edit of a text":                  {chat.KindEdit, 7, `{"seq":"3","text":"forged"}`},
		"edit that says two places":       {chat.KindEdit, 7, `{"seq":3,"seq":4,"text":"forged"}`},
		"edit that says another place":    {chat.KindEdit, 7, `{"SEQ":3,"text":"forged"}`},
		"edit that is no object":          {chat.KindEdit, 7, `["forged"]`},
		"edit that breaks off":            {chat.KindEdit, 7, `{"seq":3,"text":"forged`},
		"deletion of a join":              {chat.KindDelete, 7, `{"seq":2}`},
		"deletion of the room's creation": {chat.KindDelete, 7, `{"seq":1}`},
		"deletion of what is to come":     {chat.KindDelete, 7, `{"seq":6}`},
		"deletion of itself":              {chat.KindDelete, 7, `{"seq":5}`},
		"reaction of words":               {chat.KindReactionAdd, 7, `{"seq":3,"emoji":"forged"}`},
		"reaction of directions":          {chat.KindReactionAdd, 7, `{"seq":3,"emoji":"\u202eforged"}`},
		"reaction of kilobytes":           {chat.KindReactionAdd, 7, `{"seq":3,"emoji":"` + strings.Repeat("🫖", 10_000) + `"}`},
		"reaction of nothing":             {chat.KindReactionAdd, 7, `{"seq":3,"emoji":""}`},
		"reaction taken off that is not":  {chat.KindReactionRemove, 7, `{"seq":3,"emoji":"🫖"}`},
		"reaction to a join":              {chat.KindReactionAdd, 7, `{"seq":2,"emoji":"🫖"}`},
		"pin of what is to come":          {chat.KindPinAdd, 7, `{"seq":6}`},
		"unpin of nothing":                {chat.KindPinRemove, 7, `{"seq":3}`},
		"a change nobody knows":           {"message.frame", 7, `{"seq":3,"text":"forged"}`},
	} {
		t.Run(name, func(t *testing.T) {
			lied(t, nil, func(p *prey, peer *linktest.Peer) {
				p.has(4)
				before := p.row(placeOne)
				p.has(p.pushes(peer, c.kind, c.author, c.body))
				if got := p.row(placeOne); got.Text != "one" || got.Erased || !got.Edited.IsZero() || len(got.Reactions) != 0 || got.Pinned != before.Pinned {
					t.Errorf("the message is shown as %+v", got)
				}
				if m := p.row(placeJoin); m.Kind != chat.KindJoin || m.Erased || len(m.Reactions) != 0 {
					t.Errorf("the join is shown as %+v", m)
				}
				if strings.Contains(fmt.Sprint(p.rows(p.w.general)), "forged") {
					t.Errorf("it is shown: %v", p.rows(p.w.general))
				}
				last := p.pushes(peer, chat.KindMessage, 7, `{"text":"two more"}`)
				p.has(last)
				if m := p.row(last); m.Text != "two more" || m.Erased || m.Pinned {
					t.Errorf("what came then is shown as %+v", m)
				}
				p.goesOn()
			})
		})
	}
}

// TestErasedComesBack: what was deleted here stays so, whatever a server says later
// in pushes, pages or another history.
func TestErasedComesBack(t *testing.T) {
	lied(t, nil, func(p *prey, peer *linktest.Peer) {
		p.has(4)
		p.has(p.pushes(peer, chat.KindEdit, 7, `{"seq":3,"text":"one, edited"}`))
		p.has(p.pushes(peer, chat.KindDelete, 7, `{"seq":3}`))
		for name, lie := range map[string]func(){
			"an edit of it":    func() { p.has(p.pushes(peer, chat.KindEdit, 7, `{"seq":3,"text":"one again"}`)) },
			"a reaction to it": func() { p.has(p.pushes(peer, chat.KindReactionAdd, 7, `{"seq":3,"emoji":"🫖"}`)) },
			"the event once more": func() {
				events, chain := p.server.Book.Part(p.w.general, 3, 4)
				peer.Send(&wire.Events{Room: p.w.general, Events: events, Chain: chain})
			},
			"a snapshot, and the page": func() {
				_, chain := p.server.Book.Part(p.w.general, 3, 4)
				peer.Send(&wire.Snapshot{Room: p.w.general, At: 4, Chain: chain, HoleFrom: 3, State: `{}`})
			},
		} {
			lie()
			time.Sleep(time.Minute)
			if m := p.row(placeOne); !m.Erased || m.Text != "" || len(m.Reactions) != 0 {
				t.Errorf("%s: shown as %+v", name, m)
			}
			must(p.w.t, p.App.Search(p.w.t.Context(), "one", func(Hit) bool {
				t.Errorf("%s: it is found", name)
				return false
			}))
		}
		p.goesOn()
	})
}

// TestManyChanges: thousands of changes to one message neither hide what its author
// has made of it nor cost more each time somebody looks.
func TestManyChanges(t *testing.T) {
	lied(t, nil, func(p *prey, peer *linktest.Peer) {
		p.has(4)
		p.pushes(peer, chat.KindEdit, 7, `{"seq":3,"text":"one, edited"}`)
		n := 5 * chat.MaxChanges
		if testing.Short() || testkit.Race {
			n = 2 * chat.MaxChanges
		}
		var last chat.Seq
		for range n / 100 {
			from := last + 1
			for i := range 100 {
				e, _ := p.server.Book.Add(p.w.general, []chat.Kind{chat.KindReactionAdd, chat.KindReactionRemove}[i%2], chat.AccountID{byte(8 + i/2)}, `{"seq":3,"emoji":"🫖"}`)
				if last = e.Seq; i == 0 {
					from = last
				}
			}
			events, chain := p.server.Book.Part(p.w.general, from, last)
			peer.Send(&wire.Events{Room: p.w.general, Events: events, Chain: chain})
			p.has(last)
		}
		if m := p.row(placeOne); m.Text != "one, edited" || len(m.Reactions) > chat.MaxReactionKinds {
			t.Errorf("shown as %+v", m)
		}
		p.goesOn()
	})
}

// TestPresenceFlood: what a server says of who is there, who writes and who has read
// is taken of members only, and held once each.
func TestPresenceFlood(t *testing.T) {
	lied(t, nil, func(p *prey, peer *linktest.Peer) {
		p.has(4)
		p.App.SetActive(p.w.general, true)
		before, most := heap(), int64(0)
		for i := range 60 {
			var people []wire.Subject
			var accounts []chat.AccountID
			var readers []wire.Reader
			for j := range 3000 {
				a := chat.AccountID{9, byte(i), byte(j), byte(j >> 8)}
				people = append(people, wire.Subject{Account: a, State: "dancing"})
				accounts = append(accounts, a)
				readers = append(readers, wire.Reader{Account: a, Seq: 4})
			}
			for _, f := range []wire.Frame{
				&wire.PresenceAt{People: people}, &wire.TypingAt{Room: p.w.general, Accounts: accounts}, &wire.ReadBy{Room: p.w.general, Readers: readers},
				&wire.TypingAt{Room: chat.NewRoomID(), Accounts: accounts}, &wire.ReadBy{Room: chat.NewRoomID(), Readers: readers},
				&wire.ReadAt{Markers: []wire.RoomMarker{{Room: chat.NewRoomID(), Seq: 9}, {Room: p.w.general, Seq: wire.MaxNumber}}},
			} {
				peer.Send(f)
			}
			if i%20 == 19 {
				time.Sleep(time.Second)
				most = max(most, heap()-before)
			}
		}
		if most >>= 20; most > 32 {
			t.Errorf("grew by %d MiB", most)
		}
		r := p.roomView(p.w.general)
		if len(r.Typing) != 0 || r.Unread != 0 && r.Read > r.Head || len(p.View().Rooms) != 1 {
			t.Errorf("shown %+v", r)
		}
		if got := p.texts(p.w.general); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("the timeline says %v", got)
		}
		p.goesOn()
	})
}
