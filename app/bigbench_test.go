package app

import (
	"fmt"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// crowd fills a room with people.
func (c *benchCore) crowd(b testing.TB, n int) (people []chat.AccountID) {
	b.Helper()
	l := c.logs[0]
	for len(people) < n {
		from := l.Head() + 1
		for range 100 {
			who := chat.NewAccountID()
			people = append(people, who)
			c.joins(b, who, len(people))
		}
		c.take(b, c.frame(b, l, from))
	}
	return people
}

// joins has somebody come into the first room, on the server.
func (c *benchCore) joins(b testing.TB, who chat.AccountID, n int) {
	b.Helper()
	raw, err := wire.EncodeBody(chat.Join{Account: who, Name: fmt.Sprint("login", n), Display: fmt.Sprint("Somebody of many ", n), Role: chat.RoleMember})
	must(b, err)
	c.logs[0].Append(chat.KindJoin, who, chat.DeviceID{}, chat.NewMID(), raw)
}

// BenchmarkCrowd measures what one event costs in a room of 10,000 people, from the bytes
// of its frame to the published view.
func BenchmarkCrowd(b *testing.B) {
	for _, what := range []string{"message", "pin", "join"} {
		b.Run(what, func(b *testing.B) {
			c := newBenchCore(b, 1)
			c.crowd(b, 10_000)
			l := c.logs[0]
			l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
			c.take(b, c.frame(b, l, l.Head()))
			message := l.Head()
			n := 10_000
			for b.Loop() {
				switch n++; what {
				case "message":
					l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
				case "pin":
					raw, err := wire.EncodeBody(chat.Pin{Seq: message})
					must(b, err)
					l.Append(chat.KindPinAdd, c.other, chat.DeviceID{}, chat.NewMID(), raw)
				case "join":
					c.joins(b, chat.NewAccountID(), n)
				}
				c.take(b, c.frame(b, l, l.Head()))
			}
		})
	}
}

// BenchmarkFullOutbox measures what one step of the loop costs while 5,000 messages wait,
// with files or without, or 5,000 reactions.
func BenchmarkFullOutbox(b *testing.B) {
	for _, what := range []string{"messages", "files", "reactions"} {
		b.Run(what, func(b *testing.B) {
			c := newBenchCore(b, 1)
			room := c.logs[0].Room
			var subs []store.Submission
			for i := range 5000 {
				kind, body := chat.KindMessage, chat.Body(chat.Text{Text: fmt.Sprint("message ", i)})
				switch what {
				case "files":
					h := chat.Hash{byte(i), byte(i >> 8), 1}
					body = chat.Text{Files: []chat.File{{Name: "a", Type: "text/plain", Hash: h, Size: 10}}}
				case "reactions":
					kind, body = chat.KindReactionAdd, chat.Reaction{Seq: chat.Seq(i + 1), Emoji: "👍"}
				}
				raw, err := wire.EncodeBody(body)
				must(b, err)
				subs = append(subs, store.Submission{MID: chat.NewMID(), Room: room, Kind: kind, Body: raw, Created: 1})
			}
			entries, err := c.group.store.Enqueue(b.Context(), subs...)
			must(b, err)
			for i := range entries {
				c.group.addEntry(&entries[i])
			}
			c.publish()
			for b.Loop() {
				c.group.touch(c.group.room(room))
				c.advance()
				c.publish()
			}
		})
	}
}

// BenchmarkCaughtUp measures what the loop pays at the end of catching up in 500 rooms: it
// writes down why something rang there, and that it was read.
func BenchmarkCaughtUp(b *testing.B) {
	c := newBenchCore(b, 500)
	for b.Loop() {
		for _, l := range c.logs {
			l.Text(c.other, "what people write is about this long, sometimes longer, mostly not")
			c.take(b, c.frame(b, l, l.Head()))
			c.group.reads[l.Room] = l.Head()
		}
		begin := time.Now()
		c.flushReads()
		c.flushWhy()
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms/flush")
	}
}
