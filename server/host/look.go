package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hearth/server/storage"
)

// firstLook is how long after the start the data are looked through, unless a backup
// has done so by then: not while everybody comes back.
const firstLook = 2 * time.Minute

// lookOnce looks through the data once after the start. What takes long is not done
// before serving: the logs may be large. Later the backups do it.
func (h *Host) lookOnce() {
	if h.config.Rerun == nil {
		return
	}
	wait := time.NewTimer(firstLook)
	defer wait.Stop()
	select {
	case <-h.ctx.Done():
		return
	case <-wait.C:
	}
	if h.looked.Load() {
		return
	}
	switch err := h.look(h.ctx); {
	case err == nil, h.ctx.Err() != nil:
	case errors.Is(err, storage.ErrNoSpace):
		h.log.Info("The data were not looked through after the start: a copy of them has no room", "err", err)
	default:
		h.log.Warn("The data could not be looked through after the start", "err", err)
	}
}

// look copies the data, has another process look through the copy, and removes it.
func (h *Host) look(ctx context.Context) (err error) {
	h.backing.Lock()
	defer h.backing.Unlock()
	to := filepath.Join(h.config.Dir, verifyPrefix+"start.db")
	if err := h.roomFor(to); err != nil {
		return err
	}
	defer func() {
		if rm := os.Remove(to); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
			err = errors.Join(err, rm)
		}
	}()
	if err := h.store.CopyTo(ctx, to); err != nil {
		return copyError(err, to)
	}
	report, err := verifyFile(ctx, h.config.Rerun, to)
	if err == nil {
		h.judged(report)
	}
	return err
}

// judged takes up what looking through a whole copy of the data has found.
func (h *Host) judged(r *Report) {
	if !r.Checked {
		return
	}
	h.looked.Store(true)
	h.harmed.Store(len(r.Damage) > 0)
	h.meters.damaged.Set(float64(r.Damages))
	for _, d := range r.Damage {
		h.log.Error("The data are damaged", "damage", d)
	}
}
