package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"hearth/store/profile"
	"hearth/store/secret"
)

// Removing a group from this machine touches its folder, the keyring and the settings,
// one after the other. What is to go is written down first, so that a program that ends
// in between goes on with it at its next start: secrets that no folder names any more
// would stay in the keyring for ever.

// leaveTimeout is how long a start may take for what an earlier end left over.
const leaveTimeout = 10 * time.Second

// refText names secrets in the settings; parseRef reads it.
func refText(r secret.Ref) string { return r.Server.String() + ":" + r.Device.String() }

func parseRef(text string) (r secret.Ref, ok bool) {
	server, device, ok := strings.Cut(text, ":")
	if !ok {
		return r, false
	}
	err := errors.Join(r.Server.UnmarshalText([]byte(server)), r.Device.UnmarshalText([]byte(device)))
	return r, err == nil
}

// noteLeaving writes down, or strikes out, which secrets are to go.
func (a *App) noteLeaving(refs []secret.Ref, on bool) error {
	return a.changeSettings(func(s *profile.Settings) {
		list := strings.Fields(s.Leaving)
		for _, r := range refs {
			list = slices.DeleteFunc(list, func(text string) bool { return text == refText(r) })
			if on {
				list = append(list, refText(r))
			}
		}
		s.Leaving = strings.Join(list, " ")
	})
}

// erase removes the folder of a closed group, what it has replaced, and their secrets.
func (a *App) erase(ctx context.Context, l leaving) error {
	var refs []secret.Ref
	for _, account := range a.prof.AccountsOf(l.id) {
		if account.Secrets == profile.ModeKeyring {
			refs = append(refs, refOf(account))
		}
	}
	if err := a.noteLeaving(refs, true); err != nil { // a full disk must not keep anybody from making room
		a.log.Warn("which secrets are to go was not written down", "err", err)
	}
	gone, err := a.prof.DiscardAll(l.id)
	var done []secret.Ref
	for i := range gone {
		ref := refOf(gone[i])
		var from secret.Store = a.keyring
		switch gone[i].Secrets {
		case profile.ModeMemory:
			from = a.memory
		case profile.ModeVault:
			continue // in the folder
		}
		e := from.Delete(context.WithoutCancel(ctx), ref)
		switch {
		case e == nil || errors.Is(e, secret.ErrNotFound):
			done = append(done, ref)
		case l.device == gone[i].Device:
			err = errors.Join(err, e)
		default: // the keyring may be what stood in the way; what it opened is gone
			a.log.Warn("the secrets of a removed group were not deleted; it is tried again", "err", e)
		}
	}
	a.shared.free(l.id, a)
	return errors.Join(err, a.noteLeaving(done, false), a.changeSettings(func(s *profile.Settings) {
		if s.LastGroup == l.id {
			s.LastGroup = ""
		}
	}))
}

// finishLeaving removes what an earlier program was removing when it ended, or what the
// keyring would not let go of.
func (a *App) finishLeaving(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
	defer cancel()
	for _, text := range strings.Fields(a.presentSettings().Leaving) {
		ref, ok := parseRef(text)
		if !ok {
			continue // of another version
		}
		id := ref.Device.String()
		if !a.shared.hold(id, a) {
			continue
		}
		_, err := a.prof.DiscardAll(id)
		if err == nil {
			if err = a.keyring.Delete(ctx, ref); errors.Is(err, secret.ErrNotFound) {
				err = nil
			}
		}
		if err == nil {
			err = a.noteLeaving([]secret.Ref{ref}, false)
		}
		if err != nil {
			a.log.Warn("what is left of a removed group was not removed", "err", err)
		}
		a.shared.free(id, a)
	}
}
