package boltstore

import (
	"context"
	"encoding/binary"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
	"hearth/server/storage"
)

// A marker's key is account and room; its record the encoding's number, then Read,
// Mark, Rev and Public.

func markerKey(m *storage.Marker) []byte { return boltkit.Join(m.Account[:], m.Room[:]) }

func encodeMarker(m *storage.Marker) []byte {
	b := []byte{recordVersion}
	for _, n := range [...]uint64{uint64(m.Read), uint64(m.Mark), m.Rev, uint64(m.Public)} {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func decodeMarker(account chat.AccountID, room chat.RoomID, b []byte) (storage.Marker, error) {
	d := decoder{b: b}
	d.version("marker")
	m := storage.Marker{Account: account, Room: room}
	m.Read, m.Mark = chat.Seq(d.uvarint()), chat.Seq(d.uvarint())
	m.Rev, m.Public = d.uvarint(), chat.Seq(d.uvarint())
	return m, d.end()
}

// PutMarkers implements storage.Store.
func (s *Store) PutMarkers(ctx context.Context, markers []storage.Marker) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketMarkers)
		for _, m := range markers {
			gone, err := isDeleted(tx, m.Account)
			if err != nil {
				return err
			}
			if gone {
				continue
			}
			key := markerKey(&m)
			if v := b.Get(key); v != nil && !fault.Bug(fault.MarkerOverwritten) {
				old, err := decodeMarker(m.Account, m.Room, v)
				if err != nil {
					return boltkit.Refuse(err)
				}
				if m = old.Merge(m); m == old {
					continue
				}
			}
			if err := b.Put(key, encodeMarker(&m)); err != nil {
				return err
			}
		}
		return nil
	})
}

// AccountMarkers implements storage.Store.
func (s *Store) AccountMarkers(ctx context.Context, account chat.AccountID) (all []storage.Marker, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return boltkit.ScanPrefix(tx.Bucket(bucketMarkers), account[:], func(k, v []byte) (bool, error) {
			m, err := listedMarker(k, v)
			all = append(all, m)
			return true, err
		})
	})
	return all, err
}

func listedMarker(k, v []byte) (storage.Marker, error) {
	if len(k) != 32 {
		return storage.Marker{}, damaged("the read positions have a bad key")
	}
	return decodeMarker(chat.AccountID(k[:16]), chat.RoomID(k[16:]), v)
}

// RoomMarkers implements storage.Store.
func (s *Store) RoomMarkers(ctx context.Context, room chat.RoomID, accounts []chat.AccountID) (all []storage.Marker, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketMarkers)
		for _, a := range accounts {
			v := b.Get(boltkit.Join(a[:], room[:]))
			if v == nil {
				continue
			}
			m, err := decodeMarker(a, room, v)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		return nil
	})
	return all, err
}

// verifyMarkers looks whether every read position can be read.
func verifyMarkers(tx *bbolt.Tx) error {
	return tx.Bucket(bucketMarkers).ForEach(func(k, v []byte) error {
		_, err := listedMarker(k, v)
		return err
	})
}

// SetPrivacy implements storage.Store.
func (s *Store) SetPrivacy(ctx context.Context, id chat.AccountID, p storage.Privacy) error {
	return s.changeOpen(ctx, id, func(a *storage.Account) { a.Privacy = p })
}
