package app

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/blob"
	"hearth/store"
)

// most is how much is said while somebody is away, so that a hole is there for a while.
const most = 1200

// unheard lets somebody do what the server hears and answers in vain, and takes their
// program away.
func (p *person) unheard(does func()) {
	p.w.t.Helper()
	for _, line := range p.w.net.Lines() {
		line.Down.Stall(true)
	}
	does()
	time.Sleep(time.Second)
	p.quit()
	for _, line := range p.w.net.Lines() {
		line.Down.Stall(false)
	}
}

// comes lets somebody come back, far behind, and go offline again before what they did is
// loaded, but after they heard what became of it.
func (p *person) comes(room chat.RoomID) {
	p.w.t.Helper()
	p.run().live().sent()
	time.Sleep(2 * ackPatience)
	p.w.stop(true)
	p.until("the end of the connection", func(v *View) bool { return v.Connection.State != ConnLive })
	if c := p.complete(room); c.MissingEvents < most/4 {
		p.w.t.Fatalf("only %d are missing", c.MissingEvents)
	}
}

// stored is what is in the outbox on disk.
func (p *person) outboxStored() []store.Entry {
	p.w.t.Helper()
	entries, err := p.group.store.Outbox(context.Background())
	must(p.w.t, err)
	return entries
}

// backwards returns a whole timeline as it is read from its end.
func (p *person) backwards(id chat.RoomID, limit int) (rows []MessageView) {
	p.w.t.Helper()
	w := Window{Limit: limit}
	for {
		page, err := p.Messages(context.Background(), id, w)
		must(p.w.t, err)
		rows = append(slices.Clone(page.Messages), rows...)
		if !page.Older {
			return rows
		}
		w = Window{Before: rows[0].Seq, Limit: limit}
	}
}

// TestLodged: a message, an edit, a reaction, a deletion and a message with a file reach
// the server, their answers are lost with the program, and when it is back it is so far
// behind that all of it lies in a hole. Whether the hole is ever loaded or not, all of it
// is shown as it was done, at its place, and as sent.
func TestLodged(t *testing.T) { bubble(t, lodged) }

func lodged(t *testing.T) {
	w := farWorld(t)
	defer w.close()
	w.keepsFiles(blob.Limits{})
	ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
	defer func() { ann.quit() }()
	ctx := t.Context()
	bob.say(w.general, "first", "gone")
	_, err := bob.SendFiles(ctx, w.general, Outgoing{Text: "look"}, []LocalFile{bytesFile("plan.bin", noise(900))})
	must(t, err)
	bob.sent()
	ann.until("the file", func(*View) bool { return len(ann.texts(w.general)) == 3 })
	at := map[string]chat.Seq{}
	for _, m := range bob.rows(w.general) {
		at[m.Text] = m.Seq
	}
	bob.unheard(func() {
		bob.say(w.general, "mine, words")
		must(t, bob.EditMessage(ctx, w.general, at["first"], "better"))
		must(t, bob.React(ctx, w.general, at["first"], "👍", true))
		must(t, bob.DeleteMessage(ctx, w.general, at["gone"]))
		_, err := bob.Forward(ctx, w.general, at["look"], w.general)
		must(t, err)
	})
	ann.until("all of it", func(*View) bool { return ann.roomView(w.general).Head == at["look"]+5 })
	theirs := ann.rows(w.general)
	mine := slices.IndexFunc(theirs, func(m MessageView) bool { return m.Text == "mine, words" })
	if mine < 0 || theirs[len(theirs)-1].Text != "look" {
		t.Fatalf("the server has not heard it: %q", ann.texts(w.general))
	}
	place := theirs[mine].Seq
	says := ann.says(w.general, 0, most)
	bob.comes(w.general)
	look := func() {
		t.Helper()
		bob.lodgedRows(place, says)
		if entries := bob.outboxStored(); len(entries) != 5 || entries[0].State != store.EntryAcknowledged || entries[0].Seq != place {
			t.Errorf("on disk: %+v", entries)
		}
		must(t, bob.group.store.Check(ctx))
	}
	look()
	bob.crash()
	look()
	w.start()
	bob.TryNow()
	bob.live()
	defer bob.quit()
	bob.until("all of it", func(*View) bool { c := bob.complete(w.general); return c.Whole() })
	if entries := bob.outboxStored(); len(entries) != 0 {
		t.Errorf("in the end: %+v", entries)
	}
	ann.TryNow()
	ann.live()
	ann.same(bob)
	if d := cmp.Diff(ann.rows(w.general)[:mine+1], bob.rows(w.general)[:mine+1], ownTo); d != "" {
		t.Errorf("-ann +bob:\n%s", d)
	}
	must(t, bob.group.store.Check(ctx))
}

