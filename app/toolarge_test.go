package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
)

// TestNeverFits: what no frame can carry is refused to whoever writes it, or, when the
// server has become stricter meanwhile, kept as failed: it holds nothing up.
func TestNeverFits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(l *chat.Limits) { l.TextChars, l.BodyBytes = 24_000, 62_000 })
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		if _, err := ann.Send(t.Context(), w.general, strings.Repeat(`"`, 20_000)); failCode(err) != FailTooLong {
			t.Errorf("sending what no frame carries: %v", err)
		}
		w.stop(true)
		long := strings.Repeat(`"`, 12_000)
		ann.say(w.general, "one", long, "two")
		w.options.Limits.BodyBytes, w.options.Limits.FrameBytes = 40_000, 42_000
		w.start()
		ann.TryNow()
		ann.live().until("the failure", func(v *View) bool { return v.Failed == 1 && v.Waiting == 0 })
		if got, want := ann.texts(w.general), []string{"one", "two", long + " (failed)"}; !slices.Equal(got, want) {
			t.Errorf("texts %s", shortened(got))
		}
		rows := ann.rows(w.general)
		failed := rows[len(rows)-1]
		if failed.Failure == nil || failed.Failure.Code != chat.CodeTooLong || !failed.MayEdit {
			t.Errorf("the failed row: %+v, may be edited: %t", failed.Failure, failed.MayEdit)
		}
		if err := ann.EditWaiting(t.Context(), w.general, failed.MID, long+"!"); failCode(err) != FailTooLong {
			t.Errorf("editing into what does not fit either: %v", err)
		}
		must(t, ann.EditWaiting(t.Context(), w.general, failed.MID, "short"))
		ann.sent()
		if got, want := ann.texts(w.general), []string{"one", "two", "short"}; !slices.Equal(got, want) {
			t.Errorf("texts %s", shortened(got))
		}
	})
}

// TestFitsNoMore: of what was sent before the server became stricter, and not answered, is
// asked first whether it has arrived.
func TestFitsNoMore(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, func(l *chat.Limits) { l.TextChars, l.BodyBytes = 24_000, 62_000 })
			defer w.close()
			ann := w.member("ann").run().live()
			defer ann.quit()
			long := strings.Repeat(`"`, 12_000)
			if arrives {
				w.net.Last().Down.Stall(true)
			} else {
				w.net.Last().Up.Stall(true)
			}
			ann.say(w.general, long)
			time.Sleep(time.Second)
			w.stop(true)
			ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
			ann.say(w.general, "two")
			w.options.Limits.BodyBytes, w.options.Limits.FrameBytes = 40_000, 42_000
			w.start()
			ann.TryNow()
			ann.live().until("everything decided", func(v *View) bool { return v.Waiting == 0 })
			want := []string{long, "two"}
			if !arrives {
				want = []string{"two", long + " (failed)"}
			}
			if got := ann.texts(w.general); !slices.Equal(got, want) {
				t.Errorf("arrives %t: texts %s", arrives, shortened(got))
			}
		})
	}
}

// shortened are texts for a message of a test.
func shortened(texts []string) string {
	var b strings.Builder
	for _, s := range texts {
		b.WriteString(" «" + s[:min(len(s), 20)] + "…" + s[max(0, len(s)-20):] + "»")
	}
	return b.String()
}
