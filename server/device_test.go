package server

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// verifierOf makes what the server keeps of a password whose stretched form is
// key; the stretching itself is the client's business.
func verifierOf(t *testing.T, key string) wire.Verifier {
	t.Helper()
	v, err := stretch.NewVerifier([]byte(key), random32(), wire.MinIterations)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Verifier{
		Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: random32(), MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes},
		Salt:    v.Salt, Iterations: v.Iterations, StoredKey: v.StoredKey, ServerKey: v.ServerKey,
	}
}

func (c *raw) deviceID() chat.DeviceID {
	return chat.DeviceIDOf(c.device.Public().(ed25519.PublicKey))
}

// protect gives a person's account a password.
func (c *raw) protect(key string) {
	c.t.Helper()
	raw, err := json.Marshal(verifierOf(c.t, key))
	if err == nil {
		err = c.w.store.SetVerifier(c.t.Context(), c.account, nil, raw, c.deviceID(), time.Now().UnixMilli())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// logIn enrols a new device by password; its answer is what login.finish gets.
func (w *world) logIn(name, key string) (*raw, wire.Frame) {
	w.t.Helper()
	c := w.dial()
	_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	f := c.answer(c.ask(c.loggingIn(name, key)))
	if ready, ok := f.(*wire.Ready); ok {
		c.account = ready.Account
	}
	return c, f
}

// loggingIn begins a login of this connection's device and returns the proof that ends it.
func (c *raw) loggingIn(name, key string) *wire.LoginFinish {
	c.t.Helper()
	login := c.exchange(name)
	challenge, ok := c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: name, Scram: login.First()})).(*wire.LoginChallenge)
	if !ok {
		c.t.Fatal("no challenge")
	}
	final, err := login.Final([]byte(key), challenge.Scram, wire.MinIterations, wire.MaxIterations)
	if err != nil {
		c.t.Fatal(err)
	}
	record, err := wire.EncodeRecord(wire.Enrolment{Device: wire.Device{Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "second", Platform: "test"}})
	if err != nil {
		c.t.Fatal(err)
	}
	return &wire.LoginFinish{Scram: final, Record: record, DeviceSignature: ed25519.Sign(c.device, wire.EnrolInput(c.binding, record))}
}

// enrolled is a further device of somebody.
func (w *world) enrolled(name, key string) *raw {
	w.t.Helper()
	c, f := w.logIn(name, key)
	if _, ok := f.(*wire.Ready); !ok {
		w.t.Fatalf("not admitted: %+v", f)
	}
	return c
}

// devices asks for all pages of the list.
func (c *raw) devices() (all []wire.DeviceInfo) {
	c.t.Helper()
	var after chat.DeviceID
	for {
		page, ok := c.answer(c.ask(&wire.DeviceList{After: after})).(*wire.Devices)
		if !ok {
			c.t.Fatal("no list of devices")
		}
		all = append(all, page.Devices...)
		if !page.More {
			return all
		}
		after = page.Devices[len(page.Devices)-1].Device
	}
}

// ended reads to the end of the connection and returns the last error frame, the
// close code and how long that took.
func (c *raw) ended() (last *chat.Error, code wire.CloseCode, took time.Duration) {
	c.t.Helper()
	begin := time.Now()
	for {
		f, err := c.read()
		if err != nil {
			return last, wire.CloseCode(websocket.CloseStatus(err)), time.Since(begin)
		}
		if e, ok := f.(*wire.Error); ok {
			last = e.Err()
		}
	}
}

