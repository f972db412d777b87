package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hearth/server/host"
)

// TestFolderThatWasServed: a data folder that carries where it was served is served there
// again without another word; flags and another file win over it.
func TestFolderThatWasServed(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other.toml")
	if err := host.Describe(dir, []string{"127.0.0.1:43900"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte("listen = [\":1\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]*place{
		"127.0.0.1:43900": {folder: folder{Data: dir}},
		":1":              {folder: folder{Data: dir, Config: other}},
		":2":              {folder: folder{Data: dir}, Listen: []string{":2"}},
	} {
		c, err := p.host()
		if err != nil || !slices.Equal(c.Listen, []string{want}) || c.Dir != dir {
			t.Errorf("listens on %q in %q, want %q: %v", c.Listen, c.Dir, want, err)
		}
	}
	if c, err := (&place{folder: folder{Data: t.TempDir()}}).host(); err != nil || len(c.Listen) > 0 {
		t.Errorf("a folder that carries nothing: %q, %v", c.Listen, err)
	}
}
