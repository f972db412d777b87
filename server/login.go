package server

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/xdg-go/scram"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/internal/names"
	"hearth/net/wire"
	"hearth/server/storage"
)

// login is a password proof under way.
type login struct {
	name     string // normalised
	account  storage.Account
	known    bool
	exchange *scram.ServerConversation
}

// inviteCheck tells what an invite admits to.
func (h *handshake) inviteCheck(ctx context.Context, r *wire.InviteCheck) *chat.Error {
	i, e := h.invite(ctx, r.Invite)
	if e != nil {
		return e
	}
	if !ed25519.Verify(i.Key, wire.InviteCheckInput(h.binding), r.Signature) {
		return chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	}
	if e := usable(&i); e != nil && (e.Code != chat.CodeInviteUsed || i.For.IsZero()) {
		return e // the device that used one for an account may come again, see reset
	}
	info := &wire.InviteInfo{Rep: wire.Rep{Re: r.ID}, Group: h.srv.o.Name, Expires: i.Expires, Uses: i.Uses - i.Used}
	if !i.Creator.IsZero() {
		if a, err := h.srv.store.Account(ctx, i.Creator); err == nil {
			info.Inviter = a.Display
		}
	}
	if !i.For.IsZero() {
		a, err := h.srv.store.Account(ctx, i.For)
		if err != nil {
			return h.internal(err)
		}
		info.Name = a.Name
	}
	if err := h.write(ctx, info); err != nil {
		return chat.Errorf(chat.CodeInternal, "", "the connection broke")
	}
	return nil
}

func (h *handshake) invite(ctx context.Context, id chat.InviteID) (storage.Invite, *chat.Error) {
	i, err := h.srv.store.Invite(ctx, id)
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && i.Revoked:
		return i, chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	case err != nil:
		return i, h.internal(err)
	}
	return i, nil
}

func usable(i *storage.Invite) *chat.Error {
	switch {
	case time.Now().UnixMilli() > i.Expires:
		return chat.Errorf(chat.CodeInviteExpired, "/invite", "the invite has expired")
	case i.Used >= i.Uses:
		return chat.Errorf(chat.CodeInviteUsed, "/invite", "the invite is used up")
	}
	return nil
}

// register makes an account through an invite. Repeating it with the same device
// after a lost answer gives the same account.
func (h *handshake) register(ctx context.Context, cancel context.CancelFunc, r *wire.Register) (*session, *chat.Error) {
	if e := h.greeting(r.HelloHash); e != nil {
		return nil, e
	}
	i, e := h.invite(ctx, r.Invite)
	if e != nil {
		return nil, e
	}
	if !ed25519.Verify(i.Key, wire.InviteInput(h.binding, r.Record), r.InviteSignature) || !i.For.IsZero() {
		return nil, chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	}
	reg, err := wire.DecodeRegistration(r.Record)
	if err != nil {
		return nil, inRecord(err)
	}
	if e := h.checkRegistration(&reg, r); e != nil {
		return nil, e
	}
	id := chat.DeviceIDOf(reg.Device.Key)
	if d, err := h.srv.store.Device(ctx, id); err == nil {
		return h.registered(ctx, cancel, r.ID, d, reg.Name)
	}
	if e := usable(&i); e != nil {
		return nil, e
	}
	wait, back := h.srv.mayCome(h.key)
	if wait > 0 {
		return nil, tooManyFrom(wait)
	}
	d, e := h.createAccount(ctx, &reg, &i)
	if e != nil {
		back()
		return nil, e
	}
	return h.admit(ctx, cancel, r.ID, d, "")
}

// registered answers a repeated registration.
func (h *handshake) registered(ctx context.Context, cancel context.CancelFunc, re uint64, d storage.Device, name string) (*session, *chat.Error) {
	a, err := h.srv.store.Account(ctx, d.Account)
	if err != nil {
		return nil, h.internal(err)
	}
	if a.Name != name {
		return nil, chat.Errorf(chat.CodeForbidden, "/record/device/key", "this device belongs to another account")
	}
	if e := h.srv.alive(&d); e != nil {
		return nil, e
	}
	return h.admit(ctx, cancel, re, d, "")
}

