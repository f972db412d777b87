package boltkit

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"hearth/internal/testkit"
)

// TestMain also is the program that looks at files for these tests.
func TestMain(m *testing.M) {
	if code, ok := RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout, testTasks); ok {
		os.Exit(code)
	}
	testkit.Main(m)
}

var bucket = []byte("b")

func makeBucket(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(bucket)
	return err
}

func options() Options {
	return Options{Kind: "test", Migrations: []Migration{makeBucket}, Timeout: 50 * time.Millisecond}
}

func open(t *testing.T, path string, o Options) *DB {
	t.Helper()
	db, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func put(key, value string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put([]byte(key), []byte(value)) }
}

// content returns all keys and values of the bucket as one text.
func content(t *testing.T, db *DB) string {
	t.Helper()
	var b bytes.Buffer
	err := db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(k, v []byte) error {
			_, err := fmt.Fprintf(&b, "%s=%s ", k, v)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestUpdateIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, options())
	if err := db.Update(t.Context(), put("a", "1")); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path, options())
	if got := content(t, db); got != "a=1 " {
		t.Errorf("content %q", got)
	}
}

func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	open(t, path, options())
	if _, err := Open(path, options()); !errors.Is(err, ErrInUse) {
		t.Errorf("second open: %v", err)
	}
}

// hold makes the committer wait inside a transaction, so that what is submitted
// meanwhile becomes one group.
func hold(db *DB) (release func()) {
	held, gate := make(chan struct{}), make(chan struct{})
	db.Submit(func(*bbolt.Tx) error { close(held); <-gate; return nil }, func(error) {})
	<-held
	return func() { close(gate) }
}

func TestFailedRequestLeavesNoTrace(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), options())
	mine := errors.New("mine")
	runs := map[string]int{}
	var mu sync.Mutex
	var order []string
	var wg sync.WaitGroup
	submit := func(key string, fail error) {
		wg.Add(1)
		db.Submit(func(tx *bbolt.Tx) error {
			runs[key]++
			if errors.As(fail, new(refusal)) {
				return fail
			}
			if err := put(key, key)(tx); err != nil {
				return err
			}
			return fail
		}, func(err error) {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			order = append(order, key)
			if want := fail != nil; errors.Is(err, mine) != want {
				t.Errorf("%s: %v", key, err)
			}
			if _, wrapped := err.(refusal); wrapped {
				t.Errorf("%s: the answer is wrapped", key)
			}
		})
	}
	release := hold(db)
	submit("a", nil)
	submit("b", Refuse(mine))
	submit("c", mine)
	submit("d", nil)
	submit("e", Refuse(mine))
	submit("f", mine)
	release()
	wg.Wait()
	if got := content(t, db); got != "a=a d=d " {
		t.Errorf("content %q", got)
	}
	if got := fmt.Sprint(order); got != "[a b c d e f]" {
		t.Errorf("answers came as %s", got)
	}
	if got := fmt.Sprint(runs); got != "map[a:3 b:1 c:1 d:2 e:1 f:1]" {
		t.Errorf("runs %s", got)
	}
}

func TestGroupIsOneTransaction(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), options())
	release := hold(db)
	seen := make(chan int, 2*MaxGroup)
	for range 2*MaxGroup - 1 { // one is the holder
		db.Submit(func(tx *bbolt.Tx) error { seen <- tx.ID(); return put("x", "y")(tx) }, func(error) {})
	}
	release()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ids := map[int]int{}
	for range len(seen) {
		ids[<-seen]++
	}
	if len(ids) != 2 {
		t.Errorf("%d requests went in %d transactions: %v", 2*MaxGroup-1, len(ids), ids)
	}
}

func TestUpdateWithdraws(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), options())
	release := hold(db)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- db.Update(ctx, put("a", "1")) }()
	for { // until it waits
		db.mu.Lock()
		n := len(db.waiting)
		db.mu.Unlock()
		if n == 1 {
			break
		}
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled update: %v", err)
	}
	if err := db.Update(ctx, put("a", "1")); !errors.Is(err, context.Canceled) {
		t.Errorf("update with an ended context: %v", err)
	}
	release()
	if err := db.Update(t.Context(), put("b", "1")); err != nil {
		t.Error(err)
	}
	if got := content(t, db); got != "b=1 " {
		t.Errorf("content %q", got)
	}
}

