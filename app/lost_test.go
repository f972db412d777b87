package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
)

// losses are the places of a room's timeline where something stood that was lost, each
// behind what the row before it says.
func (p *person) losses(room chat.RoomID) (list []string) {
	p.w.t.Helper()
	page, err := p.Messages(p.w.t.Context(), room, Window{})
	must(p.w.t, err)
	for _, l := range page.Losses {
		before := "nothing"
		for _, m := range page.Messages {
			if m.Seq == l.Behind && l.Behind > 0 {
				before = m.Text
			}
		}
		list = append(list, fmt.Sprint(before, ": ", l.Messages, " and ", l.Lines))
	}
	return list
}

// hits are what a search finds, the newest first.
func (p *person) hits(query string) (list []string) {
	p.w.t.Helper()
	must(p.w.t, p.Search(p.w.t.Context(), query, func(h Hit) bool {
		text := h.Message.Text
		if h.Message.Lost {
			text += " (lost)"
		}
		list = append(list, text)
		return true
	}))
	return list
}

func (p *person) exported(format ExportFormat) string {
	p.w.t.Helper()
	var b strings.Builder
	_, err := p.Export(p.w.t.Context(), &b, ExportRequest{Room: p.w.general, Format: format})
	must(p.w.t, err)
	return b.String()
}

// lostWorld has two people whose server comes back from a backup that lacks the last of
// what they wrote, what ann changed among it.
func lostWorld(t *testing.T) (w *world, ann, bob *person) {
	w = newWorld(t, nil)
	ann, bob = w.member("ann").run().live(), w.member("bob").run().live()
	bob.say(w.general, "kept one")
	bob.sent()
	time.Sleep(time.Second)
	ann.say(w.general, "kept two")
	ann.sent()
	ann.same(bob)
	backup := w.heads()
	time.Sleep(time.Second)
	ann.say(w.general, "lost of ann")
	ann.sent()
	time.Sleep(time.Second)
	bob.say(w.general, "lost and mistyped")
	bob.sent()
	bob.same(ann)
	time.Sleep(time.Second)
	rows := bob.rows(w.general)
	must(t, bob.EditMessage(t.Context(), w.general, rows[len(rows)-1].Seq, "lost and corrected"))
	bob.sent()
	for _, m := range rows {
		if m.Text == "kept one" {
			must(t, bob.EditMessage(t.Context(), w.general, m.Seq, "kept, then changed"))
		}
	}
	bob.sent()
	ann.same(bob)
	w.stop(true)
	ann.say(w.general, "while it was away")
	w.restore(backup, true, ann, bob)
	for _, p := range []*person{ann, bob} {
		p.TryNow()
		p.live()
		p.until("the loss", func(*View) bool { return p.roomView(w.general).Lost == 4 })
		p.until("what waited", func(*View) bool { return p.roomView(w.general).Head == backup[w.general]+1 })
	}
	return w, ann, bob
}

// TestLostIsShown: what a server has lost has a line where it stood, is found, read as it
// was at last, and exported; what waits to be sent again is not counted.
func TestLostIsShown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, ann, bob := lostWorld(t)
		defer w.close()
		defer ann.quit()
		defer bob.quit()
		if d := cmp.Diff([]string{"kept two: 2 and 0"}, ann.losses(w.general)); d != "" {
			t.Errorf("ann's lines: %s", d)
		}
		if d := cmp.Diff([]string{"kept one", "kept two", "while it was away", "lost of ann (failed)"}, ann.texts(w.general)); d != "" {
			t.Errorf("ann's room: %s", d)
		}
		rows, err := ann.LostMessages(t.Context(), w.general)
		must(t, err)
		var got []string
		for _, m := range rows {
			got = append(got, fmt.Sprintf("%s %s: %s %v %v %v", m.Kind, m.Name, m.Text, !m.Edited.IsZero(), m.Waits, m.MayEdit || m.MayDelete))
		}
		want := []string{
			"message ann: lost of ann false true false", "message bob: lost and corrected true false false",
			"message.edit bob: kept, then changed false false false",
		}
		want[2] = strings.Replace(want[2], "message.edit", string(chat.KindEdit), 1)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("ann's lost messages: %s", d)
		}
		if d := cmp.Diff([]string{"lost and corrected (lost)", "lost of ann (lost)"}, ann.hits("lost")); d != "" {
			t.Errorf("found: %s", d)
		}
		if d := cmp.Diff([]string{"kept, then changed (lost)", "kept two", "kept one"}, ann.hits("kept")); d != "" {
			t.Errorf("found: %s", d)
		}
		if got := ann.hits("lost from:bob"); !slices.Equal(got, []string{"lost and corrected (lost)"}) {
			t.Errorf("of bob: %q", got)
		}
		lostExports(t, ann)

		// What was lost is sent again by its authors, or given up.
		for _, mid := range ann.held(w.general) {
			must(t, ann.DiscardMessage(t.Context(), w.general, mid))
		}
		if d := cmp.Diff([]string{"kept two: 3 and 0"}, ann.losses(w.general)); d != "" {
			t.Errorf("given up: %s", d)
		}
		_, err = bob.RetryAll(t.Context())
		must(t, err)
		bob.sent()
		ann.until("what came back", func(*View) bool { return ann.roomView(w.general).Lost == 1 })
		bob.until("what came back", func(*View) bool { return bob.roomView(w.general).Lost == 1 })
		ann.same(bob)
		// The correction of what was lost was nobody's to send, as it names a place that is
		// another message's now: the message came back in its words.
		if d := cmp.Diff([]string{"kept two: 1 and 0"}, ann.losses(w.general)); d != "" {
			t.Errorf("in the end: %s", d)
		}
		if got := ann.hits("corrected"); !slices.Equal(got, []string{"lost and corrected"}) {
			t.Errorf("in the end %q", got)
		}
		if got := ann.hits("mistyped"); len(got) > 0 {
			t.Errorf("of the words before the correction: %q", got)
		}
	})
}

