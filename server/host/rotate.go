package host

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Backups are named after the moment they were made, in UTC, and whether a person asked.
const (
	backupPrefix = "hearth-"
	backupSuffix = ".db"
	askedSuffix  = "-asked" + backupSuffix
	backupTime   = "20060102T150405Z"
)

// mostAsked is how many copies that a person asked for stay.
const mostAsked = 5

func backupName(at time.Time) string { return backupStem(at) + backupSuffix }

func backupStem(at time.Time) string { return backupPrefix + at.UTC().Format(backupTime) }

// backup is a copy in the folder of backups.
type backup struct {
	path  string
	at    time.Time
	bytes int64
}

// asked reports whether a person asked for the copy.
func (b *backup) asked() bool { return strings.HasSuffix(b.path, askedSuffix) }

// backupAhead is how far ahead the name of a copy may be: a clock may have been set back
// a little. Copies of a time that is still to come were made while it was wrong.
const backupAhead = time.Hour

// ahead reports whether a copy says that it was made in times to come.
func (b *backup) ahead(now time.Time) bool { return b.at.After(now.Add(backupAhead)) }

// listBackups returns the copies in a folder, the newest first and those of times to
// come last. Whatever has another name is not ours.
func listBackups(dir string) ([]backup, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var list []backup
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), backupPrefix)
		if name, ok = cutSuffix(name, ok); !ok || !e.Type().IsRegular() {
			continue
		}
		at, err := time.Parse(backupTime, name)
		info, infoErr := e.Info()
		if err != nil || infoErr != nil {
			continue
		}
		list = append(list, backup{filepath.Join(dir, e.Name()), at, info.Size()})
	}
	now := time.Now().Round(0)
	slices.SortFunc(list, func(a, b backup) int {
		if x, y := a.ahead(now), b.ahead(now); x != y {
			if y {
				return -1
			}
			return 1
		}
		return cmp.Or(b.at.Compare(a.at), cmp.Compare(a.path, b.path))
	})
	return list, err
}

func cutSuffix(name string, ok bool) (string, bool) {
	if rest, asked := strings.CutSuffix(name, askedSuffix); asked {
		return rest, ok
	}
	rest, has := strings.CutSuffix(name, backupSuffix)
	return rest, ok && has
}

// newestBackup returns when the newest copy was made; zero if there is none.
func newestBackup(dir string) time.Time {
	list, err := listBackups(dir)
	if err != nil || len(list) == 0 || list[0].ahead(time.Now().Round(0)) {
		return time.Time{}
	}
	return list[0].at
}

// pruneBackups removes the copies that are not wanted any more.
func pruneBackups(b Backups) error {
	list, err := listBackups(b.Dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, old := range unwanted(list, b) {
		errs = append(errs, os.Remove(old.path))
	}
	return errors.Join(errs...)
}

// unwanted returns what may go of a list that has the newest first: all but the
// newest of each of the last hours, days and weeks that have one, and the newest of
// those that a person asked for, which count for no hour, day or week. If what stays is// more than the bound, the oldest of it go too, but never the newest.
func unwanted(list []backup, b Backups) (gone []backup) {
	stays := make([]bool, len(list))
	for _, rule := range [...]struct {
		most   int
		period func(time.Time) string
	}{
		{b.Hourly, func(t time.Time) string { return t.Format("2006010215") }},
		{b.Daily, func(t time.Time) string { return t.Format("20060102") }},
		{b.Weekly, func(t time.Time) string { year, week := t.ISOWeek(); return fmt.Sprint(year, "/", week) }},
	} {
		last, kept := "", 0
		for i := range list {
			if list[i].asked() {
				continue
			}
			if p := rule.period(list[i].at.UTC()); p != last && kept < rule.most {
				last = p
				kept++
				stays[i] = true
			}
		}
	}
	total, asked := int64(0), 0
	for i := range list {
		if list[i].asked() && asked < mostAsked {
			asked++
			stays[i] = true
		}
		if i == 0 {
			stays[0] = true
		}
		if stays[i] {
			total += list[i].bytes
		}
		if i > 0 && stays[i] && b.MaxBytes > 0 && total > b.MaxBytes {
			stays[i] = false
			total = b.MaxBytes + 1 // what is older goes too
		}
		if !stays[i] {
			gone = append(gone, list[i])
		}
	}
	return gone
}
