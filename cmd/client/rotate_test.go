package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestRotating(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log", "hearth.log")
	r, err := openRotating(path)
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.Repeat([]byte("x"), maxLogBytes/4)
	for i := range 4 * (keptLogs + 3) {
		line[0] = byte('a' + i/4)
		if _, err := r.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Write(line); err == nil {
		t.Error("a closed log takes lines")
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != keptLogs+1 {
		t.Errorf("%d files, want %d", len(files), keptLogs+1)
	}
	for i, name := range []string{"hearth.log", "hearth.log.1", "hearth.log.2", "hearth.log.3"} {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if want := byte('a' + keptLogs + 2 - i); data[0] != want || len(data) != maxLogBytes {
			t.Errorf("%s begins with %c and has %d bytes, want %c and %d", name, data[0], len(data), want, maxLogBytes)
		}
		if info, _ := os.Stat(filepath.Join(filepath.Dir(path), name)); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestRotatingAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hearth.log")
	for range 2 {
		r, err := openRotating(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if data, _ := os.ReadFile(path); string(data) != "line\nline\n" {
		t.Errorf("log is %q", data)
	}
}
