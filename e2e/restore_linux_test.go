//go:build e2e

package e2e

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRestoreKilled kills a program that goes back to a backup, after each change that it
// makes in the data folder. Whenever that is, the folder has whole data, those from before or
// those of the backup, with which the server starts; the backup, and what was put aside, are
// as they were; and going back can be done again.
func TestRestoreKilled(t *testing.T) {
	server := newServer(t, fastConfig)
	server.start(true)
	ana := newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	say := func(text string) {
		t.Helper()
		ana.must("", "send", "general", text)
	}
	say("before the backup")
	backup := filepath.Join(t.TempDir(), "backup.db")
	server.backup(backup)
	say("after the backup")
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	first, copied := server.data, contents(t, backup)
	present := contents(t, filepath.Join(first, "hearth.db"))
	verified := func(args ...string) (events string) {
		t.Helper()
		out, err := server.command(append([]string{"verify"}, args...)...)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return regexp.MustCompile(`\d+ events`).FindString(out)
	}
	then, now := verified("--file", backup), verified("--data", first)
	if then == "" || then == now {
		t.Fatalf("%q in the backup, %q in the data", then, now)
	}
	old, back, asides := 0, 0, 0
	for k, done := 1, false; !done; k++ {
		server.data = filepath.Join(t.TempDir(), "data")
		if err := os.CopyFS(server.data, os.DirFS(first)); err != nil {
			t.Fatal(err)
		}
		done = restoreUntil(t, server, backup, k)
		data := contents(t, filepath.Join(server.data, "hearth.db"))
		want := then
		if bytes.Equal(data, present) {
			old++
			want = now
		} else {
			back++
		}
		if got := verified("--data", server.data); got != want {
			t.Fatalf("after %d changes: %s, want %s", k, got, want)
		}
		if !bytes.Equal(contents(t, backup), copied) {
			t.Fatalf("after %d changes the backup is another one", k)
		}
		aside, err := filepath.Glob(filepath.Join(server.data, "hearth.db.before-restore-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range aside {
			asides++
			if !bytes.Equal(contents(t, path), present) {
				t.Fatalf("after %d changes: %s is not the data from before", k, filepath.Base(path))
			}
		}
		if len(aside) == 0 && !bytes.Equal(data, present) {
			t.Fatalf("after %d changes the data from before are nowhere", k)
		}
		server.start(false)
		if err := server.stop(); err != nil {
			t.Fatalf("after %d changes: %v", k, err)
		}
		if out, err := server.command("restore", "--data", server.data, "--from", backup); err != nil {
			t.Fatalf("again, after %d changes: %v\n%s", k, err, out)
		}
	}
	t.Logf("the data from before %d times, those of the backup %d times, put aside %d times", old, back, asides)
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// restoreUntil goes back to a backup, and kills the program and what it has started once k
// files have come, gone, been renamed or closed; it reports whether there were fewer changes.
func restoreUntil(t *testing.T, s *serverProcess, backup string, k int) (done bool) {
	t.Helper()
	const over = "over" // a file that comes behind all changes
	const changes = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_CLOSE_WRITE
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	watch := os.NewFile(uintptr(fd), "inotify")
	defer watch.Close()
	if _, err := unix.InotifyAddWatch(fd, s.data, changes); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t, "hearth-server"), "restore", "--data", s.data, "--from", backup)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	met := make(chan bool, 1)
	go func() {
		seen, buf := 0, make([]byte, 64<<10)
		for {
			n, err := watch.Read(buf)
			if err != nil {
				met <- false
				return
			}
			for rest := buf[:n]; len(rest) >= unix.SizeofInotifyEvent; {
				end := unix.SizeofInotifyEvent + binary.NativeEndian.Uint32(rest[12:])
				if bytes.HasPrefix(rest[unix.SizeofInotifyEvent:end], []byte(over)) {
					met <- false
					return
				}
				rest = rest[end:]
				seen++
				_, _ = unix.InotifyAddWatch(fd, filepath.Join(s.data, "restoring"), changes) // once it is there
			}
			if seen >= k {
				_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // where it is not done yet
				met <- true
				return
			}
		}
	}()
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return false
	}
	if err != nil {
		t.Fatalf("restoring: %v\n%s", err, out.String())
	}
	write(t, filepath.Join(s.data, over), "")
	return !<-met
}