// checkRegistration checks the record and normalises the name in it.
func (h *handshake) checkRegistration(reg *wire.Registration, r *wire.Register) *chat.Error {
	name, err := names.Normalize(reg.Name)
	if err != nil {
		return chat.Errorf(chat.CodeBadValue, "/record/name", "%v", err)
	}
	reg.Name = name
	if e := wire.CheckName(reg.Display, "/record/display", h.srv.o.Limits); e != nil {
		return e
	}
	if e := reg.Verifier.Check(); e != nil {
		return inRecord(e)
	}
	if e := reg.CheckRecovery(); e != nil {
		return inRecord(e)
	}
	return h.checkDevice(&reg.Device, r.Record, r.DeviceSignature)
}

func (h *handshake) checkDevice(d *wire.Device, record string, signature []byte) *chat.Error {
	if e := d.Check(); e != nil {
		return inRecord(e)
	}
	if !ed25519.Verify(ed25519.PublicKey(d.Key), wire.EnrolInput(h.binding, record), signature) {
		return chat.Errorf(chat.CodeAuthFailed, "/device_signature", "the device did not sign this record on this connection")
	}
	return nil
}

// inRecord moves a path into the record.
func inRecord(err error) *chat.Error {
	var e *chat.Error
	if !errors.As(err, &e) {
		return chat.Errorf(chat.CodeBadJSON, "/record", "the record cannot be read")
	}
	moved := *e
	moved.Path = "/record" + e.Path
	return &moved
}

func (h *handshake) createAccount(ctx context.Context, reg *wire.Registration, i *storage.Invite) (storage.Device, *chat.Error) {
	verifier, err := json.Marshal(reg.Verifier)
	if err != nil {
		return storage.Device{}, h.internal(err)
	}
	now := time.Now().UnixMilli()
	a := storage.Account{ID: chat.NewAccountID(), Name: reg.Name, Display: reg.Display, Owner: i.Owner, Verifier: verifier, Created: now}
	if len(reg.Recovery) > 0 {
		a.Recovery = storage.Recovery{Key: reg.Recovery, Made: now}
	}
	d := newDevice(a.ID, &reg.Device, now)
	err = h.srv.store.CreateAccount(ctx, a, names.Skeleton(reg.Name), d, i.ID, now)
	fault.Point(fault.ServerRegister)
	switch {
	case errors.Is(err, storage.ErrNameTaken):
		return d, chat.Errorf(chat.CodeNameTaken, "/record/name", "the name is taken, or one that looks like it")
	case errors.Is(err, storage.ErrDeviceTaken):
		return d, chat.Errorf(chat.CodeForbidden, "/record/device/key", "this device belongs to another account")
	case errors.Is(err, storage.ErrInviteUnknown):
		return d, chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	case errors.Is(err, storage.ErrInviteExpired):
		return d, chat.Errorf(chat.CodeInviteExpired, "/invite", "the invite has expired")
	case errors.Is(err, storage.ErrInviteUsed):
		return d, chat.Errorf(chat.CodeInviteUsed, "/invite", "the invite is used up")
	case errors.Is(err, storage.ErrNoSpace):
		return d, chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is full")
	case err != nil:
		return d, h.internal(err)
	}
	h.log.Info("Account created", "account", a.ID.String(), "owner", a.Owner)
	if a.Owner {
		h.srv.o.OnOwner()
	}
	return d, nil
}

// tooManyFrom refuses an account for the number of those made at the same address lately.
func tooManyFrom(wait time.Duration) *chat.Error {
	e := chat.Errorf(chat.CodeRateLimited, "", "many people have just joined from your network")
	e.RetryAfter = wait
	return e
}

