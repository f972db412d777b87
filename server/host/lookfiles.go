package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"hearth/chat"
	"hearth/server/blob"
	"hearth/server/storage/boltstore"
)

// FilesReport is what comparing the contents on the disk with what events name has
// found.
type FilesReport struct {
	Contents    int   `json:"contents"` // on the disk
	Bytes       int64 `json:"bytes"`
	Named       int   `json:"named"`   // by events
	Missing     int   `json:"missing"` // named, and not on the disk
	Damaged     int   `json:"damaged"` // other bytes than their name says, or not readable
	Orphans     int   `json:"orphans"` // on the disk, and named by no event: no damage, they go in time
	OrphanBytes int64 `json:"orphan_bytes"`
}

// named is where a content is named first, and its size.
type named struct {
	room chat.RoomID
	seq  chat.Seq
	size int64
}

// lookFiles compares the contents of a data folder with what the data in db, which
// were found sound, name. Damage goes into the report.
func (r *Report) lookFiles(ctx context.Context, dir, db string) error {
	wanted, err := namedIn(ctx, db)
	if err != nil {
		return copyError(err, db)
	}
	f := &FilesReport{Named: len(wanted)}
	there := map[chat.Hash]bool{}
	err = blob.Survey(ctx, filepath.Join(dir, filesFolder), func(h chat.Hash, size int64, bad error) {
		there[h] = true
		f.Contents++
		f.Bytes += size
		n, is := wanted[h]
		if !is {
			f.Orphans++
			f.OrphanBytes += size
		}
		if bad == nil {
			return
		}
		f.Damaged++
		text := "the file " + fileAt(h)
		if is {
			text = n.file(h)
		}
		if errors.Is(bad, blob.ErrContent) {
			r.damage("%s has other bytes than its name says", text)
			return
		}
		r.damage("%s cannot be read: %v", text, bad)
	})
	if err != nil {
		return copyError(err, filepath.Join(dir, filesFolder))
	}
	var missing []chat.Hash
	for h := range wanted {
		if !there[h] {
			missing = append(missing, h)
		}
	}
	slices.SortFunc(missing, func(a, b chat.Hash) int {
		x, y := wanted[a], wanted[b]
		return cmp.Or(slices.Compare(x.room[:], y.room[:]), cmp.Compare(x.seq, y.seq), slices.Compare(a[:], b[:]))
	})
	f.Missing = len(missing)
	for _, h := range missing {
		r.damage("%s is missing", wanted[h].file(h))
	}
	r.Files = f
	return nil
}

// file names a content for the operator.
func (n named) file(h chat.Hash) string {
	return fmt.Sprintf("the file %s of %d bytes, named in room %s at %d,", fileAt(h), n.size, n.room, n.seq)
}

// fileAt is where a content lies in the data folder.
func fileAt(h chat.Hash) string { return filepath.Join(filesFolder, blob.Where(h)) }

// damage counts a damage and notes it, if it is one of the first.
func (r *Report) damage(format string, args ...any) {
	r.Damages++
	if len(r.Damage) < mostDamages {
		r.Damage = append(r.Damage, fmt.Sprintf(format, args...))
	}
}

// namedIn reads what the events in a file name.
func namedIn(ctx context.Context, db string) (map[chat.Hash]named, error) {
	s, err := boltstore.OpenCopy(db, boltstore.Options{})
	if err != nil {
		return nil, err
	}
	list := map[chat.Hash]named{}
	err = s.EachContent(ctx, func(h chat.Hash, room chat.RoomID, seq chat.Seq, size int64) {
		if _, is := list[h]; !is {
			list[h] = named{room: room, seq: seq, size: size}
		}
	})
	return list, errors.Join(err, s.Close())
}
