package app

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"hearth/chat"
	"hearth/internal/cputime"
	"hearth/net/wire"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// benchCore is a core with an open group of n rooms and no link: frames are put
// in by hand, as the deliverer would.
type benchCore struct {
	*App
	me    chat.AccountID
	other chat.AccountID
	logs  []*storetest.Log
}

func newBenchCore(b testing.TB, rooms int) *benchCore {
	b.Helper()
	ctx := b.Context()
	ring := secret.NewMemory()
	a, err := New(Options{Profile: b.TempDir(), Keyring: ring, Log: slog.New(slog.DiscardHandler)})
	must(b, err)
	a.phase = PhaseOpen
	bundle := secret.NewBundle(chat.ServerID{1})
	c := &benchCore{App: a, me: chat.NewAccountID(), other: chat.NewAccountID()}
	account := profile.Account{
		Server: bundle.Server, Addresses: []string{testAddress}, Account: c.me, Device: bundle.Device, Name: "me", Secrets: profile.ModeKeyring,
	}
	folder, err := a.prof.Begin(account)
	must(b, err)
	must(b, folder.Complete(account))
	must(b, ring.Save(ctx, bundle))
	a.ctx, a.disk = ctx, context.WithoutCancel(ctx)
	a.alarm.init()
	o := a.openFolder(ctx, &pending{folder: folder, from: ring})
	if o.group == nil {
		b.Fatalf("not opened: %+v", o.problem)
	}
	a.group = o.group
	a.group.fresh = false
	a.group.net = &connection{app: a, live: true, queue: make(chan delivery, queueLength), space: newSpace()}
	b.Cleanup(func() { must(b, a.group.wipe()) })
	for i := range rooms {
		l := storetest.NewLog(chat.NewRoomID())
		c.logs = append(c.logs, l)
		body, _ := wire.EncodeBody(chat.RoomCreate{Name: fmt.Sprint("room ", i), Access: chat.AccessOpen, History: chat.HistoryAll})
		l.Append(chat.KindRoomCreate, c.other, chat.DeviceID{}, chat.NewMID(), body)
		for _, who := range []chat.AccountID{c.me, c.other} {
			body, _ = wire.EncodeBody(chat.Join{Account: who, Name: "n", Display: "Somebody", Role: chat.RoleMember})
			l.Append(chat.KindJoin, who, chat.DeviceID{}, chat.NewMID(), body)
		}
		c.take(b, c.frame(b, l, 1))
	}
	return c
}

// frame encodes a log from a sequence on, as the server does.
func (c *benchCore) frame(b fataler, l *storetest.Log, from chat.Seq) []byte {
	b.Helper()
	events, chain := l.Part(from, l.Head())
	raw, err := wire.AppendEvents(nil, l.Room, events, chain)
	must(b, err)
	return raw
}

// take is all the client does with a frame: decode, check, store, show.
func (c *benchCore) take(b fataler, frames ...[]byte) {
	b.Helper()
	for _, raw := range frames {
		f, err := wire.DecodeServer(raw)
		must(b, err)
		c.group.net.queue <- delivery{from: c.group.net, frame: f}
	}
	for len(c.group.net.queue) > 0 {
		c.receive(<-c.group.net.queue)
	}
	c.publish()
	if c.trouble != nil {
		b.Fatal(c.trouble)
	}
}

// BenchmarkReceive measures what a message costs the client, from the bytes of
// its frame to the published view, with 500 rooms. What is left is the disk's
// time: the store syncs every transaction.
func BenchmarkReceive(b *testing.B) {
	for _, size := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("batch_%d", size), func(b *testing.B) {
			c := newBenchCore(b, 500)
			n := 0
			var frames [][]byte
			for range (b.N + size - 1) / size {
				l := c.logs[n%len(c.logs)]
				n++
				for range size {
					l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
				}
				frames = append(frames, c.frame(b, l, l.Head()-chat.Seq(size)+1))
			}
			b.ReportAllocs()
			cpu, own := cputime.All(), cputime.User()
			b.ResetTimer()
			for _, raw := range frames {
				c.take(b, raw)
			}
			b.StopTimer()
			cpuEnd, ownEnd := cputime.All(), cputime.User()
			b.ReportMetric(float64(cpuEnd-cpu)/float64(len(frames)*size)/1e3, "cpu-µs/msg")
			b.ReportMetric(float64(ownEnd-own)/float64(len(frames)*size)/1e3, "user-µs/msg")
		})
	}
}

