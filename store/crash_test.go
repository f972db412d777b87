package store_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// A copy of the test program works on a database and says on standard output what
// the store has promised; it is killed at random moments.
const (
	childEnv = "HEARTH_STORE_CRASH_CHILD" // path of the database
	keyEnv   = "HEARTH_STORE_CRASH_KEY"
	kills    = 15
)

func TestKill(t *testing.T) {
	testkit.NoLeaks(t)
	d := newDB(t)
	if err := d.open().Close(); err != nil {
		t.Fatal(err)
	}
	p := promises{waiting: map[chat.MID]bool{}}
	for round := range kills {
		word := "" // any
		if round == 0 {
			word = "applied" // however slow this machine is, once it has done everything
		}
		p.run(t, d, word, time.Duration(rand.IntN(60_000))*time.Microsecond)
		s := d.open()
		if err := errors.Join(s.Check(t.Context()), s.CheckPages(t.Context())); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		p.verify(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d events, %d entries promised", p.head.Seq, p.enqueued)
	if p.head.Seq == 0 || p.enqueued == 0 {
		t.Error("nothing was promised")
	}
}

type promises struct {
	head     chat.Head
	waiting  map[chat.MID]bool // enqueued, and not known to be resolved
	enqueued int
}

// run lets a child work, kills it some time after it first said a word that begins so,
// and takes down all it said.
func (p *promises) run(t *testing.T, d *db, word string, after time.Duration) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+d.path, keyEnv+"="+hex.EncodeToString(d.key[:]))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var killer *time.Timer
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break // a line cut off by the kill promised nothing
		}
		if err != nil {
			t.Fatal(err)
		}
		if killer == nil && strings.HasPrefix(line, word) {
			killer = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			defer killer.Stop()
		}
		p.hear(t, strings.Fields(line))
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child was not killed: %v", err)
	}
}

func (p *promises) hear(t *testing.T, words []string) {
	mid := func(text string) (mid chat.MID) {
		if err := mid.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return mid
	}
	switch words[0] {
	case "enqueued":
		p.waiting[mid(words[1])] = true
		p.enqueued++
	case "applied":
		if _, err := fmt.Sscan(words[1], &p.head.Seq); err != nil {
			t.Fatal(err)
		}
		if err := p.head.Chain.UnmarshalText([]byte(words[2])); err != nil {
			t.Fatal(err)
		}
		for _, w := range words[3:] {
			delete(p.waiting, mid(w))
		}
	}
}

// verify: what was promised is there. More may be: a commit nobody heard of.
func (p *promises) verify(t *testing.T, s *store.Store) {
	r, err := s.Room(t.Context(), room1)
	if errors.Is(err, store.ErrNotFound) && p.head.Seq == 0 {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.Cursor.Seq < p.head.Seq {
		t.Fatalf("the cursor is %d, %d was promised", r.Cursor.Seq, p.head.Seq)
	}
	if chain, err := s.ChainAt(t.Context(), room1, p.head.Seq); err != nil || chain != p.head.Chain {
		t.Fatalf("the chain at %d is another: %v", p.head.Seq, err)
	}
	entries, err := s.Outbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there := map[chat.MID]int{}
	for _, e := range entries {
		there[e.MID]++
	}
	win, err := s.Messages(t.Context(), room1, store.Query{Place: store.After, Seq: p.head.Seq, Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range win.Events {
		there[e.MID]++
	}
	for mid := range p.waiting {
		if there[mid] != 1 {
			t.Errorf("an entry that was promised is there %d times", there[mid])
		}
	}
	for _, e := range win.Events { // resolved by a commit that was not told
		delete(p.waiting, e.MID)
	}
}

// crashChild works until it is killed.
func crashChild() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := work(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

func work(ctx context.Context) error {
	var key secret.Key
	if _, err := hex.Decode(key[:], []byte(os.Getenv(keyEnv))); err != nil {
		return err
	}
	s, err := store.Open(ctx, os.Getenv(childEnv), key, owner, store.Options{})
	if err != nil {
		return err
	}
	for {
		if err := workOnce(ctx, s); err != nil {
			return err
		}
	}
}

func workOnce(ctx context.Context, s *store.Store) error {
	mid := chat.NewMID()
	_, err := s.Enqueue(ctx, store.Submission{MID: mid, Room: room1, Kind: chat.KindMessage, Body: storetest.TextBody("waiting")})
	if err != nil && !errors.Is(err, store.ErrOutboxFull) {
		return err
	}
	if err == nil {
		fmt.Printf("enqueued %s\n", mid)
	}
	r, err := s.Room(ctx, room1)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	entries, err := s.Outbox(ctx)
	if err != nil {
		return err
	}
	ru := store.RoomUpdate{Room: room1, Chain: r.Cursor.Chain}
	for i := range 1 + rand.IntN(20) {
		e := chat.Event{Room: room1, Seq: r.Cursor.Seq + chat.Seq(i+1), Kind: chat.KindMessage, Author: other, MID: chat.NewMID(), Body: storetest.TextBody("text")}
		if i < len(entries) && rand.IntN(3) == 0 {
			e.Author, e.Device, e.MID = owner.Account, owner.Device, entries[i].MID
		}
		ru.Chain = e.Chain(ru.Chain)
		ru.Events = append(ru.Events, e)
	}
	done, err := s.Apply(ctx, store.Update{Rooms: []store.RoomUpdate{ru}})
	if err != nil {
		return err
	}
	line := fmt.Sprintf("applied %d %s", done.Rooms[0].Cursor.Seq, done.Rooms[0].Cursor.Chain)
	for _, mid := range done.Resolved {
		line += " " + mid.String()
	}
	_, err = fmt.Println(line)
	return err
}
