package app

import (
	"context"
	"errors"
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
}

// shownFile is a file of a message on a page.
type shownFile struct {
	Name, Size string
	Absent     string // said of a file that has no copy
	Link       string // "": no copy
	Picture    bool
}

// files copies those files of a message that are on this disk, if that is wanted, and
// says where they went.
func (e *exporter) files(ctx context.Context, m *MessageView) ([]ExportedFile, error) {
	var list []ExportedFile
	for i := range m.Files {
		f := &m.Files[i]
		x := ExportedFile{Name: f.Name, Type: f.Type, Size: f.Size, Hash: f.Hash.String()}
		if e.r.Folder != "" && f.Here {
			name := fmt.Sprintf("%s-%d-%s", strings.TrimPrefix(e.place(m), "m"), i+1, safeName(f.Name))
			if err := os.MkdirAll(e.r.Folder, 0o700); err != nil {
				return nil, savedFailed(err, e.r.Folder)
			}
			err := e.app.SaveFile(ctx, f.File, filepath.Join(e.r.Folder, name), false)
			var failed *Failed
			switch {
			case errors.As(err, &failed) && failed.Code == FailFileAbsent: // since the page was read
			case err != nil:
				return nil, err
			default:
				x.Path = filepath.Base(e.r.Folder) + "/" + name
				e.done.Copies++
			}
		}
		if e.r.Folder != "" && x.Path == "" {
			e.done.Absent++
		}
		list = append(list, x)
	}
	return list, nil
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
		f := shownFile{Name: visibleText(x.Name), Size: e.size(x.Size), Picture: shownType(x.Type), Absent: e.absent(x)}
		if folder, name, ok := strings.Cut(x.Path, "/"); ok {
			f.Link = "./" + url.PathEscape(folder) + "/" + url.PathEscape(name)
		}
		files = append(files, f)
	}
	return files
}

// absent is what is said of a file without a copy.
func (e *exporter) absent(x *ExportedFile) string {
	if e.r.Folder == "" || x.Path != "" {
		return ""
	}
	return e.r.Words.Absent
}

// size is a length for people.
func (e *exporter) size(n int64) string {
	if e.r.Words.Size != nil {
		return e.r.Words.Size(n)
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
		if x.Path != "" {
			b.WriteString(" " + oneLineOf(x.Path))
		}
	}
	return b.String()
}

// hasWords reports whether a message is shown as what somebody wrote or sent.
func hasWords(m *MessageView) bool { return m.Kind == chat.KindMessage && !m.Unknown && !m.Erased }
