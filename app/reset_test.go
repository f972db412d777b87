package app

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/link"
	"hearth/server/storage"
)

// reset is a link for a new password for somebody, as the operator makes one.
func (w *world) reset(account chat.AccountID) string {
	w.t.Helper()
	l := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true, Secret: chat.NewInviteSecret()}
	public := l.Secret.Key().Public().(ed25519.PublicKey)
	must(w.t, w.data.PutInvite(context.Background(), storage.Invite{
		ID: chat.InviteIDOf(public), Key: public, Uses: 1, For: account,
		Created: time.Now().UnixMilli(), Expires: time.Now().Add(24 * time.Hour).UnixMilli(),
	}))
	return l.String()
}

// TestResetPassword: somebody who has neither the password nor a device gets back in,
// and the devices that are still there are told how.
func TestResetPassword(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").protect(oldPassword)
		ann.run().live().say(w.general, "hello")
		ann.sent()
		l := w.reset(ann.account)
		lost := w.stranger("lost").run().welcomed()
		defer lost.quit()
		ctx := t.Context()
		info, err := lost.CheckInvite(ctx, l)
		must(t, err)
		if info.Name != "ann" || info.Group != "Bees" || info.UsesLeft != 1 {
			t.Errorf("the link leads to %+v", info)
		}
		for _, b := range []struct {
			link, password string
			code           FailCode
		}{
			{"nonsense", newPassword, FailBadLink},
			{w.invite(), newPassword, FailNotReset},
			{l, "short", FailPasswordShort},
		} {
			if err := lost.ResetPassword(ctx, ResetRequest{Link: b.link, Password: []byte(b.password)}); failCode(err) != b.code {
				t.Errorf("want %s, got %v", b.code, err)
			}
		}
		if err := lost.Join(ctx, JoinRequest{Link: l, Display: "Ann", Name: "newcomer", Password: password()}); failCode(err) != FailIsReset {
			t.Errorf("joining by it: %v", err)
		}
		pass := []byte(newPassword)
		must(t, lost.ResetPassword(ctx, ResetRequest{Link: l, Password: pass}))
		if pass[0] != 0 {
			t.Error("the password was not wiped")
		}
		lost.live()
		if got := lost.texts(w.general); len(got) != 1 || lost.View().Me.Account != ann.account {
			t.Errorf("back as %+v with %q", lost.View().Me, got)
		}
		told := false
		ann.until("the notice", func(*View) bool {
			for _, n := range ann.takeNotices() {
				told = told || n.Kind == NoticeDeviceAdded && n.Device.Reset
			}
			return told
		})
		if _, err := ann.logIn(oldPassword); link.KindOf(err) != link.KindWrongPassword {
			t.Errorf("the old password: %v", err)
		}
		if _, err := ann.logIn(newPassword); err != nil {
			t.Errorf("the new password: %v", err)
		}
		ann.quit()
		third := w.stranger("third").run().welcomed()
		defer third.quit()
		if err := third.ResetPassword(ctx, ResetRequest{Link: l, Password: []byte(newPassword)}); failCode(err) != FailCode(chat.CodeInviteUsed) {
			t.Errorf("a used link: %v", err)
		}
	})
}

// TestResetKeeps: a device that was signed out takes what waits over to the one that
// takes its place.
func TestResetKeeps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").protect(oldPassword)
		ann.run().live()
		defer ann.quit()
		must(t, w.data.RevokeDevice(t.Context(), ann.device.ID))
		w.stop(true)
		w.start()
		ann.TryNow()
		ann.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonRevoked })
		ann.say(w.general, "still to be sent")
		must(t, ann.ResetPassword(t.Context(), ResetRequest{Link: w.reset(ann.account), Password: []byte(newPassword), RemoveOthers: true}))
		ann.live()
		ann.until("the message", func(v *View) bool { return len(ann.texts(w.general)) == 1 && v.Waiting == 0 })
		if rooms := ann.View().Rooms; len(rooms) != 1 || rooms[0].Waiting != 0 || rooms[0].Mark != "" {
			t.Errorf("the list of rooms is %+v, want one room once", rooms)
		}
	})
}
