package store

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store/secret"
)

func bytes16(t *rapid.T, what string) (id [16]byte) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, what))
	return id
}

func drawEvent(t *rapid.T) chat.Event {
	e := chat.Event{
		Kind: chat.Kind(rapid.StringN(0, 300, -1).Draw(t, "kind")), Author: bytes16(t, "author"), Device: bytes16(t, "device"),
		MID: bytes16(t, "mid"), Time: rapid.Int64().Draw(t, "time"),
	}
	if rapid.Bool().Draw(t, "common") {
		e.Kind = rapid.SampledFrom([]chat.Kind{chat.KindMessage, chat.KindJoin, chat.KindLeave, chat.KindName}).Draw(t, "known")
	}
	if e.Erased = rapid.Bool().Draw(t, "erased"); e.Erased {
		e.BodyHash = chat.HashBody(chat.Salt{}, e.MID[:])
		return e
	}
	e.Salt, e.Body = bytes16(t, "salt"), rapid.SliceOf(rapid.Byte()).Draw(t, "body")
	return e
}

func TestEventRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawEvent(t)
		wantChain := want.Chain(chat.Hash{1})
		record := appendEvent(nil, &want, wantChain)
		var got chat.Event
		var chain chat.Hash
		if !readEvent(record, &got, &chain) || chain != wantChain {
			t.Fatal("not read")
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		// Whatever is cut off or changed, reading ends without a panic.
		cut := rapid.IntRange(0, len(record)).Draw(t, "cut")
		readEvent(record[:cut], &got, &chain)
	})
}

func FuzzReadEvent(f *testing.F) {
	e := chat.Event{Kind: chat.KindMessage, Body: []byte("{}")}
	f.Add(appendEvent(nil, &e, chat.Hash{}))
	e = chat.Event{Kind: "k", Erased: true}
	f.Add(appendEvent(nil, &e, chat.Hash{2}))
	f.Fuzz(func(t *testing.T, record []byte) {
		var e chat.Event
		var chain chat.Hash
		if !readEvent(slices.Clone(record), &e, &chain) || record[0] > flagErased {
			return
		}
		again := appendEvent(nil, &e, chain)
		var e2 chat.Event
		var chain2 chat.Hash
		if !readEvent(again, &e2, &chain2) || chain != chain2 || !reflect.DeepEqual(e, e2) {
			t.Fatalf("%x became %x", record, again)
		}
	})
}

func FuzzReadState(f *testing.F) {
	r := chat.NewRoom(chat.RoomID{1})
	r.Members[chat.AccountID{2}] = chat.Member{Account: chat.AccountID{2}, Name: "n", Role: chat.RoleOwner, Joined: 7}
	f.Add(appendState(nil, r))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, record []byte) {
		r, err := readState(record)
		if err != nil {
			return
		}
		again, err := readState(appendState(nil, r))
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("%x: %v", record, err)
		}
	})
}

