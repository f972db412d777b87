package link

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/memnet"
	"hearth/net/wire"
	"hearth/server"
	"hearth/server/blob"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// real is the real server over a network and a store in memory.
type real struct {
	*host // for its identity, network and options; it is never started
	store storage.Store
	chain tls.Certificate
	files *blob.Store // nil: it keeps none

	inner   string                          // where it listens behind a proxy; "": home, itself
	proxies []netip.Prefix                  // from where that connects
	public  atomic.Pointer[tls.Certificate] // shown to who asks for its name; nil: none
	srv     *server.Server
	wait    sync.WaitGroup
}

func newReal(t *testing.T) *real {
	t.Helper()
	h := newHost(t, memnet.New())
	r := &real{host: h, store: memstore.New(), chain: issue(t, h.identity, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))}
	r.serve()
	t.Cleanup(func() {
		r.shutdown()
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *real) serve() {
	r.t.Helper()
	srv, err := server.New(context.Background(), r.store, server.Identity{
		Key: r.identity, Certificate: func() (*tls.Certificate, error) { return &r.chain, nil },
		Public: func(hello *tls.ClientHelloInfo) *tls.Certificate {
			if hello.ServerName == "home.test" {
				return r.public.Load()
			}
			return nil
		},
	}, server.Options{Name: "Home", Addresses: []string{home}, Log: testkit.Logger(r.t), Files: r.files, Proxies: r.proxies})
	if err != nil {
		r.t.Fatal(err)
	}
	at := home
	if r.inner != "" {
		at = r.inner
	}
	l, err := r.net.Listen(at)
	if err != nil {
		r.t.Fatal(err)
	}
	r.srv = srv
	r.wait.Go(func() {
		if err := srv.Serve(l); err != nil {
			r.t.Error(err)
		}
	})
}

func (r *real) shutdown() {
	if err := r.srv.Shutdown(context.Background()); err != nil {
		r.t.Error(err)
	}
	r.wait.Wait()
}

// invite puts an invite into the store, as hearth-server does at start.
func (r *real) invite(uses int, life time.Duration, owner bool) chat.Link {
	r.t.Helper()
	l := r.link()
	l.Secret = chat.NewInviteSecret()
	public := publicOf(l.Secret.Key())
	now := time.Now()
	if err := r.store.PutInvite(r.t.Context(), storage.Invite{
		ID: chat.InviteIDOf(public), Key: public, Created: now.UnixMilli(), Expires: now.Add(life).UnixMilli(), Uses: uses, Owner: owner,
	}); err != nil {
		r.t.Fatal(err)
	}
	return l
}

const goodPassword = "velvet harbour onion"

// TestWaysIn goes every way in against the real server, right and wrong.
func TestWaysIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReal(t)
		ctx, o := t.Context(), r.options()
		l := r.invite(2, 24*time.Hour, true)
		info, err := CheckInvite(ctx, l, o)
		if err != nil || info.Group != "Home" || info.Uses != 2 || !info.Verified || info.Server != r.id || time.Until(info.Expires) != 24*time.Hour {
			t.Fatalf("invite: %+v, %v", info, err)
		}

		key := newKey(t)
		ada := Device{Key: key, Name: "ada's laptop"}
		account := NewAccount{Name: "ada", Display: "Ada Lovelace", Password: []byte(goodPassword), Device: ada}
		first, err := Register(ctx, l, account, o)
		if err != nil {
			t.Fatal(err)
		}
		if string(account.Password) != strings.Repeat("\x00", len(goodPassword)) {
			t.Error("the password was not wiped")
		}
		if first.Ready.Name != "ada" || first.Ready.Display != "Ada Lovelace" || first.Ready.Device != chat.DeviceIDOf(publicOf(key)) || first.Ready.Group != "Home" {
			t.Errorf("ready: %+v", first.Ready)
		}

		account.Password = []byte(goodPassword)
		again, err := Register(ctx, l, account, o)
		if err != nil || again.Ready.Account != first.Ready.Account {
			t.Errorf("repeated registration: %v, %v", again.Ready.Account, err)
		}

		second, err := Login(ctx, l.WithoutSecret(), Credentials{Name: "ADA", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}}, o)
		if err != nil || second.Ready.Account != first.Ready.Account || second.Ready.Device == first.Ready.Device {
			t.Errorf("second device: %+v, %v", second.Ready, err)
		}
		renewed, err := Login(ctx, l, Credentials{Name: "ada", Password: []byte(goodPassword), Device: ada}, o)
		if err != nil || renewed.Ready.Device != first.Ready.Device {
			t.Errorf("same device again: %+v, %v", renewed.Ready, err)
		}

		used, expired, unknown := r.invite(1, time.Hour, false), r.invite(1, time.Minute, false), r.link()
		unknown.Secret = chat.NewInviteSecret()
		if _, err := Register(ctx, used, NewAccount{Name: "bob", Display: "Bob", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}}, o); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		register := func(l chat.Link, name, display, password string) func() error {
			return func() error {
				_, err := Register(ctx, l, NewAccount{Name: name, Display: display, Password: []byte(password), Device: Device{Key: newKey(t)}}, o)
				return err
			}
		}
		login := func(name, password string) func() error {
			return func() error {
				_, err := Login(ctx, l, Credentials{Name: name, Password: []byte(password), Device: Device{Key: newKey(t)}}, o)
				return err
			}
		}
		look := func(l chat.Link) func() error {
			return func() error { _, err := CheckInvite(ctx, l, o); return err }
		}
		for _, test := range []struct {
			name string
			do   func() error
			want Kind
		}{
			{"used", register(used, "eve", "Eve", goodPassword), KindInviteUsed},
			{"look at used", look(used), KindInviteUsed},
			{"expired", register(expired, "eve", "Eve", goodPassword), KindInviteExpired},
			{"look at expired", look(expired), KindInviteExpired},
			{"unknown", register(unknown, "eve", "Eve", goodPassword), KindInviteUnknown},
			{"look at unknown", look(unknown), KindInviteUnknown},
			{"not an invite", register(l.WithoutSecret(), "eve", "Eve", goodPassword), KindBadLink},
			{"name taken", register(l, "ada", "Another", goodPassword), KindNameTaken},
			{"name taken in another case", register(l, "Ada", "Another", goodPassword), KindNameTaken},
			{"name with a space", register(l, "a b", "Eve", goodPassword), KindNameInvalid},
			{"no name", register(l, "", "Eve", goodPassword), KindNameInvalid},
			{"no display name", register(l, "eve", "", goodPassword), KindDisplayInvalid},
			{"two-line display name", register(l, "eve", "E\nve", goodPassword), KindDisplayInvalid},
			{"short password", register(l, "eve", "Eve", "short"), KindPasswordShort},
			{"common password", register(l, "eve", "Eve", "passwordpassword"), KindPasswordCommon},
			{"name as password", register(l, "evelyn", "Evelyn Waugh", "evelyn waugh evelyn waugh"), KindPasswordCommon},
			{"long password", register(l, "eve", "Eve", strings.Repeat("long ", 60)), KindPasswordLong},
			{"no password", login("ada", ""), KindPasswordBad},
			{"wrong password", login("ada", "not the password"), KindWrongPassword},
			{"unknown name", login("nobody", goodPassword), KindWrongPassword},
		} {
			if err := test.do(); KindOf(err) != test.want {
				t.Errorf("%s: got %q (%v), want %q", test.name, KindOf(err), err, test.want)
			}
			time.Sleep(20 * time.Minute) // for the server's delays of failed logins
		}
		if _, err := Register(ctx, l, NewAccount{Name: "eve", Display: "Eve", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}}, o); err != nil {
			t.Errorf("refused attempts used the invite up: %v", err)
		}
	})
}

