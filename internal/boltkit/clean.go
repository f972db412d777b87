package boltkit

import (
	"errors"
	"io/fs"
	"os"
)

// TakeMark reports whether the file is as its last owner left it when it closed
// the file, and takes the mark that says so away: whoever crashes from here on,
// even before writing anything, leaves none. For programs that start often and
// look at the file with Precheck only after a crash.
func TakeMark(path string) bool {
	clean, err := closedProperly(path)
	if err := os.Remove(path + cleanSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false // it would stay, and lie
	}
	return clean && err == nil
}

// Distrust says that something in the file was found damaged: closing it leaves no
// mark, so that the next opening looks at all of it.
func (db *DB) Distrust() { db.suspect.Store(true) }

// Guard runs fn and turns a panic, or a fault on the mapped memory of a file, into
// ErrDamaged. For those who read a file without Open.
func Guard(fn func() error) error {
	return guard(fn)
}
