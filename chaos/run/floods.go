//go:build unix

package run

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// What Floods plays.
const (
	floodTurns     = 16 // of each flood: so often beside, and so often at the server
	floodTurn      = time.Second
	floodSettle    = 400 * time.Millisecond // until a flood runs, or the one before is over
	floodTalking   = 20
	floodMeasuring = 4
	floodPast      = 2000 // messages that are in the log before
	floodText      = 1000 // bytes of each

	victim = "ana" // whose password is guessed
)

// Floods measures how long messages take from those who talk to others while somebody
// sends as fast as they can: a member, and strangers at an address that an innocent device
// has, too. The flood never stops: it goes to this server and to another one beside it in
// turn, so that what the machine has to do is the same all the time, and only what a server
// lets others have of it differs. It returns false where the machine has no address but
// loopback, which stands for nobody.
func Floods(ctx context.Context, programs Programs, dir, only string, tally *Tally) (found []check.Violation, played bool) {
	address := ownAddress()
	if address == "" {
		return nil, false
	}
	f, err := newFlooding(ctx, programs, filepath.Join(dir, "floods"), address, tally)
	if err != nil {
		return notStarted(err), true
	}
	defer f.close()
	f.broken("floods", f.play(ctx, only))
	if only == "" && !f.violated() {
		f.broken("floods", f.judge(ctx))
	}
	f.leave()
	f.leave = func() {}
	f.broken("shutdown", errors.Join(f.server.stop(), f.beside.stop()))
	_, err = readServer(ctx, f.server.data)
	f.broken("I1 durable", err)
	f.alarms()
	return f.found, true
}

// ownAddress returns an address of this machine that is not loopback; "" if there is none.
func ownAddress() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return ""
}

// flooding is a world with a hall full of people, and those who are a nuisance.
type flooding struct {
	*world
	beside  *server // where floods go that are not to touch this world
	hall    *hall
	readers []*guest    // those who talk, then those who measure; the last one is at the offenders' address
	fresh   []*onlooker // who have never been there
	crowd   *crowd
	offence Offence // what all have in common
	self    string
	leave   func()
	met     Met // at this server
	turns   int
	flooded time.Time // since when
}

func newFlooding(ctx context.Context, programs Programs, dir, address string, tally *Tally) (f *flooding, err error) {
	w, err := newWorld(ctx, programs, dir, "floods", tally, setup{names: names[:2], strict: true})
	if err != nil {
		return nil, err
	}
	f = &flooding{world: w, crowd: &crowd{}, hall: &hall{began: time.Now()}, leave: func() {}, met: Met{}}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	if f.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if f.hall.room, err = w.clients[0].onlyRoom(ctx); err != nil {
		return nil, err
	}
	invite, err := w.clients[0].must(ctx, "invite", "--uses", "1000")
	if err != nil {
		return nil, err
	}
	if err := w.server.stop(); err != nil {
		return nil, err
	}
	f.offence = Offence{Room: f.hall.room, Invite: invite, Name: victim, Devices: map[string][]byte{}}
	if err := f.settleIn(ctx); err != nil {
		return nil, err
	}
	// The other server is the same one, in another place.
	twin := filepath.Join(dir, "beside", "data")
	if err := os.CopyFS(twin, os.DirFS(w.server.data)); err != nil {
		return nil, err
	}
	if f.beside, err = newServer(programs, filepath.Join(dir, "beside"), twin, strictLimits); err != nil {
		return nil, err
	}
	for _, s := range []*server{w.server, f.beside} {
		if err := s.startAt(ctx, address); err != nil {
			return nil, err
		}
	}
	return f, f.fill(ctx)
}

// startAt has the server listen at another address as well, at the same port.
func (s *server) startAt(ctx context.Context, address string) error {
	_, port, err := net.SplitHostPort(s.listen)
	if err != nil {
		return err
	}
	s.also = net.JoinHostPort(address, port)
	return s.start(ctx)
}

