//go:build !windows

package folder

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// disks are the whole computer and what is plugged in.
func disks() []Place {
	list := []Place{{Kind: KindRoot, Path: "/"}}
	parents := []string{"/Volumes"}
	if runtime.GOOS != "darwin" {
		u, err := user.Current()
		if err != nil {
			return list
		}
		parents = []string{filepath.Join("/media", u.Username), filepath.Join("/run/media", u.Username)}
	}
	for _, parent := range parents {
		found, err := os.ReadDir(parent)
		if err != nil {
			continue
		}
		for _, d := range found {
			if d.IsDir() {
				list = append(list, Place{Kind: KindDisk, Path: filepath.Join(parent, d.Name()), Name: d.Name()})
			}
		}
	}
	return list
}

// hidden reports whether the system hides a file.
func hidden(d fs.DirEntry) bool { return strings.HasPrefix(d.Name(), ".") }