// A field that is added to chat.Room must be stored, too.
func TestStateRecordIsComplete(t *testing.T) {
	want := chat.NewRoom(chat.RoomID{})
	fillFields(t, reflect.ValueOf(want).Elem())
	for _, members := range []map[chat.AccountID]chat.Member{want.Members, want.Former} {
		var m chat.Member
		fillFields(t, reflect.ValueOf(&m).Elem())
		members[m.Account] = m
	}
	for id, m := range want.Members {
		m.Left, m.Removed, m.Deleted = 0, false, false // they are there
		want.Members[id] = m
	}
	got, err := readState(appendState(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	for _, kept := range []chat.Room{{Keep: 30}, {Keep: 7, Purged: 1 << 40}, {Purged: 5, Pins: []chat.Seq{9}}, {Archived: true, Keep: 1}, {HideReadings: true}, {Ruled: 9}, {Ruled: 9, HideReadings: true, Archived: true}} {
		kept.Members, kept.Former = maps.Clone(want.Members), map[chat.AccountID]chat.Member{}
		for id, m := range kept.Members {
			if kept.Ruled == 0 {
				m.From = 0 // it is written down from the first change on
			}
			kept.Members[id] = m
		}
		got, err := readState(appendState(nil, &kept))
		if err != nil || !cmp.Equal(&kept, got, cmpopts.EquateEmpty()) {
			t.Errorf("%+v is read as %+v, %v", kept, got, err)
		}
	}
	short := *want
	short.Pins, short.Archived, short.Former, short.Keep, short.Purged, short.HideReadings, short.Ruled = nil, false, nil, 0, 0, false, 0 // what states of before end without
	record := appendState(nil, &short)
	for n := range len(record) {
		if _, err := readState(record[:n]); err == nil {
			t.Errorf("%d of %d bytes were enough", n, len(record))
		}
	}
}

// TestCountersRecordIsComplete: the same for the numbers of a room.
func TestCountersRecordIsComplete(t *testing.T) {
	var want Counters
	fillFields(t, reflect.ValueOf(&want).Elem())
	want.Cursor.Seq = 77
	rec := want.record()
	if got := rec.counters(); got != want {
		t.Fatal(cmp.Diff(want, got))
	}
	var e Entry
	fillFields(t, reflect.ValueOf(&e).Elem())
	e.Body = []byte("x")
	entry := e.record()
	if diff := cmp.Diff(e, entry.entry(e.Order)); diff != "" {
		t.Fatal(diff)
	}
}

// fillFields gives every field a value that is not zero; maps and slices are left.
func fillFields(t *testing.T, v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Array:
			for j := range f.Len() {
				f.Index(j).SetUint(uint64(i + 1))
			}
		case reflect.String:
			f.SetString(string(rune('a' + i)))
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(i + 1))
		case reflect.Uint8, reflect.Uint64:
			f.SetUint(uint64(i + 1))
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Struct:
			fillFields(t, f)
		case reflect.Map, reflect.Slice:
		default:
			t.Fatalf("field %s: extend this test", v.Type().Field(i).Name)
		}
	}
}

func TestSeal(t *testing.T) {
	s, err := newSealer(secret.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	room := s.tag("room", []byte{1})
	p := eventPlace(&room, seqKey(7))
	huge := make([]byte, maxSealed+1) // not touched, so it costs nothing
	if n := testing.AllocsPerRun(1, func() { _, err = s.open(p, huge) }); err == nil || n > 2 {
		t.Errorf("a length with a wrong bit: %v, %v allocations", err, n)
	}
	seen := map[string]bool{}
	for i := range 3 * noncePool {
		sealed := s.seal(p, []byte("the same text"))
		nonce := string(sealed[1 : 1+nonceBytes])
		if seen[nonce] {
			t.Fatalf("nonce used twice at %d", i)
		}
		seen[nonce] = true
		if plain, err := s.open(p, sealed); err != nil || !bytes.Equal(plain, []byte("the same text")) {
			t.Fatal(err)
		}
		other := s.tag("room", []byte{2})
		for _, wrong := range []place{
			eventPlace(&room, seqKey(8)), eventPlace(&other, seqKey(7)), gapPlace(&room, seqKey(7)), {kind: bucketMeta, key: []byte("x")},
		} {
			if _, err := s.open(wrong, sealed); err == nil {
				t.Fatal("opened at another place")
			}
		}
		if i > 0 {
			continue
		}
		for at := range sealed {
			changed := bytes.Clone(sealed)
			changed[at] ^= 1
			if _, err := s.open(p, changed); err == nil {
				t.Fatalf("opened with byte %d changed", at)
			}
			if _, err := s.open(p, sealed[:at]); err == nil {
				t.Fatalf("opened with %d bytes", at)
			}
		}
	}
	stranger, err := newSealer(secret.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	if stranger.tag("room", []byte{1}) == room {
		t.Fatal("names do not depend on the key")
	}
}
