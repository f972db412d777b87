package server

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// A person who forgot the password and has no device left gets an invite for their
// own account from whoever runs the server. It is an invite in all that matters:
// the server holds a public key only, it is used once, it ends. Whoever asks names
// no account, so the answer can tell of none.

// reset gives the account that an invite is for a new password, and enrols a
// device. The device that used the invite may repeat it after a lost answer; the
// password of the last repetition counts.
func (h *handshake) reset(ctx context.Context, cancel context.CancelFunc, r *wire.Reset) (*session, *chat.Error) {
	if e := h.greeting(r.HelloHash); e != nil {
		return nil, e
	}
	i, e := h.invite(ctx, r.Invite)
	if e != nil {
		return nil, e
	}
	if !ed25519.Verify(i.Key, wire.ResetInput(h.binding, r.Record), r.InviteSignature) || i.For.IsZero() {
		return nil, chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	}
	record, err := wire.DecodeNewStart(r.Record)
	if err != nil {
		return nil, inRecord(err)
	}
	if e := record.Verifier.Check(); e != nil {
		return nil, inRecord(e)
	}
	if e := h.checkDevice(&record.Device, r.Record, r.DeviceSignature); e != nil {
		return nil, e
	}
	d, e := h.resetAccount(ctx, &record, &i)
	if e != nil {
		return nil, e
	}
	return h.admit(ctx, cancel, r.ID, d, "")
}

// resetAccount stores it, then ends the devices that are to end and tells those
// that stay.
func (h *handshake) resetAccount(ctx context.Context, record *wire.NewStart, i *storage.Invite) (storage.Device, *chat.Error) {
	now := time.Now().UnixMilli()
	d := newDevice(i.For, &record.Device, now)
	d.Reset = true
	verifier, err := json.Marshal(record.Verifier)
	if err != nil {
		return d, h.internal(err)
	}
	a, err := h.srv.store.Account(ctx, i.For)
	if err != nil {
		return d, h.internal(err)
	}
	most := h.srv.o.Limits.DevicesPerAccount
	ended, again, err := h.srv.store.ResetAccount(context.WithoutCancel(ctx), i.ID, verifier, d, record.Others, most, now)
	fault.Point(fault.ServerRegister)
	if err != nil {
		return d, h.notReset(err, most)
	}
	for _, id := range ended {
		h.srv.expel(id)
	}
	h.srv.names.succeeded(a.Name) // guesses at the old password say nothing of the new
	h.log.Info("Password reset", "account", a.ID.String(), "device", d.ID.String(), "ended", len(ended), "again", again)
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

func (h *handshake) notReset(err error, most int) *chat.Error {
	switch {
	case errors.Is(err, storage.ErrInviteUnknown):
		return chat.Errorf(chat.CodeInviteUnknown, "/invite", "there is no such invite")
	case errors.Is(err, storage.ErrInviteExpired):
		return chat.Errorf(chat.CodeInviteExpired, "/invite", "the invite has expired")
	case errors.Is(err, storage.ErrInviteUsed):
		return chat.Errorf(chat.CodeInviteUsed, "/invite", "the invite is used up")
	case errors.Is(err, storage.ErrDeviceTaken):
		return chat.Errorf(chat.CodeForbidden, "/record/device/key", "this device is known already; make a new key")
	case errors.Is(err, storage.ErrTooMany):
		return chat.Errorf(chat.CodeLimitReached, "", "an account has at most %d devices; end the others", most)
	case errors.Is(err, storage.ErrNoSpace):
		return chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is full")
	}
	return h.internal(err)
}
