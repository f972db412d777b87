package app

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/link/linktest"
	"hearth/net/memnet"
	"hearth/net/wire"
	"hearth/store/profile"
	"hearth/store/secret"
)

// prey is somebody at the mercy of a server that a test controls.
type prey struct {
	*person
	server  *linktest.Server
	secrets map[string][]byte // what must never be sent
}

const confession = "nobody but us may ever read that"

// newPrey makes an honest server with one room, and a member of it.
func newPrey(t *testing.T) *prey {
	t.Helper()
	n := memnet.New()
	s := linktest.New(t, n, testAddress)
	w := &world{t: t, net: n, sid: s.ID(), general: chat.NewRoomID()}
	s.Book.Found(w.general, "one", "two")
	p := &person{w: w, name: "ann", account: s.Book.Account, dir: folder(t, "ann"), ring: secret.NewMemory()}
	b := secret.NewBundle(w.sid)
	prof, err := profile.Open(p.dir)
	must(t, err)
	a := profile.Account{
		Server: w.sid, Addresses: []string{testAddress}, Bound: true, Verified: true, Account: p.account,
		Device: b.Device, Name: "ann", Display: "ann", Group: "Bees", Secrets: profile.ModeKeyring,
	}
	g, err := prof.Begin(a)
	must(t, err)
	must(t, p.ring.Save(context.Background(), b))
	must(t, g.Complete(a))
	return &prey{person: p, server: s, secrets: map[string][]byte{
		"device key": b.Seed[:], "device key, expanded": b.Seed.PrivateKey(), "database key": b.Key[:],
		"message": []byte(confession), "password": []byte(goodPassword),
	}}
}

// successor takes the server's place, with all it knows.
func (p *prey) successor() *linktest.Server {
	p.server.Stop()
	s := linktest.New(p.w.t, p.w.net, testAddress)
	s.Key, s.Epoch, s.Book = p.server.Key, p.server.Epoch, p.server.Book
	p.server = s
	return s
}

// silent checks that nothing secret was sent, and no frame at all.
func (p *prey) silent(t *testing.T) {
	t.Helper()
	tape := p.server.Tape()
	if found := linktest.Leaks(tape.Bytes(), p.secrets); len(found) > 0 {
		t.Errorf("sent: %v", found)
	}
	if frames := tape.Frames(); len(frames) > 0 && string(frames) != "\x03\xe8" { // a close frame says nothing
		t.Errorf("frames were sent to somebody unproven: %.200q", frames)
	}
	if tape.Conns() == 0 {
		t.Error("the client did not even try; the test shows nothing")
	}
}

// imposters are servers that are not who they ought to be, or whose words were
// changed under way.
var imposters = []struct {
	name   string
	lie    func(t *testing.T, s *linktest.Server)
	reason Reason
	way    string // the reason a way in gives, if it is another
}{
	{name: "another identity", reason: ReasonPinMismatch, lie: func(t *testing.T, s *linktest.Server) { s.Key = linktest.NewKey(t) }},
	{name: "a certificate of an authority that is not trusted", reason: ReasonAuthority, lie: func(t *testing.T, s *linktest.Server) {
		ca := linktest.NewAuthority(t)
		s.Chain = func() tls.Certificate { return ca.Issue(t, "hearth.test") }
	}},
	{name: "the right chain, the proof of another", reason: ReasonNotBound, lie: func(t *testing.T, s *linktest.Server) { s.Prover = linktest.NewKey(t) }},
	{name: "a proof recorded on another connection", reason: ReasonNotBound, lie: func(_ *testing.T, s *linktest.Server) {
		s.Exporter = func(b []byte) []byte { return append([]byte{b[0] ^ 1}, b[1:]...) }
	}},
	{name: "hello bytes changed", reason: ReasonNotBound, lie: func(_ *testing.T, s *linktest.Server) {
		s.Mangle = func(h *wire.Hello) { h.Hello += " " }
	}},
	{name: "mechanisms stripped under way", reason: ReasonNotBound, lie: func(_ *testing.T, s *linktest.Server) {
		s.Mangle = func(h *wire.Hello) {
			h.Hello = strings.Replace(h.Hello, `"scram-sha-256-plus"`, `"plain"`, 1)
		}
	}},
	{name: "limits changed under way", reason: ReasonNotBound, lie: func(_ *testing.T, s *linktest.Server) {
		s.Mangle = func(h *wire.Hello) { h.Hello = strings.Replace(h.Hello, `65536`, `65537`, 1) }
	}},
	{name: "an older version", reason: ReasonTooOld, lie: func(_ *testing.T, s *linktest.Server) {
		s.Greet = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 0, 0 }
	}},
	{name: "a newer version", reason: ReasonTooNew, lie: func(_ *testing.T, s *linktest.Server) {
		s.Greet = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 9, 9 }
	}},
	{name: "unbound", reason: ReasonNotBound, lie: func(_ *testing.T, s *linktest.Server) {
		s.Greet = func(g *wire.Greeting) { g.Bound = false }
	}},
	{name: "no proof", reason: ReasonNotBound, lie: func(_ *testing.T, s *linktest.Server) {
		s.Mangle = func(h *wire.Hello) { h.Proof = nil }
	}},
	{name: "a greeting of somebody else", reason: ReasonPinMismatch, lie: func(t *testing.T, s *linktest.Server) {
		other := linktest.NewKey(t)
		s.Greet = func(g *wire.Greeting) { g.Identity = wire.Bytes(other.Public().(ed25519.PublicKey)) }
	}},
	{name: "negative versions and limits", reason: ReasonTooOld, lie: func(_ *testing.T, s *linktest.Server) {
		s.Greet = func(g *wire.Greeting) {
			g.MinVersion, g.MaxVersion, g.Limits.FrameBytes, g.Heartbeat.IdleMS = -5, -1, -1, -1
		}
	}},
}

