package folder

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Most is how many lines of a folder are read; whoever wants another one types its name.
const Most = 50_000

// Entry is a line of a folder. Size and Time are known where Known says so.
type Entry struct {
	Name   string
	Folder bool
	Known  bool
	Size   int64
	Time   time.Time
	folded string
}

// Begins reports whether the name begins with what somebody typed, however it is written.
// The typed text comes from [Fold].
func (e *Entry) Begins(folded string) bool { return strings.HasPrefix(e.folded, folded) }

// Fold is a name without the difference of large and small letters.
func Fold(s string) string { return strings.ToLower(s) }

// Want says which lines are read, and in which order.
type Want struct {
	Hidden bool     // those, too, that systems hide
	Newest bool     // the newest first, not by name
	Ends   []string // only files with one of these ends, such as ".pem"; nil all
}

// List is what was read of a folder: folders before files.
type List struct {
	Entries []Entry
	More    bool // than Most
	Hidden  int  // lines that are left out because systems hide them
	Other   int  // files that are left out for their ends
}

// readAtOnce is how many names are read before it is asked whether anybody still waits.
const readAtOnce = 1000

// Read reads a folder; it waits for the disk. With an error there may be some lines.
func Read(ctx context.Context, path string, w Want) (l List, err error) {
	dir, err := os.Open(path)
	if err != nil {
		return l, err
	}
	defer func() { _ = dir.Close() }()
	for {
		some, err := dir.ReadDir(readAtOnce)
		for _, d := range some {
			if len(l.Entries) == Most {
				l.More = true
				break
			}
			l.take(path, d, w)
		}
		switch {
		case ctx.Err() != nil:
			return l, ctx.Err()
		case l.More || errors.Is(err, io.EOF):
			l.sort(w)
			return l, nil
		case err != nil:
			l.sort(w)
			return l, err
		}
	}
}

// take takes a line over if it is wanted.
func (l *List) take(path string, d fs.DirEntry, w Want) {
	e := Entry{Name: d.Name(), Folder: d.IsDir(), folded: Fold(d.Name())}
	kind := d.Type()
	if kind&(fs.ModeSymlink|fs.ModeIrregular) != 0 { // where it leads
		info, err := os.Stat(filepath.Join(path, e.Name))
		if err != nil {
			return
		}
		e.know(info)
		kind = info.Mode().Type()
	}
	if !e.Folder && kind&fs.ModeType != 0 { // neither a folder nor a file
		return
	}
	if !w.Hidden && hidden(d) {
		l.Hidden++
		return
	}
	if !e.Folder && len(w.Ends) > 0 && !slices.Contains(w.Ends, filepath.Ext(e.folded)) {
		l.Other++
		return
	}
	if w.Newest && !e.Known {
		if info, err := d.Info(); err == nil {
			e.know(info)
		}
	}
	l.Entries = append(l.Entries, e)
}

// know takes over what the disk says about the line.
func (e *Entry) know(info fs.FileInfo) {
	e.Known, e.Folder, e.Size, e.Time = true, info.IsDir(), info.Size(), info.ModTime()
}

// Look asks the disk about lines of a folder, for which it waits. What is gone meanwhile
// is known all the same, without a time.
func Look(ctx context.Context, path string, entries []Entry) []Entry {
	for i := range entries {
		if ctx.Err() != nil {
			break
		}
		entries[i].Known = true
		if info, err := os.Stat(filepath.Join(path, entries[i].Name)); err == nil {
			entries[i].know(info)
		}
	}
	return entries
}

func (l *List) sort(w Want) {
	slices.SortStableFunc(l.Entries, func(a, b Entry) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		if w.Newest {
			if c := b.Time.Compare(a.Time); c != 0 {
				return c
			}
		}
		return cmp.Or(compare(a.folded, b.folded), strings.Compare(a.Name, b.Name))
	})
}

// compare orders names as people do: 2 before 10.
func compare(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x > 0 && y > 0 {
			n, m := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(cmp.Compare(len(n), len(m)), strings.Compare(n, m), cmp.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is how many digits a text begins with.
func digits(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}

// Exists reports what is at a path: nothing, a folder, or something else. It waits for
// the disk.
func Exists(path string) (there, folder bool) {
	info, err := os.Stat(path)
	return err == nil, err == nil && info.IsDir()
}

// Make makes a new folder in another one. Its name must be one name.
func Make(path, name string) (string, error) {
	if !Single(name) {
		return "", fs.ErrInvalid
	}
	to := filepath.Join(path, name)
	return to, os.Mkdir(to, 0o777)
}
