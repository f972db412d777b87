package host

import (
	"context"
	"errors"
	"time"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// Stock is what a group has on its server, for whoever is about to end it.
type Stock struct {
	Accounts int // not deleted
	Rooms    int
	Messages int // in all rooms, not deleted
}

// Stock counts what the server has. It reads every log from end to end.
func (h *Host) Stock(ctx context.Context) (s Stock, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)() // a server that stops does not wait for it
	people, err := h.People(ctx)
	if err != nil {
		return s, err
	}
	s.Accounts = len(people)
	rooms, err := h.store.RoomIDs(ctx)
	if err != nil {
		return s, err
	}
	for _, id := range rooms {
		n, err := messagesIn(ctx, h.store, id, h.config.Limits)
		if err != nil {
			return s, err
		}
		s.Rooms++
		s.Messages += n
	}
	return s, nil
}

func messagesIn(ctx context.Context, store *boltstore.Store, room chat.RoomID, l chat.Limits) (n int, err error) {
	log, err := store.Room(ctx, room)
	if err != nil {
		return 0, err
	}
	for from := log.State.Purged + 1; from <= log.Head.Seq; {
		page, err := store.Read(ctx, room, from, log.Head.Seq, l.PageEvents, l.PageBytes)
		if errors.Is(err, storage.ErrDamaged) || errors.Is(err, storage.ErrPurged) {
			from++
			continue
		}
		if err != nil || len(page.Events) == 0 {
			return n, err
		}
		for i := range page.Events {
			if e := &page.Events[i]; e.Kind == chat.KindMessage && !e.Erased {
				n++
			}
		}
		from = page.Events[len(page.Events)-1].Seq + 1
	}
	return n, ctx.Err()
}

// BackupStock is what lies in the folder of backups.
type BackupStock struct {
	Dir  string
	List []BackupFile // the newest first
}

// BackupFile is one copy in that folder. It was looked through when it was made; whether
// it is still what it was, VerifyFile tells.
type BackupFile struct {
	Path  string
	At    time.Time
	Bytes int64
	Asked bool // by a person
}

// BackupsIn looks into the folder of backups of the data in dir, whether a server runs on
// them or not.
func BackupsIn(dir string) (BackupStock, error) {
	b := Backups{}.withDefaults(dir)
	s := BackupStock{Dir: b.Dir}
	list, err := listBackups(b.Dir)
	for i := range list {
		s.List = append(s.List, BackupFile{list[i].path, list[i].at, list[i].bytes, list[i].asked()})
	}
	return s, err
}
