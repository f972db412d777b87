package ui

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/server/host"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// lostOf opens a room of which the server has lost something.
func openGalleryLost(t *testing.T) (*Gallery, *queue) {
	t.Helper()
	g, q := newGallery(t, "lost,light,en")
	q.until(t, "the conversation", func() bool { return g.u.home.pane.timeline.Place().ID != "" })
	return g, q
}

// reading is the open list of what was lost, nil if there is none.
func reading(u *UI) (found *timeline.Timeline) {
	if len(u.dialogs) == 0 || u.dialogs[len(u.dialogs)-1].spec.title != tr.S("lost.title") {
		return nil
	}
	found, _ = u.dialogs[len(u.dialogs)-1].spec.focus.(*timeline.Timeline)
	return found
}

// TestLostRow: the line stands where the lost messages stood, can be reached and pressed
// by the keyboard, is read aloud, and opens them for reading; Escape leads back.
func TestLostRow(t *testing.T) {
	g, q := openGalleryLost(t)
	u := g.u
	conversation := u.home.pane.timeline
	u.win.Canvas().Focus(conversation)
	said := ""
	for range 20 {
		if said = conversation.AccessibilityLabel(); said == "The server has lost 3 messages that are still on this device., Show" {
			break
		}
		key(u, fyne.KeyUp)
	}
	if said != "The server has lost 3 messages that are still on this device., Show" {
		t.Fatalf("the keyboard does not reach the line; the last is %q", said)
	}
	if conversation.Marked() != 0 {
		t.Error("the line counts as a message")
	}
	key(u, fyne.KeyReturn)
	q.until(t, "the messages", func() bool { return reading(u) != nil })
	list := reading(u)
	if u.win.Canvas().Focused() != fyne.Focusable(list) {
		t.Error("the keyboard is elsewhere")
	}
	q.until(t, "the first message", func() bool { return list.Marked() == 1 })
	if got := list.AccessibilityLabel(); got != "李伟 Li Wei, 谢谢！新的安装包我也测试了，没有问题。, "+tr.Clock(g.core.lost[0].Time.Local())+", no longer on the server" {
		t.Errorf("read aloud: %q", got)
	}
	clip := test.NewClipboard()
	list.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clip})
	if clip.Content() != g.core.lost[0].Text {
		t.Errorf("copied %q", clip.Content())
	}
	key(u, fyne.KeyEscape)
	if reading(u) != nil || u.win.Canvas().Focused() != fyne.Focusable(conversation) {
		t.Error("Escape does not lead back")
	}
}

// TestLostRows: each stands once at its place, can be answered or changed by nobody, and
// the correction of a message that is still there is shown as words.
func TestLostRows(t *testing.T) {
	g, _ := openGalleryLost(t)
	list := slices.Clone(g.core.lost)
	list[1].Kind, list[1].MID = chat.KindEdit, list[0].MID
	rows, show := lostRows(list, list[3].MID)
	if len(rows) != 4 || show != 4 {
		t.Fatalf("%d rows, shows %d", len(rows), show)
	}
	for i, r := range rows {
		if r.Live() || !r.Lost || r.Seq != uint64(i+1) || r.Kind != timeline.Message || r.Text != list[i].Text || r.State != map[bool]timeline.State{true: timeline.Waiting}[list[i].Waits] {
			t.Errorf("row %d: %+v", i, r)
		}
		if slices.ContainsFunc(rows[:i], func(o *timeline.Row) bool { return o.ID == r.ID }) {
			t.Errorf("row %d is called like another", i)
		}
	}
	if rows[1].Edited.IsZero() {
		t.Error("a correction is not marked as one")
	}
	list[2].Erased = true
	if lost, waits := countLost(list); lost != 3 || waits != 0 {
		t.Errorf("%d lost, %d wait", lost, waits)
	}
	if lost, waits := countLost(g.core.lost); lost != 3 || waits != 1 {
		t.Errorf("%d lost, %d wait", lost, waits)
	}
}

