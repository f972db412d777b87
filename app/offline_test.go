package app

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/internal/testkit"
)

// TestOfflineThenOnline: two people write, edit, delete, react and pin, rename rooms and
// change topics, leave, join and archive, with and without a connection, and their programs are started anew between. In the end both see the
// same as devices that were never there, and what nobody may do has left no trace but
// edits that were refused.
func TestOfflineThenOnline(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 12 && (testing.Short() || testkit.Race) || n > 40 {
			return
		}
		// The steps are drawn outside: a bubble has its own goroutine.
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 5, 40).Draw(rt, "steps")
		var failed string
		synctest.Test(t, func(t *testing.T) { failed = offlineThenOnline(t, steps) })
		if failed != "" {
			rt.Fatal(failed)
		}
	})
}

// step is something one of two people does.
type step struct {
	Who, What int
	Target    int // counted from the newest message
	Emoji     string
	On        bool
	Wait      bool
}

func drawStep(t *rapid.T) step {
	return step{
		Who: rapid.IntRange(0, 1).Draw(t, "who"), What: rapid.IntRange(0, 16).Draw(t, "what"), Target: rapid.IntRange(0, 6).Draw(t, "target"),
		Emoji: rapid.SampledFrom([]string{"👍", "🎉"}).Draw(t, "emoji"), On: rapid.IntRange(0, 2).Draw(t, "on") > 0, Wait: rapid.IntRange(0, 3).Draw(t, "wait") == 0,
	}
}

func offlineThenOnline(t *testing.T, steps []step) (failed string) {
	w := newWorld(t, func(l *chat.Limits) {
		l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 500, 1000, 1000, 2000
	})
	defer w.close()
	people := []*person{w.member("ann").run().live(), w.member("bob").run().live()}
	defer func() {
		for _, p := range people {
			p.quit()
		}
	}()
	up := true
	people[0].say(w.general, "first of ann")
	people[1].say(w.general, "first of bob")
	people[0].settled(people[1])
	rooms := make([]chat.RoomID, 2) // one to leave and to come back to, one to archive
	for i, name := range []string{"garden", "shed"} {
		id, err := people[0].CreateRoom(t.Context(), RoomRequest{Name: name, Access: chat.AccessOpen})
		must(t, err)
		people[0].sent()
		must(t, people[1].JoinRoom(t.Context(), id))
		people[1].sent().until("the room", func(*View) bool { return people[1].roomView(id).Joined })
		rooms[i] = id
	}
	for i, s := range steps {
		p := people[s.Who]
		err := p.does(s, i, &up)
		if s.What > 11 {
			err = p.changesRooms(s, i, rooms)
		}
		if err != nil {
			return fmt.Sprintf("step %d, %+v: %v", i, s, err)
		}
		if s.Wait {
			time.Sleep(3 * time.Second)
		}
	}
	if !up {
		w.start()
	}
	for _, p := range people {
		p.TryNow()
		p.live().sent()
	}
	people[0].settled(people[1])
	for _, p := range people {
		list, err := p.Outbox(t.Context())
		must(t, err)
		for _, o := range list {
			if o.Message.Kind != chat.KindEdit || o.Message.State != StateFailed {
				failed = fmt.Sprintf("%s has %+v in the outbox", p.name, o)
			}
			must(t, p.DiscardMessage(t.Context(), o.Room, o.Message.MID))
		}
	}
	time.Sleep(time.Second)
	for _, p := range people {
		fresh := w.another(p, p.name+"-fresh").run().live()
		fresh.until("everything", func(*View) bool { return fresh.roomView(w.general).Chain == p.roomView(w.general).Chain })
		time.Sleep(time.Second)
		if d := cmp.Diff(seen(p), seen(fresh)); d != "" {
			failed = fmt.Sprintf("what %s sees on the old device and on a fresh one (-old +fresh):\n%s", p.name, d)
		}
		for _, id := range append(rooms, w.general) {
			if d := cmp.Diff(headOf(p, id), headOf(fresh, id)); d != "" && p.roomView(id).Joined {
				failed = fmt.Sprintf("a room of %s on the old device and on a fresh one (-old +fresh):\n%s", p.name, d)
			}
		}
		must(t, p.group.store.Check(t.Context()))
		must(t, fresh.group.store.Check(t.Context()))
		fresh.quit()
	}
	for _, id := range append(rooms, w.general) {
		a, b := headOf(people[0], id), headOf(people[1], id)
		if d := cmp.Diff(a, b); d != "" && people[1].roomView(id).Joined {
			failed = "a room differs (-ann +bob):\n" + d
		}
	}
	if d := cmp.Diff(common(people[0]), common(people[1])); d != "" {
		failed = "ann and bob differ (-ann +bob):\n" + d
	}
	return failed
}

