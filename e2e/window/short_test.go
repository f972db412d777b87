//go:build window

package window

import (
	"bytes"
	"testing"
	"time"
)

// TestShortRoomAfterStart: a window that nobody has touched since its start shows what is
// in its room, also where that is too little for a scroll bar.
func TestShortRoomAfterStart(t *testing.T) {
	fresh(t)
	_, cli := group(t, "una")
	cli("una", "send", "general", "all there is in this room")
	for range 3 {
		una := open(t, "una")
		una.titled("general – Big – Hearth", patience)
		una.steady(time.Second)
		if !una.colourful(area{700, 500, 480, 220}) {
			t.Errorf("nothing where the message stands")
		}
		una.picture("230-short-room")
		una.stop()
	}
}

// colourful reports whether there is more than one colour in a part of the window.
func (c *client) colourful(of area) bool {
	data := c.pixels(of)
	return len(data) >= 8 && !bytes.Equal(bytes.Repeat(data[:4], len(data)/4), data)
}
