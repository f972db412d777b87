package link

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
)

// devicePublic returns the public half of a device key.
func devicePublic(key crypto.Signer) (ed25519.PublicKey, error) {
	if key == nil {
		return nil, &Error{Kind: KindInternal, Err: errors.New("no device key")}
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok || len(public) != ed25519.PublicKeySize {
		return nil, &Error{Kind: KindInternal, Err: errors.New("the device key is not an Ed25519 key")}
	}
	return public, nil
}

// sign signs with the device key.
func (d Device) sign(message []byte) (wire.Bytes, error) {
	s, err := d.Key.Sign(rand.Reader, message, crypto.Hash(0))
	if err != nil {
		return nil, &Error{Kind: KindInternal, Err: fmt.Errorf("sign with the device key: %w", err)}
	}
	return s, nil
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func signWith(key ed25519.PrivateKey, message []byte) wire.Bytes { return ed25519.Sign(key, message) }

// authenticate proves a known device.
func authenticate(ctx context.Context, g *greeted, d Device) (*wire.Ready, error) {
	public, err := devicePublic(d.Key)
	if err != nil {
		return nil, err
	}
	var nonce [wire.NonceLength]byte
	_, _ = rand.Read(nonce[:]) // never fails
	id := chat.DeviceIDOf(public)
	signature, err := d.sign(wire.AuthInput(g.binding, id, nonce))
	if err != nil {
		return nil, err
	}
	ready, err := ask[*wire.Ready](ctx, g, &wire.Auth{
		Version: g.version, HelloHash: g.binding.Hello, Device: id, Nonce: nonce[:], Signature: signature,
	})
	if err != nil {
		e := asError(err, g.address, KindLost)
		if e.Kind == KindWrongPassword {
			// There is no password here: the server does not know this device.
			refused := *e
			refused.Kind = KindRevoked
			return nil, &refused
		}
		return nil, e
	}
	if ready.Device != id {
		return nil, &Error{Kind: KindInternal, Address: g.address, Err: errors.New("the server answered for another device")}
	}
	return ready, nil
}

// newVerifier checks a new password and computes all that the server will ever
// hold of it.
func newVerifier(password []byte, names ...string) (wire.Verifier, error) {
	normal, err := stretch.Normalize(password)
	if err != nil {
		return wire.Verifier{}, passwordError(err)
	}
	defer clear(normal)
	if err := stretch.CheckRules(normal, names...); err != nil {
		return wire.Verifier{}, passwordError(err)
	}
	p := stretch.Params{
		Salt: random(wire.SaltLength), MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes,
	}
	key := p.Key(normal)
	defer clear(key)
	v, err := stretch.NewVerifier(key, random(wire.SaltLength), wire.DefaultIterations)
	if err != nil {
		return wire.Verifier{}, &Error{Kind: KindInternal, Err: err}
	}
	return wire.Verifier{
		Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: p.Salt, MemoryKiB: p.MemoryKiB, Passes: p.Passes, Lanes: p.Lanes},
		Salt:    v.Salt, Iterations: v.Iterations, StoredKey: v.StoredKey, ServerKey: v.ServerKey,
	}, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// passwordError gives the rules' errors their kinds.
func passwordError(err error) *Error {
	kind := KindPasswordBad
	switch {
	case errors.Is(err, stretch.ErrShort):
		kind = KindPasswordShort
	case errors.Is(err, stretch.ErrLong):
		kind = KindPasswordLong
	case errors.Is(err, stretch.ErrCommon):
		kind = KindPasswordCommon
	}
	return &Error{Kind: kind, Err: err}
}

// mechanism is the one way to prove a password on this kind of connection.
func mechanism(b wire.Binding) string {
	if b.Unbound {
		return wire.MechanismScramUnbound
	}
	return wire.MechanismScram
}

// logIn proves a password by SCRAM and enrols the device.
func logIn(ctx context.Context, g *greeted, c Credentials) (*wire.Ready, error) {
	if !slices.Contains(g.greeting.Mechanisms, mechanism(g.binding)) {
		// A newer server may have given it up; nothing weaker takes its place.
		return nil, &Error{Kind: KindTooNew, Address: g.address, Err: errors.New("it offers no way to prove a password that this program knows")}
	}
	normal, err := stretch.Normalize(c.Password)
	if err != nil {
		return nil, passwordError(err)
	}
	defer clear(normal)
	p := newProver(c.Name, g.binding, g.address)
	challenge, err := ask[*wire.LoginChallenge](ctx, g, &wire.LoginBegin{
		Version: g.version, HelloHash: g.binding.Hello, Name: c.Name, Scram: p.login.First(),
	})
	if err != nil {
		return nil, err
	}
	final, err := p.final(normal, challenge.Stretch, challenge.Scram)
	if err != nil {
		return nil, err
	}
	finish, err := loginFinish(g, c.Device, final)
	if err != nil {
		return nil, err
	}
	ready, err := ask[*wire.Ready](ctx, g, finish)
	if err != nil {
		return nil, err
	}
	if err := p.verify(ready.Scram); err != nil {
		return nil, err
	}
	return ready, nil
}

func loginFinish(g *greeted, d Device, scram string) (*wire.LoginFinish, error) {
	record, signature, err := d.record(g, func(d wire.Device) any { return wire.Enrolment{Device: d} })
	if err != nil {
		return nil, err
	}
	return &wire.LoginFinish{Scram: scram, Record: record, DeviceSignature: signature}, nil
}
