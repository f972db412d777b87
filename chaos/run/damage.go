//go:build unix

package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth/chaos/check"
)

// Codes that the programs' pages promise for damage.
const (
	serverDamaged = 5
	clientDamaged = 6
	pageBytes     = 4096

	refusedByServer = "server's data: damage refused, code 5"
	refusedByClient = "client's store: damage found"
)

// Damage flips bits and tears pages in the files of stopped programs. Each then
// refuses to start with the code that its page names, or does as if nothing had
// been; nothing that is served or shown differs from what was there before. A
// restored backup and a rebuilt store bring everything back.
func Damage(ctx context.Context, programs Programs, dir string, times int, dice *rand.Rand, tally *Tally) []check.Violation {
	w, err := newWorld(ctx, programs, filepath.Join(dir, "damage"), "damage", tally, setup{names: names[:2], tolerate: true})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	for _, c := range w.clients {
		if err := c.start(); err != nil {
			return notStarted(err)
		}
	}
	if err := errors.Join(w.allType(ctx, 300), w.settle(ctx)); err != nil {
		return notStarted(err)
	}
	if err := w.server.stop(); err != nil {
		return notStarted(err)
	}
	truth, err := readServer(ctx, w.server.data)
	if err != nil {
		return notStarted(err)
	}
	backup := filepath.Join(dir, "damage", "backup.db")
	if err := w.server.run(ctx, "backup", "--data", w.server.data, "--config", w.server.config, "--to", backup); err != nil {
		return notStarted(err)
	}
	if err := w.spoilServer(ctx, &truth, times, dice); err != nil {
		w.broken("damage", fmt.Errorf("server: %w", err))
		return w.found
	}
	if err := w.server.start(ctx); err != nil {
		return notStarted(err)
	}
	if err := w.spoilClient(ctx, w.clients[1], &truth, times, dice); err != nil {
		w.broken("damage", fmt.Errorf("client: %w", err))
		return w.found
	}
	if tally.times(refusedByServer) == 0 {
		w.add(check.Violation{Check: "damage", Text: "nothing was hit, so nothing was shown: " + refusedByServer})
	}
	if tally.times(refusedByClient+" when opened")+tally.times(refusedByClient+" when read")+tally.times(refusedByClient+" when asked") == 0 {
		w.add(check.Violation{Check: "damage", Text: "nothing was hit, so nothing was shown: " + refusedByClient})
	}
	if found := w.finish(ctx); len(found) > 0 {
		return found
	}
	return w.bringBack(ctx, backup, &truth, dice)
}

