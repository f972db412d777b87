package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/host"
)

// TestChatOutboxFull: somebody pastes more lines than the outbox holds, and the
// server takes them slowly. What others say meanwhile is printed at once.
func TestChatOutboxFull(t *testing.T) {
	if testing.Short() {
		t.Skip("fills an outbox of 5,000")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	dir := t.TempDir()
	limits := chat.DefaultLimits()
	limits.SendsPerSecond, limits.SendBurst = 2, 20
	h, err := host.Open(t.Context(), host.Config{
		Dir: filepath.Join(dir, "server"), Name: "Bees", Listen: []string{"127.0.0.1:0"}, Limits: limits, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close(context.WithoutCancel(t.Context())) }()
	for name, text := range map[string]string{"password": "seven lanterns over the quiet harbour\n", "phrase": "a passphrase for the vault\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cli := func(who string, args ...string) []string {
		return append([]string{"--profile", filepath.Join(dir, who), "--vault-file", filepath.Join(dir, "phrase")}, args...)
	}
	do := func(args []string) string {
		t.Helper()
		var out, errs strings.Builder
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != exitOK {
			t.Fatalf("%q: exit code %d: %s", args, code, errs.String())
		}
		return strings.TrimSpace(out.String())
	}
	invite, _, err := h.OwnerInvite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(cli("ann", "join", invite.String(), "--name", "ann", "--password-file", filepath.Join(dir, "password")))
	do(cli("bob", "join", do(cli("ann", "invite")), "--name", "bob", "--password-file", filepath.Join(dir, "password")))

	space := chat.DefaultLimits().OutboxEntries
	typed, typing := io.Pipe()
	printed, printing := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		run(ctx, cli("ann", "chat", "general"), typed, printing, io.Discard)
		_ = typed.Close()
		_ = printing.Close()
	})
	defer running.Wait()
	defer cancel()
	var taken atomic.Int64 // lines that have been read
	running.Go(func() {
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(typing, "line %d\n", i); err != nil {
				return
			}
			taken.Add(1)
		}
	})
	seen := make(chan string, 100)
	running.Go(func() {
		in := bufio.NewScanner(printed)
		for in.Scan() {
			if strings.Contains(in.Text(), "bob: ") {
				seen <- in.Text()
			}
		}
	})
	// waiting is how many lines have been read when the last of them waits for space; 0:
	// none waits.
	waiting := func() int64 {
		n := taken.Load()
		if n <= int64(space) || !stands("(*outgoing).awaitSpace") || taken.Load() != n {
			return 0
		}
		return n
	}
	// As slowly as the machine's disk takes so many, space comes at the server's pace, and
	// is taken at once. A busy machine may need several attempts for one that fits in between.
	for i, fits := 0, false; !fits; i++ {
		for waiting() == 0 {
			n := taken.Load()
			testkit.Eventually(t, "another line, or one that waits for space", func() bool { return taken.Load() > n || waiting() > 0 })
		}
		hello := fmt.Sprint("hello ", i)
		before := waiting()
		do(cli("bob", "send", "general", hello))
		select {
		case got := <-seen:
			if !strings.Contains(got, hello) {
				t.Fatalf("printed %q", got)
			}
		case <-time.After(5 * time.Minute):
			t.Fatal("what bob said was not printed")
		}
		fits = before > 0 && waiting() == before
	}
}

// stands reports whether some goroutine is in a function at present.
func stands(function string) bool {
	all := make([]byte, 1<<20)
	return strings.Contains(string(all[:runtime.Stack(all, true)]), function)
}

// TestUntil: who follows a room does not pass over what is not here yet.
func TestUntil(t *testing.T) {
	void, hole := app.Gap{From: 3, To: 5}, app.Gap{From: 8, To: 20, Missing: true}
	for _, c := range []struct {
		whole bool
		next  chat.Seq
		gaps  []app.Gap
		want  chat.Seq
	}{
		{true, 0, nil, ^chat.Seq(0)},
		{true, 0, []app.Gap{void}, ^chat.Seq(0)},
		{true, 0, []app.Gap{void, hole}, 8},
		{true, 25, []app.Gap{hole}, ^chat.Seq(0)},
		{false, 0, []app.Gap{hole}, ^chat.Seq(0)},
	} {
		r := &reader{next: c.next, whole: c.whole}
		if got := r.until(&app.Page{Gaps: c.gaps}); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
