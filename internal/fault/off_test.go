//go:build !chaos

package fault

import (
	"testing"
	"time"
)

// TestOff shows that an ordinary build has none of it, whatever is asked for.
func TestOff(t *testing.T) {
	t.Setenv("HEARTH_KILL", string(ServerSendRead))
	t.Setenv("HEARTH_BUG", string(AckBeforeCommit))
	Point(ServerSendRead)
	if Enabled || Bug(AckBeforeCommit) || Every(InjectBusy, 1) {
		t.Error("an ordinary build can be broken from outside")
	}
	if at := time.Unix(1_800_000_000, 0); !Clock(at).Equal(at) {
		t.Error("the clock was changed")
	}
}
