package main

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzConfig: whatever stands in a configuration file, reading it ends with
// settings that hold together or with an error, never with a panic.
func FuzzConfig(f *testing.F) {
	f.Add(defaultConfig())
	for _, text := range []string{
		"", "name = \"x\"\nlisten = []", "[limits]\nframe_bytes = -1", "[backup]\nevery = \"1d\"\nkeep_daily = 3", "limits = 3",
		"[backup]\nevery = \"99999999999999999h\"", "[disk]\nmin_free_percent = 51", "x = {a = {b = [1, [2]]}}", "name = '''\n\n'''", "[limits]\nframe_bytes = 1e9",
	} {
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "server.toml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := (&place{folder: folder{Config: path, Data: t.Name()}}).host()
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		if err := c.Limits.Validate(); err != nil {
			t.Fatalf("accepted limits that contradict each other: %v", err)
		}
	})
}