// changesRooms renames, changes a topic, leaves or joins again, archives or takes that
// back.
func (p *person) changesRooms(s step, i int, rooms []chat.RoomID) error {
	ctx := p.w.t.Context()
	switch s.What {
	case 12:
		return p.RenameRoom(ctx, p.w.general, fmt.Sprint("name ", i))
	case 13:
		return p.SetTopic(ctx, p.w.general, fmt.Sprint("topic ", i))
	case 14, 15:
		if s.Who == 0 {
			return nil // the owner stays
		}
		synctest.Wait() // who looks at what is shown decides by it
		if p.roomView(rooms[0]).Joined {
			return p.LeaveRoom(ctx, rooms[0])
		}
		return p.JoinRoom(ctx, rooms[0])
	}
	if s.Who == 1 {
		return nil // it is not his
	}
	return p.ArchiveRoom(ctx, rooms[1], s.On)
}

// headOf is what a room is, apart from what is said in it.
func headOf(p *person, id chat.RoomID) []string {
	v := p.roomView(id)
	rows := []string{fmt.Sprint(v.Name, v.Topic, v.Access, v.Archived, v.Head, v.Chain)}
	for _, m := range v.Members {
		rows = append(rows, fmt.Sprint(m.Account, m.Name, m.Role))
	}
	slices.Sort(rows[1:])
	return rows
}

// does one step. Refusals that the core knows at once are errors of the test.
func (p *person) does(s step, i int, up *bool) error {
	ctx, room := p.w.t.Context(), p.w.general
	var target chat.Seq
	var rows []MessageView
	for _, m := range p.messages() {
		if m.Seq > 0 {
			rows = append(rows, m)
		}
	}
	if len(rows) > 0 {
		target = rows[len(rows)-1-s.Target%len(rows)].Seq
	}
	shown := func(what string, ok func(m MessageView) bool) error {
		for _, m := range p.messages() {
			if m.Seq == target && !m.Erased && !ok(m) {
				return fmt.Errorf("%s is not shown at once: %+v", what, m)
			}
		}
		return nil
	}
	switch s.What {
	case 0, 1:
		p.say(room, fmt.Sprint(p.name, " ", i))
	case 2, 3:
		text := fmt.Sprint("edit ", i)
		if err := p.EditMessage(ctx, room, target, text); err != nil {
			return err
		}
		return shown("an edit", func(m MessageView) bool { return m.Text == text || !m.Own })
	case 4, 5, 6:
		if err := p.React(ctx, room, target, s.Emoji, s.On); err != nil {
			return err
		}
		return shown("a reaction", func(m MessageView) bool {
			for _, r := range m.Reactions {
				if r.Emoji == s.Emoji {
					return r.Own == s.On
				}
			}
			return !s.On
		})
	case 7:
		if err := p.Pin(ctx, room, target, s.On); err != nil {
			return err
		}
		return shown("a pin", func(m MessageView) bool { return m.Pinned == s.On })
	case 8:
		if err := p.DeleteMessage(ctx, room, target); err != nil {
			return err
		}
	case 9, 10:
		if *up {
			p.w.stop(s.On)
		} else {
			p.w.start()
		}
		*up = !*up
	case 11:
		p.crash()
	}
	return nil
}

// seen is what somebody sees of the log.
func seen(p *person) (rows []string) {
	for _, m := range p.rows(p.w.general) {
		rows = append(rows, fmt.Sprint(m.Seq, m.Kind, m.MID, m.Author, m.Text, m.Edited.UnixMilli(), m.Erased, m.Pinned, m.Changing, m.Reactions, m.MentionsMe, m.MayEdit, m.MayDelete, m.State))
	}
	pins, err := p.Pins(p.w.t.Context(), p.w.general)
	must(p.w.t, err)
	for _, m := range pins {
		rows = append(rows, fmt.Sprint("pin ", m.Seq, m.Text))
	}
	v := p.roomView(p.w.general)
	return append(rows, fmt.Sprint(v.Head, v.Chain))
}

// common is what two people see alike.
func common(p *person) (rows []string) {
	for _, m := range p.rows(p.w.general) {
		r := fmt.Sprint(m.Seq, m.Kind, m.MID, m.Author, m.Text, m.Edited.UnixMilli(), m.Erased, m.Pinned, m.Changing)
		for _, x := range m.Reactions {
			r += fmt.Sprint(" ", x.Emoji, x.Count)
		}
		rows = append(rows, r)
	}
	return rows
}

