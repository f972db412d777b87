package app

import (
	"context"
	"errors"
	"os"
	"testing"

	"hearth/store/profile"
	"hearth/store/secret"
)

// stubborn is a keyring that lets go of nothing while it is locked.
type stubborn struct {
	*secret.Memory
	locked bool
}

var errStubborn = errors.New("the keyring is locked")

// Delete implements secret.Store.
func (s *stubborn) Delete(ctx context.Context, ref secret.Ref) error {
	if s.locked {
		return errStubborn
	}
	return s.Memory.Delete(ctx, ref)
}

// TestDeleteLocalCutShort: wherever removing a group from this machine is cut short, the
// next start goes on with it: neither the folder nor anything in the keyring is left, and
// another group of the profile is.
func TestDeleteLocalCutShort(t *testing.T) {
	for name, until := range map[string]func(p *person, l leaving, ring *stubborn){
		"noted": func(p *person, l leaving, _ *stubborn) {
			var refs []secret.Ref
			for _, account := range p.prof.AccountsOf(l.id) {
				refs = append(refs, refOf(account))
			}
			must(p.w.t, p.noteLeaving(refs, true))
		},
		"folder removed": func(p *person, l leaving, ring *stubborn) {
			ring.locked = true // what comes behind it does not happen
			if err := p.erase(p.w.t.Context(), l); !errors.Is(err, errStubborn) {
				p.w.t.Errorf("removed with a locked keyring: %v", err)
			}
			ring.locked = false
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, nil)
				defer w.close()
				ann := w.member("ann").run().live()
				ctx, ref := t.Context(), refOf(profile.Account{Server: w.sid, Device: ann.device.ID})
				l := leaving{ann.group.folder.ID(), ann.device.ID}
				ann.quit()
				ring := &stubborn{Memory: ann.ring}
				prof, err := profile.Open(ann.dir)
				must(t, err)
				cut := &App{prof: prof, keyring: ring, shared: newShared(), log: w.options.Log, memory: secret.NewMemory()}
				cut.shared.read(prof, cut.log)
				was := ann.App
				ann.App = cut
				until(ann, l, ring)
				prof.Close()
				ann.App = was
				if _, err := ann.ring.Load(ctx, ref); err != nil {
					t.Fatalf("the secrets went before the program ended: %v", err)
				}
				ann.run()
				defer ann.quit()
				ann.until("a welcome", func(v *View) bool { return v.Phase == PhaseWelcome })
				if _, err := ann.ring.Load(ctx, ref); err == nil {
					t.Error("the secrets are still in the keyring")
				}
				if left, _ := os.ReadDir(ann.dir + "/groups"); len(left) != 0 {
					t.Errorf("there is still %v", left)
				}
				if s, err := ann.prof.Settings(); err != nil || s.Leaving != "" {
					t.Errorf("still to go: %q, %v", s.Leaving, err)
				}
			})
		})
	}
}
