package ui

import (
	"context"
	"slices"
	"sync"
	"testing"

	"hearth/app"
	"hearth/chat"
)

// finder finds what it is told to.
type finder struct {
	*invented
	mu    sync.Mutex
	list  []app.Hit // guarded by mu
	times int       // guarded by mu
}

// Search implements app.Commands.
func (f *finder) Search(_ context.Context, _ string, found func(app.Hit) bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times++
	for _, h := range f.list {
		found(h)
	}
	return nil
}

func (f *finder) finds(texts ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	for i, text := range texts {
		if text != "" {
			h := app.Hit{Room: inventedRoom("garden"), RoomName: "garden", Terms: []string{"word"}}
			h.Message = app.MessageView{Name: "Ann", MID: chat.MID{byte(i + 1)}, Seq: chat.Seq(9 - i), Text: text}
			f.list = append(f.list, h)
		}
	}
}

// TestSearchFollows: what is deleted while it is listed goes from the list, what is edited
// reads anew, and the mark stays; what happens elsewhere searches nothing.
func TestSearchFollows(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	core := &finder{invented: g.core}
	u.core = core
	core.finds("word one", "word two", "word three")
	u.home.showSearch()
	s := u.home.search
	s.find.entry.SetText("word")
	texts := func() (list []string) {
		for _, h := range s.hits {
			list = append(list, h.Message.Text)
		}
		return list
	}
	q.until(t, "what is found", func() bool { return len(s.hits) == 3 && s.listed == s.asked })
	s.mark(2)
	changed := func(room string) {
		u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{inventedRoom(room): {Changed: true}}}, g.core.view)
	}
	changed("design")
	if s.later != nil {
		t.Error("it searches because of a room that nothing was found in")
	}
	core.finds("word one", "", "word three, edited")
	changed("garden")
	changed("garden")
	q.until(t, "the list as it is now", func() bool { return slices.Equal(texts(), []string{"word one", "word three, edited"}) })
	if s.at != 1 || core.times != 2 {
		t.Errorf("the mark is at %d, %d searches", s.at, core.times)
	}
	if row := s.list.inner.Objects[1].(*hitRow); row.of.Message.Text != "word three, edited" {
		t.Errorf("the row says %q", row.of.Message.Text)
	}
	core.finds("word one")
	changed("garden")
	q.until(t, "one", func() bool { return len(s.hits) == 1 })
	if s.at != 0 {
		t.Errorf("the mark is at %d", s.at)
	}
	core.finds()
	changed("garden")
	q.until(t, "none", func() bool { return len(s.hits) == 0 })
}
