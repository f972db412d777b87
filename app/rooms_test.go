package app

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
)

func (p *person) roomNamed(name string) (RoomView, bool) {
	for _, r := range p.View().Rooms {
		if r.Name == name {
			return r, true
		}
	}
	return RoomView{}, false
}

// takeNotices drains the person's subscription and returns its notices.
func (p *person) takeNotices() []Notice {
	c, _ := p.sub.Take()
	return c.Notices
}

// TestRoomLife creates a room offline, talks in it, and takes it through all
// that version 1 can do to it.
func TestRoomLife(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()

		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", Topic: "bees", Access: chat.AccessClosed, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(garden, "first", "second")
		r := ann.roomView(garden)
		if !r.Pending || !r.Joined || r.Name != "garden" || r.Waiting != 3 || r.Last == nil || r.Last.Text != "second" || r.Last.State != StateWaiting {
			t.Errorf("before the server knows: %+v", r)
		}
		if got := ann.texts(garden); !slices.Equal(got, []string{"first (waiting)", "second (waiting)"}) {
			t.Errorf("before the server knows: %q", got)
		}
		w.start()
		ann.live().sent()
		bob.live()
		bob.until("the garden", func(*View) bool { return bob.roomView(garden).Unread == 2 })
		if r := ann.roomView(garden); r.Pending || len(r.Members) != 2 || r.Topic != "bees" {
			t.Errorf("after the server knows: %+v", r)
		}
		if n := bob.takeNotices(); !slices.ContainsFunc(n, func(n Notice) bool { return n.Kind == NoticeAddedToRoom && n.Room == garden }) {
			t.Errorf("bob was not told that he was added: %+v", n)
		}

		must(t, bob.RenameRoom(ctx, garden, "orchard"))
		must(t, bob.SetTopic(ctx, garden, "apples"))
		ann.until("the new name", func(*View) bool { r := ann.roomView(garden); return r.Name == "orchard" && r.Topic == "apples" })
		must(t, bob.SetDisplay(ctx, "Robert"))
		ann.until("bob's new name", func(*View) bool {
			return slices.ContainsFunc(ann.roomView(garden).Members, func(m MemberView) bool { return m.Display == "Robert" })
		})
		if v := bob.View(); v.Me.Display != "Robert" {
			t.Errorf("bob calls himself %q", v.Me.Display)
		}

		must(t, bob.LeaveRoom(ctx, garden))
		bob.until("the leave", func(*View) bool { return !bob.roomView(garden).Joined })
		if _, err := bob.Send(ctx, garden, "hello?"); failCode(err) != FailCode(chat.CodeNotMember) {
			t.Errorf("sending after leaving: %v", err)
		}
		ann.say(garden, "bob is gone")
		ann.sent()
		must(t, ann.AddMember(ctx, garden, bob.account))
		bob.until("being back", func(*View) bool { return bob.roomView(garden).Joined })
		bob.until("everything said meanwhile", func(*View) bool { return bob.roomView(garden).Head == ann.roomView(garden).Head })
		if !slices.Equal(ann.texts(garden), bob.texts(garden)) {
			t.Errorf("ann %q, bob %q", ann.texts(garden), bob.texts(garden))
		}

		// A restart shows the same, before any network.
		w.stop(true)
		before := ann.roomView(garden)
		ann.quit()
		ann.run()
		ann.until("the stored rooms", func(v *View) bool { return v.Phase == PhaseOpen })
		if after := ann.roomView(garden); after.Head != before.Head || after.Chain != before.Chain || after.Name != before.Name || len(after.Members) != len(before.Members) {
			t.Errorf("before the restart %+v\nafter %+v", before, after)
		}
		w.start()
		ann.live()
	})
}

func failCode(err error) FailCode {
	if f, ok := err.(*Failed); ok { //nolint:errorlint // commands return it bare
		return f.Code
	}
	return ""
}

// TestOpenRooms finds and joins a room that somebody else made.
func TestOpenRooms(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "open", Access: chat.AccessOpen})
		must(t, err)
		ann.say(id, "one", "two", "three")
		ann.sent()
		list, err := bob.OpenRooms(ctx)
		must(t, err)
		if !slices.ContainsFunc(list, func(r OpenRoom) bool { return r.ID == id && r.Name == "open" && !r.Joined && r.Members == 1 }) {
			t.Fatalf("open rooms: %+v", list)
		}
		if list[0].ID != id {
			t.Errorf("a room that bob is in comes first: %+v", list)
		}
		must(t, bob.JoinRoom(ctx, id))
		bob.until("the room", func(*View) bool { return bob.roomView(id).Joined && len(bob.texts(id)) == 3 })
		time.Sleep(time.Second)
		if r := bob.roomView(id); r.Unread != 0 {
			t.Errorf("what was said before bob came in counts as unread: %d", r.Unread)
		}
		ann.say(id, "welcome")
		bob.until("one unread", func(*View) bool { return bob.roomView(id).Unread == 1 })
		people, err := bob.People(ctx)
		must(t, err)
		if len(people) != 2 {
			t.Errorf("people: %+v", people)
		}
		// Joining again is refused, and leaves nothing behind in the outbox.
		must(t, bob.JoinRoom(ctx, id))
		bob.until("the refusal", func(v *View) bool { return v.Waiting == 0 })
		if v := bob.View(); v.Failed != 1 {
			t.Errorf("%d failed, want the refused join: it can be discarded", v.Failed)
		}
		// A room that does not exist: refused, nothing to show, nothing kept.
		must(t, bob.JoinRoom(ctx, chat.NewRoomID()))
		bob.until("the refusal", func(v *View) bool { return v.Waiting == 0 })
		time.Sleep(time.Second)
		if v := bob.View(); v.Failed != 1 || len(v.Rooms) != 2 {
			t.Errorf("a refused join leaves %d failed and %d rooms", v.Failed, len(v.Rooms))
		}
	})
}