// TestWeakStretch: a server that makes guessing cheap, or absurdly dear, gets
// no answer to guess against.
func TestWeakStretch(t *testing.T) {
	good := wire.Stretch{Alg: wire.StretchArgon2id, Salt: make([]byte, 16), MemoryKiB: wire.MinStretchKiB, Passes: 3, Lanes: 4}
	for name, spoil := range map[string]func(s *wire.Stretch, scram *string){
		"algorithm":       func(s *wire.Stretch, _ *string) { s.Alg = "pbkdf2" },
		"memory":          func(s *wire.Stretch, _ *string) { s.MemoryKiB = wire.MinStretchKiB - 1 },
		"too much memory": func(s *wire.Stretch, _ *string) { s.MemoryKiB = 1 << 31 },
		"passes":          func(s *wire.Stretch, _ *string) { s.Passes = 2 },
		"endless passes":  func(s *wire.Stretch, _ *string) { s.Passes = 1 << 30 },
		"lanes":           func(s *wire.Stretch, _ *string) { s.Lanes = 1 },
		"salt":            func(s *wire.Stretch, _ *string) { s.Salt = s.Salt[:15] },
		"rounds":          func(_ *wire.Stretch, scram *string) { *scram = strings.Replace(*scram, "i=100000", "i=1", 1) },
		"endless rounds":  func(_ *wire.Stretch, scram *string) { *scram = strings.Replace(*scram, "i=100000", "i=2000000000", 1) },
		"another nonce":   func(_ *wire.Stretch, scram *string) { *scram = "r=x,s=AAAAAAAAAAAAAAAAAAAAAA==,i=100000" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				h.script = func(p *peer) {
					begin, ok := p.next().(*wire.LoginBegin)
					if !ok {
						return
					}
					_, nonce, _ := strings.Cut(begin.Scram, ",r=")
					s, scram := good, "r="+nonce+"more,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=100000"
					spoil(&s, &scram)
					p.send(&wire.LoginChallenge{Rep: wire.Rep{Re: begin.ID}, Stretch: s, Scram: scram})
					p.next()
				}
				h.start()
				_, err := Login(t.Context(), h.link(), Credentials{Name: "ada", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}}, h.options())
				if KindOf(err) != KindWeakStretch {
					t.Errorf("got %v", err)
				}
				if diff := cmp.Diff([]wire.Type{wire.TypeLoginBegin}, h.seen()); diff != "" {
					t.Errorf("the server saw (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestFalseServerSignature: a server that does not hold the verifier cannot
// finish the login.
func TestFalseServerSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.script = func(p *peer) {
			begin := p.next().(*wire.LoginBegin)
			_, nonce, _ := strings.Cut(begin.Scram, ",r=")
			p.send(&wire.LoginChallenge{
				Rep:     wire.Rep{Re: begin.ID},
				Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: make([]byte, 16), MemoryKiB: wire.MinStretchKiB, Passes: 3, Lanes: 4},
				Scram:   "r=" + nonce + "more,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096",
			})
			finish := p.next()
			ready := p.ready(wire.Rep{Re: finish.RequestID()}, chat.DeviceID{})
			ready.Scram = "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
			p.send(ready)
			p.next()
		}
		h.start()
		_, err := Login(t.Context(), h.link(), Credentials{Name: "ada", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}}, h.options())
		if KindOf(err) != KindNotBound {
			t.Errorf("got %v", err)
		}
	})
}

