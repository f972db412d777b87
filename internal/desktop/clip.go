package desktop

import (
	"errors"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Clip is what a clipboard holds besides text.
type Clip struct {
	// Paths are the files that a file manager has put there.
	Paths []string
	// Picture is an encoded picture, as whoever put it there made it: a stranger's
	// bytes, to be checked like any.
	Picture []byte
}

// ErrNoClip says that the clipboard holds neither files nor a picture, or that this
// system does not let us see.
var ErrNoClip = errors.New("no files and no picture in the clipboard")

// MaxClip is how large a picture in the clipboard may be, in bytes; larger ones are
// ErrClipLarge.
const MaxClip = 32 << 20

// ErrClipLarge says that what is in the clipboard is larger than MaxClip.
var ErrClipLarge = errors.New("too large for the clipboard")

// maxList is how long a list of files may be, in bytes.
const maxList = 256 << 10

// pictureTypes are the pictures that are asked for, the best first.
var pictureTypes = []string{"image/png", "image/jpeg", "image/webp", "image/gif"}

// pathsOf reads a list of files as file managers write it: RFC 2483, or GNOME's, whose
// first line says what to do with them.
func pathsOf(list string) (paths []string) {
	for line := range strings.SplitSeq(list, "\n") {
		line = strings.TrimRight(line, "\r\x00 ")
		u, err := url.Parse(line)
		if err != nil || u.Scheme != "file" || u.Path == "" || u.Host != "" && u.Host != "localhost" {
			continue
		}
		path := u.Path
		if runtime.GOOS == "windows" {
			path = strings.TrimPrefix(path, "/")
		}
		paths = append(paths, filepath.FromSlash(path))
	}
	return paths
}

// typeOf chooses what to ask a clipboard for: the list of files, else a picture; "" if
// it has neither.
func typeOf(offered []string) string {
	have := map[string]bool{}
	for _, t := range offered {
		have[strings.TrimSpace(t)] = true
	}
	for _, t := range slices.Concat(listTypes, pictureTypes) {
		if have[t] {
			return t
		}
	}
	return ""
}

// listTypes are the lists of files that are asked for. Some file managers offer only
// their own.
var listTypes = []string{"text/uri-list", "x-special/gnome-copied-files", "x-special/mate-copied-files"}

// clipOf makes a Clip of what came under a type.
func clipOf(kind string, data []byte) (Clip, error) {
	switch {
	case len(data) == 0:
	case !slices.Contains(listTypes, kind):
		return Clip{Picture: data}, nil
	case len(data) <= maxList:
		if paths := pathsOf(string(data)); len(paths) > 0 {
			return Clip{Paths: paths}, nil
		}
	}
	return Clip{}, ErrNoClip
}
