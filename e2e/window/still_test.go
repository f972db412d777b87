//go:build window

package window

import (
	"syscall"
	"testing"
	"time"
)

// TestStoodStill: after everything has stood still for longer than the toolkit remembers
// what it shows (the process here, as on a machine that was suspended), what is typed is
// painted. The toolkit's minute is twelve seconds in this test.
func TestStoodStill(t *testing.T) {
	fresh(t)
	t.Setenv("FYNE_CACHE", "12s")
	c := open(t, "still")
	c.front()
	c.changes(400*time.Millisecond, func() { c.key("Return") }) // the page to host a group
	for _, word := range []string{"one", " two"} {
		process := c.cmd.Process
		if err := process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(13 * time.Second) // what is tested is that it does nothing for so long
		// Something else is painted first, so that the field is not what the toolkit
		// was asked for last.
		run(t, "xdotool", "mousemove", "--window", c.id, "620", "640")
		if err := process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		c.steady(time.Second)
		c.changes(300*time.Millisecond, func() { c.typed(word) })
		run(t, "xdotool", "mousemove", "--window", c.id, "5", "5")
	}
	c.picture("still")
}
