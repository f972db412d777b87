//go:build window

package window

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keepsDraft waits until what was done after a moment is on the disk: the store of a
// profile has been written since, and has rested from now on.
func (c *client) keepsDraft(since time.Time) {
	c.t.Helper()
	stores, err := filepath.Glob(filepath.Join(profileDir(c.t, c.profile), "groups", "*", "store.db"))
	if err != nil || len(stores) != 1 {
		c.t.Fatalf("stores %q, %v", stores, err)
	}
	now := time.Now()
	until(c.t, "the draft on the disk", patience, func() bool {
		info, err := os.Stat(stores[0])
		return err == nil && info.ModTime().After(since) && min(time.Since(info.ModTime()), time.Since(now)) > 5*time.Second
	})
}

// keptFiles is how many contents lie in a profile.
func (c *client) keptFiles() int {
	list, _ := filepath.Glob(filepath.Join(profileDir(c.t, c.profile), "groups", "*", "files", "*"))
	return len(list)
}

// TestDraftAfterKill: somebody answers, calls a person, has chosen a file and pasted a
// picture when the program is killed. All of it is there at the next start, is sent, and
// comes to the other person once.
func TestDraftAfterKill(t *testing.T) {
	fresh(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	_, cli := group(t, "dora", "emil")
	_, data := photo(t)
	notes := []byte("notes of the walk")
	for name, content := range map[string][]byte{"notes.txt": notes, "zz.png": data} {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cli("emil", "send", "general", "when shall we meet?")
	dora := open(t, "dora")
	dora.titled("general – Big – Hearth", patience)
	dora.front()
	dora.steady(shortly)
	dora.changes(shortly, func() { dora.key("Up") }) // to the messages
	dora.changes(shortly, func() { dora.key("Menu") })
	dora.changes(shortly, func() { dora.key("r", "r", "Return") }) // the second R is Reply
	dora.picture("50-answers")
	dora.changes(shortly, func() {
		dora.typed("at noon, @em")
		dora.key("Tab") // takes the name that is offered
		dora.typed("please")
	})
	dora.attach(1)
	before, since := dora.keptFiles(), time.Now()
	image := exec.Command("xclip", "-selection", "clipboard", "-t", "image/png", "-i", filepath.Join(home, "zz.png"))
	if err := image.Run(); err != nil {
		t.Fatal(err)
	}
	dora.changes(shortly, func() { dora.key("ctrl+v") })
	until(t, "the pasted picture", patience, func() bool { return dora.keptFiles() > before })
	dora.keepsDraft(since)
	dora.picture("51-begun")
	dora.finish() // killed

	dora = open(t, "dora")
	dora.titled("general – Big – Hearth", patience)
	dora.front()
	dora.steady(600 * time.Millisecond)
	dora.picture("52-after-kill")
	dora.changes(shortly, func() { dora.key("ctrl+e") })
	dora.picture("53-list-of-drafts")
	dora.changes(shortly, func() { dora.key("Escape") })
	dora.changes(shortly, func() { dora.key("Return") })
	dora.picture("54-sent")
	until(t, "the message at the other person", patience, func() bool {
		cli("emil", "rooms", "--sync")
		return strings.Contains(cli("emil", "tail", "general"), "at noon")
	})
	dora.stop()

	var got []received
	for line := range strings.Lines(cli("emil", "tail", "general", "--json")) {
		var m received
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m.Kind == "message" {
			got = append(got, m)
		}
	}
	if len(got) != 2 || got[1].Text != "at noon, @emil please" || got[1].Reply == nil {
		t.Fatalf("emil has %+v", got)
	}
	files := cli("emil", "files", "general")
	if n := strings.Count(files, "notes.txt"); n != 1 || !strings.Contains(files, "Pasted picture") {
		t.Errorf("emil's files:\n%s", files)
	}
}

// received is a message as hearth-cli prints it.
type received struct {
	Kind, Text string
	Reply      any
}
