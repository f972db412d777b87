package link

import (
	"time"

	"hearth/internal/fault"
)

// clockWatch notices sleep: on Linux and macOS the monotonic clock stands still
// while the machine sleeps, the wall clock does not. A set clock looks the same
// and is answered the same way, by one cheap probe.
type clockWatch struct {
	wall time.Duration // since 1970
	mono time.Duration // since any fixed moment
}

// How often to look, and which difference means something.
const (
	clockPeriod = 5 * time.Second
	clockJump   = 10 * time.Second
)

// started anchors monotonic readings.
var started = time.Now()

// jumped reports whether the two clocks advanced differently since the last call.
func (c *clockWatch) jumped(now time.Time) bool {
	return c.step(time.Duration(fault.Clock(now).UnixNano()), now.Sub(started))
}

func (c *clockWatch) step(wall, mono time.Duration) bool {
	apart := (wall - c.wall) - (mono - c.mono)
	first := c.wall == 0
	c.wall, c.mono = wall, mono
	return !first && (apart > clockJump || apart < -clockJump)
}
