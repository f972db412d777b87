package server

import (
	"context"
	"errors"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Whoever holds one of an account's devices may end the others without the
// password: the remedy for a lost device must not wait for a password that was
// lost with it. What a thief gains by ending the owner's devices is little, as
// the owner comes back with the password, which no device can change without
// knowing it, and ends the thief's.

// noticeMargin is how long before a device was last seen another may have been
// enrolled and still be told of: the notice may have been written to a
// connection that was dead and not yet known to be.
const noticeMargin = 2 * time.Minute

func (s *session) onDeviceList(r *wire.DeviceList) *chat.Error {
	all, err := s.srv.store.Devices(s.ctx, s.account)
	if err != nil {
		return s.internal(err)
	}
	answer := &wire.Devices{Rep: wire.Rep{Re: r.ID}, Devices: []wire.DeviceInfo{}}
	page := s.pager()
	list := behind(all, r.After[:], func(d *storage.Device) []byte { return d.ID[:] })
	for i := range list {
		d := &list[i]
		if d.Revoked {
			continue
		}
		if !page.fits(len(d.Name) + len(d.Platform) + len(d.Peer)) {
			answer.More = true
			break
		}
		info := s.srv.deviceInfo(d)
		info.Current = d.ID == s.device.ID
		answer.Devices = append(answer.Devices, info)
	}
	s.send(answer)
	return nil
}

// deviceInfo describes a device to its owner; one that is connected was seen now.
func (s *Server) deviceInfo(d *storage.Device) wire.DeviceInfo {
	info := wire.DeviceInfo{Device: d.ID, Name: d.Name, Platform: d.Platform, Created: d.Created, Seen: d.Seen, Peer: d.Peer, Reset: d.Reset, Recovered: d.Recovered}
	if live := s.hub.device(d.ID); live != nil {
		info.Live, info.Seen, info.Peer = true, time.Now().UnixMilli(), live.peer
	} else if t, ok := s.lastTouch(d.ID); ok {
		info.Seen, info.Peer = max(info.Seen, t.Seen), t.Peer
	}
	return info
}

func (s *session) onDeviceRevoke(r *wire.DeviceRevoke) *chat.Error {
	d, err := s.srv.store.Device(s.ctx, r.Device)
	if err == nil && d.Account != s.account {
		err = storage.ErrNotFound // others' devices are nobody's business
	}
	if errors.Is(err, storage.ErrNotFound) {
		return chat.Errorf(chat.CodeBadValue, "/device", "this account has no such device")
	}
	if err == nil {
		err = s.srv.store.RevokeDevice(context.WithoutCancel(s.ctx), r.Device)
	}
	if err != nil {
		return s.storing(err)
	}
	s.log.Info("Device removed", "removed", r.Device.String())
	if r.Device != s.device.ID {
		s.srv.expel(r.Device) // before the answer, behind which it can do nothing
		s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
		return nil
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	s.srv.expel(r.Device)
	return nil
}

func (s *session) onDeviceRevokeOthers(r *wire.DeviceRevokeOthers) *chat.Error {
	if e := s.revokeOthers(); e != nil {
		return e
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	return nil
}

func (s *session) revokeOthers() *chat.Error {
	ended, err := s.srv.store.RevokeOtherDevices(context.WithoutCancel(s.ctx), s.account, s.device.ID)
	if err != nil {
		return s.storing(err)
	}
	s.log.Info("Other devices removed", "count", len(ended))
	for _, id := range ended {
		s.srv.expel(id)
	}
	return nil
}

// storing tells a full disk, and an account that is no more, from a fault.
func (s *session) storing(err error) *chat.Error {
	switch {
	case errors.Is(err, storage.ErrNotFound): // deleted while it was asked
		return closed(chat.CodeAccountDeleted)
	case errors.Is(err, storage.ErrNoSpace):
		return chat.Errorf(chat.CodeCapacityDisk, "", "the server's disk is full; nothing was stored")
	}
	return s.internal(err)
}

// expel ends the connections of a device that was removed. Its next signature is
// refused by what is on disk already; handshakes that were past that check look
// again once they can be found here, see handshake.admit.
func (s *Server) expel(id chat.DeviceID) {
	for _, live := range s.hub.connections(id) {
		s.metrics.ends.WithLabelValues("revoked").Inc()
		live.expel()
	}
}

// expel ends the session within a second, whether its peer reads or not: what
// was queued before still goes out, nothing that comes later does, and no
// further request is answered.
func (s *session) expel() {
	s.expelled.Store(true)
	s.end(wire.CloseAuthRevoked, wire.FromError(0, chat.Errorf(chat.CodeAuthRevoked, "", "this device was removed")))
	s.conn.hurry()
}

// discard releases what was queued for a session that nothing will write to.
func (s *session) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.srv.queued.Add(-int64(s.out.drop()))
	s.srv.pacers.give(s.device.ID)
	s.srv.giveTogether(s.account)
}

// announce tells the account's other connections that a device was enrolled.
func (s *Server) announce(d *storage.Device) {
	notice := &wire.DeviceAdded{Device: s.deviceInfo(d)}
	for _, other := range s.hub.of(d.Account) {
		if other.device.ID != d.ID {
			other.send(notice)
		}
	}
}

// tellDevices tells a device that has just come back which others were enrolled
// while it was away. Those enrolled from now on find it in the hub.
func (s *session) tellDevices() {
	all, err := s.srv.store.Devices(s.ctx, s.account)
	if err != nil {
		s.log.Warn("Looking for new devices failed", "err", err)
		return
	}
	since := max(s.device.Created, s.device.Seen-noticeMargin.Milliseconds())
	for i := range all {
		if d := &all[i]; !d.Revoked && d.ID != s.device.ID && d.Created > since {
			s.send(&wire.DeviceAdded{Device: s.srv.deviceInfo(d)})
		}
	}
}
