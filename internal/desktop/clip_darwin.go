package desktop

import (
	"bytes"
	"context"
	"encoding/hex"
	"os/exec"
	"strings"
	"time"
)

// ReadClip returns what the clipboard holds besides text: ErrNoClip if there is no
// such thing, ErrClipLarge. It asks the system's own script program, with fixed words.
func ReadClip(ctx context.Context) (Clip, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if out, err := script(ctx, "POSIX path of (the clipboard as «class furl»)"); err == nil && strings.HasPrefix(out, "/") {
		return Clip{Paths: []string{out}}, nil
	}
	out, err := script(ctx, "the clipboard as «class PNGf»")
	if err != nil {
		return Clip{}, ErrNoClip
	}
	data, ok := strings.CutPrefix(out, "«data PNGf")
	picture, err := hex.DecodeString(strings.TrimSuffix(data, "»"))
	switch {
	case !ok || err != nil:
		return Clip{}, ErrNoClip
	case len(picture) > MaxClip:
		return Clip{}, ErrClipLarge
	}
	return Clip{Picture: picture}, nil
}

func script(ctx context.Context, words string) (string, error) {
	out, err := exec.CommandContext(ctx, "/usr/bin/osascript", "-e", words).Output() //nolint:gosec // fixed words
	return string(bytes.TrimRight(out, "\n")), err
}
