//go:build window

package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// group runs a server and joins people, the owner first; their windows speak English
// and are light. It returns how to run hearth-cli as one of them.
func group(t *testing.T, names ...string) (*server, func(profile string, args ...string) string) {
	t.Helper()
	s := serve(t)
	return s, s.joins(names...)
}

// joins makes accounts for people, as group does.
func (s *server) joins(names ...string) cliAs {
	t := s.t
	t.Helper()
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
	return cli
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
