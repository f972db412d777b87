package link

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"hearth/chat"
	"hearth/net/wire"
)

// enrolment is a way in that sets the account's password: what all of them have in
// common, and what each sends.
type enrolment struct {
	invite   bool     // the link must be one
	feature  string   // without which a server cannot do it; "": all can
	lacks    string   // what such a server lacks, in words
	password []byte   // the one that counts from then on; wiped
	names    []string // what the password must not be made of
	request  func(*greeted, wire.Verifier) (wire.Request, error)
}

func (e enrolment) enrol(ctx context.Context, l chat.Link, o Options) (Account, error) {
	defer clear(e.password)
	o = o.withDefaults()
	if err := usable(l, e.invite); err != nil {
		return Account{}, err
	}
	verifier, err := newVerifier(e.password, e.names...)
	if err != nil {
		return Account{}, err
	}
	g, err := greet(ctx, l, o)
	if err != nil {
		return Account{}, err
	}
	defer g.hangUp(ctx)
	if e.feature != "" && !slices.Contains(g.greeting.Features, e.feature) {
		return Account{}, &Error{Kind: KindTooOld, Address: g.address, Err: errors.New(e.lacks)}
	}
	request, err := e.request(g, verifier)
	if err != nil {
		return Account{}, err
	}
	ready, err := ask[*wire.Ready](ctx, g, request)
	if err != nil {
		return Account{}, err
	}
	return g.account(ready), nil
}

// record returns what an enrolling device says of itself and with what, made by describe,
// and its signature.
func (d Device) record(g *greeted, describe func(wire.Device) any) (record string, signature wire.Bytes, err error) {
	public, err := devicePublic(d.Key)
	if err != nil {
		return "", nil, err
	}
	name := clipName(d.Name, wire.MaxDevice)
	if name == "" {
		name = runtime.GOOS
	}
	record, err = wire.EncodeRecord(describe(wire.Device{Key: wire.Bytes(public), Name: name, Platform: runtime.GOOS + "/" + runtime.GOARCH}))
	if err != nil {
		return "", nil, &Error{Kind: KindInternal, Err: err}
	}
	signature, err = d.sign(wire.EnrolInput(g.binding, record))
	return record, signature, err
}

// Register makes an account through an invite and enrols its first device.
// Repeating it with the same device key after a lost answer is harmless and
// gives the same account.
func Register(ctx context.Context, l chat.Link, n NewAccount, o Options) (Account, error) {
	return enrolment{
		invite: true, password: n.Password, names: []string{n.Name, n.Display},
		request: func(g *greeted, v wire.Verifier) (wire.Request, error) {
			record, signature, err := n.Device.record(g, func(d wire.Device) any {
				return wire.Registration{Name: n.Name, Display: n.Display, Verifier: v, Device: d, Recovery: recoveryPublic(n.Recovery)}
			})
			if err != nil {
				return nil, err
			}
			key := l.Secret.Key()
			return &wire.Register{
				Version: g.version, HelloHash: g.binding.Hello, Invite: chat.InviteIDOf(publicOf(key)), Record: record,
				InviteSignature: signWith(key, wire.InviteInput(g.binding, record)), DeviceSignature: signature,
			}, nil
		},
	}.enrol(ctx, l, o)
}

// Reset gives the account that an invite is for a new password and enrols a device.
// Repeating it with the same device key after a lost answer is harmless; the
// password of the last repetition counts.
func Reset(ctx context.Context, l chat.Link, n NewStart, o Options) (Account, error) {
	return enrolment{
		invite: true, password: n.Password, names: []string{n.Name},
		request: func(g *greeted, v wire.Verifier) (wire.Request, error) {
			record, signature, err := n.Device.record(g, func(d wire.Device) any {
				return wire.NewStart{Verifier: v, Device: d, Others: n.Others}
			})
			if err != nil {
				return nil, err
			}
			key := l.Secret.Key()
			return &wire.Reset{
				Version: g.version, HelloHash: g.binding.Hello, Invite: chat.InviteIDOf(publicOf(key)), Record: record,
				InviteSignature: signWith(key, wire.ResetInput(g.binding, record)), DeviceSignature: signature,
			}, nil
		},
	}.enrol(ctx, l, o)
}

// Recover gives an account a new password by its recovery key, and enrols a device.
// Repeating it with the same device key after a lost answer is harmless; the password
// and the next key of the last repetition count.
func Recover(ctx context.Context, l chat.Link, c Comeback, o Options) (Account, error) {
	return enrolment{
		feature: wire.FeatureRecovery, lacks: noRecovery, password: c.Password, names: []string{c.Name},
		request: func(g *greeted, v wire.Verifier) (wire.Request, error) {
			record, signature, err := c.Device.record(g, func(d wire.Device) any {
				return wire.Comeback{Verifier: v, Device: d, Others: c.Others, Recovery: recoveryPublic(c.Next)}
			})
			if err != nil {
				return nil, err
			}
			return &wire.Recover{
				Version: g.version, HelloHash: g.binding.Hello, Name: c.Name, Record: record,
				RecoverySignature: signWith(c.Key.Key(), wire.RecoverInput(g.binding, record)), DeviceSignature: signature,
			}, nil
		},
	}.enrol(ctx, l, o)
}
