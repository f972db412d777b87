package server

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
)

// blocks asks for everything and returns whom the account has blocked by that.
func (c *raw) blocks() map[chat.AccountID]chat.Block {
	c.t.Helper()
	all := map[chat.AccountID]chat.Block{}
	for _, f := range framesOf[*wire.BlocksAt](c.told(wire.Cursor{Room: c.w.general}, false)) {
		for _, b := range f.Blocks {
			all[b.Account] = b
		}
	}
	return all
}

// block offers a wish as this client's own.
func (c *raw) block(other *raw, on bool, rev uint64) {
	c.t.Helper()
	c.done(&wire.BlockSet{Block: chat.Block{Account: other.account, Blocked: on, Rev: rev}})
}

// TestBlock: whoever is blocked brings nobody into a room, of whatever kind, hears no
// reason, and is refused nothing else; it can be taken back.
func TestBlock(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, bob, eve := w.person(), w.person(), w.person().listening()
	old, _ := eve.direct(ann)
	open, _ := eve.found(chat.AccessOpen)
	ann.block(eve, true, 1)
	eve.text(old, "still here") // what there is stays: she is not told
	_, again := eve.directBody(ann)
	eve.wants(old, chat.KindRoomCreate, again, chat.CodeRoomExists, "/room")
	three, body := eve.directBody(bob, ann)
	eve.wants(three, chat.KindRoomCreate, body, chat.CodeForbidden, "/body/members/1")
	eve.wants(chat.NewRoomID(), chat.KindRoomCreate, `{"name":"x","access":"closed","history":"all","members":["`+ann.account.String()+`"]}`, chat.CodeForbidden, "/body/members/0")
	eve.wants(open, chat.KindJoin, `{"account":"`+ann.account.String()+`"}`, chat.CodeForbidden, "/body/account")
	if w.room(three).head() != 0 {
		t.Error("a room was made")
	}
	ann.say(open, chat.KindJoin, `{}`) // her own wish is her own
	ann.direct(bob, eve)
	bob.say(w.general, chat.KindMessage, `{"text":"hello"}`)
	ann.say(open, chat.KindLeave, `{}`)
	ann.block(eve, false, 2)
	eve.say(open, chat.KindJoin, `{"account":"`+ann.account.String()+`"}`)
	for _, word := range []string{"block", "Block"} {
		if strings.Contains(eve.heard.String(), word) {
			t.Error("she was told: ", eve.heard)
		}
	}
}

// TestBlocksMerge: the higher count wins, whoever says it last; the account's other
// connections are told, and others never.
func TestBlocksMerge(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, bob, eve := w.person(), w.person(), w.person().listening()
	desk := ann.second()
	for _, c := range []*raw{ann, desk, bob} {
		if got := c.blocks(); len(got) != 0 {
			t.Errorf("at first: %v", got)
		}
	}
	eve.blocks()
	ann.block(eve, true, 3)
	if f := expect[*wire.BlocksAt](desk); len(f.Blocks) != 1 || f.Blocks[0] != (chat.Block{Account: eve.account, Blocked: true, Rev: 3}) {
		t.Errorf("the other device was told %+v", f)
	}
	ann.block(eve, false, 2) // late
	ann.block(eve, false, 3) // at the same time, elsewhere
	ann.block(bob, false, 1)
	want := map[chat.AccountID]chat.Block{eve.account: {Account: eve.account, Blocked: true, Rev: 3}, bob.account: {Account: bob.account, Rev: 1}}
	for range 2 {
		if got := ann.second().blocks(); len(got) != 2 || got[eve.account] != want[eve.account] || got[bob.account] != want[bob.account] {
			t.Errorf("have %v, want %v", got, want)
		}
	}
	for _, b := range []struct {
		block chat.Block
		path  string
	}{{chat.Block{Account: ann.account, Blocked: true, Rev: 1}, "/account"}, {chat.Block{Account: chat.NewAccountID(), Blocked: true, Rev: 1}, "/account"}} {
		if e := ann.refused(&wire.BlockSet{Block: b.block}); e.Code != chat.CodeBadValue || e.Path != b.path {
			t.Errorf("%+v: %v", b.block, e)
		}
	}
	for range wire.MaxBlocks - 2 {
		if _, err := w.server.blocks.merge(t.Context(), ann.account, chat.Block{Account: chat.NewAccountID(), Blocked: true, Rev: 1}); err != nil {
			t.Fatal(err)
		}
	}
	// New connections: those who said nothing meanwhile may have been given up.
	full := ann.second()
	if e := full.refused(&wire.BlockSet{Block: chat.Block{Account: w.person().account, Blocked: true, Rev: 1}}); e.Code != chat.CodeLimitReached {
		t.Error(e)
	}
	if got := full.second().blocks(); len(got) != wire.MaxBlocks {
		t.Errorf("%d told", len(got))
	}
	bob.second().text(w.general, "hello")
	if bytesOf := eve.heard.String(); strings.Contains(bytesOf, ann.account.String()+`","blocked`) {
		t.Error("somebody else was told")
	}
}

// TestBlocksRestart: they are on disk when they are acknowledged.
func TestBlocksRestart(t *testing.T) {
	dir := t.TempDir()
	store, err := boltstore.Open(dir, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, store, Options{})
	ann, eve := w.person(), w.person()
	ann.block(eve, true, 1)
	w.stop()
	if store, err = boltstore.Open(dir, boltstore.Options{}); err != nil {
		t.Fatal(err)
	}
	next := newWorld(t, store, Options{})
	if blocked, err := next.server.blocks.has(t.Context(), ann.account, eve.account); err != nil || !blocked {
		t.Error(blocked, err)
	}
}

// TestBlockedSeesNothing: in a room that both are in, whoever is blocked learns neither
// that the other one writes nor how far they have read, when it happens and when the room
// is opened; others do, and so does the blocked one again afterwards.
func TestBlockedSeesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob, eve := w.person(), w.person(), w.person()
		w.alone(ann, bob, eve)
		room, _ := ann.found(chat.AccessClosed, bob.account, eve.account)
		for _, c := range []*raw{bob, eve} {
			c.watches(room)
		}
		tells := func(c *raw) (typing, reading bool) {
			t.Helper()
			for _, f := range c.hears(4 * time.Second) {
				switch f := f.(type) {
				case *wire.TypingAt:
					typing = typing || slices.Contains(f.Accounts, ann.account)
				case *wire.ReadBy:
					reading = reading || slices.ContainsFunc(f.Readers, func(r wire.Reader) bool { return r.Account == ann.account })
				}
			}
			return typing, reading
		}
		acts := func(sees bool) {
			t.Helper()
			seq := ann.text(room, "x").Seq
			ann.done(&wire.Typing{Room: room})
			ann.done(&wire.Read{Room: room, Seq: seq})
			if typing, reading := tells(bob); !typing || !reading {
				t.Errorf("bob is told: typing %v, reading %v", typing, reading)
			}
			if typing, reading := tells(eve); typing != sees || reading != sees {
				t.Errorf("eve is told: typing %v, reading %v, want %v", typing, reading, sees)
			}
			eve.watches(chat.RoomID{})
			eve.watches(room)
			if _, reading := tells(eve); reading != sees {
				t.Errorf("opening the room eve is told of reading: %v, want %v", reading, sees)
			}
		}
		acts(true)
		ann.block(eve, true, 1)
		acts(false)
		ann.block(eve, false, 2)
		acts(true)
	})
}