// settleIn writes everybody into the stopped server's data: those who talk and measure,
// a member with a device for each offence, and one who comes and goes; and a past.
func (f *flooding) settleIn(ctx context.Context) (err error) {
	const people = floodTalking + floodMeasuring + 1
	if err := f.crowd.settleIn(ctx, f.server.data, people+4); err != nil {
		return err
	}
	for i, d := range f.crowd.devices[:people] {
		f.readers = append(f.readers, &guest{hall: f.hall, device: d, measures: i >= floodTalking})
	}
	f.offence.Devices[comerOffences[0]] = f.crowd.devices[people].key.Seed()
	f.fresh = f.crowd.devices[people+2:]
	s, err := boltstore.Open(f.server.data, boltstore.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	a, err := s.AccountByName(ctx, fmt.Sprintf("crowd%d", people+1))
	if err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	for _, kind := range memberOffences {
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		f.offence.Devices[kind] = key.Seed()
		d := storage.Device{ID: chat.DeviceIDOf(public), Account: a.ID, Key: public, Name: kind, Created: now, Proven: now, Seen: now}
		if err := s.AddDevice(ctx, d, a.Verifier, chat.DefaultLimits().DevicesPerAccount); err != nil {
			return err
		}
	}
	return past(ctx, s, f.hall.room)
}

// past writes messages into a room's log.
func past(ctx context.Context, s storage.Store, room chat.RoomID) error {
	log, err := s.Room(ctx, room)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"text": strings.Repeat("x", floodText)})
	if err != nil {
		return err
	}
	b := &storage.Batch{Room: room, Expect: log.Head.Seq}
	chain := log.Head.Chain
	for n := range chat.Seq(floodPast) {
		e := chat.Event{
			Room: room, Seq: log.Head.Seq + 1 + n, Kind: chat.KindMessage, Author: log.State.Creator, MID: chat.NewMID(),
			Time: time.Now().UnixMilli(), Body: body,
		}
		_, _ = rand.Read(e.Salt[:]) // never fails
		chain = e.Chain(chain)
		b.Entries = append(b.Entries, storage.Entry{Event: e, Chain: chain, Content: chat.ContentHash(room, e.Kind, body)})
	}
	done := make(chan error, 1)
	s.Append(b, func(err error) { done <- err })
	return <-done
}

// fill connects those who talk and measure.
func (f *flooding) fill(ctx context.Context) error {
	last := len(f.readers) - 1
	leave, err := attend(ctx, f.link(f.server.listen), f.readers[:last])
	if err != nil {
		return err
	}
	f.leave = leave
	innocent, err := attend(ctx, f.link(f.server.also), f.readers[last:])
	if err != nil {
		return err
	}
	f.leave = func() { leave(); innocent() }
	return nil
}

// link leads to the server by one of its addresses.
func (f *flooding) link(address string) chat.Link {
	return chat.Link{Addresses: []string{address}, Server: f.clients[0].owner.Server, Bound: true}
}

func (f *flooding) close() {
	f.leave()
	f.world.close()
	if f.beside != nil {
		f.beside.kill()
	}
}