// TestImposterMeetsMember: somebody enrolled, with a message that waits, meets a
// server that is not his. He is told so, in the right words, and nothing leaves.
func TestImposterMeetsMember(t *testing.T) {
	for _, c := range imposters {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPrey(t)
				p.server.Start()
				p.run().live()
				defer p.quit()
				liar := p.successor()
				p.say(p.w.general, confession)
				c.lie(t, liar)
				liar.Start()
				p.TryNow()
				p.until("the end", func(v *View) bool { return v.Connection.State == ConnStopped })
				v := p.View()
				if v.Connection.Reason != c.reason {
					t.Errorf("told %q (%s), want %q", v.Connection.Reason, v.Connection.Detail, c.reason)
				}
				if c.reason == ReasonPinMismatch && v.Connection.Expected != p.w.sid.Groups() {
					t.Errorf("expected %q", v.Connection.Expected)
				}
				if v.Waiting != 1 || len(p.texts(p.w.general)) != 3 {
					t.Errorf("local data changed: %d waiting, %v", v.Waiting, p.texts(p.w.general))
				}
				p.silent(t)
				before := p.server.Tape().Conns()
				time.Sleep(time.Hour)
				if p.server.Tape().Conns() != before {
					t.Error("it tried again by itself")
				}
			})
		})
	}
}

// TestImposterMeetsStranger: somebody comes by an invite, or with a password.
func TestImposterMeetsStranger(t *testing.T) {
	for i, c := range imposters {
		if testkit.Race && i%4 != 0 {
			continue // each stretches a password, for seconds under the race detector
		}
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPrey(t)
				honest := p.server.Link()
				invite := honest
				invite.Secret = chat.NewInviteSecret()
				p.secrets["invite secret"] = invite.Secret[:]
				p.secrets["invite key"] = invite.Secret.Key()
				p.secrets["invite in a link"] = []byte(invite.String()[strings.IndexByte(invite.String(), '#')+1:])
				stranger := p.w.stranger("bob").run().welcomed()
				defer stranger.quit()
				c.lie(t, p.server)
				p.server.Start()
				ways := map[string]func() error{
					"look": func() error { _, err := stranger.CheckInvite(t.Context(), invite.String()); return err },
					"join": func() error {
						return stranger.Join(t.Context(), JoinRequest{Link: invite.String(), Display: "Bob", Password: password()})
					},
					"sign in": func() error {
						return stranger.SignIn(t.Context(), SignInRequest{Link: honest.String(), Name: "bob", Password: password()})
					},
				}
				for name, way := range ways {
					failed := asFailed(way())
					if failed.Code != FailConnection || failed.Detail != string(c.reason) {
						t.Errorf("%s: %v, want %s", name, failed, c.reason)
					}
				}
				p.silent(t)
			})
		})
	}
}

func asFailed(err error) *Failed {
	if f, ok := err.(*Failed); ok { //nolint:errorlint // the contract says so
		return f
	}
	return &Failed{Detail: "no *Failed"}
}

