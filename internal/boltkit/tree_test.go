package boltkit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"hearth/internal/testkit"
)

// roomy fills a file with a bucket of several levels, and buckets in another.
func roomy(t testing.TB, path string) {
	t.Helper()
	db, err := Open(path, options())
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *bbolt.Tx) error {
		rooms, err := tx.CreateBucket([]byte("rooms"))
		if err != nil {
			return err
		}
		for room := range 8 {
			b, err := rooms.CreateBucket(fmt.Appendf(bytes.Repeat([]byte("r"), 80), "%03d", room))
			if err != nil {
				return err
			}
			for i := range room * 40 {
				if err := b.Put(fmt.Appendf(nil, "%06d", i), bytes.Repeat([]byte("v"), 300)); err != nil {
					return err
				}
			}
		}
		for i := range 800 { // long keys: three levels
			if err := tx.Bucket(bucket).Put(fmt.Appendf(bytes.Repeat([]byte("k"), 400), "%06d", i), []byte("value")); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// A page that leads to one that leads to it is found before a cursor of bbolt's goes
// round for ever, whether or not leaves are read. If they are, so is every branch that
// is led to from a place that is not its own.
func TestCircles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	roomy(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	order := binary.NativeEndian
	pages, _ := pagesInUse(t, path)
	var branches []int
	for _, id := range pages {
		if order.Uint16(data[id*page+8:]) == branchKind {
			branches = append(branches, id)
		}
	}
	if len(branches) < 8 {
		t.Fatalf("only %d branches", len(branches))
	}
	above := map[int]map[int]bool{} // the pages that one leads to, and itself
	var lead func(from, id int)
	lead = func(from, id int) {
		above[from][id] = true
		for i := range int(order.Uint16(data[id*page+10:])) {
			if order.Uint16(data[id*page+8:]) == branchKind {
				lead(from, int(order.Uint64(data[id*page+pageHead+i*pageElement+8:])))
			}
		}
	}
	for _, id := range branches {
		above[id] = map[int]bool{}
		lead(id, id)
	}
	tried, each := 0, 5
	if testkit.Race {
		each = 50
	}
	for _, id := range branches {
		count := int(order.Uint16(data[id*page+10:]))
		for _, i := range []int{0, count / 2, count - 1} {
			child := data[id*page+pageHead+i*pageElement+8:]
			right := order.Uint64(child)
			for _, target := range branches {
				if right == uint64(target) {
					continue
				}
				if tried++; tried%each != 0 && (testkit.Race || !above[target][id]) {
					continue
				}
				order.PutUint64(child, uint64(target))
				for _, leaves := range []bool{false, true} {
					if err := treesIn(bytes.NewReader(data), int64(len(data)), leaves); !errors.Is(err, ErrDamaged) && (leaves || above[target][id]) {
						t.Fatalf("element %d of page %d leads to page %d, leaves %v: %v", i, id, target, leaves, err)
					}
				}
			}
			order.PutUint64(child, right)
		}
	}
	if err := treesIn(bytes.NewReader(data), int64(len(data)), true); err != nil {
		t.Errorf("everything in its place: %v", err)
	}
	t.Logf("%d branches, %d changes", len(branches), tried)
	// Opening says it, too.
	wrong := bytes.Clone(data)
	order.PutUint64(wrong[branches[0]*page+pageHead+8:], uint64(branches[0]))
	if err := os.WriteFile(path, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := Open(path, options()); !errors.Is(err, ErrDamaged) {
		t.Errorf("opened: %v %v", db, err)
	}
}

// A bucket small enough to lie in the value of its element is one leaf. Taken for a
// branch, its elements would lead to itself.
func TestSmallBuckets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := Open(path, options())
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(t.Context(), put("a", "")), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := readHeads(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	order := binary.NativeEndian
	root := data[int(order.Uint64(data[h.at+metaOffset+rootOfHeads:]))*int(h.newest.pageSize):]
	element := root[pageHead:] // of the bucket "b": the first key
	value := element[order.Uint32(element[4:])+order.Uint32(element[8:]):]
	page := value[bucketHead:]
	if order.Uint64(value) != 0 || order.Uint16(page[8:]) != leafKind || order.Uint16(page[10:]) != 1 {
		t.Fatalf("this is no small bucket: %x", value[:64])
	}
	for name, harm := range map[string]func(){
		"a branch":              func() { page[8] = branchKind },
		"nothing":               func() { page[8] = 0 },
		"both":                  func() { page[8] |= branchKind },
		"a bucket in it":        func() { page[pageHead] |= bucketFlag },
		"a key outside of it":   func() { order.PutUint32(page[pageHead+4:], 1<<16) },
		"a long key":            func() { order.PutUint32(page[pageHead+8:], 1<<16) },
		"a long value":          func() { order.PutUint32(page[pageHead+12:], 1<<16) },
		"more than it has":      func() { page[11] = 4 },
		"shorter than any":      func() { order.PutUint32(element[12:], 20) },
		"longer than its page":  func() { order.PutUint32(element[12:], 1<<20) },
		"behind the end":        func() { order.PutUint32(element[4:], 1<<31) },
		"a root that is a head": func() { value[0] = 1 },
	} {
		before := bytes.Clone(data)
		harm()
		if err := treesIn(bytes.NewReader(data), int64(len(data)), true); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		copy(data, before)
	}
	if err := treesIn(bytes.NewReader(data), int64(len(data)), true); err != nil {
		t.Error(err)
	}
}

// No sound file is refused, whatever was written, deleted and emptied before.
func TestSoundTrees(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		names := []string{"a", "b", "c"}
		for range rapid.IntRange(1, 8).Draw(r, "transactions") {
			err := db.Update(func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucketIfNotExists([]byte(rapid.SampledFrom(names).Draw(r, "bucket")))
				if err == nil && rapid.Bool().Draw(r, "inner") {
					b, err = b.CreateBucketIfNotExists([]byte("inner" + rapid.SampledFrom(names).Draw(r, "name")))
				}
				if err != nil {
					return err
				}
				from, count := rapid.IntRange(0, 500).Draw(r, "from"), rapid.IntRange(0, 400).Draw(r, "count")
				value := make([]byte, rapid.SampledFrom([]int{0, 10, 300, 9000}).Draw(r, "bytes"))
				remove := rapid.Bool().Draw(r, "remove")
				for i := from; i < from+count; i++ {
					key := fmt.Appendf(bytes.Repeat([]byte("k"), 100), "%06d", i)
					if remove {
						err = errors.Join(err, b.Delete(key))
					} else {
						err = errors.Join(err, b.Put(key, value))
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, small := range []int64{0, smallFile} {
				if err := checkTrees(path, small); err != nil {
					r.Fatalf("leaves up to %d bytes: %v", small, err)
				}
			}
		}
		if err := errors.Join(db.Close(), os.Remove(path)); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkCheckTrees is what a start pays for it: a file of a million records.
func BenchmarkCheckTrees(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	for part := range 100 {
		err := db.Update(func(tx *bbolt.Tx) error {
			bk, err := tx.CreateBucketIfNotExists(bucket)
			bk.FillPercent = 0.9
			for i := range 10_000 {
				if err == nil {
					err = bk.Put(Key64(uint64(part*10_000+i)), make([]byte, 400))
				}
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size()>>20), "MiB")
	for b.Loop() {
		if err := checkTrees(path, smallFile); err != nil {
			b.Fatal(err)
		}
	}
}