// TestUnread checks counts, markers and that nobody is told twice.
func TestUnread(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		time.Sleep(time.Second)
		bob.takeNotices()
		ann.say(w.general, "one", "two", "three")
		ann.sent()
		bob.until("three unread", func(*View) bool { return bob.roomView(w.general).Unread == 3 })
		told := 0
		for _, n := range bob.takeNotices() {
			if n.Kind == NoticeMessages {
				told += n.Count
			}
		}
		if told != 3 {
			t.Errorf("told of %d messages, want 3", told)
		}
		// Crash and come back: still unread, not told again.
		bob.crash()
		bob.live()
		time.Sleep(time.Second)
		if n := bob.takeNotices(); slices.ContainsFunc(n, func(n Notice) bool { return n.Kind == NoticeMessages }) {
			t.Errorf("told again: %+v", n)
		}
		r := bob.roomView(w.general)
		if r.Unread != 3 {
			t.Errorf("%d unread after the crash, want 3", r.Unread)
		}
		bob.SetRead(w.general, r.Head-1)
		bob.until("one unread", func(*View) bool { return bob.roomView(w.general).Unread == 1 })
		bob.SetRead(w.general, r.Head-2) // a marker never goes back
		bob.SetActive(w.general, true)
		time.Sleep(time.Second)
		if n := bob.roomView(w.general).Unread; n != 1 {
			t.Errorf("%d unread, want 1", n)
		}
		// Looking at the room: no notice, but unread until the window says it was seen.
		bob.takeNotices()
		ann.say(w.general, "four")
		bob.until("two unread", func(*View) bool { return bob.roomView(w.general).Unread == 2 })
		if n := bob.takeNotices(); slices.ContainsFunc(n, func(n Notice) bool { return n.Kind == NoticeMessages }) {
			t.Errorf("told of what is on the screen: %+v", n)
		}
		bob.SetDraft(w.general, chat.Draft{Text: "unfinished"})
		bob.quit()
		bob.run()
		bob.until("the draft", func(v *View) bool {
			return bob.roomView(w.general).Draft.Text == "unfinished" && v.LastRoom == w.general
		})
		bob.live().say(w.general, "finished")
		if d := bob.roomView(w.general).Draft; !d.IsZero() {
			t.Errorf("the draft after sending: %+v", d)
		}
		bob.quit()
	})
}

// TestDeafReader: a subscriber that never takes costs nothing and loses only
// detail; one that ends gets nothing.
func TestDeafReader(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(l *chat.Limits) {
			l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 200, 400, 600, 1200
		})
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		deaf, ended := bob.Subscribe(), bob.Subscribe()
		ended.Take()
		ended.End()
		for range 300 {
			ann.say(w.general, "x")
		}
		ann.sent()
		ann.same(bob)
		if c, ok := deaf.Take(); !ok || !c.Reset || !c.View || len(c.Notices) > maxNotices || !c.Rooms[w.general].Tail {
			t.Errorf("what a deaf reader is told: %+v", c)
		}
		if c, ok := ended.Take(); ok {
			t.Errorf("told after the end: %+v", c)
		}
		bob.quit()
		if c, _ := deaf.Take(); !c.Closed {
			t.Error("not told that the core has ended")
		}
		late := bob.Subscribe()
		if c, _ := late.Take(); !c.Closed {
			t.Error("a late reader is not told that the core has ended")
		}
		if _, err := bob.Send(t.Context(), w.general, "x"); failCode(err) == "" {
			t.Errorf("sending after the end: %v", err)
		}
	})
}

// TestTwoDevices: one person on two machines. Each has all that the other wrote,
// as one's own; nothing of it is unread.
func TestTwoDevices(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		desk := w.member("ann").run().live()
		defer desk.quit()
		lap := w.another(desk, "ann's laptop").run().live()
		defer lap.quit()
		for range 10 {
			desk.say(w.general, "from the desk")
			lap.say(w.general, "from the lap")
		}
		desk.sent()
		lap.sent()
		desk.same(lap)
		if n := len(desk.texts(w.general)); n != 20 || desk.roomView(w.general).Unread != 0 || lap.roomView(w.general).Unread != 0 {
			t.Errorf("%d messages, %d and %d unread", n, desk.roomView(w.general).Unread, lap.roomView(w.general).Unread)
		}
		for _, m := range lap.rows(w.general) {
			if m.Kind == chat.KindMessage && (!m.Own || m.State != StateSent) {
				t.Errorf("row %+v", m)
			}
		}
		id, err := desk.CreateRoom(t.Context(), RoomRequest{Name: "notes", Access: chat.AccessClosed})
		must(t, err)
		lap.until("the new room", func(*View) bool { return lap.roomView(id).Joined })
		must(t, lap.LeaveRoom(t.Context(), id))
		desk.until("the leave", func(*View) bool { return !desk.roomView(id).Joined })
	})
}