// TestLossRows: where the line stands in a conversation.
func TestLossRows(t *testing.T) {
	tr.Use("en")
	at := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	message := func(seq chat.Seq, kind chat.Kind) app.MessageView {
		return app.MessageView{MID: chat.MID{byte(seq)}, Seq: seq, Kind: kind, Text: "x", Time: at}
	}
	page := app.Page{
		Messages: []app.MessageView{message(1, chat.KindJoin), message(3, chat.KindMessage), message(0, chat.KindMessage)},
		Losses:   []app.Loss{{Behind: 0, Lines: 1}, {Behind: 1, First: chat.MID{7}, Messages: 1}, {Behind: 3, First: chat.MID{8}, Messages: 2, Lines: 1}},
	}
	for _, c := range []struct {
		direct bool
		want   string
	}{{false, "offers line offers line offers line"}, {true, "offers offers line offers line"}} {
		got := ""
		for _, r := range rowsOfPage(page, false, c.direct) {
			if r.Act != "" {
				got += "offers "
			} else {
				got += "line "
			}
		}
		if got != c.want+" " {
			t.Errorf("direct %v: %q", c.direct, got)
		}
	}
	r := lossRow(page.Losses[2], at)
	if r.Seq != 3 || lossOf(r) != page.Losses[2].First || r.Text != "The server has lost 2 messages that are still on this device." {
		t.Errorf("%+v", r)
	}
	if r := lossRow(page.Losses[0], at); r.Text != tr.S("lost.row_lines") {
		t.Errorf("%+v", r)
	}
}

// TestLostInRoomInfo: what is told about a room counts apart what waits to be sent again,
// and leads to the rest.
func TestLostInRoomInfo(t *testing.T) {
	g, q := openGalleryLost(t)
	u := g.u
	u.home.showRoomInfo()
	q.until(t, "the line", func() bool { return shows(u, "3 messages here are no longer on the server") })
	if !shows(u, "1 message of yours waits to be sent again.") {
		t.Error("it does not tell what waits")
	}
	pressButton(t, u, tr.S("lost.show"))
	q.until(t, "the messages", func() bool { return reading(u) != nil })
	if len(u.dialogs) != 1 {
		t.Errorf("%d dialogs lie over the window", len(u.dialogs))
	}
}

// TestLostIsFound: a search marks what the server has lost, and leads to where it can be
// read.
func TestLostIsFound(t *testing.T) {
	g, q := openGalleryLost(t)
	u := g.u
	gallerySearch("Grazzi")(u.home)
	s := u.home.search
	q.until(t, "what is found", func() bool { return len(s.hits) == 1 })
	if want := "# release-room · no longer on the server"; !shows(u, want) {
		t.Errorf("it does not show %q", want)
	}
	s.enter()
	q.until(t, "the message", func() bool { return reading(u) != nil && reading(u).Marked() == 4 })
	if len(u.dialogs) != 1 {
		t.Errorf("%d dialogs lie over the window", len(u.dialogs))
	}
	// From another room the room opens as well.
	u.closeAll()
	u.home.openRoom(inventedRoom("general"))
	gallerySearch("Grazzi")(u.home)
	s = u.home.search
	q.until(t, "what is found", func() bool { return len(s.hits) == 1 })
	s.enter()
	q.until(t, "the message", func() bool { return reading(u) != nil && reading(u).Marked() == 4 })
	if u.home.room != inventedRoom("release-room") {
		t.Error("another room is open")
	}
	key(u, fyne.KeyEscape)
	if !u.home.goBack() || u.home.room != inventedRoom("general") {
		t.Error("there is no way back")
	}
}

// TestHeldOffers: a message that is held offers what will work: no edit of what may be on
// the server.
func TestHeldOffers(t *testing.T) {
	g, q := openGalleryLost(t)
	var held *timeline.Row
	feed{u: g.u, room: g.u.home.room}.Load(timeline.Request{Limit: 100}, func(p timeline.Page, _ bool) {
		held = p.Rows[len(p.Rows)-1]
	})
	q.until(t, "the row", func() bool { return held != nil })
	if held.State != timeline.Failed || held.MayEdit || !held.MayRetry || held.Reason != tr.S("fail.lost") {
		t.Errorf("%+v", held)
	}
	g.u.home.pane.discard(held)
	if !shows(g.u, tr.S("discard.maybe")) || shows(g.u, tr.S("discard.text")) {
		t.Error("it is said to be kept nowhere else")
	}
	if got := explain(&app.Failed{Code: app.FailTransmitted, Field: "message"}).text; got != tr.S("fail.transmitted") {
		t.Errorf("it says %q", got)
	}
}

