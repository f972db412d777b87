package app

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEmojiChoice: it survives a crash, nothing older replaces it, and what makes no
// sense is left out.
func TestEmojiChoice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ann.SetEmoji(EmojiChoice{Recent: []string{"🎉", "", strings.Repeat("x", 500), "\xff", "🦊"}, Tone: 9, Rev: 4})
		ann.SetEmoji(EmojiChoice{Recent: []string{"👍"}, Rev: 3})
		time.Sleep(time.Millisecond)
		ann.crash()
		defer ann.quit()
		if got := ann.View().Emoji; !slices.Equal(got.Recent, []string{"🎉", "🦊"}) || got.Tone != 0 || got.Rev != 4 {
			t.Errorf("%+v", got)
		}
	})
}
