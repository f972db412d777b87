package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hearth/internal/boltkit"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// Backups say how often a copy of the data is made and which copies stay. Zero
// fields have the defaults of DefaultBackups.
type Backups struct {
	Every  time.Duration // below zero: never
	Dir    string        // default: "backups" in the data folder
	Hourly int           // the newest of each of so many hours stay; below zero: none
	Daily  int           // the same of days
	Weekly int           // the same of weeks
	// MaxBytes bounds what all copies take together; the newest stays whatever it
	// takes. Below zero: no bound.
	MaxBytes int64
}

// DefaultBackups is what a server keeps that nobody has configured.
func DefaultBackups() Backups {
	return Backups{Every: time.Hour, Hourly: 3, Daily: 7, Weekly: 4, MaxBytes: 20 << 30}
}

func (b Backups) withDefaults(data string) Backups {
	d := DefaultBackups()
	if b.Every == 0 {
		b.Every = d.Every
	}
	if b.Dir == "" {
		b.Dir = filepath.Join(data, "backups")
	}
	for _, n := range [...][2]*int{{&b.Hourly, &d.Hourly}, {&b.Daily, &d.Daily}, {&b.Weekly, &d.Weekly}} {
		if *n[0] == 0 {
			*n[0] = *n[1]
		}
	}
	if b.MaxBytes == 0 {
		b.MaxBytes = d.MaxBytes
	}
	return b
}

const (
	firstBackup = time.Minute      // after the start: not while everybody comes back
	retryBackup = 10 * time.Minute // after a failure, unless Every is less
)

// due reports whether it is time for a copy. The age of the newest is judged by the
// calendar: a machine that slept has not waited. How long this process waits for
// earliest is not: a clock that is set right must not make it longer. Names know
// seconds, so there is one copy a second at most.
func (b Backups) due(now, earliest time.Time) bool {
	return !now.Before(earliest) && !now.Before(newestBackup(b.Dir).Add(max(b.Every, time.Second)))
}

// backupLoop makes the copies that are due.
func (h *Host) backupLoop() {
	b := h.config.Backups
	if b.Every < 0 {
		return
	}
	if newest := newestBackup(b.Dir); !newest.IsZero() {
		h.meters.last.Set(float64(newest.Unix())) // or every restart would look like an age without backups
	}
	earliest := time.Now().Add(min(firstBackup, b.Every))
	tick := time.NewTicker(min(b.Every, firstBackup))
	defer tick.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		if !b.due(now, earliest) {
			continue
		}
		if _, err := h.BackupNow(h.ctx); err != nil && h.ctx.Err() == nil {
			h.log.Error("A backup failed", "err", err)
			h.meters.failures.Inc()
			earliest = now.Add(min(retryBackup, b.Every))
		}
	}
}

// BackupNow adds a copy to the folder of backups, as is done by itself every so often,
// and removes those that are not wanted any more.
func (h *Host) BackupNow(ctx context.Context) (*Report, error) {
	return h.fileBackup(ctx, backupSuffix)
}

// BackupAsked is BackupNow for a person who asks for a copy: it takes none of the others'
// places, and the newest of its kind stay whatever is made by itself later.
func (h *Host) BackupAsked(ctx context.Context) (*Report, error) {
	return h.fileBackup(ctx, askedSuffix)
}

func (h *Host) fileBackup(ctx context.Context, suffix string) (*Report, error) {
	h.filing.Lock()
	defer h.filing.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)() // a server that stops does not wait for it
	b := h.config.Backups
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return nil, copyError(err, b.Dir)
	}
	// Only this process writes here: what is half is of one that was killed.
	if err := removeAll(b.Dir, backupPrefix, backupSuffix+".half"); err != nil {
		return nil, err
	}
	to := filepath.Join(b.Dir, backupStem(time.Now())+suffix)
	report, err := h.Backup(ctx, to)
	if err != nil {
		if !errors.Is(err, fs.ErrExist) {
			_ = os.Remove(to) // a copy that does not verify is none
		}
		return report, err
	}
	h.log.Info("Backed up", "file", to, "bytes", report.Bytes, "took", report.Took)
	err = pruneBackups(b)
	if h.config.Changed != nil {
		h.config.Changed()
	}
	return report, err
}

