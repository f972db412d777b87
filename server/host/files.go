package host

import (
	"path/filepath"

	"hearth/chat"
	"hearth/server/blob"
)

// filesFolder holds the contents that messages name, in the data folder. Backups do
// not include it: it can be many times the size of the data.
const filesFolder = "files"

func openFiles(dir string, l chat.Limits) (*blob.Store, error) {
	return blob.Open(filepath.Join(dir, filesFolder), blob.Limits{
		Total: int64(l.FilesMiB) << 20, Uploads: l.UploadsPerAccount, Piece: l.PieceBytes,
	})
}
