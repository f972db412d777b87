package app

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/names"
	"hearth/net/link"
	"hearth/net/wire"
)

// RecoveryCommands are about the recovery key of the account, which gives it a new
// password without anybody's help. Making an account (Join, Host) makes one, too. While
// the person has not kept it it is in MeView.Recovery, in memory only.
type RecoveryCommands interface {
	// Recover gives an account a new password by its recovery key, enrols this device
	// and opens the group. The key is used up; the one that takes its place is then to
	// be kept. In a profile whose session has ended it is a new device, which takes over
	// what waits. FailRecoveryKey says what is mistyped, FailRecovery that the name or
	// the key is wrong.
	Recover(ctx context.Context, r RecoverRequest) error
	// NewRecoveryKey replaces the recovery key; needs a connection and some seconds of
	// computing. The password is wiped after use.
	NewRecoveryKey(ctx context.Context, password []byte) error
	// RecoveryKept notes that the person has kept the present recovery key, which is
	// forgotten here.
	RecoveryKept(ctx context.Context) error
}

// RecoverRequest gives an account a new password by its recovery key, and enrols this
// device. Passwords are wiped after use.
type RecoverRequest struct {
	Link         string // server link, invite link (only its server part is used), or address
	Compared     chat.ServerID
	Name         string
	Key          string // as it was typed
	Password     []byte // the new one
	RemoveOthers bool   // sign out the account's other devices
	Secret       SecretChoice
}

// CheckRecoveryKey reports what is mistyped in a recovery key, as a *Failed with
// FailRecoveryKey.
func CheckRecoveryKey(text string) error {
	_, err := parseRecovery(text)
	return err
}

func parseRecovery(text string) (chat.RecoverySecret, error) {
	s, err := chat.ParseRecovery(text)
	var typed *chat.RecoveryError
	if errors.As(err, &typed) {
		return s, &Failed{Code: FailRecoveryKey, Field: "key", Detail: typed.Error(), Recovery: typed}
	}
	return s, err
}

// Recover implements Commands.
func (a *App) Recover(ctx context.Context, r RecoverRequest) error {
	defer clear(r.Password)
	defer clear(r.Secret.Passphrase)
	key, err := parseRecovery(r.Key)
	if err != nil {
		return err
	}
	if name, err := names.Normalize(r.Name); err == nil {
		r.Name = name // as the server has it, so that a repetition finds what was begun
	}
	e := enrolment{
		link: r.Link, name: r.Name, password: r.Password, secret: r.Secret, compared: r.Compared, login: true, recovery: key, others: r.RemoveOthers,
	}
	replaced, err := a.replace(ctx, &e, ReasonRevoked, ReasonUnknown, ReasonExpired)
	if err != nil {
		return err
	}
	if !replaced {
		if e.old, err = a.claim(ctx, PhaseWelcome, PhaseLocked, PhaseFailed); err != nil {
			return err
		}
	}
	return a.enrol(ctx, e)
}

// failedWayIn is networkFailed for a way in: what is wrong besides the name is told
// apart, and a link for a new password is not called unknown.
func (a *App) failedWayIn(ctx context.Context, e *enrolment, l chat.Link, err error) error {
	if !e.login && link.KindOf(err) == link.KindInviteUnknown {
		if info, e := link.CheckInvite(ctx, l, a.linkOptions()); e == nil && info.Name != "" {
			return &Failed{Code: FailIsReset, Field: "link", Detail: "this link gives an account that exists a new password; it makes none", Err: err}
		}
	}
	if !e.recovery.IsZero() && link.KindOf(err) == link.KindWrongPassword {
		return &Failed{Code: FailRecovery, Field: "key", Detail: "the name or the recovery key is wrong, or it was used already", Err: err}
	}
	return networkFailed(err)
}

// NewRecoveryKey implements Commands. The stretching happens on the caller's goroutine.
func (a *App) NewRecoveryKey(ctx context.Context, password []byte) error {
	defer clear(password)
	s, err := a.connectedNow(ctx)
	if err != nil {
		return err
	}
	key := chat.NewRecoverySecret()
	g, err := ask(ctx, a, func() (*group, error) {
		if a.group == nil {
			return nil, &Failed{Code: FailOffline}
		}
		a.group.making = key // whoever tells of it speaks of us
		return a.group, nil
	})
	if err != nil {
		return err
	}
	made, err := s.SetRecovery(ctx, password, key)
	if err != nil {
		return networkFailed(err)
	}
	return tell(context.WithoutCancel(ctx), a, func() error {
		if a.group != g {
			return nil
		}
		a.recoveryTold(&made, false)
		g.info.Recovery, g.info.RecoveryMade = made.Key, made.Made
		a.storeResult(g.store.SetInfo(a.disk, g.info))
		a.viewNew = true
		return nil
	})
}

// RecoveryKept implements Commands.
func (a *App) RecoveryKept(ctx context.Context) error {
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil || len(g.info.RecoveryOwed) == 0 {
			return nil
		}
		g.info.RecoveryOwed, g.recovery = nil, chat.RecoverySecret{}
		a.viewNew = true
		a.storeResult(g.store.SetInfo(a.disk, g.info))
		return nil
	})
}

// recoveryView is what is known of the recovery key.
func (g *group) recoveryView() RecoveryView {
	v := RecoveryView{Known: g.keepsRecovery || len(g.info.Recovery) > 0, Owed: len(g.info.RecoveryOwed) > 0 && bytes.Equal(g.info.RecoveryOwed, g.info.Recovery)}
	if len(g.info.Recovery) > 0 {
		v.Made = time.UnixMilli(g.info.RecoveryMade)
	}
	if v.Owed {
		v.Key = g.recovery
	}
	return v
}

// recoveryTold takes note of which recovery key counts. first says that the server has
// never told before.
func (a *App) recoveryTold(r *wire.Recovery, first bool) {
	g := a.group
	if bytes.Equal(r.Key, g.info.Recovery) {
		return
	}
	if link.RecoveryCounts(r, g.making) { // perhaps the answer was lost, and this is it
		g.recovery, g.info.RecoveryOwed = g.making, slices.Clone(r.Key)
		return
	}
	switch {
	case !first:
		a.notice(Notice{Kind: NoticeRecoveryReplaced})
	case g.account.Keyed: // the program ended before it could note that a key was made
		g.info.RecoveryOwed = slices.Clone(r.Key)
	}
	g.recovery = chat.RecoverySecret{} // it counts no more
}

// recoveryReplaced is told by the server that another device made a new recovery key, or
// came by the one there was.
func (a *App) recoveryReplaced(f *wire.RecoveryReplaced) {
	g := a.group
	if !f.Used { // else the device that came is told of
		a.recoveryTold(&f.Recovery, false)
	}
	g.info.Recovery, g.info.RecoveryMade = slices.Clone(f.Recovery.Key), f.Recovery.Made
	a.storeResult(g.store.SetInfo(a.disk, g.info))
	a.viewNew = true
}
