//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth/chaos/check"
	"hearth/internal/fault"
)

// everyPlace lists the kills that a whole run must have, as the tally names them: each
// place at which a program can be killed, in each program that passes it.
func everyPlace() (kills []string) {
	server := slices.Concat(fault.ServerPlaces, fault.ServerDeedPlaces, fault.ServerPurgePlaces, fault.ServerLeavePlaces, fault.ServerSelfPlaces, fault.ServerStopPlaces,
		[]fault.Place{fault.ServerRegister, fault.ServerStarted, fault.BoltMigrate, fault.BoltMigrateDone})
	client := slices.Concat(fault.ClientPlaces, fault.ClientEnrolPlaces, fault.ClientRebuildPlaces, []fault.Place{fault.ClientExit, fault.ClientMendPutAside})
	for _, p := range server {
		kills = append(kills, "server: "+string(p))
	}
	for _, p := range client {
		kills = append(kills, "client: "+string(p))
	}
	return kills
}

// unpassed finds the places that no kill has hit.
func unpassed(t *Tally) (found []check.Violation) {
	for _, kill := range everyPlace() {
		if t.killedAt(kill) == 0 {
			found = append(found, check.Violation{Check: "every place", Text: "no kill at " + kill})
		}
	}
	return found
}

// missedPlaces are worlds in which programs are killed only where the dice of the
// others have sent nobody; none where not every place is wanted.
func missedPlaces(size Size, t *Tally) (worlds []Mixed) {
	if !size.EveryPlace {
		return nil
	}
	for _, p := range fault.ServerPlaces {
		if t.killedAt("server: "+string(p)) == 0 {
			worlds = append(worlds, Mixed{Clients: 3, Messages: 500, Kills: 1, Most: time.Minute, ServerPlaces: []fault.Place{p}, ClientPlaces: none})
		}
	}
	for _, p := range fault.ClientPlaces {
		if t.killedAt("client: "+string(p)) == 0 {
			worlds = append(worlds, Mixed{Clients: 3, Messages: 500, Kills: 1, Most: time.Minute, ServerPlaces: none, ClientPlaces: []fault.Place{p}})
		}
	}
	return worlds
}

// acksFirst kills a client at a place that it hardly ever passes by itself: an ack was
// written down because its event did not come.
func acksFirst(ctx context.Context, programs Programs, dir string, tally *Tally) []check.Violation {
	found := ackFirst(ctx, &experiment{programs: programs, dir: dir, env: []string{"HEARTH_BUG=" + string(fault.InjectPushesLost)}, injects: true})
	if !slices.ContainsFunc(found, func(v check.Violation) bool { return v.Check == "start" }) {
		tally.killed("client: " + string(fault.ClientAckAfter))
	}
	return found
}

// cutMend has a client killed in the middle of putting aside what a restored server has
// lost; begun before that server runs. The next life goes on from there.
func (w *world) cutMend(ctx context.Context, c *client) (done func() error, err error) {
	c.running().kill()
	found, err := c.buried(ctx)
	w.add(found...)
	if err != nil {
		return nil, err
	}
	if err := c.start("HEARTH_KILL=" + string(fault.ClientMendPutAside)); err != nil {
		return nil, err
	}
	return func() error {
		p := c.running()
		if p.wait(30*time.Second) != nil {
			return fmt.Errorf("%s has put nothing aside\n%s", c.name, c.log)
		}
		if killed, code := p.killed(); !killed {
			return fmt.Errorf("%s ended by itself with code %d\n%s", c.name, code, c.log)
		}
		w.tally.killed("client: " + string(fault.ClientMendPutAside))
		found, err := c.buried(ctx)
		w.add(found...)
		return errors.Join(err, c.start())
	}, nil
}