func TestDeviceList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.PageEvents = 2
		w := newBubble(t, nil, Options{Limits: l})
		stranger := w.person()
		a := w.person()
		a.protect("old")
		second, third := w.enrolled("person2", "old"), w.enrolled("person2", "old")
		if e := second.refused(&wire.DeviceRevoke{Device: stranger.deviceID()}); e.Code != chat.CodeBadValue || e.Path != "/device" {
			t.Errorf("somebody else's device: %v", e)
		}
		if e := second.refused(&wire.DeviceRevoke{Device: chat.DeviceID{1}}); e.Code != chat.CodeBadValue {
			t.Errorf("no device: %v", e)
		}
		_ = third.ws.Close(websocket.StatusNormalClosure, "")
		gone := func() bool { return w.server.hub.device(third.deviceID()) == nil }
		for begin := time.Now(); !gone(); {
			if time.Since(begin) > 10*time.Second {
				t.Fatal("the third device stays connected")
			}
			time.Sleep(time.Millisecond)
		}
		found := map[chat.DeviceID]wire.DeviceInfo{}
		for _, d := range second.devices() {
			found[d.Device] = d
		}
		if len(found) != 3 {
			t.Fatalf("%d devices", len(found))
		}
		for _, c := range []struct {
			who           *raw
			name          string
			live, current bool
		}{{a, "test", true, false}, {second, "second", true, true}, {third, "second", false, false}} {
			d := found[c.who.deviceID()]
			if d.Name != c.name || d.Live != c.live || d.Current != c.current || d.Platform != "test" || d.Peer != "192.0.2.0/24" {
				t.Errorf("have %+v", d)
			}
			if age := time.Since(time.UnixMilli(d.Seen)); d.Created == 0 || d.Seen < d.Created || age < -time.Second || age > time.Minute {
				t.Errorf("times of %+v", d)
			}
		}
	})
}

// TestRevokeDevice: the connection of a removed device ends within a second, with
// the reason, and its key opens nothing any more.
func TestRevokeDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		b, c := w.enrolled("person1", "old"), w.enrolled("person1", "old")
		for range 2 { // repeating does nothing
			if _, ok := a.answer(a.ask(&wire.DeviceRevoke{Device: b.deviceID()})).(*wire.OK); !ok {
				t.Fatal("not removed")
			}
		}
		last, code, took := b.ended()
		if last == nil || last.Code != chat.CodeAuthRevoked || !last.Fatal || code != wire.CloseAuthRevoked || took > time.Second {
			t.Errorf("ended with %v, code %d, after %v", last, code, took)
		}
		if e := w.dial(); e.refused(e.auth(b)).Code != chat.CodeAuthRevoked {
			t.Error("a removed device is admitted")
		}
		if _, ok := a.answer(a.ask(&wire.DeviceRevokeOthers{})).(*wire.OK); !ok {
			t.Fatal("the others were not removed")
		}
		if last, code, took := c.ended(); last == nil || code != wire.CloseAuthRevoked || took > time.Second {
			t.Errorf("ended with %v, code %d, after %v", last, code, took)
		}
		if left := a.devices(); len(left) != 1 || left[0].Device != a.deviceID() {
			t.Errorf("left: %+v", left)
		}
		// Of oneself: the answer, then the end.
		if _, ok := a.answer(a.ask(&wire.DeviceRevoke{Device: a.deviceID()})).(*wire.OK); !ok {
			t.Fatal("not removed")
		}
		if last, code, _ := a.ended(); last == nil || last.Code != chat.CodeAuthRevoked || code != wire.CloseAuthRevoked {
			t.Errorf("ended with %v, code %d", last, code)
		}
	})
}

