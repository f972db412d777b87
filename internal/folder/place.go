package folder

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Kind says what a place is.
type Kind string

// The kinds of places.
const (
	KindHome      Kind = "home"
	KindDesktop   Kind = "desktop"
	KindDocuments Kind = "documents"
	KindDownloads Kind = "downloads"
	KindPictures  Kind = "pictures"
	KindDisk      Kind = "disk" // a drive, or what is plugged in
	KindRoot      Kind = "root" // the whole computer
)

// Place is a folder that people look for things in. Name is the disk's.
type Place struct {
	Kind Kind
	Path string
	Name string
}

// standard are the folders that systems make for a person, with the name by which
// freedesktop's file user-dirs.dirs moves them.
var standard = []struct {
	kind      Kind
	name, xdg string
}{
	{KindDesktop, "Desktop", "XDG_DESKTOP_DIR"},
	{KindDocuments, "Documents", "XDG_DOCUMENTS_DIR"},
	{KindDownloads, "Downloads", "XDG_DOWNLOAD_DIR"},
	{KindPictures, "Pictures", "XDG_PICTURES_DIR"},
}

// Places lists the places that there are; it waits for the disk.
func Places() []Place {
	home := Home()
	list := []Place{{Kind: KindHome, Path: home}}
	moved := userDirs(home)
	for _, s := range standard {
		path := filepath.Join(home, s.name)
		if to := moved[s.xdg]; to != "" {
			path = to
		}
		if _, folder := Exists(path); folder && path != home {
			list = append(list, Place{Kind: s.kind, Path: path})
		}
	}
	return append(list, disks()...)
}

// Downloads is where downloads go, else the person's own folder; it waits for the disk.
func Downloads() string {
	for _, p := range Places() {
		if p.Kind == KindDownloads {
			return p.Path
		}
	}
	return Home()
}

// userDirs reads where the person's folders are on desktops that translate their names.
func userDirs(home string) map[string]string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return nil
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	data, err := os.ReadFile(filepath.Join(config, "user-dirs.dirs"))
	if err != nil {
		return nil
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		value = strings.Trim(value, `"`)
		if rest, own := strings.CutPrefix(value, "$HOME"); own {
			value = filepath.Join(home, rest)
		}
		if filepath.IsAbs(value) {
			dirs[name] = filepath.Clean(value)
		}
	}
	return dirs
}
