package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

var (
	owner = store.Owner{
		Server: chat.ServerID(bytes.Repeat([]byte("server-9"), 4)), Account: chat.AccountID([]byte("account-account-")),
		Device: chat.DeviceID([]byte("device-device-de")),
	}
	other = chat.AccountID([]byte("somebody-else-is"))
	room1 = chat.RoomID([]byte("room-one-room-on"))
)

// db is a database file that tests open again and again.
type db struct {
	t    *testing.T
	path string
	key  secret.Key
}

func newDB(t *testing.T) *db {
	return &db{t: t, path: filepath.Join(testkit.Dir(t), "store.db"), key: secret.NewKey()}
}

func (d *db) open() *store.Store {
	d.t.Helper()
	s, err := store.Open(d.t.Context(), d.path, d.key, owner, store.Options{Log: testkit.Logger(d.t)})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = s.Close() })
	return s
}

// change opens the file behind the store's back.
func (d *db) change(fn func(tx *bbolt.Tx) error) {
	d.t.Helper()
	raw, err := bbolt.Open(d.path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := errors.Join(raw.Update(fn), raw.Close()); err != nil {
		d.t.Fatal(err)
	}
}

func apply(t *testing.T, s *store.Store, l *storetest.Log, from, to chat.Seq) store.Applied {
	t.Helper()
	events, chain := l.Part(from, to)
	done, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: l.Room, Events: events, Chain: chain}}})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func filled(t *testing.T, s *store.Store, n int) *storetest.Log {
	t.Helper()
	l := storetest.NewLog(room1)
	for i := range n {
		l.Text(other, fmt.Sprintf("canary-text-%d", i))
	}
	apply(t, s, l, 1, l.Head())
	return l
}

func TestOpenTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the wait alone counts, not how busy the machine is
		d := newDB(t)
		s := d.open()
		defer func() { _ = s.Close() }()
		from := time.Now()
		_, err := store.Open(t.Context(), d.path, d.key, owner, store.Options{})
		if !errors.Is(err, store.ErrInUse) {
			t.Fatal(err)
		}
		if waited := time.Since(from); waited > time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestOpenOthers(t *testing.T) {
	d := newDB(t)
	s := d.open()
	filled(t, s, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(key secret.Key, o store.Owner, want error) {
		t.Helper()
		if _, err := store.Open(t.Context(), d.path, key, o, store.Options{}); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	try(secret.NewKey(), owner, store.ErrWrongKey)
	stranger := owner
	stranger.Account = other
	try(d.key, stranger, store.ErrOtherOwner)
	stranger = owner
	stranger.Server = chat.ServerID{8}
	try(d.key, stranger, store.ErrOtherOwner)
	if _, err := store.Open(t.Context(), d.path, secret.Key{}, owner, store.Options{}); err == nil {
		t.Error("opened without a key")
	}
	if now, err := os.ReadFile(d.path); err != nil || !bytes.Equal(now, before) {
		t.Error("a refused opening changed the file")
	}

	// The same account signs in again as another device and finds everything.
	again := owner
	again.Device = chat.DeviceID{70}
	s, err = store.Open(t.Context(), d.path, d.key, again, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rooms, err := s.Rooms(t.Context()); err != nil || len(rooms) != 1 || rooms[0].Unread != 3 {
		t.Errorf("%v, %v", rooms, err)
	}
}

func TestClosed(t *testing.T) {
	d := newDB(t)
	s := d.open()
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rooms(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Error(err)
	}
	if err := s.SetDraft(t.Context(), room1, chat.Draft{Text: "x"}); !errors.Is(err, store.ErrClosed) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Rooms(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNewerFormat(t *testing.T) {
	d := newDB(t)
	if err := d.open().Close(); err != nil {
		t.Fatal(err)
	}
	d.change(func(tx *bbolt.Tx) error {
		return store.PutFormat(tx, 99)
	})
	if _, err := store.Open(t.Context(), d.path, d.key, owner, store.Options{}); !errors.Is(err, store.ErrNewer) {
		t.Fatal(err)
	}
}

// Nothing a person wrote or is called stands readable in the file.
func TestFileTellsNothing(t *testing.T) {
	d := newDB(t)
	s := d.open()
	l := filled(t, s, 40)
	canary := func(n string) string { return "canary-" + n }
	state := chat.NewRoom(room1)
	state.Name = canary("roomname")
	_, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: room1, State: state}}})
	mid := chat.NewMID()
	_, err2 := s.Enqueue(t.Context(), store.Submission{
		MID: mid, Room: room1, Kind: chat.KindMessage, Body: storetest.TextBody(canary("waiting")),
	})
	err = errors.Join(err, err2,
		s.Fail(t.Context(), mid, chat.CodeForbidden, canary("reason")),
		s.SetDraft(t.Context(), room1, chat.Draft{
			Text: canary("draft"), Edit: chat.DraftEdit{Seq: 1, Text: canary("change")},
			Files: []chat.DraftFile{{Path: canary("path"), Name: canary("file")}},
		}),
		s.SetSetting(t.Context(), canary("key"), []byte(canary("value"))),
		s.SetInfo(t.Context(), store.Info{Group: canary("group"), Name: canary("name")}),
		s.Close())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	for what, needle := range map[string][]byte{
		"text": []byte("canary"), "key": d.key[:], "room": room1[:], "room as text": []byte(room1.String()),
		"message id": l.Events[7].MID[:], "waiting id": mid[:], "author": other[:], "account": owner.Account[:],
		"server": owner.Server[:], "device": owner.Device[:],
		"bucket name": []byte("outbox"), "kind": []byte("message"),
	} {
		if bytes.Contains(file, needle) {
			t.Errorf("the file shows: %s", what)
		}
	}
}

// Every value of the file, changed or put in the place of another of its bucket,
// is noticed by Check.
func TestCheckNotices(t *testing.T) {
	d := newDB(t)
	s := d.open()
	filled(t, s, 5)
	_, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{
		{Room: room1, State: chat.NewRoom(room1)},
		{Room: room1, Void: &store.Void{From: 6, To: 7, Reason: "purged", Chain: chat.Hash{1}}},
	}})
	for i := range 2 {
		_, err2 := s.Enqueue(t.Context(), store.Submission{MID: chat.NewMID(), Room: room1, Kind: "k", Body: []byte{byte(i)}})
		err = errors.Join(err, err2, s.SetDraft(t.Context(), chat.RoomID{byte(i + 1)}, chat.Draft{Text: "d"}),
			s.SetSetting(t.Context(), fmt.Sprint(i), []byte("v")))
	}
	if err := errors.Join(err, s.SetEpoch(t.Context(), chat.Epoch{1}), s.Check(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := os.WriteFile(d.path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	places := 0
	for _, how := range []string{"flip", "remove", "swap"} {
		for i := 0; ; i++ {
			restore()
			more := d.harm(i, how)
			if !more {
				places = max(places, i)
				break
			}
			if err := d.openAndCheck(); !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrWrongKey) && !(how == "remove" && err == nil) {
				t.Errorf("%s of value %d: %v", how, i, err)
			}
		}
	}
	if places < 15 {
		t.Errorf("only %d values were tried", places)
	}
	restore()
	if err := d.openAndCheck(); err != nil {
		t.Fatal(err)
	}
}

func (d *db) openAndCheck() error {
	s, err := store.Open(d.t.Context(), d.path, d.key, owner, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Check(d.t.Context()), s.Close())
}

// harm changes the i-th sealed value; false if there is none.
func (d *db) harm(i int, how string) (found bool) {
	d.change(func(tx *bbolt.Tx) error {
		var walk func(b *bbolt.Bucket) error
		walk = func(b *bbolt.Bucket) error {
			var keys, nested [][]byte
			err := b.ForEach(func(k, v []byte) error {
				if v == nil {
					nested = append(nested, bytes.Clone(k))
				} else {
					keys = append(keys, bytes.Clone(k))
				}
				return nil
			})
			for at, k := range keys {
				if i--; i >= 0 {
					continue
				}
				if found {
					return err
				}
				found = true
				v := bytes.Clone(b.Get(k))
				switch how {
				case "flip":
					v[len(v)/2] ^= 1
					return b.Put(k, v)
				case "remove":
					return b.Delete(k)
				}
				partner := keys[(at+1)%len(keys)]
				w := bytes.Clone(b.Get(partner))
				if len(keys) == 1 {
					return b.Put(k, append(v[:1:1], bytes.Repeat([]byte{7}, 60)...))
				}
				return errors.Join(b.Put(k, w), b.Put(partner, v))
			}
			for _, k := range nested {
				err = errors.Join(err, walk(b.Bucket(k)))
			}
			return err
		}
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if string(name) == "hearth" || string(name) == "client" {
				return nil
			}
			return walk(b)
		})
	})
	return found
}

func TestDamagedFile(t *testing.T) {
	d := newDB(t)
	s := d.open()
	filled(t, s, 500)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"cut in the middle": whole[:len(bytes.TrimRight(whole, "\x00"))*3/4], "cut short": whole[:5000], "no database": bytes.Repeat([]byte("hearth"), 4000),
		"zeroes": make([]byte, len(whole)),
	} {
		if err := os.WriteFile(d.path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(t.Context(), d.path, d.key, owner, store.Options{})
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := os.ReadFile(d.path); err != nil || !bytes.Equal(now, file) {
			t.Errorf("%s: the file was touched", name)
		}
	}
}

func TestErrorsCarryNoText(t *testing.T) {
	d := newDB(t)
	s := d.open()
	l := filled(t, s, 3)
	l.Text(other, "canary")
	l.Text(other, "canary")
	bad, chain := l.Part(4, 5)
	bad[0].Body = storetest.TextBody("canary changed")
	for _, ru := range []store.RoomUpdate{
		{Room: room1, Events: bad, Chain: chain},
		{Room: room1, Events: bad[1:], Chain: chain},
		{Room: chat.RoomID{5}, Events: bad, Chain: chain},
	} {
		_, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{ru}})
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v", err)
		}
	}
}
