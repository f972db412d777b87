package boltstore

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/storage/storagetest"
)

// crashDir names the data folder for the child.
const crashDir = "HEARTH_TEST_CRASH_DIR"

// crashOptions keep the archiver busy, so that most kills hit it at work.
var crashOptions = Options{JournalEvents: 40}

// crashChild appends to several rooms until it is killed. It prints a line for
// everything that was acknowledged, after it was.
func crashChild(dir string) {
	s, err := Open(dir, crashOptions)
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	var mu sync.Mutex // one line at a time
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
			b := w.Found(p)
			for n := 0; ; n++ {
				answer := make(chan error, 1)
				s.Append(b, func(err error) { answer <- err })
				if err := <-answer; err != nil {
					fmt.Println("failed", err)
					os.Exit(1)
				}
				mu.Lock()
				for _, e := range b.Entries {
					fmt.Println("event", w.Room, e.Event.Seq, e.Chain, e.Event.Author, e.Event.MID)
				}
				mu.Unlock()
				texts := make([]string, 1+n%(i+1))
				for j := range texts {
					texts[j] = strings.Repeat("x", (n*37)%900)
				}
				if n%20 == 19 {
					b = w.Join(storagetest.NewPerson())
				} else {
					b = w.Message(p, texts...)
				}
			}
		})
	}
	wg.Wait()
}

// acked is an event the child was told is safe.
type acked struct {
	room    chat.RoomID
	seq     chat.Seq
	chain   chat.Hash
	account chat.AccountID
	mid     chat.MID
}

// TestCrash kills a writing process twenty times, at random moments, on the same
// file. Everything it was told is safe must be there, and the file sound.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var all []acked
	frozen := 0
	for round := range 20 {
		told := runAndKill(t, exe, dir)
		if len(told) == 0 {
			t.Fatalf("round %d: nothing was acknowledged", round)
		}
		all = append(all, told...)
		s, err := Open(dir, crashOptions)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if s.index.frozenPart() != nil {
			frozen++
		}
		if checkAcked(t, s, told); round == 19 {
			checkAcked(t, s, all)
		}
		if err := s.Verify(t.Context()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d acknowledged events survived; %d kills left a frozen journal", len(all), frozen)
}

// runAndKill starts the child, lets it write for a while, kills it, and returns
// what it was told.
func runAndKill(t *testing.T, exe, dir string) (told []acked) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, exe)
	child.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	// The moment is a number of acknowledgements plus a moment of the clock.
	after := rand.IntN(1500)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		a, err := parseAcked(lines.Text())
		if err != nil {
			t.Errorf("child says %q", lines.Text())
		}
		told = append(told, a)
		if len(told) == after+1 {
			time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Wait() // killed
	return told
}

func parseAcked(line string) (a acked, err error) {
	var room, chain, account, mid string
	if _, err := fmt.Sscanf(line, "event %s %d %s %s %s", &room, &a.seq, &chain, &account, &mid); err != nil {
		return a, err
	}
	for _, part := range []struct {
		into interface{ UnmarshalText([]byte) error }
		text string
	}{{&a.room, room}, {&a.chain, chain}, {&a.account, account}, {&a.mid, mid}} {
		if err := part.into.UnmarshalText([]byte(part.text)); err != nil {
			return a, err
		}
	}
	return a, nil
}

func checkAcked(t *testing.T, s *Store, all []acked) {
	t.Helper()
	for _, a := range all {
		chain, err := s.ChainAt(t.Context(), a.room, a.seq)
		if err != nil || chain != a.chain {
			t.Errorf("room %s at %d: chain %v, told %v (%v)", a.room, a.seq, chain, a.chain, err)
			return
		}
		sent, found, err := s.FindMID(t.Context(), a.room, a.account, a.mid)
		if err != nil || !found || sent.Seq != a.seq {
			t.Errorf("room %s at %d: the message id leads to %d (%v, %v)", a.room, a.seq, sent.Seq, found, err)
			return
		}
	}
}
