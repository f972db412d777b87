package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hearth/internal/testkit"
)

// TestFullDisk: who fetches a file onto a full disk is told so, and does not wait for space.
func TestFullDisk(t *testing.T) {
	dir := testkit.SmallDisk(t, 24<<20)
	g := newRig(t)
	g.check(os.Mkdir(filepath.Join(dir, "dora"), 0o700))
	g.check(os.Symlink(filepath.Join(dir, "dora"), filepath.Join(g.dir, "dora")))
	g.join("dora", g.do("ann", "invite"))
	big := filepath.Join(g.dir, "big.bin")
	g.check(os.WriteFile(big, bytes.Repeat([]byte("Hearth 1"), 1<<20), 0o600))
	g.do("ann", "send", "general", "--file", big)
	g.do("dora", "rooms", "--sync")
	seq := field(t, strings.ReplaceAll(g.do("dora", "files", "general", "--json"), `"seq":`, `"seq":"`)+`"`, "seq")
	seq, _, _ = strings.Cut(seq, ",")
	g.server.stop()
	fill(t, dir)
	// What is free in the database itself goes to what waits.
	lines := strings.NewReader(strings.Repeat(strings.Repeat("x", 15_000)+"\n", 1000))
	var errs strings.Builder
	if code := run(t.Context(), g.args("dora", []string{"send", "general", "-", "--queue"}), lines, io.Discard, &errs); code != exitFailure || !strings.Contains(errs.String(), "the disk is full") {
		t.Fatalf("send: %d %s", code, errs.String())
	}
	g.check(g.server.start())
	for range 8 { // what does not fit in any more
		g.do("ann", "send", "general", strings.Repeat("y", 15_000))
	}
	to := filepath.Join(g.dir, "fetched.bin")
	if code, out, errs := g.try("dora", "--timeout", "5m", "fetch", "general", seq, "--to", to); code != exitFailure || !strings.HasPrefix(errs, "hearth-cli: this disk is full") || strings.Count(errs, "full") != 1 {
		t.Errorf("fetch: %d %s%s", code, out, errs)
	}
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

// fill takes all the space that a disk has.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	for size := 1 << 20; err == nil && size > 0; size /= 2 {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if errors.Is(err, syscall.ENOSPC) {
			err = nil
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
