package storagetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// Model compares an engine with memstore: random operations on both must have
// the same results, also over reopening.
func Model(t *testing.T, e Engine) {
	rapid.Check(t, func(t *rapid.T) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m := &machine{ctx: ctx, engine: e, dir: tempDir(t), model: memstore.New()}
		m.reopen(t)
		defer func() {
			m.check("Close", m.real.Close(), m.model.Close(), t)
		}()
		t.Repeat(m.actions())
		m.compareAll(t)
	})
}

// tempDir is a folder of one run; the test's own would grow with every run.
func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "hearth-model-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// machine holds both stores and what has been made so far, to draw from.
type machine struct {
	ctx    context.Context
	engine Engine
	dir    string
	real   storage.Store
	model  storage.Store

	writers  []*Writer
	people   []Person
	sent     []storage.Entry
	accounts []storage.Account
	devices  []storage.Device
	invites  []storage.Invite
	clock    int64 // of purges
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"Found": m.found, "Message": m.message, "Burst": m.burst, "Membership": m.membership, "Refused": m.refused,
		"Changed": m.changed, "ChangedAgain": m.changed, "BurstOfChanges": m.burstOfChanges,
		"Purge": m.purge, "ForgetPurged": m.forgetPurged,
		"Read": m.read, "ReadAgain": m.read, "FindMID": m.findMID, "Room": m.room,
		"PutInvite": m.putInvite, "RevokeInvite": m.revokeInvite, "CreateAccount": m.createAccount, "ResetAccount": m.resetAccount, "Recovery": m.recovery,
		"AddDevice": m.addDevice, "ChangeDevice": m.changeDevice, "ChangeAccount": m.changeAccount, "Setting": m.setting,
		"Markers": m.markers, "Cards": m.cards,
		"Reopen": m.reopen,
	}
}

// both runs a call on both stores and compares error and result.
func both[T any](m *machine, t *rapid.T, what string, call func(storage.Store) (T, error)) T {
	t.Helper()
	got, gotErr := call(m.real)
	want, wantErr := call(m.model)
	m.check(what, gotErr, wantErr, t)
	if d := diff(got, want); d != "" {
		t.Fatalf("%s (-model +engine):\n%s", what, d)
	}
	return want
}

// do is both for calls without a result.
func (m *machine) do(t *rapid.T, what string, call func(storage.Store) error) {
	t.Helper()
	m.check(what, call(m.real), call(m.model), t)
}

// check compares errors by kind.
func (m *machine) check(what string, got, want error, t *rapid.T) {
	t.Helper()
	for _, kind := range []error{
		storage.ErrNotFound, storage.ErrConflict, storage.ErrNameTaken, storage.ErrDeviceTaken, storage.ErrInviteUnknown,
		storage.ErrInviteExpired, storage.ErrInviteUsed, storage.ErrPurged, storage.ErrTooMany, storage.ErrProofOld, storage.ErrBadBatch, storage.ErrClosed,
	} {
		if errors.Is(want, kind) && errors.Is(got, kind) {
			return
		}
	}
	if got != nil || want != nil {
		t.Fatalf("%s: engine says %v, model says %v", what, got, want)
	}
}

// pick draws one of a list, skipping the action if there is none.
func pick[T any](t *rapid.T, list []T, name string) T {
	if len(list) == 0 {
		t.Skip("nothing to choose from")
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, name)]
}

// some draws one of a list or, seldom, something made by other.
func some[T any](t *rapid.T, list []T, other func() T, name string) T {
	if len(list) == 0 || rapid.IntRange(0, 7).Draw(t, name+" is new") == 0 {
		return other()
	}
	return pick(t, list, name)
}

func (m *machine) person(t *rapid.T) Person {
	if len(m.people) < 2 || rapid.IntRange(0, 9).Draw(t, "newcomer") == 0 {
		m.people = append(m.people, NewPerson())
		return m.people[len(m.people)-1]
	}
	return pick(t, m.people, "person")
}

func (m *machine) append(t *rapid.T, b *storage.Batch) {
	t.Helper()
	m.do(t, "Append", func(s storage.Store) error { return appendWait(m.ctx, s, b) })
	m.sent = append(m.sent, b.Entries...)
}

func (m *machine) found(t *rapid.T) {
	w := NewWriter(chat.NewRoomID())
	members := []Person{m.person(t)}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		if p := m.person(t); !slices.Contains(members, p) {
			members = append(members, p)
		}
	}
	m.append(t, w.Found(members...))
	m.writers = append(m.writers, w)
}

func (m *machine) texts(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat("x", rapid.SampledFrom([]int{0, 1, 20, 300, 5000}).Draw(t, "length"))
	}), 1, 6).Draw(t, "texts")
}

