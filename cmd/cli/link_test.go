package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/internal/testkit"
)

// growing is what a program has written so far.
type growing struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (g *growing) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(b)
}

func (g *growing) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// await polls until a text was written.
func (g *growing) await(t *testing.T, text string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !strings.Contains(g.String(), text); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%q was not written; what was:\n%s\nWhat goes on:\n%s", text, g.String(), testkit.GoesOn())
		}
	}
}

// TestLostLink: "chat" and "tail --follow" say when the connection is lost, how much
// waits, and when it is back, once each.
func TestLostLink(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	dir := t.TempDir()
	server := &scriptServer{dir: filepath.Join(dir, "server")}
	defer server.stop()
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"password": "seven lanterns over the quiet harbour\n", "phrase": "a passphrase for the vault\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cli := func(who string, args ...string) []string {
		return append([]string{"--profile", filepath.Join(dir, who), "--vault-file", filepath.Join(dir, "phrase")}, args...)
	}
	for _, who := range []string{"ann", "bob", "eve"} {
		invite, err := server.host.Invite(t.Context(), 1, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		var errs strings.Builder
		if code := run(t.Context(), cli(who, "join", invite.String(), "--name", who, "--password-file", filepath.Join(dir, "password")), strings.NewReader(""), io.Discard, &errs); code != exitOK {
			t.Fatalf("join: exit code %d: %s", code, errs.String())
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	// No named results: to return one writes it, and what runs reads it by then.
	start := func(in io.Reader, args []string) (*growing, *growing, chan int) {
		out, errs, code := &growing{}, &growing{}, make(chan int, 1)
		running.Go(func() { code <- run(ctx, args, in, out, errs) })
		return out, errs, code
	}
	typed, typing := io.Pipe()
	defer typing.Close()
	say := func(text string) {
		t.Helper()
		if _, err := fmt.Fprintln(typing, text); err != nil {
			t.Fatal(err)
		}
	}
	chatOut, chatErr, chatCode := start(typed, cli("ann", "chat", "general"))
	tailOut, tailErr, _ := start(strings.NewReader(""), cli("bob", "tail", "general", "--follow"))
	botOut, botErr, _ := start(strings.NewReader(""), cli("eve", "tail", "general", "--follow", "--json"))

	say("before")
	for _, out := range []*growing{chatOut, tailOut, botOut} {
		out.await(t, "before")
	}
	server.stop()
	for _, errs := range []*growing{chatErr, tailErr} {
		errs.await(t, "hearth-cli: not connected: ")
	}
	botOut.await(t, `"kind":"connection"`)
	say("meanwhile")
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	for _, errs := range []*growing{chatErr, tailErr} {
		errs.await(t, "hearth-cli: connected again")
	}
	for _, out := range []*growing{chatOut, tailOut, botOut} {
		out.await(t, "meanwhile")
	}
	botOut.await(t, `"state":"live"`)
	_ = typing.Close()
	if code := <-chatCode; code != exitOK {
		t.Errorf("chat ended with %d: %s", code, chatErr.String())
	}
	for who, errs := range map[string]string{"chat": chatErr.String(), "tail": tailErr.String()} {
		if strings.Count(errs, "not connected") != 1 || strings.Count(errs, "connected again") != 1 {
			t.Errorf("%s wrote to standard error:\n%s", who, errs)
		}
	}
	if n := strings.Count(botOut.String(), `"kind":"connection"`); n != 2 || strings.Contains(botErr.String(), "connected") {
		t.Errorf("--json wrote %d lines on the connection:\n%s%s", n, botOut.String(), botErr.String())
	}

	// What waited before is counted.
	server.stop()
	for _, text := range []string{"one", "two"} {
		if code := run(t.Context(), cli("ann", "send", "general", "--queue", text), nil, io.Discard, io.Discard); code != exitOK {
			t.Fatalf("send --queue: exit code %d", code)
		}
	}
	_, laterErr, laterCode := start(strings.NewReader("three\n"), cli("ann", "chat", "general"))
	laterErr.await(t, "messages wait in the outbox\n")
	if got := laterErr.String(); !strings.Contains(got, "; 2 messages wait") && !strings.Contains(got, "; 3 messages wait") {
		t.Errorf("chat wrote to standard error:\n%s", got)
	}
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	if code := <-laterCode; code != exitOK {
		t.Errorf("chat ended with %d: %s", code, laterErr.String())
	}
}
