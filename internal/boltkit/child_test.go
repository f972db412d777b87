package boltkit

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// testTasks are ways a task may end.
var testTasks = map[string]Task{
	"report": func(_ context.Context, path string, report func(any)) error {
		report(map[string]string{"path": path})
		report([]int{1, 2})
		return nil
	},
	"refuse": func(context.Context, string, func(any)) error { return fmt.Errorf("not today: %w", ErrNewer) },
	"panic":  func(context.Context, string, func(any)) error { panic("page 9 is strange") },
	"fault": func(context.Context, string, func(any)) error {
		// On a goroutine nobody guards, as in bbolt's own check.
		go func() { var p *int; *p = 1 }()
		select {}
	},
	"deep": func(context.Context, string, func(any)) error { return deep(nil) },
	"greedy": func(ctx context.Context, _ string, _ func(any)) error {
		var all [][]byte
		for ctx.Err() == nil { // as a cursor does that goes round in a circle
			all = append(all, make([]byte, 1<<20))
		}
		return fmt.Errorf("%d given back", len(all))
	},
	"hang": func(context.Context, string, func(any)) error {
		for n := 0; ; n++ {
			runtime.KeepAlive(n)
		}
	},
	"waiting": func(ctx context.Context, _ string, _ func(any)) error { <-ctx.Done(); return ctx.Err() },
	"killed": func(context.Context, string, func(any)) error {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		return errors.Join(err, errors.New("still here"))
	},
}

func deep(p []byte) error {
	var frame [1024]byte
	if copy(frame[:], p) > len(frame) {
		return nil
	}
	return deep(frame[:])
}

func TestInChild(t *testing.T) {
	var lines []string
	err := InChild(t.Context(), Self, "report", "/some/path", time.Minute, func(l json.RawMessage) { lines = append(lines, string(l)) })
	if err != nil || strings.Join(lines, " ") != `{"path":"/some/path"} [1,2]` {
		t.Errorf("%v %v", lines, err)
	}
	for task, want := range map[string]error{
		"refuse": ErrNewer, "panic": ErrDamaged, "fault": ErrDamaged, "deep": ErrDamaged, "greedy": ErrDamaged, "killed": ErrNoChild, "unknown": ErrNoChild,
	} {
		if err := InChild(t.Context(), Self, task, "x", time.Minute, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", task, err)
		} else {
			t.Log(task, err)
		}
	}
	if err := inChild(t.Context(), Self, "hang", "x", 300*time.Millisecond, time.Hour, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("a task without an end: %v", err)
	}
	if err := inChild(t.Context(), Self, "waiting", "x", time.Minute, 300*time.Millisecond, nil); !errors.Is(err, ErrNoChild) {
		t.Errorf("a task that stands still: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := InChild(ctx, Self, "waiting", "x", time.Minute, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller who gives up: %v", err)
	}
}

// TestNoChild: a program that cannot do it says nothing about the file.
func TestNoChild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := open(t, path, options()).Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for name, rerun := range map[string]Rerun{
		"absent": func(ctx context.Context, _ ...string) *exec.Cmd { return exec.CommandContext(ctx, "/nonexistent") },
		"no child": func(ctx context.Context, args ...string) *exec.Cmd {
			return Self(ctx, append([]string{"-test.run=^$"}, args...)...)
		},
		"flags": func(ctx context.Context, args ...string) *exec.Cmd { return Self(ctx, "-no-such-flag") },
	} {
		log.Reset()
		if err := Precheck(t.Context(), rerun, path, slog.New(slog.NewTextHandler(&log, nil))); err != nil || log.Len() == 0 {
			t.Errorf("%s: %v, log %q", name, err, log.String())
		}
	}
}

// TestChildEndsWithParent: a check does not go on for somebody who is gone.
func TestChildEndsWithParent(t *testing.T) {
	cmd := Self(t.Context(), childVerb, "waiting", "x", "1m")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil { // or the test's own time limit ends it
		t.Error(err)
	}
}

