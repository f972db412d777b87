//go:build window

package window

import (
	"slices"
	"strconv"
)

// tabs is how to go so many controls on, or back if it is negative.
func tabs(n int) []string {
	if n < 0 {
		return slices.Repeat([]string{"shift+Tab"}, -n)
	}
	return slices.Repeat([]string{"Tab"}, n)
}

// does presses keys and waits until that is done.
func (c *client) does(keys ...string) {
	c.t.Helper()
	c.key(keys...)
	c.steady(shortly)
}

// enters types text in the same way.
func (c *client) enters(text string) {
	c.t.Helper()
	c.typed(text)
	c.steady(shortly)
}

// clicks clicks into the window, with the first button or another.
func (c *client) clicks(x, y, button int) {
	c.t.Helper()
	run(c.t, "xdotool", "mousemove", "--window", c.id, strconv.Itoa(x), strconv.Itoa(y), "click", strconv.Itoa(button))
	c.steady(shortly)
}

// runs has the switcher do what is called so.
func (c *client) runs(name string) {
	c.t.Helper()
	c.does("ctrl+k")
	c.enters(name)
	c.does("Return")
}