// TestWaitingChanges: what waits is shown as if it were done, opposites cancel, a
// second edit takes the place of the first; a refusal of a reaction, a pin or a
// deletion leaves the log's truth, and a refused edit waits for its author.
func TestWaitingChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx, room := t.Context(), w.general
		ann.say(room, "one", "two")
		ann.settled(bob)
		one, two := ann.messages()[0].Seq, ann.messages()[1].Seq
		w.stop(true)
		waiting := func(want int) []OutboxEntry {
			t.Helper()
			list, err := ann.Outbox(ctx)
			must(t, err)
			if len(list) != want {
				t.Errorf("%d wait, want %d: %+v", len(list), want, list)
			}
			return list
		}
		must(t, ann.React(ctx, room, one, "👍", true))
		must(t, ann.React(ctx, room, one, "👍", true))
		must(t, ann.Pin(ctx, room, one, true))
		waiting(2)
		if m := ann.messages()[0]; !m.Changing || !m.Pinned || len(m.Reactions) != 1 || !m.Reactions[0].Own {
			t.Errorf("not shown at once: %+v", m)
		}
		must(t, ann.React(ctx, room, one, "👍", false))
		must(t, ann.Pin(ctx, room, one, false))
		waiting(0)
		if m := ann.messages()[0]; m.Changing || m.Pinned || m.Reactions != nil {
			t.Errorf("opposites did not cancel: %+v", m)
		}
		// What changes nothing cannot be taken back.
		must(t, ann.React(ctx, room, one, "👍", false))
		must(t, ann.Pin(ctx, room, two, true))
		must(t, ann.React(ctx, room, one, "👍", true))
		// In one transaction, so in the place of what it takes back.
		if list := waiting(2); list[0].Message.Kind != chat.KindReactionAdd {
			t.Errorf("the change did not take the place of its opposite: %+v", list)
		}
		must(t, ann.Pin(ctx, room, two, false))
		waiting(1)
		if m := ann.messages()[0]; !m.Changing || len(m.Reactions) != 1 || !m.Reactions[0].Own {
			t.Errorf("not shown at once after what changed nothing: %+v", m)
		}
		must(t, ann.React(ctx, room, one, "👍", false))
		waiting(0)
		must(t, ann.EditMessage(ctx, room, one, "first edit"))
		must(t, ann.EditMessage(ctx, room, one, "second edit"))
		if list := waiting(1); list[0].Message.Text != "second edit" || list[0].Transmitted {
			t.Errorf("the edit that waits is %+v", list[0])
		}
		must(t, ann.DeleteMessage(ctx, room, two))
		ann.crash() // and all of it is on disk
		waiting(2)
		if m := ann.messages(); m[0].Text != "second edit" || !m[0].Changing || m[0].Edited.IsZero() || !m[1].Erased || !m[1].Changing {
			t.Errorf("after a restart: %+v", m)
		}
		w.start()
		ann.TryNow()
		bob.TryNow()
		ann.live().sent()
		bob.live()
		ann.settled(bob)
		if versions, err := bob.Versions(ctx, room, one); err != nil || len(versions) != 2 || versions[1].Text != "second edit" {
			t.Errorf("versions %+v, %v", versions, err)
		}
		// What bob may not, and what nobody can any more.
		bob.takeNotices()
		w.stop(true)
		must(t, bob.DeleteMessage(ctx, room, one))
		must(t, bob.React(ctx, room, two, "👍", true))
		must(t, bob.Pin(ctx, room, two, true))
		must(t, bob.EditMessage(ctx, room, one, "not mine"))
		if m := bob.messages()[0]; !m.Changing || !m.Erased {
			t.Errorf("the deletion is not shown at once: %+v", m)
		}
		w.start()
		bob.TryNow()
		bob.live().sent()
		list, err := bob.Outbox(ctx)
		must(t, err)
		if len(list) != 1 || list[0].Message.Kind != chat.KindEdit || list[0].Message.State != StateFailed || !list[0].MayRetry || !list[0].MayCancel {
			t.Fatalf("in the outbox: %+v", list)
		}
		if m := bob.messages(); m[0].Erased || m[0].Text != "second edit" || !m[1].Erased || m[1].Pinned || m[1].Changing {
			t.Errorf("the log's truth is not shown: %+v", m)
		}
		told := map[chat.Seq]chat.Code{}
		for _, n := range bob.takeNotices() {
			if n.Kind == NoticeChangeRefused {
				told[n.Target] = n.Code
			}
		}
		if d := cmp.Diff(map[chat.Seq]chat.Code{one: chat.CodeForbidden, two: chat.CodeMessageGone}, told); d != "" {
			t.Errorf("refused changes (-want +got):\n%s", d)
		}
		must(t, bob.RetryMessage(ctx, room, list[0].Message.MID))
		bob.sent()
		if list, err = bob.Outbox(ctx); err != nil || len(list) != 1 || list[0].Message.Failure.Code != chat.CodeForbidden {
			t.Fatalf("tried again: %+v, %v", list, err)
		}
		must(t, bob.DiscardMessage(ctx, room, list[0].Message.MID))
		if m := bob.messages()[0]; m.Changing || bob.View().Failed != 0 {
			t.Errorf("discarded: %+v", m)
		}
	})
}