// play plays all floods, one after the other.
func (f *flooding) play(ctx context.Context, only string) error {
	f.flooded = time.Now()
	for _, flood := range []struct {
		name  string
		kinds []string
		most  time.Duration // of a core that it may cost the server
	}{
		{"a member's flood", slices.Concat(memberOffences, comerOffences), memberCost},
		{"an address's flood", addressOffences, addressCost},
	} {
		kinds := slices.DeleteFunc(slices.Clone(flood.kinds), func(k string) bool { return !strings.Contains(k, only) })
		if len(kinds) == 0 {
			continue
		}
		t, err := f.inTurns(ctx, kinds)
		if err != nil {
			return fmt.Errorf("%s: %w", flood.name, err)
		}
		compare(t.beside, t.at, flood.name, floodsBound, f.tally)
		if t.cost > 0 { // where the system says
			f.tally.bound(Bound{Name: flood.name + " costs the server, cores", Plain: true, Cases: floodTurns, Most: flood.most, Got: t.cost})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(f.met)) {
		f.tally.note("%-12s met %v", kind, f.met[kind])
	}
	return nil
}

// How far the others' p99 may move, and what a flood may cost the server, in cores; see
// docs/reliability.md.
const (
	floodsBound = 2.0
	memberCost  = 500 * time.Millisecond
	addressCost = 300 * time.Millisecond
)

// turns are what was measured of a flood: the 99th percentiles while it went to the other
// server and to this one, and what of a core it cost the other one, which has nothing else
// to do; 0: that is not to be seen.
type turns struct {
	beside, at []time.Duration
	cost       time.Duration
}

// inTurns has a flood go to the other server and to this one in turn.
func (f *flooding) inTurns(ctx context.Context, kinds []string) (t turns, err error) {
	var floods [2]*flood
	for i, s := range []*server{f.beside, f.server} {
		if floods[i], err = f.offend(s.also, kinds); err != nil {
			return t, err
		}
		defer floods[i].process.kill()
	}
	var spent [2]time.Duration
	for n := range 2 * floodTurns {
		at := (n + n/2) % 2 // beside, at, at, beside: whatever grows, grows for both
		if err := errors.Join(floods[1-at].toggle(false), floods[at].toggle(true), pause(ctx, floodSettle)); err != nil {
			return t, err
		}
		before := f.beside.spent()
		f.turns++
		p99, err := f.hall.measure(ctx, f.turns, f.readers[:floodTalking], len(f.readers)-floodTalking, floodTurn)
		if err != nil {
			return t, err
		}
		spent[at] += f.beside.spent() - before
		if at == 1 {
			t.at = append(t.at, p99)
		} else {
			t.beside = append(t.beside, p99)
		}
	}
	t.cost = max(0, spent[0]-spent[1]) / floodTurns * time.Second / floodTurn
	_, err = floods[0].end()
	met, ended := floods[1].end()
	f.met.add(met)
	return t, errors.Join(err, ended)
}

// spent is how long the server's process has been at work on any core; 0 where the system
// does not say.
func (s *server) spent() time.Duration {
	const hz = 100 // of Linux' counters
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.running().cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / hz
}

// flood is a program that floods.
type flood struct {
	*process
	said []byte
	log  transcript
}

// offend starts a program that floods once it is told to.
func (f *flooding) offend(address string, kinds []string) (*flood, error) {
	told := f.offence
	told.Address, told.Kinds = address, kinds
	line, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	x := &flood{}
	if x.process, err = launch(f.self, []string{"offend"}, nil, func(b []byte) { x.said = append(x.said, b...) }, &x.log); err != nil {
		return nil, err
	}
	if _, err := x.stdin.Write(line); err != nil {
		x.kill()
		return nil, err
	}
	return x, nil
}

// toggle tells it to go on, or to pause.
func (x *flood) toggle(on bool) error {
	_, err := fmt.Fprintln(x.stdin, on)
	return err
}

// end ends it and returns what it met.
func (x *flood) end() (met Met, err error) {
	_ = x.stdin.Close() // that is how it is told
	if err := x.wait(20 * time.Second); err != nil {
		x.kill()
		return nil, fmt.Errorf("the flood does not end: %w\n%s", err, &x.log)
	}
	if err := json.Unmarshal(x.said, &met); err != nil {
		return nil, fmt.Errorf("what the flood met: %w\n%s", err, &x.log)
	}
	return met, nil
}

// add counts what another flood met as well.
func (m Met) add(more Met) {
	for kind, answers := range more {
		if m[kind] == nil {
			m[kind] = map[string]int{}
		}
		for answer, n := range answers {
			m[kind][answer] += n
		}
	}
}
