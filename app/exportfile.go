package app

import (
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
}

// shownFile is a file of a message on a page.
type shownFile struct {
	Name, Size string
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
			name := fmt.Sprintf("%d-%d-%s", m.Seq, i+1, safeName(f.Name))
			if err := os.MkdirAll(e.r.Folder, 0o700); err != nil {
				return nil, savedFailed(err, e.r.Folder)
			}
			if err := e.app.SaveFile(ctx, f.File, filepath.Join(e.r.Folder, name)); err != nil {
				return nil, err
			}
			x.Path = filepath.Base(e.r.Folder) + "/" + name
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
func shown(list []ExportedFile) (files []shownFile) {
	for _, x := range list {
		f := shownFile{Name: visibleText(x.Name), Size: sizeText(x.Size), Picture: shownType(x.Type)}
		if folder, name, ok := strings.Cut(x.Path, "/"); ok {
			f.Link = "./" + url.PathEscape(folder) + "/" + url.PathEscape(name)
		}
		files = append(files, f)
	}
	return files
}

// sizeText is a length for people, alike in all languages.
func sizeText(n int64) string {
	const kib, mib = 1 << 10, 1 << 20
	switch {
	case n < kib:
		return fmt.Sprintf("%d B", n)
	case n < mib:
		return fmt.Sprintf("%.1f KiB", float64(n)/kib)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/mib)
}

// fileLines are the files in ExportText.
func fileLines(list []ExportedFile) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "\n       [%s, %s]", oneLineOf(x.Name), sizeText(x.Size))
		if x.Path != "" {
			b.WriteString(" " + oneLineOf(x.Path))
		}
	}
	return b.String()
}

// hasWords reports whether a message is shown as what somebody wrote or sent.
func hasWords(m *MessageView) bool { return m.Kind == chat.KindMessage && !m.Unknown && !m.Erased }
