package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store"
)

// outboxLimit is small, so that random histories meet it.
const outboxLimit = 8

// Random plays random histories to the subject and to a Model and compares
// everything that can be seen after each step. fresh must return an Opener over
// data of its own for every history.
func Random(t *testing.T, fresh func(t *rapid.T) (open Opener, discard func())) {
	rapid.Check(t, func(t *rapid.T) {
		open, discard := fresh(t)
		defer discard()
		m := newMachine(t, open)
		defer func() { _ = m.real.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"":         m.compare,
			"apply":    m.apply,
			"bad":      m.applyBad,
			"enqueue":  m.enqueue,
			"outbox":   m.changeOutbox,
			"room":     m.changeRoom,
			"small":    m.changeSmall,
			"rewind":   m.rewind,
			"fill":     m.fill,
			"void":     m.void,
			"window":   m.window,
			"reopen":   m.reopen,
			"continue": m.apply, // twice, so that logs grow
		})
	})
}

type machine struct {
	ctx   context.Context
	open  Opener
	owner store.Owner
	other chat.AccountID
	real  Store
	model *Model

	logs []*Log
	ids  uint64
	mids []chat.MID // every id ever submitted
}

func newMachine(t *rapid.T, open Opener) *machine {
	m := &machine{
		ctx: t.Context(), open: open, other: chat.AccountID{2},
		owner: store.Owner{Server: chat.ServerID{9}, Account: chat.AccountID{1}, Device: chat.DeviceID{7}},
	}
	for i := range 3 {
		m.logs = append(m.logs, NewLog(chat.RoomID{byte(i + 1)}))
	}
	m.model = NewModel(m.owner, outboxLimit)
	m.reopen(t)
	return m
}

// mid returns an id that repeats when a failing history is repeated.
func (m *machine) mid() (mid chat.MID) {
	m.ids++
	binary.BigEndian.PutUint64(mid[:], m.ids)
	return mid
}

func (m *machine) reopen(t *rapid.T) {
	if m.real != nil {
		if err := m.real.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	var err error
	if m.real, err = m.open(m.owner, outboxLimit); err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := m.real.Check(m.ctx); err != nil {
		t.Fatalf("check: %v", err)
	}
}

// same compares the outcomes of one operation.
func same[V any](t *rapid.T, what string, real, model func() (V, error)) {
	t.Helper()
	got, gotErr := real()
	want, wantErr := model()
	if errorClass(gotErr) != errorClass(wantErr) {
		t.Fatalf("%s: error %v, the model says %v", what, gotErr, wantErr)
	}
	if reflect.DeepEqual(got, want) {
		return // nearly always, and much faster
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Fatalf("%s (-model +real):\n%s", what, diff)
	}
}

var options = cmp.Options{
	cmpopts.EquateEmpty(),
	// Applied.Resolved has no order.
	cmpopts.SortSlices(func(a, b chat.MID) bool { return slices.Compare(a[:], b[:]) < 0 }),
	// By hand, because there are many.
	cmp.Comparer(func(a, b chat.Event) bool {
		same := bytes.Equal(a.Body, b.Body)
		a.Body, b.Body = nil, nil
		return same && reflect.DeepEqual(a, b)
	}),
	cmp.Comparer(func(a, b chat.Room) bool { return reflect.DeepEqual(a, b) }),
	cmp.Comparer(func(a, b store.Counters) bool { return a == b }),
	cmp.Comparer(func(a, b chat.RoomID) bool { return a == b }),
	cmp.Comparer(func(a, b chat.MID) bool { return a == b }),
}

func sameError(t *rapid.T, what string, real, model error) {
	t.Helper()
	if errorClass(real) != errorClass(model) {
		t.Fatalf("%s: error %v, the model says %v", what, real, model)
	}
}

func errorClass(err error) string {
	var gap *store.GapError
	var chain *store.ChainError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &gap):
		return fmt.Sprintf("gap %v", *gap)
	case errors.As(err, &chain):
		return fmt.Sprintf("chain %v", *chain)
	}
	for _, known := range []error{
		store.ErrNotFound, store.ErrInvalid, store.ErrOutboxFull, store.ErrDuplicateMID, store.ErrTransmitted,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "other: " + err.Error()
}

