package wire

import (
	"strings"
	"unicode/utf8"

	"hearth/chat"
)

// FeatureFiles is named in the greeting of a server that keeps files.
const FeatureFiles = "files"

// FilesPath is where contents are sent to and fetched from, by HTTP on the same
// port: docs/protocol.md section 10, Files.
const FilesPath = "/hearth/files"

// Headers of those requests besides the usual ones. Hashes are spelled as
// everywhere, in base64url.
const (
	HeaderLength  = "Upload-Length"   // of the whole, bytes
	HeaderOffset  = "Upload-Offset"   // where the piece begins; in answers, how much is on disk
	HeaderPiece   = "Upload-Checksum" // SHA-256 of the piece
	HeaderContent = "Upload-Content"  // SHA-256 of the whole
)

// StatusChecksum answers a piece or a whole that does not have its hash (tus 1.0).
const StatusChecksum = 460

// FilesToken asks for a token to send and fetch contents with. The answer is
// FilesGrant.
type FilesToken struct{ Req }

// FilesGrant is a token: good for ExpiresMS, or until the connection ends.
type FilesGrant struct {
	Rep
	Token     Bytes `json:"token"` // 32 bytes; sent as "Authorization: Bearer BASE64URL"
	ExpiresMS int64 `json:"expires_ms"`
}

// Type implements Frame.
func (*FilesToken) Type() Type { return TypeFilesToken }

// Check implements Request.
func (*FilesToken) Check() *chat.Error { return nil }

// Type implements Frame.
func (*FilesGrant) Type() Type { return TypeFilesGrant }

const (
	maxMediaType = 100    // characters
	maxPixels    = 65_535 // on a side
	maxBlur      = 64     // characters of a BlurHash
)

// checkFiles applies the rules of the files that a message names. Whether the
// contents are there is the server's business.
func checkFiles(files []chat.File, l chat.Limits) *chat.Error {
	if len(files) > chat.MaxFiles {
		return chat.Errorf(chat.CodeTooLong, "/body/files", "at most %d files fit into a message", chat.MaxFiles)
	}
	for i := range files {
		if e := checkFile(&files[i], l); e != nil {
			return under(pointer("/body/files", i), e)
		}
	}
	return nil
}

func checkFile(f *chat.File, l chat.Limits) *chat.Error {
	if f.Hash == (chat.Hash{}) {
		return missing("/hash")
	}
	if f.Size < 0 || f.Size > int64(l.FileMiB)<<20 {
		return chat.Errorf(chat.CodeOutOfRange, "/size", "a file has at most %d MiB", l.FileMiB)
	}
	if e := CheckFileName(f.Name, "/name"); e != nil {
		return e
	}
	if e := checkMediaType(f.Type); e != nil {
		return e
	}
	if e := first(checkSide(f.Width, "/width"), checkSide(f.Height, "/height")); e != nil {
		return e
	}
	if len(f.Blur) > maxBlur || !printable(f.Blur) {
		return chat.Errorf(chat.CodeBadValue, "/blur", "not a BlurHash")
	}
	if t := f.Thumb; t != nil {
		return first(checkThumb(t), checkSide(t.Width, "/thumb/width"), checkSide(t.Height, "/thumb/height"))
	}
	return nil
}

func checkThumb(t *chat.Thumb) *chat.Error {
	if t.Hash == (chat.Hash{}) {
		return missing("/thumb/hash")
	}
	if t.Size < 1 || t.Size > chat.MaxThumbSize {
		return chat.Errorf(chat.CodeOutOfRange, "/thumb/size", "a thumbnail has at most %d bytes", chat.MaxThumbSize)
	}
	return nil
}

func checkSide(n int, path string) *chat.Error {
	if n < 0 || n > maxPixels {
		return chat.Errorf(chat.CodeOutOfRange, path, "at most %d pixels", maxPixels)
	}
	return nil
}

// CheckFileName applies the rules of a file's name: one line without direction
// characters, no folders, nothing that a system takes for one.
func CheckFileName(s, path string) *chat.Error {
	switch {
	case blank(s):
		return chat.Errorf(chat.CodeEmpty, path, "the file has no name")
	case len(s) > chat.MaxFileName:
		return chat.Errorf(chat.CodeTooLong, path, "longer than %d bytes", chat.MaxFileName)
	case !utf8.ValidString(s):
		return chat.Errorf(chat.CodeBadUTF8, path, "not valid UTF-8")
	case strings.ContainsAny(s, `/\`) || strings.Trim(s, ". ") == "":
		return chat.Errorf(chat.CodeBadValue, path, "a name, not a path")
	}
	return oneLine(s, path)
}

// checkMediaType accepts type/subtype of RFC 6838 without parameters.
func checkMediaType(s string) *chat.Error {
	const path = "/type"
	if s == "" {
		return missing(path)
	}
	kind, sub, ok := strings.Cut(s, "/")
	if len(s) > maxMediaType || !ok || !mediaToken(kind) || !mediaToken(sub) {
		return chat.Errorf(chat.CodeBadValue, path, "not a media type")
	}
	return nil
}

func mediaToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || i > 0 && strings.IndexByte("!#$&-^_.+", c) >= 0) {
			return false
		}
	}
	return s != ""
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
