package sim

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/internal/testkit"
)

var (
	flagSeed  = flag.Int64("sim.seed", -1, "play only this seed, with its story")
	flagSeeds = flag.Int("sim.seeds", 0, "how many seeds to play, also beside injectors; 0: a short slice")
	flagFirst = flag.Uint64("sim.first", 0, "the first seed")
	flagTimes = flag.Int("sim.times", 1, "with -sim.seed: how often")
	flagLog   = flag.Bool("sim.log", false, "with -sim.seed: the logs of everybody too")
)

func TestMain(m *testing.M) { testkit.Main(m) }

// outcome is what came of a seed.
type outcome struct {
	seed       uint64
	violations []violation
	story      []string
	counts     map[string]int
	fake       time.Duration
}

// playSeed is one run from beginning to end in a bubble.
func playSeed(t *testing.T, seed uint64, log io.Writer) *outcome {
	o := &outcome{seed: seed}
	dir := ramFolder(t)
	defer func() { _ = os.RemoveAll(dir) }()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t.Context(), dir, seed, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		func() {
			defer func() {
				if r := recover(); r != nil {
					if _, ok := r.(abort); !ok {
						panic(r)
					}
				}
			}()
			w.play()
			w.heal()
			w.check()
		}()
		w.close()
		o.violations, o.story, o.counts, o.fake = w.violations, w.story, w.counts, time.Since(w.start)
	})
	return o
}

// ramFolder makes a folder in memory where there is such a place: what is
// simulated here is not how long real disks take.
func ramFolder(t *testing.T) string {
	for _, at := range []string{"/dev/shm", ""} {
		if dir, err := os.MkdirTemp(at, "hearth-sim-"); err == nil {
			return dir
		}
	}
	t.Fatal("no folder for the run")
	return ""
}

// report says what was wrong with a seed, and how it came to that.
func (o *outcome) report() string {
	var b strings.Builder
	for _, v := range o.violations {
		fmt.Fprintln(&b, v)
	}
	fmt.Fprintf(&b, "story of seed %d (repeat: go test ./chaos/sim -run TestSeeds -sim.seed=%d):\n", o.seed, o.seed)
	for _, line := range o.story {
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

// TestSeeds plays seeds and checks every invariant in each.
func TestSeeds(t *testing.T) {
	if *flagSeed >= 0 {
		for range *flagTimes {
			log := io.Discard
			if *flagLog {
				log = t.Output()
			}
			if o := playSeed(t, uint64(*flagSeed), log); len(o.violations) > 0 {
				t.Error(o.report())
			} else {
				t.Log(strings.Join(o.story, "\n"))
			}
		}
		return
	}
	n := *flagSeeds
	if n == 0 {
		n = 25 // a short slice
		if testing.Short() || testkit.Race {
			n = 4
		}
	}
	var mu sync.Mutex
	total, failed, fake := map[string]int{}, 0, time.Duration(0)
	begin := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for i := range n {
			seed := *flagFirst + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				o := playSeed(t, seed, io.Discard)
				mu.Lock()
				defer mu.Unlock()
				for what, n := range o.counts {
					total[what] += n
				}
				fake += o.fake
				if len(o.violations) > 0 {
					failed++
					t.Error(o.report())
				}
			})
		}
	})
	t.Logf("%d seeds, %d with violations, %v of fake time in %v: %v", n, failed, fake.Round(time.Second), time.Since(begin).Round(time.Millisecond), total)
}
