package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/internal/testkit"
)

// TestReadOnly: of a profile that cannot be written all can be read, and whatever writes is
// refused in words that say why, once.
func TestReadOnly(t *testing.T) {
	dir, protect := testkit.Protectable(t)
	g := newRig(t)
	g.join("dora", g.do("ann", "invite"))
	file := filepath.Join(g.dir, "list.txt")
	g.check(os.WriteFile(file, []byte("figs"), 0o600))
	g.do("dora", "send", "general", "about bananas")
	g.do("dora", "send", "general", "--file", file)
	g.check(os.CopyFS(filepath.Join(dir, "dora"), os.DirFS(filepath.Join(g.dir, "dora"))))
	g.check(os.RemoveAll(filepath.Join(g.dir, "dora")))
	g.check(os.Symlink(filepath.Join(dir, "dora"), filepath.Join(g.dir, "dora")))
	protect(true)
	const says = "nothing can be written to the folder of this profile"
	to := filepath.Join(g.dir, "fetched.txt")
	for _, c := range [][]string{
		{"about bananas", "tail", "general"},
		{"about bananas", "search", "banana"},
		{"about bananas", "export", "general"},
		{"general", "rooms"},
		{"read_only", "status"},
		{"", "fetch", "general", "5", "--to", to},
		{"", "outbox"},
	} {
		code, out, errs := g.try("dora", c[1:]...)
		if code != exitOK || !strings.Contains(out, c[0]) || strings.Count(errs, says) != 1 {
			t.Errorf("%q: %d %s%s", c[1:], code, out, errs)
		}
	}
	if data, err := os.ReadFile(to); err != nil || string(data) != "figs" {
		t.Errorf("fetched %q, %v", data, err)
	}
	for _, c := range [][]string{
		{"send", "general", "more"},
		{"send", "general", "--file", file},
		{"mute", "general"},
		{"hide", "general"},
		{"storage", "--clear"},
		{"invite"},
		{"tail", "general", "--follow"},
		{"profile", "--status", "away"},
	} {
		if code, out, errs := g.try("dora", c...); code != exitProfile || strings.Count(errs, says) != 1 {
			t.Errorf("%q: %d %s%s", c, code, out, errs)
		}
	}
	protect(false)
	g.do("dora", "send", "general", "more")
}
