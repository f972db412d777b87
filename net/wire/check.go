package wire

import (
	"hearth/chat"
)

// Fixed sizes of lists in requests; not for the operator to set.
const (
	MaxMIDs   = 500 // in SendStatus
	MaxChains = 100 // in Chains
	MaxScram  = 1024
	MaxRecord = 3 << 10
	MaxKind   = 64 // characters of a kind
	MaxDevice = 64 // characters of a device's name
	keyLength = 32
	sigLength = 64
)

func missing(path string) *chat.Error {
	return chat.Errorf(chat.CodeMissingField, path, "the member is missing or empty")
}

func sized(b Bytes, want int, path string) *chat.Error {
	if len(b) == 0 {
		return missing(path)
	}
	if len(b) != want {
		return chat.Errorf(chat.CodeBadValue, path, "want %d bytes, have %d", want, len(b))
	}
	return nil
}

func text(s string, most int, path string) *chat.Error {
	if s == "" {
		return missing(path)
	}
	if len(s) > most {
		return chat.Errorf(chat.CodeTooLong, path, "longer than %d bytes", most)
	}
	return nil
}

func present(zero bool, path string) *chat.Error {
	if zero {
		return missing(path)
	}
	return nil
}

func seq(s chat.Seq, path string) *chat.Error {
	if s > MaxNumber {
		return chat.Errorf(chat.CodeOutOfRange, path, "a sequence lies beyond 2^53 − 1")
	}
	return nil
}

// first returns the first problem.
func first(errs ...*chat.Error) *chat.Error {
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}

func version(v int) *chat.Error {
	if v == 0 {
		return missing("/version")
	}
	if v < MinVersion || v > Version {
		return chat.Errorf(chat.CodeVersionUnsupported, "/version", "protocol version %d is not spoken here", v)
	}
	return nil
}

// Check implements Request.
func (r *InviteCheck) Check() *chat.Error {
	return first(present(r.Invite.IsZero(), "/invite"), sized(r.Signature, sigLength, "/signature"))
}

// Check implements Request.
func (r *Register) Check() *chat.Error {
	return first(
		version(r.Version), present(r.HelloHash.IsZero(), "/hello_hash"), present(r.Invite.IsZero(), "/invite"),
		text(r.Record, MaxRecord, "/record"),
		sized(r.InviteSignature, sigLength, "/invite_signature"), sized(r.DeviceSignature, sigLength, "/device_signature"),
	)
}

// Check implements Request.
func (r *Reset) Check() *chat.Error {
	return first(
		version(r.Version), present(r.HelloHash.IsZero(), "/hello_hash"), present(r.Invite.IsZero(), "/invite"),
		text(r.Record, MaxRecord, "/record"),
		sized(r.InviteSignature, sigLength, "/invite_signature"), sized(r.DeviceSignature, sigLength, "/device_signature"),
	)
}

// Check implements Request.
func (r *LoginBegin) Check() *chat.Error {
	return first(
		version(r.Version), present(r.HelloHash.IsZero(), "/hello_hash"),
		text(r.Name, 1024, "/name"), text(r.Scram, MaxScram, "/scram"),
	)
}

// Check implements Request.
func (r *LoginFinish) Check() *chat.Error {
	return first(text(r.Scram, MaxScram, "/scram"), text(r.Record, MaxRecord, "/record"),
		sized(r.DeviceSignature, sigLength, "/device_signature"))
}

// Check implements Request.
func (r *Auth) Check() *chat.Error {
	return first(
		version(r.Version), present(r.HelloHash.IsZero(), "/hello_hash"), present(r.Device.IsZero(), "/device"),
		sized(r.Nonce, NonceLength, "/nonce"), sized(r.Signature, sigLength, "/signature"),
	)
}

// Check reports the first problem of the device's description.
func (d *Device) Check() *chat.Error {
	return first(sized(d.Key, keyLength, "/device/key"), text(d.Name, MaxDevice, "/device/name"), text(d.Platform, MaxDevice, "/device/platform"))
}

// Check reports the first problem of a verifier's parameters.
func (v *Verifier) Check() *chat.Error {
	if v.Iterations < MinIterations || v.Iterations > MaxIterations {
		return chat.Errorf(chat.CodeOutOfRange, "/verifier/iterations", "want %d to %d", MinIterations, MaxIterations)
	}
	return first(
		v.Stretch.Check("/verifier/stretch"), salt(v.Salt, "/verifier/salt"),
		sized(v.StoredKey, keyLength, "/verifier/stored_key"), sized(v.ServerKey, keyLength, "/verifier/server_key"),
	)
}

