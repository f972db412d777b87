package boltkit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/internal/boltkit"
	"hearth/internal/testkit"
)

// mappedKB is how much of a file is in this process's memory.
func mappedKB(t *testing.T, path string) (kb int) {
	t.Helper()
	data, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip("this system does not say what is mapped:", err)
	}
	here := false
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) >= 5 && strings.Contains(f[0], "-") {
			here = strings.Contains(line, path)
		}
		if n := 0; here && len(f) > 1 && f[0] == "Rss:" {
			if _, err := fmt.Sscan(f[1], &n); err == nil {
				kb += n
			}
		}
	}
	return kb
}

// TestForget: what has been read takes no memory any more, and is still there.
func TestForget(t *testing.T) {
	path := filepath.Join(testkit.Dir(t), "big.db")
	bucket, value := []byte("b"), bytes.Repeat([]byte{7}, 1<<20)
	db, err := boltkit.Open(path, boltkit.Options{Kind: "test", Migrations: []boltkit.Migration{func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucket)
		for i := range 16 {
			if err == nil {
				err = b.Put([]byte{byte(i)}, value)
			}
		}
		return err
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read := func() (sum int) {
		err := db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket(bucket).ForEach(func(_, v []byte) error {
				for _, c := range v {
					sum += int(c)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	want := 16 * 7 << 20
	if got := read(); got != want {
		t.Fatalf("read %d, want %d", got, want)
	}
	if before := mappedKB(t, path); before < 16<<10 {
		t.Skipf("%d KB of the file are in memory, although all of it was read", before)
	}
	if err := db.Forget(); err != nil {
		t.Fatal(err)
	}
	if after := mappedKB(t, path); after > 4<<10 {
		t.Errorf("%d KB of the file are still in memory", after)
	}
	if got := read(); got != want {
		t.Errorf("then read %d, want %d", got, want)
	}
}
