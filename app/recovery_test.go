package app

import (
	"errors"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/net/link"
)

func (p *person) recovery() RecoveryView { return p.View().Me.Recovery }

// joined is somebody who made an account and has the recovery key to keep.
func (w *world) joined(name string) (*person, string) {
	w.t.Helper()
	p := w.stranger(name).run().welcomed()
	must(w.t, p.Join(w.t.Context(), JoinRequest{Link: w.invite(), Display: name, Name: name, Password: password()}))
	p.live()
	r := p.recovery()
	if !r.Known || !r.Owed || r.Made.IsZero() || r.Key.IsZero() {
		w.t.Fatalf("no recovery key to keep: %+v", r)
	}
	p.account = p.View().Me.Account
	return p, r.Key.Sheet()
}

// TestRecovery: the key that is shown when an account is made is in memory only, gives a
// new password once, and the next one is to be kept; those who are signed in hear of it.
func TestRecovery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ctx := t.Context()
		ann, sheet := w.joined("ann")
		ann.say(w.general, "hello")
		ann.sent()
		must(t, ann.RecoveryKept(ctx))
		ann.until("the key to be forgotten", func(v *View) bool {
			return !v.Me.Recovery.Owed && v.Me.Recovery.Key.IsZero() && !v.Me.Recovery.Made.IsZero()
		})

		lost := w.stranger("lost").run().welcomed()
		defer lost.quit()
		address := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true}.String()
		ask := func(key, name, fresh string) error {
			return lost.Recover(ctx, RecoverRequest{Link: address, Name: name, Key: key, Password: []byte(fresh)})
		}
		for _, b := range []struct {
			key, name, fresh string
			code             FailCode
		}{
			{sheet[:30], "ann", newPassword, FailRecoveryKey},
			{chat.NewRecoverySecret().Sheet(), "ann", newPassword, FailRecovery},
			{sheet, "nobody", newPassword, FailRecovery},
			{sheet, "ann", "short", FailPasswordShort},
		} {
			err := ask(b.key, b.name, b.fresh)
			var f *Failed
			if failCode(err) != b.code || b.code == FailRecoveryKey && (!errors.As(err, &f) || f.Recovery.Fault != chat.RecoveryShort) {
				t.Errorf("want %s, got %v", b.code, err)
			}
			if groups, _ := lost.prof.Groups(); len(groups) != 0 {
				t.Errorf("%s leaves %d folders", b.code, len(groups))
			}
		}
		must(t, ask(" "+strings.ToLower(sheet)+" ", "Ann", newPassword))
		lost.live()
		if got := lost.texts(w.general); len(got) != 1 || lost.View().Me.Account != ann.account {
			t.Errorf("back as %+v with %q", lost.View().Me, got)
		}
		next := lost.recovery()
		if !next.Owed || next.Key.IsZero() || next.Key.Sheet() == sheet {
			t.Errorf("the next key: %+v", next)
		}
		ann.until("the notice", func(*View) bool {
			told := false
			for _, n := range ann.takeNotices() {
				told = told || n.Kind == NoticeDeviceAdded && n.Device.Recovered
				if n.Kind == NoticeRecoveryReplaced {
					t.Error("told twice of one thing")
				}
			}
			return told
		})
		if _, err := ann.logIn(newPassword); err != nil {
			t.Errorf("the new password: %v", err)
		}
		if _, err := ann.logIn(goodPassword); link.KindOf(err) != link.KindWrongPassword {
			t.Errorf("the old password: %v", err)
		}
		third := w.stranger("third").run().welcomed()
		defer third.quit()
		err := third.Recover(ctx, RecoverRequest{Link: address, Name: "ann", Key: sheet, Password: []byte(newPassword)})
		if failCode(err) != FailRecovery {
			t.Errorf("a used key: %v", err)
		}
		ann.quit()

		// The program ends before the key is kept: it is gone, and owed all the same.
		lost.quit()
		lost.run().live()
		if r := lost.recovery(); !r.Owed || !r.Key.IsZero() {
			t.Errorf("after a start: %+v", r)
		}
	})
}

// TestNewRecoveryKey: who is signed in makes a new key with the password; other devices
// hear of it, at once or when they come back, and the older key is worth nothing.
func TestNewRecoveryKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ctx := t.Context()
		ann, first := w.joined("ann")
		defer ann.quit()
		other := w.stranger("other").run().welcomed()
		address := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true}.String()
		must(t, other.SignIn(ctx, SignInRequest{Link: address, Name: "ann", Password: password()}))
		other.live()
		if r := other.recovery(); !r.Known || r.Owed || r.Made.IsZero() {
			t.Errorf("another device: %+v", r)
		}
		if err := ann.NewRecoveryKey(ctx, []byte(newPassword)); failCode(err) != FailPassword {
			t.Errorf("a wrong password: %v", err)
		}
		must(t, ann.NewRecoveryKey(ctx, password()))
		second := ann.recovery()
		if !second.Owed || second.Key.IsZero() || second.Key.Sheet() == first {
			t.Errorf("the new key: %+v", second)
		}
		replaced := func(p *person) {
			t.Helper()
			p.until("the notice", func(*View) bool {
				for _, n := range p.takeNotices() {
					if n.Kind == NoticeRecoveryReplaced {
						return true
					}
				}
				return false
			})
		}
		replaced(other)
		other.quit()
		must(t, ann.NewRecoveryKey(ctx, password()))
		other.run().live()
		replaced(other)
		other.quit()
		for _, n := range ann.takeNotices() {
			if n.Kind == NoticeRecoveryReplaced {
				t.Error("told of what was done here")
			}
		}
		lost := w.stranger("lost").run().welcomed()
		defer lost.quit()
		err := lost.Recover(ctx, RecoverRequest{Link: address, Name: "ann", Key: second.Key.Sheet(), Password: []byte(newPassword)})
		if failCode(err) != FailRecovery {
			t.Errorf("a key that was replaced: %v", err)
		}
	})
}

// TestJoinByReset: a link for a new password is not called unknown where somebody means
// to make an account.
func TestJoinByReset(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").protect(oldPassword)
		p := w.stranger("new").run().welcomed()
		defer p.quit()
		err := p.Join(t.Context(), JoinRequest{Link: w.reset(ann.account), Display: "Ann", Name: "newcomer", Password: password()})
		if failCode(err) != FailIsReset {
			t.Errorf("joining: %v", err)
		}
		unknown := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true, Secret: chat.NewInviteSecret()}
		err = p.Join(t.Context(), JoinRequest{Link: unknown.String(), Display: "Ann", Name: "newcomer", Password: password()})
		if failCode(err) != FailCode(chat.CodeInviteUnknown) {
			t.Errorf("an unknown invite: %v", err)
		}
	})
}
