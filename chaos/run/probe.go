//go:build unix

package run

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/net/link"
	"hearth/net/wire"
)

// prober is a member that knows the protocol and asks what programs never ask.
type prober struct {
	link   chat.Link
	key    ed25519.PrivateKey
	ready  wire.Ready
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	events []uint64          // guarded by mu: sequences pushed on this connection
	reads  []wire.RoomMarker // guarded by mu: own read positions told on this connection
	blocks []chat.Block      // guarded by mu: whom the account has blocked, as told on it
	live   bool              // guarded by mu: the sync of this connection has ended
	end    *link.Error       // guarded by mu
	up     chan *link.Session
}

// State implements link.Handler.
func (p *prober) State(s link.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.Reason != nil {
		p.end = s.Reason
	}
}

// Up implements link.Handler.
func (p *prober) Up(s *link.Session) {
	select {
	case p.up <- s:
	default:
	}
}

// Push implements link.Handler.
func (p *prober) Push(_ *link.Session, f wire.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, live := f.(*wire.Live); live {
		p.live = true
	}
	if at, ok := f.(*wire.ReadAt); ok {
		p.reads = append(p.reads, at.Markers...)
	}
	if at, ok := f.(*wire.BlocksAt); ok {
		p.blocks = append(p.blocks, at.Blocks...)
	}
	e, ok := f.(*wire.Events)
	if !ok {
		return
	}
	for i := range e.Events {
		p.events = append(p.events, uint64(e.Events[i].Seq))
	}
}

// Down implements link.Handler.
func (p *prober) Down(*link.Session, *link.Error) {}

// patience of a probe for one answer.
const probePatience = 10 * time.Second

// register makes an account for a prober.
func register(ctx context.Context, invite, address, name string) (*prober, error) {
	l, err := chat.ParseLink(invite)
	if err != nil {
		return nil, err
	}
	l.Addresses = []string{address}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	a, err := link.Register(ctx, l, link.NewAccount{
		Name: name, Display: name, Password: []byte("a long enough password 42"), Device: link.Device{Key: key, Name: "probe"},
	}, link.Options{})
	return &prober{link: l.WithoutSecret(), key: key, ready: a.Ready}, err
}

// connect connects with a signer, which may lie.
func (p *prober) connect(ctx context.Context, signer crypto.Signer) (*link.Session, error) {
	ctx, p.cancel = context.WithCancel(ctx)
	p.up = make(chan *link.Session, 1)
	p.mu.Lock()
	p.end, p.events, p.reads, p.blocks, p.live = nil, nil, nil, nil, false
	p.mu.Unlock()
	l := link.New(link.Config{Link: p.link, Device: link.Device{Key: signer, Name: "probe"}, Handler: p}, link.Options{})
	ended := make(chan struct{})
	p.work.Go(func() {
		defer close(ended)
		_ = l.Run(ctx) // the handler has the reason
	})
	deadline := time.NewTimer(probePatience)
	defer deadline.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case s := <-p.up:
			return s, nil
		case <-deadline.C:
			p.hangUp()
			return nil, errors.New("no connection and no reason in time")
		case <-look.C:
			p.mu.Lock()
			end := p.end
			p.mu.Unlock()
			if end != nil && end.Kind != link.KindRefused && end.Kind != link.KindLost {
				p.hangUp()
				return nil, end
			}
		}
	}
}

