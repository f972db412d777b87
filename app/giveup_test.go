package app

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"hearth/store"
)

// givesUp calls a command whose caller has given up before the loop hears of it.
func (p *person) givesUp(what string, command func(ctx context.Context) error) {
	p.w.t.Helper()
	gate := make(chan struct{})
	p.do(func() { <-gate })
	ctx, cancel := context.WithCancel(p.w.t.Context())
	cancel()
	if err := command(ctx); !errors.Is(err, context.Canceled) {
		p.w.t.Errorf("%s: %v", what, err)
	}
	close(gate)
	must(p.w.t, tell(p.w.t.Context(), p.App, func() error { return nil }))
}

// TestUnlockGivenUp: whoever gives up a way in, or a way out of trouble, before it has
// begun leaves nothing claimed behind: the next attempt goes through.
func TestUnlockGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.stranger("ann").run().welcomed()
		phrase := []byte("a passphrase")
		request := func() JoinRequest {
			return JoinRequest{
				Link: w.invite(), Display: "Ann", Password: password(), Secret: SecretChoice{Mode: SecretVault, Passphrase: bytes.Clone(phrase)},
			}
		}
		ann.givesUp("join", func(ctx context.Context) error { return ann.Join(ctx, request()) })
		must(t, ann.Join(t.Context(), request()))
		ann.live().quit()
		ann.run()
		defer func() { ann.quit() }()
		ann.until("the question", func(v *View) bool { return v.Phase == PhaseLocked })
		ann.givesUp("unlock", func(ctx context.Context) error { return ann.Unlock(ctx, phrase) })
		must(t, ann.Unlock(t.Context(), phrase))
		ann.live()
	})
}

// TestRebuildGivenUp is TestUnlockGivenUp for a store that is to be made anew.
func TestRebuildGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		ann.givesUp("rebuild a sound store", ann.RebuildSound)
		if v := ann.View(); v.Phase != PhaseOpen {
			t.Errorf("phase %s after giving up", v.Phase)
		}
		ann.do(func() { ann.storeTrouble(store.ErrDamaged) })
		ann.until("the failure", func(v *View) bool { return v.Phase == PhaseFailed })
		ann.givesUp("rebuild", ann.Rebuild)
		must(t, ann.Rebuild(t.Context()))
		ann.live()
	})
}