// Check reports whether the parameters lie between the floors and ceilings; both
// ends call it, the client before it spends any time on a server's demand.
func (s *Stretch) Check(path string) *chat.Error {
	if s.Alg != StretchArgon2id {
		return chat.Errorf(chat.CodeBadValue, path+"/alg", "only %s is accepted", StretchArgon2id)
	}
	return first(
		between(int64(s.MemoryKiB), MinStretchKiB, MaxStretchKiB, path+"/memory_kib"),
		between(int64(s.Passes), MinStretchPasses, MaxStretchPasses, path+"/passes"),
		between(int64(s.Lanes), MinStretchLanes, MaxStretchLanes, path+"/lanes"),
		salt(s.Salt, path+"/salt"),
	)
}

func salt(b Bytes, path string) *chat.Error {
	if len(b) < SaltLength || len(b) > MaxSaltLength {
		return chat.Errorf(chat.CodeOutOfRange, path, "want %d to %d bytes", SaltLength, MaxSaltLength)
	}
	return nil
}

func between(v, least, most int64, path string) *chat.Error {
	if v < least || v > most {
		return chat.Errorf(chat.CodeOutOfRange, path, "want %d to %d", least, most)
	}
	return nil
}

// Check implements Request.
func (r *Sync) Check() *chat.Error {
	seen := make(map[chat.RoomID]bool, len(r.Rooms))
	for i := range r.Rooms {
		c := &r.Rooms[i]
		at := pointer("/rooms", i)
		if e := first(present(c.Room.IsZero(), at+"/room"), seq(c.Seq, at+"/seq"), present(c.Seq > 0 && c.Chain.IsZero(), at+"/chain")); e != nil {
			return e
		}
		if seen[c.Room] {
			return chat.Errorf(chat.CodeBadValue, at+"/room", "the room stands twice")
		}
		seen[c.Room] = true
	}
	return nil
}

// Check implements Request.
func (r *Send) Check() *chat.Error {
	if r.DSeq > MaxNumber {
		return chat.Errorf(chat.CodeOutOfRange, "/dseq", "beyond 2^53 − 1")
	}
	return first(
		present(r.MID.IsZero(), "/mid"), present(r.Room.IsZero(), "/room"), present(r.DSeq == 0, "/dseq"),
		text(string(r.Kind), MaxKind, "/kind"), present(r.Body == "", "/body"),
	)
}

// Check implements Request.
func (r *SendStatus) Check() *chat.Error {
	if len(r.MIDs) > MaxMIDs {
		return chat.Errorf(chat.CodeTooLong, "/mids", "more than %d", MaxMIDs)
	}
	return first(present(r.Room.IsZero(), "/room"), present(len(r.MIDs) == 0, "/mids"))
}

// Check implements Request.
func (r *History) Check() *chat.Error {
	if r.To < r.From {
		return chat.Errorf(chat.CodeOutOfRange, "/to", "lies before from")
	}
	return first(present(r.Room.IsZero(), "/room"), present(r.From == 0, "/from"), seq(r.To, "/to"))
}

// Check implements Request.
func (r *Chains) Check() *chat.Error {
	if len(r.Seqs) > MaxChains {
		return chat.Errorf(chat.CodeTooLong, "/seqs", "more than %d", MaxChains)
	}
	return first(present(r.Room.IsZero(), "/room"), present(len(r.Seqs) == 0, "/seqs"))
}

// Check implements Request.
func (*Heads) Check() *chat.Error { return nil }

// Check implements Request.
func (*Heartbeat) Check() *chat.Error { return nil }

// Check implements Request.
func (r *Profile) Check() *chat.Error {
	return first(present(r.MID.IsZero(), "/mid"), text(r.Display, 4096, "/display"))
}

// Check implements Request.
func (*People) Check() *chat.Error { return nil }

// Check implements Request.
func (*Rooms) Check() *chat.Error { return nil }

// Check implements Request.
func (r *InviteCreate) Check() *chat.Error {
	if r.Uses < 1 {
		return chat.Errorf(chat.CodeOutOfRange, "/uses", "an invite has at least one use")
	}
	if r.ExpiresMS < 1 {
		return chat.Errorf(chat.CodeOutOfRange, "/expires_ms", "an invite lives at least a moment")
	}
	return sized(r.Key, keyLength, "/key")
}

// Check implements Request.
func (*InviteList) Check() *chat.Error { return nil }

// Check implements Request.
func (r *InviteRevoke) Check() *chat.Error { return present(r.Invite.IsZero(), "/invite") }
