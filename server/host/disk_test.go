package host

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

func TestMark(t *testing.T) {
	const gib = 1 << 30
	for _, test := range []struct {
		d           Disk
		total, want uint64
	}{
		{Disk{}, 1000 * gib, gib},
		{Disk{}, 10 * gib, 10 * gib / 100 * 5},
		{Disk{MinFree: 3 * gib}, 1000 * gib, 3 * gib},
		{Disk{MinFree: 3 * gib, MinPercent: 50}, 4 * gib, 4 * gib / 100 * 50},
		{Disk{MinFree: -1}, 1000 * gib, 0},
		{Disk{MinPercent: -1}, 10 * gib, 0},
	} {
		d := test.d.withDefaults()
		if got := d.mark(test.total); got != test.want {
			t.Errorf("%+v of %d GiB: %d, want %d", test.d, test.total/gib, got, test.want)
		}
		if files := d.filesMark(test.total); test.d.MinPercent >= 0 && files != test.want+200<<20 {
			t.Errorf("%+v of %d GiB: files down to %d, messages to %d", test.d, test.total/gib, files, test.want)
		}
	}
	if got, want := (Disk{}).withDefaults().filesMark(1*gib), uint64(2*(gib/100*5)); got != want {
		t.Errorf("of a small disk: %d, want %d", got, want)
	}
	if got := (Disk{MinFree: -1, FilesReserve: -1}).withDefaults().filesMark(gib); got != 0 {
		t.Errorf("without any mark: %d", got)
	}
	if (Disk{}).withDefaults().full(filepath.Join(t.TempDir(), "none")) {
		t.Error("what cannot be told counts as full")
	}
}

// TestSmallDisk: below the mark the server is not ready and says why; above it is
// again. What is refused by the file itself passes as well.
func TestSmallDisk(t *testing.T) {
	disk := smallDisk(t, 40<<20, false)
	c := config(t, filepath.Join(disk, "data"))
	c.Disk = Disk{MinFree: 10 << 20, MinPercent: 50, FilesReserve: 10 << 20}
	c.Backups.Every = -1
	h := start(t, c)
	t.Cleanup(func() { stop(t, h) }) // before the disk goes
	ready := func(want bool) {
		t.Helper()
		text := ""
		testkit.Eventually(t, "readiness", func() bool {
			var code int
			code, text = h.call(t, "GET", "/readyz", "", nil)
			return (code == http.StatusOK) == want
		})
		if !want && !strings.Contains(text, "disk") {
			t.Errorf("it says %q", text)
		}
	}
	ready(true)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 25<<20), 0o600); err != nil { // below the mark of files only
		t.Fatal(err)
	}
	testkit.Eventually(t, "the word of warning", func() bool {
		code, text := h.call(t, "GET", "/readyz", "", nil)
		return code == http.StatusOK && strings.Contains(text, "files are refused")
	})
	if err := os.WriteFile(ballast, make([]byte, 32<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	ready(false)
	_, err := h.Backup(t.Context(), filepath.Join(disk, "copy.db"))
	refused(t, err, KindSpace)

	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	if err := put(h.store, w.Found(p)); err != nil {
		t.Fatal(err)
	}
	before := *w
	for err = nil; err == nil; {
		before = *w
		err = put(h.store, w.Message(p, strings.Repeat("x", 40_000)))
	}
	if !errors.Is(err, storage.ErrNoSpace) {
		t.Fatal(err)
	}
	*w = before
	if err := h.store.Err(); err != nil {
		t.Errorf("a full disk is not the end: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	ready(true)
	if err := put(h.store, w.Message(p, "after")); err != nil {
		t.Errorf("with space again: %v", err)
	}
	stop(t, h)
	if r, err := VerifyFor(t.Context(), c, true); err != nil || len(r.Damage) > 0 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestStartOnFullDisk: a new server does not begin where nothing can be written.
func TestStartOnFullDisk(t *testing.T) {
	disk := smallDisk(t, 16<<10, false)
	refused(t, openRefused(t, config(t, filepath.Join(disk, "data"))), KindSpace, disk, "full")
	// Nothing half-done is in the way once there is space.
	if _, err := os.Stat(filepath.Join(disk, "data", identityFile)); err == nil {
		t.Error("an identity was made")
	}
}
