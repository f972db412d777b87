//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
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

// TestBackupsUnderKills kills a server that backs itself up, and is asked for
// backups, while two people talk. Each file that has a backup's name is a whole and
// sound one; restoring one from the middle gives a server that both go on with.
func TestBackupsUnderKills(t *testing.T) {
	server := newServer(t, backupConfig)
	server.start(true)
	ana, ben := newCLI(t), newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	ben.must("", "join", strings.TrimSpace(ana.must("", "invite")), "--name", "ben", "--password-file", ben.pass)
	const messages = 2000
	finished := make(chan error, 2)
	for who, c := range map[string]*cli{"ana": ana, "ben": ben} {
		c.timeout = "4m"
		go func() { finished <- talk(t.Context(), c, who, messages) }()
	}
	asked := t.TempDir()
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
	time.Sleep(time.Second) // for one more backup
	if out, err := server.command("verify", "--data", server.data); err != nil {
		t.Errorf("while it runs: %v\n%s", err, out)
	}
	if err := server.stop(); err != nil {
		t.Errorf("the end: %v", err)
	}
	scheduled, _ := filepath.Glob(filepath.Join(server.data, "backups", "hearth-*.db"))
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
	if out, err := server.command("restore", "--data", server.data, "--from", wanted[len(wanted)/2]); err != nil {
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
	if kept < 3 || kept >= len(before) {
		t.Error("that was no backup from the middle")
	}
	if len(ours) == 0 || ours[len(ours)-1].Text != "and on we go" {
		t.Error("the message after the restore is not the last one")
	}
}
