package big

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
	"hearth/store"
	"hearth/store/profile"
)

// What a search may look for: Rare stands in one message in 50,000, RareHan in one
// in 100,000, Common in one in thirty, Absent nowhere.
const (
	Rare    = "zebrafish"
	RareHan = "鲸鱼"
	Common  = "garden"
	Absent  = "submarine"
	// Seldom wrote one message in 50,000.
	Seldom = "Quinn Seldom"
)

var (
	names  = []string{"Bertu Żammit", "Chen Wei 陈伟", "Dana", "Elif Kaya", "Farouk", "Giulia Rossi", Seldom}
	topics = []string{
		"kitchen", "garden", "release", "travel", "music", "books", "照片", "festa", "support", "design",
		"ops", "lunch", "random", "news", "science", "films", "games", "bikes", "house",
	}
	words = strings.Fields(`the quick brown fox jumps over a lazy dog while server clients message network window
		release build tonight maybe tomorrow lunch coffee meeting photo update please thanks sure great think about there
		where could would should people weekend train station ticket evening morning report draft review change number
		minute moment place house street music dinner recipe water winter summer market bridge river paper letter reply
		answer question simple strange bonġu grazzi għada illum ħafna sabiħ`)
	han = []string{"今天", "我们", "一起", "吃饭", "明天", "开会", "谢谢", "没问题", "照片", "很好看", "下周", "火车", "几点", "到了", "晚安"}
)

// perFile is how many messages there are for each with a file.
const perFile = 20_000

// perBatch events are written at once: about what one transaction likes.
const perBatch = 2000

// fill puts n messages into both ends: half of them, at most OneRoom a room, in the
// first five rooms, the rest evenly in the others.
func (g *Group) fill(ctx context.Context, folder *profile.Group, n int) error {
	server, err := boltstore.Open(g.ServerDir(), boltstore.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }() // closed below where it matters
	a := folder.Account()
	client, err := store.Open(ctx, folder.StorePath(), g.Bundle.Key, store.Owner{Server: a.Server, Account: a.Account, Device: a.Device}, store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	stored, err := client.Rooms(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(stored, func(a, b store.Room) int { return strings.Compare(a.State.Name, b.State.Name) })
	t := &talk{
		random: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // the same text each time
		time:   time.Now().Add(-time.Duration(n) * 30 * time.Second).UnixMilli(),
	}
	left := make([]int, len(stored))
	for i := range left {
		left[i] = n / 2 / (len(stored) - 5)
		if i < 5 {
			left[i] = n / 2 / 5
		}
	}
	g.First = stored[0].Room
	// In turns, as rooms live beside each other.
	for more := true; more; {
		more = false
		for i := range stored {
			if left[i] == 0 {
				continue
			}
			more = true
			count := min(left[i], perBatch)
			left[i] -= count
			if err := t.append(ctx, server, client, stored[i].Room, count); err != nil {
				return err
			}
		}
	}
	for made := 1; made > 0; {
		if made, err = client.Index(ctx, 64); err != nil {
			return err
		}
	}
	return errors.Join(client.Close(), server.Close())
}

// talk makes messages.
type talk struct {
	random *rand.Rand
	time   int64
	count  int
}

func (t *talk) append(ctx context.Context, server *boltstore.Store, client *store.Store, room chat.RoomID, count int) error {
	log, err := server.Room(ctx, room)
	if err != nil {
		return err
	}
	head := log.Head
	authors := slices.SortedFunc(maps.Keys(log.State.Members), func(a, b chat.AccountID) int {
		return strings.Compare(log.State.Members[a].Display, log.State.Members[b].Display)
	})
	seldom := slices.IndexFunc(authors, func(a chat.AccountID) bool { return log.State.Members[a].Display == Seldom })
	batch := &storage.Batch{Room: room, Expect: head.Seq}
	var events []chat.Event
	for range count {
		t.count++
		t.time += 15_000 + t.random.Int64N(30_000)
		author := authors[(seldom+1+t.random.IntN(len(authors)-1))%len(authors)]
		if t.count%50_000 == 777 {
			author = authors[seldom]
		}
		message := chat.Text{Text: t.text()}
		if t.count%perFile == 99 {
			message.Files = []chat.File{{Hash: chat.Hash(chat.ContentHash(room, chat.KindMessage, []byte(message.Text))), Size: 1 << 20, Name: "plan.pdf", Type: "application/pdf"}}
		}
		body, err := json.Marshal(message)
		if err != nil {
			return err
		}
		e := chat.Event{
			Room: room, Seq: head.Seq + 1, Kind: chat.KindMessage, Author: author, Device: chat.DeviceID{1},
			MID: chat.NewMID(), Time: t.time, Body: body, Salt: chat.Salt(chat.NewMID()),
		}
		head = chat.Head{Seq: e.Seq, Chain: e.Chain(head.Chain)}
		events = append(events, e)
		batch.Entries = append(batch.Entries, storage.Entry{Event: e, Chain: head.Chain, Content: chat.ContentHash(room, e.Kind, body)})
	}
	answer := make(chan error, 1)
	server.Append(batch, func(err error) { answer <- err })
	if _, err = client.Apply(ctx, store.Update{Rooms: []store.RoomUpdate{{Room: room, Events: events, Chain: head.Chain}}}); err == nil {
		_, err = client.SetRead(ctx, room, head.Seq)
	}
	return errors.Join(err, <-answer)
}

// text is like what people write: mostly a line, sometimes much more, some of it
// Chinese, with links, markup and emoji.
func (t *talk) text() string {
	var b strings.Builder
	word := func() string { return words[t.random.IntN(len(words))] }
	switch n := t.random.IntN(100); {
	case n < 10:
		for range 2 + t.random.IntN(6) {
			b.WriteString(han[t.random.IntN(len(han))])
		}
	case n < 13:
		b.WriteString("see https://example.org/" + word() + "/" + word())
	case n < 16:
		b.WriteString("**" + word() + "** and `" + word() + "` 😀")
	}
	for range 2 + t.random.IntN(6)*t.random.IntN(5) {
		b.WriteString(" " + word())
	}
	switch {
	case t.count%50_000 == 123:
		b.WriteString(" " + Rare)
	case t.count%100_000 == 456:
		b.WriteString(RareHan)
	case t.count%30 == 0:
		b.WriteString(" " + Common)
	}
	fmt.Fprintf(&b, " %d", t.count)
	return b.String()
}
