package ui

import (
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestPreviewOfLongName: a name of sixty characters leaves room for what was said; a family
// of emoji counts as the one character that people see.
func TestPreviewOfLongName(t *testing.T) {
	tr.Use("en")
	family := "👨‍👩‍👧"
	for name, want := range map[string]string{
		"Ana":                          "Ana: hello",
		strings.Repeat("x", 20):        strings.Repeat("x", 20) + ": hello",
		strings.Repeat("x", 21):        strings.Repeat("x", 19) + "…: hello",
		"Maximilian Alexander von und": "Maximilian Alexande…: hello",
		"Maximilian Alexandr of Hohe":  "Maximilian Alexandr…: hello",
		strings.Repeat(family, 30):     strings.Repeat(family, 19) + "…: hello",
	} {
		got := preview(&app.LastView{Kind: chat.KindMessage, Author: name, Text: "hello"})
		if got = strings.NewReplacer("\u2068", "", "\u2069", "").Replace(got); got != want {
			t.Errorf("%s: %q instead of %q", name, got, want)
		}
	}
}