func newDevice(account chat.AccountID, d *wire.Device, now int64) storage.Device {
	return storage.Device{
		ID: chat.DeviceIDOf(d.Key), Account: account, Key: d.Key, Name: d.Name, Platform: d.Platform,
		Created: now, Proven: now, Seen: now,
	}
}

// loginBegin answers with a challenge, whether the name exists or not.
func (h *handshake) loginBegin(ctx context.Context, r *wire.LoginBegin) *chat.Error {
	if e := h.greeting(r.HelloHash); e != nil {
		return e
	}
	now := time.Now()
	name, err := names.Normalize(r.Name)
	if err != nil {
		name = r.Name // a name that cannot exist is answered like one that does not
	}
	if wait := max(h.srv.names.delay(name, now), h.srv.addrs.delay(h.key, now)); wait > 0 {
		return tooManyAttempts(wait)
	}
	l := &login{name: name}
	v, e := h.verifier(ctx, l)
	if e != nil {
		return e
	}
	first, err := l.start(h.conn, v, r.Scram)
	if err != nil {
		return chat.Errorf(chat.CodeBadValue, "/scram", "not a client-first-message bound to this connection")
	}
	h.login = l
	if err := h.write(ctx, &wire.LoginChallenge{Rep: wire.Rep{Re: r.ID}, Stretch: v.Stretch, Scram: first}); err != nil {
		return chat.Errorf(chat.CodeInternal, "", "the connection broke")
	}
	return nil
}

func tooManyAttempts(wait time.Duration) *chat.Error {
	e := chat.Errorf(chat.CodeRateLimited, "", "too many attempts")
	e.RetryAfter = wait
	return e
}

// verifier returns the account's, or for unknown names one derived from the
// server's secret: always the same for a name, and never the right password.
func (h *handshake) verifier(ctx context.Context, l *login) (wire.Verifier, *chat.Error) {
	var v wire.Verifier
	decoy := h.srv.decoy(l.name)
	raw, err := json.Marshal(decoy) // read back below: both cases do the same work
	if err != nil {
		return v, h.internal(err)
	}
	a, err := h.srv.store.AccountByName(ctx, l.name)
	switch {
	case err == nil && a.Deletion != storage.DeletionNone: // as if it had never been
	case err == nil:
		l.account, l.known, raw = a, true, a.Verifier
	case !errors.Is(err, storage.ErrNotFound):
		return v, h.internal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, h.internal(fmt.Errorf("stored verifier: %w", err))
	}
	return v, nil
}

// decoy makes the parameters and keys that an account of this name might have.
func (s *Server) decoy(name string) wire.Verifier {
	part := func(label string, n int) []byte {
		m := hmac.New(sha256.New, s.secret)
		m.Write([]byte("hearth-decoy-1\x00" + label + "\x00" + name))
		return m.Sum(nil)[:n]
	}
	return wire.Verifier{
		Stretch: wire.Stretch{
			Alg: wire.StretchArgon2id, Salt: part("stretch", wire.SaltLength),
			MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes,
		},
		Salt: part("salt", wire.SaltLength), Iterations: wire.DefaultIterations,
		StoredKey: part("stored", sha256.Size), ServerKey: part("server", sha256.Size),
	}
}

// start begins the SCRAM exchange over the connection's binding, or behind a proxy that
// ends TLS, without one.
func (l *login) start(c *conn, v wire.Verifier, clientFirst string) (string, error) {
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) {
		return scram.StoredCredentials{
			KeyFactors: scram.KeyFactors{Salt: string(v.Salt), Iters: v.Iterations},
			StoredKey:  v.StoredKey, ServerKey: v.ServerKey,
		}, nil
	})
	if err != nil {
		return "", err
	}
	if c.tls == nil {
		if !strings.HasPrefix(clientFirst, "n,") { // "y" would be a client that was told less
			return "", errors.New("not an exchange without binding")
		}
		l.exchange = server.NewConversation()
		return l.exchange.Step(clientFirst)
	}
	state := c.tls.ConnectionState()
	binding, err := scram.NewTLSExporterBinding(&state)
	if err != nil {
		return "", err
	}
	l.exchange = server.NewConversationWithChannelBindingRequired(binding)
	return l.exchange.Step(clientFirst)
}

