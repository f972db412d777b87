//go:build !windows && !darwin

package desktop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// startX runs an X server of the test's own and points DISPLAY to it.
func startX(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xclip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command("Xvfb", "-displayfd", "3", "-noreset", "-nolisten", "tcp", "-screen", "0", "64x64x24")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	number, err := io.ReadAll(io.LimitReader(r, 1)) // it writes the number once it is ready
	rest := make([]byte, 16)
	if err == nil {
		var n int
		n, err = r.Read(rest)
		number = append(number, rest[:n]...)
	}
	if err != nil {
		t.Fatal("Xvfb did not start: ", err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(string(number)))
	t.Setenv("WAYLAND_DISPLAY", "")
}

// own has another program own the clipboard with data of a type, until the test ends.
func own(t *testing.T, kind string, data []byte) *exec.Cmd {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clip")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	// With -quiet it stays in the foreground.
	owner := exec.Command("xclip", "-quiet", "-selection", "clipboard", "-t", kind, "-i", file)
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = owner.Process.Kill()
		_ = owner.Wait()
	})
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	limit := time.After(20 * time.Second)
	for !owned(t) {
		select {
		case <-again.C:
		case <-limit:
			t.Fatal("xclip did not start")
		}
	}
	return owner
}

// owned reports whether anybody owns the clipboard.
func owned(t *testing.T) bool {
	t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	x := &xClip{conn: conn, atoms: map[string]xproto.Atom{}}
	selection, err := x.atom("CLIPBOARD")
	if err != nil {
		t.Fatal(err)
	}
	reply, err := xproto.GetSelectionOwner(conn, selection).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return reply.Owner != xproto.WindowNone
}

// TestReadX asks another program's clipboard, in one piece and in many.
func TestReadX(t *testing.T) {
	startX(t)
	if _, err := ReadClip(t.Context()); !errors.Is(err, ErrNoClip) {
		t.Errorf("without an owner: %v", err)
	}
	large := make([]byte, 3<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(large)
	for _, x := range []struct {
		kind string
		data []byte
		want Clip
		err  error
	}{
		{"image/png", []byte("\x89PNG small"), Clip{Picture: []byte("\x89PNG small")}, nil},
		{"image/png", large, Clip{Picture: large}, nil},
		{"image/jpeg", large[:200], Clip{Picture: large[:200]}, nil},
		{"text/uri-list", []byte("file:///tmp/a%20b\r\nfile:///tmp/c\r\n"), Clip{Paths: []string{"/tmp/a b", "/tmp/c"}}, nil},
		{"x-special/gnome-copied-files", []byte("copy\nfile:///tmp/a%20b"), Clip{Paths: []string{"/tmp/a b"}}, nil},
		{"text/plain", []byte("words"), Clip{}, ErrNoClip},
		{"image/png", make([]byte, MaxClip+4), Clip{}, ErrClipLarge},
	} {
		t.Run(x.kind, func(t *testing.T) {
			own(t, x.kind, x.data)
			clip, err := ReadClip(t.Context())
			if !errors.Is(err, x.err) || !slices.Equal(clip.Paths, x.want.Paths) || !bytes.Equal(clip.Picture, x.want.Picture) {
				t.Errorf("%d paths, %d bytes, %v", len(clip.Paths), len(clip.Picture), err)
			}
		})
	}
}

// TestReadXStuck: an owner that never answers keeps nobody waiting for longer than
// they wish.
func TestReadXStuck(t *testing.T) {
	startX(t)
	if err := own(t, "image/png", []byte("x")).Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := ReadClip(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stuck owner: %v", err)
	}
	t.Setenv("DISPLAY", ":99999")
	if _, err := ReadClip(t.Context()); !errors.Is(err, ErrNoClip) {
		t.Errorf("without a display: %v", err)
	}
}

// TestReadWayland asks a program in the place of wl-paste: there is no compositor here.
func TestReadWayland(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\ncase \"$*\" in\n--list-types) printf 'text/html\\nimage/png\\n' ;;\n'--no-newline --type image/png') printf 'picture' ;;\n*) exit 1 ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(dir, "wl-paste"), []byte(script), 0o700); err != nil { //nolint:gosec // to be run
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("WAYLAND_DISPLAY", "wayland-9")
	clip, err := ReadClip(t.Context())
	if err != nil || string(clip.Picture) != "picture" {
		t.Errorf("%q, %v", clip.Picture, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "wl-paste"), []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil { //nolint:gosec // to be run
		t.Fatal(err)
	}
	if _, err := ReadClip(t.Context()); !errors.Is(err, ErrNoClip) {
		t.Errorf("an empty clipboard: %v", err)
	}
	if _, err := output(t.Context(), 100, "sh", "-c", "yes"); !errors.Is(err, ErrClipLarge) {
		t.Errorf("without end: %v", err)
	}
}