// compare looks at everything.
func (m *machine) compare(t *rapid.T) {
	same(t, "rooms", func() ([]store.Room, error) { return sorted(m.real.Rooms(m.ctx)) },
		func() ([]store.Room, error) { return sorted(m.model.Rooms(m.ctx)) })
	same(t, "outbox", func() ([]store.Entry, error) { return m.real.Outbox(m.ctx) },
		func() ([]store.Entry, error) { return m.model.Outbox(m.ctx) })
	for _, l := range m.logs {
		q := store.Query{Limit: 10_000}
		same(t, "all messages", func() (store.Window, error) { return m.real.Messages(m.ctx, l.Room, q) },
			func() (store.Window, error) { return m.model.Messages(m.ctx, l.Room, q) })
		same(t, "draft", func() (chat.Draft, error) { return m.real.Draft(m.ctx, l.Room) },
			func() (chat.Draft, error) { return m.model.Draft(m.ctx, l.Room) })
		same(t, "strays", func() ([]chat.Event, error) { return m.real.Strays(m.ctx, l.Room) },
			func() ([]chat.Event, error) { return m.model.Strays(m.ctx, l.Room) })
	}
	same(t, "info", func() (store.Info, error) { return m.real.Info(m.ctx) }, func() (store.Info, error) { return m.model.Info(m.ctx) })
	same(t, "epoch", func() (chat.Epoch, error) { return m.real.Epoch(m.ctx) }, func() (chat.Epoch, error) { return m.model.Epoch(m.ctx) })
	for _, key := range settingKeys {
		same(t, "setting", func() ([]byte, error) { return m.real.Setting(m.ctx, key) },
			func() ([]byte, error) { return m.model.Setting(m.ctx, key) })
	}
}

func sorted(rooms []store.Room, err error) ([]store.Room, error) {
	slices.SortFunc(rooms, func(a, b store.Room) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return rooms, err
}

func (m *machine) log(t *rapid.T) *Log { return rapid.SampledFrom(m.logs).Draw(t, "room") }

// anyMID draws an id that may be in the outbox, or not.
func (m *machine) anyMID(t *rapid.T) chat.MID {
	if len(m.mids) == 0 || rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
		return m.mid()
	}
	recent := m.mids[max(0, len(m.mids)-2*outboxLimit):]
	return rapid.SampledFrom(recent).Draw(t, "mid")
}

// grow lets the server's log gain events, among them some of ours.
func (m *machine) grow(t *rapid.T, l *Log) {
	for range rapid.IntRange(0, 6).Draw(t, "grow") {
		kind := rapid.SampledFrom([]chat.Kind{
			chat.KindMessage, chat.KindMessage, chat.KindMessage, chat.KindJoin, "sealed", "a.kind.nobody.knows",
		}).Draw(t, "kind")
		author, device, mid := m.other, chat.DeviceID{8}, m.mid()
		switch rapid.IntRange(0, 5).Draw(t, "author") {
		case 0: // from another device of ours
			author = m.owner.Account
		case 1, 2: // an outbox entry arrives
			author, device, mid = m.owner.Account, m.owner.Device, m.anyMID(t)
		case 3: // somebody else uses an id of ours
			mid = m.anyMID(t)
		}
		body := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "body")
		e := l.Append(kind, author, device, mid, body)
		if rapid.IntRange(0, 9).Draw(t, "erased") == 0 {
			e.Erased, e.BodyHash, e.Body, e.Salt = true, chat.HashBody(e.Salt, e.Body), nil, chat.Salt{}
			l.Events[e.Seq-1] = e
		}
	}
}

