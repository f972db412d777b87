package store

import (
	"context"

	"hearth/chat"
)

// Info is what the server last told about itself and us, kept so that everything
// can be shown before any network.
type Info struct {
	Group     string      `json:"group"`
	Name      string      `json:"name"`    // own login name
	Display   string      `json:"display"` // own display name
	Addresses []string    `json:"addresses"`
	May       []string    `json:"may"`
	Limits    chat.Limits `json:"limits"`
	Software  string      `json:"software"`
	Seen      int64       `json:"seen"` // server time of the last ready, milliseconds
}

// Info returns what SetInfo stored, the zero value before.
func (s *Store) Info(ctx context.Context) (Info, error) { return Info{}, ErrClosed }

// SetInfo replaces the info.
func (s *Store) SetInfo(ctx context.Context, info Info) error { return ErrClosed }

// Epoch returns the epoch the cursors belong to, zero before the first sync.
func (s *Store) Epoch(ctx context.Context) (chat.Epoch, error) { return chat.Epoch{}, ErrClosed }

// SetEpoch records the epoch; to be called when all cursors fit it.
func (s *Store) SetEpoch(ctx context.Context, epoch chat.Epoch) error { return ErrClosed }

// SetRead raises a room's read marker; a lower value changes nothing. It may lie
// beyond the cursor. It returns the room's numbers afterwards.
func (s *Store) SetRead(ctx context.Context, room chat.RoomID, seq chat.Seq) (Counters, error) {
	return Counters{}, ErrClosed
}

// SetNotified raises the highest sequence notified; a lower value changes nothing.
func (s *Store) SetNotified(ctx context.Context, room chat.RoomID, seq chat.Seq) error {
	return ErrClosed
}

// SetNextDSeq sets a room's next dseq, up or down, as a send.order_stale or
// send.order_gap said.
func (s *Store) SetNextDSeq(ctx context.Context, room chat.RoomID, next uint64) error {
	return ErrClosed
}

// SetGone records whether the server still lets us read a room.
func (s *Store) SetGone(ctx context.Context, room chat.RoomID, gone bool) error { return ErrClosed }

// SetDraft keeps the text of a room's composer; empty removes it. The room need
// not have events yet.
func (s *Store) SetDraft(ctx context.Context, room chat.RoomID, text string) error {
	return ErrClosed
}

// Draft returns a room's draft, "" if none.
func (s *Store) Draft(ctx context.Context, room chat.RoomID) (string, error) { return "", ErrClosed }

// Setting returns a value of this group; ErrNotFound. Settings that must be
// readable before the keyring is open belong into package profile.
func (s *Store) Setting(ctx context.Context, key string) ([]byte, error) { return nil, ErrClosed }

// SetSetting stores a value; nil removes it.
func (s *Store) SetSetting(ctx context.Context, key string, value []byte) error { return ErrClosed }
