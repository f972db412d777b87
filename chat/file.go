package chat

// Most a reader or server accepts of files in one message.
const (
	MaxFiles     = 10       // in one message
	MaxFileName  = 255      // bytes
	MaxThumbSize = 64 << 10 // bytes
)

// File names content that lies beside the log (docs/adr/0024). Everything but Hash
// and Size is what the sender says of it: shown, never believed.
type File struct {
	Hash Hash   `json:"hash"` // SHA-256 of the content
	Size int64  `json:"size"` // bytes
	Name string `json:"name"` // for saving; no folders
	Type string `json:"type"` // media type, such as image/jpeg
	// Of pictures: the size in pixels, upright, so that the place can be kept before
	// anything is loaded.
	Width  int    `json:"width,omitzero"`
	Height int    `json:"height,omitzero"`
	Blur   string `json:"blur,omitempty"` // BlurHash, to be drawn meanwhile
	Thumb  *Thumb `json:"thumb,omitempty"`
}

// Thumb is a small picture of a picture, content of its own.
type Thumb struct {
	Hash   Hash  `json:"hash"`
	Size   int64 `json:"size"` // bytes, at most MaxThumbSize
	Width  int   `json:"width"`
	Height int   `json:"height"`
}

// Content is what a File or Thumb names, once it is known to be true.
type Content struct {
	Hash Hash
	Size int64
}

// Contents returns what a stored event names, thumbnails included; nothing if it was
// erased or cannot be read. Servers index their logs by it.
func (e *Event) Contents() []Content {
	if e.Kind != KindMessage || e.Erased {
		return nil
	}
	return contentsOf(e.Body)
}

// ContentsOf returns the contents of files and their thumbnails, each once.
func ContentsOf(files []File) (all []Content) {
	add := func(c Content) {
		for _, have := range all {
			if have.Hash == c.Hash {
				return
			}
		}
		all = append(all, c)
	}
	for i := range files {
		add(Content{files[i].Hash, files[i].Size})
		if t := files[i].Thumb; t != nil {
			add(Content{t.Hash, t.Size})
		}
	}
	return all
}
