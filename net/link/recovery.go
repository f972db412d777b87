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

// Recover gives an account a new password by its recovery key, and enrols a device.
// Repeating it with the same device key after a lost answer is harmless; the password
// and the next key of the last repetition count.
func Recover(ctx context.Context, l chat.Link, c Comeback, o Options) (Account, error) {
	defer clear(c.Password)
	o = o.withDefaults()
	if err := usable(l, false); err != nil {
		return Account{}, err
	}
	verifier, err := newVerifier(c.Password, c.Name)
	if err != nil {
		return Account{}, err
	}
	g, err := greet(ctx, l, o)
	if err != nil {
		return Account{}, err
	}
	defer g.hangUp(ctx)
	if !slices.Contains(g.greeting.Features, wire.FeatureRecovery) {
		return Account{}, &Error{Kind: KindTooOld, Address: g.address, Err: errors.New("it keeps no recovery keys")}
	}
	request, err := recoverRequest(g, c, verifier)
	if err != nil {
		return Account{}, err
	}
	ready, err := ask[*wire.Ready](ctx, g, request)
	if err != nil {
		return Account{}, err
	}
	return g.account(ready), nil
}

func recoverRequest(g *greeted, c Comeback, v wire.Verifier) (*wire.Recover, error) {
	device, err := c.Device.describe()
	if err != nil {
		return nil, err
	}
	record, err := wire.EncodeRecord(wire.Comeback{Verifier: v, Device: device, Others: c.Others, Recovery: recoveryPublic(c.Next)})
	if err != nil {
		return nil, &Error{Kind: KindInternal, Err: err}
	}
	signature, err := c.Device.sign(wire.EnrolInput(g.binding, record))
	if err != nil {
		return nil, err
	}
	return &wire.Recover{
		Version: g.version, HelloHash: g.binding.Hello, Name: c.Name, Record: record,
		RecoverySignature: signWith(c.Key.Key(), wire.RecoverInput(g.binding, record)), DeviceSignature: signature,
	}, nil
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
		return wire.Recovery{}, &Error{Kind: KindTooOld, Address: s.g.address, Err: errors.New("it keeps no recovery keys")}
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
