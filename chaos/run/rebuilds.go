//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"hearth/chaos/check"
	"hearth/internal/fault"
)

// rebuiltText is what waits in an outbox while the store around it is made anew.
const rebuiltText = "typed before the store was made anew"

// Rebuilds kills a client at each place that it passes while its store is made anew. What
// waited there goes out once, whatever is left by the kill.
func Rebuilds(ctx context.Context, programs Programs, dir string, tally *Tally) (found []check.Violation) {
	for _, place := range fault.ClientRebuildPlaces {
		e := &experiment{programs: programs, dir: filepath.Join(dir, strings.ReplaceAll(string(place), ".", "-"))}
		v := e.rebuild(ctx, place)
		if len(v) == 0 {
			tally.killed("client: " + string(place))
		}
		found = append(found, v...)
	}
	return found
}

func (e *experiment) rebuild(ctx context.Context, place fault.Place) (found []check.Violation) {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	c, other := w.clients[0], w.clients[1]
	if _, err := c.must(ctx, "send", "general", "before"); err != nil {
		return notStarted(err)
	}
	if err := w.server.stop(); err != nil {
		return notStarted(err)
	}
	for n := range 3 {
		if _, err := c.must(ctx, "send", "--queue", "general", fmt.Sprint(rebuiltText, " ", n)); err != nil {
			return notStarted(err)
		}
	}
	out, code, err := c.command(ctx, []string{"HEARTH_KILL=" + string(place)}, "--timeout", "20s", "rebuild", "--force") // opening it takes its time on a busy machine
	if err != nil || code >= 0 {
		return notStarted(fmt.Errorf("not killed at %q but ended with code %d: %w\n%s", place, code, errors.Join(err, errDied), out))
	}
	if err := w.server.start(ctx, e.env...); err != nil {
		return notStarted(err)
	}
	// The next life takes over what the last one has not, whatever it is started for.
	if _, err := c.must(ctx, "status", "--wait"); err != nil {
		return append(found, check.Violation{Check: "I8 after a crash", Text: fmt.Sprintf("killed at %q: %v", place, err)})
	}
	// What is typed now comes behind all that waited.
	if _, err := c.must(ctx, "send", "general", "after"); err != nil {
		return append(found, check.Violation{Check: "I3 after a crash", Text: fmt.Sprintf("killed at %q: %v", place, err)})
	}
	for _, reader := range []*client{c, other} {
		if _, err := reader.must(ctx, "status", "--wait"); err != nil {
			return notStarted(err)
		}
		shown, err := reader.must(ctx, "export", "general", "--format", "json")
		if err != nil {
			return notStarted(err)
		}
		for n := range 3 {
			if got := strings.Count(shown, fmt.Sprint(rebuiltText, " ", n)); got != 1 {
				found = append(found, check.Violation{Check: "I3 after a crash", Text: fmt.Sprintf("%s is shown what waited %d times (killed at %q)", reader.name, got, place)})
			}
		}
	}
	if log, err := c.readClient(ctx); err != nil || len(log.Events) == 0 {
		found = append(found, check.Violation{Check: "I8 atomic cursor", Text: fmt.Sprintf("killed at %q: %d events, %v", place, len(log.Events), err)})
	}
	return found
}
