package app

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"hearth/chat"
)

// ErrNoAccount is what a Hoster says of a login name that nobody has.
var ErrNoAccount = errors.New("nobody has this login name")

// MakeReset implements Commands. Only this machine's own server is asked, and not
// over the network: no session of any account can do it.
func (a *App) MakeReset(ctx context.Context, name string) (string, error) {
	if name = strings.TrimSpace(name); name == "" {
		return "", &Failed{Code: FailEmpty, Field: "name"}
	}
	if _, err := a.hostedAs(ctx); err != nil {
		return "", err
	}
	link, err := a.o.Hoster.Reset(ctx, name)
	if err != nil {
		return "", ofAccount(err)
	}
	return link, nil
}

// ChangeAccount implements Commands. The own account is left out: who runs the server
// would shut themselves out; the settings have what is meant for it.
func (a *App) ChangeAccount(ctx context.Context, name string, change AccountChange) ([]Heir, error) {
	if name = strings.TrimSpace(name); name == "" {
		return nil, &Failed{Code: FailEmpty, Field: "name"}
	}
	own, err := a.hostedAs(ctx)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(name, own) {
		return nil, &Failed{Code: FailOwnAccount, Field: "name", Detail: "this is the own account"}
	}
	heirs, err := a.o.Hoster.ChangeAccount(ctx, name, change)
	if err != nil {
		return nil, ofAccount(err)
	}
	return heirs, nil
}

// Accounts implements Commands.
func (a *App) Accounts(ctx context.Context) ([]HostedAccount, error) {
	if _, err := a.hostedAs(ctx); err != nil {
		return nil, err
	}
	list, err := a.o.Hoster.People(ctx)
	if err != nil {
		return nil, ofAccount(err)
	}
	return list, nil
}

// hostedAs returns the own login name where the group is hosted here.
func (a *App) hostedAs(ctx context.Context) (own string, err error) {
	return ask(ctx, a, func() (string, error) {
		if a.group == nil || a.group.hosted == nil || a.o.Hoster == nil {
			return "", &Failed{Code: FailHosting, Detail: "no group is hosted here"}
		}
		return a.group.account.Name, nil
	})
}

// ofAccount is what a person is told when the hosted server does nothing with an account.
func ofAccount(err error) error {
	if errors.Is(err, ErrNoAccount) {
		return &Failed{Code: FailNoAccount, Field: "name", Detail: err.Error(), Err: err}
	}
	return hostingFailed(err)
}

// ResetPassword implements Commands. Only the server knows whose account the link is
// for, so it is asked first. What a group that is open here leaves, whose session
// has ended, the new device takes over.
func (a *App) ResetPassword(ctx context.Context, r ResetRequest) error {
	defer clear(r.Password)
	defer clear(r.Secret.Passphrase)
	invite, err := a.CheckInvite(ctx, r.Link)
	if err != nil {
		return err
	}
	if invite.Name == "" {
		return &Failed{Code: FailNotReset, Field: "link", Detail: "this invite makes an account; it changes no password"}
	}
	e := enrolment{
		link: r.Link, name: invite.Name, password: r.Password, secret: r.Secret, login: true, reset: true, others: r.RemoveOthers,
	}
	replaced, err := a.replace(ctx, &e, ReasonRevoked, ReasonUnknown, ReasonExpired)
	if err != nil {
		return err
	}
	if !replaced {
		if e.old, err = a.claim(ctx, PhaseWelcome, PhaseLocked, PhaseFailed); err != nil {
			return a.notReset(&e, err)
		}
	}
	return a.enrol(ctx, e)
}

// notReset is why a link for a new password does nothing here, if there is a group: where
// that is of the account that the link is for, another one beside it is not what helps.
func (a *App) notReset(e *enrolment, err error) error {
	var failed *Failed
	if !errors.As(err, &failed) || failed.Code != FailHasGroup {
		return err
	}
	l, bad := e.way()
	if bad != nil {
		return err
	}
	return cmp.Or(a.signedIn(e, l), err)
}

// halfway reports whether an earlier attempt of this profile to get into the account
// has led nowhere that is known: its answer was lost, or the program ended.
func (a *App) halfway(line []chat.ServerID, name string) bool {
	if a.prof == nil {
		return false
	}
	groups, _ := a.prof.Groups() // one that cannot be read is not gone on with either
	for _, g := range groups {
		if account := g.Account(); !account.Complete && proven(&account, line) && account.Name == name {
			return true
		}
	}
	return false
}