// loginFinish checks the proof and enrols the device.
func (h *handshake) loginFinish(ctx context.Context, cancel context.CancelFunc, r *wire.LoginFinish) (*session, *chat.Error) {
	l := h.login
	h.login = nil
	if l == nil {
		return nil, chat.Errorf(chat.CodeAuthRequired, "/t", "login.finish without login.begin")
	}
	enrolment, err := wire.DecodeEnrolment(r.Record)
	if err != nil {
		return nil, inRecord(err)
	}
	now := time.Now()
	if wait := h.srv.mayGuess(l.name, h.key, now); wait > 0 {
		return nil, tooManyAttempts(wait)
	}
	final, err := l.exchange.Step(r.Scram)
	if err != nil || !l.exchange.Valid() || !l.known || l.account.Disabled {
		return nil, wrongPassword()
	}
	if e := h.checkDevice(&enrolment.Device, r.Record, r.DeviceSignature); e != nil {
		return nil, e
	}
	d := newDevice(l.account.ID, &enrolment.Device, time.Now().UnixMilli())
	d, fresh, e := h.enrol(ctx, d, l.account.Verifier)
	if e == nil || e.Code != chat.CodeAuthFailed { // the password was right
		h.srv.names.succeeded(l.name)
		h.srv.addrs.forgive(h.key)
	}
	if e != nil {
		return nil, e
	}
	if fresh {
		d.Peer = truncate(h.conn.RemoteAddr())
		h.log.Info("Device enrolled", "account", d.Account.String(), "device", d.ID.String())
		h.srv.announce(&d)
	}
	return h.admit(ctx, cancel, r.ID, d, final)
}

func wrongPassword() *chat.Error {
	return chat.Errorf(chat.CodeAuthFailed, "", "name or password is wrong")
}

// mayGuess counts a guess at the password of a name from an address, or returns
// how long it must wait. It counts as wrong until it has proven right.
func (s *Server) mayGuess(name string, address netip.Prefix, now time.Time) (wait time.Duration) {
	if wait = s.names.attempt(name, now); wait > 0 {
		return wait
	}
	if wait = s.guessed(address, now); wait > 0 {
		s.names.forgive(name)
	}
	return wait
}

// enrol adds the device, which is fresh then, or renews the proof of one that is
// known. The password has been proven against was: if another has taken its place since
// the login began, it counts no more.
func (h *handshake) enrol(ctx context.Context, d storage.Device, was []byte) (_ storage.Device, fresh bool, _ *chat.Error) {
	old, err := h.srv.store.Device(ctx, d.ID)
	switch {
	case err == nil && old.Account == d.Account && !old.Revoked:
		old.Proven = d.Proven
		err := h.srv.store.ProveDevice(ctx, d.ID, was, d.Proven)
		if errors.Is(err, storage.ErrProofOld) {
			return d, false, wrongPassword()
		}
		if err != nil {
			return d, false, h.internal(err)
		}
		return old, false, nil
	case err == nil:
		return d, false, chat.Errorf(chat.CodeAuthRevoked, "/record/device/key", "this device was removed; make a new key")
	case !errors.Is(err, storage.ErrNotFound):
		return d, false, h.internal(err)
	}
	err = h.srv.store.AddDevice(ctx, d, was, h.srv.o.Limits.DevicesPerAccount)
	switch {
	case errors.Is(err, storage.ErrProofOld):
		return d, false, wrongPassword()
	case errors.Is(err, storage.ErrTooMany):
		return d, false, chat.Errorf(chat.CodeLimitReached, "", "an account has at most %d devices; remove one first", h.srv.o.Limits.DevicesPerAccount)
	case errors.Is(err, storage.ErrNoSpace):
		return d, false, chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is full")
	case err != nil:
		return d, false, h.internal(err)
	}
	return d, true, nil
}