// next makes an update that goes on where the model's room ends, or a little before.
func (m *machine) next(t *rapid.T, l *Log) store.RoomUpdate {
	m.grow(t, l)
	ru := store.RoomUpdate{Room: l.Room}
	cursor := chat.Seq(0)
	if r := m.model.rooms[l.Room]; r != nil {
		cursor = r.cursor().Seq
	}
	from := cursor + 1 - min(cursor, chat.Seq(rapid.IntRange(0, 3).Draw(t, "again")))
	if to := l.Head(); to >= from {
		to = chat.Seq(rapid.Uint64Range(uint64(from), uint64(to)).Draw(t, "to"))
		if rapid.IntRange(0, 5).Draw(t, "void") == 0 {
			ru.Void = &store.Void{From: from, To: to, Reason: anyReason(t), Chain: l.Chain(to), Hole: rapid.Bool().Draw(t, "hole")}
			ru.Void.Begins = !ru.Void.Hole && rapid.Bool().Draw(t, "begins")
		} else {
			ru.Events, ru.Chain = l.Part(from, to)
		}
	}
	if rapid.Bool().Draw(t, "state") {
		ru.State = chat.NewRoom(l.Room)
		ru.State.Name = fmt.Sprint("room ", m.ids)
		ru.State.Members[m.other] = chat.Member{Account: m.other, Name: "other", Joined: 1}
	}
	ru.Notified = chat.Seq(rapid.Uint64Range(0, uint64(l.Head())).Draw(t, "notified"))
	return ru
}

// anyReason is why a place holds nothing.
func anyReason(t *rapid.T) string {
	return rapid.SampledFrom([]string{"purged", "not_visible", "damaged"}).Draw(t, "reason")
}

func (m *machine) applyBoth(t *rapid.T, u store.Update) {
	same(t, "apply", func() (store.Applied, error) { return m.real.Apply(m.ctx, u) },
		func() (store.Applied, error) { return m.model.Apply(m.ctx, u) })
}

func (m *machine) apply(t *rapid.T) {
	var u store.Update
	for range rapid.IntRange(1, 3).Draw(t, "rooms") {
		u.Rooms = append(u.Rooms, m.next(t, m.log(t)))
	}
	m.applyBoth(t, u)
}

// applyBad offers a batch that must be refused as a whole, good parts included.
func (m *machine) applyBad(t *rapid.T) {
	l := m.log(t)
	m.grow(t, l)
	u := store.Update{Rooms: []store.RoomUpdate{m.next(t, m.logs[0])}}
	bad := m.next(t, l)
	switch rapid.IntRange(0, 3).Draw(t, "how") {
	case 0:
		bad.Chain[0] ^= 1
	case 1:
		if len(bad.Events) > 1 {
			bad.Events = slices.Delete(bad.Events, 0, 1)
		}
	case 2:
		if len(bad.Events) > 0 {
			bad.Events[rapid.IntRange(0, len(bad.Events)-1).Draw(t, "at")].Time++
		}
	case 3:
		if bad.Void != nil {
			bad.Void.From += 2
		}
	}
	u.Rooms = append(u.Rooms, bad)
	m.applyBoth(t, u)
}

// fill loads a part of a hole, or offers what must be refused.
func (m *machine) fill(t *rapid.T) {
	l := m.log(t)
	gaps, err := m.model.Gaps(m.ctx, l.Room)
	if err != nil || len(gaps) == 0 {
		return
	}
	g := rapid.SampledFrom(gaps).Draw(t, "gap")
	from, to := g.From, g.To
	switch rapid.IntRange(0, 3).Draw(t, "part") {
	case 0:
		from = chat.Seq(rapid.Uint64Range(uint64(from), uint64(to)).Draw(t, "from"))
	case 1:
		to = chat.Seq(rapid.Uint64Range(uint64(from), uint64(to)).Draw(t, "to"))
	case 2:
		from = chat.Seq(rapid.Uint64Range(uint64(from), uint64(to)).Draw(t, "from"))
		to = chat.Seq(rapid.Uint64Range(uint64(from), uint64(to)).Draw(t, "to"))
	}
	f := store.Fill{Room: l.Room, Before: l.Chain(from - 1)}
	f.Events, f.Chain = l.Part(from, to)
	if i := len(f.Events) - 1; rapid.IntRange(0, 5).Draw(t, "bad") == 0 {
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			f.Before[0] ^= 1
		case 1:
			f.Chain[0] ^= 1
		case 2:
			f.Events[i].Time++
			f.Chain = f.Events[i].Chain(l.Chain(to - 1))
			if to < g.To {
				return // only where it meets what is known can it be told from the truth
			}
		}
	}
	same(t, "fill", func() (store.Filled, error) { return m.real.FillHole(m.ctx, f) },
		func() (store.Filled, error) { return m.model.FillHole(m.ctx, f) })
}