// TestLyingLogin: the server proves its identity and then asks for the password
// to be handled carelessly, or cannot show that it knows the account.
func TestLyingLogin(t *testing.T) {
	honest := wire.Stretch{Alg: wire.StretchArgon2id, Salt: make([]byte, 16), MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes}
	const good = "s=c2FsdHNhbHRzYWx0c2FsdA==,i=4096"
	weak := func(change func(*wire.Stretch)) wire.Stretch { s := honest; change(&s); return s }
	for i, c := range []struct {
		name    string
		stretch wire.Stretch
		scram   string // behind the nonce
		nonce   func(client string) string
		final   bool // a proof may be sent: it is worth nothing without the exchange
		want    Reason
	}{
		{name: "little memory", stretch: weak(func(s *wire.Stretch) { s.MemoryKiB = 8 }), scram: good, want: ReasonUnsafe},
		{name: "one pass", stretch: weak(func(s *wire.Stretch) { s.Passes = 1 }), scram: good, want: ReasonUnsafe},
		{name: "one lane", stretch: weak(func(s *wire.Stretch) { s.Lanes = 1 }), scram: good, want: ReasonUnsafe},
		{name: "no salt", stretch: weak(func(s *wire.Stretch) { s.Salt = nil }), scram: good, want: ReasonUnsafe},
		{name: "another algorithm", stretch: weak(func(s *wire.Stretch) { s.Alg = "none" }), scram: good, want: ReasonUnsafe},
		{name: "all of the memory", stretch: weak(func(s *wire.Stretch) { s.MemoryKiB = 1 << 31 }), scram: good, want: ReasonUnsafe},
		{name: "for ever", stretch: weak(func(s *wire.Stretch) { s.Passes = 1 << 30 }), scram: good, want: ReasonUnsafe},
		{name: "one round", stretch: honest, scram: "s=c2FsdHNhbHRzYWx0c2FsdA==,i=1", want: ReasonUnsafe},
		{name: "rounds for ever", stretch: honest, scram: "s=c2FsdHNhbHRzYWx0c2FsdA==,i=2000000000", want: ReasonUnsafe},
		{name: "negative rounds", stretch: honest, scram: "s=c2FsdHNhbHRzYWx0c2FsdA==,i=-1", want: ReasonUnsafe},
		{name: "no rounds", stretch: honest, scram: "s=c2FsdHNhbHRzYWx0c2FsdA==", want: ReasonUnsafe},
		{name: "another's nonce", stretch: honest, scram: good, nonce: func(string) string { return "r=recorded" }, want: ReasonUnsafe},
		{name: "our nonce and nothing of its own", stretch: honest, scram: good, nonce: func(c string) string { return c }, final: true, want: ReasonNotBound},
		{name: "rubbish", stretch: honest, scram: "\x00\x01", nonce: func(string) string { return "" }, want: ReasonUnsafe},
		{name: "a wrong proof of its own", stretch: honest, scram: good, final: true, want: ReasonNotBound},
	} {
		if testkit.Race && i%4 != 0 {
			continue // see above
		}
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newPrey(t)
				stranger := p.w.stranger("bob").run().welcomed()
				defer stranger.quit()
				p.server.Handle = func(peer *linktest.Peer, r wire.Request) bool {
					switch r := r.(type) {
					case *wire.LoginBegin:
						nonce := "r=" + r.Scram[strings.Index(r.Scram, ",r=")+3:]
						if c.nonce != nil {
							nonce = c.nonce(nonce)
						} else {
							nonce += "server"
						}
						return peer.Send(&wire.LoginChallenge{Rep: wire.Rep{Re: r.ID}, Stretch: c.stretch, Scram: nonce + "," + c.scram})
					case *wire.LoginFinish:
						if !c.final {
							t.Error("a proof was sent")
						}
						ready := peer.Ready(wire.Rep{Re: r.ID}, chat.DeviceID{1})
						ready.Scram = "v=d3Jvbmc="
						return peer.Send(ready)
					}
					return false
				}
				p.server.Start()
				begin := time.Now()
				failed := asFailed(stranger.SignIn(t.Context(), SignInRequest{Link: p.server.Link().String(), Name: "bob", Password: password()}))
				if failed.Code != FailConnection || failed.Detail != string(c.want) {
					t.Errorf("%v, want %s", failed, c.want)
				}
				if took := time.Since(begin); took > time.Minute {
					t.Errorf("took %v", took)
				}
				if found := linktest.Leaks(p.server.Tape().Bytes(), p.secrets); len(found) > 0 {
					t.Errorf("sent: %v", found)
				}
				if v := stranger.View(); v.Phase != PhaseWelcome {
					t.Errorf("phase %s", v.Phase)
				}
			})
		})
	}
}

func TestMechanismsWithdrawn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPrey(t)
		p.server.Greet = func(g *wire.Greeting) { g.Mechanisms = []string{"plain"} }
		p.server.Start()
		stranger := p.w.stranger("bob").run().welcomed()
		defer stranger.quit()
		failed := asFailed(stranger.SignIn(t.Context(), SignInRequest{Link: p.server.Link().String(), Name: "bob", Password: password()}))
		if failed.Code != FailConnection || failed.Detail != string(ReasonTooNew) {
			t.Errorf("%v", failed)
		}
		p.silent(t)
		// A key needs no mechanism.
		p.run().live().quit()
	})
}
