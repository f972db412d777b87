package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"hearth/internal/boltkit"
	"hearth/internal/safefile"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// restoring is the folder inside the data folder where a backup is made ready.
const restoring = "restoring"

// Restored says what Restore did.
type Restored struct {
	From  string
	Aside string // where the data from before are now; "" if there were none
	// Mended: a head of what was restored was not valid, so that the last commit
	// before it was copied may be missing.
	Mended bool
	*Report
}

// Restore puts a backup in the place of the data of a stopped server. The backup
// is looked through first and stays as it is; the data from before are renamed,
// never removed. The restored data begin a new epoch, so that clients notice that
// the server may have forgotten something, and offer to send it again.
func Restore(ctx context.Context, c Config, from string) (_ *Restored, err error) {
	path := filepath.Join(c.Dir, boltstore.FileName)
	if _, err := os.Stat(filepath.Join(c.Dir, identityFile)); err != nil {
		return nil, personal(KindIdentity, err, "there is no %s in %s: put the server's identity there first. Without it no member can connect", identityFile, c.Dir)
	}
	unlock, err := lockData(path)
	if err != nil {
		return nil, storeError(err, c.Dir)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	dir := filepath.Join(c.Dir, restoring)
	if err := os.RemoveAll(dir); err != nil { // left over from one that was interrupted
		return nil, storeError(err, c.Dir)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r := &Restored{From: from}
	if err := r.prepare(ctx, c, dir); err != nil {
		return nil, err
	}
	if err := r.swap(filepath.Join(dir, boltstore.FileName), path); err != nil {
		return nil, storeError(err, c.Dir)
	}
	return r, storeError(safefile.SyncDir(c.Dir), c.Dir)
}

// swap puts what is ready in the place of the data, which get another name. Where the
// disk knows second names, one rename does it: whenever this is killed, whole data are in
// place, those from before or those that are ready.
func (r *Restored) swap(ready, path string) error {
	if _, err := os.Lstat(path); err == nil {
		r.Aside = freeName(fmt.Sprintf("%s.before-restore-%s", path, time.Now().UTC().Format(backupTime)))
		if os.Link(path, r.Aside) == nil {
			err := boltkit.RemoveMark(path) // data from before without their mark are as after a kill
			if err == nil {
				err = os.Rename(ready, path)
			}
			if err != nil {
				err = errors.Join(err, os.Remove(r.Aside)) // the other name of what is in place
			}
			return err
		}
		if err := os.Rename(path, r.Aside); err != nil {
			return err
		}
	}
	if err := boltkit.RemoveMark(path); err != nil {
		return errors.Join(err, putBack(r.Aside, path))
	}
	// A kill between the two renames leaves no data in place; the next start would
	// make an empty server. So it asks whether this folder is there: see interrupted.
	if err := os.Rename(ready, path); err != nil {
		return errors.Join(err, putBack(r.Aside, path))
	}
	return nil
}

// putBack undoes that the data from before were put aside, if there were any.
func putBack(aside, path string) error {
	if aside == "" {
		return nil
	}
	return os.Rename(aside, path)
}

// errNoBackup: no backup is sound.
var errNoBackup = errors.New("no backup is sound")

// restoreBest puts the best there is in the place of damaged data: themselves if
// only the last commit may be missing, or else the newest sound backup.
func restoreBest(ctx context.Context, c Config, onlyHead bool) (*Restored, error) {
	if onlyHead {
		done, err := Restore(ctx, c, filepath.Join(c.Dir, boltstore.FileName))
		if !errors.Is(err, storage.ErrDamaged) {
			return done, err
		}
	}
	good, _ := newestGood(ctx, c)
	if good == nil {
		return nil, errNoBackup
	}
	return Restore(ctx, c, good.path)
}

// freeName returns a name that nothing has, or renaming to it would remove that.
// Nobody else makes such names while the data are locked.
func freeName(path string) string {
	for n := 1; ; n++ {
		name := path
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}

// prepare copies the backup into dir, makes it the data of a new epoch, in the
// format of today, and looks through the result. A head that is not valid is
// mended: the new epoch has clients look for what may be missing.
func (r *Restored) prepare(ctx context.Context, c Config, dir string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return storeError(err, c.Dir)
	}
	ready := filepath.Join(dir, boltstore.FileName)
	// An empty file would become the data of a new server.
	if empty, err := isEmpty(r.From); err != nil || empty {
		return cmp.Or(err, damagedBackup(r.From, emptyFile))
	}
	if err := copyFile(r.From, ready); err != nil {
		return copyError(err, r.From)
	}
	if r.Mended, err = boltkit.MendHead(ready); err != nil {
		return storeError(err, c.Dir)
	}
	if err := renewCopy(ctx, c, dir); err != nil {
		if errors.Is(err, storage.ErrDamaged) {
			err = damagedBackup(r.From, harm(err))
		}
		return copyError(err, r.From)
	}
	if r.Report, err = verifyFile(ctx, c.Rerun, ready); err != nil {
		return err
	}
	r.Path = r.From
	if len(r.Damage) > 0 {
		return damagedBackup(r.From, r.Damage[0])
	}
	return nil
}

// emptyFile is what is wrong with a file that holds nothing.
const emptyFile = "the file is empty"

// isEmpty refuses what is no file, and reports whether there is nothing in it.
func isEmpty(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false, copyError(err, path)
	case !info.Mode().IsRegular():
		return false, personal(KindRequest, nil, "%s is no file", path)
	}
	return info.Size() == 0, nil
}

func damagedBackup(from, damage string) error {
	return personal(KindDamaged, storage.ErrDamaged, "the backup %s is damaged, and nothing was changed: %s", from, damage)
}

// renewCopy opens the copy in dir, which brings an older format up to date, and
// begins a new epoch.
func renewCopy(ctx context.Context, c Config, dir string) (err error) {
	if c.Rerun != nil {
		if err := boltstore.Precheck(ctx, c.Rerun, dir, logOf(c)); err != nil {
			return err
		}
	}
	s, err := boltstore.Open(dir, boltstore.Options{Log: c.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := sameIdentity(ctx, c.Dir, s); err != nil {
		return err
	}
	return s.RenewEpoch(ctx)
}

// sameIdentity refuses the backup of another server.
func sameIdentity(ctx context.Context, dir string, s storage.Store) error {
	identity, err := readIdentity(filepath.Join(dir, identityFile))
	if err != nil {
		return personal(KindIdentity, err, "the server's identity in %s cannot be read", filepath.Join(dir, identityFile))
	}
	want, err := s.Setting(ctx, identitySetting)
	if errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("%w: it does not say which server it is of", storage.ErrDamaged)
	}
	if err != nil {
		return err
	}
	ours, err := identity.was(want)
	if err == nil && !ours {
		return personal(KindIdentity, nil, "the backup is another server's than the identity in %s; nothing was changed", filepath.Join(dir, identityFile))
	}
	return err
}

// interrupted refuses a folder in which a restore was cut short between taking the
// old data away and putting the new in place.
func interrupted(dir string) error {
	_, err := os.Stat(filepath.Join(dir, boltstore.FileName))
	_, mid := os.Stat(filepath.Join(dir, restoring))
	if errors.Is(err, fs.ErrNotExist) && mid == nil {
		return personal(KindDamaged, nil, "restoring a backup in %s was interrupted: run \"hearth-server restore\" again", dir)
	}
	return nil
}

// orphaned tells of a folder whose server has an identity and no data: it is made
// after the data, so that these were lost. A new server under the old identity
// would tell every client that its account is gone.
func orphaned(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, identityFile)); err != nil {
		return nil // a new folder, or one that says so itself
	}
	f, err := os.Stat(filepath.Join(dir, boltstore.FileName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the file is missing although the server has an identity; to begin a new server, move %s away, too", storage.ErrDamaged, identityFile)
	case err == nil && f.Size() == 0:
		return fmt.Errorf("%w: the file is empty although the server has an identity; to begin a new server, move it and %s away", storage.ErrDamaged, identityFile)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // read only: nothing to lose
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// openStopped opens the data of a server that does not run, once another process
// has looked at them.
func openStopped(ctx context.Context, c Config, readOnly bool) (*boltstore.Store, error) {
	if c.Rerun != nil {
		if err := boltstore.Precheck(ctx, c.Rerun, c.Dir, logOf(c)); err != nil {
			return nil, openError(ctx, err, c)
		}
	}
	s, err := boltstore.Open(c.Dir, boltstore.Options{ReadOnly: readOnly, Log: c.Log})
	if err != nil {
		return nil, openError(ctx, err, c)
	}
	return s, nil
}

// openError words what opening the data met. Damage is worded with the way out
// of it: the newest backup that is sound.
func openError(ctx context.Context, err error, c Config) error {
	if !errors.Is(err, storage.ErrDamaged) {
		return storeError(err, c.Dir)
	}
	text := fmt.Sprintf("the data are damaged and were left as they are: %s: %s.", filepath.Join(c.Dir, boltstore.FileName), harm(err))
	if errors.Is(err, boltkit.ErrHead) {
		text += fmt.Sprintf(" To go on with all that is in them, run: hearth-server restore --data %s --from %s",
			quoted(c.Dir), quoted(filepath.Join(c.Dir, boltstore.FileName)))
	}
	good, list := newestGood(ctx, c)
	switch {
	case good != nil:
		text += fmt.Sprintf(" The newest sound backup is of %s. To put it in their place, run: hearth-server restore --data %s --from %s",
			good.at.Format(time.RFC3339), quoted(c.Dir), quoted(good.path))
	case len(list) > 0:
		text += fmt.Sprintf(" None of the %d backups in %s is sound either", len(list), c.Backups.withDefaults(c.Dir).Dir)
	default:
		text += fmt.Sprintf(" There is no backup in %s; if you have one elsewhere, run: hearth-server restore --data %s --from FILE", c.Backups.withDefaults(c.Dir).Dir, quoted(c.Dir))
	}
	return &Error{Kind: KindDamaged, Text: text, Err: err}
}

// quoted writes a path so that it can be pasted into a command line as it is.
func quoted(path string) string {
	if runtime.GOOS == "windows" {
		return `"` + path + `"`
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// harm is what an error says of the damage itself, without saying again that it is
// damage.
func harm(err error) string { return harmIn(err.Error(), boltstore.FileName) }

// harmIn is harm of the words that an error of the file of this name had.
func harmIn(text, name string) string {
	for was := ""; was != text; {
		was = text
		for _, layer := range [...]string{storage.ErrDamaged.Error(), boltkit.ErrDamaged.Error(), "check " + boltstore.FileName, "open " + name} {
			text = strings.TrimPrefix(text, layer+": ")
		}
	}
	return text
}

// newestGood looks through the backups, the newest first, until one is sound.
func newestGood(ctx context.Context, c Config) (*backup, []backup) {
	list, err := listBackups(c.Backups.withDefaults(c.Dir).Dir)
	if err != nil {
		return nil, nil
	}
	for i := range list {
		r, err := verifyFile(ctx, c.Rerun, list[i].path)
		// An older format is looked through when it is restored.
		if errors.Is(err, boltkit.ErrOlder) || err == nil && len(r.Damage) == 0 {
			return &list[i], list
		}
	}
	return nil, list
}
