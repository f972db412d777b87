package server

import (
	"hearth/chat"
	"hearth/net/wire"
)

// remove takes somebody out of a room, or sees to it that somebody who has left stays
// out (docs/adr/0039).
func (d *draft) remove(p *post, b chat.Remove, content chat.Hash) (*wire.Ack, *chat.Error) {
	if b.Account == p.account {
		return nil, chat.Errorf(chat.CodeForbidden, "/body/account", "nobody removes themselves; they leave")
	}
	switch standing(d.state, b.Account) {
	case StandingOutsider, StandingRemoved:
		return nil, chat.Errorf(chat.CodeMemberGone, "/body/account", "nobody like that is in the room")
	}
	return d.store(p, b, content)
}

// forget ends what a room knows of an account that was deleted.
func (d *draft) forget(p *post, b chat.Gone, content chat.Hash) (*wire.Ack, *chat.Error) {
	if m, known := d.state.Person(b.Account); !known || m.Deleted {
		return nil, chat.Errorf(chat.CodeMemberGone, "/body/account", "nobody like that was in the room")
	}
	return d.store(p, b, content)
}

// bequeath makes the one who has been in a room for the longest time its owner where
// the last owner has gone, in the batch in which they went. Called by the room's
// goroutine after each event that may have left it without one, and once after the room
// was loaded, for rooms of before there was this rule. Orphaned says that it has just had
// an owner.
func (d *draft) bequeath(mid chat.MID, orphaned bool) {
	if _, _, err := d.passOn(mid, orphaned); err != nil && err.Code != chat.CodeMemberGone {
		d.r.srv.o.Log.Error("A room has no owner and was not passed on", "err", err)
	}
}

// passOn is bequeath for the server itself, and says to whom; nobody to pass a room on to
// is an error.
// A room that the server made is first owned by whom the group belongs to, and until then
// by nobody (docs/adr/0044).
func (d *draft) passOn(mid chat.MID, orphaned bool) (heir chat.AccountID, _ *wire.Ack, _ *chat.Error) {
	if d.state == nil {
		return heir, nil, noRoom()
	}
	s, first := d.r.srv, d.state.Creator.IsZero() && !orphaned && !d.state.Owned()
	heir, ok := d.state.Heir(func(account chat.AccountID) bool {
		a, err := s.store.Account(s.ctx, account)
		return err == nil && !a.Disabled && (a.Owner || !first)
	})
	if !ok {
		return heir, nil, chat.Errorf(chat.CodeMemberGone, "/body/account", "the room has an owner, or nobody can be one")
	}
	body := chat.SetRole{Account: heir, Role: chat.RoleOwner}
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return heir, nil, chat.Errorf(chat.CodeInternal, "/body", "the server could not word it")
	}
	return heir, d.add(&post{}, chat.KindRole, chat.DerivedMID(mid, "heir", heir), raw, body, chat.Hash{}), nil
}

// mostScanned bounds the search for a leave; whoever is further behind is told
// that the room is gone.
const mostScanned = 20_000

// leftAt finds where the account left a room, if that lies behind the cursor.
func (s *session) leftAt(r *room, cursor chat.Seq) chat.Seq {
	v := r.view.Load()
	if v.state == nil {
		return 0
	}
	m, was := v.state.Former[s.account]
	switch {
	case !was, m.Left > 0 && m.Left <= cursor:
		return 0
	case m.Left > 0 && m.Left <= cursor+mostScanned:
		return m.Left
	}
	if begin := begins(v.state, s.account); begin > 1 { // what lies before is told of nobody
		cursor = max(cursor, begin)
	}
	for from := cursor + 1; from <= min(v.head.Seq, cursor+mostScanned); {
		page, err := s.readPage(r.id, from, v.head.Seq)
		if err != nil || len(page.Events) == 0 {
			return 0
		}
		for i := range page.Events {
			e := &page.Events[i]
			if e.Kind != chat.KindLeave {
				continue
			}
			body, bad := wire.ParseBody(e.Kind, e.Body)
			if leave, ok := body.(chat.Leave); bad == nil && ok && leave.Account == s.account {
				return e.Seq
			}
		}
		from = page.Events[len(page.Events)-1].Seq + 1
	}
	return 0
}
