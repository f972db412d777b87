//go:build window

package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// measures gives somebody's next window a size.
func measures(t *testing.T, profile string, width, height int) {
	t.Helper()
	kept := map[string]any{}
	settled(t, profile, &kept)
	kept["width"], kept["height"] = width, height
	data, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profileDir(t, profile), "settings.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// stands puts the window where it covers no other.
func (c *client) stands(left int) {
	c.t.Helper()
	run(c.t, "xdotool", "windowmove", "--sync", c.id, strconv.Itoa(left), "30")
}

// TestSeeingEachOther: two windows side by side, a narrow one and a wider one. Who looks
// at the wider one sees the other write, stop, go and come back; in the narrow one the
// sheet of keys opens; the wider one speaks Chinese, and English again.
func TestSeeingEachOther(t *testing.T) {
	fresh(t)
	_, cli := group(t, "ada", "ben")
	cli("ada", "direct", "ben")
	cli("ada", "send", "general", "good morning")
	measures(t, "ada", 480, 700)
	measures(t, "ben", 860, 800)
	here := func(profile string, left int) *client {
		c := open(t, profile)
		c.stands(left)
		return c
	}
	ada, ben := here("ada", 5), here("ben", 520)
	ada.titled("general – Big – Hearth", patience)
	ben.front()
	ben.titled("general – Big – Hearth", patience)
	ben.goes("ada", "ada – Big – Hearth")
	ben.says("are you there?")
	ada.front()
	ada.goes("ben", "ben – Big – Hearth")
	ada.picture("150-narrow")
	head, line := area{364, 26, 140, 30}, area{310, 774, 500, 24} // of ben's window
	ben.steady(shortly)
	quiet := ben.part(line)
	ada.typed("I am still writing")
	until(t, "ben sees that ada writes", patience, func() bool { return ben.part(line) != quiet })
	ben.steady(shortly)
	ben.picture("151-writes")
	ada.key("ctrl+a", "BackSpace")
	until(t, "ben sees that ada writes no more", patience, func() bool { return ben.part(line) == quiet })
	there := ben.part(head)
	ben.picture("152-there")
	ada.does("ctrl+slash")
	ada.picture("153-keys")
	ada.does("Escape")
	ada.stop()
	until(t, "ben sees ada go", patience, func() bool { return ben.part(head) != there })
	ben.steady(shortly)
	ben.picture("154-gone")
	ada = here("ada", 5)
	ada.titled("ben – Big – Hearth", patience)
	ada.front()
	until(t, "ben sees ada come", patience, func() bool { return ben.part(head) == there })

	ben.front()
	ben.runs("settings: appearance")
	ben.does(append([]string{"Right"}, tabs(5)...)...) // theme, accent, density, size, motion: to the language
	ben.picture("155-language")
	for _, step := range []struct{ key, language string }{{"Right", "zh"}, {"Right", "mt"}, {"Left", "zh"}, {"Left", "en"}} {
		ben.does(step.key)
		until(t, "the language "+step.language, patience, func() bool {
			var kept struct{ Language string }
			settled(t, "ben", &kept)
			return kept.Language == step.language
		})
		ben.picture("156-language-" + step.language)
	}
	ben.does("Escape")
	if ben.part(head) != there {
		t.Error("ben's window does not speak English again")
	}
	ben.stop()
	ada.stop()
}
