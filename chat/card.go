package chat

import (
	"crypto/sha256"
	"encoding/binary"
)

// Fixed numbers of what people show of themselves (docs/adr/0028); not for the
// operator to set.
const (
	MaxStatus   = 100                       // characters of a status
	AvatarSide  = 256                       // pixels on a side of an avatar, at most; it is a square
	MaxAvatar   = 32 << 10                  // bytes of an avatar
	MaxStatusMS = 366 * 24 * 60 * 60 * 1000 // for how long a status may be set
)

// AddCard returns the digest with what somebody shows of themself, at a
// revision, added. Equal digests mean, for all practical purposes, equal cards;
// their order does not matter.
func (d Digest) AddCard(account AccountID, rev uint64) Digest {
	b := make([]byte, 0, 64)
	b = append(b, "hearth-card-1\x00"...)
	b = append(b, account[:]...)
	b = binary.BigEndian.AppendUint64(b, rev)
	sum := sha256.Sum256(b)
	return d + Digest(binary.BigEndian.Uint64(sum[:8]))
}

// AvatarHash names the bytes of an avatar.
func AvatarHash(picture []byte) Hash { return sha256.Sum256(picture) }
