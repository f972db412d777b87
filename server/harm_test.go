package server

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
)

// TestDamagedEvent: an event whose bytes have changed on the disk is declared void,
// everything around it is given, and the operator is told.
func TestDamagedEvent(t *testing.T) {
	dir := t.TempDir()
	store, err := boltstore.Open(dir, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, store, Options{})
	ann := w.person()
	var bad chat.Seq
	for i := range 9 {
		if seq := ann.text(w.general, fmt.Sprint("keep ", i)).Seq; i == 5 {
			bad = seq
		}
	}
	w.stop()
	path := filepath.Join(dir, boltstore.FileName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(data, []byte("keep 5"), []byte("keeq 5")), 0o600); err != nil {
		t.Fatal(err)
	}
	if store, err = boltstore.Open(dir, boltstore.Options{}); err != nil {
		t.Fatal(err)
	}
	next := newWorld(t, store, Options{})
	if next.server.harm.any() {
		t.Fatal("nobody has read anything yet")
	}
	ann.w = next
	c := next.dial()
	c.device, c.account, c.dseq = ann.device, ann.account, ann.dseq
	if _, ok := c.answer(c.ask(c.auth(c))).(*wire.Ready); !ok {
		t.Fatal("not admitted")
	}
	c.listening()
	told := c.told(wire.Cursor{Room: w.general}, false)
	voids := framesOf[*wire.Void](told)
	if len(voids) != 1 || voids[0].From != bad || voids[0].To != bad || voids[0].Reason != wire.VoidDamaged {
		t.Errorf("declared void: %+v", voids)
	}
	head := next.room(w.general).head()
	if events := eventsIn(told, w.general); len(events) != int(head)-1 {
		t.Errorf("%d events of %d", len(events), head)
	}
	page, ok := c.answer(c.ask(&wire.History{Room: w.general, From: bad, To: head})).(*wire.HistoryPage)
	if !ok || len(page.Events) != 0 || page.Void != wire.VoidDamaged || page.Chain != voids[0].Chain || page.Before == page.Chain {
		t.Errorf("a page that begins at the damage: %+v", page)
	}
	page, ok = c.answer(c.ask(&wire.History{Room: w.general, From: 1, To: head})).(*wire.HistoryPage)
	if !ok || len(page.Events) != int(bad)-1 || page.Void != "" {
		t.Errorf("a page that ends before the damage: %+v", page)
	}
	page, ok = c.answer(c.ask(&wire.History{Room: w.general, From: bad + 1, To: head})).(*wire.HistoryPage)
	if !ok || len(page.Events) != int(head-bad) || page.Before != voids[0].Chain {
		t.Errorf("a page behind the damage: %+v", page)
	}
	next.server.probed.Store(time.Now().UnixMilli())
	if err := next.server.Ready(); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("ready, with damaged data: %v", err)
	}
}
