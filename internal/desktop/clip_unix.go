//go:build !windows && !darwin

package desktop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// clipPatience is how long the owner of a clipboard, another program, may take.
const clipPatience = 5 * time.Second

// ReadClip returns what the clipboard holds besides text: ErrNoClip if there is no
// such thing, ErrClipLarge. It waits for another program, five seconds at most.
//
// Under Wayland the program wl-paste is asked, where it is installed: the protocol
// gives the clipboard to windows with the focus only, and the toolkit's window cannot
// be asked for pictures. Otherwise the X server is, which desktops with Wayland have
// for older programs and share the clipboard with.
func ReadClip(ctx context.Context) (Clip, error) {
	ctx, cancel := context.WithTimeout(ctx, clipPatience)
	defer cancel()
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		if program, err := exec.LookPath("wl-paste"); err == nil {
			return readWayland(ctx, program)
		}
	}
	if os.Getenv("DISPLAY") == "" {
		return Clip{}, ErrNoClip
	}
	return readX(ctx)
}

// readWayland asks wl-paste. Nothing that somebody wrote gets into its command line.
func readWayland(ctx context.Context, program string) (Clip, error) {
	offered, err := output(ctx, maxList, program, "--list-types")
	if err != nil {
		return Clip{}, ErrNoClip // it fails if the clipboard is empty
	}
	kind := typeOf(strings.Split(string(offered), "\n"))
	if kind == "" {
		return Clip{}, ErrNoClip
	}
	data, err := output(ctx, MaxClip, program, "--no-newline", "--type", kind)
	if err != nil {
		return Clip{}, err
	}
	return clipOf(kind, data)
}

// output runs a program and returns what it writes, up to a number of bytes.
func output(ctx context.Context, most int64, program string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // fixed words
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(pipe, most+1))
	if n > most {
		cancel() // it goes on writing otherwise
		err = ErrClipLarge
	}
	if e := cmd.Wait(); err == nil {
		err = e
	}
	if err != nil && !errors.Is(err, ErrClipLarge) {
		err = errors.Join(ErrNoClip, err)
	}
	return b.Bytes(), err
}
