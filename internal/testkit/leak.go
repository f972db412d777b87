package testkit

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// patience is how often NoLeaks looks, about half a second each time.
const patience = 8

// NoLeaks fails the test if goroutines that were not there when it was called
// still run after the test and all its later clean-ups ended. Call it first.
// Goroutines that are ending get some seconds on a busy machine. It sees the whole
// process, so it has no place in a test that runs in parallel with others;
// use [Main] there.
func NoLeaks(t testing.TB, options ...goleak.Option) {
	t.Helper()
	options = append(options, goleak.IgnoreCurrent())
	t.Cleanup(func() {
		if t.Failed() {
			return // a failed test may well have left something behind
		}
		if err := settle(patience, options); err != nil {
			t.Error(err)
		}
	})
}

// settle looks so many times for goroutines until there are none.
func settle(times int, options []goleak.Option) (err error) {
	for range times {
		if err = goleak.Find(options...); err == nil {
			return nil
		}
	}
	return err
}

// Clock is an option for tests that run code through the grammars of ui/highlight:
// their library keeps a clock that ends by itself a second after its last use.
func Clock() goleak.Option {
	return goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock")
}

// patient are tests after which goroutines that are ending get as long as in NoLeaks.
type patient struct {
	goleak.TestingM
	options []goleak.Option
}

func (p patient) Run() int {
	code := p.TestingM.Run()
	if code == 0 {
		_ = settle(patience-1, p.options) // the caller looks once more, and says what is left
	}
	return code
}

// Main runs the tests of a package and fails them if goroutines are left at
// the end. It is for
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
//
// Under the race detector, which makes everything ten times slower, properties are
// checked with fewer cases (unless -rapid.checks says how many): what it looks for shows
// in any case, and the unit tests play them all.
func Main(m *testing.M, options ...goleak.Option) {
	if f := flag.Lookup(casesFlag); Race && f != nil && f.Value.String() == f.DefValue {
		_ = f.Value.Set(casesUnderRace) // a number
	}
	goleak.VerifyTestMain(patient{m, options}, options...)
}

const (
	casesFlag      = "rapid.checks"
	casesUnderRace = "25"
)