// TestRevokeStalled: a removed device that reads nothing is cut off all the same,
// and what it says after its removal is not heard.
func TestRevokeStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		b := w.enrolled("person1", "old")
		b.sync()
		expect[*wire.Live](b)
		text := fmt.Sprintf(`{"text":%q}`, strings.Repeat("x", 15_000))
		for range 400 { // more than the buffers of a connection nobody reads
			a.say(w.general, chat.KindMessage, text)
		}
		if _, ok := a.answer(a.ask(&wire.DeviceRevoke{Device: b.deviceID()})).(*wire.OK); !ok {
			t.Fatal("not removed")
		}
		begin := time.Now()
		b.ask(b.post(w.general, chat.KindMessage, `{"text":"after the end"}`))
		for w.server.hub.device(b.deviceID()) != nil {
			if time.Since(begin) > time.Second+10*time.Millisecond {
				t.Fatal("a stalled device stays connected")
			}
			time.Sleep(time.Millisecond)
		}
		t.Log("cut off after", time.Since(begin))
		head, err := w.store.Head(t.Context(), w.general)
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.store.Read(t.Context(), w.general, head.Seq, head.Seq, 1, 1<<20)
		if err != nil || strings.Contains(string(page.Events[0].Body), "after the end") {
			t.Errorf("a removed device was heard: %v", err)
		}
	})
}

// slowDevices revokes a device at the moment at which its handshake has read it.
type slowDevices struct {
	storage.Store
	meanwhile atomic.Pointer[func()] // called once
}

func (s *slowDevices) Account(ctx context.Context, id chat.AccountID) (storage.Account, error) {
	if do := s.meanwhile.Swap(nil); do != nil {
		(*do)()
	}
	return s.Store.Account(ctx, id)
}

// TestRevokeDuringHandshake: a removal between the proof and the moment at which
// the connection can be found is not missed.
func TestRevokeDuringHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowDevices{Store: memstore.New()}
		w := newBubble(t, slow, Options{})
		a := w.person()
		n := w.dial()
		revoke := func() {
			if err := w.store.RevokeDevice(t.Context(), a.deviceID()); err != nil {
				t.Error(err)
			}
		}
		slow.meanwhile.Store(&revoke)
		n.ask(n.auth(a))
		if last, code, _ := n.ended(); last == nil || last.Code != chat.CodeAuthRevoked || code != wire.CloseAuthRevoked {
			t.Fatalf("ended with %v, code %d", last, code)
		}
		if s := w.server.hub.device(a.deviceID()); s != nil {
			t.Error("the session can still be found")
		}
	})
}

// forgetful is a store that does not take when devices were seen, while full.
type forgetful struct {
	storage.Store
	full atomic.Bool
}

func (f *forgetful) TouchDevices(ctx context.Context, seen map[chat.DeviceID]storage.Touch) error {
	if f.full.Load() {
		return storage.ErrNoSpace
	}
	return f.Store.TouchDevices(ctx, seen)
}

// TestSeenIsKept: when devices were seen is not forgotten because the disk is full.
func TestSeenIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &forgetful{Store: memstore.New()}
		w := newBubble(t, store, Options{})
		c := w.person()
		id := c.deviceID()
		store.full.Store(true)
		_ = c.ws.CloseNow()
		synctest.Wait() // the session has ended, and said so last
		w.server.flushTouched(t.Context())
		seen, ok := w.server.lastTouch(id)
		if !ok {
			t.Fatal("forgotten")
		}
		store.full.Store(false)
		w.server.flushTouched(t.Context())
		d, err := store.Device(t.Context(), id)
		if _, waits := w.server.lastTouch(id); err != nil || d.Seen != seen.Seen || waits {
			t.Errorf("%+v, %v, want %d; waits %v", d, err, seen.Seen, waits)
		}
	})
}

