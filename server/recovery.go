package server

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/internal/names"
	"hearth/net/wire"
	"hearth/server/storage"
)

// A person who kept the recovery key of their account gets back in without anybody's
// help. The key is 128 random bits, so nobody guesses it; guesses are counted all the
// same, and a name that nobody has costs and is told the same as a wrong key.

// recoveryRepeat is how long the device that came by a key may repeat the request, its
// answer having been lost: as long as an invite for an account lives.
const recoveryRepeat = 24 * time.Hour

// recover gives an account a new password and a new recovery key, and enrols a device.
func (h *handshake) recover(ctx context.Context, cancel context.CancelFunc, r *wire.Recover) (*session, *chat.Error) {
	if e := h.greeting(r.HelloHash); e != nil {
		return nil, e
	}
	record, err := wire.DecodeComeback(r.Record)
	if err != nil {
		return nil, inRecord(err)
	}
	if e := record.Check(); e != nil {
		return nil, inRecord(e)
	}
	if e := h.checkDevice(&record.Device, r.Record, r.DeviceSignature); e != nil {
		return nil, e
	}
	name, err := names.Normalize(r.Name)
	if err != nil {
		name = r.Name // a name that cannot exist is answered like one that does not
	}
	if wait := h.srv.mayGuess(name, h.key, time.Now()); wait > 0 {
		return nil, tooManyAttempts(wait)
	}
	a, key, e := h.recoverable(ctx, name, r)
	if e != nil {
		return nil, e
	}
	d, e := h.comeBack(ctx, &record, &a, key)
	if e != nil {
		return nil, e
	}
	return h.admit(ctx, cancel, r.ID, d, "")
}

// recoverable returns the account of a name and the key of it that has signed. Both the
// present key and the one that was used last are tried, with decoys in the place of what
// there is not: every case does the same work.
func (h *handshake) recoverable(ctx context.Context, name string, r *wire.Recover) (storage.Account, []byte, *chat.Error) {
	decoy := h.srv.decoyKey(name)
	a, err := h.srv.store.AccountByName(ctx, name)
	known := err == nil && !a.Disabled
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return a, nil, h.internal(err)
	}
	var proven []byte
	input := wire.RecoverInput(h.binding, r.Record)
	for _, key := range [][]byte{a.Recovery.Key, a.Recovery.Used} {
		mine := len(key) == ed25519.PublicKeySize
		if !mine {
			key = decoy
		}
		if ed25519.Verify(key, input, r.RecoverySignature) && mine && proven == nil {
			proven = key
		}
	}
	if !known || proven == nil {
		return a, nil, wrongRecovery()
	}
	return a, proven, nil
}

func wrongRecovery() *chat.Error {
	return chat.Errorf(chat.CodeAuthFailed, "/recovery_signature", "name or recovery key is wrong")
}

// decoyKey is a public key that an account of this name might have, and nobody holds.
func (s *Server) decoyKey(name string) ed25519.PublicKey {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte("hearth-decoy-1\x00recovery\x00" + name))
	return ed25519.NewKeyFromSeed(m.Sum(nil)).Public().(ed25519.PublicKey)
}

// comeBack stores it, then ends the devices that are to end and tells those that stay.
func (h *handshake) comeBack(ctx context.Context, record *wire.Comeback, a *storage.Account, key []byte) (storage.Device, *chat.Error) {
	now := time.Now().UnixMilli()
	d := newDevice(a.ID, &record.Device, now)
	d.Recovered = true
	verifier, err := json.Marshal(record.Verifier)
	if err != nil {
		return d, h.internal(err)
	}
	most := h.srv.o.Limits.DevicesPerAccount
	r := storage.Comeback{Verifier: verifier, Recovery: record.Recovery, Until: now + recoveryRepeat.Milliseconds()}
	ended, again, err := h.srv.store.RecoverAccount(context.WithoutCancel(ctx), a.ID, key, r, d, record.Others, most, now)
	fault.Point(fault.ServerRegister)
	if errors.Is(err, storage.ErrProofOld) || errors.Is(err, storage.ErrNotFound) {
		return d, wrongRecovery() // it was replaced this moment
	}
	h.srv.names.succeeded(a.Name)
	h.srv.addrs.forgive(h.key)
	if err != nil {
		return d, h.notReset(err, most)
	}
	for _, id := range ended {
		h.srv.expel(id)
	}
	h.log.Info("Account recovered", "account", a.ID.String(), "device", d.ID.String(), "ended", len(ended), "again", again)
	h.srv.recoveryReplaced(a.ID, d.ID, &wire.RecoveryReplaced{Recovery: wire.Recovery{Key: record.Recovery, Made: now}, Used: true})
	if again {
		if d, err = h.srv.store.Device(ctx, d.ID); err != nil {
			return d, h.internal(err)
		}
		return d, h.srv.alive(&d)
	}
	d.Peer = truncate(h.conn.RemoteAddr())
	h.srv.announce(&d)
	return d, nil
}

// recoveryReplaced tells an account's devices that are connected, but the one that did it.
func (s *Server) recoveryReplaced(account chat.AccountID, by chat.DeviceID, f *wire.RecoveryReplaced) {
	for _, other := range s.hub.of(account) {
		if other.device.ID != by {
			other.send(f)
		}
	}
}

// onRecoverySet replaces the recovery key of who proves the password, which
// password.begin began.
func (s *session) onRecoverySet(r *wire.RecoverySet) *chat.Error {
	l := s.proof
	s.proof = nil
	if l == nil {
		return chat.Errorf(chat.CodeForbidden, "/t", "recovery.set without password.begin")
	}
	final, e := s.prove(l, r.Scram)
	if e != nil {
		return e
	}
	now := time.Now().UnixMilli()
	err := s.srv.store.SetRecovery(context.WithoutCancel(s.ctx), s.account, l.account.Verifier, r.Key, s.device.ID, now)
	if errors.Is(err, storage.ErrProofOld) {
		return chat.Errorf(chat.CodeAuthFailed, "", "the password is wrong")
	}
	if err != nil {
		return s.storing(err)
	}
	s.proven.Store(now)
	s.log.Info("Recovery key replaced")
	made := wire.Recovery{Key: r.Key, Made: now}
	s.srv.recoveryReplaced(s.account, s.device.ID, &wire.RecoveryReplaced{Recovery: made})
	s.send(&wire.RecoveryChanged{Rep: wire.Rep{Re: r.ID}, Scram: final, Recovery: made})
	return nil
}
