package link

import (
	"context"
	"errors"
	"fmt"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
)

// prover proves a password to a server by one SCRAM-SHA-256-PLUS exchange bound
// to one connection, or on an unbound one by SCRAM-SHA-256. What a server demands is judged before any work is done.
type prover struct {
	login   *stretch.Login
	address string // for errors
}

func newProver(name string, b wire.Binding, address string) *prover {
	if b.Unbound {
		return &prover{login: stretch.NewUnboundLogin(name), address: address}
	}
	return &prover{login: stretch.NewLogin(name, b.Exporter[:]), address: address}
}

// final answers a challenge. The password, in its normal form, stays the caller's.
func (p *prover) final(normal []byte, s wire.Stretch, scram string) (string, error) {
	if e := s.Check("/stretch"); e != nil {
		return "", &Error{Kind: KindWeakStretch, Address: p.address, Err: e}
	}
	key := stretch.Params{Salt: s.Salt, MemoryKiB: s.MemoryKiB, Passes: s.Passes, Lanes: s.Lanes}.Key(normal)
	defer clear(key)
	final, err := p.login.Final(key, scram, wire.MinIterations, wire.MaxIterations)
	if err != nil {
		return "", &Error{Kind: KindWeakStretch, Address: p.address, Err: err}
	}
	return final, nil
}

// verify checks that the server knows the account, too.
func (p *prover) verify(scram string) error {
	if err := p.login.Verify(scram); err != nil {
		return &Error{Kind: KindNotBound, Address: p.address, Err: fmt.Errorf("the server could not show that it knows this account: %w", err)}
	}
	return nil
}

// ChangePassword proves the present password on this connection and replaces it,
// and ends the account's other devices if others is set. Both passwords stay the
// caller's to wipe. Rules for the fresh one are checked before anything is sent.
// An error of kind KindLost leaves open which password counts.
func (s *Session) ChangePassword(ctx context.Context, present, fresh []byte, others bool) error {
	normal, err := stretch.Normalize(present)
	if err != nil {
		return &Error{Kind: KindWrongPassword, Address: s.g.address, Err: err}
	}
	defer clear(normal)
	verifier, err := newVerifier(fresh, s.ready.Name, s.ready.Display)
	if err != nil {
		return err
	}
	record, err := wire.EncodeRecord(wire.PasswordRecord{Verifier: verifier})
	if err != nil {
		return &Error{Kind: KindInternal, Err: err}
	}
	p := newProver(s.ready.Name, s.g.binding, s.g.address)
	challenge, err := do[*wire.PasswordChallenge](ctx, s, &wire.PasswordBegin{Scram: p.login.First()})
	if err != nil {
		return err
	}
	final, err := p.final(normal, challenge.Stretch, challenge.Scram)
	if err != nil {
		return err
	}
	changed, err := do[*wire.PasswordChanged](ctx, s, &wire.PasswordSet{Scram: final, Record: record, Others: others})
	if err != nil {
		return err
	}
	return p.verify(changed.Scram)
}

// do sends a request and waits for a reply of one type. A refused proof of a
// password gets the kind it has in a login.
func do[T wire.Reply](ctx context.Context, s *Session, r wire.Request) (T, error) {
	var none T
	reply, err := s.Do(ctx, r)
	var refusal *chat.Error
	if errors.As(err, &refusal) && refusal.Code == chat.CodeAuthFailed {
		return none, fromRefusal(refusal, s.g.address)
	}
	if err != nil {
		return none, err
	}
	answer, ok := reply.(T)
	if !ok {
		return none, &Error{Kind: KindNotHearth, Address: s.g.address, Err: errors.New("the server answered with something else")}
	}
	return answer, nil
}

// DeleteAccount proves the password on this connection and has the account deleted, with
// everything it wrote if erase is set. The password stays the caller's to wipe. An error
// of kind KindLost leaves open whether it was done: the next connection tells.
func (s *Session) DeleteAccount(ctx context.Context, password []byte, erase bool) error {
	normal, err := stretch.Normalize(password)
	if err != nil {
		return &Error{Kind: KindWrongPassword, Address: s.g.address, Err: err}
	}
	defer clear(normal)
	p := newProver(s.ready.Name, s.g.binding, s.g.address)
	challenge, err := do[*wire.PasswordChallenge](ctx, s, &wire.PasswordBegin{Scram: p.login.First()})
	if err != nil {
		return err
	}
	final, err := p.final(normal, challenge.Stretch, challenge.Scram)
	if err != nil {
		return err
	}
	deleted, err := do[*wire.AccountDeleted](ctx, s, &wire.AccountDelete{Scram: final, Erase: erase})
	if err != nil {
		return err
	}
	return p.verify(deleted.Scram)
}
