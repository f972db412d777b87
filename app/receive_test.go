package app

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store/storetest"
)

func (c *benchCore) view(l *storetest.Log) RoomView {
	for _, r := range c.View().Rooms {
		if r.ID == l.Room {
			return r
		}
	}
	return RoomView{}
}

// TestTampered: a server that changes an event is not believed: nothing of the
// batch is stored, the person is told, other rooms go on.
func TestTampered(t *testing.T) {
	c := newBenchCore(t, 2)
	good, bad := c.logs[0], c.logs[1]
	sub := c.Subscribe()
	sub.Take()
	good.Text(c.other, "fine")
	bad.Text(c.other, "send me 10")
	events, chain := bad.Part(bad.Head(), bad.Head())
	changed := slices.Clone(events)
	changed[0].Body = storetest.TextBody("send me 99")
	raw, err := wire.AppendEvents(nil, bad.Room, changed, chain)
	must(t, err)
	c.take(t, c.frame(t, good, good.Head()), raw)
	if v := c.view(good); v.Head != 4 || v.Unread != 1 {
		t.Errorf("the other room: %+v", v)
	}
	if v := c.view(bad); v.Head != 3 || v.Chain != bad.Chain(3) {
		t.Errorf("the room that was tampered with: %+v", v)
	}
	got, _ := sub.Take()
	news := News{Seq: good.Head(), Author: "Somebody (n)", Text: "fine", Rule: RuleAll}
	want := []Notice{{Kind: NoticeMessages, Room: good.Room, Rooms: 1, Count: 1, News: []News{news}}, {Kind: NoticeDiverged, Room: bad.Room}}
	slices.SortFunc(got.Notices, func(a, b Notice) int { return -cmpKind(a, b) })
	if d := cmp.Diff(want, got.Notices); d != "" {
		t.Errorf("notices (-want +got):\n%s", d)
	}
	// Even the true events are not stored before the histories were compared anew.
	c.take(t, c.frame(t, bad, bad.Head()))
	if v := c.view(bad); v.Head != 3 {
		t.Errorf("head %d, want 3", v.Head)
	}
}

func cmpKind(a, b Notice) int {
	switch {
	case a.Kind < b.Kind:
		return -1
	case a.Kind > b.Kind:
		return 1
	}
	return 0
}

// TestStrangeEvents: unknown kinds and members are kept verbatim and shown as
// such; erased ones stay in their place; a body that cannot be read is no disaster.
func TestStrangeEvents(t *testing.T) {
	c := newBenchCore(t, 1)
	l := c.logs[0]
	sealed := []byte(`{"sealed":"AAAA","n":[1,2,{"x":null}]}`)
	l.Append("sealed", c.other, chat.DeviceID{}, chat.NewMID(), sealed)
	l.Append(chat.KindMessage, c.other, chat.DeviceID{}, chat.NewMID(), []byte(`{"text":"hi","reply":7,"files":[]}`))
	l.Append(chat.KindMessage, c.other, chat.DeviceID{}, chat.NewMID(), []byte(`{"text":7}`))
	l.Append(chat.KindTopic, c.other, chat.DeviceID{}, chat.NewMID(), []byte(`not json`))
	c.take(t, c.frame(t, l, 4))
	page, err := c.Messages(t.Context(), l.Room, Window{After: 3, Limit: 10})
	must(t, err)
	if len(page.Messages) != 4 {
		t.Fatalf("%d rows", len(page.Messages))
	}
	for i, unknown := range []bool{true, false, true, true} {
		if m := page.Messages[i]; m.Unknown != unknown {
			t.Errorf("row %+v", m)
		}
	}
	if page.Messages[1].Text != "hi" {
		t.Errorf("row %+v", page.Messages[1])
	}
	e, err := c.group.store.Event(t.Context(), l.Room, 4)
	must(t, err)
	if string(e.Body) != string(sealed) || e.Kind != "sealed" {
		t.Errorf("stored %+v", e)
	}
	if v := c.view(l); v.Topic != "" || v.Head != 7 {
		t.Errorf("room %+v", v)
	}
}

// TestStream: however a log is cut into frames, repeated and mixed with others,
// what is stored and shown is the log; state from events equals state from the
// store.
func TestStream(t *testing.T) {
	c := newBenchCore(t, 3)
	rapid.Check(t, func(t *rapid.T) {
		var frames [][]byte
		for range rapid.IntRange(1, 12).Draw(t, "frames") {
			l := c.logs[rapid.IntRange(0, len(c.logs)-1).Draw(t, "room")]
			from := l.Head() + 1
			for range rapid.IntRange(1, 5).Draw(t, "events") {
				switch rapid.IntRange(0, 5).Draw(t, "kind") {
				case 0:
					body, _ := wire.EncodeBody(chat.Topic{Topic: fmt.Sprint(l.Head())})
					l.Append(chat.KindTopic, c.other, chat.DeviceID{}, chat.NewMID(), body)
				case 1:
					body, _ := wire.EncodeBody(chat.Name{Display: fmt.Sprint("name ", l.Head())})
					l.Append(chat.KindName, c.other, chat.DeviceID{}, chat.NewMID(), body)
				default:
					l.Text(c.other, fmt.Sprint(l.Head()))
				}
			}
			again := chat.Seq(rapid.IntRange(0, 3).Draw(t, "again"))
			frames = append(frames, c.frame(t, l, max(1, from-min(again, from-1))))
		}
		c.take(t, frames...)
		for _, l := range c.logs {
			v := c.view(l)
			if v.Head != l.Head() || v.Chain != l.Chain(l.Head()) {
				t.Fatalf("head %d, want %d", v.Head, l.Head())
			}
			stored, err := c.group.store.Room(c.ctx, l.Room)
			if err != nil {
				t.Fatal(err)
			}
			fresh := chat.NewRoom(l.Room)
			unread := 0
			for i := range l.Events {
				e := &l.Events[i]
				if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil {
					fresh.Apply(e, body)
				}
				if e.Kind == chat.KindMessage && e.Seq > stored.Read {
					unread++
				}
			}
			if d := cmp.Diff(fresh, stored.State); d != "" {
				t.Fatalf("state (-fold +stored):\n%s", d)
			}
			if v.Topic != fresh.Topic || v.Unread != unread || displayOf(fresh, c.other) != displayOf(stored.State, c.other) {
				t.Fatalf("view %+v", v)
			}
		}
		var digest chat.Digest
		for _, l := range c.logs {
			digest = digest.Add(l.Room, l.Head())
		}
		if c.group.digest != digest || c.gaps != 0 {
			t.Fatalf("digest %v, want %v; %d gaps", c.group.digest, digest, c.gaps)
		}
	})
}

// TestGap: events that do not continue ours are not stored.
func TestGap(t *testing.T) {
	c := newBenchCore(t, 1)
	l := c.logs[0]
	for range 3 {
		l.Text(c.other, "x")
	}
	c.take(t, c.frame(t, l, 6))
	if v := c.view(l); v.Head != 3 || c.gaps != 1 {
		t.Errorf("head %d after a gap, %d gaps", v.Head, c.gaps)
	}
	c.take(t, c.frame(t, l, 4))
	if v := c.view(l); v.Head != 6 {
		t.Errorf("head %d after the gap was filled", v.Head)
	}
}
