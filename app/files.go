package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/net/wire"
	"hearth/store/shelf"
)

// FileCommands is what the core may be asked about files (docs/adr/0024). What is
// sent and what was fetched lies sealed in the profile.
type FileCommands interface {
	// SendFiles takes the files into the profile (afterwards the originals may vanish),
	// makes pictures ready, and puts one message into the outbox; it returns when that
	// is on disk. Of files that cannot be taken nothing is sent; the Failed names the
	// file as Detail.
	SendFiles(ctx context.Context, room chat.RoomID, m Outgoing, files []LocalFile) (chat.MID, error)
	// LoadFile fetches a content that a message of the room names, unless it is here; it
	// returns when it is. Without a connection it waits for one. Calls for one content
	// share one transfer, which ends when the last of them gives up; what has come by
	// then is kept for the next.
	LoadFile(ctx context.Context, room chat.RoomID, f chat.File) error
	// LoadThumb returns the small picture of a picture, or the picture itself if that is
	// small: as bytes to be decoded by package picture. From disk if it is here.
	// FailFileAbsent if it has none.
	LoadThumb(ctx context.Context, room chat.RoomID, f chat.File) ([]byte, error)
	// OpenFile opens a content that is here, FailFileAbsent if it is not. The caller
	// closes it.
	OpenFile(ctx context.Context, f chat.File) (FileContent, error)
	// SaveFile writes a copy of a content that is here, marked as one that came from
	// others where the system knows such a mark. What is there already stays, FailExists,
	// unless replace says otherwise: then it stays until the copy is whole.
	SaveFile(ctx context.Context, f chat.File, path string, replace bool) error
	// PauseUpload halts the upload of a message's files, or lets it go on; a restart
	// lets it go on, too. DiscardMessage cancels it.
	PauseUpload(ctx context.Context, room chat.RoomID, mid chat.MID, pause bool) error
	// RoomFiles lists the messages of a room that have files, newest first, those older
	// than before (0: all), at most limit; no network.
	RoomFiles(ctx context.Context, room chat.RoomID, before chat.Seq, limit int) ([]MessageView, error)
	// FileUsage says how much room the files take on this disk.
	FileUsage(ctx context.Context) (FileUsage, error)
	// ClearFiles removes the contents that messages of a room name (zero: of all rooms)
	// from this disk and returns how many bytes that freed; the server has them still.
	// What waits in the outbox stays, and when all rooms are meant also what the server
	// cannot give again: of rooms one has left, and of messages that it has lost.
	ClearFiles(ctx context.Context, room chat.RoomID) (int64, error)
}

// LocalFile is a file to send: at a Path, or what Open gives.
type LocalFile struct {
	Path string
	Open func() (io.ReadCloser, error) // instead of Path; called once
	Name string                        // what others see; default: the last part of Path
	// Original sends a picture as it is. Else what a picture carries besides its pixels
	// (place, time, camera) is left out, and large ones are made smaller.
	Original bool
}

// FileContent is an open content. Not for use by several goroutines at once.
type FileContent interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// FileUsage is how much room files take on this disk.
type FileUsage struct {
	Bytes    int64 // on the disk
	Spare    int64 // of them, what ClearFiles of all rooms would free
	Contents int   // whole ones, thumbnails included
}

// FileView is a file of a message.
type FileView struct {
	chat.File
	Picture bool     // may be shown (type by the sender, decided again by content when loaded)
	Here    bool     // on this disk, whole
	Moving  FileMove // what goes on with it at present
	Done    int64    // bytes so far while Moving; -1: the server has not said yet
	Problem FailCode // why it failed; while MoveUploading FailServerFull if it waits for that to pass
}

// FileMove is what goes on with a file.
type FileMove string

// Moves.
const (
	MoveNone      FileMove = ""
	MoveUploading FileMove = "uploading" // or waiting for its turn, or for a connection
	MovePaused    FileMove = "paused"
	MoveFetching  FileMove = "fetching"
	MoveFailed    FileMove = "failed" // see Problem
)

// Failures of files. As Failure.Code of a message they are chat.Codes.
const (
	FailFileTooLarge   FailCode = "file.too_large"   // larger than the server takes
	FailTooManyFiles   FailCode = "file.too_many"    // for one message
	FailNoSpace        FailCode = "file.no_space"    // on this disk
	FailQuota          FailCode = "file.quota"       // the server keeps no more files, or no more of this account
	FailServerFull     FailCode = "capacity.disk"    // the server's disk is full: never final
	FailFileAbsent     FailCode = "file.absent"      // not on this disk
	FailFileUnreadable FailCode = "file.unreadable"  // the file to send cannot be read
	FailFileName       FailCode = "file.name"        // the name will not do
	FailFileContent    FailCode = "file.content"     // what came is not what the message names; nothing was kept
	FailFileGone       FailCode = "file.gone"        // the server does not have it (any more), or not for us
	FailFileDamaged    FailCode = "file.damaged"     // the copy in the profile is damaged
	FailNoFiles        FailCode = "file.unsupported" // this server keeps no files
	FailPicture        FailCode = "file.picture"     // a picture that cannot be made ready; as Original it goes
	FailPictureLarge   FailCode = "picture.large"    // the same, as it has too many pixels
	FailExists         FailCode = "file.exists"      // there is a file of that name already
)

