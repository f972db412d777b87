//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"hearth/chat"
	"hearth/store"
	"hearth/store/secret"
)

// Direct checks what no server of today does to a client: it needs no other
// process, but one of its own, in which a bug can be planted.
func Direct(ctx context.Context, dir string) (err error) {
	owner := store.Owner{Server: chat.ServerID{1}, Account: chat.NewAccountID(), Device: chat.DeviceID{2}}
	s, err := store.Open(ctx, filepath.Join(dir+"-direct.db"), secret.NewKey(), owner, store.Options{})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	room := chat.NewRoomID()
	event := chat.Event{Room: room, Seq: 1, Kind: chat.KindMessage, Author: chat.NewAccountID(), MID: chat.NewMID(), Body: []byte(`{"text":"one"}`)}
	first := event.Chain(chat.Hash{})
	if _, err := s.Apply(ctx, store.Update{Rooms: []store.RoomUpdate{{Room: room, Events: []chat.Event{event}, Chain: first}}}); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	after := chat.Hash{7}
	event.Seq, event.MID = 8, chat.NewMID()
	_, err = s.Apply(ctx, store.Update{Rooms: []store.RoomUpdate{
		{Room: room, Void: &store.Void{From: 2, To: 7, Reason: "purged", Chain: after}},
		{Room: room, Events: []chat.Event{event}, Chain: event.Chain(after)},
	}})
	if err != nil {
		return fmt.Errorf("2.8 every sequence accounted for: what follows a void is refused: %w", err)
	}
	for _, seq := range []chat.Seq{8, 3} {
		c, err := s.SetRead(ctx, room, seq)
		if err != nil || c.Read != 8 || c.Unread != 0 {
			return fmt.Errorf("I10 markers grow: the marker went to %d at %d (%d unread, %w)", seq, c.Read, c.Unread, errors.Join(err, errMarker))
		}
	}
	return nil
}

var errMarker = errors.New("it must stay at 8")
