//go:build unix

package run

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"hearth/chaos/check"
)

// Tally is what a programme did and found. Its methods may be called from any
// goroutine.
type Tally struct {
	mu         sync.Mutex
	messages   int            // guarded by mu: sent by people
	deliveries int            // guarded by mu: events on clients' disks
	kills      map[string]int // guarded by mu: by place
	faults     map[string]int // guarded by mu: other than kills
	bounds     []Bound        // guarded by mu
	notes      []string       // guarded by mu: what stands behind a bound
	violations []check.Violation
}

// Bound is a promise about time, and what was measured.
type Bound struct {
	Name  string
	Most  time.Duration
	Got   time.Duration
	Cases int
	Plain bool // a number, written as seconds
}

// NewTally makes an empty one.
func NewTally() *Tally { return &Tally{kills: map[string]int{}, faults: map[string]int{}} }

func (t *Tally) add(messages, deliveries int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.messages += messages
	t.deliveries += deliveries
}

func (t *Tally) killed(place string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kills[place]++
}

func (t *Tally) killedAt(place string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kills[place]
}

func (t *Tally) fault(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults[kind]++
}

func (t *Tally) times(kind string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.faults[kind]
}

func (t *Tally) bound(b Bound) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bounds = append(t.bounds, b)
}

func (t *Tally) note(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

func (t *Tally) violated(list ...check.Violation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.violations = append(t.violations, list...)
}

// Kills returns how many programs were killed.
func (t *Tally) Kills() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.kills {
		n += k
	}
	return n
}

// Messages returns how many messages finished worlds have sent.
func (t *Tally) Messages() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.messages
}

// Violations returns what was found, broken bounds included.
func (t *Tally) Violations() []check.Violation {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.Clone(t.violations)
	for _, b := range t.bounds {
		if b.Got > b.Most {
			list = append(list, check.Violation{Check: "bound", Text: fmt.Sprintf("%s: %v, at most %v", b.Name, b.Got.Round(time.Millisecond), b.Most)})
		}
	}
	return list
}

// Print writes the table.
func (t *Tally) Print(out io.Writer) {
	kills, violations := t.Kills(), t.Violations()
	t.mu.Lock()
	defer t.mu.Unlock()
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	line("%-44s %9s", "faults", "times")
	for _, group := range []map[string]int{t.kills, t.faults} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			line("  %-42s %9d", name, group[name])
		}
	}
	line("%-44s %9d", "kills in all", kills)
	line("%-44s %9d", "messages sent", t.messages)
	line("%-44s %9d", "events on clients' disks", t.deliveries)
	if len(t.bounds) > 0 {
		line("%-44s %9s %9s %6s", "bounds", "measured", "at most", "cases")
	}
	for _, b := range t.bounds {
		unit := "s"
		if b.Plain {
			unit = " "
		}
		line("  %-42s %8.2f%s %8.1f%s %6d", b.Name, b.Got.Seconds(), unit, b.Most.Seconds(), unit, b.Cases)
	}
	for _, note := range t.notes {
		line("  %s", note)
	}
	kept := 0
	for _, b := range t.bounds {
		if b.Got <= b.Most {
			kept++
		}
	}
	if len(t.bounds) > 0 {
		line("%-44s %9s", "bounds kept", fmt.Sprintf("%d of %d", kept, len(t.bounds)))
	}
	line("%-44s %9d", "violations", len(violations))
	for _, v := range violations {
		line("  %s", v)
	}
}
