package server

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// A password is changed on a connection that is ready, by proving the present
// one with the same exchange as a login, bound to this connection. Guesses count
// and wait like those of logins: a device left unlocked must not be a way to
// guess faster.

func (s *session) onPasswordBegin(r *wire.PasswordBegin) *chat.Error {
	s.proof = nil
	me, e := s.me()
	if e != nil {
		return e
	}
	now := time.Now()
	key := addressKey(s.conn.RemoteAddr())
	if wait := max(s.srv.names.delay(me.Name, now), s.srv.addrs.delay(key, now)); wait > 0 {
		return tooManyAttempts(wait)
	}
	l := &login{name: me.Name, account: me, known: true}
	var v wire.Verifier
	if err := json.Unmarshal(me.Verifier, &v); err != nil {
		return s.internal(err)
	}
	first, err := l.start(s.conn, v, r.Scram)
	if err != nil {
		return chat.Errorf(chat.CodeBadValue, "/scram", "not a client-first-message bound to this connection")
	}
	s.proof = l
	s.send(&wire.PasswordChallenge{Rep: wire.Rep{Re: r.ID}, Stretch: v.Stretch, Scram: first})
	return nil
}

func (s *session) onPasswordSet(r *wire.PasswordSet) *chat.Error {
	l := s.proof
	s.proof = nil
	if l == nil {
		return chat.Errorf(chat.CodeForbidden, "/t", "password.set without password.begin")
	}
	record, err := wire.DecodePassword(r.Record)
	if err != nil {
		return inRecord(err)
	}
	if e := record.Verifier.Check(); e != nil {
		return inRecord(e)
	}
	verifier, err := json.Marshal(record.Verifier)
	if err != nil {
		return s.internal(err)
	}
	final, e := s.prove(l, r.Scram)
	if e != nil {
		return e
	}
	now := time.Now().UnixMilli()
	err = s.srv.store.SetVerifier(context.WithoutCancel(s.ctx), s.account, l.account.Verifier, verifier, s.device.ID, now)
	if errors.Is(err, storage.ErrProofOld) {
		return chat.Errorf(chat.CodeAuthFailed, "", "the password is wrong")
	}
	if err != nil {
		return s.storing(err)
	}
	s.proven.Store(now)
	s.log.Info("Password changed")
	if r.Others {
		if e := s.revokeOthers(); e != nil {
			return e
		}
	}
	s.send(&wire.PasswordChanged{Rep: wire.Rep{Re: r.ID}, Scram: final})
	return nil
}

// prove checks a proof of the password and returns the server's own.
func (s *session) prove(l *login, scram string) (final string, e *chat.Error) {
	now := time.Now()
	key := addressKey(s.conn.RemoteAddr())
	if wait := s.srv.mayGuess(l.name, key, now); wait > 0 {
		return "", tooManyAttempts(wait)
	}
	final, err := l.exchange.Step(scram)
	if err != nil || !l.exchange.Valid() {
		return "", chat.Errorf(chat.CodeAuthFailed, "", "the password is wrong")
	}
	s.srv.names.succeeded(l.name)
	s.srv.addrs.forgive(key)
	return final, nil
}
