package host

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/internal/testkit"
)

// tally counts the lines of a log that say a thing.
type tally struct {
	what string
	n    int
}

func (c *tally) Write(line []byte) (int, error) {
	c.n += strings.Count(string(line), c.what)
	return len(line), nil
}

// TestFailedBackupWaits: a backup that fails is tried again after ten minutes, not each
// minute, which would keep a disk busy that has no room; or as often as copies are wanted,
// if that is more often.
func TestFailedBackupWaits(t *testing.T) {
	for every, want := range map[time.Duration]int{time.Hour: 7, 5 * time.Minute: 13, 30 * time.Second: 122} {
		dir := filepath.Join(testkit.Dir(t), "taken")
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // no folder can be made there
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			failures := &tally{what: "A backup failed"}
			ctx, cancel := context.WithCancel(t.Context())
			h := &Host{meters: newMeters(), log: slog.New(slog.NewTextHandler(failures, nil)), ctx: ctx}
			h.config.Backups = Backups{Dir: dir, Every: every}.withDefaults("")
			h.serving.Go(h.backupLoop)
			time.Sleep(61*time.Minute + time.Second)
			cancel()
			h.serving.Wait()
			if failures.n != want {
				t.Errorf("every %v: tried %d times in an hour, want %d", every, failures.n, want)
			}
		})
	}
}