// lostExports looks for what was lost in each kind of export, behind what is there.
func lostExports(t *testing.T, p *person) {
	t.Helper()
	for format, want := range map[ExportFormat][]string{
		ExportText: {"while it was away", "— " + lostTitle + " —", "lost of ann", "lost and corrected", "kept, then changed"},
		ExportHTML: {"while it was away", `<h2 class="lost">` + lostTitle, `own lost" id="lost1"`, "lost of ann", `lost" id="lost2"`, "lost and corrected"},
		ExportJSON: {`"text":"while it was away"`, `"text":"lost of ann","lost":true`, `"text":"lost and corrected","edited":"2000-01-01T00:00:04Z","lost":true`},
	} {
		text := p.exported(format)
		for _, part := range want {
			i := strings.Index(text, part)
			if i < 0 {
				t.Errorf("%s: no %q where it should be, in\n%s", format, part, text)
				break
			}
			text = text[i+len(part):]
		}
	}
}

// TestLostBeforeWhatWaits: own messages that a server has lost stand before those that
// were written later and wait, and go out before them if the person wants so at once.
func TestLostBeforeWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		backup := w.heads()
		ann.say(w.general, "lost one", "lost two")
		ann.sent()
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		ann.say(w.general, "later one", "later two")
		// As if it was not to go out by itself: the person decides about all of it.
		var later []chat.MID
		for _, m := range ann.rows(w.general) {
			if strings.HasPrefix(m.Text, "later") {
				later = append(later, m.MID)
			}
		}
		must(t, tell(t.Context(), ann.App, func() error {
			must(t, ann.group.store.Hold(t.Context(), later...))
			ann.reloadOutbox()
			return nil
		}))
		w.restore(backup, true, ann)
		ann.TryNow()
		ann.live()
		ann.until("the loss", func(*View) bool { return ann.roomView(w.general).Failed == 4 })
		want := []string{"lost one", "lost two", "later one", "later two"}
		var waits []string
		for _, text := range want {
			waits = append(waits, text+" (failed)")
		}
		if d := cmp.Diff(waits, ann.texts(w.general)); d != "" {
			t.Errorf("what waits: %s", d)
		}
		list, err := ann.Outbox(t.Context())
		must(t, err)
		if len(list) != 4 || list[0].Message.Text != "lost one" || list[0].MayEdit || list[0].Message.MayEdit || !list[0].Message.MayRetry {
			t.Errorf("the outbox: %+v", list)
		}
		_, err = ann.RetryAll(t.Context())
		must(t, err)
		ann.sent()
		if d := cmp.Diff(want, texts(w, w.general)); d != "" {
			t.Errorf("the server has: %s", d)
		}
		must(t, ann.group.store.Check(t.Context()))
	})
}

// TestRowBefore: the place of what was lost is behind the newest row that is older, also
// where some of it has been sent again, and where the clock was set back it is behind the
// row below.
func TestRowBefore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		ann.say(w.general, "one", "two", "three")
		ann.sent()
		rows := ann.rows(w.general)
		last := rows[len(rows)-1]
		for _, c := range []struct {
			seq  chat.Seq
			time int64
			want chat.Seq
		}{
			{last.Seq + 1, last.Time.UnixMilli(), last.Seq},
			{last.Seq + 1, rows[0].Time.UnixMilli() - 1, last.Seq},
			{last.Seq, last.Time.UnixMilli() + 1, last.Seq - 1},
			{1, last.Time.UnixMilli(), 0},
		} {
			got, err := rowBefore(t.Context(), ann.group.store, &chat.Event{Room: w.general, Seq: c.seq, Time: c.time})
			if err != nil || got != c.want {
				t.Errorf("%+v: %d, %v", c, got, err)
			}
		}
	})
}
