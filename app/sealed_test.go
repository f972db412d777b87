package app

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/store/profile"
	"hearth/store/secret"
)

// seal puts the secrets of a folder into a vault; the house must not run.
func (h *house) seal(id, phrase string) {
	h.t.Helper()
	prof, err := profile.Open(h.dir)
	must(h.t, err)
	folders, err := prof.Groups()
	must(h.t, err)
	for _, f := range folders {
		if f.ID() != id {
			continue
		}
		account := f.Account()
		b, err := h.ring.Load(h.t.Context(), refOf(account))
		must(h.t, err)
		must(h.t, secret.NewVault(f.VaultPath(), []byte(phrase)).Save(h.t.Context(), b))
		must(h.t, h.ring.Delete(h.t.Context(), refOf(account)))
		account.Secrets = profile.ModeVault
		must(h.t, f.Update(account))
	}
}

// unlock opens the folder with an id.
func (h *house) unlock(id, phrase string) {
	h.t.Helper()
	h.until("a core that asks for the passphrase", func() bool {
		for _, item := range h.Groups.Groups() {
			if item.ID == id && item.Core.View().Phase == PhaseLocked {
				must(h.t, item.Core.Unlock(h.t.Context(), bytes.Clone([]byte(phrase))))
				return true
			}
		}
		return false
	})
}

// TestSealedTwins: the older folder of an account that a profile has twice is sealed by a
// passphrase, or both are. Once both are open they are one, whichever was opened first, and
// the window goes on with the newer one; what the older one held is there once, also where
// it could not be taken over at first, and then nothing is closed.
func TestSealedTwins(t *testing.T) {
	for name, c := range map[string]struct {
		both, newerFirst, inTheWay bool
	}{
		"the older one":                       {},
		"both, the older one opened first":    {both: true},
		"both, the newer one opened first":    {both: true, newerFirst: true},
		"and cannot be taken over at first":   {inTheWay: true},
		"both, and that cannot be taken over": {both: true, inTheWay: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { testSealedTwins(t, c.both, c.newerFirst, c.inTheWay) })
		})
	}
}

func testSealedTwins(t *testing.T, both, newerFirst, inTheWay bool) {
	w := newWorld(t, nil)
	defer w.close()
	h := newHouse(t, w.net).takeIn(w.member("eve")) // who stands beside ann, and is nothing to her
	time.Sleep(time.Second)
	p := w.member("ann").protect(goodPassword)
	time.Sleep(time.Second)
	h.takeIn(p).run().untilPhases(PhaseOpen, PhaseOpen)
	ann := h.of(w, "ann").live()
	ann.account = p.account
	ann.removed(true)
	time.Sleep(time.Second)
	old := ann.View().Me.Device.String()
	h.quit()
	newer := w.another(p, "again")
	fresh := newer.device.ID.String()
	h.takeIn(newer).seal(old, "old words")
	if both {
		h.seal(fresh, "new words")
	}
	unlockNewer := func() {
		if both {
			h.unlock(fresh, "new words")
		}
	}
	mark := filepath.Join(h.dir, "groups", old, "replaced_by")
	if inTheWay { // the folder cannot be told that it has given way
		must(t, os.Mkdir(mark, 0o700))
		var said bytes.Buffer
		h.log = slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &said), nil))
		h.run()
		unlockNewer()
		h.unlock(old, "old words")
		h.untilPhases(PhaseOpen, PhaseOpen, PhaseOpen)
		time.Sleep(time.Minute)
		h.untilPhases(PhaseOpen, PhaseOpen, PhaseOpen)
		h.quit()
		must(t, os.Remove(mark))
		if n := strings.Count(said.String(), "was not taken over"); n != 1 {
			t.Errorf("it was tried %d times, not once", n)
		}
	}
	h.run()
	if newerFirst {
		unlockNewer()
	}
	h.unlock(old, "old words")
	for _, item := range h.Groups.Groups() {
		if item.ID == old {
			h.Show(item.Key)
		}
	}
	if !newerFirst {
		unlockNewer()
	}
	h.untilPhases(PhaseOpen, PhaseOpen)
	for i := range 2 {
		ann = h.of(w, "ann").live().sent()
		if items := h.Groups.Groups(); len(items) != 2 || items[1].ID != fresh || h.Last() != items[1].Key {
			t.Errorf("there are %+v, and %d is shown", items, h.Last())
		}
		if v := ann.View(); v.Failed != 0 {
			t.Errorf("%d failed", v.Failed)
		}
		if got := ann.texts(w.general); len(got) != 1 || got[0] != "waiting" {
			t.Errorf("the room is %q", got)
		}
		if got := ann.draftOf(w.general); got.Text != "half a thought" {
			t.Errorf("the draft is %+v", got)
		}
		ann.begins(w.general, chat.Draft{Text: "half a thought"})
		if i > 0 {
			break
		}
		h.quit()
		h.run()
		unlockNewer()
		h.untilPhases(PhaseOpen, PhaseOpen)
	}
	must(t, ann.DeleteLocal(t.Context()))
	h.untilPhases(PhaseOpen)
	h.quit()
	if _, err := os.Stat(filepath.Join(h.dir, "groups", old)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old folder is left behind (%v)", err)
	}
}