// ownTo compares rows but for whose they are.
var ownTo = cmp.FilterPath(func(p cmp.Path) bool {
	switch p.String() {
	case "Own", "MayEdit", "MayDelete", "Reactions.Own", "Mentions.Me", "Files.Here":
		return true
	}
	return false
}, cmp.Ignore())

// lodgedRows looks at everything that shows what TestLodged does.
func (p *person) lodgedRows(place chat.Seq, says []string) {
	t, room := p.w.t, p.w.general
	t.Helper()
	v := p.View()
	r := p.roomView(room)
	if v.Waiting+v.Failed+r.Waiting+r.Failed != 0 || r.Last == nil || r.Last.Text != says[len(says)-1] {
		t.Errorf("%d and %d waiting, %d and %d failed, the newest is %+v", v.Waiting, r.Waiting, v.Failed, r.Failed, r.Last)
	}
	p.wantOutbox()
	rows := p.rows(room)
	texts := p.texts(room)
	if want := []string{"better", "", "look", "mine, words", "look"}; len(texts) < 10 || !slices.Equal(texts[:5], want) || texts[len(texts)-1] != says[len(says)-1] {
		t.Errorf("texts %q", texts)
	}
	last := chat.Seq(0)
	for _, m := range rows {
		if m.Seq <= last {
			t.Errorf("%q at %d stands behind %d", m.Text, m.Seq, last)
		}
		last = m.Seq
		switch {
		case m.Text == "better" && (len(m.Reactions) != 1 || !m.Reactions[0].Own || m.Changing || m.Edited.IsZero()):
			t.Errorf("edited: %+v", m)
		case m.Text == "mine, words" && (m.Seq != place || m.State != StateSent || !m.Own || !m.Unloaded || !m.MayEdit):
			t.Errorf("lodged: %+v", m)
		case m.Forward != nil && (len(m.Files) != 1 || !m.Unloaded):
			t.Errorf("with a file: %+v", m)
		}
	}
	for _, limit := range []int{3, 100} {
		if d := cmp.Diff(rows, p.backwards(room, limit)); d != "" {
			t.Errorf("read backwards by %d (-forwards):\n%s", limit, d)
		}
	}
	page, err := p.Messages(t.Context(), room, Window{Around: place, Limit: 10})
	must(t, err)
	if !slices.ContainsFunc(page.Messages, func(m MessageView) bool { return m.Seq == place }) ||
		slices.ContainsFunc(page.Gaps, func(g Gap) bool { return g.From <= place && place <= g.To }) {
		t.Errorf("around it: %d rows, gaps %+v", len(page.Messages), page.Gaps)
	}
	if found := p.hits("mine"); !slices.Equal(found, []string{"mine, words"}) {
		t.Errorf("found %q", found)
	}
	for _, format := range []ExportFormat{ExportText, ExportJSON, ExportHTML} {
		if n := strings.Count(p.exported(format), "mine, words"); n != 1 {
			t.Errorf("%s has it %d times", format, n)
		}
	}
}

// TestLodgedLost: the server loses what lies in a hole here. It is offered like anything
// else that it has lost, also if it was lost before the device was back, and others have
// written since, so that no cursor tells.
func TestLodgedLost(t *testing.T) {
	for _, tells := range []bool{true, false} {
		for name, test := range map[string]func(*testing.T, bool){"loaded": lodgedLost, "overtaken": lodgedOvertaken} {
			t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { test(t, tells) }) })
		}
	}
}

func lodgedLost(t *testing.T, tells bool) {
	w := farWorld(t)
	defer w.close()
	ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
	defer func() { ann.quit() }()
	bob.say(w.general, "first")
	bob.sent()
	backup := w.heads()
	bob.unheard(func() { bob.say(w.general, "mine") })
	ann.says(w.general, 0, most)
	bob.comes(w.general)
	mid := bob.outboxStored()[0].MID
	w.restore(backup, tells, ann, bob)
	defer func() { bob.quit() }()
	bob.TryNow()
	bob.live()
	bob.until("the question", func(*View) bool { return slices.Equal(bob.held(w.general), []chat.MID{mid}) })
	bob.retryHeld(w.general)
	bob.sent()
	if got := texts(w, w.general); !slices.Equal(got, []string{"first", "mine"}) {
		t.Errorf("the server has %q", got)
	}
}