// BenchmarkPublish measures what the loop pays to show one changed room of 500.
func BenchmarkPublish(b *testing.B) {
	c := newBenchCore(b, 500)
	r := c.group.room(c.logs[7].Room)
	b.ReportAllocs()
	for b.Loop() {
		r.c.Activity++
		c.group.touch(r)
		c.publish()
	}
}

// BenchmarkView measures what a reader pays for a whole view of 500 rooms.
func BenchmarkView(b *testing.B) {
	c := newBenchCore(b, 500)
	for b.Loop() {
		c.viewNew = true
		c.publish()
		if len(c.View().Rooms) != 500 {
			b.Fatal("rooms are missing")
		}
	}
}

// BenchmarkMessages measures reading a page of 200 rows.
func BenchmarkMessages(b *testing.B) {
	c := newBenchCore(b, 1)
	l := c.logs[0]
	for range 40 {
		from := l.Head() + 1
		for range 100 {
			l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
		}
		c.take(b, c.frame(b, l, from))
	}
	for b.Loop() {
		page, err := c.Messages(b.Context(), l.Room, Window{Before: 2000, Limit: 200})
		if err != nil || len(page.Messages) != 200 {
			b.Fatal(len(page.Messages), err)
		}
	}
}

// BenchmarkOpen measures from a closed profile to a readable view: 500 rooms.
func BenchmarkOpen(b *testing.B) {
	c := newBenchCore(b, 500)
	must(b, c.group.store.Close())
	folder := c.group.folder
	for b.Loop() {
		bundle, err := c.keyring.Load(b.Context(), refOf(folder.Account()))
		must(b, err)
		g, err := openGroup(b.Context(), folder, &bundle, c.keyring, store.Options{})
		must(b, err)
		c.group = g
		c.viewNew = true
		c.publish()
		if len(c.View().Rooms) != 500 {
			b.Fatal("rooms are missing")
		}
		must(b, g.store.Close())
	}
}

// BenchmarkChanges measures what 1,000 changes that come in a burst cost the client,
// from the bytes of their frames to the published view.
func BenchmarkChanges(b *testing.B) {
	c := newBenchCore(b, 500)
	l := c.logs[0]
	var frames [][]byte
	for range b.N {
		from := l.Head() + 1
		for range 50 {
			l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
		}
		frames = append(frames, c.frame(b, l, from))
		for range 10 { // as a server sends it: in pages
			page := l.Head() + 1
			for i := range 100 {
				target := from + chat.Seq(i%50)
				kind, body := chat.KindReactionAdd, chat.Body(chat.Reaction{Seq: target, Emoji: string(rune('a' + i%20))})
				if i%10 == 9 {
					kind, body = chat.KindEdit, chat.Edit{Seq: target, Text: "what people mean is about this long"}
				}
				raw, err := wire.EncodeBody(body)
				must(b, err)
				l.Append(kind, c.other, chat.DeviceID{}, chat.NewMID(), raw)
			}
			frames = append(frames, c.frame(b, l, page))
		}
	}
	cpu, own := cputime.All(), cputime.User()
	b.ResetTimer()
	for _, raw := range frames {
		c.take(b, raw)
	}
	b.StopTimer()
	cpuEnd, ownEnd := cputime.All(), cputime.User()
	b.ReportMetric(float64(cpuEnd-cpu)/float64(b.N*1000)/1e3, "cpu-µs/change")
	b.ReportMetric(float64(ownEnd-own)/float64(b.N*1000)/1e3, "user-µs/change")
}

// BenchmarkReactions measures reading a page of 100 rows with 20 reactions each.
func BenchmarkReactions(b *testing.B) {
	c := newBenchCore(b, 1)
	l := c.logs[0]
	from := l.Head() + 1
	for range 100 {
		l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
	}
	for i := range 2000 {
		raw, err := wire.EncodeBody(chat.Reaction{Seq: from + chat.Seq(i%100), Emoji: string(rune('a' + i/100%5))})
		must(b, err)
		l.Append(chat.KindReactionAdd, chat.AccountID{byte(i / 100), 1}, chat.DeviceID{}, chat.NewMID(), raw)
	}
	for ; from <= l.Head(); from += 100 {
		events, chain := l.Part(from, min(l.Head(), from+99))
		raw, err := wire.AppendEvents(nil, l.Room, events, chain)
		must(b, err)
		c.take(b, raw)
	}
	b.ReportAllocs()
	for b.Loop() {
		page, err := c.Messages(b.Context(), l.Room, Window{Limit: 100})
		if err != nil || len(page.Messages) != 100 || len(page.Messages[50].Reactions) != 5 {
			b.Fatal(len(page.Messages), err)
		}
	}
}
