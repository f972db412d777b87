//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// backupConfig makes backups as fast as they can be made.
const backupConfig = fastConfig + `
[backup]
every = "1s"
`

// serverCommand runs another command of the server program and returns its output.
func (s *serverProcess) command(args ...string) (string, error) {
	out, err := exec.Command(program(s.t, "hearth-server"), args...).CombinedOutput()
	return string(out), err
}

// backup asks a running server for a backup and returns how many events it says are in it.
func (s *serverProcess) backup(to string) (events int) {
	s.t.Helper()
	out, err := s.command("backup", "--data", s.data, "--to", to)
	if err != nil {
		s.t.Fatalf("a backup while they talk: %v\n%s", err, out)
	}
	said := regexp.MustCompile(` (\d+) events`).FindStringSubmatch(out)
	if said == nil {
		s.t.Fatalf("a backup of how much? %s", out)
	}
	events, _ = strconv.Atoi(said[1])
	return events
}

// later is a reader that has nothing to give until something has come to pass.
type later struct {
	after <-chan struct{}
	r     io.Reader
}

func (l *later) Read(b []byte) (int, error) {
	<-l.after
	return l.r.Read(b)
}

// TestBackupsUnderKills kills a server that backs itself up, and is asked for
// backups, while two people talk. Each file that has a backup's name is a whole and
// sound one; restoring the one from the middle gives a server that both go on with.
func TestBackupsUnderKills(t *testing.T) {
	server := newServer(t, backupConfig)
	server.start(true)
	ana, ben := newCLI(t), newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	ben.must("", "join", strings.TrimSpace(ana.must("", "invite")), "--name", "ben", "--password-file", ben.pass)
	// What is said behind the middle is said only when there is a backup of it,
	// however fast or slow this machine is.
	const middle, messages = 500, 2500
	finished, reached := make(chan error, 2), make(chan struct{})
	for who, c := range map[string]*cli{"ana": ana, "ben": ben} {
		c.timeout = "4m"
		rest := &later{after: reached, r: strings.NewReader(numbered(who, middle, messages))}
		go func() {
			finished <- say(t.Context(), c, who, io.MultiReader(strings.NewReader(numbered(who, 0, middle)), rest))
		}()
	}
	asked := t.TempDir()
	half := filepath.Join(asked, "middle.db")
	for server.backup(half) < middle {
		select {
		case err := <-finished:
			t.Fatal("there is more to say, and yet:", err)
		default:
		}
		if err := os.Remove(half); err != nil {
			t.Fatal(err)
		}
	}
	close(reached)
	var asking sync.WaitGroup
	kills := 0
	for open := 2; open > 0; {
		select {
		case err := <-finished:
			open--
			if err != nil {
				t.Error(err)
			}
		case <-time.After(1300 * time.Millisecond):
			if kills < 6 {
				to := filepath.Join(asked, fmt.Sprintf("%d.db", kills))
				asking.Go(func() { _, _ = server.command("backup", "--data", server.data, "--to", to) }) // the kill may end it
				time.Sleep(time.Duration(kills*60) * time.Millisecond)
				server.kill()
				asking.Wait()
				kills++
				server.start(false)
			}
		}
	}
	byItself := filepath.Join(server.data, "backups", "hearth-*.db")
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if found, _ := filepath.Glob(byItself); len(found) > 0 {
			break
		}
	}
	if out, err := server.command("verify", "--data", server.data); err != nil {
		t.Errorf("while it runs: %v\n%s", err, out)
	}
	if err := server.stop(); err != nil {
		t.Errorf("the end: %v", err)
	}
	scheduled, _ := filepath.Glob(byItself)
	wanted, _ := filepath.Glob(filepath.Join(asked, "*.db"))
	if len(scheduled) == 0 || len(wanted) == 0 {
		t.Fatalf("backups: %d by itself, %d asked for", len(scheduled), len(wanted))
	}
	list := append(wanted, scheduled...)
	t.Logf("%d kills, %d backups", kills, len(list))
	for _, path := range list {
		if out, err := server.command("verify", "--file", path); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}

	before := ana.tail("general")
	if out, err := server.command("restore", "--data", server.data, "--from", half); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server.start(false)
	for _, c := range []*cli{ana, ben} {
		c.timeout = "60s"
		c.must("", "status", "--wait")
	}
	// What the server has lost goes out again, if its author's program may do that
	// unasked; so both look until they see the same.
	ours, theirs := caughtUp(t, ana), caughtUp(t, ben)
	for end := time.Now().Add(2 * time.Minute); !cmp.Equal(stripState(ours), stripState(theirs)) && time.Now().Before(end); {
		ours, theirs = caughtUp(t, ana), caughtUp(t, ben)
	}
	ana.must("", "send", "general", "and on we go")
	ours, theirs = caughtUp(t, ana), caughtUp(t, ben)
	if d := cmp.Diff(stripState(ours), stripState(theirs)); d != "" {
		t.Errorf("after the restore the two disks differ (-ana +ben):\n%s", tail(d, 4000))
	}
	kept := 0
	for kept < len(ours) && kept < len(before) && ours[kept].Chain == before[kept].Chain {
		kept++
	}
	t.Logf("of %d events before, the server still had %d; now there are %d", len(before), kept, len(ours))
	if kept < middle || kept >= len(before) {
		t.Error("that was no backup from the middle")
	}
	if len(ours) == 0 || ours[len(ours)-1].Text != "and on we go" {
		t.Error("the message after the restore is not the last one")
	}
}
