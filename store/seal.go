package store

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"hearth/store/secret"
)

// The kinds of buckets. The words are hashed into names and bound into sealed
// values, so they must never change.
const (
	bucketMeta     = "meta"
	bucketRooms    = "rooms"
	bucketStates   = "states"
	bucketDrafts   = "drafts"
	bucketEvents   = "events"
	bucketGaps     = "gaps"
	bucketStrays   = "strays"
	bucketOutbox   = "outbox"
	bucketMIDs     = "mids"
	bucketSettings = "settings"
	bucketSearch   = "search"
	bucketChanges  = "changes"
	bucketFiles    = "files"
)

var buckets = []string{
	bucketMeta, bucketRooms, bucketStates, bucketDrafts, bucketEvents,
	bucketGaps, bucketStrays, bucketOutbox, bucketMIDs, bucketSettings, bucketSearch, bucketChanges, bucketFiles,
}

const (
	// recordFormat is the format of every kind of record but drafts. A migration that
	// changes one kind gives that kind a number of its own, see formatOf.
	recordFormat = 1

	nonceBytes = chacha20poly1305.NonceSizeX
	sealBytes  = 1 + nonceBytes + chacha20poly1305.Overhead // what sealing adds
	// maxSealed is more than any record has; the largest are states of rooms with tens
	// of thousands of members.
	maxSealed = 128 << 20
	tagBytes  = 16
	// noncePool is how many nonces are drawn from the system at once.
	noncePool = 64
)

// tag is a keyed hash that stands for a name in the file.
type tag [tagBytes]byte

// sealer turns records into what stands in the file and back.
type sealer struct {
	aead  cipher.AEAD // fixed after newSealer
	names []byte      // fixed; the key of tags

	pool []byte // random bytes not yet used; owned by the committer
	ad   []byte // scratch of seal; owned by the committer
}

// newSealer derives the keys. The database key itself is not kept.
func newSealer(key secret.Key) (*sealer, error) {
	sealKey, err := hkdf.Key(sha256.New, key[:], nil, "hearth-store-seal-1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	defer clear(sealKey)
	names, err := hkdf.Key(sha256.New, key[:], nil, "hearth-store-name-1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the naming key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(sealKey)
	if err != nil {
		return nil, fmt.Errorf("prepare sealing: %w", err)
	}
	return &sealer{aead: aead, names: names}, nil
}

// tag returns the keyed hash of a name of some kind.
func (s *sealer) tag(kind string, name []byte) (t tag) {
	mac := hmac.New(sha256.New, s.names)
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write(name)
	copy(t[:], mac.Sum(nil))
	return t
}

// place is where a value stands: kind of bucket, room (nil where there is none)
// and key. All keys of a kind have the same length, kinds hold no zero byte.
type place struct {
	kind string
	room []byte
	key  []byte
}

// formatOf is the format that records of a kind are written in; those below it can be
// read.
func formatOf(kind string) byte {
	if kind == bucketDrafts {
		return draftFormat
	}
	return recordFormat
}

// bind appends the associated data of a value at the place.
func (p place) bind(b []byte, format byte) []byte {
	b = append(b, p.kind...)
	b = append(b, 0)
	b = append(b, p.room...)
	b = append(b, p.key...)
	return append(b, format)
}

// seal returns the sealed form of a record. Called by the committer only.
func (s *sealer) seal(p place, plain []byte) []byte {
	if len(s.pool) < nonceBytes {
		s.pool = make([]byte, noncePool*nonceBytes)
		_, _ = rand.Read(s.pool)
	}
	out := make([]byte, 1+nonceBytes, sealBytes+len(plain))
	out[0] = formatOf(p.kind)
	nonce := out[1 : 1+nonceBytes]
	copy(nonce, s.pool)
	s.pool = s.pool[nonceBytes:]
	s.ad = p.bind(s.ad[:0], out[0])
	return s.aead.Seal(out, nonce, plain, s.ad)
}

// open returns the record in a sealed value, in memory of its own.
func (s *sealer) open(p place, sealed []byte) ([]byte, error) {
	if len(sealed) < sealBytes {
		return nil, p.damage("too short")
	}
	if len(sealed) > maxSealed { // a wrong bit in its length: no memory is asked for
		return nil, p.damage("longer than any")
	}
	if sealed[0] < recordFormat || sealed[0] > formatOf(p.kind) {
		return nil, p.damage("unknown format")
	}
	var scratch [64]byte
	ad := p.bind(scratch[:0], sealed[0])
	plain, err := s.aead.Open(make([]byte, 0, len(sealed)-sealBytes), sealed[1:1+nonceBytes], sealed[1+nonceBytes:], ad)
	if err != nil {
		return nil, p.damage("the seal does not fit")
	}
	return plain, nil
}

func (p place) damage(what string) error { return &DamageError{Where: p.kind, What: what} }
