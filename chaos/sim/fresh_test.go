package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"hearth/app"
	"hearth/chat"
)

// checkFresh is apply-equivalence: a new device of each account, which starts
// from nothing, is shown what the old one is shown.
func (w *world) checkFresh() {
	old := map[chat.AccountID]*person{}
	for _, p := range w.staying() {
		if old[p.stored.ID] != nil {
			continue
		}
		old[p.stored.ID] = p
		fresh := w.another(p, p.name+"-new")
		fresh.fresh = true
		fresh.run()
		if took, ok := w.until(10*time.Second, fresh.live); !ok {
			w.violate("fresh", "%s is not live after %v: %+v", fresh.name, took, fresh.life.app.View().Connection)
			continue
		}
		if took, ok := w.until(30*time.Second, fresh.whole); !ok { // older parts come in the background
			w.violate("fresh", "%s still misses something after %v", fresh.name, took)
		}
		time.Sleep(time.Second)
		was, is := p.shown(w.restored.IsZero()), fresh.shown(w.restored.IsZero())
		if had, has := p.blocked(), fresh.blocked(); !slices.Equal(had, has) {
			w.violate("blocks", "%s has blocked %d people, %s was told of %d", p.name, len(had), fresh.name, len(has))
		}
		for _, r := range fresh.view().Rooms {
			log := w.readLog(r.ID)
			for _, m := range fresh.rows(r.ID, true) {
				if m.Seq > 0 && m.Seq <= log.state.Purged {
					w.violate("purge", "%s, which is new, is shown %d of %s; up to %d all is purged", fresh.name, m.Seq, r.Name, log.state.Purged)
				}
			}
		}
		if d := gocmp.Diff(was, is); d != "" {
			w.violate("apply", "%s with all its past and %s without differ (-was +fresh):\n%s", p.name, fresh.name, d)
		}
	}
}

// whole reports whether nothing is missing in any room the person is in.
func (p *person) whole() bool {
	v := p.view()
	return v != nil && !slices.ContainsFunc(v.Rooms, func(r app.RoomView) bool { return r.Joined && !r.Complete.Whole() })
}

// shown is what a device shows of a room.
type shown struct {
	ID          chat.RoomID
	Name, Topic string
	Access      chat.Access
	Members     []string
	Head        chat.Seq
	Chain       chat.Hash
	Rows        []string
	Pins        []string
}

// shown is what somebody is shown. Where a backup was restored, a device may have
// erased for good what the server has again: words says to compare them.
func (p *person) shown(words bool) (all []shown) {
	for _, r := range p.view().Rooms {
		if !r.Joined || r.Pending {
			continue
		}
		s := shown{ID: r.ID, Name: r.Name, Topic: r.Topic, Access: r.Access, Head: r.Head, Chain: r.Chain}
		for _, m := range r.Members {
			s.Members = append(s.Members, fmt.Sprint(m.Account, m.Name, m.Display, m.Role))
		}
		slices.Sort(s.Members)
		log := p.w.readLog(r.ID)
		begins := log.begins(p.stored.ID)
		for _, all := range []bool{true, false} {
			for _, m := range p.rows(r.ID, all) {
				if m.Seq < max(begins, 1) || m.Lost {
					continue
				}
				if log.state.Purged > 0 && m.Kind == chat.KindEdit { // of what is purged they are erased for whoever comes now
					m.Text, m.Edited, m.Erased = "", time.Time{}, false
				}
				if begins > 1 { // who has left since may be nobody a new device knows
					m.Name, m.Subject = "", ""
				}
				row := fmt.Sprint(m.Seq, m.Kind, m.MID, m.Author, m.Name, m.Subject, m.Value, m.Time.UnixMilli())
				if words {
					row += fmt.Sprint(m.Text, m.Edited.UnixMilli(), m.Erased, m.Pinned, m.Changing, m.Reactions, m.MayEdit, m.MayDelete)
				}
				s.Rows = append(s.Rows, row)
			}
		}
		if pins, err := p.life.app.Pins(p.w.ctx, r.ID); err != nil {
			p.w.violate("read", "%s: %v", p.name, err)
		} else {
			for _, m := range pins {
				if m.Seq < begins {
					continue
				}
				s.Pins = append(s.Pins, fmt.Sprint(m.Seq, m.MID))
			}
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b shown) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return all
}
