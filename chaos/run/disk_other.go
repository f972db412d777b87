//go:build unix && !linux

package run

import (
	"context"

	"hearth/chaos/check"
)

// ClientFullDisk needs what FullDisk does.
func ClientFullDisk(context.Context, Programs, string, int, *Tally) (found []check.Violation, played bool) {
	return nil, false
}

// FullDisk needs a small disk, which only Linux gives us here.
func FullDisk(context.Context, Programs, string, int, *Tally) (found []check.Violation, played bool) {
	return nil, false
}