// SendFiles implements Commands.
func (a *App) SendFiles(ctx context.Context, room chat.RoomID, m Outgoing, files []LocalFile) (chat.MID, error) {
	s := a.shot.Load()
	if err := s.admits(room, chat.KindMessage); err != nil {
		return chat.MID{}, err
	}
	if err := countFiles(files); err != nil {
		return chat.MID{}, err
	}
	if err := s.answers(room, m.Reply); err != nil {
		return chat.MID{}, err
	}
	body := chat.Text{Text: m.Text, Reply: m.Reply, Forward: m.Forward, Mentions: s.mentions(room, m.Text)}
	if err := checkCaption(body, s.base.Group.Limits); err != nil {
		return chat.MID{}, err
	}
	in := intake{stock: s.stock, most: int64(s.base.Group.Limits.FileMiB) << 20}
	mid, err := func() (chat.MID, error) {
		for i := range files {
			f, err := in.take(ctx, &files[i])
			if err != nil {
				return chat.MID{}, err
			}
			body.Files = append(body.Files, f)
		}
		return a.enqueue(ctx, room, chat.KindMessage, body, m.sent())
	}()
	in.release()
	if err != nil && len(in.taken) > 0 {
		a.do(func() { a.sweepSoon(s.stock) }) // what was taken in and nothing names
	}
	return mid, err
}

// countFiles checks what can be known before anything is read.
func countFiles(files []LocalFile) error {
	switch {
	case len(files) == 0:
		return &Failed{Code: FailEmpty, Field: "files"}
	case len(files) > chat.MaxFiles:
		return &Failed{Code: FailTooManyFiles, Field: "files"}
	}
	return nil
}

// checkCaption refuses a text that the server would, before its files are read.
func checkCaption(body chat.Text, l chat.Limits) error {
	if body.Text == "" {
		return nil // the files are enough
	}
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return &Failed{Code: FailBadValue, Field: "text", Err: err}
	}
	if _, bad := wire.CheckOutgoing(chat.KindMessage, raw, l); bad != nil {
		return refusalFailed(bad)
	}
	return nil
}

// OpenFile implements Commands.
func (a *App) OpenFile(_ context.Context, f chat.File) (FileContent, error) {
	s := a.shot.Load()
	if s.stock == nil {
		return nil, &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	c, err := s.stock.shelf.Open(f.Hash)
	if err != nil {
		return nil, shelfFailed(err)
	}
	return c, nil
}

// shelfFailed turns an error of the shelf, or of the disk under it, into one of a
// command.
func shelfFailed(err error) error {
	f := &Failed{Code: FailStore, Detail: err.Error(), Err: err}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, shelf.ErrNotFound):
		f.Code = FailFileAbsent
	case errors.Is(err, shelf.ErrDamaged):
		f.Code = FailFileDamaged
	case errors.Is(err, shelf.ErrContent):
		f.Code = FailFileContent
	case boltkit.IsNoSpace(err):
		f.Code = FailNoSpace
	default:
		f.Problem = storeProblem(err, "")
	}
	return f
}

// FileUsage implements Commands.
func (a *App) FileUsage(ctx context.Context) (FileUsage, error) {
	s := a.shot.Load()
	if s.stock == nil {
		return FileUsage{}, &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	bytes, contents, err := s.stock.shelf.Usage()
	if err != nil {
		return FileUsage{}, shelfFailed(err)
	}
	spare, err := s.stock.spare(ctx, s.store, s.unread(chat.RoomID{}))
	if err != nil {
		return FileUsage{}, shelfFailed(err)
	}
	return FileUsage{Bytes: bytes, Spare: spare, Contents: contents}, nil
}

// nameOf is what others see of a file's name.
func (f *LocalFile) nameOf() (string, error) {
	name := f.Name
	if name == "" && f.Path != "" {
		name = filepath.Base(f.Path)
	}
	name = SentName(name)
	if bad := wire.CheckFileName(name, "/name"); bad != nil {
		return "", &Failed{Code: FailFileName, Field: "files", Detail: name, Err: bad}
	}
	return name, nil
}

// SentName is a file's name as it is sent: without the marks of direction that systems of
// languages from right to left, and other messengers, put into names, and without control
// characters and line breaks, none of which others would take (wire.CheckFileName).
func SentName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
}

// open opens what is to be sent. Only plain files have an end for certain.
func (f *LocalFile) open() (io.ReadCloser, error) {
	if f.Open != nil {
		return f.Open()
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a plain file")
	}
	return os.Open(f.Path)
}
