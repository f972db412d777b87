package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// A card's key is its account; its record the encoding's number, then Rev, the
// picture's hash (or nothing), Text, Emoji, Until. The pictures lie by account in a
// bucket of their own, as they are, so that reading all cards does not read them.

// makeCards makes the place of avatars and statuses (format 5).
func makeCards(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(bucketCards)
	_, other := tx.CreateBucket(bucketAvatars)
	return errors.Join(err, other)
}

func encodeCard(c *storage.Card) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, c.Rev)
	if c.Avatar.IsZero() {
		b = appendBytes(b, nil)
	} else {
		b = appendBytes(b, c.Avatar[:])
	}
	b = appendString(b, c.Status.Text)
	b = appendString(b, c.Status.Emoji)
	return appendInt(b, c.Status.Until)
}

func decodeCard(k, v []byte) (storage.Card, error) {
	if len(k) != 16 {
		return storage.Card{}, damaged("the cards have a bad key")
	}
	d := decoder{b: v}
	d.version("card")
	c := storage.Card{Account: chat.AccountID(k), Rev: d.uvarint()}
	avatar := d.copied()
	c.Status = storage.Status{Text: d.string(), Emoji: d.string(), Until: d.int()}
	if err := d.end(); err != nil {
		return c, err
	}
	if n := len(avatar); n != 0 && n != len(c.Avatar) {
		return c, damaged("the card of %s has a bad hash", c.Account)
	}
	copy(c.Avatar[:], avatar)
	return c, nil
}

// getCard reads the card of an account that exists; who has none has an empty one.
func getCard(tx *bbolt.Tx, id chat.AccountID) (storage.Card, error) {
	if _, err := getAccount(tx, id); err != nil {
		return storage.Card{}, boltkit.Refuse(err)
	}
	v := tx.Bucket(bucketCards).Get(id[:])
	if v == nil {
		return storage.Card{Account: id}, nil
	}
	c, err := decodeCard(id[:], v)
	if err != nil {
		return c, boltkit.Refuse(err)
	}
	return c, nil
}

// changeCard changes an account's card and gives it a new revision. Only nothing can be
// put onto that of one that is deleted.
func (s *Store) changeCard(ctx context.Context, id chat.AccountID, now int64, nothing bool, change func(*bbolt.Tx, *storage.Card) error) (c storage.Card, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		if c, err = getCard(tx, id); err != nil {
			return err
		}
		if gone, err := isDeleted(tx, id); err != nil || gone && !nothing {
			return boltkit.Refuse(cmp.Or(err, storage.ErrNotFound))
		}
		c.Rev = c.Next(now)
		if err := change(tx, &c); err != nil {
			return err
		}
		return tx.Bucket(bucketCards).Put(id[:], encodeCard(&c))
	})
	return c, err
}

// PutAvatar implements storage.Store.
func (s *Store) PutAvatar(ctx context.Context, id chat.AccountID, picture []byte, now int64) (storage.Card, error) {
	return s.changeCard(ctx, id, now, len(picture) == 0, func(tx *bbolt.Tx, c *storage.Card) error {
		if len(picture) == 0 {
			c.Avatar = chat.Hash{}
			return tx.Bucket(bucketAvatars).Delete(id[:])
		}
		c.Avatar = chat.AvatarHash(picture)
		return tx.Bucket(bucketAvatars).Put(id[:], picture)
	})
}

// PutStatus implements storage.Store.
func (s *Store) PutStatus(ctx context.Context, id chat.AccountID, status storage.Status, now int64) (storage.Card, error) {
	return s.changeCard(ctx, id, now, status == storage.Status{}, func(_ *bbolt.Tx, c *storage.Card) error {
		c.Status = status
		return nil
	})
}

// EndStatus implements storage.Store.
func (s *Store) EndStatus(ctx context.Context, id chat.AccountID, now int64) (c storage.Card, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		if c, err = getCard(tx, id); err != nil || !c.Status.Over(now) {
			return err
		}
		c.Rev, c.Status = c.Next(now), storage.Status{}
		return tx.Bucket(bucketCards).Put(id[:], encodeCard(&c))
	})
	return c, err
}

// Cards implements storage.Store.
func (s *Store) Cards(ctx context.Context) (all []storage.Card, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketCards).ForEach(func(k, v []byte) error {
			c, err := decodeCard(k, v)
			all = append(all, c)
			return err
		})
	})
	return all, err
}

// Avatar implements storage.Store.
func (s *Store) Avatar(ctx context.Context, id chat.AccountID) (picture []byte, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketAvatars).Get(id[:])
		if v == nil {
			return storage.ErrNotFound
		}
		picture = append(picture, v...)
		return nil
	})
	return picture, err
}

// verifyCards looks whether every card can be read, and has its picture.
func verifyCards(tx *bbolt.Tx) error {
	pictures := 0
	err := tx.Bucket(bucketCards).ForEach(func(k, v []byte) error {
		c, err := decodeCard(k, v)
		if err != nil || c.Avatar.IsZero() {
			return err
		}
		pictures++
		if v := tx.Bucket(bucketAvatars).Get(k); v == nil || chat.AvatarHash(v) != c.Avatar {
			return damaged("the avatar of %s is not the one its card names", c.Account)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n := tx.Bucket(bucketAvatars).Stats().KeyN; n != pictures {
		return damaged("%d avatars, %d cards that name one", n, pictures)
	}
	return nil
}
