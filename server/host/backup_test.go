package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
	"hearth/server/storage/storagetest"
)

// talk appends n messages to a room of their own, as the server does.
func talk(t testing.TB, s storage.Store, n int) *storagetest.Writer {
	t.Helper()
	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	for b := w.Found(p); ; b = w.Message(p, strings.Repeat("said ", 20), "and again") {
		if err := put(s, b); err != nil {
			t.Fatal(err)
		}
		if int(w.Head.Seq) >= n {
			return w
		}
	}
}

func put(s storage.Store, b *storage.Batch) error {
	answer := make(chan error, 1)
	s.Append(b, func(err error) { answer <- err })
	return <-answer
}

func TestBackupWhileRunning(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	w := talk(t, h.store, 500)
	to := filepath.Join(t.TempDir(), "copy.db")
	report, err := BackupFor(t.Context(), Config{Dir: c.Dir, Rerun: Self}, to)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Checked || report.Rooms != 2 || report.Events < 500 || report.Damages != 0 || report.Bytes == 0 {
		t.Errorf("%+v", report)
	}
	s, err := boltstore.OpenCopy(to, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if head, err := s.Head(t.Context(), w.Room); err != nil || head != w.Head {
		t.Errorf("the copy ends at %v, the data at %v (%v)", head, w.Head, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = BackupFor(t.Context(), Config{Dir: c.Dir, Rerun: Self}, to)
	refused(t, err, KindRequest, to, "exists")
	_, err = BackupFor(t.Context(), Config{Dir: c.Dir, Rerun: Self}, filepath.Join(t.TempDir(), "no folder", "x.db"))
	refused(t, err, KindRequest)
	_, text := h.call(t, "GET", "/metrics", "", nil)
	if !strings.Contains(text, "hearth_backup_last_success_timestamp_seconds 1") {
		t.Error("the backup is not counted")
	}
	before, _ := os.ReadDir(c.Dir)
	if report, err := VerifyFor(t.Context(), Config{Dir: c.Dir, Rerun: Self}, true); err != nil || len(report.Damage) > 0 || report.Events < 500 {
		t.Errorf("verify while it runs: %+v, %v", report, err)
	}
	if after, _ := os.ReadDir(c.Dir); len(after) != len(before) {
		t.Errorf("verify left something behind: %v", after)
	}
}

func TestBackupStopped(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	talk(t, h.store, 50)
	stop(t, h)
	to := filepath.Join(t.TempDir(), "copy.db")
	if report, err := BackupFor(t.Context(), c, to); err != nil || report.Events < 50 {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err := VerifyFor(t.Context(), c, true); err != nil || report.Events < 50 || len(report.Damage) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	_, err := BackupFor(t.Context(), Config{Dir: t.TempDir(), Rerun: Self}, to+"2")
	refused(t, err, KindAbsent)
	_, err = VerifyFile(t.Context(), c, to+"3")
	refused(t, err, KindAbsent, to+"3")
}

// TestScheduledBackups: copies are made by themselves, old ones go, and a name
// that is not ours is never touched.
func TestScheduledBackups(t *testing.T) {
	c := config(t, testkit.Dir(t))
	c.Backups = Backups{Every: 50 * time.Millisecond, Hourly: 1, Daily: -1, Weekly: -1}
	dir := filepath.Join(c.Dir, "backups")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "hearth-20200101T000000Z.db")
	half, verify := old+".half", filepath.Join(c.Dir, "verify-12345.db") // left over from kills
	foreign := filepath.Join(dir, "hearth-notes.db")
	ahead := filepath.Join(dir, "hearth-29990101T000000Z.db") // made while the clock was wrong
	for _, f := range []string{old, ahead, foreign, half, verify} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := start(t, c)
	talk(t, h.store, 20)
	testkit.Eventually(t, "the second backup", func() bool {
		list, err := listBackups(dir)
		return err == nil && len(list) == 1 && list[0].path != old && list[0].path != ahead
	})
	stop(t, h)
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
	list, err := listBackups(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Backups.Every = time.Hour
	again := start(t, c)
	testkit.Eventually(t, "the age of the newest backup", func() bool {
		_, text := again.call(t, "GET", "/metrics", "", nil)
		return strings.Contains(text, "hearth_backup_last_success_timestamp_seconds 1.")
	})
	stop(t, again)
	if report, err := VerifyFile(t.Context(), c, list[0].path); err != nil || len(report.Damage) > 0 {
		t.Errorf("%+v %v", report, err)
	}
	for _, f := range []string{half, verify} {
		if _, err := os.Stat(f); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", f)
		}
	}
}

// setClock returns a moment as it is after the wall clock was set forward by d: what has
// passed in this process is still known beside it.
func setClock(t *testing.T, at time.Time, d time.Duration) time.Time {
	t.Helper()
	moved := at
	(*struct { // as package time has it: seconds of the wall clock are in bits 30 to 62
		wall uint64
		_    int64
		_    *time.Location
	})(unsafe.Pointer(&moved)).wall += uint64(d/time.Second) << 30 //nolint:gosec // backwards it wraps around
	if moved.Sub(at) != 0 || moved.Round(0).Sub(at.Round(0)) != d {
		t.Fatalf("%v became %v", at, moved)
	}
	return moved
}

// TestBackupsOfWrongClock: a clock that was wrong at the start and is set right holds up
// no backup, nor does it make one come early.
func TestBackupsOfWrongClock(t *testing.T) {
	b := Backups{Every: time.Hour, Dir: t.TempDir()}
	start := time.Now()
	earliest := start.Add(firstBackup)
	for _, set := range [...]time.Duration{0, -24 * time.Hour, -30 * time.Second, 30 * time.Second, 24 * time.Hour} {
		if b.due(setClock(t, earliest.Add(-time.Second), set), earliest) {
			t.Errorf("the clock was set by %v: a second too early", set)
		}
		if !b.due(setClock(t, earliest, set), earliest) {
			t.Errorf("the clock was set by %v: not made", set)
		}
	}
	// The age of copies is a matter of the calendar.
	made := start.Add(-time.Hour)
	if err := os.WriteFile(filepath.Join(b.Dir, backupName(made)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !b.due(start, start) || b.due(setClock(t, start, -time.Minute), start) {
		t.Error("the newest copy's age is not judged by the calendar")
	}
}

func TestNoBackups(t *testing.T) {
	c := config(t, testkit.Dir(t))
	c.Backups = Backups{Every: -1}
	h := start(t, c)
	h.backupLoop() // returns at once
	if _, err := os.Stat(filepath.Join(c.Dir, "backups")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestUnwanted lives with hourly backups for 100 days, as pruning sees them.
func TestUnwanted(t *testing.T) {
	b := DefaultBackups()
	var list []backup
	begin := time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)
	for hour := range 100 * 24 {
		at := begin.Add(time.Duration(hour) * time.Hour)
		list = slices.Insert(list, 0, backup{backupName(at), at, 1000})
		for _, gone := range unwanted(list, b) {
			list = slices.DeleteFunc(list, func(x backup) bool { return x.path == gone.path })
		}
		if len(list) > 14 {
			t.Fatalf("after %d hours there are %d", hour, len(list))
		}
	}
	now := list[0].at
	if age := now.Sub(list[len(list)-1].at); age < 14*24*time.Hour || age > 28*24*time.Hour {
		t.Errorf("the oldest is %v old", age)
	}
	hours, days := 0, 0
	for _, x := range list {
		if now.Sub(x.at) <= 2*time.Hour {
			hours++
		}
		if now.Sub(x.at) <= 6*24*time.Hour+time.Hour {
			days++
		}
	}
	if hours != 3 || days < 7+2 {
		t.Errorf("%d of the last hours, %d of the last week: %v", hours, days, list)
	}
}

// TestUnwantedAlways checks what must hold of any list and any rule.
func TestUnwantedAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backups{
			Hourly: rapid.IntRange(-1, 5).Draw(t, "hourly"), Daily: rapid.IntRange(-1, 5).Draw(t, "daily"),
			Weekly: rapid.IntRange(-1, 5).Draw(t, "weekly"), MaxBytes: rapid.Int64Range(-1, 5000).Draw(t, "bytes"),
		}
		at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		var list []backup
		for i := range rapid.IntRange(0, 40).Draw(t, "n") {
			at = at.Add(-time.Duration(rapid.IntRange(1, 60*48).Draw(t, "gap")) * time.Minute)
			list = append(list, backup{fmt.Sprint(i), at, rapid.Int64Range(1, 1000).Draw(t, "size")})
		}
		gone := unwanted(list, b)
		left := slices.DeleteFunc(slices.Clone(list), func(x backup) bool { return slices.Contains(gone, x) })
		if len(left)+len(gone) != len(list) {
			t.Fatal("something was invented")
		}
		if len(list) > 0 && (len(left) == 0 || left[0] != list[0]) {
			t.Fatal("the newest went")
		}
		if most := max(1, max(b.Hourly, 0)+max(b.Daily, 0)+max(b.Weekly, 0)); len(left) > most {
			t.Fatalf("%d stay of at most %d", len(left), most)
		}
		total := int64(0)
		for _, x := range left {
			total += x.bytes
		}
		if b.MaxBytes > 0 && len(left) > 1 && total > b.MaxBytes {
			t.Fatalf("%d bytes stay", total)
		}
		if again := unwanted(left, b); len(again) != 0 {
			t.Fatalf("pruning again takes %v", again)
		}
	})
}

// TestBackupAsked: a copy that somebody asks for takes none of the others away, nor does
// what is made by itself take it away soon; of those asked for so many stay.
func TestBackupAsked(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	dir := filepath.Join(c.Dir, "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, name := range []string{backupName(now.Add(-time.Second)), backupStem(now.Add(-2*time.Second)) + askedSuffix} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("an earlier state"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report, err := h.BackupAsked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := listBackups(dir)
	if err != nil || len(list) != 3 || list[0].path != report.Path || !list[0].asked() || list[1].asked() || !list[2].asked() {
		t.Errorf("beside %s there are %v, %v", report.Path, list, err)
	}
	begin := time.Date(2026, 7, 1, 10, 0, 1, 0, time.UTC) // all within one hour
	list = nil
	for minute := range 20 {
		at := begin.Add(time.Duration(minute) * time.Minute)
		stem := filepath.Join(dir, backupStem(at))
		list = slices.Insert(list, 0, backup{stem + askedSuffix, at, 1000}, backup{stem + backupSuffix, at.Add(-time.Second), 1000})
		for _, gone := range unwanted(list, DefaultBackups()) {
			list = slices.DeleteFunc(list, func(x backup) bool { return x.path == gone.path })
		}
	}
	if asked := slices.DeleteFunc(slices.Clone(list), func(x backup) bool { return !x.asked() }); len(asked) != mostAsked || len(list) != mostAsked+1 {
		t.Errorf("left are %v", list)
	}
}

// TestBackupOfDamage: a copy that is not sound says so and is not kept.
func TestBackupOfDamage(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	w := talk(t, h.store, 20)
	breakChain(t, h.store, w)
	_, err := h.BackupNow(t.Context())
	refused(t, err, KindDamaged, w.Room.String(), "chain")
	if list, err := listBackups(filepath.Join(c.Dir, "backups")); err != nil || len(list) != 0 {
		t.Errorf("kept: %v, %v", list, err)
	}
	to := filepath.Join(t.TempDir(), "x.db")
	_, err = BackupFor(t.Context(), Config{Dir: c.Dir, Rerun: Self}, to)
	refused(t, err, KindDamaged, to, w.Room.String())
	if _, err := os.Stat(to); err != nil {
		t.Errorf("what the operator asked for must stay: %v", err)
	}
}

// breakChain appends an event whose chain value is wrong: damage that only whoever
// computes the chain can see.
func breakChain(t *testing.T, s storage.Store, w *storagetest.Writer) {
	t.Helper()
	b := w.Message(storagetest.NewPerson(), "x")
	b.Entries[0].Chain[0] ^= 1
	if err := put(s, b); err != nil {
		t.Fatal(err)
	}
}

// TestBackupNeedsRoom: a copy that would leave too little for messages is not
// begun.
func TestBackupNeedsRoom(t *testing.T) {
	disk := smallDisk(t, 2<<20, false)
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	_, err := h.Backup(t.Context(), filepath.Join(disk, "x.db"))
	refused(t, err, KindSpace, "MiB")
	if left, _ := os.ReadDir(disk); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBackupGivenUp: closing the server does not wait for a copy.
func TestBackupGivenUp(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	talk(t, h.store, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to := filepath.Join(t.TempDir(), "x.db")
	if _, err := h.Backup(ctx, to); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(to + "*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}
