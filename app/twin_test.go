package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hearth/chat"
)

// TestTwinsAreOne: a profile has the same account on the same server twice, by one identity
// and by another that has succeeded it: so older versions left it, whether they had taken
// over what waited or not. From the next start on it is there once, with all of it, once.
func TestTwinsAreOne(t *testing.T) {
	for name, taken := range map[string]bool{"taken over before": true, "nothing taken over": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { testTwinsAreOne(t, taken) })
		})
	}
}

func testTwinsAreOne(t *testing.T, taken bool) {
	w := newWorld(t, nil)
	defer w.close()
	p := w.member("ann").protect(goodPassword)
	h := newHouse(t, w.net).takeIn(p).run()
	h.untilPhases(PhaseOpen)
	ann := h.of(w, "ann").live()
	ann.account = p.account
	ann.removed(true)
	old := ann.View().Me.Device.String()
	if taken {
		must(t, ann.SignIn(t.Context(), SignInRequest{Link: w.link().String(), Name: "ann", Password: password()}))
		ann.live().sent()
		h.quit()
		must(t, os.Remove(filepath.Join(h.dir, "groups", old, "replaced_by")))
	} else {
		h.quit()
		h.takeIn(w.another(p, "again"))
	}
	for range 2 {
		h.run().untilPhases(PhaseOpen)
		time.Sleep(time.Minute)
		if n := len(h.Groups.Groups()); n != 1 {
			t.Fatalf("%d groups", n)
		}
		ann = h.of(w, "ann").live().sent()
		if v := ann.View(); v.Me.Device.String() == old || v.Failed != 0 {
			t.Errorf("me %+v, %d failed", v.Me, v.Failed)
		}
		if got := ann.texts(w.general); len(got) != 1 || got[0] != "waiting" {
			t.Errorf("the room is %q", got)
		}
		if got := ann.draftOf(w.general); got.Text != "half a thought" {
			t.Errorf("the draft is %+v", got)
		}
		ann.begins(w.general, chat.Draft{Text: "half a thought"})
		h.quit()
	}
	must(t, func() error { h.run().untilPhases(PhaseOpen); return h.of(w, "ann").live().DeleteLocal(t.Context()) }())
	h.untilPhases(PhaseWelcome)
	h.quit()
	if _, err := os.Stat(filepath.Join(h.dir, "groups", old)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old folder is left behind (%v)", err)
	}
}