func (m *machine) message(t *rapid.T) {
	w := pick(t, m.writers, "room")
	m.append(t, w.Message(m.person(t), m.texts(t)...))
}

// burst hands many batches of several rooms over without waiting.
func (m *machine) burst(t *rapid.T) {
	if len(m.writers) == 0 {
		t.Skip("no room")
	}
	var batches []*storage.Batch
	for range rapid.IntRange(2, 30).Draw(t, "batches") {
		batches = append(batches, pick(t, m.writers, "room").Message(m.person(t), m.texts(t)...))
	}
	for _, s := range []storage.Store{m.real, m.model} {
		answers := make(chan error, len(batches))
		for _, b := range batches {
			s.Append(b, func(err error) { answers <- err })
		}
		for range batches {
			if err := <-answers; err != nil {
				t.Fatalf("burst: %v", err)
			}
		}
	}
	for _, b := range batches {
		m.sent = append(m.sent, b.Entries...)
	}
}

func (m *machine) membership(t *rapid.T) {
	w := pick(t, m.writers, "room")
	p := m.person(t)
	if _, in := w.State.Members[p.Account]; rapid.IntRange(0, 3).Draw(t, "rule") == 0 && w.Head.Seq > 0 {
		m.append(t, w.SetHistory(p, rapid.SampledFrom([]chat.History{chat.HistoryAll, chat.HistoryJoined}).Draw(t, "history")))
	} else if in {
		m.append(t, w.Leave(p))
	} else {
		m.append(t, w.Join(p))
	}
}

// refused hands over a batch on a wrong head.
func (m *machine) refused(t *rapid.T) {
	w := pick(t, m.writers, "room")
	other := NewWriter(w.Room)
	other.Head.Seq = w.Head.Seq + chat.Seq(rapid.SampledFrom([]int{-1, 1, 7}).Draw(t, "off by"))
	b := other.Message(m.person(t), "never")
	m.do(t, "Append", func(s storage.Store) error { return appendWait(m.ctx, s, b) })
}

func (m *machine) roomID(t *rapid.T) (chat.RoomID, chat.Seq) {
	w := some(t, m.writers, func() *Writer { return NewWriter(chat.NewRoomID()) }, "room")
	return w.Room, w.Head.Seq
}

func (m *machine) read(t *rapid.T) {
	room, head := m.roomID(t)
	first := chat.Seq(rapid.Uint64Range(0, uint64(head)+2).Draw(t, "first"))
	last := first + chat.Seq(rapid.Uint64Range(0, 100).Draw(t, "more"))
	events := rapid.IntRange(1, 60).Draw(t, "events")
	bytes := rapid.IntRange(0, 20_000).Draw(t, "bytes")
	both(m, t, "Read", func(s storage.Store) (storage.Page, error) { return s.Read(m.ctx, room, first, last, events, bytes) })
	both(m, t, "ChainAt", func(s storage.Store) (chat.Hash, error) { return s.ChainAt(m.ctx, room, first) })
	both(m, t, "Head", func(s storage.Store) (chat.Head, error) { return s.Head(m.ctx, room) })
}

func (m *machine) findMID(t *rapid.T) {
	e := pick(t, m.sent, "entry").Event
	room := some(t, []chat.RoomID{e.Room}, chat.NewRoomID, "room")
	account := some(t, []chat.AccountID{e.Author}, chat.NewAccountID, "account")
	type result struct {
		Sent  storage.Sent
		Found bool
	}
	both(m, t, "FindMID", func(s storage.Store) (r result, err error) {
		r.Sent, r.Found, err = s.FindMID(m.ctx, room, account, e.MID)
		return r, err
	})
}

func (m *machine) room(t *rapid.T) {
	room, _ := m.roomID(t)
	both(m, t, "Room", func(s storage.Store) (*storage.RoomLog, error) { return s.Room(m.ctx, room) })
}

func (m *machine) putInvite(t *rapid.T) {
	fresh := func() storage.Invite {
		i := newInvite(rapid.IntRange(1, 3).Draw(t, "uses"))
		i.Expires += rapid.Int64Range(-2000, 0).Draw(t, "earlier")
		i.Owner = rapid.Bool().Draw(t, "owner")
		if len(m.accounts) > 0 && rapid.Bool().Draw(t, "reset") {
			i.For = pick(t, m.accounts, "account").ID
		}
		return i
	}
	i := some(t, m.invites, fresh, "invite")
	m.do(t, "PutInvite", func(s storage.Store) error { return s.PutInvite(m.ctx, i) })
	m.invites = append(m.invites, i)
}

func (m *machine) inviteID(t *rapid.T) chat.InviteID {
	return some(t, m.invites, func() storage.Invite { return newInvite(1) }, "invite").ID
}

func (m *machine) revokeInvite(t *rapid.T) {
	id := m.inviteID(t)
	m.do(t, "RevokeInvite", func(s storage.Store) error { return s.RevokeInvite(m.ctx, id) })
}

