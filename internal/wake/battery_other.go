//go:build !linux

package wake

// OnBattery reports whether the machine runs on its battery; never where the
// system is not asked.
func OnBattery() bool { return false }
