package boltstore

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server/storage"
)

// The generators fill every field by reflection, so that a field added to a noun
// and forgotten in a record fails here.
func roundTrip[T any](draw *rapid.Generator[T], through func(T) (T, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		want := draw.Draw(t, "value")
		got, err := through(want)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("-want +got:\n%s", d)
		}
	}
}

func TestRoundTrips(t *testing.T) {
	t.Run("account", func(t *testing.T) {
		rapid.Check(t, roundTrip(rapid.Make[storage.Account](), func(a storage.Account) (storage.Account, error) {
			return decodeAccount(a.ID, encodeAccount(&a))
		}))
	})
	t.Run("device", func(t *testing.T) {
		rapid.Check(t, roundTrip(rapid.Make[storage.Device](), func(d storage.Device) (storage.Device, error) {
			return decodeDevice(d.ID, encodeDevice(&d))
		}))
	})
	t.Run("invite", func(t *testing.T) {
		rapid.Check(t, roundTrip(rapid.Make[storage.Invite](), func(i storage.Invite) (storage.Invite, error) {
			return decodeInvite(i.ID, encodeInvite(&i))
		}))
	})
	t.Run("marker", func(t *testing.T) {
		rapid.Check(t, roundTrip(rapid.Make[storage.Marker](), func(m storage.Marker) (storage.Marker, error) {
			return decodeMarker(m.Account, m.Room, encodeMarker(&m))
		}))
	})
	t.Run("state", func(t *testing.T) {
		states := rapid.Custom(func(t *rapid.T) chat.Room {
			r := rapid.Make[chat.Room]().Draw(t, "room")
			for id, m := range r.Members {
				m.Left, m.Removed, m.Deleted = 0, false, false // they are there
				r.Members[id] = m
			}
			for _, members := range []map[chat.AccountID]chat.Member{r.Members, r.Former} {
				for id, m := range members {
					m.Account = id
					if r.Ruled == 0 {
						m.From = 0 // it is written down from the first change on
					}
					members[id] = m
				}
			}
			return r
		})
		rapid.Check(t, roundTrip(states, func(r chat.Room) (chat.Room, error) {
			got, err := decodeState(r.ID, encodeState(&r))
			return *got, err
		}))
	})
	t.Run("entry", func(t *testing.T) { rapid.Check(t, roundTrip(entries(), entryThrough)) })
	t.Run("batch", func(t *testing.T) { rapid.Check(t, roundTrip(batches(), batchThrough)) })
}

func entries() *rapid.Generator[storage.Entry] {
	return rapid.Custom(func(t *rapid.T) storage.Entry {
		e := rapid.Make[storage.Entry]().Draw(t, "entry")
		if rapid.Bool().Draw(t, "known kind") {
			e.Event.Kind = rapid.SampledFrom(knownKinds[:]).Draw(t, "kind")
		}
		if e.Event.Erased {
			e.Event.Body, e.Event.Salt = nil, chat.Salt{}
		} else {
			e.Event.BodyHash = chat.Hash{}
		}
		return e
	})
}

func entryThrough(e storage.Entry) (storage.Entry, error) {
	b := appendEntry(nil, &e)
	account, mid, chain, err := entryIDs(b)
	if err == nil && (account != e.Event.Author || mid != e.Event.MID || chain != e.Chain || len(b) > entrySize(&e)) {
		return e, damaged("entryIDs or entrySize differ")
	}
	return decodeEntry(b, e.Event.Room, e.Event.Seq)
}

func batches() *rapid.Generator[storage.Batch] {
	return rapid.Custom(func(t *rapid.T) storage.Batch {
		b := storage.Batch{
			Room: rapid.Make[chat.RoomID]().Draw(t, "room"), Expect: chat.Seq(rapid.Uint64Range(0, 1<<53-1000).Draw(t, "expect")),
			DSeqs:   rapid.Make[map[chat.DeviceID]uint64]().Draw(t, "dseqs"),
			Entries: rapid.SliceOfN(entries(), 1, 10).Draw(t, "entries"),
		}
		for i := range b.Entries {
			b.Entries[i].Event.Room, b.Entries[i].Event.Seq = b.Room, b.Expect+chat.Seq(i)+1
		}
		return b
	})
}

func batchThrough(b storage.Batch) (got storage.Batch, err error) {
	raw := appendBatch(nil, &b)
	if len(raw) > batchSize(&b) {
		return got, damaged("batchSize is %d, the record has %d", batchSize(&b), len(raw))
	}
	r, err := decodeBatch(raw)
	if err != nil {
		return got, err
	}
	got = storage.Batch{Room: r.room, Expect: r.expect, DSeqs: map[chat.DeviceID]uint64{}}
	for _, ds := range r.dseqs {
		got.DSeqs[ds.device] = ds.dseq
	}
	for i, raw := range r.entries {
		e, err := decodeEntry(raw, r.room, r.expect+chat.Seq(i)+1)
		if err != nil {
			return got, err
		}
		got.Entries = append(got.Entries, e)
	}
	return got, nil
}

// FuzzDecode feeds records that nobody has written: an error or a value, never a
// panic, never memory beyond the record's size.
func FuzzDecode(f *testing.F) {
	e := storage.Entry{Event: chat.Event{Kind: chat.KindMessage, Body: []byte("{}")}}
	b := storage.Batch{Entries: []storage.Entry{e, e}, DSeqs: map[chat.DeviceID]uint64{{1}: 7}}
	f.Add(appendEntry(nil, &e))
	f.Add(appendBatch(nil, &b))
	f.Add(encodeAccount(&storage.Account{Name: "a"}))
	f.Add(encodeAccount(&storage.Account{Name: "a", Recovery: storage.Recovery{Key: []byte("k"), Made: 1, Used: []byte("u"), By: chat.DeviceID{1}, Until: 2}}))
	f.Add(encodeDevice(&storage.Device{Name: "d"}))
	f.Add(encodeInvite(&storage.Invite{}))
	f.Add(encodeState(&chat.Room{Members: map[chat.AccountID]chat.Member{{1}: {Account: chat.AccountID{1}}}}))
	f.Add(roomRecord{}.encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if e, err := decodeEntry(raw, chat.RoomID{}, 1); err == nil && len(e.Event.Body) > len(raw) {
			t.Error("a body longer than its record")
		}
		if r, err := decodeBatch(raw); err == nil && len(r.entries) > len(raw) {
			t.Error("more entries than bytes")
		}
		_, _, _, _ = entryIDs(raw)
		_, _ = decodeAccount(chat.AccountID{}, raw)
		_, _ = decodeDevice(chat.DeviceID{}, raw)
		_, _ = decodeInvite(chat.InviteID{}, raw)
		_, _ = decodeState(chat.RoomID{}, raw)
		_, _ = decodeRoom(raw)
	})
}