// spoil damages a file at a place that is not empty, and says how: most of a young
// database file is space for later, and damage there would show nothing.
func spoil(path string, dice *rand.Rand) (string, error) {
	data, err := os.ReadFile(path) //nolint:gosec // our own file
	if err != nil {
		return "", err
	}
	how, at, piece := "a flipped bit", 0, []byte(nil)
	if dice.IntN(3) == 0 { // the second half of a page was never written
		how, piece = "a torn page", make([]byte, pageBytes/2)
	}
	for range 1_000_000 {
		if piece == nil {
			at = dice.IntN(len(data))
			if data[at] != 0 {
				piece = []byte{data[at] ^ 1<<dice.IntN(8)}
				break
			}
			continue
		}
		at = dice.IntN(len(data)/pageBytes)*pageBytes + pageBytes/2
		if !bytes.Equal(data[at:at+len(piece)], piece) {
			break
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // as above
	if err != nil {
		return "", err
	}
	_, err = f.WriteAt(piece, int64(at))
	return how, errors.Join(err, f.Close())
}

// spoilServer damages the server's database again and again.
func (w *world) spoilServer(ctx context.Context, truth *check.Log, times int, dice *rand.Rand) error {
	path := filepath.Join(w.server.data, "hearth.db")
	sound, err := os.ReadFile(path) //nolint:gosec // our own file
	if err != nil {
		return err
	}
	for range times {
		how, err := spoil(path, dice)
		if err != nil {
			return err
		}
		w.tally.fault("server's data: " + how)
		if err := w.serveDamaged(ctx, truth); err != nil {
			return fmt.Errorf("%s: %w", how, err)
		}
		if err := os.WriteFile(path, sound, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// serveDamaged starts the server on damaged data: it refuses, or what it serves
// is what was there.
func (w *world) serveDamaged(ctx context.Context, truth *check.Log) error {
	err := w.server.start(ctx)
	p := w.server.running()
	if err == nil && !until(ctx, time.Second, func() bool { return over(p) }) {
		// It listens before it has looked through everything; a client that gets in, too,
		// must not be told anything false.
		_, code, err := w.clients[0].command(ctx, nil, "--timeout", "30s", "status", "--wait")
		if err != nil {
			return err
		}
		if !over(p) {
			if code != 0 {
				return fmt.Errorf("it serves, and a client waits in vain: code %d\n%s", code, w.clients[0].log)
			}
			if err := w.server.stop(); err != nil {
				return err
			}
			return w.sameAs(ctx, truth)
		}
	} else if err != nil && !errors.Is(err, errDied) {
		return err
	}
	p.work.Wait()
	w.server.forget()
	if killed, code := p.killed(); killed || code != serverDamaged {
		return fmt.Errorf("it ended with code %d, not %d\n%s", code, serverDamaged, w.server.log)
	}
	w.tally.fault(refusedByServer)
	return nil
}

// sameAs compares what a client holds after having been served with the truth.
func (w *world) sameAs(ctx context.Context, truth *check.Log) error {
	log, err := w.clients[0].readClient(ctx)
	if err != nil {
		return err
	}
	return differs(truth, &log)
}

func differs(truth, log *check.Log) error {
	for _, v := range check.Durable(&check.Records{Server: *truth, Clients: []check.Log{*log}}) {
		return errors.New(v.String())
	}
	if len(log.Events) != len(truth.Events) {
		return fmt.Errorf("%s holds %d events of %d", log.Who, len(log.Events), len(truth.Events))
	}
	return nil
}

// spoilClient damages a client's store again and again.
func (w *world) spoilClient(ctx context.Context, c *client, truth *check.Log, times int, dice *rand.Rand) error {
	for range times {
		how, err := spoil(c.path, dice)
		if err != nil {
			return err
		}
		w.tally.fault("client's store: " + how)
		if err := w.useDamaged(ctx, c, truth); err != nil {
			return fmt.Errorf("%s: %w\n%s", how, err, c.log)
		}
	}
	return nil
}

// useDamaged does what a person does with a profile whose store is damaged: looks
// how things stand, reads everything, and asks for rebuilding. Each either goes on
// as if nothing had been or says what to do, by its code; whatever was damaged, all
// is as before in the end.
func (w *world) useDamaged(ctx context.Context, c *client, truth *check.Log) error {
	met := ""
	for _, use := range []struct {
		how  string
		args []string
	}{
		{"when opened", []string{"status", "--wait"}},
		{"when read", []string{"tail", "general", "--json"}},
	} {
		out, code, err := c.command(ctx, nil, append([]string{"--timeout", "30s"}, use.args...)...)
		if err != nil {
			return err
		}
		if code == clientDamaged {
			met = use.how
			break
		}
		if code != 0 {
			return fmt.Errorf("%s ended with code %d\n%s", use.args[0], code, out)
		}
		if use.args[0] != "tail" {
			continue
		}
		if err := shownSame(out, truth); err != nil {
			return err
		}
	}
	out, err := c.must(ctx, "--timeout", "30s", "rebuild")
	if err != nil {
		return err
	}
	switch rebuilt := strings.Contains(out, "damaged store was put aside"); {
	case !rebuilt && !strings.Contains(out, "nothing is wrong"):
		return fmt.Errorf("rebuild says %q", out)
	case !rebuilt && met != "":
		return fmt.Errorf("damage was met %s, and rebuild found none", met)
	case rebuilt && met == "":
		w.tally.fault(refusedByClient + " when asked")
	case rebuilt:
		w.tally.fault(refusedByClient + " " + met)
	default:
		w.tally.fault("client's store: nothing was hit that matters")
	}
	if _, err := c.must(ctx, "--timeout", "30s", "status", "--wait"); err != nil {
		return err
	}
	log, err := c.readClient(ctx) // with a check of its own
	if err != nil {
		return fmt.Errorf("in the end: %w", err)
	}
	return differs(truth, &log)
}

// shownSame compares what tail has printed with the truth.
func shownSame(out string, truth *check.Log) error {
	log := check.Log{Who: "tail", Epoch: truth.Epoch}
	for line := range strings.Lines(out) {
		var e shownEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return err
		}
		log.Events = append(log.Events, check.Event(e))
	}
	return differs(truth, &log)
}

// bringBack damages the server's data for good, and restores the backup.
func (w *world) bringBack(ctx context.Context, backup string, truth *check.Log, dice *rand.Rand) []check.Violation {
	path := filepath.Join(w.server.data, "hearth.db")
	for range 50 {
		if _, err := spoil(path, dice); err != nil {
			return notStarted(err)
		}
	}
	if err := w.server.start(ctx); err == nil {
		until(ctx, 10*time.Second, func() bool { return over(w.server.running()) })
	}
	if p := w.server.running(); !over(p) {
		return []check.Violation{{Check: "damage", Text: "a server with fifty damages serves"}}
	}
	w.server.forget()
	if err := w.server.run(ctx, "restore", "--data", w.server.data, "--config", w.server.config, "--from", backup); err != nil {
		return []check.Violation{{Check: "damage", Text: "the backup is not restored: " + err.Error()}}
	}
	log, err := readServer(ctx, w.server.data)
	if err != nil {
		return []check.Violation{{Check: "damage", Text: "the restored backup: " + err.Error()}}
	}
	log.Epoch = truth.Epoch // restoring begins another
	if err := differs(truth, &log); err != nil {
		return []check.Violation{{Check: "damage", Text: "the restored backup: " + err.Error()}}
	}
	w.tally.fault("fifty damages, backup restored")
	return nil
}
