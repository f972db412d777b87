package link

import (
	"time"

	"hearth/internal/fault"
)

// clockWatch notices that this program stood still: on Linux and macOS the
// monotonic clock stops while the machine sleeps, the wall clock does not; a
// stopped process, a sleeping Windows and a halted virtual machine show as a long
// way between two looks. A set clock looks the same and is answered the same way,
// by one cheap probe.
type clockWatch struct {
	wall time.Duration // since 1970
	mono time.Duration // since any fixed moment
}

// How often to look, and which difference means something. A dead connection must
// be known within two seconds of waking, so the look and the probe share those.
const (
	clockPeriod   = 500 * time.Millisecond
	clockJump     = 2 * time.Second // between the two clocks
	stoodStill    = 2 * time.Second // between two looks
	networkPeriod = 5 * time.Second // how often to look at the networks, which takes longer
)

// started anchors monotonic readings.
var started = time.Now()

// jumped reports whether the program stood still, or a clock was set, since the
// last call, which must not be much longer ago than clockPeriod otherwise.
func (c *clockWatch) jumped(now time.Time) bool {
	return c.step(time.Duration(fault.Clock(now).UnixNano()), now.Sub(started))
}

func (c *clockWatch) step(wall, mono time.Duration) bool {
	gap := mono - c.mono
	apart := (wall - c.wall) - gap
	first := c.wall == 0
	c.wall, c.mono = wall, mono
	return !first && (apart > clockJump || apart < -clockJump || gap > stoodStill)
}
