//go:build !unix

package app

import "time"

// cpuTime is not measured here.
func cpuTime() (all, own time.Duration) { return 0, 0 }
