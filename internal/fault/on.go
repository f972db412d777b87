//go:build chaos

package fault

import (
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Enabled reports whether this is a build of the fault programme.
const Enabled = true

// setting is what the environment and the tests have chosen.
var setting = struct {
	mu     sync.RWMutex
	kills  map[Place]int           // guarded by mu: passings left
	delays map[Place]time.Duration // fixed: before the kill
	bugs   map[Planted]int         // guarded by mu: how often it was switched on
	passed map[Planted]int         // guarded by mu: passings of an injector
	clock  time.Duration           // fixed
	wait   time.Duration           // fixed
	day    time.Duration           // fixed
}{kills: map[Place]int{}, delays: map[Place]time.Duration{}, bugs: map[Planted]int{}, passed: map[Planted]int{}}

func init() {
	for _, item := range list("HEARTH_KILL") {
		rest, delay, delayed := strings.Cut(item, "+")
		name, count, counted := strings.Cut(rest, ":")
		if d, err := time.ParseDuration(delay); err == nil {
			setting.delays[Place(name)] = d
		} else if delayed {
			refuse("HEARTH_KILL", item)
		}
		n := 1
		if counted {
			var err error
			if n, err = strconv.Atoi(count); err != nil || n < 1 {
				refuse("HEARTH_KILL", item)
			}
		}
		setting.kills[Place(name)] = n
	}
	for _, item := range list("HEARTH_BUG") {
		if !Known(Planted(item)) {
			refuse("HEARTH_BUG", item)
		}
		setting.bugs[Planted(item)]++
	}
	setting.clock, setting.wait, setting.day = span("HEARTH_CLOCK"), span("HEARTH_WAIT"), span("HEARTH_DAY")
}

func span(name string) time.Duration {
	s := os.Getenv(name)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		refuse(name, s)
	}
	return d
}

func list(name string) []string {
	s := os.Getenv(name)
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// refuse ends a program that was asked for something that does not exist: a
// fault that never happens would look like one that was survived.
func refuse(name, item string) {
	fmt.Fprintf(os.Stderr, "%s: there is no %q\n", name, item)
	os.Exit(2)
}

// Point kills the program if this passing of the place is the chosen one.
func Point(p Place) {
	setting.mu.RLock()
	_, chosen := setting.kills[p]
	setting.mu.RUnlock()
	if !chosen {
		return
	}
	setting.mu.Lock()
	setting.kills[p]--
	now := setting.kills[p] == 0
	setting.mu.Unlock()
	if !now {
		return
	}
	// What the place stands before takes this long, as on a slow disk, while all
	// other goroutines go on.
	<-time.After(setting.delays[p])
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {} // the signal is on its way
}

// Bug reports whether a bug is switched on.
func Bug(b Planted) bool {
	setting.mu.RLock()
	defer setting.mu.RUnlock()
	return setting.bugs[b] > 0
}

// Every reports each n-th passing while an injector is on.
func Every(b Planted, n int) bool {
	if !Bug(b) {
		return false
	}
	setting.mu.Lock()
	defer setting.mu.Unlock()
	setting.passed[b]++
	return setting.passed[b]%n == 0
}

// Plant switches a bug on for this process, until the returned function is called.
func Plant(b Planted) (remove func()) {
	setting.mu.Lock()
	defer setting.mu.Unlock()
	setting.bugs[b]++
	return sync.OnceFunc(func() {
		setting.mu.Lock()
		defer setting.mu.Unlock()
		setting.bugs[b]--
	})
}

// Clock returns the wall clock's reading as this program shall see it: with
// HEARTH_CLOCK another jump each second, back as often as forth.
func Clock(t time.Time) time.Time {
	if setting.clock == 0 {
		return t
	}
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, t.Unix(), os.Getpid())
	share := float64(int64(h.Sum64())) / (1 << 63) // −1 to 1
	return t.Add(time.Duration(share * float64(setting.clock)))
}

// Wait returns how long to wait where the programme is in a hurry: with
// HEARTH_WAIT no longer than that between two attempts to connect, so that there
// can be a hundred kills in the time of ten.
func Wait(d time.Duration) time.Duration {
	if setting.wait == 0 {
		return d
	}
	return min(d, setting.wait)
}

// Day returns how long a day is where the server counts how long it keeps messages: with
// HEARTH_DAY that long, so that a room can forget within a run.
func Day(d time.Duration) time.Duration {
	if setting.day == 0 {
		return d
	}
	return setting.day
}
