package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"hearth/chat"
	"hearth/internal/picture"
)

// intake takes the files of one message into the profile.
type intake struct {
	stock *stock
	most  int64       // bytes of one file
	taken []chat.Hash // held until release
}

// errTooLarge ends the reading of a file that is too long.
var errTooLarge = errors.New("the file is too large")

// take takes one file in and describes it for others.
func (in *intake) take(ctx context.Context, local *LocalFile) (f chat.File, err error) {
	name, err := local.nameOf()
	if err != nil {
		return f, err
	}
	content, err := local.open()
	if err != nil {
		return f, &Failed{Code: FailFileUnreadable, Field: "files", Detail: name, Err: err}
	}
	defer func() { _ = content.Close() }()
	src := &source{ctx: ctx, r: content, most: in.most}
	head := bufio.NewReaderSize(src, sniffBytes)
	start, err := head.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return f, src.failed(err, name)
	}
	f = chat.File{Name: name, Type: mediaType(start, name)}
	if shownType(f.Type) {
		err = in.picture(ctx, &f, head, local.Original)
	} else {
		f.Hash, f.Size, err = in.put(head)
	}
	if err != nil {
		return f, src.failed(err, name)
	}
	return f, nil
}

// picture takes a picture in, made ready, and its thumbnail.
func (in *intake) picture(ctx context.Context, f *chat.File, content io.Reader, original bool) error {
	data, err := io.ReadAll(io.LimitReader(content, int64(picture.Chosen.Bytes)+1))
	if err != nil {
		return err
	}
	p, err := picture.Prepare(ctx, data, original)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && original: // nobody shall look into it; it goes as any file
		f.Hash, f.Size, err = in.put(io.MultiReader(bytes.NewReader(data), content))
		return err
	case errors.Is(err, picture.ErrLarge):
		return &Failed{Code: FailPictureLarge, Field: "files", Detail: f.Name, Err: err}
	case err != nil:
		return &Failed{Code: FailPicture, Field: "files", Detail: f.Name, Err: err}
	}
	if f.Type != p.Type {
		f.Type, f.Name = p.Type, otherExtension(f.Name, p.Type)
	}
	f.Width, f.Height, f.Blur = p.Width, p.Height, p.Blur
	if f.Hash, f.Size, err = in.put(bytes.NewReader(p.Data)); err != nil || p.Thumb == nil {
		return err
	}
	t := &chat.Thumb{Width: p.ThumbWidth, Height: p.ThumbHeight}
	t.Hash, t.Size, err = in.put(bytes.NewReader(p.Thumb))
	f.Thumb = t
	return err
}

// put takes a content in and holds it.
func (in *intake) put(content io.Reader) (chat.Hash, int64, error) {
	h, size, err := in.stock.put(content)
	if err == nil {
		in.taken = append(in.taken, h)
	}
	return h, size, err
}

// release lets go of what was taken in: from here on the outbox holds it.
func (in *intake) release() { in.stock.release(in.taken...) }

// source reads a file to be sent: no further than it may be long, and not after
// its context has ended.
type source struct {
	ctx  context.Context
	r    io.Reader
	most int64
	n    int64
	err  error // what the file said
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if s.n += int64(n); s.n > s.most {
		return 0, errTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// failed words an error of taking a file in: it may be the file's or our disk's.
func (s *source) failed(err error, name string) error {
	var known *Failed
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, errTooLarge):
		return &Failed{Code: FailFileTooLarge, Field: "files", Detail: name, Err: err}
	case s.err != nil:
		return &Failed{Code: FailFileUnreadable, Field: "files", Detail: name, Err: err}
	}
	return shelfFailed(err)
}

// sniffBytes is how much of a file says what it is.
const sniffBytes = 512

// shownType reports whether a media type is one of pictures that are shown.
func shownType(media string) bool {
	switch media {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// mediaType tells what a file is by how it begins. Where that says little, as of
// archives that are documents, the name may say more.
func mediaType(start []byte, name string) string {
	found, _, _ := strings.Cut(http.DetectContentType(start), ";")
	if len(start) == 0 && !strings.EqualFold(filepath.Ext(name), ".txt") {
		found = "application/octet-stream" // nothing is no text
	}
	switch found {
	case "application/octet-stream", "application/zip", "text/plain", "text/xml":
		if known, ok := typesByName[strings.ToLower(filepath.Ext(name))]; ok {
			return known
		}
	}
	return found
}

// typesByName refines what the content does not tell: never to a picture.
var typesByName = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odp":  "application/vnd.oasis.opendocument.presentation",
	".epub": "application/epub+zip", ".json": "application/json", ".csv": "text/csv", ".md": "text/markdown",
	".svg": "image/svg+xml", ".7z": "application/x-7z-compressed", ".xz": "application/x-xz", ".zst": "application/zstd",
	".flac": "audio/flac", ".opus": "audio/ogg", ".mkv": "video/matroska", ".mov": "video/quicktime",
}

// otherExtension gives a name the ending of the type that its picture has now.
func otherExtension(name, media string) string {
	ending := ".png"
	if media == "image/jpeg" {
		ending = ".jpg"
	}
	bare := strings.TrimSuffix(name, filepath.Ext(name))
	if bare == "" || len(bare)+len(ending) > chat.MaxFileName {
		return name
	}
	return bare + ending
}