// sound makes a file with several buckets of several levels and returns it.
func sound(t *testing.T, path string, close bool) []byte {
	t.Helper()
	db := open(t, path, options())
	for i := range 2000 {
		db.Submit(put(fmt.Sprintf("%05d", i), string(make([]byte, 300))), func(error) {})
	}
	if err := db.Update(t.Context(), put("end", "1")); err != nil {
		t.Fatal(err)
	}
	if close {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func precheck(t *testing.T, path string) error {
	t.Helper()
	var log bytes.Buffer
	err := Precheck(t.Context(), Self, path, slog.New(slog.NewTextHandler(&log, nil)))
	if log.Len() > 0 {
		t.Errorf("log: %s", log.String())
	}
	return err
}

func TestPrecheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := precheck(t, path); err != nil {
		t.Errorf("no file: %v", err)
	}
	sound(t, path, false)
	if err := precheck(t, path); !errors.Is(err, ErrInUse) {
		t.Errorf("in use: %v", err)
	}
}

// TestPrecheckNotices writes nonsense over every page that is in use, and makes
// pages that lead to themselves: the process that looks may die of it, this one
// must not, and must not open the file.
func TestPrecheckNotices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	data := sound(t, path, true)
	page := os.Getpagesize()
	used, root := pagesInUse(t, path)
	if err := os.Remove(path + cleanSuffix); err != nil {
		t.Fatal(err)
	}
	step := max(1, len(used)/12)
	for i := 0; i < len(used); i += step {
		at := used[i] * page
		for name, harm := range map[string]func([]byte){
			"nonsense": func(b []byte) { copy(b, bytes.Repeat([]byte{0xA5}, page)) },
			"zeroes":   func(b []byte) { clear(b[:page]) },
		} {
			wrong := bytes.Clone(data)
			harm(wrong[at:])
			if err := os.WriteFile(path, wrong, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := precheck(t, path); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s over page %d: %v", name, used[i], err)
			}
		}
	}
	// The root's first child is the root itself.
	wrong := bytes.Clone(data)
	binary.NativeEndian.PutUint64(wrong[root*page+16+8:], uint64(root))
	if err := os.WriteFile(path, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := precheck(t, path); !errors.Is(err, ErrDamaged) {
		t.Errorf("a page that leads to itself: %v", err)
	} else {
		t.Log(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := precheck(t, path); err != nil {
		t.Errorf("the sound file: %v", err)
	}
}

// pagesInUse lists the pages of branches and leaves, and the root of the bucket.
func pagesInUse(t *testing.T, path string) (used []int, root int) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		root = int(tx.Bucket(bucket).RootPage())
		for id := 2; ; id++ {
			p, err := tx.Page(id)
			if err != nil || p == nil {
				return err
			}
			if p.Type == "branch" || p.Type == "leaf" {
				used = append(used, id)
			}
			id += p.OverflowCount
		}
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if len(used) < 50 {
		t.Fatalf("only %d pages in use", len(used))
	}
	return used, root
}

// TestCleanMark: closing says so; writing afterwards, a failure of the engine, or
// another file in its place makes it untrue.
func TestCleanMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	is := func(want bool, when string) {
		t.Helper()
		if got, err := closedProperly(path); err != nil || got != want {
			t.Errorf("%s: closed properly %v, %v", when, got, err)
		}
	}
	db := open(t, path, options())
	is(false, "while it is open")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	is(true, "closed")
	copied, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db = open(t, path, options())
	is(true, "opened and untouched")
	if err := db.Update(t.Context(), put("a", "1")); err != nil {
		t.Fatal(err)
	}
	is(false, "written to")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	is(true, "closed again")
	if err := os.WriteFile(path, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	is(false, "an older copy in its place")
	for name, harm := range map[string]func(*DB) error{
		"a failed commit": func(db *DB) error {
			return db.Update(t.Context(), func(*bbolt.Tx) error { panic("page 7") })
		},
		"a panic while reading": func(db *DB) error { return db.View(func(*bbolt.Tx) error { panic("page 7") }) },
	} {
		db = open(t, path, options())
		if err := harm(db); !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
		_ = db.Close()
		is(false, name)
	}
	read := options()
	read.ReadOnly = true
	if err := open(t, path, read).Close(); err != nil {
		t.Fatal(err)
	}
	is(false, "read only")
}

// TestCopyTo copies while others write: each copy is one instant's state, whole.
func TestCopyTo(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	db := open(t, path, options())
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan int)
	go func() {
		n := 0
		defer func() { written <- n }()
		for ctx.Err() == nil {
			n++
			err := db.Update(t.Context(), func(tx *bbolt.Tx) error {
				return errors.Join(put("x", fmt.Sprint(n))(tx), put("y", fmt.Sprint(n))(tx), put(fmt.Sprint("k", n%500), string(make([]byte, 3000)))(tx))
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for i := range 5 {
		to := filepath.Join(dir, fmt.Sprint("copy", i))
		if err := db.CopyTo(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		if err := precheck(t, to); err != nil {
			t.Fatal(err)
		}
		read := options()
		read.ReadOnly = true
		c := open(t, to, read)
		err := c.View(func(tx *bbolt.Tx) error {
			if x, y := tx.Bucket(bucket).Get([]byte("x")), tx.Bucket(bucket).Get([]byte("y")); string(x) != string(y) {
				return fmt.Errorf("x is %s, y is %s", x, y)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := c.Update(t.Context(), put("z", "1")); !errors.Is(err, ErrReadOnly) {
			t.Errorf("writing to what was opened to be read: %v", err)
		}
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	stop()
	t.Logf("%d commits meanwhile", <-written)

	if err := db.CopyTo(t.Context(), filepath.Join(dir, "copy0")); !errors.Is(err, os.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.CopyTo(ended, filepath.Join(dir, "none")); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if err := db.CopyTo(t.Context(), filepath.Join(dir, "no folder", "x")); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no such folder: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.half")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "none*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadOnlyRefuses(t *testing.T) {
	read := options()
	read.ReadOnly = true
	path := filepath.Join(t.TempDir(), "a.db")
	if _, err := Open(path, read); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := open(t, path, options()).Close(); err != nil {
		t.Fatal(err)
	}
	read.Migrations = append(read.Migrations, put("b", "2"))
	if _, err := Open(path, read); !errors.Is(err, ErrOlder) {
		t.Errorf("an older format: %v", err)
	}
}

// TestPrecheckOfLargeFile: one that was closed properly is looked at quickly, any
// other from end to end.
func TestPrecheckOfLargeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, options())
	for i := range smallFile / 30_000 {
		db.Submit(put(fmt.Sprintf("%08d", i), string(make([]byte, 32_000))), func(error) {})
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) <= smallFile {
		t.Fatalf("only %d bytes", len(data))
	}
	write := func(harm func([]byte)) {
		t.Helper()
		wrong := bytes.Clone(data)
		harm(wrong)
		if err := os.WriteFile(path, wrong, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	used, root := pagesInUse(t, path)
	page := os.Getpagesize()
	middle := func(b []byte) { clear(b[used[len(used)/2]*page:][:page]) }
	write(middle)
	if err := precheck(t, path); err != nil {
		t.Errorf("a leaf in the middle is the next backup's to find: %v", err)
	}
	if err := os.Remove(path + cleanSuffix); err != nil {
		t.Fatal(err)
	}
	if err := precheck(t, path); !errors.Is(err, ErrDamaged) {
		t.Errorf("not closed properly: %v", err)
	}
	write(func([]byte) {})
	if err := precheck(t, path); err != nil {
		t.Errorf("sound, not closed properly: %v", err)
	}
	if err := markClosed(path, nil); err != nil {
		t.Fatal(err)
	}
	write(func(b []byte) { clear(b[root*page:][:page]) })
	if err := precheck(t, path); !errors.Is(err, ErrDamaged) {
		t.Errorf("closed properly, the root is gone: %v", err)
	}
}