// TestRealServer talks, loses the server in every manner, and comes back.
func TestRealServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReal(t)
		key := newKey(t)
		_, err := Register(t.Context(), r.invite(1, time.Hour, true), NewAccount{
			Name: "ada", Display: "Ada", Password: []byte(goodPassword), Device: Device{Key: key, Name: "test"},
		}, r.options())
		if err != nil {
			t.Fatal(err)
		}
		w := &watcher{}
		l := New(Config{Link: r.link(), Device: Device{Key: key}, Handler: w}, r.options())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(time.Second)

		s := w.session(t)
		if _, err := s.Do(ctx, &wire.Sync{Rooms: []wire.Cursor{}}); err != nil {
			t.Fatal(err)
		}
		room := chat.NewRoomID()
		if _, err := s.Do(ctx, send(t, room, 1, chat.KindRoomCreate, chat.RoomCreate{Name: "tea", Access: chat.AccessOpen, History: chat.HistoryAll})); err != nil {
			t.Fatal(err)
		}
		reply, err := s.Do(ctx, send(t, room, 2, chat.KindMessage, chat.Text{Text: "hello"}))
		ack, ok := reply.(*wire.Ack)
		if err != nil || !ok || ack.Room != room || ack.Seq != 3 { // create, join, message
			t.Fatalf("ack %+v, %v", reply, err)
		}
		var refusal *chat.Error
		if _, err := s.Do(ctx, send(t, room, 9, chat.KindMessage, chat.Text{Text: "too early"})); !errors.As(err, &refusal) || refusal.Code != chat.CodeOrderGap || refusal.Next != 3 {
			t.Errorf("gap: %v", err)
		}
		time.Sleep(time.Minute) // two heartbeats at least
		w.mu.Lock()
		seqs, digest := []chat.Seq{}, chat.Digest(0)
		for _, f := range w.frames {
			switch f := f.(type) {
			case *wire.Events:
				for _, e := range f.Events {
					seqs = append(seqs, e.Seq)
				}
			case *wire.HeartbeatOK:
				digest = f.Digest
			}
		}
		w.mu.Unlock()
		if diff := cmp.Diff([]chat.Seq{1, 2, 3}, seqs); diff != "" {
			t.Errorf("pushed (-want +got):\n%s", diff)
		}
		if want := chat.Digest(0).Add(room, 3); digest != want {
			t.Errorf("digest %v, want %v", digest, want)
		}

		r.shutdown()
		synctest.Wait()
		if st := l.Status(); st.State != StateWaiting || st.Reason.Kind != KindRestart || st.Next.Sub(st.Since) != st.Reason.RetryAfter {
			t.Errorf("after the goodbye: %+v, %v", st, st.Reason)
		}
		r.serve()
		time.Sleep(time.Minute)
		w.session(t)

		r.net.CutAll() // as a kill looks from here
		time.Sleep(10 * time.Second)
		s = w.session(t)
		if s.Strays() != 0 {
			t.Errorf("%d answers to nothing", s.Strays())
		}

		other := &watcher{} // the same device from another copy of the profile
		l2 := New(Config{Link: r.link(), Device: Device{Key: key}, Handler: other}, r.options())
		ctx2, cancel2 := context.WithCancel(t.Context())
		done2 := make(chan error, 1)
		go func() { done2 <- l2.Run(ctx2) }()
		time.Sleep(10 * time.Second)
		if st := l.Status(); st.State != StateWaiting || st.Reason.Kind != KindDisplaced || st.Next.Sub(st.Since) < displacedWait {
			t.Errorf("displaced: %+v, %v", st, st.Reason)
		}
		cancel2()
		<-done2
		time.Sleep(2 * time.Minute)
		w.session(t)
	})
}