// void declares that an end of a hole, or all up to a place, holds nothing.
func (m *machine) void(t *rapid.T) {
	l := m.log(t)
	gaps, err := m.model.Gaps(m.ctx, l.Room)
	if err != nil || len(gaps) == 0 {
		return
	}
	g := rapid.SampledFrom(gaps).Draw(t, "gap")
	v := store.Void{From: g.From, To: g.To, Reason: anyReason(t)}
	middle := chat.Seq(rapid.Uint64Range(uint64(g.From), uint64(g.To)).Draw(t, "middle"))
	if rapid.IntRange(0, 3).Draw(t, "before") == 0 {
		v.From, v.To, v.Chain = 0, middle, l.Chain(middle)
		same(t, "void before", func() ([]chat.MID, error) { return m.real.VoidBefore(m.ctx, l.Room, v) },
			func() ([]chat.MID, error) { return m.model.VoidBefore(m.ctx, l.Room, v) })
		return
	}
	switch rapid.IntRange(0, 2).Draw(t, "end") {
	case 0:
		v.From = middle
	case 1:
		v.To = middle
	}
	v.Chain = l.Chain(v.To)
	before := l.Chain(v.From - 1)
	if rapid.IntRange(0, 5).Draw(t, "bad") == 0 && (v.From == g.From || v.To == g.To) {
		before[0] ^= 1
		v.Chain[0] ^= 1
	}
	same(t, "void hole", func() ([]chat.MID, error) { return m.real.VoidHole(m.ctx, l.Room, v, before) },
		func() ([]chat.MID, error) { return m.model.VoidHole(m.ctx, l.Room, v, before) })
}

func (m *machine) rewind(t *rapid.T) {
	l := m.log(t)
	to := chat.Seq(rapid.Uint64Range(0, uint64(l.Head()+1)).Draw(t, "to"))
	var state *chat.Room
	if to > 0 {
		state = chat.NewRoom(l.Room)
	}
	re := store.Rewinding{To: to, State: state}
	if rapid.Bool().Draw(t, "offer") {
		re.Offer = func(e *chat.Event) (chat.Kind, []byte, bool) {
			return e.Kind, e.Body, e.Kind == chat.KindMessage && !e.Erased
		}
	}
	before := m.model.rooms[l.Room] != nil && to <= m.model.rooms[l.Room].cursor().Seq
	same(t, "rewind", func() (store.Rewound, error) { return m.real.Rewind(m.ctx, l.Room, re) },
		func() (store.Rewound, error) {
			done, err := m.model.Rewind(m.ctx, l.Room, re)
			before = before && err == nil
			return done, err
		})
	if before {
		l.Cut(to)
	}
}

func (m *machine) window(t *rapid.T) {
	l := m.log(t)
	q := store.Query{
		Place: store.Place(rapid.IntRange(0, 3).Draw(t, "place")),
		Seq:   chat.Seq(rapid.Uint64Range(0, uint64(l.Head()+2)).Draw(t, "seq")),
		Limit: rapid.IntRange(0, 7).Draw(t, "limit"),
	}
	same(t, fmt.Sprintf("window %+v", q), func() (store.Window, error) { return m.real.Messages(m.ctx, l.Room, q) },
		func() (store.Window, error) { return m.model.Messages(m.ctx, l.Room, q) })
	same(t, "event", func() (chat.Event, error) { return m.real.Event(m.ctx, l.Room, q.Seq) },
		func() (chat.Event, error) { return m.model.Event(m.ctx, l.Room, q.Seq) })
	same(t, "chain", func() (chat.Hash, error) { return m.real.ChainAt(m.ctx, l.Room, q.Seq) },
		func() (chat.Hash, error) { return m.model.ChainAt(m.ctx, l.Room, q.Seq) })
	at := []chat.Seq{q.Seq, q.Seq / 2, 0, 1 << 60}
	same(t, "places", func() ([]chat.Head, error) { return m.real.Places(m.ctx, l.Room, at) },
		func() ([]chat.Head, error) { return m.model.Places(m.ctx, l.Room, at) })
	same(t, "room", func() (store.Room, error) { return m.real.Room(m.ctx, l.Room) },
		func() (store.Room, error) { return m.model.Room(m.ctx, l.Room) })
}
