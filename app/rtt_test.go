package app

import (
	"testing"
	"time"
)

// TestSteadyRTT: a heartbeat that took about as long as the last changes nothing that
// is shown; a real change does.
func TestSteadyRTT(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct{ shown, measured, want time.Duration }{
		{0, 500 * time.Microsecond, 500 * time.Microsecond},
		{500 * time.Microsecond, 900 * time.Microsecond, 500 * time.Microsecond},
		{ms, 4 * ms, 4 * ms},
		{40 * ms, 45 * ms, 40 * ms},
		{40 * ms, 50 * ms, 50 * ms},
		{100 * ms, 85 * ms, 100 * ms},
		{100 * ms, 0, 0},
	} {
		if got := steadyRTT(c.shown, c.measured); got != c.want {
			t.Errorf("%v after %v shows %v, want %v", c.measured, c.shown, got, c.want)
		}
	}
}
