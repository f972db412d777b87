package blob

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/internal/safefile"
)

// key finds an upload: whose, and of what.
type key struct {
	account chat.AccountID
	hash    chat.Hash
}

// upload is one that was created and has not been forgotten. A complete one stays
// for a while, as the account's right to name the content.
type upload struct {
	record
	offset  int64     // on disk, while not Done
	touched time.Time // when it was last of use
	writing bool      // somebody appends
	kept    []byte    // of a planted bug
}

// record is what lies beside the pieces, as JSON.
type record struct {
	Account chat.AccountID `json:"account"`
	Hash    chat.Hash      `json:"hash"`
	Length  int64          `json:"length"`
	Done    bool           `json:"done,omitempty"`
}

// Create begins an upload, or finds it: an account has at most one of a content.
// The length is reserved. Errors: ErrTooMany, ErrQuota.
func (s *Store) Create(account chat.AccountID, h chat.Hash, length int64) (Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{account, h}
	u, err := s.of(k)
	if err != nil {
		return Upload{}, err
	}
	if u != nil {
		if u.Length != length {
			return Upload{}, ErrContent // equal hashes have equal lengths
		}
		u.touched = time.Now()
		return u.state(), nil
	}
	open := 0
	for other, u := range s.uploads {
		if other.account == account && !u.Done {
			open++
		}
	}
	if open >= s.limits.Uploads {
		return Upload{}, ErrTooMany
	}
	if s.used+length > s.limits.Total {
		return Upload{}, ErrQuota
	}
	u = &upload{record: record{Account: account, Hash: h, Length: length}, touched: time.Now()}
	if err := s.writeRecord(&u.record); err != nil {
		return Upload{}, err
	}
	s.uploads[k] = u
	s.used += length
	return u.state(), nil
}

// Find returns how far an account's upload is; ErrNotFound.
func (s *Store) Find(account chat.AccountID, h chat.Hash) (Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.of(key{account, h})
	if u == nil {
		return Upload{}, cmp.Or(err, ErrNotFound)
	}
	return u.state(), nil
}

// of returns an upload, nil if there is none. A complete one whose content is gone is
// forgotten: it would be said to be there for ever, and never sent again. One whose
// content is there keeps it for another span. The caller holds mu.
func (s *Store) of(k key) (*upload, error) {
	u := s.uploads[k]
	if u == nil || !u.Done {
		return u, nil
	}
	if err := s.Touch(k.hash); !errors.Is(err, ErrNotFound) {
		return u, err
	}
	return nil, s.forget(u)
}

// Offered reports whether an account has uploaded a content and may name it, and
// keeps the content for another span if so.
func (s *Store) Offered(account chat.AccountID, h chat.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.of(key{account, h})
	return err == nil && u != nil && u.Done
}

