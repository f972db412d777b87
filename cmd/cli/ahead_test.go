package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// TestTailAhead: what the server has acknowledged is printed at its place although the log
// on this disk has not got it, as while the disk is full; what waits is not.
func TestTailAhead(t *testing.T) {
	g := newRig(t)
	g.server.stop()
	g.do("ann", "send", "general", "on the server", "--queue")
	g.do("ann", "send", "general", "waits", "--queue")
	p, err := profile.Open(filepath.Join(g.dir, "ann"))
	g.check(err)
	groups, err := p.Groups()
	g.check(err)
	a := groups[0].Account()
	b, err := secret.NewVault(groups[0].VaultPath(), []byte("a passphrase for the vault")).Load(t.Context(), secret.Ref{Server: a.Server, Device: a.Device})
	g.check(err)
	s, err := store.Open(t.Context(), groups[0].StorePath(), b.Key, store.Owner{Server: a.Server, Account: a.Account, Device: a.Device}, store.Options{})
	g.check(err)
	entries, err := s.Outbox(t.Context())
	g.check(err)
	room, err := s.Room(t.Context(), entries[0].Room)
	g.check(err)
	place := room.Counters.Cursor.Seq + 1
	_, err = s.Acknowledge(t.Context(), store.Ack{MID: entries[0].MID, Seq: place})
	g.check(err)
	g.check(s.Close())

	if out := g.do("ann", "tail", "general"); !strings.HasSuffix(out, "on the server") || strings.Contains(out, "waits") {
		t.Errorf("tail:\n%s", out)
	}
	if out := g.do("ann", "tail", "general", "--since", strconv.FormatUint(uint64(place-1), 10), "--json"); !strings.Contains(out, `"unloaded":true`) || strings.Count(out, "\n") != 0 {
		t.Errorf("tail: %s", out)
	}
	if out := g.do("ann", "tail", "general", "--since", strconv.FormatUint(uint64(place), 10)); out != "" {
		t.Errorf("tail behind it: %s", out)
	}
}