func lodgedOvertaken(t *testing.T, tells bool) {
	w := farWorld(t)
	defer w.close()
	ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
	bob.say(w.general, "first")
	bob.sent()
	ann.until("it", func(*View) bool { return len(ann.texts(w.general)) == 1 })
	backup := w.heads()
	ann.quit()
	w.stop(true)
	bob.say(w.general, "mine")
	bob.do(func() { // of all that the server did, this has reached bob
		g := bob.group
		for _, o := range g.out {
			bob.acknowledged(g.room(w.general), o, &wire.Ack{MID: o.MID, Room: o.Room, Seq: g.room(w.general).c.Cursor.Seq + 5})
		}
	})
	time.Sleep(2 * ackPatience)
	mid := bob.outboxStored()[0].MID
	bob.quit()
	w.restore(backup, tells, ann, bob)
	ann.run().live()
	ann.says(w.general, 0, most)
	bob.run().live()
	defer func() { bob.quit(); ann.quit() }()
	bob.until("the question", func(*View) bool { return slices.Equal(bob.held(w.general), []chat.MID{mid}) })
	bob.retryHeld(w.general)
	bob.sent()
	if got := texts(w, w.general); len(got) != most+2 || got[most+1] != "mine" {
		t.Errorf("the server has %d, the last is %q", len(got), got[len(got)-1])
	}
}

// TestLodgedErased: another device deletes what lies in a hole here. Its words go with
// what is loaded first, and nothing brings them back.
func TestLodgedErased(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann := w.member("ann").run().live()
		bob := w.member("bob")
		desk := w.another(bob, "desk").run().live()
		bob.run().live()
		defer func() { ann.quit(); desk.quit() }()
		bob.say(w.general, "first")
		bob.sent()
		bob.unheard(func() { bob.say(w.general, "mine", "stays") })
		desk.until("both", func(*View) bool { return len(desk.texts(w.general)) == 3 })
		says := ann.says(w.general, 0, most)
		must(t, desk.DeleteMessage(t.Context(), w.general, desk.rows(w.general)[len(desk.rows(w.general))-most-2].Seq))
		desk.sent()
		bob.comes(w.general)
		defer func() { bob.quit() }()
		for range 2 {
			if got := bob.texts(w.general); !slices.Equal(got[:3], []string{"first", "stays", says[len(says)-len(got)+2]}) {
				t.Errorf("shown: %q", got)
			}
			if entries := bob.outboxStored(); len(entries) != 1 || strings.Contains(string(entries[0].Body), "mine") {
				t.Errorf("on disk: %+v", entries)
			}
			bob.crash()
		}
	})
}

// TestLodgedPurged: what lies in a hole is purged before it is loaded. Its author is told
// that these words are all that is left.
func TestLodgedPurged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer func() { ann.quit() }()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account}})
		must(t, err)
		must(t, ann.KeepRoom(ctx, garden, 1))
		bob.until("the garden", func(*View) bool { return bob.roomView(garden).Keep == 1 })
		bob.unheard(func() { bob.say(garden, "mine") })
		ann.says(garden, 0, most)
		bob.comes(garden)
		defer func() { bob.quit() }()
		if got := bob.texts(garden); got[0] != "mine" {
			t.Errorf("before: %q", got[0])
		}
		w.start()
		bob.quit()
		ann.away(60 * time.Hour)
		bob.run().live()
		bob.until("what became of it", func(*View) bool {
			last := bob.last(garden)
			return last.Text == "mine" && last.State == StateFailed && last.Failure.Code == CodeUnkept
		})
		must(t, bob.group.store.Check(ctx))
	})
}

// TestLodgedLeft: somebody leaves a room with what they said in a hole, where it stays
// readable. When they are back, what lies before is not for them: their words are, and are
// said to be only here.
func TestLodgedLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer func() { ann.quit() }()
		request := RoomRequest{Name: "garden", History: chat.HistoryJoined, Members: []chat.AccountID{bob.account}}
		garden, err := ann.CreateRoom(ctx, request)
		must(t, err)
		bob.until("the garden", func(*View) bool { return bob.roomView(garden).Joined })
		bob.unheard(func() { bob.say(garden, "mine") })
		ann.says(garden, 0, most)
		bob.run().live().sent()
		defer func() { bob.quit() }()
		must(t, bob.LeaveRoom(ctx, garden))
		bob.sent()
		time.Sleep(time.Minute)
		if r := bob.roomView(garden); r.Joined || r.Complete.MissingEvents < most/4 || bob.texts(garden)[0] != "mine" {
			t.Fatalf("%d missing, %q", r.Complete.MissingEvents, bob.texts(garden)[0])
		}
		ann.says(garden, most, 10)
		must(t, ann.AddMember(ctx, garden, bob.account))
		ann.sent()
		bob.until("the garden again", func(*View) bool { return bob.roomView(garden).Joined })
		time.Sleep(time.Minute)
		last := bob.last(garden)
		if last.Text != "mine" || last.State != StateFailed || last.Failure.Code != CodeUnseen {
			t.Errorf("%+v", last)
		}
		if n, err := bob.RetryAll(ctx); n != 0 || err != nil {
			t.Errorf("%d are sent again: %v", n, err)
		}
		must(t, bob.DiscardMessage(ctx, garden, last.MID))
		must(t, bob.group.store.Check(ctx))
	})
}
