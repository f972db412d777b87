package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth/internal/testkit"
	"hearth/server/storage/boltstore"
	"hearth/server/storage/storagetest"
)

// backedUp is a stopped server with a backup of an earlier state.
func backedUp(t *testing.T) (c Config, from string, then, now *storagetest.Writer) {
	t.Helper()
	c = config(t, testkit.Dir(t))
	h := start(t, c)
	then = talk(t, h.store, 20)
	from = filepath.Join(c.Dir, "backups", backupName(time.Now().Add(-time.Hour)))
	if err := os.MkdirAll(filepath.Dir(from), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	now = talk(t, h.store, 10)
	stop(t, h)
	return c, from, then, now
}

func TestRestore(t *testing.T) {
	c, from, then, now := backedUp(t)
	path := filepath.Join(c.Dir, boltstore.FileName)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	before, err := boltstore.OpenCopy(from, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	epoch := before.Epoch()
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	done, err := Restore(t.Context(), c, from)
	if err != nil {
		t.Fatal(err)
	}
	if aside, err := os.ReadFile(done.Aside); err != nil || !bytes.Equal(aside, old) {
		t.Errorf("the data from before are not in %s: %v", done.Aside, err)
	}
	if after, err := os.ReadFile(from); err != nil || !bytes.Equal(after, copied) {
		t.Errorf("the backup was changed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, restoring)); err == nil {
		t.Error("the folder for preparing is still there")
	}
	h := start(t, c)
	if h.store.Epoch() == epoch {
		t.Error("the epoch is the old one")
	}
	if head, err := h.store.Head(t.Context(), then.Room); err != nil || head != then.Head {
		t.Errorf("the room ends at %v, want %v (%v)", head, then.Head, err)
	}
	if _, err := h.store.Head(t.Context(), now.Room); err == nil {
		t.Error("a room from after the backup is there")
	}
	stop(t, h)
	// The data put aside are a backup too. However quickly one restore follows
	// another, nothing that was put aside is lost.
	aside := map[string]bool{done.Aside: true}
	for n := 2; n < 5; n++ {
		next, err := Restore(t.Context(), c, done.Aside)
		if err != nil {
			t.Fatal(err)
		}
		if aside[next.Aside] = true; len(aside) != n {
			t.Errorf("%s was used twice", next.Aside)
		}
	}
	if kept, err := os.ReadFile(done.Aside); err != nil || !bytes.Equal(kept, old) {
		t.Errorf("what was put aside has changed: %v", err)
	}
	if head, err := start(t, c).store.Head(t.Context(), now.Room); err != nil || head != now.Head {
		t.Errorf("the room ends at %v, want %v (%v)", head, now.Head, err)
	}
}

// TestRestoreLeavesNoGap: at no moment of a restore the folder is without data, so a kill
// has either those from before or those of the backup.
func TestRestoreLeavesNoGap(t *testing.T) {
	c, from, _, _ := backedUp(t)
	path := filepath.Join(c.Dir, boltstore.FileName)
	second := filepath.Join(c.Dir, "second")
	if err := os.Link(path, second); err != nil {
		t.Skip("this disk knows no second names")
	}
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	done, looks := make(chan struct{}), make(chan error)
	go func() {
		for {
			if _, err := os.Lstat(path); err != nil {
				looks <- err
				return
			}
			select {
			case <-done:
				looks <- nil
				return
			default:
			}
		}
	}()
	for range 10 {
		if _, err := Restore(t.Context(), c, from); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	if err := <-looks; err != nil {
		t.Errorf("in between: %v", err)
	}
}

func TestRestoreRefused(t *testing.T) {
	c, from, _, _ := backedUp(t)
	path := filepath.Join(c.Dir, boltstore.FileName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unchanged := func(what string) {
		t.Helper()
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, data) {
			t.Errorf("%s: the data were changed (%v)", what, err)
		}
		if left, _ := filepath.Glob(filepath.Join(c.Dir, "*restor*")); left != nil {
			t.Errorf("%s: left behind %v", what, left)
		}
	}
	_, err = Restore(t.Context(), c, from+".none")
	refused(t, err, KindAbsent, from)
	unchanged("no backup")

	bad := filepath.Join(t.TempDir(), "bad.db")
	copied, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, copied[:len(copied)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Restore(t.Context(), c, bad)
	refused(t, err, KindDamaged, bad, "nothing was changed")
	unchanged("a damaged backup")

	// An empty file would be a server without anybody, and so would data that no server has served.
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Restore(t.Context(), c, empty)
	refused(t, err, KindDamaged, empty, "nothing was changed", "is empty")
	unchanged("an empty file")
	if r, err := VerifyFile(t.Context(), c, empty); err != nil || len(r.Damage) != 1 || r.Damages != 1 {
		t.Errorf("an empty file: %+v, %v", r, err)
	}
	_, err = Restore(t.Context(), c, t.TempDir())
	refused(t, err, KindRequest, "no file")
	unchanged("a folder")
	nobodys := t.TempDir() // data that no server has served yet
	store, err := boltstore.Open(nobodys, boltstore.Options{})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(nobodys, boltstore.FileName)
	_, err = Restore(t.Context(), c, foreign)
	refused(t, err, KindDamaged, foreign, "nothing was changed", "which server")
	unchanged("nobody's data")

	other := config(t, testkit.Dir(t))
	stop(t, start(t, other))
	_, err = Restore(t.Context(), c, filepath.Join(other.Dir, boltstore.FileName))
	refused(t, err, KindIdentity, "another server")
	unchanged("another server's backup")

	_, err = Restore(t.Context(), Config{Dir: t.TempDir(), Rerun: Self}, from)
	refused(t, err, KindIdentity, identityFile)

	h := start(t, c)
	_, err = Restore(t.Context(), c, from)
	refused(t, err, KindInUse, c.Dir)
	if got, err := h.store.RoomIDs(t.Context()); err != nil || len(got) != 3 {
		t.Errorf("%v, %v", got, err)
	}
}

// TestRestoreElsewhere: a backup and the identity make the server anew on another
// machine.
func TestRestoreElsewhere(t *testing.T) {
	c, from, then, _ := backedUp(t)
	moved := config(t, testkit.Dir(t))
	if err := copyFile(filepath.Join(c.Dir, identityFile), filepath.Join(moved.Dir, identityFile)); err != nil {
		t.Fatal(err)
	}
	if done, err := Restore(t.Context(), moved, from); err != nil || done.Aside != "" {
		t.Fatalf("%+v, %v", done, err)
	}
	h := start(t, moved)
	if head, err := h.store.Head(t.Context(), then.Room); err != nil || head != then.Head {
		t.Errorf("%v, %v", head, err)
	}
}

// TestRestoreInterrupted: a kill between the two renames must not look like a new
// server.
func TestRestoreInterrupted(t *testing.T) {
	c, from, then, _ := backedUp(t)
	path := filepath.Join(c.Dir, boltstore.FileName)
	if err := os.Mkdir(filepath.Join(c.Dir, restoring), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".before-restore-x"); err != nil {
		t.Fatal(err)
	}
	refused(t, openRefused(t, c), KindDamaged, "interrupted", "restore")
	if _, err := Restore(t.Context(), c, from); err != nil {
		t.Fatal(err)
	}
	if head, err := start(t, c).store.Head(t.Context(), then.Room); err != nil || head != then.Head {
		t.Errorf("%v, %v", head, err)
	}
}

// harms are ways a database file may be when a server starts.
var harms = map[string]func(t *testing.T, path string){
	"cut off": func(t *testing.T, path string) {
		if err := os.Truncate(path, 12_000); err != nil {
			t.Fatal(err)
		}
	},
	"pages of nonsense": func(t *testing.T, path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 2 * os.Getpagesize(); at < len(data); at++ {
			data[at] ^= 0xA5
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	},
	"another file": func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(strings.Repeat("a letter, not a database\n", 2000)), 0o600); err != nil {
			t.Fatal(err)
		}
	},
}

// TestDamagedStart: the message names the file and the exact command, which works.
func TestDamagedStart(t *testing.T) {
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			c, from, then, _ := backedUp(t)
			// A newer backup that is damaged itself is passed over.
			worse := filepath.Join(filepath.Dir(from), backupName(time.Now()))
			if err := os.WriteFile(worse, []byte("not a backup"), 0o600); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(c.Dir, boltstore.FileName)
			harm(t, path)
			bad, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			err = openRefused(t, c)
			if strings.Count(err.Error(), "damaged") != 1 {
				t.Errorf("it says so more than once: %v", err)
			}
			refused(t, err, KindDamaged, path, "hearth-server restore --data "+quoted(c.Dir)+" --from "+quoted(from))
			t.Log(err)
			if after, _ := os.ReadFile(path); !bytes.Equal(after, bad) {
				t.Error("the damaged file was changed")
			}
			if _, err := Restore(t.Context(), c, from); err != nil {
				t.Fatal(err)
			}
			if head, err := start(t, c).store.Head(t.Context(), then.Room); err != nil || head != then.Head {
				t.Errorf("%v, %v", head, err)
			}
		})
	}
}

// TestRestoreIfDamaged does the same by itself, and only if it was told to.
func TestRestoreIfDamaged(t *testing.T) {
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			c, _, then, _ := backedUp(t)
			path := filepath.Join(c.Dir, boltstore.FileName)
			harm(t, path)
			bad, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c.RestoreIfDamaged = true
			h := start(t, c)
			if head, err := h.store.Head(t.Context(), then.Room); err != nil || head != then.Head {
				t.Errorf("%v, %v", head, err)
			}
			aside, _ := filepath.Glob(path + ".before-restore-*")
			if len(aside) != 1 {
				t.Fatalf("put aside: %v", aside)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, bad) {
				t.Errorf("the damaged file was changed: %v", err)
			}
		})
	}
}