// Append adds a piece at an offset and returns when it is on disk. With the last
// one the content is checked and put in its place. After ErrPiece the upload is as
// it was; after ErrContent it is gone. ErrOffset comes with the offset that is
// right. A piece that is there already (its answer was lost) is ErrOffset too.
func (s *Store) Append(account chat.AccountID, h chat.Hash, offset int64, piece []byte, sum chat.Hash) (Upload, error) {
	if len(piece) > s.limits.Piece {
		return Upload{}, ErrTooLarge
	}
	if chat.Hash(sha256.Sum256(piece)) != sum {
		return Upload{}, ErrPiece
	}
	u, err := s.begin(key{account, h}, offset, int64(len(piece)))
	if err != nil {
		if u != nil {
			return u.state(), err
		}
		return Upload{}, err
	}
	path := s.piecesPath(u)
	end := offset + int64(len(piece))
	if fault.Bug(fault.UploadInMemory) {
		u.kept = append(u.kept, piece...)
		offset, piece = 0, u.kept
	}
	if end == u.Length || !fault.Bug(fault.UploadInMemory) {
		err = appendAt(path, offset, piece)
	}
	if err == nil && end == u.Length {
		err = s.finish(u, path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u.writing, u.touched = false, time.Now()
	switch {
	case errors.Is(err, ErrContent):
		return Upload{}, errors.Join(err, s.forget(u))
	case err != nil:
		return Upload{}, err
	}
	u.offset = end
	return u.state(), nil
}

// begin takes the upload for one writer. With ErrOffset it returns the upload.
func (s *Store) begin(k key, offset, n int64) (*upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[k]
	switch {
	case u == nil:
		return nil, ErrNotFound
	case u.writing:
		return nil, ErrBusy
	case u.Done || u.offset != offset:
		return u, ErrOffset
	case offset+n > u.Length:
		return nil, ErrTooLarge
	}
	u.writing = true
	return u, nil
}

// appendAt writes a piece and syncs. What lies behind the offset was never
// acknowledged.
func appendAt(path string, offset int64, piece []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, filePerm)
	if err != nil {
		return err
	}
	err = f.Truncate(offset)
	if err == nil {
		_, err = f.WriteAt(piece, offset)
	}
	fault.Point(fault.ServerPieceWritten)
	if err == nil {
		err = f.Sync()
	}
	fault.Point(fault.ServerPieceSynced)
	if err = errors.Join(err, f.Close()); err == nil && offset == 0 {
		err = safefile.SyncDir(filepath.Dir(path))
	}
	return err
}

// finish checks the whole and puts it in its place.
func (s *Store) finish(u *upload, path string) error {
	sum, err := hashFile(path)
	if err != nil {
		return err
	}
	if sum != u.Hash {
		return ErrContent
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.Size(u.Hash)
	there := err == nil // somebody else's equal content
	done := u.record
	done.Done = true
	if err = s.settle(path, u.Hash, there); err == nil {
		fault.Point(fault.ServerUploadPlaced)
		err = s.writeRecord(&done)
	}
	fault.Point(fault.ServerUploadDone)
	if err != nil {
		s.setBack(u, path, there)
		return err
	}
	if u.record = done; there {
		s.used -= u.Length
	}
	return nil
}

// settle makes the pieces of a whole upload the content, unless it is there already.
func (s *Store) settle(path string, h chat.Hash, there bool) error {
	if !there {
		return s.place(path, h)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return s.Touch(h)
}

// setBack begins an upload again whose pieces are in their place, or gone, and whose
// record could not be written: nothing is left to continue. The caller holds mu.
func (s *Store) setBack(u *upload, path string, there bool) {
	if _, err := os.Stat(path); err == nil {
		return // only the last piece did not come to its end
	}
	u.offset = 0
	if _, err := s.Size(u.Hash); err == nil && !there {
		s.used += u.Length // the content counts, and the upload once more
	}
}

// Cancel forgets an upload that is not complete; nothing if there is none.
func (s *Store) Cancel(account chat.AccountID, h chat.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[key{account, h}]
	switch {
	case u == nil || u.Done:
		return nil
	case u.writing:
		return ErrBusy
	}
	return s.forget(u)
}

// Held returns how many bytes an account's uploads hold, those announced and those
// complete, and the contents of the complete ones.
func (s *Store) Held(account chat.AccountID) (n int64, done []chat.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, u := range s.uploads {
		if k.account != account {
			continue
		}
		if n += u.Length; u.Done {
			done = append(done, k.hash)
		}
	}
	return n, done
}

// Forget takes the right to name a complete upload back; its content stays for as
// long as it is needed, or young.
func (s *Store) Forget(account chat.AccountID, h chat.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.uploads[key{account, h}]; u != nil && u.Done {
		return s.forget(u)
	}
	return nil
}

// forget removes an upload's files and gives back what it had reserved. The caller
// holds mu.
func (s *Store) forget(u *upload) error {
	delete(s.uploads, key{u.Account, u.Hash})
	if !u.Done {
		s.used -= u.Length
		if err := os.Remove(s.piecesPath(u)); ignoreMissing(err) != nil {
			return err
		}
	}
	return ignoreMissing(os.Remove(s.recordPath(&u.record)))
}

func (s *Store) sweepUploads(limit time.Time) (removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uploads {
		if u.writing || u.touched.After(limit) {
			continue
		}
		if e := s.forget(u); e != nil {
			err = errors.Join(err, e)
			continue
		}
		removed++
	}
	return removed, err
}

func (u *upload) state() Upload {
	if u.Done {
		return Upload{Offset: u.Length, Length: u.Length, Done: true}
	}
	return Upload{Offset: u.offset, Length: u.Length}
}

const recordSuffix = ".json"

// recordPath and piecesPath are named by account and content.
func (s *Store) recordPath(r *record) string {
	return filepath.Join(s.dir, uploadsDir, uploadName(r)+recordSuffix)
}

func (s *Store) piecesPath(u *upload) string {
	return filepath.Join(s.dir, uploadsDir, uploadName(&u.record))
}

func uploadName(r *record) string {
	return encoding.EncodeToString(r.Account[:]) + "-" + nameOf(r.Hash)
}

func (s *Store) writeRecord(r *record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return safefile.Write(s.recordPath(r), raw, filePerm)
}

// resume takes up the uploads of a former process. Pieces without a record were
// never acknowledged as an upload and go.
func (s *Store) resume() error {
	dir := filepath.Join(s.dir, uploadsDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), recordSuffix); ok && !strings.HasPrefix(name, ".") {
			if err := s.resumeOne(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
			known[name] = true
		}
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), recordSuffix) || known[e.Name()] || e.IsDir() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) resumeOne(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var r record
	d := json.NewDecoder(bytes.NewReader(raw))
	if d.Decode(&r) != nil || r.Length < 0 || filepath.Base(s.recordPath(&r)) != filepath.Base(path) {
		return os.Remove(path) // not ours any more: whoever uploads begins again
	}
	u := &upload{record: r, touched: info.ModTime()}
	if !r.Done {
		if err := s.resumePieces(u); err != nil {
			return err
		}
		s.used += r.Length
	}
	s.uploads[key{r.Account, r.Hash}] = u
	return nil
}

// resumePieces finds how far an upload was. All pieces but the last were synced
// before the next one came; of the last the disk may hold anything. So one piece
// less than there is counts.
func (s *Store) resumePieces(u *upload) error {
	info, err := os.Stat(s.piecesPath(u))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	u.offset, u.touched = max(0, min(info.Size(), u.Length)-int64(s.limits.Piece)), info.ModTime()
	return nil
}