// Report is what looking through a whole copy has found.
type Report struct {
	boltstore.Summary
	Path    string        `json:"path"`
	Bytes   int64         `json:"bytes"`
	Took    time.Duration `json:"took_ns"`
	Damage  []string      `json:"damage,omitempty"` // the first of them, in words
	Checked bool          `json:"checked"`          // false: this program cannot look at files in another process
	Files   *FilesReport  `json:"files,omitempty"`  // nil: the files that people sent were not looked at
}

// mostDamages is how many places a report names.
const mostDamages = 100

// Backup copies the data to a file while everybody goes on, and reads the copy
// from end to end. If the copy shows damage it stays, and the error says so.
func (h *Host) Backup(ctx context.Context, to string) (*Report, error) {
	h.backing.Lock()
	defer h.backing.Unlock()
	start := time.Now()
	if err := h.roomFor(to); err != nil {
		return nil, err
	}
	if err := h.store.CopyTo(ctx, to); err != nil {
		return nil, copyError(err, to)
	}
	report, err := verifyFile(ctx, h.config.Rerun, to)
	if err != nil {
		return nil, err
	}
	report.Took = time.Since(start)
	h.judged(report)
	if len(report.Damage) > 0 {
		return report, personal(KindDamaged, storage.ErrDamaged, "the backup %s shows damage, so the data have it too: %s", to, report.Damage[0])
	}
	h.meters.made(report)
	return report, nil
}

// roomFor refuses a copy that would leave too little for messages.
func (h *Host) roomFor(to string) error {
	info, err := os.Stat(filepath.Join(h.config.Dir, boltstore.FileName))
	if err != nil {
		return storeError(err, h.config.Dir)
	}
	free, total, err := diskSpace(filepath.Dir(to))
	if err != nil {
		return copyError(err, to)
	}
	if need := uint64(info.Size()) + h.config.Disk.mark(total); free < need {
		return personal(KindSpace, storage.ErrNoSpace, "the disk of %s has %d MiB left, and a backup needs %d MiB", filepath.Dir(to), free>>20, need>>20)
	}
	return nil
}

// verifyFile looks through a file that nobody writes to. The error is of another
// sort than damage: that is in the report.
func verifyFile(ctx context.Context, rerun boltkit.Rerun, path string) (*Report, error) {
	start := time.Now()
	info, err := os.Stat(path)
	if err != nil {
		return nil, copyError(err, path)
	}
	r := &Report{Path: path, Bytes: info.Size()}
	if r.Bytes == 0 {
		r.Damage, r.Damages = []string{emptyFile}, 1
		return r, nil
	}
	if rerun == nil {
		s, err := boltstore.OpenCopy(path, boltstore.Options{})
		if err == nil {
			err = s.Close()
		}
		return r, r.judge(err)
	}
	r.Summary, err = boltstore.SurveyFile(ctx, rerun, path, func(damage string) {
		if len(r.Damage) < mostDamages {
			r.Damage = append(r.Damage, harmIn(damage, filepath.Base(path)))
		}
	})
	r.Took, r.Checked = time.Since(start), true
	return r, r.judge(err)
}

// judge makes damage of the file itself part of the report.
func (r *Report) judge(err error) error {
	if errors.Is(err, storage.ErrDamaged) {
		r.Damage = append(r.Damage, harmIn(err.Error(), filepath.Base(r.Path)))
		r.Damages++
		return nil
	}
	return copyError(err, r.Path)
}

