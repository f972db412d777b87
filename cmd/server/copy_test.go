package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/host"
	"hearth/server/storage/boltstore"
	"hearth/server/storage/storagetest"
)

// say appends messages to a new room of a stopped server; wrong breaks the chain
// at the last one.
func say(t *testing.T, dir string, n int, wrong bool) *storagetest.Writer {
	t.Helper()
	s, err := boltstore.Open(dir, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	for b := w.Found(p); ; b = w.Message(p, "hello") {
		last := int(w.Head.Seq) >= n
		if last && wrong {
			b.Entries[0].Chain[0] ^= 1
		}
		answer := make(chan error, 1)
		s.Append(b, func(err error) { answer <- err })
		if err := <-answer; err != nil {
			t.Fatal(err)
		}
		if last {
			break
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (r result) right(t *testing.T, words ...string) {
	t.Helper()
	if r.code != exitOK || r.errors != "" {
		t.Fatalf("exit code %d: %s", r.code, r.errors)
	}
	for _, w := range words {
		if !strings.Contains(r.out, w) {
			t.Errorf("%q does not say %q", r.out, w)
		}
	}
}

func TestBackupRestoreVerify(t *testing.T) {
	dir := testkit.Dir(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	program(t, "backup", "--data", dir).wrong(t, exitUsage, "--to")
	program(t, "backup", "--data", dir, "--to", to).wrong(t, exitAbsent, dir)
	program(t, "verify", "--data", dir).wrong(t, exitAbsent, dir)
	program(t, "restore", "--data", dir, "--from", to).wrong(t, exitIdentity, "identity.pem")
	serve(t, dir).stop(t)
	say(t, dir, 9, false)

	s := serve(t, dir)
	program(t, "backup", "--data", dir, "--to", to).right(t, to, "sound", "2 rooms", "identity.pem")
	program(t, "backup", "--data", dir, "--to", to).wrong(t, exitUsage, "exists")
	program(t, "verify", "--data", dir).right(t, "hearth.db", "sound", "2 rooms")
	program(t, "restore", "--data", dir, "--from", to).wrong(t, exitInUse, dir)
	s.stop(t)
	program(t, "verify", "--data", dir).right(t, "hearth.db", "sound", "2 rooms")
	program(t, "verify", "--file", to).right(t, to, "sound", "2 rooms")
	program(t, "verify", "--data", dir, "--file", to).wrong(t, exitUsage, "--file")
	program(t, "verify").wrong(t, exitUsage, "--data")
	program(t, "verify", "--file", to+"x").wrong(t, exitAbsent, to+"x")

	bad := say(t, dir, 20, true)
	r := program(t, "verify", "--data", dir)
	r.wrong(t, exitDamaged, "damaged", "nothing was changed")
	for _, w := range []string{"damage: ", bad.Room.String(), fmt.Sprintf("the chain breaks at %d", bad.Head.Seq), `called "room"`, "DAMAGED; 3 rooms"} {
		if !strings.Contains(r.out, w) {
			t.Errorf("%q does not say %q", r.out, w)
		}
	}
	r = program(t, "verify", "--data", dir, "--json")
	var report host.Report
	if err := json.Unmarshal([]byte(r.out), &report); err != nil || r.code != exitDamaged || report.Damages != 1 || report.Rooms != 3 {
		t.Errorf("%d %+v %v", r.code, report, err)
	}
	program(t, "restore", "--data", dir, "--from", to).right(t, "restored", to, "sound", "2 rooms", ".before-restore-")
	program(t, "verify", "--data", dir).right(t, "sound", "2 rooms")
	serve(t, dir).stop(t)
}

// TestRestoreIfDamagedFlag: the message's own command, and the flag instead of it.
func TestRestoreIfDamagedFlag(t *testing.T) {
	dir := testkit.Dir(t)
	serve(t, dir).stop(t)
	say(t, dir, 5, false)
	from := filepath.Join(dir, "backups", "hearth-20260101T000000Z.db")
	if err := os.Mkdir(filepath.Dir(from), 0o700); err != nil {
		t.Fatal(err)
	}
	program(t, "backup", "--data", dir, "--to", from).right(t)
	if err := os.Truncate(filepath.Join(dir, "hearth.db"), 12_000); err != nil {
		t.Fatal(err)
	}
	program(t, "--data", dir, "--listen", "127.0.0.1:0").wrong(t, exitDamaged, "hearth-server restore", from, dir)
	program(t, "backup", "--data", dir, "--to", from+"x").wrong(t, exitDamaged, "hearth-server restore")
	program(t, "invite", "--data", dir).wrong(t, exitDamaged)
	s := serve(t, dir, "--restore-if-damaged")
	if !strings.Contains(s.errs.String(), "Restored; what is newer is lost here") {
		t.Error("nothing is said")
	}
	s.stop(t)
	program(t, "verify", "--data", dir).right(t, "sound", "2 rooms")
}

// TestDiskFailure: when a commit fails in a way that leaves the disk unknown, the
// program ends by itself and says so.
func TestDiskFailure(t *testing.T) {
	dir := testkit.Dir(t)
	s := serve(t, dir)
	if err := os.Truncate(filepath.Join(dir, boltstore.FileName), 8192); err != nil {
		t.Skipf("cannot cut an open file here: %v", err)
	}
	code := <-s.code // the readiness probe meets it within ten seconds
	s.cancel()
	s.cancel = nil
	if code != exitStopped || !strings.Contains(s.errs.String(), "the disk failed") {
		t.Errorf("exit code %d: %s", code, s.errs.String())
	}
	program(t, "--data", dir, "--listen", "127.0.0.1:0").wrong(t, exitDamaged, dir)
}

func TestRotateIdentityCommand(t *testing.T) {
	dir := testkit.Dir(t)
	program(t, "rotate-identity", "--data", dir).wrong(t, exitAbsent, dir)
	s := serve(t, dir)
	before := inviteLine(t, s.out.String())
	program(t, "rotate-identity", "--data", dir).wrong(t, exitInUse, dir)
	s.stop(t)
	r := program(t, "rotate-identity", "--data", dir)
	r.right(t, before.Server.Groups(), "identity.pem.before-")
	s = serve(t, dir)
	if after := inviteLine(t, s.out.String()); after.Server == before.Server || !strings.Contains(r.out, after.Server.Groups()) {
		t.Errorf("it serves as %v", after.Server)
	}
	s.stop(t)
}
