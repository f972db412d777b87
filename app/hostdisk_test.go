package app

import (
	"fmt"
	"testing"
	"time"
)

// TestHostDisk: whoever hosts a group sees soon that its disk has too little left, how much
// is missing, and that it has enough again.
func TestHostDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, h := hosting(t, w)
		has := func(d HostDisk) {
			h.mu.Lock()
			h.disk = d
			h.mu.Unlock()
		}
		shown := func(what string, want *HostDisk) {
			t.Helper()
			time.Sleep(2 * diskEvery)
			got := ann.View().Hosting.Disk
			if (got == nil) != (want == nil) || got != nil && (got.Full != want.Full || got.Missing != want.Missing || got.Dir != ann.prof.ServerDir()) {
				t.Errorf("%s: %+v", what, got)
			}
		}
		shown("room", nil)
		has(HostDisk{Missing: 7})
		shown("little", &HostDisk{Missing: 7})
		has(HostDisk{Full: true, Missing: 9})
		shown("none", &HostDisk{Full: true, Missing: 9})
		must(t, ann.PauseHosting(t.Context()))
		shown("paused", nil)
		must(t, ann.StartHosting(t.Context()))
		shown("started", &HostDisk{Full: true, Missing: 9})
		ann.quit()
		run()
		ann.live()
		shown("another program", &HostDisk{Full: true, Missing: 9})
		has(HostDisk{})
		shown("room again", nil)
		ann.quit()
		w.start()
	})
}

// TestInvitesLead: of invites of a hosted group it is said which lead to a place where it was
// before, and of none that leads to where it is, also if it was elsewhere in between.
func TestInvitesLead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, _ := hosting(t, w)
		ctx := t.Context()
		leads := func(want ...InviteLead) {
			t.Helper()
			list, err := ann.Invites(ctx)
			must(t, err)
			made := map[time.Time]InviteLead{}
			for _, l := range list {
				made[l.Created] = l.Lead
			}
			var got []InviteLead
			for at := range made {
				got = append(got, made[at])
			}
			counts := func(list []InviteLead) string {
				n := map[InviteLead]int{}
				for _, l := range list {
					n[l]++
				}
				return fmt.Sprint(n)
			}
			if counts(got) != counts(want) {
				t.Errorf("they lead %q, want %q", got, want)
			}
		}
		invite := func() {
			t.Helper()
			time.Sleep(time.Minute)
			_, err := ann.CreateInvite(ctx, 5, 24*time.Hour)
			must(t, err)
			time.Sleep(time.Minute)
		}
		move := func(to HostPlace) {
			t.Helper()
			must(t, ann.MoveHosting(ctx, to))
			ann.live()
		}
		list, err := ann.Invites(ctx)
		must(t, err)
		for _, l := range list { // those of the world
			must(t, ann.RevokeInvite(ctx, l.ID))
		}
		move(HostPlace{Port: 7480})
		invite()
		leads(LeadsThere)
		move(HostPlace{Port: 7481})
		invite()
		leads(LeadsNowhere, LeadsThere)
		move(HostPlace{Port: 7481, Local: true})
		invite()
		leads(LeadsNowhere, LeadsThere, LeadsThere)
		ann.quit()
		run()
		ann.live()
		move(HostPlace{Port: 7481})
		leads(LeadsNowhere, LeadsThere, LeadsHere)
		move(HostPlace{Port: 7480})
		leads(LeadsThere, LeadsNowhere, LeadsNowhere)
		bob := w.member("bob").run().live()
		theirs, err := bob.Invites(ctx)
		must(t, err)
		for _, l := range theirs {
			if l.Lead != LeadsThere {
				t.Errorf("who hosts nothing: %+v", l)
			}
		}
		bob.quit()
		ann.quit()
		w.start()
	})
}