// caughtUp waits until everything has been handed over that the server had pushed when
// it is asked: an answer that is waited for comes past what waits for the handler.
func (p *prober) caughtUp(ctx context.Context, s *link.Session) error {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	answered := make(chan error, 1)
	if err := s.Go(&wire.Heads{}, func(_ wire.Reply, err error) { answered <- err }); err != nil {
		return err
	}
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hangUp ends the connection.
func (p *prober) hangUp() {
	p.cancel()
	p.work.Wait()
}

// liar is a device key that signs for another connection than the one at hand.
type liar struct {
	key   ed25519.PrivateKey
	spoil func(message []byte) []byte
	last  []byte // the newest true signature
}

// Public implements crypto.Signer.
func (l *liar) Public() crypto.PublicKey { return l.key.Public() }

// Sign implements crypto.Signer.
func (l *liar) Sign(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	if l.spoil == nil {
		l.last = ed25519.Sign(l.key, message)
		return l.last, nil
	}
	return l.spoil(message), nil
}

// Lengths at the end of what is signed, see wire.AuthInput: exporter, server's
// nonce, client's nonce, hello.
const part = 32

// probe asks a running server everything and returns what it should not have
// done.
func probe(ctx context.Context, s *server, invite string) (found []check.Violation) {
	add := func(name, format string, args ...any) {
		found = append(found, check.Violation{Check: name, Text: fmt.Sprintf(format, args...)})
	}
	one, err := register(ctx, invite, s.listen, "probe1")
	if err != nil {
		add("probe", "registering: %v", err)
		return found
	}
	two, err := register(ctx, invite, s.listen, "probe2")
	if err != nil {
		add("probe", "registering: %v", err)
		return found
	}
	probeProofs(ctx, one, add)
	if len(found) == 0 {
		probeAnswers(ctx, one, two, add)
	}
	return found
}

type adder func(name, format string, args ...any)

// probeProofs: I12, a recorded proof is good for nothing, and no two greetings
// ask the same question.
func probeProofs(ctx context.Context, p *prober, add adder) {
	honest := &liar{key: p.key}
	nonces := map[string]bool{}
	for range 3 {
		s, err := p.connect(ctx, honest)
		if err != nil {
			add("I12 no replay", "an honest proof is refused: %v", err)
			return
		}
		nonce := string(s.Greeting().Nonce)
		if nonces[nonce] {
			add("I12 no replay", "two greetings have the same nonce")
		}
		nonces[nonce] = true
		p.hangUp()
	}
	recorded := honest.last
	for name, spoil := range map[string]func([]byte) []byte{
		"a recorded proof": func([]byte) []byte { return recorded },
		"a proof for no connection": func(m []byte) []byte {
			clear(m[len(m)-4*part : len(m)-3*part])
			return ed25519.Sign(p.key, m)
		},
		"a proof for another nonce": func(m []byte) []byte {
			clear(m[len(m)-3*part : len(m)-2*part])
			return ed25519.Sign(p.key, m)
		},
		"a proof for another greeting": func(m []byte) []byte {
			clear(m[len(m)-part:])
			return ed25519.Sign(p.key, m)
		},
	} {
		if _, err := p.connect(ctx, &liar{key: p.key, spoil: spoil}); err == nil {
			add("I12 no replay", "%s is accepted", name)
			p.hangUp()
		}
	}
}

// probeAnswers: ids bound to contents and places, one answer to everything, and
// nothing for those who have left.
func probeAnswers(ctx context.Context, one, two *prober, add adder) {
	a, err := one.connect(ctx, one.key)
	if err != nil {
		add("probe", "%v", err)
		return
	}
	defer one.hangUp()
	b, err := two.connect(ctx, two.key)
	if err != nil {
		add("probe", "%v", err)
		return
	}
	defer two.hangUp()
	ask := func(s *link.Session, r wire.Request) (wire.Reply, error) {
		ctx, cancel := context.WithTimeout(ctx, probePatience)
		defer cancel()
		return s.Do(ctx, r)
	}
	started, err := ask(a, &wire.Sync{})
	rooms, ok := started.(*wire.SyncStarted)
	if err != nil || !ok || len(rooms.Rooms) != 1 {
		add("probe", "sync: %v", err)
		return
	}
	if _, err := ask(b, &wire.Sync{}); err != nil {
		add("probe", "sync: %v", err)
	}
	room := rooms.Rooms[0].Room
	send := func(s *link.Session, mid chat.MID, dseq uint64, kind chat.Kind, body string) (*wire.Ack, error) {
		r, err := ask(s, &wire.Send{MID: mid, Room: room, DSeq: dseq, Kind: kind, Body: body})
		ack, _ := r.(*wire.Ack)
		return ack, err
	}
	mid := chat.NewMID()
	first, err := send(a, mid, 1, chat.KindMessage, `{"text":"probe one"}`)
	if err != nil {
		add("I14 one answer", "a send: %v", err)
		return
	}
	again, err := send(a, mid, 1, chat.KindMessage, `{"text":"probe one"}`)
	if err != nil || again.Seq != first.Seq || !again.Duplicate {
		add("I2 once", "a repeated send was answered by %+v, %v; the first by %+v", again, err, first)
	}
	if ack, err := send(a, mid, 2, chat.KindMessage, `{"text":"probe two"}`); chat.CodeOf(err) != chat.CodeIDConflict {
		add("I2 once", "a known id with another content was answered by %+v, %v", ack, err)
	}
	if ack, err := send(a, chat.NewMID(), 7, chat.KindMessage, `{"text":"probe seven"}`); chat.CodeOf(err) != chat.CodeOrderGap {
		add("I5 sender order", "a gap in the device's numbers was answered by %+v, %v", ack, err)
	}
	if ack, err := send(a, chat.NewMID(), 2, chat.KindMessage, `{"text":7}`); err == nil || errors.Is(err, context.DeadlineExceeded) {
		add("I14 one answer", "a malformed send was answered by %+v, %v", ack, err)
	}
	if _, err := ask(a, &wire.Send{MID: chat.NewMID(), Room: chat.NewRoomID(), DSeq: 1, Kind: chat.KindMessage, Body: `{"text":"nowhere"}`}); chat.CodeOf(err) != chat.CodeRoomGone {
		add("I14 one answer", "a send to no room was answered by %v", err)
	}
	left, err := send(b, chat.NewMID(), 1, chat.KindLeave, `{}`)
	if err != nil {
		add("probe", "leaving: %v", err)
		return
	}
	for n := range uint64(20) {
		if _, err := send(a, chat.NewMID(), 2+n, chat.KindMessage, `{"text":"probe after"}`); err != nil {
			add("I14 one answer", "a send: %v", err)
			return
		}
	}
	if err := two.caughtUp(ctx, b); err != nil {
		add("I14 one answer", "heads: %v", err)
	}
	two.mu.Lock()
	defer two.mu.Unlock()
	for _, seq := range two.events {
		if seq > uint64(left.Seq) {
			add("I9 visibility", "event %d was given to somebody who left at %d", seq, left.Seq)
			break
		}
	}
}

// rounds is how often a feed is begun under fire.
const rounds = 40

// probeFeeds begins feeds again and again while somebody talks: what comes in
// between must reach the reader, by page or by push.
func probeFeeds(ctx context.Context, s *server, invite string) (found []check.Violation) {
	one, err := register(ctx, invite, s.listen, "talker")
	if err != nil {
		return notStarted(err)
	}
	two, err := register(ctx, invite, s.listen, "reader")
	if err != nil {
		return notStarted(err)
	}
	a, err := one.connect(ctx, one.key)
	if err != nil {
		return notStarted(err)
	}
	defer one.hangUp()
	reply, err := a.Do(ctx, &wire.Sync{})
	started, ok := reply.(*wire.SyncStarted)
	if err != nil || !ok || len(started.Rooms) != 1 {
		return notStarted(fmt.Errorf("sync: %w", errors.Join(err, errJoin)))
	}
	talking, quiet := context.WithCancel(ctx)
	var talk sync.WaitGroup
	talk.Go(func() {
		for n := uint64(1); talking.Err() == nil; n++ {
			_, _ = a.Do(talking, &wire.Send{MID: chat.NewMID(), Room: started.Rooms[0].Room, DSeq: n, Kind: chat.KindMessage, Body: `{"text":"probe"}`})
		}
	})
	defer talk.Wait()
	defer quiet()
	for range rounds {
		if v := two.readOnce(ctx); v != nil {
			return []check.Violation{*v}
		}
	}
	return nil
}

// readOnce connects, reads everything and a little more.
func (p *prober) readOnce(ctx context.Context) *check.Violation {
	s, err := p.connect(ctx, p.key)
	if err != nil {
		return &check.Violation{Check: "start", Text: err.Error()}
	}
	defer p.hangUp()
	if err := s.Go(&wire.Sync{}, nil); err != nil {
		return &check.Violation{Check: "start", Text: err.Error()}
	}
	count := func() (n int, live bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.events), p.live
	}
	if !until(ctx, probePatience, func() bool { _, live := count(); return live }) {
		return &check.Violation{Check: "2.9 sync", Text: "a sync did not end"}
	}
	at, _ := count()
	until(ctx, time.Second, func() bool { n, _ := count(); return n > at+5 })
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, seq := range p.events {
		if seq != uint64(i+1) { //nolint:gosec // not negative
			return &check.Violation{Check: "I7 no silent gap", Text: fmt.Sprintf("%d came where %d was due", seq, i+1)}
		}
	}
	return nil
}
