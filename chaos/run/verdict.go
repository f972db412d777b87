//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hearth/chat"
)

// judge looks at what became of the offenders, and of who has their address.
func (f *flooding) judge(ctx context.Context) error {
	var found []error
	l, seconds := chat.DefaultLimits(), int(time.Since(f.flooded).Seconds())+1
	says := func(ok bool, format string, args ...any) {
		if !ok {
			found = append(found, fmt.Errorf(format, args...))
		}
	}
	met := func(kind, answer string) int { return f.met[kind][answer] }
	limited := string(chat.CodeRateLimited)
	for _, kind := range []string{"texts", "names", "comings"} {
		most := l.SendBurst + seconds*l.SendsPerSecond
		says(met(kind, taken) > 0 && met(kind, taken) <= most, "%s: %d were taken within %d s, at most %d are allowed", kind, met(kind, taken), seconds, most)
		says(met(kind, limited) > 0, "%s: nobody was told to be slower", kind)
	}
	for kind, answer := range map[string]chat.Code{"garbage": chat.CodeBadJSON, "oversize": chat.CodePayloadTooLarge} {
		n := met(kind, string(answer))
		says(n > 0 && n <= 20*(1+seconds/60), "%s: %d were looked at within %d s", kind, n, seconds)
		says(met(kind, limited) > n, "%s: not muted", kind)
	}
	for _, kind := range []string{"spam", "lists", "typing", "statuses", "syncs"} {
		says(met(kind, limited) > 0, "%s: nobody was told to be slower", kind)
	}
	says(met("uploads", "http 503") > 0, "uploads: as many at once as one likes")
	n := met("guesses", string(chat.CodeAuthFailed))
	says(n > 0 && n <= 20, "guesses: %d were judged, at most 20 from an address", n)
	says(met("guesses", limited) > 0, "guesses: nobody was told to wait")
	says(met("enrolments", string(chat.CodeInviteUnknown)) > 0 && met("enrolments", taken) == 0, "enrolments: %v", f.met["enrolments"])
	says(met("pages", taken) == 0 && met("knocks", cutOff) > 0, "strangers: %v, %v", f.met["pages"], f.met["knocks"])
	return errors.Join(append(found, f.innocent(ctx))...)
}

// lockedOut is how long a flood may keep somebody else at its address from connecting
// after it has ended: as long as one waits for a turn, and for the next attempt.
const lockedOut = 30 * time.Second

// innocent looks at who has the offenders' address: they are connected all the time, get in
// when the flood is over, and while the address is refused, which is for breaches alone,
// hear for how long.
func (f *flooding) innocent(ctx context.Context) error {
	there, here := f.link(f.server.also), f.link(f.server.listen)
	began := time.Now()
	if err := f.visit(ctx, there, f.fresh[0]); err != nil {
		return fmt.Errorf("somebody at the offenders' address after the flood: %w", err)
	}
	took := time.Since(began)
	f.tally.bound(Bound{Name: "somebody else at their address is in afterwards", Most: lockedOut, Got: took, Cases: 1})
	x, err := f.offend(f.server.also, []string{"breaches"})
	if err != nil {
		return err
	}
	defer x.kill()
	if err := x.toggle(true); err != nil {
		return err
	}
	o := &offender{Offence: Offence{Address: f.server.also}, met: Met{}, open: make(chan struct{})}
	o.toggle(true)
	var turned *refusal
	if !until(ctx, 20*time.Second, func() bool {
		b, err := o.dial(ctx)
		if err == nil {
			_ = b.ws.CloseNow()
		}
		return errors.As(err, &turned) && longWait(turned.after)
	}) {
		return errors.New("an address that keeps to no protocol is not refused")
	}
	met, err := x.end()
	if err != nil {
		return err
	}
	f.met.add(met)
	if n, err := strconv.Atoi(turned.after); err != nil || n > 600 {
		return fmt.Errorf("an address is refused for %q seconds, at most 600 are promised", turned.after)
	}
	if err := f.visit(ctx, here, f.fresh[1]); err != nil {
		return fmt.Errorf("somebody elsewhere while an address is refused: %w", err)
	}
	// Who was connected before still hears everything.
	f.turns++
	if _, err := f.hall.measure(ctx, f.turns, f.readers[:floodTalking], len(f.readers)-floodTalking, floodTurn); err != nil {
		return fmt.Errorf("beside an address that is refused: %w", err)
	}
	if wrong := f.readers[len(f.readers)-1].wrong.Load(); wrong != nil {
		return fmt.Errorf("somebody at the offenders' address was cut off: %s", *wrong)
	}
	f.tally.fault("address refused for breaches")
	return nil
}

// visit connects a device and waits until it has everything.
func (f *flooding) visit(ctx context.Context, to chat.Link, d *onlooker) error {
	leave, err := attend(ctx, to, []*guest{{hall: f.hall, device: d}})
	if err != nil {
		return err
	}
	leave()
	return nil
}
