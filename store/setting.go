package store

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"hearth/chat"
	"hearth/internal/boltkit"
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
	Seen      int64       `json:"seen"`                // server time of the last ready, milliseconds
	KeepDays  int         `json:"keep_days,omitempty"` // the longest time that messages are kept; 0: for ever
	// Recovery is the public half of the account's recovery key, RecoveryMade since when
	// the server has it, milliseconds; nil and 0: none is known.
	Recovery     []byte `json:"recovery,omitempty"`
	RecoveryMade int64  `json:"recovery_made,omitempty"`
	// RecoveryOwed is the public half of one that was made here and which the person has
	// not kept yet.
	RecoveryOwed []byte `json:"recovery_owed,omitempty"`
}

// Info returns what SetInfo stored, the zero value before.
func (s *Store) Info(ctx context.Context) (info Info, err error) {
	err = s.view(ctx, func(r *reader) error {
		_, err := r.json(metaPlace(metaInfo), &info)
		return err
	})
	return info, err
}

// SetInfo replaces the info.
func (s *Store) SetInfo(ctx context.Context, info Info) error {
	return s.update(ctx, func(w *writer) error { return w.putJSON(metaPlace(metaInfo), info) })
}

// Checked returns when SetChecked said last that nothing was wrong, by this machine's
// clock; the zero time if it never did, and after a crash.
func (s *Store) Checked(ctx context.Context) (at time.Time, err error) {
	if s.doubtful {
		return at, nil
	}
	err = s.view(ctx, func(r *reader) error {
		plain, err := r.get(metaPlace(metaChecked))
		if ms, ok := boltkit.Uint64(plain); err == nil && ok && ms <= math.MaxInt64 {
			at = time.UnixMilli(int64(ms))
		}
		return err
	})
	return at, err
}

// SetChecked records that all of the store was looked through at that time and that
// nothing was wrong with it.
func (s *Store) SetChecked(ctx context.Context, at time.Time) error {
	key := boltkit.Key64(uint64(max(at.UnixMilli(), 0)))
	return s.update(ctx, func(w *writer) error { return w.put(metaPlace(metaChecked), key) })
}

// Epoch returns the epoch the cursors belong to, zero before the first sync.
func (s *Store) Epoch(ctx context.Context) (epoch chat.Epoch, err error) {
	err = s.view(ctx, func(r *reader) error {
		epoch, err = r.epoch()
		return err
	})
	return epoch, err
}

func (r *reader) epoch() (epoch chat.Epoch, err error) {
	plain, err := r.get(metaPlace(metaEpoch))
	copy(epoch[:], plain)
	return epoch, err
}

// SetEpoch records the epoch; to be called when all cursors fit it. If it
// replaces another one, entries acknowledged in the old one become EntryHeld: the
// server may have lost them.
func (s *Store) SetEpoch(ctx context.Context, epoch chat.Epoch) error {
	return s.update(ctx, func(w *writer) error {
		old, err := w.epoch()
		if err != nil || old == epoch {
			return err
		}
		if !old.IsZero() {
			if _, err := w.doubt(func(e *Entry) bool { return e.State == EntryAcknowledged }); err != nil {
				return err
			}
		}
		return w.put(metaPlace(metaEpoch), epoch[:])
	})
}

// SetNotified raises the highest sequence notified; a lower value changes
// nothing. ErrNotFound.
func (s *Store) SetNotified(ctx context.Context, room chat.RoomID, seq chat.Seq) error {
	return s.changeRoom(ctx, room, func(c *Counters) bool {
		raised := seq > c.Notified
		c.Notified = max(c.Notified, seq)
		return raised
	})
}

// SetNextDSeq sets a room's next dseq, up or down, as a send.order_stale or
// send.order_gap said. ErrNotFound.
func (s *Store) SetNextDSeq(ctx context.Context, room chat.RoomID, next uint64) error {
	return s.changeRoom(ctx, room, func(c *Counters) bool {
		changed := next != c.NextDSeq
		c.NextDSeq = max(next, 1)
		return changed
	})
}

// SetGone records whether the server still lets us read a room. ErrNotFound.
func (s *Store) SetGone(ctx context.Context, room chat.RoomID, gone bool) error {
	return s.changeRoom(ctx, room, func(c *Counters) bool {
		changed := gone != c.Gone
		c.Gone = gone
		return changed
	})
}

func (s *Store) changeRoom(ctx context.Context, room chat.RoomID, fn func(c *Counters) bool) error {
	return s.update(ctx, func(w *writer) error {
		_, err := w.change(room, func(_ tag, c *Counters) (bool, error) { return fn(c), nil })
		return err
	})
}

// Setting returns a value of this group; ErrNotFound. Settings that must be
// readable before the keyring is open belong into package profile.
func (s *Store) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = s.view(ctx, func(r *reader) error {
		p := r.settingPlace(key)
		plain, err := r.get(p)
		switch {
		case err != nil:
			return err
		case plain == nil:
			return ErrNotFound
		}
		n, width := binary.Uvarint(plain)
		if width <= 0 || n > uint64(len(plain)-width) {
			return p.damage("not understood")
		}
		value = plain[width+int(n):]
		return nil
	})
	return value, err
}

// SetSetting stores a value; nil removes it.
func (s *Store) SetSetting(ctx context.Context, key string, value []byte) error {
	return s.SetSettings(ctx, map[string][]byte{key: value})
}

// SetSettings is SetSetting for many at once, all or nothing.
func (s *Store) SetSettings(ctx context.Context, values map[string][]byte) error {
	if _, ours := values[keyIgnored]; ours {
		return ErrInvalid
	}
	return s.update(ctx, func(w *writer) error {
		for key, value := range values {
			if err := w.setSetting(key, value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) setSetting(key string, value []byte) error {
	p := w.settingPlace(key)
	if value == nil {
		return w.remove(p)
	}
	plain := binary.AppendUvarint(nil, uint64(len(key)))
	plain = append(plain, key...)
	return w.put(p, append(plain, value...))
}

func (r *reader) settingPlace(key string) place {
	t := r.s.seal.tag("setting", []byte(key))
	return place{kind: bucketSettings, key: t[:]}
}