func (m *machine) createAccount(t *rapid.T) {
	a, d := newAccount(rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f"}).Draw(t, "name"))
	a.Owner = rapid.Bool().Draw(t, "owner")
	d.ID = some(t, m.devices, func() storage.Device { return d }, "device").ID
	invite := m.inviteID(t)
	m.do(t, "CreateAccount", func(s storage.Store) error { return s.CreateAccount(m.ctx, a, a.Name, d, invite, now) })
	both(m, t, "AccountByName", func(s storage.Store) (storage.Account, error) { return s.AccountByName(m.ctx, a.Name) })
	m.accounts, m.devices = append(m.accounts, a), append(m.devices, d)
}

func (m *machine) resetAccount(t *rapid.T) {
	invite := m.inviteID(t)
	d := newDevice(chat.AccountID{})
	d.ID = some(t, m.devices, func() storage.Device { return d }, "device").ID
	verifier := rapid.SliceOf(rapid.Byte()).Draw(t, "verifier")
	others, most := rapid.Bool().Draw(t, "others"), rapid.IntRange(0, 4).Draw(t, "most")
	type outcome struct {
		Ended []chat.DeviceID
		Again bool
	}
	both(m, t, "ResetAccount", func(s storage.Store) (outcome, error) {
		ended, again, err := s.ResetAccount(m.ctx, invite, verifier, d, others, most, now)
		return outcome{sorted(ended), again}, err
	})
	i := both(m, t, "Invite", func(s storage.Store) (storage.Invite, error) { return s.Invite(m.ctx, invite) })
	both(m, t, "Account", func(s storage.Store) (storage.Account, error) { return s.Account(m.ctx, i.For) })
	both(m, t, "Device", func(s storage.Store) (storage.Device, error) { return s.Device(m.ctx, d.ID) })
	m.devices = append(m.devices, d)
}

func (m *machine) recovery(t *rapid.T) {
	account := some(t, m.accounts, func() storage.Account { return storage.Account{} }, "account").ID
	d := newDevice(chat.AccountID{})
	d.ID = some(t, m.devices, func() storage.Device { return d }, "device").ID
	keys := rapid.SampledFrom([][]byte{[]byte("key one"), []byte("key two"), []byte("key three")})
	key, fresh := keys.Draw(t, "key"), keys.Draw(t, "fresh key")
	at := now + rapid.Int64Range(0, 3).Draw(t, "at")
	if rapid.Bool().Draw(t, "set") {
		was := m.was(t, account)
		m.do(t, "SetRecovery", func(s storage.Store) error { return s.SetRecovery(m.ctx, account, was, key, d.ID, at) })
	}
	r := storage.Comeback{Verifier: rapid.SliceOf(rapid.Byte()).Draw(t, "verifier"), Recovery: fresh, Until: at + 2}
	others, most := rapid.Bool().Draw(t, "others"), rapid.IntRange(0, 4).Draw(t, "most")
	type outcome struct {
		Ended []chat.DeviceID
		Again bool
	}
	both(m, t, "RecoverAccount", func(s storage.Store) (outcome, error) {
		ended, again, err := s.RecoverAccount(m.ctx, account, key, r, d, others, most, at)
		return outcome{sorted(ended), again}, err
	})
	both(m, t, "Account", func(s storage.Store) (storage.Account, error) { return s.Account(m.ctx, account) })
	both(m, t, "Device", func(s storage.Store) (storage.Device, error) { return s.Device(m.ctx, d.ID) })
	m.devices = append(m.devices, d)
}

func (m *machine) addDevice(t *rapid.T) {
	a := some(t, m.accounts, func() storage.Account { return storage.Account{} }, "account")
	d := newDevice(a.ID)
	d.ID = some(t, m.devices, func() storage.Device { return d }, "device").ID
	most := rapid.IntRange(0, 4).Draw(t, "most")
	was := m.was(t, a.ID)
	m.do(t, "AddDevice", func(s storage.Store) error { return s.AddDevice(m.ctx, d, was, most) })
	m.devices = append(m.devices, d)
}

// was draws what a password may have been proven against: nothing, what is true, what
// is not.
func (m *machine) was(t *rapid.T, account chat.AccountID) []byte {
	switch a, _ := m.model.Account(m.ctx, account); rapid.IntRange(0, 3).Draw(t, "was") {
	case 0:
		return []byte("another one")
	case 1:
		return append([]byte{}, a.Verifier...)
	}
	return nil
}

func (m *machine) changeDevice(t *rapid.T) {
	id := some(t, m.devices, func() storage.Device { return newDevice(chat.AccountID{}) }, "device").ID
	at := rapid.Int64().Draw(t, "seen")
	peer := rapid.SampledFrom([]string{"", "192.0.2.0/24", "2001:db8::/48"}).Draw(t, "peer")
	m.do(t, "TouchDevices", func(s storage.Store) error {
		return s.TouchDevices(m.ctx, map[chat.DeviceID]storage.Touch{id: {Seen: at, Peer: peer}})
	})
	known, _ := m.model.Device(m.ctx, id)
	was := m.was(t, known.Account)
	m.do(t, "ProveDevice", func(s storage.Store) error { return s.ProveDevice(m.ctx, id, was, at) })
	if rapid.Bool().Draw(t, "revoke") {
		m.do(t, "RevokeDevice", func(s storage.Store) error { return s.RevokeDevice(m.ctx, id) })
	}
	both(m, t, "Device", func(s storage.Store) (storage.Device, error) { return s.Device(m.ctx, id) })
	account := some(t, m.accounts, func() storage.Account { return storage.Account{} }, "account").ID
	verifier := rapid.SliceOf(rapid.Byte()).Draw(t, "verifier")
	switch rapid.IntRange(0, 5).Draw(t, "whole account") {
	case 0:
		both(m, t, "RevokeOtherDevices", func(s storage.Store) ([]chat.DeviceID, error) {
			ended, err := s.RevokeOtherDevices(m.ctx, account, id)
			return sorted(ended), err
		})
	case 1:
		was := m.was(t, account)
		m.do(t, "SetVerifier", func(s storage.Store) error { return s.SetVerifier(m.ctx, account, was, verifier, id, at) })
		both(m, t, "Account", func(s storage.Store) (storage.Account, error) { return s.Account(m.ctx, account) })
	}
}

func (m *machine) changeAccount(t *rapid.T) {
	id := some(t, m.accounts, func() storage.Account { return storage.Account{} }, "account").ID
	name := rapid.String().Draw(t, "display")
	m.do(t, "SetDisplay", func(s storage.Store) error { return s.SetDisplay(m.ctx, id, name) })
	if rapid.Bool().Draw(t, "settled") {
		m.do(t, "SetSettled", func(s storage.Store) error { return s.SetSettled(m.ctx, id) })
	}
	both(m, t, "Account", func(s storage.Store) (storage.Account, error) { return s.Account(m.ctx, id) })
}

func (m *machine) setting(t *rapid.T) {
	key := rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "key")
	if rapid.Bool().Draw(t, "set") {
		value := rapid.SliceOf(rapid.Byte()).Draw(t, "value")
		m.do(t, "SetSetting", func(s storage.Store) error { return s.SetSetting(m.ctx, key, value) })
	}
	both(m, t, "Setting", func(s storage.Store) ([]byte, error) { return s.Setting(m.ctx, key) })
}

