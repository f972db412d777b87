package memstore

import (
	"context"

	"hearth/chat"
)

// Named implements storage.Store.
func (s *Store) Named(ctx context.Context, id chat.RoomID, content chat.Hash, from chat.Seq) (found bool, err error) {
	err = s.with(ctx, func() error {
		if r := s.rooms[id]; r != nil {
			found = r.names(content, from)
		}
		return nil
	})
	return found, err
}

// NamedAnywhere implements storage.Store.
func (s *Store) NamedAnywhere(ctx context.Context, content chat.Hash) (found bool, err error) {
	err = s.with(ctx, func() error {
		for _, r := range s.rooms {
			found = found || r.names(content, 0)
		}
		return nil
	})
	return found, err
}

// NamedBytes implements storage.Store.
func (s *Store) NamedBytes(ctx context.Context, account chat.AccountID) (n int64, err error) {
	err = s.with(ctx, func() error {
		for _, r := range s.rooms {
			for i := range r.entries {
				if e := &r.entries[i].Event; e.Author == account {
					for _, c := range e.Contents() {
						n += c.Size
					}
				}
			}
		}
		return nil
	})
	return n, err
}

func (r *room) names(content chat.Hash, from chat.Seq) bool {
	for i := range r.entries {
		if r.entries[i].Event.Seq < from {
			continue
		}
		for _, c := range r.entries[i].Event.Contents() {
			if c.Hash == content {
				return true
			}
		}
	}
	return false
}
