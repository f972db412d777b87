package linktest

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// Peer is the server's end of one connection. Its methods belong to the
// goroutine of the connection, which also calls Server.Handle; Send and Raw may
// be called from others as well.
type Peer struct {
	Server   *Server
	Ctx      context.Context // ends with the server
	Binding  wire.Binding    // as the server sees it
	Exporter []byte          // the true one
	State    tls.ConnectionState
	Account  chat.AccountID
	Device   chat.DeviceID

	ws  *websocket.Conn
	fed map[chat.RoomID]bool
}

// Send sends a frame; false when the connection is gone.
func (p *Peer) Send(f wire.Frame) bool {
	data, err := wire.Encode(f)
	if err != nil {
		p.Server.T.Error(err)
		return false
	}
	return p.Raw(data)
}

// Raw sends bytes as one frame.
func (p *Peer) Raw(data []byte) bool {
	return p.ws.Write(p.Ctx, websocket.MessageText, data) == nil
}

// Fail sends a fatal error and closes as its code asks.
func (p *Peer) Fail(re uint64, code chat.Code, message string) {
	p.Send(wire.FromError(re, chat.Errorf(code, "", "%s", message)))
	_ = p.ws.Close(websocket.StatusCode(wire.CloseFor(code)), "")
}

// Close ends the connection.
func (p *Peer) Close() { _ = p.ws.CloseNow() }

// Next reads one request; nil when the connection ended or sent no request.
func (p *Peer) Next() wire.Request {
	_, data, err := p.ws.Read(p.Ctx)
	if err != nil {
		return nil
	}
	r, _, e := wire.DecodeRequest(data)
	if e != nil {
		p.Server.T.Errorf("the client sent a request that is refused: %v", e)
		return nil
	}
	return r
}

// Serve answers until the connection ends.
func (p *Peer) Serve() {
	for r := p.Next(); r != nil; r = p.Next() {
		if h := p.Server.Handle; h != nil && h(p, r) {
			continue
		}
		if !p.Honest(r) {
			return
		}
	}
}

// Honest answers a request as a good server does; it admits everybody.
func (p *Peer) Honest(r wire.Request) bool {
	re := wire.Rep{Re: r.RequestID()}
	b := p.Server.Book
	switch r := r.(type) {
	case *wire.Auth:
		if r.HelloHash != p.Binding.Hello {
			p.Fail(r.ID, chat.CodeAuthBindingMismatch, "changed under way")
			return false
		}
		return p.Send(p.Ready(re, r.Device))
	case *wire.InviteCheck:
		return p.Send(&wire.InviteInfo{Rep: re, Group: "Bees", Expires: time.Now().Add(time.Hour).UnixMilli(), Uses: 1})
	case *wire.Register:
		reg, err := wire.DecodeRegistration(r.Record)
		return err == nil && p.Send(p.Ready(re, chat.DeviceIDOf(reg.Device.Key)))
	case *wire.Heartbeat:
		return p.Send(&wire.HeartbeatOK{Rep: re, Digest: b.digest(), Time: time.Now().UnixMilli()})
	case *wire.Sync:
		return b.sync(p, r)
	case *wire.Send:
		return b.send(p, r)
	case *wire.Heads:
		return p.Send(&wire.HeadsAt{Rep: re, Heads: b.heads()})
	case *wire.Chains:
		return p.Send(b.chains(r))
	case *wire.History:
		return p.Send(b.history(r))
	case *wire.SendStatus:
		return p.Send(b.status(r))
	case *wire.People:
		return p.Send(&wire.PeopleList{Rep: re, People: []wire.Person{}})
	case *wire.Rooms:
		return p.Send(&wire.RoomsList{Rep: re, Rooms: []wire.RoomInfo{}})
	case *wire.DeviceList:
		return p.Send(&wire.Devices{Rep: re, Devices: []wire.DeviceInfo{}})
	}
	return p.Send(&wire.OK{Rep: re})
}

// Ready admits a device.
func (p *Peer) Ready(re wire.Rep, device chat.DeviceID) *wire.Ready {
	p.Device, p.Account = device, p.Server.Book.Account
	now := time.Now()
	return &wire.Ready{
		Rep: re, Session: "s", Connection: "c", Account: p.Account, Device: device, Name: "ann", Display: "ann",
		May: []string{wire.MayInvite, wire.MayCreateRoom}, Group: "Bees", Addresses: []string{p.Server.Address},
		SessionExpires: now.AddDate(0, 1, 0).UnixMilli(), Time: now.UnixMilli(),
	}
}