// reopen closes and opens the engine; the model stays. The first call only opens.
func (m *machine) reopen(t *rapid.T) {
	if m.real != nil {
		if !m.engine.Keeps {
			t.Skip("nothing would be left")
		}
		if err := m.real.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	s, err := m.engine.Open(m.dir)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	m.real = s
}

// compareAll compares everything that can be asked, and verifies both.
func (m *machine) compareAll(t *rapid.T) {
	m.do(t, "Verify", func(s storage.Store) error { return s.Verify(m.ctx) })
	rooms := both(m, t, "RoomIDs", func(s storage.Store) ([]chat.RoomID, error) {
		l, err := s.RoomIDs(m.ctx)
		return sorted(l), err
	})
	accounts := map[chat.AccountID]bool{}
	for _, room := range rooms {
		log := both(m, t, "Room", func(s storage.Store) (*storage.RoomLog, error) { return s.Room(m.ctx, room) })
		both(m, t, "Read", func(s storage.Store) (storage.Page, error) {
			return s.Read(m.ctx, room, log.Floor.Seq+1, log.Head.Seq, 1<<20, 1<<30)
		})
	}
	for _, p := range m.people {
		accounts[p.Account] = true
	}
	for _, a := range both(m, t, "Accounts", func(s storage.Store) ([]storage.Account, error) {
		l, err := s.Accounts(m.ctx)
		return sorted(l), err
	}) {
		accounts[a.ID] = true
	}
	for _, id := range sorted(slices.Collect(maps.Keys(accounts))) {
		both(m, t, fmt.Sprint("AccountRooms ", id), func(s storage.Store) ([]chat.RoomID, error) {
			l, err := s.AccountRooms(m.ctx, id)
			return sorted(l), err
		})
		both(m, t, "Devices", func(s storage.Store) ([]storage.Device, error) {
			l, err := s.Devices(m.ctx, id)
			return sorted(l), err
		})
	}
	both(m, t, "Invites", func(s storage.Store) ([]storage.Invite, error) {
		l, err := s.Invites(m.ctx)
		return sorted(l), err
	})
}
