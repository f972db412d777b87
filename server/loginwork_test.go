package server

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"sync"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// countedStore counts what logins ask of storage.
type countedStore struct {
	storage.Store

	mu    sync.Mutex
	calls map[string]int // guarded by mu
}

func (s *countedStore) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[name]++
}

// take returns what was asked since the last time.
func (s *countedStore) take() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = map[string]int{}
	return calls
}

func (s *countedStore) AccountByName(ctx context.Context, name string) (storage.Account, error) {
	s.count("AccountByName")
	return s.Store.AccountByName(ctx, name)
}

func (s *countedStore) Account(ctx context.Context, id chat.AccountID) (storage.Account, error) {
	s.count("Account")
	return s.Store.Account(ctx, id)
}

func (s *countedStore) Device(ctx context.Context, id chat.DeviceID) (storage.Device, error) {
	s.count("Device")
	return s.Store.Device(ctx, id)
}

func (s *countedStore) Setting(ctx context.Context, key string) ([]byte, error) {
	s.count("Setting")
	return s.Store.Setting(ctx, key)
}

// TestLoginWork: a wrong password of somebody costs the server, and the one who tries,
// the same steps as a name that nobody has: the same questions to storage, the same
// parameters of stretching, as many iterations, challenges and refusals as long. What is
// compared are steps, not times: those are the machine's.
func TestLoginWork(t *testing.T) {
	store := &countedStore{Store: memstore.New(), calls: map[string]int{}}
	w := newWorld(t, store, Options{})
	p := w.person()
	v := verifierOf(t, "the right one") // and then as clients make them
	v.Stretch.Salt, v.Salt, v.Iterations = v.Stretch.Salt[:wire.SaltLength], v.Salt[:wire.SaltLength], wire.DefaultIterations
	raw, err := json.Marshal(v)
	if err == nil {
		err = store.SetVerifier(t.Context(), p.account, nil, raw, p.deviceID(), time.Now().UnixMilli())
	}
	if err != nil {
		t.Fatal(err)
	}
	iterations := regexp.MustCompile(`,i=(\d+)`)
	type work struct {
		challenge, frame int // bytes
		stretch          wire.Stretch
		iterations       string
		code             chat.Code
		message          string
	}
	try := func(name string) (work, map[string]int) {
		c := w.dial()
		store.take()
		first := "p=tls-exporter,,n=" + name + ",r=0123456789abcdef"
		l, ok := c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: name, Scram: first})).(*wire.LoginChallenge)
		if !ok {
			t.Fatalf("%s: no challenge", name)
		}
		data, err := wire.Encode(l)
		if err != nil {
			t.Fatal(err)
		}
		e := c.refused(&wire.LoginFinish{Scram: "c=biws,r=x,p=AAAA", Record: `{"device":{}}`, DeviceSignature: make([]byte, 64)})
		stretch := l.Stretch
		salt := len(stretch.Salt)
		stretch.Salt = nil
		match := iterations.FindStringSubmatch(l.Scram)
		if match == nil {
			t.Fatalf("no iterations in %q", l.Scram)
		}
		return work{len(l.Scram) + salt, len(data), stretch, match[1], e.Code, e.Message}, store.take()
	}
	known, asked := try("person1")
	unknown, askedToo := try("nobody1") // as long a name
	if known.challenge != unknown.challenge || known.frame != unknown.frame || known.iterations != unknown.iterations ||
		known.code != unknown.code || known.message != unknown.message {
		t.Errorf("known %+v\nunknown %+v", known, unknown)
	}
	if known.stretch.Alg != unknown.stretch.Alg || known.stretch.MemoryKiB != unknown.stretch.MemoryKiB ||
		known.stretch.Passes != unknown.stretch.Passes || known.stretch.Lanes != unknown.stretch.Lanes {
		t.Errorf("stretched by %+v and %+v", known.stretch, unknown.stretch)
	}
	if !maps.Equal(asked, askedToo) || asked["AccountByName"] != 1 {
		t.Errorf("storage was asked for %v and %v", asked, askedToo)
	}
}
