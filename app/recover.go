package app

import (
	"context"
	"errors"
	"time"

	"hearth/net/link"
	"hearth/net/wire"
	"hearth/store/profile"
	"hearth/store/secret"
)

// recover finishes or clears away a group that a crash left half-made (see
// package profile). false: it has to stay as it is for now, or is gone.
func (a *App) recover(ctx context.Context, folder *profile.Group) (opened, bool) {
	account := folder.Account()
	from := a.secrets(folder, account.Secrets, []byte{})
	b, err := from.Load(ctx, refOf(account))
	if errors.Is(err, secret.ErrNotFound) {
		a.log.Info("a group that never got to the server is removed", "group", folder.ID())
		if err := folder.Discard(); err != nil {
			a.log.Warn("a half-made group was not removed", "err", err)
		}
		return opened{}, false
	}
	if err != nil {
		return opened{}, false
	}
	defer b.Wipe()
	if account.Hosted && a.o.Hoster != nil && !a.o.NoHosting {
		// The server that could tell is the bundled one.
		info, err := a.startServer(ctx, *hostConfigOf(&account))
		if err != nil {
			a.log.Error("the bundled server did not start", "err", err)
			return opened{}, false
		}
		account.Addresses = near(&info)
	}
	ready, err := a.confirm(ctx, account, &b)
	if err != nil {
		if kind := link.KindOf(err); kind == link.KindRevoked || kind == link.KindUnknown || kind == link.KindWrongPassword {
			a.discard(ctx, folder, from)
		}
		return opened{}, false
	}
	complete(&account, &ready)
	if err := folder.Complete(account); err != nil {
		return opened{phase: PhaseFailed, problem: a.diskProblem(err)}, true
	}
	o := a.openFolder(ctx, &pending{folder: folder, from: from})
	if g := o.group; g != nil && account.Keyed && len(ready.Recovery.Key) > 0 { // nobody has it: another one is to be made
		info := g.info
		info.Recovery, info.RecoveryMade, info.RecoveryOwed = ready.Recovery.Key, ready.Recovery.Made, ready.Recovery.Key
		g.setInfo(info)
		if err := g.store.SetInfo(ctx, info); err != nil {
			a.log.Warn("that a recovery key is owed was not kept", "err", err)
		} else {
			a.keyNoted(g)
		}
	}
	return o, true
}

// discard removes a group that the server does not know.
func (a *App) discard(ctx context.Context, folder *profile.Group, from secret.Store) {
	ctx = context.WithoutCancel(ctx)
	refs := []secret.Ref{refOf(folder.Account())}
	kept := folder.Account().Secrets == profile.ModeKeyring
	if kept {
		if err := a.noteLeaving(refs, true); err != nil {
			a.log.Warn("which secrets are to go was not written down", "err", err)
		}
	}
	err := errors.Join(folder.Discard(), from.Delete(ctx, refs[0]))
	if err == nil && kept {
		err = a.noteLeaving(refs, false)
	}
	if err != nil {
		a.log.Warn("a half-made group was not removed", "err", err)
	}
}

// complete fills in what the server assigned.
func complete(account *profile.Account, ready *wire.Ready) {
	account.Account, account.Name, account.Display, account.Group = ready.Account, ready.Name, ready.Display, ready.Group
}

// confirmTimeout is how long a start may be held up by a half-made group.
const confirmTimeout = 10 * time.Second

// confirm asks the server whether it knows a device.
func (a *App) confirm(ctx context.Context, account profile.Account, b *secret.Bundle) (wire.Ready, error) {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	once := &confirmation{cancel: cancel}
	g := &group{account: account, seed: b.Seed}
	g.owner.Server = account.Server
	err := link.New(link.Config{Link: g.link(), Device: a.device(g), Handler: once}, a.linkOptions()).Run(ctx)
	switch {
	case once.ready != nil:
		return *once.ready, nil
	case err == nil && once.reason != nil:
		err = once.reason
	case err == nil:
		err = ctx.Err()
	}
	return wire.Ready{}, err
}

// confirmation is a link.Handler that hangs up after the first answer. Run's end
// orders its writes before confirm's reads.
type confirmation struct {
	cancel context.CancelFunc
	ready  *wire.Ready
	reason *link.Error
}

// State implements link.Handler.
func (c *confirmation) State(s link.Status) {
	if s.Reason != nil && s.Reason.Kind != link.KindClosed {
		c.reason = s.Reason
		c.cancel()
	}
}

// Up implements link.Handler.
func (c *confirmation) Up(s *link.Session) {
	ready := s.Ready()
	c.ready = &ready
	c.cancel()
}

// Push implements link.Handler.
func (*confirmation) Push(*link.Session, wire.Frame) {}

// Down implements link.Handler.
func (*confirmation) Down(*link.Session, *link.Error) {}