// TestOneHead: data of which only the last commit may be missing are refused, and
// go on as a new epoch when somebody says so, with all the rest.
func TestOneHead(t *testing.T) {
	for _, itself := range []bool{false, true} {
		t.Run(fmt.Sprint("by itself: ", itself), func(t *testing.T) {
			c, _, _, now := backedUp(t)
			path := filepath.Join(c.Dir, boltstore.FileName)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[os.Getpagesize()+16+48] ^= 1 // the number of the transaction
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.RestoreIfDamaged = itself; !itself {
				refused(t, openRefused(t, c), KindDamaged, "last commit", "hearth-server restore --data "+quoted(c.Dir)+" --from "+quoted(path))
				if done, err := Restore(t.Context(), c, path); err != nil || !done.Mended {
					t.Fatalf("%+v, %v", done, err)
				}
			}
			h := start(t, c)
			// All of it came after the backup; one commit holds some of it.
			if head, err := h.store.Head(t.Context(), now.Room); err != nil || head.Seq < now.Head.Seq/2 {
				t.Errorf("%v, %v; it was %v", head, err, now.Head)
			}
		})
	}
}

func TestDamagedWithoutBackup(t *testing.T) {
	c := config(t, testkit.Dir(t))
	stop(t, start(t, c))
	harms["cut off"](t, filepath.Join(c.Dir, boltstore.FileName))
	c.RestoreIfDamaged = true
	refused(t, openRefused(t, c), KindDamaged, "no backup", "--from FILE")
}

// TestDataGone: an identity whose data were lost is no new server.
func TestDataGone(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			c, from, then, _ := backedUp(t)
			path := filepath.Join(c.Dir, boltstore.FileName)
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			refused(t, openRefused(t, c), KindDamaged, path, "identity.pem", "--from "+quoted(from))
			if _, err := Restore(t.Context(), c, from); err != nil {
				t.Fatal(err)
			}
			if head, err := start(t, c).store.Head(t.Context(), then.Room); err != nil || head != then.Head {
				t.Errorf("%v, %v", head, err)
			}
		})
	}
}
