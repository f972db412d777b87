package link

import (
	"context"
	"errors"
	"slices"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
)

// Comeback is what Recover makes, and what it proves to make it.
type Comeback struct {
	Name     string // login name
	Key      chat.RecoverySecret
	Next     chat.RecoverySecret // takes the place of Key, which counts no more
	Password []byte              // the new one; wiped by Recover
	Others   bool                // end the account's other devices
	Device   Device
}

// noRecovery is what a server without wire.FeatureRecovery lacks.
const noRecovery = "it keeps no recovery keys"

// recoveryPublic is all of a recovery key that leaves this program, nil without one.
func recoveryPublic(s chat.RecoverySecret) wire.Bytes {
	if s.IsZero() {
		return nil
	}
	return wire.Bytes(publicOf(s.Key()))
}

// RecoveryCounts reports whether the server has named the public half of this recovery
// key as the account's.
func RecoveryCounts(r *wire.Recovery, s chat.RecoverySecret) bool {
	return !s.IsZero() && slices.Equal(r.Key, recoveryPublic(s))
}

// SetRecovery proves the present password on this connection and replaces the account's
// recovery key. The password stays the caller's to wipe. An error of kind KindLost leaves
// open which key counts.
func (s *Session) SetRecovery(ctx context.Context, password []byte, key chat.RecoverySecret) (wire.Recovery, error) {
	normal, err := stretch.Normalize(password)
	if err != nil {
		return wire.Recovery{}, &Error{Kind: KindWrongPassword, Address: s.g.address, Err: err}
	}
	defer clear(normal)
	if !slices.Contains(s.g.greeting.Features, wire.FeatureRecovery) {
		return wire.Recovery{}, &Error{Kind: KindTooOld, Address: s.g.address, Err: errors.New(noRecovery)}
	}
	p := newProver(s.ready.Name, s.g.binding, s.g.address)
	challenge, err := do[*wire.PasswordChallenge](ctx, s, &wire.PasswordBegin{Scram: p.login.First()})
	if err != nil {
		return wire.Recovery{}, err
	}
	final, err := p.final(normal, challenge.Stretch, challenge.Scram)
	if err != nil {
		return wire.Recovery{}, err
	}
	changed, err := do[*wire.RecoveryChanged](ctx, s, &wire.RecoverySet{Scram: final, Key: recoveryPublic(key)})
	if err != nil {
		return wire.Recovery{}, err
	}
	if err := p.verify(changed.Scram); err != nil {
		return wire.Recovery{}, err
	}
	if !RecoveryCounts(&changed.Recovery, key) {
		return wire.Recovery{}, &Error{Kind: KindInternal, Address: s.g.address, Err: errors.New("the server speaks of another recovery key")}
	}
	return changed.Recovery, nil
}