func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, options())
	release := hold(db)
	answers := make(chan error, 10)
	for i := range 10 {
		db.Submit(put(fmt.Sprint(i), "v"), func(err error) { answers <- err })
	}
	release()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := <-answers; err != nil {
			t.Errorf("handed over before Close: %v", err)
		}
	}
	db.Submit(put("late", "v"), func(err error) { answers <- err })
	if err := <-answers; !errors.Is(err, ErrClosed) {
		t.Errorf("submit after Close: %v", err)
	}
	if err := db.Update(t.Context(), put("late", "v")); !errors.Is(err, ErrClosed) {
		t.Errorf("update after Close: %v", err)
	}
	if err := db.View(func(*bbolt.Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("view after Close: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestNoSpaceIsNotFinal(t *testing.T) {
	o := options()
	o.MaxBytes = 8 << 20
	db := open(t, filepath.Join(t.TempDir(), "a.db"), o)
	big := string(make([]byte, 6<<20))
	if err := db.Update(t.Context(), put("big", big)); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("too much: %v", err)
	}
	if err := db.Err(); err != nil {
		t.Error(err)
	}
	if err := db.Update(t.Context(), put("small", "v")); err != nil {
		t.Errorf("after that: %v", err)
	}
	if got := content(t, db); got != "small=v " {
		t.Errorf("content %q", got)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNoSpaceErrors(t *testing.T) {
	for _, err := range []error{
		noSpace[0], &os.PathError{Op: "write", Path: "x", Err: noSpace[0]},
		fmt.Errorf("file sync error: %s", noSpace[0]), fmt.Errorf("file resize error: %s", noSpace[len(noSpace)-1]),
	} {
		if !IsNoSpace(err) {
			t.Errorf("%v is not taken for a full disk", err)
		}
	}
	if IsNoSpace(os.ErrPermission) {
		t.Error("a permission is taken for a full disk")
	}
}

func TestOtherCommitErrorIsFinal(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), options())
	if err := db.Update(t.Context(), put("a", "1")); err != nil {
		t.Fatal(err)
	}
	// The engine asserts that nobody ends its transaction: a panic out of Commit
	// stands for everything unforeseen.
	err := db.Update(t.Context(), func(tx *bbolt.Tx) error { panic("page 7 is not what it says") })
	if !errors.Is(err, ErrFailed) || !errors.Is(err, ErrDamaged) {
		t.Errorf("panic: %v", err)
	}
	if err := db.Update(t.Context(), put("b", "1")); !errors.Is(err, ErrFailed) {
		t.Errorf("after that: %v", err)
	}
	if err := db.Err(); !errors.Is(err, ErrFailed) {
		t.Errorf("Err: %v", err)
	}
	if got := content(t, db); got != "a=1 " {
		t.Errorf("content %q", got)
	}
}

func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, options())
	if err := db.Update(t.Context(), put("a", "1")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	two := options()
	two.Migrations = append(two.Migrations, put("b", "2"), func(*bbolt.Tx) error { return errors.New("cannot") })
	if _, err := Open(path, two); err == nil {
		t.Fatal("opened although a migration failed")
	}
	two.Migrations = two.Migrations[:2]
	db = open(t, path, two) // the second has run already
	if got := content(t, db); got != "a=1 b=2 " {
		t.Errorf("after migration %q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := open(t, path+".format-1", options())
	if got := content(t, before); got != "a=1 " {
		t.Errorf("the copy holds %q", got)
	}
	if _, err := Open(path, options()); !errors.Is(err, ErrNewer) {
		t.Errorf("older program: %v", err)
	}
	two.Kind = "other"
	if _, err := Open(path, two); !errors.Is(err, ErrWrongKind) {
		t.Errorf("other kind: %v", err)
	}
	if entries, _ := filepath.Glob(path + "*.half"); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	b, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Update(makeBucket), b.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, options()); !errors.Is(err, ErrWrongKind) {
		t.Errorf("foreign file: %v", err)
	}
}

// TestDamage cuts and overwrites a file in many ways: opening, reading, checking
// and writing must end in ErrDamaged or succeed, never crash.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, options())
	for i := range 500 {
		key := fmt.Sprintf("%05d", i)
		db.Submit(put(key, string(make([]byte, 300))), func(error) {})
	}
	if err := db.Update(t.Context(), put("end", "1")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	used := int(binary.NativeEndian.Uint64(sound[metaOffset+40:])) * page
	if m, ok, _ := readMeta(bytes.NewReader(sound), int64(page)); ok {
		used = max(used, int(m.pages)*page)
	}
	damaged := 0
	try := func(name string, data []byte, must bool) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := useAll(path)
		switch {
		case errors.Is(err, ErrDamaged) || errors.Is(err, ErrWrongKind):
			damaged++
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case must:
			t.Errorf("%s: not noticed", name)
		}
	}
	try("text", []byte("this is a letter, not a database\n"), true)
	for size := 1; size < used; size += 3*page + 17 {
		try(fmt.Sprintf("cut at %d", size), sound[:size], true)
	}
	for at := 0; at < used; at += page {
		wrong := bytes.Clone(sound)
		copy(wrong[at:at+page], bytes.Repeat([]byte{0xA5}, page))
		try(fmt.Sprintf("page %d overwritten", at/page), wrong, false)
	}
	t.Logf("%d of the damaged files were noticed", damaged)
	if damaged < used/page/4 {
		t.Errorf("only %d noticed", damaged)
	}
}

