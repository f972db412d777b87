package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/link"
	"hearth/net/wire"
	"hearth/store/secret"
)

const (
	oldPassword = "seven lanterns over the quiet harbour"
	newPassword = "copper kettle on the windowsill"
)

// protect gives a person's account a password.
func (p *person) protect(password string) *person {
	p.w.t.Helper()
	salts := make([]byte, 2*wire.SaltLength)
	_, _ = rand.Read(salts)
	s := stretch.Params{Salt: salts[:wire.SaltLength], MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes}
	normal, err := stretch.Normalize([]byte(password))
	must(p.w.t, err)
	v, err := stretch.NewVerifier(s.Key(normal), salts[wire.SaltLength:], wire.MinIterations)
	must(p.w.t, err)
	raw, err := json.Marshal(wire.Verifier{
		Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: s.Salt, MemoryKiB: s.MemoryKiB, Passes: s.Passes, Lanes: s.Lanes},
		Salt:    v.Salt, Iterations: v.Iterations, StoredKey: v.StoredKey, ServerKey: v.ServerKey,
	})
	must(p.w.t, err)
	must(p.w.t, p.w.data.SetVerifier(context.Background(), p.account, nil, raw, p.device.ID, p.device.Proven))
	return p
}

// logIn enrols one more device of the person by password.
func (p *person) logIn(password string) (chat.DeviceID, error) {
	key := secret.NewBundle(p.w.sid)
	l := chat.Link{Addresses: []string{testAddress}, Server: p.w.sid, Bound: true}
	c := link.Credentials{Name: p.name, Password: []byte(password), Device: link.Device{Key: key.Seed.PrivateKey(), Name: "new \u202eone"}}
	_, err := link.Login(context.Background(), l, c, link.Options{Dial: p.w.net.Dial})
	return key.Device, err
}

// TestDevices lists and removes devices between real ends.
func TestDevices(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").protect(oldPassword)
		desk := w.another(ann, "desk")
		ann.run().live()
		defer ann.quit()
		desk.run().live()
		defer desk.quit()
		list, err := ann.Devices(t.Context())
		must(t, err)
		if len(list) != 2 || list[0].ID != ann.device.ID || !list[0].Current || !list[0].Live || list[1].ID != desk.device.ID || list[1].Current || !list[1].Live {
			t.Fatalf("devices: %+v", list)
		}

		// Somebody signs in: both hear of it, once.
		id, err := ann.logIn(oldPassword)
		must(t, err)
		for _, p := range []*person{ann, desk} {
			var told []DeviceView
			p.until("a notice", func(*View) bool {
				for _, n := range p.takeNotices() {
					if n.Kind == NoticeDeviceAdded {
						told = append(told, n.Device)
					}
				}
				return len(told) > 0
			})
			time.Sleep(time.Second)
			if more := p.takeNotices(); len(told) != 1 || told[0].ID != id || told[0].Name != "new one" || len(more) > 0 {
				t.Errorf("%s was told of %+v, %+v", p.name, told, more)
			}
		}

		begin := time.Now()
		must(t, ann.RemoveDevice(t.Context(), desk.device.ID))
		desk.until("the end", func(v *View) bool { return v.Connection.State == ConnStopped })
		if v := desk.View().Connection; v.Reason != ReasonRevoked || time.Since(begin) > time.Second {
			t.Errorf("%+v after %v", v, time.Since(begin))
		}
		if rooms := desk.View().Rooms; len(rooms) != 1 {
			t.Errorf("a removed device lost its data: %+v", rooms)
		}
		var failed *Failed
		if err := ann.RemoveDevice(t.Context(), chat.DeviceID{9}); !errors.As(err, &failed) || failed.Code != FailBadValue || failed.Field != "device" {
			t.Errorf("no device: %v", err)
		}
		must(t, ann.RemoveOtherDevices(t.Context()))
		list, err = ann.Devices(t.Context())
		must(t, err)
		if len(list) != 1 || list[0].ID != ann.device.ID {
			t.Errorf("left: %+v", list)
		}
		if _, err := desk.Devices(t.Context()); !errors.As(err, &failed) || failed.Code != FailOffline {
			t.Errorf("without a connection: %v", err)
		}
	})
}

// TestChangePassword changes it between real ends, with the mistakes people make.
func TestChangePassword(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").protect(oldPassword)
		desk := w.another(ann, "desk")
		ann.run().live()
		defer ann.quit()
		desk.run().live()
		defer desk.quit()
		for _, c := range []struct {
			present, fresh string
			code           FailCode
			field          string
		}{
			{oldPassword, "short", FailPasswordShort, "fresh"},
			{oldPassword, "passwordpassword", FailPasswordWeak, "fresh"},
			{"not the present password", newPassword, FailPassword, "present"},
			{"", newPassword, FailPassword, "present"},
		} {
			r := PasswordRequest{Present: []byte(c.present), Fresh: []byte(c.fresh), RemoveOthers: true}
			var failed *Failed
			if err := ann.ChangePassword(t.Context(), r); !errors.As(err, &failed) || failed.Code != c.code || failed.Field != c.field {
				t.Errorf("%q to %q: %v", c.present, c.fresh, err)
			}
			if text := fmt.Sprintf("%s%s", r.Present, r.Fresh); len(text) != len(c.present)+len(c.fresh) || text != string(make([]byte, len(text))) {
				t.Error("the passwords were not wiped")
			}
		}
		must(t, ann.ChangePassword(t.Context(), PasswordRequest{Present: []byte(oldPassword), Fresh: []byte(newPassword), RemoveOthers: true}))
		desk.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonRevoked })
		if _, err := ann.logIn(oldPassword); link.KindOf(err) != link.KindWrongPassword {
			t.Errorf("the old password: %v", err)
		}
		if _, err := ann.logIn(newPassword); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}