// backup stops the server, copies its data, and starts it again.
func (g *group) backup() (path string) {
	g.t.Helper()
	g.stop()
	data, err := os.ReadFile(filepath.Join(g.dir, "hearth.db"))
	if err != nil {
		g.t.Fatal(err)
	}
	path = filepath.Join(g.t.TempDir(), "backup.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		g.t.Fatal(err)
	}
	g.start()
	return path
}

// restore puts a backup in the place of what the server has.
func (g *group) restore(path string) {
	g.t.Helper()
	g.stop()
	if _, err := host.Restore(g.t.Context(), host.Config{Dir: g.dir, Log: slog.New(slog.DiscardHandler)}, path); err != nil {
		g.t.Fatal(err)
	}
	g.start()
}

// TestRealRestored: the server comes back with an older backup while the window shows the
// room. What another one had written since is gone from the conversation, but a line says
// so, opens it, and a search finds it; the own message waits and is not counted, and can
// be sent again or given up, not edited.
func TestRealRestored(t *testing.T) {
	g := newGroup(t)
	core := newCore(t)
	u, q := newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the first page", func() bool { return core.View().Phase == app.PhaseWelcome })
	if err := core.Join(t.Context(), app.JoinRequest{Link: g.invite(), Display: "Ana", Password: []byte("a long enough password")}); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the first room", func() bool {
		return u.home != nil && !u.home.room.IsZero() && core.View().Connection.State == app.ConnLive
	})
	other := join(t, core, q)
	live := func(cores ...*app.App) {
		t.Helper()
		for _, c := range cores {
			q.until(t, "a connection", func() bool {
				c.TryNow()
				return c.View().Connection.State == app.ConnLive
			})
		}
	}
	room := u.home.room
	say := func(c *app.App, text string) {
		t.Helper()
		if _, err := c.Send(t.Context(), room, text); err != nil {
			t.Fatal(err)
		}
		q.until(t, text, func() bool { return drawn(u, text) && c.View().Waiting == 0 })
	}
	say(core, "kept by both")
	older := g.backup()
	live(core, other)
	say(core, "mine since then")
	say(other, "theirs since then")
	g.restore(older)
	live(core, other)
	q.until(t, "the line", func() bool { return drawn(u, "The server has lost 1 message that") })
	q.until(t, "what is held", func() bool { return drawn(u, "mine since then") && drawn(u, tr.S("timeline.discard")) })
	if drawn(u, "theirs since then") || drawn(u, tr.S("timeline.edit")) || !drawn(u, tr.S("timeline.retry")) {
		t.Error("the conversation shows what is gone, or offers what does not work")
	}
	u.win.Canvas().Focus(u.home.pane.timeline)
	for i := 0; i < 10 && !strings.HasSuffix(u.home.pane.timeline.AccessibilityLabel(), ", "+tr.S("lost.show")); i++ {
		key(u, fyne.KeyUp)
	}
	key(u, fyne.KeyReturn)
	q.until(t, "the messages", func() bool { return reading(u) != nil && drawn(u, "theirs since then") })
	u.closeAll()
	gallerySearch("since then")(u.home)
	q.until(t, "what is found", func() bool { return len(u.home.search.hits) == 2 })
	u.home.search.take(slices.IndexFunc(u.home.search.hits, func(h hitIn) bool { return h.Message.Text == "theirs since then" }))
	q.until(t, "the message", func() bool { return reading(u) != nil && reading(u).Marked() == 2 })
	u.closeAll()

	// It comes back once its author wants so, and then nothing is lost any more.
	q.until(t, "what the other one holds", func() bool { return other.View().Failed == 1 })
	if _, err := other.RetryAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	q.until(t, "it is there again", func() bool { return drawn(u, "theirs since then") && !drawn(u, "The server has lost") })

	// It stands where the person had read something else, and is read by being in view.
	q.until(t, "it is read", func() bool { r := u.home.roomOf(room); return r.Unread == 0 && r.Read == r.Head })
}
