package narrate

import (
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
)

// TestErased: a deleted message says who deleted it, if that was not its author.
func TestErased(t *testing.T) {
	plain := strings.NewReplacer("\u2068", "", "\u2069", "")
	for by, want := range map[string]string{
		"":    "This message was deleted",
		"ann": "This message was deleted",
		"bob": "bob deleted this message",
	} {
		text, hint := Event(&app.MessageView{Kind: chat.KindMessage, Name: "ann", Erased: true, ErasedBy: by})
		if got := plain.Replace(text); got != want || !hint {
			t.Errorf("deleted by %q: %q, a hint: %t", by, got, hint)
		}
	}
}
