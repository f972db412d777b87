//go:build window

package window

import (
	"bytes"
	"image"
	_ "image/png" // what is pasted
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clips puts something that is no text on the clipboard.
func clips(t *testing.T, kind string, data []byte) {
	t.Helper()
	clip := exec.Command("xclip", "-selection", "clipboard", "-t", kind)
	clip.Stdin = bytes.NewReader(data)
	if err := clip.Run(); err != nil {
		t.Fatal(err)
	}
	until(t, "the clipboard", patience, func() bool {
		out, err := exec.Command("xclip", "-o", "-selection", "clipboard", "-t", kind).Output()
		return err == nil && bytes.Equal(out, data)
	})
}

// TestPasteExportAndClear: a picture and a file come into a message from the clipboard;
// the room is written out; the files are cleared from this disk and the other person
// has them.
func TestPasteExportAndClear(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	_, cli := group(t, "ira", "jan")
	want, data := photo(t)
	copied := filepath.Join(home, "notes of the day.txt")
	if err := os.WriteFile(copied, bytes.Repeat([]byte("a line\n"), 20_000), 0o600); err != nil {
		t.Fatal(err)
	}
	ira := open(t, "ira")
	ira.titled("general – Big – Hearth", patience)
	ira.front()
	ira.steady(shortly)

	clips(t, "image/png", data)
	ira.changes(shortly, func() { ira.key("ctrl+v") })
	ira.picture("75-pasted-picture")
	ira.says("what I copied")
	pictures := jans(t, cli, "Pasted picture")
	to := filepath.Join(home, "pasted.png")
	cli("jan", "fetch", "--to", to, "general", pictures)
	f, err := os.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.DecodeConfig(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil || img.Width != want.Bounds().Dx() || img.Height != want.Bounds().Dy() {
		t.Errorf("the picture came as %d x %d, %v", img.Width, img.Height, err)
	}

	clips(t, "x-special/gnome-copied-files", []byte("copy\nfile://"+strings.ReplaceAll(copied, " ", "%20")))
	ira.changes(shortly, func() { ira.key("ctrl+v") })
	ira.picture("76-pasted-file")
	ira.says("and a file")
	jans(t, cli, "notes of the day.txt")

	ira.exports(home)
	ira.clears()
	ira.stop()
	if left := cli("ira", "storage", "--json"); !strings.Contains(left, `"files":0,`) {
		t.Errorf("left on the disk: %s", left)
	}
}

// jans waits until jan knows of a file, and returns its message's number.
func jans(t *testing.T, cli func(string, ...string) string, name string) (seq string) {
	t.Helper()
	until(t, "jan's file "+name, patience, func() bool {
		cli("jan", "rooms", "--sync")
		for line := range strings.Lines(cli("jan", "files", "general")) {
			if f := strings.Fields(line); strings.Contains(line, name) {
				seq = f[0]
			}
		}
		return seq != ""
	})
	return seq
}

// exports writes the room out by keyboard, as one page.
func (c *client) exports(folder string) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("ctrl+k") })
	c.changes(shortly, func() { c.typed("export") })
	c.changes(shortly, func() { c.key("Return") })
	c.picture("77-export")
	c.key("Return") // the button that writes has the focus
	var page []byte
	until(c.t, "the page", patience, func() bool {
		found, err := filepath.Glob(filepath.Join(folder, "general *.html"))
		if err != nil || len(found) != 1 {
			return false
		}
		page, err = os.ReadFile(found[0])
		return err == nil && len(page) > 0
	})
	for _, part := range []string{"what I copied", "and a file", "notes of the day.txt"} {
		if !bytes.Contains(page, []byte(part)) {
			c.t.Errorf("the page lacks %q", part)
		}
	}
	for _, bad := range []string{"<script", "src=\"http", "href=\"http"} {
		if bytes.Contains(page, []byte(bad)) {
			c.t.Errorf("the page has %q", bad)
		}
	}
	c.steady(shortly)
}

// clears frees the disk of what the server can give again.
func (c *client) clears() {
	c.t.Helper()
	kept := func() int {
		found, err := filepath.Glob(filepath.Join(profileDir(c.t.(*testing.T), c.profile), "groups", "*", "files", "*"))
		if err != nil {
			c.t.Fatal(err)
		}
		return len(found)
	}
	if kept() == 0 {
		c.t.Error("no files are kept")
	}
	c.changes(shortly, func() { c.key("ctrl+k") })
	c.changes(shortly, func() { c.typed("storage") })
	c.changes(time.Second, func() { c.key("Return") }) // and what may be cleared is added up
	c.changes(shortly, func() { c.key("Right") })
	c.changes(shortly, func() { c.key("Tab") })
	c.picture("78-storage")
	c.changes(shortly, func() { c.key("Return") })
	c.picture("79-clear")
	c.key("Tab", "Return") // Cancel has the focus
	until(c.t, "the files go", patience, func() bool { return kept() == 0 })
	c.steady(shortly)
	c.picture("80-cleared")
	c.changes(shortly, func() { c.key("Escape") })
}
