//go:build window

package window

import (
	"bytes"
	"testing"
	"time"
)

// TestSelectedIsSeen: what changes in the composer without a letter or the caret moving is
// painted at once, too.
func TestSelectedIsSeen(t *testing.T) {
	fresh(t)
	group(t, "una")
	una := open(t, "una")
	una.titled("general – Big – Hearth", patience)
	una.front()
	words := area{360, 740, 200, 50}
	una.typed("chosen")
	una.steady(time.Second)
	for range 2 { // what is drawn for the second time is not new to the toolkit
		before := una.pixels(words)
		una.key("ctrl+a")
		una.steady(time.Second)
		if bytes.Equal(before, una.pixels(words)) {
			t.Error("nothing shows that the text is selected")
		}
		una.key("End")
		una.steady(time.Second)
		if !bytes.Equal(before, una.pixels(words)) {
			t.Error("nothing shows that the text is selected no more")
		}
	}
	una.key("ctrl+a")
	una.steady(time.Second)
	una.picture("231-selected")
	una.stop()
}
