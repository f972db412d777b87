//go:build window

package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatIsKept: the owner of a room has the server keep what is said for a month only,
// takes somebody out, and writes the room out as text, as JSON and as the page that
// hearth-cli writes, to the byte; who was taken out sees it, deletes the group from their
// disk, and starts again with damaged settings.
func TestWhatIsKept(t *testing.T) {
	fresh(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	_, cli := group(t, "ada", "ben", "cyd")
	cli("ada", "create", "garden")
	for _, who := range []string{"ben", "cyd"} {
		cli(who, "enter", "garden")
	}
	cli("ben", "send", "garden", "the beans are out")
	cli("ben", "send", "garden", "**all** of them: [a picture](https://example.org/beans) and `1 < 2`")
	ben := open(t, "ben")
	ben.front()
	ben.goes("garden", "garden – Big – Hearth")
	ada := open(t, "ada")
	ada.front()
	ada.goes("garden", "garden – Big – Hearth")
	ada.steady(shortly)

	ada.runs("keep messages")
	ada.enters("30")
	ada.picture("190-keep")
	ada.does("Return")
	ada.steady(time.Second) // how many are older was counted
	ada.does("Tab")         // asked once more, with Cancel first
	ada.picture("191-keep-for-sure")
	ada.does("Return")
	facts := func() (r struct{ Keep, Members int }) {
		cli("cyd", "rooms", "--sync")
		for line := range strings.Lines(cli("cyd", "rooms", "--json")) {
			if strings.Contains(line, `"garden"`) {
				unjson(t, line, &r)
			}
		}
		return r
	}
	until(t, "it is kept for a month", patience, func() bool { return facts().Keep == 30 })

	ada.does("ctrl+m")
	ada.picture("192-people")
	ada.clicks(1040, 142, 1) // ben, behind the owner
	ada.picture("193-card-for-the-owner")
	ada.does("Escape")
	ada.clicks(1040, 142, 3)
	ada.does("r")
	ada.does("Return")
	ada.picture("194-remove")
	ada.does("Tab", "Return") // behind Cancel
	until(t, "ben is out", patience, func() bool { return facts().Members == 2 })
	ada.steady(shortly)
	ada.picture("195-removed")

	ada.exported(home, ".txt", -6)
	ada.exported(home, ".json", -5)
	page := ada.exported(home, ".html", 0)
	ada.stop()
	file := filepath.Join(t.TempDir(), "page.html")
	cli("ada", "export", "garden", "--format", "html", "--output", file)
	same, err := os.ReadFile(file)
	if err != nil || string(same) != page || !strings.Contains(page, "<strong>all</strong> of them: <a ") {
		t.Errorf("the window's page and that of hearth-cli differ: %v\n%s\n%s", err, page, same)
	}

	ben.front()
	ben.steady(shortly)
	ben.picture("197-was-removed")
	ben.runs("settings: storage")
	ben.does(append([]string{"Right"}, tabs(2)...)...)
	ben.picture("198-storage")
	ben.does("Return")
	ben.picture("199-delete")
	ben.does("Tab", "Return")
	ben.titled("Hearth", patience)
	ben.steady(shortly)
	ben.picture("200-deleted")
	ben.stop()
	if left, err := filepath.Glob(filepath.Join(profileDir(t, "ben"), "groups", "*")); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %q, %v", left, err)
	}

	const garbage = `{"theme": "dar`
	if err := os.WriteFile(filepath.Join(profileDir(t, "ben"), "settings.json"), []byte(garbage), 0o600); err != nil {
		t.Fatal(err)
	}
	ben = open(t, "ben")
	ben.front()
	ben.steady(shortly)
	ben.picture("201-damaged-settings")
	ben.stop()
	kept := false
	files, err := filepath.Glob(filepath.Join(profileDir(t, "ben"), "settings*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		kept = kept || err == nil && string(data) == garbage
	}
	if !kept {
		t.Errorf("the damaged file is gone: %q", files)
	}
}

// exported writes the room out in a way that is so many controls before the button that
// writes, the first one if none, and looks at what stands in the file.
func (c *client) exported(folder, extension string, back int) (text string) {
	c.t.Helper()
	c.runs("export")
	if back == 0 { // the first one
		c.does("Return")
	} else {
		c.does(append(tabs(back), "Return")...)
		c.picture("196-export-as-" + extension[1:])
		c.does(append(tabs(-back), "Return")...)
	}
	until(c.t, "the file "+extension, patience, func() bool {
		found, err := filepath.Glob(filepath.Join(folder, "garden *"+extension))
		if err != nil || len(found) != 1 {
			return false
		}
		data, err := os.ReadFile(found[0])
		text = string(data)
		return err == nil && len(data) > 0
	})
	if !strings.Contains(text, "the beans are out") {
		c.t.Errorf("the file lacks what was said:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if extension == ".json" && !json.Valid([]byte(line)) {
			c.t.Errorf("no JSON: %s", line)
		}
	}
	c.steady(shortly)
	return text
}