func useAll(path string) error {
	db, err := Open(path, options())
	if err != nil {
		return err
	}
	err = db.Check(context.Background())
	if err == nil {
		err = db.Update(context.Background(), put("after", "1"))
	}
	return errors.Join(err, db.Close())
}

// TestCutWhileOpen takes the file away under a running database.
func TestCutWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path, options())
	for i := range 500 {
		db.Submit(put(fmt.Sprintf("%05d", i), string(make([]byte, 300))), func(error) {})
	}
	if err := db.Update(t.Context(), put("end", "1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(2*os.Getpagesize())); err != nil {
		t.Skipf("cannot cut an open file here: %v", err)
	}
	if err := db.Check(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("Check: %v", err)
	}
	if err := db.Update(t.Context(), put("00001", "2")); !errors.Is(err, ErrFailed) {
		t.Errorf("Update: %v", err)
	}
	// Its own cleanup must not fail for that.
}

// TestCheckUnderLoad checks while others write: it must find nothing.
func TestCheckUnderLoad(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), options())
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := db.Update(t.Context(), put(fmt.Sprintf("%d-%d", w, i%300), string(make([]byte, i%2000)))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20 {
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestKeys(t *testing.T) {
	if n, ok := Uint64(Join([]byte("room"), Key64(1<<40+7))); !ok || n != 1<<40+7 {
		t.Errorf("%d %v", n, ok)
	}
	if _, ok := Uint64([]byte("short")); ok {
		t.Error("a short key has a number")
	}
	if bytes.Compare(Key64(255), Key64(256)) >= 0 {
		t.Error("keys do not sort like numbers")
	}
	db := open(t, filepath.Join(t.TempDir(), "a.db"), options())
	for _, k := range []string{"a1", "a2", "b1", "a3"} {
		if err := db.Update(t.Context(), put(k, "v")); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	err := db.View(func(tx *bbolt.Tx) error {
		return ScanPrefix(tx.Bucket(bucket), []byte("a"), func(k, _ []byte) (bool, error) {
			seen = append(seen, string(k))
			return len(seen) < 2, nil
		})
	})
	if err != nil || fmt.Sprint(seen) != "[a1 a2]" {
		t.Errorf("%v %v", seen, err)
	}
}

// TestOneHead: bbolt goes on with one valid head, which may be the older, and what
// was acknowledged last would be gone without a word.
func TestOneHead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, path, options())
	for _, key := range []string{"first", "last"} {
		if err := db.Update(t.Context(), put(key, "1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for number := range 2 {
		t.Run(fmt.Sprintf("head %d", number), func(t *testing.T) {
			bad := bytes.Clone(sound)
			bad[number*os.Getpagesize()+metaOffset+48] ^= 1
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, options()); !errors.Is(err, ErrHead) || !errors.Is(err, ErrDamaged) {
				t.Fatalf("opened: %v", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, bad) {
				t.Error("the file was changed")
			}
			for _, want := range []bool{true, false} {
				if mended, err := MendHead(path); err != nil || mended != want {
					t.Fatalf("mended %v: %v", mended, err)
				}
			}
			db := open(t, path, options())
			defer db.Close()
			if err := db.View(func(tx *bbolt.Tx) error {
				if tx.Bucket(bucket).Get([]byte("first")) == nil {
					return errors.New("the first commit is gone")
				}
				for err := range tx.Check() {
					return err
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			if err := db.Update(t.Context(), put("after", "1")); err != nil {
				t.Error(err)
			}
		})
	}
}
