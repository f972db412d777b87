package app

import (
	"context"
	"errors"
	"os"
	"testing"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/store/secret"
)

// cutter ends a program, as a kill does, at one step of a way into an account: what is on
// the disk and in the keyring then is all that the next one finds.
type cutter struct {
	storage.Store
	*secret.Memory
	at, dir string
	image   string // the profile at that instant; "" before
}

var errCut = errors.New("the program has ended")

// cut takes the image if this is the step, and reports whether the program has ended.
func (c *cutter) cut(step string) error {
	if c.image == "" && step == c.at {
		c.image = c.dir + "+"
		if err := os.CopyFS(c.image, os.DirFS(c.dir)); err != nil {
			return err
		}
	}
	if c.image != "" {
		return errCut
	}
	return nil
}

// Save implements secret.Store.
func (c *cutter) Save(ctx context.Context, b secret.Bundle) error {
	if err := c.cut("before the secrets"); err != nil {
		return err
	}
	return errors.Join(c.Memory.Save(ctx, b), c.cut("secrets kept"))
}

// Delete implements secret.Store: who has ended deletes nothing.
func (c *cutter) Delete(ctx context.Context, ref secret.Ref) error {
	if c.image != "" {
		return errCut
	}
	return c.Memory.Delete(ctx, ref)
}

// ResetAccount implements storage.Store.
func (c *cutter) ResetAccount(ctx context.Context, invite chat.InviteID, verifier []byte, d storage.Device, others bool, most int, now int64) ([]chat.DeviceID, bool, error) {
	ended, again, err := c.Store.ResetAccount(ctx, invite, verifier, d, others, most, now)
	return ended, again, errors.Join(err, c.cut("on the server"))
}

// RecoverAccount implements storage.Store.
func (c *cutter) RecoverAccount(ctx context.Context, id chat.AccountID, key []byte, r storage.Comeback, d storage.Device, others bool, most int, now int64) ([]chat.DeviceID, bool, error) {
	ended, again, err := c.Store.RecoverAccount(ctx, id, key, r, d, others, most, now)
	return ended, again, errors.Join(err, c.cut("on the server"))
}

// CreateAccount implements storage.Store.
func (c *cutter) CreateAccount(ctx context.Context, a storage.Account, alike string, d storage.Device, invite chat.InviteID, now int64) error {
	return errors.Join(c.Store.CreateAccount(ctx, a, alike, d, invite, now), c.cut("on the server"))
}

// TestKeyCutShort: the program ends when the account is made and nothing of it stored: the
// recovery key that it made is owed, and only until there is another one.
func TestKeyCutShort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, _ := w.joined("ann")
		folder := ann.group.folder
		if folder.Account().Keyed {
			t.Error("the key is not noted")
		}
		ann.quit()
		account := folder.Account()
		account.Keyed, account.Stored = true, false
		must(t, folder.Update(account))
		must(t, os.Remove(folder.StorePath()))
		ann.run().live()
		if r := ann.recovery(); !r.Owed || !r.Key.IsZero() {
			t.Errorf("the recovery key is %+v", r)
		}
		must(t, ann.NewRecoveryKey(t.Context(), password()))
		must(t, ann.RecoveryKept(t.Context()))
		ann.quit()
		ann.run().live()
		defer ann.quit()
		if r := ann.recovery(); r.Owed {
			t.Errorf("the recovery key is %+v", r)
		}
	})
}

// TestWayInCutShort: wherever a program ends on a way into an account, the next one gets
// in: by itself if the server knows the device, or by the same link or key again, also with
// another password, which counts then. It is one device, nothing is left of the attempt,
// and a recovery key that was made and lost is owed.
func TestWayInCutShort(t *testing.T) {
	type way struct {
		prepare func(w *world) (in func(p *person, password string) error)
		owes    bool
	}
	ways := map[string]way{
		"reset": {func(w *world) func(*person, string) error {
			l := w.reset(w.member("ann").protect(oldPassword).account)
			return func(p *person, password string) error {
				return p.ResetPassword(w.t.Context(), ResetRequest{Link: l, Password: []byte(password)})
			}
		}, false},
		"recovery": {func(w *world) func(*person, string) error {
			ann, sheet := w.joined("ann")
			ann.quit()
			address := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true}.String()
			return func(p *person, password string) error {
				return p.Recover(w.t.Context(), RecoverRequest{Link: address, Name: "ann", Key: sheet, Password: []byte(password)})
			}
		}, true},
		"joining": {func(w *world) func(*person, string) error {
			l := w.invite()
			return func(p *person, password string) error {
				return p.Join(w.t.Context(), JoinRequest{Link: l, Name: "ann", Display: "ann", Password: []byte(password)})
			}
		}, true},
	}
	for name, way := range ways {
		for _, step := range []string{"before the secrets", "secrets kept", "on the server"} {
			t.Run(name+", "+step, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					w := newWorld(t, nil)
					defer w.close()
					in := way.prepare(w)
					p := w.stranger("ann")
					c := &cutter{Store: w.data, Memory: p.ring, at: step, dir: p.dir}
					w.stop(true)
					w.data = c
					w.start()
					p.runWith(c)
					p.welcomed()
					if err := in(p, goodPassword); err == nil || c.image == "" {
						t.Fatalf("not cut short: %v", err)
					}
					p.quit()
					w.stop(true)
					w.data, p.dir = c.Store, c.image
					w.start()
					p.run()
					p.until("the program", func(v *View) bool { return v.Phase == PhaseOpen || v.Phase == PhaseWelcome })
					counts := goodPassword
					if step != "on the server" {
						p.welcomed()
						counts = newPassword
						must(t, in(p, newPassword))
					}
					p.live()
					defer p.quit()
					me := p.View().Me
					if r := p.recovery(); r.Owed != way.owes || step == "on the server" && !r.Key.IsZero() {
						t.Errorf("the recovery key is %+v", r)
					}
					if _, err := p.logIn(counts); err != nil {
						t.Errorf("the password that was typed last: %v", err)
					}
					if groups, err := p.prof.Groups(); err != nil || len(groups) != 1 || !groups[0].Account().Complete {
						t.Errorf("%d groups are left: %v", len(groups), err)
					}
					devices, err := w.data.Devices(t.Context(), me.Account)
					must(t, err)
					mine := 0
					for i := range devices {
						if devices[i].ID == p.group.owner.Device {
							mine++
						}
					}
					if most := map[string]int{"recovery": 2, "joining": 1, "reset": 2}[name]; mine != 1 || len(devices) > most+1 { // logIn adds one
						t.Errorf("%d devices, this one %d times", len(devices), mine)
					}
				})
			})
		}
	}
}