// TestDeviceAdded: the account's other devices hear of a new one, at once or when
// they come back.
func TestDeviceAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		time.Sleep(time.Minute) // all that follows is later
		other := w.person()
		_ = a.ws.Close(websocket.StatusNormalClosure, "")
		long := map[chat.DeviceID]storage.Touch{a.deviceID(): {Seen: time.Now().Add(-time.Hour).UnixMilli()}}
		for begin := time.Now(); w.server.hub.device(a.deviceID()) != nil; {
			if time.Since(begin) > 10*time.Second {
				t.Fatal("stays connected")
			}
			time.Sleep(time.Millisecond)
		}
		w.server.flushTouched(t.Context())
		d, err := w.store.Device(t.Context(), a.deviceID())
		if err == nil {
			err = w.store.TouchDevices(t.Context(), long)
		}
		if err != nil || d.Peer != "192.0.2.0/24" {
			t.Fatalf("%+v, %v", d, err)
		}
		tooOld := w.enrolledAt("person1", time.Now().Add(-2*time.Hour))
		b := w.enrolled("person1", "old")
		c := w.enrolled("person1", "old")
		if n := expect[*wire.DeviceAdded](b); n.Device.Device != c.deviceID() || n.Device.Name != "second" || n.Device.Peer != "192.0.2.0/24" {
			t.Errorf("at once: %+v", n)
		}
		back := a.again()
		told := map[chat.DeviceID]bool{}
		for range 2 {
			told[expect[*wire.DeviceAdded](back).Device.Device] = true
		}
		if !told[b.deviceID()] || !told[c.deviceID()] || told[tooOld] {
			t.Errorf("told of %v", told)
		}
		// Neither somebody else nor the new device itself hears of it.
		for _, r := range []*raw{other, c} {
			id := r.ask(&wire.Heartbeat{})
			for {
				f, err := r.read()
				if err != nil {
					t.Fatal(err)
				}
				if n, ok := f.(*wire.DeviceAdded); ok && r == other {
					t.Errorf("a stranger heard of %+v", n)
				} else if ok && n.Device.Device == c.deviceID() {
					t.Error("a device heard of itself")
				}
				if hb, ok := f.(*wire.HeartbeatOK); ok && hb.Re == id {
					break
				}
			}
		}
	})
}

// enrolledAt puts a device into the store that was enrolled at some time.
func (w *world) enrolledAt(name string, at time.Time) chat.DeviceID {
	w.t.Helper()
	a, err := w.store.AccountByName(w.t.Context(), name)
	d := storage.Device{ID: chat.DeviceID(chat.NewMID()), Account: a.ID, Key: random32(), Name: "old", Created: at.UnixMilli(), Proven: at.UnixMilli(), Seen: at.UnixMilli()}
	if err == nil {
		err = w.store.AddDevice(w.t.Context(), d, nil, 20)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

// change asks for a new password; the answer is what password.set gets.
func (c *raw) change(name, old, fresh string, others bool) (*stretch.Login, wire.Frame) {
	c.t.Helper()
	login, set := c.changing(name, old, fresh, others)
	return login, c.answer(c.ask(set))
}

// changing begins a change of the password and returns the request that ends it.
func (c *raw) changing(name, old, fresh string, others bool) (*stretch.Login, *wire.PasswordSet) {
	c.t.Helper()
	login, final := c.proof(name, old)
	record, err := wire.EncodeRecord(wire.PasswordRecord{Verifier: verifierOf(c.t, fresh)})
	if err != nil {
		c.t.Fatal(err)
	}
	return login, &wire.PasswordSet{Scram: final, Record: record, Others: others}
}

// proof is one of the present password, on a connection that is ready.
func (c *raw) proof(name, password string) (*stretch.Login, string) {
	c.t.Helper()
	login := c.exchange(name)
	challenge, ok := c.answer(c.ask(&wire.PasswordBegin{Scram: login.First()})).(*wire.PasswordChallenge)
	if !ok {
		c.t.Fatal("no challenge")
	}
	final, err := login.Final([]byte(password), challenge.Scram, wire.MinIterations, wire.MaxIterations)
	if err != nil {
		c.t.Fatal(err)
	}
	return login, final
}

func TestChangePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		b := w.enrolled("person1", "old")
		if _, f := a.change("person1", "wrong", "new", true); refusal(f) != chat.CodeAuthFailed {
			t.Fatalf("with a wrong password: %+v", f)
		}
		if len(a.devices()) != 2 {
			t.Fatal("a wrong password ended a device")
		}
		login, f := a.change("person1", "old", "new", true)
		done, ok := f.(*wire.PasswordChanged)
		if !ok {
			t.Fatalf("refused: %+v", f)
		}
		if err := login.Verify(done.Scram); err != nil {
			t.Errorf("the server does not prove itself: %v", err)
		}
		if last, code, took := b.ended(); last == nil || code != wire.CloseAuthRevoked || took > time.Second {
			t.Errorf("the other device: %v, %d, %v", last, code, took)
		}
		if _, f := w.logIn("person1", "old"); refusal(f) != chat.CodeAuthFailed {
			t.Errorf("the old password: %+v", f)
		}
		if _, f := w.logIn("person1", "new"); refusal(f) != "" {
			t.Errorf("the new password: %+v", f)
		}
		if _, f := a.change("person1", "new", "newer", false); refusal(f) != "" {
			t.Errorf("once more: %+v", f)
		}
		if len(a.devices()) != 2 {
			t.Error("others were ended unasked")
		}
	})
}

