package wire

import "hearth/chat"

// What a recovery key is used and replaced with. It is an Ed25519 key whose secret only
// its owner has, on paper; the server holds the public half.

// Recovery is what a server tells an account's own devices of its recovery key.
type Recovery struct {
	Key  Bytes `json:"key"`  // Ed25519 public key, 32 bytes
	Made int64 `json:"made"` // when the server was given it
}

// Comeback is the record of Recover, as a JSON string.
type Comeback struct {
	Verifier Verifier `json:"verifier"`
	Device   Device   `json:"device"`
	Others   bool     `json:"others,omitzero"` // end the account's other devices
	Recovery Bytes    `json:"recovery"`        // public key of the recovery key that takes this one's place
}

// Recover gives an account a new password and a new recovery key and enrols a device
// for it, proving that its recovery key is known. The answer is Ready. The device that
// came by a key may repeat it for a day after a lost answer; nothing else uses a key
// twice. Names that do not exist are answered like wrong keys.
type Recover struct {
	Req
	Version           int       `json:"version"`
	HelloHash         chat.Hash `json:"hello_hash"`
	Name              string    `json:"name"`
	Record            string    `json:"record"`             // JSON of Comeback
	RecoverySignature Bytes     `json:"recovery_signature"` // by the recovery key over RecoverInput
	DeviceSignature   Bytes     `json:"device_signature"`   // by the device key over EnrolInput
}

// RecoverySet proves the present password, after PasswordBegin, and replaces the
// recovery key. The answer is RecoveryChanged; a wrong proof is refused with auth.failed.
type RecoverySet struct {
	Req
	Scram string `json:"scram"` // client-final-message
	Key   Bytes  `json:"key"`   // Ed25519 public key, 32 bytes
}

// RecoveryChanged answers RecoverySet: the new recovery key counts from now on, no
// other does.
type RecoveryChanged struct {
	Rep
	Scram    string   `json:"scram"` // server-final-message, which the client must verify
	Recovery Recovery `json:"recovery"`
}

// RecoveryReplaced tells the account's other devices that there is a new recovery key;
// those that are not connected are told by their next Ready.
type RecoveryReplaced struct {
	Recovery Recovery `json:"recovery"`
	Used     bool     `json:"used,omitzero"` // by Recover, which DeviceAdded tells too
}

// Check implements Request.
func (r *Recover) Check() *chat.Error {
	return first(
		version(r.Version), present(r.HelloHash.IsZero(), "/hello_hash"), text(r.Name, 1024, "/name"),
		text(r.Record, MaxRecord, "/record"),
		sized(r.RecoverySignature, sigLength, "/recovery_signature"), sized(r.DeviceSignature, sigLength, "/device_signature"),
	)
}

// CheckRecovery reports what is wrong with the recovery key, if there is one.
func (r *Registration) CheckRecovery() *chat.Error {
	if len(r.Recovery) == 0 {
		return nil
	}
	return sized(r.Recovery, keyLength, "/recovery")
}

// Check reports the first problem of the record.
func (c *Comeback) Check() *chat.Error {
	return first(c.Verifier.Check(), c.Device.Check(), sized(c.Recovery, keyLength, "/recovery"))
}

// Check implements Request.
func (r *RecoverySet) Check() *chat.Error {
	return first(text(r.Scram, MaxScram, "/scram"), sized(r.Key, keyLength, "/key"))
}

// Type implements Frame.
func (*Recover) Type() Type { return TypeRecover }

// Type implements Frame.
func (*RecoverySet) Type() Type { return TypeRecoverySet }

// Type implements Frame.
func (*RecoveryChanged) Type() Type { return TypeRecoveryChanged }

// Type implements Frame.
func (*RecoveryReplaced) Type() Type { return TypeRecoveryReplaced }

// FeatureRecovery is named in the greeting of a server that keeps recovery keys.
const FeatureRecovery = "recovery"