// copyError words what reading or writing a copy met.
func copyError(err error, path string) error {
	switch {
	case err == nil, errors.As(err, new(*Error)), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, storage.ErrNoSpace), errors.Is(err, syscall.ENOSPC):
		return personal(KindSpace, err, "the disk that should hold %s is full", path)
	case errors.Is(err, storage.ErrNewer):
		return personal(KindNewer, err, "%s was written by a newer Hearth; use that version", path)
	case errors.Is(err, storage.ErrInUse):
		return personal(KindInUse, err, "a server is running on %s; stop it first", path)
	case errors.Is(err, storage.ErrDamaged):
		return personal(KindDamaged, err, "%s is damaged: %v", path, err)
	case errors.Is(err, boltkit.ErrOlder):
		return personal(KindOther, err, "%s has an older format; restoring it brings it up to date", path)
	case errors.Is(err, fs.ErrExist):
		return personal(KindRequest, err, "%s exists already and was left as it is; choose another name", path)
	case errors.Is(err, fs.ErrNotExist):
		return personal(KindAbsent, err, "there is no %s", path)
	case errors.Is(err, fs.ErrPermission):
		return personal(KindFolder, err, "%s cannot be read or written; choose another place", path)
	}
	return personal(KindOther, err, "%s: %v", path, err)
}

// BackupFor copies the data in a folder to a file, whether a server runs on them
// or not.
func BackupFor(ctx context.Context, c Config, to string) (*Report, error) {
	if err := hasServer(c.Dir); err != nil {
		return nil, err
	}
	if info, err := os.Stat(filepath.Dir(to)); err != nil || !info.IsDir() {
		return nil, personal(KindRequest, err, "there is no folder %s for the backup", filepath.Dir(to))
	}
	report := &Report{}
	err := askRunning(ctx, c.Dir, "/backup", backupRequest{To: to}, report)
	switch {
	case err == nil && len(report.Damage) > 0:
		return report, personal(KindDamaged, storage.ErrDamaged, "the backup %s shows damage, so the data have it too: %s", to, report.Damage[0])
	case !errors.Is(err, errNotRunning):
		return report, err
	}
	s, err := openStopped(ctx, c, true)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.CopyTo(ctx, to), s.Close()); err != nil {
		return nil, copyError(err, to)
	}
	if report, err = verifyFile(ctx, c.Rerun, to); err == nil && len(report.Damage) > 0 {
		err = personal(KindDamaged, storage.ErrDamaged, "the backup %s shows damage, so the data have it too: %s", to, report.Damage[0])
	}
	return report, err
}

// verifyPrefix begins the names of copies in the data folder that are looked
// through and removed again.
const verifyPrefix = "verify-"

// removeAll removes the files in a folder whose names begin and end like this.
func removeAll(dir, prefix, suffix string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), suffix) && e.Type().IsRegular() {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// VerifyFor looks through the data in a folder and then, if those are sound and files
// says so, through the files that people sent. Data of a running server are copied
// first, beside them, and the copy is removed afterwards.
func VerifyFor(ctx context.Context, c Config, files bool) (*Report, error) {
	if err := hasServer(c.Dir); err != nil {
		return nil, err
	}
	report, running, err := verifyData(ctx, c, files)
	// What is missing may have been deleted since the copy was made, and its file with it.
	if err == nil && running && report.Files != nil && report.Files.Missing > 0 {
		report, _, err = verifyData(ctx, c, files)
	}
	return report, err
}

func verifyData(ctx context.Context, c Config, files bool) (report *Report, running bool, err error) {
	to := filepath.Join(c.Dir, verifyPrefix+strconv.Itoa(os.Getpid())+".db")
	data := filepath.Join(c.Dir, boltstore.FileName)
	report = &Report{}
	err = askRunning(ctx, c.Dir, "/backup", backupRequest{To: to}, report)
	if errors.Is(err, errNotRunning) {
		if report, err = VerifyFile(ctx, c, data); err == nil && files && report.Checked && len(report.Damage) == 0 {
			err = report.lookFiles(ctx, c.Dir, data)
		}
		return report, false, err
	}
	report.Path = data
	if err == nil && files && report.Checked && len(report.Damage) == 0 {
		err = report.lookFiles(ctx, c.Dir, to)
	}
	if rm := os.Remove(to); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return report, true, err
}

// VerifyFile looks through a backup, or the data of a stopped server. Damage is in
// the report, not in the error.
func VerifyFile(ctx context.Context, c Config, path string) (*Report, error) {
	if _, err := isEmpty(path); err != nil {
		return nil, err
	}
	return verifyFile(ctx, c.Rerun, path)
}
