package app

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/store"
)

// slowRead is a store whose next answer for a part of a room's log that has a certain place
// in it takes until it is let go; what it says is from before.
type slowRead struct {
	storage.Store
	at      atomic.Uint64 // the place; 0: none
	reached chan struct{} // an answer is held back
	release chan struct{} // closed: answers go out
}

func (s *slowRead) Read(ctx context.Context, room chat.RoomID, first, last chat.Seq, maxEvents, maxBytes int) (storage.Page, error) {
	page, err := s.Store.Read(ctx, room, first, last, maxEvents, maxBytes)
	if at := s.at.Load(); at > 0 && uint64(first) <= at && at <= uint64(last) && s.at.CompareAndSwap(at, 0) {
		s.reached <- struct{}{}
		<-s.release
	}
	return page, err
}

// TestPageBehindDeletion: the server reads a part of the log for somebody who was away,
// and before it can answer a message of that part is deleted and they are told. The answer
// has the words, in the message and in its edit; they do not come back with it: not in the
// room, a search, a preview, an export, nor on the disk.
func TestPageBehindDeletion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		slow := &slowRead{reached: make(chan struct{}), release: make(chan struct{})}
		w.stop(true)
		slow.Store, w.data = w.data, slow
		w.start()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		ann.says(w.general, 0, 20)
		bob.until("the beginning", func(*View) bool { return len(bob.texts(w.general)) == 20 })
		bob.quit()
		ann.says(w.general, 20, 100)
		ann.say(w.general, "a canary of @bob")
		ann.sent()
		at := ann.roomView(w.general).Head
		must(t, ann.EditMessage(t.Context(), w.general, at, "a canary that sang"))
		ann.sent()
		ann.says(w.general, 120, 30)
		last := ann.roomView(w.general).Head

		slow.at.Store(uint64(at))
		bob.run()
		defer bob.quit()
		<-slow.reached
		must(t, ann.DeleteMessage(t.Context(), w.general, at))
		ann.sent()
		bob.until("the deletion", func(*View) bool { return bob.complete(w.general).Through > last })
		if c := bob.complete(w.general); c.MissingEvents < 100 {
			t.Fatalf("the answer was here before: %+v", c)
		}
		close(slow.release)
		bob.until("the part", func(*View) bool { c := bob.complete(w.general); return c.Whole() })
		for _, text := range bob.texts(w.general) {
			if strings.Contains(text, "canary") {
				t.Errorf("in the room: %q", text)
			}
		}
		if got := bob.hits("canary"); len(got) != 0 {
			t.Errorf("found: %q", got)
		}
		if r := bob.roomView(w.general); r.Unread != 150 || r.Mentions != 0 {
			t.Errorf("%d unread, %d of them call", r.Unread, r.Mentions)
		}
		if s := bob.exported(ExportJSON); strings.Contains(s, "canary") {
			t.Error("in an export")
		}
		all, err := bob.group.store.Messages(t.Context(), w.general, store.Query{Place: store.After, Limit: 1000})
		must(t, err)
		for _, e := range all.Events {
			if strings.Contains(string(e.Body), "canary") {
				t.Errorf("on the disk at %d: %s", e.Seq, e.Body)
			}
		}
		must(t, bob.group.store.Check(t.Context()))
		ann.agrees(bob, w.general)
	})
}