// TestChangePasswordGuesses: an unlocked device is no way to guess faster, and a
// guess there counts for logins too.
func TestChangePasswordGuesses(t *testing.T) {
	w := newWorld(t, nil, Options{})
	a := w.person()
	a.protect("old")
	for i := range 3 {
		if _, f := a.change("person1", fmt.Sprint("guess", i), "new", false); refusal(f) != chat.CodeAuthFailed {
			t.Fatalf("guess %d: %+v", i, f)
		}
	}
	if e := a.refused(&wire.PasswordBegin{Scram: a.exchange("person1").First()}); e.Code != chat.CodeRateLimited || e.RetryAfter <= 0 {
		t.Errorf("the fourth guess: %v", e)
	}
	c := w.dial()
	if e := c.refused(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "person1", Scram: c.exchange("person1").First()}); e.Code != chat.CodeRateLimited {
		t.Errorf("a login behind the guesses: %v", e)
	}
	a.answer(a.ask(&wire.Heartbeat{})) // enrolled devices are not concerned
}

func TestChangePasswordRefused(t *testing.T) {
	w := newWorld(t, nil, Options{})
	a := w.person()
	a.protect("old")
	weak := verifierOf(t, "new")
	weak.Stretch.MemoryKiB = 1024
	record, err := wire.EncodeRecord(wire.PasswordRecord{Verifier: weak})
	if err != nil {
		t.Fatal(err)
	}
	begin := func() { // each challenge serves once
		login := a.exchange("person1")
		if _, ok := a.answer(a.ask(&wire.PasswordBegin{Scram: login.First()})).(*wire.PasswordChallenge); !ok {
			t.Fatal("no challenge")
		}
	}
	if e := a.refused(&wire.PasswordSet{Scram: "x", Record: record}); e.Code != chat.CodeForbidden {
		t.Errorf("without a challenge: %v", e)
	}
	begin()
	if e := a.refused(&wire.PasswordSet{Scram: "x", Record: record}); e.Code != chat.CodeOutOfRange || e.Path != "/record/verifier/stretch/memory_kib" {
		t.Errorf("a weak verifier: %v", e)
	}
	begin()
	if e := a.refused(&wire.PasswordSet{Scram: "x", Record: "no"}); e.Code != chat.CodeBadJSON || e.Path != "/record" {
		t.Errorf("no record: %v", e)
	}
	if e := a.refused(&wire.PasswordBegin{Scram: "n,,n=person1,r=0123456789abcdef"}); e.Code != chat.CodeBadValue || e.Path != "/scram" {
		t.Errorf("without channel binding: %v", e)
	}
	if _, f := w.logIn("person1", "old"); refusal(f) != "" {
		t.Errorf("the password has changed: %+v", f)
	}
}

// refusal returns the code of an error frame, "" for another answer.
func refusal(f wire.Frame) chat.Code {
	var e *chat.Error
	if frame, ok := f.(*wire.Error); ok && errors.As(frame.Err(), &e) {
		return e.Code
	}
	return ""
}
