//go:build window

package window

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// group runs a server and joins people, the owner first; their windows speak English
// and are light. It returns how to run hearth-cli as one of them.
func group(t *testing.T, names ...string) (*server, func(profile string, args ...string) string) {
	t.Helper()
	s := serve(t)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := func(profile string, args ...string) string {
		t.Helper()
		return run(t, bin(t, "hearth-cli"), append([]string{"--profile", profile}, args...)...)
	}
	link := s.invite()
	for i, name := range names {
		if i > 0 {
			link = strings.Fields(cli(names[0], "invite"))[0]
		}
		cli(name, "join", link, "--name", name, "--password-file", file)
		path := filepath.Join(profileDir(t, name), "settings.json")
		kept := map[string]any{}
		if data, err := os.ReadFile(path); err == nil {
			if err := json.Unmarshal(data, &kept); err != nil {
				t.Fatal(err)
			}
		}
		kept["language"], kept["theme"] = "en", "light"
		data, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s, cli
}

// brightness is that of the window as a whole, from 0 to 1.
func (c *client) brightness() float64 {
	out, err := exec.Command("import", "-silent", "-window", c.id, "-colorspace", "Gray", "-format", "%[fx:mean]", "info:-").Output()
	if err != nil {
		return -1
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return -1
	}
	return f
}

// goes chooses something by the switcher.
func (c *client) goes(name, title string) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("ctrl+k") })
	c.changes(shortly, func() { c.typed(name) })
	c.key("Return")
	c.titled(title, patience)
}

// says sends a message.
func (c *client) says(text string) {
	c.t.Helper()
	c.changes(shortly, func() {
		c.typed(text)
		c.key("Return")
	})
}
