package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"hearth/chat"
	"hearth/net/wire"
)

// ExportedFile is a file of a message in ExportJSON.
type ExportedFile struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	Hash string `json:"hash"`          // SHA-256, base64url
	Path string `json:"path,omitzero"` // of the copy, from where the export lies; none was made without
	// Preview is where the small picture of a picture went that has no copy.
	Preview string `json:"preview,omitzero"`
}

// shownFile is a file of a message on a page.
type shownFile struct {
	Name, Size string
	Absent     string // said of a file that has no copy
	Link       string // "": no copy
	Image      string // shown: the copy of a picture, or its preview; "": none
}

// files copies those files of a message that are on this disk, or come from the server,
// if that is wanted, and says where they went.
func (e *exporter) files(ctx context.Context, m *MessageView) ([]ExportedFile, error) {
	var list []ExportedFile
	for i := range m.Files {
		f := &m.Files[i]
		x := ExportedFile{Name: f.Name, Type: f.Type, Size: f.Size, Hash: f.Hash.String()}
		if e.r.Folder != "" {
			if err := e.carry(ctx, f, &x, fmt.Sprintf("%s-%d-", strings.TrimPrefix(e.place(m), "m"), i+1)); err != nil {
				return nil, err
			}
		}
		list = append(list, x)
	}
	return list, nil
}

// carry brings one file into the folder, whole or as its preview, under a name that
// begins as given.
func (e *exporter) carry(ctx context.Context, f *FileView, x *ExportedFile, begin string) (err error) {
	if !f.Here && e.r.Fetch && e.app.shot.Load().base.Connection.State == ConnLive {
		if err := e.app.LoadFile(ctx, e.view.ID, f.File); err != nil && (ctx.Err() != nil || failedCode(err) == FailNoSpace) {
			return err
		}
	}
	if x.Path, err = e.copyFile(ctx, f.File, begin+safeName(f.Name)); err != nil {
		return err
	}
	if x.Path == "" && f.Thumb != nil {
		if x.Preview, err = e.copyFile(ctx, chat.File{Hash: f.Thumb.Hash}, begin+"preview.jpg"); err != nil {
			return err
		}
	}
	switch {
	case x.Path != "":
		e.done.Copies++
	case x.Preview != "":
		e.done.Previews++
	default:
		e.done.Absent++
	}
	return nil
}

// copyFile saves a content under a name in the folder and returns its path from where the
// export lies, "" if it is not on this disk.
func (e *exporter) copyFile(ctx context.Context, f chat.File, name string) (string, error) {
	content, err := e.app.OpenFile(ctx, f)
	if failedCode(err) == FailFileAbsent {
		return "", nil
	}
	if err == nil {
		err = content.Close()
	}
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(e.r.Folder, 0o700); err != nil {
		return "", savedFailed(err, e.r.Folder)
	}
	err = e.app.SaveFile(ctx, f, filepath.Join(e.r.Folder, name), false)
	switch {
	case err == nil:
		return filepath.Base(e.r.Folder) + "/" + name, nil
	case failedCode(err) == FailFileAbsent: // since it was seen
		return "", nil
	}
	return "", err
}

// safeName makes a file name of what somebody else calls a file: one that every
// system takes for a plain name.
func safeName(name string) string {
	if wire.CheckFileName(name, "") != nil {
		return "file"
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	const most = 180 // bytes; something stands before it
	for len(name) > most {
		name = name[len(name)-most:]
		name = strings.ToValidUTF8(name, "")
	}
	return strings.TrimRight(name, ". ")
}

// shown are the files as the page shows them.
func (e *exporter) shown(list []ExportedFile) (files []shownFile) {
	for i := range list {
		x := &list[i]
		f := shownFile{Name: visibleText(x.Name), Size: e.size(x.Size), Absent: e.absent(x), Link: pageLink(x.Path), Image: pageLink(x.Preview)}
		if shownType(x.Type) && f.Link != "" {
			f.Image = f.Link
		}
		files = append(files, f)
	}
	return files
}

// pageLink is how a page names what lies in the folder beside it.
func pageLink(path string) string {
	folder, name, ok := strings.Cut(path, "/")
	if !ok {
		return ""
	}
	return "./" + url.PathEscape(folder) + "/" + url.PathEscape(name)
}

// absent is what is said of a file without a copy.
func (e *exporter) absent(x *ExportedFile) string {
	switch {
	case e.r.Folder == "" || x.Path != "":
		return ""
	case x.Preview != "":
		return e.r.Words.Preview
	}
	return e.r.Words.Absent
}

// size is a length for people.
func (e *exporter) size(n int64) string {
	if e.r.Words.Size != nil {
		return e.r.Words.Size(n)
	}
	if n == 1 {
		return "1 byte"
	}
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	v := float64(n)
	for _, unit := range []string{"kB", "MB"} {
		if v /= 1000; v < 999.5 {
			return decimal(v) + " " + unit
		}
	}
	return decimal(v/1000) + " GB"
}

// decimal is a number with one digit behind the point where it is small.
func decimal(v float64) string {
	if v < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// fileLines are the files in ExportText.
func (e *exporter) fileLines(list []ExportedFile) string {
	var b strings.Builder
	for i := range list {
		x := &list[i]
		fmt.Fprintf(&b, "\n       [%s, %s", oneLineOf(x.Name), e.size(x.Size))
		if absent := e.absent(x); absent != "" {
			b.WriteString(", " + absent)
		}
		b.WriteByte(']')
		if path := cmp.Or(x.Path, x.Preview); path != "" {
			b.WriteString(" " + oneLineOf(path))
		}
	}
	return b.String()
}

// hasWords reports whether a message is shown as what somebody wrote or sent.
func hasWords(m *MessageView) bool { return m.Kind == chat.KindMessage && !m.Unknown && !m.Erased }
