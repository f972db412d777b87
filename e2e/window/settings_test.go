//go:build window

package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestSettings chooses another look by keyboard: it holds at once, and after the next
// start.
func TestSettings(t *testing.T) {
	_, _ = group(t, "ivy")
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "not", "there")) // an account as it is on its first day
	ivy := open(t, "ivy")
	ivy.titled("general – Big – Hearth", patience)
	ivy.front()
	ivy.steady(shortly)
	if b := ivy.brightness(); b < 0.7 {
		t.Fatalf("the window is not light: %.2f", b)
	}
	ivy.changes(shortly, func() { ivy.key("ctrl+comma") })
	ivy.picture("50-settings")
	// From the list of sections through the choices: theme, accent, density, text size.
	ivy.changes(shortly, func() { ivy.key("Home", "Right") })
	ivy.picture("51-first-choice")
	for _, keys := range [][]string{{"Right"}, {"Tab", "Right", "Right"}, {"Tab", "Right"}, {"Tab", "Right", "Right", "Right"}} {
		ivy.changes(shortly, func() { ivy.key(keys...) })
	}
	ivy.picture("52-chosen")
	ivy.changes(shortly, func() { ivy.key("Escape") })
	ivy.picture("53-another-look")
	if b := ivy.brightness(); b > 0.3 {
		t.Errorf("the window is not dark: %.2f", b)
	}
	ivy.stop()

	data, err := os.ReadFile(filepath.Join(profileDir(t, "ivy"), "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Theme    string  `json:"theme"`
		Accent   string  `json:"accent"`
		Density  string  `json:"density"`
		TextSize float32 `json:"text_size"`
	}
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.Theme != "dark" || kept.Density != "compact" || kept.Accent == "" || kept.Accent == "indigo" || kept.TextSize <= 1 {
		t.Errorf("kept: %+v", kept)
	}
	ivy = open(t, "ivy")
	ivy.titled("general – Big – Hearth", patience)
	ivy.front()
	ivy.steady(shortly)
	ivy.picture("54-after-a-restart")
	if b := ivy.brightness(); b > 0.3 {
		t.Errorf("the window is not dark after a restart: %.2f", b)
	}
	ivy.stop()
}