// member puts an account with one device into the store, as joining does.
func (r *real) member(name string) Device {
	r.t.Helper()
	key := newKey(r.t)
	public, now := publicOf(key), time.Now().UnixMilli()
	l := r.invite(1, time.Hour, true)
	account := storage.Account{ID: chat.NewAccountID(), Name: name, Display: name, Verifier: []byte("none"), Created: now}
	device := storage.Device{ID: chat.DeviceIDOf(public), Account: account.ID, Key: public, Name: "test", Created: now, Proven: now, Seen: now}
	if err := r.store.CreateAccount(r.t.Context(), account, account.Name, device, chat.InviteIDOf(publicOf(l.Secret.Key())), now); err != nil {
		r.t.Fatal(err)
	}
	return Device{Key: key, Name: "test"}
}

// TestDeadRealPeer repeats the bounds of TestDeadPeer with the real server, and
// sees it take the client back.
func TestDeadRealPeer(t *testing.T) {
	for _, test := range []struct {
		name   string
		use    func(*testing.T, *Link, *Session)
		within time.Duration
	}{
		{"idle", func(*testing.T, *Link, *Session) {}, 26 * time.Second},
		{"sending", func(t *testing.T, _ *Link, s *Session) { say(t, s, "hello") }, 8 * time.Second},
		{"waking", func(_ *testing.T, l *Link, _ *Session) { l.Wake() }, 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReal(t)
				w := &watcher{}
				l := New(Config{Link: r.link(), Device: r.member("ada"), Handler: w}, r.options())
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- l.Run(ctx) }()
				for i := range 30 {
					time.Sleep(time.Duration(90_000+i*911) * time.Millisecond)
					s := w.session(t)
					r.net.Last().Stall(true)
					begin := time.Now()
					test.use(t, l, s)
					<-s.Done()
					if took := time.Since(begin); took > test.within {
						t.Errorf("noticed after %v, want %v at most", took, test.within)
					}
				}
				time.Sleep(time.Minute)
				w.session(t)
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func send(t *testing.T, room chat.RoomID, dseq uint64, kind chat.Kind, body chat.Body) *wire.Send {
	t.Helper()
	raw, err := wire.EncodeBody(body)
	if err != nil {
		t.Fatal(err)
	}
	return &wire.Send{MID: chat.NewMID(), Room: room, DSeq: dseq, Kind: kind, Body: string(raw)}
}
