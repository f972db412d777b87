package wire

import "hearth/chat"

// What an account's devices and its password are managed with. All of it needs a
// connection that is ready.

// DeviceList asks for the devices of the account that may connect, behind After
// in the order of their ids; unset: from the first. The answer is Devices, which
// may end early.
type DeviceList struct {
	Req
	After chat.DeviceID `json:"after,omitzero"`
}

// DeviceRevoke ends the right of one of the account's devices to connect, also
// of this very one, and its connection with auth.revoked. Repeating it does
// nothing. The answer is OK.
type DeviceRevoke struct {
	Req
	Device chat.DeviceID `json:"device"`
}

// DeviceRevokeOthers is DeviceRevoke for every device of the account but this
// one. The answer is OK.
type DeviceRevokeOthers struct{ Req }

// PasswordBegin starts to prove the present password in order to change it. The
// answer is PasswordChallenge.
type PasswordBegin struct {
	Req
	Scram string `json:"scram"` // client-first-message, p=tls-exporter
}

// PasswordRecord is the record of PasswordSet, as a JSON string.
type PasswordRecord struct {
	Verifier Verifier `json:"verifier"`
}

// PasswordSet proves the present password and replaces it. The answer is
// PasswordChanged; a wrong proof is refused with auth.failed.
type PasswordSet struct {
	Req
	Scram  string `json:"scram"`           // client-final-message
	Record string `json:"record"`          // JSON of PasswordRecord
	Others bool   `json:"others,omitzero"` // also what DeviceRevokeOthers does, in this order
}

// DeviceInfo is a device as its owner sees it. Name and Platform are what the
// device said of itself when it enrolled.
type DeviceInfo struct {
	Device   chat.DeviceID `json:"device"`
	Name     string        `json:"name"`
	Platform string        `json:"platform"`
	Created  int64         `json:"created"`
	Seen     int64         `json:"seen"`             // last connected; may lag by a minute
	Peer     string        `json:"peer,omitempty"`   // address prefix it last connected from: /24, or /48
	Live     bool          `json:"live,omitzero"`    // is connected
	Current  bool          `json:"current,omitzero"` // is the one that asks
	Reset    bool          `json:"reset,omitzero"`   // was enrolled by Reset, with a new password
	// Recovered: was enrolled by Recover, with a new password and a new recovery key.
	Recovered bool `json:"recovered,omitzero"`
}

// Devices answers DeviceList.
type Devices struct {
	Rep
	Devices []DeviceInfo `json:"devices"`
	More    bool         `json:"more,omitzero"` // ask again behind the last one
}

// PasswordChallenge answers PasswordBegin.
type PasswordChallenge struct {
	Rep
	Stretch Stretch `json:"stretch"`
	Scram   string  `json:"scram"` // server-first-message
}

// PasswordChanged answers PasswordSet: the new password counts from now on.
type PasswordChanged struct {
	Rep
	Scram string `json:"scram"` // server-final-message, which the client must verify
}

// DeviceAdded tells the account's other devices that a device was enrolled: at
// once where they are connected, else behind their next ready. It may come more
// than once for a device.
type DeviceAdded struct {
	Device DeviceInfo `json:"device"`
}

// Check implements Request.
func (*DeviceList) Check() *chat.Error { return nil }

// Check implements Request.
func (r *DeviceRevoke) Check() *chat.Error { return present(r.Device.IsZero(), "/device") }

// Check implements Request.
func (*DeviceRevokeOthers) Check() *chat.Error { return nil }

// Check implements Request.
func (r *PasswordBegin) Check() *chat.Error { return text(r.Scram, MaxScram, "/scram") }

// Check implements Request.
func (r *PasswordSet) Check() *chat.Error {
	return first(text(r.Scram, MaxScram, "/scram"), text(r.Record, MaxRecord, "/record"))
}

// Type implements Frame.
func (*DeviceList) Type() Type { return TypeDeviceList }

// Type implements Frame.
func (*DeviceRevoke) Type() Type { return TypeDeviceRevoke }

// Type implements Frame.
func (*DeviceRevokeOthers) Type() Type { return TypeDeviceRevokeOthers }

// Type implements Frame.
func (*PasswordBegin) Type() Type { return TypePasswordBegin }

// Type implements Frame.
func (*PasswordSet) Type() Type { return TypePasswordSet }

// Type implements Frame.
func (*Devices) Type() Type { return TypeDevices }

// Type implements Frame.
func (*PasswordChallenge) Type() Type { return TypePasswordChallenge }

// Type implements Frame.
func (*PasswordChanged) Type() Type { return TypePasswordChanged }

// Type implements Frame.
func (*DeviceAdded) Type() Type { return TypeDeviceAdded }