// TestAlike: who takes a display name that looks like another's is told apart by
// the login name, and so is the other.
func TestAlike(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		must(t, ann.SetDisplay(ctx, "Ann Lee"))
		must(t, bob.SetDisplay(ctx, "\u0410nn Lee")) // the first letter is Cyrillic
		ann.say(w.general, "it is me")
		bob.say(w.general, "no, me")
		ann.until("both", func(*View) bool { return ann.roomView(w.general).Last.Text == "no, me" })
		page, err := ann.Messages(ctx, w.general, Window{})
		must(t, err)
		for _, m := range page.Messages {
			if m.Kind != chat.KindMessage {
				continue
			}
			if want := map[bool]string{true: "Ann Lee (ann)", false: "\u0410nn Lee (bob)"}[m.Own]; m.Name != want {
				t.Errorf("%q is by %q, want %q", m.Text, m.Name, want)
			}
		}
		if i := slices.IndexFunc(page.Messages, func(m MessageView) bool { return m.Kind == chat.KindJoin && m.Author == bob.account }); i < 0 ||
			page.Messages[i].Subject != "\u0410nn Lee (bob)" {
			t.Errorf("who joined is not told apart: %+v", page.Messages)
		}
		for _, m := range ann.roomView(w.general).Members {
			if !m.Alike {
				t.Errorf("%q (%s) is not marked as looking like somebody else", m.Display, m.Name)
			}
		}
		if last := ann.roomView(w.general).Last; last.Author != "\u0410nn Lee (bob)" {
			t.Errorf("the preview is by %q", last.Author)
		}
	})
}

// TestRenamingSaysWho: the line of a renaming says who that was, in the log of a server that
// does not tell it at least by login name; and who takes a word of the program's own for
// a name is shown with the login name, wherever the name stands.
func TestRenamingSaysWho(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		for _, name := range []string{"Bob Lee", "y\u043eu", "Deleted account", "Bob"} { // the second has a Cyrillic letter
			must(t, bob.SetDisplay(ctx, name))
			bob.say(w.general, "as "+name)
			bob.sent()
			ann.until("what is said as "+name, func(*View) bool { last := ann.roomView(w.general).Last; return last != nil && last.Text == "as "+name })
			want := map[string]string{"Bob Lee": "Bob Lee", "Bob": "Bob"}[name]
			if want == "" {
				want = name + " (bob)"
			}
			if last := ann.roomView(w.general).Last; last.Author != want {
				t.Errorf("the preview is by %q, want %q", last.Author, want)
			}
		}
		page, err := ann.Messages(ctx, w.general, Window{})
		must(t, err)
		var got []string
		for _, m := range page.Messages {
			if m.Kind == chat.KindName {
				got = append(got, m.Subject+" → "+m.Value)
			}
		}
		want := []string{
			"@bob → Bob Lee", "Bob Lee (bob) → y\u043eu", "y\u043eu (bob) → Deleted account", "Deleted account (bob) → Bob",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("the renamings (-want +got):\n%s", d)
		}
		old := nameBefore(&chat.Room{Members: map[chat.AccountID]chat.Member{bob.account: {Name: "bob", Display: "Bob"}}}, bob.account, chat.Name{Display: "Bob"})
		if old != "@bob" {
			t.Errorf("a renaming that does not say the name before is by %q", old)
		}
	})
}

// TestLeftBeforeAck: a device makes a room and writes in it, is cut off before any
// answer, and the room is left on another device. Nothing of it stays on its way.
func TestLeftBeforeAck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		two := w.another(ann, "two").run().live()
		defer two.quit()
		w.net.Lines()[0].Down.Stall(true)
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden"})
		must(t, err)
		ann.say(garden, "one", "two")
		two.until("the garden", func(*View) bool { return two.roomView(garden).Joined })
		ann.quit() // its disk knows of no answer
		must(t, two.LeaveRoom(t.Context(), garden))
		two.sent()
		ann.run().live()
		defer ann.quit()
		time.Sleep(30 * time.Second)
		if v := ann.View(); v.Waiting != 0 {
			t.Errorf("%d wait", v.Waiting)
		}
		if r := ann.roomView(garden); r.Joined || r.Pending {
			t.Errorf("the room that was left is shown as %+v", r)
		}
		list, err := ann.Outbox(t.Context())
		must(t, err)
		for _, o := range list {
			if o.Message.State != StateFailed || o.Message.Failure.Code != chat.CodeNotMember || !o.MayCancel {
				t.Errorf("in the outbox: %+v", o)
			}
		}
		must(t, ann.group.store.Check(t.Context()))
	})
}
