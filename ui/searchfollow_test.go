package ui

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2/driver/desktop"

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
			h.Message = app.MessageView{Name: "Ann", MID: chat.MID{byte(len(texts) - i)}, Seq: chat.Seq(len(texts) - i), Text: text}
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
	u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{inventedRoom("garden"): {Waiting: true}}}, g.core.view)
	if s.later != nil {
		t.Error("it searches because of what waits, which it does not list")
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
	core.finds("word one", "", "")
	changed("garden")
	q.until(t, "one", func() bool { return len(s.hits) == 1 })
	if s.at != 0 {
		t.Errorf("the mark is at %d", s.at)
	}
	core.finds()
	changed("garden")
	q.until(t, "none", func() bool { return len(s.hits) == 0 })
}

// TestSearchNews: what comes while a search is open is listed, in whatever room, and
// where nothing was found before; no line moves away from the mark or the pointer.
func TestSearchNews(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	core := &finder{invented: g.core}
	u.core = core
	u.home.showSearch()
	s := u.home.search
	s.find.entry.SetText("word")
	q.until(t, "that there is nothing", func() bool { return s.listed.text == "word" && s.listed == s.asked })
	searches := func() int {
		core.mu.Lock()
		defer core.mu.Unlock()
		return core.times
	}
	comes := func(texts ...string) {
		t.Helper()
		was := searches()
		core.finds(texts...)
		u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{inventedRoom("design"): {Tail: true}}}, g.core.view)
		q.until(t, "another search", func() bool { return searches() > was && s.later == nil })
	}
	names := func(n int, more ...string) []string { // the newest first; finds numbers from the end
		for i := range n {
			more = append(more, fmt.Sprint("word ", n-i))
		}
		return more
	}
	comes("word 1")
	q.until(t, "what has come", func() bool { return len(s.hits) == 1 })
	comes(names(2)...)
	q.until(t, "two", func() bool { return len(s.hits) == 2 })
	if s.at != 1 || s.hits[s.at].Message.Text != "word 1" {
		t.Errorf("the mark is at %d", s.at)
	}

	row := s.list.inner.Objects[0].(*hitRow)
	row.MouseMoved(&desktop.MouseEvent{})
	core.finds(names(3)...)
	was := searches()
	u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{inventedRoom("design"): {Tail: true}}}, g.core.view)
	q.until(t, "a search", func() bool { return searches() > was+1 })
	if len(s.hits) != 2 {
		t.Error("the lines moved while somebody aims at one")
	}
	s.aimed = time.Time{}
	q.until(t, "three", func() bool { return len(s.hits) == 3 })

	comes(names(60)...) // more than fits
	q.until(t, "many", func() bool { return len(s.hits) == 60 })
	s.mark(0)
	first := func() (string, float32) {
		at, _ := s.list.inView()
		return s.hits[at].Message.Text, float32(at)*s.list.height() - s.list.scroll.Offset.Y
	}
	text, y := first()
	row.MouseMoved(&desktop.MouseEvent{})
	comes(names(70)...)
	q.until(t, "more", func() bool { return len(s.hits) == 70 })
	if now, at := first(); now != text || at != y || s.at != 10 {
		t.Errorf("%q is at %v in the place of %q at %v, the mark at %d", now, at, text, y, s.at)
	}
}
