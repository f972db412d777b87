//go:build unix

package host

import (
	"log/slog"
	"os"
	"path/filepath"

	"hearth/server/storage/boltstore"
)

// tighten takes from others what they may do with the server's own files: a copy made
// with other tools is easily readable for everybody, and who reads the identity can be
// the server. The folder itself may be anything a person has named: it is only warned
// of. What cannot be changed, as it is somebody else's, is said too.
func tighten(dir string, log *slog.Logger) {
	for _, name := range [...]string{identityFile, boltstore.FileName, filesFolder} {
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() && !info.IsDir() || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		was := info.Mode().Perm()
		if err := os.Chmod(path, was&^0o077); err != nil {
			log.Warn("Others may read or change a file of the server, and that cannot be taken from them", "file", path, "mode", was.String(), "err", err)
			continue
		}
		log.Warn("Others could read or change a file of the server; they no longer can", "file", path, "mode", was.String())
	}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o022 != 0 {
		log.Warn("Others may write in the data folder, and so replace what is in it; take that from them", "folder", dir, "mode", info.Mode().Perm().String())
	}
}

// exposed reports whether others than its owner and the owner's group may read a file,
// or others than its owner change it.
func exposed(info os.FileInfo) bool { return info.Mode().Perm()&0o027 != 0 }
